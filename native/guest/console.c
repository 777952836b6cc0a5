#define _GNU_SOURCE
#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#define PREFIX "rasvm-guest: "

void console_open(void) {
    if (fcntl(CONSOLE_FD, F_GETFD) < 0) {
        mkdir("/dev", 0755);
        mknod("/dev/console", S_IFCHR | 0600, makedev(5, 1));
        /* The first free descriptor is 0. */
        if (open("/dev/console", O_RDWR | O_NOCTTY) == CONSOLE_FD) {
            dup2(CONSOLE_FD, 1);
            dup2(CONSOLE_FD, 2);
        }
    }
    struct termios settings;
    if (tcgetattr(CONSOLE_FD, &settings) == 0) {
        cfmakeraw(&settings);
        tcsetattr(CONSOLE_FD, TCSANOW, &settings);
    }
}

static void line_add_list(struct line *line, const char *format, va_list list) {
    /* Room for the prefix and the line's end is kept free. */
    size_t room = sizeof(line->text) - sizeof(PREFIX) - 2 - line->length;
    int length = vsnprintf(line->text + line->length, room, format, list);
    if (length > 0)
        line->length += (size_t)length < room ? (size_t)length : room - 1;
}

void line_add(struct line *line, const char *format, ...) {
    va_list list;
    va_start(list, format);
    line_add_list(line, format, list);
    va_end(list);
}

void line_say(const struct line *line) {
    char text[LINE_SIZE + 1];
    int length = snprintf(text, sizeof(text), PREFIX "%.*s\r\n", (int)line->length, line->text);
    /* One write: in raw mode the tty hands it to the UART in one piece, so no kernel message cuts it. */
    for (int done = 0; done < length;) {
        ssize_t n = write(CONSOLE_FD, text + done, (size_t)(length - done));
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return;
        if (n > 0)
            done += (int)n;
    }
}

void say(const char *format, ...) {
    struct line line = {0};
    va_list list;
    va_start(list, format);
    line_add_list(&line, format, list);
    va_end(list);
    line_say(&line);
}

char *console_line(void) {
    static char buffer[LINE_SIZE];
    static size_t length, taken;
    memmove(buffer, buffer + taken, length -= taken);
    taken = 0;
    for (;;) {
        for (size_t i = 0; i < length; i++) {
            if (buffer[i] == '\n' || buffer[i] == '\r') {
                buffer[i] = 0;
                taken = i + 1;
                return buffer;
            }
        }
        if (length == sizeof(buffer))
            length = 0; /* no command is that long: drop it */
        struct pollfd ready = {.fd = CONSOLE_FD, .events = POLLIN};
        if (poll(&ready, 1, 0) <= 0 || !(ready.revents & POLLIN))
            return NULL;
        ssize_t n = read(CONSOLE_FD, buffer + length, sizeof(buffer) - length);
        if (n <= 0)
            return NULL;
        length += (size_t)n;
    }
}
