/*
 * trusted: files of the user that name programs to run. Whoever can write one can run them as
 * the user, so one is read only if it is the user's or root's and nobody but its owner may
 * write it.
 */
#ifndef FLEET_TRUSTED_H
#define FLEET_TRUSTED_H

#include "cockpit/base_buf.h"

struct err;

/*
 * Appends file, of at most max bytes. It must be no symbolic link: path_real() before, if one
 * is fine. ERR_NOT_FOUND, ERR_CONFIG, ERR_LIMIT, ERR_IO.
 */
int trusted_read(const char *file, size_t max, struct buf *into, struct err *err);

#endif
