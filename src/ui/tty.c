/* SPDX-License-Identifier: MIT */
/*
 * The terminal belongs to the shell that started us, and is lent: its modes are
 * noted first and given back at every way out, the sudden ones too. For those
 * the bytes that undo our modes are made up in advance, and the handler calls
 * nothing but write(), poll() and tcsetattr().
 *
 * The terminal is opened anew, because O_NONBLOCK belongs to the open file and
 * the shell's own must not get it. A frame goes out in one write() if the
 * terminal takes it; if not, the rest follows when it does, and no further frame is
 * made before.
 */
#include "tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "caps.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "paint.h"
#include "restore.h"

#define READ_SIZE     65536
#define READS_A_TURN  4   /* a flood of input must not keep the rest waiting */
#define CHUNK         256 /* what a terminal that is ready takes for sure */
#define CONT_MS       500 /* the SIGCONT that ends our own stop comes within this */
#define SIZE_MAX_SIDE 4096
#define SAY_MAX       (128u << 10) /* that waits for the terminal: a text for its clipboard */

struct tty {
	struct loop *loop;
	const struct tty_ops *ops;
	void *ctx;
	int in, out;
	bool may_block; /* out is shared after all: O_NONBLOCK is not ours to set */
	struct termios saved;
	struct caps caps;
	struct paint *paint;
	struct buf pending;
	size_t sent; /* of pending */
	size_t said; /* of pending: by tty_say() */
	struct buf enter;
	struct loop_watch *reading, *writing;
	struct loop_signal *winch, *cont, *term, *hup, *interrupt;
	uint64_t close_id, resume_id;
	int cols, rows;
	bool up;     /* our modes are set */
	bool waited; /* a frame did not leave at once */
	bool closed;
	bool stopped;    /* by tty_suspend() */
	int64_t resumed; /* ms */
	size_t frame_bytes;
};

static struct tty *the_tty;

/* Modes that terminals without a word for them ignore. Order matters: what belongs to a screen
 * (kitty's keys) is set on the alternate one, and taken back before it is left. */
static const struct {
	const char *set, *reset;
} modes[] = {
	{"\033[?1000h", "\033[?1000l"}, /* mouse buttons */
	{"\033[?1002h", "\033[?1002l"}, /* and dragging */
	{"\033[?1006h", "\033[?1006l"}, /* without limits */
	{"\033[?1004h", "\033[?1004l"}, /* focus */
	{"\033[?2004h", "\033[?2004l"}, /* bracketed paste */
	{"\033[>4;1m",  "\033[>4m"   }, /* modifyOtherKeys */
	{"\033[>1u",    "\033[<u"    }, /* kitty's keys: tell apart what is ambiguous */
};
#define MODE_COUNT (sizeof(modes) / sizeof(modes[0]))

static void
add(struct buf *into, struct str s)
{
	if (s.len > 0)
		buf_add(into, s);
}

static void
build_enter(struct tty *tty)
{
	const struct caps *caps = &tty->caps;

	add(&tty->enter, caps->strings[CAPS_ENTER]);
	add(&tty->enter, caps->strings[CAPS_NO_WRAP]);
	for (size_t i = 0; i < MODE_COUNT && caps->modern; i++)
		buf_addc(&tty->enter, modes[i].set);
}

static void
build_leave(const struct tty *tty, struct buf *into)
{
	const struct caps *caps = &tty->caps;

	if (caps->modern) {
		/* Ends whatever sequence a cut-off frame left open. */
		buf_addc(into, "\033\\");
		buf_addc(into, caps->sync ? "\033[?2026l" : "");
		buf_addc(into, caps->links ? "\033]8;;\033\\" : "");
		for (size_t i = MODE_COUNT; i > 0; i--)
			buf_addc(into, modes[i - 1].reset);
		buf_addc(into, "\033[0 q");
	}
	add(into, caps->strings[CAPS_RESET]);
	add(into, caps->strings[CAPS_WRAP]);
	add(into, caps->strings[CAPS_SHOW]);
	if (caps->strings[CAPS_LEAVE].len > 0) {
		add(into, caps->strings[CAPS_LEAVE]);
	} else {
		add(into, caps->strings[CAPS_CLEAR]);
	}
}

static void
closed_later(void *ctx)
{
	struct tty *tty = ctx;

	tty->close_id = 0;
	tty->ops->closed(tty->ctx);
}

/* The end, told once, from the loop: nothing is read or written any more. */
static void
end(struct tty *tty)
{
	if (tty->closed)
		return;
	tty->closed = true;
	loop_watch_set(tty->reading, 0);
	loop_watch_set(tty->writing, 0);
	tty->close_id = loop_defer(tty->loop, closed_later, tty);
}

static ssize_t
write_some(struct tty *tty)
{
	size_t left = tty->pending.len - tty->sent;
	struct pollfd ready = {.fd = tty->out, .events = POLLOUT};

	if (tty->may_block) {
		left = left < CHUNK ? left : CHUNK;
		if (poll(&ready, 1, 0) != 1) {
			errno = EAGAIN;
			return -1;
		}
	}
	return write(tty->out, tty->pending.ptr + tty->sent, left);
}

/* Sends what is pending, as far as the terminal takes it. */
static void
push(struct tty *tty)
{
	while (tty->sent < tty->pending.len && !tty->closed) {
		ssize_t n = write_some(tty);

		if (n > 0) {
			tty->sent += (size_t)n;
		} else if (n < 0 && errno == EINTR) {
			continue;
		} else if (n < 0 && errno == EAGAIN) {
			tty->waited = true;
			loop_watch_set(tty->writing, LOOP_WRITE);
			return;
		} else {
			end(tty);
			return;
		}
	}
	buf_clear(&tty->pending);
	tty->sent = tty->said = 0;
	if (!tty->closed)
		loop_watch_set(tty->writing, 0);
}

static void
on_writable(void *ctx, int events)
{
	struct tty *tty = ctx;

	(void)events;
	push(tty);
	if (tty->pending.len > 0 || tty->closed || !tty->waited)
		return;
	tty->waited = false;
	if (tty->ops->writable)
		tty->ops->writable(tty->ctx);
}

static void
on_readable(void *ctx, int events)
{
	static char bytes[READ_SIZE]; /* one terminal, and callbacks never nest */
	struct tty *tty = ctx;

	(void)events;
	for (int i = 0; i < READS_A_TURN; i++) {
		ssize_t n = read(tty->in, bytes, sizeof(bytes));

		if (n > 0) {
			tty->ops->input(tty->ctx, bytes, (size_t)n);
			/* A blocking descriptor is read once for each "ready"; a tty may be
			 * gone now. */
			if (the_tty != tty || tty->closed || tty->may_block || !tty->up)
				return;
			continue;
		}
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		end(tty);
		return;
	}
}

static bool
read_size(struct tty *tty)
{
	struct winsize size;
	int cols = 80, rows = 24;

	if (ioctl(tty->out, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
		cols = size.ws_col < SIZE_MAX_SIDE ? size.ws_col : SIZE_MAX_SIDE;
		rows = size.ws_row < SIZE_MAX_SIDE ? size.ws_row : SIZE_MAX_SIDE;
	}
	if (cols == tty->cols && rows == tty->rows)
		return false;
	tty->cols = cols;
	tty->rows = rows;
	return true;
}

static int
set_raw(struct tty *tty)
{
	struct termios raw = tty->saved;

	raw.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL |
				   IXON | IXOFF);
	raw.c_oflag &= ~(tcflag_t)OPOST;
	raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	raw.c_cflag &= ~(tcflag_t)(CSIZE | PARENB);
	raw.c_cflag |= CS8;
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	return tcsetattr(tty->out, TCSANOW, &raw);
}

/* Our modes on; the next frame draws all. */
static int
enter(struct tty *tty, struct err *err)
{
	if (set_raw(tty) < 0)
		return err_errno(err, "the terminal does not take raw mode");
	restore_arm();
	tty->up = true;
	paint_forget(tty->paint);
	buf_clear(&tty->pending);
	tty->sent = tty->said = 0;
	buf_add(&tty->pending, buf_str(&tty->enter));
	loop_watch_set(tty->reading, LOOP_READ);
	push(tty);
	return 0;
}

static void
leave(struct tty *tty)
{
	if (!tty->up)
		return;
	tty->up = false;
	loop_watch_set(tty->reading, 0);
	loop_watch_set(tty->writing, 0);
	buf_clear(&tty->pending);
	tty->sent = tty->said = 0;
	restore_run();
}

static void
resume(struct tty *tty)
{
	pid_t owner = tcgetpgrp(tty->out);

	/* Continued in the background: the shell will send SIGCONT again for "fg". */
	if (tty->closed || (owner > 0 && owner != getpgrp()))
		return;
	/* Somebody else stopped us and used the terminal: from the start, modes do not stack
	 * up. What was typed meanwhile is for us. */
	if (tty->up)
		restore_screen();
	if (enter(tty, NULL) < 0) {
		end(tty);
		return;
	}
	tty->resumed = clock_ms();
	read_size(tty);
	tty->ops->resized(tty->ctx, tty->cols, tty->rows);
	if (tty->ops->resumed)
		tty->ops->resumed(tty->ctx);
}

static void
resume_later(void *ctx)
{
	struct tty *tty = ctx;

	tty->resume_id = 0;
	if (!tty->up)
		resume(tty);
}

static void
on_cont(void *ctx, int signum)
{
	struct tty *tty = ctx;

	(void)signum;
	if (tty->up && tty->stopped && clock_ms() - tty->resumed < CONT_MS)
		return;
	tty->stopped = false;
	resume(tty);
}

static void
on_winch(void *ctx, int signum)
{
	struct tty *tty = ctx;

	(void)signum;
	if (tty->up && !tty->closed && read_size(tty))
		tty->ops->resized(tty->ctx, tty->cols, tty->rows);
}

static void
on_end_signal(void *ctx, int signum)
{
	(void)signum;
	end(ctx);
}

/* An open file of our own of the terminal behind fd; else a copy of fd, with *ret_shared set.
 */
static int
open_own(int fd, bool *ret_shared)
{
	int flags = O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	const char *name = ttyname(fd);
	char proc[32];
	int own = name ? open(name, flags) : -1;

	/* In a container the name may lead nowhere. */
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	if (own < 0)
		own = open(proc, flags);
	*ret_shared = own < 0;
	return own >= 0 ? own : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static void
open_signals(struct tty *tty)
{
	tty->winch = loop_signal_new(tty->loop, SIGWINCH, on_winch, tty);
	tty->cont = loop_signal_new(tty->loop, SIGCONT, on_cont, tty);
	tty->term = loop_signal_new(tty->loop, SIGTERM, on_end_signal, tty);
	tty->hup = loop_signal_new(tty->loop, SIGHUP, on_end_signal, tty);
	tty->interrupt = loop_signal_new(tty->loop, SIGINT, on_end_signal, tty);
}

static int
open_files(struct tty *tty, struct err *err)
{
	bool in_shared, out_shared;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return err_set(err, ERR_UNSUPPORTED,
			"standard input and standard output must be a terminal");
	tty->in = open_own(STDIN_FILENO, &in_shared);
	tty->out = open_own(STDOUT_FILENO, &out_shared);
	tty->may_block = in_shared || out_shared;
	if (tty->in < 0 || tty->out < 0)
		return err_errno(err, "cannot open the terminal");
	if (tcgetattr(tty->out, &tty->saved) < 0)
		return err_errno(err, "the terminal does not tell its modes");
	return 0;
}

int
tty_open(struct loop *loop, const struct tty_ops *ops, void *ctx, struct tty **ret,
	struct err *err)
{
	struct tty *tty = MEM_NEW(struct tty);
	struct buf bytes = BUF_INIT;
	int rc;

	BUG_ON(the_tty != NULL);
	*tty = (struct tty){.loop = loop, .ops = ops, .ctx = ctx, .in = -1, .out = -1};
	rc = open_files(tty, err);
	if (rc < 0)
		goto fail;
	rc = caps_load(&tty->caps, err);
	if (rc < 0)
		goto fail;
	tty->paint = paint_new(&tty->caps);
	/* The watches make their descriptors non-blocking. */
	if (tty->may_block) {
		restore_keep_flags(tty->in);
		restore_keep_flags(tty->out);
	}
	tty->reading = loop_watch_new(loop, tty->in, on_readable, tty);
	tty->writing = loop_watch_new(loop, tty->out, on_writable, tty);
	open_signals(tty);
	build_enter(tty);
	build_leave(tty, &bytes);
	restore_set(tty->out, &tty->saved, buf_str(&bytes));
	buf_release(&bytes);
	the_tty = tty;
	read_size(tty);
	rc = enter(tty, err);
	if (rc < 0)
		goto fail;
	*ret = tty;
	return 0;
fail:
	tty_close(tty);
	return rc;
}

void
tty_close(struct tty *tty)
{
	if (!tty)
		return;
	if (tty->paint) {
		leave(tty);
		restore_unset();
		loop_signal_free(tty->winch);
		loop_signal_free(tty->cont);
		loop_signal_free(tty->term);
		loop_signal_free(tty->hup);
		loop_signal_free(tty->interrupt);
		loop_watch_free(tty->reading);
		loop_watch_free(tty->writing);
		if (tty->close_id)
			loop_defer_cancel(tty->loop, tty->close_id);
		if (tty->resume_id)
			loop_defer_cancel(tty->loop, tty->resume_id);
		paint_free(tty->paint);
		caps_release(&tty->caps);
	}
	if (tty->in >= 0)
		close(tty->in);
	if (tty->out >= 0)
		close(tty->out);
	buf_release(&tty->pending);
	buf_release(&tty->enter);
	if (the_tty == tty)
		the_tty = NULL;
	mem_free(tty);
}

bool
tty_has_input(const struct tty *tty)
{
	struct pollfd ready = {.fd = tty->in, .events = POLLIN};
	return poll(&ready, 1, 0) > 0 && ready.revents & POLLIN;
}

const struct caps *
tty_caps(const struct tty *tty)
{
	return &tty->caps;
}

void
tty_size(const struct tty *tty, int *ret_cols, int *ret_rows)
{
	*ret_cols = tty->cols;
	*ret_rows = tty->rows;
}

bool
tty_draw(struct tty *tty, const struct surface *surface)
{
	if (tty->pending.len > 0)
		return false;
	/* Nobody sees it; after a resume all is drawn anyway. */
	if (tty->closed || !tty->up)
		return true;
	paint_frame(tty->paint, surface, &tty->pending);
	tty->frame_bytes = tty->pending.len;
	push(tty);
	return true;
}

bool
tty_say(struct tty *tty, struct str bytes)
{
	if (tty->closed || !tty->up || tty->said + bytes.len > SAY_MAX)
		return false;
	/* Behind what is left of a frame; push() begins it anew when all is out. */
	buf_add(&tty->pending, bytes);
	tty->said += bytes.len;
	push(tty);
	return true;
}

void
tty_redraw(struct tty *tty)
{
	paint_forget(tty->paint);
}

void
tty_suspend(struct tty *tty)
{
	if (!tty->up || tty->closed || tty->resume_id)
		return;
	leave(tty);
	/* Our children that share the terminal stop with us. Returns when we go on, or at once
	 * where nobody could ever continue us: then the system does not stop us at all. */
	kill(0, SIGTSTP);
	tty->stopped = true;
	tty->resume_id = loop_defer(tty->loop, resume_later, tty);
}

size_t
tty_bytes(const struct tty *tty)
{
	return tty->frame_bytes;
}
