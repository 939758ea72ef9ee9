/* SPDX-License-Identifier: MIT */
/* The link against a real sshd: what a person relies on when a fleet runs over SSH. */
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
#include "ssh_fixture.h"
#include "ssh_server.h"

#define BIG (20u << 20)

static struct ssh_server server;

/* A link, and what it said. */
struct peer {
	struct link *link;
	bool ready, closed;
	struct err why;
	struct buf statuses;
};

/* A command, and what came of it. */
struct command {
	struct peer *peer;
	struct stream *stream;
	struct buf out, errout;
	size_t count;       /* of bytes that came out */
	bool check_pattern; /* instead of keeping them */
	bool wrong;
	struct loop_timer *stop_and_go; /* pauses after every piece, resumes later */
	size_t peak_kb;                 /* of our memory, then */
	bool drained, done;
	int code, signal;
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

static void
on_status(void *ctx, const char *what)
{
	struct peer *peer = ctx;
	buf_printf(&peer->statuses, "%s ", what);
}

static const struct link_ops link_ops = {
	.ready = on_ready, .closed = on_link_closed, .status = on_status};

static void
on_resume(void *ctx)
{
	struct command *c = ctx;
	if (!c->done)
		stream_pause(c->stream, false);
}

/* 0 under AddressSanitizer, which keeps freed memory for a while. */
static size_t
resident_kb(void)
{
#if defined(__SANITIZE_ADDRESS__)
	return 0;
#elif defined(__has_feature)
#	if __has_feature(address_sanitizer)
	return 0;
#	endif
#endif
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%*u %lu", &pages), 1);
	fclose(file);
	return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}

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
	if (c->check_pattern)
		for (size_t i = 0; i < bytes.len; i++)
			c->wrong |= bytes.ptr[i] != pattern(c->count + i);
	else if (!c->stop_and_go)
		buf_add(&c->out, bytes);
	c->count += bytes.len;
	if (c->stop_and_go) {
		stream_pause(c->stream, true);
		loop_timer_set(c->stop_and_go, 1);
		if (resident_kb() > c->peak_kb)
			c->peak_kb = resident_kb();
	}
}

static void
on_errout(void *ctx, struct str bytes)
{
	buf_add(&((struct command *)ctx)->errout, bytes);
}

static void
on_closed(void *ctx, const struct stream_exit *end)
{
	struct command *c = ctx;
	assert_false(c->done);
	c->done = true;
	c->code = end->code;
	c->signal = end->signal;
	if (end->err)
		c->err = *end->err;
}

static void
on_drained(void *ctx)
{
	((struct command *)ctx)->drained = true;
}

static const struct stream_ops stream_ops = {
	.out = on_out, .errout = on_errout, .closed = on_closed, .drained = on_drained};

static char config_path[128];

/* A host "lab" with the given identity lines and known_hosts file. */
static void
configure(
	const struct ssh_server *to, const char *identity, const char *known, const char *more)
{
	snprintf(config_path, sizeof(config_path), "%s/ssh_config", server.dir);
	server_write(&server, "ssh_config",
		"Host lab\n HostName 127.0.0.1\n Port %d\n User %s\n IdentityFile %s/%s\n"
		" UserKnownHostsFile %s/%s\n GlobalKnownHostsFile none\n %s\n",
		to->port, server_user(), server.dir, identity, server.dir, known, more);
}

static void
know_host(const struct ssh_server *to, const char *key, const char *marker, const char *file)
{
	server_sh("cd %s && printf '%%s' '%s[127.0.0.1]:%d ' >%s && cut -d' ' -f1,2 %s/%s.pub "
		  ">>%s",
		server.dir, marker, to->port, file, to->dir, key, file);
}

static void
dial(struct peer *peer)
{
	*peer = (struct peer){0};
	links_alive++;
	peer->link = ssh_link_new(pool, "lab", config_path, &link_ops, peer);
	int64_t end = clock_ms() + DEADLINE_MS;
	while (!peer->ready && !peer->closed) {
		turn(end);
	}
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
	if (!peer->ready)
		fail_msg("%s", peer->why.text);
}

static void
dial_good(struct peer *peer)
{
	configure(&server, "id_ed25519", "known_hosts", "IdentitiesOnly yes");
	dial(peer);
	expect_ready(peer);
}

static void
start(struct command *c, struct peer *peer, const char *const argv[])
{
	struct err err = ERR_INIT;
	*c = (struct command){.peer = peer};
	c->stream = link_open(peer->link, argv, &stream_ops, c, &err);
	if (!c->stream)
		fail_msg("%s", err.text);
}

static void
clean(struct command *c)
{
	buf_release(&c->out);
	buf_release(&c->errout);
}

static void
assert_text(const struct buf *b, const char *want)
{
	struct str s = buf_str(b);
	if (!str_eqc(s, want))
		fail_msg("got \"%.*s\", want \"%s\"", STR_ARG(s), want);
}

static void
test_runs_a_command(void **state)
{
	struct peer peer;
	struct command c;
	const char *argv[] = {
		"printf", "%s|%s|%s", "a'b \"c\" $HOME `id` \\n", "*\nnext\t\\\\ !!", "", NULL};
	(void)state;
	dial_good(&peer);
	assert_text(&peer.statuses, "resolving connecting host key login ");
	start(&c, &peer, argv);
	wait_for(&c.done);
	assert_text(&c.out, "a'b \"c\" $HOME `id` \\n|*\nnext\t\\\\ !!|");
	assert_int_equal(c.code, 0);
	assert_int_equal(c.err.code, 0);
	clean(&c);
	hang_up(&peer);
}

static void
test_tells_status_and_stderr(void **state)
{
	struct peer peer;
	struct command c;
	const char *fails[] = {"sh", "-c", "echo out; echo bad >&2; exit 42", NULL};
	const char *dies[] = {"sh", "-c", "kill -TERM $$", NULL};
	(void)state;
	dial_good(&peer);
	start(&c, &peer, fails);
	wait_for(&c.done);
	assert_text(&c.out, "out\n");
	assert_text(&c.errout, "bad\n");
	assert_int_equal(c.code, 42);
	clean(&c);
	start(&c, &peer, dies);
	wait_for(&c.done);
	assert_int_equal(c.code, -1);
	assert_int_equal(c.signal, SIGTERM);
	clean(&c);
	hang_up(&peer);
}

static void
carry_much(struct peer *peer)
{
	struct command c;
	static char piece[100000];
	const char *argv[] = {"cat", NULL};
	size_t sent = 0;
	start(&c, peer, argv);
	c.check_pattern = true;
	int64_t end = clock_ms() + DEADLINE_MS;
	while (sent < BIG && clock_ms() < end) {
		size_t len = BIG - sent < sizeof(piece) ? BIG - sent : sizeof(piece);
		for (size_t i = 0; i < len; i++)
			piece[i] = pattern(sent + i);
		int rc = stream_write(c.stream, (struct str){piece, len});
		if (rc == 0)
			sent += len;
		else
			assert_int_equal(rc, ERR_LIMIT);
		assert_true(stream_pending(c.stream) <= STREAM_QUEUE_MAX);
		if (rc != 0)
			turn(end);
	}
	stream_shutdown(c.stream);
	wait_for(&c.done);
	assert_int_equal(c.count, BIG);
	assert_false(c.wrong);
	assert_true(c.drained);
	assert_int_equal(c.code, 0);
	clean(&c);
}

static void
test_carries_much_both_ways(void **state)
{
	struct peer peer;
	(void)state;
	dial_good(&peer);
	carry_much(&peer);
	hang_up(&peer);
}

/* The server wants new keys again and again, while much is on its way. */
static void
test_new_keys_meanwhile(void **state)
{
	struct ssh_server fickle = {0};
	struct peer peer;
	(void)state;
	server_start(&fickle, "RekeyLimit 1M\nLogLevel DEBUG1\n");
	server_sh("cp %s/id_ed25519.pub %s/ak", server.dir, fickle.dir);
	know_host(&fickle, "hk_ed25519", "", "known_fickle");
	configure(&fickle, "id_ed25519", "known_fickle", "IdentitiesOnly yes");
	dial(&peer);
	expect_ready(&peer);
	carry_much(&peer);
	assert_true(atoi(server_sh("grep -c 'NEWKEYS received' %s/log", fickle.dir)) > 10);
	hang_up(&peer);
	server_stop(&fickle);
}

/* All are open at once: none ends before the last one was asked for. */
static void
run_many(struct peer *peer, size_t count)
{
	struct command commands[16];
	const char *argv[] = {"cat", NULL};
	for (size_t i = 0; i < count; i++) {
		start(&commands[i], peer, argv);
		assert_int_equal(stream_write(commands[i].stream, STR("hello")), 0);
	}
	int64_t end = clock_ms() + DEADLINE_MS;
	while (commands[0].count == 0 || commands[1].count == 0) {
		turn(end);
	}
	for (size_t i = 0; i < count; i++)
		stream_shutdown(commands[i].stream);
	for (size_t i = 0; i < count; i++) {
		wait_for(&commands[i].done);
		assert_int_equal(commands[i].err.code, 0);
		assert_int_equal(commands[i].code, 0);
		assert_text(&commands[i].out, "hello");
		clean(&commands[i]);
	}
}

static void
test_queues_many(void **state)
{
	struct peer peer;
	(void)state;
	dial_good(&peer);
	run_many(&peer, 12);
	hang_up(&peer);
}

static void
test_12_queues_when_the_server_has_no_room(void **state)
{
	struct ssh_server narrow = {0};
	struct peer peer;
	(void)state;
	server_start(&narrow, "MaxSessions 2\n");
	server_sh("cp %s/id_ed25519.pub %s/ak", server.dir, narrow.dir);
	know_host(&narrow, "hk_ed25519", "", "known_narrow");
	configure(&narrow, "id_ed25519", "known_narrow", "IdentitiesOnly yes");
	dial(&peer);
	assert_true(peer.ready);
	run_many(&peer, 5);
	hang_up(&peer);
	server_stop(&narrow);
}

/* Nobody waits for ever: not behind what may last as long as the link. Behind what ends by
 * itself one does, however long. */
static void
test_12_room_for_one(void **state)
{
	struct ssh_server narrow = {0};
	struct peer peer;
	struct command first, second;
	const char *cat[] = {"cat", NULL}, *pwd[] = {"pwd", NULL},
		   *slow[] = {"sh", "-c", "sleep 5; echo slow", NULL};
	(void)state;
	server_start(&narrow, "MaxSessions 1\n");
	server_sh("cp %s/id_ed25519.pub %s/ak", server.dir, narrow.dir);
	know_host(&narrow, "hk_ed25519", "", "known_narrow");
	configure(&narrow, "id_ed25519", "known_narrow", "IdentitiesOnly yes");
	dial(&peer);
	expect_ready(&peer);

	start(&first, &peer, cat);
	start(&second, &peer, pwd);
	wait_for(&second.done);
	assert_says(&second.err, ERR_REMOTE, "room for no more than 1 session (MaxSessions");
	assert_false(first.done);
	assert_int_equal(stream_write(first.stream, STR("still here")), 0);
	stream_shutdown(first.stream);
	wait_for(&first.done);
	assert_text(&first.out, "still here");
	clean(&first);
	clean(&second);

	start(&first, &peer, slow);
	stream_shutdown(first.stream);
	start(&second, &peer, pwd);
	wait_for(&second.done);
	assert_int_equal(second.err.code, 0);
	assert_int_equal(second.code, 0);
	assert_true(first.done);
	assert_text(&first.out, "slow\n");
	clean(&first);
	clean(&second);
	hang_up(&peer);
	server_stop(&narrow);
}

static void
expect_hostkey(const char *known, const char *part)
{
	struct peer peer;
	char print[128];
	configure(&server, "id_ed25519", known, "IdentitiesOnly yes");
	dial(&peer);
	assert_true(peer.closed);
	assert_says(&peer.why, ERR_HOSTKEY, part);
	/* "256 SHA256:… comment (ED25519)" */
	sscanf(server_sh("ssh-keygen -lf %s/hk_ed25519.pub", server.dir), "%*d %127s", print);
	assert_says(&peer.why, ERR_HOSTKEY, print);
	hang_up(&peer);
}

static void
test_refuses_host_keys(void **state)
{
	char place[200];
	(void)state;
	server_write(&server, "known_none", "# nothing\n");
	expect_hostkey("known_none", "is not known");
	/* a key of another host on line 2 */
	server_sh("cd %s && { echo '#'; printf '[127.0.0.1]:%d '; cut -d' ' -f1,2 "
		  "id_wrong.pub; } "
		  ">known_changed",
		server.dir, server.port);
	snprintf(place, sizeof(place), "%s/known_changed:2", server.dir);
	expect_hostkey("known_changed", place);
	know_host(&server, "hk_ed25519", "@revoked ", "known_revoked");
	expect_hostkey("known_revoked", "is revoked by");
}

/* libssh2 alone would ask for ecdsa first and find ed25519 "changed", or the other way round.
 */
static void
test_asks_for_the_known_key_type(void **state)
{
	static const char *const keys[] = {"hk_ed25519", "hk_ecdsa"};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct peer peer;
		know_host(&server, keys[i], "", "known_one");
		server_sh("ssh-keygen -q -H -f %s/known_one 2>&1", server.dir);
		configure(&server, "id_ed25519", "known_one", "IdentitiesOnly yes");
		dial(&peer);
		if (!peer.ready)
			fail_msg("%s: %s", keys[i], peer.why.text);
		hang_up(&peer);
	}
}

static void
test_key_files(void **state)
{
	static const struct {
		const char *key;
		const char *refused; /* NULL: logs in */
	} rows[] = {
		{"id_ed25519", NULL                          },
		{"id_ecdsa",   NULL                          },
		{"id_nopub",   NULL                          },
		{"id_pem",     NULL                          },
		{"id_wrong",   "id_wrong"                    },
		{"id_rsa",     "ssh-keygen -t ed25519"       },
		{"id_pass",    "id_pass: it has a passphrase"},
		{"id_open",    "others can read it"          },
		{"id_missing", "there is no key to try"      },
	};
	(void)state;
	server_sh("cd %s && cp id_ed25519 id_nopub && cp id_ed25519 id_open && chmod 644 "
		  "id_open && "
		  "cp id_ecdsa id_pem && ssh-keygen -q -p -m PEM -N '' -f id_pem",
		server.dir);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer peer;
		configure(&server, rows[i].key, "known_hosts", "IdentitiesOnly yes");
		dial(&peer);
		if (rows[i].refused)
			assert_says(&peer.why, ERR_AUTH, rows[i].refused);
		else if (!peer.ready)
			fail_msg("%s: %s", rows[i].key, peer.why.text);
		hang_up(&peer);
	}
}

static void
test_agent(void **state)
{
	char socket_path[128];
	struct peer peer;
	(void)state;
	snprintf(socket_path, sizeof(socket_path), "%s/agent", server.dir);
	char *argv[] = {(char[]){"/usr/bin/ssh-agent"}, (char[]){"-D"}, (char[]){"-a"},
		socket_path, NULL};
	pid_t pid = server_spawn(&server, argv);
	for (int i = 0; i < 1000 && access(socket_path, F_OK) < 0; i++)
		server_pause();
	server_sh("cd %s && SSH_AUTH_SOCK=agent ssh-add -q id_wrong id_ecdsa 2>&1", server.dir);
	setenv("SSH_AUTH_SOCK", socket_path, 1);
	/* any key of the agent; the file that is named is missing */
	configure(&server, "id_missing", "known_hosts", "");
	dial(&peer);
	expect_ready(&peer);
	hang_up(&peer);
	/* only keys that are named: id_missing is not in the agent */
	configure(&server, "id_missing", "known_hosts", "IdentitiesOnly yes");
	dial(&peer);
	assert_says(&peer.why, ERR_AUTH, "no key to try");
	hang_up(&peer);
	/* named by its public half */
	server_sh("cd %s && cp id_ecdsa.pub id_half.pub", server.dir);
	configure(&server, "id_half", "known_hosts", "IdentitiesOnly yes");
	dial(&peer);
	expect_ready(&peer);
	hang_up(&peer);
	/* an agent that does not answer is no reason not to use a file */
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	configure(&server, "id_ed25519", "known_hosts", "");
	dial(&peer);
	expect_ready(&peer);
	hang_up(&peer);
	unsetenv("SSH_AUTH_SOCK");
}

static void
test_death_of_the_server(void **state)
{
	struct peer peer;
	struct command c, victim;
	const char *yes[] = {"yes", NULL};
	const char *murder[] = {"sh", "-c", "kill -9 $PPID", NULL};
	struct err err = ERR_INIT;
	(void)state;
	dial_good(&peer);
	start(&c, &peer, yes);
	c.check_pattern = true; /* nobody looks at the bytes */
	int64_t end = clock_ms() + DEADLINE_MS;
	while (c.count < 1000000) {
		turn(end);
	}
	start(&victim, &peer, murder);
	wait_for(&peer.closed);
	assert_says(&peer.why, ERR_CLOSED, "");
	assert_true(c.done);
	assert_says(&c.err, ERR_CLOSED, "");
	assert_true(victim.done);
	assert_null(link_open(peer.link, yes, &stream_ops, &c, &err));
	assert_int_equal(err.code, ERR_CLOSED);
	clean(&c);
	clean(&victim);
	hang_up(&peer);
}

static int
progress(void)
{
	int count = 0;
	char path[128];
	snprintf(path, sizeof(path), "%s/progress", server.dir);
	FILE *file = fopen(path, "r");
	if (!file)
		return 0;
	if (fscanf(file, "%d", &count) != 1)
		count = 0;
	fclose(file);
	return count;
}

/* 64 MB; the producer writes down how far it got. */
static void
test_pause_stops_the_producer(void **state)
{
	struct peer peer;
	struct command c, other;
	char script[300];
	(void)state;
	snprintf(script, sizeof(script),
		"i=0; while [ $i -lt 1000 ]; do head -c 65536 /dev/zero; i=$((i+1)); "
		"echo $i >%s/new && mv %s/new %s/progress; done",
		server.dir, server.dir, server.dir);
	const char *argv[] = {"sh", "-c", script, NULL};
	const char *echo[] = {"echo", "hi", NULL};
	dial_good(&peer);
	start(&c, &peer, argv);
	c.check_pattern = true;
	int64_t end = clock_ms() + DEADLINE_MS;
	while (c.count < 65536) {
		turn(end);
	}
	stream_pause(c.stream, true);
	size_t paused_at = c.count, memory = resident_kb();
	/* Other streams of the link are not held up, and the producer comes to a stop. */
	for (int i = 0; i < 3; i++) {
		start(&other, &peer, echo);
		wait_for(&other.done);
		assert_text(&other.out, "hi\n");
		clean(&other);
	}
	/* What is on the way fills the window first: it stopped when it was seen twice the
	 * same. */
	int seen, before = -1;
	for (seen = progress(); seen != before; seen = progress()) {
		before = seen;
		for (int64_t rest = clock_ms() + 300; clock_ms() < rest;)
			turn(end);
		assert_true(clock_ms() < end);
	}
	assert_true(seen > 0 && seen < 1000);
	assert_int_equal(c.count, paused_at);
	assert_true(resident_kb() < memory + 16384);
	stream_pause(c.stream, false);
	wait_for(&c.done);
	assert_int_equal(c.count, 1000u * 65536);
	assert_int_equal(progress(), 1000);
	clean(&c);
	hang_up(&peer);
}

/* A reader that stops after every piece must not make the window grow. */
static void
test_stop_and_go_stays_small(void **state)
{
	struct peer peer;
	struct command c;
	const char *argv[] = {"head", "-c", "100000000", "/dev/zero", NULL};
	(void)state;
	dial_good(&peer);
	start(&c, &peer, argv);
	c.stop_and_go = loop_timer_new(loop, on_resume, &c);
	size_t memory = resident_kb();
	wait_for(&c.done);
	loop_timer_free(c.stop_and_go);
	assert_int_equal(c.count, 100000000);
	assert_true(c.peak_kb < memory + 8192);
	clean(&c);
	hang_up(&peer);
}

static void
test_close_and_free(void **state)
{
	struct peer peer;
	struct command c, waiting[12], after;
	const char *argv[] = {"cat", NULL};
	const char *echo[] = {"echo", "hi", NULL};
	(void)state;
	dial_good(&peer);
	start(&c, &peer, argv);
	stream_write(c.stream, STR("x"));
	stream_close(c.stream);
	stream_close(c.stream);
	assert_false(c.done); /* never from inside the call */
	wait_for(&c.done);
	assert_int_equal(c.err.code, ERR_CANCELED);
	clean(&c);
	start(&after, &peer, echo);
	wait_for(&after.done);
	assert_text(&after.out, "hi\n");
	clean(&after);
	for (size_t i = 0; i < 12; i++)
		start(&waiting[i], &peer, argv);
	loop_turn(loop, false);
	hang_up(&peer);
	for (size_t i = 0; i < 12; i++) {
		assert_true(waiting[i].done);
		assert_int_equal(waiting[i].err.code, ERR_CLOSED);
		clean(&waiting[i]);
	}
}

static void
on_out_free_link(void *ctx, struct str bytes)
{
	struct command *c = ctx;
	(void)bytes;
	assert_int_equal(c->count++, 0);
	link_free(c->peer->link);
	links_alive--;
}

static void
test_free_inside_a_callback(void **state)
{
	static const struct stream_ops ops = {
		.out = on_out_free_link, .errout = on_errout, .closed = on_closed};
	struct peer peer;
	struct command c = {.peer = &peer};
	struct err err = ERR_INIT;
	const char *argv[] = {"yes", NULL};
	(void)state;
	dial_good(&peer);
	c.stream = link_open(peer.link, argv, &ops, &c, &err);
	wait_for(&c.done);
	assert_int_equal(c.err.code, ERR_CLOSED);
	assert_false(peer.closed);
	clean(&c);
	buf_release(&peer.statuses);
}

/* With no channel, the link still answers the server's keep-alives and sees its end. */
static void
test_idle_link(void **state)
{
	struct ssh_server eager = {0};
	struct peer peer = {0};
	struct command c;
	const char *echo[] = {"echo", "hi", NULL};
	(void)state;
	server_start(&eager, "ClientAliveInterval 1\nClientAliveCountMax 1\n");
	server_sh("cp %s/id_ed25519.pub %s/ak", server.dir, eager.dir);
	know_host(&eager, "hk_ed25519", "", "known_eager");
	configure(&eager, "id_ed25519", "known_eager", "IdentitiesOnly yes");
	/* sshd gives up after two seconds; where this process itself stood still for one of
	 * them that is no fault of the link. */
	for (int tries = 0; tries == 0 || (peer.closed && tries < 3); tries++) {
		if (tries > 0)
			hang_up(&peer);
		dial(&peer);
		assert_true(peer.ready);
		int64_t end = clock_ms() + 4000;
		while (clock_ms() < end && !peer.closed)
			turn(end + DEADLINE_MS);
	}
	if (peer.closed)
		fail_msg("%s", peer.why.text);
	start(&c, &peer, echo);
	wait_for(&c.done);
	assert_text(&c.out, "hi\n");
	clean(&c);
	/* the connection's own sshd: a child of the one that listens */
	server_sh("kill -9 $(cat /proc/%d/task/%d/children)", (int)eager.pid, (int)eager.pid);
	wait_for(&peer.closed);
	assert_int_equal(peer.why.code, ERR_CLOSED);
	hang_up(&peer);
	server_stop(&eager);
}

static void
test_nobody_there(void **state)
{
	struct ssh_server nobody = server;
	struct peer peer;
	(void)state;
	int fd = server_listen(&nobody.port);
	configure(&nobody, "id_ed25519", "known_hosts", "ConnectTimeout 1");
	int64_t began = clock_ms();
	dial(&peer);
	assert_says(&peer.why, ERR_TIMEOUT, "");
	assert_true(clock_ms() - began < 10000); /* without that option it is 15 s */
	hang_up(&peer);
	close(fd);
	began = clock_ms();
	dial(&peer);
	assert_says(&peer.why, ERR_IO, "cannot connect to 127.0.0.1 port");
	assert_true(clock_ms() - began < 10000);
	hang_up(&peer);
}

static void
test_refuses_what_it_cannot_follow(void **state)
{
	struct peer peer;
	(void)state;
	configure(&server, "id_ed25519", "known_hosts", "ProxyCommand nc %h %p");
	dial(&peer);
	assert_says(&peer.why, ERR_UNSUPPORTED, "ProxyCommand");
	hang_up(&peer);
	configure(&server, "id_ed25519", "known_hosts", "NoSuchOption yes");
	dial(&peer);
	assert_says(&peer.why, ERR_CONFIG, "ssh -G lab failed: ");
	hang_up(&peer);
	peer = (struct peer){0};
	links_alive++;
	peer.link = ssh_link_new(pool, "-oProxyCommand=x", NULL, &link_ops, &peer);
	wait_for(&peer.closed);
	assert_int_equal(peer.why.code, ERR_INVALID);
	hang_up(&peer);
}

/* Freed at every point of its coming up, it leaves nothing behind. */
static void
test_free_while_coming_up(void **state)
{
	(void)state;
	configure(&server, "id_ed25519", "known_hosts", "IdentitiesOnly yes");
	for (int turns = 0; turns < 24; turns++) {
		struct peer peer = {0};
		links_alive++;
		peer.link = ssh_link_new(pool, "lab", config_path, &link_ops, &peer);
		for (int i = 0; i < turns && !peer.ready; i++)
			turn(clock_ms() + DEADLINE_MS);
		hang_up(&peer);
	}
}

static int
set_up(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	unsetenv("SSH_AUTH_SOCK");
	text_init();
	server_start(&server, "");
	know_host(&server, "hk_ed25519", "", "known_hosts");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	server_stop(&server);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_runs_a_command),
		TEST(test_tells_status_and_stderr),
		TEST(test_carries_much_both_ways),
		TEST(test_new_keys_meanwhile),
		TEST(test_queues_many),
		TEST(test_12_queues_when_the_server_has_no_room),
		TEST(test_12_room_for_one),
		TEST(test_refuses_host_keys),
		TEST(test_asks_for_the_known_key_type),
		TEST(test_key_files),
		TEST(test_agent),
		TEST(test_death_of_the_server),
		TEST(test_pause_stops_the_producer),
		TEST(test_stop_and_go_stays_small),
		TEST(test_close_and_free),
		TEST(test_free_inside_a_callback),
		TEST(test_idle_link),
		TEST(test_nobody_there),
		TEST(test_refuses_what_it_cannot_follow),
		TEST(test_free_while_coming_up),
	};
	return cmocka_run_group_tests_name("ssh_link", tests, set_up, tear_down);
}
