/** The calls of rasvm.proto's service, as HTTP/2 paths; a unit test holds them against the proto file. */
export const CALL_PATH = {
  GetStatus: '/rasvm.v1.Machine/GetStatus',
  Stop: '/rasvm.v1.Machine/Stop',
  Inject: '/rasvm.v1.Machine/Inject',
  GetRegisters: '/rasvm.v1.Machine/GetRegisters',
  ListPoison: '/rasvm.v1.Machine/ListPoison',
  SendSysrq: '/rasvm.v1.Machine/SendSysrq',
  StreamEvents: '/rasvm.v1.Machine/StreamEvents',
} as const;
