/*
 * What the files of the term floor know of a screen.
 *
 *   guard.c -> verbs.c (moves.c, edits.c, modes.c), strings.c -> vt.c (libvterm) -> grid.c
 *            pen.c, combine.c
 */
#ifndef COCKPIT_TERM_LOCAL_H
#define COCKPIT_TERM_LOCAL_H

#include "grid.h"
#include "guard.h"
#include "links.h"
#include "pen.h"

#include "cockpit/term_screen.h"

enum { VT_RUN = 512 };

/* Text on its way to libvterm: what it is told, and what shall stand in the cells. */
struct vt_run {
	unsigned count; /* glyphs */
	unsigned len;   /* bytes */
	uint32_t text[VT_RUN];
	char bytes[VT_RUN * 3];
};

struct vt {
	struct VTerm *term;
	int x, y;     /* libvterm's cursor */
	bool phantom; /* libvterm will wrap before the next glyph */
	bool tabs_changed;
	bool writing;       /* text, not a control, is being written */
	bool scrolled;      /* by the wrap that comes before the next glyph */
	int next_x, next_y; /* where the next glyph is due if nothing wraps */
	uint32_t fill;      /* background of lines that scroll in */
	const uint32_t
		*text; /* texts of the run that is written; NULL: the code points are right */
	struct vt_run run;
};

/* The three things that choose a character set. */
struct charsets {
	bool g0, g1; /* line drawing */
	bool shifted;
};

/* What a snapshot cannot tell. */
enum doubt {
	DOUBT_PARSER = 1 << 0, /* it was taken in the middle of a sequence */
	DOUBT_PEN = 1 << 1,
	DOUBT_G0 = 1 << 2,
	DOUBT_G1 = 1 << 3,
	DOUBT_SHIFT = 1 << 4,
	DOUBT_SAVED = 1 << 5,   /* ESC 7 */
	DOUBT_ALT_PEN = 1 << 6, /* that 1049 kept */
	DOUBT_WRAPS = 1 << 7,   /* rows that run on in the next */
	DOUBT_BEYOND = 1 << 8,  /* the cursor stands outside of a screen that got smaller */
	DOUBT_LAST = 1 << 9,    /* the character for REP */
	DOUBT_BLANKS = 1 << 10  /* backgrounds behind the last written cell of a row */
};
#define DOUBT_CHARSETS (DOUBT_G0 | DOUBT_G1 | DOUBT_SHIFT)
#define DOUBT_ALL      ((1u << 11) - 1)
/* One use that was right says nothing of the next. */
#define DOUBT_STICKY (DOUBT_WRAPS | DOUBT_BEYOND | DOUBT_LAST)

/* ESC 7. */
struct saved_cursor {
	int x, y;
	struct pen pen;
	struct charsets charsets;
	bool origin;
	unsigned unknown; /* of pen and charsets */
};

struct screen {
	int cols, rows;
	struct grid grid;
	struct grid normal; /* kept while the alternate screen shows, if ever seen */
	bool has_normal;
	int alt_x, alt_y; /* cursor that 1049 kept; -1: none */
	struct pen alt_pen;
	struct glyphs *glyphs;
	struct links links;
	struct pen pen;
	struct charsets charsets;
	struct saved_cursor saved;
	int top, bottom; /* scroll region, inclusive */
	unsigned modes;
	int shape;
	bool pending; /* the cursor stands past the last column */
	bool joiner;  /* a zero width joiner waits for its second half */
	bool held;    /* DEC 2026 */
	bool wants_snapshot;
	unsigned unknown; /* enum doubt: not told by the snapshot, not seen since */
	unsigned doubts;  /* those of them that what shows rests on */
	unsigned normal_doubts;
	uint64_t version;
	const struct screen_ops *ops;
	void *ctx;
	struct screen_counters counters;
	struct guard guard;
	struct vt vt;
};

/* screen.c: the cursor as tmux counts it, x may be cols. */
int screen_x(const struct screen *s);
/* A blank screen of another size, with a new libvterm; modes and pen stay. */
void screen_set_size(struct screen *s, int cols, int rows);
/* As tmux does it: a region of one row has nothing to move, and stays as it is unless what
 * leaves it goes to the history. */
void screen_scroll(struct screen *s, int top, int bottom, int count, uint32_t bg);
void screen_signal(struct screen *s, enum screen_signal_kind kind, struct str text);

/* vt.c */
void vt_open(struct screen *s);
void vt_close(struct screen *s);
void vt_ascii(struct screen *s, struct str run);
void vt_glyph(struct screen *s, uint32_t cp);
void vt_flush(struct screen *s);
/* To a cell; clears a pending wrap. */
void vt_move(struct screen *s, int x, int y);
/* "\n", "\t", ESC M and the like, that move as in tmux. */
void vt_control(struct screen *s, const char *bytes);
void vt_region(struct screen *s, int top, int bottom);

void vt_set_tabs(struct screen *s, struct str tabs);

/* What is drawn now rests on these. */
static inline void
screen_rests_on(struct screen *s, unsigned what)
{
	s->doubts |= s->unknown & what;
}

/* The background that erasing leaves. */
static inline uint32_t
screen_bg(struct screen *s)
{
	screen_rests_on(s, DOUBT_PEN);
	return s->pen.bg;
}

/* verbs.c */
extern const struct guard_ops verbs_ops;

/* modes.c */
void modes_set(struct screen *s, const struct guard_seq *seq, bool on);
void modes_alternate(struct screen *s, bool on, bool cursor);

/* Colours and attributes only: a link that is open stays open. */
void screen_set_pen(struct screen *s, struct pen pen);

/* strings.c */
/* What a string says to the outside; false if nothing. text is borrowed. */
bool strings_signal(enum guard_string kind, struct str text, struct screen_signal *ret);
void strings_take(struct screen *s, enum guard_string kind, struct str text);
/* OSC 8 alone, for snapshots. */
bool strings_link(struct screen *s, struct str text);

void vt_tab(struct screen *s, int count); /* back, when negative */
void vt_clear_tab(struct screen *s, bool all);
void vt_reset_tabs(struct screen *s);

/* combine.c: puts cp onto the character before column x; false if there is no room. */
bool combine(struct screen *s, int x, int y, uint32_t cp, bool joined);
/* The code point that shows for a byte of the line drawing set. */
uint32_t charset_map(unsigned char c);

#endif
