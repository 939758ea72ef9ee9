/* SPDX-License-Identifier: MIT */
#include "filter.h"

#include "action.h"
#include "cockpit/base_text.h"
#include "cockpit/orch_filter.h"
#include "cockpit/orch_pilot.h"
#include "keymap.h"
#include "view.h"

#define WORDS_BYTES 200 /* more is no filter */

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

bool
filter_shows(const struct view *view, const struct agent_view *agent)
{
	return filter_fits(view->pilot, agent, buf_str(&view->filter.field.text));
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
