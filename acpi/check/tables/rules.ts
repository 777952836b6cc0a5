/** Rules of single tables by signature, beside those that follow from their layout. */

import type { Report } from '../report.ts';
import { checkBert } from './bert.ts';
import { checkEinj } from './einj.ts';
import { checkErst } from './erst.ts';
import { checkHest } from './hest.ts';

export const TABLE_RULES: Readonly<Record<string, (report: Report, table: never) => void>> = {
  BERT: checkBert,
  EINJ: checkEinj,
  ERST: checkErst,
  HEST: checkHest,
};
