/*
 * The lab's agent: runs the commands that the outside asks for and carries their input and output over one
 * virtio-serial port (protocol.h). One thread, one poll loop; nothing in it waits for a single session.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "protocol.h"

#define MAX_SESSIONS 256
#define CHUNK (32 * 1024)

struct session {
	struct session *next;
	uint16_t id;
	bool tty;
	bool exited;
	bool input_ended;
	pid_t pid;
	int status;
	int input;            /* where its standard input is written, or -1 */
	int output[2];        /* where its standard output and error are read, or -1 */
	uint32_t credit[2];   /* bytes that the outside still takes of each */
	uint32_t pending;     /* bytes of `buffer` that wait for the command to read */
	char buffer[STDIN_WINDOW];
};

static struct session *sessions;
static int session_count;
static int port;

/* What goes to the port; a session's output is only read while there is room for a chunk of it. */
static char out[512 * 1024];
static size_t out_start, out_end;

static char in[sizeof(struct frame_header) + MAX_PAYLOAD];
static size_t in_end;

static size_t out_room(void)
{
	if (out_start == out_end)
		out_start = out_end = 0;
	if (sizeof(out) - out_end < CHUNK + 4096) {
		memmove(out, out + out_start, out_end - out_start);
		out_end -= out_start;
		out_start = 0;
	}
	return sizeof(out) - out_end;
}

static void put_header(uint8_t type, uint16_t session, uint8_t stream, uint32_t length)
{
	struct frame_header header = { .length = length, .session = session, .type = type, .stream = stream };

	memcpy(out + out_end, &header, sizeof(header));
	out_end += sizeof(header);
}

static void flush_port(void)
{
	while (out_start < out_end) {
		ssize_t n = write(port, out + out_start, out_end - out_start);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			power_off();
		out_start += n;
	}
}

/* Small frames (credit, exit) are always taken: when there is no room, this waits for the port. */
static void send_frame(uint8_t type, uint16_t session, uint8_t stream, const void *payload, uint32_t length)
{
	while (out_room() < sizeof(struct frame_header) + length) {
		poll(&(struct pollfd){ .fd = port, .events = POLLOUT }, 1, -1);
		flush_port();
	}
	put_header(type, session, stream, length);
	memcpy(out + out_end, payload, length);
	out_end += length;
}

static struct session *find_session(uint16_t id)
{
	struct session *s = sessions;

	while (s && s->id != id)
		s = s->next;
	return s;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void send_exit(uint16_t id, uint32_t kind, uint32_t value)
{
	send_frame(FRAME_EXIT, id, 0, (uint32_t[2]){ kind, value }, 8);
}

static void forget(struct session *session)
{
	struct session **link = &sessions;

	while (*link != session)
		link = &(*link)->next;
	*link = session->next;
	close_fd(&session->input);
	close_fd(&session->output[0]);
	close_fd(&session->output[1]);
	free(session);
	session_count--;
}

/* Reads while there is something, credit and room. After the command's end an empty pipe is a finished one. */
static void pump_output(struct session *s, int index)
{
	while (s->output[index] >= 0 && s->credit[index] > 0) {
		if (out_room() < sizeof(struct frame_header) + CHUNK + 1024)
			return;
		size_t want = s->credit[index] < CHUNK ? s->credit[index] : CHUNK;
		ssize_t n = read(s->output[index], out + out_end + sizeof(struct frame_header), want);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN && !s->exited)
			return;
		if (n <= 0) { /* a pseudo terminal's end is EIO */
			close_fd(&s->output[index]);
			send_frame(FRAME_DATA, s->id, index + 1, "", 0);
			return;
		}
		put_header(FRAME_DATA, s->id, index + 1, n);
		out_end += n;
		s->credit[index] -= n;
	}
}

static void pump_input(struct session *s)
{
	uint32_t done = 0;

	while (s->input >= 0 && done < s->pending) {
		ssize_t n = write(s->input, s->buffer + done, s->pending - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			close_fd(&s->input);
		else
			done += n;
	}
	if (s->input < 0) /* nobody reads any more: the outside may send on, into nothing */
		done = s->pending;
	if (done) {
		memmove(s->buffer, s->buffer + done, s->pending - done);
		s->pending -= done;
		send_frame(FRAME_CREDIT, s->id, 0, &done, sizeof(done));
	}
	if (s->input_ended && !s->pending && s->input >= 0 && !s->tty)
		close_fd(&s->input);
}

static void take_input(struct session *s, const char *data, uint32_t length)
{
	if (length > sizeof(s->buffer) - s->pending)
		die("protocol: more input than the window holds");
	if (!length) {
		s->input_ended = true;
		if (s->tty && s->pending < sizeof(s->buffer))
			s->buffer[s->pending++] = 4; /* VEOF: a terminal has no other end */
	}
	memcpy(s->buffer + s->pending, data, length);
	s->pending += length;
	pump_input(s);
}

/* The part of fork and exec that runs in the child; gives errno by the pipe when the command cannot start. */
static void __attribute__((noreturn)) become(const struct exec_header *exec, const char *cwd, char **argv,
					     char **env, const int fds[3], int report)
{
	sigset_t none;

	setsid();
	if (exec->tty)
		ioctl(fds[0], TIOCSCTTY, 0);
	for (int i = 0; i < 3; i++)
		dup2(fds[i], i);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	for (; *env; env++)
		putenv(*env);
	if (!chdir(cwd))
		execvp(argv[0], argv);
	int error = errno;
	if (write(report, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

static void make_pipe(int *read_end, int *write_end)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		die("pipe");
	*read_end = fds[0];
	*write_end = fds[1];
}

static void not_blocking(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static void start(uint16_t id, const struct exec_header *exec, const char *cwd, char **argv, char **env)
{
	struct session *s = calloc(1, sizeof(*s));
	int inner[3], report_read, report_write, error;

	if (!s || session_count == MAX_SESSIONS) {
		free(s);
		send_exit(id, EXIT_KIND_ERRNO, EAGAIN);
		return;
	}
	s->id = id;
	s->tty = exec->tty;
	s->credit[0] = s->credit[1] = OUTPUT_WINDOW;
	if (s->tty) {
		struct winsize size = { .ws_row = exec->rows, .ws_col = exec->columns };
		int slave;
		if (openpty(&s->output[0], &slave, NULL, NULL, &size))
			die("openpty");
		fcntl(s->output[0], F_SETFD, FD_CLOEXEC);
		fcntl(slave, F_SETFD, FD_CLOEXEC);
		inner[0] = inner[1] = inner[2] = slave;
		s->input = fcntl(s->output[0], F_DUPFD_CLOEXEC, 3);
		s->output[1] = -1;
	} else {
		make_pipe(&inner[0], &s->input);
		make_pipe(&s->output[0], &inner[1]);
		make_pipe(&s->output[1], &inner[2]);
	}
	make_pipe(&report_read, &report_write);

	s->pid = fork();
	if (!s->pid)
		become(exec, cwd, argv, env, inner, report_write);
	close(report_write);
	close(inner[0]);
	if (!s->tty) {
		close(inner[1]);
		close(inner[2]);
	}
	s->next = sessions;
	sessions = s;
	session_count++;
	if (s->pid < 0 || read(report_read, &error, sizeof(error)) == sizeof(error)) {
		send_exit(id, EXIT_KIND_ERRNO, s->pid < 0 ? EAGAIN : error);
		forget(s);
	} else {
		not_blocking(s->input);
		not_blocking(s->output[0]);
		if (s->output[1] >= 0)
			not_blocking(s->output[1]);
	}
	close(report_read);
}

/* Cuts the payload into strings: cwd, argc arguments, and what is left is the environment. */
static void take_exec(uint16_t id, char *payload, uint32_t length)
{
	static char *strings[8192];
	struct exec_header exec;
	size_t count = 0;

	if (length < sizeof(exec) || payload[length - 1])
		die("protocol: exec");
	memcpy(&exec, payload, sizeof(exec));
	for (char *p = payload + sizeof(exec); p < payload + length; p += strlen(p) + 1) {
		if (count + 2 >= sizeof(strings) / sizeof(*strings)) {
			send_exit(id, EXIT_KIND_ERRNO, E2BIG);
			return;
		}
		if (count == 1u + exec.argc)
			strings[count++] = NULL;
		strings[count++] = p;
	}
	if (count < 1u + exec.argc || !exec.argc)
		die("protocol: exec");
	if (count == 1u + exec.argc)
		strings[count++] = NULL;
	strings[count] = NULL;
	start(id, &exec, strings[0], strings + 1, strings + 2 + exec.argc);
}

/* Kills every process of a session (setsid), whatever process groups a shell has made in it. */
static void kill_session(pid_t session)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		pid_t pid = atoi(entry->d_name);
		if (pid > 1 && getsid(pid) == session)
			kill(pid, SIGKILL);
	}
	if (proc)
		closedir(proc);
}

static uint32_t word(const char *payload, uint32_t length)
{
	uint32_t value;

	if (length != sizeof(value))
		die("protocol: length");
	memcpy(&value, payload, sizeof(value));
	return value;
}

static void take_frame(const struct frame_header *header, char *payload)
{
	struct session *s = find_session(header->session);

	if (header->type == FRAME_EXEC && !s) {
		take_exec(header->session, payload, header->length);
		return;
	}
	if (header->type == FRAME_POWEROFF)
		power_off();
	if (header->type == FRAME_PING) {
		send_frame(FRAME_PONG, 0, 0, "", 0);
		return;
	}
	if (!s) /* it ended while the frame was under way */
		return;
	switch (header->type) {
	case FRAME_DATA:
		take_input(s, payload, header->length);
		break;
	case FRAME_CREDIT:
		if (header->stream == 1 || header->stream == 2)
			s->credit[header->stream - 1] += word(payload, header->length);
		break;
	case FRAME_SIGNAL:
		if (!s->exited)
			kill(-s->pid, word(payload, header->length));
		break;
	case FRAME_RESIZE:
		if (s->tty && header->length == 4) {
			uint16_t size[2];
			memcpy(size, payload, 4);
			ioctl(s->input, TIOCSWINSZ, &(struct winsize){ .ws_row = size[0], .ws_col = size[1] });
		}
		break;
	case FRAME_HANGUP:
		kill_session(s->pid);
		close_fd(&s->input);
		close_fd(&s->output[0]);
		close_fd(&s->output[1]);
		break;
	default:
		die("protocol: frame type");
	}
}

static void read_port(void)
{
	for (;;) {
		struct frame_header header;
		ssize_t n = read(port, in + in_end, sizeof(in) - in_end);
		size_t at = 0;

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0)
			power_off();
		in_end += n;
		while (in_end - at >= sizeof(header)) {
			memcpy(&header, in + at, sizeof(header));
			if (header.length > MAX_PAYLOAD)
				die("protocol: payload");
			if (in_end - at < sizeof(header) + header.length)
				break;
			take_frame(&header, in + at + sizeof(header));
			at += sizeof(header) + header.length;
		}
		memmove(in, in + at, in_end - at);
		in_end -= at;
	}
}

static void reap(int signals)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(signals, &info, sizeof(info)) > 0)
		continue;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (struct session *s = sessions; s; s = s->next)
			if (s->pid == pid) {
				s->exited = true;
				s->status = status;
			}
}

static void finish_sessions(void)
{
	for (struct session *s = sessions, *next; s; s = next) {
		next = s->next;
		if (!s->exited || s->output[0] >= 0 || s->output[1] >= 0)
			continue;
		if (WIFSIGNALED(s->status))
			send_exit(s->id, EXIT_KIND_SIGNAL, WTERMSIG(s->status));
		else
			send_exit(s->id, EXIT_KIND_STATUS, WEXITSTATUS(s->status));
		forget(s);
	}
}

/* The port's device node, found by the name that the outside gave it. */
static int try_open_port(const char *wanted)
{
	DIR *ports = opendir("/sys/class/virtio-ports");
	struct dirent *entry;
	int fd = -1;

	while (ports && fd < 0 && (entry = readdir(ports))) {
		char path[512], name[64] = "";
		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", entry->d_name);
		FILE *file = fopen(path, "re");
		if (!file)
			continue;
		if (fgets(name, sizeof(name), file))
			name[strcspn(name, "\n")] = 0;
		fclose(file);
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		if (!strcmp(name, wanted))
			fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	}
	if (ports)
		closedir(ports);
	return fd;
}

int open_port(const char *name)
{
	struct pollfd poller = { .fd = -1, .events = POLLOUT };

	for (int i = 0; i < 3000; i++) {
		if (poller.fd < 0)
			poller.fd = try_open_port(name);
		if (poller.fd >= 0 && poll(&poller, 1, 0) == 1 && !(poller.revents & POLLHUP))
			return poller.fd;
		nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	}
	die("no virtio-serial port for the agent");
}

void serve(int agent_port)
{
	static struct pollfd fds[2 + 3 * MAX_SESSIONS];
	sigset_t child;

	port = agent_port;
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	int signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		die("signalfd");
	send_frame(FRAME_HELLO, 0, 0, &(uint32_t){ PROTOCOL_VERSION }, 4);

	for (;;) {
		int count = 2;
		bool room = out_room() >= sizeof(struct frame_header) + CHUNK + 1024;

		fds[0] = (struct pollfd){ .fd = port, .events = POLLIN | (out_start < out_end ? POLLOUT : 0) };
		fds[1] = (struct pollfd){ .fd = signals, .events = POLLIN };
		for (struct session *s = sessions; s; s = s->next) {
			if (s->input >= 0 && s->pending)
				fds[count++] = (struct pollfd){ .fd = s->input, .events = POLLOUT };
			for (int i = 0; i < 2; i++)
				if (s->output[i] >= 0 && s->credit[i] && room)
					fds[count++] = (struct pollfd){ .fd = s->output[i], .events = POLLIN };
		}
		if (poll(fds, count, -1) < 0 && errno != EINTR)
			die("poll");
		if (fds[0].revents & POLLHUP)
			power_off();
		reap(signals);
		if (fds[0].revents & POLLIN)
			read_port();
		for (struct session *s = sessions; s; s = s->next) {
			pump_input(s);
			pump_output(s, 0);
			pump_output(s, 1);
		}
		finish_sessions();
		flush_port();
	}
}
