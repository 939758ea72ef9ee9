/* SPDX-License-Identifier: MIT */
/* One host after the other, step by step: what is there, what is wrong, what to do about it. */
#include <stdio.h>
#include <time.h>

#include "advice.h"
#include "cmd.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_pilot.h"
#include "finding.h"
#include "judge.h"
#include "session.h"
#include "trail.h"

struct examination {
	struct session *session;
	int index;
	const char *host;
	bool beside; /* another command is the facts asked for */
	struct trail trail;
	struct report report;
	time_t before;
	int64_t asked_at; /* ms */
};

struct doctor {
	struct session session;
	struct examination *all; /* by host; must live until the session is closed */
};

static void
on_event(void *ctx, const struct fleet_event *event)
{
	struct doctor *d = ctx;
	struct host_view host;
	if (event->host_index < 0 || !d->all)
		return;
	struct trail *trail = &d->all[event->host_index].trail;
	if (event->kind == FLEET_ASK)
		trail_asked(trail);
	if (event->kind != FLEET_HOST)
		return;
	fleet_host_at(d->session.fleet, event->host_index, &host);
	trail_look(trail, &host, clock_ms());
}

static void ask_facts(struct examination *e);

static void
on_facts(void *ctx, const char *text, const struct err *err)
{
	struct examination *e = ctx;
	bool beside = e->beside;
	e->session->pending--;
	if (err) {
		bool alone = beside && advice_is_room(err);
		advice_report(&e->report, alone ? "sessions" : "command", e->host, err);
		e->beside = false;
		if (alone)
			ask_facts(e);
		return;
	}
	struct finding *f = report_add(&e->report, FINDING_FINE, "command",
		STR("a shell there runs what it is told"), NULL);
	if (f)
		f->ms = clock_ms() - e->asked_at;
	if (beside)
		report_add(&e->report, FINDING_FINE, "sessions",
			STR("a command runs there beside another one"), NULL);
	judge_facts(&e->report, str_from(text), e->before, time(NULL));
}

static void
ask_facts(struct examination *e)
{
	struct session *s = e->session;
	struct err err = ERR_INIT;
	e->before = time(NULL);
	e->asked_at = clock_ms();
	if (pilot_doctor(s->pilot, e->index, e->beside, on_facts, e, &err) < 0)
		advice_report(&e->report, "command", e->host, &err);
	else
		s->pending++;
}

static void
examine(struct session *s, int index, struct examination *e)
{
	struct host_view view;
	fleet_host_at(s->fleet, index, &view);
	if (!trail_report(&e->trail, &view, &e->report))
		return;
	e->host = view.name; /* the configuration's: it stays */
	e->index = index;
	e->beside = true;
	ask_facts(e);
}

static int
fail(struct doctor *d, const struct err *err)
{
	session_close(&d->session);
	return cmd_fail(err);
}

static int
run(const struct cmd_call *call)
{
	struct doctor d = {0};
	struct session *s = &d.session;
	struct err err = ERR_INIT;
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, true);
	bool json = cmd_value(call, "json") != NULL, bad = false;
	if (session_open(s, cmd_value(call, "fleet"), FLEET_STEADY | FLEET_BARE, &err) < 0)
		return cmd_fail(&err);
	int only = call->arg_count ? fleet_host_find(s->fleet, call->args[0]) : -1;
	if (call->arg_count && only < 0) {
		char safe[80];
		err_set(&err, ERR_NOT_FOUND, "fleet %s has no host %s",
			fleet_config(s->fleet)->name,
			text_safe_tmp(safe, sizeof(safe), str_from(call->args[0])));
		return fail(&d, &err);
	}
	int count = fleet_host_count(s->fleet);
	d.all = mem_alloc_array((size_t)count, sizeof(*d.all));
	s->listener = on_event;
	s->listener_ctx = &d;
	session_settle(s, only, SESSION_SETTLE_MS);
	for (int i = 0; i < count; i++) {
		d.all[i].session = s;
		if (only < 0 || i == only)
			examine(s, i, &d.all[i]);
	}
	session_wait(s, 75000);
	json_write_array(&w, NULL);
	for (int i = 0; i < count; i++) {
		const struct report *report = &d.all[i].report;
		struct host_view view;
		if (only >= 0 && i != only)
			continue;
		fleet_host_at(s->fleet, i, &view);
		bad = bad || report->worst == FINDING_FAILS;
		if (json)
			report_json(report, view.name, &w);
		else
			report_print(report, view.name);
	}
	json_write_close(&w);
	json_writer_end(&w);
	if (json)
		fputs(buf_cstr(&out), stdout);
	buf_release(&out);
	session_close(s);
	mem_free(d.all);
	return bad ? 1 : 0;
}

const struct cmd cmd_doctor = {
	.name = "doctor",
	.args = "[HOST] [--json]",
	.max = 1,
	.word = CMD_WORD_HOST,
	.summary = "check hosts step by step, and say what to do",
	.help = "Checks every host of the fleet, or one, step by step: the way there, tmux, "
		"git, the repo, "
		"what\n"
		"survives a logout, disk, and which agents are found on PATH. Exit status 1 "
		"when\n"
		"something is wrong.",
	.options = {CMD_FLEET_OPTION, CMD_JSON_OPTION},
	.run = run,
};
