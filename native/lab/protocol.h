/*
 * The stream between the lab's outside (src/lab/frames.ts) and its agent: frames of a fixed header and a
 * payload, many sessions over one virtio-serial port. All numbers are little-endian, as both ends are.
 *
 * Every data stream has a window: a sender never has more unacknowledged bytes under way than the receiver
 * has room for, and CREDIT gives the room back. So neither end ever buffers without bound, and a session
 * whose reader sleeps does not stop the others.
 */
#ifndef RASVM_LAB_PROTOCOL_H
#define RASVM_LAB_PROTOCOL_H

#include <stdint.h>

#define PROTOCOL_VERSION 2
#define MAX_PAYLOAD (128 * 1024)
#define STDIN_WINDOW (64 * 1024)
#define OUTPUT_WINDOW (256 * 1024)

struct frame_header {
  uint32_t length;  /* of the payload */
  uint16_t session; /* chosen by the outside; 0 is the agent itself */
  uint8_t type;
  uint8_t stream; /* DATA and CREDIT: 0 stdin, 1 stdout, 2 stderr */
};
_Static_assert(sizeof(struct frame_header) == 8, "frame header");

enum frame_type {
  FRAME_HELLO = 1,    /* agent: u32 version */
  FRAME_EXEC = 2,     /* outside: struct exec_header, then cwd, argv and environment, each NUL-ended */
  FRAME_DATA = 3,     /* both; an empty one is the end of the stream */
  FRAME_CREDIT = 4,   /* both: u32 bytes that the receiver has consumed */
  FRAME_SIGNAL = 5,   /* outside: u32 number, for the command's process group */
  FRAME_RESIZE = 6,   /* outside: u16 rows, u16 columns */
  FRAME_HANGUP = 7,   /* outside: the caller is gone, kill what it started */
  FRAME_EXIT = 8,     /* agent: u32 enum exit_kind, u32 value */
  FRAME_POWEROFF = 9, /* outside */
  FRAME_PING = 10,    /* outside: is anybody there? */
  FRAME_PONG = 11,    /* agent: yes */
};

struct exec_header {
  uint16_t tty; /* 1: on a pseudo terminal */
  uint16_t rows;
  uint16_t columns;
  uint16_t argc;
};
_Static_assert(sizeof(struct exec_header) == 8, "exec header");

enum exit_kind {
  EXIT_KIND_STATUS = 0, /* value: exit status */
  EXIT_KIND_SIGNAL = 1, /* value: signal number */
  EXIT_KIND_ERRNO = 2,  /* the command could not be started; value: errno */
};

#endif
