/* SPDX-License-Identifier: MIT */
/*
 * An agent's end, and that of its work tree. What it was doing is over at once; then what it
 * left is fetched, and only what is here goes there. An ending may outlive its pilot, not its
 * fleet.
 */
#include <string.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_journal.h"
#include "local.h"

#define STOP_MS   60000
#define REMOVE_MS 120000
#define TRY_MS    200
#define TRIES     300

struct ending {
	struct pilot *pilot; /* NULL: nobody waits any more */
	int host_index;
	bool deletes;
	char *name, *host, *dir; /* dir: NULL until it is known */
	char *profile;           /* NULL: it is not known */
	struct loop_timer *timer;
	int tries;
	bool fetching; /* nobody comes back once the pilot is gone */
	struct buf text;
	pilot_fn *done;
	void *ctx;
	struct ending *next;
	/* A worker's, while it is at it. */
	char *mirror;
	struct mirror_work work;
	struct err err;
};

static void
ending_free(struct ending *ending)
{
	loop_timer_free(ending->timer);
	mem_free(ending->name);
	mem_free(ending->host);
	mem_free(ending->dir);
	mem_free(ending->mirror);
	mem_free(ending->profile);
	buf_release(&ending->text);
	mem_free(ending);
}

static void
end(struct ending *ending, const struct err *err)
{
	struct pilot *pilot = ending->pilot;
	if (pilot) {
		struct ending **p = &pilot->endings;
		while (*p != ending)
			p = &(*p)->next;
		*p = ending->next;
		act_host_refresh(pilot->fleet, ending->host_index);
		if (ending->done)
			ending->done(ending->ctx, err ? "" : buf_cstr(&ending->text), err);
	}
	ending_free(ending);
}

static void
write_down(const struct ending *ending, enum journal_kind kind)
{
	const struct journal_entry entry = {
		.kind = kind, .agent = ending->name, .host = ending->host};
	journal_add(ending->pilot->ledger, &entry);
}

static void fetch_rest(void *ctx);

static struct ending *
ending_new(struct pilot *pilot, int host, const char *agent, bool deletes, pilot_fn *done,
	void *ctx)
{
	struct host_view view;
	struct ending *ending = MEM_NEW(struct ending);
	fleet_host_at(pilot->fleet, host, &view);
	*ending = (struct ending){.pilot = pilot,
		.host_index = host,
		.deletes = deletes,
		.name = mem_strdup(agent),
		.host = mem_strdup(view.name),
		.text = BUF_INIT,
		.done = done,
		.ctx = ctx,
		.next = pilot->endings,
		.mirror = pilot->mirror ? mem_strdup(pilot->mirror) : NULL,
		.profile = talk_profile(pilot, host, agent)};
	ending->timer = loop_timer_new(fleet_loop(pilot->fleet), fetch_rest, ending);
	pilot->endings = ending;
	return ending;
}

/* --- its work tree goes --- */

static void
trash(void *ctx)
{
	struct ending *ending = ctx;
	struct mirror *mirror = NULL;
	if (mirror_open(ending->mirror, &mirror, &ending->err) == 0)
		mirror_trash(mirror, ending->host, ending->name, &ending->err);
	mirror_close(mirror);
}

static void
on_trashed(void *ctx)
{
	struct ending *ending = ctx;
	buf_printf(&ending->text, "deleted %s; its work is in the trash", ending->name);
	end(ending, ending->err.code ? &ending->err : NULL);
}

static void
on_removed(void *ctx, struct str out, const struct err *err)
{
	struct ending *ending = ctx;
	(void)out;
	if (err || !ending->pilot) {
		end(ending, err);
		return;
	}
	write_down(ending, JOURNAL_DELETE);
	loop_job(fleet_loop(ending->pilot->fleet), trash, on_trashed, ending);
}

static void
remove_tree(struct ending *ending)
{
	struct err err = ERR_INIT;
	const char *const args[] = {ending->name, ending->dir, ending->work.snap, NULL};
	if (act_host_verb(ending->pilot->fleet, ending->host_index, "remove", args, STR(""),
		    REMOVE_MS, on_removed, ending, &err) < 0)
		end(ending, &err);
}

/* --- what it left --- */

/* The end of an agent does not fail for that, the end of its work tree does. */
static void
on_fetched(void *ctx, const struct mirror_fetched *fetched, struct diff *diff,
	const struct err *err)
{
	struct ending *ending = ctx;
	diff_free(diff);
	ending->fetching = false;
	if (!err)
		ending->work = fetched->work;
	if (ending->deletes && !err)
		remove_tree(ending);
	else if (ending->deletes)
		end(ending, err);
	else
		end(ending, NULL);
}

static void
fetch_rest(void *ctx)
{
	struct ending *ending = ctx;
	struct err err = ERR_INIT;
	ending->fetching = true;
	const struct fetch_from from = {
		ending->host_index, ending->name, ending->host, ending->dir};
	int rc = fetch_start_from(ending->pilot, &from, NULL, on_fetched, ending, &err);
	/* One that is on its way may have begun too early. */
	if (rc == ERR_EXISTS && ending->tries++ < TRIES)
		loop_timer_set(ending->timer, TRY_MS);
	else if (rc < 0)
		on_fetched(ending, NULL, NULL, &err);
}

static void
on_talked(void *ctx, const struct err *err)
{
	struct ending *ending = ctx;
	(void)err;
	if (ending->pilot)
		fetch_rest(ending);
	else
		end(ending, NULL);
}

/* The conversation first: a work tree that goes takes nothing of it along. */
static void
fetch_all(struct ending *ending)
{
	const struct fetch_from from = {
		ending->host_index, ending->name, ending->host, ending->dir};
	if (talk_start(ending->pilot, &from, ending->profile, on_talked, ending, NULL) < 0)
		fetch_rest(ending);
}

/* --- it ends --- */

static void
on_stopped(void *ctx, struct str out, const struct err *err)
{
	struct ending *ending = ctx;
	if (err || !ending->pilot) {
		end(ending, err);
		return;
	}
	struct str dir = order_value(out, "cockpit-dir ");
	write_down(ending, JOURNAL_STOP);
	act_host_refresh(ending->pilot->fleet, ending->host_index);
	buf_printf(&ending->text, "stopped %s", ending->name);
	if (dir.len > 0) {
		buf_addc(&ending->text, "; its work stays in ");
		text_safe(&ending->text, dir, -1);
	}
	if (dir.len > 0 && ending->mirror) {
		ending->dir = mem_strndup(dir.ptr, dir.len);
		fetch_all(ending);
	} else {
		end(ending, NULL);
	}
}

int
pilot_stop(struct pilot *pilot, const char *host, const char *agent, pilot_fn *done, void *ctx,
	struct err *err)
{
	const char *const args[] = {agent, NULL};
	int index = fleet_host_find(pilot->fleet, host);
	BUG_ON(index < 0);
	struct ending *ending = ending_new(pilot, index, agent, false, done, ctx);
	int rc = act_host_verb(
		pilot->fleet, index, "stop", args, STR(""), STOP_MS, on_stopped, ending, err);
	if (rc < 0) {
		ending->done = NULL;
		end(ending, NULL);
	}
	return rc;
}

static void
on_found(void *ctx, struct str out, const struct err *err)
{
	struct ending *ending = ctx;
	struct err why = ERR_INIT;
	if (err || !ending->pilot) {
		end(ending, err);
		return;
	}
	struct str dir = order_value(out, "cockpit-dir ");
	if (dir.len == 0) {
		err_set(&why, ERR_REMOTE, "host %s did not say where the work tree of %s is",
			ending->host, ending->name);
		end(ending, &why);
		return;
	}
	ending->dir = mem_strndup(dir.ptr, dir.len);
	fetch_all(ending);
}

int
pilot_delete(struct pilot *pilot, const char *host, const char *agent, pilot_fn *done,
	void *ctx, struct err *err)
{
	int index = fleet_host_find(pilot->fleet, host);
	char safe[80];
	BUG_ON(index < 0);
	/* It becomes a path there, and what is removed. */
	if (!str_is_name(str_from(agent)))
		return err_set(err, ERR_INVALID, "%s is no name of an agent",
			agent[0] ? text_safe_tmp(safe, sizeof(safe), str_from(agent)) : "\"\"");
	if (mirror_need(pilot, err) < 0)
		return ERR_IO;
	const char *repo = host_repo(&fleet_config(pilot->fleet)->hosts[index]);
	const char *const args[] = {agent, repo, NULL};
	if (!repo[0])
		return err_set(err, ERR_INVALID, "host %s has no repo, nor %s a work tree",
			host, agent);
	struct ending *ending = ending_new(pilot, index, agent, true, done, ctx);
	int rc = act_host_verb(
		pilot->fleet, index, "end", args, STR(""), STOP_MS, on_found, ending, err);
	if (rc < 0) {
		ending->done = NULL;
		end(ending, NULL);
	}
	return rc;
}

void
endings_drop(struct pilot *pilot)
{
	while (pilot->endings) {
		struct ending *ending = pilot->endings;
		pilot->endings = ending->next;
		ending->pilot = NULL;
		/* A worker that is out comes back after the loop's end, or never. */
		loop_timer_free(ending->timer);
		ending->timer = NULL;
		if (ending->fetching)
			ending_free(ending);
	}
}
