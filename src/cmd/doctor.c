/* SPDX-License-Identifier: MIT */
/* One host after the other, step by step: what is there, what is wrong, what to do about it. */
#include <stdio.h>

#include "cmd.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_pilot.h"
#include "session.h"

enum verdict_kind { FINE, WARNING, WRONG };

struct finding {
	char key[32];
	enum verdict_kind kind;
	char text[ERR_TEXT_MAX];
};

#define FINDINGS_MAX 32

struct report {
	struct finding findings[FINDINGS_MAX];
	int count;
	enum verdict_kind worst;
};

static void
add(struct report *r, enum verdict_kind kind, const char *key, struct str foreign,
	const char *advice)
{
	char safe[ERR_TEXT_MAX - 128]; /* leaves room for the advice */
	if (r->count == FINDINGS_MAX)
		return;
	struct finding *f = &r->findings[r->count++];
	text_safe_tmp(safe, sizeof(safe), foreign);
	snprintf(f->key, sizeof(f->key), "%s", key);
	snprintf(f->text, sizeof(f->text), "%s%s%s", safe, advice[0] ? ": " : "", advice);
	f->kind = kind;
	if (kind > r->worst)
		r->worst = kind;
}

static bool
is_said(struct str value)
{
	(void)value;
	return true;
}

static bool
is_missing(struct str value)
{
	return str_eqc(value, "missing");
}

/* A fact's judgement; facts without a row are fine whatever they say. */
static const struct {
	const char *key;
	bool (*bad)(struct str value);
	enum verdict_kind kind;
	const char *advice;
} rules[] = {
	{"tmux", is_missing, WRONG,   "install tmux 3.2 or newer there"         },
	{"git",  is_missing, WRONG,   "install git there"                       },
	{"lost", is_said,    WARNING,
         "its agents ended with it; \"cockpit up\" starts those of the fleet file "
		"again"							 },
	{"repo", is_missing, WRONG,
         "clone the repo there, or say where it lies (\"repo\" in cockpit.json)"},
};

static void
judge(struct report *r, struct str key, struct str value)
{
	char name[32];
	snprintf(name, sizeof(name), "%.*s", (int)(key.len < 31 ? key.len : 31), key.ptr);
	int kib;
	if (str_eqc(key, "linger") && !str_eqc(value, "yes")) {
		add(r, WARNING, name, value,
			"logind may end agents when you log out there: \"loginctl "
			"enable-linger\"");
		return;
	}
	if (str_eqc(key, "server-scope")) {
		add(r, WARNING, name, STR("tmux sits in a login session's scope"),
			"it may end with that login; \"cockpit down\" and \"up\" start it in "
			"its own");
		return;
	}
	if (str_eqc(key, "disk") && str_to_int(value, 0, 1 << 20, &kib)) {
		add(r, WARNING, name, STR("less than 1 GiB is free"), "make room");
		return;
	}
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (str_eqc(key, rules[i].key) && rules[i].bad(value)) {
			add(r, rules[i].kind, name, value, rules[i].advice);
			return;
		}
	}
	add(r, FINE, name, value, "");
}

struct examination {
	struct session *session;
	struct report report;
};

static void
on_facts(void *ctx, const char *text, const struct err *err)
{
	struct examination *e = ctx;
	struct str rest = str_from(text);
	e->session->pending--;
	if (err) {
		add(&e->report, WRONG, "command", str_from(err->text), "");
		return;
	}
	while (rest.len > 0) {
		struct str line = str_cut(&rest, '\n');
		struct str key = str_cut(&line, ' ');
		judge(&e->report, key, line);
	}
}

/* e must live until the session is closed: the answer may come late. */
static void
examine(struct session *s, int index, struct examination *e)
{
	struct host_view view;
	e->session = s;
	struct err err = ERR_INIT;
	fleet_host_at(s->fleet, index, &view);
	if (view.state != HOST_LINKED) {
		add(&e->report, WRONG, "link",
			str_from(view.why->code ? view.why->text : host_state_word(view.state)),
			"");
		return;
	}
	add(&e->report, FINE, "link", view.local ? STR("this machine") : STR("login accepted"),
		"");
	if (pilot_doctor(s->pilot, index, on_facts, e, &err) < 0) {
		add(&e->report, WRONG, "command", str_from(err.text), "");
	} else {
		s->pending = 1;
		session_wait(s, 75000);
	}
}

static void
print_report(const char *host, const struct report *r)
{
	static const char *const marks[] = {"ok", "warn", "FAIL"};
	printf("%s\n", host);
	for (int i = 0; i < r->count; i++)
		printf("  %-4s %-13s %s\n", marks[r->findings[i].kind], r->findings[i].key,
			r->findings[i].text);
}

static void
json_report(struct json_writer *w, const char *host, const struct report *r)
{
	static const char *const marks[] = {"ok", "warning", "fail"};
	json_write_object(w, NULL);
	json_write_cstr(w, "host", host);
	json_write_cstr(w, "verdict", marks[r->worst]);
	json_write_array(w, "findings");
	for (int i = 0; i < r->count; i++) {
		json_write_object(w, NULL);
		json_write_cstr(w, "what", r->findings[i].key);
		json_write_cstr(w, "verdict", marks[r->findings[i].kind]);
		json_write_cstr(w, "text", r->findings[i].text);
		json_write_close(w);
	}
	json_write_close(w);
	json_write_close(w);
}

static int
run(const struct cmd_call *call)
{
	struct session s;
	struct err err = ERR_INIT;
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, true);
	bool json = cmd_value(call, "json") != NULL, bad = false;
	if (session_open(&s, cmd_value(call, "fleet"), FLEET_STEADY, &err) < 0)
		return cmd_fail(&err);
	int only = call->arg_count ? fleet_host_find(s.fleet, call->args[0]) : -1;
	if (call->arg_count && only < 0) {
		char safe[80];
		err_set(&err, ERR_NOT_FOUND, "fleet %s has no host %s",
			fleet_config(s.fleet)->name,
			text_safe_tmp(safe, sizeof(safe), str_from(call->args[0])));
		session_close(&s);
		return cmd_fail(&err);
	}
	session_settle(&s, only, SESSION_SETTLE_MS);
	struct examination *all =
		mem_alloc_array((size_t)fleet_host_count(s.fleet), sizeof(*all));
	json_write_array(&w, NULL);
	for (int i = 0; i < fleet_host_count(s.fleet); i++) {
		struct report *report = &all[i].report;
		struct host_view view;
		if (only >= 0 && i != only)
			continue;
		examine(&s, i, &all[i]);
		fleet_host_at(s.fleet, i, &view);
		bad = bad || report->worst == WRONG;
		if (json)
			json_report(&w, view.name, report);
		else
			print_report(view.name, report);
	}
	json_write_close(&w);
	json_writer_end(&w);
	if (json)
		fputs(buf_cstr(&out), stdout);
	buf_release(&out);
	session_close(&s);
	mem_free(all);
	return bad ? 1 : 0;
}

const struct cmd cmd_doctor = {
	.name = "doctor",
	.args = "[HOST] [--json]",
	.max = 1,
	.word = CMD_WORD_HOST,
	.summary = "check hosts step by step, and say what to do",
	.help = "Checks every host of the fleet, or one: link and login, tmux, git, the repo, "
		"what\n"
		"survives a logout, disk, and which agents are found on PATH. Exit status 1 "
		"when\n"
		"something is wrong.",
	.options = {CMD_FLEET_OPTION, CMD_JSON_OPTION},
	.run = run,
};
