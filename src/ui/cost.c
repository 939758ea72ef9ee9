/* SPDX-License-Identifier: MIT */
#include "cost.h"

#include <stdio.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_text.h"
#include "cockpit/orch_cost.h"
#include "view.h"

#define WIDE 84 /* columns with room for all that is known */

static const char title[] = "cost";

void
cost_words(const struct view *view, struct buf *into)
{
	struct pilot_costs costs;
	if (!view->pilot)
		return;
	pilot_costs(view->pilot, &costs);
	if (costs.micros < 0)
		return;
	cost_write_dollars(costs.micros, true, into);
	buf_addc(into, costs.silent > 0 ? "+" : "");
}

/* --- the box --- */

static void
add_name(struct buf *into, bool wide, const char *name, const char *profile)
{
	text_cell(into, str_from(name), wide ? 20 : 14, false);
	if (wide)
		text_cell(into, str_from(profile), 10, false);
}

static void
add_numbers(struct buf *into, bool wide, int64_t micros, int64_t tokens)
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
	text_cell(into, buf_str(&dollars), wide ? 12 : 9, true);
	text_cell(into, buf_str(&count), 7, true);
	buf_release(&dollars);
	buf_release(&count);
}

/* By whom, and how long ago. */
static void
add_source(struct buf *into, bool wide, const struct pilot_cost *cost)
{
	char age[8];
	if (cost->source == COST_NONE) {
		buf_addc(into, wide ? "-      -" : "-");
		return;
	}
	if (wide) {
		clock_age((clock_wall() - cost->first) * 1000, age);
		text_cell(into, str_from(age), 5, false);
	}
	clock_age((clock_wall() - cost->at) * 1000, age);
	buf_printf(into, "%s %s%s",
		wide ? cost_source_words(cost->source) : cost_source_name(cost->source), age,
		wide ? " ago" : "");
}

static void
add_head(struct buf *into, bool wide)
{
	add_name(into, wide, "agent", "profile");
	text_cell(into, STR("cost"), wide ? 12 : 9, true);
	text_cell(into, STR("tokens"), 7, true);
	buf_addc(into, wide ? "since  told by\n" : "told by\n");
}

static int
add_agents(const struct view *view, bool wide, struct buf *into)
{
	int shown = 0;
	for (int i = 0; i < view->everyone_count; i++) {
		struct agent_view agent;
		struct pilot_cost cost;
		if (!fleet_agent(view->fleet, view->everyone[i], &agent))
			continue;
		pilot_cost(view->pilot, &agent, &cost);
		if (cost.source == COST_NONE && !pilot_cost_wanted(&agent))
			continue;
		add_name(into, wide, agent.name, agent.profile);
		add_numbers(into, wide, cost.micros, cost.tokens);
		add_source(into, wide, &cost);
		buf_byte(into, '\n');
		shown++;
	}
	return shown;
}

static void
write_text(const struct view *view, struct buf *into)
{
	bool wide = surface_cols(view->surface) - 4 >= WIDE;
	struct pilot_costs costs;
	pilot_costs(view->pilot, &costs);
	add_head(into, wide);
	if (add_agents(view, wide, into) > 0) {
		add_name(into, wide, "all of them", "");
		add_numbers(into, wide, costs.micros, costs.tokens);
		buf_byte(into, '\n');
	} else {
		buf_addc(into, "no agent runs\n");
	}
	if (costs.gone_micros >= 0 || costs.gone_tokens >= 0) {
		add_name(into, wide, "agents gone", "");
		add_numbers(into, wide, costs.gone_micros, costs.gone_tokens);
		buf_byte(into, '\n');
	}
	buf_addc(into, "\nAgents say this themselves; cockpit reckons nothing.\n");
	if (costs.silent > 0)
		buf_printf(into, "%d of them %s not told, and %s not in the sum.\n",
			costs.silent, costs.silent == 1 ? "has" : "have",
			costs.silent == 1 ? "is" : "are");
}

void
cost_show(struct view *view, int argument)
{
	(void)argument;
	if (!view->pilot)
		return;
	buf_clear(&view->text);
	write_text(view, &view->text);
	overlay_text(view, title);
}

void
cost_refresh(struct view *view)
{
	if (view->text.len == 0 || view->text_title != title)
		return;
	buf_clear(&view->text);
	write_text(view, &view->text);
}
