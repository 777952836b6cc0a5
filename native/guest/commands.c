#define _GNU_SOURCE
#include "commands.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#include "console.h"
#include "victim.h"

/* syslog(2): sets the lowest level that is not printed on the console. */
#define SYSLOG_ACTION_CONSOLE_LEVEL 8

enum { MAX_ARGUMENTS = VICTIMS + 2 };

struct command {
    const char *name;
    const char *arguments;
    int least; /* number of arguments */
    int most;
    /* Adds its answer to `answer`; gives 0, or an errno. */
    int (*run)(int argc, char **argv, struct line *answer);
};

/* A victim's death, as an errno that no system call gives here. */
#define EVICTIM ECHILD

static int number(const char *text, uint64_t *value) {
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 0);
    return *text && !*end && !errno ? 0 : EINVAL;
}

static int number_below(const char *text, uint64_t limit, unsigned *value) {
    uint64_t wide;
    if (number(text, &wide) || wide >= limit)
        return EINVAL;
    *value = (unsigned)wide;
    return 0;
}

static void add_death(struct line *answer, const char *prefix, int status) {
    if (WIFSIGNALED(status))
        line_add(answer, " %ssignal=%d %shandler=0 %sdied=1", prefix, WTERMSIG(status), prefix, prefix);
    else
        line_add(answer, " %sexit=%d %sdied=1", prefix, WEXITSTATUS(status), prefix);
}

/* Asks one victim and waits. Where it dies of it the answer says so, and EVICTIM is given. */
static int ask(struct victim *victim, struct line *answer) {
    int status;
    victim_ask(victim, 0);
    switch (victim_wait(victim, &status)) {
    case VICTIM_DONE:
        return victim->exchange->reply.error;
    case VICTIM_DIED:
        add_death(answer, "", status);
        return EVICTIM;
    case VICTIM_SILENT:
        break;
    }
    return ETIMEDOUT;
}

static int add_where(struct victim *victim, unsigned first, unsigned count, struct line *answer) {
    victim->exchange->request.kind = REQUEST_WHERE;
    victim->exchange->request.first = first;
    victim->exchange->request.count = count;
    int error = ask(victim, answer);
    if (error)
        return error;
    line_add(answer, " first=%u count=%u va=0x%llx gpa=", first, count,
             (unsigned long long)victim->exchange->reply.address);
    for (unsigned i = 0; i < count; i++)
        line_add(answer, "%s0x%llx", i ? "," : "", (unsigned long long)victim->exchange->reply.gpa[i]);
    return 0;
}

static int run_alloc(int argc, char **argv, struct line *answer) {
    (void)argc;
    int kind = page_kind_of(argv[1]);
    unsigned count;
    if (kind < 0 || number_below(argv[2], VICTIM_PAGES + 1, &count))
        return EINVAL;
    struct victim *victim = victim_get(argv[0]);
    if (!victim)
        return errno;
    victim->exchange->request.kind = REQUEST_ALLOC;
    victim->exchange->request.argument = kind;
    victim->exchange->request.count = count;
    int error = ask(victim, answer);
    if (error)
        return error;
    /* Of many pages only the first ones' addresses fit on a line; `where` gives the others. */
    return add_where(victim, victim->exchange->reply.first, count < 64 ? count : 64, answer);
}

static int run_where(int argc, char **argv, struct line *answer) {
    (void)argc;
    unsigned first, count;
    struct victim *victim = victim_find(argv[0]);
    if (!victim)
        return ESRCH;
    if (number_below(argv[1], VICTIM_PAGES, &first) || number_below(argv[2], 65, &count))
        return EINVAL;
    return add_where(victim, first, count, answer);
}

static void add_touch(struct line *answer, const char *prefix, const struct touch_report *report) {
    if (report->signal.signal)
        line_add(answer, " %ssignal=%d %scode=%d %saddr=0x%llx %slsb=%d %shandler=1 %sns=%llu %sticks=%llu", prefix,
                 report->signal.signal, prefix, report->signal.code, prefix,
                 (unsigned long long)report->signal.address, prefix, report->signal.lsb, prefix, prefix,
                 (unsigned long long)report->signal.ns, prefix, (unsigned long long)report->signal.ticks);
    else
        line_add(answer, " %ssignal=0 %svalue=0x%llx %sns=%llu %sticks=%llu", prefix, prefix,
                 (unsigned long long)report->value, prefix, (unsigned long long)report->ns, prefix,
                 (unsigned long long)report->ticks);
    line_add(answer, " %sva=0x%llx", prefix, (unsigned long long)report->address);
}

static void set_touch(struct victim *victim, int how, unsigned first, unsigned count, uint64_t offset) {
    victim->exchange->request.kind = REQUEST_TOUCH;
    victim->exchange->request.argument = how;
    victim->exchange->request.first = first;
    victim->exchange->request.count = count;
    victim->exchange->request.offset = offset;
}

static int run_touch(int argc, char **argv, struct line *answer) {
    unsigned page, offset = 0;
    struct victim *victim = victim_find(argv[0]);
    int how = touch_how_of(argv[2]);
    if (!victim)
        return ESRCH;
    if (how < 0 || number_below(argv[1], VICTIM_PAGES, &page) ||
        (argc > 3 && number_below(argv[3], page_size() - 7, &offset)))
        return EINVAL;
    set_touch(victim, how, page, 1, offset);
    int error = ask(victim, answer);
    if (!error)
        add_touch(answer, "", &victim->exchange->reply.touch[0]);
    return error == EVICTIM ? 0 : error;
}

static int run_latency(int argc, char **argv, struct line *answer) {
    (void)argc;
    unsigned first, count;
    struct victim *victim = victim_find(argv[0]);
    if (!victim)
        return ESRCH;
    if (number_below(argv[1], VICTIM_PAGES, &first) || number_below(argv[2], 65, &count))
        return EINVAL;
    set_touch(victim, TOUCH_READ, first, count, 0);
    int error = ask(victim, answer);
    if (error)
        return error;
    const struct touch_report *touch = victim->exchange->reply.touch;
    line_add(answer, " ns=");
    for (unsigned i = 0; i < count; i++)
        line_add(answer, "%s%llu", i ? "," : "", (unsigned long long)(touch[i].signal.signal ? touch[i].signal.ns : 0));
    line_add(answer, " codes=");
    for (unsigned i = 0; i < count; i++)
        line_add(answer, "%s%d", i ? "," : "", touch[i].signal.code);
    return 0;
}

static int run_race(int argc, char **argv, struct line *answer) {
    struct victim *racers[VICTIMS];
    int how = touch_how_of(argv[0]);
    int count = argc - 1;
    if (how < 0)
        return EINVAL;
    for (int i = 0; i < count; i++) {
        unsigned page;
        char *colon = strchr(argv[1 + i], ':');
        if (!colon || number_below(colon + 1, VICTIM_PAGES, &page))
            return EINVAL;
        *colon = 0;
        if (!(racers[i] = victim_find(argv[1 + i])))
            return ESRCH;
        for (int other = 0; other < i; other++)
            if (racers[other] == racers[i])
                return EINVAL;
        /* A victim that refused would leave the others waiting at the barrier. */
        set_touch(racers[i], how, page, 1, 0);
        racers[i]->exchange->request.kind = REQUEST_WHERE;
        int error = ask(racers[i], answer);
        if (error)
            return error;
        racers[i]->exchange->request.kind = REQUEST_TOUCH;
    }
    victims_line_up();
    for (int i = 0; i < count; i++)
        victim_ask(racers[i], (unsigned)count);
    for (int i = 0; i < count; i++) {
        int status;
        char prefix[sizeof(racers[i]->name) + 1];
        snprintf(prefix, sizeof(prefix), "%s.", racers[i]->name);
        switch (victim_wait(racers[i], &status)) {
        case VICTIM_DONE:
            add_touch(answer, prefix, &racers[i]->exchange->reply.touch[0]);
            break;
        case VICTIM_DIED:
            add_death(answer, prefix, status);
            break;
        case VICTIM_SILENT:
            line_add(answer, " %ssilent=1", prefix);
            break;
        }
    }
    return 0;
}

static int run_pin(int argc, char **argv, struct line *answer) {
    (void)argc;
    unsigned cpu;
    if (number_below(argv[1], CPU_SETSIZE, &cpu))
        return EINVAL;
    struct victim *victim = victim_get(argv[0]);
    if (!victim)
        return errno;
    victim->exchange->request.kind = REQUEST_PIN;
    victim->exchange->request.argument = (int)cpu;
    return ask(victim, answer);
}

static int run_mcekill(int argc, char **argv, struct line *answer) {
    (void)argc;
    static const char *const names[] = {[PR_MCE_KILL_LATE] = "late",
                                        [PR_MCE_KILL_EARLY] = "early",
                                        [PR_MCE_KILL_DEFAULT] = "default"};
    for (int policy = 0; policy < 3; policy++) {
        if (strcmp(argv[1], names[policy]))
            continue;
        struct victim *victim = victim_get(argv[0]);
        if (!victim)
            return errno;
        victim->exchange->request.kind = REQUEST_MCE_KILL;
        victim->exchange->request.argument = policy;
        return ask(victim, answer);
    }
    return EINVAL;
}

static int run_end(int argc, char **argv, struct line *answer) {
    (void)argc;
    (void)answer;
    struct victim *victim = victim_find(argv[0]);
    if (!victim)
        return ESRCH;
    victim_end(victim);
    return 0;
}

static int run_pageflags(int argc, char **argv, struct line *answer) {
    (void)argc;
    uint64_t gpa, flags;
    if (number(argv[0], &gpa))
        return EINVAL;
    if (page_flags(gpa, &flags) < 0)
        return errno;
    /* Bits: include/uapi/linux/kernel-page-flags.h */
    line_add(answer, " flags=0x%llx hwpoison=%d buddy=%d nopage=%d", (unsigned long long)flags,
             (int)(flags >> 19 & 1), (int)(flags >> 10 & 1), (int)(flags >> 20 & 1));
    return 0;
}

static int run_claim(int argc, char **argv, struct line *answer) {
    (void)argc;
    uint64_t gpa;
    if (number(argv[0], &gpa))
        return EINVAL;
    struct victim *victim = victim_get("claimer");
    if (!victim)
        return errno;
    victim->exchange->request.kind = REQUEST_CLAIM;
    victim->exchange->request.offset = gpa;
    int error = ask(victim, answer);
    if (error)
        return error == EVICTIM ? 0 : error;
    line_add(answer, " found=%d searched=%llu", victim->exchange->reply.found,
             (unsigned long long)victim->exchange->reply.searched);
    victim_end(victim);
    return 0;
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

static int run_loglevel(int argc, char **argv, struct line *answer) {
    (void)argc;
    (void)answer;
    unsigned level;
    if (number_below(argv[0], 9, &level) || level == 0)
        return EINVAL;
    return klogctl(SYSLOG_ACTION_CONSOLE_LEVEL, NULL, (int)level) < 0 ? errno : 0;
}

static int run_cpus(int argc, char **argv, struct line *answer) {
    (void)argc;
    (void)argv;
    line_add(answer, " online=%ld", sysconf(_SC_NPROCESSORS_ONLN));
    return 0;
}

static int run_bytes(int argc, char **argv, struct line *answer) {
    (void)argc;
    uint64_t offset, count;
    uint8_t bytes[800];
    if (number(argv[1], &offset) || number(argv[2], &count) || count > sizeof(bytes))
        return EINVAL;
    int fd = open(argv[0], O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    ssize_t n = pread(fd, bytes, count, (off_t)offset);
    int error = n < 0 ? errno : 0;
    close(fd);
    if (error)
        return error;
    line_add(answer, " count=%zd hex=", n);
    for (ssize_t i = 0; i < n; i++)
        line_add(answer, "%02x", bytes[i]);
    return 0;
}

static int run_crash(int argc, char **argv, struct line *answer) {
    (void)argc;
    (void)argv;
    (void)answer;
    int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error = write(fd, "c", 1) < 0 ? errno : 0;
    close(fd);
    return error;
}

/* The answer must be out before the machine is gone: these say it themselves. */
static int end_machine(const char *tag, int how) {
    say("%s ok", tag);
    sync();
    return reboot(how) < 0 ? errno : 0;
}

static int run_help(int argc, char **argv, struct line *answer);

static const struct command commands[] = {
    {"help", "", 0, 0, run_help},
    {"alloc", "VICTIM anon|shared|tmpfs|huge|code COUNT", 3, 3, run_alloc},
    {"where", "VICTIM FIRST COUNT", 3, 3, run_where},
    {"touch", "VICTIM PAGE read|write|exec|spin [OFFSET]", 3, 4, run_touch},
    {"race", "read|write|exec VICTIM:PAGE...", 2, VICTIMS + 1, run_race},
    {"latency", "VICTIM FIRST COUNT", 3, 3, run_latency},
    {"pin", "VICTIM CPU", 2, 2, run_pin},
    {"mcekill", "VICTIM early|late|default", 2, 2, run_mcekill},
    {"end", "VICTIM", 1, 1, run_end},
    {"pageflags", "GPA", 1, 1, run_pageflags},
    {"claim", "GPA", 1, 1, run_claim},
    {"meminfo", "FIELD", 1, 1, run_meminfo},
    {"bytes", "FILE OFFSET COUNT", 3, 3, run_bytes},
    {"loglevel", "1..8", 1, 1, run_loglevel},
    {"cpus", "", 0, 0, run_cpus},
    {"crash", "", 0, 0, run_crash},
    {"poweroff", "", 0, 0, NULL},
    {"reboot", "", 0, 0, NULL},
};

static int run_help(int argc, char **argv, struct line *answer) {
    (void)argc;
    (void)argv;
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        line_add(answer, " %s%s%s;", commands[i].name, *commands[i].arguments ? " " : "", commands[i].arguments);
    return 0;
}

static const struct command *find(const char *name) {
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        if (!strcmp(name, commands[i].name))
            return &commands[i];
    return NULL;
}

void command_run(char *line) {
    char *words[MAX_ARGUMENTS + 2];
    int count = 0;
    for (char *word = strtok(line, " "); word && count < MAX_ARGUMENTS + 2; word = strtok(NULL, " "))
        words[count++] = word;
    if (count == 0)
        return;
    const char *tag = words[0];
    const struct command *command = count > 1 ? find(words[1]) : NULL;
    if (!command) {
        say("%s error no such command; try: %s help", tag, tag);
        return;
    }
    int argc = count - 2;
    if (argc < command->least || argc > command->most) {
        say("%s error usage: %s %s", tag, command->name, command->arguments);
        return;
    }
    struct line answer = {0};
    line_add(&answer, "%s ok", tag);
    int error;
    if (command->run)
        error = command->run(argc, words + 2, &answer);
    else
        error = end_machine(tag, strcmp(command->name, "reboot") ? RB_POWER_OFF : RB_AUTOBOOT);
    if (error)
        say("%s error %s: %s", tag, command->name, error == EVICTIM ? "the victim died" : strerror(error));
    else
        line_say(&answer);
}
