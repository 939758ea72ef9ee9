/*
 * orch_filter: which agents a few words fit, on the screen and for commands: "ui !docs
 * host:web". All words must fit; "!" before one: it must not. A word is looked for in the
 * agent's name, host, profile, state, tags, label and task, "PART:WORD" in that part alone,
 * where a tag is meant whole. Capitals do not count. A word that is only begun ("!", "tag:")
 * fits everybody.
 */
#ifndef COCKPIT_ORCH_FILTER_H
#define COCKPIT_ORCH_FILTER_H

#include <stdbool.h>

#include "cockpit/base_str.h"

struct agent_view;
struct pilot;

/* pilot NULL: nothing is known of tags, labels and tasks; of tasks neither, while they are not
 * followed. */
bool filter_fits(const struct pilot *pilot, const struct agent_view *agent, struct str words);

#endif
