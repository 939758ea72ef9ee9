/* SPDX-License-Identifier: MIT */
#include "cockpit/fleet_profile.h"

#include <string.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_str.h"
#include "profile.h"

/* The process has one, and what it hands out is good until it is read again. */
static struct profile_table table;
static uint64_t stamp;

static char *
own_dir(void)
{
	char *config = path_config_dir();
	char *dir = path_join(config, "agents");
	mem_free(config);
	return dir;
}

/* The date is taken first: what changes in between is read once more. */
static void
read_table(struct profile_table *into, struct profile_table *old, const char *dir)
{
	stamp = profile_table_stamp(dir);
	profile_table_read(into, dir, old);
}

static struct profile_table *
known(void)
{
	if (table.count == 0) {
		struct profile_table none = {0};
		char *dir = own_dir();
		read_table(&table, &none, dir);
		mem_free(dir);
	}
	return &table;
}

bool
profile_reload(void)
{
	struct profile_table next = {0}, *now = known();
	char *dir = own_dir();
	bool same = stamp && stamp == profile_table_stamp(dir);
	if (!same) {
		read_table(&next, now, dir);
		same = profile_table_same(&next, now);
		profile_table_release(now);
		*now = next;
	}
	mem_free(dir);
	return !same;
}

const char *
profile_complaints(void)
{
	return buf_cstr(&known()->complaints);
}

const struct profile *
profile_find(const char *name)
{
	for (size_t i = 0; i < profile_count(); i++) {
		const struct profile *profile = profile_at(i);
		if (strcmp(profile->name, name) == 0)
			return profile;
	}
	return NULL;
}

size_t
profile_count(void)
{
	return known()->count;
}

const struct profile *
profile_at(size_t index)
{
	BUG_ON(index >= known()->count);
	return table.entries[index].profile;
}

bool
profile_takes_prompt(const struct profile *profile)
{
	return profile->prompted != NULL;
}

/* What begins with text looks like an option or a file where text does. */
static void
expand(struct buf *into, struct str arg, struct str placeholder, struct str text)
{
	if (str_starts(arg, placeholder) &&
		(str_starts(text, STR("-")) || str_starts(text, STR("@"))))
		buf_byte(into, ' ');
	for (;;) {
		ptrdiff_t at = str_find_str(arg, placeholder);
		if (at < 0)
			break;
		buf_add(into, str_slice(arg, 0, (size_t)at));
		buf_add(into, text);
		arg = str_slice(arg, (size_t)at + placeholder.len, arg.len);
	}
	buf_add(into, arg);
}

/* argv with text for the placeholder, and own (NULL: none) behind the program's name. */
static char **
expand_argv(
	const char *const argv[], char *const own[], const char *placeholder, const char *text)
{
	size_t count = 0, used = 0, extra = 0;
	while (argv[count])
		count++;
	while (own && own[extra])
		extra++;
	char **ret = mem_alloc_array(count + extra + 1, sizeof(*ret));
	for (size_t i = 0; i < count; i++) {
		struct buf arg = BUF_INIT;
		expand(&arg, str_from(argv[i]), str_from(placeholder), str_from(text));
		ret[used++] = buf_steal(&arg);
		for (size_t k = 0; i == 0 && k < extra; k++)
			ret[used++] = mem_strdup(own[k]);
	}
	return ret;
}

char **
profile_expand(const char *const argv[], const char *prompt)
{
	return expand_argv(argv, NULL, PROFILE_PROMPT, prompt);
}

int
profile_argv(const struct profile *profile, const char *prompt, bool own, char ***ret,
	struct err *err)
{
	if (prompt && !profile_takes_prompt(profile))
		return err_set(err, ERR_UNSUPPORTED,
			"profile \"%s\" takes no prompt when it starts; send it one once it "
			"runs",
			profile->name);
	char *const *argv = prompt ? profile->prompted : profile->start;
	*ret = expand_argv(
		(const char *const *)argv, own ? profile->own : NULL, PROFILE_PROMPT, prompt);
	return 0;
}

int
profile_resume_argv(const struct profile *profile, const char *conversation, bool own,
	char ***ret, struct err *err)
{
	if (!profile->resume)
		return err_set(err, ERR_UNSUPPORTED,
			"profile \"%s\" cannot go on with a conversation", profile->name);
	*ret = expand_argv((const char *const *)profile->resume, own ? profile->own : NULL,
		PROFILE_CONVERSATION, conversation);
	return 0;
}

bool
profile_has_prompt(const char *const argv[])
{
	for (size_t i = 0; argv[i]; i++) {
		if (strstr(argv[i], PROFILE_PROMPT))
			return true;
	}
	return false;
}
