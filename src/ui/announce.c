/* SPDX-License-Identifier: MIT */
#include "announce.h"

#include <stdlib.h>

#include "cockpit/base_text.h"

/* Terminals that are known to show a notice, by what they say of themselves. */
static const struct {
	const char *variable, *prefix;
	enum settings_desktop desktop;
} known[] = {
	{"TERM_PROGRAM", "ghostty",       DESKTOP_OSC777},
	{"TERM_PROGRAM", "WezTerm",       DESKTOP_OSC9  },
	{"TERM_PROGRAM", "iTerm.app",     DESKTOP_OSC9  },
	{"TERM",         "xterm-ghostty", DESKTOP_OSC777},
	{"TERM",         "xterm-kitty",   DESKTOP_OSC99 },
	{"TERM",         "wezterm",       DESKTOP_OSC9  },
	{"TERM",         "foot",          DESKTOP_OSC777},
	{"TERM",         "rxvt-unicode",  DESKTOP_OSC777},
};

static struct str
variable(const char *name)
{
	return str_from(getenv(name));
}

static enum settings_desktop
find_terminal(void)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (str_starts(variable(known[i].variable), str_from(known[i].prefix)))
			return known[i].desktop;
	}
	return DESKTOP_OFF;
}

void
announce_init(struct announce *a, const struct settings *settings)
{
	*a = (struct announce){.bell = settings->notify.bell,
		.desktop = settings->notify.desktop,
		.tmux = variable("TMUX").len > 0 || str_starts(variable("TERM"), STR("tmux"))};
	/* What an outer terminal said of itself is not true of the tmux in it. */
	if (a->desktop == DESKTOP_AUTO)
		a->desktop = a->tmux ? DESKTOP_OFF : find_terminal();
}

void
announce_text(struct str text, struct buf *into)
{
	size_t from = into->len;
	text_safe(into, text, ANNOUNCE_COLS);
	for (size_t i = from; i < into->len; i++) {
		if (into->ptr[i] == ';')
			into->ptr[i] = ',';
	}
}

/* tmux passes on what stands in a DCS of its own, with every ESC doubled. */
static void
pass(const struct announce *a, struct str bytes, struct buf *into)
{
	if (!a->tmux) {
		buf_add(into, bytes);
		return;
	}
	buf_addc(into, "\033Ptmux;");
	for (size_t i = 0; i < bytes.len; i++) {
		if (bytes.ptr[i] == '\033')
			buf_byte(into, '\033');
		buf_byte(into, bytes.ptr[i]);
	}
	buf_addc(into, "\033\\");
}

void
announce_bytes(struct announce *a, struct str title, struct str text, struct buf *into)
{
	struct buf bytes = BUF_INIT;
	a->serial++;
	switch (a->desktop) {
	case DESKTOP_AUTO:
	case DESKTOP_OFF:
		break;
	case DESKTOP_OSC9:
		buf_printf(&bytes, "\033]9;%.*s: %.*s\007", STR_ARG(title), STR_ARG(text));
		break;
	case DESKTOP_OSC777:
		buf_printf(
			&bytes, "\033]777;notify;%.*s;%.*s\007", STR_ARG(title), STR_ARG(text));
		break;
	case DESKTOP_OSC99:
		buf_printf(&bytes, "\033]99;i=cockpit%u:d=0;%.*s\033\\", a->serial,
			STR_ARG(title));
		buf_printf(&bytes, "\033]99;i=cockpit%u:d=1:p=body;%.*s\033\\", a->serial,
			STR_ARG(text));
		break;
	}
	if (bytes.len > 0)
		pass(a, buf_str(&bytes), into);
	/* A BEL is tmux's to pass on, as its user set it. */
	if (a->bell)
		buf_byte(into, '\007');
	buf_release(&bytes);
}
