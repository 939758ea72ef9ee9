/* passphrase: how a person is asked for that of a key file, whoever wants it. */
#ifndef COCKPIT_SSH_PASSPHRASE_H
#define COCKPIT_SSH_PASSPHRASE_H

#include "cockpit/base_str.h"
#include "cockpit/io_link.h"

#define PASSPHRASE_TRIES 3

struct passphrase_question {
	char title[340], text[100];
	struct link_ask ask; /* for a host that is to be set; points into this */
};

/* path: of the file, made safe here; wrong: how many were, fewer than PASSPHRASE_TRIES. */
void passphrase_question(struct passphrase_question *ret, struct str path, int wrong);

#endif
