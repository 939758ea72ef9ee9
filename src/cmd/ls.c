/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_json.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_cost.h"
#include "cockpit/orch_tags.h"
#include "cockpit/ui_sign.h"
#include "session.h"

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

static void
print_json(const struct session *s)
{
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, true);
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

static void
print_table(const struct session *s)
{
	struct buf line = BUF_INIT;
	printf("%-16s  %-12s  %-9s  %-22s  %-6s  %s\n", "AGENT", "HOST", "PROFILE", "STATE",
		"QUIET", "WORK TREE");
	for (int i = 0; i < fleet_agent_count(s->fleet); i++) {
		struct agent_view view;
		char state[64], age[8] = "-", sign[UI_SIGN_MAX];
		fleet_agent_at(s->fleet, i, &view);
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
	if (fleet_agent_count(s->fleet) == 0)
		printf("no agents yet: \"cockpit new\" starts one\n");
}

static int
run(const struct cmd_call *call)
{
	return session_list(call, print_table, print_json);
}

const struct cmd cmd_ls = {
	.name = "ls",
	.args = "[FLEET] [--json]",
	.max = 1,
	.word = CMD_WORD_FLEET,
	.summary = "list the agents and what they do",
	.help = "Lists every agent of the fleet on all its hosts, with its state and how long "
		"it\n"
		"has printed nothing. Hosts that cannot be reached are named on standard "
		"error;\n"
		"the exit status is then 3.",
	.options = {CMD_FLEET_OPTION, CMD_JSON_OPTION},
	.run = run,
};
