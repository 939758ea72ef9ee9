/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_json.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/fleet_profile.h"
#include "cockpit/io_loop.h"
#include "session.h"

/* How long it watches, so that an agent which works can show it. */
#define WATCH_MS 1500

static void
write_question(struct json_writer *w, const struct agent_question *question)
{
	char id[24];
	snprintf(id, sizeof(id), "%llu", (unsigned long long)question->id);
	json_write_object(w, "question");
	json_write_cstr(w, "id", id);
	json_write_cstr(w, "tool", question->tool[0] ? question->tool : NULL);
	json_write_cstr(w, "what", question->what);
	json_write_int(w, "age_ms", clock_ms() - question->since);
	json_write_cstr(w, "via", question->hook ? "hook" : "keys");
	json_write_array(w, "answers");
	for (int i = 0; i < ANSWER_COUNT; i++) {
		if (question->answers >> i & 1)
			json_write_cstr(w, NULL, agent_answer_name((enum agent_answer)i));
	}
	json_write_close(w);
	json_write_close(w);
}

static void
print_json(const struct agent_view *view, const struct host_view *host)
{
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, true);
	json_write_object(&w, NULL);
	json_write_cstr(&w, "name", view->name);
	json_write_cstr(&w, "host", view->host);
	json_write_cstr(&w, "link", host_state_json(host->state));
	json_write_cstr(&w, "state", agent_state_json(view->verdict.state));
	json_write_cstr(&w, "source", view->verdict.source);
	json_write_cstr(&w, "profile", view->profile[0] ? view->profile : NULL);
	json_write_int(&w, "rule", view->verdict.row);
	json_write_cstr(&w, "detail", view->verdict.detail[0] ? view->verdict.detail : NULL);
	if (view->verdict.since)
		json_write_int(&w, "age_ms", clock_ms() - view->verdict.since);
	else
		json_write_null(&w, "age_ms");
	json_write_cstr(&w, "conversation", view->conversation[0] ? view->conversation : NULL);
	if (view->question)
		write_question(&w, view->question);
	else
		json_write_null(&w, "question");
	json_write_close(&w);
	cmd_print_json(&w, &out);
}

static int
run(const struct cmd_call *call)
{
	struct session s;
	struct err err = ERR_INIT;
	if (session_open(&s, cmd_value(call, "fleet"), FLEET_WATCH | FLEET_LOOK | FLEET_STEADY,
		    &err) < 0)
		return cmd_fail(&err);
	session_settle(&s, -1, SESSION_SETTLE_MS);
	uint32_t id = session_agent(&s, call->args[0], &err);
	int status = 0;
	if (!id) {
		status = cmd_fail(&err);
	} else {
		s.pending = 1;
		session_limit(&s, WATCH_MS);
		while (!s.late)
			loop_turn(s.loop, true);
		struct agent_view view;
		struct host_view host;
		struct buf text = BUF_INIT;
		fleet_agent(s.fleet, id, &view);
		fleet_host_at(s.fleet, view.host_index, &host);
		if (cmd_value(call, "json")) {
			print_json(&view, &host);
		} else {
			fleet_explain(s.fleet, id, &text);
			fputs(buf_cstr(&text), stdout);
		}
		buf_release(&text);
	}
	session_close(&s);
	return status;
}

const struct cmd cmd_explain = {
	.name = "explain",
	.args = "AGENT [--json]",
	.min = 1,
	.max = 1,
	.word = CMD_WORD_AGENT,
	.summary = "say what an agent does, and how cockpit knows",
	.help = "Watches an agent for a moment and prints its state, every piece of evidence "
		"with\n"
		"its age, and the one that decided.",
	.options = {CMD_FLEET_OPTION, CMD_JSON_OPTION},
	.run = run,
};
