/* SPDX-License-Identifier: MIT */
#include "restore.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "cockpit/base_mem.h"

#define BYTES_MAX  1024
#define STACK_SIZE 65536
#define WAIT_MS    100
#define WAITS_MAX  10
#define CHUNK      256

/* All that would end us and that nobody else here handles. */
static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGQUIT, SIGTRAP, SIGSYS,
	SIGXCPU, SIGXFSZ, SIGALRM, SIGVTALRM, SIGPROF, SIGUSR1, SIGUSR2};
#define FATAL_COUNT (sizeof(fatal) / sizeof(fatal[0]))

static struct {
	volatile sig_atomic_t armed;
	bool set;
	int fd;
	struct termios modes;
	char bytes[BYTES_MAX];
	size_t len;
	struct {
		int fd, flags;
	} files[2];
	int file_count;
	struct sigaction old[FATAL_COUNT];
	stack_t old_stack;
} state;

/* A stack that overflowed has no room for a handler. */
static char stack[STACK_SIZE];

/* Asks before each piece: the descriptor may be a blocking one. */
static void
send(const char *ptr, size_t len)
{
	struct pollfd ready = {.fd = state.fd, .events = POLLOUT};
	int waits = 0;

	while (len > 0) {
		int rc = poll(&ready, 1, WAIT_MS);
		ssize_t n = rc > 0 ? write(state.fd, ptr, len < CHUNK ? len : CHUNK) : 0;

		if (n > 0) {
			ptr += n;
			len -= (size_t)n;
		} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
			return;
		} else if (++waits > WAITS_MAX) {
			return;
		}
	}
}

void
restore_run(void)
{
	int saved_errno = errno;
	sigset_t block, before;

	if (!state.armed)
		return;
	state.armed = 0;
	/* In the background we may still put back what is ours. */
	sigemptyset(&block);
	sigaddset(&block, SIGTTOU);
	sigprocmask(SIG_BLOCK, &block, &before);
	send(state.bytes, state.len);
	/* Reports on their way would be typed into the shell. */
	tcflush(state.fd, TCIFLUSH);
	tcsetattr(state.fd, TCSANOW, &state.modes);
	sigprocmask(SIG_SETMASK, &before, NULL);
	for (int i = 0; i < state.file_count; i++)
		fcntl(state.files[i].fd, F_SETFL, state.files[i].flags);
	errno = saved_errno;
}

void
restore_screen(void)
{
	if (state.armed)
		send(state.bytes, state.len);
}

static void
on_fatal(int signum)
{
	mem_run_abort_hook();
	/* SA_RESETHAND: this time it is the system's turn. */
	raise(signum);
}

void
restore_set(int fd, const struct termios *modes, struct str bytes)
{
	struct sigaction action = {
		.sa_handler = on_fatal, .sa_flags = SA_ONSTACK | SA_RESETHAND};
	stack_t own = {.ss_sp = stack, .ss_size = sizeof(stack)};

	BUG_ON(state.set || bytes.len > sizeof(state.bytes));
	state.fd = fd;
	state.modes = *modes;
	memcpy(state.bytes, bytes.ptr, bytes.len);
	state.len = bytes.len;
	state.armed = 0;
	state.set = true;
	sigaltstack(&own, &state.old_stack);
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < FATAL_COUNT; i++)
		sigaction(fatal[i], &action, &state.old[i]);
	mem_set_abort_hook(restore_run);
}

void
restore_keep_flags(int fd)
{
	BUG_ON(state.file_count == 2);
	state.files[state.file_count].fd = fd;
	state.files[state.file_count++].flags = fcntl(fd, F_GETFL);
}

void
restore_arm(void)
{
	state.armed = 1;
}

void
restore_unset(void)
{
	if (!state.set)
		return;
	mem_set_abort_hook(NULL);
	for (size_t i = 0; i < FATAL_COUNT; i++)
		sigaction(fatal[i], &state.old[i], NULL);
	sigaltstack(&state.old_stack, NULL);
	state.set = false;
	state.file_count = 0;
}
