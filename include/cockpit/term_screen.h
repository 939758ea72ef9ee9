/*
 * term_screen: what one agent's terminal shows, from its bytes.
 *
 * In front stands the guard, which lets through only what the tmux on the host
 * also understands, bounded; behind it libvterm's State layer moves the cursor,
 * and the grid here keeps the cells. tmux is the terminal that the agent talks
 * to: no reply is ever produced here. The grid must equal what "tmux
 * capture-pane -e" would say. libvterm stops in src/term/.
 */
#ifndef COCKPIT_TERM_SCREEN_H
#define COCKPIT_TERM_SCREEN_H

#include "cockpit/term_cell.h"

struct buf;
struct err;
struct screen;

#define SCREEN_MIN_COLS 2
#define SCREEN_MAX_COLS 1000
#define SCREEN_MAX_ROWS 500

enum screen_mode {
	SCREEN_ALTERNATE = 1 << 0,
	SCREEN_CURSOR = 1 << 1, /* cursor shown */
	SCREEN_APP_CURSOR = 1 << 2,
	SCREEN_APP_KEYPAD = 1 << 3,
	SCREEN_PASTE = 1 << 4, /* bracketed paste */
	SCREEN_FOCUS = 1 << 5,
	SCREEN_MOUSE_CLICK = 1 << 6, /* 1000 */
	SCREEN_MOUSE_DRAG = 1 << 7,  /* 1002 */
	SCREEN_MOUSE_MOVE = 1 << 8,  /* 1003 */
	SCREEN_MOUSE_SGR = 1 << 9,   /* 1006 */
	SCREEN_MOUSE_UTF8 = 1 << 10, /* 1005 */
	SCREEN_INSERT = 1 << 11,
	SCREEN_WRAP = 1 << 12,
	SCREEN_ORIGIN = 1 << 13
};
#define SCREEN_MOUSE_ANY (SCREEN_MOUSE_CLICK | SCREEN_MOUSE_DRAG | SCREEN_MOUSE_MOVE)

/* What an agent says of itself with escape sequences; text is raw and foreign. */
enum screen_signal_kind {
	SCREEN_SIGNAL_TITLE, /* OSC 0, 2 */
	SCREEN_SIGNAL_BELL,
	SCREEN_SIGNAL_PROGRESS, /* OSC 9;4: "state;percent" */
	SCREEN_SIGNAL_NOTIFY, /* OSC 9 text, 777;notify;…, 99;… : what stands after the number
			       */
	SCREEN_SIGNAL_STATE, /* OSC 7501: "state=working:app=codex" */
	SCREEN_SIGNAL_PROMPT /* OSC 133: "A", "B", "C", "D;0" */
};

struct screen_signal {
	enum screen_signal_kind kind;
	struct str text; /* borrowed, at most 1024 bytes */
};

struct screen_ops {
	void (*signal)(void *ctx, const struct screen_signal *signal);
};

/* What the guard refused or cut, by kind; for explain and for tests. */
struct screen_counters {
	uint64_t sequences; /* escape sequences not passed on */
	uint64_t strings;   /* OSC, DCS, APC, PM, SOS swallowed */
	uint64_t utf8;      /* bad bytes, C1 and unknown code points dropped, as tmux does */
	uint64_t limits;    /* parameters, intermediates, lengths over their limit */
};

/* Sizes are clamped to the limits above. ops and ctx outlive the screen; ops may be NULL. */
struct screen *screen_new(int cols, int rows, const struct screen_ops *ops, void *ctx);
void screen_free(struct screen *s);
/* What it shows now, as a screen of its own that nobody feeds. */
struct screen *screen_copy(const struct screen *s);

/* The agent's bytes, any chunking. Signals come from inside. */
void screen_feed(struct screen *s, struct str bytes);

/*
 * A state read from tmux in one atomic go: replaces everything, size too. The
 * only way to resize: libvterm's own resizing writes out of bounds.
 */
struct screen_snapshot {
	int cols, rows;
	int cursor_x, cursor_y; /* cursor_x may equal cols: a wrap is pending */
	unsigned modes;         /* enum screen_mode */
	unsigned known; /* which of them tmux could tell; the others stay as they were */
	int scroll_top, scroll_bottom; /* rows, inclusive */
	int alt_x, alt_y;              /* cursor that 1049 kept; -1: none */
	struct str tabs; /* columns with a tab stop, "8,16,24"; ptr NULL: every eighth one */
	/*
	 * "capture-pane -p -e -N" text with octal escapes undone: rows separated by
	 * "\n", SGR state running on across rows, line drawing between SO and SI. Missing rows
	 * are blank. tmux 3.3 tells nothing of what stands behind the last written cell of a
	 * row: a background that was only erased there is lost until the program paints again.
	 * Pen and character sets cannot be told either and start afresh: see
	 * screen_in_doubt().
	 */
	struct str text;
};
void screen_restore(struct screen *s, const struct screen_snapshot *snapshot);

/*
 * True when what was drawn since the snapshot rests on what no snapshot can tell and
 * the agent has not said since: its pen, its character sets, the cursor it saved, where
 * one row runs on in the next, the sequence that it was in the middle of. It was guessed
 * and is right nearly always, but only another snapshot can tell.
 */
bool screen_in_doubt(const struct screen *s);
/*
 * Compares with a snapshot of this very moment, nothing printed before it or after it
 * left out. True: nothing is in doubt any more, and what was guessed is known. False:
 * nothing has changed, the screen is wrong and is to be restored.
 */
bool screen_check(struct screen *s, const struct screen_snapshot *snapshot);

/*
 * True when something happened that only a new snapshot can repair (a switch
 * back to a normal screen that we never saw). Cleared by screen_restore().
 */
bool screen_wants_snapshot(const struct screen *s);

int screen_cols(const struct screen *s);
int screen_rows(const struct screen *s);
unsigned screen_modes(const struct screen *s);
void screen_cursor(const struct screen *s, int *ret_x, int *ret_y);
/* DECSCUSR 0 to 6, 0 when never set. */
int screen_cursor_shape(const struct screen *s);
/* Borrowed until the next feed; cols cells. */
const struct cell *screen_row(const struct screen *s, int row);
/* True if its text runs on in the next row, as far as that was seen: a snapshot does not tell.
 */
bool screen_row_wraps(const struct screen *s, int row);
struct str screen_text(const struct screen *s, uint32_t text, char tmp[4]);
/* The URI of a cell's link (http and https only are kept), empty for 0. */
struct str screen_link(const struct screen *s, uint8_t link);
/* Changes with everything that could be seen to have changed. */
uint64_t screen_version(const struct screen *s);
/* Version at which this row last changed. */
uint64_t screen_row_version(const struct screen *s, int row);
/*
 * Synchronized output (DEC 2026): true while the agent holds its paint. The
 * caller drops the hold after 150 ms by itself.
 */
bool screen_held(const struct screen *s);
/* Until the next begin mark. */
void screen_release_hold(struct screen *s);
const struct screen_counters *screen_counters(const struct screen *s);

/* Plain text of a row without trailing blanks; for --once, tests and rules on the last lines.
 */
void screen_row_text(const struct screen *s, int row, struct buf *into);

#endif
