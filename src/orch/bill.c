/* SPDX-License-Identifier: MIT */
#include "bill.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"

#define STARTS_MAX 1000 /* of numbers that went down, in one start */

void
bill_release(struct bill *bill)
{
	mem_free(bill->rows);
	*bill = (struct bill){0};
}

static struct bill_row *
find(const struct bill *bill, const char *agent, const char *id)
{
	for (size_t i = bill->count; i-- > 0;) {
		if (strcmp(bill->rows[i].id, id) == 0 &&
			strcmp(bill->rows[i].agent, agent) == 0)
			return &bill->rows[i];
	}
	return NULL;
}

/* Of those that are needed least the oldest. */
static size_t
find_least(const struct bill *bill)
{
	size_t past = bill->count;
	for (size_t i = 0; i < bill->count; i++) {
		if (bill->rows[i].moot)
			return i;
		if (bill->rows[i].past && past == bill->count)
			past = i;
	}
	return past < bill->count ? past : 0;
}

static void
make_room(struct bill *bill)
{
	if (bill->count < BILL_ROWS_MAX)
		return;
	size_t at = find_least(bill);
	bill->count--;
	memmove(&bill->rows[at], &bill->rows[at + 1], (bill->count - at) * sizeof(*bill->rows));
}

static struct bill_row *
add(struct bill *bill, const struct bill_row *row)
{
	make_room(bill);
	bill->rows = mem_room(bill->rows, bill->count, sizeof(*bill->rows));
	bill->rows[bill->count] = *row;
	return &bill->rows[bill->count++];
}

static bool
grow(int64_t *number, int64_t to)
{
	bool more = to > *number;
	if (more)
		*number = to;
	return more;
}

/* --- what is said --- */

static bool
went_down(const struct bill_row *row, const struct cost *said)
{
	return (said->micros >= 0 && said->micros < row->micros) ||
	       (said->tokens >= 0 && said->tokens < row->tokens);
}

/* Which of this start's rows it is about: a number that went down began anew. */
static void
name_part(const struct bill *bill, struct bill_row *wanted, const struct cost *said)
{
	for (int n = 0; n < STARTS_MAX; n++) {
		char next[BILL_ID_MAX];
		snprintf(wanted->id, sizeof(wanted->id), "=%.50s.%d", wanted->start, n);
		snprintf(next, sizeof(next), "=%.50s.%d", wanted->start, n + 1);
		const struct bill_row *row = find(bill, wanted->agent, wanted->id);
		if (!row || (!find(bill, wanted->agent, next) && !went_down(row, said)))
			return;
	}
}

/* Once the hook has told, what the screen told of the same start is the same money. */
static bool
drop_weaker(struct bill *bill, const struct bill_row *by)
{
	bool changed = false;
	for (size_t i = 0; i < bill->count; i++) {
		struct bill_row *row = &bill->rows[i];
		if (row == by || row->moot || row->source <= by->source ||
			strcmp(row->agent, by->agent) != 0 ||
			strcmp(row->start, by->start) != 0)
			continue;
		row->moot = true;
		changed = true;
	}
	return changed;
}

bool
bill_note(struct bill *bill, const char *host, const char *agent, const char *start,
	const struct cost *said, int64_t at)
{
	struct bill_row wanted = {.source = said->source,
		.micros = said->micros,
		.tokens = said->tokens,
		.first = at,
		.at = at};
	if (!str_is_name(str_from(host)) || !str_is_name(str_from(agent)) ||
		said->source == COST_NONE || (said->micros < 0 && said->tokens < 0))
		return false;
	text_copy(wanted.host, sizeof(wanted.host), str_from(host));
	text_copy(wanted.agent, sizeof(wanted.agent), str_from(agent));
	text_copy(wanted.start, sizeof(wanted.start),
		str_from(str_is_name(str_from(start)) ? start : "unknown"));
	if (said->id[0])
		text_copy(wanted.id, sizeof(wanted.id), str_from(said->id));
	else
		name_part(bill, &wanted, said);
	struct bill_row *row = find(bill, wanted.agent, wanted.id);
	bool changed = row == NULL;
	if (!row) {
		row = add(bill, &wanted);
	} else {
		changed = grow(&row->micros, wanted.micros);
		changed |= grow(&row->tokens, wanted.tokens);
		grow(&row->at, at);
		/* It may go on elsewhere, and in another start. */
		memcpy(row->host, wanted.host, sizeof(row->host));
		memcpy(row->start, wanted.start, sizeof(row->start));
		row->source = wanted.source;
	}
	return drop_weaker(bill, row) || changed;
}

bool
bill_forget(struct bill *bill, const char *agent)
{
	bool changed = false;
	for (size_t i = 0; i < bill->count; i++) {
		if (strcmp(bill->rows[i].agent, agent) != 0 || bill->rows[i].past)
			continue;
		bill->rows[i].past = true;
		changed = true;
	}
	return changed;
}

bool
bill_merge(struct bill *bill, const struct bill *other)
{
	bool changed = false;
	for (size_t i = 0; i < other->count; i++) {
		const struct bill_row *from = &other->rows[i];
		struct bill_row *row = find(bill, from->agent, from->id);
		if (!row) {
			add(bill, from);
			changed = true;
			continue;
		}
		changed |= grow(&row->micros, from->micros);
		changed |= grow(&row->tokens, from->tokens);
		if (from->at > row->at) {
			memcpy(row->host, from->host, sizeof(row->host));
			memcpy(row->start, from->start, sizeof(row->start));
			row->source = from->source;
			row->at = from->at;
			changed = true;
		}
		if (from->first < row->first) {
			row->first = from->first;
			changed = true;
		}
		changed |= (from->past && !row->past) || (from->moot && !row->moot);
		row->past |= from->past;
		row->moot |= from->moot;
	}
	return changed;
}

/* --- the file --- */

void
bill_write(const struct bill *bill, struct buf *into)
{
	struct json_writer w = JSON_WRITER_INIT(into, true);
	json_write_array(&w, NULL);
	for (size_t i = 0; i < bill->count; i++) {
		const struct bill_row *row = &bill->rows[i];
		json_write_object(&w, NULL);
		json_write_cstr(&w, "agent", row->agent);
		json_write_cstr(&w, "host", row->host);
		json_write_cstr(&w, "start", row->start);
		json_write_cstr(&w, "id", row->id);
		json_write_cstr(&w, "source", cost_source_name(row->source));
		json_write_int(&w, "micros", row->micros);
		json_write_int(&w, "tokens", row->tokens);
		json_write_int(&w, "first", row->first);
		json_write_int(&w, "at", row->at);
		json_write_bool(&w, "past", row->past);
		json_write_bool(&w, "moot", row->moot);
		json_write_close(&w);
	}
	json_write_close(&w);
	(void)json_writer_end(&w);
}

static const char *
text_of(const struct json *node, const char *key, size_t max)
{
	const struct json *text = json_find(node, key);
	if (!text || json_kind(text) != JSON_KIND_STRING || strlen(json_to_cstr(text)) >= max)
		return "";
	return json_to_cstr(text);
}

static int64_t
number_of(const struct json *node, const char *key, int64_t max)
{
	const struct json *number = json_find(node, key);
	if (!number || json_kind(number) != JSON_KIND_INTEGER || json_to_int(number) < 0 ||
		json_to_int(number) > max)
		return -1;
	return json_to_int(number);
}

static bool
flag_of(const struct json *node, const char *key)
{
	const struct json *flag = json_find(node, key);
	return flag && json_kind(flag) == JSON_KIND_BOOL && json_to_bool(flag);
}

static bool
is_id(struct str id)
{
	return str_is_name(str_starts(id, STR("=")) ? str_slice(id, 1, id.len) : id);
}

static void
read_row(struct bill *bill, const struct json *node)
{
	const int64_t ever = (int64_t)1 << 40;
	struct bill_row row = {.micros = number_of(node, "micros", COST_MICROS_MAX),
		.tokens = number_of(node, "tokens", COST_TOKENS_MAX),
		.first = number_of(node, "first", ever),
		.at = number_of(node, "at", ever),
		.past = flag_of(node, "past"),
		.moot = flag_of(node, "moot")};
	text_copy(row.agent, sizeof(row.agent),
		str_from(text_of(node, "agent", sizeof(row.agent))));
	text_copy(
		row.host, sizeof(row.host), str_from(text_of(node, "host", sizeof(row.host))));
	text_copy(row.start, sizeof(row.start),
		str_from(text_of(node, "start", sizeof(row.start))));
	text_copy(row.id, sizeof(row.id), str_from(text_of(node, "id", sizeof(row.id))));
	if (!str_is_name(str_from(row.agent)) || !str_is_name(str_from(row.host)) ||
		!is_id(str_from(row.id)) || row.first < 0 || row.at < 0 ||
		(row.micros < 0 && row.tokens < 0) ||
		!cost_source_find(text_of(node, "source", 20), &row.source) ||
		bill->count >= BILL_ROWS_MAX || find(bill, row.agent, row.id))
		return;
	add(bill, &row);
}

int
bill_read(struct bill *bill, const char *file, struct str text, struct err *err)
{
	struct json_doc *doc;
	int rc = json_doc_parse(file, text, &doc, err);
	if (rc < 0)
		return rc;
	for (const struct json *it = json_first(json_doc_root(doc)); it; it = json_next(it))
		read_row(bill, it);
	json_doc_free(doc);
	return 0;
}

/* --- sums --- */

static void
add_told(int64_t *sum, int64_t one)
{
	if (one >= 0)
		*sum = (*sum < 0 ? 0 : *sum) + one;
}

void
bill_add(struct bill_sum *sum, const struct bill_row *row)
{
	if (row->moot)
		return;
	add_told(&sum->micros, row->micros);
	add_told(&sum->tokens, row->tokens);
	if (!sum->first || row->first < sum->first)
		sum->first = row->first;
	if (row->at >= sum->at) {
		sum->at = row->at;
		sum->source = row->source;
	}
}
