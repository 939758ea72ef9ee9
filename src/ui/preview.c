/* SPDX-License-Identifier: MIT */
/*
 * A theme as cockpit would show it: every role under its own name, and a small screen that has
 * all of them. Nothing in it is a fleet's.
 */
#include "border.h"
#include "caps.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/ui_theme.h"
#include "sgr.h"
#include "view.h"

#define COLS      76
#define NAME_COLS 18
#define TILE_ROWS 5
#define MOCK_ROWS (2 + 2 * TILE_ROWS)
#define ROWS      (2 + ROLE_COUNT + 1 + MOCK_ROWS)

static int
put(struct view *view, int x, int y, enum theme_role role, const char *words)
{
	char room[CHARSET_WORDS];
	return x + surface_put(view->surface, x, y, COLS - x, theme_style(view->theme, role),
			   str_from(charset_words(view->charset, words, room)));
}

/* On the ground of another role. */
static int
put_over(struct view *view, int x, int y, enum theme_role ground, enum theme_role role,
	const char *words)
{
	struct style style =
		theme_over(theme_style(view->theme, ground), theme_style(view->theme, role));
	return x + surface_put(view->surface, x, y, COLS - x, style, str_from(words));
}

static void
fill(struct view *view, int y, enum theme_role role)
{
	surface_fill(
		view->surface, (struct rect){0, y, COLS, 1}, theme_style(view->theme, role));
}

static void
draw_roles(struct view *view, int y)
{
	for (int i = 0; i < ROLE_COUNT; i++) {
		enum theme_role role = (enum theme_role)i;
		put(view, 2, y + i, role, theme_role_name(role));
		put(view, 2 + NAME_COLS, y + i, ROLE_TEXT, theme_role_help(role));
	}
}

struct tile {
	const char *name, *state, *text, *branch, *help;
	enum theme_role border, role, branch_role;
};

static void
draw_tile(struct view *view, struct rect r, const struct tile *tile)
{
	int end = r.x + r.w - 1, bottom = r.y + r.h - 1;
	border_draw(view, r, tile->border);
	int x = border_words(view, r.x + 1, r.y, end, ROLE_TITLE, tile->name);
	border_words(view, x + 1, r.y, end, tile->role, tile->state);
	struct str rest = str_from(tile->text);
	for (int y = r.y + 1; y < bottom && rest.len > 0; y++)
		surface_put(view->surface, r.x + 1, y, r.w - 2, (struct style){0},
			str_cut(&rest, '\n'));
	border_words(view, r.x + 1, bottom, end, tile->branch_role, tile->branch);
	char room[CHARSET_WORDS];
	const char *help = charset_words(view->charset, tile->help, room);
	int cols = text_cols(str_from(help)) + 2;
	if (help[0])
		border_words(view, end - cols, bottom, end, tile->role, help);
	if (tile->role == ROLE_STATE_STALE)
		surface_tint(view->surface, rect_inner(r),
			theme_style(view->theme, ROLE_STATE_STALE));
}

static void
draw_dialog(struct view *view, struct rect r)
{
	struct rect in = rect_inner(r);
	box_draw(view, r, "prompt");
	put(view, in.x + 1, in.y, ROLE_SELECTION, " the chosen row ");
	surface_fill(view->surface, (struct rect){in.x + 1, in.y + 1, in.w - 2, 1},
		theme_style(view->theme, ROLE_INPUT));
	put(view, in.x + 1, in.y + 1, ROLE_INPUT, "go on with the tests");
	put(view, in.x + 1, in.y + 2, ROLE_DIM, "⏎ go   esc cancel");
}

static void
draw_screen(struct view *view, int y)
{
	static const struct tile tiles[] = {
		{"1 parser", "⠹ working 4s",   "Reading src/parser.c",                        "cockpit/parser",        "",
                 ROLE_BORDER_FOCUS,														    ROLE_STATE_WORKING, ROLE_DIM  },
		{"2 deploy", "● needs you 9s", "Do you want to run `make deploy`?\n> 1. Yes",
                 "cockpit/deploy",										       "⏎ answer it", ROLE_BORDER, ROLE_STATE_ASKS,
                 ROLE_DIM																			    },
		{"3 types",  "stale 31s",        "3 passed, 0 failed",                          "web-1 does not answer",
                 "r reconnects",													  ROLE_BORDER, ROLE_STATE_STALE,   ROLE_ERROR},
	};
	static const struct {
		enum theme_role role;
		const char *words;
	} header[] = {
		{ROLE_HEADER_STRONG, "demo"           },
		{ROLE_STATE_WORKING, "⠹ 1 working"  },
		{ROLE_STATE_ASKS,    "● 1 needs you"},
		{ROLE_STATE_FAILED,  "✗ 1 failed"   },
		{ROLE_STATE_DONE,    "✓ 1 done"     },
		{ROLE_STATE_IDLE,    "· 1 idle"      },
	};
	const int half = COLS / 2;
	int x = 0;
	fill(view, y, ROLE_HEADER);
	for (size_t i = 0; i < sizeof(header) / sizeof(header[0]); i++)
		x = put_over(
			view, x + 1 + (i > 0), y, ROLE_HEADER, header[i].role, header[i].words);
	for (int i = 0; i < 3; i++)
		draw_tile(view,
			(struct rect){i % 2 * half, y + 1 + i / 2 * TILE_ROWS, half, TILE_ROWS},
			&tiles[i]);
	draw_dialog(view, (struct rect){half, y + 1 + TILE_ROWS, half, TILE_ROWS});
	y += MOCK_ROWS - 1;
	fill(view, y, ROLE_KEYS);
	x = put(view, 0, y, ROLE_MODE_COMMAND, " COMMAND ");
	x = put(view, x + 1, y, ROLE_MODE_TYPING, " TYPING ");
	x = put(view, x + 2, y, ROLE_KEYS_KEY, "?");
	x = put(view, x + 1, y, ROLE_KEYS, "help");
	x = put_over(view, x + 2, y, ROLE_KEYS, ROLE_NOTICE, "sent");
	put_over(view, x + 2, y, ROLE_KEYS, ROLE_ERROR, "not sent");
}

/* Rows as lines, in what the terminal can: colours, attributes and signs. */
static void
print(const struct surface *s, const struct caps *caps, struct buf *into)
{
	for (int y = 0; y < surface_rows(s); y++) {
		const struct cell *row = surface_row(s, y);
		struct style pen = {0};
		for (int x = 0; x < surface_cols(s); x++) {
			char tmp[4];
			struct style style = {caps_colour(caps, row[x].fg),
				caps_colour(caps, row[x].bg), row[x].attr};
			struct str text = surface_cell_text(s, row[x].text, tmp);
			uint32_t cp = text.len > 0 ? text_next(&text) : ' ';
			if (caps->ansi && !style_eq(style, pen))
				sgr_style(into, style);
			pen = style;
			buf_add(into,
				(struct str){tmp,
					text_encode(charset_sign(caps->charset, cp), tmp)});
		}
		if (caps->ansi && !style_eq(pen, (struct style){0}))
			buf_addc(into, "\033[0m");
		while (into->len > 0 && into->ptr[into->len - 1] == ' ')
			buf_truncate(into, into->len - 1);
		buf_byte(into, '\n');
	}
}

int
ui_theme_preview(
	const char *name, enum ui_theme_medium medium, struct buf *into, struct err *err)
{
	/* No escape sequences unless they are known to be understood. */
	struct caps caps = {.depth = CAPS_RGB, .ansi = medium == UI_THEME_ANSI};
	if (medium == UI_THEME_TERMINAL)
		caps.charset = caps_charset();
	bool known = medium == UI_THEME_TERMINAL && caps_load(&caps, NULL) == 0;
	char *chosen = name ? mem_strdup(name) : theme_chosen(NULL);
	struct view view = {.charset = caps.charset};
	int rc = theme_load(chosen, &view.theme, err);
	if (rc == 0) {
		theme_fit(view.theme, &caps);
		view.surface = surface_new(COLS, ROWS);
		int x = put(&view, 0, 0, ROLE_TITLE, chosen);
		if (theme_summary(view.theme)[0]) {
			x = put(&view, x, 0, ROLE_TEXT, ": ");
			put(&view, x, 0, ROLE_TEXT, theme_summary(view.theme));
		}
		draw_roles(&view, 2);
		draw_screen(&view, 2 + ROLE_COUNT + 1);
		print(view.surface, &caps, into);
		surface_free(view.surface);
		theme_free(view.theme);
	}
	if (known)
		caps_release(&caps);
	mem_free(chosen);
	return rc;
}
