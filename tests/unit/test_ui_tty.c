/* SPDX-License-Identifier: MIT */
/*
 * A small program on a pseudo terminal, whose other side is our own terminal
 * emulator: what it shows, and in which modes the terminal is left.
 */
#define _GNU_SOURCE /* openpty, login_tty */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include "../../src/ui/surface.h"
#include "../../src/ui/tty.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "cockpit/term_screen.h"

#define DEADLINE_MS    20000
#define FRAMES         40
#define STATUS_CLOSED  7
#define STATUS_REFUSED 9

/* ---- the program ---- */

struct app {
	struct loop *loop;
	struct tty *tty;
	struct surface *surface;
	int frame; /* of the flood; 0: a plain screen */
	int closed;
	char typed[32];
	int dots;
};

/* Large, and different from its neighbours everywhere. */
static void
draw_flood(struct surface *s, int frame)
{
	struct rect all = {0, 0, surface_cols(s), surface_rows(s)};

	surface_fill(s, all, (struct style){0});
	for (int y = 0; y < all.h; y++) {
		for (int x = 0; x < all.w; x += 4) {
			struct style style = {
				.fg = CELL_PALETTE((x * 7 + y * 3 + frame) & 0xff),
				.bg = CELL_PALETTE((x + y * 5 + frame * 9) & 0xff)};

			surface_printf(s, x, y, 4, style, "%02x\xe6\x97\xa5",
				(unsigned)(x + y * 31 + frame) & 0xff);
		}
	}
	surface_printf(s, 0, 0, all.w, (struct style){0}, "frame %d", frame);
}

static void
draw_plain(struct surface *s, const char *typed)
{
	struct rect all = {0, 0, surface_cols(s), surface_rows(s)};

	surface_fill(s, all, (struct style){0});
	surface_printf(s, 0, 0, all.w, (struct style){0}, "%dx%d", all.w, all.h);
	surface_printf(s, 0, 1, all.w, (struct style){.attr = CELL_BOLD}, "typed %s", typed);
	surface_set_cursor(s, 3, 1, 2);
}

static void
draw(struct app *app)
{
	do {
		if (app->frame)
			draw_flood(app->surface, app->frame);
		else
			draw_plain(app->surface, app->typed);
		if (!tty_draw(app->tty, app->surface))
			return; /* writable() comes */
	} while (app->frame && app->frame < FRAMES && ++app->frame);
}

static void
on_input(void *ctx, const char *bytes, size_t len)
{
	struct app *app = ctx;

	for (size_t i = 0; i < len; i++) {
		switch (bytes[i]) {
		case 'q':
			loop_stop(app->loop);
			return;
		case 'c':
			raise(SIGSEGV);
			return;
		case 'b':
			mem_bug("test", 1, "a bug");
		case 'z':
			tty_suspend(app->tty);
			break;
		case 'f':
			app->frame = 1;
			break;
		case 'k':
			raise(SIGCONT);
			break;
		case '.':
			snprintf(app->typed, sizeof(app->typed), "%d dots", ++app->dots);
			break;
		default:
			snprintf(app->typed, sizeof(app->typed), "%02x",
				(unsigned char)bytes[i]);
			break;
		}
	}
	draw(app);
}

static void
on_resized(void *ctx, int cols, int rows)
{
	struct app *app = ctx;

	surface_resize(app->surface, cols, rows);
	draw(app);
}

static void
on_closed(void *ctx)
{
	struct app *app = ctx;

	app->closed++;
	loop_stop(app->loop);
}

static void
on_writable(void *ctx)
{
	draw(ctx);
}

_Noreturn static void
run_app(void)
{
	static const struct tty_ops ops = {.input = on_input,
		.resized = on_resized,
		.closed = on_closed,
		.writable = on_writable};
	struct app app = {.loop = loop_new()};
	struct err err = ERR_INIT;
	int cols, rows;

	if (tty_open(app.loop, &ops, &app, &app.tty, &err) < 0) {
		dprintf(STDOUT_FILENO, "%s\n", err.text);
		_exit(STATUS_REFUSED);
	}
	tty_size(app.tty, &cols, &rows);
	app.surface = surface_new(cols, rows);
	draw(&app);
	loop_run(app.loop);
	/* Had it been told twice, or the loop been kept spinning, it would show now. */
	for (int i = 0; i < 50 && app.closed; i++)
		loop_turn(app.loop, false);
	tty_close(app.tty);
	surface_free(app.surface);
	loop_free(app.loop);
	_exit(app.closed == 0 ? 0 : app.closed == 1 ? STATUS_CLOSED : 99);
}

/* As a shell with job control does; says what the terminal was like while the job was stopped.
 */
_Noreturn static void
run_under_shell(void)
{
	struct termios before, stopped;
	int status;
	pid_t job;

	signal(SIGTTOU, SIG_IGN);
	tcgetattr(0, &before);
	job = fork();
	if (job == 0) {
		setpgid(0, 0);
		tcsetpgrp(0, getpid());
		signal(SIGTTOU, SIG_DFL);
		run_app();
	}
	setpgid(job, job);
	while (waitpid(job, &status, WUNTRACED) == job && WIFSTOPPED(status)) {
		tcsetpgrp(0, getpgrp());
		tcgetattr(0, &stopped);
		dprintf(1, "\r\nstopped by %d, %s\r\n", WSTOPSIG(status),
			stopped.c_lflag == before.c_lflag && stopped.c_oflag == before.c_oflag
				? "restored"
				: "raw");
		tcsetpgrp(0, job);
		kill(-job, SIGCONT);
	}
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 98);
}

/* ---- the other side ---- */

struct rig {
	pid_t pid;
	int master;
	int slave; /* keeps the terminal alive, for its modes */
	struct termios before;
	struct screen *screen;
	struct buf log;
};

enum how { DIRECT, UNDER_SHELL, DEAF /* to SIGHUP */ };

static void
start(struct rig *r, const char *term, enum how how)
{
	struct winsize size = {.ws_col = 60, .ws_row = 12};

	*r = (struct rig){.screen = screen_new(60, 12, NULL, NULL)};
	assert_int_equal(openpty(&r->master, &r->slave, NULL, NULL, &size), 0);
	assert_int_equal(tcgetattr(r->slave, &r->before), 0);
	r->pid = fork();
	assert_true(r->pid >= 0);
	if (r->pid == 0) {
		sigset_t hup;

		close(r->master);
		login_tty(r->slave);
		setenv("TERM", term, 1);
		setenv("COLORTERM", "truecolor", 1);
		unsetenv("TMUX");
		sigemptyset(&hup);
		sigaddset(&hup, SIGHUP);
		if (how == DEAF)
			sigprocmask(SIG_BLOCK, &hup, NULL);
		if (how == UNDER_SHELL)
			run_under_shell();
		run_app();
	}
	fcntl(r->master, F_SETFL, O_NONBLOCK);
}

/* Takes what has come, waiting at most ms. False if nothing came. */
static bool
pump(struct rig *r, int ms)
{
	struct pollfd ready = {.fd = r->master, .events = POLLIN};
	char bytes[4096];
	ssize_t n;

	if (poll(&ready, 1, ms) <= 0)
		return false;
	n = read(r->master, bytes, sizeof(bytes));
	if (n <= 0)
		return false;
	screen_feed(r->screen, (struct str){bytes, (size_t)n});
	buf_add(&r->log, (struct str){bytes, (size_t)n});
	return true;
}

static bool
row_is(const struct rig *r, int row, const char *want)
{
	struct buf text = BUF_INIT;
	bool ret;

	screen_row_text(r->screen, row, &text);
	ret = str_eqc(buf_str(&text), want);
	buf_release(&text);
	return ret;
}

static void
wait_row(struct rig *r, int row, const char *want)
{
	int64_t deadline = clock_ms() + DEADLINE_MS;

	while (!row_is(r, row, want)) {
		if (clock_ms() > deadline)
			fail_msg("row %d never said \"%s\"", row, want);
		pump(r, 50);
	}
}

static bool
logged(const struct rig *r, const char *what)
{
	return str_find_str(buf_str(&r->log), str_from(what)) >= 0;
}

static void
wait_log(struct rig *r, const char *what)
{
	int64_t deadline = clock_ms() + DEADLINE_MS;

	while (!logged(r, what)) {
		if (clock_ms() > deadline)
			fail_msg("never wrote \"%s\"", what);
		pump(r, 50);
	}
}

static int
wait_exit(struct rig *r, bool reading)
{
	int64_t deadline = clock_ms() + DEADLINE_MS;
	int status;

	while (waitpid(r->pid, &status, WNOHANG) == 0) {
		if (clock_ms() > deadline) {
			kill(r->pid, SIGKILL);
			fail_msg("does not end");
		}
		if (reading)
			pump(r, 20);
		else
			poll(NULL, 0, 20);
	}
	r->pid = 0;
	while (reading && pump(r, 200))
		;
	return status;
}

static void
type(struct rig *r, const char *keys)
{
	assert_int_equal(write(r->master, keys, strlen(keys)), (ssize_t)strlen(keys));
}

static void
assert_modes(struct rig *r, bool raw)
{
	struct termios now;

	assert_int_equal(tcgetattr(r->slave, &now), 0);
	if (raw) {
		assert_int_equal(now.c_lflag & (ICANON | ECHO | ISIG), 0);
		assert_int_equal(now.c_oflag & OPOST, 0);
		return;
	}
	assert_int_equal(now.c_lflag, r->before.c_lflag);
	assert_int_equal(now.c_iflag, r->before.c_iflag);
	assert_int_equal(now.c_oflag, r->before.c_oflag);
	assert_int_equal(now.c_cflag, r->before.c_cflag);
}

/* Everything that was switched on has been switched off again, and after it. */
static void
assert_restored(struct rig *r)
{
	static const char *const pairs[][2] = {
		{"\033[?1049h", "\033[?1049l"},
		{"\033[?1000h", "\033[?1000l"},
		{"\033[?1002h", "\033[?1002l"},
		{"\033[?1006h", "\033[?1006l"},
		{"\033[?1004h", "\033[?1004l"},
		{"\033[?2004h", "\033[?2004l"},
		{"\033[>4;1m",  "\033[>4m"   },
		{"\033[>1u",    "\033[<u"    },
		{"\033[?7l",    "\033[?7h"   },
		{"\033[?25l",   "\033[?25h"  },
	};
	struct str log = buf_str(&r->log);

	assert_modes(r, false);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		ptrdiff_t on = -1, off = -1;

		for (size_t at = 0; at < log.len; at++) {
			struct str rest = str_slice(log, at, log.len);

			if (str_starts(rest, str_from(pairs[i][0])))
				on = (ptrdiff_t)at;
			if (str_starts(rest, str_from(pairs[i][1])))
				off = (ptrdiff_t)at;
		}
		if (on < 0 || off < on)
			fail_msg("pair %d: on at %d, off at %d", (int)i, (int)on, (int)off);
	}
	assert_false(screen_modes(r->screen) & SCREEN_ALTERNATE);
	assert_true(screen_modes(r->screen) & SCREEN_CURSOR);
}

static void
stop(struct rig *r)
{
	if (r->pid > 0) {
		kill(r->pid, SIGKILL);
		waitpid(r->pid, NULL, 0);
	}
	if (r->master >= 0)
		close(r->master);
	close(r->slave);
	screen_free(r->screen);
	buf_release(&r->log);
}

static void
draws_and_reads(void **state)
{
	struct rig r;
	int x, y;

	(void)state;
	start(&r, "xterm-256color", DIRECT);
	wait_row(&r, 0, "60x12");
	wait_row(&r, 1, "typed");
	assert_modes(&r, true);
	assert_true(screen_modes(r.screen) & SCREEN_ALTERNATE);
	assert_true(screen_modes(r.screen) & SCREEN_PASTE);
	assert_true(logged(&r, "\033[?2026h"));
	type(&r, "\003");
	wait_row(&r, 1, "typed 03");
	type(&r, "\023");
	wait_row(&r, 1, "typed 13");
	screen_cursor(r.screen, &x, &y);
	assert_true(x == 3 && y == 1);
	type(&r, "q");
	assert_int_equal(wait_exit(&r, true), 0);
	/* The open file is the shell's too. */
	assert_int_equal(fcntl(r.slave, F_GETFL) & O_NONBLOCK, 0);
	assert_restored(&r);
	stop(&r);
}

static void
ends_by_signals(void **state)
{
	static const int signals[] = {SIGTERM, SIGHUP, SIGINT};

	(void)state;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct rig r;
		int status;

		start(&r, "xterm-256color", DIRECT);
		wait_row(&r, 1, "typed");
		kill(r.pid, signals[i]);
		status = wait_exit(&r, true);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), STATUS_CLOSED);
		assert_restored(&r);
		stop(&r);
	}
}

static void
restores_after_crashes(void **state)
{
	static const struct {
		const char *key; /* NULL: somebody else sends it */
		int signum;
	} rows[] = {
		{"c",  SIGSEGV},
		{"b",  SIGABRT},
		{NULL, SIGQUIT},
		{NULL, SIGABRT},
		{NULL, SIGALRM},
		{NULL, SIGUSR1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig r;
		int status;

		start(&r, "xterm-256color", DIRECT);
		wait_row(&r, 1, "typed");
		if (rows[i].key)
			type(&r, rows[i].key);
		else
			kill(r.pid, rows[i].signum);
		status = wait_exit(&r, true);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), rows[i].signum);
		assert_restored(&r);
		stop(&r);
	}
}

static void
ends_by_hang_up(void **state)
{
	static const enum how hows[] = {DIRECT, DEAF};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct rig r;
		int status;

		start(&r, "xterm-256color", hows[i]);
		wait_row(&r, 1, "typed");
		close(r.master);
		r.master = -1;
		status = wait_exit(&r, false);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), STATUS_CLOSED);
		stop(&r);
	}
}

static void
follows_the_size(void **state)
{
	struct winsize size = {.ws_col = 33, .ws_row = 7};
	struct rig r;

	(void)state;
	start(&r, "xterm-256color", DIRECT);
	wait_row(&r, 0, "60x12");
	screen_free(r.screen);
	r.screen = screen_new(33, 7, NULL, NULL);
	ioctl(r.master, TIOCSWINSZ, &size);
	wait_row(&r, 0, "33x7");
	wait_row(&r, 1, "typed");
	stop(&r);
}

static void
suspends(void **state)
{
	struct rig r;
	size_t before;

	(void)state;
	start(&r, "xterm-256color", UNDER_SHELL);
	wait_row(&r, 0, "60x12");
	type(&r, "z");
	wait_log(&r, "stopped by 20, restored");
	before = r.log.len;
	/* Comes back by itself, drawn in full, in the same modes. */
	wait_row(&r, 0, "60x12");
	wait_row(&r, 1, "typed");
	assert_true(r.log.len > before || before > 0);
	assert_modes(&r, true);
	type(&r, "x");
	wait_row(&r, 1, "typed 78");
	type(&r, "q");
	assert_int_equal(wait_exit(&r, true), 0);
	assert_restored(&r);
	stop(&r);
}

/* Without a shell nobody could continue us: the screen just comes back. */
static void
suspends_without_shell(void **state)
{
	int64_t deadline = clock_ms() + DEADLINE_MS;
	struct rig r;

	(void)state;
	start(&r, "xterm-256color", DIRECT);
	wait_row(&r, 0, "60x12");
	type(&r, "z");
	wait_log(&r, "\033[?1049l");
	/* What is typed while the terminal changes hands is thrown away. */
	while (!(screen_modes(r.screen) & SCREEN_ALTERNATE)) {
		assert_true(clock_ms() < deadline);
		pump(&r, 50);
	}
	type(&r, "y");
	wait_row(&r, 1, "typed 79");
	assert_modes(&r, true);
	type(&r, "q");
	assert_int_equal(wait_exit(&r, true), 0);
	assert_restored(&r);
	stop(&r);
}

/* Continued after somebody else had stopped us, while more is typed than is read in a turn. */
static void
keeps_what_was_typed(void **state)
{
	enum { DOTS = 200000 };
	int64_t deadline = clock_ms() + DEADLINE_MS;
	static char dots[DOTS];
	struct rig r;

	(void)state;
	memset(dots, '.', sizeof(dots));
	start(&r, "xterm-256color", DIRECT);
	wait_row(&r, 0, "60x12");
	type(&r, "k");
	for (size_t at = 0; at < sizeof(dots);) {
		ssize_t n = write(r.master, dots + at, sizeof(dots) - at);

		assert_true(n > 0 || errno == EAGAIN);
		assert_true(clock_ms() < deadline);
		if (n > 0)
			at += (size_t)n;
		else
			pump(&r, 1);
	}
	wait_row(&r, 1, "typed 200000 dots");
	assert_modes(&r, true);
	type(&r, "q");
	assert_int_equal(wait_exit(&r, true), 0);
	assert_restored(&r);
	stop(&r);
}

static bool
shows(const struct rig *r, const struct surface *want)
{
	for (int y = 0; y < surface_rows(want); y++) {
		for (int x = 0; x < surface_cols(want); x++) {
			const struct cell *a = &surface_row(want, y)[x];
			const struct cell *b = &screen_row(r->screen, y)[x];

			if (a->width != b->width || a->bg != b->bg || a->text != b->text)
				return false;
		}
	}
	return true;
}

/* Frames much larger than what the terminal takes at once. */
static void
waits_for_the_terminal(void **state)
{
	struct surface *want = surface_new(60, 12);
	int64_t deadline = clock_ms() + DEADLINE_MS;
	struct rig r;

	(void)state;
	start(&r, "xterm-256color", DIRECT);
	wait_row(&r, 1, "typed");
	type(&r, "f");
	draw_flood(want, FRAMES);
	while (!shows(&r, want)) {
		assert_true(clock_ms() < deadline);
		pump(&r, 50);
	}
	surface_free(want);
	stop(&r);
}

/* A terminal that takes nothing at all does not keep us from ending. */
static void
ends_on_a_stalled_terminal(void **state)
{
	struct rig r;

	(void)state;
	start(&r, "xterm-256color", DIRECT);
	wait_row(&r, 1, "typed");
	type(&r, "f");
	type(&r, "q");
	assert_int_equal(wait_exit(&r, false), 0);
	assert_modes(&r, false);
	stop(&r);
}

static void
refuses(void **state)
{
	struct rig r;
	int status;

	(void)state;
	start(&r, "dumb", DIRECT);
	status = wait_exit(&r, true);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), STATUS_REFUSED);
	assert_true(logged(&r, "dumb"));
	assert_modes(&r, false);
	stop(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draws_and_reads),
		cmocka_unit_test(ends_by_signals),
		cmocka_unit_test(restores_after_crashes),
		cmocka_unit_test(ends_by_hang_up),
		cmocka_unit_test(follows_the_size),
		cmocka_unit_test(suspends),
		cmocka_unit_test(suspends_without_shell),
		cmocka_unit_test(keeps_what_was_typed),
		cmocka_unit_test(waits_for_the_terminal),
		cmocka_unit_test(ends_on_a_stalled_terminal),
		cmocka_unit_test(refuses),
	};

	text_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
