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
#include "ssh_fixture.h"
#include "ssh_server.h"

#define MANY 20

static struct ssh_server bastion, inner;
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
	return atoi(server_sh("grep -c '^Accepted publickey' %s/log || true", server->dir));
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

/* What it costs a jump host is told by its log. */
static int
connections(const struct ssh_server *server)
{
	return atoi(server_sh("grep -c '^Connection from' %s/log || true", server->dir));
}

/* The knock by which server_start() knew that it is there is logged in its own time. */
static int
knocks(const struct ssh_server *server)
{
	int64_t end = clock_ms() + DEADLINE_MS;
	while (connections(server) == 0 && clock_ms() < end)
		server_pause();
	return connections(server);
}

static void
hang_up_all(struct peer *peers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		hang_up(&peers[i]);
}

static void
start_many(struct peer *peers, size_t count, const char *prefix)
{
	char name[32];
	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s%zu", prefix, i);
		start_link(&peers[i], name);
	}
}

static void
finish_many(struct peer *peers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		finish_link(&peers[i]);
}

#define BIG (4u << 20)

static void
carry_much(struct peer *peer)
{
	struct command c;
	static char piece[100000];
	const char *argv[] = {"cat", NULL};
	size_t sent = 0;
	start(&c, peer, argv);
	c.check = true;
	int64_t end = clock_ms() + DEADLINE_MS;
	while (sent < BIG) {
		size_t len = BIG - sent < sizeof(piece) ? BIG - sent : sizeof(piece);
		for (size_t i = 0; i < len; i++)
			piece[i] = pattern(sent + i);
		if (stream_write(c.stream, (struct str){piece, len}) == 0)
			sent += len;
		else
			turn(end);
	}
	stream_shutdown(c.stream);
	wait_for(&c.done);
	assert_int_equal(c.count, BIG);
	assert_false(c.wrong);
	assert_int_equal(c.code, 0);
}

static void
test_carries_much_both_ways(void **state)
{
	struct peer peer;
	(void)state;
	configure(" ");
	dial(&peer, "web-1");
	expect_ready(&peer);
	carry_much(&peer);
	hang_up(&peer);
}

/* The jump host and the one behind it want new keys again and again. */
static void
test_new_keys_meanwhile(void **state)
{
	struct ssh_server fickle = {0}, far = {0};
	struct peer peer;
	(void)state;
	server_start(&fickle, "RekeyLimit 500K\nLogLevel DEBUG1\n");
	server_start(&far, "RekeyLimit 500K\nLogLevel DEBUG1\n");
	server_sh(
		"cp %s/ak %s/ak && cp %s/ak %s/ak", inner.dir, fickle.dir, inner.dir, far.dir);
	know_host(&fickle, "known_hosts");
	know_host(&far, "known_hosts");
	configure("Host fickle\n HostName 127.0.0.1\n Port %d\n"
		  "Host far\n HostName 127.0.0.1\n Port %d\n ProxyJump fickle\n",
		fickle.port, far.port);
	dial(&peer, "far");
	expect_ready(&peer);
	carry_much(&peer);
	assert_true(atoi(server_sh("grep -c 'NEWKEYS received' %s/log", fickle.dir)) > 5);
	assert_true(atoi(server_sh("grep -c 'NEWKEYS received' %s/log", far.dir)) > 5);
	hang_up(&peer);
	server_stop(&far);
	server_stop(&fickle);
}

/* Every way to write one, ssh -G in between. All lead over two hops. */
static void
test_two_hops(void **state)
{
	struct ssh_server middle = {0};
	char lists[6][200];
	(void)state;
	server_start(&middle, "");
	server_sh("cp %s/ak %s/ak", inner.dir, middle.dir);
	know_host(&middle, "known_hosts");
	snprintf(lists[0], sizeof(lists[0]), "bastion,middle");
	snprintf(lists[1], sizeof(lists[1]), "bastion,%s@127.0.0.1:%d", server_user(),
		middle.port);
	snprintf(lists[2], sizeof(lists[2]), "ssh://%s@127.0.0.1:%d,ssh://middle",
		server_user(), bastion.port);
	snprintf(lists[3], sizeof(lists[3]), "[127.0.0.1]:%d,[127.0.0.1]:%d", bastion.port,
		middle.port);
	snprintf(lists[4], sizeof(lists[4]), "middle-by-itself");       /* has one of its own */
	snprintf(lists[5], sizeof(lists[5]), "bastion,middle-in-vain"); /* of no account */
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct peer peer;
		int before[] = {logins(&bastion), logins(&middle)};
		configure("Host middle middle-by-itself middle-in-vain\n HostName 127.0.0.1\n "
			  "Port %d\nHost middle-by-itself\n ProxyJump bastion\n"
			  "Host middle-in-vain\n ProxyJump nowhere\n"
			  "Host web-2\n ProxyJump %s\n",
			middle.port, lists[i]);
		dial(&peer, "web-2");
		expect_ready(&peer);
		expect_echo(&peer);
		if (i == 0)
			carry_much(&peer);
		hang_up(&peer);
		ssh_pool_free(pool);
		pool = ssh_pool_new(loop);
		assert_int_equal(logins(&bastion), before[0] + 1);
		assert_int_equal(logins(&middle), before[1] + 1);
	}
	server_stop(&middle);
}

static void
test_one_login_for_all(void **state)
{
	struct peer peers[10], late, other;
	(void)state;
	/* another name of the same place is the same place */
	configure("Host bastion2\n HostName 127.0.0.1\n Port %d\nHost web-x\n ProxyJump "
		  "bastion2\n",
		bastion.port);
	int before = logins(&bastion), behind = logins(&inner);
	start_many(peers, 10, "web-");
	start_link(&other, "web-x");
	finish_many(peers, 10);
	finish_link(&other);
	for (int i = 0; i < 10; i++) {
		expect_ready(&peers[i]);
		expect_echo(&peers[i]);
	}
	expect_ready(&other);
	assert_int_equal(logins(&bastion), before + 1);
	assert_int_equal(logins(&inner), behind + 11);
	hang_up(&other);
	hang_up_all(peers, 10);
	/* it stays for a moment */
	dial(&late, "web-1");
	expect_ready(&late);
	assert_int_equal(logins(&bastion), before + 1);
	hang_up(&late);
}

/* The connections' own sshd's: the children of the one that listens. */
static void
kill_connections(const struct ssh_server *server)
{
	server_sh(
		"kill -9 $(cat /proc/%d/task/%d/children)", (int)server->pid, (int)server->pid);
}

static void
test_death_of_the_jump_host(void **state)
{
	struct ssh_server mortal = {0};
	struct peer peers[3], direct, idle;
	struct command c;
	const char *argv[] = {"cat", NULL};
	(void)state;
	server_start(&mortal, "");
	server_sh("cp %s/ak %s/ak", inner.dir, mortal.dir);
	know_host(&mortal, "known_hosts");
	configure("Host web-*\n ProxyJump mortal\nHost mortal\n HostName 127.0.0.1\n Port %d\n",
		mortal.port);
	start_many(peers, 3, "web-");
	start_link(&direct, "direct");
	finish_many(peers, 3);
	finish_link(&direct);
	expect_ready(&direct);
	expect_ready(&peers[0]);
	start(&c, &peers[0], argv);
	kill_connections(&mortal);
	for (int i = 0; i < 3; i++) {
		wait_for(&peers[i].closed);
		assert_true(peers[i].ready);
		assert_says(&peers[i].why, ERR_CLOSED, "jump host mortal: ");
	}
	assert_true(c.done);
	expect_echo(&direct);
	hang_up_all(peers, 3);
	/* and up again, by one login */
	int before = logins(&mortal);
	start_many(peers, 3, "web-");
	finish_many(peers, 3);
	expect_ready(&peers[2]);
	assert_int_equal(logins(&mortal), before + 1);
	hang_up_all(peers, 3);
	/* nobody is on it: its death is seen all the same, and it is not offered to the next */
	kill_connections(&mortal);
	dial(&idle, "web-1");
	if (idle.closed) { /* it was quicker than the news */
		assert_says(&idle.why, ERR_CLOSED, "jump host mortal: ");
		hang_up(&idle);
		dial(&idle, "web-1");
	}
	expect_ready(&idle);
	hang_up(&idle);
	hang_up(&direct);
	server_stop(&mortal);
}

/* Twenty at once, where two that have not logged in are all that the server has room for. */
static void
test_narrow_server(void **state)
{
	static struct peer peers[MANY];
	struct ssh_server narrow = {0};
	(void)state;
	server_start(&narrow, "MaxStartups 2\n");
	server_sh("cp %s/ak %s/ak", inner.dir, narrow.dir);
	know_host(&narrow, "known_hosts");
	configure("Host narrow-*\n HostName 127.0.0.1\n Port %d\n", narrow.port);
	start_many(peers, MANY, "narrow-");
	finish_many(peers, MANY);
	for (int i = 0; i < MANY; i++)
		expect_ready(&peers[i]);
	if (!strstr(buf_cstr(&peers[MANY - 1].statuses), "waiting for its turn; "))
		fail_msg("%s", buf_cstr(&peers[MANY - 1].statuses));
	hang_up_all(peers, MANY);
	server_stop(&narrow);
}

/* As sshd comes: it drops at random from the eleventh on. None may be dropped. */
static void
test_fifty_at_once(void **state)
{
	static struct peer peers[50];
	struct ssh_server usual = {0};
	(void)state;
	server_start(&usual, "LogLevel VERBOSE\n");
	server_sh("cp %s/ak %s/ak", inner.dir, usual.dir);
	know_host(&usual, "known_hosts");
	configure("Host usual-*\n HostName 127.0.0.1\n Port %d\n", usual.port);
	int before = knocks(&usual);
	start_many(peers, 50, "usual-");
	finish_many(peers, 50);
	for (int i = 0; i < 50; i++)
		expect_ready(&peers[i]);
	assert_int_equal(connections(&usual), before + 50);
	hang_up_all(peers, 50);
	server_stop(&usual);
}

static void
test_forbidden(void **state)
{
	static const struct {
		const char *sshd, *says;
	} rows[] = {
		{"AllowTcpForwarding no\n",
                 "jump host strict does not allow to go on to 127.0.0.1 port"   },
		{"PermitOpen 127.0.0.1:1\n", "AllowTcpForwarding and PermitOpen"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ssh_server strict = {0};
		struct peer peer;
		server_start(&strict, rows[i].sshd);
		server_sh("cp %s/ak %s/ak", inner.dir, strict.dir);
		know_host(&strict, "known_hosts");
		configure("Host strict\n HostName 127.0.0.1\n Port %d\nHost web-*\n ProxyJump "
			  "strict\n",
			strict.port);
		dial(&peer, "web-1");
		assert_says(&peer.why, ERR_REMOTE, rows[i].says);
		hang_up(&peer);
		server_stop(&strict);
	}
}

/* One command that does nothing makes sshd send small packets at once; it may be refused. */
static void
test_asked_to_send_at_once(void **state)
{
	char forced[200];
	const struct {
		const char *sshd, *ran;
	} rows[] = {
		{forced,          "(:)\n"},
		{"MaxSessions 0", ""     },
	};
	(void)state;
	snprintf(forced, sizeof(forced),
		"ForceCommand echo \"($SSH_ORIGINAL_COMMAND)\" >>%s/ran; echo much", inner.dir);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ssh_server hasty = {0};
		struct peer peers[2];
		server_start(&hasty, rows[i].sshd);
		server_sh("cp %s/ak %s/ak; : >%s/ran", inner.dir, hasty.dir, inner.dir);
		know_host(&hasty, "known_hosts");
		configure("Host hasty\n HostName 127.0.0.1\n Port %d\nHost web-*\n ProxyJump "
			  "hasty\n",
			hasty.port);
		for (int n = 0; n < 2; n++) {
			dial(&peers[n], n ? "web-2" : "web-1");
			expect_ready(&peers[n]);
			expect_echo(&peers[n]);
		}
		int64_t end = clock_ms() + DEADLINE_MS;
		const char *ran = "";
		do {
			turn(end);
			ran = server_sh("cat %s/ran", inner.dir);
		} while (strcmp(ran, rows[i].ran) != 0);
		for (int n = 0; n < 2; n++)
			expect_echo(&peers[n]);
		assert_string_equal(server_sh("cat %s/ran", inner.dir), rows[i].ran);
		hang_up_all(peers, 2);
		server_stop(&hasty);
	}
}

static void
test_nobody_behind_it(void **state)
{
	struct peer peer;
	int port;
	(void)state;
	close(server_listen(&port));
	configure(
		"Host web-none\n Port %d\nHost web-nameless\n HostName no-such-name.invalid\n",
		port);
	dial(&peer, "web-none");
	assert_says(
		&peer.why, ERR_REMOTE, "jump host bastion cannot connect to 127.0.0.1 port");
	hang_up(&peer);
	dial(&peer, "web-nameless");
	assert_says(&peer.why, ERR_REMOTE,
		"jump host bastion cannot connect to no-such-name.invalid port");
	hang_up(&peer);
}

static void
connect_to(int port, int fds[], int count)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < count; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM, 0);
		fcntl(fds[i], F_SETFL, O_NONBLOCK);
		(void)connect(fds[i], (struct sockaddr *)&addr, sizeof(addr));
	}
}

/* A host that is off answers nothing at all: a listener whose queue is full drops what comes.
 */
static void
test_silence_behind_it_holds_up_nobody(void **state)
{
	struct peer silent[2], up, peers[4];
	int port, fds[12];
	(void)state;
	int fd = server_listen(&port);
	listen(fd, 0);
	connect_to(port, fds, 12);
	configure("Host web-off*\n Port %d\n ConnectTimeout 12\n", port);
	dial(&up, "web-up");
	expect_ready(&up);
	start_many(silent, 2, "web-off");
	while (!strstr(buf_cstr(&silent[1].statuses), "connecting"))
		turn(clock_ms() + DEADLINE_MS);
	int64_t began = clock_ms();
	start_many(peers, 4, "web-");
	finish_many(peers, 4);
	for (int i = 0; i < 4; i++) {
		expect_ready(&peers[i]);
		expect_echo(&peers[i]);
	}
	assert_true(clock_ms() - began < 30000); /* the kernel would hold it for two minutes */
	/* Only time is left to pass for those. */
	if (clock_ms() - began < 11000)
		clock_skip(began + 11000 - clock_ms());
	finish_many(silent, 2);
	for (int i = 0; i < 2; i++)
		assert_says(&silent[i].why, ERR_TIMEOUT, "while connecting");
	/* What was given up did no harm to the way. */
	expect_echo(&up);
	carry_much(&up);
	hang_up_all(silent, 2);
	hang_up_all(peers, 4);
	hang_up(&up);
	for (int i = 0; i < 12; i++)
		close(fds[i]);
	close(fd);
}

static void
test_paused_stream_stops_nobody(void **state)
{
	struct peer slow, quick;
	struct command c;
	const char *argv[] = {"head", "-c", "30000000", "/dev/zero", NULL};
	(void)state;
	configure(" ");
	dial(&slow, "web-1");
	dial(&quick, "web-2");
	expect_ready(&slow);
	expect_ready(&quick);
	start(&c, &slow, argv);
	c.check = true; /* nobody looks at the bytes */
	int64_t end = clock_ms() + DEADLINE_MS;
	while (c.count < 65536)
		turn(end);
	stream_pause(c.stream, true);
	size_t at = c.count;
	carry_much(&quick);
	expect_echo(&slow);
	assert_int_equal(c.count, at);
	assert_false(c.done);
	stream_pause(c.stream, false);
	wait_for(&c.done);
	assert_int_equal(c.count, 30000000);
	hang_up(&slow);
	hang_up(&quick);
}

/* Ten wait for it, and it is asked once; who comes later has it asked again. */
static void
expect_one_refusal(const char *config, int code, const char *part)
{
	struct peer peers[10];
	struct ssh_server strict = {0};
	server_start(&strict, "LogLevel VERBOSE\n");
	configure("Host strict\n HostName 127.0.0.1\n Port %d\n %s\nHost web-*\n ProxyJump "
		  "strict\n",
		strict.port, config);
	for (int round = 0; round < 2; round++) {
		int before = knocks(&strict);
		start_many(peers, 10, "web-");
		finish_many(peers, 10);
		for (int i = 0; i < 10; i++) {
			assert_says(&peers[i].why, code, "jump host strict: ");
			assert_says(&peers[i].why, code, part);
		}
		assert_int_equal(connections(&strict), before + 1);
		hang_up_all(peers, 10);
	}
	server_stop(&strict);
}

static void
test_refused_by_the_jump_host(void **state)
{
	(void)state;
	expect_one_refusal(" ", ERR_HOSTKEY, "is not known");
	/* its key is known by another name; the user's is not welcome */
	server_sh("cd %s && { printf 'elsewhere ' && cut -d' ' -f1,2 %s/hk_ed25519.pub; } "
		  ">>known_hosts",
		inner.dir, bastion.dir);
	expect_one_refusal("HostKeyAlias elsewhere", ERR_HOSTKEY, "is not the one in");
	/* a login that is refused */
	struct peer peers[5];
	configure("Host bastion\n IdentityFile %s/id_wrong\n", inner.dir);
	server_sh("sed -i s/id_ed25519$/id_none/ %s/ssh_config", inner.dir);
	int before = connections(&bastion);
	start_many(peers, 5, "web-");
	finish_many(peers, 5);
	for (int i = 0; i < 5; i++)
		assert_says(&peers[i].why, ERR_AUTH, "jump host bastion: login as");
	assert_int_equal(connections(&bastion), before + 1);
	hang_up_all(peers, 5);
}

static struct peer *asked;
static int questions;

static void
on_ask(void *ctx, const struct link_ask *ask)
{
	assert_string_equal(ask->host, "bastion");
	assert_int_equal(ask->kind, LINK_ASK_TRUST);
	questions++;
	asked = ctx;
}

static void
on_unask(void *ctx)
{
	(void)ctx;
}

/* A jump host's question is put to one of those who wait for it, and the answer is all's. */
static void
test_asks_one_for_all(void **state)
{
	static const struct link_ops asking = {.ready = on_ready,
		.closed = on_link_closed,
		.status = on_status,
		.ask = on_ask,
		.unask = on_unask};
	struct peer peers[3];
	(void)state;
	server_sh("rm -f %s/unknown", inner.dir);
	know_host(&inner, "unknown");
	configure("Host *\n UserKnownHostsFile %s/unknown\n", inner.dir);
	/* Whoever is asked goes away: the others are not left waiting. */
	for (int round = 0; round < 2; round++) {
		asked = NULL;
		questions = 0;
		for (int i = 0; i < 3; i++) {
			peers[i] = (struct peer){0};
			links_alive++;
			peers[i].link = ssh_link_new(
				pool, i ? "web-1" : "web-2", config_path, &asking, &peers[i]);
		}
		int64_t end = clock_ms() + DEADLINE_MS;
		while (!asked)
			turn(end);
		for (int i = 0; i < 20; i++)
			turn(end);
		assert_int_equal(questions, 1);
		struct peer *who = asked;
		if (round == 0) {
			hang_up(who);
		} else {
			link_answer(who->link, true, NULL);
		}
		for (int i = 0; i < 3; i++) {
			if (round == 0 && &peers[i] == who)
				continue;
			finish_link(&peers[i]);
			if (round == 0)
				assert_says(&peers[i].why, ERR_CLOSED, "jump host bastion");
			else
				expect_ready(&peers[i]);
			hang_up(&peers[i]);
		}
	}
}

static void
test_bad_ways(void **state)
{
	static const struct {
		const char *name;
		int code;
		const char *says;
	} rows[] = {
		{"round-1",   ERR_CONFIG,      "in a circle"                      },
		{"self",      ERR_CONFIG,      "jumphost loop"                    },
		{"far-0",     ERR_CONFIG,      "more than 8 jump hosts on the way"},
		{"web-spawn", ERR_UNSUPPORTED,
                 "jump host spawner: the ssh configuration of "
			"spawner sets ProxyCommand"                               },
	};
	(void)state;
	configure("Host round-1\n ProxyJump round-2\nHost round-2\n ProxyJump round-3\n"
		  "Host round-3\n ProxyJump round-1\nHost self\n ProxyJump self\n"
		  "Host far-0\n ProxyJump far-1\nHost far-1\n ProxyJump far-2\n"
		  "Host far-2\n ProxyJump far-3\nHost far-3\n ProxyJump far-4\n"
		  "Host far-4\n ProxyJump far-5\nHost far-5\n ProxyJump far-6\n"
		  "Host far-6\n ProxyJump far-7\nHost far-7\n ProxyJump far-8\n"
		  "Host far-8\n ProxyJump far-9\n"
		  "Host web-spawn\n ProxyJump spawner\nHost spawner\n ProxyCommand nc %%h %%p\n"
		  "Host web-none\n ProxyJump none\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer peer;
		dial(&peer, rows[i].name);
		assert_says(&peer.why, rows[i].code, rows[i].says);
		hang_up(&peer);
	}
	struct peer peer;
	int before = logins(&bastion);
	dial(&peer, "web-none");
	expect_ready(&peer);
	assert_int_equal(logins(&bastion), before);
	hang_up(&peer);
}

/* Freed at every point of its coming up, alone or beside another, and the pool right after. */
static void
test_free_while_coming_up(void **state)
{
	(void)state;
	configure(" ");
	bool up = false;
	for (int turns = 0; turns < 60 && !up; turns++) {
		struct peer one, two;
		start_link(&one, "web-1");
		start_link(&two, "web-2");
		for (int i = 0; i < turns && !one.ready; i++)
			turn(clock_ms() + DEADLINE_MS);
		up = one.ready;
		link_free(one.link);
		if (turns % 3 == 0)
			finish_link(&two);
		link_free(two.link);
		links_alive -= 2;
		ssh_pool_free(pool);
		for (int i = 0; i < 3; i++)
			loop_turn(loop, false);
		pool = ssh_pool_new(loop);
		buf_release(&one.statuses);
		buf_release(&two.statuses);
	}
	assert_true(up);
}

static int
set_up(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	unsetenv("SSH_AUTH_SOCK");
	text_init();
	server_start(&inner, "MaxStartups 100\n");
	server_start(&bastion, "MaxSessions 1\nLogLevel VERBOSE\n");
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_hop),
		TEST(test_carries_much_both_ways),
		TEST(test_new_keys_meanwhile),
		TEST(test_two_hops),
		TEST(test_one_login_for_all),
		TEST(test_death_of_the_jump_host),
		TEST(test_narrow_server),
		TEST(test_fifty_at_once),
		TEST(test_forbidden),
		TEST(test_asked_to_send_at_once),
		TEST(test_nobody_behind_it),
		TEST(test_silence_behind_it_holds_up_nobody),
		TEST(test_paused_stream_stops_nobody),
		TEST(test_refused_by_the_jump_host),
		TEST(test_asks_one_for_all),
		TEST(test_bad_ways),
		TEST(test_free_while_coming_up),
	};
	return cmocka_run_group_tests_name("ssh_jump", tests, set_up, tear_down);
}
