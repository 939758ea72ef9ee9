/* SPDX-License-Identifier: MIT */
/*
 * PCRE2 counts steps for each place where a match may begin, and starts anew at
 * the next: a text of 16 KiB has as many places. So places are tried some at a
 * time, and the processor's clock is looked at in between. The just-in-time
 * compiler is left alone: it counts otherwise.
 */
#include "pattern.h"

#include <time.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"

#define STEPS_MAX  20000 /* from one place */
#define PLACES     128   /* at a time: with all steps some 50 ms */
#define TIME_MAX   (50 * 1000)
#define HEAP_KIB   8192
#define PARENS_MAX 50

struct pattern {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
};

static void *
take(PCRE2_SIZE size, void *ctx)
{
	(void)ctx;
	return mem_alloc(size);
}

static void
give(void *ptr, void *ctx)
{
	(void)ctx;
	mem_free(ptr);
}

/* Character of a text that the byte at stands in, from 1. */
static size_t
place_of(const char *text, size_t at)
{
	size_t count = 1;
	for (size_t i = 0; i < at && text[i]; i++)
		count += ((unsigned char)text[i + 1] & 0xc0) != 0x80;
	return count;
}

static int
refuse(const char *text, int code, size_t at, struct err *err)
{
	char why[128], safe[128];
	if (pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why)) < 0)
		why[0] = '\0';
	return err_set(err, ERR_INVALID, "%s at character %zu of it",
		text_safe_tmp(safe, sizeof(safe), str_from(why)), place_of(text, at));
}

static pcre2_code *
compile(pcre2_general_context *memory, const char *text, struct err *err)
{
	static const uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF |
					PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT;
	pcre2_compile_context *context = pcre2_compile_context_create(memory);
	pcre2_code *code;
	PCRE2_SIZE at = 0;
	int why = 0;
	BUG_ON(!context);
	pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	pcre2_set_parens_nest_limit(context, PARENS_MAX);
	code = pcre2_compile(
		(PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, options, &why, &at, context);
	pcre2_compile_context_free(context);
	if (!code)
		refuse(text, why, at, err);
	return code;
}

int
pattern_new(const char *text, struct pattern **ret, struct err *err)
{
	if (strlen(text) > PATTERN_TEXT_MAX)
		return err_set(err, ERR_INVALID, "it has more than %d bytes", PATTERN_TEXT_MAX);
	pcre2_general_context *memory = pcre2_general_context_create(take, give, NULL);
	BUG_ON(!memory);
	pcre2_code *code = compile(memory, text, err);
	if (code) {
		struct pattern *pattern = *ret = MEM_NEW(struct pattern);
		pattern->code = code;
		pattern->data = pcre2_match_data_create_from_pattern(code, memory);
		pattern->context = pcre2_match_context_create(memory);
		BUG_ON(!pattern->data || !pattern->context);
		pcre2_set_match_limit(pattern->context, STEPS_MAX);
		pcre2_set_depth_limit(pattern->context, STEPS_MAX);
		pcre2_set_heap_limit(pattern->context, HEAP_KIB);
	}
	pcre2_general_context_free(memory);
	return code ? 0 : ERR_INVALID;
}

void
pattern_free(struct pattern *pattern)
{
	if (!pattern)
		return;
	pcre2_match_context_free(pattern->context);
	pcre2_match_data_free(pattern->data);
	pcre2_code_free(pattern->code);
	mem_free(pattern);
}

/* Of this thread, in microseconds: a machine that is busy changes nothing. */
static int64_t
time_used(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Where the places after the next ones begin: at a character. */
static size_t
places_end(struct str subject, size_t from)
{
	size_t next = from + PLACES;
	while (next < subject.len && ((unsigned char)subject.ptr[next] & 0xc0) == 0x80)
		next++;
	return next > subject.len ? subject.len + 1 : next;
}

bool
pattern_find(const struct pattern *pattern, struct str subject, struct buf *match)
{
	int64_t until = time_used() + TIME_MAX;
	int rc = PCRE2_ERROR_NOMATCH;
	if (subject.len > PATTERN_SUBJECT_MAX)
		return false;
	pcre2_set_match_limit(pattern->context, STEPS_MAX);
	for (size_t from = 0, next; from <= subject.len && rc == PCRE2_ERROR_NOMATCH;
		from = next) {
		next = places_end(subject, from);
		if (from > 0 && time_used() > until)
			return false;
		pcre2_set_offset_limit(pattern->context, next - 1);
		rc = pcre2_match(pattern->code, (PCRE2_SPTR)subject.ptr, subject.len, from, 0,
			pattern->data, pattern->context);
	}
	if (rc < 0)
		return false;
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(pattern->data);
	if (rc > 1 && at[2] != PCRE2_UNSET)
		at += 2;
	if (match && at[0] <= at[1])
		buf_add(match, str_slice(subject, at[0], at[1]));
	return true;
}

int
pattern_groups(const struct pattern *pattern)
{
	uint32_t count = 0;
	pcre2_pattern_info(pattern->code, PCRE2_INFO_CAPTURECOUNT, &count);
	return (int)count;
}

int
pattern_group(const struct pattern *pattern, const char *name)
{
	int number = pcre2_substring_number_from_name(pattern->code, (PCRE2_SPTR)name);
	return number > 0 ? number : 0;
}

enum pattern_fit
pattern_fit(const struct pattern *pattern, struct str line, size_t steps)
{
	if (line.len > PATTERN_SUBJECT_MAX)
		return PATTERN_NO;
	pcre2_set_match_limit(
		pattern->context, (uint32_t)(steps < STEPS_MAX ? steps : STEPS_MAX));
	pcre2_set_offset_limit(pattern->context, PCRE2_UNSET);
	int rc = pcre2_match(pattern->code, (PCRE2_SPTR)line.ptr, line.len, 0, PCRE2_ANCHORED,
		pattern->data, pattern->context);
	if (rc >= 0)
		return PATTERN_YES;
	return rc == PCRE2_ERROR_NOMATCH ? PATTERN_NO : PATTERN_LATE;
}

struct str
pattern_took(const struct pattern *pattern, struct str line, int group)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(pattern->data);
	if (group < 0 || (uint32_t)group >= pcre2_get_ovector_count(pattern->data))
		return (struct str){NULL, 0};
	at += 2 * group;
	/* One that looks back, \\K, can end before it begins. */
	if (at[0] == PCRE2_UNSET || at[0] > at[1] || at[1] > line.len)
		return (struct str){NULL, 0};
	return str_slice(line, at[0], at[1]);
}
