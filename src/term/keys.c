/* SPDX-License-Identifier: MIT */
/*
 * Names are those of tmux(1), KEYS: modifiers in front, then a name or one
 * character. A character that means something on a tmux command line is put in
 * single quotes, and the quote itself is escaped, so that the name is one word there.
 */
#include <stdio.h>

#include "cockpit/base_text.h"
#include "cockpit/term_keys.h"
#include "cockpit/term_screen.h"

static const struct special_row {
	enum key_special special;
	const char *name;
} special_rows[] = {
#define X(tmux, name) {KEY_##name, tmux},
	KEY_SPECIALS(X)
#undef X
};

/* Other spellings that people write into keymaps. */
static const struct special_row other_rows[] = {
	{KEY_BACKSPACE, "Backspace"},
	{KEY_ESCAPE,    "Esc"      },
	{KEY_ENTER,     "Return"   },
	{KEY_INSERT,    "Insert"   },
	{KEY_DELETE,    "Delete"   },
	{KEY_PAGE_UP,   "PageUp"   },
	{KEY_PAGE_UP,   "PgUp"     },
	{KEY_PAGE_DOWN, "PageDown" },
	{KEY_PAGE_DOWN, "PgDn"     },
};

static const struct {
	char letter;
	unsigned mod;
} mod_rows[] = {
	{'C', KEY_CTRL },
	{'M', KEY_ALT  },
	{'S', KEY_SHIFT},
};

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

bool
key_eq(struct key a, struct key b)
{
	return a.special == b.special && a.mods == b.mods &&
	       (a.special != KEY_NONE || a.code == b.code);
}

static const char *
special_name(enum key_special special)
{
	for (size_t i = 0; i < COUNT(special_rows); i++) {
		if (special_rows[i].special == special)
			return special_rows[i].name;
	}
	return "";
}

/* Control bytes, DEL, C1 and what is no character at all. */
static bool
typable(uint32_t code)
{
	return code >= 0x20 && (code < 0x7f || code > 0x9f) && code <= 0x10ffff &&
	       (code < 0xd800 || code > 0xdfff);
}

void
key_name(struct key key, char into[32])
{
	char base[8] = "";
	const char *name = base;
	unsigned mods = key.mods;
	int len = 0;

	if (key.special == KEY_TAB && mods & KEY_SHIFT) {
		name = "BTab";
		mods &= ~(unsigned)KEY_SHIFT;
	} else if (key.special != KEY_NONE) {
		name = special_name(key.special);
	} else if (key.code == ' ') {
		name = "Space";
	} else if (typable(key.code)) {
		base[text_encode(key.code, base)] = '\0';
	}
	/* Shift has already chosen the character. */
	if (key.special == KEY_NONE && key.code != ' ' && !(mods & (KEY_CTRL | KEY_ALT)))
		mods &= ~(unsigned)KEY_SHIFT;
	for (size_t i = 0; i < COUNT(mod_rows); i++) {
		if (mods & mod_rows[i].mod)
			len += snprintf(
				into + len, 32 - (size_t)len, "%c-", mod_rows[i].letter);
	}
	snprintf(into + len, 32 - (size_t)len, "%s", name);
}

static bool
find_special(const struct special_row *rows, size_t count, struct str name, struct key *key)
{
	for (size_t i = 0; i < count; i++) {
		if (str_eqc(name, rows[i].name)) {
			key->special = rows[i].special;
			return true;
		}
	}
	return false;
}

static unsigned
take_mod(struct str *name)
{
	if (name->len < 3 || name->ptr[1] != '-')
		return 0;
	for (size_t i = 0; i < COUNT(mod_rows); i++) {
		if (name->ptr[0] == mod_rows[i].letter) {
			*name = str_slice(*name, 2, name->len);
			return mod_rows[i].mod;
		}
	}
	return 0;
}

bool
key_parse(struct str name, struct key *ret)
{
	struct key key = {0};
	unsigned mod;

	while ((mod = take_mod(&name)))
		key.mods |= mod;
	if (name.len == 0)
		return false;
	if (str_eqc(name, "BTab")) {
		key.special = KEY_TAB;
		key.mods |= KEY_SHIFT;
	} else if (str_eqc(name, "Space")) {
		key.code = ' ';
	} else if (!find_special(special_rows, COUNT(special_rows), name, &key) &&
		   !find_special(other_rows, COUNT(other_rows), name, &key)) {
		key.code = text_next(&name);
		if (name.len > 0 || !typable(key.code) || key.code == TEXT_BAD)
			return false;
		if (key.mods & KEY_CTRL && key.code >= 'A' && key.code <= 'Z')
			key.code += 'a' - 'A';
	}
	*ret = key;
	return true;
}

static void
add_quoted(struct buf *into, struct str name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_+./,:@";
	bool safe = true;

	for (size_t i = 0; i < name.len; i++)
		safe = safe && memchr(plain, name.ptr[i], sizeof(plain) - 1) != NULL;
	if (safe) {
		buf_add(into, name);
	} else if (str_find(name, '\'') >= 0) {
		buf_byte(into, '"');
		buf_add(into, name);
		buf_byte(into, '"');
	} else {
		buf_byte(into, '\'');
		buf_add(into, name);
		buf_byte(into, '\'');
	}
}

bool
key_encode(struct key key, struct buf *text, struct buf *name)
{
	char tmp[32];

	if (key.special == KEY_NONE && !(key.mods & (KEY_CTRL | KEY_ALT)) &&
		(key.code != ' ' || !(key.mods & KEY_SHIFT))) {
		if (typable(key.code))
			buf_add(text, (struct str){tmp, text_encode(key.code, tmp)});
		return true;
	}
	if (key.special == KEY_NONE && !typable(key.code))
		return true;
	/* Ctrl with a letter carries no Shift in a terminal; tmux knows "C-S-a" by extended
	 * keys only. */
	key_name(key, tmp);
	add_quoted(name, str_from(tmp));
	return false;
}

/* ---- mouse ---- */

enum { WHEEL = 64, MOTION = 32, NO_BUTTON = 3 };

static bool
wanted(struct mouse mouse, unsigned modes)
{
	switch (mouse.kind) {
	case MOUSE_PRESS:
	case MOUSE_RELEASE:
	case MOUSE_WHEEL_UP:
	case MOUSE_WHEEL_DOWN:
		return modes & SCREEN_MOUSE_ANY;
	case MOUSE_DRAG:
		return modes & (SCREEN_MOUSE_DRAG | SCREEN_MOUSE_MOVE);
	case MOUSE_MOVE:
		return modes & SCREEN_MOUSE_MOVE;
	}
	return false;
}

static int
button_code(struct mouse mouse)
{
	int code = mouse.button >= 1 && mouse.button <= 3 ? mouse.button - 1 : NO_BUTTON;

	if (mouse.kind == MOUSE_WHEEL_UP || mouse.kind == MOUSE_WHEEL_DOWN)
		code = WHEEL + (mouse.kind == MOUSE_WHEEL_DOWN);
	if (mouse.kind == MOUSE_MOVE)
		code = NO_BUTTON;
	if (mouse.kind == MOUSE_DRAG || mouse.kind == MOUSE_MOVE)
		code += MOTION;
	code += mouse.mods & KEY_SHIFT ? 4 : 0;
	code += mouse.mods & KEY_ALT ? 8 : 0;
	code += mouse.mods & KEY_CTRL ? 16 : 0;
	return code;
}

static void
add_utf8(struct buf *into, int value)
{
	char tmp[4];

	buf_add(into, (struct str){tmp, text_encode((uint32_t)value, tmp)});
}

void
mouse_encode(struct mouse mouse, unsigned modes, struct buf *into)
{
	int code = button_code(mouse), x = mouse.x + 1, y = mouse.y + 1;

	if (!wanted(mouse, modes) || mouse.x < 0 || mouse.y < 0)
		return;
	if (modes & SCREEN_MOUSE_SGR) {
		buf_printf(into, "\033[<%d;%d;%d%c", code, x, y,
			mouse.kind == MOUSE_RELEASE ? 'm' : 'M');
		return;
	}
	if (mouse.kind == MOUSE_RELEASE)
		code |= NO_BUTTON; /* the old encodings do not say which */
	if (modes & SCREEN_MOUSE_UTF8) {
		if (x > 2015 || y > 2015)
			return;
		buf_addc(into, "\033[M");
		add_utf8(into, code + 32);
		add_utf8(into, x + 32);
		add_utf8(into, y + 32);
		return;
	}
	if (x > 223 || y > 223)
		return;
	buf_addc(into, "\033[M");
	buf_byte(into, (char)(code + 32));
	buf_byte(into, (char)(x + 32));
	buf_byte(into, (char)(y + 32));
}
