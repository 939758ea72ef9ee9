/*
 * ui/tasks: what is to be done, in its order, and what a person does with it. Titles and texts
 * are foreign.
 */
#ifndef COCKPIT_UI_TASKS_H
#define COCKPIT_UI_TASKS_H

#include <stdbool.h>
#include <stdint.h>

#include "cockpit/base_buf.h"
#include "layout.h"

struct tasks_row;
struct view;

enum { DRAFT_TITLE, DRAFT_TEXT, DRAFT_TAGS, DRAFT_NEEDS, DRAFT_PRIORITY, DRAFT_COUNT };

/* What is being written, kept until the store has it: nobody writes it twice. */
struct task_draft {
	bool open;  /* it is not known yet what became of it */
	int64_t id; /* 0: a new one */
	int64_t version;
	char *before[DRAFT_COUNT], *values[DRAFT_COUNT];
};

#define TASKS_FOLD (-1) /* selected is the line that the others are folded under */

struct tasks_view {
	int64_t id;             /* the selected one; 0: none yet */
	int64_t added;          /* to be selected once it is there; 0: none */
	size_t at;              /* where it stood */
	bool unfolded;          /* those that are over are shown */
	bool fresh;             /* another one is selected than was drawn */
	int top, page;          /* rows that are passed, and seen */
	struct tasks_row *rows; /* around them: words before the first, then what is opened */
	int count, before;
	int64_t asks; /* whom an open dialog is about */
	struct task_draft draft;
};

void tasks_release(struct tasks_view *tasks);
/* It begins to get the keys: the task of the focused agent is selected, if nothing is yet. */
void tasks_opened(struct view *view);
/* Those that are not over. Whoever sees it wants it to be true: they are watched. */
int tasks_count(const struct view *view);
void tasks_draw(struct view *view, struct rect in);
void tasks_click(struct view *view, int row);
/* The title of what an agent works on, safe, at most cols wide; nothing without. */
void tasks_words(const struct view *view, uint32_t agent, int cols, struct buf *into);
/* Changes when that does. */
uint64_t tasks_stamp(const struct view *view, uint32_t agent);
/* The selected one; NULL. */
const struct task *tasks_selected(const struct view *view);

/* The agent that is called so, "HOST/AGENT"; 0: none. */
uint32_t tasks_owner(const struct view *view, const char *owner);

/* Actions. argument: how many tasks, pages; which way. */
void tasks_move(struct view *view, int argument);
void tasks_page(struct view *view, int argument);
void tasks_end(struct view *view, int argument);
void tasks_go(struct view *view, int argument);
void tasks_fold(struct view *view, int argument);
/* task.c */
void tasks_add(struct view *view, int argument);
void tasks_edit(struct view *view, int argument);
void tasks_assign(struct view *view, int argument);
void tasks_cancel(struct view *view, int argument);
void tasks_queue(struct view *view, int argument);
void tasks_done(struct view *view, int argument);
void tasks_shift(struct view *view, int argument);
void tasks_raise(struct view *view, int argument);
void task_draft_release(struct task_draft *draft);

#endif
