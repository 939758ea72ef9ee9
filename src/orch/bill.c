/* SPDX-License-Identifier: MIT */
#include "bill.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"

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

/* --- room --- */

/* own: how many rows the agent of each row has. */
static int
need_of(const struct bill_row *row, size_t own)
{
	if (row->moot)
		return 0;
	/* Whoever begins often loses its own, and nobody else's. */
	if (own > BILL_SHARE_MAX)
		return 1;
	return row->past ? 2 : 3;
}

/* Of those that are needed least the oldest. */
static size_t
find_least(const struct bill *bill, const size_t *own)
{
	size_t least = 0;
	for (size_t i = 1; i < bill->count; i++) {
		const struct bill_row *row = &bill->rows[i], *other = &bill->rows[least];
		int need = need_of(row, own[i]) - need_of(other, own[least]);
		if (need < 0 || (need == 0 && row->at < other->at))
			least = i;
	}
	return least;
}

static void
drop_least(struct bill *bill, size_t *own)
{
	size_t at = find_least(bill, own);
	for (size_t i = 0; i < bill->count; i++)
		own[i] -= strcmp(bill->rows[i].agent, bill->rows[at].agent) == 0 && i != at;
	bill->count--;
	memmove(&bill->rows[at], &bill->rows[at + 1], (bill->count - at) * sizeof(*bill->rows));
	memmove(&own[at], &own[at + 1], (bill->count - at) * sizeof(*own));
}

static void
trim(struct bill *bill, size_t max)
{
	if (bill->count <= max)
		return;
	size_t *own = mem_alloc_array(bill->count, sizeof(*own));
	for (size_t i = 0; i < bill->count; i++) {
		own[i] = 1;
		for (size_t k = 0; k < i; k++) {
			bool same = strcmp(bill->rows[k].agent, bill->rows[i].agent) == 0;
			own[i] += same;
			own[k] += same;
		}
	}
	while (bill->count > max)
		drop_least(bill, own);
	mem_free(own);
}

/* The caller sees to it that there is room, or makes it afterwards. */
static struct bill_row *
add(struct bill *bill, const struct bill_row *row)
{
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
	return (said->micros >= 0 && said->micros < row->micros - row->earlier_micros) ||
	       (said->tokens >= 0 && said->tokens < row->tokens - row->earlier_tokens);
}

static int64_t
plus(int64_t earlier, int64_t said, int64_t max)
{
	if (said < 0)
		return said;
	return said < max - earlier ? earlier + said : max;
}

/* Of those of the start with that prefix the last one, or NULL. */
static struct bill_row *
find_part(struct bill *bill, const char *agent, struct str prefix, uint64_t *n)
{
	struct bill_row *last = NULL;
	for (size_t i = bill->count; i-- > 0;) {
		struct str id = str_from(bill->rows[i].id);
		uint64_t one;
		if (!str_starts(id, prefix) || strcmp(bill->rows[i].agent, agent) != 0 ||
			!str_to_u64(str_slice(id, prefix.len, id.len), 1000000, &one) ||
			(last && one < *n))
			continue;
		last = &bill->rows[i];
		*n = one;
	}
	return last;
}

/* Which of this start's rows it is about: a number that went down began anew. */
static void
name_part(struct bill *bill, struct bill_row *wanted, const struct cost *said)
{
	char prefix[BILL_ID_MAX];
	uint64_t n = 0;
	snprintf(prefix, sizeof(prefix), "=%.50s.", wanted->start);
	struct bill_row *row = find_part(bill, wanted->agent, str_from(prefix), &n);
	if (row && went_down(row, said)) {
		if (n + 1 < BILL_PARTS_MAX) {
			n++;
			row = NULL;
		} else {
			row->earlier_micros = row->micros > 0 ? row->micros : 0;
			row->earlier_tokens = row->tokens > 0 ? row->tokens : 0;
		}
	}
	snprintf(wanted->id, sizeof(wanted->id), "%s%" PRIu64, prefix, n);
	if (!row)
		return;
	wanted->micros = plus(row->earlier_micros, said->micros, COST_MICROS_MAX);
	wanted->tokens = plus(row->earlier_tokens, said->tokens, COST_TOKENS_MAX);
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
		trim(bill, BILL_ROWS_MAX - 1);
		row = add(bill, &wanted);
	} else {
		changed = row->past && at > row->at;
		row->past = row->past && !changed;
		changed |= grow(&row->micros, wanted.micros);
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
bill_forget(struct bill *bill, const char *host, const char *agent, int64_t at)
{
	bool changed = false;
	for (size_t i = 0; i < bill->count; i++) {
		struct bill_row *row = &bill->rows[i];
		if (strcmp(row->agent, agent) != 0 || strcmp(row->host, host) != 0 || row->past)
			continue;
		row->past = true;
		/* So that it outdoes what another cockpit has heard before. */
		grow(&row->at, at);
		changed = true;
	}
	return changed;
}

static bool
take_number(int64_t *number, int64_t *earlier, int64_t from, int64_t from_earlier)
{
	if (from < *number || (from == *number && from_earlier <= *earlier))
		return false;
	*number = from;
	*earlier = from_earlier;
	return true;
}

static bool
merge_row(struct bill_row *row, const struct bill_row *from)
{
	/* Whoever heard of it last knows. */
	bool past = (from->past && from->at >= row->at) || (row->past && row->at >= from->at);
	bool changed = past != row->past || (from->moot && !row->moot);
	row->past = past;
	row->moot |= from->moot;
	changed |= take_number(
		&row->micros, &row->earlier_micros, from->micros, from->earlier_micros);
	changed |= take_number(
		&row->tokens, &row->earlier_tokens, from->tokens, from->earlier_tokens);
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
	return changed;
}

bool
bill_merge(struct bill *bill, const struct bill *other)
{
	bool changed = false;
	for (size_t i = 0; i < other->count; i++) {
		const struct bill_row *from = &other->rows[i];
		struct bill_row *row = find(bill, from->agent, from->id);
		if (row) {
			changed |= merge_row(row, from);
		} else {
			add(bill, from);
			changed = true;
		}
	}
	trim(bill, BILL_ROWS_MAX);
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
		if (row->earlier_micros > 0)
			json_write_int(&w, "earlier_micros", row->earlier_micros);
		if (row->earlier_tokens > 0)
			json_write_int(&w, "earlier_tokens", row->earlier_tokens);
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

/* None, unless it fits. */
static int64_t
earlier_of(const struct json *node, const char *key, int64_t number)
{
	int64_t earlier = number > 0 ? number_of(node, key, number) : 0;
	return earlier > 0 ? earlier : 0;
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
	row.earlier_micros = earlier_of(node, "earlier_micros", row.micros);
	row.earlier_tokens = earlier_of(node, "earlier_tokens", row.tokens);
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

void
bill_add_told(int64_t *sum, int64_t one)
{
	if (one >= 0)
		*sum = (*sum < 0 ? 0 : *sum) + one;
}

void
bill_add(struct bill_sum *sum, const struct bill_row *row)
{
	if (row->moot)
		return;
	bill_add_told(&sum->micros, row->micros);
	bill_add_told(&sum->tokens, row->tokens);
	if (!sum->first || row->first < sum->first)
		sum->first = row->first;
	if (row->at >= sum->at) {
		sum->at = row->at;
		sum->source = row->source;
	}
}
