/* SPDX-License-Identifier: MIT */
/*
 * Terminfo is believed for what it has words for. It is older than 24-bit
 * colours, curly underlines, links and synchronized output, and its data on a
 * jump box may be older than the terminal: for these the kind of terminal decides,
 * and COLORTERM. A terminal that the data does not know at all is taken for the
 * kind that it imitates.
 *
 * Which characters it shows nobody says. A locale that a person has set and that is not UTF-8
 * is believed, and so are terminals older than UTF-8; where no locale is set, which is usual in
 * containers, today's terminals take it all the same.
 */
#include "caps.h"

#define NCURSES_NOMACROS 1
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <term.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"

enum kind_flags {
	KIND_OLD = 1 << 0, /* nothing beyond terminfo */
	KIND_SYNC = 1 << 1,
	KIND_UNDERLINES = 1 << 2, /* 4:n */
	KIND_NO_RGB = 1 << 3,     /* whatever COLORTERM says: it was inherited */
	KIND_NO_LINKS = 1 << 4,
	KIND_ASCII = 1 << 5,
	KIND_LINES = 1 << 6, /* CHARSET_LINES */
};

/* By the start of TERM; the first that fits. */
static const struct {
	const char *prefix;
	unsigned flags;
	const char *imitates; /* tried when terminfo does not know TERM */
} kinds[] = {
	{"xterm-kitty",   KIND_SYNC | KIND_UNDERLINES,         "xterm-256color" },
	{"xterm-ghostty", KIND_SYNC | KIND_UNDERLINES,         "xterm-256color" },
	{"xterm",         0,				   "xterm-256color" },
	{"ghostty",       KIND_SYNC | KIND_UNDERLINES,         "xterm-256color" },
	{"kitty",         KIND_SYNC | KIND_UNDERLINES,         "xterm-256color" },
	{"foot",          KIND_SYNC | KIND_UNDERLINES,         "xterm-256color" },
	{"alacritty",     KIND_SYNC | KIND_UNDERLINES,         "xterm-256color" },
	{"wezterm",       KIND_SYNC | KIND_UNDERLINES,         "xterm-256color" },
	{"contour",       KIND_SYNC | KIND_UNDERLINES,         "xterm-256color" },
	{"mintty",        KIND_SYNC | KIND_UNDERLINES,         "xterm-256color" },
	{"tmux",          KIND_SYNC,                           "screen-256color"},
	{"screen",        KIND_NO_RGB | KIND_NO_LINKS,         "screen"         },
	{"rxvt",          KIND_NO_LINKS,                       "rxvt"           },
	{"vte",           KIND_UNDERLINES,                     "xterm-256color" },
	{"gnome",         KIND_UNDERLINES,                     "xterm-256color" },
	{"konsole",       0,				   "xterm-256color" },
	{"st-",           0,				   "xterm-256color" },
	{"linux",         KIND_OLD | KIND_LINES | KIND_NO_RGB, "linux"          },
	{"vt",            KIND_OLD | KIND_ASCII | KIND_NO_RGB, "vt100"          },
	{"dumb",          KIND_OLD | KIND_ASCII | KIND_NO_RGB, NULL             },
	{"ansi",          KIND_OLD | KIND_ASCII | KIND_NO_RGB, NULL             },
	{"cons",          KIND_OLD | KIND_ASCII | KIND_NO_RGB, NULL             },
	{"pcansi",        KIND_OLD | KIND_ASCII | KIND_NO_RGB, NULL             },
	{"sun",           KIND_OLD | KIND_ASCII | KIND_NO_RGB, NULL             },
	{"wy",            KIND_OLD | KIND_ASCII | KIND_NO_RGB, NULL             },
	{"hp",            KIND_OLD | KIND_ASCII | KIND_NO_RGB, NULL             },
	{"eterm",         KIND_OLD | KIND_ASCII,               NULL             },
	{"fbterm",        KIND_OLD | KIND_NO_RGB,              "linux"          },
};

static const char *const string_names[CAPS_STRING_COUNT] = {
#define X(terminfo, name) [CAPS_##name] = (terminfo),
	CAPS_STRINGS(X)
#undef X
};

/* By bit of enum cell_attr. */
static const struct {
	const char *terminfo;
	const char *modern; /* sent without terminfo's word; unknown SGR numbers are ignored */
} attr_names[CAPS_ATTRS] = {
	{"bold",  NULL      },
	{"dim",   NULL      },
	{"sitm",  NULL      },
	{"blink", NULL      },
	{"rev",   NULL      },
	{"invis", NULL      },
	{"smxx",  "\033[9m" },
	{NULL,    "\033[53m"},
};

/* Without padding: no terminal of this century waits for it. */
static struct str
copy(const char *raw)
{
	char *ret = mem_strdup(raw), *to = ret;

	for (const char *from = raw; *from; from++) {
		const char *end = from[0] == '$' && from[1] == '<' ? strchr(from, '>') : NULL;

		if (end)
			from = end;
		else
			*to++ = *from;
	}
	*to = '\0';
	return (struct str){ret, (size_t)(to - ret)};
}

static void
drop(struct str *s)
{
	if (s->ptr)
		mem_free((void *)(uintptr_t)s->ptr);
	*s = (struct str){NULL, 0};
}

static const char *
look_up(const char *name)
{
	const char *raw = tigetstr(name);

	/* tigetstr() says "no string capability" by (char *)-1. */
	return (intptr_t)raw == -1 ? NULL : raw;
}

static struct str
find_string(const char *name)
{
	const char *raw = look_up(name);

	return raw && *raw ? copy(raw) : (struct str){NULL, 0};
}

static struct str
find_param(const char *name, int param)
{
	const char *raw = look_up(name);

	return raw && *raw ? copy(tparm(raw, param)) : (struct str){NULL, 0};
}

static bool
has_extended(const char *name)
{
	return tigetflag(name) > 0 || tigetnum(name) > 0 || look_up(name) != NULL;
}

static unsigned
find_kind(const char *term, const char **ret_imitates)
{
	*ret_imitates = NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (str_starts(str_from(term), str_from(kinds[i].prefix))) {
			unsigned flags = kinds[i].flags;

			*ret_imitates = kinds[i].imitates;
			/* tmux may call itself screen, and takes what tmux takes. */
			if (getenv("TMUX") && strcmp(kinds[i].prefix, "screen") == 0)
				flags = KIND_SYNC;
			return flags;
		}
	}
	return 0;
}

static bool
says_truecolour(void)
{
	struct str word = str_from(getenv("COLORTERM"));

	return str_eqc(word, "truecolor") || str_eqc(word, "24bit");
}

static bool
holds(struct str word, struct str part)
{
	for (size_t i = 0; i + part.len <= word.len; i++) {
		if (strncasecmp(word.ptr + i, part.ptr, part.len) == 0)
			return true;
	}
	return false;
}

static enum charset
find_charset(unsigned kind)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	enum charset ret = kind & KIND_LINES ? CHARSET_LINES : CHARSET_ALL;
	if (kind & KIND_ASCII)
		return CHARSET_ASCII;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct str word = str_from(getenv(names[i]));
		if (word.len == 0)
			continue;
		return holds(word, STR("utf-8")) || holds(word, STR("utf8")) ? ret
									     : CHARSET_ASCII;
	}
	return ret;
}

static enum caps_depth
find_depth(unsigned kind)
{
	int colours = tigetnum("colors");

	if (has_extended("RGB") || has_extended("Tc") ||
		(says_truecolour() && !(kind & KIND_NO_RGB)))
		return CAPS_RGB;
	if (!look_up("setaf") || !look_up("setab"))
		return CAPS_MONO;
	if (colours >= 256)
		return CAPS_256;
	return colours >= 16 ? CAPS_16 : colours >= 8 ? CAPS_8 : CAPS_MONO;
}

/* CSI … m, nothing else. */
static bool
is_sgr(struct str s)
{
	if (s.len < 4 || !str_starts(s, STR("\033[")) || s.ptr[s.len - 1] != 'm')
		return false;
	for (size_t i = 2; i + 1 < s.len; i++) {
		if (!strchr("0123456789;:", s.ptr[i]) || s.ptr[i] == '\0')
			return false;
	}
	return true;
}

struct list {
	struct str *strings;
	size_t count;
};

static void
strip_sgr(struct caps *caps)
{
	struct list lists[] = {
		{caps->sgr,       CAPS_ATTRS        },
		{caps->underline, CELL_UL_DASHED + 1},
		{caps->fg,        16                },
		{caps->bg,        16                },
	};
	size_t i, j;

	caps->ansi = is_sgr(caps->strings[CAPS_RESET]) ||
		     str_find_str(caps->strings[CAPS_RESET], STR("\033[m")) >= 0;
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (j = 0; j < lists[i].count; j++) {
			if (lists[i].strings[j].len > 0 && !is_sgr(lists[i].strings[j]))
				caps->ansi = false;
		}
	}
	if (!caps->ansi)
		return;
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (j = 0; j < lists[i].count; j++) {
			struct str *s = &lists[i].strings[j], whole = *s;

			if (whole.len == 0)
				continue;
			s->ptr = mem_strndup(whole.ptr + 2, whole.len - 3);
			s->len = whole.len - 3;
			drop(&whole);
		}
	}
}

static void
find_attrs(struct caps *caps, unsigned kind)
{
	bool styled = has_extended("Smulx") || has_extended("Su") || (kind & KIND_UNDERLINES) ||
		      getenv("VTE_VERSION");

	for (int i = 0; i < CAPS_ATTRS; i++) {
		if (attr_names[i].terminfo)
			caps->sgr[i] = find_string(attr_names[i].terminfo);
		if (caps->sgr[i].len == 0 && caps->modern && attr_names[i].modern)
			caps->sgr[i] = copy(attr_names[i].modern);
	}
	for (int i = CELL_UL_SINGLE; i <= CELL_UL_DASHED; i++) {
		char own[24];

		snprintf(own, sizeof(own), "\033[4:%dm", i);
		if (i > CELL_UL_SINGLE && styled)
			caps->underline[i] = copy(own);
		else
			caps->underline[i] = find_string("smul");
	}
	if (caps->depth == CAPS_8 || caps->depth == CAPS_16) {
		for (int i = 0; i < (caps->depth == CAPS_8 ? 8 : 16); i++) {
			caps->fg[i] = find_param("setaf", i);
			caps->bg[i] = find_param("setab", i);
		}
	}
}

static int
set_up(const char *term, unsigned *ret_kind, struct err *err)
{
	const char *imitates;
	char safe[64];
	int status;

	*ret_kind = find_kind(term, &imitates);
	if (setupterm(term, 1, &status) == OK)
		return 0;
	if (imitates && setupterm(imitates, 1, &status) == OK)
		return 0;
	return err_set(err, ERR_UNSUPPORTED,
		"this machine does not know the terminal type \"%s\": set TERM to one that it "
		"knows, such as xterm-256color",
		text_safe_tmp(safe, sizeof(safe), str_from(term)));
}

enum charset
caps_charset(void)
{
	const char *term = getenv("TERM"), *imitates;
	return find_charset(term ? find_kind(term, &imitates) : 0);
}

int
caps_load(struct caps *ret, struct err *err)
{
	const char *term = getenv("TERM");
	struct caps caps = {0};
	char safe[64];
	unsigned kind;
	int rc;

	if (!term || !*term)
		return err_set(err, ERR_UNSUPPORTED, "TERM is not set");
	rc = set_up(term, &kind, err);
	if (rc < 0)
		return rc;
	for (int i = 0; i < CAPS_STRING_COUNT; i++)
		caps.strings[i] = find_string(string_names[i]);
	caps.modern = !(kind & KIND_OLD);
	caps.depth = find_depth(kind);
	caps.charset = find_charset(kind);
	caps.bce = tigetflag("bce") > 0;
	caps.edge = caps.strings[CAPS_NO_WRAP].len > 0 || tigetflag("am") <= 0 ||
		    tigetflag("xenl") > 0;
	caps.sync = (kind & KIND_SYNC) || (caps.modern && says_truecolour());
	caps.links = caps.modern && !(kind & KIND_NO_LINKS);
	caps.ansi_move = str_eqc(caps.strings[CAPS_MOVE], "\033[%i%p1%d;%p2%dH");
	caps.ansi_column = str_eqc(caps.strings[CAPS_COLUMN], "\033[%i%p1%dG");
	find_attrs(&caps, kind);
	strip_sgr(&caps);
	if (caps.strings[CAPS_MOVE].len == 0 || caps.strings[CAPS_CLEAR].len == 0) {
		caps_release(&caps);
		return err_set(err, ERR_UNSUPPORTED,
			"a terminal of type \"%s\" cannot show the cockpit: it cannot place "
			"its cursor; \"cockpit ls\" and \"cockpit attach --once\" do without "
			"that",
			text_safe_tmp(safe, sizeof(safe), str_from(term)));
	}
	*ret = caps;
	return 0;
}

void
caps_release(struct caps *caps)
{
	for (int i = 0; i < CAPS_STRING_COUNT; i++)
		drop(&caps->strings[i]);
	for (int i = 0; i < CAPS_ATTRS; i++)
		drop(&caps->sgr[i]);
	for (int i = 0; i <= CELL_UL_DASHED; i++)
		drop(&caps->underline[i]);
	for (int i = 0; i < 16; i++) {
		drop(&caps->fg[i]);
		drop(&caps->bg[i]);
	}
	del_curterm(cur_term);
}

void
caps_move(const struct caps *caps, struct buf *into, int x, int y)
{
	if (caps->ansi_move)
		buf_printf(into, "\033[%d;%dH", y + 1, x + 1);
	else
		buf_addc(into, tparm(caps->strings[CAPS_MOVE].ptr, y, x));
}

struct rgb {
	int r, g, b;
};

static int
distance(struct rgb a, struct rgb b)
{
	int r = a.r - b.r, g = a.g - b.g, l = a.b - b.b;

	/* The eye tells greens apart best, blues worst. */
	return 3 * r * r + 4 * g * g + 2 * l * l;
}

static const int cube[6] = {0, 95, 135, 175, 215, 255};

/* As xterm has them; what a person made of the first sixteen cannot be known. */
static struct rgb
palette_rgb(unsigned i)
{
	static const struct rgb basic[16] = {
		{0,   0,   0  },
                {205, 0,   0  },
                {0,   205, 0  },
                {205, 205, 0  },
                {0,   0,   238},
                {205, 0,   205},
		{0,   205, 205},
                {229, 229, 229},
                {127, 127, 127},
                {255, 0,   0  },
                {0,   255, 0  },
		{255, 255, 0  },
                {92,  92,  255},
                {255, 0,   255},
                {0,   255, 255},
                {255, 255, 255}
        };
	int grey = 8 + 10 * ((int)i - 232);

	if (i < 16)
		return basic[i];
	if (i >= 232)
		return (struct rgb){grey, grey, grey};
	return (struct rgb){cube[(i - 16) / 36], cube[(i - 16) / 6 % 6], cube[(i - 16) % 6]};
}

static int
cube_index(int level)
{
	return level < 48 ? 0 : level < 115 ? 1 : (level - 35) / 40;
}

static unsigned
nearest_256(struct rgb c)
{
	int r = cube_index(c.r), g = cube_index(c.g), b = cube_index(c.b);
	int average = (c.r + c.g + c.b) / 3;
	int step = average > 238 ? 23 : average < 3 ? 0 : (average - 3) / 10;
	int grey = 8 + 10 * step;

	if (distance(c, (struct rgb){grey, grey, grey}) <
		distance(c, (struct rgb){cube[r], cube[g], cube[b]}))
		return 232u + (unsigned)step;
	return 16u + (unsigned)(36 * r + 6 * g + b);
}

static unsigned
nearest_basic(struct rgb c, unsigned count)
{
	unsigned best = 0;

	for (unsigned i = 1; i < count; i++) {
		if (distance(c, palette_rgb(i)) < distance(c, palette_rgb(best)))
			best = i;
	}
	return best;
}

uint32_t
caps_colour(const struct caps *caps, uint32_t colour)
{
	unsigned kind = CELL_COLOUR_KIND(colour), index = colour & 0xff;
	unsigned count = caps->depth == CAPS_8 ? 8 : 16;
	struct rgb rgb;

	if (caps->depth == CAPS_MONO || kind == 0)
		return CELL_DEFAULT;
	if (caps->depth == CAPS_RGB ||
		(kind == 1 && (caps->depth == CAPS_256 || index < count)))
		return colour;
	rgb = kind == 1 ? palette_rgb(index)
			: (struct rgb){colour >> 16 & 0xff, colour >> 8 & 0xff, colour & 0xff};
	if (caps->depth == CAPS_256)
		return CELL_PALETTE(nearest_256(rgb));
	/* Without bright colours "bright black" would be black on black. */
	if (kind == 1 && index < 16)
		return CELL_PALETTE(index == 8 ? 7 : index & 7);
	return CELL_PALETTE(nearest_basic(rgb, count));
}
