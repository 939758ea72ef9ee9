/*
 * live_tmux: a real tmux server of one test, on a socket of its own, and a control
 * client over two pipes. Header only, for the tests that need one.
 */
#ifndef COCKPIT_TESTS_LIVE_TMUX_H
#define COCKPIT_TESTS_LIVE_TMUX_H

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/tmux_control.h"

#define LIVE_DEADLINE_S 20

struct live {
	struct tmux_control *tc;
	pid_t pid; /* of the control client */
	int in, out;
	char dir[64];
	char socket[80];
	bool ended;
	/* What came, for the test to look at. */
	struct buf events; /* "pause %0\n"; output and everything without a subject left out */
	struct buf output; /* of all panes */
	unsigned attached; /* session-changed notices */
	unsigned exits;
	struct buf subscriptions;
	/* The last reply. */
	unsigned replies;
	int status;
	struct buf text;
};

static void
live_on_notice(void *ctx, const struct tmux_notice *notice)
{
	struct live *live = ctx;

	switch (notice->kind) {
	case TMUX_NOTICE_OUTPUT:
	case TMUX_NOTICE_EXTENDED_OUTPUT:
		if (live->output.len < 65536)
			buf_add(&live->output, notice->body);
		break;
	case TMUX_NOTICE_PAUSE:
	case TMUX_NOTICE_CONTINUE:
		buf_addc(&live->events,
			notice->kind == TMUX_NOTICE_PAUSE ? "pause " : "continue ");
		buf_add(&live->events, notice->subject);
		buf_byte(&live->events, '\n');
		break;
	case TMUX_NOTICE_SESSION_CHANGED:
		live->attached++;
		break;
	case TMUX_NOTICE_SUBSCRIPTION_CHANGED:
		buf_add(&live->subscriptions, notice->body);
		buf_byte(&live->subscriptions, '\n');
		break;
	case TMUX_NOTICE_EXIT:
		live->exits++;
		break;
	default:
		break;
	}
}

static int
live_on_write(void *ctx, struct str bytes)
{
	struct live *live = ctx;

	while (bytes.len > 0) {
		ssize_t n = write(live->in, bytes.ptr, bytes.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_CLOSED;
		bytes = str_slice(bytes, (size_t)n, bytes.len);
	}
	return 0;
}

static void
live_on_reply(void *ctx, int status, struct str text)
{
	struct live *live = ctx;

	live->replies++;
	live->status = status;
	buf_clear(&live->text);
	buf_add(&live->text, text);
	buf_addc(&live->events, "reply\n");
}

/* One turn: what tmux said within 50 ms is fed. */
static void
live_turn(struct live *live)
{
	struct pollfd fd = {.fd = live->out, .events = POLLIN};
	char bytes[16384];

	if (live->ended || poll(&fd, 1, 50) <= 0)
		return;
	ssize_t n = read(live->out, bytes, sizeof(bytes));
	if (n <= 0) {
		live->ended = true;
		return;
	}
	struct err err = ERR_INIT;
	if (tmux_control_feed(live->tc, (struct str){bytes, (size_t)n}, &err) < 0)
		fail_msg("%s", err.text);
}

static int64_t
live_deadline(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec + LIVE_DEADLINE_S;
}

static void
live_check_deadline(int64_t deadline, const char *what)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec > deadline)
		fail_msg("no %s within %d s", what, LIVE_DEADLINE_S);
}

/* Turns until cond holds. */
#define LIVE_UNTIL(live, cond)                              \
	do {                                                \
		int64_t until_ = live_deadline();           \
		while (!(cond)) {                           \
			live_check_deadline(until_, #cond); \
			assert_false((live)->ended);        \
			live_turn(live);                    \
		}                                           \
	} while (0)

/* Sends a line and waits for its answer, which is then in live->status and live->text. */
static const char *
live_ask_noisy(struct live *live, const char *line, unsigned commands, uint64_t noisy)
{
	unsigned before = live->replies;
	int rc = tmux_control_send_noisy(
		live->tc, str_from(line), commands, noisy, live_on_reply, live);

	assert_int_equal(rc, 0);
	LIVE_UNTIL(live, live->replies > before);
	return buf_cstr(&live->text);
}

static const char *
live_ask(struct live *live, const char *line, unsigned commands)
{
	return live_ask_noisy(live, line, commands, 0);
}

static void
live_exec(const struct live *live, const int in[2], const int out[2], const char *command)
{
	char *path = getenv("PATH");
	char path_env[4096], home_env[80];

	snprintf(path_env, sizeof(path_env), "PATH=%s", path ? path : "/usr/bin:/bin");
	snprintf(home_env, sizeof(home_env), "HOME=%s", live->dir);
	char *env[] = {path_env, home_env, (char[]){"LANG=C.UTF-8"}, (char[]){"SHELL=/bin/sh"},
		(char[]){"TERM=xterm-256color"}, NULL};
	dup2(in[0], 0);
	dup2(out[1], 1);
	close(in[0]);
	close(in[1]);
	close(out[0]);
	close(out[1]);
	execle("/usr/bin/env", "env", "tmux", "-S", live->socket, "-f", "/dev/null", "-C",
		"new-session", "-x", "80", "-y", "24", command, (char *)NULL, env);
	_exit(127);
}

/* Starts a server whose first pane, %0, runs command; false: there is no tmux here. */
static bool
live_start(struct live *live, const char *command)
{
	static const struct tmux_control_ops ops = {
		.notice = live_on_notice,
		.write = live_on_write,
	};
	int in[2], out[2], status;

	*live = (struct live){.dir = "/tmp/cockpit-test-XXXXXX"};
	if (system("command -v tmux >/dev/null 2>&1") != 0)
		return false;
	signal(SIGPIPE, SIG_IGN);
	assert_non_null(mkdtemp(live->dir));
	snprintf(live->socket, sizeof(live->socket), "%s/s", live->dir);
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	live->pid = fork();
	assert_true(live->pid >= 0);
	if (live->pid == 0)
		live_exec(live, in, out, command);
	close(in[0]);
	close(out[1]);
	live->in = in[1];
	live->out = out[0];
	live->tc = tmux_control_new(&ops, live);
	LIVE_UNTIL(live, live->attached > 0 || waitpid(live->pid, &status, WNOHANG) != 0);
	assert_true(live->attached > 0);
	return true;
}

/*
 * For teardown: also after a failure in the middle. Our client goes first, since a
 * server with a client that does not read lives on after kill-server.
 */
static void
live_stop(struct live *live)
{
	char text[192];

	if (!live->tc)
		return;
	close(live->in);
	close(live->out);
	kill(live->pid, SIGKILL);
	waitpid(live->pid, NULL, 0);
	snprintf(text, sizeof(text), "tmux -S %s kill-server 2>/dev/null; rm -r %s",
		live->socket, live->dir);
	if (system(text) != 0)
		print_error("%s: left behind\n", live->dir);
	tmux_control_free(live->tc);
	buf_release(&live->events);
	buf_release(&live->output);
	buf_release(&live->subscriptions);
	buf_release(&live->text);
	*live = (struct live){0};
}

#endif
