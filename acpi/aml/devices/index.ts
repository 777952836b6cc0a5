/** Devices that machines have in common. */

export * from './capabilities.ts';
export * from './generic-event.ts';
export * from './hardware-error.ts';
export * from './identity.ts';
export * from './low-power-idle.ts';
export * from './pci-routing.ts';
export * from './pcie-host-bridge.ts';
export * from './plain-device.ts';
export * from './power-button.ts';
export * from './processor.ts';
export * from './properties.ts';
export * from './reserved-memory.ts';
export * from './serial-port.ts';
export * from './virtio-mmio.ts';
