/* cmd/judge: facts about a host (src/data/host/, doctor) become findings. Pure. */
#ifndef COCKPIT_CMD_JUDGE_H
#define COCKPIT_CMD_JUDGE_H

#include <stdint.h>

#include "cockpit/base_str.h"

struct report;

/* Lines "key value". before, after: our own wall clock, seconds, around the question. */
void judge_facts(struct report *r, struct str facts, int64_t before, int64_t after);

#endif
