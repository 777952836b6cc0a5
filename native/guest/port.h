/* The line to the driver: one command a line comes in, one answer a line goes out (protocol.h). */
#ifndef RASVM_GUEST_PORT_H
#define RASVM_GUEST_PORT_H

#include <stddef.h>

#include "protocol.h"

/*
 * Opens the line and takes echo and line editing from it: the terminal `path`; without one /dev/ttyAMA1 where there is
 * one, else, for the first process, the console. Gives 0, or -1 with errno set.
 */
int port_open(const char* path);

/* To be polled for commands. */
int port_fd(void);

/* A line that is put together piece by piece. */
struct line {
  size_t length;
  char text[LINE_SIZE];
};

/* Appends to a line; what does not fit is cut. */
void line_add(struct line* line, const char* format, ...) __attribute__((format(printf, 2, 3)));

/* Appends bytes as %XX where need be; a space stands for itself if `spaces`. */
void line_add_bytes(struct line* line, const void* bytes, size_t count, int spaces);

/* Writes the line with prefix and checksum by one write(2). */
void line_say(const struct line* line);

/* The same for a line that is ready. */
void say(const char* format, ...) __attribute__((format(printf, 1, 2)));

/* Reads what is there; gives the next whole line (without its end), or NULL. Call again until NULL. */
char* port_line(void);

/* Turns %XX in a word back into bytes, in place; gives their number. A zero byte is put behind them. */
size_t unescape(char* word);

#endif
