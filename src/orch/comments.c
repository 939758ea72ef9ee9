/* SPDX-License-Identifier: MIT */
/* Comments on their way into the store and out of it. */
#define LOG_MODULE      "comments"
#define _DEFAULT_SOURCE /* getentropy */
#include "cockpit/orch_comments.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_json.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "ledger.h"
#include "local.h"

/* One that is kept, some that go, or all that are read. It may outlive its pilot. */
struct remark {
	struct ledger_item item;
	struct pilot *pilot; /* NULL: nobody waits any more */
	struct store_comment comment;
	int64_t *ids;
	size_t id_count;
	struct store_comment *found;
	size_t found_count;
	pilot_comments_fn *done;
	void *ctx;
	struct remark *next;
};

static int
keep(struct ledger_item *item, struct store *store, struct err *err)
{
	const struct remark *remark = (const struct remark *)item;
	return store_comment(store, &remark->comment, clock_wall() * 1000, err);
}

static int
drop(struct ledger_item *item, struct store *store, struct err *err)
{
	const struct remark *remark = (const struct remark *)item;
	return store_uncomment(store, remark->ids, remark->id_count, clock_wall() * 1000, err);
}

/* What is not UTF-8 would not come back as it was (legacy.c). */
static void
write_bytes(struct json_writer *w, const char *key, const char *text)
{
	struct str rest = str_from(text);
	struct buf bytes = BUF_INIT;
	char encoded[4];
	bool bad = false;
	while (rest.len > 0 && !bad)
		bad = text_next(&rest) == TEXT_BAD;
	for (const char *p = text; bad && *p; p++) {
		unsigned len = text_encode((unsigned char)*p, encoded);
		buf_add(&bytes, (struct str){encoded, len});
	}
	if (bad)
		json_write_cstr(w, key, buf_cstr(&bytes));
	buf_release(&bytes);
}

static void
write_comment(struct json_writer *w, const struct store_comment *comment)
{
	json_write_object(w, "comment");
	json_write_cstr(w, "host", comment->host);
	json_write_cstr(w, "agent", comment->agent);
	json_write_cstr(w, "path", comment->path);
	json_write_bool(w, "old", comment->old);
	json_write_int(w, "line", comment->line);
	json_write_cstr(w, "anchor", comment->anchor);
	json_write_cstr(w, "text", comment->text);
	json_write_close(w);
	write_bytes(w, "path_bytes", comment->path);
	write_bytes(w, "anchor_bytes", comment->anchor);
}

/* comment NULL: it is gone. */
static bool
leave(const char *dir, int64_t id, const struct store_comment *comment)
{
	struct buf line = BUF_INIT;
	char number[24];
	struct json_writer w = JSON_WRITER_INIT(&line, false);
	snprintf(number, sizeof(number), "%" PRIu64, (uint64_t)id);
	json_write_object(&w, NULL);
	json_write_cstr(&w, "id", number);
	json_write_int(&w, "at", clock_wall() * 1000);
	if (comment)
		write_comment(&w, comment);
	json_write_close(&w);
	bool kept = json_writer_end(&w) == 0;
	if (kept) {
		buf_truncate(&line, line.len - 1); /* its newline */
		kept = legacy_leave(dir, COMMENTS_FILE, buf_cstr(&line));
	}
	buf_release(&line);
	return kept;
}

/* The store was not to be had: the next one who has it finds it beside it. What it refuses it
 * would refuse again. */
static void
set_aside(struct ledger_item *item, const char *dir)
{
	const struct remark *remark = (const struct remark *)item;
	if (item->err.code == ERR_INVALID || item->err.code == ERR_LIMIT)
		return;
	bool kept = !remark->comment.id || leave(dir, remark->comment.id, &remark->comment);
	for (size_t i = 0; i < remark->id_count; i++)
		kept = leave(dir, remark->ids[i], NULL) && kept;
	log_warn("a comment, or that it is gone, was not recorded%s: %s", kept ? " yet" : "",
		item->err.text);
}

static int
load(struct ledger_item *item, struct store *store, struct err *err)
{
	struct remark *remark = (struct remark *)item;
	return store ? store_comments(store, &remark->found, &remark->found_count, err) : 0;
}

static void
on_done(struct ledger_item *item)
{
	struct remark *remark = (struct remark *)item;
	struct remark **p = remark->pilot ? &remark->pilot->remarks : NULL;
	while (p && *p != remark)
		p = &(*p)->next;
	if (p)
		*p = remark->next;
	if (p)
		remark->done(remark->ctx, remark->found, remark->found_count,
			item->err.code ? &item->err : NULL);
	store_comment_release(&remark->comment);
	store_comments_free(remark->found, remark->found_count);
	mem_free(remark->ids);
	mem_free(remark);
}

static struct remark *
make(struct pilot *pilot, const struct ledger_item *item, pilot_comments_fn *done, void *ctx)
{
	struct remark *remark = MEM_NEW(struct remark);
	*remark = (struct remark){.item = *item,
		.pilot = pilot,
		.done = done,
		.ctx = ctx,
		.next = pilot->remarks};
	remark->item.done = on_done;
	pilot->remarks = remark;
	return remark;
}

int64_t
pilot_comment(struct pilot *pilot, const struct store_comment *comment, pilot_comments_fn *done,
	void *ctx)
{
	int64_t id = comment->id;
	while (id == 0)
		BUG_ON(getentropy(&id, sizeof(id)) < 0);
	if (!pilot->ledger)
		return id;
	struct remark *remark = make(
		pilot, &(struct ledger_item){.work = keep, .failed = set_aside}, done, ctx);
	remark->comment = *comment;
	remark->comment.id = id;
	remark->comment.host = mem_strdup(comment->host);
	remark->comment.agent = mem_strdup(comment->agent);
	remark->comment.path = mem_strdup(comment->path);
	remark->comment.anchor = mem_strdup(comment->anchor);
	remark->comment.text = mem_strdup(comment->text);
	ledger_add(pilot->ledger, &remark->item);
	return id;
}

void
pilot_uncomment(struct pilot *pilot, const int64_t *ids, size_t count, pilot_comments_fn *done,
	void *ctx)
{
	if (!pilot->ledger || count == 0)
		return;
	struct remark *remark = make(
		pilot, &(struct ledger_item){.work = drop, .failed = set_aside}, done, ctx);
	remark->ids = mem_alloc_array(count, sizeof(*remark->ids));
	memcpy(remark->ids, ids, count * sizeof(*ids));
	remark->id_count = count;
	ledger_add(pilot->ledger, &remark->item);
}

void
pilot_comments(struct pilot *pilot, pilot_comments_fn *done, void *ctx)
{
	if (!pilot->ledger)
		return;
	struct remark *remark =
		make(pilot, &(struct ledger_item){.work = load, .reads = true}, done, ctx);
	ledger_add(pilot->ledger, &remark->item);
}

void
remarks_drop(struct pilot *pilot)
{
	for (struct remark *remark = pilot->remarks; remark; remark = remark->next)
		remark->pilot = NULL;
	pilot->remarks = NULL;
}
