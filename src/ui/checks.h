/* ui/checks: what came of each agent's check; names of tests are foreign, and safe already. */
#ifndef COCKPIT_UI_CHECKS_H
#define COCKPIT_UI_CHECKS_H

#include <stdint.h>

#include "cockpit/base_buf.h"
#include "layout.h"
#include "theme.h"

struct view;
struct checks_past;
struct checks_row;

struct checks_view {
	struct checks_row *rows;
	int count;
	int top, page, cols;
	struct checks_past *pasts; /* of agents that were unfolded: checks_past.c */
	int64_t selected;          /* the focused agent's earlier one; else: its last */
};

void checks_release(struct checks_view *checks);
/* Checks that do not pass. */
int checks_count(const struct view *view);
/* That earlier one of the agent is what its rows show when they are seen next. */
void checks_lead(struct view *view, uint32_t agent, int64_t past);
void checks_draw(struct view *view, struct rect in);
void checks_click(struct view *view, int row);
/* What is said of an agent on its tile, at most cols wide, and in which colour. */
enum theme_role checks_words(
	const struct view *view, uint32_t agent, int cols, struct buf *into);
/* Changes when that does. */
uint64_t checks_stamp(const struct view *view, uint32_t agent);

/* Actions. argument: how many rows that can be selected, pages; unfold, or fold. */
void checks_move(struct view *view, int argument);
void checks_page(struct view *view, int argument);
void checks_run(struct view *view, int argument);
void checks_log(struct view *view, int argument);
void checks_unfold(struct view *view, int argument);

#endif
