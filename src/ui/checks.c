/* SPDX-License-Identifier: MIT */
#include "checks.h"

#include <stdio.h>
#include <string.h>

#include "action.h"
#include "checks_past.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/orch_check.h"
#include "cockpit/orch_fix.h"
#include "cockpit/orch_pilot.h"
#include "pager.h"
#include "panel.h"
#include "view.h"

#define INDENT    2
#define NAMES_MAX 50

/* The row of an agent begins with what came of it; those that are about it follow, and its
 * earlier ones if they are unfolded. */
struct checks_row {
	char *text;
	enum theme_role role;
	int indent;
	uint32_t agent;
	int64_t past; /* it is about that earlier one; 0: about the last */
	bool stop;    /* it can be selected */
};

static const struct {
	const char *glyph, *word;
	enum theme_role role;
} states[] = {
	[CHECK_NONE] = {"·",  "not checked yet",    ROLE_DIM          },
	[CHECK_WAITS] = {"·",  "waits for its turn", ROLE_STATE_WORKING},
	[CHECK_RUNS] = {"⠹", "running",            ROLE_STATE_WORKING},
	[CHECK_PASSED] = {"✓", "passed",             ROLE_STATE_DONE   },
	[CHECK_CANCELED] = {"·",  "cancelled",          ROLE_DIM          },
	[CHECK_FAILED] = {"✗", "failed",             ROLE_STATE_FAILED },
	[CHECK_LATE] = {"✗", "took too long",      ROLE_STATE_FAILED },
	[CHECK_BROKEN] = {"✗", "could not be run",   ROLE_STATE_FAILED },
};

static void
drop_rows(struct checks_view *checks)
{
	for (int i = 0; i < checks->count; i++)
		mem_free(checks->rows[i].text);
	mem_free(checks->rows);
	checks->rows = NULL;
	checks->count = 0;
}

void
checks_release(struct checks_view *checks)
{
	drop_rows(checks);
	checks_past_release(checks);
}

static struct pilot_check
check_of(const struct view *view, uint32_t agent)
{
	struct pilot_check check = {
		.words = "", .names = "", .log = "", .live = "", .failed = -1};
	if (view->pilot)
		pilot_check(view->pilot, agent, &check);
	return check;
}

static bool
is_bad(const struct pilot_check *check)
{
	return check->state >= CHECK_FAILED;
}

int
checks_count(const struct view *view)
{
	int ret = 0;
	for (int i = 0; i < view->everyone_count; i++) {
		struct pilot_check check = check_of(view, view->everyone[i]);
		ret += is_bad(&check);
	}
	return ret;
}

static bool
is_merged(const struct view *view, uint32_t agent)
{
	struct pilot_work work = {0};
	if (view->pilot)
		pilot_work(view->pilot, agent, &work);
	return work.merged;
}

uint64_t
checks_stamp(const struct view *view, uint32_t agent)
{
	struct pilot_check check = check_of(view, agent);
	struct friction friction = {0};
	if (view->pilot)
		pilot_friction(view->pilot, agent, &friction);
	const int64_t numbers[] = {(int64_t)check.state, check.id, check.stale,
		(int64_t)friction.kind, is_merged(view, agent)};
	return str_hash(str_hash(STR_HASH_INIT, str_from(friction.words)),
		(struct str){(const char *)numbers, sizeof(numbers)});
}

/* --- on the tile --- */

/* Since when, where there is room for it. */
static void
add_age(struct buf *into, const char *words, int64_t at, int cols)
{
	char age[8];
	clock_age((clock_wall() - at) * 1000, age);
	buf_addc(into, words);
	if (text_cols(buf_str(into)) + 1 + (int)strlen(age) <= cols)
		buf_printf(into, " %s", age);
}

enum theme_role
checks_words(const struct view *view, uint32_t agent, int cols, struct buf *into)
{
	struct pilot_check check = check_of(view, agent);
	struct friction friction = {0};
	struct buf words = BUF_INIT;
	enum theme_role role = states[check.state].role;
	if (view->pilot)
		pilot_friction(view->pilot, agent, &friction);
	if (check.state == CHECK_RUNS) {
		add_age(&words, "⠹ checking", check.at, cols);
	} else if (check.state == CHECK_WAITS) {
		add_age(&words, "check waits", check.at, cols);
	} else if (friction.kind == FRICTION_STUCK) {
		buf_printf(&words, "f %s", friction.words);
		role = ROLE_STATE_ASKS;
	} else if (is_bad(&check)) {
		buf_printf(&words, "f fix: %s",
			check.words[0] ? check.words : states[check.state].word);
	} else if (is_merged(view, agent)) {
		buf_addc(&words, "✓ merged");
		role = ROLE_STATE_DONE;
	} else if (check.state == CHECK_PASSED && !check.stale) {
		buf_addc(&words, "✓ checked");
	}
	if (text_cols(buf_str(&words)) > cols && is_bad(&check)) {
		buf_clear(&words);
		if (check.failed > 0)
			buf_printf(&words, "f fix: %d failed", check.failed);
		else
			buf_addc(&words, "f fix");
	}
	if (text_cols(buf_str(&words)) <= cols)
		buf_add(into, buf_str(&words));
	buf_release(&words);
	return role;
}

/* --- rows --- */

static void
add_rows(struct checks_view *checks, const struct checks_row *like, struct str text, int cols)
{
	bool stop = like->stop;
	while (text.len > 0) {
		struct str row =
			text_row(&text, cols - like->indent > 1 ? cols - like->indent : 1);
		checks->rows =
			mem_room(checks->rows, (size_t)checks->count, sizeof(*checks->rows));
		checks->rows[checks->count] = *like;
		checks->rows[checks->count].stop = stop;
		checks->rows[checks->count++].text = mem_strndup(row.ptr, row.len);
		stop = false;
	}
}

static void
add_names(
	struct checks_view *checks, const struct checks_row *like, const char *names, int cols)
{
	struct str rest = str_from(names);
	for (int i = 0; rest.len > 0 && i < NAMES_MAX; i++)
		add_rows(checks, like, str_cut(&rest, '\n'), cols);
}

static void
add_past(struct view *view, const struct past_check *past, uint32_t agent, int cols)
{
	struct buf words = BUF_INIT, came = BUF_INIT;
	char age[8], took[8];
	struct checks_row row = {.role = states[past->state].role,
		.indent = 2 * INDENT,
		.agent = agent,
		.past = past->id,
		.stop = true};
	const char *said = past->words[0] ? past->words : states[past->state].word;
	clock_age((clock_wall() - past->at) * 1000, age);
	clock_age(past->took, took);
	buf_printf(&came, "%s%s", past->trial ? "merged tree: " : "", said);
	buf_printf(&words, "%s %4s ago, took %3s  %s", states[past->state].glyph, age, took,
		past->tree);
	/* Both on one row, or each on its own. */
	bool one =
		text_cols(buf_str(&words)) + 2 + text_cols(buf_str(&came)) <= cols - row.indent;
	buf_printf(&words, "%s%s", one ? "  " : "\n", buf_cstr(&came));
	add_rows(&view->checks, &row, buf_str(&words), cols);
	row.stop = false;
	row.indent = 3 * INDENT;
	row.role = ROLE_TEXT;
	if (agent == view->focus && past->id == view->checks.selected)
		add_names(&view->checks, &row, past->names, cols);
	buf_release(&words);
	buf_release(&came);
}

static void
add_pasts(struct view *view, uint32_t agent, int cols)
{
	const struct past_check *pasts = NULL;
	const char *error;
	struct checks_row row = {.role = ROLE_DIM, .indent = 2 * INDENT, .agent = agent};
	if (!checks_past_open(view, agent))
		return;
	int count = checks_past(view, agent, &pasts, &error);
	if (count < 0)
		add_rows(&view->checks, &row, error[0] ? str_from(error) : STR("reading…"),
			cols);
	else if (count == 0)
		add_rows(&view->checks, &row, STR("none has ended yet"), cols);
	for (int i = 0; i < count; i++)
		add_past(view, &pasts[i], agent, cols);
}

static void
add_agent(struct view *view, uint32_t agent, int cols)
{
	struct pilot_check check = check_of(view, agent);
	struct agent_view found;
	struct buf head = BUF_INIT;
	struct checks_row row = {.role = states[check.state].role,
		.indent = INDENT,
		.agent = agent,
		.stop = true};
	if (!fleet_agent(view->fleet, agent, &found))
		return;
	bool under_way = check_is_under_way(check.state);
	buf_printf(&head, "%s %s  %s", states[check.state].glyph, found.name,
		check.words[0] && !under_way ? check.words : states[check.state].word);
	if (check.at && check.state != CHECK_NONE) {
		char age[8];
		clock_age((clock_wall() - check.at) * 1000, age);
		buf_printf(&head, "  %s%s", age, under_way ? "" : " ago");
	}
	if (check.stale && !under_way)
		buf_addc(&head, "; it has changed since");
	add_rows(&view->checks, &row, buf_str(&head), cols);
	row.stop = false;
	row.indent = 2 * INDENT;
	row.role = ROLE_TEXT;
	if (agent == view->focus && !under_way)
		add_names(&view->checks, &row, check.names, cols);
	add_pasts(view, agent, cols);
	buf_release(&head);
}

/* A task may have a check where the fleet has none. */
static bool
any_checked(const struct view *view)
{
	for (int i = 0; i < view->everyone_count; i++) {
		if (check_of(view, view->everyone[i]).state != CHECK_NONE)
			return true;
	}
	return false;
}

static void
make_rows(struct view *view, int cols)
{
	struct checks_row row = {.role = ROLE_DIM};
	const struct fleet_config *config = fleet_config(view->fleet);
	drop_rows(&view->checks);
	view->checks.cols = cols;
	if (!config->check && !any_checked(view)) {
		add_rows(&view->checks, &row,
			STR("This fleet has no \"check\" in its file: the command that tells "
			    "whether work is good. cockpit.json is read when cockpit begins."),
			cols);
		return;
	}
	struct buf command = BUF_INIT;
	text_safe(&command, str_from(config->check ? config->check : "each task's own"), 300);
	add_rows(&view->checks, &row, buf_str(&command), cols);
	buf_release(&command);
	for (int i = 0; i < view->everyone_count; i++)
		add_agent(view, view->everyone[i], cols);
}

/* --- drawing --- */

/* The one that is selected; the agent's own if that is gone. */
static int
selected_row(const struct view *view)
{
	const struct checks_view *checks = &view->checks;
	int ret = -1;
	for (int i = 0; i < checks->count; i++) {
		const struct checks_row *row = &checks->rows[i];
		if (!row->stop || row->agent != view->focus)
			continue;
		if (row->past == checks->selected)
			return i;
		if (row->past == 0)
			ret = i;
	}
	return ret;
}

/* It is seen, with as much of what is said of it as there is room for. */
static void
place(struct view *view)
{
	struct checks_view *checks = &view->checks;
	int first = selected_row(view), last = first;
	while (first >= 0 && last + 1 < checks->count && !checks->rows[last + 1].stop)
		last++;
	panel_scroll(&checks->top, checks->page, checks->count, first, last);
}

void
checks_draw(struct view *view, struct rect in)
{
	struct checks_view *checks = &view->checks;
	make_rows(view, in.w);
	checks->page = in.h;
	place(view);
	int selected = selected_row(view);
	for (int i = 0; i < in.h && checks->top + i < checks->count; i++) {
		const struct checks_row *row = &checks->rows[checks->top + i];
		struct style style = theme_style(view->theme, row->role);
		if (checks->top + i == selected) {
			style = panel_select(
				view, (struct rect){in.x, in.y + i, in.w, 1}, style);
			surface_put(view->surface, in.x + row->indent - INDENT, in.y + i, 1,
				style, STR("▸"));
		}
		surface_put(view->surface, in.x + row->indent, in.y + i, in.w - row->indent,
			style, str_from(row->text));
	}
}

/* --- actions --- */

/* The keys stay here. */
static void
select_row(struct view *view, const struct checks_row *row)
{
	enum view_mode mode = view->mode;
	view->checks.selected = row->past;
	action_focus(view, row->agent);
	view->mode = mode;
}

void
checks_click(struct view *view, int row)
{
	int index = view->checks.top + row;
	if (row >= 0 && index < view->checks.count && view->checks.rows[index].agent)
		select_row(view, &view->checks.rows[index]);
}

void
checks_move(struct view *view, int argument)
{
	struct checks_view *checks = &view->checks;
	int step = argument < 0 ? -1 : 1, left = argument * step;
	make_rows(view, checks->cols > 0 ? checks->cols : 80);
	int found = selected_row(view);
	for (int i = found + step; left > 0 && i >= 0 && i < checks->count; i += step) {
		if (!checks->rows[i].stop)
			continue;
		found = i;
		left--;
	}
	if (found >= 0)
		select_row(view, &checks->rows[found]);
}

void
checks_page(struct view *view, int argument)
{
	int page = view->checks.page > 2 ? view->checks.page - 2 : 1;
	checks_move(view, argument * page);
}

/* Folded from one of them, the agent itself is selected. */
void
checks_unfold(struct view *view, int argument)
{
	checks_past_fold(view, view->focus, argument != 0);
	if (!argument)
		view->checks.selected = 0;
}

void
checks_run(struct view *view, int argument)
{
	struct agent_view agent;
	struct err err = ERR_INIT;
	(void)argument;
	if (!view_focused(view, &agent))
		return;
	if (pilot_check_now(view->pilot, agent.id, action_report, view, &err) < 0)
		action_complain(view, &err);
	else if (check_of(view, agent.id).state == CHECK_WAITS)
		view_toast(view, ROLE_NOTICE, "%s is checked next: %d run at a time there",
			agent.name, fleet_config_check_limit(fleet_config(view->fleet)));
	else
		view_toast(view, ROLE_NOTICE, "checking %s…", agent.name);
}

void
checks_lead(struct view *view, uint32_t agent, int64_t past)
{
	checks_past_fold(view, agent, true);
	if (view->focus == agent)
		view->checks.selected = past;
	view_changed(view);
}

/* A run ends, and another one may begin: they are told apart by their files. */
static bool
title_live(const struct view *view, uint32_t agent, const char *path, struct buf *title)
{
	struct pilot_check check = check_of(view, agent);
	struct agent_view found = {.name = ""};
	char age[8];
	bool runs = check.live[0] && strcmp(check.live, path) == 0;
	bool next = !runs && check_is_under_way(check.state);
	bool known = strcmp(check.log, path) == 0;
	enum check_state state = known || runs ? check.state : CHECK_CANCELED;
	fleet_agent(view->fleet, agent, &found);
	buf_printf(title, "the check of %s", found.name);
	if (!next)
		buf_printf(title, " %s %s", states[state].glyph, check_state_name(state));
	clock_age((clock_wall() - check.at) * 1000, age);
	if (runs)
		buf_printf(title, " %s", age);
	else if (known && check.words[0])
		buf_printf(title, ", %s", check.words);
	buf_addc(title, ": ");
	text_safe(title, str_from(path), 200);
	return runs;
}

static void
show_log(struct view *view, const char *agent, const char *what, enum check_state state,
	const char *log)
{
	struct buf title = BUF_INIT;
	buf_printf(&title, "the check of %s%s %s %s: ", agent, what, states[state].glyph,
		check_state_name(state));
	text_safe(&title, str_from(log), 200);
	pager_open(view, log, buf_cstr(&title));
	buf_release(&title);
}

void
checks_log(struct view *view, int argument)
{
	struct agent_view agent;
	(void)argument;
	if (!view_focused(view, &agent))
		return;
	const struct past_check *past =
		checks_past_open(view, agent.id)
			? checks_past_find(view, agent.id, view->checks.selected)
			: NULL;
	struct pilot_check check = check_of(view, agent.id);
	const char *log = past ? past->log : check.log;
	if (!past && check.live[0])
		pager_follow(view, check.live, agent.id, title_live);
	else if (!past && check.state == CHECK_RUNS)
		view_toast(view, ROLE_NOTICE, "the check of %s has printed nothing yet",
			agent.name);
	else if (!log[0])
		view_toast(
			view, ROLE_NOTICE, "there is no output of a check of %s", agent.name);
	else if (!path_exists(log))
		view_toast(view, ROLE_NOTICE,
			"what that check printed is not kept any more: only the last %d are",
			CHECK_LOGS);
	else
		show_log(view, agent.name, past && past->trial ? ", merged," : "",
			past ? past->state : check.state, log);
}
