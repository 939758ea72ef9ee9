/*
 * ui/comments: what a person says about lines of agents' work (orch_comments.h), as the screen
 * has it: what others write or send meanwhile is seen while somebody looks.
 */
#ifndef COCKPIT_UI_COMMENTS_H
#define COCKPIT_UI_COMMENTS_H

#include <stdint.h>

#include "cockpit/base_buf.h"
#include "cockpit/orch_comments.h"
#include "cockpit/repo_diff.h"

struct agent_view;
struct view;

struct comments {
	struct comment *all;
	size_t count;
	bool reading;
	int64_t read_at;    /* clock_ms(): they came from the store; 0: not yet */
	unsigned read_from; /* the version that was there when they were asked for */
	bool failed;        /* the last time, which is said already */
	bool alone;         /* the store did not take all of them: it is not asked any more */
	unsigned version;   /* another one after any change */
};

void comments_release(struct comments *comments);
/* From the store, the first time and every few seconds: they come later. Cheap: may be called
 * for each frame. */
void comments_load(struct view *view);
/* NULL */
struct comment *comments_find(struct view *view, const struct agent_view *agent,
	const char *path, bool old, int line);
/* text "": it goes. */
void comments_set(struct view *view, const struct agent_view *agent, const char *path, bool old,
	int line, struct str anchor, const char *text);
/* Of that agent; how many. */
int comments_count(struct view *view, const struct agent_view *agent);
/* Those that its message had, as they were then. */
void comments_drop_sent(struct view *view, const struct agent_view *agent);
/* To where their lines are now. */
void comments_follow(
	struct view *view, const struct agent_view *agent, const struct diff *diff);
/* All of an agent's as one numbered message. */
void comments_message(struct view *view, const struct agent_view *agent, struct buf *into);

#endif
