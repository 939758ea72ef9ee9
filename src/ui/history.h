/* ui/history: the focused agent's scrollback, fetched from its tmux a page at a time. */
#ifndef COCKPIT_UI_HISTORY_H
#define COCKPIT_UI_HISTORY_H

#include "cockpit/term_keys.h"

struct buf;
struct history;
struct screen;
struct view;

/* Opens it on the focused agent, scrolled up by lines. */
void history_open(struct view *view, int lines);
void history_close(struct view *view);
void history_key(struct view *view, struct key key);
/* Lines towards the past; back at the bottom it closes. */
void history_scroll(struct view *view, int lines);
/* The page, or NULL while the first one is on its way. */
const struct screen *history_screen(const struct history *history);
void history_words(const struct history *history, struct buf *into);

#endif
