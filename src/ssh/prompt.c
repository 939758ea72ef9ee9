/* SPDX-License-Identifier: MIT */
/*
 * The words are those of OpenSSH 8.5 to 9.x. What a server asks cannot be taken for
 * a question about a key file: ssh puts "(user@host) " in front of it.
 */
#include "prompt.h"

#include "cockpit/base_mem.h"

#define PASSPHRASE  "Enter passphrase for key '"
#define PATH_MAX_IN 100 /* "%.100s" */
#define HOST        "The authenticity of host '"
#define NEW_HOST    "' can't be established"
#define TRUST       "Are you sure you want to continue connecting ("

static void
split(struct str text, struct prompt *ret)
{
	text = str_trim(text);
	ret->question = str_cut_last(&text, '\n');
	ret->before = str_trim(text);
}

/* What stands between the first "'" and the last. */
static struct str
quoted(struct str s)
{
	size_t from = 0, to = s.len;
	while (from < s.len && s.ptr[from] != '\'')
		from++;
	while (to > from + 1 && s.ptr[to - 1] != '\'')
		to--;
	return str_slice(s, from + 1, to > from + 1 ? to - 1 : from + 1);
}

static void
read_trust(struct prompt *ret)
{
	struct str first = str_cut(&ret->before, '\n');
	ptrdiff_t end = str_find_str(first, STR(NEW_HOST));
	if (end < 0 || !str_starts(first, STR(HOST))) {
		ret->kind = PROMPT_BAD_HOST;
		return;
	}
	ret->kind = PROMPT_NEW_HOST;
	ret->subject = str_slice(first, sizeof(HOST) - 1, (size_t)end);
}

struct prompt
prompt_read(struct str hint, struct str text)
{
	struct prompt ret = {.kind = PROMPT_SECRET};
	split(text, &ret);
	if (str_eqc(hint, "none")) {
		ret.kind = PROMPT_NOTICE;
	} else if (str_eqc(hint, "confirm")) {
		ret.kind = PROMPT_CONFIRM;
	} else if (str_starts(ret.question, STR(TRUST))) {
		read_trust(&ret);
	} else if (ret.before.len == 0 && str_starts(ret.question, STR(PASSPHRASE))) {
		ret.kind = PROMPT_PASSPHRASE;
		ret.subject = quoted(ret.question);
	}
	return ret;
}

char *
prompt_key_path(struct str subject, char *const identities[], size_t count)
{
	const char *found = NULL;
	if (subject.len > 0 && subject.len < PATH_MAX_IN)
		return mem_strndup(subject.ptr, subject.len);
	for (size_t i = 0; i < count; i++) {
		if (!str_starts(str_from(identities[i]), subject))
			continue;
		if (found)
			return NULL;
		found = identities[i];
	}
	return found && subject.len > 0 ? mem_strdup(found) : NULL;
}
