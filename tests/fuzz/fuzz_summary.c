/* SPDX-License-Identifier: MIT */
/*
 * The output of a check: whatever it is and however it is cut into pieces, the summary is the
 * same, bounded, and safe to show. The first byte says how it is cut.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_summary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_all(struct str text, size_t piece, struct summary *ret)
{
	struct summary_reader *reader = summary_reader_new();
	while (text.len > 0) {
		summary_reader_feed(reader, str_slice(text, 0, piece));
		text = str_slice(text, piece, text.len);
	}
	summary_reader_end(reader, ret);
	summary_reader_free(reader);
}

static void
check_safe(const char *shown, size_t max, bool lines)
{
	struct str text = str_from(shown);
	BUG_ON(text.len > max);
	while (text.len > 0) {
		uint32_t cp = text_next(&text);
		BUG_ON(cp < 0x20 && !(lines && (cp == '\n' || cp == '\t')));
		BUG_ON(cp >= 0x7f && cp < 0xa0);
		BUG_ON(cp >= 0x202a && cp <= 0x202e);
		BUG_ON(cp >= 0x2066 && cp <= 0x2069);
	}
}

static void
check_same(const struct summary *a, const struct summary *b)
{
	BUG_ON(!a->kind != !b->kind || (a->kind && strcmp(a->kind, b->kind) != 0));
	BUG_ON(a->passed != b->passed || a->failed != b->failed || a->skipped != b->skipped);
	BUG_ON(a->cut != b->cut || a->build != b->build || a->name_count != b->name_count);
	BUG_ON(strcmp(a->tail, b->tail) != 0 || strcmp(a->excerpt, b->excerpt) != 0);
	for (size_t i = 0; i < a->name_count; i++)
		BUG_ON(strcmp(a->names[i], b->names[i]) != 0);
}

static void
check(const struct summary *summary)
{
	struct buf words = BUF_INIT;
	BUG_ON(summary->passed < -1 || summary->failed < -1 || summary->skipped < -1);
	BUG_ON(summary->name_count > SUMMARY_NAMES_MAX);
	check_safe(summary->tail, SUMMARY_TAIL_MAX, true);
	check_safe(summary->excerpt, SUMMARY_EXCERPT_MAX, true);
	for (size_t i = 0; i < summary->name_count; i++) {
		check_safe(summary->names[i], SUMMARY_NAME_MAX, false);
		for (size_t k = 0; k < i; k++)
			BUG_ON(strcmp(summary->names[i], summary->names[k]) == 0);
	}
	summary_words(summary, &words);
	check_safe(buf_cstr(&words), SUMMARY_WORDS_MAX, false);
	buf_release(&words);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	if (!ready) {
		setenv("XDG_CONFIG_HOME", "/nowhere", 1);
		text_init();
	}
	ready = true;
	if (size == 0)
		return 0;
	struct str text = {(const char *)data + 1, size - 1};
	struct summary whole, pieces;
	read_all(text, size, &whole);
	read_all(text, (size_t)data[0] + 1, &pieces);
	check(&whole);
	check_same(&whole, &pieces);
	summary_release(&whole);
	summary_release(&pieces);
	return 0;
}
