/* SPDX-License-Identifier: MIT */
#include "sequence.h"

#define NUMBER_MAX 9999999u /* above any code point */

/* CSI x and SS3 x; also CSI 1 ; modifiers x. */
static const struct {
	char final;
	enum key_special special;
	unsigned mods;
} letters[] = {
	{'A', KEY_UP,    0        },
	{'B', KEY_DOWN,  0        },
	{'C', KEY_RIGHT, 0        },
	{'D', KEY_LEFT,  0        },
	{'F', KEY_END,   0        },
	{'H', KEY_HOME,  0        },
	{'P', KEY_F1,    0        },
	{'Q', KEY_F2,    0        },
	{'R', KEY_F3,    0        },
	{'S', KEY_F4,    0        },
	{'Z', KEY_TAB,   KEY_SHIFT},
 /* rxvt: shifted after CSI, with Control after SS3 */
	{'a', KEY_UP,    KEY_SHIFT},
	{'b', KEY_DOWN,  KEY_SHIFT},
	{'c', KEY_RIGHT, KEY_SHIFT},
	{'d', KEY_LEFT,  KEY_SHIFT},
};

/* CSI number ; modifiers ~ */
static const enum key_special numbered[] = {
	[1] = KEY_HOME,
	[2] = KEY_INSERT,
	[3] = KEY_DELETE,
	[4] = KEY_END,
	[5] = KEY_PAGE_UP,
	[6] = KEY_PAGE_DOWN,
	[7] = KEY_HOME,
	[8] = KEY_END,
	[11] = KEY_F1,
	[12] = KEY_F2,
	[13] = KEY_F3,
	[14] = KEY_F4,
	[15] = KEY_F5,
	[17] = KEY_F6,
	[18] = KEY_F7,
	[19] = KEY_F8,
	[20] = KEY_F9,
	[21] = KEY_F10,
	[23] = KEY_F11,
	[24] = KEY_F12,
};

/* CSI code ; modifiers u: what is no character of its own (the keypad's keys are kitty's). */
static const struct {
	uint32_t code;
	enum key_special special;
	char character;
} coded[] = {
	{8,     KEY_BACKSPACE, 0  },
	{9,     KEY_TAB,       0  },
	{13,    KEY_ENTER,     0  },
	{27,    KEY_ESCAPE,    0  },
	{127,   KEY_BACKSPACE, 0  },
	{57409, KEY_NONE,      '.'},
	{57410, KEY_NONE,      '/'},
	{57411, KEY_NONE,      '*'},
	{57412, KEY_NONE,      '-'},
	{57413, KEY_NONE,      '+'},
	{57414, KEY_ENTER,     0  },
	{57415, KEY_NONE,      '='},
	{57416, KEY_NONE,      ','},
	{57417, KEY_LEFT,      0  },
	{57418, KEY_RIGHT,     0  },
	{57419, KEY_UP,        0  },
	{57420, KEY_DOWN,      0  },
	{57421, KEY_PAGE_UP,   0  },
	{57422, KEY_PAGE_DOWN, 0  },
	{57423, KEY_HOME,      0  },
	{57424, KEY_END,       0  },
	{57425, KEY_INSERT,    0  },
	{57426, KEY_DELETE,    0  },
};
#define KITTY_KEYPAD_0 57399
#define KITTY_KEYPAD_9 57408
/* Private use: kitty's names for keys that we have no use for. */
#define KITTY_FIRST 57344
#define KITTY_LAST  63743

static struct event
key_event(enum key_special special, uint32_t code, unsigned mods)
{
	return (struct event){
		.kind = EVENT_KEY, .key = {special, code, mods}
        };
}

/*
 * A character with modifiers that were reported apart from it: Shift is in the character
 * already, but for Control, whose letters have one form.
 */
static struct event
char_event(uint32_t code, unsigned mods)
{
	bool upper = code >= 'A' && code <= 'Z', lower = code >= 'a' && code <= 'z';

	if ((mods & KEY_CTRL) && upper) {
		code += 'a' - 'A';
	} else if (!(mods & KEY_CTRL) && (mods & KEY_SHIFT) && (upper || lower)) {
		code -= lower ? 'a' - 'A' : 0;
		mods &= ~(unsigned)KEY_SHIFT;
	}
	return key_event(KEY_NONE, code, mods);
}

static const struct event none = {.kind = EVENT_NONE};

struct event
sequence_mouse(uint32_t code, uint32_t x, uint32_t y, bool release)
{
	struct mouse mouse = {.kind = MOUSE_PRESS,
		.button = (int)(code & 3) + 1,
		.x = x > 0 ? (int)x - 1 : 0,
		.y = y > 0 ? (int)y - 1 : 0};

	mouse.mods = (code & 4 ? KEY_SHIFT : 0u) | (code & 8 ? KEY_ALT : 0u) |
		     (code & 16 ? KEY_CTRL : 0u);
	/* Beyond the third button and the upright wheel there is nothing that we know. */
	if (code >= 128 || ((code & 64) && (code & 2)))
		return none;
	if (code & 64)
		mouse.kind = code & 1 ? MOUSE_WHEEL_DOWN : MOUSE_WHEEL_UP;
	else if (code & 32)
		mouse.kind = mouse.button == 4 ? MOUSE_MOVE : MOUSE_DRAG;
	else if (release)
		mouse.kind = MOUSE_RELEASE;
	if (mouse.button == 4 || (code & 64))
		mouse.button = 0;
	return (struct event){.kind = EVENT_MOUSE, .mouse = mouse};
}

/* Modifiers of parameter i. False if the event is none for us: a release, or Super and Hyper.
 */
static bool
read_mods(const struct sequence *p, unsigned i, unsigned *ret)
{
	uint32_t bits = p->count > i && p->num[i] > 0 ? p->num[i] - 1 : 0;

	if (p->count > i && p->sub[i] == 3)
		return false;
	*ret = (bits & 1 ? KEY_SHIFT : 0u) | (bits & (2 | 32) ? KEY_ALT : 0u) |
	       (bits & 4 ? KEY_CTRL : 0u);
	return !(bits & (8 | 16));
}

static struct event
end_letter(char final, unsigned mods)
{
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		if (letters[i].final == final)
			return key_event(letters[i].special, 0, letters[i].mods | mods);
	}
	return none;
}

/* A character that a key can stand for. */
static bool
is_typed(uint32_t code)
{
	return code >= 0x20 && !(code >= 0x7f && code < 0xa0) && code <= 0x10ffff &&
	       !(code >= 0xd800 && code < 0xe000) &&
	       !(code >= KITTY_FIRST && code <= KITTY_LAST);
}

static struct event
end_coded(uint32_t code, uint32_t shifted, unsigned mods)
{
	if (code >= KITTY_KEYPAD_0 && code <= KITTY_KEYPAD_9)
		return key_event(KEY_NONE, '0' + code - KITTY_KEYPAD_0, mods);
	for (size_t i = 0; i < sizeof(coded) / sizeof(coded[0]); i++) {
		if (coded[i].code == code)
			return key_event(
				coded[i].special, (unsigned char)coded[i].character, mods);
	}
	if ((mods & KEY_SHIFT) && !(mods & KEY_CTRL) && is_typed(shifted) && shifted != ' ') {
		code = shifted;
		mods &= ~(unsigned)KEY_SHIFT;
	}
	return is_typed(code) ? char_event(code, mods) : none;
}

/* CSI number … ~, and rxvt's $ ^ @ in its place. */
static struct event
end_numbered(const struct sequence *p, char final)
{
	uint32_t num = p->num[0];
	unsigned mods;

	if (num == 200 && final == '~')
		return (struct event){.kind = EVENT_PASTE};
	if (!read_mods(p, 1, &mods))
		return none;
	/* modifyOtherKeys: the character is the shifted one. */
	if (num == 27 && p->count == 3)
		return end_coded(p->num[2], p->num[2], mods);
	mods |= final == '$' ? KEY_SHIFT : final == '^' ? KEY_CTRL : 0u;
	mods |= final == '@' ? KEY_SHIFT | KEY_CTRL : 0u;
	if (num < sizeof(numbered) / sizeof(numbered[0]) && numbered[num] != KEY_NONE)
		return key_event(numbered[num], 0, mods);
	return none;
}

static struct event
end_plain(const struct sequence *p, char final)
{
	unsigned mods;

	switch (final) {
	case '~':
	case '$':
	case '^':
	case '@':
		return end_numbered(p, final);
	case 'u':
		return read_mods(p, 1, &mods) ? end_coded(p->num[0], p->sub[0], mods) : none;
	case 'I':
	case 'O':
		if (p->count > 1 || p->num[0] != 0)
			return none;
		return (struct event){.kind = final == 'I' ? EVENT_FOCUS_IN : EVENT_FOCUS_OUT};
	default:
		/* CSI 1;2R is F3, CSI 5;7R a cursor report. */
		if (p->num[0] > 1 || p->count > 2 || !read_mods(p, 1, &mods))
			return none;
		return end_letter(final, mods);
	}
}

bool
sequence_ends(const struct sequence *p, unsigned char c)
{
	/* '$' is a final byte of rxvt's alone, an intermediate one elsewhere. */
	return c >= 0x40 || (c == '$' && !p->prefix && p->count == 1);
}

struct event
sequence_event(const struct sequence *p, char final)
{
	if (p->broken)
		return none;
	if (final == '[' && p->length == 0)
		return (struct event){.kind = EVENT_CONSOLE};
	if (final == 'M' && p->length == 0)
		return (struct event){.kind = EVENT_X10};
	if (p->prefix == '<' && (final == 'M' || final == 'm') && p->count == 3)
		return sequence_mouse(p->num[0], p->num[1], p->num[2], final == 'm');
	return p->prefix || p->intermediate ? none : end_plain(p, final);
}

struct event
sequence_ss3(const struct sequence *p, char final)
{
	static const char keypad[] = "*+,-./0123456789"; /* j to y */
	unsigned mods;

	if (final == 'M')
		return key_event(KEY_ENTER, 0, 0);
	if (final == 'X')
		return key_event(KEY_NONE, '=', 0);
	if (final >= 'j' && final <= 'y')
		return key_event(KEY_NONE, (unsigned char)keypad[final - 'j'], 0);
	/* SS3 5 P and SS3 1 ; 5 P mean the same. */
	if (p->broken || !read_mods(p, p->count > 1 ? 1 : 0, &mods))
		return none;
	if (final >= 'a' && final <= 'd')
		return key_event(letters[final - 'a'].special, 0, KEY_CTRL);
	return end_letter(final, mods);
}

static void
add_digit(struct sequence *p, unsigned char c)
{
	uint32_t *num;

	if (p->count == 0)
		p->count = 1;
	num = p->colons == 0 ? &p->num[p->count - 1] : &p->sub[p->count - 1];
	/* Third and later subparameters tell nothing that is needed. */
	if (p->colons > 1)
		return;
	*num = *num * 10 + (c - '0');
	if (*num > NUMBER_MAX)
		p->broken = true;
}

void
sequence_add(struct sequence *p, unsigned char c)
{
	if (c >= '<' && p->length == 0)
		p->prefix = (char)c;
	else if (c >= '<')
		p->broken = true;
	else if (c < '0')
		p->intermediate = (char)c;
	else if (c == ':')
		p->colons++;
	else if (c != ';')
		add_digit(p, c);
	else if (p->count < SEQUENCE_PARAMS) {
		p->count += p->count == 0 ? 2 : 1;
		p->colons = 0;
	} else
		p->broken = true;
	p->length++;
}
