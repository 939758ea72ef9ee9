/* SPDX-License-Identifier: MIT */
/*
 * Bytes become lines, lines are made plain, a sieve says which patterns could fit, and these
 * are tried. What is kept is bounded: the line that is not whole yet, the last lines, and a
 * tally for each kind.
 */
#include "cockpit/fleet_summary.h"

#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "junit.h"
#include "kind.h"
#include "pattern.h"
#include "plain.h"
#include "tally.h"

/* So that the last lines need not be moved for each that comes. */
#define TAIL_ROOM (64u << 10)
#define TAIL_KEPT (24u << 10)

/* Steps of backtracking: enough for patterns that read a line once or twice. */
#define STEPS(len) (500 + 20 * (len))
#define NAMES_MAX  240 /* bytes of names in a line for people */
#define LATE_MAX   100 /* times that a pattern may need more before it is given up */

struct summary_reader {
	struct kind_table *table;
	struct tally *tallies; /* one a kind */
	unsigned char *late;   /* by row: how often it took too many steps */
	struct junit *junit;
	size_t junit_kind;
	/* The line that is not whole yet, and whether it was longer or a CR came last. */
	char line[SUMMARY_LINE_MAX];
	size_t len;
	bool too_long, returned;
	char plain[PLAIN_ROOM(SUMMARY_LINE_MAX)];
	struct buf tail; /* plain lines, each with a newline */
	uint64_t number; /* of lines */
	bool quoting;    /* some tally wants more lines */
	bool cut;
};

struct summary_reader *
summary_reader_new(void)
{
	struct summary_reader *reader = MEM_NEW(struct summary_reader);
	struct kind_table *table = reader->table = kind_table_ref(kind_table_now());
	reader->tallies = mem_alloc_array(table->count + 1, sizeof(*reader->tallies));
	reader->late = mem_alloc_array(table->row_count + 1, sizeof(*reader->late));
	for (size_t i = 0; i < table->count; i++) {
		tally_init(&reader->tallies[i]);
		if (reader->junit || table->entries[i].kind->form != KIND_JUNIT)
			continue;
		reader->junit = junit_new();
		reader->junit_kind = i;
	}
	return reader;
}

void
summary_reader_free(struct summary_reader *reader)
{
	if (!reader)
		return;
	for (size_t i = 0; i < reader->table->count; i++)
		tally_release(&reader->tallies[i]);
	mem_free(reader->tallies);
	mem_free(reader->late);
	junit_free(reader->junit);
	kind_table_unref(reader->table);
	buf_release(&reader->tail);
	mem_free(reader);
}

/* The line fits this row. Always the same for the same lines, however fast the machine is. */
static bool
fits(struct summary_reader *reader, size_t row, struct str line)
{
	const struct pattern *pattern = reader->table->rows[row].line->pattern;
	if (reader->late[row] >= LATE_MAX)
		return false;
	enum pattern_fit fit = pattern_fit(pattern, line, STEPS(line.len));
	if (fit == PATTERN_LATE && ++reader->late[row] == LATE_MAX)
		reader->cut = true;
	return fit == PATTERN_YES;
}

/* Of each kind, the first row that fits. */
static void
match_line(struct summary_reader *reader, const struct tally_line *line)
{
	const struct kind_table *table = reader->table;
	struct sieve_set *set = &(struct sieve_set){0};
	size_t words = (table->row_count + 63) / 64, done = SIZE_MAX;
	memcpy(set->bits, table->always.bits, words * sizeof(set->bits[0]));
	sieve_find(table->sieve, line->text, set);
	for (size_t i = 0; i < words; i++) {
		for (; set->bits[i]; set->bits[i] &= set->bits[i] - 1) {
			size_t row = i * 64 + (size_t)__builtin_ctzll(set->bits[i]);
			size_t kind = table->rows[row].kind;
			if (kind == done || !fits(reader, row, line->text))
				continue;
			tally_add(&reader->tallies[kind], table->rows[row].line, line);
			reader->quoting = true;
			done = kind;
		}
	}
}

static void
quote_line(struct summary_reader *reader, const struct tally_line *line)
{
	bool more = false;
	for (size_t i = 0; i < reader->table->count; i++)
		more = tally_quote(&reader->tallies[i], line) || more;
	reader->quoting = more;
}

static void
add_tail(struct buf *tail, struct str line)
{
	if (tail->len + line.len + 1 > TAIL_ROOM) {
		const char *from = tail->ptr + tail->len - TAIL_KEPT;
		const char *newline = memchr(from, '\n', TAIL_KEPT);
		buf_consume(tail, (size_t)(newline + 1 - tail->ptr));
	}
	buf_add(tail, line);
	buf_byte(tail, '\n');
}

/* A line as it came, without its end. */
static void
take_line(struct summary_reader *reader, struct str raw)
{
	if (raw.len > SUMMARY_LINE_MAX)
		reader->cut = true;
	raw = str_slice(raw, 0, SUMMARY_LINE_MAX);
	struct tally_line line = {.text = plain_line(raw, reader->plain),
		.before = buf_str(&reader->tail),
		.number = ++reader->number};
	match_line(reader, &line);
	if (reader->quoting)
		quote_line(reader, &line);
	add_tail(&reader->tail, line.text);
}

static void
take_kept(struct summary_reader *reader)
{
	reader->cut = reader->cut || reader->too_long;
	take_line(reader, (struct str){reader->line, reader->len});
	reader->len = 0;
	reader->too_long = reader->returned = false;
}

/* A piece of a line. What follows a CR is written over what stands there. */
static void
keep_piece(struct summary_reader *reader, struct str piece)
{
	while (piece.len > 0) {
		if (piece.ptr[0] == '\r') {
			reader->returned = true;
			piece = str_slice(piece, 1, piece.len);
			continue;
		}
		if (reader->returned) {
			reader->len = 0;
			reader->too_long = reader->returned = false;
		}
		ptrdiff_t at = str_find(piece, '\r');
		struct str part = str_slice(piece, 0, at < 0 ? piece.len : (size_t)at);
		size_t room = SUMMARY_LINE_MAX - reader->len;
		size_t len = part.len < room ? part.len : room;
		memcpy(reader->line + reader->len, part.ptr, len);
		reader->len += len;
		reader->too_long = reader->too_long || len < part.len;
		piece = str_slice(piece, part.len, piece.len);
	}
}

/* A whole line need not be kept first, if it is plain enough. */
static void
read_piece(struct summary_reader *reader, struct str piece, bool whole)
{
	struct str line = piece;
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	if (whole && reader->len == 0 && !reader->returned && !reader->too_long &&
		str_find(line, '\r') < 0) {
		take_line(reader, line);
		return;
	}
	keep_piece(reader, piece);
	if (whole)
		take_kept(reader);
}

void
summary_reader_feed(struct summary_reader *reader, struct str bytes)
{
	while (bytes.len > 0) {
		ptrdiff_t at = str_find(bytes, '\n');
		size_t len = at < 0 ? bytes.len : (size_t)at;
		struct str piece = str_slice(bytes, 0, len + (at >= 0));
		if (reader->junit)
			junit_feed(reader->junit, piece, reader->number + 1,
				&reader->tallies[reader->junit_kind]);
		read_piece(reader, str_slice(piece, 0, len), at >= 0);
		bytes = str_slice(bytes, piece.len, bytes.len);
	}
}

/* The lines at the end, as many as fit. */
static char *
safe_tail(struct str lines)
{
	struct buf safe = BUF_INIT;
	size_t start = lines.len;
	for (int count = 0; count < SUMMARY_TAIL_LINES && start > 0; count++) {
		size_t at = start - 1;
		while (at > 0 && lines.ptr[at - 1] != '\n')
			at--;
		struct buf line = BUF_INIT;
		tally_safe(str_slice(lines, at, start), SUMMARY_TAIL_MAX, &line);
		bool fits_too = line.len + safe.len <= SUMMARY_TAIL_MAX;
		if (fits_too) {
			buf_add(&line, buf_str(&safe));
			buf_release(&safe);
			safe = line;
			start = at;
		} else {
			buf_release(&line);
			break;
		}
	}
	return safe.len > 0 ? buf_steal(&safe) : mem_strdup("");
}

static size_t
choose(const struct summary_reader *reader)
{
	size_t best = reader->table->count;
	uint64_t best_at = 0, at = 0;
	int best_rank = 0;
	for (size_t i = 0; i < reader->table->count; i++) {
		int rank = tally_rank(&reader->tallies[i], &at);
		if (rank < best_rank || rank == 0 || (rank == best_rank && at < best_at))
			continue;
		best = i;
		best_rank = rank;
		best_at = at;
	}
	return best;
}

void
summary_reader_end(struct summary_reader *reader, struct summary *ret)
{
	if (reader->len > 0 || reader->too_long)
		take_kept(reader);
	struct summary summary = {.passed = -1, .failed = -1, .skipped = -1};
	size_t chosen = choose(reader);
	summary.cut = reader->cut;
	summary.tail = safe_tail(buf_str(&reader->tail));
	if (chosen < reader->table->count) {
		const struct kind *kind = reader->table->entries[chosen].kind;
		summary.kind = mem_strdup(kind->name);
		summary.build = kind->form == KIND_BUILD;
		tally_tell(&reader->tallies[chosen], &summary);
	} else {
		summary.excerpt = mem_strdup("");
	}
	*ret = summary;
}

void
summary_release(struct summary *summary)
{
	for (size_t i = 0; i < summary->name_count; i++)
		mem_free(summary->names[i]);
	mem_free(summary->kind);
	mem_free(summary->tail);
	mem_free(summary->excerpt);
	*summary = (struct summary){0};
}

/* ": a, b, …" */
static void
add_names(const struct summary *summary, size_t max, struct buf *into)
{
	static const char more[] = ", \xe2\x80\xa6";
	size_t before = into->len, shown = 0;
	for (; shown < summary->name_count && shown < max; shown++) {
		const char *name = summary->names[shown];
		if (shown > 0 && into->len - before + strlen(name) + 2 > NAMES_MAX)
			break;
		buf_printf(into, "%s%s", shown ? ", " : ": ", name);
	}
	size_t all = summary->failed > 0 ? (size_t)summary->failed : summary->name_count;
	if (shown > 0 && max > 1 && (shown < summary->name_count || shown < all))
		buf_addc(into, more);
}

void
summary_words(const struct summary *summary, struct buf *into)
{
	int failed = summary->failed, passed = summary->passed;
	if (summary->build && failed > 0) {
		buf_addc(into, "build broke");
		add_names(summary, 1, into);
	} else if (failed > 0) {
		buf_printf(into, "%d", failed);
		if (passed >= 0)
			buf_printf(into, " of %lld", (long long)passed + failed);
		buf_addc(into, " failed");
		add_names(summary, 3, into);
	} else if (summary->name_count > 0) {
		buf_addc(into, "failed");
		add_names(summary, 3, into);
	} else if (passed >= 0) {
		buf_printf(into, "%d passed", passed);
		if (summary->skipped > 0)
			buf_printf(into, ", %d skipped", summary->skipped);
	}
}
