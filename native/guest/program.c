#define _GNU_SOURCE
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: what could not be done is told by `failure`, which exec closes. */
static __attribute__((noreturn)) void become(char **argv, int output, int failure) {
    int null = open("/dev/null", O_RDONLY);
    if (null >= 0)
        dup2(null, 0);
    dup2(output, 1);
    dup2(output, 2);
    signal(SIGPIPE, SIG_DFL);
    execvp(argv[0], argv);
    int error = errno;
    if (write(failure, &error, sizeof(error)) < 0)
        _exit(126);
    _exit(127);
}

int program_run(char **argv, void (*output)(const void *, size_t), int *status) {
    int out[2], failure[2];
    if (pipe2(out, O_CLOEXEC) < 0)
        return errno;
    if (pipe2(failure, O_CLOEXEC) < 0) {
        int error = errno;
        close(out[0]);
        close(out[1]);
        return error;
    }
    pid_t pid = fork();
    if (pid == 0)
        become(argv, out[1], failure[1]);
    int error = pid < 0 ? errno : 0;
    close(out[1]);
    close(failure[1]);
    char bytes[4096];
    for (ssize_t n; pid > 0 && (n = read(out[0], bytes, sizeof(bytes))) > 0;)
        output(bytes, (size_t)n);
    if (pid > 0) {
        while (waitpid(pid, status, 0) < 0 && errno == EINTR)
            continue;
        if (read(failure[0], &error, sizeof(error)) != sizeof(error))
            error = 0;
    }
    close(out[0]);
    close(failure[0]);
    return error;
}
