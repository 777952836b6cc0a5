/** Made from rasvm.proto by make-descriptor.ts; do not edit. */

export const DESCRIPTOR = {
  nested: {
    rasvm: {
      nested: {
        v1: {
          nested: {
            Machine: {
              methods: {
                GetStatus: {
                  requestType: 'GetStatusRequest',
                  responseType: 'Status',
                },
                Stop: {
                  requestType: 'StopRequest',
                  responseType: 'StopResponse',
                },
                Inject: {
                  requestType: 'InjectRequest',
                  responseType: 'InjectResponse',
                },
                GetRegisters: {
                  requestType: 'GetRegistersRequest',
                  responseType: 'Registers',
                },
                ListPoison: {
                  requestType: 'ListPoisonRequest',
                  responseType: 'PoisonList',
                },
                SendSysrq: {
                  requestType: 'SendSysrqRequest',
                  responseType: 'SendSysrqResponse',
                },
                StreamEvents: {
                  requestType: 'StreamEventsRequest',
                  responseType: 'Event',
                  responseStream: true,
                },
              },
            },
            GetStatusRequest: {
              fields: {},
            },
            State: {
              values: {
                STATE_UNSPECIFIED: 0,
                STATE_STARTING: 1,
                STATE_RUNNING: 2,
                STATE_PAUSED: 3,
                STATE_STOPPING: 4,
                STATE_STOPPED: 5,
                STATE_STOPPED_ON_ERROR: 6,
              },
            },
            Backing: {
              values: {
                BACKING_UNSPECIFIED: 0,
                BACKING_ANONYMOUS: 1,
                BACKING_MEMFD: 2,
              },
            },
            RasMode: {
              values: {
                RAS_MODE_UNSPECIFIED: 0,
                RAS_MODE_AUTO: 1,
                RAS_MODE_ON: 2,
                RAS_MODE_OFF: 3,
              },
            },
            Status: {
              fields: {
                name: {
                  type: 'string',
                  id: 1,
                },
                pid: {
                  type: 'uint32',
                  id: 2,
                },
                state: {
                  type: 'State',
                  id: 3,
                },
                uptimeNs: {
                  type: 'uint64',
                  id: 4,
                  protoName: 'uptime_ns',
                },
                vcpus: {
                  type: 'uint32',
                  id: 5,
                },
                memoryBytes: {
                  type: 'uint64',
                  id: 6,
                  protoName: 'memory_bytes',
                },
                ram: {
                  rule: 'repeated',
                  type: 'GpaRange',
                  id: 7,
                },
                backing: {
                  type: 'Backing',
                  id: 8,
                },
                hugePageBytes: {
                  type: 'uint64',
                  id: 9,
                  protoName: 'huge_page_bytes',
                },
                acpi: {
                  type: 'bool',
                  id: 10,
                },
                rasAsked: {
                  type: 'RasMode',
                  id: 11,
                  protoName: 'ras_asked',
                },
                rasResolved: {
                  type: 'RasMode',
                  id: 12,
                  protoName: 'ras_resolved',
                },
                rasEarly: {
                  type: 'bool',
                  id: 13,
                  protoName: 'ras_early',
                },
                rssBytes: {
                  type: 'uint64',
                  id: 14,
                  protoName: 'rss_bytes',
                },
                errors: {
                  type: 'ErrorCounts',
                  id: 15,
                },
                leftOutBytes: {
                  type: 'uint64',
                  id: 16,
                  protoName: 'left_out_bytes',
                },
              },
            },
            GpaRange: {
              fields: {
                gpa: {
                  type: 'uint64',
                  id: 1,
                },
                size: {
                  type: 'uint64',
                  id: 2,
                },
              },
            },
            ErrorCounts: {
              fields: {
                total: {
                  type: 'uint64',
                  id: 1,
                },
                queued: {
                  type: 'uint64',
                  id: 2,
                },
                told: {
                  type: 'uint64',
                  id: 3,
                },
                acknowledged: {
                  type: 'uint64',
                  id: 4,
                },
                untold: {
                  type: 'uint64',
                  id: 5,
                },
              },
            },
            StopMode: {
              values: {
                STOP_MODE_UNSPECIFIED: 0,
                STOP_MODE_POWERDOWN: 1,
                STOP_MODE_KILL: 2,
              },
            },
            StopRequest: {
              fields: {
                mode: {
                  type: 'StopMode',
                  id: 1,
                },
              },
            },
            StopResponse: {
              fields: {},
            },
            InjectMeans: {
              values: {
                INJECT_MEANS_UNSPECIFIED: 0,
                INJECT_MEANS_RECORD: 1,
                INJECT_MEANS_UFFD: 2,
                INJECT_MEANS_MADVISE: 3,
                INJECT_MEANS_HWPOISON: 4,
              },
            },
            InjectTell: {
              values: {
                INJECT_TELL_UNSPECIFIED: 0,
                INJECT_TELL_EARLY: 1,
                INJECT_TELL_LATE: 2,
              },
            },
            Severity: {
              values: {
                SEVERITY_UNSPECIFIED: 0,
                SEVERITY_CORRECTED: 1,
                SEVERITY_RECOVERABLE: 2,
                SEVERITY_FATAL: 3,
              },
            },
            InjectRequest: {
              oneofs: {
                error: {
                  oneof: ['memory', 'record', 'serror', 'sea'],
                },
              },
              fields: {
                memory: {
                  type: 'MemoryInjection',
                  id: 1,
                },
                record: {
                  type: 'RecordInjection',
                  id: 2,
                },
                serror: {
                  type: 'SerrorInjection',
                  id: 3,
                },
                sea: {
                  type: 'SeaInjection',
                  id: 4,
                },
              },
            },
            MemoryInjection: {
              oneofs: {
                _gpa: {
                  oneof: ['gpa'],
                },
                _size: {
                  oneof: ['size'],
                },
                _count: {
                  oneof: ['count'],
                },
              },
              fields: {
                gpa: {
                  type: 'uint64',
                  id: 1,
                  options: {
                    proto3_optional: true,
                  },
                },
                size: {
                  type: 'uint64',
                  id: 2,
                  options: {
                    proto3_optional: true,
                  },
                },
                via: {
                  type: 'InjectMeans',
                  id: 3,
                },
                tell: {
                  type: 'InjectTell',
                  id: 4,
                },
                severity: {
                  type: 'Severity',
                  id: 5,
                },
                count: {
                  type: 'uint32',
                  id: 6,
                  options: {
                    proto3_optional: true,
                  },
                },
              },
            },
            RecordInjection: {
              fields: {
                block: {
                  type: 'bytes',
                  id: 1,
                },
              },
            },
            SerrorInjection: {
              oneofs: {
                _vcpu: {
                  oneof: ['vcpu'],
                },
                _exceptionLevel: {
                  oneof: ['exceptionLevel'],
                },
              },
              fields: {
                vcpu: {
                  type: 'uint32',
                  id: 1,
                  options: {
                    proto3_optional: true,
                  },
                },
                serrors: {
                  rule: 'repeated',
                  type: 'Serror',
                  id: 2,
                },
                exceptionLevel: {
                  type: 'uint32',
                  id: 3,
                  protoName: 'exception_level',
                  options: {
                    proto3_optional: true,
                  },
                },
              },
            },
            Serror: {
              oneofs: {
                _iss: {
                  oneof: ['iss'],
                },
              },
              fields: {
                iss: {
                  type: 'fixed64',
                  id: 1,
                  options: {
                    proto3_optional: true,
                  },
                },
              },
            },
            AbortAccess: {
              values: {
                ABORT_ACCESS_UNSPECIFIED: 0,
                ABORT_ACCESS_DATA: 1,
                ABORT_ACCESS_FETCH: 2,
              },
            },
            SeaInjection: {
              oneofs: {
                _vcpu: {
                  oneof: ['vcpu'],
                },
                _va: {
                  oneof: ['va'],
                },
                _exceptionLevel: {
                  oneof: ['exceptionLevel'],
                },
              },
              fields: {
                vcpu: {
                  type: 'uint32',
                  id: 1,
                  options: {
                    proto3_optional: true,
                  },
                },
                access: {
                  type: 'AbortAccess',
                  id: 2,
                },
                va: {
                  type: 'fixed64',
                  id: 3,
                  options: {
                    proto3_optional: true,
                  },
                },
                exceptionLevel: {
                  type: 'uint32',
                  id: 4,
                  protoName: 'exception_level',
                  options: {
                    proto3_optional: true,
                  },
                },
              },
            },
            InjectResponse: {
              oneofs: {
                _gpa: {
                  oneof: ['gpa'],
                },
                _hva: {
                  oneof: ['hva'],
                },
              },
              fields: {
                errorId: {
                  type: 'uint64',
                  id: 1,
                  protoName: 'error_id',
                },
                gpa: {
                  type: 'uint64',
                  id: 2,
                  options: {
                    proto3_optional: true,
                  },
                },
                size: {
                  type: 'uint64',
                  id: 3,
                },
                hva: {
                  type: 'uint64',
                  id: 4,
                  options: {
                    proto3_optional: true,
                  },
                },
                exception: {
                  type: 'InjectedException',
                  id: 5,
                },
              },
            },
            InjectedException: {
              oneofs: {
                _esr: {
                  oneof: ['esr'],
                },
              },
              fields: {
                vcpu: {
                  type: 'uint32',
                  id: 1,
                },
                pc: {
                  type: 'fixed64',
                  id: 2,
                },
                exceptionLevel: {
                  type: 'uint32',
                  id: 3,
                  protoName: 'exception_level',
                },
                esr: {
                  type: 'fixed64',
                  id: 4,
                  options: {
                    proto3_optional: true,
                  },
                },
                pending: {
                  type: 'bool',
                  id: 5,
                },
              },
            },
            GetRegistersRequest: {
              oneofs: {
                _vcpu: {
                  oneof: ['vcpu'],
                },
              },
              fields: {
                vcpu: {
                  type: 'uint32',
                  id: 1,
                  options: {
                    proto3_optional: true,
                  },
                },
              },
            },
            Registers: {
              fields: {
                vcpus: {
                  rule: 'repeated',
                  type: 'VcpuRegisters',
                  id: 1,
                },
              },
            },
            MpState: {
              values: {
                MP_STATE_UNSPECIFIED: 0,
                MP_STATE_RUNNABLE: 1,
                MP_STATE_STOPPED: 2,
                MP_STATE_SUSPENDED: 3,
              },
            },
            VcpuRegisters: {
              fields: {
                vcpu: {
                  type: 'uint32',
                  id: 1,
                },
                mpState: {
                  type: 'MpState',
                  id: 2,
                  protoName: 'mp_state',
                },
                held: {
                  type: 'bool',
                  id: 3,
                },
                registers: {
                  rule: 'repeated',
                  type: 'Register',
                  id: 4,
                },
                serror: {
                  type: 'PendingSerror',
                  id: 5,
                },
              },
            },
            Register: {
              fields: {
                name: {
                  type: 'string',
                  id: 1,
                },
                value: {
                  type: 'fixed64',
                  id: 2,
                },
              },
            },
            PendingSerror: {
              oneofs: {
                _esr: {
                  oneof: ['esr'],
                },
              },
              fields: {
                esr: {
                  type: 'fixed64',
                  id: 1,
                  options: {
                    proto3_optional: true,
                  },
                },
              },
            },
            ListPoisonRequest: {
              fields: {},
            },
            PoisonList: {
              fields: {
                pages: {
                  rule: 'repeated',
                  type: 'PoisonedPage',
                  id: 1,
                },
              },
            },
            Origin: {
              values: {
                ORIGIN_UNSPECIFIED: 0,
                ORIGIN_SIGNAL: 1,
                ORIGIN_SCAN: 2,
                ORIGIN_EXIT: 3,
                ORIGIN_INJECTION: 4,
                ORIGIN_ACCESS: 5,
              },
            },
            PoisonedPage: {
              oneofs: {
                _toldEarlyNs: {
                  oneof: ['toldEarlyNs'],
                },
                _toldLateNs: {
                  oneof: ['toldLateNs'],
                },
                _acknowledgedNs: {
                  oneof: ['acknowledgedNs'],
                },
                _touchedNs: {
                  oneof: ['touchedNs'],
                },
              },
              fields: {
                errorId: {
                  type: 'uint64',
                  id: 1,
                  protoName: 'error_id',
                },
                gpa: {
                  type: 'uint64',
                  id: 2,
                },
                size: {
                  type: 'uint64',
                  id: 3,
                },
                sinceNs: {
                  type: 'uint64',
                  id: 4,
                  protoName: 'since_ns',
                },
                origin: {
                  type: 'Origin',
                  id: 5,
                },
                toldEarlyNs: {
                  type: 'uint64',
                  id: 6,
                  protoName: 'told_early_ns',
                  options: {
                    proto3_optional: true,
                  },
                },
                toldLate: {
                  type: 'uint64',
                  id: 7,
                  protoName: 'told_late',
                },
                toldLateNs: {
                  type: 'uint64',
                  id: 8,
                  protoName: 'told_late_ns',
                  options: {
                    proto3_optional: true,
                  },
                },
                acknowledged: {
                  type: 'uint64',
                  id: 9,
                },
                acknowledgedNs: {
                  type: 'uint64',
                  id: 10,
                  protoName: 'acknowledged_ns',
                  options: {
                    proto3_optional: true,
                  },
                },
                touches: {
                  type: 'uint64',
                  id: 11,
                },
                touchedNs: {
                  type: 'uint64',
                  id: 12,
                  protoName: 'touched_ns',
                  options: {
                    proto3_optional: true,
                  },
                },
                stillInUse: {
                  type: 'bool',
                  id: 13,
                  protoName: 'still_in_use',
                },
                leftOut: {
                  type: 'bool',
                  id: 14,
                  protoName: 'left_out',
                },
              },
            },
            SendSysrqRequest: {
              fields: {
                key: {
                  type: 'string',
                  id: 1,
                },
              },
            },
            SendSysrqResponse: {
              fields: {},
            },
            StreamEventsRequest: {
              fields: {
                since: {
                  type: 'uint64',
                  id: 1,
                },
                follow: {
                  type: 'bool',
                  id: 2,
                },
              },
            },
            Event: {
              oneofs: {
                _errorId: {
                  oneof: ['errorId'],
                },
              },
              fields: {
                seq: {
                  type: 'uint64',
                  id: 1,
                },
                timeNs: {
                  type: 'uint64',
                  id: 2,
                  protoName: 'time_ns',
                },
                errorId: {
                  type: 'uint64',
                  id: 3,
                  protoName: 'error_id',
                  options: {
                    proto3_optional: true,
                  },
                },
                kind: {
                  type: 'string',
                  id: 4,
                },
                fields: {
                  rule: 'repeated',
                  type: 'Field',
                  id: 5,
                },
              },
            },
            Field: {
              fields: {
                name: {
                  type: 'string',
                  id: 1,
                },
                value: {
                  type: 'Value',
                  id: 2,
                },
              },
            },
            Value: {
              oneofs: {
                kind: {
                  oneof: ['text', 'integer', 'word', 'truth', 'real', 'list', 'struct'],
                },
              },
              fields: {
                text: {
                  type: 'string',
                  id: 1,
                },
                integer: {
                  type: 'sint64',
                  id: 2,
                },
                word: {
                  type: 'fixed64',
                  id: 3,
                },
                truth: {
                  type: 'bool',
                  id: 4,
                },
                real: {
                  type: 'double',
                  id: 5,
                },
                list: {
                  type: 'List',
                  id: 6,
                },
                struct: {
                  type: 'Struct',
                  id: 7,
                },
              },
            },
            List: {
              fields: {
                values: {
                  rule: 'repeated',
                  type: 'Value',
                  id: 1,
                },
              },
            },
            Struct: {
              fields: {
                fields: {
                  rule: 'repeated',
                  type: 'Field',
                  id: 1,
                },
              },
            },
          },
        },
      },
    },
  },
};
