/** Every kind of finding: what documentation is made from, and what codes mean. */

import { ACROSS, LINUX_ACROSS } from './across.ts';
import { EFFECT } from './effect.ts';
import type { FindingKind } from './finding.ts';
import { GAS, LINUX_GAR } from './gas.ts';
import { GESB, LINUX_BOOT, LINUX_GESB, LINUX_GESB_LENGTH } from './gesb.ts';
import { LAYOUT } from './layout.ts';
import { LINUX_SECTION } from './linux-sections.ts';
import { LOG } from './log.ts';
import { RECORD } from './record.ts';
import { DECODING } from './report.ts';
import { STRUCTURE } from './structures.ts';
import { TABLE } from './table.ts';
import { BERT, LINUX_BERT } from './tables/bert.ts';
import { CEDT } from './tables/cedt.ts';
import { EINJ, LINUX_EINJ } from './tables/einj.ts';
import { ERST, LINUX_ERST } from './tables/erst.ts';
import { FADT, LINUX_FADT } from './tables/fadt.ts';
import { GTDT, LINUX_GTDT } from './tables/gtdt.ts';
import { HEST, LINUX_HEST } from './tables/hest.ts';
import { INSTRUCTION, LINUX_INSTRUCTION } from './tables/instructions.ts';
import { IORT, LINUX_IORT } from './tables/iort.ts';
import { LINUX_MADT, MADT } from './tables/madt.ts';
import { MCFG } from './tables/mcfg.ts';
import { POINTERS } from './tables/pointers.ts';
import { PPTT } from './tables/pptt.ts';
import { LINUX_SPCR } from './tables/spcr.ts';
import { LINUX_SLIT, SRAT } from './tables/srat.ts';
import { LINUX_UNUSED } from './tables/unused.ts';

/** Kinds by code; a code never changes its meaning. */
export const FINDINGS: Readonly<Record<string, FindingKind>> = {
  ...DECODING,
  ...LAYOUT,
  ...STRUCTURE,
  ...GAS,
  ...TABLE,
  ...ACROSS,
  ...POINTERS,
  ...FADT,
  ...MADT,
  ...GTDT,
  ...MCFG,
  ...IORT,
  ...PPTT,
  ...SRAT,
  ...CEDT,
  ...HEST,
  ...BERT,
  ...INSTRUCTION,
  ...EINJ,
  ...ERST,
  ...GESB,
  ...RECORD,
  ...LOG,
  ...LINUX_GAR,
  ...LINUX_ACROSS,
  ...LINUX_FADT,
  ...LINUX_MADT,
  ...LINUX_GTDT,
  ...LINUX_SPCR,
  ...LINUX_IORT,
  ...LINUX_SLIT,
  ...LINUX_UNUSED,
  ...LINUX_HEST,
  ...LINUX_BERT,
  ...LINUX_INSTRUCTION,
  ...LINUX_EINJ,
  ...LINUX_ERST,
  ...LINUX_GESB,
  ...LINUX_GESB_LENGTH,
  ...LINUX_BOOT,
  ...LINUX_SECTION,
  ...EFFECT,
};
