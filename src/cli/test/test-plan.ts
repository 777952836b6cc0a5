/** What `rasvm test` is to test: kernels and variants, from the command line and the matrix. */

import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { RasvmError } from '../../core/errors.ts';
import { kernelSource } from '../../scenario/kernel/kernel-source.ts';
import { KernelConfig, missingOptions, missingWords } from '../../scenario/kernel/ras-config.ts';
import type { LoadedScenario } from '../../scenario/language/load.ts';
import type { CaseKernel, Variant } from '../../scenario/run/case.ts';
import { type Matrix, readMatrix } from '../../scenario/run/matrix.ts';
import { DEFAULT_VARIANT, type Planned, plan } from '../../scenario/run/plan.ts';
import { DEFAULT_GUEST_KERNEL, debianKernel } from '../shared/debian-kernel.ts';
import type { TestRequest } from './test-request.ts';

export interface TestPlan extends Pick<Matrix, 'variants' | 'only' | 'exclude'> {
  kernels: CaseKernel[];
}

/**
 * What the command line says: kernels as `--kernel` has them, the matrix's path, words as `--append` has
 * them.
 */
export interface PlanRequest {
  kernel?: readonly string[];
  matrix?: string;
  append?: string;
}

type CasesRequest = Pick<TestRequest, 'matrix' | 'vmms' | 'filter' | 'allKernels' | 'repeat'>;

/**
 * What the user should know of the kernels goes to stderr.
 * @throws RasvmError USAGE, FILE, KERNEL_FORMAT, ARCHIVE
 */
export async function testPlan({ kernel: names = [], matrix: path, append }: PlanRequest): Promise<TestPlan> {
  const matrix = path === undefined ? { kernels: [] } : readMatrix(path, readText('--matrix', path));
  const kernels: CaseKernel[] = [];
  for (const name of names) kernels.push(await describe(name));
  for (const name of matrix.kernels) kernels.push(await inFile(path!, () => describe(name, dirname(path!))));
  if (kernels.length === 0) kernels.push(await describe(DEFAULT_GUEST_KERNEL));
  const { only, exclude } = matrix;
  const variants = append === undefined ? matrix.variants : withWords(append, matrix.variants);
  return {
    kernels: unique(kernels),
    ...(variants && { variants }),
    ...(only && { only }),
    ...(exclude && { exclude }),
  };
}

/** What is run of these. @throws RasvmError USAGE when nothing is */
export function plannedCases(
  scenarios: readonly LoadedScenario[],
  wanted: TestPlan,
  { matrix, vmms, filter, allKernels, repeat }: CasesRequest,
): Planned {
  const planned = plan({ ...wanted, scenarios, vmms, filter, allKernels, repeat });
  if (planned.cases.length > 0) return planned;
  throw new RasvmError(
    'USAGE',
    filter === undefined
      ? `${matrix}: its only and exclude leave no case`
      : `--filter ${filter}: it leaves no scenario`,
  );
}

/** Their names stay: it is the same run, with other words. */
function withWords(words: string, variants: readonly Variant[] = [DEFAULT_VARIANT]): Variant[] {
  return variants.map(({ name, machine }) => ({
    name,
    machine: { ...machine, append: [machine.append ?? '', words].join(' ').trim() },
  }));
}

async function describe(text: string, directory?: string): Promise<CaseKernel> {
  const { notes, ...kernel } = await kernelSource(text, debianKernel, directory);
  const missing = kernel.config ? missingOptions(kernel.config).map(missingWords) : [];
  for (const note of [...notes, ...missing]) process.stderr.write(`rasvm: ${kernel.name}: ${note}\n`);
  return kernel;
}

/** The file is named in what is wrong with its kernels. */
async function inFile<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof RasvmError)) throw error;
    throw new RasvmError(error.code, `${path}: ${error.message}`, { cause: error, more: error.more });
  }
}

/** A kernel that is named twice is one; two of one name could not be told apart. */
function unique(kernels: readonly CaseKernel[]): CaseKernel[] {
  const byName = new Map<string, CaseKernel>();
  for (const kernel of kernels) {
    const other = byName.get(kernel.name);
    if (other && other.image !== kernel.image)
      throw new RasvmError(
        'USAGE',
        `${other.image} and ${kernel.image} are both named ${kernel.name}: give one another name, as NAME=KERNEL`,
      );
    byName.set(kernel.name, kernel);
  }
  return [...byName.values()];
}

/**
 * For the same command in the lab: it need not find out anew, nor tell its user twice.
 * @param images as the lab sees them
 */
export function handOver({ kernels, ...rest }: TestPlan, images: readonly string[]): string {
  return JSON.stringify({
    ...rest,
    kernels: kernels.map(({ config, ...kernel }, i) => ({
      ...kernel,
      image: images[i],
      ...(config && { config: config.text }),
    })),
  });
}

/** @param path of a file with what {@link handOver} gave. @throws RasvmError FILE */
export function takeOver(path: string): TestPlan {
  const { kernels, ...rest } = JSON.parse(readText('--plan', path)) as HandedOver;
  return {
    ...rest,
    kernels: kernels.map(({ config, ...kernel }) => ({
      ...kernel,
      ...(config !== undefined && { config: new KernelConfig(config) }),
    })),
  };
}

type HandedOver = Omit<TestPlan, 'kernels'> & {
  kernels: (Omit<CaseKernel, 'config'> & { config?: string })[];
};

function readText(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new RasvmError('FILE', `${option} ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
