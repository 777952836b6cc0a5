/** Values that the check information of IA-32/x64 and Arm processors share: UEFI 2.11, appendix N.2.4.2 and N.2.4.4. */

export const TransactionType = { Instruction: 0, DataAccess: 1, Generic: 2 } as const;

/** What was being done; the same for TLBs and buses, and for caches with more behind. */
export const ProcessorOperation = {
  Generic: 0,
  GenericRead: 1,
  GenericWrite: 2,
  DataRead: 3,
  DataWrite: 4,
  InstructionFetch: 5,
  Prefetch: 6,
} as const;

export const ParticipationType = {
  LocalOriginated: 0,
  LocalResponded: 1,
  LocalObserved: 2,
  Generic: 3,
} as const;
