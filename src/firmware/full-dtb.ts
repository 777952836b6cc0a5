/** The device tree of a guest without ACPI: the whole machine (bindings: Documentation/devicetree/bindings). */

import { type FdtNode, u32, writeFdt } from '../core/fdt.ts';
import { KiB, type Region } from '../core/region.ts';
import { registersOf, unitName } from '../devices/device-tree.ts';
import { ADDRESS_MAP, INTERRUPT } from '../platform/address-map.ts';
import type { Board } from '../platform/board.ts';
import { deviceNodes } from '../platform/fdt.ts';
import { type ChosenOptions, chosenProperties } from './chosen.ts';

export interface FullDtbOptions extends ChosenOptions {
  /** Affinity of each vCPU (MPIDR_EL1 without bit 31); Aff3 is 0. */
  readonly mpidrs: readonly bigint[];
  /** RAM that may be used, ascending. */
  readonly memory: readonly Region[];
  /** The vCPUs have a performance monitor with its interrupt. */
  readonly pmu?: boolean;
  readonly board: Board<never>;
}

const PHANDLE = { gic: 1, its: 2, clock: 3, devices: 4 } as const;

/** Interrupt specifiers of arm,gic-v3: kind, number within the kind, trigger. */
const PPI = 1;
const LEVEL_HIGH = 4;
const ppi = (gsiv: number) => [PPI, gsiv - 16, LEVEL_HIGH];

const REDISTRIBUTOR_SIZE = 128 * KiB;
/** Nothing is clocked by it, but drivers ask for its rate. */
const CLOCK_HZ = 24_000_000;

export function buildFullDtb(options: FullDtbOptions): Uint8Array {
  const { nodes, aliases } = deviceNodes(options.board, PHANDLE.clock, PHANDLE.devices);
  return writeFdt({
    properties: {
      '#address-cells': u32(2),
      '#size-cells': u32(2),
      'interrupt-parent': u32(PHANDLE.gic),
      compatible: 'linux,dummy-virt',
      model: 'rasvm',
    },
    children: {
      aliases: { properties: aliases },
      chosen: { properties: { ...chosenProperties(options), 'stdout-path': aliases.serial0! } },
      psci: { properties: { compatible: ['arm,psci-1.0', 'arm,psci-0.2'], method: 'hvc' } },
      cpus: cpus(options.mpidrs),
      ...memory(options.memory),
      [unitName('interrupt-controller', ADDRESS_MAP.gicDistributor)]: gic(options.mpidrs.length),
      timer: timer(),
      ...(options.pmu && {
        pmu: { properties: { compatible: 'arm,armv8-pmuv3', interrupts: u32(...ppi(INTERRUPT.pmu)) } },
      }),
      'apb-pclk': {
        properties: {
          compatible: 'fixed-clock',
          '#clock-cells': u32(0),
          'clock-frequency': u32(CLOCK_HZ),
          'clock-output-names': 'clk24mhz',
          phandle: u32(PHANDLE.clock),
        },
      },
      ...nodes,
    },
  });
}

/** arm/cpus.yaml */
function cpus(mpidrs: readonly bigint[]): FdtNode {
  const children = Object.fromEntries(
    mpidrs.map((mpidr) => [
      `cpu@${mpidr.toString(16)}`,
      {
        properties: {
          device_type: 'cpu',
          compatible: 'arm,armv8',
          reg: u32(Number(mpidr)),
          'enable-method': 'psci',
        },
      },
    ]),
  );
  return { properties: { '#address-cells': u32(1), '#size-cells': u32(0) }, children };
}

/** A node a range: then each unit address is that of its registers. */
function memory(ranges: readonly Region[]): Record<string, FdtNode> {
  return Object.fromEntries(
    ranges.map((range) => [
      unitName('memory', range),
      { properties: { device_type: 'memory', ...registersOf(range) } },
    ]),
  );
}

/** interrupt-controller/arm,gic-v3.yaml */
function gic(vcpus: number): FdtNode {
  const redistributors = { ...ADDRESS_MAP.gicRedistributors, size: vcpus * REDISTRIBUTOR_SIZE };
  return {
    properties: {
      compatible: 'arm,gic-v3',
      ...registersOf(ADDRESS_MAP.gicDistributor, redistributors),
      '#redistributor-regions': u32(1),
      'interrupt-controller': true,
      '#interrupt-cells': u32(3),
      '#address-cells': u32(2),
      '#size-cells': u32(2),
      ranges: true,
      phandle: u32(PHANDLE.gic),
    },
    children: {
      [unitName('msi-controller', ADDRESS_MAP.gicIts)]: {
        properties: {
          compatible: 'arm,gic-v3-its',
          ...registersOf(ADDRESS_MAP.gicIts),
          'msi-controller': true,
          '#msi-cells': u32(1),
          phandle: u32(PHANDLE.its),
        },
      },
    },
  };
}

/** timer/arm,arch_timer.yaml: secure, non-secure, virtual, hypervisor. */
function timer(): FdtNode {
  const { timerSecure, timerNonSecure, timerVirtual, timerHypervisor } = INTERRUPT;
  const interrupts = [timerSecure, timerNonSecure, timerVirtual, timerHypervisor].flatMap(ppi);
  return {
    properties: { compatible: 'arm,armv8-timer', interrupts: u32(...interrupts), 'always-on': true },
  };
}
