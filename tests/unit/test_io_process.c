/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_link.h"
#include "cockpit/io_loop.h"
#include "cockpit/io_process.h"

#define DEADLINE_MS 20000

static struct loop *loop;
static struct loop_timer *tick;

/* What came of one stream. */
struct child {
	struct stream *stream;
	struct buf out, errout;
	size_t out_bytes;
	bool count_only;
	int closed, drained;
	int code, signal, err;
	bool close_in_out; /* stream_close() from inside of its callback */
};

static void
on_tick(void *ctx)
{
	(void)ctx;
}

static int
setup(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as main() does */
	loop = loop_new();
	tick = loop_timer_new(loop, on_tick, NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	loop_timer_free(tick);
	loop_free(loop);
	return 0;
}

static void
on_out(void *ctx, struct str bytes)
{
	struct child *child = ctx;
	assert_int_equal(child->closed, 0);
	child->out_bytes += bytes.len;
	if (!child->count_only)
		buf_add(&child->out, bytes);
	if (child->close_in_out)
		stream_close(child->stream);
}

static void
on_errout(void *ctx, struct str bytes)
{
	struct child *child = ctx;
	buf_add(&child->errout, bytes);
}

static void
on_closed(void *ctx, const struct stream_exit *end)
{
	struct child *child = ctx;
	child->closed++;
	child->code = end->code;
	child->signal = end->signal;
	child->err = end->err ? end->err->code : 0;
}

static void
on_drained(void *ctx)
{
	struct child *child = ctx;
	child->drained++;
}

static const struct stream_ops ops = {
	.out = on_out, .errout = on_errout, .closed = on_closed, .drained = on_drained};

static void
start(struct child *child, const char *script)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	struct err err = ERR_INIT;
	child->stream = process_open(loop, argv, NULL, &ops, child, &err);
	if (!child->stream)
		fail_msg("%s: %s", script, err.text);
	assert_int_equal(child->closed, 0);
}

static void
turn(void)
{
	loop_timer_set(tick, 20);
	loop_turn(loop, true);
}

#define UNTIL(cond)                                                          \
	do {                                                                 \
		int64_t until_ = clock_ms() + DEADLINE_MS;                   \
		while (!(cond)) {                                            \
			if (clock_ms() > until_)                             \
				fail_msg("line %d: no %s", __LINE__, #cond); \
			turn();                                              \
		}                                                            \
	} while (0)

static void
finish(struct child *child)
{
	UNTIL(child->closed);
	turn();
	assert_int_equal(child->closed, 1);
}

static void
release(struct child *child)
{
	buf_release(&child->out);
	buf_release(&child->errout);
	*child = (struct child){0};
}

static void
test_endings(void **state)
{
	static const struct {
		const char *script;
		int code, signal;
		const char *out, *errout;
	} rows[] = {
		{"exit 0",                          0,   0,  "",      ""     },
		{"exit 7",                          7,   0,  "",      ""     },
		{"exit 255",                        255, 0,  "",      ""     },
		{"kill -9 $$",                      -1,  9,  "",      ""     },
		{"kill -15 $$",                     -1,  15, "",      ""     },
		{"echo out; echo err >&2; exit 3",  3,   0,  "out\n", "err\n"},
		{"exec >&-; exec 2>&-; exit 4",     4,   0,  "",      ""     },
		{"printf 'a\\000b' | tr '\\000' x", 0,   0,  "axb",   ""     },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct child child = {0};
		start(&child, rows[i].script);
		finish(&child);
		assert_int_equal(child.code, rows[i].code);
		assert_int_equal(child.signal, rows[i].signal);
		assert_int_equal(child.err, 0);
		assert_string_equal(buf_cstr(&child.out), rows[i].out);
		assert_string_equal(buf_cstr(&child.errout), rows[i].errout);
		release(&child);
	}
}

static void
test_cannot_start(void **state)
{
	const char *const missing[] = {"cockpit-no-such-program", NULL};
	const char *const folder[] = {"/tmp", NULL};
	const char *const fine[] = {"true", NULL};
	struct child child = {0};
	struct err err = ERR_INIT;
	(void)state;
	assert_null(process_open(loop, missing, NULL, &ops, &child, &err));
	assert_int_equal(err.code, ERR_MISSING);
	assert_non_null(strstr(err.text, "cockpit-no-such-program"));
	assert_null(process_open(loop, folder, NULL, &ops, &child, &err));
	assert_int_equal(err.code, ERR_IO);
	assert_null(process_open(loop, fine, "/no/such/folder", &ops, &child, &err));
	turn();
	assert_int_equal(child.closed, 0);
}

/* 20 MB there and back, in pieces, held up by the queue's limit. */
static void
test_both_ways(void **state)
{
	enum { PIECE = 1 << 20, TOTAL = 20 << 20 };
	struct child child = {.count_only = true};
	size_t sent = 0;
	char *piece = mem_alloc(PIECE);
	bool refused = false;
	(void)state;
	memset(piece, 'x', PIECE);
	start(&child, "exec cat");
	while (sent < TOTAL) {
		int rc = stream_write(child.stream, (struct str){piece, PIECE});
		if (rc == 0) {
			sent += PIECE;
			continue;
		}
		assert_int_equal(rc, ERR_LIMIT);
		assert_true(stream_pending(child.stream) <= STREAM_QUEUE_MAX);
		refused = true;
		turn();
	}
	assert_true(refused);
	UNTIL(child.drained > 0 && stream_pending(child.stream) == 0);
	stream_shutdown(child.stream);
	assert_int_equal(stream_write(child.stream, STR("late")), ERR_CLOSED);
	finish(&child);
	assert_int_equal(child.code, 0);
	assert_int_equal(child.out_bytes, TOTAL);
	mem_free(piece);
}

static void
test_too_much_at_once(void **state)
{
	struct child child = {0};
	char *piece = mem_alloc(STREAM_QUEUE_MAX + 1);
	(void)state;
	start(&child, "exec wc -c");
	assert_int_equal(stream_write(child.stream, (struct str){piece, STREAM_QUEUE_MAX + 1}),
		ERR_LIMIT);
	assert_int_equal(stream_write(child.stream, STR("")), 0);
	assert_int_equal(stream_write(child.stream, STR("12345")), 0);
	stream_shutdown(child.stream);
	stream_shutdown(child.stream);
	finish(&child);
	assert_int_equal(atoi(buf_cstr(&child.out)), 5);
	mem_free(piece);
	release(&child);
}

/* What a child does not read is no reason to die. */
static void
test_write_to_the_dead(void **state)
{
	struct child child = {0};
	(void)state;
	start(&child, "exec <&-; echo closed; sleep 0.3");
	UNTIL(child.out.len > 0);
	for (int i = 0; i < 10; i++)
		(void)stream_write(child.stream, STR("anybody?"));
	finish(&child);
	assert_int_equal(child.code, 0);
	release(&child);
}

static void
test_pause(void **state)
{
	struct child child = {.count_only = true};
	(void)state;
	start(&child, "head -c 3000000 /dev/zero; exec sleep 100");
	UNTIL(child.out_bytes > 0);
	stream_pause(child.stream, true);
	size_t before = child.out_bytes;
	for (int i = 0; i < 10; i++)
		turn();
	assert_int_equal(child.out_bytes, before);
	assert_true(before < 3000000);
	stream_pause(child.stream, false);
	UNTIL(child.out_bytes == 3000000);
	/* A paused one can be closed, too. */
	stream_pause(child.stream, true);
	stream_close(child.stream);
	finish(&child);
	assert_int_equal(child.err, ERR_CANCELED);
}

static void
test_close(void **state)
{
	int64_t took = INT64_MAX;
	(void)state;
	/* The soft signal is enough for it; on a machine that is busy just then it may look
	 * otherwise. */
	for (int i = 0; i < 3 && took >= 1500; i++) {
		struct child child = {0};
		int64_t start_at = clock_ms();
		start(&child, "exec sleep 100");
		stream_close(child.stream);
		stream_close(child.stream);
		assert_int_equal(child.closed, 0); /* never from inside */
		assert_int_equal(stream_write(child.stream, STR("x")), ERR_CLOSED);
		finish(&child);
		assert_int_equal(child.err, ERR_CANCELED);
		assert_int_equal(child.code, -1);
		took = clock_ms() - start_at;
	}
	assert_true(took < 1500);
}

/* The whole group goes, children of the child too. */
static void
test_close_stubborn(void **state)
{
	struct child child = {0};
	(void)state;
	start(&child, "trap '' TERM; sleep 100 & echo $!; while :; do sleep 1; done");
	UNTIL(child.out.len > 0);
	pid_t grandchild = (pid_t)atoi(buf_cstr(&child.out));
	int64_t start_at = clock_ms();
	assert_true(grandchild > 1);
	stream_close(child.stream);
	finish(&child);
	int64_t took = clock_ms() - start_at;
	assert_int_equal(child.err, ERR_CANCELED);
	assert_true(took >= 1900 && took < 10000);
	UNTIL(kill(grandchild, 0) < 0);
	release(&child);
}

static void
test_close_in_callback(void **state)
{
	struct child child = {.close_in_out = true};
	(void)state;
	start(&child, "while :; do echo more; done");
	finish(&child);
	assert_int_equal(child.err, ERR_CANCELED);
	release(&child);
}

/* One that stays behind with our pipe does not keep us waiting for ever. */
static void
test_grandchild_holds_pipe(void **state)
{
	struct child child = {0};
	int64_t start_at = clock_ms();
	(void)state;
	start(&child, "sleep 30 & echo said; exit 5");
	finish(&child);
	assert_int_equal(child.code, 5);
	assert_int_equal(child.err, 0);
	assert_string_equal(buf_cstr(&child.out), "said\n");
	assert_true(clock_ms() - start_at < 10000);
	release(&child);
}

static void
test_environment(void **state)
{
	struct child child = {0};
	(void)state;
	setenv("TMUX", "/tmp/x,1,0", 1);
	setenv("TMUX_PANE", "%1", 1);
	setenv("TMUX_TMPDIR", "/tmp", 1);
	start(&child, "echo \"${TMUX-none} ${TMUX_PANE-none} $TMUX_TMPDIR\"");
	finish(&child);
	assert_string_equal(buf_cstr(&child.out), "none none /tmp\n");
	release(&child);
	unsetenv("TMUX");
	unsetenv("TMUX_PANE");
	unsetenv("TMUX_TMPDIR");
}

static void
test_folder(void **state)
{
	const char *const argv[] = {"pwd", NULL};
	struct child child = {0};
	(void)state;
	child.stream = process_open(loop, argv, "/", &ops, &child, NULL);
	assert_non_null(child.stream);
	finish(&child);
	assert_string_equal(buf_cstr(&child.out), "/\n");
	release(&child);
}

/* --- this machine as a link --- */

static int ready, link_closed;

static void
on_ready(void *ctx)
{
	(void)ctx;
	ready++;
}

static void
on_link_closed(void *ctx, const struct err *why)
{
	(void)ctx;
	(void)why;
	link_closed++;
}

static const struct link_ops link_ops = {.ready = on_ready, .closed = on_link_closed};

static void
test_link(void **state)
{
	const char *const argv[] = {
		"sh", "-c", "printf '%s|' \"$@\"", "sh", "a b", "$HOME", "'", "\n", "", NULL};
	const char *const sleeper[] = {"sleep", "100", NULL};
	struct child child = {0}, others[2] = {0};
	struct err err = ERR_INIT;
	(void)state;
	ready = link_closed = 0;
	struct link *link = link_local_new(loop, &link_ops, NULL);
	assert_int_equal(ready, 0);
	assert_null(link_open(link, argv, &ops, &child, &err));
	assert_int_equal(err.code, ERR_CLOSED);
	UNTIL(ready);
	child.stream = link_open(link, argv, &ops, &child, &err);
	assert_non_null(child.stream);
	finish(&child);
	assert_string_equal(buf_cstr(&child.out), "a b|$HOME|'|\n||");
	release(&child);
	/* Streams that are open when it goes are closed, each once. */
	for (int i = 0; i < 2; i++)
		others[i].stream = link_open(link, sleeper, &ops, &others[i], &err);
	link_free(link);
	for (int i = 0; i < 2; i++) {
		finish(&others[i]);
		assert_int_equal(others[i].err, ERR_CANCELED);
	}
	assert_int_equal(ready, 1);
	assert_int_equal(link_closed, 0);
	link_free(NULL);
}

static void
test_link_goes_early(void **state)
{
	(void)state;
	ready = 0;
	link_free(link_local_new(loop, &link_ops, NULL));
	turn();
	assert_int_equal(ready, 0);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_endings),
		EACH(test_cannot_start),
		EACH(test_both_ways),
		EACH(test_too_much_at_once),
		EACH(test_write_to_the_dead),
		EACH(test_pause),
		EACH(test_close),
		EACH(test_close_stubborn),
		EACH(test_close_in_callback),
		EACH(test_grandchild_holds_pipe),
		EACH(test_environment),
		EACH(test_folder),
		EACH(test_link),
		EACH(test_link_goes_early),
	};
	return cmocka_run_group_tests_name("io_process", tests, NULL, NULL);
}
