/* SPDX-License-Identifier: MIT */
#include "tasks.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "action.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/orch_tasks.h"
#include "current.h"
#include "extras.h"
#include "keymap.h"
#include "panel.h"
#include "view.h"

#define INDENT      2
#define TEXT_INDENT 4
#define STATE_COLS  12 /* glyph, word, a blank or two */
#define ROWS_MAX    400

/* A row that is no task's own. */
struct tasks_row {
	char *text;
	enum theme_role role;
};

static const struct {
	const char *glyph;
	enum theme_role role;
} states[TASK_STATE_COUNT] = {
	[TASK_QUEUED] = {"·",  ROLE_DIM          },
	[TASK_CLAIMED] = {"◌", ROLE_STATE_WORKING},
	[TASK_WORKING] = {"⠹", ROLE_STATE_WORKING},
	[TASK_CHECKING] = {"⠼", ROLE_STATE_WORKING},
	[TASK_NEEDS_YOU] = {"●", ROLE_STATE_ASKS   },
	[TASK_READY] = {"✓", ROLE_STATE_DONE   },
	[TASK_MERGED] = {"✓", ROLE_DIM          },
	[TASK_FAILED] = {"✗", ROLE_STATE_FAILED },
	[TASK_CANCELLED] = {"–", ROLE_DIM          },
};

static void
drop_rows(struct tasks_view *tasks)
{
	for (int i = 0; i < tasks->count; i++)
		mem_free(tasks->rows[i].text);
	mem_free(tasks->rows);
	tasks->rows = NULL;
	tasks->count = tasks->before = 0;
}

void
tasks_release(struct tasks_view *tasks)
{
	drop_rows(tasks);
	task_draft_release(&tasks->draft);
}

static struct pilot_tasks
list_of(const struct view *view)
{
	struct pilot_tasks now = {0};
	if (view->pilot)
		pilot_tasks(view->pilot, &now);
	return now;
}

int
tasks_count(const struct view *view)
{
	if (view->pilot)
		pilot_watch_tasks(view->pilot);
	return (int)list_of(view).all_open;
}

/* --- on the tile --- */

void
tasks_words(const struct view *view, uint32_t agent, int cols, struct buf *into)
{
	const struct task *task = view->pilot ? pilot_task_of(view->pilot, agent) : NULL;
	if (task && cols > 0)
		text_safe(into, str_from(task->title), cols);
}

uint64_t
tasks_stamp(const struct view *view, uint32_t agent)
{
	const struct task *task = view->pilot ? pilot_task_of(view->pilot, agent) : NULL;
	return str_hash(STR_HASH_INIT, str_from(task ? task->title : NULL));
}

/* --- items: the open ones, what the repo says, the fold, those that are over --- */

static size_t
item_count(const struct view *view, const struct pilot_tasks *now)
{
	size_t over = now->count - now->open;
	return now->open + current_count(view) + (over > 0) + (view->tasks.unfolded ? over : 0);
}

/* NULL: it is no task of the board. */
static const struct task *
item_task(const struct view *view, const struct pilot_tasks *now, size_t item)
{
	size_t fold = now->open + current_count(view);
	if (item < now->open)
		return &now->list[item];
	return item > fold ? &now->list[now->open + item - fold - 1] : NULL;
}

static int64_t
item_id(const struct view *view, const struct pilot_tasks *now, size_t item)
{
	const struct task *task = item_task(view, now, item);
	if (task)
		return task->id;
	bool fold = item == now->open + current_count(view);
	return fold ? TASKS_FOLD : current_id(view, item - now->open);
}

static void
select_item(struct view *view, const struct pilot_tasks *now, size_t item)
{
	struct tasks_view *tasks = &view->tasks;
	int64_t id = item_id(view, now, item);
	tasks->fresh = tasks->fresh || id != tasks->id;
	tasks->id = id;
	tasks->at = item;
}

/* It stays on its task as long as that is there, else near where it was. */
static void
follow(struct view *view, const struct pilot_tasks *now)
{
	struct tasks_view *tasks = &view->tasks;
	size_t count = item_count(view, now);
	for (size_t i = 0; tasks->added && i < now->open; i++) {
		if (now->list[i].id == tasks->added) {
			tasks->added = 0;
			select_item(view, now, i);
		}
	}
	for (size_t i = 0; i < count; i++) {
		if (item_id(view, now, i) == tasks->id) {
			tasks->at = i;
			return;
		}
	}
	if (count > 0)
		select_item(view, now, tasks->at < count ? tasks->at : count - 1);
	else
		tasks->id = 0;
}

const struct task *
tasks_selected(const struct view *view)
{
	return view->pilot && view->tasks.id > 0 ? pilot_task(view->pilot, view->tasks.id)
						 : NULL;
}

void
tasks_opened(struct view *view)
{
	const struct task *task =
		view->pilot && view->focus ? pilot_task_of(view->pilot, view->focus) : NULL;
	if (task && view->tasks.id == 0)
		view->tasks.id = task->id;
}

static int
id_cols(const struct pilot_tasks *now)
{
	int64_t most = 0;
	for (size_t i = 0; i < now->count; i++)
		most = now->list[i].id > most ? now->list[i].id : most;
	return snprintf(NULL, 0, "%" PRId64, most);
}

/* --- rows around the tasks --- */

static void
add_rows(struct tasks_view *tasks, enum theme_role role, int cols, struct str text)
{
	while (text.len > 0 && tasks->count < ROWS_MAX) {
		struct str row = text_row(&text, cols > 1 ? cols : 1);
		tasks->rows = mem_room(tasks->rows, (size_t)tasks->count, sizeof(*tasks->rows));
		tasks->rows[tasks->count++] =
			(struct tasks_row){mem_strndup(row.ptr, row.len), role};
	}
}

/* A text of several lines, which is foreign. */
static void
add_text(struct tasks_view *tasks, enum theme_role role, int cols, const char *text)
{
	struct str rest = str_from(text);
	struct buf line = BUF_INIT;
	while (rest.len > 0 && tasks->count < ROWS_MAX) {
		buf_clear(&line);
		text_safe_tabs(&line, str_cut(&rest, '\n'), 8);
		add_rows(tasks, role, cols, line.len ? buf_str(&line) : STR(" "));
	}
	if (rest.len > 0) {
		struct tasks_row *last = &tasks->rows[tasks->count - 1];
		mem_free(last->text);
		*last = (struct tasks_row){mem_strdup("…"), ROLE_DIM};
	}
	buf_release(&line);
}

static void
add_needs(struct view *view, const struct task *task, int cols)
{
	struct buf words = BUF_INIT;
	for (size_t i = 0; task->needs[i]; i++) {
		const struct task *need = pilot_task(view->pilot, task->needs[i]);
		buf_printf(&words, "%s%" PRId64, i ? ", " : "needs ", task->needs[i]);
		if (need)
			buf_printf(&words, " (%s)", task_state_name(need->state));
	}
	add_rows(&view->tasks, ROLE_DIM, cols, buf_str(&words));
	buf_release(&words);
}

/* What is said of it for which there was no room beside its title. */
static void
add_dropped(struct view *view, const struct task *task, int room, int cols)
{
	struct extras extras = {0};
	struct buf title = BUF_INIT, words = BUF_INIT;
	text_safe(&title, str_from(task->title), -1);
	extras_write(view, task, &extras);
	extras_fit(&extras, text_cols(buf_str(&title)), room);
	if (text_cols(buf_str(&title)) > extras.title_cols)
		add_rows(&view->tasks, ROLE_TITLE, cols, buf_str(&title));
	for (int i = 0; i < EXTRAS; i++) {
		if (extras.words[i].len == 0 || extras.shown[i])
			continue;
		buf_addc(&words, words.len ? "  " : "");
		buf_add(&words, buf_str(&extras.words[i]));
	}
	add_rows(&view->tasks, ROLE_DIM, cols, buf_str(&words));
	buf_release(&title);
	buf_release(&words);
	extras_release(&extras);
}

/* AGENT or HOST/AGENT. */
static bool
is_here(const struct view *view, const char *who)
{
	struct agent_view agent;
	for (int i = 0; i < view->everyone_count; i++) {
		if (fleet_agent(view->fleet, view->everyone[i], &agent) &&
			strcmp(agent.name, who) == 0)
			return true;
	}
	return tasks_owner(view, who) != 0;
}

/* One that waits, and for nothing on the board, waits for an agent: that none will come is
 * said. */
static void
add_waits(struct view *view, const struct task *task, int cols)
{
	if (task->state != TASK_QUEUED || task->blocked)
		return;
	if (task->wanted[0] && !is_here(view, task->wanted))
		add_rows(&view->tasks, ROLE_ERROR, cols, STR("no agent of that name is here"));
	if (!fleet_config(view->fleet)->automatic)
		add_rows(&view->tasks, ROLE_DIM, cols,
			STR("nobody gets it by itself: \"auto\" is off in this fleet"));
}

static void
add_opened(struct view *view, const struct task *task, int room, int cols)
{
	struct buf why = BUF_INIT;
	add_dropped(view, task, room, cols);
	if (task->why[0]) {
		text_safe(&why, str_from(task->why), -1);
		add_rows(&view->tasks, states[task->state].role, cols, buf_str(&why));
	}
	add_needs(view, task, cols);
	add_waits(view, task, cols);
	add_text(&view->tasks, ROLE_TEXT, cols, task->text);
	buf_release(&why);
}

static void
make_rows(struct view *view, const struct pilot_tasks *now, int cols)
{
	struct tasks_view *tasks = &view->tasks;
	const struct task *task = tasks_selected(view);
	struct buf words = BUF_INIT;
	char said[128];
	drop_rows(tasks);
	if (now->error) {
		text_safe(&words, str_from(now->error), -1);
		add_rows(tasks, ROLE_ERROR, cols, buf_str(&words));
	} else if (now->stamp == 0) {
		add_rows(tasks, ROLE_DIM, cols, STR("…"));
	} else if (now->count == 0 && current_count(view) == 0) {
		buf_printf(&words, "No tasks yet: %s.",
			keymap_said(view, VIEW_TASKS, "a adds one", said));
		add_rows(tasks, ROLE_DIM, cols, buf_str(&words));
	} else if (now->all_open > now->open) {
		buf_printf(&words, "The first %zu of %zu:", now->open, now->all_open);
		add_rows(tasks, ROLE_DIM, cols, buf_str(&words));
	}
	buf_release(&words);
	tasks->before = tasks->count;
	if (task)
		add_opened(view, task, cols - INDENT - STATE_COLS - id_cols(now) - 1,
			cols - TEXT_INDENT);
}

/* --- drawing --- */

/* The selected one is seen with all that is opened below it; of what is higher than the panel
 * its first rows, until it is paged. */
static void
place(struct tasks_view *tasks, int lines)
{
	int first = tasks->before + (int)tasks->at, last = first + tasks->count - tasks->before;
	bool tall = last - first + 1 > tasks->page;
	int low = last - tasks->page + 1, high = first;
	if (tall) {
		low = first;
		high = last - tasks->page + 1;
	}
	if (tall && tasks->fresh)
		tasks->top = first;
	tasks->fresh = false;
	if (first == tasks->before && !tall)
		high = 0;
	if (tasks->top < low)
		tasks->top = low;
	if (tasks->top > high)
		tasks->top = high;
	if (tasks->top > lines - tasks->page)
		tasks->top = lines - tasks->page;
	if (tasks->top < 0)
		tasks->top = 0;
}

/* A row of the screen on which a task, or the fold, is drawn. */
struct line {
	int x, y, end;
	bool selected;
	struct style ground;
};

static void
put(struct view *view, struct line *line, enum theme_role role, struct str words)
{
	struct style style = theme_style(view->theme, role);
	if (line->selected)
		style = theme_over(line->ground, style);
	line->x +=
		surface_put(view->surface, line->x, line->y, line->end - line->x, style, words);
}

static void
draw_task(struct view *view, struct line *line, const struct task *task, int ids)
{
	struct extras extras = {0};
	struct buf words = BUF_INIT;
	int start = line->x;
	enum theme_role role = states[task->state].role;
	buf_printf(&words, "%s %s", states[task->state].glyph, task_state_name(task->state));
	put(view, line, role, buf_str(&words));
	line->x = start + STATE_COLS;
	buf_clear(&words);
	buf_printf(&words, "%*" PRId64, ids, task->id);
	put(view, line, ROLE_DIM, buf_str(&words));
	line->x = start + STATE_COLS + ids + 1;
	buf_clear(&words);
	text_safe(&words, str_from(task->title), -1);
	extras_write(view, task, &extras);
	extras_fit(&extras, text_cols(buf_str(&words)), line->end - line->x);
	if (text_cols(buf_str(&words)) > extras.title_cols) {
		buf_clear(&words);
		text_safe(&words, str_from(task->title), extras.title_cols);
	}
	put(view, line, task_is_over(task->state) ? ROLE_DIM : ROLE_TEXT, buf_str(&words));
	for (int i = 0; i < EXTRAS; i++) {
		if (!extras.shown[i])
			continue;
		line->x += 2;
		put(view, line, i == EXTRA_PRIORITY ? ROLE_TITLE : ROLE_DIM,
			buf_str(&extras.words[i]));
	}
	buf_release(&words);
	extras_release(&extras);
}

/* Without a number: nothing can be done with it here. */
static void
draw_current(struct view *view, struct line *line, size_t at)
{
	struct buf title = BUF_INIT, who = BUF_INIT;
	int start = line->x, room;
	put(view, line, ROLE_DIM, STR("▫ in repo"));
	line->x = start + STATE_COLS;
	room = line->end - line->x;
	current_words(view, at, room, &title, &who);
	put(view, line, ROLE_TEXT, buf_str(&title));
	line->x += 2;
	if (who.len > 0)
		put(view, line, ROLE_DIM, buf_str(&who));
	buf_release(&title);
	buf_release(&who);
}

static void
draw_item(struct view *view, struct rect row, const struct pilot_tasks *now, size_t item)
{
	const struct task *task = item_task(view, now, item);
	struct line line = {.x = row.x + INDENT,
		.y = row.y,
		.end = row.x + row.w,
		.selected = item == view->tasks.at};
	if (line.selected) {
		line.ground = panel_select(view, row, theme_style(view->theme, ROLE_TEXT));
		surface_put(view->surface, row.x, row.y, 1, line.ground, STR("▸"));
	}
	if (task) {
		draw_task(view, &line, task, id_cols(now));
		return;
	}
	if (item < now->open + current_count(view)) {
		draw_current(view, &line, item - now->open);
		return;
	}
	char words[64];
	snprintf(words, sizeof(words), "%zu over (A %s them)", now->all_over,
		view->tasks.unfolded ? "folds" : "shows");
	put(view, &line, ROLE_DIM, str_from(words));
}

void
tasks_draw(struct view *view, struct rect in)
{
	struct tasks_view *tasks = &view->tasks;
	struct pilot_tasks now = list_of(view);
	follow(view, &now);
	make_rows(view, &now, in.w);
	int items = (int)item_count(view, &now), opened = tasks->count - tasks->before;
	int lines = items + tasks->count;
	tasks->page = in.h;
	place(tasks, lines);
	for (int y = 0; y < in.h && tasks->top + y < lines; y++) {
		struct rect row = {in.x, in.y + y, in.w, 1};
		int line = tasks->top + y, item = line - tasks->before, at = (int)tasks->at;
		int own = item < 0 ? line : tasks->before + item - at - 1;
		bool between = item < 0 || (item > at && item <= at + opened);
		if (!between) {
			draw_item(view, row, &now, (size_t)(item > at ? item - opened : item));
			continue;
		}
		int indent = item < 0 ? 0 : TEXT_INDENT;
		surface_put(view->surface, in.x + indent, row.y, in.w - indent,
			theme_style(view->theme, tasks->rows[own].role),
			str_from(tasks->rows[own].text));
	}
}

void
tasks_click(struct view *view, int row)
{
	struct tasks_view *tasks = &view->tasks;
	struct pilot_tasks now = list_of(view);
	int opened = tasks->count - tasks->before, at = (int)tasks->at;
	int item = tasks->top + row - tasks->before;
	if (row < 0 || item < 0 || (item > at && item <= at + opened))
		return;
	item = item > at ? item - opened : item;
	if (item < (int)item_count(view, &now))
		select_item(view, &now, (size_t)item);
}

/* --- actions --- */

static void
move_to(struct view *view, int64_t item)
{
	struct pilot_tasks now = list_of(view);
	int64_t count = (int64_t)item_count(view, &now);
	item = item >= count ? count - 1 : item;
	if (count > 0)
		select_item(view, &now, item < 0 ? 0 : (size_t)item);
}

void
tasks_move(struct view *view, int argument)
{
	move_to(view, (int64_t)view->tasks.at + argument);
}

/* What is higher than the panel is paged first. */
void
tasks_page(struct view *view, int argument)
{
	struct tasks_view *tasks = &view->tasks;
	int page = tasks->page > 2 ? tasks->page - 2 : 1;
	int first = tasks->before + (int)tasks->at;
	int last = first + tasks->count - tasks->before;
	bool more = argument < 0 ? tasks->top > first : tasks->top + tasks->page <= last;
	if (last - first + 1 > tasks->page && more)
		tasks->top += argument * page;
	else
		tasks_move(view, argument * page);
}

void
tasks_end(struct view *view, int argument)
{
	move_to(view, argument < 0 ? 0 : INT64_MAX);
}

void
tasks_fold(struct view *view, int argument)
{
	(void)argument;
	view->tasks.unfolded = !view->tasks.unfolded;
}

uint32_t
tasks_owner(const struct view *view, const char *owner)
{
	for (int i = 0; i < view->everyone_count; i++) {
		struct agent_view agent;
		if (!fleet_agent(view->fleet, view->everyone[i], &agent))
			continue;
		size_t host = strlen(agent.host);
		if (strncmp(owner, agent.host, host) == 0 && owner[host] == '/' &&
			strcmp(owner + host + 1, agent.name) == 0)
			return agent.id;
	}
	return 0;
}

void
tasks_go(struct view *view, int argument)
{
	const struct task *task = tasks_selected(view);
	char safe[160];
	(void)argument;
	if (view->tasks.id == TASKS_FOLD)
		tasks_fold(view, 0);
	if (current_go(view) || !task)
		return;
	uint32_t agent = task_is_held(task) ? tasks_owner(view, task->owner) : 0;
	if (agent) {
		action_focus(view, agent);
		view->mode = VIEW_COMMAND;
	} else if (task_is_held(task)) {
		view_toast(view, ROLE_NOTICE, "%s is not there any more",
			text_safe_tmp(safe, sizeof(safe), str_from(task->owner)));
	} else {
		view_toast(view, ROLE_NOTICE, "nobody has task %" PRId64 " yet", task->id);
	}
}
