/* SPDX-License-Identifier: MIT */
/*
 * A profile of an agent: any bytes either make a whole profile or one error with
 * its place; and its rules end in time on text that is foreign as well.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "fleet/profile.h"

#define FILE_NAME "/no/agents/x.json"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
beside(void *ctx, const char *name, struct buf *into, struct err *err)
{
	const struct str *text = ctx;
	BUG_ON(strchr(name, '/') || !str_is_name(str_from(name)));
	if (strcmp(name, "x.bad.json") == 0)
		return err_set(err, ERR_CONFIG, "%s: not now", name);
	if (strcmp(name, "x.none.json") == 0)
		return ERR_NOT_FOUND;
	buf_add(into, *text);
	return 0;
}

static void
check_error(int rc, const struct err *err)
{
	BUG_ON(rc != ERR_CONFIG && rc != ERR_LIMIT);
	BUG_ON(err->code != rc);
	BUG_ON(strncmp(err->text, FILE_NAME ":", strlen(FILE_NAME ":")) != 0);
	struct str text = str_from(err->text);
	while (text.len > 0) {
		uint32_t cp = text_next(&text);
		BUG_ON(cp < 0x20 || (cp >= 0x7f && cp < 0xa0));
	}
}

static void
check_argv(char **argv)
{
	BUG_ON(!argv[0] || !argv[0][0]);
	mem_free_words(argv);
}

static void
check_profile(const struct profile *profile, struct str text)
{
	char **argv;
	BUG_ON(strcmp(profile->name, "x") != 0);
	BUG_ON(!profile->help || !profile->submit || profile->settle_ms < 1);
	BUG_ON(profile_argv(profile, NULL, true, &argv, NULL) < 0);
	check_argv(argv);
	if (profile_argv(profile, "-", false, &argv, NULL) == 0)
		check_argv(argv);
	if (profile_resume_argv(profile, "1", true, &argv, NULL) == 0)
		check_argv(argv);
	for (const struct profile_file *file = profile->files; file->name; file++)
		BUG_ON(!strchr(file->name, '.') || strlen(file->text) != file->len);
	for (const struct profile_variable *v = profile->variables; v->name; v++)
		BUG_ON(!v->name[0] || !v->value);
	BUG_ON(profile->rule_count > PROFILE_RULES_MAX);
	for (size_t i = 0; i < profile->rule_count; i++) {
		struct buf match = BUF_INIT;
		BUG_ON(!sign_claim_name(profile->rules[i].claim)[0]);
		/* A few are enough: each may take its time. */
		if (i < 3)
			rule_match(&profile->rules[i], text, &match);
		buf_release(&match);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	if (!ready)
		text_init();
	ready = true;
	struct str text = {(const char *)data, size};
	struct profile *profile = NULL;
	struct err err = ERR_INIT;
	int rc = profile_parse(FILE_NAME, "x", text, beside, &text, &profile, &err);
	if (rc < 0) {
		BUG_ON(profile);
		check_error(rc, &err);
		return 0;
	}
	check_profile(profile, text);
	profile_free(profile);
	return 0;
}
