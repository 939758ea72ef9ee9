/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_json.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_cost.h"
#include "cockpit/orch_filter.h"
#include "cockpit/orch_pilot.h"
#include "cockpit/orch_tags.h"
#include "cockpit/orch_tasks.h"
#include "cockpit/ui_sign.h"
#include "session.h"

#define TASKS_MS 10000

static int64_t
age_seconds(int64_t at)
{
	return at ? (clock_ms() - at) / 1000 : -1;
}

static void
json_age(struct json_writer *w, const char *key, int64_t at)
{
	if (at)
		json_write_int(w, key, age_seconds(at));
	else
		json_write_null(w, key);
}

/* --- which --- */

static void
on_tasks(void *ctx)
{
	(void)ctx;
}

/* What tasks agents have is read once, if somebody wants to find them by that. */
static void
read_tasks(struct session *s)
{
	struct pilot_tasks tasks = {0};
	pilot_follow_tasks(s->pilot, on_tasks, NULL);
	session_limit(s, TASKS_MS);
	while (pilot_tasks(s->pilot, &tasks), tasks.stamp == 0 && !s->late)
		loop_turn(s->loop, true);
	loop_timer_cancel(s->deadline);
	if (tasks.stamp == 0 || tasks.error)
		fprintf(stderr, "cockpit: their tasks are not known: %s\n",
			tasks.error ? tasks.error : "they could not be read in time");
}

static bool
is_wanted(const struct session *s, const struct cmd_call *call, const struct agent_view *view)
{
	const char *filter = cmd_value(call, "filter");
	return !filter || filter_fits(s->pilot, view, str_from(filter));
}

/* --- as what --- */

static void
print_json(struct session *s, const struct cmd_call *call)
{
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, true);
	if (cmd_value(call, "filter"))
		read_tasks(s);
	json_write_object(&w, NULL);
	json_write_cstr(&w, "fleet", fleet_config(s->fleet)->name);
	json_write_array(&w, "hosts");
	for (int i = 0; i < fleet_host_count(s->fleet); i++) {
		struct host_view view;
		fleet_host_at(s->fleet, i, &view);
		json_write_object(&w, NULL);
		json_write_cstr(&w, "name", view.name);
		json_write_cstr(&w, "state", host_state_json(view.state));
		json_age(&w, "seconds", view.since);
		json_write_cstr(&w, "doing", view.doing[0] ? view.doing : NULL);
		json_write_cstr(&w, "error", view.why->code ? view.why->text : NULL);
		json_write_cstr(&w, "note", view.note[0] ? view.note : NULL);
		json_write_int(&w, "agents", view.agents);
		json_write_int(&w, "slots", view.slots);
		json_write_close(&w);
	}
	json_write_close(&w);
	json_write_array(&w, "agents");
	for (int i = 0; i < fleet_agent_count(s->fleet); i++) {
		struct agent_view view;
		fleet_agent_at(s->fleet, i, &view);
		if (!is_wanted(s, call, &view))
			continue;
		json_write_object(&w, NULL);
		json_write_cstr(&w, "name", view.name);
		json_write_cstr(&w, "host", view.host);
		json_write_cstr(&w, "profile", view.profile[0] ? view.profile : NULL);
		json_write_cstr(&w, "state", agent_state_json(view.verdict.state));
		json_write_cstr(&w, "source", view.verdict.source);
		json_write_cstr(
			&w, "detail", view.verdict.detail[0] ? view.verdict.detail : NULL);
		json_age(&w, "quiet_seconds", view.output_at);
		struct pilot_cost cost;
		pilot_cost(s->pilot, &view, &cost);
		cost_json(&w, cost.micros, cost.tokens);
		json_write_cstr(&w, "title", view.title[0] ? view.title : NULL);
		const char *label = pilot_label(s->pilot, view.name);
		json_write_cstr(&w, "label", label[0] ? label : NULL);
		json_write_array(&w, "tags");
		struct str tags = str_from(pilot_tags(s->pilot, view.name));
		while (tags.len > 0)
			json_write_str(&w, NULL, str_cut(&tags, ' '));
		json_write_close(&w);
		json_write_cstr(&w, "worktree", view.dir[0] ? view.dir : NULL);
		json_write_cstr(&w, "branch", view.branch[0] ? view.branch : NULL);
		json_write_close(&w);
	}
	json_write_close(&w);
	json_write_close(&w);
	cmd_print_json(&w, &out);
}

/* Below the table: who ran before is not in it, and is not gone. */
static void
print_others(const struct session *s)
{
	struct buf names = BUF_INIT;
	pilot_kept_now(s->pilot, &names);
	if (fleet_agent_count(s->fleet) == 0)
		printf("no agents %s: \"cockpit new\" starts one\n", names.len ? "run" : "yet");
	if (names.len > 0)
		printf("kept, but not running: %s (\"cockpit resume NAME\" brings one back)\n",
			buf_cstr(&names));
	buf_release(&names);
}

static void
print_table(struct session *s, const struct cmd_call *call)
{
	int all = fleet_agent_count(s->fleet), shown = 0;
	struct buf line = BUF_INIT;
	if (cmd_value(call, "filter"))
		read_tasks(s);
	printf("%-16s  %-12s  %-9s  %-22s  %-6s  %s\n", "AGENT", "HOST", "PROFILE", "STATE",
		"QUIET", "WORK TREE");
	for (int i = 0; i < all; i++) {
		struct agent_view view;
		char state[64], age[8] = "-", sign[UI_SIGN_MAX];
		fleet_agent_at(s->fleet, i, &view);
		if (!is_wanted(s, call, &view))
			continue;
		shown++;
		if (view.output_at)
			clock_age(clock_ms() - view.output_at, age);
		bool detail = view.verdict.state == AGENT_FAILED;
		snprintf(state, sizeof(state), "%s %s%s%.20s",
			ui_sign(agent_state_glyph(view.verdict.state), sign),
			agent_state_word(view.verdict.state), detail ? ": " : "",
			detail ? view.verdict.detail : "");
		buf_clear(&line);
		text_cell(&line, str_from(view.name), 16, false);
		text_cell(&line, str_from(view.host), 12, false);
		text_cell(&line, str_from(view.profile[0] ? view.profile : "-"), 9, false);
		text_cell(&line, str_from(state), 22, false);
		text_cell(&line, str_from(age), 6, false);
		text_safe(&line, str_from(view.dir[0] ? view.dir : "-"), -1);
		puts(buf_cstr(&line));
	}
	buf_release(&line);
	if (all > 0 && shown == 0)
		printf("no agent of %d fits the filter\n", all);
	else if (all == 0 || !cmd_value(call, "filter"))
		print_others(s);
}

static int
run(const struct cmd_call *call)
{
	return session_list(call, print_table, print_json);
}

const struct cmd cmd_ls = {
	.name = "ls",
	.args = "[FLEET] [--filter TEXT] [--json]",
	.max = 1,
	.word = CMD_WORD_FLEET,
	.summary = "list the agents and what they do",
	.help = "Lists every agent of the fleet on all its hosts, with its state and how long "
		"it\n"
		"has printed nothing. Hosts that cannot be reached are named on standard "
		"error;\n"
		"the exit status is then 3.\n"
		"\n"
		"A filter is as behind / on the screen: words that all must fit, in the "
		"agent's "
		"name,\n"
		"host, profile, state, tags, label or task; \"host:web\" in that alone, "
		"\"tag:ui\" is one\n"
		"whole tag, and \"!docs\" leaves out what fits.",
	.options = {CMD_FLEET_OPTION,
		    {"filter", 'f', "TEXT", CMD_WORD_NONE,
			"only those that it fits: 'state:asks !docs'"},
		    CMD_JSON_OPTION},
	.run = run,
};
