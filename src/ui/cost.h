/* ui/cost: what the agents say that they have spent: the sum in the header, and a box with all
 * of it, which is the text over the tiles. */
#ifndef COCKPIT_UI_COST_H
#define COCKPIT_UI_COST_H

struct buf;
struct view;

/* Opens the box; argument: 0. */
void cost_show(struct view *view, int argument);
/* While it is open: what it says now. */
void cost_refresh(struct view *view);
/* "$3.12", with a "+" where agents run that do not tell; nothing where nobody has. */
void cost_words(const struct view *view, struct buf *into);

#endif
