/* orch/fix: a prompt that lets an agent mend what broke, while it is being written. */
#ifndef COCKPIT_ORCH_FIX_LOCAL_H
#define COCKPIT_ORCH_FIX_LOCAL_H

#include "cockpit/base_buf.h"
#include "cockpit/orch_fix.h"
#include "cockpit/repo_mirror.h"

#define FIX_SHOWN_MAX 3 /* files whose clash is quoted */
#define FIX_BRING_MAX 2

/* Who is to mend it. */
enum fix_by {
	FIX_BY_OWNER, /* whose work it is */
	FIX_BY_OTHER, /* one that is there, and has work of its own */
	FIX_BY_NEW    /* one that is to begin with that work */
};

struct fixing {
	struct pilot *pilot; /* NULL: nobody waits any more */
	enum friction_kind kind;
	enum fix_by by;
	uint32_t agent;         /* 0: it is not there yet */
	char *owner;            /* whose work it is: a name */
	char work[REPO_ID_MAX]; /* that work, for who has to take it first; else "" */
	bool base;              /* the clash is with the base */
	bool quoting;           /* a worker is at it: that comes back in any case */
	char *other;            /* with whom it clashes: a name */
	char id[REPO_ID_MAX];
	/* Of a check. */
	bool late;
	char *command, *words, *names, *log;
	/* Whose work it needs to see, 0 for the base; those are still to be brought. */
	uint32_t bring[FIX_BRING_MAX];
	int bring_count;
	pilot_fn *done;
	void *ctx;
	struct fixing *next;
	/* The worker's. */
	char *mirror, ids[2][REPO_ID_MAX];
	char *paths[FIX_SHOWN_MAX];
	struct buf files, quote;
	struct err err;
};

/* fix_prompt.c: all that is known by then as a prompt. */
void fix_write_prompt(const struct fixing *fixing, struct buf *into);

#endif
