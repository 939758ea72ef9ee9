/*
 * cmd/interrupt: Ctrl-C while something is under way. The first one ends that, not the program:
 * its host stops with it, and what became of it is written down; the second one ends the
 * program.
 */
#ifndef COCKPIT_CMD_INTERRUPT_H
#define COCKPIT_CMD_INTERRUPT_H

#include <stdint.h>

#include "cockpit/orch_doing.h"

struct interrupt;
struct session;

/* What is of that kind and about that agent is ended by SIGINT, SIGTERM and SIGHUP, those of
 * them that the program was not started to ignore. */
struct interrupt *interrupt_new(struct session *s, enum doing_kind kind, uint32_t agent);
/* Which one came; 0: none. From here on they end the program. */
int interrupt_free(struct interrupt *interrupt);

#endif
