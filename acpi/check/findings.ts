/** Every kind of finding: what documentation is made from, and what codes mean. */

import { EFFECT } from './effect.ts';
import type { FindingKind } from './finding.ts';
import { GAS, LINUX_GAR } from './gas.ts';
import { GESB, LINUX_BOOT, LINUX_GESB } from './gesb.ts';
import { LAYOUT } from './layout.ts';
import { LINUX_SECTION } from './linux-sections.ts';
import { RECORD } from './record.ts';
import { DECODING } from './report.ts';
import { TABLE } from './table.ts';
import { BERT, LINUX_BERT } from './tables/bert.ts';
import { EINJ, LINUX_EINJ } from './tables/einj.ts';
import { ERST, LINUX_ERST } from './tables/erst.ts';
import { HEST, LINUX_HEST } from './tables/hest.ts';
import { INSTRUCTION, LINUX_INSTRUCTION } from './tables/instructions.ts';

/** Kinds by code; a code never changes its meaning. */
export const FINDINGS: Readonly<Record<string, FindingKind>> = {
  ...DECODING,
  ...LAYOUT,
  ...GAS,
  ...TABLE,
  ...HEST,
  ...BERT,
  ...INSTRUCTION,
  ...EINJ,
  ...ERST,
  ...GESB,
  ...RECORD,
  ...LINUX_GAR,
  ...LINUX_HEST,
  ...LINUX_BERT,
  ...LINUX_INSTRUCTION,
  ...LINUX_EINJ,
  ...LINUX_ERST,
  ...LINUX_GESB,
  ...LINUX_BOOT,
  ...LINUX_SECTION,
  ...EFFECT,
};
