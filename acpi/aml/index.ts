/** An AML encoder that reads like ASL. */

export * from './address-space.ts';
export * from './connection.ts';
export * from './devices/index.ts';
export * from './field.ts';
export * from './object.ts';
export * from './resource.ts';
export * from './statement.ts';
export {
  Aml,
  Buffer,
  EisaId,
  One,
  Ones,
  Package,
  Path,
  Text,
  ToUuid,
  type Value,
  Zero,
} from './term.ts';
