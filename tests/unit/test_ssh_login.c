/* SPDX-License-Identifier: MIT */
/* Logins and host keys that need a person, against a real sshd. */
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
#define ANSWERS_MAX 8
#define NO          "\1no" /* as an answer: Cancel, or "no" */
#define YES         "\1yes"

static struct ssh_server server;
static struct loop *loop;
static struct ssh_pool *pool;
static int links_alive;

/* A link, what it asked and said, and what it is told. */
struct peer {
	struct link *link;
	bool ready, closed;
	struct err why;
	const char *answers[ANSWERS_MAX]; /* one a prompt; NULL: the question stays open */
	int next;
	int asked, unasked;
	enum link_ask_kind kind;
	char host[64];
	struct buf title, text, prompts, notes; /* of the last question */
	bool at_once;                           /* answers from inside of ask() */
};

static void
on_tick(void *ctx)
{
	(void)ctx; /* it has woken the loop: that is all */
}

/* One turn that ends soon, whatever happens; a test that hangs fails. */
static void
turn(int64_t deadline)
{
	struct loop_timer *tick = loop_timer_new(loop, on_tick, NULL);
	loop_timer_set(tick, 50);
	loop_turn(loop, true);
	loop_timer_free(tick);
	assert_true(clock_ms() < deadline);
}

static void
on_ready(void *ctx)
{
	((struct peer *)ctx)->ready = true;
}

static void
on_closed(void *ctx, const struct err *why)
{
	struct peer *peer = ctx;
	assert_false(peer->closed);
	peer->closed = true;
	peer->why = *why;
}

static int prompt_count;

static void
answer(struct peer *peer)
{
	const char *answers[LINK_PROMPTS_MAX] = {0};
	const char *first = peer->answers[peer->next];
	if (!first)
		return;
	if (strcmp(first, NO) == 0 || strcmp(first, YES) == 0) {
		peer->next++;
		link_answer(peer->link, strcmp(first, YES) == 0, answers);
		return;
	}
	for (int i = 0; i < prompt_count; i++)
		answers[i] = peer->answers[peer->next++];
	link_answer(peer->link, true, answers);
}

static void
answer_later(void *ctx)
{
	answer(ctx);
}

static void
on_ask(void *ctx, const struct link_ask *ask)
{
	struct peer *peer = ctx;
	peer->asked++;
	peer->kind = ask->kind;
	prompt_count = ask->count;
	snprintf(peer->host, sizeof(peer->host), "%s", ask->host);
	buf_clear(&peer->title);
	buf_clear(&peer->text);
	buf_clear(&peer->prompts);
	buf_addc(&peer->title, ask->title);
	buf_addc(&peer->text, ask->text);
	assert_null(strchr(ask->title, '\n'));
	assert_null(strchr(ask->text, '\x1b'));
	for (int i = 0; i < ask->count; i++)
		buf_printf(&peer->prompts, "%s%s%s", i ? "|" : "", ask->prompts[i].text,
			ask->prompts[i].echo ? "+" : "");
	if (peer->at_once)
		answer(peer);
	else if (peer->answers[peer->next])
		loop_defer(loop, answer_later, peer);
}

static void
on_unask(void *ctx)
{
	((struct peer *)ctx)->unasked++;
}

static void
on_note(void *ctx, const char *text)
{
	buf_addc(&((struct peer *)ctx)->notes, text);
}

static const struct link_ops with_person = {.ready = on_ready,
	.closed = on_closed,
	.ask = on_ask,
	.unask = on_unask,
	.note = on_note};
static const struct link_ops alone = {.ready = on_ready, .closed = on_closed, .note = on_note};

static char config_path[128];

/* A host "lab" with the given identity lines and known_hosts file. */
static void
configure(
	const struct ssh_server *to, const char *identity, const char *known, const char *more)
{
	snprintf(config_path, sizeof(config_path), "%s/ssh_config", server.dir);
	server_write(&server, "ssh_config",
		"Host lab lab2\n HostName 127.0.0.1\n Port %d\n IdentityFile %s/%s\n"
		" UserKnownHostsFile %s/%s\n GlobalKnownHostsFile none\n HashKnownHosts no\n"
		" IdentitiesOnly yes\n %s\n User %s\n",
		to->port, server.dir, identity, server.dir, known, more, server_user());
}

static void
know_host(const struct ssh_server *to, const char *key, const char *marker, const char *file)
{
	server_sh("cd %s && printf '%%s' '%s[127.0.0.1]:%d ' >%s && cut -d' ' -f1,2 %s/%s.pub "
		  ">>%s",
		server.dir, marker, to->port, file, to->dir, key, file);
}

static void
start(struct peer *peer, const char *name, const struct link_ops *ops)
{
	links_alive++;
	peer->link = ssh_link_new(pool, name, config_path, ops, peer);
}

static void
wait_for_end(struct peer *peer)
{
	int64_t end = clock_ms() + DEADLINE_MS;
	while (!peer->ready && !peer->closed)
		turn(end);
}

static void
wait_for_ask(struct peer *peer, int count)
{
	int64_t end = clock_ms() + DEADLINE_MS;
	while (peer->asked < count && !peer->ready && !peer->closed)
		turn(end);
	if (peer->asked < count)
		fail_msg("not asked: %s", peer->closed ? peer->why.text : "it came up");
}

static void
hang_up(struct peer *peer)
{
	link_free(peer->link);
	links_alive--;
	for (int i = 0; i < 5; i++)
		loop_turn(loop, false);
	buf_release(&peer->title);
	buf_release(&peer->text);
	buf_release(&peer->prompts);
	buf_release(&peer->notes);
}

static void
assert_has(struct buf *b, const char *part)
{
	if (!strstr(buf_cstr(b), part))
		fail_msg("\"%s\" is not in \"%s\"", part, buf_cstr(b));
}

static void
assert_says(const struct peer *peer, int code, const char *part)
{
	if (!peer->closed)
		fail_msg("not closed");
	if (peer->why.code != code || !strstr(peer->why.text, part))
		fail_msg("got %s \"%s\", want %s with \"%s\"", err_name(peer->why.code),
			peer->why.text, err_name(code), part);
}

static void
assert_ready(const struct peer *peer)
{
	if (!peer->ready)
		fail_msg("%s", peer->why.text);
}

/* --- passphrases --- */

static void
test_passphrase_right(void **state)
{
	struct peer peer = {.answers = {"word"}}, second = {0};
	(void)state;
	configure(&server, "id_pass", "known_hosts", "");
	start(&peer, "lab", &with_person);
	wait_for_end(&peer);
	assert_ready(&peer);
	assert_int_equal(peer.asked, 1);
	assert_int_equal(peer.kind, LINK_ASK_SECRET);
	assert_string_equal(peer.host, "lab");
	assert_has(&peer.title, "passphrase of /tmp/");
	assert_has(&peer.title, "/id_pass");
	assert_string_equal(buf_cstr(&peer.prompts), "Passphrase");
	/* another host, the same key: not asked, even where nobody could be */
	start(&second, "lab2", &alone);
	wait_for_end(&second);
	assert_ready(&second);
	hang_up(&peer);
	hang_up(&second);
}

static void
test_passphrase_wrong_three_times(void **state)
{
	struct peer peer = {
		.answers = {"a", "b", "c"}
        };
	(void)state;
	configure(&server, "id_pass", "known_hosts", "");
	start(&peer, "lab", &with_person);
	wait_for_ask(&peer, 2);
	assert_has(&peer.text, "That was not its passphrase. 2 tries are left.");
	wait_for_end(&peer);
	assert_int_equal(peer.asked, 3);
	assert_has(&peer.text, "1 try is left.");
	assert_says(&peer, ERR_AUTH, "id_pass: the passphrase was wrong 3 times");
	assert_int_equal(peer.unasked, 0);
	hang_up(&peer);
}

static void
test_passphrase_not_given(void **state)
{
	static const char *const ways[] = {NO, ""};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct peer peer = {.answers = {ways[i]}};
		configure(&server, "id_pass", "known_hosts", "");
		start(&peer, "lab", &with_person);
		wait_for_end(&peer);
		assert_int_equal(peer.asked, 1);
		assert_says(&peer, ERR_AUTH, "id_pass: its passphrase was not given");
		hang_up(&peer);
	}
}

/* --- host keys --- */

static void
test_new_host_is_written_on_yes(void **state)
{
	struct peer peer = {.answers = {YES}}, second = {0};
	char print[128];
	(void)state;
	server_sh("rm -rf %s/new", server.dir);
	configure(&server, "id_ed25519", "new/folder/known", "");
	start(&peer, "lab", &with_person);
	wait_for_end(&peer);
	assert_ready(&peer);
	assert_int_equal(peer.asked, 1);
	assert_int_equal(peer.kind, LINK_ASK_TRUST);
	sscanf(server_sh("ssh-keygen -lf %s/hk_ed25519.pub", server.dir), "%*d %127s", print);
	assert_has(&peer.text, print);
	assert_has(&peer.text, "ssh-ed25519");
	assert_has(&peer.text, "new/folder/known");
	assert_has(&peer.title, "127.0.0.1 port ");
	server_sh(
		"cd %s/new && test $(stat -c %%a .) = 700 && test $(stat -c %%a folder) = 700 "
		"&& "
		"test $(stat -c %%a folder/known) = 600 && "
		"test \"$(cat folder/known)\" = \"[127.0.0.1]:%d $(cut -d' ' -f1,2 "
		"../hk_ed25519.pub)\"",
		server.dir, server.port);
	start(&second, "lab", &alone);
	wait_for_end(&second);
	assert_ready(&second);
	hang_up(&peer);
	hang_up(&second);
}

/* --- */

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
		TEST(test_passphrase_right),
		TEST(test_passphrase_wrong_three_times),
		TEST(test_passphrase_not_given),
		TEST(test_new_host_is_written_on_yes),
	};
	return cmocka_run_group_tests_name("ssh_login", tests, set_up, tear_down);
}
