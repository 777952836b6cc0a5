/** A comma in a value of QEMU's is doubled (qemu(1)). */
export function escapeCommas(value: string): string {
  return value.replaceAll(',', ',,');
}
