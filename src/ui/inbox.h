/*
 * ui/inbox: everything in the fleet that waits for a person: what agents ask, oldest first,
 * then agents that cannot go on otherwise, then hosts that ask.
 *
 * A key never answers what its presser has not seen: the selection stays on its question,
 * yes counts only once all of its text has been on the screen, and not in the first moment
 * after the selection had to move by itself.
 */
#ifndef COCKPIT_UI_INBOX_H
#define COCKPIT_UI_INBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"

struct inbox_answer;
struct view;

enum inbox_kind { INBOX_NOTHING, INBOX_QUESTION, INBOX_AGENT, INBOX_HOST };

struct inbox_item {
	enum inbox_kind kind;
	uint32_t agent;
	uint64_t question; /* of INBOX_QUESTION: its id */
	int host;
	int64_t since;
};

struct inbox {
	struct inbox_item *items;
	int count;
	struct inbox_item at; /* the selected one; INBOX_NOTHING: none */
	int index;            /* where it is, or was last */
	int64_t moved_at;     /* the selection changed by itself; 0: a person chose it */
	int scroll;           /* rows of its text that are passed */
	int page;             /* rows of its text that are seen */
	bool read;            /* the last one has been */
	int top;              /* rows of the list that are passed */
	int *rows;            /* the item of each row, as drawn last */
	int row_count;
	struct inbox_answer *answers; /* that were given and are not through */
};

void inbox_release(struct inbox *inbox);
void inbox_refresh(struct view *view);
int inbox_count(const struct view *view);
/* It begins to get the keys. */
void inbox_opened(struct view *view);
/* Next time it begins at the top. */
void inbox_closed(struct view *view);
/* That agent's, if it has one. */
void inbox_select(struct view *view, uint32_t agent);
/* True while an answer to that question is under way. */
bool inbox_answering(const struct inbox *inbox, const struct inbox_item *item);
void inbox_click(struct view *view, int row);
/* inbox_draw.c */
void inbox_draw(struct view *view, struct rect in);

/* Actions. */
void inbox_move(struct view *view, int argument);
void inbox_page(struct view *view, int argument);
/* argument: enum agent_answer; ANSWER_ALWAYS opens what a host asks. */
void inbox_decide(struct view *view, int argument);
void inbox_go(struct view *view, int argument);
void inbox_explain(struct view *view, int argument);
void inbox_prompt(struct view *view, int argument);
void inbox_restart(struct view *view, int argument);

#endif
