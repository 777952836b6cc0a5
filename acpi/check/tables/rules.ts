/** Rules of single tables by signature, beside those that follow from their layout. */

import type { Report } from '../report.ts';
import { checkBert } from './bert.ts';
import { checkCedt } from './cedt.ts';
import { checkEinj } from './einj.ts';
import { checkErst } from './erst.ts';
import { checkFadt } from './fadt.ts';
import { checkGtdt } from './gtdt.ts';
import { checkHest } from './hest.ts';
import { checkIort } from './iort.ts';
import { checkMadt } from './madt.ts';
import { checkMcfg } from './mcfg.ts';
import { checkRsdp, checkXsdt } from './pointers.ts';
import { checkPptt } from './pptt.ts';
import { checkSpcr } from './spcr.ts';
import { checkSlit, checkSrat } from './srat.ts';
import { checkUnused } from './unused.ts';

export const TABLE_RULES: Readonly<Record<string, (report: Report, table: never) => void>> = {
  AEST: checkUnused,
  APIC: checkMadt,
  BERT: checkBert,
  CEDT: checkCedt,
  EINJ: checkEinj,
  ERST: checkErst,
  FACP: checkFadt,
  GTDT: checkGtdt,
  HEST: checkHest,
  IORT: checkIort,
  MCFG: checkMcfg,
  PPTT: checkPptt,
  RASF: checkUnused,
  RSDP: checkRsdp,
  RSDT: checkXsdt,
  SLIT: checkSlit,
  SPCR: checkSpcr,
  SRAT: checkSrat,
  XSDT: checkXsdt,
};
