/** A GUID in the form in which UEFI's tables and C sources have it, `{0x2DCE8BB1, 0xBDD7, 0x450e, {0xB9, ...}}`. */
export function guidOf(initializer: string): string {
  const [first, second, third, ...rest] = [...initializer.matchAll(/0x([0-9a-f]+)/gi)].map(([, digits]) =>
    digits!.toLowerCase(),
  );
  const last = rest.map((byte) => byte.padStart(2, '0')).join('');
  return [
    first!.padStart(8, '0'),
    second!.padStart(4, '0'),
    third!.padStart(4, '0'),
    last.slice(0, 4),
    last.slice(4),
  ].join('-');
}
