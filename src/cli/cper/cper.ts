/** `rasvm cper`: error records, without a machine. */

import { Command } from 'commander';
import { cperCheckCommand } from './cper-check.ts';
import { cperDecodeCommand } from './cper-decode.ts';
import { cperDiffCommand } from './cper-diff.ts';
import { cperEncodeCommand } from './cper-encode.ts';
import { cperMakeCommand } from './cper-make.ts';
import { cperSampleCommand } from './cper-sample.ts';

export function cperCommand(): Command {
  return new Command('cper')
    .description('Error records (CPER), without a machine: makes, shows, checks and compares them.')
    .addCommand(cperMakeCommand())
    .addCommand(cperDecodeCommand())
    .addCommand(cperEncodeCommand())
    .addCommand(cperCheckCommand())
    .addCommand(cperDiffCommand())
    .addCommand(cperSampleCommand());
}
