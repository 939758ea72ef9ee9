/* SPDX-License-Identifier: MIT */
/* An agent that comes back as it was started last, which the journal knows; or a new one that
 * is started so, with its work. */
#include "cockpit/base_mem.h"
#include "cockpit/fleet_profile.h"
#include "cockpit/orch_journal.h"
#include "ledger.h"
#include "local.h"

#define STARTS_MAX 20 /* of one agent: those of earlier cockpits may not say how */

/* It may outlive its pilot while a worker has it. */
struct resuming {
	struct ledger_item item;
	struct pilot *pilot; /* NULL: nobody waits any more */
	struct pilot_spec spec;
	char *name, *host, *profile, *base, *reason;
	char *from, *from_host; /* of a new one; NULL: it comes back itself */
	char **command;
	pilot_fn *done;
	void *ctx;
	struct journal journal;
	struct resuming *next;
};

/* The last one of that agent that says how; NULL: none. */
static const struct journal_line *
last_start(const struct journal *journal, const char *agent)
{
	for (size_t i = journal->count; i-- > 0;) {
		const struct journal_line *line = &journal->lines[i];
		if (line->agent && strcmp(line->agent, agent) == 0 && line->host &&
			line->profile)
			return line;
	}
	return NULL;
}

/* As it was started last, where spec does not say otherwise; "auto" was no choice. */
static void
complete(struct pilot_spec *spec, const struct config_agent *declared,
	const struct journal_line *last)
{
	bool own = spec->profile || spec->command;
	if (last)
		spec->was_on = last->host;
	if (last && !spec->host)
		spec->host = last->host;
	if (!own && last && last->command)
		spec->command = (const char *const *)last->command;
	else if (!own && last && strcmp(last->profile, "auto") != 0 &&
		 strcmp(last->profile, "command") != 0)
		spec->profile = last->profile;
	else if (!own && declared && declared->command)
		spec->command = (const char *const *)declared->command;
	else if (!own && declared)
		spec->profile = declared->profile;
	if (declared && !spec->host)
		spec->host = declared->host;
}

static const char *
whose(const struct resuming *resuming)
{
	return resuming->from ? resuming->from : resuming->name;
}

static int
read_history(struct ledger_item *item, struct store *store, struct err *err)
{
	struct resuming *resuming = (struct resuming *)item;
	return store ? journal_load_starts(
			       store, whose(resuming), STARTS_MAX, &resuming->journal, err)
		     : 0;
}

static void
resuming_free(struct resuming *resuming)
{
	journal_release(&resuming->journal);
	mem_free(resuming->name);
	mem_free(resuming->host);
	mem_free(resuming->profile);
	mem_free(resuming->base);
	mem_free(resuming->reason);
	mem_free(resuming->from);
	mem_free(resuming->from_host);
	mem_free_words(resuming->command);
	mem_free(resuming);
}

/* A new one is where the other is, if there is room, else wherever there is. */
static void
complete_new(struct pilot *pilot, struct pilot_spec *spec, const struct config_agent *declared,
	const struct journal_line *last)
{
	const char *host =
		spec->host ? spec->host : spawn_choose_beside(pilot, spec->from_host);
	struct agent_view view;
	complete(spec, declared, last);
	spec->host = host;
	spec->was_on = NULL;
	/* One of which nothing is written down says itself what it is. */
	if (!spec->profile && !spec->command &&
		fleet_agent(pilot->fleet, fleet_agent_find(pilot->fleet, spec->from), &view) &&
		profile_find(view.profile))
		spec->profile = view.profile;
}

static int
go_on(struct resuming *resuming, struct err *err)
{
	struct pilot *pilot = resuming->pilot;
	const struct config_agent *declared =
		fleet_config_agent(fleet_config(pilot->fleet), whose(resuming));
	const struct journal_line *last = last_start(&resuming->journal, whose(resuming));
	if (resuming->from)
		complete_new(pilot, &resuming->spec, declared, last);
	else
		complete(&resuming->spec, declared, last);
	return pilot_spawn(pilot, &resuming->spec, resuming->done, resuming->ctx, err);
}

static void
on_read(struct ledger_item *item)
{
	struct resuming *resuming = (struct resuming *)item;
	struct pilot *pilot = resuming->pilot;
	struct err *err = &item->err;
	if (!pilot) {
		resuming_free(resuming);
		return;
	}
	struct resuming **p = &pilot->resumings;
	while (*p != resuming)
		p = &(*p)->next;
	*p = resuming->next;
	if ((err->code || go_on(resuming, err) < 0) && resuming->done)
		resuming->done(resuming->ctx, "", err);
	resuming_free(resuming);
}

static char *
copy(const char *text)
{
	return text ? mem_strdup(text) : NULL;
}

static int
start(struct pilot *pilot, const struct pilot_spec *spec, pilot_fn *done, void *ctx,
	struct err *err)
{
	struct resuming *resuming = MEM_NEW(struct resuming);
	*resuming = (struct resuming){
		.item = {.work = read_history, .done = on_read, .reads = true},
		.pilot = pilot,
		.spec = *spec,
		.name = mem_strdup(spec->name),
		.host = copy(spec->host),
		.profile = copy(spec->profile),
		.base = copy(spec->base),
		.reason = copy(spec->reason),
		.from = copy(spec->from),
		.from_host = copy(spec->from_host),
		.command = mem_copy_words(spec->command),
		.done = done,
		.ctx = ctx,
	};
	resuming->spec.name = resuming->name;
	resuming->spec.host = resuming->host;
	resuming->spec.profile = resuming->profile;
	resuming->spec.base = resuming->base;
	resuming->spec.reason = resuming->reason;
	resuming->spec.from = resuming->from;
	resuming->spec.from_host = resuming->from_host;
	resuming->spec.command = (const char *const *)resuming->command;
	resuming->spec.prompt = resuming->spec.was_on = resuming->spec.beside = NULL;
	if (!pilot->ledger) {
		int rc = go_on(resuming, err);
		resuming_free(resuming);
		return rc;
	}
	resuming->next = pilot->resumings;
	pilot->resumings = resuming;
	ledger_add(pilot->ledger, &resuming->item);
	return 0;
}

int
pilot_resume(struct pilot *pilot, const struct pilot_spec *spec, pilot_fn *done, void *ctx,
	struct err *err)
{
	struct pilot_spec own = *spec;
	own.restore = true;
	own.from = own.from_host = NULL;
	return start(pilot, &own, done, ctx, err);
}

int
pilot_spawn_from(struct pilot *pilot, const struct pilot_spec *spec, pilot_fn *done, void *ctx,
	struct err *err)
{
	return start(pilot, spec, done, ctx, err);
}

void
resumings_drop(struct pilot *pilot)
{
	for (struct resuming *it = pilot->resumings; it; it = it->next)
		it->pilot = NULL;
	pilot->resumings = NULL;
}
