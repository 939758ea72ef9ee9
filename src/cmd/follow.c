/* SPDX-License-Identifier: MIT */
#include "follow.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_check.h"
#include "session.h"

#define LOOK_MS        100
#define LEAVE_MS       500 /* of one that came to nothing: for a reader to take the rest */
#define NO_END         INT64_MAX
#define PIECE          ((size_t)64 << 10)
#define LINE_MAX_BYTES ((size_t)4 << 10) /* of a line that are looked at together */

/* --- made safe --- */

/* What becomes of a line's front is the front of what becomes of the line: only what is new of
 * it is added. */
static void
show(struct follow_text *text, struct str line, struct buf *into)
{
	struct buf safe = BUF_INIT;
	text_safe_colours(&safe, line, 0);
	struct str fresh = str_slice(buf_str(&safe), text->shown, safe.len);
	buf_add(into, fresh);
	text->open = text->open || fresh.len > 0;
	text->shown = safe.len;
	buf_release(&safe);
}

static void
end_line(struct follow_text *text, struct str line, struct buf *into)
{
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	show(text, line, into);
	buf_byte(into, '\n');
	text->open = false;
	text->shown = 0;
}

void
follow_feed(struct follow_text *text, struct str bytes, struct buf *into)
{
	buf_add(&text->held, bytes);
	struct str rest = buf_str(&text->held);
	for (;;) {
		struct str front = str_slice(rest, 0, LINE_MAX_BYTES);
		ptrdiff_t at = str_find(front, '\n');
		size_t len = at >= 0 ? (size_t)at : text_whole(front);
		if (at >= 0)
			end_line(text, str_slice(rest, 0, len++), into);
		else
			show(text, str_slice(rest, 0, len), into);
		if (at < 0 && rest.len <= LINE_MAX_BYTES)
			break;
		/* The rest of one that is too long goes on behind it. */
		text->shown = 0;
		rest = str_slice(rest, len, rest.len);
	}
	buf_consume(&text->held, text->held.len - rest.len);
}

void
follow_end(struct follow_text *text, struct buf *into)
{
	if (text->held.len > 0 || text->open)
		end_line(text, buf_str(&text->held), into);
	buf_release(&text->held);
}

/* --- a file that grows --- */

struct follow {
	struct session *session;
	uint32_t agent;
	struct loop_timer *timer;
	int fd; /* -1: it is not there yet */
	struct follow_text text;
	int out;
	struct buf ready; /* of PIECE, made safe; what it came from is on the disk */
	size_t given;     /* of that: the reader has it */
};

static int
open_log(const char *path)
{
	return path && path[0] ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
}

/* A terminal that takes a byte need not take the next one; the flags of standard output itself
 * are other programs' too. */
static int
open_out(void)
{
	char name[128];
	int out = -1;
	if (ttyname_r(STDOUT_FILENO, name, sizeof(name)) == 0)
		out = open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return out >= 0 ? out : STDOUT_FILENO;
}

static void
close_out(struct follow *follow)
{
	if (follow->out != STDOUT_FILENO)
		close(follow->out);
	follow->out = STDOUT_FILENO;
}

/* Until then the reader may take it (clock_ms(); 0: now). False: there is some left. */
static bool
give(struct follow *follow, int64_t until)
{
	struct str ready = buf_str(&follow->ready);
	while (follow->given < ready.len) {
		struct pollfd to = {.fd = follow->out, .events = POLLOUT};
		struct str next = str_slice(ready, follow->given, follow->given + PIPE_BUF);
		int64_t left = until - clock_ms();
		int ms = until == NO_END ? -1 : left > 0 ? (int)left : 0;
		int count = poll(&to, 1, ms);
		if (count == 0)
			return false;
		ssize_t n = count > 0 ? write(follow->out, next.ptr, next.len) : -1;
		if (n < 0 && errno == EAGAIN && ms == 0)
			return false;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			n = (ssize_t)next.len; /* nobody reads it any more */
		follow->given += n > 0 ? (size_t)n : 0;
	}
	buf_clear(&follow->ready);
	follow->given = 0;
	return true;
}

/* There may be more of it. */
static bool
read_on(struct follow *follow, int64_t until)
{
	ssize_t n;
	if (follow->fd < 0 || !give(follow, until))
		return false;
	char *piece = mem_alloc(PIECE);
	while ((n = read(follow->fd, piece, PIECE)) < 0 && errno == EINTR)
		;
	if (n > 0)
		follow_feed(&follow->text, (struct str){piece, (size_t)n}, &follow->ready);
	mem_free(piece);
	return n > 0 && give(follow, until);
}

/* The loop is not held up by a reader that does not read: what ends the check comes there. */
static void
on_time(void *ctx)
{
	struct follow *follow = ctx;
	struct pilot_check check;
	pilot_check(follow->session->pilot, follow->agent, &check);
	if (follow->fd < 0)
		follow->fd = open_log(check.live);
	loop_timer_set(follow->timer, read_on(follow, 0) ? 1 : LOOK_MS);
}

struct follow *
follow_new(struct session *s, uint32_t agent)
{
	struct follow *follow = MEM_NEW(struct follow);
	*follow = (struct follow){.session = s, .agent = agent, .fd = -1, .out = open_out()};
	fflush(stdout);
	follow->timer = loop_timer_new(s->loop, on_time, follow);
	loop_timer_set(follow->timer, LOOK_MS);
	return follow;
}

void
follow_free(struct follow *follow, const char *log)
{
	if (!follow)
		return;
	int64_t until = log ? NO_END : clock_ms() + LEAVE_MS;
	if (follow->fd < 0)
		follow->fd = open_log(log);
	if (log)
		close_out(follow);
	while (read_on(follow, until))
		;
	follow_end(&follow->text, &follow->ready);
	give(follow, until);
	if (follow->fd >= 0)
		close(follow->fd);
	close_out(follow);
	buf_release(&follow->ready);
	loop_timer_free(follow->timer);
	mem_free(follow);
}
