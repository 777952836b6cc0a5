/** The device tree of a guest without ACPI: the whole machine (bindings: Documentation/devicetree/bindings). */

import { KiB, type Region } from '../core/region.ts';
import { POWER_BUTTON_LINE } from '../devices/pl061.ts';
import { ADDRESS_MAP, INTERRUPT } from '../platform/address-map.ts';
import { type ChosenOptions, chosenProperties } from './chosen.ts';
import { type FdtNode, u32, u64, writeFdt } from './fdt.ts';

export interface FullDtbOptions extends ChosenOptions {
  /** Affinity of each vCPU (MPIDR_EL1 without bit 31); Aff3 is 0. */
  readonly mpidrs: readonly bigint[];
  /** RAM that may be used, ascending. */
  readonly memory: readonly Region[];
  /** The vCPUs have a performance monitor with its interrupt. */
  readonly pmu?: boolean;
  /** There is a second serial port. */
  readonly secondSerial?: boolean;
}

const PHANDLE = { gic: 1, its: 2, clock: 3, gpio: 4 } as const;

/** Interrupt specifiers of arm,gic-v3: kind, number within the kind, trigger. */
const SPI = 0;
const PPI = 1;
const LEVEL_HIGH = 4;
const spi = (gsiv: number) => [SPI, gsiv - 32, LEVEL_HIGH];
const ppi = (gsiv: number) => [PPI, gsiv - 16, LEVEL_HIGH];

const GPIO_ACTIVE_HIGH = 0;
const KEY_POWER = 116;
const REDISTRIBUTOR_SIZE = 128 * KiB;
/** Nothing is clocked by it, but drivers ask for its rate. */
const CLOCK_HZ = 24_000_000;

export function buildFullDtb(options: FullDtbOptions): Uint8Array {
  return writeFdt({
    properties: {
      '#address-cells': u32(2),
      '#size-cells': u32(2),
      'interrupt-parent': u32(PHANDLE.gic),
      compatible: 'linux,dummy-virt',
      model: 'rasvm',
    },
    children: {
      aliases: {
        properties: {
          serial0: `/${named('pl011', ADDRESS_MAP.uart)}`,
          ...(options.secondSerial && { serial1: `/${named('pl011', ADDRESS_MAP.uart1)}` }),
        },
      },
      chosen: {
        properties: { ...chosenProperties(options), 'stdout-path': `/${named('pl011', ADDRESS_MAP.uart)}` },
      },
      psci: { properties: { compatible: ['arm,psci-1.0', 'arm,psci-0.2'], method: 'hvc' } },
      cpus: cpus(options.mpidrs),
      ...memory(options.memory),
      [named('interrupt-controller', ADDRESS_MAP.gicDistributor)]: gic(options.mpidrs.length),
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
      ...serialPort('uart'),
      ...(options.secondSerial && serialPort('uart1')),
      [named('pl031', ADDRESS_MAP.rtc)]: {
        properties: {
          compatible: ['arm,pl031', 'arm,primecell'],
          ...registers(ADDRESS_MAP.rtc),
          interrupts: u32(...spi(INTERRUPT.rtc)),
          clocks: u32(PHANDLE.clock),
          'clock-names': 'apb_pclk',
        },
      },
      [named('pl061', ADDRESS_MAP.gpio)]: {
        properties: {
          compatible: ['arm,pl061', 'arm,primecell'],
          ...registers(ADDRESS_MAP.gpio),
          interrupts: u32(...spi(INTERRUPT.gpio)),
          'gpio-controller': true,
          '#gpio-cells': u32(2),
          'interrupt-controller': true,
          '#interrupt-cells': u32(2),
          '#address-cells': u32(0),
          clocks: u32(PHANDLE.clock),
          'clock-names': 'apb_pclk',
          phandle: u32(PHANDLE.gpio),
        },
      },
      'gpio-keys': {
        properties: { compatible: 'gpio-keys' },
        children: {
          'power-button': {
            properties: {
              label: 'Power Button',
              'linux,code': u32(KEY_POWER),
              gpios: u32(PHANDLE.gpio, POWER_BUTTON_LINE, GPIO_ACTIVE_HIGH),
            },
          },
        },
      },
    },
  });
}

/** serial/pl011.yaml */
function serialPort(name: 'uart' | 'uart1'): Record<string, FdtNode> {
  return {
    [named('pl011', ADDRESS_MAP[name])]: {
      properties: {
        compatible: ['arm,pl011', 'arm,primecell'],
        ...registers(ADDRESS_MAP[name]),
        interrupts: u32(...spi(INTERRUPT[name])),
        clocks: u32(PHANDLE.clock, PHANDLE.clock),
        'clock-names': ['uartclk', 'apb_pclk'],
      },
    },
  };
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
      named('memory', range),
      { properties: { device_type: 'memory', ...registers(range) } },
    ]),
  );
}

/** interrupt-controller/arm,gic-v3.yaml */
function gic(vcpus: number): FdtNode {
  const redistributors = { ...ADDRESS_MAP.gicRedistributors, size: vcpus * REDISTRIBUTOR_SIZE };
  return {
    properties: {
      compatible: 'arm,gic-v3',
      ...registers(ADDRESS_MAP.gicDistributor, redistributors),
      '#redistributor-regions': u32(1),
      'interrupt-controller': true,
      '#interrupt-cells': u32(3),
      '#address-cells': u32(2),
      '#size-cells': u32(2),
      ranges: true,
      phandle: u32(PHANDLE.gic),
    },
    children: {
      [named('msi-controller', ADDRESS_MAP.gicIts)]: {
        properties: {
          compatible: 'arm,gic-v3-its',
          ...registers(ADDRESS_MAP.gicIts),
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

function named(name: string, region: { readonly base: number }): string {
  return `${name}@${region.base.toString(16)}`;
}

function registers(...regions: readonly Region[]): { reg: Uint8Array } {
  return { reg: u64(...regions.flatMap(({ base, size }) => [base, size])) };
}
