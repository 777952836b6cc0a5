/** Any table at all: the header and the rest as it is. */

import { rest, struct } from '../struct.ts';
import { header } from './header.ts';

export const AnyTable = struct(
  'System description table',
  {
    ...header,
    body: rest.doc('What follows the header'),
  },
  { source: 'ACPI 6.5, 5.2.6' },
);
