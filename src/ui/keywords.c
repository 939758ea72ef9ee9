/* SPDX-License-Identifier: MIT */
/* The keys of the table as they stand on a keyboard, for lines, boxes and help. */
#include <stdio.h>
#include <string.h>

#include "cockpit/base_text.h"
#include "keymap.h"
#include "view.h"

/* As it stands on a keyboard. */
static void
show_key(enum charset charset, struct str name, char into[32])
{
	static const struct {
		const char *name, *shown;
	} rows[] = {
		{"Enter",  "⏎" },
                {"Tab",    "⇥" },
                {"Escape", "esc" },
                {"PPage",  "PgUp"},
		{"NPage",  "PgDn"},
                {"Left",   "←" },
                {"Right",  "→" },
                {"Up",     "↑" },
                {"Down",   "↓" }
        };
	snprintf(into, 32, "%.*s", STR_ARG(name));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (str_eqc(name, rows[i].name) &&
			(charset == CHARSET_ALL || (unsigned char)rows[i].shown[0] < 0x80))
			snprintf(into, 32, "%s", rows[i].shown);
	}
}

int
keymap_show(const struct view *view, const char *keys, struct buf *into)
{
	struct str rest = str_from(keys);
	int cols = 0;
	while (rest.len > 0) {
		char one[32];
		show_key(view->charset, str_cut(&rest, ' '), one);
		buf_printf(into, "%s%s", cols ? " " : "", one);
		cols += text_cols(str_from(one)) + (cols > 0);
	}
	return cols;
}

const char *
keymap_first(const struct view *view, enum view_mode mode, const char *name, char into[32])
{
	struct keymap_row row;
	into[0] = '\0';
	for (int i = 0; keymap_at(view->keymap, mode, i, &row); i++) {
		struct str keys = str_from(row.keys);
		if (strcmp(row.name, name) == 0 && keys.len > 0)
			show_key(view->charset, str_cut(&keys, ' '), into);
	}
	return into;
}

const char *
keymap_said(const struct view *view, enum view_mode mode, const char *words, char into[128])
{
	struct keymap_row row;
	struct str rest = str_from(words), first = str_cut(&rest, ' ');
	char own[32], now[32];
	snprintf(into, 128, "%s", words);
	for (int i = 0; view->keymap && keymap_at(NULL, mode, i, &row); i++) {
		struct str keys = str_from(row.keys);
		show_key(CHARSET_ALL, str_cut(&keys, ' '), own);
		if (!str_eqc(first, own))
			continue;
		keymap_first(view, mode, row.name, now);
		snprintf(into, 128, "%s%s%.*s", now, now[0] ? " " : "", STR_ARG(rest));
		break;
	}
	return into;
}

/* Of a panel first what only it can do. */
const char *
keymap_hint(const struct view *view, int index, char key[32])
{
	struct keymap_row row;
	enum view_mode mode = view->prefixed ? VIEW_COMMAND : view->mode;
	bool panel = mode != VIEW_COMMAND && mode != VIEW_TYPING;
	for (int own = panel; own >= 0; own--) {
		for (int i = 0; keymap_at(view->keymap, mode, i, &row); i++) {
			struct str keys = str_from(row.keys);
			if (!row.hint || keys.len == 0 || (panel && row.own != own) ||
				index-- > 0)
				continue;
			show_key(view->charset, str_cut(&keys, ' '), key);
			return row.hint;
		}
	}
	return NULL;
}

#define HELP_KEYS_MAX 16 /* columns: what has more keys pushes its own words alone */

/* --- what a box says of its keys --- */

#define ITEMS_MAX 10
#define ITEM_GAP  "   "

/* "j k move"; nothing where none of its actions has a key. */
static void
add_item(const struct view *view, enum view_mode mode, struct str item, struct buf *into)
{
	struct str names = str_cut(&item, ' ');
	size_t from = into->len;
	while (names.len > 0) {
		char name[32], key[32];
		text_copy(name, sizeof(name), str_cut(&names, '+'));
		if (keymap_first(view, mode, name, key)[0])
			buf_printf(into, "%s%s", into->len > from ? " " : "", key);
	}
	if (into->len > from)
		buf_printf(into, " %.*s", STR_ARG(item));
}

void
keymap_hints(const struct view *view, enum view_mode mode, const char *items, int cols,
	struct buf *into)
{
	struct str rest = str_from(items);
	struct buf texts[ITEMS_MAX];
	int count = 0, need = 0, gap = (int)strlen(ITEM_GAP);
	while (rest.len > 0 && count < ITEMS_MAX) {
		texts[count] = BUF_INIT;
		add_item(view, mode, str_cut(&rest, ','), &texts[count]);
		need += texts[count].len ? text_cols(buf_str(&texts[count])) + gap : 0;
		count++;
	}
	for (int i = count - 2; i >= 0 && need - gap > cols; i--) {
		need -= texts[i].len ? text_cols(buf_str(&texts[i])) + gap : 0;
		buf_clear(&texts[i]);
	}
	for (int i = 0, shown = 0; i < count; i++) {
		if (texts[i].len > 0)
			buf_printf(into, "%s%s", shown++ ? ITEM_GAP : "", buf_cstr(&texts[i]));
		buf_release(&texts[i]);
	}
}

void
keymap_text(const struct view *view, enum view_mode mode, struct buf *into)
{
	struct keymap_row row;
	struct buf keys = BUF_INIT;
	int room = 8;
	for (int i = 0; keymap_at(view->keymap, mode, i, &row); i++) {
		int cols = row.help ? keymap_show(view, row.keys, &keys) : 0;
		room = cols > room && cols <= HELP_KEYS_MAX ? cols : room;
	}
	buf_release(&keys);
	for (int i = 0; keymap_at(view->keymap, mode, i, &row); i++) {
		if (!row.help || !row.keys[0])
			continue;
		int cols = keymap_show(view, row.keys, into);
		buf_fill(into, ' ', (size_t)(cols < room + 2 ? room + 2 - cols : 1));
		buf_printf(into, "%s\n", row.help);
	}
}
