/** Examples in documents: programs that print, and comments that say what. */

import { format } from 'node:util';
import * as acpi from '@rasvm/acpi';
import { transformSync } from 'esbuild';

/** The blocks of this language, in their order. */
export function blocksOf(markdown: string, language: string): string[] {
  return [...markdown.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    (match) => match[1]!,
  );
}

const AsyncFunction = (async () => {}).constructor as FunctionConstructor;

/** Lines without the blanks at their ends, which documents cannot hold. */
export function linesIn(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trimEnd());
  return lines.filter((line, i) => line !== '' || i < lines.length - 1);
}

/** Runs a program that imports from the library alone; gives the lines that it prints. */
export async function linesOf(program: string): Promise<string[]> {
  const { code } = transformSync(program, { loader: 'ts' });
  const body = code.replace(/import \{([^}]*)\} from "@rasvm\/acpi";/, 'const {$1} = acpi;');
  if (body === code) throw new Error('imports nothing from @rasvm/acpi');
  const printed: string[] = [];
  const log = (...values: unknown[]) => printed.push(format(...values).replace(/\n$/, ''));
  await AsyncFunction('acpi', 'console', body)(acpi, { log });
  return linesIn(printed.join('\n'));
}

/** What the comments at the start of a line say that is printed. */
export function saidLines(program: string): string[] {
  return program
    .split('\n')
    .filter((line) => line.startsWith('//'))
    .map((line) => line.replace(/^\/\/ ?/, ''));
}

/** Whether these are the lines, where one that is `...` stands for any number of them, and ` ...` for a line's rest. */
export function matchesLines(lines: readonly string[], said: readonly string[]): boolean {
  if (said.length === 0) return lines.length === 0;
  const [first, ...others] = said;
  if (first === '...')
    return lines.some((_, i) => matchesLines(lines.slice(i), others)) || others.length === 0;
  return lines.length > 0 && isLine(lines[0]!, first!) && matchesLines(lines.slice(1), others);
}

function isLine(line: string, said: string): boolean {
  return said.endsWith(' ...') ? line.startsWith(said.slice(0, -3)) : line === said;
}
