/** `rasvm acpi`: ACPI tables, without a machine. */

import { Command } from 'commander';
import { acpiBuildCommand } from './acpi-build.ts';
import { acpiCheckCommand } from './acpi-check.ts';
import { acpiDiffCommand } from './acpi-diff.ts';
import { acpiDumpCommand } from './acpi-dump.ts';
import { acpiEncodeCommand } from './acpi-encode.ts';
import { acpiOverrideCommand } from './acpi-override.ts';

export function acpiCommand(): Command {
  return new Command('acpi')
    .description('ACPI tables, without a machine: shows, makes, checks, compares and installs them.')
    .addCommand(acpiBuildCommand())
    .addCommand(acpiDumpCommand())
    .addCommand(acpiEncodeCommand())
    .addCommand(acpiCheckCommand())
    .addCommand(acpiDiffCommand())
    .addCommand(acpiOverrideCommand());
}
