/* link: what a link by libssh2 tells beside what all links tell. */
#ifndef COCKPIT_SSH_LINK_LOCAL_H
#define COCKPIT_SSH_LINK_LOCAL_H

#include <stdbool.h>

#include "limit.h"

struct link;

/* Of one that ssh_link_new() made and that was closed before it was ready: why ssh(1) may get
 * further; NULL: it would not, or may not. Borrowed until the link is freed. */
const struct limit *ssh_link_limit(const struct link *link);

/* See ssh_session_may_switch(). */
void ssh_link_may_switch(struct link *link, bool person);

#endif
