/** Times of day as the kernel's log has them. */

/** `2026-11-21 10:00:00`, in UTC. */
export function dateText(date: Date): string {
  return date.toISOString().slice(0, 19).replace('T', ' ');
}

/** A CPER timestamp; one that is no date by its digits, as the kernel's bcd2bin reads them. */
export function timestampText(timestamp: Date | Uint8Array): string {
  if (timestamp instanceof Date) return dateText(timestamp);
  const part = (at: number) => {
    const byte = timestamp[at] ?? 0;
    return String((byte >> 4) * 10 + (byte & 15)).padStart(2, '0');
  };
  return `${part(7)}${part(6)}-${part(5)}-${part(4)} ${part(2)}:${part(1)}:${part(0)}`;
}
