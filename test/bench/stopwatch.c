/*
 * Runs a program and times it to a mark in its output, as close to the program as can be: in the host that it runs
 * in, in a process that does nothing else and costs it no CPU until then.
 *
 *   stopwatch MARK PROGRAM [ARGUMENT...]
 *
 * Output is kept back until MARK was seen, then passed on as it comes; input goes straight to the program. On standard
 * error: "stopwatch: pid=N start=NS mark=NS" and, when the program has ended, "stopwatch: end=NS status=N peak=KiB".
 * All times are CLOCK_MONOTONIC. With an empty MARK there is only the second line.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* More than a guest says before the mark with loglevel=1; firmware clears the screen at most. */
static char held[1 << 20];

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void pass_on(const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t n = write(STDOUT_FILENO, bytes, size);
        if (n < 0 && errno != EINTR)
            exit(1);
        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        }
    }
}

int main(int argc, char **argv) {
    int output[2];
    if (argc < 3 || pipe(output) < 0)
        return 2;
    const char *mark = argv[1];
    uint64_t start = now();
    pid_t pid = fork();
    if (pid < 0)
        return 2;
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(output[1], STDOUT_FILENO);
        close(output[0]);
        close(output[1]);
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    close(output[1]);

    size_t length = 0;
    int seen = !*mark;
    for (;;) {
        ssize_t n = read(output[0], held + length, sizeof(held) - length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        uint64_t at = now();
        length += (size_t)n;
        if (!seen && memmem(held, length, mark, strlen(mark))) {
            seen = 1;
            fprintf(stderr, "stopwatch: pid=%d start=%llu mark=%llu\n", pid, (unsigned long long)start,
                    (unsigned long long)at);
        }
        if (seen || length == sizeof(held)) {
            pass_on(held, length);
            length = 0;
        }
    }
    pass_on(held, length);
    int status;
    struct rusage usage;
    while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR)
        continue;
    fprintf(stderr, "stopwatch: start=%llu end=%llu status=%d peak=%ld\n", (unsigned long long)start,
            (unsigned long long)now(), WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), usage.ru_maxrss);
    return 0;
}
