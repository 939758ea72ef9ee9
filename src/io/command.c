/* SPDX-License-Identifier: MIT */
#include "cockpit/io_command.h"

#include <stdio.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_shell.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "cockpit/io_run.h"
#include "processes.h"

#define PROCESSES_MAX  8
#define PROBE_MS       15000
#define WORD_BYTES_MAX 100000 /* the kernel takes 128 KiB */
#define WORDS_MAX      400    /* bytes of the program's own, in an error: the last ones */

struct command {
	struct link link;
	struct loop *loop;
	char **words;
	size_t count;
	char title[100];            /* the words, safe to show */
	const struct link_ops *ops; /* NULL: freed by its owner */
	void *ctx;
	struct processes *processes;
	struct run *probe;
	uint64_t start_id;
	bool up;
	int depth; /* callbacks that are on the stack */
};

static void
destroy(void *ctx)
{
	struct command *c = ctx;
	for (size_t i = 0; i < c->count; i++)
		mem_free(c->words[i]);
	mem_free(c->words);
	mem_free(c);
}

/* word with the command in the place of the placeholder. */
static char *
expand(const char *word, struct str command)
{
	struct buf out = BUF_INIT;
	struct str rest = str_from(word), mark = STR(COMMAND_PLACEHOLDER);
	for (ptrdiff_t at; (at = str_find_str(rest, mark)) >= 0;) {
		buf_add(&out, str_slice(rest, 0, (size_t)at));
		buf_add(&out, command);
		rest = str_slice(rest, (size_t)at + mark.len, rest.len);
	}
	buf_add(&out, rest);
	return buf_steal(&out);
}

static bool
has_placeholder(const struct command *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (strstr(c->words[i], COMMAND_PLACEHOLDER))
			return true;
	return false;
}

static struct stream *
open_expanded(struct command *c, const char *const argv[], const struct stream_ops *ops,
	void *ctx, struct err *err)
{
	struct buf command = BUF_INIT;
	struct stream *stream = NULL;
	shell_quote_argv(&command, argv);
	if (command.len > WORD_BYTES_MAX) {
		err_set(err, ERR_LIMIT, "the command is longer than %d bytes: %zu",
			WORD_BYTES_MAX, command.len);
	} else {
		const char **words = mem_alloc_array(c->count + 1, sizeof(*words));
		char **made = mem_alloc_array(c->count + 1, sizeof(*made));
		for (size_t i = 0; i < c->count; i++)
			words[i] = made[i] = expand(c->words[i], buf_str(&command));
		stream = processes_open(c->processes, words, ops, ctx, err);
		for (size_t i = 0; i < c->count; i++)
			mem_free(made[i]);
		mem_free(made);
		mem_free(words);
	}
	buf_release(&command);
	return stream;
}

static struct stream *
open_appended(struct command *c, const char *const argv[], const struct stream_ops *ops,
	void *ctx, struct err *err)
{
	size_t count = 0;
	while (argv[count])
		count++;
	const char **words = mem_alloc_array(c->count + count + 1, sizeof(*words));
	for (size_t i = 0; i < c->count; i++)
		words[i] = c->words[i];
	memcpy(words + c->count, argv, count * sizeof(*words));
	struct stream *stream = processes_open(c->processes, words, ops, ctx, err);
	mem_free(words);
	return stream;
}

static struct stream *
command_open(struct link *link, const char *const argv[], const struct stream_ops *ops,
	void *ctx, struct err *err)
{
	struct command *c = (struct command *)link;
	if (!c->up) {
		err_set(err, ERR_CLOSED, "the link is not up");
		return NULL;
	}
	return has_placeholder(c) ? open_expanded(c, argv, ops, ctx, err)
				  : open_appended(c, argv, ops, ctx, err);
}

static void
command_free(struct link *link)
{
	struct command *c = (struct command *)link;
	if (c->start_id)
		loop_defer_cancel(c->loop, c->start_id);
	run_cancel(c->probe);
	processes_free(c->processes);
	c->ops = NULL;
	if (c->depth > 0)
		loop_defer(c->loop, destroy, c);
	else
		destroy(c);
}

static const struct link_class command_class = {.open = command_open, .free = command_free};

static void
fail(struct command *c, const struct err *why)
{
	c->depth++;
	c->ops->closed(c->ctx, why);
	c->depth--;
}

/* Whole lines from the end, where programs come to the point. */
static struct str
last_lines(struct str text)
{
	struct str all = str_trim(text), tail = all;
	if (all.len <= WORDS_MAX)
		return all;
	tail = str_slice(all, all.len - WORDS_MAX, all.len);
	if (str_find(tail, '\n') >= 0)
		str_cut(&tail, '\n');
	return tail;
}

static void
on_probe(void *ctx, const struct run_result *result)
{
	struct command *c = ctx;
	struct err err = ERR_INIT;
	char words[WORDS_MAX * 3 / 2];
	c->probe = NULL;
	text_safe_lines(words, sizeof(words),
		last_lines(result->errout.len ? result->errout : result->out));
	const char *colon = words[0] ? ": " : "";
	if (result->err)
		err_set(&err, result->err->code, "%s: %s%s%s", c->title, result->err->text,
			colon, words);
	else if (result->code < 0)
		err_set(&err, ERR_IO, "%s was ended by a signal%s%s", c->title, colon, words);
	else if (result->code > 0)
		err_set(&err, ERR_IO, "%s ended with status %d%s%s", c->title, result->code,
			colon, words);
	if (err.code) {
		fail(c, &err);
		return;
	}
	c->up = true;
	c->depth++;
	if (c->ops->note) {
		char note[sizeof(c->title) + 16];
		snprintf(note, sizeof(note), "through %s", c->title);
		c->ops->note(c->ctx, note);
	}
	if (c->ops)
		c->ops->ready(c->ctx);
	c->depth--;
}

static void
on_start(void *ctx)
{
	static const char *const argv[] = {"true", NULL};
	struct command *c = ctx;
	struct err err = ERR_INIT;
	c->start_id = 0;
	c->up = true; /* for the probe */
	c->probe = run_new(c->loop, &c->link, argv, STR(""), PROBE_MS, on_probe, c, &err);
	c->up = false;
	if (!c->probe) {
		fail(c, &err);
	} else if (c->ops->status) {
		c->depth++;
		c->ops->status(c->ctx, "connecting");
		c->depth--;
	}
}

static void
set_title(struct command *c)
{
	struct buf all = BUF_INIT, safe = BUF_INIT;
	for (size_t i = 0; i < c->count && all.len < sizeof(c->title); i++) {
		if (i > 0)
			buf_byte(&all, ' ');
		buf_addc(&all, c->words[i]);
	}
	text_safe(&safe, buf_str(&all), 60);
	text_safe_tmp(c->title, sizeof(c->title), buf_str(&safe));
	buf_release(&all);
	buf_release(&safe);
}

struct link *
link_command_new(struct loop *loop, const char *const words[], const char *hello,
	const struct link_ops *ops, void *ctx)
{
	struct command *c = MEM_NEW(struct command);
	*c = (struct command){.link = {&command_class}, .loop = loop, .ops = ops, .ctx = ctx};
	while (words[c->count])
		c->count++;
	c->words = mem_alloc_array(c->count + 1, sizeof(*c->words));
	for (size_t i = 0; i < c->count; i++)
		c->words[i] = mem_strdup(words[i]);
	set_title(c);
	c->processes = processes_new(loop, PROCESSES_MAX, hello);
	c->start_id = loop_defer(loop, on_start, c);
	return &c->link;
}

void
link_command_end(struct link *link, const struct err *why)
{
	struct command *c = (struct command *)link;
	c->up = false;
	processes_end(c->processes, why);
}
