/* tmux_version: what "tmux -V" says, and whether it is enough. */
#ifndef COCKPIT_TMUX_VERSION_H
#define COCKPIT_TMUX_VERSION_H

#include "cockpit/base_str.h"

#define TMUX_MINIMUM 302 /* 3.2: pause-after, subscriptions, client flags */

/* "tmux 3.3a", "tmux next-3.5": 303, 305; 0 if it is neither. */
int tmux_version(struct str text);

#endif
