/* profile: what profile.c, profile_table.c and profile_parse.c share. */
#ifndef FLEET_PROFILE_H
#define FLEET_PROFILE_H

#include <stdint.h>

#include "cockpit/base_buf.h"
#include "cockpit/fleet_profile.h"

/* Appends the file of that name that lies beside the profile. */
typedef int profile_beside_fn(void *ctx, const char *name, struct buf *into, struct err *err);

/*
 * A profile from its text. file is for errors only; name is what the file is called, and what
 * the profile must be called. ERR_CONFIG or ERR_LIMIT: "FILE:LINE:COLUMN: found …, expected …".
 */
int profile_parse(const char *file, const char *name, struct str text,
	profile_beside_fn *beside, void *ctx, struct profile **ret, struct err *err);
void profile_free(struct profile *profile); /* accepts NULL and half-built ones */
/* A profile can be called so: a name without a period, and none that stands for something else.
 */
bool profile_is_name(struct str name);

/* All that is known at a time. Fixed in place; empty: all zeroed. */
struct profile_table {
	struct profile_entry {
		struct profile *profile; /* NULL: it went over to a younger table */
		uint64_t hash;           /* of all that it was read from */
	} entries[PROFILES_MAX];
	size_t count;
	struct buf complaints;
};

/*
 * Fills an empty table from what is compiled in and the profiles in dir (which need not be
 * there). One that is refused now is taken out of old, if it was read from dir then.
 */
void profile_table_read(
	struct profile_table *table, const char *dir, struct profile_table *old);
/* What they hold says the same. */
bool profile_table_same(const struct profile_table *a, const struct profile_table *b);
void profile_table_release(struct profile_table *table);
/*
 * Tells whether anything in dir was touched: the same number means no. 0 if that cannot be
 * told, since it was touched just now and may be again without a trace. Looks at names and
 * dates alone.
 */
uint64_t profile_table_stamp(const char *dir);

#endif
