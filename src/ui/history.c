/* SPDX-License-Identifier: MIT */
/*
 * tmux counts a line from the oldest one, so that what an agent prints changes no number; only
 * what tmux drops does, and that is seen: the number of lines gets less. Where it may not have
 * been seen, nothing more is fetched: a wrong line is worse than none. One question is under
 * way at a time. It names lines from the top of the screen as that will be when tmux reads it;
 * what was printed until then is known from the answer, and if it was too much, it is asked
 * again, further back.
 */
#include "history.h"

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/fleet_past.h"
#include "cockpit/term_screen.h"

#define CHUNK_ROWS 100        /* a little more than what is wanted */
#define CELLS_MAX  (2u << 20) /* of all chunks; one more may be kept */
#define TRIES_MAX  8

/* Some lines, as rows of a screen. */
struct chunk {
	int first, count;
	int skip; /* rows of the screen before them */
	struct screen *screen;
	bool *wraps; /* count */
};

struct history {
	const struct history_ops *ops;
	void *ctx;
	bool closed; /* only waits for its answer */
	bool asking, ready, lost;
	int cols, rows;
	int base;     /* the number that tmux had for line 0 */
	int gone;     /* lines that it has dropped since */
	int total;    /* lines above its screen, as it said last */
	int from, to; /* what is asked for */
	int lag;      /* lines that came while it was asked */
	int tries;
	struct chunk *chunks; /* the first one is the screen: it is never dropped */
	int count;
};

static void ask(struct history *h);

static void
chunk_release(struct chunk *chunk)
{
	screen_free(chunk->screen);
	mem_free(chunk->wraps);
}

static void
destroy(struct history *h)
{
	for (int i = 0; i < h->count; i++)
		chunk_release(&h->chunks[i]);
	mem_free(h->chunks);
	mem_free(h);
}

static const struct chunk *
find_chunk(const struct history *h, int line)
{
	for (int i = 0; i < h->count; i++) {
		const struct chunk *c = &h->chunks[i];
		if (line >= c->first && line < c->first + c->count)
			return c;
	}
	return NULL;
}

/* --- where lines are --- */

bool
history_ready(const struct history *h)
{
	return h->ready;
}

bool
history_waits(const struct history *h)
{
	return h->asking;
}

int
history_first(const struct history *h)
{
	const struct chunk *c;
	int first = !h->ready || h->lost || h->gone > h->base ? 0 : h->gone - h->base;
	/* What is here stays. */
	while ((c = find_chunk(h, first - 1)) != NULL)
		first = c->first;
	return first;
}

int
history_end(const struct history *h)
{
	return h->rows;
}

int
history_cols(const struct history *h)
{
	return h->cols;
}

int
history_to_host(const struct history *h, int line)
{
	return line + h->base - h->gone;
}

int
history_from_host(const struct history *h, int number)
{
	return number - h->base + h->gone;
}

void
history_note(struct history *h, int total, int limit)
{
	int part = limit / 10 > 0 ? limit / 10 : 1;
	int dropped = total < h->total ? (h->total - total + part - 1) / part * part : 0;
	if (h->ready) {
		/* What is left after tmux has dropped a part of a full history; less than that
		 * is left by a program that has it cleared. */
		if (dropped && total < limit - part - 1)
			h->lost = true;
		/* Where it drops some all the time and so much was printed since the last look,
		 * it may have dropped more than can be seen. */
		if (total >= limit - part - 1 && total + dropped - h->total > part / 2)
			h->lost = true;
		h->gone += dropped;
	}
	h->total = total;
}

bool
history_line(const struct history *h, int line, struct history_line *ret)
{
	const struct chunk *c = find_chunk(h, line);
	if (!c)
		return false;
	*ret = (struct history_line){c->screen,
		screen_row(c->screen, line - c->first + c->skip), c->wraps[line - c->first]};
	return true;
}

/* --- which rows run on in the next one --- */

static bool
is_blank(const struct cell *cell)
{
	return cell->width == 1 && (cell->text == 0 || cell->text == ' ');
}

static bool
is_blank_from(const struct cell *cells, int x, int cols)
{
	while (x < cols && is_blank(&cells[x]))
		x++;
	return x == cols;
}

/* Takes a row off the front of *joined. False if it is not what stands there. */
static bool
take_row(const struct screen *screen, const struct cell *cells, struct str *joined,
	bool *ret_wraps)
{
	int cols = screen_cols(screen);
	*ret_wraps = false;
	for (int x = 0; x < cols; x++) {
		char tmp[4];
		if (cells[x].width == 0)
			continue;
		if (joined->len == 0 || joined->ptr[0] == '\n') {
			str_cut(joined, '\n');
			return is_blank_from(cells, x, cols);
		}
		struct str text = screen_text(screen, cells[x].text, tmp);
		if (joined->ptr[0] == '\t') { /* newer ones than 3.5 keep them */
			x = x / 8 * 8 + 7;
			*joined = str_slice(*joined, 1, joined->len);
		} else if (is_blank(&cells[x]) && joined->ptr[0] != ' ') {
			/* A wide character had no room here. */
			*ret_wraps = is_blank_from(cells, x, cols);
			return *ret_wraps;
		} else if (is_blank(&cells[x]) || !str_starts(*joined, text)) {
			/* Of line drawing the letter behind it is told. */
			if ((unsigned char)joined->ptr[0] >= 0x80)
				return false;
			*joined = str_slice(*joined, 1, joined->len);
		} else {
			*joined = str_slice(*joined, text.len, joined->len);
		}
	}
	*ret_wraps = joined->len > 0 && joined->ptr[0] != '\n';
	if (!*ret_wraps)
		str_cut(joined, '\n');
	return true;
}

static bool *
read_wraps(const struct screen *screen, int count, struct str joined)
{
	bool *wraps = mem_alloc_array((size_t)count, sizeof(*wraps));
	for (int y = 0; y < count; y++) {
		if (!take_row(screen, screen_row(screen, y), &joined, &wraps[y])) {
			wraps[y] = false;
			break;
		}
	}
	return wraps;
}

/* --- what comes --- */

static bool
same_row(const struct screen *a, int y, const struct screen *b, int z)
{
	struct buf one = BUF_INIT, other = BUF_INIT;
	screen_row_text(a, y, &one);
	screen_row_text(b, z, &other);
	bool same = one.len > 0 && str_eq(buf_str(&one), buf_str(&other));
	buf_release(&one);
	buf_release(&other);
	return same;
}

/* How many lines were printed between the picture that is kept and this one, which ends with
 * the screen: the fewest of those that make most rows the same. */
static int
find_growth(const struct history *h, const struct screen *page, int count)
{
	const struct screen *kept = h->chunks[0].screen;
	int best = 0, best_same = 0, all = 0;
	for (int y = 0; y < h->rows; y++)
		all += !is_blank_from(screen_row(kept, y), 0, h->cols);
	for (int growth = 0; growth <= count - h->rows && best_same < all; growth++) {
		int same = 0;
		for (int y = 0; y < h->rows; y++)
			same += same_row(kept, y, page, count - h->rows - growth + y);
		if (same > best_same) {
			best = growth;
			best_same = same;
		}
	}
	return best;
}

/* The first answer tells where the picture that is kept stands, and which of its rows run on.
 */
static void
settle(struct history *h, const struct agent_past *past, const struct screen *page,
	const bool *wraps)
{
	struct chunk *kept = &h->chunks[0];
	int growth = find_growth(h, page, past->count);
	h->base = past->total - growth;
	h->ready = true;
	for (int y = 0; y < h->rows; y++) {
		int row = past->count - h->rows - growth + y;
		if (row >= 0 && same_row(kept->screen, y, page, row))
			kept->wraps[y] = wraps[row];
	}
}

/* So that not more is kept than what one can look at: those furthest away go. */
static void
make_room(struct history *h)
{
	for (;;) {
		size_t rows = 0;
		int far = 0, distance = 0;
		for (int i = 1; i < h->count; i++) {
			int away = h->chunks[i].first > h->from ? h->chunks[i].first - h->from
								: h->from - h->chunks[i].first;
			rows += (size_t)screen_rows(h->chunks[i].screen);
			if (away >= distance) {
				far = i;
				distance = away;
			}
		}
		if (rows * (size_t)h->cols < CELLS_MAX || far == 0)
			return;
		chunk_release(&h->chunks[far]);
		h->chunks[far] = h->chunks[--h->count];
	}
}

/* Keeps those of the rows that are wanted and not here; they follow each other. Takes over page
 * and wraps. The last row does not tell whether it runs on. */
static void
keep(struct history *h, int first, int count, struct screen *page, bool *wraps)
{
	int skip = 0, have = 0;
	for (int i = 0; i < count - 1; i++) {
		bool wanted =
			first + i >= h->from && first + i < h->to && !find_chunk(h, first + i);
		if (wanted && have == 0)
			skip = i;
		else if (!wanted && have > 0)
			break;
		have += wanted;
	}
	if (have == 0) {
		screen_free(page);
		mem_free(wraps);
		return;
	}
	make_room(h);
	memmove(wraps, wraps + skip, (size_t)have * sizeof(*wraps));
	h->chunks = mem_room(h->chunks, (size_t)h->count, sizeof(*h->chunks));
	h->chunks[h->count++] = (struct chunk){first + skip, have, skip, page, wraps};
}

static bool
is_here(const struct history *h, int from, int to)
{
	int first = history_first(h);
	for (int line = from > first ? from : first; line < to; line++) {
		if (!find_chunk(h, line))
			return false;
	}
	return true;
}

static void
take(struct history *h, const struct agent_past *past)
{
	const struct screen_snapshot snapshot = {.cols = past->cols,
		.rows = past->count,
		.scroll_bottom = past->count - 1,
		.text = past->text};
	struct screen *page = screen_new(past->cols, past->count, NULL, NULL);
	screen_restore(page, &snapshot);
	bool *wraps = read_wraps(page, past->count, past->joined);
	h->lag = h->ready && past->total > h->total ? past->total - h->total : 0;
	history_note(h, past->total, past->limit);
	if (!h->ready)
		settle(h, past, page, wraps);
	keep(h, history_from_host(h, past->first), past->count, page, wraps);
}

static void
on_lines(void *ctx, int status, const struct agent_past *past)
{
	struct history *h = ctx;
	enum history_news news = HISTORY_LOADED;
	h->asking = false;
	if (h->closed) {
		destroy(h);
		return;
	}
	if (status < 0 || past->count > SCREEN_MAX_ROWS)
		news = HISTORY_FAILED;
	else if (past->cols != h->cols || past->rows != h->rows)
		news = HISTORY_RESIZED;
	else
		take(h, past);
	if (news == HISTORY_LOADED && !is_here(h, h->from, h->to) && !h->lost) {
		if (h->tries < TRIES_MAX)
			ask(h);
		if (h->asking)
			return;
		news = h->tries < TRIES_MAX ? HISTORY_FAILED : HISTORY_OUTRUN;
	}
	h->ops->news(h->ctx, news);
}

/* --- what is asked --- */

static void
ask(struct history *h)
{
	int lag = h->lag < HISTORY_ROWS_MAX - 1 ? h->lag : HISTORY_ROWS_MAX - 1;
	int first = history_to_host(h, h->from) - h->total - lag;
	int rows = h->to - h->from + lag + 1;
	rows = rows < SCREEN_MAX_ROWS ? rows : SCREEN_MAX_ROWS;
	h->tries++;
	h->asking = h->ops->fetch(h->ctx, first, rows, on_lines, h) >= 0;
}

/* Lines that are not here around some that are not, about as many as are fetched at a time. */
static void
widen(struct history *h)
{
	int first = history_first(h);
	while (h->to - h->from < CHUNK_ROWS && h->from > first && !find_chunk(h, h->from - 1))
		h->from--;
	while (h->to - h->from < CHUNK_ROWS && h->to < 0 && !find_chunk(h, h->to))
		h->to++;
}

int
history_want(struct history *h, int from, int to)
{
	int first = history_first(h);
	from = from < first ? first : from;
	while (from < to && find_chunk(h, from))
		from++;
	while (to > from && find_chunk(h, to - 1))
		to--;
	if (from >= to)
		return 1;
	if (h->asking)
		return 0;
	if (!h->ready)
		return ERR_CLOSED;
	h->from = from;
	h->to = to - from > HISTORY_ROWS_MAX ? from + HISTORY_ROWS_MAX : to;
	for (int line = from; line < h->to; line++) {
		if (find_chunk(h, line))
			h->to = line;
	}
	widen(h);
	h->tries = 0;
	ask(h);
	return h->asking ? 0 : ERR_CLOSED;
}

void
history_beat(struct history *h)
{
	if (h->asking)
		return;
	/* Before the first answer: all that one needs. */
	if (!h->ready) {
		int above = h->rows < SCREEN_MAX_ROWS - h->rows ? h->rows
								: SCREEN_MAX_ROWS - h->rows;
		h->from = -above;
		h->to = 0;
		h->asking = h->ops->fetch(h->ctx, -above, above + h->rows, on_lines, h) >= 0;
		return;
	}
	h->from = h->to = 0;
	h->asking = h->ops->fetch(h->ctx, h->rows - 1, 1, on_lines, h) >= 0;
}

struct history *
history_new(const struct screen *now, const struct history_ops *ops, void *ctx)
{
	struct history *h = MEM_NEW(struct history);
	*h = (struct history){
		.ops = ops, .ctx = ctx, .cols = screen_cols(now), .rows = screen_rows(now)};
	h->chunks = mem_room(NULL, 0, sizeof(*h->chunks));
	h->count = 1;
	h->chunks[0] = (struct chunk){0, h->rows, 0, screen_copy(now),
		mem_alloc_array((size_t)h->rows, sizeof(bool))};
	for (int y = 0; y < h->rows; y++)
		h->chunks[0].wraps[y] = screen_row_wraps(now, y);
	history_beat(h);
	return h;
}

void
history_free(struct history *h)
{
	if (!h)
		return;
	h->closed = true;
	if (!h->asking)
		destroy(h);
}
