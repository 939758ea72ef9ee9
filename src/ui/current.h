/*
 * ui/current: what the repo itself says of tasks, as rows among them that are only to be read.
 * All of it is foreign.
 */
#ifndef COCKPIT_UI_CURRENT_H
#define COCKPIT_UI_CURRENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cockpit/base_buf.h"

struct view;

size_t current_count(const struct view *view);
/* Of that row, as long as it is called so; less than TASKS_FOLD. */
int64_t current_id(const struct view *view, size_t at);
/* Safe; both together at most cols wide, with two blanks between. */
void current_words(
	const struct view *view, size_t at, int cols, struct buf *title, struct buf *who);
/* Goes to whoever has the selected one; false: none of these is selected. */
bool current_go(struct view *view);

#endif
