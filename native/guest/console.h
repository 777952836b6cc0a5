/* The console: one command a line comes in, one answer a line goes out. */
#ifndef RASVM_GUEST_CONSOLE_H
#define RASVM_GUEST_CONSOLE_H

#include <stddef.h>

/* Descriptor of /dev/console; the kernel opens it for the first process. */
#define CONSOLE_FD 0

/* Longest line that is read or written, in bytes. */
#define LINE_SIZE 2000

/* Makes sure that the console is open, and takes echo and line editing from it. */
void console_open(void);

/* A line that is put together piece by piece. */
struct line {
  size_t length;
  char text[LINE_SIZE];
};

/* Appends to a line; what does not fit is cut. */
void line_add(struct line* line, const char* format, ...) __attribute__((format(printf, 2, 3)));

/* Writes "rasvm-guest: " and the line to the console by one write(2). */
void line_say(const struct line* line);

/* The same for a line that is ready. */
void say(const char* format, ...) __attribute__((format(printf, 1, 2)));

/* Reads what is there; gives the next whole line (without its end), or NULL. Call again until NULL. */
char* console_line(void);

#endif
