/*
 * term_keys: a key press as a tmux key name or as bytes for an agent's pane.
 * tmux on the host knows the pane's modes (application cursor, extended keys), so all
 * but plain text goes by name: "C-a", "M-x", "S-Up", "S-Enter", "F5".
 */
#ifndef COCKPIT_TERM_KEYS_H
#define COCKPIT_TERM_KEYS_H

#include "cockpit/base_buf.h"

/* Name in tmux, our name. */
#define KEY_SPECIALS(X)        \
	X("Enter", ENTER)      \
	X("Tab", TAB)          \
	X("BSpace", BACKSPACE) \
	X("Escape", ESCAPE)    \
	X("Up", UP)            \
	X("Down", DOWN)        \
	X("Left", LEFT)        \
	X("Right", RIGHT)      \
	X("Home", HOME)        \
	X("End", END)          \
	X("IC", INSERT)        \
	X("DC", DELETE)        \
	X("PPage", PAGE_UP)    \
	X("NPage", PAGE_DOWN)  \
	X("F1", F1)            \
	X("F2", F2)            \
	X("F3", F3)            \
	X("F4", F4)            \
	X("F5", F5)            \
	X("F6", F6)            \
	X("F7", F7)            \
	X("F8", F8)            \
	X("F9", F9)            \
	X("F10", F10)          \
	X("F11", F11)          \
	X("F12", F12)

enum key_special {
	KEY_NONE, /* a character: see code */
#define X(tmux, name) KEY_##name,
	KEY_SPECIALS(X)
#undef X
};

enum key_mods { KEY_SHIFT = 1 << 0, KEY_ALT = 1 << 1, KEY_CTRL = 1 << 2 };

struct key {
	enum key_special special;
	uint32_t code; /* Unicode, when special is KEY_NONE; letters with KEY_CTRL are lower
			  case */
	unsigned mods;
};

bool key_eq(struct key a, struct key b);
/* "C-q", "S-Up", "Space", "x": for help and for keymaps; into holds at least 32 bytes. */
void key_name(struct key key, char into[32]);
/* The reverse; false if it names no key. */
bool key_parse(struct str name, struct key *ret);
/*
 * Plain text (no modifiers but Shift, no special): appends its UTF-8 to text and
 * returns true. Else appends tmux's name of the key to name and returns false. The name
 * is one word of a tmux command line: bare, or in quotes where a character of it means
 * something there ("'M-;'"). Codes that are no characters append nothing, returning true.
 */
bool key_encode(struct key key, struct buf *text, struct buf *name);

enum mouse_kind {
	MOUSE_PRESS,
	MOUSE_RELEASE,
	MOUSE_DRAG,
	MOUSE_MOVE,
	MOUSE_WHEEL_UP,
	MOUSE_WHEEL_DOWN
};

struct mouse {
	enum mouse_kind kind;
	int button; /* 1 to 3; 0 when none */
	unsigned mods;
	int x, y; /* from 0 */
};

/* The bytes that a pane in these modes (enum screen_mode) expects; nothing when it did not ask.
 */
void mouse_encode(struct mouse mouse, unsigned modes, struct buf *into);

#endif
