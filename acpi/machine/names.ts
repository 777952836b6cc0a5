/** What every table's header says of its maker. */

import type { Machine } from './description.ts';

/** Members of a table's header; those that the machine does not name are left to their defaults. */
export function headerNames({ oem = {} }: Machine): {
  oemId?: string;
  oemTableId?: string;
  oemRevision?: number;
} {
  const { id, tableId, revision } = oem;
  return {
    ...(id !== undefined && { oemId: id }),
    ...(tableId !== undefined && { oemTableId: tableId }),
    ...(revision !== undefined && { oemRevision: revision }),
  };
}
