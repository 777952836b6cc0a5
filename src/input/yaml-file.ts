/** YAML files that people write: checked against a schema, told of with line and column, and what was meant. */

import { closest, distance } from 'fastest-levenshtein';
import { Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { type core, type ZodObject, type ZodRawShape, type ZodType, z } from 'zod';
import { RasvmError } from '../core/errors.ts';

/** An object with these members and no others; of one that is not known the message says which was meant. */
export function object<S extends ZodRawShape>(shape: S): ZodObject<S, core.$strict> {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? unknownKeys(issue.keys, known) : undefined),
  });
}

function unknownKeys(keys: readonly string[], known: readonly string[]): string {
  return keys
    .map((key) => {
      const meant = closest(key, known);
      const near = distance(key, meant) <= Math.max(2, key.length / 3);
      return `'${key}' is not known; ${near ? `did you mean '${meant}'?` : `there is ${known.join(', ')}`}`;
    })
    .join('; ');
}

/** From here on numbers are written in hexadecimal. */
const HEXADECIMAL = 4096;

/**
 * @param name of the file, for messages
 * @throws RasvmError FILE with every fault, a line each, as `name:line:column: what is wrong`
 */
export function readYaml<T>(name: string, text: string, schema: ZodType<T>): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  if (document.errors.length > 0)
    throw fault(document.errors.map(({ pos, message }) => `${place(pos[0])}: ${message}`));

  /** Where the deepest part of the path that is there begins; of a key that is not known, where the key does. */
  const offsetOf = (path: readonly PropertyKey[], key?: string): number => {
    const map = document.getIn(path, true);
    const pair = isMap(map)
      ? map.items.find((each) => isScalar(each.key) && each.key.value === key)
      : undefined;
    if (isScalar(pair?.key) && pair.key.range) return pair.key.range[0];
    for (let depth = path.length; depth > 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return node.range[0];
    }
    return document.contents?.range?.[0] ?? 0;
  };
  const result = schema.safeParse(document.toJS());
  if (result.success) return result.data;
  throw fault(
    result.error.issues.map((issue) => {
      const key = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
      return `${place(offsetOf(issue.path, key))}: ${pathText(issue.path)}${whatIsWrong(issue)}`;
    }),
  );
}

function fault(lines: readonly string[]): RasvmError {
  const [first = '', ...more] = lines;
  return new RasvmError('FILE', first, { more });
}

/** `gic.its[0]: `; '' for the whole. */
function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  return text === '' ? '' : `${text.replace(/^\./, '')}: `;
}

function whatIsWrong(issue: core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      // A schema that has words of its own says what is right.
      if (!issue.message.startsWith('Invalid input')) return issue.message;
      return issue.message.endsWith('received undefined')
        ? `is missing (${issue.expected})`
        : `is no ${issue.expected}`;
    case 'invalid_value':
      return `is none of ${issue.values.map(String).join(', ')}`;
    default:
      return issue.message;
  }
}

/** YAML of a value, as {@link readYaml} reads it: what is undefined left out, addresses in hexadecimal. */
export function yamlText(value: unknown, comment: string): string {
  const document = new Document(value);
  document.commentBefore = ` ${comment}`;
  visit(document, {
    Scalar(_, node) {
      if ((typeof node.value === 'bigint' || typeof node.value === 'number') && node.value >= HEXADECIMAL)
        node.format = 'HEX';
    },
    Map(key, node) {
      // What is in a list stands on a line of its own.
      if (typeof key === 'number') node.flow = true;
    },
  });
  return document.toString({ lineWidth: 110 });
}
