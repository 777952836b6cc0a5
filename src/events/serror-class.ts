/** What an SError says of the state that it leaves the PE in (Arm RAS supplement DDI 0587, 2.2). */

/** What one can be requested to be. */
export const SERROR_CLASSES = ['ce', 'ueo', 'uer', 'ueu', 'uc', 'uncategorized'] as const;
export type NamedSerrorClass = (typeof SERROR_CLASSES)[number];

/** What one can be: of the class that its syndrome says, or of none that the architecture knows. */
export type SerrorClass = NamedSerrorClass | 'reserved' | 'implementation-defined';
