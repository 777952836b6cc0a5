/**
 * Writes descriptor.ts, the JSON form of rasvm.proto, so that nothing is parsed or looked up at run time:
 * `node --import tsx src/control/make-descriptor.ts`. A unit test holds the two files equal.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

const PROTO = fileURLToPath(new URL('rasvm.proto', import.meta.url));
const DESCRIPTOR = fileURLToPath(new URL('descriptor.ts', import.meta.url));

/** protobufjs' JSON descriptor of rasvm.proto, without comments. */
export function descriptorOf(source: string): object {
  return protobuf.parse(source, { keepCase: false }).root.toJSON({ keepComments: false });
}

export function readProto(): string {
  return readFileSync(PROTO, 'utf8');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const json = JSON.stringify(descriptorOf(readProto()), null, 2);
  writeFileSync(
    DESCRIPTOR,
    `/** Made from rasvm.proto by make-descriptor.ts; do not edit. */\n\nexport const DESCRIPTOR = ${json};\n`,
  );
}
