/* ui/checks_past: an agent's earlier checks, as the store has them, read while they are shown.
 */
#ifndef COCKPIT_UI_CHECKS_PAST_H
#define COCKPIT_UI_CHECKS_PAST_H

#include <stdbool.h>
#include <stdint.h>

#include "cockpit/orch_check.h"

struct checks_past;
struct checks_view;
struct view;

struct past_check {
	int64_t id;
	int64_t at, took; /* wall seconds when it ended; milliseconds */
	enum check_state state;
	char tree[12]; /* the beginning of its name */
	bool trial;    /* of what a merge would have made */
	char *words, *names, *log;
};

void checks_past_release(struct checks_view *checks);
bool checks_past_open(const struct view *view, uint32_t agent);
void checks_past_fold(struct view *view, uint32_t agent, bool open);
/*
 * Those that are known by now, the newest first, borrowed until the next turn of the loop; asks
 * for those that are new since. -1: not known yet, *ret_error says why it will not be ("" it is
 * on its way).
 */
int checks_past(struct view *view, uint32_t agent, const struct past_check **ret,
	const char **ret_error);
/* NULL: there is none with that id. */
const struct past_check *checks_past_find(const struct view *view, uint32_t agent, int64_t id);

#endif
