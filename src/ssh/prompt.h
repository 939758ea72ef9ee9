/* prompt: what ssh(1) asks, told apart by its words. */
#ifndef COCKPIT_SSH_PROMPT_H
#define COCKPIT_SSH_PROMPT_H

#include "cockpit/base_str.h"

enum prompt_kind {
	PROMPT_PASSPHRASE, /* of a key file */
	PROMPT_NEW_HOST,   /* its key has never been seen */
	PROMPT_BAD_HOST,   /* its key is one that ssh would take in spite of something: no */
	PROMPT_CONFIRM,    /* yes or no */
	PROMPT_NOTICE,     /* nothing is asked: a hardware key wants to be touched */
	PROMPT_SECRET,     /* all else: a password, a code, a PIN */
};

/* All borrowed from the text. */
struct prompt {
	enum prompt_kind kind;
	struct str subject; /* the key file as far as ssh names it; the host; or empty */
	struct str before;  /* the lines above the question */
	struct str question;
};

/* hint: that of SSH_ASKPASS_PROMPT. */
struct prompt prompt_read(struct str hint, struct str text);
/* The file whose passphrase is asked: ssh says no more than 100 bytes of its path. NULL: that
 * cannot be told; else for the caller to free. */
char *prompt_key_path(struct str subject, char *const identities[], size_t count);

#endif
