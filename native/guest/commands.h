/* The commands, one line each (protocol.h). */
#ifndef RASVM_GUEST_COMMANDS_H
#define RASVM_GUEST_COMMANDS_H

#include <stddef.h>
#include <stdint.h>

#include "port.h"

enum { MAX_ARGUMENTS = 66 };

struct command {
  const char* name;
  const char* arguments; /* for people */
  int least;             /* number of arguments */
  int most;
  /* Gets its arguments with %XX turned into bytes. Adds its answer to `answer`; gives 0, or an errno. */
  int (*run)(int argc, char** argv, struct line* answer);
};

/* Ended by one without a name. */
extern const struct command victim_commands[];
extern const struct command memory_commands[];
extern const struct command system_commands[];

/* What the victim of a command died of stands in its answer: an errno that no system call gives here. */
#define EVICTIM ECHILD

/* Runs one line and says its answer. Changes the line. */
void command_run(char* line);

/* Bytes of an argument of the command that runs, which may have zeros in it. */
size_t argument_size(int number);

/* Says content of the answer to the command that runs, in lines of its own, before it. */
void say_data(const void* bytes, size_t count);

/* Says "ok" now, for a command after which nothing more can be said. */
void say_ok(void);

/* Reads a number, decimal or 0x hexadecimal. Gives 0 or EINVAL. */
int number(const char* text, uint64_t* value);
int number_below(const char* text, uint64_t limit, unsigned* value);

#endif
