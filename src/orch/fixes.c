/* SPDX-License-Identifier: MIT */
/*
 * Which fixes were sent: the same one is not sent twice by itself, and after some in a row that
 * made nothing better a person has to look. They are in the store, as events.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_check.h"
#include "cockpit/orch_fix.h"
#include "cockpit/store_store.h"
#include "local.h"

#define EVENT "fix.sent"

/* The last one of an agent. */
struct fix {
	char *host, *agent;
	char by[80]; /* who was to mend it; "": that agent */
	enum friction_kind kind;
	uint64_t problem;
	int64_t at;
	int failed; /* of a check: how many then; -1: not known */
	int streak; /* with this one, those in a row that made nothing better before */
	struct fix *next;
};

static struct fix *
find_named(const struct pilot *pilot, const char *host, const char *agent)
{
	struct fix *fix = pilot->fixes;
	while (fix && (strcmp(fix->host, host) != 0 || strcmp(fix->agent, agent) != 0))
		fix = fix->next;
	return fix;
}

static struct fix *
find(const struct pilot *pilot, uint32_t agent)
{
	struct agent_view view;
	return fleet_agent(pilot->fleet, agent, &view) ? find_named(pilot, view.host, view.name)
						       : NULL;
}

/* Fewer fail than when it was sent, or it is about something else by now. */
static bool
is_better(const struct fix *fix, enum friction_kind kind, int failed)
{
	return fix->kind != kind || (kind == FRICTION_CHECK && failed >= 0 &&
					    fix->failed >= 0 && failed < fix->failed);
}

static int
failed_now(const struct pilot *pilot, uint32_t agent)
{
	struct pilot_check check;
	pilot_check(pilot, agent, &check);
	return check.failed;
}

void
fixes_fill(const struct pilot *pilot, uint32_t agent, struct friction *friction)
{
	const struct fix *fix = find(pilot, agent);
	if (!fix || friction->kind == FRICTION_NONE)
		return;
	friction->sent_at = fix->problem == friction->problem ? fix->at : 0;
	snprintf(friction->by, sizeof(friction->by), "%s", fix->by);
	if (!is_better(fix, friction->kind, failed_now(pilot, agent)))
		friction->streak = fix->streak;
}

/* What is good again ends the row. */
void
fixes_passed(struct pilot *pilot, uint32_t agent)
{
	struct fix *fix = find(pilot, agent);
	if (fix && fix->kind == FRICTION_CHECK)
		fix->streak = 0;
}

static struct fix *
make(struct pilot *pilot, const char *host, const char *agent)
{
	struct fix *fix = find_named(pilot, host, agent);
	if (fix)
		return fix;
	fix = MEM_NEW(struct fix);
	*fix = (struct fix){.host = mem_strdup(host),
		.agent = mem_strdup(agent),
		.failed = -1,
		.next = pilot->fixes};
	pilot->fixes = fix;
	return fix;
}

/* --- in the store --- */

struct noting {
	struct pilot *pilot; /* NULL: nobody waits any more */
	struct noting *next;
	char *store;
	struct buf text;
	int64_t at;
};

static void
note(void *ctx)
{
	struct noting *noting = ctx;
	struct store *store = NULL;
	if (store_open(noting->store, &store, NULL) == 0)
		store_note(store, 0, EVENT, "operator", buf_str(&noting->text), noting->at,
			NULL, NULL);
	store_close(store);
}

static void
on_noted(void *ctx)
{
	struct noting *noting = ctx;
	for (struct noting **p = noting->pilot ? &noting->pilot->notings : NULL; p && *p;
		p = &(*p)->next) {
		if (*p == noting) {
			*p = noting->next;
			break;
		}
	}
	mem_free(noting->store);
	buf_release(&noting->text);
	mem_free(noting);
}

static void
write_down(struct pilot *pilot, const struct fix *fix)
{
	struct noting *noting = MEM_NEW(struct noting);
	char problem[20];
	*noting = (struct noting){.pilot = pilot,
		.next = pilot->notings,
		.store = mem_strdup(pilot->store),
		.text = BUF_INIT,
		.at = fix->at * 1000};
	pilot->notings = noting;
	struct json_writer w = JSON_WRITER_INIT(&noting->text, false);
	snprintf(problem, sizeof(problem), "%016" PRIx64, fix->problem);
	json_write_object(&w, NULL);
	json_write_cstr(&w, "host", fix->host);
	json_write_cstr(&w, "agent", fix->agent);
	if (fix->by[0])
		json_write_cstr(&w, "by", fix->by);
	json_write_cstr(&w, "friction", friction_name(fix->kind));
	json_write_cstr(&w, "problem", problem);
	json_write_int(&w, "failed", fix->failed);
	json_write_int(&w, "streak", fix->streak);
	json_write_close(&w);
	if (json_writer_end(&w) == 0)
		loop_job(fleet_loop(pilot->fleet), note, on_noted, noting);
	else
		on_noted(noting);
}

struct fix_keys {
	char *host, *agent, *by, *friction, *problem;
	int failed, streak;
};

#define KEY(member) offsetof(struct fix_keys, member)

static const struct json_row rows[] = {
	{"host",     JSON_KIND_STRING,  JSON_ROW_REQUIRED, KEY(host),     0,  0,       NULL, "a host"  },
	{"agent",    JSON_KIND_STRING,  JSON_ROW_REQUIRED, KEY(agent),    0,  0,       NULL, "an agent"},
	{"by",       JSON_KIND_STRING,  0,                 KEY(by),       0,  0,       NULL, "an agent"},
	{"friction", JSON_KIND_STRING,  JSON_ROW_REQUIRED, KEY(friction), 0,  0,       NULL, "a kind"  },
	{"problem",  JSON_KIND_STRING,  JSON_ROW_REQUIRED, KEY(problem),  0,  0,       NULL,
         "its number"										  },
	{"failed",   JSON_KIND_INTEGER, 0,                 KEY(failed),   -1, 1 << 30, NULL, "how many"},
	{"streak",   JSON_KIND_INTEGER, 0,                 KEY(streak),   0,  1000,    NULL, "how many"},
};

static void
take(struct pilot *pilot, const struct fix_keys *keys, int64_t at)
{
	struct fix *fix = make(pilot, keys->host, keys->agent);
	if (fix->at > at)
		return;
	for (int i = 0; i < FRICTION_COUNT; i++) {
		if (strcmp(friction_name((enum friction_kind)i), keys->friction) == 0)
			fix->kind = (enum friction_kind)i;
	}
	if (sscanf(keys->problem, "%16" SCNx64, &fix->problem) != 1)
		fix->problem = 0;
	snprintf(fix->by, sizeof(fix->by), "%s",
		keys->by && str_is_name(str_from(keys->by)) ? keys->by : "");
	fix->failed = keys->failed;
	fix->streak = keys->streak;
	fix->at = at;
}

void
fixes_event(struct pilot *pilot, const struct store_event *event)
{
	struct fix_keys keys = {.failed = -1};
	struct json_doc *doc;
	if (strcmp(event->kind, EVENT) != 0 ||
		json_doc_parse("store", str_from(event->text), &doc, NULL) < 0)
		return;
	if (json_read(json_doc_root(doc), rows, sizeof(rows) / sizeof(rows[0]), &keys, NULL) ==
		0)
		take(pilot, &keys, event->at / 1000);
	mem_free(keys.host);
	mem_free(keys.agent);
	mem_free(keys.by);
	mem_free(keys.friction);
	mem_free(keys.problem);
	json_doc_free(doc);
}

/* --- */

void
pilot_fix_sent(struct pilot *pilot, uint32_t whose, const struct friction *friction)
{
	struct agent_view view;
	if (!fleet_agent(pilot->fleet, whose, &view))
		return;
	struct fix *fix = make(pilot, view.host, view.name);
	int failed = friction->kind == FRICTION_CHECK ? failed_now(pilot, whose) : -1;
	fix->streak = fix->at && !is_better(fix, friction->kind, failed) ? fix->streak + 1 : 1;
	fix->kind = friction->kind;
	snprintf(fix->by, sizeof(fix->by), "%s", friction->by);
	fix->problem = friction->problem;
	fix->failed = failed;
	fix->at = clock_wall();
	if (pilot->store)
		write_down(pilot, fix);
}

int
pilot_fixes_noting(const struct pilot *pilot)
{
	int count = 0;
	for (const struct noting *noting = pilot->notings; noting; noting = noting->next)
		count++;
	return count;
}

void
fixes_drop(struct pilot *pilot)
{
	for (struct noting *noting = pilot->notings; noting; noting = noting->next)
		noting->pilot = NULL;
	pilot->notings = NULL;
	while (pilot->fixes) {
		struct fix *fix = pilot->fixes;
		pilot->fixes = fix->next;
		mem_free(fix->host);
		mem_free(fix->agent);
		mem_free(fix);
	}
}
