import { z } from 'zod';
import { RasvmError } from '../../../core/errors.ts';
import { object } from '../../../input/yaml-file.ts';
import { type RecordDescription, recordBytes, SECTION_FLAG_NAMES } from '../record.ts';
import { sea, serror } from './inject-exception.ts';
import { verb } from './verb.ts';

const record = object({
  severity: z.enum(['recoverable', 'fatal', 'corrected', 'informational']),
  flags: z.array(z.enum(SECTION_FLAG_NAMES)).optional().describe('Of each section'),
  sections: z
    .array(z.looseObject({ kind: z.string() }))
    .min(1)
    .describe('As in the JSON of `rasvm cper decode`'),
});

export const inject = verb({
  schema: object({
    record: record.optional(),
    file: z.string().optional().describe('A Generic Error Status Block, beside the scenario'),
    serror: serror.optional().describe('A vCPU gets an SError'),
    sea: sea.optional().describe('A vCPU takes a synchronous external abort where it stands'),
  })
    .refine(
      ({ record, file, serror, sea }) =>
        [record, file, serror, sea].filter((each) => each !== undefined).length === 1,
      'must have one of record, file, serror and sea',
    )
    .describe(
      'The guest is told of a record that is made here, or a vCPU gets an exception; nothing is lost',
    ),
  byTheHost: true,
  names(what, names) {
    if (!what.record) return;
    // Whether the library can make it, whatever values its references will have.
    try {
      recordBytes(withoutReferences(what.record));
    } catch (error) {
      if (!(error instanceof RasvmError)) throw error;
      names.report(error.message.replace(/^the record: /, ''), 'record');
    }
  },
});

/** References are addresses: any one will do. */
function withoutReferences(value: RecordDescription): RecordDescription {
  return JSON.parse(JSON.stringify(value), (_, each) =>
    typeof each === 'string' && each.includes('${') ? 0 : each,
  );
}
