/*
 * ui/caps: what the operator's terminal can, from its terminfo entry and from
 * what terminals say of themselves in the environment. ncurses stops here.
 */
#ifndef COCKPIT_UI_CAPS_H
#define COCKPIT_UI_CAPS_H

#include "charset.h"
#include "cockpit/term_cell.h"

struct buf;
struct err;

enum caps_depth { CAPS_MONO, CAPS_8, CAPS_16, CAPS_256, CAPS_RGB };

/* Name in terminfo, our name: whole strings. */
#define CAPS_STRINGS(X)     \
	X("smcup", ENTER)   \
	X("rmcup", LEAVE)   \
	X("clear", CLEAR)   \
	X("el", ERASE_LINE) \
	X("civis", HIDE)    \
	X("cnorm", SHOW)    \
	X("rmam", NO_WRAP)  \
	X("smam", WRAP)     \
	X("cup", MOVE)      \
	X("hpa", COLUMN)    \
	X("sgr0", RESET)

enum caps_string {
#define X(terminfo, name) CAPS_##name,
	CAPS_STRINGS(X)
#undef X
		CAPS_STRING_COUNT
};

/* enum cell_attr by bit, underlines apart. */
#define CAPS_ATTRS 8

struct caps {
	enum caps_depth depth;
	enum charset charset;
	bool modern;    /* takes private modes that it does not know without a word */
	bool bce;       /* erases with the current background */
	bool sync;      /* DEC 2026 */
	bool links;     /* OSC 8 */
	bool edge;      /* the last cell can be written without scrolling */
	bool ansi;      /* all of sgr, underline, fg and bg are parameters for one CSI … m */
	bool ansi_move; /* CUP */
	bool ansi_column;                      /* CHA */
	struct str strings[CAPS_STRING_COUNT]; /* empty: cannot */
	struct str sgr[CAPS_ATTRS];
	struct str underline[CELL_UL_DASHED + 1];
	struct str fg[16], bg[16]; /* CAPS_8 and CAPS_16 only */
};

/* ERR_UNSUPPORTED when TERM is not set, unknown, or cannot even place its cursor. */
int caps_load(struct caps *ret, struct err *err);
/* The part of it that needs no terminfo. */
enum charset caps_charset(void);
void caps_release(struct caps *caps);
void caps_move(const struct caps *caps, struct buf *into, int x, int y);
/* A colour as this terminal has it: the nearest palette index, or CELL_DEFAULT. */
uint32_t caps_colour(const struct caps *caps, uint32_t colour);

#endif
