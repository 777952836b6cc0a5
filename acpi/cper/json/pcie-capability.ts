/** libcper's form of the PCI Express capability structure: PCI Express Base 6.0, 7.5.3. */

import { PcieCapability } from '../pci-registers.ts';
import type { Values } from './forms.ts';
import { object, type Part, when } from './mapping.ts';
import { bool, dict, either, enabled, int, register, registers, supported, wholeOf } from './registers.ts';

const PORT_TYPES = {
  0: 'PCIE',
  1: 'PCI',
  4: 'ROOT_PORT',
  5: 'UPSTREAM',
  6: 'DOWNSTREAM',
  7: 'PCIE_PCI_BRIDGE',
  8: 'PCI_PCIE_BRIDGE',
  9: 'RCiEP',
  10: 'RCEC',
};

/** Link speeds are one bit each. */
const LINK_SPEEDS = [
  'supports2_5Gt',
  'supports5Gt',
  'supports8Gt',
  'supports16Gt',
  'supports32Gt',
  'supports64Gt',
];

function linkSpeeds(bits: Values): number {
  return LINK_SPEEDS.reduce((sum, name, bit) => sum | (bits[name] ? 1 << bit : 0), 0);
}

const VERSION_1: readonly Part[] = [
  registers('pcie_capability_header', {
    capability_id: dict('capabilityId'),
    next_capability_pointer: int('nextCapability'),
  }),
  register('pcie_capabilities', 'capabilities', {
    capability_version: int('version'),
    device_port_type: dict('portType', PORT_TYPES),
    slot_implemented: bool('slotImplemented'),
    interrupt_message_number: int('interruptMessageNumber'),
    flit_mode_supported: supported('flitModeSupported'),
  }),
  register('device_capabilities', 'deviceCapabilities', {
    max_payload_size_supported: int('maxPayloadSizeSupported'),
    phantom_functions_supported: supported('phantomFunctionsSupported'),
    extended_tag_field_supported: supported('extendedTagFieldSupported'),
    endpoint_l0s_acceptable_latency: dict('l0sAcceptableLatency'),
    endpoint_l1_acceptable_latency: dict('l1AcceptableLatency'),
    role_based_error_reporting: bool('roleBasedErrorReporting'),
    err_cor_subclass_capable: bool('errCorSubclassCapable'),
    rx_mps_fixed: int('rxMpsFixed'),
    captured_slot_power_limit_value: int('capturedSlotPowerLimitValue'),
    captured_slot_power_limit_scale: int('capturedSlotPowerLimitScale'),
    function_level_reset_capability_supported: supported('functionLevelReset'),
    mixed_mps_supported: supported('mixedMpsSupported'),
    tee_io_supported: supported('teeIoSupported'),
  }),
  register('device_control', 'deviceControl', {
    correctable_error_reporting_enable: enabled('correctableErrorReporting'),
    non_fatal_error_reporting_enable: enabled('nonFatalErrorReporting'),
    fatal_error_reporting_enable: enabled('fatalErrorReporting'),
    unsupported_request_reporting_enabled: enabled('unsupportedRequestReporting'),
    relaxed_ordering_enable: enabled('relaxedOrdering'),
    max_payload_size: int('maxPayloadSize'),
    extended_tag_field_enable: enabled('extendedTagField'),
    phantom_functions_enable: enabled('phantomFunctions'),
    aux_power_pm_enable: enabled('auxPowerPm'),
    enable_no_snoop: int('noSnoop'),
    max_read_request_size: int('maxReadRequestSize'),
    function_level_reset: bool('functionLevelReset'),
  }),
  register('device_status', 'deviceStatus', {
    correctable_error_detected: bool('correctableErrorDetected'),
    non_fatal_error_detected: bool('nonFatalErrorDetected'),
    fatal_error_detected: bool('fatalErrorDetected'),
    unsupported_request_detected: bool('unsupportedRequestDetected'),
    aux_power_detected: bool('auxPowerDetected'),
    transactions_pending: bool('transactionsPending'),
    emergency_power_reduction: int('emergencyPowerReduction'),
  }),
  register('link_capabilities', 'linkCapabilities', {
    max_link_speed: int('maxLinkSpeed'),
    maximum_link_width: int('maxLinkWidth'),
    aspm_support: int('aspmSupport'),
    l0s_exit_latency: int('l0sExitLatency'),
    l1_exit_latency: int('l1ExitLatency'),
    clock_power_management: bool('clockPowerManagement'),
    surprise_down_error_reporting_capable: bool('surpriseDownReporting'),
    data_link_layer_link_active_reporting_capable: bool('linkActiveReporting'),
    link_bandwidth_notification_capability: bool('bandwidthNotification'),
    aspm_optionality_compliance: bool('aspmOptionality'),
    port_number: int('portNumber'),
  }),
  register('link_control', 'linkControl', {
    aspm_control: int('aspmControl'),
    ptm_prop_delay_adaptation_interpretation: bool('ptmDelayAdaptation'),
    link_disable: int('linkDisable'),
    retrain_link: int('retrainLink'),
    extended_synch: int('extendedSynch'),
    sris_clocking: int('srisClocking'),
    flit_mode_disable: int('flitModeDisable'),
  }),
  register('link_status', 'linkStatus', {
    current_link_speed: int('currentLinkSpeed'),
    negotiated_link_width: int('negotiatedLinkWidth'),
    link_training: int('linkTraining'),
  }),
  register('slot_capabilities', 'slotCapabilities', {
    slot_power_limit_value: dict('powerLimitValue'),
    slot_power_limit_scale: int('powerLimitScale'),
    physical_slot_number: int('physicalSlotNumber'),
  }),
  register('slot_control', 'slotControl', {
    attention_indicator_control: int('attentionIndicator'),
    power_indicator_control: int('powerIndicator'),
    // The only bit without a name is the highest.
    rsvdp: ({ reserved }) => (reserved === undefined ? 0 : 1),
  }),
  register('slot_status', 'slotStatus', {
    mrl_sensor_changed: int('mrlSensorChanged'),
    command_completed: int('commandCompleted'),
    mrl_sensor_state: int('mrlOpen'),
  }),
  register('root_status', 'rootStatus', {
    pme_requester_id: int('pmeRequesterId'),
    pme_status: int('pmeStatus'),
    pme_pending: int('pmePending'),
  }),
];

/** Registers that a capability of version 1 does not have. */
const VERSION_2: readonly Part[] = [
  register('device_capabilities2', 'deviceCapabilities2', {
    completion_timeout_ranges_supported: int('completionTimeoutRanges'),
    completion_timeout_disable_supported: supported('completionTimeoutDisable'),
    ari_forwarding_supported: supported('ariForwarding'),
    atomic_op_routing_supported: supported('atomicOpRouting'),
    _32_bit_atomicop_completer_supported: supported('atomicOp32Completer'),
    _64_bit_atomicop_completer_supported: supported('atomicOp64Completer'),
    _128_bit_cas_completer_supported: supported('cas128Completer'),
    no_ro_enabled_pr_pr_passing: either('Failed', 'Passing')('noRelaxedOrderingPassing'),
    ltr_mechanism_supported: supported('ltrSupported'),
    tph_completer_supported: supported('tphCompleter'),
    obff_supported: supported('obffSupported'),
    max_end_end_tlp_prefixes: dict('maxEndEndTlpPrefixes'),
    emergency_power_reduction_supported: supported('emergencyPowerReduction'),
    dmwr_lengths_supported: int('dmwrLengths'),
  }),
  register('device_control2', 'deviceControl2', {
    completion_timeout_value: int('completionTimeoutValue'),
    ari_forwarding_enable: bool('ariForwarding'),
    atomicop_requester_enable: bool('atomicOpRequester'),
    atomicop_egress_blocking: bool('atomicOpEgressBlocking'),
    ido_request_enable: bool('idoRequest'),
    ido_completion_enable: bool('idoCompletion'),
    ltr_mechanism_enable: bool('ltrEnable'),
    emergency_power_reduction_request: bool('emergencyPowerReductionRequest'),
    bit_tag_requester_10_enable: bool('tag10BitRequester'),
    obff_enable: int('obffEnable'),
  }),
  register('link_capabilities2', 'linkCapabilities2', {
    supported_link_speeds: linkSpeeds,
    crosslink_supported: supported('crosslink'),
    lower_skp_os_generation_supported: int('lowerSkpGeneration'),
    lower_skp_os_reception_supported: int('lowerSkpReception'),
    retimer_presence_detect_supported: supported('retimerPresenceDetect'),
    two_retimers_presence_detect_supported: supported('twoRetimersPresenceDetect'),
    drs_supported: supported('drsSupported'),
  }),
  register('link_control2', 'linkControl2', {
    target_link_speed: dict('targetLinkSpeed'),
    enter_compliance: supported('enterCompliance'),
    hardware_autonomous_speed_disable: dict('hardwareAutonomousSpeedDisable'),
    selectable_de_emphasis: bool('selectableDeEmphasis'),
    transmit_margin: int('transmitMargin'),
    enter_modified_compliance: bool('enterModifiedCompliance'),
    compliance_sos: bool('complianceSos'),
    compliance_preset_de_emphasis: int('compliancePreset'),
  }),
  register('link_status2', 'linkStatus2', {
    current_de_emphasis_level: int('currentDeEmphasis'),
    equalization_8gts_complete: bool('equalizationComplete'),
    equalization_8gts_phase1_successful: bool('equalizationPhase1'),
    equalization_8gts_phase2_successful: bool('equalizationPhase2'),
    equalization_8gts_phase3_successful: bool('equalizationPhase3'),
    link_equalization_request_8gts: bool('equalizationRequest'),
    retimer_presence_detected: bool('retimerPresence'),
    two_retimers_presence_detected: bool('twoRetimersPresence'),
    crosslink_resolution: int('crosslinkResolution'),
    flit_mode_status: int('flitMode'),
    downstream_component_presence: int('downstreamComponentPresence'),
    drs_message_received: bool('drsMessageReceived'),
  }),
];

export const pcieCapability = object(undefined, [
  wholeOf(PcieCapability),
  ...VERSION_1,
  ...VERSION_2.map((part) =>
    when(({ capabilities }) => ((capabilities as Values).version as number) >= 2, part),
  ),
]);
