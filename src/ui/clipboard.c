/* SPDX-License-Identifier: MIT */
#include "clipboard.h"

#include <stdlib.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "cockpit/io_process.h"

#define DEADLINE_MS 10000
#define SAID_MAX    300 /* bytes of what the command complains of */

struct clipboard {
	struct loop *loop;
	const struct clipboard_ops *ops;
	void *ctx;
	char **command;          /* NULL: none */
	bool tmux;               /* it is that of the tmux that we are in */
	struct copying *running; /* NULL: none */
};

/* A command that has the text. */
struct copying {
	struct clipboard *cb; /* NULL: nobody waits any more */
	struct stream *stream;
	struct loop_timer *deadline;
	char *name; /* of the command, which may be another one by now */
	bool tmux;
	char *words;
	struct buf said;
	struct buf text; /* for the terminal, should the operator's tmux not take it */
	bool late;
};

/* The tmux that we are in, by what it tells its panes: "SOCKET,PID,SESSION". Its standing order
 * (set-clipboard) ignores OSC 52 from a pane unless it is "on", but not what its client says.
 */
static char **
find_tmux(void)
{
	struct str all = str_from(getenv("TMUX")), socket = str_cut(&all, ',');
	if (socket.len == 0)
		return NULL;
	char *own = mem_strndup(socket.ptr, socket.len);
	const char *const argv[] = {"tmux", "-S", own, "load-buffer", "-w", "-", NULL};
	char **ret = mem_copy_words(argv);
	mem_free(own);
	return ret;
}

struct clipboard *
clipboard_new(
	struct loop *loop, char *const command[], const struct clipboard_ops *ops, void *ctx)
{
	struct clipboard *cb = MEM_NEW(struct clipboard);
	*cb = (struct clipboard){.loop = loop, .ops = ops, .ctx = ctx};
	clipboard_use(cb, command);
	return cb;
}

void
clipboard_use(struct clipboard *cb, char *const command[])
{
	mem_free_words(cb->command);
	cb->command = command ? mem_copy_words((const char *const *)command) : find_tmux();
	cb->tmux = !command && cb->command;
}

static void
copying_free(struct copying *run)
{
	loop_timer_free(run->deadline);
	mem_free(run->name);
	mem_free(run->words);
	buf_release(&run->said);
	buf_release(&run->text);
	mem_free(run);
}

/* Its command, if any, is ended without a word. */
static void
drop(struct clipboard *cb)
{
	struct copying *run = cb->running;
	cb->running = NULL;
	if (!run)
		return;
	run->cb = NULL;
	loop_timer_cancel(run->deadline);
	stream_close(run->stream);
}

void
clipboard_free(struct clipboard *cb)
{
	if (!cb)
		return;
	drop(cb);
	mem_free_words(cb->command);
	mem_free(cb);
}

void
clipboard_bytes(struct str text, struct buf *into)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = (const unsigned char *)text.ptr;
	buf_addc(into, "\033]52;c;");
	for (size_t i = 0; i < text.len; i += 3) {
		size_t have = text.len - i;
		uint32_t bits = (uint32_t)p[i] << 16 |
				(have > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
				(have > 2 ? p[i + 2] : 0u);
		buf_byte(into, digits[bits >> 18]);
		buf_byte(into, digits[bits >> 12 & 63]);
		buf_byte(into, have > 1 ? digits[bits >> 6 & 63] : '=');
		buf_byte(into, have > 2 ? digits[bits & 63] : '=');
	}
	buf_byte(into, '\007');
}

static void
say(struct clipboard *cb, struct str text, const char *words)
{
	struct err err = ERR_INIT;
	struct buf bytes = BUF_INIT;
	if (text.len > CLIPBOARD_TERMINAL_MAX) {
		err_set(&err, ERR_LIMIT,
			"%zu bytes are more than a terminal takes (%d): nothing was copied; "
			"\"copy_command\" in config.json has no such limit",
			text.len, CLIPBOARD_TERMINAL_MAX);
	} else {
		clipboard_bytes(text, &bytes);
		if (!cb->ops->say(cb->ctx, buf_str(&bytes)))
			err_set(&err, ERR_CLOSED,
				"the terminal takes nothing now: nothing was copied");
	}
	cb->ops->done(cb->ctx, words, err.code ? &err : NULL);
	buf_release(&bytes);
}

static void
on_out(void *ctx, struct str bytes)
{
	(void)ctx;
	(void)bytes;
}

static void
on_errout(void *ctx, struct str bytes)
{
	struct copying *run = ctx;
	buf_add(&run->said, str_slice(bytes, 0, SAID_MAX - run->said.len));
}

static void
on_deadline(void *ctx)
{
	struct copying *run = ctx;
	run->late = true;
	stream_close(run->stream);
}

static void
on_closed(void *ctx, const struct stream_exit *end)
{
	struct copying *run = ctx;
	struct clipboard *cb = run->cb;
	struct err err = ERR_INIT;
	char said[SAID_MAX];
	if (!cb) {
		copying_free(run);
		return;
	}
	cb->running = NULL;
	if (run->late)
		err_set(&err, ERR_TIMEOUT, "%s took longer than %d s: it may not be copied",
			run->name, DEADLINE_MS / 1000);
	else if (end->err || end->code != 0)
		err_set(&err, ERR_REMOTE, "%s has failed: %s", run->name,
			text_safe_lines(said, sizeof(said), str_trim(buf_str(&run->said))));
	if (err.code && run->tmux)
		say(cb, buf_str(&run->text), run->words);
	else
		cb->ops->done(cb->ctx, run->words, err.code ? &err : NULL);
	copying_free(run);
}

void
clipboard_put(struct clipboard *cb, struct str text, const char *words)
{
	static const struct stream_ops ops = {
		.out = on_out, .errout = on_errout, .closed = on_closed};
	struct err err = ERR_INIT;
	/* The later one is what is wanted. */
	drop(cb);
	if (!cb->command) {
		say(cb, text, words);
		return;
	}
	struct copying *run = MEM_NEW(struct copying);
	run->stream =
		process_open(cb->loop, (const char *const *)cb->command, NULL, &ops, run, &err);
	if (!run->stream) {
		mem_free(run);
		if (cb->tmux)
			say(cb, text, words);
		else
			cb->ops->done(cb->ctx, words, &err);
		return;
	}
	process_let_go(run->stream);
	run->cb = cb;
	run->name = mem_strdup(cb->command[0]);
	run->tmux = cb->tmux;
	run->words = mem_strdup(words);
	buf_add(&run->text, text);
	run->deadline = loop_timer_new(cb->loop, on_deadline, run);
	loop_timer_set(run->deadline, DEADLINE_MS);
	stream_write(run->stream, text);
	stream_shutdown(run->stream);
	cb->running = run;
}
