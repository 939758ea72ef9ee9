/* SPDX-License-Identifier: MIT */
/* Jump hosts and the pace of handshakes, against real sshd's. */
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
#include "ssh_server.h"

#define DEADLINE_MS 60000
#define MANY        20

/* libssh2 1.10 forgets a few bytes with ecdsa keys, see test_ssh_link.c; none are used here. */

static struct ssh_server bastion, inner;
static struct loop *loop;
static struct ssh_pool *pool;
static int links_alive;
static char config_path[128];

struct peer {
	struct link *link;
	bool ready, closed;
	struct err why;
	struct buf statuses;
};

struct command {
	struct stream *stream;
	struct buf out;
	size_t count;
	bool check, wrong, done;
	int code;
};

static void
on_tick(void *ctx)
{
	(void)ctx; /* it has woken the loop: that is all */
}

static void
turn(int64_t deadline)
{
	struct loop_timer *tick = loop_timer_new(loop, on_tick, NULL);
	loop_timer_set(tick, 100);
	loop_turn(loop, true);
	loop_timer_free(tick);
	assert_true(clock_ms() < deadline);
}

static void
wait_for(const bool *flag)
{
	int64_t deadline = clock_ms() + DEADLINE_MS;
	while (!*flag)
		turn(deadline);
}

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

static void
on_status(void *ctx, const char *what)
{
	buf_printf(&((struct peer *)ctx)->statuses, "%s; ", what);
}

static const struct link_ops link_ops = {
	.ready = on_ready, .closed = on_link_closed, .status = on_status};

static char
pattern(size_t i)
{
	return (char)((i * 2654435761u) >> 13);
}

static void
on_out(void *ctx, struct str bytes)
{
	struct command *c = ctx;
	assert_false(c->done);
	if (!c->check)
		buf_add(&c->out, bytes);
	for (size_t i = 0; c->check && i < bytes.len; i++)
		c->wrong |= bytes.ptr[i] != pattern(c->count + i);
	c->count += bytes.len;
}

static void
on_closed(void *ctx, const struct stream_exit *end)
{
	struct command *c = ctx;
	assert_false(c->done);
	c->done = true;
	c->code = end->code;
}

static const struct stream_ops stream_ops = {.out = on_out, .closed = on_closed};

static void
know_host(const struct ssh_server *server, const char *file)
{
	server_sh("cd %s && { printf '%%s' '[127.0.0.1]:%d ' && cut -d' ' -f1,2 "
		  "%s/hk_ed25519.pub; } "
		  ">>%s",
		inner.dir, server->port, server->dir, file);
}

/* "bastion" and hosts "web-…" behind it; more comes first, so it wins. */
__attribute__((format(printf, 1, 2))) static void
configure(const char *more, ...)
{
	char first[2000];
	va_list args;
	va_start(args, more);
	vsnprintf(first, sizeof(first), more, args);
	va_end(args);
	snprintf(config_path, sizeof(config_path), "%s/ssh_config", inner.dir);
	server_write(&inner, "ssh_config",
		"%s\nHost bastion\n HostName 127.0.0.1\n Port %d\n"
		"Host web-*\n HostName 127.0.0.1\n Port %d\n ProxyJump bastion\n"
		"Host direct\n HostName 127.0.0.1\n Port %d\n"
		"Host *\n User %s\n IdentityFile %s/id_ed25519\n IdentitiesOnly yes\n"
		" UserKnownHostsFile %s/known_hosts\n GlobalKnownHostsFile none\n",
		first, bastion.port, inner.port, inner.port, server_user(), inner.dir,
		inner.dir);
}

static int
logins(const struct ssh_server *server)
{
	return atoi(server_sh("grep -c '^Accepted' %s/log || true", server->dir));
}

static void
start_link(struct peer *peer, const char *name)
{
	*peer = (struct peer){0};
	links_alive++;
	peer->link = ssh_link_new(pool, name, config_path, &link_ops, peer);
}

static void
finish_link(const struct peer *peer)
{
	int64_t end = clock_ms() + DEADLINE_MS;
	while (!peer->ready && !peer->closed)
		turn(end);
}

static void
dial(struct peer *peer, const char *name)
{
	start_link(peer, name);
	finish_link(peer);
}

static void
hang_up(struct peer *peer)
{
	link_free(peer->link);
	links_alive--;
	for (int i = 0; i < 5; i++)
		loop_turn(loop, false);
	buf_release(&peer->statuses);
}

static void
expect_ready(const struct peer *peer)
{
	if (!peer->ready || peer->closed)
		fail_msg("%s", peer->why.text);
}

static void
assert_says(const struct err *err, int code, const char *part)
{
	if (err->code != code || !strstr(err->text, part))
		fail_msg("got %s \"%s\", want %s with \"%s\"", err_name(err->code), err->text,
			err_name(code), part);
}

static void
start(struct command *c, struct peer *peer, const char *const argv[])
{
	struct err err = ERR_INIT;
	*c = (struct command){0};
	c->stream = link_open(peer->link, argv, &stream_ops, c, &err);
	if (!c->stream)
		fail_msg("%s", err.text);
}

static void
expect_echo(struct peer *peer)
{
	struct command c;
	const char *argv[] = {"echo", "hi", NULL};
	start(&c, peer, argv);
	wait_for(&c.done);
	assert_int_equal(c.code, 0);
	assert_true(str_eqc(buf_str(&c.out), "hi\n"));
	buf_release(&c.out);
}

static void
test_one_hop(void **state)
{
	struct peer peer;
	(void)state;
	configure(" ");
	dial(&peer, "web-1");
	expect_ready(&peer);
	if (!strstr(buf_cstr(&peer.statuses), "jump host bastion: login; "))
		fail_msg("%s", buf_cstr(&peer.statuses));
	expect_echo(&peer);
	hang_up(&peer);
}

static int
set_up(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	unsetenv("SSH_AUTH_SOCK");
	text_init();
	server_start(&inner, "MaxStartups 100\n");
	server_start(&bastion, "MaxSessions 1\n");
	server_sh("cp %s/ak %s/ak", inner.dir, bastion.dir);
	know_host(&inner, "known_hosts");
	know_host(&bastion, "known_hosts");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	server_stop(&bastion);
	server_stop(&inner);
	return 0;
}

static int
make_loop(void **state)
{
	(void)state;
	links_alive = 0;
	loop = loop_new();
	pool = ssh_pool_new(loop);
	return 0;
}

/* A test that failed halfway leaves links whose callbacks point into its dead frame: those are
 * left alone with their loop. */
static int
drop_loop(void **state)
{
	(void)state;
	if (links_alive == 0) {
		ssh_pool_free(pool);
		loop_free(loop);
	}
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_loop, drop_loop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_hop),
	};
	return cmocka_run_group_tests_name("ssh_jump", tests, set_up, tear_down);
}
