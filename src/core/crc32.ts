/** CRC-32 as UEFI's tables have it (UEFI 2.11, section 4.2; ISO 3309). zlib has one, but costs start-up 9 ms. */

const POLYNOMIAL = 0xedb8_8320;

export function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  }
  return ~crc >>> 0;
}
