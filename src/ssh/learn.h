/* learn: writes a host and its key into a known_hosts file, as ssh would. */
#ifndef COCKPIT_SSH_LEARN_H
#define COCKPIT_SSH_LEARN_H

#include "cockpit/base_str.h"

struct err;

/*
 * 0, or 1: path is /dev/null, nothing is to be kept; or ERR_*. Appends one line, in one write.
 * name: "host" or "[host]:port", in small letters; hashed: nobody shall read it there. Makes
 * the file (0600) and its folders (0700) if they are missing.
 */
int learn_host(const char *path, struct str name, bool hashed, struct str key, struct err *err);

#endif
