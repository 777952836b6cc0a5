#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "serve.h"

struct victim victims[VICTIMS];

/* All memory that is shared: made before the first fork, so that children of victims have it too. */
static struct shared *shared;

int victims_init(void) {
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return errno;
    for (int i = 0; i < VICTIMS; i++)
        victims[i].exchange = &shared->exchange[i];
    return 0;
}

void victims_line_up(void) {
    atomic_store(&shared->arrived, 0);
}

struct victim *victim_find(const char *name) {
    for (int i = 0; i < VICTIMS; i++)
        if (victims[i].pid && !strcmp(victims[i].name, name))
            return &victims[i];
    return NULL;
}

/* A free one, with its name and one end of a socket; `*other` is the other. NULL with errno set. */
static struct victim *victim_new(const char *name, int *other) {
    int ends[2];
    if (strlen(name) >= NAME_SIZE) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    for (int i = 0; i < VICTIMS; i++) {
        if (victims[i].pid)
            continue;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
            return NULL;
        strcpy(victims[i].name, name);
        victims[i].socket = ends[0];
        *other = ends[1];
        return &victims[i];
    }
    errno = ENOSPC;
    return NULL;
}

struct victim *victim_get(const char *name) {
    int other;
    struct victim *victim = victim_find(name);
    if (victim || !(victim = victim_new(name, &other)))
        return victim;
    pid_t pid = fork();
    if (pid == 0) {
        /* The first process' ends must not stay open here, or victims would not see that it is gone. */
        close(victim->socket);
        for (int i = 0; i < VICTIMS; i++)
            if (victims[i].pid)
                close(victims[i].socket);
        serve(shared, (unsigned)(victim - victims), name, other);
    }
    close(other);
    if (pid < 0) {
        close(victim->socket);
        return NULL;
    }
    victim->pid = pid;
    return victim;
}

enum outcome victim_fork(struct victim *parent, const char *name, int *status, int *error) {
    int other;
    struct victim *child = victim_find(name) ? NULL : victim_new(name, &other);
    if (!child) {
        *error = victim_find(name) ? EEXIST : errno;
        return VICTIM_DONE;
    }
    parent->exchange->request.kind = REQUEST_FORK;
    parent->exchange->request.argument = (int)(child - victims);
    strcpy(parent->exchange->request.text, name);
    char turn = 0;
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } rights = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
    memcpy(CMSG_DATA(&rights.header), &other, sizeof(other));
    struct iovec data = {.iov_base = &turn, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = rights.bytes, .msg_controllen = sizeof(rights.bytes)};
    /* A victim that is gone shows at victim_wait(). */
    sendmsg(parent->socket, &message, MSG_NOSIGNAL);
    close(other);
    enum outcome outcome = victim_wait(parent, REPLY_LIMIT_MS, status);
    *error = outcome == VICTIM_DONE ? parent->exchange->reply.error : 0;
    if (outcome == VICTIM_DONE && !*error)
        child->pid = parent->exchange->reply.child;
    else
        close(child->socket);
    return outcome;
}

void victim_ask(struct victim *victim, unsigned together) {
    char turn = 0;
    victim->exchange->request.together = together;
    /* A victim that is gone shows at victim_wait(). */
    send(victim->socket, &turn, 1, MSG_NOSIGNAL);
}

enum outcome victim_wait(struct victim *victim, int limit_ms, int *status) {
    char turn;
    struct pollfd ready = {.fd = victim->socket, .events = POLLIN};
    if (poll(&ready, 1, limit_ms) <= 0)
        return VICTIM_SILENT;
    if (read(victim->socket, &turn, 1) == 1)
        return VICTIM_DONE;
    *status = victim_end(victim);
    return VICTIM_DIED;
}

int victim_end(struct victim *victim) {
    int status = 0;
    close(victim->socket);
    kill(victim->pid, SIGKILL);
    while (waitpid(victim->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    victim->pid = 0;
    return status;
}
