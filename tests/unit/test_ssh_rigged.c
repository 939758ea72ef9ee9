/* SPDX-License-Identifier: MIT */
/*
 * Servers that let us in and then misbehave (tests/tools/rigged.py): each costs its own link
 * and no other, and never much memory. The numbers of the cases are those of the threat model.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "cockpit/ssh_link.h"
#include "ssh/heap.h"
#include "ssh_fixture.h"
#include "ssh_server.h"

#define TOO_MUCH "the server sends more than was asked for"

#if defined(__SANITIZE_ADDRESS__)
#	define SLOW true
#elif defined(__has_feature)
#	if __has_feature(address_sanitizer)
#		define SLOW true
#	endif
#endif
#ifndef SLOW
#	define SLOW false
#endif

static struct ssh_server honest; /* its directory has the keys of all */
static char home[4096];          /* what pwd says, with its newline */
static struct ssh_server rigged; /* one at a time */
static char config_path[128];

struct peer {
	struct link *link;
	bool ready, closed;
	struct err why;
};

struct command {
	struct stream *stream;
	struct buf out;
	bool begun, done;
	struct err err;
};

static void
on_ready(void *ctx)
{
	((struct peer *)ctx)->ready = true;
}

static void
on_link_closed(void *ctx, const struct err *why)
{
	struct peer *peer = ctx;
	assert_false(peer->closed);
	peer->closed = true;
	peer->why = *why;
}

static const struct link_ops link_ops = {.ready = on_ready, .closed = on_link_closed};

static void
on_out(void *ctx, struct str bytes)
{
	struct command *c = ctx;
	if (c->out.len < 1000)
		buf_add(&c->out, bytes);
	c->begun = true;
}

static void
on_closed(void *ctx, const struct stream_exit *end)
{
	struct command *c = ctx;
	assert_false(c->done);
	c->done = true;
	if (end->err)
		c->err = *end->err;
}

static const struct stream_ops stream_ops = {.out = on_out, .closed = on_closed};

/* 0 under AddressSanitizer, which keeps freed memory for a while. */
static size_t
resident(void)
{
	if (SLOW)
		return 0;
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%*u %lu", &pages), 1);
	fclose(file);
	return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void
start_rigged(const char *behaviour)
{
	char python[] = "/usr/bin/python3", tool[] = "tests/tools/rigged.py", name[32];
	char *argv[] = {python, tool, honest.dir, name, NULL};
	int64_t end = clock_ms() + DEADLINE_MS;
	int status;
	snprintf(name, sizeof(name), "%s", behaviour);
	server_sh("rm -f %s/port %s/told", honest.dir, honest.dir);
	memcpy(rigged.dir, honest.dir, sizeof(rigged.dir));
	rigged.pid = server_spawn(&honest, argv);
	for (rigged.port = 0; rigged.port == 0; server_pause()) {
		rigged.port = atoi(server_sh("cat %s/port 2>/dev/null || true", honest.dir));
		if (waitpid(rigged.pid, &status, WNOHANG) == rigged.pid || clock_ms() > end) {
			fputs(server_sh("tail -n 20 %s/log", honest.dir), stderr);
			server_die("tests/tools/rigged.py does not start: it takes "
				   "/usr/bin/python3 with paramiko (python3-paramiko)");
		}
	}
	server_write(&honest, "ssh_config",
		"Host rigged far-rigged\n HostName 127.0.0.1\n Port %d\n"
		"Host honest far-honest\n HostName 127.0.0.1\n Port %d\n"
		"Host far-honest\n ProxyJump rigged\nHost far-rigged\n ProxyJump honest\n"
		"Host *\n User %s\n IdentityFile %s/id_ed25519\n IdentitiesOnly yes\n"
		" HostKeyAlias all\n UserKnownHostsFile %s/known_hosts\n"
		" GlobalKnownHostsFile none\n",
		rigged.port, honest.port, server_user(), honest.dir, honest.dir);
	snprintf(config_path, sizeof(config_path), "%s/ssh_config", honest.dir);
}

static void
stop_rigged(void)
{
	kill(rigged.pid, SIGKILL);
	waitpid(rigged.pid, NULL, 0);
}

static void
dial(struct peer *peer, const char *name)
{
	int64_t end = clock_ms() + DEADLINE_MS;
	*peer = (struct peer){0};
	links_alive++;
	peer->link = ssh_link_new(pool, name, config_path, &link_ops, peer);
	while (!peer->ready && !peer->closed)
		turn(end);
}

static void
dial_good(struct peer *peer, const char *name)
{
	dial(peer, name);
	if (!peer->ready)
		fail_msg("%s: %s", name, peer->why.text);
}

static void
hang_up(struct peer *peer)
{
	link_free(peer->link);
	links_alive--;
	for (int i = 0; i < 5; i++)
		loop_turn(loop, false);
}

static void
start(struct command *c, struct peer *peer, const char *word)
{
	const char *argv[] = {word, NULL};
	struct err err = ERR_INIT;
	*c = (struct command){0};
	c->stream = link_open(peer->link, argv, &stream_ops, c, &err);
	if (!c->stream)
		fail_msg("%s", err.text);
}

/* What a command says, as long as it takes; ms: how long that was. */
static void
expect(struct peer *peer, const char *word, const char *says, int64_t *ret_ms)
{
	struct command c;
	int64_t begin = clock_ms();
	start(&c, peer, word);
	wait_for(&c.done);
	if (!str_eqc(buf_str(&c.out), says))
		fail_msg("%s: %.*s (%s)", word, STR_ARG(buf_str(&c.out)), c.err.text);
	buf_release(&c.out);
	*ret_ms = clock_ms() - begin;
}

static void
grow(size_t before, size_t *peak)
{
	size_t now = resident();
	if (now > before && now - before > *peak)
		*peak = now - before;
}

/* Whatever nobody asked for is kept by libssh2 until there is too much of it. */
static void
run_into_the_cap(const char *behaviour)
{
	struct peer peer, other;
	struct command c;
	size_t before, peak = 0;
	int64_t ms, slowest = 0, end = clock_ms() + DEADLINE_MS;
	start_rigged(behaviour);
	dial_good(&other, "honest");
	dial_good(&peer, "rigged");
	before = resident();
	start(&c, &peer, "start");
	while (!peer.closed) {
		expect(&other, "pwd", home, &ms);
		slowest = ms > slowest ? ms : slowest;
		grow(before, &peak);
		assert_true(clock_ms() < end);
	}
	assert_says(&peer.why, ERR_PROTOCOL, TOO_MUCH);
	assert_true(c.done);
	assert_true(peak < HEAP_MAX + (24u << 20));
	print_message("%s: %zu kB, another's command took %d ms at most\n", behaviour,
		peak / 1024, (int)slowest);
	buf_release(&c.out);
	hang_up(&peer);
	hang_up(&other);
	stop_rigged();
}

static void
test_8_more_than_was_asked_for(void **state)
{
	static const char *const behaviours[] = {"unknown", "success", "confirm", "login"};
	(void)state;
	/* One is as good as the others for what a sanitizer sees, and takes it a minute. */
	for (size_t i = 0; i < (SLOW ? 1 : sizeof(behaviours) / sizeof(behaviours[0])); i++)
		run_into_the_cap(behaviours[i]);
}

/* libssh2 1.10 forgets the name of a signal when another one comes; it takes 4 GiB for one that
 * says that it is that long. */
static void
test_8_signals(void **state)
{
	(void)state;
	run_into_the_cap("signal");
	if (!SLOW)
		run_into_the_cap("signals");
}

/* What is thrown away at once only costs time, and others have theirs. */
static void
test_8_chatter_starves_nobody(void **state)
{
	static const char *const behaviours[] = {"ignore", "debug", "window"};
	(void)state;
	for (size_t i = 0; i < (SLOW ? 1 : sizeof(behaviours) / sizeof(behaviours[0])); i++) {
		struct peer peer, other;
		struct command c;
		size_t before, peak = 0;
		int64_t ms, slowest = 0;
		start_rigged(behaviours[i]);
		dial_good(&other, "honest");
		dial_good(&peer, "rigged");
		before = resident();
		start(&c, &peer, "start");
		wait_for(&c.begun);
		for (int n = 0; n < 15; n++) {
			expect(&other, "pwd", home, &ms);
			slowest = ms > slowest ? ms : slowest;
			grow(before, &peak);
		}
		if (peer.closed)
			fail_msg("%s: %s", behaviours[i], peer.why.text);
		print_message("%s: %zu kB, another's command took %d ms at most\n",
			behaviours[i], peak / 1024, (int)slowest);
		assert_true(peak < 12u << 20);
		assert_true(slowest < 10000);
		hang_up(&peer);
		hang_up(&other);
		buf_release(&c.out);
		stop_rigged();
	}
}

static void
test_8_asks_and_does_not_read(void **state)
{
	struct peer peer;
	struct command c;
	size_t before, peak = 0;
	int64_t end = clock_ms() + DEADLINE_MS;
	(void)state;
	start_rigged("deaf");
	dial_good(&peer, "rigged");
	before = resident();
	start(&c, &peer, "start");
	while (!peer.closed) {
		turn(end);
		grow(before, &peak);
	}
	assert_says(&peer.why, ERR_PROTOCOL, "the server asks and does not read the answers");
	assert_true(peak < 24u << 20);
	buf_release(&c.out);
	hang_up(&peer);
	stop_rigged();
}

/* Nobody may come in by the link that we go out by. */
static void
test_refuses_what_the_server_opens(void **state)
{
	static const struct {
		const char *behaviour;
		int refusals;
	} rows[] = {
		{"opens",   10000}, /* libssh2 has no answer at all for the other two kinds */
		{"globals", 20000},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer peer;
		struct command c;
		size_t before, peak = 0;
		int64_t ms, end = clock_ms() + DEADLINE_MS;
		start_rigged(rows[i].behaviour);
		dial_good(&peer, "rigged");
		before = resident();
		start(&c, &peer, "start");
		/* It says nothing before it has begun. */
		while (atoi(server_sh("cat %s/told 2>/dev/null || echo 0", honest.dir)) <
			rows[i].refusals) {
			turn(end);
			grow(before, &peak);
		}
		assert_int_equal(atoi(server_sh("cat %s/told", honest.dir)), rows[i].refusals);
		expect(&peer, "hi", "hi\n", &ms);
		assert_false(peer.closed);
		assert_false(c.done);
		assert_true(peak < 4u << 20);
		buf_release(&c.out);
		hang_up(&peer);
		stop_rigged();
	}
}

/* Both ends of a way that leads on: who is not to blame is not blamed. */
static void
test_8_jump_host(void **state)
{
	struct peer peer;
	int64_t end = clock_ms() + DEADLINE_MS;
	(void)state;
	start_rigged("unknown");
	dial(&peer, "far-honest");
	while (!peer.closed)
		turn(end);
	assert_says(&peer.why, ERR_CLOSED, "jump host rigged: " TOO_MUCH);
	hang_up(&peer);
	stop_rigged();
}

static void
test_8_behind_a_jump_host(void **state)
{
	struct peer peer, other;
	struct command c;
	int64_t ms;
	(void)state;
	start_rigged("unknown");
	dial_good(&peer, "far-rigged");
	dial_good(&other, "far-rigged");
	start(&c, &peer, "start");
	wait_for(&peer.closed);
	assert_says(&peer.why, ERR_PROTOCOL, TOO_MUCH);
	expect(&other, "hi", "hi\n", &ms);
	buf_release(&c.out);
	hang_up(&peer);
	hang_up(&other);
	stop_rigged();
}

static void
test_leads_on(void **state)
{
	struct peer peer;
	int64_t ms;
	(void)state;
	start_rigged("good");
	dial_good(&peer, "far-honest");
	expect(&peer, "pwd", home, &ms);
	hang_up(&peer);
	stop_rigged();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_8_more_than_was_asked_for),
		TEST(test_8_signals),
		TEST(test_8_chatter_starves_nobody),
		TEST(test_8_asks_and_does_not_read),
		TEST(test_8_jump_host),
		TEST(test_8_behind_a_jump_host),
		TEST(test_refuses_what_the_server_opens),
		TEST(test_leads_on),
	};
	signal(SIGPIPE, SIG_IGN);
	server_start(&honest, "");
	snprintf(home, sizeof(home), "%s", server_sh("cd && pwd -P"));
	server_sh("cd %s && { printf 'all ' && cut -d' ' -f1,2 hk_ed25519.pub; } >known_hosts",
		honest.dir);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	server_stop(&honest);
	return failed;
}
