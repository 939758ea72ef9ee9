/*
 * profile_rows: a profile's JSON, in rows: what profile_parse.c and rule_parse.c share.
 */
#ifndef FLEET_PROFILE_ROWS_H
#define FLEET_PROFILE_ROWS_H

#include "cockpit/base_json.h"
#include "cockpit/fleet_profile.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define KEYS_BYTES 100

/* Strings are never empty; arrays and objects are looked into by code below. */
#define TEXT(key, flags, at, max, check, help)                        \
	{                                                             \
		key, JSON_KIND_STRING, flags, at, 1, max, check, help \
	}
#define NUMBER(key, at, min, max, help)                             \
	{                                                           \
		key, JSON_KIND_INTEGER, 0, at, min, max, NULL, help \
	}
#define NODE(key, kind, flags, at, help)               \
	{                                              \
		key, kind, flags, at, 0, 0, NULL, help \
	}

/* One of names, or none and an error that says which there are. */
int profile_find_word(const struct json *node, const char *const names[], size_t count,
	const char *what, int *ret, struct err *err);
/* A json_row.check: keys as tmux names them. */
int profile_check_keys(const struct json *node, struct err *err);

/* rule_parse.c: both leave what they have read where it is released with the profile. */
int profile_read_answers(const struct json *object, char *answers[], struct err *err);
int profile_read_rules(const struct json *states, struct profile *profile, struct err *err);
int profile_read_numbers(
	const struct json *array, struct profile_numbers *into, struct err *err);

#endif
