#define _GNU_SOURCE
#include "commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command *const tables[] = {victim_commands, memory_commands, system_commands};

/* Of the command that runs. */
static const char *tag;
static size_t sizes[MAX_ARGUMENTS];

int number(const char *text, uint64_t *value) {
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 0);
    return *text && !*end && !errno ? 0 : EINVAL;
}

int number_below(const char *text, uint64_t limit, unsigned *value) {
    uint64_t wide;
    if (number(text, &wide) || wide >= limit)
        return EINVAL;
    *value = (unsigned)wide;
    return 0;
}

size_t argument_size(int number) {
    return sizes[number];
}

void say_data(const void *bytes, size_t count) {
    for (const char *at = bytes; count;) {
        size_t part = count < DATA_BYTES ? count : DATA_BYTES;
        struct line line = {0};
        line_add(&line, "%s data ", tag);
        line_add_bytes(&line, at, part, 1);
        line_say(&line);
        at += part;
        count -= part;
    }
}

void say_ok(void) {
    say("%s ok", tag);
}

static void help(void) {
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
        for (const struct command *each = tables[i]; each->name; each++) {
            char text[200];
            int length = snprintf(text, sizeof(text), "%s%s%s\n", each->name, *each->arguments ? " " : "",
                                  each->arguments);
            say_data(text, (size_t)length);
        }
    }
    say_ok();
}

static const struct command *find(const char *name) {
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
        for (const struct command *each = tables[i]; each->name; each++)
            if (!strcmp(name, each->name))
                return each;
    return NULL;
}

void command_run(char *line) {
    char *words[MAX_ARGUMENTS + 2];
    int count = 0;
    for (char *word = strtok(line, " "); word && count < MAX_ARGUMENTS + 2; word = strtok(NULL, " "))
        words[count++] = word;
    if (count == 0)
        return;
    tag = words[0];
    if (count == 2 && !strcmp(words[1], "help")) {
        help();
        return;
    }
    const struct command *command = count > 1 ? find(words[1]) : NULL;
    if (!command) {
        say("%s error no such command; try: %s help", tag, tag);
        return;
    }
    int argc = count - 2;
    if (argc < command->least || argc > command->most || argc > MAX_ARGUMENTS) {
        say("%s error usage: %s %s", tag, command->name, command->arguments);
        return;
    }
    for (int i = 2; i < count; i++)
        sizes[i - 2] = unescape(words[i]);
    struct line answer = {0};
    line_add(&answer, "%s ok", tag);
    int error = command->run(argc, words + 2, &answer);
    if (error)
        say("%s error %s: %s", tag, command->name, error == EVICTIM ? "the victim died" : strerror(error));
    else
        line_say(&answer);
}
