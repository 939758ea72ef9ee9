/* SPDX-License-Identifier: MIT */
/*
 * Of all the strings that an agent can send only a few mean something here:
 * each has a row. Clipboard, colours, queries, images and passthrough have
 * none, and go no further.
 */
#include "cockpit/base_buf.h"
#include "local.h"

enum { MAX_SIGNAL = 1024 };

static const struct osc_row {
	const char *number;
	enum screen_signal_kind kind;
} osc_rows[] = {
	{"0",    SCREEN_SIGNAL_TITLE },
	{"2",    SCREEN_SIGNAL_TITLE },
	{"9",    SCREEN_SIGNAL_NOTIFY},
	{"99",   SCREEN_SIGNAL_NOTIFY},
	{"133",  SCREEN_SIGNAL_PROMPT},
	{"777",  SCREEN_SIGNAL_NOTIFY},
	{"7501", SCREEN_SIGNAL_STATE },
};

static struct str
cut(struct str text)
{
	if (text.len > MAX_SIGNAL) {
		text.len = MAX_SIGNAL;
		while (text.len > 0 && ((unsigned char)text.ptr[text.len] & 0xc0) == 0x80)
			text.len--;
	}
	return text;
}

static bool
osc_signal(struct str text, struct screen_signal *ret)
{
	struct str number = str_cut(&text, ';');

	for (size_t i = 0; i < sizeof(osc_rows) / sizeof(osc_rows[0]); i++) {
		if (!str_eqc(number, osc_rows[i].number))
			continue;
		*ret = (struct screen_signal){osc_rows[i].kind, cut(text)};
		/* OSC 9 is a message, unless it begins as ConEmu's progress does. */
		if (str_eqc(number, "9") && str_starts(text, STR("4;")))
			*ret = (struct screen_signal){
				SCREEN_SIGNAL_PROGRESS, cut(str_slice(text, 2, text.len))};
		return true;
	}
	return false;
}

bool
strings_signal(enum guard_string kind, struct str text, struct screen_signal *ret)
{
	switch (kind) {
	case GUARD_OSC:
		return osc_signal(text, ret);
	case GUARD_TITLE:
		*ret = (struct screen_signal){SCREEN_SIGNAL_TITLE, cut(text)};
		return true;
	case GUARD_APC:
	case GUARD_CONSUMED:
		break;
	}
	return false;
}

bool
strings_link(struct screen *s, struct str text)
{
	if (!str_eqc(str_cut(&text, ';'), "8"))
		return false;
	str_cut(&text, ';'); /* parameters: an id, of no use here */
	s->pen.link = text.len == 0 ? 0
				    : links_put(&s->links, text, &s->grid,
					      s->has_normal ? &s->normal : NULL);
	return true;
}

void
strings_take(struct screen *s, enum guard_string kind, struct str text)
{
	struct screen_signal signal;

	if (kind == GUARD_OSC && strings_link(s, text))
		return;
	if (strings_signal(kind, text, &signal))
		screen_signal(s, signal.kind, signal.text);
	else
		s->counters.strings++;
}
