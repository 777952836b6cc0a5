#define _GNU_SOURCE
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "port.h"

/* An instance of our own: whatever else is traced there, or is not, is left alone. */
#define TRACING "/sys/kernel/tracing"
#define INSTANCE TRACING "/instances/rasvm"

static pid_t follower;

static int put(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_APPEND);
    if (fd < 0)
        return errno;
    int error = write(fd, text, strlen(text)) < 0 ? errno : 0;
    return close(fd) < 0 ? errno : error;
}

static void say_event(const char *text) {
    struct line line = {0};
    line_add(&line, "event trace ");
    line_add_bytes(&line, text, strlen(text), 1);
    line_say(&line);
}

static volatile sig_atomic_t ending;

static void on_terminate(int signal_number) {
    (void)signal_number;
    ending = 1;
}

/* Says what comes; at SIGTERM, which comes only during a wait, what is there, and ends. */
static __attribute__((noreturn)) void follow(void) {
    sigset_t terminate, none;
    sigemptyset(&none);
    sigemptyset(&terminate);
    sigaddset(&terminate, SIGTERM);
    sigprocmask(SIG_BLOCK, &terminate, NULL);
    signal(SIGTERM, on_terminate);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int fd = open(INSTANCE "/trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    FILE *pipe = fd < 0 ? NULL : fdopen(fd, "r");
    if (!pipe)
        _exit(1);
    for (;;) {
        char text[1024];
        while (fgets(text, sizeof(text), pipe)) {
            text[strcspn(text, "\n")] = 0;
            say_event(text);
        }
        clearerr(pipe);
        if (ending)
            _exit(0);
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        ppoll(&ready, 1, NULL, &none);
    }
}

int trace_on(char **events, int count) {
    if (access(TRACING "/instances", F_OK) < 0 && mount("tracefs", TRACING, "tracefs", 0, NULL) < 0)
        return errno;
    if (mkdir(INSTANCE, 0700) < 0 && errno != EEXIST)
        return errno;
    for (int i = 0; i < count; i++) {
        int error = put(INSTANCE "/set_event", events[i]);
        if (error)
            return error;
    }
    if (follower)
        return 0;
    pid_t pid = fork();
    if (pid < 0)
        return errno;
    if (pid == 0)
        follow();
    follower = pid;
    return 0;
}

void trace_off(void) {
    if (!follower)
        return;
    put(INSTANCE "/events/enable", "0");
    kill(follower, SIGTERM);
    while (waitpid(follower, NULL, 0) < 0 && errno == EINTR)
        continue;
    follower = 0;
    rmdir(INSTANCE);
}
