/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_json.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_cost.h"
#include "session.h"

void
cost_json(struct json_writer *w, int64_t micros, int64_t tokens)
{
	if (micros >= 0)
		json_write_millionths(w, "cost_usd", micros);
	else
		json_write_null(w, "cost_usd");
	if (tokens >= 0)
		json_write_int(w, "tokens", tokens);
	else
		json_write_null(w, "tokens");
}

/* One that is not there, and of which nothing is known, is left out. */
static bool
is_shown(const struct session *s, int index, struct agent_view *view, struct pilot_cost *cost)
{
	fleet_agent_at(s->fleet, index, view);
	pilot_cost(s->pilot, view, cost);
	return (view->present || view->declared || view->lost) &&
	       (cost->source != COST_NONE || pilot_cost_wanted(view));
}

static void
print_json(struct session *s, const struct cmd_call *call)
{
	(void)call;
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, true);
	struct pilot_costs costs;
	pilot_costs(s->pilot, &costs);
	json_write_object(&w, NULL);
	json_write_cstr(&w, "fleet", fleet_config(s->fleet)->name);
	json_write_array(&w, "agents");
	for (int i = 0; i < fleet_agent_count(s->fleet); i++) {
		struct agent_view view;
		struct pilot_cost cost;
		if (!is_shown(s, i, &view, &cost))
			continue;
		bool told = cost.source != COST_NONE;
		json_write_object(&w, NULL);
		json_write_cstr(&w, "name", view.name);
		json_write_cstr(&w, "host", view.host);
		json_write_cstr(&w, "profile", view.profile[0] ? view.profile : NULL);
		cost_json(&w, cost.micros, cost.tokens);
		json_write_cstr(&w, "source", told ? cost_source_name(cost.source) : NULL);
		if (told) {
			json_write_int(&w, "seconds", clock_wall() - cost.at);
			json_write_int(&w, "since", cost.first);
		} else {
			json_write_null(&w, "seconds");
			json_write_null(&w, "since");
		}
		json_write_close(&w);
	}
	json_write_close(&w);
	json_write_object(&w, "all");
	cost_json(&w, costs.micros, costs.tokens);
	json_write_int(&w, "agents_that_told", costs.told);
	json_write_int(&w, "agents_that_did_not", costs.silent);
	json_write_close(&w);
	json_write_object(&w, "gone");
	cost_json(&w, costs.gone_micros, costs.gone_tokens);
	json_write_close(&w);
	json_write_close(&w);
	cmd_print_json(&w, &out);
}

/* The columns that a sum has, too. */
static void
add_numbers(struct buf *line, int64_t micros, int64_t tokens)
{
	struct buf dollars = BUF_INIT, count = BUF_INIT;
	if (micros >= 0)
		cost_write_dollars(micros, false, &dollars);
	else
		buf_addc(&dollars, "not told");
	if (tokens >= 0)
		cost_write_tokens(tokens, &count);
	else
		buf_addc(&count, "-");
	text_cell(line, buf_str(&dollars), 12, true);
	text_cell(line, buf_str(&count), 7, true);
	buf_release(&dollars);
	buf_release(&count);
}

static void
print_sum(const char *name, const char *note, int64_t micros, int64_t tokens)
{
	struct buf line = BUF_INIT;
	text_cell(&line, str_from(name), 16, false);
	text_cell(&line, STR(""), 9, false);
	add_numbers(&line, micros, tokens);
	buf_addc(&line, note);
	puts(buf_cstr(&line));
	buf_release(&line);
}

static void
print_table(struct session *s, const struct cmd_call *call)
{
	(void)call;
	struct pilot_costs costs;
	struct buf line = BUF_INIT;
	int shown = 0;
	pilot_costs(s->pilot, &costs);
	printf("%-16s  %-9s  %12s  %7s  %-5s  %s\n", "AGENT", "PROFILE", "COST", "TOKENS",
		"SINCE", "TOLD BY");
	for (int i = 0; i < fleet_agent_count(s->fleet); i++) {
		struct agent_view view;
		struct pilot_cost cost;
		char since[8] = "-", age[8] = "";
		if (!is_shown(s, i, &view, &cost))
			continue;
		bool told = cost.source != COST_NONE;
		if (told) {
			clock_age((clock_wall() - cost.first) * 1000, since);
			clock_age((clock_wall() - cost.at) * 1000, age);
		}
		buf_clear(&line);
		text_cell(&line, str_from(view.name), 16, false);
		text_cell(&line, str_from(view.profile[0] ? view.profile : "-"), 9, false);
		add_numbers(&line, cost.micros, cost.tokens);
		text_cell(&line, str_from(since), 5, false);
		buf_printf(&line, "%s%s%s%s", told ? cost_source_words(cost.source) : "-",
			told ? ", " : "", age, told ? " ago" : "");
		puts(buf_cstr(&line));
		shown++;
	}
	buf_clear(&line);
	if (costs.silent > 0)
		buf_printf(&line, "without the %d that %s not told", costs.silent,
			costs.silent == 1 ? "has" : "have");
	if (shown > 0)
		print_sum("all of them", buf_cstr(&line), costs.micros, costs.tokens);
	if (costs.gone_micros >= 0 || costs.gone_tokens >= 0)
		print_sum("agents gone", "those that are not there any more", costs.gone_micros,
			costs.gone_tokens);
	buf_release(&line);
}

static int
run(const struct cmd_call *call)
{
	return session_list(call, print_table, print_json);
}

const struct cmd cmd_cost = {
	.name = "cost",
	.args = "[FLEET] [--json]",
	.max = 1,
	.word = CMD_WORD_FLEET,
	.summary = "say what the agents have spent, as far as they tell",
	.help = "Lists what each agent says that it has spent, over all its starts and "
		"conversations,\n"
		"and who told it when. Nothing is reckoned: what an agent does not say is not "
		"told.\n"
		"Hosts that cannot be reached are named on standard error; the exit status is "
		"then 3.",
	.options = {CMD_FLEET_OPTION, CMD_JSON_OPTION},
	.run = run,
};
