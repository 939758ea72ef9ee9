/*
 * ui/question: the box in which a host asks a person: for secrets, or whether its
 * key is to be trusted. One at a time, oldest first. It opens by itself only where it
 * takes no key that was meant for something else; until then it is announced.
 */
#ifndef COCKPIT_UI_QUESTION_H
#define COCKPIT_UI_QUESTION_H

#include "stroke.h"
#include "view.h"

/* After a FLEET_ASK of that host. */
void question_update(struct view *view, int host);
/* Opens the oldest one if that disturbs nobody now. */
void question_offer(struct view *view);
/* Opens one because a person wants it: that of this host (-1: none in particular), else the
 * oldest. False: no host asks. */
bool question_open(struct view *view, int host);
/* Closes the box; what it asked is still asked. */
void question_close(struct view *view);
/* overlay.c. */
bool question_takes_keys(const struct view *view, enum view_mode *ret);
void question_do(struct view *view, enum stroke stroke);
void question_type(struct view *view, struct key key);
void question_paste(struct view *view, struct str text, bool truncated);
void question_draw(struct view *view);

#endif
