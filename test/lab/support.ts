/** What the lab tests share. They run inside an arm64 KVM host, as root. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Page, TouchResult } from '../../src/scenario/guest/victim.ts';
import { rasvmEntry } from '../../src/scenario/installation.ts';
import type { Check } from '../../src/scenario/judge/check.ts';
import {
  type GuestKernel,
  LAB_KERNELS,
  labKernels,
  preferredKernel,
} from '../../src/scenario/kernel/kernels.ts';
import { type GuestOptions, RasvmGuest } from '../../src/scenario/vmm/rasvm-guest.ts';

/** Guest kernels to test: $RASVM_GUEST_KERNELS (series=path,...), else those that the lab's host has. */
export function guestKernels(): GuestKernel[] {
  const asked = process.env.RASVM_GUEST_KERNELS;
  if (asked) {
    return asked.split(',').map((each) => {
      const at = each.indexOf('=');
      assert.ok(at > 0, `RASVM_GUEST_KERNELS: '${each}' is not series=path`);
      return { series: each.slice(0, at), path: each.slice(at + 1) };
    });
  }
  const found = labKernels();
  assert.ok(found.length > 0, `no guest kernels in ${LAB_KERNELS}: set RASVM_GUEST_KERNELS=series=path,...`);
  return found;
}

/** For what does not depend on the guest's kernel. */
export function anyKernel(): GuestKernel {
  return preferredKernel(guestKernels())!;
}

/** Whether all is asked of every guest kernel (`npm test -- full`). */
export const isFull = process.env.RASVM_TEST_FULL !== undefined;

/** For what may depend on the guest's kernel: each of them in a full run, else one. */
export function comparedKernels(): GuestKernel[] {
  return isFull ? guestKernels() : [anyKernel()];
}

/** Guests at a time. */
export const jobs = Number(process.env.RASVM_TEST_JOBS ?? availableParallelism());

/** Which of the files that several hosts share is this one: `2/3` is the second part of three. */
const [part = 1, parts = 1] = (process.env.RASVM_TEST_PART ?? '1/1').split('/').map(Number);

export const isFirstPart = part === 1;

/** Those of a list that are to run here: groups stay together, and the parts take about as long. @param cost of a group */
export function ofThisPart<T>(groups: readonly T[], cost: (group: T) => number = () => 1): T[] {
  const sums = Array.from({ length: parts }, () => 0);
  const chosen: T[] = [];
  for (const group of groups.toSorted((a, b) => cost(b) - cost(a))) {
    const least = sums.indexOf(Math.min(...sums));
    sums[least]! += cost(group);
    if (least === part - 1) chosen.push(group);
  }
  return chosen;
}

/** A subtest of a guest's test. */
export type Step = (name: string, body: () => Promise<void>) => Promise<void>;

/**
 * Boots a guest, runs `body`, ends the guest whatever happens. The first failure, of the body or of a step, prints
 * all that was said until then.
 *
 * @param body gets `step`, which runs a subtest; it needs the test's context `t`.
 */
export async function withGuest(
  options: GuestOptions,
  body: (guest: RasvmGuest, step: Step) => Promise<void>,
  t?: TestContext,
): Promise<void> {
  const guest = await RasvmGuest.start(options);
  let told = false;
  const telling = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!told) process.stderr.write(`--- transcript of ${guest.name}\n${guest.transcript()}\n---\n`);
      told = true;
      throw error;
    }
  };
  try {
    await telling(async () => {
      await guest.ready();
      await body(guest, (name, work) => t!.test(name, () => telling(work)));
    });
  } finally {
    await guest.kill();
  }
}

/** Every claim is proved. */
export function assertProved(checks: readonly Check[]): void {
  const missing = checks.filter(({ proved }) => !proved).map(({ claim, seen }) => `${claim}; seen: ${seen}`);
  assert.deepEqual(missing, []);
}

/** The victim's handler ran, by SIGBUS with this si_code and the address of its page. */
export function assertSigbus(touch: TouchResult, page: Page, code: number): void {
  assert.equal(touch.outcome, 'signal', `the touch ended with ${JSON.stringify(touch, jsonable)}`);
  assert.equal(touch.report.signal, 7);
  assert.equal(touch.report.code, code);
  assert.equal(touch.report.address - (touch.report.address % 4096), page.va);
}

function jsonable(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `0x${value.toString(16)}` : value;
}

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs rasvm to its end. */
export function rasvm(...args: string[]): Promise<Ended> {
  const [program, ...first] = rasvmEntry();
  return new Promise((resolve, reject) => {
    const child = spawn(program!, [...first, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

/** A file with this content, for as long as `body` runs. */
export async function withFile<T>(content: Uint8Array, body: (path: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-test-'));
  try {
    const path = join(directory, 'file');
    writeFileSync(path, content);
    return await body(path);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
