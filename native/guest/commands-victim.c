/* Commands to victims. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "frames.h"
#include "pages.h"
#include "victim.h"

/* Threads of one crowd: as many as an answer has room for. */
enum { CROWD = 12 };

static void add_death(struct line *answer, const char *prefix, int status) {
    if (WIFSIGNALED(status))
        line_add(answer, " %ssignal=%d %sdied=1", prefix, WTERMSIG(status), prefix);
    else
        line_add(answer, " %sexit=%d %sdied=1", prefix, WEXITSTATUS(status), prefix);
}

/* Asks one victim (see request.together) and waits. Where it dies of it the answer says so, and EVICTIM is given. */
static int ask_for(struct victim *victim, unsigned together, int limit_ms, struct line *answer) {
    int status;
    victim_ask(victim, together);
    switch (victim_wait(victim, limit_ms, &status)) {
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

static int ask(struct victim *victim, unsigned together, struct line *answer) {
    return ask_for(victim, together, REPLY_LIMIT_MS, answer);
}

/* Pages that follow one another are one word: 0xADDRESS+N or 0xADDRESS-N has N more, upwards or downwards. */
static void add_addresses(struct line *answer, const uint64_t *gpa, unsigned count) {
    for (unsigned i = 0, next; i < count; i = next) {
        uint64_t step = i + 1 < count ? gpa[i + 1] - gpa[i] : 0;
        int up = step == page_size(), down = step == -(uint64_t)page_size();
        for (next = i + 1; (up || down) && next < count && gpa[next] - gpa[next - 1] == step;)
            next++;
        line_add(answer, "%s0x%llx", i ? "," : "", (unsigned long long)gpa[i]);
        if (next > i + 1)
            line_add(answer, "%c%u", up ? '+' : '-', next - i - 1);
    }
}

static int add_where(struct victim *victim, unsigned first, unsigned count, struct line *answer) {
    victim->exchange->request.kind = REQUEST_WHERE;
    victim->exchange->request.first = first;
    victim->exchange->request.count = count;
    int error = ask(victim, 0, answer);
    if (error)
        return error;
    line_add(answer, " first=%u count=%u va=0x%llx gpa=", first, count,
             (unsigned long long)victim->exchange->reply.address);
    add_addresses(answer, victim->exchange->reply.gpa, count);
    return 0;
}

static int run_alloc(int argc, char **argv, struct line *answer) {
    int kind = page_kind_of(argv[1]);
    unsigned count;
    const char *directory = argc > 3 ? argv[3] : "";
    if (kind < 0 || number_below(argv[2], VICTIM_PAGES + 1, &count))
        return EINVAL;
    if (strlen(directory) >= DIRECTORY_SIZE)
        return ENAMETOOLONG;
    struct victim *victim = victim_get(argv[0]);
    if (!victim)
        return errno;
    victim->exchange->request.kind = REQUEST_ALLOC;
    victim->exchange->request.argument = kind;
    victim->exchange->request.count = count;
    strcpy(victim->exchange->request.text, directory);
    int error = ask(victim, 0, answer);
    if (error)
        return error;
    /* Of many pages only the first ones' addresses fit on a line; `where` gives the others. */
    return add_where(victim, victim->exchange->reply.first, count < REPORTS ? count : REPORTS, answer);
}

static int run_where(int argc, char **argv, struct line *answer) {
    (void)argc;
    unsigned first, count;
    struct victim *victim = victim_find(argv[0]);
    if (!victim)
        return ESRCH;
    if (number_below(argv[1], VICTIM_PAGES, &first) || number_below(argv[2], REPORTS + 1, &count))
        return EINVAL;
    return add_where(victim, first, count, answer);
}

static void add_touch(struct line *answer, const char *prefix, const struct touch_report *report) {
    if (report->died) {
        line_add(answer, " %ssignal=0 %sdied=1", prefix, prefix);
        return;
    }
    if (report->signal.signal)
        line_add(answer, " %ssignal=%d %scode=%d %saddr=0x%llx %slsb=%d %sthread=%d %sns=%llu", prefix,
                 report->signal.signal, prefix, report->signal.code, prefix,
                 (unsigned long long)report->signal.address, prefix, report->signal.lsb, prefix,
                 report->signal.thread, prefix, (unsigned long long)report->signal.ns);
    else
        line_add(answer, " %ssignal=0 %svalue=0x%llx %serror=%d %sns=%llu", prefix, prefix,
                 (unsigned long long)report->value, prefix, report->error, prefix, (unsigned long long)report->ns);
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
    int how = access_how_of(argv[2]);
    if (!victim)
        return ESRCH;
    if (how < 0 || number_below(argv[1], VICTIM_PAGES, &page) ||
        (argc > 3 && number_below(argv[3], page_size() - 7, &offset)))
        return EINVAL;
    set_touch(victim, how, page, 1, offset);
    int error = ask(victim, 0, answer);
    if (!error)
        add_touch(answer, "", &victim->exchange->reply.touch[0]);
    else if (error == ETIMEDOUT)
        line_add(answer, " silent=1");
    return error == EVICTIM || error == ETIMEDOUT ? 0 : error;
}

static int run_crowd(int argc, char **argv, struct line *answer) {
    (void)argc;
    unsigned page, threads;
    struct victim *victim = victim_find(argv[0]);
    int how = access_how_of(argv[2]);
    if (!victim)
        return ESRCH;
    if (how < 0 || number_below(argv[1], VICTIM_PAGES, &page) || number_below(argv[3], CROWD + 1, &threads) ||
        threads == 0)
        return EINVAL;
    set_touch(victim, how, page, 1, 0);
    victim->exchange->request.kind = REQUEST_CROWD;
    int error = ask(victim, threads, answer);
    for (unsigned i = 0; i < threads && !error; i++) {
        char prefix[12];
        snprintf(prefix, sizeof(prefix), "%u.", i);
        add_touch(answer, prefix, &victim->exchange->reply.touch[i]);
    }
    return error == EVICTIM ? 0 : error;
}

/* A loaded host needs so long for each of many. */
#define LOAD_LIMIT_MS 4000
/* By then the VMM is done with what brought the command: the time is the error's alone. */
#define SETTLE_US 10000

static int run_latency(int argc, char **argv, struct line *answer) {
    (void)argc;
    unsigned first, count;
    struct victim *victim = victim_find(argv[0]);
    if (!victim)
        return ESRCH;
    if (number_below(argv[1], VICTIM_PAGES, &first) || number_below(argv[2], 65, &count))
        return EINVAL;
    set_touch(victim, ACCESS_READ, first, count, 0);
    usleep(SETTLE_US);
    int error = ask_for(victim, 0, REPLY_LIMIT_MS + (int)count * LOAD_LIMIT_MS, answer);
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

static int run_storm(int argc, char **argv, struct line *answer) {
    (void)argc;
    unsigned first, count;
    struct victim *victim = victim_find(argv[0]);
    if (!victim)
        return ESRCH;
    if (number_below(argv[1], VICTIM_PAGES, &first) || number_below(argv[2], VICTIM_PAGES + 1, &count))
        return EINVAL;
    set_touch(victim, ACCESS_READ, first, count, 0);
    victim->exchange->request.kind = REQUEST_STORM;
    int error = ask(victim, 0, answer);
    if (!error)
        line_add(answer, " late=%u ns=%llu", victim->exchange->reply.late,
                 (unsigned long long)victim->exchange->reply.ns);
    return error;
}

static int run_race(int argc, char **argv, struct line *answer) {
    struct victim *racers[VICTIMS];
    int how = access_how_of(argv[0]);
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
        int error = ask(racers[i], 0, answer);
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
        switch (victim_wait(racers[i], REPLY_LIMIT_MS, &status)) {
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

static int run_lock(int argc, char **argv, struct line *answer) {
    struct victim *victim = victim_find(argv[0]);
    unsigned first, count;
    if (!victim)
        return ESRCH;
    if (number_below(argv[1], VICTIM_PAGES, &first) || number_below(argv[2], REPORTS + 1, &count) ||
        (argc > 3 && strcmp(argv[3], "off")))
        return EINVAL;
    victim->exchange->request.kind = REQUEST_LOCK;
    victim->exchange->request.argument = argc == 3;
    victim->exchange->request.first = first;
    victim->exchange->request.count = count;
    return ask(victim, 0, answer);
}

static int run_fork(int argc, char **argv, struct line *answer) {
    (void)argc;
    struct victim *victim = victim_find(argv[0]);
    int status, error;
    if (!victim)
        return ESRCH;
    switch (victim_fork(victim, argv[1], &status, &error)) {
    case VICTIM_DONE:
        return error;
    case VICTIM_DIED:
        add_death(answer, "", status);
        return EVICTIM;
    case VICTIM_SILENT:
        break;
    }
    return ETIMEDOUT;
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
    return ask(victim, 0, answer);
}

static int run_busy(int argc, char **argv, struct line *answer) {
    (void)argc;
    struct victim *victim = victim_get(argv[0]);
    if (!victim)
        return errno;
    victim->exchange->request.kind = REQUEST_BUSY;
    return ask(victim, 0, answer);
}

static int run_mcekill(int argc, char **argv, struct line *answer) {
    static const char *const names[] = {[PR_MCE_KILL_LATE] = "late",
                                        [PR_MCE_KILL_EARLY] = "early",
                                        [PR_MCE_KILL_DEFAULT] = "default"};
    if (argc > 2 && strcmp(argv[2], "thread"))
        return EINVAL;
    for (int policy = 0; policy < 3; policy++) {
        if (strcmp(argv[1], names[policy]))
            continue;
        struct victim *victim = victim_get(argv[0]);
        if (!victim)
            return errno;
        victim->exchange->request.kind = REQUEST_MCE_KILL;
        victim->exchange->request.argument = policy;
        return ask(victim, argc > 2, answer);
    }
    return EINVAL;
}

static int run_end(int argc, char **argv, struct line *answer) {
    (void)answer;
    if (argc == 0) {
        for (int i = 0; i < VICTIMS; i++)
            if (victims[i].pid)
                victim_end(&victims[i]);
        return 0;
    }
    struct victim *victim = victim_find(argv[0]);
    if (!victim)
        return ESRCH;
    victim_end(victim);
    return 0;
}

#define KINDS                                                                                                          \
    "anon|shared|tmpfs|huge|hugetlb|locked|code|file|file-dirty|cache|cache-dirty|pagetable|slab|pipe|text|free"
#define HOWS "read|write|exec|spin|lse|llsc|write-from|read-into|futex|pread|pwrite|receive|call|claim"

const struct command victim_commands[] = {
    {"alloc", "VICTIM " KINDS " COUNT [DIRECTORY]", 3, 4, run_alloc},
    {"where", "VICTIM FIRST COUNT", 3, 3, run_where},
    {"touch", "VICTIM PAGE " HOWS " [OFFSET]", 3, 4, run_touch},
    {"crowd", "VICTIM PAGE " HOWS " THREADS", 4, 4, run_crowd},
    {"race", HOWS " VICTIM:PAGE...", 2, VICTIMS + 1, run_race},
    {"latency", "VICTIM FIRST COUNT", 3, 3, run_latency},
    {"storm", "VICTIM FIRST COUNT", 3, 3, run_storm},
    {"lock", "VICTIM FIRST COUNT [off]", 3, 4, run_lock},
    {"fork", "VICTIM CHILD", 2, 2, run_fork},
    {"pin", "VICTIM CPU", 2, 2, run_pin},
    {"busy", "VICTIM", 1, 1, run_busy},
    {"mcekill", "VICTIM early|late|default [thread]", 2, 3, run_mcekill},
    {"end", "[VICTIM]", 0, 1, run_end},
    {0},
};
