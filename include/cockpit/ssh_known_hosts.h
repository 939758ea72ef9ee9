/*
 * ssh_known_hosts: is this the host that it was? Reads known_hosts files as
 * sshd(8) describes them: lists, patterns, "[host]:port", hashed names and the
 * markers @revoked and @cert-authority. It never writes one and asks nobody.
 */
#ifndef COCKPIT_SSH_KNOWN_HOSTS_H
#define COCKPIT_SSH_KNOWN_HOSTS_H

#include "cockpit/base_buf.h"

struct err;
struct ssh_known_hosts;

enum ssh_known_hosts_verdict {
	SSH_KNOWN_HOSTS_OK,
	SSH_KNOWN_HOSTS_NEW,     /* no line is about this host */
	SSH_KNOWN_HOSTS_CHANGED, /* lines are, and all have other keys */
	SSH_KNOWN_HOSTS_REVOKED,
};

struct ssh_known_hosts_answer {
	enum ssh_known_hosts_verdict verdict;
	const char *file; /* of the line that decided, borrowed; NULL when none did */
	unsigned line;
	bool other_type; /* CHANGED, but no line has a key of this type */
	bool authority;  /* a @cert-authority line is about this host (it decides nothing) */
};

struct ssh_known_hosts *ssh_known_hosts_new(void);
void ssh_known_hosts_free(struct ssh_known_hosts *known); /* accepts NULL */
/* label stands for the file in answers. Lines over 16 KiB are passed over. */
void ssh_known_hosts_add_text(
	struct ssh_known_hosts *known, const char *label, struct str text);
/* A file that is not there is empty. ERR_IO, ERR_LIMIT over 8 MiB. */
int ssh_known_hosts_add_file(struct ssh_known_hosts *known, const char *path, struct err *err);

/* The keys that RevokedHostKeys names, a line each: they are revoked for every host. A file
 * that is not there is an error, as it is for ssh; ERR_UNSUPPORTED for a binary list (KRL). */
int ssh_known_hosts_add_revoked(
	struct ssh_known_hosts *known, const char *path, struct err *err);

/* What a host is written under: small letters, "[host]:port" unless the port is 22. */
#define SSH_KNOWN_HOSTS_NAME_MAX 300
struct str ssh_known_hosts_name(const char *host, int port, char ret[SSH_KNOWN_HOSTS_NAME_MAX]);

/* key: the public key as on the wire. A host on another port than 22 that has no line of its
 * own is looked up without the port too, as ssh does; such a line can accept and revoke a key.
 */
struct ssh_known_hosts_answer ssh_known_hosts_check(
	const struct ssh_known_hosts *known, const char *host, int port, struct str key);
/* Appends the names in the comma list supported, those first that the host's lines have keys
 * of: a server that is not asked for them may show one that we cannot compare. */
void ssh_known_hosts_prefer(const struct ssh_known_hosts *known, const char *host, int port,
	struct str supported, struct buf *into);

/* Is there a line about the host, revoked ones apart, with a key of one of the types in the
 * comma list? */
bool ssh_known_hosts_has(
	const struct ssh_known_hosts *known, const char *host, int port, struct str types);

#endif
