/** Registers of PCI and PCI Express functions that error records carry: PCI 3.0, 6.2; PCI Express Base 6.0, 7.5 and 7.8.4. */

import { array, bits, flag, range, struct, u8, u16, u32 } from '../struct.ts';

/** Offset 4 of the configuration space. */
export const PciCommand = bits(16, {
  ioSpace: flag(0, 'Answers in I/O space'),
  memorySpace: flag(1, 'Answers in memory space'),
  busMaster: flag(2, 'May start requests'),
  specialCycles: flag(3, 'Sees special cycles'),
  memoryWriteAndInvalidate: flag(4, 'May use memory write and invalidate'),
  vgaPaletteSnoop: flag(5, 'Snoops writes to the VGA palette'),
  parityErrorResponse: flag(6, 'Acts on parity errors and poison'),
  idselStepping: flag(7, 'Address and data stepping'),
  serrEnable: flag(8, 'Reports non-fatal and fatal errors'),
  fastBackToBack: flag(9, 'May use fast back-to-back cycles'),
  interruptDisable: flag(10, 'No INTx interrupts'),
});

/** Offset 6 of the configuration space. */
export const PciStatus = bits(16, {
  immediateReadiness: flag(0, 'Ready right after a reset'),
  interruptStatus: flag(3, 'An INTx interrupt is pending'),
  capabilitiesList: flag(4, 'Has capabilities'),
  capable66MHz: flag(5, 'Can run at 66 MHz'),
  fastBackToBack: flag(7, 'Takes fast back-to-back cycles'),
  masterDataParityError: flag(8, 'Got or sent poisoned data as requester'),
  devselTiming: range(9, 10, 'DEVSEL timing'),
  signaledTargetAbort: flag(11, 'Completed with completer abort'),
  receivedTargetAbort: flag(12, 'Got a completion with completer abort'),
  receivedMasterAbort: flag(13, 'Got a completion with unsupported request'),
  signaledSystemError: flag(14, 'Sent an error message'),
  detectedParityError: flag(15, 'Got poisoned data'),
});

/** Offset 1Eh of a bridge's configuration space. */
export const BridgeSecondaryStatus = bits(16, {
  capable66MHz: flag(5, 'Can run at 66 MHz'),
  fastBackToBack: flag(7, 'Takes fast back-to-back cycles'),
  masterDataParityError: flag(8, 'Got or sent poisoned data as requester'),
  devselTiming: range(9, 10, 'DEVSEL timing'),
  signaledTargetAbort: flag(11, 'Completed with completer abort'),
  receivedTargetAbort: flag(12, 'Got a completion with completer abort'),
  receivedMasterAbort: flag(13, 'Got a completion with unsupported request'),
  receivedSystemError: flag(14, 'Got an error message'),
  detectedParityError: flag(15, 'Got poisoned data'),
});

/** Offset 3Eh of a bridge's configuration space. */
export const BridgeControl = bits(16, {
  parityErrorResponse: flag(0, 'Acts on parity errors and poison'),
  serrEnable: flag(1, 'Passes error messages on'),
  isaEnable: flag(2, 'Keeps ISA addresses from the secondary bus'),
  vgaEnable: flag(3, 'Passes VGA addresses on'),
  vga16BitDecode: flag(4, 'Decodes 16 bits of VGA I/O addresses'),
  masterAbortMode: flag(5, 'Tells a master abort by an error'),
  secondaryBusReset: flag(6, 'Holds the secondary bus in reset'),
  fastBackToBack: flag(7, 'May use fast back-to-back cycles'),
  primaryDiscardTimer: flag(8, 'Discards after 2^10 cycles of the primary bus, not 2^15'),
  secondaryDiscardTimer: flag(9, 'Discards after 2^10 cycles of the secondary bus, not 2^15'),
  discardTimerStatus: flag(10, 'A delayed completion was discarded'),
  discardTimerSerr: flag(11, 'Tells a discarded completion by SERR'),
});

/** Device/port type of the PCI Express capability, and PCIe error sections' port type. */
export const PciePortType = {
  Endpoint: 0,
  LegacyEndpoint: 1,
  RootPort: 4,
  UpstreamSwitchPort: 5,
  DownstreamSwitchPort: 6,
  PcieToPciBridge: 7,
  PciToPcieBridge: 8,
  RootComplexIntegratedEndpoint: 9,
  RootComplexEventCollector: 10,
} as const;

/** Link speeds as registers have them. */
export const PcieLinkSpeed = { Gt2_5: 1, Gt5: 2, Gt8: 3, Gt16: 4, Gt32: 5, Gt64: 6 } as const;

const zero = {} as const;

export const PcieCapabilities = bits(16, {
  version: range(0, 3, 'Version of the capability'),
  portType: range(4, 7, 'Device or port type', PciePortType),
  slotImplemented: flag(8, 'Leads to a slot'),
  interruptMessageNumber: range(9, 13, 'MSI or MSI-X message of the capability'),
  flitModeSupported: flag(15, 'Supports flit mode'),
});

export const PcieDeviceCapabilities = bits(32, {
  maxPayloadSizeSupported: range(0, 2, '128 bytes shifted left by this'),
  phantomFunctionsSupported: range(3, 4, 'Bits of phantom function numbers'),
  extendedTagFieldSupported: flag(5, 'Tags of 8 bits'),
  l0sAcceptableLatency: range(6, 8, 'Latency of L0s that the endpoint bears'),
  l1AcceptableLatency: range(9, 11, 'Latency of L1 that the endpoint bears'),
  roleBasedErrorReporting: flag(15, 'Role-based error reporting'),
  errCorSubclassCapable: flag(16, 'ERR_COR messages have a subclass'),
  rxMpsFixed: flag(17, 'Receives the largest payload whatever is set'),
  capturedSlotPowerLimitValue: range(18, 25, 'Slot power limit, in units of its scale'),
  capturedSlotPowerLimitScale: range(26, 27, 'Scale of the slot power limit'),
  functionLevelReset: flag(28, 'Function level reset'),
  mixedMpsSupported: flag(29, 'Payload sizes by destination'),
  teeIoSupported: flag(30, 'TEE-IO'),
});

export const PcieDeviceControl = bits(16, {
  correctableErrorReporting: flag(0, 'Reports correctable errors'),
  nonFatalErrorReporting: flag(1, 'Reports non-fatal errors'),
  fatalErrorReporting: flag(2, 'Reports fatal errors'),
  unsupportedRequestReporting: flag(3, 'Reports unsupported requests'),
  relaxedOrdering: flag(4, 'May use relaxed ordering'),
  maxPayloadSize: range(5, 7, '128 bytes shifted left by this'),
  extendedTagField: flag(8, 'Uses tags of 8 bits'),
  phantomFunctions: flag(9, 'Uses phantom functions'),
  auxPowerPm: flag(10, 'May draw auxiliary power'),
  noSnoop: flag(11, 'May use no snoop'),
  maxReadRequestSize: range(12, 14, '128 bytes shifted left by this'),
  functionLevelReset: flag(15, 'Starts a function level reset; of a bridge, configuration retry'),
});

export const PcieDeviceStatus = bits(16, {
  correctableErrorDetected: flag(0, 'Found a correctable error'),
  nonFatalErrorDetected: flag(1, 'Found a non-fatal error'),
  fatalErrorDetected: flag(2, 'Found a fatal error'),
  unsupportedRequestDetected: flag(3, 'Got an unsupported request'),
  auxPowerDetected: flag(4, 'Has auxiliary power'),
  transactionsPending: flag(5, 'Waits for completions'),
  emergencyPowerReduction: flag(6, 'Emergency power reduction was seen'),
});

export const PcieLinkCapabilities = bits(32, {
  maxLinkSpeed: range(0, 3, 'Highest link speed', PcieLinkSpeed),
  maxLinkWidth: range(4, 9, 'Lanes'),
  aspmSupport: range(10, 11, 'Link power states: 1 L0s, 2 L1, 3 both'),
  l0sExitLatency: range(12, 14, 'Time to leave L0s'),
  l1ExitLatency: range(15, 17, 'Time to leave L1'),
  clockPowerManagement: flag(18, 'The reference clock may be removed'),
  surpriseDownReporting: flag(19, 'Reports that the link went down'),
  linkActiveReporting: flag(20, 'Reports that the link is up'),
  bandwidthNotification: flag(21, 'Reports changes of bandwidth'),
  aspmOptionality: flag(22, 'Link power states are optional'),
  portNumber: range(24, 31, 'Number of the port'),
});

export const PcieLinkControl = bits(16, {
  aspmControl: range(0, 1, 'Link power states in use: 1 L0s, 2 L1, 3 both'),
  ptmDelayAdaptation: flag(2, 'How PTM propagation delays are taken'),
  readCompletionBoundary: flag(3, '128 bytes, not 64'),
  linkDisable: flag(4, 'The link is disabled'),
  retrainLink: flag(5, 'Starts training'),
  commonClock: flag(6, 'Both ends have one reference clock'),
  extendedSynch: flag(7, 'Sends more ordered sets'),
  clockPowerManagement: flag(8, 'The reference clock may be removed'),
  hardwareAutonomousWidthDisable: flag(9, 'Hardware leaves the width alone'),
  bandwidthManagementInterrupt: flag(10, 'Interrupt for a managed change of bandwidth'),
  autonomousBandwidthInterrupt: flag(11, 'Interrupt for an autonomous change of bandwidth'),
  srisClocking: flag(12, 'SRIS clocking'),
  flitModeDisable: flag(13, 'No flit mode'),
  drsSignalingControl: range(14, 15, 'What a DRS message does: 1 interrupt, 2 FRS'),
});

export const PcieLinkStatus = bits(16, {
  currentLinkSpeed: range(0, 3, 'Link speed', PcieLinkSpeed),
  negotiatedLinkWidth: range(4, 9, 'Lanes in use'),
  linkTraining: flag(11, 'The link trains'),
  slotClock: flag(12, 'Uses the reference clock of the slot'),
  linkActive: flag(13, 'The link is up'),
  bandwidthManagement: flag(14, 'The bandwidth was changed by management'),
  autonomousBandwidth: flag(15, 'The bandwidth was changed by hardware'),
});

export const PcieSlotCapabilities = bits(32, {
  attentionButton: flag(0, 'Attention button'),
  powerController: flag(1, 'Power controller'),
  mrlSensor: flag(2, 'Sensor of the retention latch'),
  attentionIndicator: flag(3, 'Attention indicator'),
  powerIndicator: flag(4, 'Power indicator'),
  hotPlugSurprise: flag(5, 'A card may go without notice'),
  hotPlugCapable: flag(6, 'Hot plug'),
  powerLimitValue: range(7, 14, 'Slot power limit, in units of its scale'),
  powerLimitScale: range(15, 16, 'Scale of the slot power limit'),
  interlock: flag(17, 'Electromechanical interlock'),
  noCommandCompleted: flag(18, 'Commands complete without notice'),
  physicalSlotNumber: range(19, 31, 'Number of the slot in the chassis'),
});

export const PcieSlotControl = bits(16, {
  attentionButtonPressed: flag(0, 'Interrupt for the attention button'),
  powerFault: flag(1, 'Interrupt for a power fault'),
  mrlSensorChanged: flag(2, 'Interrupt for the retention latch'),
  presenceDetectChanged: flag(3, 'Interrupt for a card that comes or goes'),
  commandCompleted: flag(4, 'Interrupt for a completed command'),
  hotPlugInterrupt: flag(5, 'Interrupts of hot plug at all'),
  attentionIndicator: range(6, 7, 'Attention indicator: 1 on, 2 blinks, 3 off'),
  powerIndicator: range(8, 9, 'Power indicator: 1 on, 2 blinks, 3 off'),
  powerOff: flag(10, 'Power is off'),
  interlock: flag(11, 'Toggles the interlock'),
  linkStateChanged: flag(12, 'Interrupt for a link that goes up or down'),
  autoSlotPowerLimitDisable: flag(13, 'No power limit is sent when the link goes up'),
  inBandPresenceDetectDisable: flag(14, 'Presence is not told by the link'),
});

export const PcieSlotStatus = bits(16, {
  attentionButtonPressed: flag(0, 'The attention button was pressed'),
  powerFault: flag(1, 'There was a power fault'),
  mrlSensorChanged: flag(2, 'The retention latch was moved'),
  presenceDetectChanged: flag(3, 'A card came or went'),
  commandCompleted: flag(4, 'A command completed'),
  mrlOpen: flag(5, 'The retention latch is open'),
  presence: flag(6, 'There is a card'),
  interlockEngaged: flag(7, 'The interlock is engaged'),
  linkStateChanged: flag(8, 'The link went up or down'),
});

export const PcieRootControl = bits(16, {
  systemErrorOnCorrectable: flag(0, 'A correctable error is a system error'),
  systemErrorOnNonFatal: flag(1, 'A non-fatal error is a system error'),
  systemErrorOnFatal: flag(2, 'A fatal error is a system error'),
  pmeInterrupt: flag(3, 'Interrupt for PME'),
  rrsSoftwareVisibility: flag(4, 'Software sees request retry status'),
  noNfmSubtree: flag(5, 'No device below is without flit mode'),
});

export const PcieRootCapabilities = bits(16, {
  rrsSoftwareVisibility: flag(0, 'Software can see request retry status'),
});

export const PcieRootStatus = bits(32, {
  pmeRequesterId: range(0, 15, 'Requester of the last PME: bus, device, function'),
  pmeStatus: flag(16, 'There was a PME'),
  pmePending: flag(17, 'There is another PME'),
});

export const PcieDeviceCapabilities2 = bits(32, {
  completionTimeoutRanges: range(0, 3, 'Ranges A to D of completion timeouts'),
  completionTimeoutDisable: flag(4, 'The completion timeout can be switched off'),
  ariForwarding: flag(5, 'ARI forwarding'),
  atomicOpRouting: flag(6, 'Routes AtomicOps'),
  atomicOp32Completer: flag(7, 'Completes AtomicOps of 32 bits'),
  atomicOp64Completer: flag(8, 'Completes AtomicOps of 64 bits'),
  cas128Completer: flag(9, 'Completes CAS of 128 bits'),
  noRelaxedOrderingPassing: flag(10, 'Relaxed writes do not pass others'),
  ltrSupported: flag(11, 'Latency tolerance reporting'),
  tphCompleter: range(12, 13, 'Processing hints: 1 TPH, 3 extended TPH'),
  tag10BitCompleter: flag(16, 'Completes tags of 10 bits'),
  tag10BitRequester: flag(17, 'Can use tags of 10 bits'),
  obffSupported: range(18, 19, 'OBFF: 1 messages, 2 WAKE#, 3 both'),
  extendedFmtField: flag(20, 'Fmt field of 3 bits'),
  endEndTlpPrefix: flag(21, 'End-end TLP prefixes'),
  maxEndEndTlpPrefixes: range(22, 23, 'Number of end-end TLP prefixes, 0 for 4'),
  emergencyPowerReduction: range(24, 25, 'Emergency power reduction'),
  emergencyPowerReductionInit: flag(26, 'Needs initialization after it'),
  dmwrCompleter: flag(28, 'Completes deferrable memory writes'),
  dmwrLengths: range(29, 30, 'Lengths of deferrable memory writes: 0 64 bytes, 1 128'),
  frsSupported: flag(31, 'Function readiness status'),
});

export const PcieDeviceControl2 = bits(16, {
  completionTimeoutValue: range(0, 3, 'Range of the completion timeout'),
  completionTimeoutDisable: flag(4, 'No completion timeout'),
  ariForwarding: flag(5, 'ARI forwarding'),
  atomicOpRequester: flag(6, 'May use AtomicOps'),
  atomicOpEgressBlocking: flag(7, 'Blocks AtomicOps that leave'),
  idoRequest: flag(8, 'May use ID-based ordering in requests'),
  idoCompletion: flag(9, 'May use ID-based ordering in completions'),
  ltrEnable: flag(10, 'Latency tolerance reporting'),
  emergencyPowerReductionRequest: flag(11, 'Asks for emergency power reduction'),
  tag10BitRequester: flag(12, 'Uses tags of 10 bits'),
  obffEnable: range(13, 14, 'OBFF: 1 and 2 messages, 3 WAKE#'),
  endEndTlpPrefixBlocking: flag(15, 'Blocks end-end TLP prefixes'),
});

export const PcieLinkCapabilities2 = bits(32, {
  supports2_5Gt: flag(1, '2.5 GT/s'),
  supports5Gt: flag(2, '5 GT/s'),
  supports8Gt: flag(3, '8 GT/s'),
  supports16Gt: flag(4, '16 GT/s'),
  supports32Gt: flag(5, '32 GT/s'),
  supports64Gt: flag(6, '64 GT/s'),
  crosslink: flag(8, 'Crosslink'),
  lowerSkpGeneration: range(9, 15, 'Speeds at which fewer SKP ordered sets are sent, one bit each'),
  lowerSkpReception: range(16, 22, 'Speeds at which fewer SKP ordered sets are taken, one bit each'),
  retimerPresenceDetect: flag(23, 'Can tell a retimer'),
  twoRetimersPresenceDetect: flag(24, 'Can tell two retimers'),
  drsSupported: flag(31, 'Device readiness status'),
});

export const PcieLinkControl2 = bits(16, {
  targetLinkSpeed: range(0, 3, 'Highest speed to use', PcieLinkSpeed),
  enterCompliance: flag(4, 'Enters compliance mode'),
  hardwareAutonomousSpeedDisable: flag(5, 'Hardware leaves the speed alone'),
  selectableDeEmphasis: flag(6, '-3.5 dB, not -6 dB'),
  transmitMargin: range(7, 9, 'Transmit margin'),
  enterModifiedCompliance: flag(10, 'Sends the modified compliance pattern'),
  complianceSos: flag(11, 'Sends SKP ordered sets in compliance'),
  compliancePreset: range(12, 15, 'Preset or de-emphasis in compliance'),
});

export const PcieLinkStatus2 = bits(16, {
  currentDeEmphasis: flag(0, '-3.5 dB, not -6 dB'),
  equalizationComplete: flag(1, 'Equalization at 8 GT/s is done'),
  equalizationPhase1: flag(2, 'Its phase 1 succeeded'),
  equalizationPhase2: flag(3, 'Its phase 2 succeeded'),
  equalizationPhase3: flag(4, 'Its phase 3 succeeded'),
  equalizationRequest: flag(5, 'Equalization is asked for'),
  retimerPresence: flag(6, 'There is a retimer'),
  twoRetimersPresence: flag(7, 'There are two retimers'),
  crosslinkResolution: range(8, 9, 'Crosslink: 1 upstream port, 2 downstream port, 3 not done'),
  flitMode: flag(10, 'The link runs in flit mode'),
  downstreamComponentPresence: range(12, 14, 'What is known of the component below'),
  drsMessageReceived: flag(15, 'A DRS message came'),
});

/** PCI Express capability structure (identifier 0x10), 60 bytes: PCI Express Base 6.0, 7.5.3. */
export const PcieCapability = struct(
  'PCI Express capability',
  {
    capabilityId: u8.default(0x10).doc('0x10'),
    nextCapability: u8.default(0).doc('Offset of the next capability'),
    capabilities: PcieCapabilities.default(zero).doc('PCI Express capabilities'),
    deviceCapabilities: PcieDeviceCapabilities.default(zero).doc('Device capabilities'),
    deviceControl: PcieDeviceControl.default(zero).doc('Device control'),
    deviceStatus: PcieDeviceStatus.default(zero).doc('Device status'),
    linkCapabilities: PcieLinkCapabilities.default(zero).doc('Link capabilities'),
    linkControl: PcieLinkControl.default(zero).doc('Link control'),
    linkStatus: PcieLinkStatus.default(zero).doc('Link status'),
    slotCapabilities: PcieSlotCapabilities.default(zero).doc('Slot capabilities'),
    slotControl: PcieSlotControl.default(zero).doc('Slot control'),
    slotStatus: PcieSlotStatus.default(zero).doc('Slot status'),
    rootControl: PcieRootControl.default(zero).doc('Root control'),
    rootCapabilities: PcieRootCapabilities.default(zero).doc('Root capabilities'),
    rootStatus: PcieRootStatus.default(zero).doc('Root status'),
    deviceCapabilities2: PcieDeviceCapabilities2.default(zero).doc('Device capabilities 2'),
    deviceControl2: PcieDeviceControl2.default(zero).doc('Device control 2'),
    deviceStatus2: u16.default(0).doc('Device status 2'),
    linkCapabilities2: PcieLinkCapabilities2.default(zero).doc('Link capabilities 2'),
    linkControl2: PcieLinkControl2.default(zero).doc('Link control 2'),
    linkStatus2: PcieLinkStatus2.default(zero).doc('Link status 2'),
    slotCapabilities2: u32.default(0).doc('Slot capabilities 2'),
    slotControl2: u16.default(0).doc('Slot control 2'),
    slotStatus2: u16.default(0).doc('Slot status 2'),
  },
  { source: 'PCI Express Base 6.0, 7.5.3' },
);

/** Bits of the uncorrectable error status, mask and severity registers. */
export const AerUncorrectableErrors = bits(32, {
  dataLinkProtocol: flag(4, 'Data link protocol error'),
  surpriseDown: flag(5, 'The link went down'),
  poisonedTlp: flag(12, 'Poisoned TLP received'),
  flowControlProtocol: flag(13, 'Flow control protocol error'),
  completionTimeout: flag(14, 'No completion in time'),
  completerAbort: flag(15, 'Completer abort'),
  unexpectedCompletion: flag(16, 'Completion that nobody waits for'),
  receiverOverflow: flag(17, 'Receiver overflow'),
  malformedTlp: flag(18, 'Malformed TLP'),
  ecrc: flag(19, 'ECRC error'),
  unsupportedRequest: flag(20, 'Unsupported request'),
  acsViolation: flag(21, 'ACS violation'),
  internal: flag(22, 'Uncorrectable internal error; of CXL, a protocol error'),
  mcBlockedTlp: flag(23, 'Multicast TLP blocked'),
  atomicOpEgressBlocked: flag(24, 'AtomicOp blocked'),
  tlpPrefixBlocked: flag(25, 'TLP prefix blocked'),
  poisonedTlpEgressBlocked: flag(26, 'Poisoned TLP blocked'),
  dmwrEgressBlocked: flag(27, 'Deferrable memory write blocked'),
  ideCheckFailed: flag(28, 'IDE check failed'),
  misroutedIdeTlp: flag(29, 'Misrouted IDE TLP'),
  pcrcCheckFailed: flag(30, 'PCRC check failed'),
  tlpTranslationEgressBlocked: flag(31, 'Translated TLP blocked'),
});

/** Bits of the correctable error status and mask registers. */
export const AerCorrectableErrors = bits(32, {
  receiver: flag(0, 'Receiver error'),
  badTlp: flag(6, 'Bad TLP'),
  badDllp: flag(7, 'Bad DLLP'),
  replayNumRollover: flag(8, 'Replayed too often'),
  replayTimerTimeout: flag(12, 'Replay timer ran out'),
  advisoryNonFatal: flag(13, 'Non-fatal error that is advisory only'),
  internal: flag(14, 'Corrected internal error; of CXL, a protocol error'),
  headerLogOverflow: flag(15, 'A header could not be logged'),
});

export const AerControl = bits(32, {
  firstErrorPointer: range(0, 4, 'Bit of the uncorrectable error status that came first'),
  ecrcGenerationCapable: flag(5, 'Can make ECRCs'),
  ecrcGenerationEnable: flag(6, 'Makes ECRCs'),
  ecrcCheckCapable: flag(7, 'Can check ECRCs'),
  ecrcCheckEnable: flag(8, 'Checks ECRCs'),
  multipleHeaderCapable: flag(9, 'Can log several headers'),
  multipleHeaderEnable: flag(10, 'Logs several headers'),
  tlpPrefixLogPresent: flag(11, 'The TLP prefix log holds something'),
  completionTimeoutLogCapable: flag(12, 'Logs the request of a completion timeout'),
  headerLogSize: range(13, 17, 'Words of the header log (flit mode)'),
  loggedTlpFlitMode: flag(18, 'The logged TLP is of flit mode'),
  loggedTlpSize: range(19, 23, 'Words of the logged TLP (flit mode)'),
});

export const AerRootErrorCommand = bits(32, {
  correctableReporting: flag(0, 'Interrupt for correctable errors'),
  nonFatalReporting: flag(1, 'Interrupt for non-fatal errors'),
  fatalReporting: flag(2, 'Interrupt for fatal errors'),
});

export const AerRootErrorStatus = bits(32, {
  correctableReceived: flag(0, 'ERR_COR came'),
  multipleCorrectable: flag(1, 'Another ERR_COR came'),
  uncorrectableReceived: flag(2, 'ERR_FATAL or ERR_NONFATAL came'),
  multipleUncorrectable: flag(3, 'Another ERR_FATAL or ERR_NONFATAL came'),
  firstUncorrectableFatal: flag(4, 'The first of these was fatal'),
  nonFatalReceived: flag(5, 'ERR_NONFATAL came'),
  fatalReceived: flag(6, 'ERR_FATAL came'),
  correctableSubclass: range(7, 8, 'Subclass of the ERR_COR'),
  interruptMessageNumber: range(27, 31, 'MSI or MSI-X message of the capability'),
});

/** Advanced error reporting capability (identifier 1) in the 96 bytes of a record: PCI Express Base 6.0, 7.8.4. */
export const AerCapability = struct(
  'Advanced error reporting capability',
  {
    header: bits(32, {
      id: range(0, 15, 'Capability identifier, 1'),
      version: range(16, 19, 'Version of the capability'),
      next: range(20, 31, 'Offset of the next capability'),
    })
      .default({ id: 1, version: 2 })
      .doc('Extended capability header'),
    uncorrectableStatus: AerUncorrectableErrors.default(zero).doc('Uncorrectable errors that happened'),
    uncorrectableMask: AerUncorrectableErrors.default(zero).doc('Uncorrectable errors that are not reported'),
    uncorrectableSeverity: AerUncorrectableErrors.default(zero).doc('Uncorrectable errors that are fatal'),
    correctableStatus: AerCorrectableErrors.default(zero).doc('Correctable errors that happened'),
    correctableMask: AerCorrectableErrors.default(zero).doc('Correctable errors that are not reported'),
    control: AerControl.default(zero).doc('Capabilities and control'),
    headerLog: array(u32, 4).default([0, 0, 0, 0]).doc('Header of the TLP of the first error, words 1 to 4'),
    rootErrorCommand: AerRootErrorCommand.default(zero).doc('Interrupts of a root port'),
    rootErrorStatus: AerRootErrorStatus.default(zero).doc('Error messages that a root port got'),
    correctableSourceId: u16.default(0).doc('Requester of the first ERR_COR: bus, device, function'),
    uncorrectableSourceId: u16.default(0).doc('Requester of the first ERR_FATAL or ERR_NONFATAL'),
    prefixLog: array(u32, 4)
      .default([0, 0, 0, 0])
      .doc('TLP prefixes; in flit mode words 5 to 8 of the header'),
    flitHeaderLog: array(u32, 6).default([0, 0, 0, 0, 0, 0]).doc('Words 9 to 14 of the header (flit mode)'),
  },
  { source: 'PCI Express Base 6.0, 7.8.4' },
);
