/* SPDX-License-Identifier: MIT */
#include "trail.h"

#include <stdio.h>

#include "advice.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_fleet.h"
#include "finding.h"

/* What a link says it does, as doctor calls the step. */
static const struct {
	const char *doing, *what;
} names[] = {
	{"resolving",            "resolve"},
	{"connecting",           "connect"},
	{"handshake",            "connect"},
	{"waiting for its turn", "turn"   },
};

static const char *
name_of(const char *doing)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(doing, names[i].doing) == 0)
			return names[i].what;
	}
	return doing;
}

static void
end_step(struct trail *t, int64_t now)
{
	if (t->count > 0 && t->steps[t->count - 1].ms < 0 && !t->asked)
		t->steps[t->count - 1].ms = now - t->since;
	t->asked = false;
}

void
trail_look(struct trail *t, const struct host_view *host, int64_t now)
{
	if (t->over || host->state == HOST_DOWN)
		return;
	if (!host_state_coming(host->state)) {
		/* A step that failed has no time. */
		if (!host->why->code)
			end_step(t, now);
		t->over = true;
		return;
	}
	const char *what = host->doing[0] ? name_of(host->doing)
			   : host->local  ? "link"
					  : "settings";
	bool same = t->count > 0 && strcmp(t->steps[t->count - 1].what, what) == 0;
	if (same || t->count == TRAIL_STEPS_MAX)
		return;
	end_step(t, now);
	t->since = now;
	struct trail_step *step = &t->steps[t->count++];
	step->ms = -1;
	text_safe_tmp(step->what, sizeof(step->what), str_from(what));
}

void
trail_asked(struct trail *t)
{
	t->asked = true;
}

/* The step that went on when it broke is not said to be well. */
static void
add_failure(struct report *r, const char *step, const struct host_view *host)
{
	struct err late = ERR_INIT;
	err_set(&late, ERR_TIMEOUT, "it was not over in time");
	advice_report(r, step, host->name, host->why->code ? host->why : &late);
}

bool
trail_report(const struct trail *t, const struct host_view *host, struct report *r)
{
	bool linked = host->state == HOST_LINKED || host->state == HOST_READY;
	int good = linked ? t->count : t->count - 1;
	for (int i = 0; i < good; i++) {
		bool local = strcmp(t->steps[i].what, "link") == 0;
		struct finding *f = report_add(r, FINDING_FINE, t->steps[i].what,
			local ? STR("this machine") : STR(""), NULL);
		if (f && !local)
			f->ms = t->steps[i].ms;
		if (f && !local && t->steps[i].ms < 0)
			snprintf(f->text, sizeof(f->text), "answered by a person");
	}
	if (!host->local && (linked || host->note[0]))
		report_add(r, FINDING_FINE, "way",
			host->note[0] ? str_from(host->note) : STR("direct"), NULL);
	if (!linked)
		add_failure(r, t->count > 0 ? t->steps[t->count - 1].what : "link", host);
	return linked;
}
