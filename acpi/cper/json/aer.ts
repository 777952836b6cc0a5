/** libcper's form of the advanced error reporting capability: PCI Express Base 6.0, 7.8.4. */

import { AerCapability } from '../pci-registers.ts';
import { object } from './mapping.ts';
import { bool, either, int, register, registers, wholeOf } from './registers.ts';

/** What libcper calls uncorrectable errors, and what the layout does. */
const UNCORRECTABLE = {
  data_link_protocol_error: 'dataLinkProtocol',
  surprise_down_error: 'surpriseDown',
  poisoned_tlp_received: 'poisonedTlp',
  flow_control_protocol_error: 'flowControlProtocol',
  completion_timeout: 'completionTimeout',
  completer_abort: 'completerAbort',
  unexpected_completion: 'unexpectedCompletion',
  receiver_overflow: 'receiverOverflow',
  malformed_tlp: 'malformedTlp',
  ecrc_error: 'ecrc',
  unsupported_request_error: 'unsupportedRequest',
  acs_violation: 'acsViolation',
  uncorrectable_internal_error: 'internal',
  mc_blocked_tlp: 'mcBlockedTlp',
  atomicop_egress_blocked: 'atomicOpEgressBlocked',
  tlp_prefix_blocked_error: 'tlpPrefixBlocked',
  poisoned_tlp_egress_blocked: 'poisonedTlpEgressBlocked',
  dmwr_request_egress_blocked: 'dmwrEgressBlocked',
  ide_check_failed: 'ideCheckFailed',
  misrouted_ide_tlp: 'misroutedIdeTlp',
  pcrc_check_failed: 'pcrcCheckFailed',
  tlp_translation_egress_blocked: 'tlpTranslationEgressBlocked',
};

const CORRECTABLE = {
  receiver_error: 'receiver',
  bad_tlp: 'badTlp',
  bad_dllp: 'badDllp',
  replay_num_rollover: 'replayNumRollover',
  replay_timer_timeout: 'replayTimerTimeout',
  advisory_non_fatal_error: 'advisoryNonFatal',
  corrected_internal_error: 'internal',
  header_log_overflow: 'headerLogOverflow',
};

/** A view of each error under its name with a suffix. */
function each(errors: Readonly<Record<string, string>>, suffix: string, view: typeof bool) {
  const views = Object.entries(errors).map(([key, name]) => [`${key}${suffix}`, view(name)] as const);
  return Object.fromEntries(views);
}

const { poisoned_tlp_received, ...STATUS } = UNCORRECTABLE;

export const aer = object(undefined, [
  wholeOf(AerCapability),
  register('capability_header', 'header', {
    capability_id: int('id'),
    capability_version: int('version'),
    next_capability_offset: int('next'),
  }),
  register('uncorrectable_error_status', 'uncorrectableStatus', {
    ...each(STATUS, '_status', bool),
    poisoned_tlp_received: bool(poisoned_tlp_received),
  }),
  register('uncorrectable_error_mask', 'uncorrectableMask', each(UNCORRECTABLE, '_mask', int)),
  register(
    'uncorrectable_error_severity',
    'uncorrectableSeverity',
    each(UNCORRECTABLE, '_severity', either('NonFatal', 'Fatal')),
  ),
  register('correctable_error_status', 'correctableStatus', each(CORRECTABLE, '_status', bool)),
  register('correctable_error_mask', 'correctableMask', each(CORRECTABLE, '_mask', int)),
  register('advanced_error_capabilities_and_control', 'control', {
    first_error_pointer: int('firstErrorPointer'),
    header_log_size: int('headerLogSize'),
    logged_tlp_size: int('loggedTlpSize'),
  }),
  register('root_error_status', 'rootErrorStatus', {
    err_cor_subclass: int('correctableSubclass'),
    advanced_error_interrupt_message_number: int('interruptMessageNumber'),
  }),
  registers('error_source_id', {
    err_cor_source_identification: int('correctableSourceId'),
    err_fatal_nonfatal_source_identification: int('uncorrectableSourceId'),
  }),
]);
