/** A guest that is started with a full device tree, as arm64 boot loaders do. It has no HEST, and so no error records. */

import { buildFullDtb } from '../full-dtb.ts';
import type { BootMethod } from './boot-method.ts';
import { loadLinux } from './linux-files.ts';

export const deviceTree: BootMethod = {
  name: 'device-tree',
  prepare(memory, request) {
    const { ram, mpidrs, pmu, board } = request;
    const { layout, chosen, pageSize } = loadLinux(memory, request);
    const { base } = layout.dtb;
    memory.write(base - ram.base, buildFullDtb({ ...chosen, mpidrs, memory: layout.usable, pmu, board }));
    return { entry: layout.kernel, x0: base, ram: layout.ram, firmware: [], guestPageSize: pageSize };
  },
};
