/* complaint: what ssh(1) said when it ended, as an error: its words, safe to show, and a code
 * that tells whether trying again has sense. */
#ifndef COCKPIT_SSH_COMPLAINT_H
#define COCKPIT_SSH_COMPLAINT_H

#include "cockpit/base_str.h"

struct err;

/* name: the host as the configuration names it; text: what stood on stderr; person: one could
 * be asked. Returns the code. */
int complaint_set(struct err *err, const char *name, struct str text, bool person);

#endif
