/** Words for the kinds of error that all processors have, in the order of their bits. */
export const PROCESSOR_ERROR_TYPES = ['cache error', 'TLB error', 'bus error', 'micro-architectural error'];
