#define _GNU_SOURCE
#include "port.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#define SECOND_SERIAL "/dev/ttyAMA1"

/* Room for " #" and eight digits. */
#define CRC_ROOM 10

static int port = -1;

/* The kernel opens the console for the first process as descriptors 0 to 2, if the initramfs has one. */
static int open_console(void) {
    if (getpid() != 1) {
        errno = ENODEV;
        return -1;
    }
    if (fcntl(0, F_GETFD) >= 0)
        return 0;
    mkdir("/dev", 0755);
    mknod("/dev/console", S_IFCHR | 0600, makedev(5, 1));
    return open("/dev/console", O_RDWR | O_NOCTTY);
}

int port_open(const char *path) {
    port = open(path ? path : SECOND_SERIAL, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (port < 0 && !path)
        port = open_console();
    if (port < 0)
        return -1;
    struct termios settings;
    if (tcgetattr(port, &settings) == 0) {
        cfmakeraw(&settings);
        /* No carrier is waited for, and none is dropped. */
        settings.c_cflag = (settings.c_cflag | CLOCAL | CREAD) & ~(tcflag_t)HUPCL;
        tcsetattr(port, TCSANOW, &settings);
    }
    return 0;
}

int port_fd(void) {
    return port;
}

/* CRC-32, IEEE 802.3. */
static uint32_t crc32(const char *bytes, size_t count) {
    uint32_t crc = ~0u;
    for (size_t i = 0; i < count; i++) {
        crc ^= (uint8_t)bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

/* What is kept free: for the prefix, the checksum and the line's end. */
static size_t room_in(const struct line *line) {
    return sizeof(line->text) - sizeof(PREFIX) - CRC_ROOM - 2 - line->length;
}

static void line_add_list(struct line *line, const char *format, va_list list) {
    size_t room = room_in(line);
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

void line_add_bytes(struct line *line, const void *bytes, size_t count, int spaces) {
    for (const uint8_t *at = bytes; count--; at++) {
        if (room_in(line) < 4)
            return;
        if (((*at > ' ' && *at <= '~') && *at != '%') || (*at == ' ' && spaces))
            line->text[line->length++] = (char)*at;
        else
            line_add(line, "%%%02X", *at);
    }
}

void line_say(const struct line *line) {
    char text[LINE_SIZE + 1];
    int length = snprintf(text, sizeof(text), PREFIX "%.*s #%08x\r\n", (int)line->length, line->text,
                          (unsigned)crc32(line->text, line->length));
    /* One write: in raw mode the tty hands it to the UART in one piece. */
    for (int done = 0; done < length;) {
        ssize_t n = write(port, text + done, (size_t)(length - done));
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

char *port_line(void) {
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
        struct pollfd ready = {.fd = port, .events = POLLIN};
        if (poll(&ready, 1, 0) <= 0 || !(ready.revents & POLLIN))
            return NULL;
        ssize_t n = read(port, buffer + length, sizeof(buffer) - length);
        if (n <= 0)
            return NULL;
        length += (size_t)n;
    }
}

static int digit_of(char character) {
    if (character >= '0' && character <= '9')
        return character - '0';
    character |= 0x20;
    return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

size_t unescape(char *word) {
    char *to = word;
    for (const char *from = word; *from; from++) {
        int high = *from == '%' ? digit_of(from[1]) : -1;
        int low = high >= 0 ? digit_of(from[2]) : -1;
        if (low >= 0) {
            *to++ = (char)(high << 4 | low);
            from += 2;
        } else {
            *to++ = *from;
        }
    }
    *to = 0;
    return (size_t)(to - word);
}
