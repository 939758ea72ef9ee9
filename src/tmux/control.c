/* SPDX-License-Identifier: MIT */
/*
 * A line is either outside of all blocks, then it is a notice or opens a block,
 * or inside of one, then it is body unless it is the very line that closes it:
 *
 *        %output, %exit, …          any line
 *           +-----+                 +-----+
 *           v     |   %begin T N F  v     |
 *         +---------+ -----------> +--------+
 *         | outside |              | inside |
 *         +---------+ <----------- +--------+
 *                    %end|%error T N F
 *
 * The numbers of blocks cannot be predicted (hooks use them up too), but their
 * order can: blocks with bit 0 of F set answer our lines one after the other.
 */
#include "cockpit/tmux_control.h"

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/tmux_quote.h"

/* What stands behind the name of a notice. */
enum tmux_shape {
	SHAPE_DATA,      /* %3 escaped bytes */
	SHAPE_AGED_DATA, /* %3 age and what later versions add : escaped bytes */
	SHAPE_PANE,      /* %3 anything */
	SHAPE_WINDOW,    /* @3 anything */
	SHAPE_SESSION,   /* $3 anything */
	SHAPE_TEXT,      /* anything */
};

static const struct notice_row {
	const char *wire;
	enum tmux_notice_kind kind;
	enum tmux_shape shape;
} notices[] = {
#define X(wire, name, shape) {wire, TMUX_NOTICE_##name, SHAPE_##shape},
	TMUX_NOTICES(X)
#undef X
};

/* "T N F" of a %begin: three numbers of at most 20 digits. */
#define GUARD_MAX 62
#define FLAG_OURS 1

struct request {
	struct request *next;
	tmux_reply_fn *reply;
	void *ctx;
	unsigned commands;
	unsigned done;
	uint64_t noisy;
};

struct tmux_control {
	const struct tmux_control_ops *ops;
	void *ctx;
	struct tmux_counters counters;
	struct buf line; /* the unfinished one */
	struct buf data; /* scratch: bytes of an output */
	int gone;        /* ERR_*: feed() failed or free() began */
	bool feeding;

	struct request *first; /* waiting for their blocks, oldest first */
	struct request **last;
	unsigned pending;

	struct {
		bool open;
		bool ours;
		char guard[GUARD_MAX + 1]; /* as it stood behind %begin */
		size_t guard_len;
	} block;
	struct buf body;   /* lines of all blocks of the first request so far */
	bool body_used;    /* an empty body may also be one empty line */
	size_t body_start; /* where the open block begins in it */
	bool body_start_used;
};

struct tmux_control *
tmux_control_new(const struct tmux_control_ops *ops, void *ctx)
{
	struct tmux_control *tc = MEM_NEW(struct tmux_control);

	tc->ops = ops;
	tc->ctx = ctx;
	tc->line = BUF_INIT_MAX(TMUX_LINE_MAX);
	tc->body = BUF_INIT_MAX(TMUX_BODY_MAX);
	tc->last = &tc->first;
	return tc;
}

/* Takes the oldest request out of the queue before its callback, which may send. */
static void
finish(struct tmux_control *tc, int status, struct str text)
{
	struct request *req = tc->first;

	tc->first = req->next;
	if (!tc->first)
		tc->last = &tc->first;
	tc->pending--;
	if (req->reply)
		req->reply(req->ctx, status, text);
	mem_free(req);
}

void
tmux_control_free(struct tmux_control *tc)
{
	if (!tc)
		return;
	BUG_ON(tc->feeding);
	tc->gone = ERR_CANCELED;
	while (tc->first)
		finish(tc, ERR_CANCELED, STR(""));
	buf_release(&tc->line);
	buf_release(&tc->data);
	buf_release(&tc->body);
	mem_free(tc);
}

/* Strict, so that a thing has one spelling: no sign, no leading zero, 32 bits. */
static bool
is_id(struct str s, char sigil)
{
	uint64_t number;

	if (s.len < 2 || s.ptr[0] != sigil || (s.ptr[1] == '0' && s.len > 2))
		return false;
	return str_to_u64(str_slice(s, 1, s.len), UINT32_MAX, &number);
}

/* Fills in subject and body; false if the rest of the line has another shape. */
static bool
shape_notice(struct tmux_control *tc, enum tmux_shape shape, struct str rest,
	struct tmux_notice *notice)
{
	static const char sigils[] = {
		[SHAPE_DATA] = '%',
		[SHAPE_AGED_DATA] = '%',
		[SHAPE_PANE] = '%',
		[SHAPE_WINDOW] = '@',
		[SHAPE_SESSION] = '$',
	};
	uint64_t age;

	if (shape != SHAPE_TEXT) {
		notice->subject = str_cut(&rest, ' ');
		if (!is_id(notice->subject, sigils[shape]))
			return false;
	}
	if (shape == SHAPE_AGED_DATA) {
		ptrdiff_t colon = str_find_str(rest, STR(" : "));
		struct str words = str_slice(rest, 0, colon < 0 ? 0 : (size_t)colon);

		if (colon < 0 || !str_to_u64(str_cut(&words, ' '), UINT64_MAX, &age))
			return false;
		rest = str_slice(rest, (size_t)colon + 3, rest.len);
	}
	if (shape == SHAPE_DATA || shape == SHAPE_AGED_DATA) {
		buf_clear(&tc->data);
		tc->counters.bad_octal += tmux_unescape(&tc->data, rest);
		rest = buf_str(&tc->data);
	}
	notice->body = rest;
	return true;
}

/* The last row stands for everything that is not in the list. */
static const struct notice_row *
find_row(struct str name)
{
	const struct notice_row *row = notices;

	if (name.len == 0)
		row += sizeof(notices) / sizeof(notices[0]) - 1;
	while (row->kind != TMUX_NOTICE_OTHER && !str_eqc(name, row->wire))
		row++;
	return row;
}

static void
take_notice(struct tmux_control *tc, struct str line)
{
	struct str rest = line;
	struct str name = str_cut(&rest, ' ');
	bool marked = name.len > 0 && name.ptr[0] == '%';
	const struct notice_row *row =
		find_row(str_slice(name, marked ? 1 : name.len, name.len));
	struct tmux_notice notice = {.kind = row->kind};

	if (row->kind == TMUX_NOTICE_OTHER) {
		tc->counters.other++;
		notice.body = line;
	} else if (!shape_notice(tc, row->shape, rest, &notice)) {
		tc->counters.bad_notice++;
		return;
	}
	tc->ops->notice(tc->ctx, &notice);
}

static int
open_block(struct tmux_control *tc, struct str guard, struct err *err)
{
	struct str rest = guard;
	uint64_t number, flags;
	bool good = guard.len <= GUARD_MAX &&
		    str_to_u64(str_cut(&rest, ' '), UINT64_MAX, &number) &&
		    str_to_u64(str_cut(&rest, ' '), UINT64_MAX, &number) &&
		    str_to_u64(rest, UINT64_MAX, &flags);

	if (!good)
		return err_set(err, ERR_PROTOCOL, "tmux: malformed %%begin");
	tc->block.open = true;
	tc->block.ours = (flags & FLAG_OURS) && tc->first;
	memcpy(tc->block.guard, guard.ptr, guard.len);
	tc->block.guard_len = guard.len;
	tc->body_start = tc->body.len;
	tc->body_start_used = tc->body_used;
	return 0;
}

/* What the open block said, without the blocks of the same line before it. */
static struct str
own_body(const struct tmux_control *tc)
{
	struct str body = buf_str(&tc->body);
	bool separated = tc->body_start_used && body.len > tc->body_start;

	return str_slice(body, tc->body_start + separated, body.len);
}

static void
forget_body(struct tmux_control *tc)
{
	buf_clear(&tc->body);
	tc->body_used = false;
}

static void
close_block(struct tmux_control *tc, bool failed)
{
	tc->block.open = false;
	if (!tc->block.ours) {
		/* May stand between two blocks of one line: what those said stays. */
		tc->counters.stray_reply++;
		if (tc->ops->stray)
			tc->ops->stray(tc->ctx, failed ? ERR_REMOTE : 0, own_body(tc));
		buf_truncate(&tc->body, tc->body_start);
		tc->body_used = tc->body_start_used;
	} else if (failed) {
		finish(tc, ERR_REMOTE, own_body(tc));
		forget_body(tc);
	} else if (++tc->first->done == tc->first->commands) {
		finish(tc, 0, buf_str(&tc->body));
		forget_body(tc);
	}
}

/* One of the two notices that tmux puts inside the block of a noisy command. */
static bool
is_noise(const struct tmux_control *tc, struct str line)
{
	const struct request *req = tc->first;
	struct str id = line;
	struct str name = str_cut(&id, ' ');

	return tc->block.ours && req->done < 64 && (req->noisy >> req->done & 1) &&
	       (str_eqc(name, "%pause") || str_eqc(name, "%continue")) && is_id(id, '%');
}

static int
take_body(struct tmux_control *tc, struct str line, struct err *err)
{
	int rc = tc->body_used ? buf_byte(&tc->body, '\n') : 0;

	tc->body_used = true;
	if (rc == 0)
		rc = buf_add(&tc->body, line);
	if (rc < 0)
		return err_set(err, rc, "tmux: a reply is larger than %u bytes", TMUX_BODY_MAX);
	return 0;
}

static int
take_line(struct tmux_control *tc, struct str line, struct err *err)
{
	struct str rest = line;
	struct str name = str_cut(&rest, ' ');
	bool failed = str_eqc(name, "%error");
	bool closes = failed || str_eqc(name, "%end");

	if (tc->block.open) {
		struct str guard = {tc->block.guard, tc->block.guard_len};

		if (closes && str_eq(rest, guard))
			close_block(tc, failed);
		else if (is_noise(tc, line))
			take_notice(tc, line);
		else
			return take_body(tc, line, err);
		return 0;
	}
	if (closes)
		return err_set(err, ERR_PROTOCOL, "tmux: a reply ended that never began");
	if (str_eqc(name, "%begin"))
		return open_block(tc, rest, err);
	take_notice(tc, line);
	return 0;
}

static int
feed(struct tmux_control *tc, struct str bytes, struct err *err)
{
	for (;;) {
		ptrdiff_t newline = str_find(bytes, '\n');
		struct str line =
			str_slice(bytes, 0, newline < 0 ? bytes.len : (size_t)newline);

		if (tc->line.len + line.len > TMUX_LINE_MAX)
			return err_set(err, ERR_LIMIT, "tmux: a line is longer than %u bytes",
				TMUX_LINE_MAX);
		if (newline < 0)
			return buf_add(&tc->line, line);
		/* Most lines come whole: these are never copied. */
		if (tc->line.len > 0) {
			buf_add(&tc->line, line);
			line = buf_str(&tc->line);
		}
		int rc = take_line(tc, line, err);
		buf_clear(&tc->line);
		if (rc < 0)
			return rc;
		bytes = str_slice(bytes, (size_t)newline + 1, bytes.len);
	}
}

int
tmux_control_feed(struct tmux_control *tc, struct str bytes, struct err *err)
{
	BUG_ON(tc->feeding);
	if (tc->gone)
		return err_set(err, tc->gone, "tmux: the conversation was given up");
	tc->feeding = true;
	tc->gone = feed(tc, bytes, err);
	tc->feeding = false;
	return tc->gone;
}

/* Whether tmux would say nothing at all to it, so that no reply would ever come. */
static bool
is_mute(struct str line)
{
	struct str words = str_trim(line);

	return words.len == 0 || words.ptr[0] == '#';
}

int
tmux_control_send_noisy(struct tmux_control *tc, struct str line, unsigned commands,
	uint64_t noisy, tmux_reply_fn *reply, void *ctx)
{
	if (commands == 0 || (commands < 64 && noisy >> commands) || is_mute(line) ||
		str_find(line, '\n') >= 0 || str_find(line, '\0') >= 0)
		return ERR_INVALID;
	if (tc->gone)
		return ERR_CLOSED;
	if (tc->pending == TMUX_PENDING_MAX)
		return ERR_LIMIT;

	/* tc->data may be lent to a notice's callback that sends: use a buffer of our own. */
	struct buf out = BUF_INIT;
	buf_add(&out, line);
	buf_byte(&out, '\n');
	int rc = tc->ops->write(tc->ctx, buf_str(&out));
	buf_release(&out);
	if (rc < 0)
		return rc;

	struct request *req = MEM_NEW(struct request);
	*req = (struct request){
		.reply = reply,
		.ctx = ctx,
		.commands = commands,
		.noisy = noisy,
	};
	*tc->last = req;
	tc->last = &req->next;
	tc->pending++;
	return 0;
}

int
tmux_control_send(struct tmux_control *tc, struct str line, unsigned commands,
	tmux_reply_fn *reply, void *ctx)
{
	return tmux_control_send_noisy(tc, line, commands, 0, reply, ctx);
}

const struct tmux_counters *
tmux_control_counters(const struct tmux_control *tc)
{
	return &tc->counters;
}
