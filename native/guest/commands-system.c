/* Commands about the guest's system: files, modules, programs, trace events, its end. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "disk.h"
#include "program.h"
#include "trace.h"

/* syslog(2): sets the lowest level that is not printed on the console. */
#define SYSLOG_ACTION_CONSOLE_LEVEL 8

/* Most that one `read` gives. */
#define READ_MOST ((uint64_t)1 << 20)

/* linux/module.h */
#define MODULE_INIT_COMPRESSED_FILE 4

static int run_read(int argc, char **argv, struct line *answer) {
    uint64_t offset = 0, count = READ_MOST, done = 0;
    if ((argc > 1 && number(argv[1], &offset)) || (argc > 2 && number(argv[2], &count)) || count > READ_MOST)
        return EINVAL;
    int fd = open(argv[0], O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error = 0;
    char bytes[4096];
    while (done < count) {
        size_t most = count - done < sizeof(bytes) ? count - done : sizeof(bytes);
        ssize_t n = offset ? pread(fd, bytes, most, (off_t)(offset + done)) : read(fd, bytes, most);
        if (n < 0)
            error = errno;
        if (n <= 0)
            break;
        say_data(bytes, (size_t)n);
        done += (uint64_t)n;
    }
    close(fd);
    line_add(answer, " count=%llu", (unsigned long long)done);
    return error;
}

/* Files in /proc and /sys want all in one write. */
static int run_write(int argc, char **argv, struct line *answer) {
    (void)argc;
    (void)answer;
    uint64_t offset;
    size_t count = argument_size(2);
    if (number(argv[1], &offset))
        return EINVAL;
    int fd = open(argv[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return errno;
    ssize_t n = pwrite(fd, argv[2], count, (off_t)offset);
    int error = n < 0 ? errno : (size_t)n < count ? ENOSPC : 0;
    if (close(fd) < 0 && !error)
        error = errno;
    return error;
}

static int run_mount(int argc, char **argv, struct line *answer) {
    (void)answer;
    if (mkdir(argv[2], 0755) < 0 && errno != EEXIST)
        return errno;
    return mount(argv[1], argv[2], argv[0], 0, argc > 3 ? argv[3] : NULL) < 0 ? errno : 0;
}

static int run_format(int argc, char **argv, struct line *answer) {
    (void)argc;
    (void)answer;
    return disk_format(argv[0]);
}

static int run_insmod(int argc, char **argv, struct line *answer) {
    (void)answer;
    const char *suffix = strrchr(argv[0], '.');
    int flags = suffix && strcmp(suffix, ".ko") ? MODULE_INIT_COMPRESSED_FILE : 0;
    int fd = open(argv[0], O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error = syscall(SYS_finit_module, fd, argc > 1 ? argv[1] : "", flags) < 0 ? errno : 0;
    close(fd);
    return error;
}

static int run_rmmod(int argc, char **argv, struct line *answer) {
    (void)argc;
    (void)answer;
    return syscall(SYS_delete_module, argv[0], O_NONBLOCK) < 0 ? errno : 0;
}

static int run_run(int argc, char **argv, struct line *answer) {
    char *words[MAX_ARGUMENTS + 1];
    memcpy(words, argv, (size_t)argc * sizeof(*words));
    words[argc] = NULL;
    int status;
    int error = program_run(words, say_data, &status);
    if (error)
        return error;
    if (WIFSIGNALED(status))
        line_add(answer, " signal=%d", WTERMSIG(status));
    else
        line_add(answer, " exit=%d", WEXITSTATUS(status));
    return 0;
}

static int run_trace(int argc, char **argv, struct line *answer) {
    (void)answer;
    if (!strcmp(argv[0], "off")) {
        trace_off();
        return 0;
    }
    return strcmp(argv[0], "on") ? EINVAL : trace_on(argv + 1, argc - 1);
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

/* Of a system that is not its own the agent is only a program. */
static int end_machine(int how) {
    if (getpid() != 1)
        return EPERM;
    say_ok();
    /* The answer must be out before the machine is gone. */
    sync();
    return reboot(how) < 0 ? errno : 0;
}

static int run_poweroff(int argc, char **argv, struct line *answer) {
    (void)argc;
    (void)argv;
    (void)answer;
    return end_machine(RB_POWER_OFF);
}

static int run_reboot(int argc, char **argv, struct line *answer) {
    (void)argc;
    (void)argv;
    (void)answer;
    return end_machine(RB_AUTOBOOT);
}

const struct command system_commands[] = {
    {"read", "FILE [OFFSET [COUNT]]", 1, 3, run_read},
    {"write", "FILE OFFSET BYTES", 3, 3, run_write},
    {"mount", "TYPE SOURCE TARGET [OPTIONS]", 3, 4, run_mount},
    {"format", "DEVICE", 1, 1, run_format},
    {"insmod", "FILE [PARAMETERS]", 1, 2, run_insmod},
    {"rmmod", "MODULE", 1, 1, run_rmmod},
    {"run", "PROGRAM [ARGUMENT...]", 1, MAX_ARGUMENTS, run_run},
    {"trace", "on EVENT... | off", 1, MAX_ARGUMENTS, run_trace},
    {"loglevel", "1..8", 1, 1, run_loglevel},
    {"cpus", "", 0, 0, run_cpus},
    {"crash", "", 0, 0, run_crash},
    {"poweroff", "", 0, 0, run_poweroff},
    {"reboot", "", 0, 0, run_reboot},
    {0},
};
