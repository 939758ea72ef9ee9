/*
 * agent: a client of ssh-agent that never waits. libssh2 has one too, but that
 * one blocks, and an agent may well ask a person before it answers.
 */
#ifndef COCKPIT_SSH_AGENT_H
#define COCKPIT_SSH_AGENT_H

#include "cockpit/base_str.h"

struct ssh_agent;
struct err;
struct loop;

/* One answer to one request; text is borrowed, err is NULL on success. After an error the agent
 * is of no more use. */
typedef void ssh_agent_fn(void *ctx, struct str answer, const struct err *err);

/* NULL with *err if nobody listens at path. */
struct ssh_agent *ssh_agent_new(struct loop *loop, const char *path, struct err *err);
void ssh_agent_free(struct ssh_agent *agent); /* accepts NULL; no callback comes any more */

/* One request at a time. The answer of ssh_agent_list() is for ssh_agent_next_key(), that of
 * ssh_agent_sign() is the signature: the algorithm's name as a string, then its bytes as a
 * string. */
void ssh_agent_list(struct ssh_agent *agent, ssh_agent_fn *done, void *ctx);
void ssh_agent_sign(struct ssh_agent *agent, struct str key, struct str data,
	ssh_agent_fn *done, void *ctx);
/* Takes the next key off a list; false at its end. */
bool ssh_agent_next_key(struct str *list, struct str *ret_blob, struct str *ret_comment);

#endif
