/*
 * ui/view: what the operator looks at and how: focus, mode, layout, what lies
 * over the tiles. One struct for the files that draw it and those that change
 * it; it holds nothing of the fleet's own.
 */
#ifndef COCKPIT_UI_VIEW_H
#define COCKPIT_UI_VIEW_H

#include "asking.h"
#include "charset.h"
#include "checks.h"
#include "cockpit/base_buf.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/term_keys.h"
#include "comments.h"
#include "conflicts.h"
#include "diff.h"
#include "doings.h"
#include "events.h"
#include "filter.h"
#include "first.h"
#include "fix.h"
#include "inbox.h"
#include "layout.h"
#include "tasks.h"
#include "theme.h"

struct clipboard;
struct copy;
struct dialog;
struct ending;
struct keymap;
struct pager;
struct palette;
struct pilot;
struct question;

/* What a tile showed when it was drawn last: while nothing of it changes, its cells stay. */
struct tile_key {
	struct rect outer;
	uint32_t agent;
	uint64_t version; /* of the screen, 0: none */
	uint64_t words;   /* hash of all else */
};

enum view_mode {
	VIEW_COMMAND,
	VIEW_TYPING,
	VIEW_INBOX,
	VIEW_DIFF,
	VIEW_CONFLICTS,
	VIEW_EVENTS,
	VIEW_CHECKS,
	VIEW_TASKS,
	VIEW_COPY, /* as long as there is a copy */
	/* What lies over these and has the keys while it is there: never the mode of a view. */
	VIEW_FIELD,    /* any text that is typed into cockpit itself */
	VIEW_QUESTION, /* yes or no */
	VIEW_LIST,
	VIEW_TEXT, /* help, explain */
	VIEW_PAGER,
	VIEW_MODE_COUNT
};
#define VIEW_BOXES VIEW_FIELD /* the first of those */

#define TOAST_MS   6000
/* Nobody has read a question so soon: keys before that were meant for something else. */
#define HASTY_MS 300

struct view {
	struct fleet *fleet;
	struct pilot *pilot;
	struct theme *theme;
	struct surface *surface;
	enum charset charset; /* of the terminal: keys are words where it has no signs */
	struct layout layout;
	struct tile_key drawn[LAYOUT_TILES_MAX];
	/* The layout that was drawn last. */
	struct {
		enum layout_kind kind;
		int tiles;
		struct rect panel;
	} laid;
	bool whole;       /* the next frame is drawn from nothing */
	bool chrome;      /* more than what agents print has changed: header and key line too */
	bool covered;     /* something lay over the tiles in the last one */
	uint32_t *agents; /* those that are shown, in the fleet's order */
	int agent_count;
	uint32_t *everyone; /* the same without the filter */
	int everyone_count;
	struct filter filter;
	struct first first;
	uint32_t focus; /* 0: none */
	enum view_mode mode;
	struct keymap *keymap; /* NULL: the table as it is by itself */
	bool prefixed;         /* while typing: the next key is COMMAND's */
	bool zoom;
	bool panel; /* it is open */
	int panel_view;
	bool panel_full;     /* while it has the keys it is all there is */
	int panel_share;     /* percent; 0: as it comes */
	int panel_place;     /* enum layout_place */
	int form;            /* enum layout_form */
	char *main_name;     /* the large one's; NULL: the first one */
	struct buf arranged; /* what is written down of these: arrange.c */
	struct inbox inbox;
	struct diff_view diff;
	struct comments comments;
	struct conflicts_view conflicts;
	struct events_view events;
	struct checks_view checks;
	struct tasks_view tasks;
	struct doings_view doings;
	struct fixing_view fixing;
	char merge_seen[REPO_ID_MAX]; /* the tree that the dialog of a merge is about */
	char *merge_branch;           /* the base that it, or that of a push, names */
	char merge_label[240];        /* of its field: what is to be known before */
	struct asked *askeds; /* fixes, merges and pushes whose answer is still to come */
	bool away;            /* the operator's terminal does not have the focus */
	/* The focused agent that is done, and how long it is looked at: seen.c. */
	struct {
		uint32_t agent;
		int64_t done_at, since;
		bool told;
	} look;
	struct buf text; /* a text over the tiles: help, explain; empty: none */
	const char *text_title;
	int text_scroll;
	struct pager *pager;         /* NULL: none */
	struct palette *palette;     /* NULL: it is not open */
	struct dialog *dialog;       /* NULL: none */
	struct asking asking;        /* hosts that ask a person */
	struct question *question;   /* the box of one of them; NULL: none */
	int64_t typed_at;            /* the last key or paste */
	uint64_t typed;              /* so many there were: two may come within a millisecond */
	struct copy *copy;           /* the focused agent stands still; NULL: it does not */
	struct clipboard *clipboard; /* NULL: there is none */
	/* A button that is down, and what it may become. */
	struct {
		enum pointing { POINT_NOTHING, POINT_TILE, POINT_EDGE } at;
		struct mouse press;
		int64_t pressed_at;
		int clicks; /* at this place, one soon after the other */
		bool moved;
		bool opened; /* COPY mode, which ends with it */
	} pointer;
	char toast[256];
	enum theme_role toast_role;
	int64_t toast_at;       /* 0: none */
	struct rect toast_rect; /* where it lies in this frame; empty: nowhere */
	/* Keys that were not sent, of one agent, while one goes on typing. */
	struct {
		uint32_t agent;
		int keys;
		int64_t at;
	} unsent;
	struct ending *endings; /* under way: ending.c */
	/* Who had the focus when a shell was opened that is not there yet (shell.c); 0: none is
	 * on its way. */
	uint32_t shell_from;
	/* What was ended last, for a while. */
	struct {
		char agent[80], host[80];
		bool deleted;
		bool merged; /* instead: into the base */
		int64_t at;  /* 0: nothing */
	} undo;
	int64_t thrown_at; /* TYPING ended by itself; 0: it did not, or one has stopped to type
			    */
	bool quit, suspend, redraw;
	void (*changed)(void *ctx); /* draw again soon */
	void *ctx;
};

/* Looks at the fleet again: who is shown, where the focus is, the layout for this size. */
void view_refresh(struct view *view);
void view_changed(struct view *view);
/* -1 */
int view_index(const struct view *view, uint32_t agent);
bool view_focused(const struct view *view, struct agent_view *ret);
/* Somebody types into something of cockpit's own, or reads it: nothing is to open over that by
 * itself. */
bool view_is_occupied(const struct view *view);
/* Something lies over the tiles, or takes the keys of a line. */
bool view_is_covered(const struct view *view);
/* Foreign text must be safe already. */
void view_toast(struct view *view, enum theme_role role, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void view_release(struct view *view);

/* shell.c: the focus goes to one that was opened, when it is there. */
void shell_look(struct view *view);
/* ending.c: nobody waits for them any more. */
void endings_release(struct view *view);
/* What is in view->undo can be taken back from now on: says so, behind what was done. */
void undo_offer(struct view *view, const char *text);
/* For how many more seconds, 0: there is nothing; and what it is, in a word. */
int undo_left(const struct view *view);
const char *undo_what(const struct view *view);
/* toast.c: after the layout; then over all else. */
void toast_refresh(struct view *view);
void toast_draw(struct view *view);
/* frame.c: all of it onto the surface. */
void frame_draw(struct view *view);
/* tile.c */
/* drawn: what it showed last; nothing is done while that still holds. */
void tile_draw(struct view *view, const struct layout_tile *tile, struct tile_key *drawn);
/* The first cell of a screen that a tile with this inside shows. */
void tile_crop(const struct screen *screen, struct rect in, int *ret_x, int *ret_y);
/* keymap.c */
void keymap_key(struct view *view, struct key key);
/* keywords.c: the keys of a mode as text, for help. */
void keymap_text(const struct view *view, enum view_mode mode, struct buf *into);
/* The bottom line's words for this mode, most useful first; returns NULL at the end. */
const char *keymap_hint(const struct view *view, int index, char key[32]);
/* overlay.c: boxes over the tiles. */
void box_draw(struct view *view, struct rect r, const char *title);
/* In the middle, as high as there is room for below the header, where a message may stand. */
struct rect box_place(const struct view *view, int w, int h);
/* On its lower edge: keymap_hints() of its keys. */
void box_hints(struct view *view, struct rect r, enum view_mode mode, const char *items);
void overlay_draw(struct view *view);
void overlay_text(struct view *view, const char *title);
/* Whether one of them has the keys, and which mode's keys those are. */
bool overlay_takes_keys(const struct view *view, enum view_mode *ret);
/* True if the key was the overlay's. */
bool overlay_key(struct view *view, struct key key);
/* An action: an enum stroke, to the one that has the keys. */
void overlay_do(struct view *view, int argument);

#endif
