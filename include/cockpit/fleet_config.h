/*
 * fleet_config: what a fleet is, as a person wrote it in cockpit.json
 * (cockpit.json(5)), or as it follows from a git repo without any file.
 *
 * Nothing is half-applied: a file is either taken whole or refused with one
 * error that says "FILE:LINE:COLUMN: what is wrong, what was expected".
 */
#ifndef COCKPIT_FLEET_CONFIG_H
#define COCKPIT_FLEET_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "cockpit/base_str.h"

struct err;

#define CONFIG_FILE_MAX      (1u << 20)
#define CONFIG_HOSTS_MAX     256
#define CONFIG_AGENTS_MAX    1024
#define CONFIG_SLOTS_DEFAULT 8

/* Name in the file, our name: how a host that is not this machine is reached. */
#define CONFIG_TRANSPORTS(X)                                                           \
	X("auto", AUTO)       /* by libssh2, and what that cannot do through ssh(1) */ \
	X("libssh2", LIBSSH2) /* by nothing else */                                    \
	X("openssh", OPENSSH) /* through ssh(1) */                                     \
	X("", COMMAND)        /* through config_host.command */

enum config_transport {
#define X(name, id) CONFIG_TRANSPORT_##id,
	CONFIG_TRANSPORTS(X)
#undef X
};

/* Name in the file, our name: how the repo comes to a host where nobody has put it. */
#define CONFIG_CLONES(X)                                        \
	X("", NONE)         /* it is there, or there is none */ \
	X("push", PUSH)     /* from this machine */             \
	X("origin", ORIGIN) /* from where ours comes from */

enum config_clone {
#define X(name, id) CONFIG_CLONE_##id,
	CONFIG_CLONES(X)
#undef X
};

struct config_host {
	char *name;
	bool local;
	enum config_transport transport;
	char **command;   /* argv of CONFIG_TRANSPORT_COMMAND, ends with NULL; else NULL */
	char *ssh;        /* the name that "ssh -G" resolves; NULL when SSH is not used */
	char *ssh_config; /* file for "ssh -F", NULL: the user's own */
	char *repo; /* where the repo lies on that host ("~/x" is fine); NULL: no repo there */
	enum config_clone clone; /* then repo is NULL */
	char *socket;    /* name or absolute path of the tmux socket; never NULL ("cockpit") */
	int slots;       /* agents at most */
	bool slots_said; /* in the file */
};

struct config_agent {
	char *name;
	char *host;
	char *profile;  /* NULL: command, or else the first known agent on its host's PATH */
	char **command; /* argv, ends with NULL; NULL: the profile's; "{prompt}" stands for
			   prompt */
	char *prompt;   /* NULL: none */
};

#define CHECK_SECONDS     600
#define CHECK_SECONDS_MIN 1
#define CHECK_SECONDS_MAX 86400
#define CHECK_LIMIT       2
#define CHECK_LIMIT_MAX   64

struct fleet_config {
	char *name;
	char *file;  /* NULL: made from a repo */
	char *dir;   /* the file's folder, or the repo: relative paths start here; absolute */
	char *repo;  /* absolute, on this machine; NULL: none */
	char *base;  /* branch; NULL: what HEAD names */
	char *check; /* shell command that tells whether work is good; NULL: none */
	char *merge; /* how work goes into the base: "squash", "merge" or "rebase"; NULL:
			"squash" */
	bool automatic;    /* agents that are free get the next task */
	int stuck_minutes; /* an agent that works and changes nothing for so long is stuck; 0:
			      none is */
	int check_seconds; /* that it may take; as written, 0: not at all */
	int check_limit;   /* so many at a time on a host; as written, 0: not at all */
	char *setup;       /* shell command, once in each new work tree; NULL: none */
	char *profile; /* for agents that name none; NULL: the first known agent found on PATH
			*/
	struct config_host *hosts; /* at least one */
	size_t host_count;
	struct config_agent *agents; /* in the file's order */
	size_t agent_count;
};

/* text is the content of file (the name is for errors and relative paths; must be absolute). */
int fleet_config_parse(
	const char *file, struct str text, struct fleet_config **ret, struct err *err);
/* ERR_NOT_FOUND, ERR_CONFIG, ERR_LIMIT; also refuses a file that others may write or own. */
int fleet_config_read(const char *file, struct fleet_config **ret, struct err *err);
/* A local fleet without any file; repo is absolute. */
struct fleet_config *fleet_config_from_repo(const char *name, const char *repo);
void fleet_config_free(struct fleet_config *config); /* accepts NULL */

/* What git allows as a branch's name, as far as it could do harm elsewhere. */
bool fleet_config_is_branch(const char *name);
/* How long a check may take. */
int fleet_config_check_seconds(const struct fleet_config *config);
/* How many may run on a host at a time. */
int fleet_config_check_limit(const struct fleet_config *config);
/* NULL if there is none. */
const struct config_host *fleet_config_host(
	const struct fleet_config *config, const char *name);
const struct config_agent *fleet_config_agent(
	const struct fleet_config *config, const char *name);

#endif
