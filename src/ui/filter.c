/* SPDX-License-Identifier: MIT */
#include "filter.h"

#include "action.h"
#include "cockpit/base_text.h"
#include "cockpit/orch_pilot.h"
#include "cockpit/orch_tags.h"
#include "keymap.h"
#include "tasks.h"
#include "view.h"

#define WORDS_BYTES 200 /* more is no filter */
#define TASK_COLS   200

void
filter_release(struct filter *filter)
{
	field_release(&filter->field);
}

bool
filter_is_on(const struct view *view)
{
	return str_trim(buf_str(&view->filter.field.text)).len > 0;
}

/* --- does an agent fit? --- */

static enum agent_state
state_of(const struct agent_view *agent)
{
	return agent->question ? AGENT_ASKS : agent->verdict.state;
}

static void
add_name(const struct view *view, const struct agent_view *agent, struct buf *into)
{
	(void)view;
	buf_addc(into, agent->name);
}

static void
add_host(const struct view *view, const struct agent_view *agent, struct buf *into)
{
	(void)view;
	buf_addc(into, agent->host);
}

static void
add_profile(const struct view *view, const struct agent_view *agent, struct buf *into)
{
	(void)view;
	buf_addc(into, agent->profile);
}

static void
add_state(const struct view *view, const struct agent_view *agent, struct buf *into)
{
	(void)view;
	buf_printf(into, "%s %s", agent_state_json(state_of(agent)),
		agent_state_word(state_of(agent)));
}

static void
add_tags(const struct view *view, const struct agent_view *agent, struct buf *into)
{
	if (view->pilot)
		buf_addc(into, pilot_tags(view->pilot, agent->name));
}

static void
add_label(const struct view *view, const struct agent_view *agent, struct buf *into)
{
	if (view->pilot)
		buf_addc(into, pilot_label(view->pilot, agent->name));
}

static void
add_task(const struct view *view, const struct agent_view *agent, struct buf *into)
{
	tasks_words(view, agent->id, TASK_COLS, into);
}

/* What "tag:x" looks at. */
static const struct {
	const char *name;
	void (*add)(const struct view *view, const struct agent_view *agent, struct buf *into);
	bool whole; /* each of its words is meant whole */
} parts[] = {
	{"name",    add_name,    false},
	{"host",    add_host,    false},
	{"profile", add_profile, false},
	{"state",   add_state,   false},
	{"tag",     add_tags,    true },
	{"label",   add_label,   false},
	{"task",    add_task,    false},
};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

static void
lower(struct buf *text)
{
	for (size_t i = 0; i < text->len; i++) {
		if (text->ptr[i] >= 'A' && text->ptr[i] <= 'Z')
			text->ptr[i] = (char)(text->ptr[i] + ('a' - 'A'));
	}
}

/* word is in lower case. */
static bool
fits_part(const struct view *view, const struct agent_view *agent, size_t part, struct str word,
	bool whole)
{
	struct buf text = BUF_INIT;
	parts[part].add(view, agent, &text);
	lower(&text);
	bool fits = whole && word.len ? tags_has(buf_cstr(&text), word)
				      : str_find_str(buf_str(&text), word) >= 0;
	buf_release(&text);
	return fits;
}

static bool
fits_word(const struct view *view, const struct agent_view *agent, struct str word)
{
	struct str rest = word;
	struct str name = str_cut(&rest, ':');
	for (size_t i = 0; i < PARTS && name.len < word.len; i++) {
		if (str_eqc(name, parts[i].name))
			return fits_part(view, agent, i, rest, parts[i].whole);
	}
	for (size_t i = 0; i < PARTS; i++) {
		if (fits_part(view, agent, i, word, false))
			return true;
	}
	return false;
}

/* Behind "!" and "tag:" one is still typing. */
static bool
is_begun(struct str word)
{
	return word.len > 0 && word.ptr[word.len - 1] != ':';
}

bool
filter_shows(const struct view *view, const struct agent_view *agent)
{
	struct buf words = BUF_INIT;
	bool shows = true;
	buf_add(&words, buf_str(&view->filter.field.text));
	lower(&words);
	struct str rest = buf_str(&words);
	while (rest.len > 0 && shows) {
		struct str word = str_cut(&rest, ' ');
		bool not = str_starts(word, STR("!"));
		if (not )
			word = str_slice(word, 1, word.len);
		if (is_begun(word))
			shows = fits_word(view, agent, word) != not ;
	}
	buf_release(&words);
	return shows;
}

/* --- typing it --- */

void
filter_open(struct view *view, int argument)
{
	struct filter *filter = &view->filter;
	(void)argument;
	if (filter->field.kind != FIELD_PLAIN)
		field_init(&filter->field, FIELD_PLAIN);
	filter->field.cursor = filter->field.text.len;
	filter->editing = true;
	filter->came_from = view->focus;
}

void
filter_clear(struct view *view, int argument)
{
	(void)argument;
	filter_release(&view->filter);
	field_init(&view->filter.field, FIELD_PLAIN);
	view->filter.editing = false;
	view_refresh(view);
	view_changed(view);
}

void
filter_do(struct view *view, enum stroke stroke)
{
	struct filter *filter = &view->filter;
	uint32_t from = filter->came_from;
	if (stroke == STROKE_CLOSE) {
		filter_clear(view, 0);
		action_focus(view, from);
	} else if (stroke == STROKE_ACCEPT) {
		filter->editing = false;
	} else {
		(void)field_do(&filter->field, stroke);
	}
}

void
filter_type(struct view *view, struct key key)
{
	if (view->filter.field.text.len < WORDS_BYTES)
		(void)field_type(&view->filter.field, key);
}

void
filter_paste(struct view *view, struct str text)
{
	struct buf clean = BUF_INIT;
	text_typable(&clean, str_slice(str_cut(&text, '\n'), 0, WORDS_BYTES));
	if (view->filter.field.text.len + clean.len <= WORDS_BYTES)
		(void)field_insert(&view->filter.field, buf_str(&clean));
	buf_release(&clean);
	view_changed(view);
}

/* --- seen --- */

void
filter_words(const struct view *view, int cols, struct buf *into)
{
	struct buf all = BUF_INIT, count = BUF_INIT;
	if (!filter_is_on(view))
		return;
	buf_printf(&count, " (%d of %d)", view->agent_count, view->everyone_count);
	int room = cols - text_cols(buf_str(&count));
	buf_addc(&all, "filter: ");
	buf_add(&all, str_trim(buf_str(&view->filter.field.text)));
	if (room > 10)
		text_safe(into, buf_str(&all), room);
	else
		buf_addc(into, "filter");
	buf_add(into, buf_str(&count));
	buf_release(&all);
	buf_release(&count);
}

void
filter_draw(struct view *view, struct rect line)
{
	struct style keys = theme_style(view->theme, ROLE_KEYS);
	struct buf words = BUF_INIT;
	keymap_hints(view, VIEW_FIELD, "accept keep,close show all", line.w, &words);
	int hint = text_cols(buf_str(&words)) + 3, room = line.w;
	if (words.len > 0 && room - hint >= 20) {
		room -= hint;
		surface_put(
			view->surface, line.x + room + 2, line.y, hint, keys, buf_str(&words));
	}
	buf_release(&words);
	surface_put(view->surface, line.x, line.y, 2, keys, STR(" /"));
	if (room > 3)
		field_draw(view, &view->filter.field,
			(struct rect){line.x + 2, line.y, room - 2, 1}, true);
}
