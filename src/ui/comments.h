/*
 * ui/comments: what a person says about lines of agents' work, until it is sent to them. Kept
 * in the fleet's store, so that nothing is written twice.
 *
 * A comment holds on to the text of its line: when the diff changes it goes where that text
 * went, and where that is gone it is stale.
 */
#ifndef COCKPIT_UI_COMMENTS_H
#define COCKPIT_UI_COMMENTS_H

#include <stdint.h>

#include "cockpit/base_buf.h"
#include "cockpit/repo_diff.h"

struct agent_view;
struct view;

struct comment {
	int64_t id; /* in the store */
	char *agent, *host, *path;
	bool old; /* of a removed line: its number is of the old file */
	int line;
	char *anchor; /* that line, foreign */
	char *text;
	bool stale;
};

struct comments {
	struct comment *all;
	size_t count;
	bool read;        /* or being read */
	unsigned version; /* another one after any change */
};

void comments_release(struct comments *comments);
/* From the store, the first time: they come later. */
void comments_load(struct view *view);
bool comment_is_of(const struct comment *comment, const struct agent_view *agent);
/* NULL */
struct comment *comments_find(struct view *view, const struct agent_view *agent,
	const char *path, bool old, int line);
/* text "": it goes. */
void comments_set(struct view *view, const struct agent_view *agent, const char *path, bool old,
	int line, struct str anchor, const char *text);
/* Of that agent; how many. */
int comments_count(struct view *view, const struct agent_view *agent);
void comments_drop(struct view *view, const struct agent_view *agent);
/* To where their lines are now. */
void comments_follow(
	struct view *view, const struct agent_view *agent, const struct diff *diff);
/* All of an agent's as one numbered message. */
void comments_message(struct view *view, const struct agent_view *agent, struct buf *into);

#endif
