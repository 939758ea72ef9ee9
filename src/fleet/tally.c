/* SPDX-License-Identifier: MIT */
#include "tally.h"

#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "pattern.h"

#define BEFORE      5  /* lines that are quoted in front of one that names a failure */
#define AFTER       10 /* and behind it */
#define DIGITS_MAX  9
#define NAME_LOOKED 1000 /* bytes of a name that are looked at */

void
tally_init(struct tally *tally)
{
	*tally = (struct tally){0};
	tally->section.text = tally->around.text = BUF_INIT_MAX(SUMMARY_EXCERPT_MAX);
	for (size_t i = 0; i < COUNT_COUNT; i++)
		tally->counts[i] = -1;
}

static void
release_names(struct tally_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		mem_free(names->list[i]);
	names->count = 0;
}

void
tally_release(struct tally *tally)
{
	release_names(&tally->names);
	release_names(&tally->suites);
	buf_release(&tally->section.text);
	buf_release(&tally->around.text);
}

/* At most max bytes of s, no character halved. */
static struct str
clip(struct str s, size_t max)
{
	if (s.len <= max)
		return s;
	while (max > 0 && ((unsigned char)s.ptr[max] & 0xc0) == 0x80)
		max--;
	return str_slice(s, 0, max);
}

void
tally_name(struct tally_names *names, struct str name)
{
	static const struct str more = {"\xe2\x80\xa6", 3};
	name = str_trim(name);
	uint64_t hash = str_hash(STR_HASH_INIT, name);
	struct buf safe = BUF_INIT;
	for (size_t i = 0; i < names->count; i++) {
		if (names->hashes[i] == hash)
			return;
	}
	if (name.len == 0)
		return;
	if (names->count == SUMMARY_NAMES_MAX) {
		names->cut = true;
		return;
	}
	text_safe(&safe, clip(name, NAME_LOOKED), -1);
	if (safe.len > SUMMARY_NAME_MAX) {
		buf_truncate(&safe, clip(buf_str(&safe), SUMMARY_NAME_MAX - more.len).len);
		buf_add(&safe, more);
		names->cut = true;
	}
	/* Names that differ where nobody can see it are one. */
	bool known = safe.len == 0;
	for (size_t i = 0; i < names->count && !known; i++)
		known = str_eqc(buf_str(&safe), names->list[i]);
	if (!known) {
		names->hashes[names->count] = hash;
		names->list[names->count++] = buf_steal(&safe);
	}
	buf_release(&safe);
}

void
tally_count(int *count, int64_t more)
{
	int64_t sum = (*count < 0 ? 0 : *count) + more;
	*count = sum > SUMMARY_COUNT_MAX ? SUMMARY_COUNT_MAX : (int)sum;
}

int
tally_number(struct str text)
{
	int number = 0;
	while (text.len > 1 && text.ptr[0] == '0')
		text = str_slice(text, 1, text.len);
	if (text.len > DIGITS_MAX)
		return SUMMARY_COUNT_MAX;
	str_to_int(text, 0, SUMMARY_COUNT_MAX, &number);
	return number;
}

/* A group that took no part in a closing line that could have had it says 0. */
static void
read_counts(struct tally *tally, const struct kind_line *row, struct str text)
{
	for (size_t i = 0; i < COUNT_COUNT; i++) {
		if (row->says == KIND_COUNTS)
			tally->counts[i] = -1;
		if (row->counts[i] > 0)
			tally_count(&tally->counts[i],
				tally_number(pattern_took(row->pattern, text, row->counts[i])));
	}
}

static void
quote_line(struct tally_quote *quote, const struct tally_line *line)
{
	if (quote->full || line->number < quote->next)
		return;
	quote->next = line->number + 1;
	if (quote->text.len + line->text.len + 1 > SUMMARY_EXCERPT_MAX) {
		buf_add(&quote->text, clip(line->text, SUMMARY_EXCERPT_MAX - quote->text.len));
		quote->full = quote->cut = true;
		return;
	}
	buf_add(&quote->text, line->text);
	buf_byte(&quote->text, '\n');
}

void
tally_quote_text(struct tally *tally, struct str text)
{
	struct tally_quote *quote = &tally->section;
	struct str fits = clip(text, SUMMARY_EXCERPT_MAX - quote->text.len);
	if (quote->full)
		return;
	buf_add(&quote->text, fits);
	quote->full = quote->cut = fits.len < text.len;
}

/* The lines in front of this one that are not in it yet. */
static void
quote_before(struct tally_quote *quote, const struct tally_line *line)
{
	struct str before = line->before;
	struct tally_line it = {.number = line->number};
	size_t start = before.len;
	int count = 0;
	/* Each ends with a newline: that of the one in front tells where one begins. */
	while (start > 0 && count < BEFORE && it.number > quote->next && it.number > 1) {
		start--;
		while (start > 0 && before.ptr[start - 1] != '\n')
			start--;
		it.number--;
		count++;
	}
	if (quote->text.len > 0 && it.number > quote->next && !quote->full) {
		struct tally_line gap = {.text = STR("\xe2\x80\xa6"), .number = it.number - 1};
		quote_line(quote, &gap);
	}
	for (struct str rest = str_slice(before, start, before.len); rest.len > 0;
		it.number++) {
		it.text = str_cut(&rest, '\n');
		quote_line(quote, &it);
	}
}

static void
quote_failure(struct tally_quote *quote, const struct tally_line *line)
{
	if (!quote->full) {
		quote_before(quote, line);
		quote_line(quote, line);
		quote->more = AFTER;
	}
}

bool
tally_quote(struct tally *tally, const struct tally_line *line)
{
	struct tally_quote *const quotes[] = {&tally->section, &tally->around};
	bool more = false;
	for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
		struct tally_quote *quote = quotes[i];
		if (quote->more == 0 || quote->full)
			continue;
		if (line->number >= quote->next) {
			quote_line(quote, line);
			quote->more -= quote->more > 0;
		}
		more = more || (quote->more != 0 && !quote->full);
	}
	return more;
}

/* Something failed and has a name: "at" is where that was last said. */
static void
add_failure(struct tally *tally, struct tally_names *names, struct str name,
	const struct tally_line *line, uint64_t *at)
{
	tally_name(names, name);
	quote_failure(&tally->around, line);
	*at = line->number;
}

static void
add_closing(struct tally *tally, const struct kind_line *row, struct str name,
	const struct tally_line *line)
{
	read_counts(tally, row, line->text);
	tally_name(&tally->suites, name);
	tally->section.more = 0;
	tally->closed_at = line->number;
}

static void
open_section(struct tally *tally, struct str name, const struct tally_line *line)
{
	if (name.len > 0) {
		tally_name(&tally->names, name);
		tally->result_at = line->number;
	}
	tally->section.more = -1;
	quote_line(&tally->section, line);
}

static void
add_result(struct tally *tally, int *count, const struct tally_line *line)
{
	tally_count(count, 1);
	tally->result_at = line->number;
}

void
tally_add(struct tally *tally, const struct kind_line *row, const struct tally_line *line)
{
	struct str name = {NULL, 0};
	if (row->name > 0)
		name = pattern_took(row->pattern, line->text, row->name);
	tally->seen_at = line->number;
	switch (row->says) {
	case KIND_SEEN:
		break;
	case KIND_PASSED:
		add_result(tally, &tally->passed, line);
		break;
	case KIND_SKIPPED:
		add_result(tally, &tally->skipped, line);
		break;
	case KIND_FAILED:
		add_result(tally, &tally->failed, line);
		add_failure(tally, &tally->names, name, line, &tally->result_at);
		break;
	case KIND_NAME:
		add_failure(tally, &tally->names, name, line, &tally->result_at);
		break;
	case KIND_SUITE:
		add_failure(tally, &tally->suites, name, line, &tally->suite_at);
		break;
	case KIND_COUNTS:
	case KIND_SUM:
		add_closing(tally, row, name, line);
		break;
	case KIND_OPEN:
		open_section(tally, name, line);
		break;
	case KIND_CLOSE:
		tally->section.more = 0;
		break;
	}
}

int
tally_rank(const struct tally *tally, uint64_t *at)
{
	const uint64_t lines[] = {
		tally->seen_at, tally->suite_at, tally->result_at, tally->closed_at};
	int rank = 0;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (lines[i] == 0)
			continue;
		rank = (int)i + 1;
		*at = lines[i];
	}
	return rank;
}

/* By closing lines. */
static void
tell_counts(const struct tally *tally, struct summary *summary)
{
	const int *counts = tally->counts;
	int failed = counts[COUNT_FAILED], skipped = counts[COUNT_SKIPPED];
	if (counts[COUNT_ERRORS] >= 0)
		tally_count(&failed, counts[COUNT_ERRORS]);
	if (skipped < 0 && tally->skipped > 0)
		skipped = tally->skipped;
	summary->passed = counts[COUNT_PASSED];
	if (counts[COUNT_TOTAL] >= 0 && failed < 0)
		failed = 0;
	if (counts[COUNT_TOTAL] >= 0 && summary->passed < 0) {
		int64_t passed = (int64_t)counts[COUNT_TOTAL] - failed;
		passed -= skipped > 0 ? skipped : 0;
		summary->passed = passed > 0 ? (int)passed : 0;
	}
	summary->failed = failed;
	summary->skipped = skipped;
}

/* By single lines. If some passed and none failed, none failed. */
static void
tell_lines(const struct tally *tally, struct summary *summary)
{
	int failed = tally->failed > 0 ? tally->failed : (int)tally->names.count;
	bool any = tally->passed > 0 || tally->skipped > 0;
	summary->passed = any ? tally->passed : -1;
	summary->failed = failed > 0 || any ? failed : -1;
	summary->skipped = tally->skipped > 0 ? tally->skipped : -1;
	/* A suite failed, though no test of it did that was named. */
	if (summary->failed == 0 && tally->suites.count > 0)
		summary->failed = -1;
}

void
tally_tell(struct tally *tally, struct summary *summary)
{
	const struct tally_quote *quote =
		tally->section.text.len > 0 ? &tally->section : &tally->around;
	struct tally_names *names = tally->names.count > 0 ? &tally->names : &tally->suites;
	struct buf excerpt = BUF_INIT;
	if (tally->closed_at)
		tell_counts(tally, summary);
	else
		tell_lines(tally, summary);
	memcpy(summary->names, names->list, sizeof(names->list));
	summary->name_count = names->count;
	names->count = 0;
	bool cut = tally_safe(buf_str(&quote->text), SUMMARY_EXCERPT_MAX, &excerpt);
	summary->cut = summary->cut || cut || names->cut || quote->cut;
	summary->excerpt = excerpt.len > 0 ? buf_steal(&excerpt) : mem_strdup("");
	buf_release(&excerpt);
}

bool
tally_safe(struct str lines, size_t max, struct buf *into)
{
	size_t before = into->len;
	while (lines.len > 0) {
		size_t at = into->len;
		text_safe_tabs(into, str_cut(&lines, '\n'), 0);
		buf_byte(into, '\n');
		if (into->len - before <= max)
			continue;
		/* A whole line less; of the only one, as much as fits. */
		if (at == before) {
			struct str fits = clip(buf_str(into), before + max - 1);
			buf_truncate(into, fits.len);
			buf_byte(into, '\n');
		} else {
			buf_truncate(into, at);
		}
		return true;
	}
	return false;
}
