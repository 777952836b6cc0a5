/* Commands about the machine's memory. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "frames.h"
#include "victim.h"

static int run_pageflags(int argc, char **argv, struct line *answer) {
    (void)argc;
    uint64_t gpa, flags;
    if (number(argv[0], &gpa))
        return EINVAL;
    if (page_flags(gpa, &flags, 1) < 0)
        return errno;
    /* Bits: include/uapi/linux/kernel-page-flags.h */
    line_add(answer, " flags=0x%llx hwpoison=%d buddy=%d nopage=%d", (unsigned long long)flags,
             (int)(flags >> 19 & 1), (int)(flags >> 10 & 1), (int)(flags >> 20 & 1));
    return 0;
}

/* By a victim, which may take more than there is, and die of it. */
static int run_claim(int argc, char **argv, struct line *answer) {
    (void)argc;
    uint64_t gpa;
    int status;
    if (number(argv[0], &gpa))
        return EINVAL;
    struct victim *victim = victim_get("claimer");
    if (!victim)
        return errno;
    victim->exchange->request.kind = REQUEST_CLAIM;
    victim->exchange->request.offset = gpa;
    victim_ask(victim, 0);
    switch (victim_wait(victim, REPLY_LIMIT_MS, &status)) {
    case VICTIM_DONE:
        line_add(answer, " found=%d searched=%llu", victim->exchange->reply.found,
                 (unsigned long long)victim->exchange->reply.searched);
        victim_end(victim);
        return 0;
    case VICTIM_DIED:
        return EVICTIM;
    case VICTIM_SILENT:
        break;
    }
    return ETIMEDOUT;
}

static int run_meminfo(int argc, char **argv, struct line *answer) {
    (void)argc;
    char line[128];
    FILE *file = fopen("/proc/meminfo", "re");
    if (!file)
        return errno;
    size_t length = strlen(argv[0]);
    int error = ENOENT;
    while (error && fgets(line, sizeof(line), file)) {
        if (strncmp(line, argv[0], length) || line[length] != ':')
            continue;
        line_add(answer, " kB=%llu", strtoull(line + length + 1, NULL, 10));
        error = 0;
    }
    fclose(file);
    return error;
}

const struct command memory_commands[] = {
    {"pageflags", "GPA", 1, 1, run_pageflags},
    {"claim", "GPA", 1, 1, run_claim},
    {"meminfo", "FIELD", 1, 1, run_meminfo},
    {0},
};
