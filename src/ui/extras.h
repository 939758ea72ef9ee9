/* ui/extras: what stands behind the title of a task in a row, as far as there is room. */
#ifndef COCKPIT_UI_EXTRAS_H
#define COCKPIT_UI_EXTRAS_H

#include <stdbool.h>

#include "cockpit/base_buf.h"

struct task;
struct view;

/* In this order. */
enum { EXTRA_WHO, EXTRA_PRIORITY, EXTRA_TAGS, EXTRA_WAITS, EXTRAS };

struct extras {
	struct buf words[EXTRAS];
	bool shown[EXTRAS];
	int title_cols; /* room for the title */
};

/* An agent has it, or had it last. */
bool task_is_held(const struct task *task);
void extras_write(const struct view *view, const struct task *task, struct extras *extras);
/* Which of them there is room for in so many columns beside the title, which wants so many. */
void extras_fit(struct extras *extras, int title, int cols);
void extras_release(struct extras *extras);

#endif
