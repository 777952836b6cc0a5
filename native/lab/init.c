/*
 * The lab's first process. From the initial RAM disk it loads the few modules that the lab needs, mounts the
 * root file system and the shared directories, and then serves the agent's port (agent.c) as process 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

#define ROOT "/root"

void power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

void die(const char *what)
{
	fprintf(stderr, "rasvm-lab: %s: %s\n", what, strerror(errno));
	power_off();
}

/* The order is that of the list, dependencies first; a module that this kernel's hardware refuses is named. */
static void load_modules(const char *list)
{
	char path[256];
	FILE *file = fopen(list, "re");

	if (!file)
		die(list);
	while (fgets(path, sizeof(path), file)) {
		path[strcspn(path, "\n")] = 0;
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			die(path);
		if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
			fprintf(stderr, "rasvm-lab: module %s: %s\n", path, strerror(errno));
		close(fd);
	}
	fclose(file);
}

/* Block devices and ports come up a moment after their driver. */
static void wait_for(const char *path)
{
	for (int i = 0; i < 3000; i++) {
		if (!access(path, F_OK))
			return;
		nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	}
	die(path);
}

static void must_mount(const char *source, const char *target, const char *type, unsigned long flags,
		       const char *data)
{
	mkdir(target, 0755);
	if (mount(source, target, type, flags, data))
		die(target);
}

/* "loose" keeps what was read: for files that never change. "mmap" asks again at each opening. */
static void mount_share(const char *tag, const char *target, unsigned long flags, const char *cache)
{
	char data[128];

	snprintf(data, sizeof(data), "trans=virtio,version=9p2000.L,msize=512000,cache=%s", cache);
	must_mount(tag, target, "9p", flags, data);
}

static void bring_up_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request))
		die("lo");
	request.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request))
		die("lo");
	close(fd);
}

static void mount_pseudo_file_systems(void)
{
	must_mount("proc", "/proc", "proc", 0, NULL);
	must_mount("sysfs", "/sys", "sysfs", 0, NULL);
	must_mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	must_mount("devpts", "/dev/pts", "devpts", 0, "mode=620,ptmxmode=666");
	must_mount("tmpfs", "/dev/shm", "tmpfs", 0, "mode=1777");
	must_mount("hugetlbfs", "/dev/hugepages", "hugetlbfs", 0, NULL);
	must_mount("tmpfs", "/tmp", "tmpfs", 0, "mode=1777");
	must_mount("tmpfs", "/run", "tmpfs", 0, "mode=755");
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
}

int main(void)
{
	must_mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	int console = open("/dev/console", O_RDWR | O_NOCTTY);
	for (int fd = 0; console >= 0 && fd < 3; fd++)
		dup2(console, fd);
	if (console > 2)
		close(console);
	setvbuf(stderr, NULL, _IOLBF, 0);

	load_modules("/modules/list");
	wait_for("/dev/vda");
	must_mount("/dev/vda", ROOT, "ext4", MS_NOATIME, NULL);
	if (mount("/dev", ROOT "/dev", NULL, MS_MOVE, NULL) || chdir(ROOT) || mount(".", "/", NULL, MS_MOVE, NULL) ||
	    chroot(".") || chdir("/"))
		die("root file system");
	mount_pseudo_file_systems();
	mount_share("kernels", "/kernels", MS_RDONLY, "loose");
	mount_share("share", "/share", 0, "mmap");
	sethostname("lab", 3);
	bring_up_loopback();
	setenv("PATH", "/opt/rasvm/bin:/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin", 1);
	setenv("HOME", "/root", 1);
	setenv("USER", "root", 1);
	setenv("LANG", "C.UTF-8", 1);
	serve(open_port("rasvm.lab"));
}
