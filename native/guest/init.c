/*
 * The first process of rasvm's test guest. It says when user space is there, then does what the lines on
 * the console ask for: victims with pages to lose, touches, reports. All it says begins with "rasvm-guest: ".
 */
#define _GNU_SOURCE
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "console.h"
#include "power.h"
#include "victim.h"

static void say_ready(void) {
    struct utsname system;
    cpu_set_t cpus;
    uname(&system);
    sched_getaffinity(0, sizeof(cpus), &cpus);
    say("ready uname=%s cpus=%d", system.release, CPU_COUNT(&cpus));
}

static void mount_all(void) {
    mkdir("/proc", 0555);
    mkdir("/sys", 0555);
    mkdir("/dev", 0755);
    mount("proc", "/proc", "proc", 0, NULL);
    mount("sysfs", "/sys", "sysfs", 0, NULL);
    mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
}

static void say_end(struct victim *victim) {
    int status = victim_end(victim);
    if (WIFSIGNALED(status))
        say("event %s died signal=%d", victim->name, WTERMSIG(status));
    else
        say("event %s died exit=%d", victim->name, WEXITSTATUS(status));
}

int main(void) {
    console_open();
    /* The benchmark's mark: nothing slow may come before it. */
    say_ready();
    mount_all();
    signal(SIGPIPE, SIG_IGN);
    victims_init();
    int power = power_open();
    for (;;) {
        struct pollfd ready[2 + VICTIMS] = {
            {.fd = CONSOLE_FD, .events = POLLIN},
            {.fd = power, .events = POLLIN},
        };
        for (int i = 0; i < VICTIMS; i++) {
            ready[2 + i].fd = victims[i].pid ? victims[i].reply_fd : -1;
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
        for (char *line; (line = console_line());)
            command_run(line);
    }
}
