/*
 * rasvm's agent: it says when it is there, then does what its driver asks for over a serial port (protocol.h): victims
 * with pages to lose, touches, files, modules, programs. As the first process of rasvm's test guest it also mounts what
 * it needs and heeds the power button; as a program in any other system it does neither:
 *
 *     rasvm-agent [TERMINAL]
 */
#define _GNU_SOURCE
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "frames.h"
#include "port.h"
#include "power.h"
#include "victim.h"

static void say_ready(void) {
    struct utsname system;
    cpu_set_t cpus;
    uname(&system);
    sched_getaffinity(0, sizeof(cpus), &cpus);
    struct line line = {0};
    line_add(&line, "ready uname=");
    line_add_bytes(&line, system.release, strlen(system.release), 0);
    line_add(&line, " cpus=%d page=%zu", CPU_COUNT(&cpus), page_size());
    line_say(&line);
}

static void mount_at(const char *type, const char *target) {
    mkdir(target, 0755);
    mount(type, target, type, 0, NULL);
}

static void say_end(struct victim *victim) {
    int status = victim_end(victim);
    if (WIFSIGNALED(status))
        say("event %s died signal=%d", victim->name, WTERMSIG(status));
    else
        say("event %s died exit=%d", victim->name, WEXITSTATUS(status));
}

static __attribute__((noreturn)) void serve_commands(int power) {
    for (;;) {
        struct pollfd ready[2 + VICTIMS] = {
            {.fd = port_fd(), .events = POLLIN},
            {.fd = power, .events = POLLIN},
        };
        for (int i = 0; i < VICTIMS; i++) {
            ready[2 + i].fd = victims[i].pid ? victims[i].socket : -1;
            ready[2 + i].events = 0;
        }
        poll(ready, 2 + VICTIMS, -1);
        /* A victim hangs up outside a command only when a signal killed it. */
        for (int i = 0; i < VICTIMS; i++)
            if (victims[i].pid && (ready[2 + i].revents & POLLHUP))
                say_end(&victims[i]);
        if ((ready[1].revents & POLLIN) && power_pressed(power)) {
            say("event power-button");
            reboot(RB_POWER_OFF);
        }
        for (char *line; (line = port_line());)
            command_run(line);
    }
}

int main(int argc, char **argv) {
    int first = getpid() == 1;
    /* The port's node is there. */
    if (first)
        mount_at("devtmpfs", "/dev");
    if (port_open(!first && argc > 1 ? argv[1] : NULL) < 0) {
        perror("rasvm-agent: no terminal to be asked by (give it as an argument)");
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    if (victims_init())
        return 1;
    /* The benchmark's mark: nothing slow may come before it. */
    say_ready();
    int power = -1;
    if (first) {
        mount_at("proc", "/proc");
        mount_at("sysfs", "/sys");
        mount_at("tracefs", "/sys/kernel/tracing");
        mount_at("debugfs", "/sys/kernel/debug");
        mkdir("/tmp", 01777);
        power = power_open();
    }
    serve_commands(power);
}
