/* SPDX-License-Identifier: MIT */
/*
 * The past of a terminal, against a tmux that is played here: lines stay what they are while
 * more are printed, while old ones are dropped, and while the answer is on its way; and the
 * text of what is selected in them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_past.h"
#include "cockpit/term_screen.h"
#include "ui/span.h"

#define ROWS      6
#define LINES_MAX 6000

/* tmux: all lines from the oldest that it has, the last ROWS of them on the screen. */
static struct {
	char *lines[LINES_MAX];
	bool wraps[LINES_MAX];
	int count, limit, cols;
} there;
static int cols; /* of the screen */
static struct history *h;
static enum history_news heard;
static int news_count, fetches, lines_told;
static bool refuses;
/* The question that is under way. */
static struct {
	pilot_history_fn *done; /* NULL: none */
	void *ctx;
	int first, rows;
} asked;

static int
on_fetch(void *ctx, int first, int rows, pilot_history_fn *done, void *done_ctx)
{
	(void)ctx;
	if (refuses)
		return ERR_CLOSED;
	assert_null(asked.done);
	assert_in_range(rows, 1, SCREEN_MAX_ROWS);
	fetches++;
	asked.done = done;
	asked.ctx = done_ctx;
	asked.first = first;
	asked.rows = rows;
	return 0;
}

static void
on_news(void *ctx, enum history_news news)
{
	(void)ctx;
	heard = news;
	news_count++;
}

static void
print_wrapped(const char *line, bool wraps)
{
	int past = there.count - ROWS;
	if (past >= there.limit) {
		int part = there.limit / 10;
		for (int i = 0; i < part; i++)
			mem_free(there.lines[i]);
		there.count -= part;
		memmove(there.lines, there.lines + part, (size_t)there.count * sizeof(char *));
		memmove(there.wraps, there.wraps + part, (size_t)there.count * sizeof(bool));
	}
	there.wraps[there.count] = wraps;
	there.lines[there.count++] = mem_strdup(line);
}

static void
print_lines(int from, int to)
{
	for (int i = from; i < to; i++) {
		char line[32];
		snprintf(line, sizeof(line), "line %d", i);
		print_wrapped(line, false);
	}
}

static int
within(int line)
{
	return line < 0 ? 0 : line >= there.count ? there.count - 1 : line;
}

/* As tmux does it now. */
static void
answer(void)
{
	struct buf text = BUF_INIT, joined = BUF_INIT;
	pilot_history_fn *done = asked.done;
	int total = there.count - ROWS;
	int first = within(total + asked.first),
	    last = within(total + asked.first + asked.rows - 1);
	assert_non_null(done);
	asked.done = NULL;
	for (int i = first; i <= last; i++) {
		buf_printf(&text, "%s%s", i > first ? "\n" : "", there.lines[i]);
		buf_addc(&joined, there.lines[i]);
		if (i < last && !there.wraps[i])
			buf_byte(&joined, '\n');
	}
	lines_told += last - first + 1;
	const struct agent_past past = {.total = total,
		.limit = there.limit,
		.cols = there.cols,
		.rows = ROWS,
		.first = first,
		.count = last - first + 1,
		.text = buf_str(&text),
		.joined = buf_str(&joined)};
	done(asked.ctx, 0, &past);
	buf_release(&text);
	buf_release(&joined);
}

/* What the cockpit's own screen shows: the same. */
static void
begin(void)
{
	static const struct history_ops ops = {.fetch = on_fetch, .news = on_news};
	struct screen *now = screen_new(cols, ROWS, NULL, NULL);
	for (int i = there.count - ROWS; i < there.count; i++) {
		screen_feed(now, str_from(there.lines[i]));
		screen_feed(now, i + 1 < there.count ? STR("\r\n") : STR(""));
	}
	h = history_new(now, &ops, NULL);
	screen_free(now);
}

static int
setup(void **state)
{
	(void)state;
	there.limit = 2000;
	there.cols = cols = 20;
	refuses = false;
	news_count = fetches = lines_told = 0;
	return 0;
}

static int
teardown(void **state)
{
	static const struct agent_past nothing;
	(void)state;
	history_free(h);
	h = NULL;
	if (asked.done)
		asked.done(asked.ctx, ERR_CANCELED, &nothing);
	asked.done = NULL;
	while (there.count > 0)
		mem_free(there.lines[--there.count]);
	return 0;
}

static const char *
line_at(int line)
{
	static struct buf text;
	struct history_line row;
	struct line_text t;
	buf_clear(&text);
	if (!history_line(h, line, &row))
		return NULL;
	line_text(&row, history_cols(h), &t);
	buf_add(&text, str_trim(buf_str(&t.text)));
	line_text_release(&t);
	return buf_cstr(&text);
}

/* Answers until it is here. */
static const char *
fetch(int line)
{
	for (int i = 0; i < 20 && history_want(h, line, line + 1) == 0; i++)
		answer();
	return line_at(line);
}

static void
test_reads(void **state)
{
	(void)state;
	print_lines(0, 500);
	begin();
	/* What was on the screen is here before anybody has answered. */
	assert_false(history_ready(h));
	assert_string_equal(line_at(0), "line 494");
	assert_string_equal(line_at(5), "line 499");
	assert_null(line_at(-1));
	answer();
	assert_int_equal(heard, HISTORY_LOADED);
	assert_true(history_ready(h));
	assert_int_equal(history_first(h), -494);
	assert_int_equal(history_end(h), ROWS);
	assert_string_equal(line_at(-1), "line 493");
	assert_string_equal(line_at(-ROWS), "line 488");
	assert_string_equal(fetch(-494), "line 0");
	assert_null(line_at(-300));
	assert_string_equal(fetch(-300), "line 194");
	/* What is here is not asked for again. */
	int before = fetches;
	assert_int_equal(history_want(h, -300, -299), 1);
	assert_int_equal(history_want(h, -2000, -490), 1);
	assert_int_equal(fetches, before);
}

/* The agent prints before it is asked, while it is, and after. */
static void
test_moves_on(void **state)
{
	(void)state;
	print_lines(0, 500);
	begin();
	print_lines(500, 503);
	answer();
	assert_string_equal(line_at(0), "line 494");
	assert_int_equal(history_first(h), -494);
	assert_string_equal(fetch(-1), "line 493");
	for (int i = 503; i < 1000; i += 7) {
		int line = -(i * 31 % 494) - 1;
		char want[32];
		snprintf(want, sizeof(want), "line %d", 494 + line);
		print_lines(i, i + 3);
		if (history_want(h, line, line + 1) == 0) {
			print_lines(i + 3, i + 7);
			answer();
		} else {
			print_lines(i + 3, i + 7);
		}
		assert_string_equal(fetch(line), want);
	}
	assert_string_equal(line_at(0), "line 494");
}

/* More comes in the time of an answer than was asked for. */
static void
test_floods(void **state)
{
	int printed = 500;
	(void)state;
	there.limit = 100000;
	print_lines(0, 500);
	begin();
	answer();
	assert_int_equal(history_want(h, -250, -249), 0);
	for (int i = 0; i < 6 && asked.done; i++, printed += 150) {
		print_lines(printed, printed + 150);
		answer();
	}
	assert_string_equal(line_at(-250), "line 244");
	assert_int_equal(heard, HISTORY_LOADED);
	/* There is an end to that. */
	assert_int_equal(history_want(h, -450, -449), 0);
	for (; asked.done; printed += 500) {
		print_lines(printed, printed + 500);
		answer();
	}
	assert_int_equal(heard, HISTORY_OUTRUN);
	assert_null(line_at(-450));
}

/* tmux drops its oldest tenth: no line is taken for another one. */
static void
test_drops(void **state)
{
	(void)state;
	print_lines(0, 1990);
	begin();
	answer();
	assert_int_equal(history_first(h), -1984);
	assert_string_equal(fetch(-1984), "line 0");
	print_lines(1990, 2080);
	assert_string_equal(fetch(-1000), "line 984");
	assert_int_equal(history_first(h), -1784);
	assert_string_equal(fetch(-1784), "line 200");
	/* Those that are here stay. */
	assert_string_equal(line_at(-1984), "line 0");
	/* What another answer says counts as well. */
	for (int i = 2080; i < 2480; i += 80) {
		print_lines(i, i + 80);
		history_note(h, there.count - ROWS, there.limit);
	}
	assert_int_equal(history_first(h), -1384);
	assert_string_equal(fetch(-1200), "line 784");
	assert_int_equal(history_from_host(h, history_to_host(h, -700)), -700);
	assert_string_equal(there.lines[history_to_host(h, -700)], "line 1284");
	/* So many that more than one part may be gone. */
	print_lines(2480, 2680);
	print_lines(2680, 2840);
	assert_null(fetch(-800));
	assert_string_equal(line_at(-1), "line 1983");
}

/* A program has the past cleared: what is not here cannot be had. */
static void
test_clears(void **state)
{
	(void)state;
	print_lines(0, 500);
	begin();
	answer();
	for (int i = 0; i < 494; i++)
		mem_free(there.lines[i]);
	memmove(there.lines, there.lines + 494, ROWS * sizeof(char *));
	there.count = ROWS;
	print_lines(500, 520);
	assert_null(fetch(-400));
	assert_int_equal(history_first(h), -ROWS);
	assert_string_equal(line_at(-1), "line 493");
	assert_string_equal(line_at(0), "line 494");
}

static void
test_goes_wrong(void **state)
{
	static const struct agent_past nothing;
	pilot_history_fn *done;
	(void)state;
	print_lines(0, 50);
	begin();
	done = asked.done;
	asked.done = NULL;
	done(asked.ctx, ERR_CLOSED, &nothing);
	assert_int_equal(heard, HISTORY_FAILED);
	assert_false(history_ready(h));
	assert_int_equal(history_first(h), 0);
	/* It is tried again. */
	refuses = true;
	history_beat(h);
	assert_null(asked.done);
	refuses = false;
	history_beat(h);
	answer();
	assert_true(history_ready(h));
	refuses = true;
	assert_true(history_want(h, -44, -43) < 0);
	refuses = false;
	assert_int_equal(history_want(h, -44, -43), 0);
	there.cols = 30;
	answer();
	assert_int_equal(heard, HISTORY_RESIZED);
	/* It may be left while it waits. */
	history_beat(h);
	assert_non_null(asked.done);
}

/* Not all of a long past is kept. */
static void
test_bounds(void **state)
{
	(void)state;
	there.limit = 100000;
	there.cols = cols = SCREEN_MAX_COLS;
	print_lines(0, LINES_MAX - 10);
	begin();
	answer();
	for (int line = -1; line > history_first(h); line -= 50)
		assert_non_null(fetch(line));
	assert_string_equal(line_at(history_first(h)), "line 0");
	assert_true(lines_told < 2 * LINES_MAX);
	/* Those furthest away went, but not what was on the screen. */
	assert_null(line_at(-1000));
	assert_non_null(line_at(0));
	assert_string_equal(fetch(-1000), "line 4984");
}

/* --- the text of it --- */

static const char *
text_of(struct span span)
{
	static struct buf text;
	buf_clear(&text);
	for (int line = span.line; line <= span.end_line; line++)
		assert_true(span_add(&span, h, line, &text));
	return buf_cstr(&text);
}

static void
begin_text(void)
{
	print_lines(0, 30);
	print_wrapped("a long line of words", true);
	print_wrapped("that the terminal wr", true);
	print_wrapped("apped", false);
	print_wrapped("日本語と日本語と日x", true); /* 19 columns: the next one had no room */
	print_wrapped("本", false);
	print_wrapped(
		"e\xcc\x81 \xf0\x9f\x98\x80 \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x94\xac.   ",
		false);
	print_wrapped("", false);
	print_wrapped("  two", false);
	print_lines(30, 36);
	begin();
	answer();
	fetch(-8);
}

static void
test_text(void **state)
{
	(void)state;
	begin_text();
	/* -8: "a long line …" */
	assert_string_equal(line_at(-8), "a long line of words");
	assert_string_equal(text_of(span_of(SPAN_CHARS, -8, 2, -6, 4)),
		"long line of wordsthat the terminal wrapped");
	assert_string_equal(
		text_of(span_of(SPAN_CHARS, -6, 1, -8, 16)), "ordsthat the terminal wrap");
	assert_string_equal(text_of(span_of(SPAN_LINES, -6, 3, -8, 9)),
		"a long line of wordsthat the terminal wrapped");
	assert_string_equal(
		text_of(span_of(SPAN_CHARS, -5, 0, -4, 9)), "日本語と日本語と日x本");
	/* Half of a character is all of it. */
	assert_string_equal(text_of(span_of(SPAN_CHARS, -5, 3, -5, 4)), "本語");
	assert_string_equal(text_of(span_of(SPAN_CHARS, -3, 0, -3, 0)), "e\xcc\x81");
	assert_string_equal(text_of(span_of(SPAN_CHARS, -3, 2, -3, 2)), "\xf0\x9f\x98\x80");
	assert_string_equal(text_of(span_of(SPAN_CHARS, -3, 0, -1, 19)),
		"e\xcc\x81 \xf0\x9f\x98\x80 \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x94\xac.\n\n  "
		"two");
	assert_string_equal(text_of(span_of(SPAN_BLOCK, -1, 4, 1, 2)), "two\nne\nne");
	assert_string_equal(text_of(span_of(SPAN_BLOCK, -8, 0, -7, 5)), "a long\nthat t");
	/* Both of the screen and of what was before it. */
	assert_string_equal(text_of(span_of(SPAN_CHARS, -1, 2, 1, 3)), "two\nline 30\nline");
}

/* What is printed while it is selected changes nothing of it. */
static void
test_text_stays(void **state)
{
	(void)state;
	begin_text();
	print_lines(36, 90);
	history_beat(h);
	answer();
	assert_string_equal(fetch(-20), "line 18");
	assert_string_equal(text_of(span_of(SPAN_CHARS, -8, 2, -6, 4)),
		"long line of wordsthat the terminal wrapped");
	assert_string_equal(text_of(span_of(SPAN_LINES, 4, 0, 5, 0)), "line 34\nline 35");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_reads),
		CASE(test_moves_on),
		CASE(test_floods),
		CASE(test_drops),
		CASE(test_clears),
		CASE(test_goes_wrong),
		CASE(test_bounds),
		CASE(test_text),
		CASE(test_text_stays),
	};
	text_init();
	return cmocka_run_group_tests_name("ui_history", tests, NULL, NULL);
}
