/* SPDX-License-Identifier: MIT */
/*
 * Of all the strings that an agent can send only a few mean something here:
 * each has a row. Clipboard, colours, queries, images and passthrough have
 * none, and go no further.
 */
#include "cockpit/base_buf.h"
#include "local.h"

enum { MAX_SIGNAL = 1024 };

static void
say(struct screen *s, enum screen_signal_kind kind, struct str text)
{
	if (text.len > MAX_SIGNAL) {
		text.len = MAX_SIGNAL;
		while (text.len > 0 && ((unsigned char)text.ptr[text.len] & 0xc0) == 0x80)
			text.len--;
	}
	screen_signal(s, kind, text);
}

static void
take_title(struct screen *s, struct str text)
{
	say(s, SCREEN_SIGNAL_TITLE, text);
}

static void
take_link(struct screen *s, struct str text)
{
	str_cut(&text, ';'); /* parameters: an id, of no use here */
	s->pen.link = text.len == 0 ? 0
				    : links_put(&s->links, text, &s->grid,
					      s->has_normal ? &s->normal : NULL);
}

/* OSC 9 is a message, unless it begins as ConEmu's progress does. */
static void
take_nine(struct screen *s, struct str text)
{
	if (str_starts(text, STR("4;")))
		say(s, SCREEN_SIGNAL_PROGRESS, str_slice(text, 2, text.len));
	else
		say(s, SCREEN_SIGNAL_NOTIFY, text);
}

static void
take_notify(struct screen *s, struct str text)
{
	say(s, SCREEN_SIGNAL_NOTIFY, text);
}

static void
take_state(struct screen *s, struct str text)
{
	say(s, SCREEN_SIGNAL_STATE, text);
}

static void
take_prompt(struct screen *s, struct str text)
{
	say(s, SCREEN_SIGNAL_PROMPT, text);
}

static const struct osc_row {
	const char *number;
	void (*take)(struct screen *s, struct str text);
} osc_rows[] = {
	{"0",    take_title },
	{"2",    take_title },
	{"8",    take_link  },
	{"9",    take_nine  },
	{"99",   take_notify},
	{"133",  take_prompt},
	{"777",  take_notify},
	{"7501", take_state },
};

static bool
take_osc(struct screen *s, struct str text)
{
	struct str number = str_cut(&text, ';');

	for (size_t i = 0; i < sizeof(osc_rows) / sizeof(osc_rows[0]); i++) {
		if (str_eqc(number, osc_rows[i].number)) {
			osc_rows[i].take(s, text);
			return true;
		}
	}
	return false;
}

void
strings_take(struct screen *s, enum guard_string kind, struct str text)
{
	switch (kind) {
	case GUARD_OSC:
		if (take_osc(s, text))
			return;
		break;
	case GUARD_TITLE:
		take_title(s, text);
		return;
	case GUARD_APC:
	case GUARD_CONSUMED:
		break;
	}
	s->counters.strings++;
}

bool
strings_link(struct screen *s, struct str text)
{
	if (!str_eqc(str_cut(&text, ';'), "8"))
		return false;
	take_link(s, text);
	return true;
}
