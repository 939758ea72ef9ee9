/* SPDX-License-Identifier: MIT */
/*
 * What went to a branch of a remote from here last: only that may be overwritten there. Two
 * refs a branch, below the hash of the remote's URL: "next" is set before a push and "last"
 * after it, so that who is killed in between knows what it may find.
 */
#include <inttypes.h>
#include <unistd.h>

#include "cockpit/base_mem.h"
#include "local.h"

static char *
folder(const char *url, const char *branch)
{
	uint64_t hash = str_hash(STR_HASH_INIT, str_from(url));
	return mem_printf("refs/pushed/%016" PRIx64 "/%s/", hash, branch);
}

void
pushed_read(struct mirror *mirror, const char *url, const char *branch, struct pushed *ret)
{
	char *in = folder(url, branch);
	mirror_read_ref(mirror, in, "last", ret->last);
	mirror_read_ref(mirror, in, "next", ret->next);
	mem_free(in);
}

int
pushed_note(struct mirror *mirror, const char *url, const char *branch, bool arrived,
	const char *id, struct err *err)
{
	char *in = folder(url, branch);
	git_oid oid;
	int fd = mirror_lock(mirror, err), rc = fd < 0 ? fd : 0;
	if (rc == 0 && git_oid_fromstr(&oid, id) < 0)
		rc = err_set(err, ERR_INVALID, "that is no name of a commit");
	if (rc == 0)
		rc = mirror_set_ref(mirror, in, arrived ? "last" : "next", &oid, err);
	if (fd >= 0)
		close(fd);
	mem_free(in);
	return rc;
}
