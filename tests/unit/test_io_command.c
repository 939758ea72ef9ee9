/* SPDX-License-Identifier: MIT */
/* A host behind a program, tried on real processes: boxes are little shell commands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/io_command.h"
#include "cockpit/io_loop.h"
#include "live_link.h"

#define HELLO "hello-there\n"

static char dir[64];

static void
reach(struct peer *peer, const char *const words[], const char *hello)
{
	int64_t deadline = clock_ms() + DEADLINE_MS;
	*peer = (struct peer){0};
	peer->link = link_command_new(loop, words, hello, &link_ops, peer);
	assert_false(peer->ready || peer->closed);
	while (!peer->ready && !peer->closed)
		turn(deadline);
}

static void
reach_well(struct peer *peer, const char *const words[], const char *hello)
{
	reach(peer, words, hello);
	if (!peer->ready)
		fail_msg("%s", peer->why.text);
}

/* Each word, then what comes in. */
static const char show[] = "for word; do printf '<%s>' \"$word\"; done; cat";

static const char *const box[] = {
	"env", "-i", "PATH=/usr/bin:/bin", "BOX=one", "sh", "-c", "exec \"$@\"", "box", NULL};
static const char *const joined[] = {"sh", "-c", "eval \"$1\"", "box", "{command}", NULL};
static const char *const prefixed[] = {
	"sh", "-c", "eval \"$1\"", "box", "BOX=one; exec {command}", NULL};

static void
test_words_arrive(void **state)
{
	static const char *const *const boxes[] = {box, joined, prefixed};
	static char all[256];
	(void)state;
	for (int i = 1; i < 256; i++)
		all[i - 1] = (char)i;
	const char *argv[] = {"sh", "-c", show, "show", "", "a'b \"c\" $HOME `id` \\n", all,
		"{command}", "-x", NULL};
	for (size_t i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++) {
		struct peer peer;
		struct child child;
		struct buf want = BUF_INIT;
		buf_printf(&want, "<><a'b \"c\" $HOME `id` \\n><%s><{command}><-x>in", all);
		reach_well(&peer, boxes[i], NULL);
		start(&child, &peer, argv);
		assert_int_equal(stream_write(child.stream, STR("in")), 0);
		stream_shutdown(child.stream);
		wait_for(&child.done);
		assert_out(&child, buf_cstr(&want));
		assert_int_equal(child.code, 0);
		assert_true(child.drained);
		release(&child);
		buf_release(&want);
		link_free(peer.link);
	}
}

static void
test_it_is_in_the_box(void **state)
{
	struct peer peer;
	struct child child;
	(void)state;
	reach_well(&peer, box, NULL);
	assert_string_equal(
		peer.note, "through env -i PATH=/usr/bin:/bin BOX=one sh -c exec \"$@\" box");
	start_script(&child, &peer, "echo $BOX$HOME; echo bad >&2; exit 42");
	wait_for(&child.done);
	assert_out(&child, "one\n");
	assert_string_equal(buf_cstr(&child.errout), "bad\n");
	assert_int_equal(child.code, 42);
	release(&child);
	link_free(peer.link);
}

static void
test_dead_boxes(void **state)
{
	static const struct {
		const char *words[4];
		int code;
		const char *part;
	} rows[] = {
		{{"sh", "-c", "printf 'Error: no such\\n\\n box \\033[1m\\n' >&2; exit 125",
			 NULL},
                 ERR_IO,							 "ended with status 125: Error: no such; box ^[[1m"},
		{{"sh", "-c", "echo only on stdout; exit 1", NULL}, ERR_IO,
                 "status 1: only on stdout"											},
		{{"sh", "-c", "kill -9 $$", NULL},                  ERR_IO,      "was ended by a signal"                           },
		{{"false", NULL},				   ERR_IO,      "false ended with status 1"                       },
		{{"/no/such/program", "exec", "box", NULL},         ERR_MISSING, "/no/such/program"                                },
		{{"no-such-program-either", NULL},                  ERR_MISSING, "no-such-program-either"                          },
	};
	struct err err = ERR_INIT;
	const char *argv[] = {"true", NULL};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer peer;
		reach(&peer, rows[i].words, NULL);
		assert_true(peer.closed);
		assert_says(&peer.why, rows[i].code, rows[i].part);
		assert_null(link_open(peer.link, argv, &stream_ops, NULL, &err));
		assert_int_equal(err.code, ERR_CLOSED);
		link_free(peer.link);
	}
}

/* A program that says more than anyone reads. */
static void
test_a_long_complaint(void **state)
{
	static const char *const words[] = {
		"sh", "-c", "yes moan | head -c 300000 >&2; exit 3", NULL};
	struct peer peer;
	(void)state;
	reach(&peer, words, NULL);
	assert_says(&peer.why, ERR_IO, "status 3: moan; moan");
	assert_true(strlen(peer.why.text) < 800);
	link_free(peer.link);
}

/* What it said is read as soon as it is there; then only the clock is waited for. */
static void
test_a_box_that_does_not_answer(void **state)
{
	char script[192], said[96];
	const char *const words[] = {"sh", "-c", script, NULL};
	int64_t deadline = clock_ms() + DEADLINE_MS;
	struct peer peer = {0};
	(void)state;
	snprintf(said, sizeof(said), "%s/said", dir);
	snprintf(script, sizeof(script), "echo waiting >&2; : >%s; exec sleep 1000", said);
	int64_t began = clock_ms();
	peer.link = link_command_new(loop, words, NULL, &link_ops, &peer);
	while (!path_exists(said))
		turn(deadline);
	turn(deadline);
	clock_skip(began + 14000 - clock_ms());
	turn(deadline);
	assert_false(peer.closed);
	clock_skip(began + 15000 - clock_ms());
	while (!peer.closed)
		turn(deadline);
	assert_false(peer.ready);
	assert_says(&peer.why, ERR_TIMEOUT, "no answer in time: waiting");
	link_free(peer.link);
	unlink(said);
}

/* It takes a moment, and then it is there. */
static void
test_a_slow_box(void **state)
{
	static const char *const words[] = {"sh", "-c", "sleep 1; exec \"$@\"", "box", NULL};
	struct peer peer;
	(void)state;
	reach_well(&peer, words, NULL);
	link_free(peer.link);
}

static size_t
count_files(const char *pattern)
{
	char command[200];
	int count = -1;
	snprintf(command, sizeof(command), "ls %s/%s 2>/dev/null | wc -l", dir, pattern);
	FILE *pipe = popen(command, "r");
	assert_non_null(pipe);
	assert_int_equal(fscanf(pipe, "%d", &count), 1);
	pclose(pipe);
	return (size_t)count;
}

static void
test_eight_at_a_time(void **state)
{
	struct peer peer;
	struct child children[12];
	char script[200];
	(void)state;
	snprintf(script, sizeof(script), "echo >%s/run.$$; cat; rm %s/run.$$", dir, dir);
	reach_well(&peer, box, NULL);
	for (size_t i = 0; i < 12; i++) {
		start_script(&children[i], &peer, script);
		assert_int_equal(stream_write(children[i].stream, STR("hello")), 0);
	}
	assert_int_equal(stream_pending(children[11].stream), 5);
	int64_t deadline = clock_ms() + DEADLINE_MS;
	while (count_files("run.*") < 8)
		turn(deadline);
	for (int i = 0; i < 5; i++)
		turn(deadline);
	assert_int_equal(count_files("run.*"), 8);
	/* One that waits can be given up, and one that runs makes room. */
	stream_close(children[10].stream);
	assert_false(children[10].done);
	wait_for(&children[10].done);
	assert_int_equal(children[10].err.code, ERR_CANCELED);
	for (size_t i = 0; i < 12; i++)
		if (i != 10)
			stream_shutdown(children[i].stream);
	for (size_t i = 0; i < 12; i++) {
		wait_for(&children[i].done);
		if (i != 10) {
			assert_out(&children[i], "hello");
			assert_int_equal(children[i].code, 0);
		}
		release(&children[i]);
	}
	assert_int_equal(count_files("run.*"), 0);
	link_free(peer.link);
}

/* Closing ends what the program started as well; the link's end does so for all, also for those
 * that wait. */
static void
test_nothing_is_left(void **state)
{
	struct peer peer;
	struct child child, many[12];
	int pid, second;
	(void)state;
	reach_well(&peer, box, NULL);
	start_script(&child, &peer, "sleep 1000 & echo $$ $!; wait");
	int64_t deadline = clock_ms() + DEADLINE_MS;
	while (sscanf(buf_cstr(&child.out), "%d %d\n", &pid, &second) != 2)
		turn(deadline);
	stream_close(child.stream);
	wait_for(&child.done);
	assert_int_equal(child.err.code, ERR_CANCELED);
	while (kill(pid, 0) == 0 || kill(second, 0) == 0)
		turn(deadline);
	release(&child);
	for (size_t i = 0; i < 12; i++)
		start_script(&many[i], &peer, "echo $$; exec cat");
	while (many[7].out.len == 0)
		turn(deadline);
	link_free(peer.link);
	for (size_t i = 0; i < 12; i++)
		assert_false(many[i].done); /* never from inside the call */
	for (size_t i = 0; i < 12; i++) {
		wait_for(&many[i].done);
		assert_int_equal(many[i].err.code, ERR_CANCELED);
		if (sscanf(buf_cstr(&many[i].out), "%d", &pid) == 1)
			assert_int_equal(kill(pid, 0), -1);
		release(&many[i]);
	}
}

static void
test_freed_while_coming_up(void **state)
{
	(void)state;
	for (int turns = 0; turns < 8; turns++) {
		struct peer peer = {0};
		peer.link = link_command_new(loop, box, NULL, &link_ops, &peer);
		for (int i = 0; i < turns && !peer.ready; i++)
			turn(clock_ms() + DEADLINE_MS);
		link_free(peer.link);
	}
}

static void
on_ready_free(void *ctx)
{
	struct peer *peer = ctx;
	on_ready(ctx);
	link_free(peer->link);
}

static void
on_note_free(void *ctx, const char *text)
{
	struct peer *peer = ctx;
	on_note(ctx, text);
	peer->closed = true;
	link_free(peer->link);
}

static void
test_freed_inside_callbacks(void **state)
{
	static const struct link_ops in_ready = {
		.ready = on_ready_free, .closed = on_link_closed};
	static const struct link_ops in_note = {
		.ready = on_ready, .closed = on_link_closed, .note = on_note_free};
	struct peer peer = {0};
	(void)state;
	peer.link = link_command_new(loop, box, NULL, &in_ready, &peer);
	wait_for(&peer.ready);
	peer = (struct peer){0};
	peer.link = link_command_new(loop, box, NULL, &in_note, &peer);
	wait_for(&peer.closed);
	assert_false(peer.ready);
}

/*
 * A program that is refused when $dir/room is full: as many lines may be in it. Noise stands
 * before the hello, and the hello comes in two pieces.
 */
static void
make_narrow(int room)
{
	char path[128],
		*text = mem_printf("#!/bin/sh\n"
				   "cd %s || exit 9\n"
				   "mine=\n"
				   "for i in $(seq %d); do mkdir place.$i 2>/dev/null && "
				   "mine=$i && break; done\n"
				   "test -n \"$mine\" || { echo 'no room' >&2; exit 255; }\n"
				   "printf 'noise\\nhello-'; printf warning >&2; sleep 0.1; "
				   "printf 'there\\n'\n"
				   "\"$@\"\n"
				   "status=$?\n"
				   "rmdir place.$mine\n"
				   "exit $status\n",
			dir, room);
	snprintf(path, sizeof(path), "%s/narrow", dir);
	assert_int_equal(path_write(path, str_from(text), 0700, NULL), 0);
	mem_free(text);
}

static void
test_refused_for_want_of_room(void **state)
{
	char path[128];
	const char *const words[] = {path, NULL};
	struct peer peer;
	struct child children[5];
	(void)state;
	snprintf(path, sizeof(path), "%s/narrow", dir);
	make_narrow(2);
	reach_well(&peer, words, HELLO);
	for (size_t i = 0; i < 5; i++) {
		start_script(&children[i], &peer, "cat; exit 3");
		assert_int_equal(stream_write(children[i].stream, STR("kept")), 0);
		if (i % 2)
			stream_shutdown(children[i].stream);
	}
	/* Whoever was first has the room, and keeps it until its input ends: the others are
	 * told of theirs while they wait, and have it when they run. */
	int64_t deadline = clock_ms() + DEADLINE_MS;
	for (size_t i = 0; children[i % 5].out.len == 0; i++)
		turn(deadline);
	for (size_t i = 0; i < 5; i += 2) /* the others may have ended */
		stream_shutdown(children[i].stream);
	for (size_t i = 0; i < 5; i++) {
		wait_for(&children[i].done);
		assert_int_equal(children[i].err.code, 0);
		assert_int_equal(children[i].code, 3);
		assert_out(&children[i], "noise\nkept");
		assert_string_equal(buf_cstr(&children[i].errout), "warning");
		release(&children[i]);
	}
	link_free(peer.link);
	/* With nobody else there it is not for want of room. */
	make_narrow(0);
	reach(&peer, words, HELLO);
	assert_true(peer.closed);
	assert_says(&peer.why, ERR_REMOTE,
		"it ended with status 255 before the command ran: no room");
	link_free(peer.link);
}

static void
test_the_way_is_lost(void **state)
{
	struct peer peer;
	struct child children[10];
	struct err why = ERR_INIT, err = ERR_INIT;
	const char *argv[] = {"true", NULL};
	int pids[10] = {0};
	(void)state;
	reach_well(&peer, box, NULL);
	for (size_t i = 0; i < 10; i++)
		start_script(&children[i], &peer, "echo $$; exec cat");
	int64_t deadline = clock_ms() + DEADLINE_MS;
	for (size_t i = 0; i < 8; i++)
		while (sscanf(buf_cstr(&children[i].out), "%d", &pids[i]) != 1)
			turn(deadline);
	err_set(&why, ERR_CLOSED, "the bridge is gone");
	link_command_end(peer.link, &why);
	for (size_t i = 0; i < 10; i++) {
		assert_true(children[i].done);
		assert_says(&children[i].err, ERR_CLOSED, "the bridge is gone");
		release(&children[i]);
	}
	assert_null(link_open(peer.link, argv, &stream_ops, NULL, &err));
	link_free(peer.link);
	for (size_t i = 0; i < 8; i++)
		while (kill(pids[i], 0) == 0)
			turn(deadline);
}

static void
test_a_command_too_long(void **state)
{
	struct peer peer;
	struct err err = ERR_INIT;
	char *big = mem_alloc(200001);
	(void)state;
	memset(big, 'x', 200000);
	const char *argv[] = {"echo", big, NULL};
	reach_well(&peer, joined, NULL);
	assert_null(link_open(peer.link, argv, &stream_ops, NULL, &err));
	assert_says(&err, ERR_LIMIT, "the command is longer than");
	link_free(peer.link);
	mem_free(big);
}

static int
setup(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	text_init();
	strcpy(dir, "/tmp/cockpit-command-XXXXXX");
	assert_non_null(mkdtemp(dir));
	loop = loop_new();
	ticker = loop_timer_new(loop, on_tick, NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	loop_timer_free(ticker);
	loop_free(loop);
	return path_remove_tree(dir, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_words_arrive),
		TEST(test_it_is_in_the_box),
		TEST(test_dead_boxes),
		TEST(test_a_long_complaint),
		TEST(test_a_box_that_does_not_answer),
		TEST(test_a_slow_box),
		TEST(test_eight_at_a_time),
		TEST(test_nothing_is_left),
		TEST(test_freed_while_coming_up),
		TEST(test_freed_inside_callbacks),
		TEST(test_refused_for_want_of_room),
		TEST(test_the_way_is_lost),
		TEST(test_a_command_too_long),
	};
	return cmocka_run_group_tests_name("io_command", tests, NULL, NULL);
}
