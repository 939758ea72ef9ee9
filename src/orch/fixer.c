/* SPDX-License-Identifier: MIT */
/*
 * A new agent that is to mend another one's work:
 *
 *   FETCHES ──▶ STARTS ──▶ COMES UP ──▶ BRINGS ──▶ SENDS
 *
 * The work as it is now comes here, the agent is started with it, and once it waits for words
 * it is given what it needs to see beside, and its prompt. What goes wrong on the way is told;
 * an agent that is there by then stays.
 */
#include <stdio.h>
#include <string.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_profile.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_fix.h"
#include "local.h"

#define FETCH_MS  200 /* its work is on its way for somebody else: again after that */
#define FETCH_MAX 300
#define LOOK_MS   100
#define QUIET_MS  700   /* one that says nothing of itself is up after so long a silence */
#define KNOWN_MS  5000  /* the same of a kind that should have said something */
#define UP_MAX_MS 90000 /* no start takes longer */
#define SETUP_MS  10000 /* as QUIET_MS, where a set-up may run first */
#define SETUP_MAX 900000
#define NAMES_MAX 1000

enum step { FETCHES, STARTS, COMES_UP, BRINGS, SENDS };

struct fixer {
	struct pilot *pilot;
	uint32_t whose;
	char *owner, *owner_host, *name, *prompt;
	struct friction friction;
	int cols, rows, fetches;
	enum step step;
	int64_t step_at; /* clock_ms() */
	struct loop_timer *timer;
	char *stale; /* why the work is that of before; NULL: it is not */
	bool canceled;
	struct doing_stamp stamp;
	pilot_fn *done;
	void *ctx;
	struct fixer *next;
};

static void
fixer_free(struct fixer *fixer)
{
	loop_timer_free(fixer->timer);
	mem_free(fixer->owner);
	mem_free(fixer->owner_host);
	mem_free(fixer->name);
	mem_free(fixer->prompt);
	mem_free(fixer->stale);
	mem_free(fixer);
}

/* What a person may have written is not lost with it. */
static void
keep_prompt(const struct fixer *fixer, struct err *err)
{
	const char *dir = fixer->pilot->outbox;
	char id[PILOT_ID_MAX];
	pilot_make_id(id);
	struct outbox_entry entry = {.id = mem_strdup(id),
		.agent = mem_strdup(fixer->name),
		.host = mem_strdup(fixer->owner_host),
		.uid = mem_strdup(""),
		.at = clock_wall(),
		.text = BUF_INIT,
		.fd = -1};
	text_typable(&entry.text, str_from(fixer->prompt));
	char *path = outbox_put(dir, &entry, NULL) == 0 ? outbox_set_aside(dir, &entry) : NULL;
	const struct err why = *err;
	if (path)
		err_set(err, why.code, "%s; its prompt is in %s", why.text, path);
	outbox_drop(dir, &entry);
	outbox_release(&entry);
	mem_free(path);
}

static void
end(struct fixer *fixer, const char *text, const struct err *err)
{
	struct fixer **p = &fixer->pilot->fixers;
	struct err why = err ? *err : ERR_INIT;
	/* Of one that was on its way already the prompt's own sender takes care. */
	if (err && fixer->step < SENDS)
		keep_prompt(fixer, &why);
	while (*p != fixer)
		p = &(*p)->next;
	*p = fixer->next;
	if (fixer->done)
		fixer->done(fixer->ctx, text, err ? &why : NULL);
	fixer_free(fixer);
}

/* True if it was cancelled, and is over. */
static bool
end_canceled(struct fixer *fixer)
{
	struct err err = ERR_INIT;
	if (!fixer->canceled)
		return false;
	err_set(&err, ERR_CANCELED, "cancelled%s%s%s", fixer->step > STARTS ? ": " : "",
		fixer->step > STARTS ? fixer->name : "",
		fixer->step > STARTS ? " is there, and was told nothing" : "");
	end(fixer, "", &err);
	return true;
}

static void
begin(struct fixer *fixer, enum step step)
{
	fixer->step = step;
	fixer->step_at = clock_ms();
}

/* --- its name --- */

/* Work of one that is gone is that of its name. */
static bool
was_there(const struct pilot *pilot, struct mirror *mirror, const char *name)
{
	struct agent_view view;
	struct mirror_work work;
	if (mirror && mirror_find(mirror, NULL, name, &work, NULL) == 0)
		return true;
	for (const struct fixer *it = pilot->fixers; it; it = it->next) {
		if (strcmp(it->name, name) == 0)
			return true;
	}
	return fleet_agent_namesakes(pilot->fleet, name) > 0 ||
	       fleet_agent(pilot->fleet, fleet_agent_find(pilot->fleet, name), &view);
}

void
pilot_fixer_name(const struct pilot *pilot, uint32_t whose, char ret[FIXER_NAME_MAX])
{
	struct agent_view view;
	struct mirror *mirror = NULL;
	const char *owner = fleet_agent(pilot->fleet, whose, &view) ? view.name : "it";
	/* Where that cannot be read the host says whether the name is free. */
	if (pilot->mirror && path_exists(pilot->mirror))
		mirror_open(pilot->mirror, &mirror, NULL);
	snprintf(ret, FIXER_NAME_MAX, "fix-%.55s", owner);
	for (int i = 2; i < NAMES_MAX && was_there(pilot, mirror, ret); i++)
		snprintf(ret, FIXER_NAME_MAX, "fix-%.55s-%d", owner, i);
	mirror_close(mirror);
}

/* --- it is up, and told --- */

static void
on_sent(void *ctx, const char *text, const struct err *err)
{
	struct fixer *fixer = ctx;
	struct buf told = BUF_INIT;
	(void)text;
	if (!err) {
		pilot_fix_sent(fixer->pilot, fixer->whose, &fixer->friction);
		buf_printf(&told, "%s has the work of %s, and is at it", fixer->name,
			fixer->owner);
		if (fixer->stale)
			buf_printf(
				&told, "; the work as it was fetched last: %s", fixer->stale);
	}
	end(fixer, buf_cstr(&told), err);
	buf_release(&told);
}

static void
send(struct fixer *fixer)
{
	struct err err = ERR_INIT;
	uint32_t agent = fleet_agent_find(fixer->pilot->fleet, fixer->name);
	begin(fixer, SENDS);
	if (pilot_send(fixer->pilot, agent, str_from(fixer->prompt), NULL, on_sent, fixer,
		    &err) < 0) {
		begin(fixer, BRINGS);
		end(fixer, "", &err);
	}
}

static void
on_brought(void *ctx, const char *text, const struct err *err)
{
	(void)text;
	if (end_canceled(ctx))
		return;
	if (err)
		end(ctx, "", err);
	else
		send(ctx);
}

static void
bring(struct fixer *fixer)
{
	struct err err = ERR_INIT;
	uint32_t agent = fleet_agent_find(fixer->pilot->fleet, fixer->name);
	bool clashes =
		fixer->friction.kind == FRICTION_BASE || fixer->friction.kind == FRICTION_CLASH;
	begin(fixer, BRINGS);
	if (!clashes)
		send(fixer);
	else if (pilot_bring(fixer->pilot, agent, fixer->friction.with, on_brought, fixer,
			 &err) < 0)
		end(fixer, "", &err);
}

/* What it is told before it listens is lost. */
static bool
is_up(const struct fixer *fixer, const struct agent_view *view)
{
	const struct profile *profile = profile_find(view->profile);
	bool sets_up = fleet_config(fixer->pilot->fleet)->setup != NULL;
	int64_t since = fixer->step_at;
	since = view->printed_at > since ? view->printed_at : since;
	if (!view->present || !view->link || !is_at_rest(view->verdict.state) ||
		prompt_refuse(fixer->pilot, view, NULL) < 0)
		return false;
	if (view->verdict.state != AGENT_UNKNOWN)
		return true;
	return clock_ms() - since > (sets_up ? SETUP_MS : profile ? KNOWN_MS : QUIET_MS);
}

static void
look(struct fixer *fixer)
{
	struct pilot *pilot = fixer->pilot;
	struct agent_view view;
	struct err err = ERR_INIT;
	bool sets_up = fleet_config(pilot->fleet)->setup != NULL;
	bool there =
		fleet_agent(pilot->fleet, fleet_agent_find(pilot->fleet, fixer->name), &view) &&
		view.present;
	if (there && is_up(fixer, &view)) {
		bring(fixer);
		return;
	}
	if (clock_ms() - fixer->step_at < (sets_up ? SETUP_MAX : UP_MAX_MS)) {
		loop_timer_set(fixer->timer, LOOK_MS);
		return;
	}
	if (!there || prompt_refuse(pilot, &view, &err) == 0)
		err_set(&err, ERR_TIMEOUT,
			"%s was started, but does not come up: it was not told what to mend",
			fixer->name);
	end(fixer, "", &err);
}

static void
on_started(void *ctx, const char *text, const struct err *err)
{
	struct fixer *fixer = ctx;
	(void)text;
	if (err) {
		end(fixer, "", err);
		return;
	}
	begin(fixer, COMES_UP);
	loop_timer_set(fixer->timer, LOOK_MS);
}

static void
start(struct fixer *fixer)
{
	const struct pilot_spec spec = {.name = fixer->name,
		.from = fixer->owner,
		.from_host = fixer->owner_host,
		.cols = fixer->cols,
		.rows = fixer->rows};
	struct err err = ERR_INIT;
	begin(fixer, STARTS);
	if (pilot_spawn_from(fixer->pilot, &spec, on_started, fixer, &err) < 0)
		end(fixer, "", &err);
}

/* --- its work --- */

static void
on_fetched(void *ctx, const char *text, const struct err *err)
{
	struct fixer *fixer = ctx;
	(void)text;
	if (end_canceled(fixer))
		return;
	if (err)
		fixer->stale = mem_strdup(err->text);
	start(fixer);
}

static void
fetch(struct fixer *fixer)
{
	struct err err = ERR_INIT;
	int rc = pilot_fetch(fixer->pilot, fixer->whose, on_fetched, fixer, &err);
	/* One that is on its way may have begun too early. */
	if (rc == ERR_EXISTS && fixer->fetches++ < FETCH_MAX)
		loop_timer_set(fixer->timer, FETCH_MS);
	else if (rc < 0)
		on_fetched(fixer, "", &err);
}

static void
on_timer(void *ctx)
{
	struct fixer *fixer = ctx;
	if (fixer->step == FETCHES)
		fetch(fixer);
	else
		look(fixer);
}

int
pilot_fixer(struct pilot *pilot, const struct pilot_fixer *spec, pilot_fn *done, void *ctx,
	struct err *err)
{
	char name[FIXER_NAME_MAX];
	struct agent_view view;
	if (!fleet_agent(pilot->fleet, spec->whose, &view))
		return err_set(err, ERR_NOT_FOUND, "there is no such agent");
	pilot_fixer_name(pilot, spec->whose, name);
	struct fixer *fixer = MEM_NEW(struct fixer);
	*fixer = (struct fixer){.pilot = pilot,
		.whose = spec->whose,
		.owner = mem_strdup(view.name),
		.owner_host = mem_strdup(view.host),
		.name = mem_strdup(spec->name ? spec->name : name),
		.prompt = mem_strdup(spec->prompt),
		.friction = *spec->friction,
		.cols = spec->cols,
		.rows = spec->rows,
		.done = done,
		.ctx = ctx,
		.next = pilot->fixers};
	snprintf(fixer->friction.by, sizeof(fixer->friction.by), "%s", fixer->name);
	fixer->timer = loop_timer_new(fleet_loop(pilot->fleet), on_timer, fixer);
	pilot->fixers = fixer;
	fixer->stamp = doing_begin(pilot);
	begin(fixer, FETCHES);
	loop_timer_set(fixer->timer, 0);
	return 0;
}

/* What is out comes back, and ends it. */
static void
cancel(void *self)
{
	struct fixer *fixer = self;
	struct pilot *pilot = fixer->pilot;
	fixer->canceled = true;
	if (loop_timer_armed(fixer->timer))
		end_canceled(fixer);
	else if (fixer->step == FETCHES)
		fetch_cancel(pilot, fixer->owner, fixer->owner_host);
	else if (fixer->step == STARTS)
		spawn_cancel(pilot, fixer);
	else if (fixer->step == BRINGS)
		deliver_cancel(pilot, fixer);
}

void
fixers_tell(const struct pilot *pilot, struct doings *into)
{
	static const char *const steps[] = {
		[FETCHES] = "the work comes here",
		[STARTS] = "it is started with the work",
		[COMES_UP] = "it comes up",
		[BRINGS] = "what it clashes with is brought there",
		[SENDS] = "it is told",
	};
	for (struct fixer *it = pilot->fixers; it; it = it->next) {
		const struct doing_row row = {
			.it = {.kind = DOING_FIX,
                               .name = it->name,
                               .host = it->owner_host,
                               .step = steps[it->step],
                               .wanted = true,
                               .canceled = it->canceled,
                               .firm = it->step == SENDS ? "its prompt is on its way already"
							  : NULL},
			.stamp = it->stamp,
			.self = it,
			.waiter = it->ctx,
			.whose = it->step == FETCHES ? it->owner : NULL,
			.whose_host = it->owner_host,
			.cancel = cancel
                };
		doings_add(into, &row);
	}
}

bool
pilot_is_free(const struct pilot *pilot, uint32_t agent)
{
	struct agent_view view;
	return fleet_agent(pilot->fleet, agent, &view) && view.present && view.link &&
	       is_at_rest(view.verdict.state) && prompt_refuse(pilot, &view, NULL) == 0;
}

void
fixers_drop(struct pilot *pilot)
{
	while (pilot->fixers) {
		struct fixer *fixer = pilot->fixers;
		pilot->fixers = fixer->next;
		fixer_free(fixer);
	}
}
