/* SPDX-License-Identifier: MIT */
/* How a pane's whole state is asked of tmux 3.2 and newer, and read. */
#include "snapshot.h"

#include "cockpit/tmux_quote.h"

/* One word a row: what tmux calls it, the bit it is for us (0: a number with a place of its
 * own). What is no such number comes behind them. */
static const struct {
	const char *format;
	unsigned mode;
} fields[] = {
	{"pane_width",          0                 },
        {"pane_height",         0                 },
        {"cursor_x",            0                 },
        {"cursor_y",            0                 },
	{"scroll_region_upper", 0                 },
        {"scroll_region_lower", 0                 },
	{"alternate_on",        SCREEN_ALTERNATE  },
        {"cursor_flag",         SCREEN_CURSOR     },
	{"insert_flag",         SCREEN_INSERT     },
        {"keypad_cursor_flag",  SCREEN_APP_CURSOR },
	{"keypad_flag",         SCREEN_APP_KEYPAD },
        {"mouse_standard_flag", SCREEN_MOUSE_CLICK},
	{"mouse_button_flag",   SCREEN_MOUSE_DRAG },
        {"mouse_all_flag",      SCREEN_MOUSE_MOVE },
	{"mouse_sgr_flag",      SCREEN_MOUSE_SGR  },
        {"mouse_utf8_flag",     SCREEN_MOUSE_UTF8 },
	{"origin_flag",         SCREEN_ORIGIN     },
        {"wrap_flag",           SCREEN_WRAP       }
};
#define FIELD_COUNT (sizeof(fields) / sizeof(fields[0]))

void
snapshot_command(struct buf *into, const char *pane)
{
	buf_printf(into, "display-message -p -t '%s' '", pane);
	for (size_t i = 0; i < FIELD_COUNT; i++)
		buf_printf(into, "%s#{%s}", i ? " " : "", fields[i].format);
	buf_addc(into, " #{alternate_saved_x} #{alternate_saved_y} #{pane_tabs}");
	buf_printf(into, "' ; capture-pane -p -e -N -C -t '%s'", pane);
}

/* -1 is told without its sign. */
static bool
parse_saved(struct str word, int *ret)
{
	*ret = -1;
	return str_eqc(word, "4294967295") || str_to_int(word, 0, 10000, ret);
}

bool
snapshot_parse(struct str reply, struct buf *scratch, struct screen_snapshot *ret)
{
	struct str head = str_cut(&reply, '\n');
	int value[FIELD_COUNT];
	*ret = (struct screen_snapshot){0};
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		if (!str_to_int(str_cut(&head, ' '), 0, 10000, &value[i]))
			return false;
		if (value[i])
			ret->modes |= fields[i].mode;
		ret->known |= fields[i].mode;
	}
	if (!parse_saved(str_cut(&head, ' '), &ret->alt_x) ||
		!parse_saved(str_cut(&head, ' '), &ret->alt_y))
		return false;
	ret->tabs = head;
	ret->cols = value[0];
	ret->rows = value[1];
	ret->cursor_x = value[2];
	ret->cursor_y = value[3];
	ret->scroll_top = value[4];
	ret->scroll_bottom = value[5];
	buf_clear(scratch);
	tmux_unescape(scratch, reply);
	ret->text = buf_str(scratch);
	return ret->cols > 0 && ret->rows > 0;
}
