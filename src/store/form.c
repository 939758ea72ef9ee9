/* SPDX-License-Identifier: MIT */
#include "cockpit/store_form.h"

#include <inttypes.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"

void
task_form_release(struct task_form *form)
{
	mem_free(form->title);
	mem_free(form->text);
	mem_free(form->base);
	mem_free(form->check);
	mem_free(form->agent);
	mem_free_words(form->tags);
	mem_free(form->needs);
	*form = (struct task_form){0};
}

struct task_text
task_form_text(const struct task_form *form)
{
	return (struct task_text){.title = form->title,
		.text = form->text,
		.base = form->base,
		.check = form->check,
		.wanted = form->agent,
		.tags = (const char *const *)form->tags,
		.needs = form->needs,
		.priority = form->has_priority ? &form->priority : NULL};
}

/* --- lists --- */

static size_t
count_tags(const struct task_form *form)
{
	size_t count = 0;
	while (form->tags && form->tags[count])
		count++;
	return count;
}

static size_t
count_needs(const struct task_form *form)
{
	size_t count = 0;
	while (form->needs && form->needs[count])
		count++;
	return count;
}

static bool
has_control(struct str s)
{
	while (s.len > 0) {
		uint32_t cp = text_next(&s);
		if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
			return true;
	}
	return false;
}

int
task_form_add_tag(struct task_form *form, struct str tag, struct err *err)
{
	char safe[64];
	size_t count = count_tags(form);
	if (tag.len == 0 || tag.len > STORE_WORD_MAX || str_find(tag, ',') >= 0 ||
		has_control(tag))
		return err_set(err, ERR_INVALID,
			"found the tag \"%s\", expected 1 to %d bytes without commas and "
			"control characters",
			text_safe_tmp(safe, sizeof(safe), tag), STORE_WORD_MAX);
	if (count >= STORE_LIST_MAX)
		return err_set(err, ERR_LIMIT, "found more than %d tags, expected no more",
			STORE_LIST_MAX);
	form->tags = mem_grow(form->tags, count + 2, sizeof(*form->tags));
	form->tags[count] = mem_strndup(tag.ptr, tag.len);
	form->tags[count + 1] = NULL;
	return 0;
}

int
task_form_add_need(struct task_form *form, int64_t need, struct err *err)
{
	size_t count = count_needs(form);
	if (count >= STORE_LIST_MAX)
		return err_set(err, ERR_LIMIT,
			"found more than %d tasks that are needed, expected no more",
			STORE_LIST_MAX);
	form->needs = mem_grow(form->needs, count + 2, sizeof(*form->needs));
	form->needs[count] = need;
	form->needs[count + 1] = 0;
	return 0;
}

int
task_id(struct str text, int64_t *ret, struct err *err)
{
	uint64_t id;
	char safe[64];
	if (!str_to_u64(text, INT64_MAX, &id) || id == 0)
		return err_set(err, ERR_INVALID,
			"found \"%s\", expected the number of a task, from 1",
			text_safe_tmp(safe, sizeof(safe), text));
	*ret = (int64_t)id;
	return 0;
}

int
task_form_tags(struct task_form *form, struct str value, struct err *err)
{
	int rc = 0;
	mem_free_words(form->tags);
	form->tags = mem_alloc_array(1, sizeof(*form->tags));
	value = str_trim(value);
	while (rc == 0 && value.len > 0) {
		struct str tag = str_trim(str_cut(&value, ','));
		if (tag.len > 0)
			rc = task_form_add_tag(form, tag, err);
	}
	return rc;
}

int
task_form_needs(struct task_form *form, struct str value, struct err *err)
{
	int rc = 0;
	mem_free(form->needs);
	form->needs = mem_alloc_array(1, sizeof(*form->needs));
	value = str_trim(value);
	while (rc == 0 && value.len > 0) {
		int64_t id;
		rc = task_id(str_trim(str_cut(&value, ',')), &id, err);
		if (rc == 0)
			rc = task_form_add_need(form, id, err);
	}
	return rc;
}

int
task_form_priority(struct task_form *form, struct str value, struct err *err)
{
	char safe[64];
	if (!str_to_int(value, -INT32_MAX, INT32_MAX, &form->priority))
		return err_set(err, ERR_INVALID,
			"found the priority \"%s\", expected a whole number",
			text_safe_tmp(safe, sizeof(safe), value));
	form->has_priority = true;
	return 0;
}

void
task_form_write_tags(const struct task_form *form, struct buf *into)
{
	for (size_t i = 0; form->tags && form->tags[i]; i++)
		buf_printf(into, "%s%s", i ? ", " : "", form->tags[i]);
}

void
task_form_write_needs(const struct task_form *form, struct buf *into)
{
	for (size_t i = 0; form->needs && form->needs[i]; i++)
		buf_printf(into, "%s%" PRId64, i ? ", " : "", form->needs[i]);
}

/* --- what may stand where --- */

bool
task_is_text(struct str bytes, size_t *ret_at)
{
	struct str rest = bytes;
	while (rest.len > 0) {
		struct str before = rest;
		uint32_t cp = text_next(&rest);
		bool whole = before.len - rest.len == 3 &&
			     memcmp(before.ptr, "\xef\xbf\xbd", 3) == 0;
		if (cp == 0 || (cp == TEXT_BAD && !whole)) {
			*ret_at = bytes.len - before.len;
			return false;
		}
	}
	return true;
}

static int
check_bytes(const char *what, const char *text, size_t max, struct err *err)
{
	struct str s = str_from(text);
	size_t at;
	if (s.len > max)
		return err_set(err, ERR_LIMIT, "%s: found %zu bytes, expected %zu at most",
			what, s.len, max);
	if (!task_is_text(s, &at))
		return err_set(err, ERR_INVALID,
			"%s: found bytes that are not UTF-8, expected text", what);
	return 0;
}

static int
check_line(const char *what, const char *line, size_t max, struct err *err)
{
	int rc = check_bytes(what, line, max, err);
	if (rc == 0 && has_control(str_from(line)))
		rc = err_set(err, ERR_INVALID,
			"%s: found a control character, expected one line without any", what);
	return rc;
}

static int
check_agent(const char *agent, struct err *err)
{
	char safe[64];
	struct str rest = str_from(agent);
	struct str first = str_cut(&rest, '/');
	bool slash = str_find(str_from(agent), '/') >= 0;
	if (first.len == 0 && !slash)
		return 0; /* whoever is free */
	if (!str_is_name(first) || (slash && !str_is_name(rest)))
		return err_set(err, ERR_INVALID,
			"agent: found \"%s\", expected AGENT or HOST/AGENT",
			text_safe_tmp(safe, sizeof(safe), str_from(agent)));
	return 0;
}

int
task_form_check(const struct task_form *form, struct err *err)
{
	if (form->title && !*form->title)
		return err_set(err, ERR_INVALID, "found no title, expected one");
	int rc = check_line("title", form->title, STORE_TITLE_MAX, err);
	if (rc == 0)
		rc = check_bytes("text", form->text, STORE_TEXT_MAX, err);
	if (rc == 0)
		rc = check_line("base", form->base, STORE_WORD_MAX, err);
	if (rc == 0)
		rc = check_bytes("check", form->check, STORE_TEXT_MAX, err);
	if (rc == 0)
		rc = check_agent(form->agent, err);
	return rc;
}

int
task_form_check_new(const struct task_form *form, struct err *err)
{
	return form->title ? task_form_check(form, err)
			   : err_set(err, ERR_INVALID, "found no title, expected one");
}

/* --- what is different --- */

static bool
take_same(char **mine, const char *other)
{
	if (*mine && other && strcmp(*mine, other) == 0) {
		mem_free(*mine);
		*mine = NULL;
	}
	return *mine != NULL;
}

static bool
same_tags(const struct task_form *a, const struct task_form *b)
{
	size_t count = count_tags(a);
	bool same = a->tags && b->tags && count == count_tags(b);
	for (size_t i = 0; same && i < count; i++)
		same = strcmp(a->tags[i], b->tags[i]) == 0;
	return same;
}

static bool
same_needs(const struct task_form *a, const struct task_form *b)
{
	size_t count = count_needs(a);
	return a->needs && b->needs && count == count_needs(b) &&
	       memcmp(a->needs, b->needs, count * sizeof(*a->needs)) == 0;
}

bool
task_form_subtract(struct task_form *form, const struct task_form *other)
{
	if (same_tags(form, other)) {
		mem_free_words(form->tags);
		form->tags = NULL;
	}
	if (same_needs(form, other)) {
		mem_free(form->needs);
		form->needs = NULL;
	}
	if (form->has_priority && other->has_priority && form->priority == other->priority)
		form->has_priority = false;
	bool left = form->tags || form->needs || form->has_priority;
	left = take_same(&form->title, other->title) || left;
	left = take_same(&form->text, other->text) || left;
	left = take_same(&form->base, other->base) || left;
	left = take_same(&form->check, other->check) || left;
	left = take_same(&form->agent, other->agent) || left;
	return left;
}
