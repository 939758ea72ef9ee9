/* SPDX-License-Identifier: MIT */
#include "follow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_check.h"
#include "session.h"

#define LOOK_MS        100
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
};

static int
open_log(const char *path)
{
	return path && path[0] ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
}

static void
print(const struct buf *text)
{
	fwrite(buf_str(text).ptr, 1, text->len, stdout);
	fflush(stdout);
}

static void
read_on(struct follow *follow)
{
	char *piece = mem_alloc(PIECE);
	struct buf safe = BUF_INIT;
	ssize_t n = 1;
	while (follow->fd >= 0 && n > 0) {
		while ((n = read(follow->fd, piece, PIECE)) < 0 && errno == EINTR)
			;
		if (n > 0)
			follow_feed(&follow->text, (struct str){piece, (size_t)n}, &safe);
		print(&safe);
		buf_clear(&safe);
	}
	buf_release(&safe);
	mem_free(piece);
}

static void
on_time(void *ctx)
{
	struct follow *follow = ctx;
	struct pilot_check check;
	pilot_check(follow->session->pilot, follow->agent, &check);
	if (follow->fd < 0)
		follow->fd = open_log(check.live);
	read_on(follow);
	loop_timer_set(follow->timer, LOOK_MS);
}

struct follow *
follow_new(struct session *s, uint32_t agent)
{
	struct follow *follow = MEM_NEW(struct follow);
	*follow = (struct follow){.session = s, .agent = agent, .fd = -1};
	follow->timer = loop_timer_new(s->loop, on_time, follow);
	loop_timer_set(follow->timer, LOOK_MS);
	return follow;
}

void
follow_free(struct follow *follow, const char *log)
{
	struct buf safe = BUF_INIT;
	if (!follow)
		return;
	if (follow->fd < 0)
		follow->fd = open_log(log);
	read_on(follow);
	follow_end(&follow->text, &safe);
	print(&safe);
	if (follow->fd >= 0)
		close(follow->fd);
	buf_release(&safe);
	loop_timer_free(follow->timer);
	mem_free(follow);
}
