/* SPDX-License-Identifier: MIT */
/* What ssh(1) asks on its way to a host, and a person's answers, against real sshd's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/un.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_link.h"
#include "cockpit/ssh_askpass.h"
#include "ssh_fixture.h"
#define PERSON_PROMPTS_MAX 1
#include "ssh_person.h"
#include "ssh_server.h"

/* No start-up files of ours: some take their time. */
#define QUIET "SetEnv HOME=/nonexistent\n"

static struct ssh_server server;
static char config_path[128];

enum way { ANY, SYSTEM, SYSTEM_OLD_KEYS };

static void
begin(struct peer *peer, enum way way, const char *name)
{
	links_alive++;
	peer->link = way == ANY ? ssh_any_new(pool, name, config_path, &with_person, peer)
				: ssh_system_new(pool, name, config_path, way == SYSTEM,
					  &with_person, peer);
}

static pid_t cockpit; /* of test_cockpit_dies_while_asked() */

/* Sockets, and processes that have one in their words or ask for one of ours. */
static bool
left_behind(void)
{
	char command[400];
	snprintf(command, sizeof(command),
		"cd %s && test -z \"$(ls run/cockpit 2>/dev/null)\" && ! pgrep -f "
		"'[/]%s/run/cockpit|[/]proc/(%d|%d)/exe ' >/dev/null",
		server.dir, server.dir + 1, (int)getpid(), (int)cockpit);
	return system(command) != 0;
}

static void
hang_up(struct peer *peer)
{
	link_free(peer->link);
	links_alive--;
	int64_t deadline = clock_ms() + DEADLINE_MS;
	while (links_alive == 0 && left_behind())
		turn(deadline);
	release_peer(peer);
}

static void
configure(
	const struct ssh_server *to, const char *identity, const char *known, const char *more)
{
	/* of what is said twice, the first counts */
	server_write(&server, "ssh_config",
		"Host lab lab2\n %s\n HostName 127.0.0.1\n Port %d\n User %s\n"
		" IdentityFile %s/%s\n UserKnownHostsFile %s/%s\n GlobalKnownHostsFile none\n"
		" IdentitiesOnly yes\n HashKnownHosts no\n",
		more, to->port, server_user(), server.dir, identity, server.dir, known);
}

/* key: a file with the host's public key, or with another. */
static void
know(const struct ssh_server *to, const char *key, const char *file)
{
	server_sh("cd %s && printf '%%s' '[127.0.0.1]:%d ' >%s && cut -d' ' -f1,2 %s.pub >>%s",
		server.dir, to->port, file, key, file);
}

/* --- passphrases --- */

static void
test_passphrase_serves_all_hosts(void **state)
{
	struct peer peer = {.answers = {"word"}}, second = {0}, third = {0};
	char note[200];
	(void)state;
	configure(&server, "id_rsapass", "known_hosts", "");
	begin(&peer, ANY, "lab");
	wait_for_end(&peer);
	assert_ready(&peer);
	assert_int_equal(peer.asked, 1);
	assert_int_equal(peer.unasked, 0);
	assert_int_equal(peer.kind, LINK_ASK_SECRET);
	assert_string_equal(peer.host, "lab");
	snprintf(note, sizeof(note), "passphrase of %s/id_rsapass", server.dir);
	assert_string_equal(buf_cstr(&peer.title), note);
	assert_string_equal(buf_cstr(&peer.prompts), "Passphrase");
	snprintf(note, sizeof(note), "through ssh(1): RSA key %s/id_rsapass", server.dir);
	assert_string_equal(buf_cstr(&peer.notes), note);
	begin(&second, ANY, "lab2");
	begin(&third, SYSTEM, "lab2");
	wait_for_end(&second);
	wait_for_end(&third);
	assert_ready(&second);
	assert_ready(&third);
	assert_int_equal(second.asked + third.asked, 0);
	hang_up(&peer);
	hang_up(&second);
	hang_up(&third);
	/* the file is another one: what was said of it counts no more */
	struct peer last = {.answers = {"other"}, .at_once = true};
	server_sh("cd %s && cp -p id_rsapass id_kept && ssh-keygen -q -p -P word -N other -f "
		  "id_rsapass",
		server.dir);
	begin(&last, SYSTEM, "lab");
	wait_for_end(&last);
	server_sh("cd %s && mv id_kept id_rsapass", server.dir);
	assert_ready(&last);
	assert_int_equal(last.asked, 1);
	hang_up(&last);
}

static void
test_passphrase_of_many_at_once(void **state)
{
	struct peer peers[5] = {0};
	int asked = 0;
	(void)state;
	configure(&server, "id_rsapass", "known_hosts", "");
	for (size_t i = 0; i < 5; i++) {
		peers[i].answers[0] = "word";
		begin(&peers[i], i % 2 ? ANY : SYSTEM, "lab");
	}
	for (size_t i = 0; i < 5; i++) {
		wait_for_end(&peers[i]);
		assert_ready(&peers[i]);
		asked += peers[i].asked;
	}
	assert_int_equal(asked, 1);
	for (size_t i = 0; i < 5; i++)
		hang_up(&peers[i]);
}

static void
test_passphrase_wrong(void **state)
{
	struct peer peer = {
		.answers = {"a", "b", "c"}
        };
	struct peer better = {
		.answers = {"a", "word"}
        };
	(void)state;
	configure(&server, "id_rsapass", "known_hosts", "");
	begin(&peer, ANY, "lab");
	wait_for_end(&peer);
	assert_int_equal(peer.asked, 3);
	assert_has(&peer.text, "That was not its passphrase. 1 try is left.");
	assert_closed(&peer, ERR_AUTH, "id_rsapass: the passphrase was wrong 3 times");
	hang_up(&peer);
	begin(&better, SYSTEM, "lab");
	wait_for_end(&better);
	assert_ready(&better);
	assert_int_equal(better.asked, 2);
	hang_up(&better);
}

static void
test_passphrase_not_given(void **state)
{
	static const char *const ways[] = {NO, ""};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct peer peer = {.answers = {ways[i]}, .at_once = true};
		configure(&server, "id_rsapass", "known_hosts", "");
		begin(&peer, ANY, "lab");
		wait_for_end(&peer);
		assert_int_equal(peer.asked, 1);
		assert_closed(&peer, ERR_AUTH, "id_rsapass: its passphrase was not given");
		assert_null(strstr(peer.why.text, "It could ask nobody"));
		hang_up(&peer);
	}
}

/* Older forms of key files; and one of which we cannot tell, so ssh is let try. */
static void
test_passphrase_of_other_files(void **state)
{
	static const char *const makes[] = {"-m PEM", "-m PKCS8", "-Z aes256-gcm@openssh.com",
		"-Z chacha20-poly1305@openssh.com"};
	(void)state;
	for (size_t i = 0; i < sizeof(makes) / sizeof(makes[0]); i++) {
		struct peer peer = {.answers = {"words"}}, wrong = {.answers = {"wrong"}};
		server_sh("cd %s && rm -f id_other* && cp -p id_rsa id_other && cp id_rsa.pub "
			  "id_other.pub && ssh-keygen -q -p %s -P '' -N words -f id_other",
			server.dir, makes[i]);
		configure(&server, "id_other", "known_hosts", "");
		begin(&wrong, SYSTEM, "lab");
		wait_for_ask(&wrong, 1);
		if (i < 2)
			wait_for_ask(&wrong, 2);
		else
			wait_for_end(&wrong);
		assert_int_equal(wrong.ready, false);
		hang_up(&wrong);
		begin(&peer, SYSTEM, "lab");
		wait_for_end(&peer);
		assert_ready(&peer);
		assert_int_equal(peer.asked, 1);
		hang_up(&peer);
	}
}

static void
test_batch_mode_asks_nothing(void **state)
{
	struct peer peer = {.answers = {"word"}};
	(void)state;
	configure(&server, "id_rsapass", "known_hosts", "BatchMode yes");
	begin(&peer, SYSTEM, "lab");
	wait_for_end(&peer);
	assert_int_equal(peer.asked, 0);
	assert_closed(&peer, ERR_AUTH, "It could ask nobody");
	hang_up(&peer);
}

/* --- host keys --- */

static void
test_new_host(void **state)
{
	struct peer no = {.answers = {NO}}, yes = {.answers = {YES}}, again = {0};
	char print[128];
	(void)state;
	server_sh("rm -f %s/k_new", server.dir);
	configure(&server, "id_ed25519", "k_new", "");
	begin(&no, SYSTEM, "lab");
	wait_for_end(&no);
	assert_closed(&no, ERR_HOSTKEY, "was not accepted");
	sscanf(server_sh("ssh-keygen -lf %s/hk_ed25519.pub", server.dir), "%*d %127s", print);
	assert_closed(&no, ERR_HOSTKEY, print);
	hang_up(&no);
	server_sh("test ! -s %s/k_new", server.dir);
	begin(&yes, SYSTEM, "lab");
	wait_for_end(&yes);
	assert_ready(&yes);
	assert_int_equal(yes.asked, 1);
	assert_int_equal(yes.kind, LINK_ASK_TRUST);
	assert_has(&yes.title, "a host that was never seen: [127.0.0.1]:");
	assert_has(&yes.text, print);
	server_sh("test -s %s/k_new", server.dir);
	begin(&again, SYSTEM, "lab");
	wait_for_end(&again);
	assert_ready(&again);
	hang_up(&yes);
	hang_up(&again);
}

static void
test_new_host_of_many_at_once(void **state)
{
	struct peer peers[4] = {0};
	int asked = 0;
	(void)state;
	configure(&server, "id_ed25519", "no/such/folder/k_new", "");
	for (size_t i = 0; i < 4; i++) {
		peers[i].answers[0] = YES;
		begin(&peers[i], SYSTEM, "lab");
	}
	for (size_t i = 0; i < 4; i++) {
		wait_for_end(&peers[i]);
		assert_ready(&peers[i]);
		asked += peers[i].asked;
	}
	assert_int_equal(asked, 1);
	for (size_t i = 0; i < 4; i++)
		hang_up(&peers[i]);
}

/* Nobody is asked where the answer is no in any case. */
static void
test_host_keys_are_refused(void **state)
{
	static const struct {
		enum way way;
		const char *known, *more;
	} rows[] = {
		{SYSTEM_OLD_KEYS, "k_none",    ""                         },
		{SYSTEM,          "k_none",    "StrictHostKeyChecking yes"},
		{SYSTEM,          "k_changed", ""                         },
		{SYSTEM,          "k_changed", "StrictHostKeyChecking no" },
	};
	(void)state;
	server_sh("rm -f %s/k_none", server.dir);
	know(&server, "id_wrong", "k_changed");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer peer = {.answers = {YES}};
		configure(&server, "id_ed25519", rows[i].known, rows[i].more);
		begin(&peer, rows[i].way, "lab");
		wait_for_end(&peer);
		assert_closed(&peer, ERR_HOSTKEY, "Host key verification failed");
		assert_int_equal(peer.asked, 0);
		server_sh("test ! -s %s/k_none", server.dir);
		hang_up(&peer);
	}
}

/* --- passwords, and what a server asks by itself --- */

static struct ssh_server accounts;
static bool have_accounts;

#define AS_TESTER "User cockpit-test\n PubkeyAuthentication no\n PreferredAuthentications "

static const char *const methods[] = {"password", "keyboard-interactive"};

static void
need_accounts(void)
{
	if (have_accounts)
		return;
	print_message("only root may lay accounts over those of the machine\n");
	skip();
}

static void
configure_account(const char *method)
{
	char more[200], key[128];
	snprintf(more, sizeof(more), AS_TESTER "%s", method);
	snprintf(key, sizeof(key), "%s/hk_ed25519", accounts.dir);
	know(&accounts, key, "k_accounts");
	configure(&accounts, "id_ed25519", "k_accounts", more);
}

static void
test_password(void **state)
{
	static const struct {
		const char *answer;
		int code;
		const char *says;
	} rows[] = {
		{"sesame", 0,        NULL                      },
		{"open",   ERR_AUTH, "Permission denied"       },
		{NO,       ERR_AUTH, "the login was given up: "},
		{NULL,     ERR_AUTH, "longer than ssh(1) takes"},
	};
	char *much = mem_alloc(2000);
	(void)state;
	need_accounts();
	memset(much, 'x', 1999);
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer peer = {.at_once = i % 3 == 0};
		const char *text = rows[i / 2].answer;
		peer.answers[0] = text ? text : much;
		configure_account(methods[i % 2]);
		begin(&peer, SYSTEM, "lab");
		wait_for_end(&peer);
		assert_int_equal(peer.asked, 1);
		assert_int_equal(peer.kind, LINK_ASK_SECRET);
		assert_string_equal(buf_cstr(&peer.title), "login at lab through ssh(1)");
		assert_has(&peer.prompts, "cockpit-test@127.0.0.1");
		assert_has(&peer.prompts, "assword:");
		if (rows[i / 2].code)
			assert_closed(&peer, rows[i / 2].code, rows[i / 2].says);
		else
			assert_ready(&peer);
		hang_up(&peer);
	}
	mem_free(much);
}

/* A server cannot ask for a passphrase that somebody has typed for a key file. */
static void
test_server_cannot_fish(void **state)
{
	struct peer owner = {.answers = {"word"}}, peer = {.answers = {NO}};
	(void)state;
	need_accounts();
	configure(&server, "id_rsapass", "known_hosts", "");
	begin(&owner, SYSTEM, "lab");
	wait_for_end(&owner);
	assert_ready(&owner);
	server_write(&accounts, "fish.c",
		"struct msg { int style; const char *text; };\n"
		"struct conv { int (*fn)(int, const struct msg **, void **, void *);\n"
		"	void *data; };\n"
		"int pam_get_item(const void *, int, const void **);\n"
		"int pam_sm_setcred(void *h, int f, int n, const char **a)\n"
		"{ (void)h; (void)f; (void)n; (void)a; return 0; }\n"
		"int pam_sm_authenticate(void *h, int f, int n, const char **a)\n"
		"{\n"
		"	const void *item;\n"
		"	struct msg msg = {1, \"Enter passphrase for key '%s/id_rsapass': \"};\n"
		"	const struct msg *list = &msg;\n"
		"	void *resp = 0;\n"
		"	(void)f; (void)n; (void)a;\n"
		"	if (pam_get_item(h, 5, &item) != 0) return 7;\n"
		"	const struct conv *c = item;\n"
		"	c->fn(1, &list, &resp, c->data);\n"
		"	return 7;\n"
		"}\n",
		server.dir);
	server_sh("cd %s && cc -shared -fPIC -o fish.so fish.c", accounts.dir);
	server_write(&accounts, "pam",
		"auth required %s/fish.so\naccount required pam_permit.so\n", accounts.dir);
	configure_account("keyboard-interactive");
	begin(&peer, SYSTEM, "lab");
	wait_for_end(&peer);
	server_write(&accounts, "pam",
		"auth required pam_unix.so nodelay\naccount required pam_permit.so\n"
		"session required pam_permit.so\n");
	assert_int_equal(peer.asked, 1);
	assert_has(&peer.prompts, "(cockpit-test@127.0.0.1) Enter passphrase for key");
	hang_up(&peer);
	hang_up(&owner);
}

/* --- what else ssh and its helpers ask --- */

/* A program on the way that wants a touch, then a yes. */
static void
test_touch_and_confirm(void **state)
{
	struct peer peer = {.answers = {YES}}, refused = {.answers = {NO}};
	char more[200];
	(void)state;
	configure(&server, "id_ed25519", "known_hosts", "");
	server_sh("cd %s && cp ssh_config way_config && rm -f touched", server.dir);
	server_write(&server, "way",
		"SSH_ASKPASS_PROMPT=none $SSH_ASKPASS 'Touch \033it' &\n"
		"until test -e %s/touched; do sleep 0.02; done\nkill $!\n"
		"SSH_ASKPASS_PROMPT=confirm $SSH_ASKPASS 'Above.\nGo on?' || exit 1\n"
		"exec ssh -F %s/way_config -W $1:$2 lab\n",
		server.dir, server.dir);
	snprintf(more, sizeof(more), "ProxyCommand sh %s/way %%h %%p", server.dir);
	configure(&server, "id_ed25519", "known_hosts", more);
	begin(&peer, ANY, "lab");
	int64_t deadline = clock_ms() + DEADLINE_MS;
	while (!strstr(buf_cstr(&peer.statuses), "Touch ^[it; "))
		turn(deadline);
	assert_int_equal(peer.asked, 0);
	server_sh("touch %s/touched", server.dir);
	wait_for_end(&peer);
	assert_ready(&peer);
	assert_int_equal(peer.asked, 1);
	assert_int_equal(peer.kind, LINK_ASK_SECRET);
	assert_int_equal(peer.count, 0);
	assert_string_equal(buf_cstr(&peer.text), "Above.\nGo on?");
	hang_up(&peer);
	begin(&refused, ANY, "lab");
	wait_for_end(&refused);
	assert_true(refused.closed);
	hang_up(&refused);
}

static int
dial_socket(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	char path[200];
	assert_int_equal(
		sscanf(server_sh("ls -d %s/run/cockpit/*.ask", server.dir), "%199s", path), 1);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%.100s", path);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

/* Whoever sends too much, or nothing, or comes in crowds, harms nobody but himself. */
static void
test_strange_askers(void **state)
{
	struct peer peer = {0};
	char junk[8000];
	int fds[20];
	(void)state;
	configure(&server, "id_rsapass", "known_hosts", "");
	begin(&peer, SYSTEM, "lab");
	wait_for_ask(&peer, 1);
	memset(junk, 0, sizeof(junk));
	for (int i = 0; i < 3; i++) {
		/* two empty strings and more; a length of 4 GB; one that has room, and never
		 * comes */
		static const char heads[][4] = {"\0\0\0\0", "\377\377\377\377", "\0\0\20\0"};
		memcpy(junk, heads[i], 4);
		fds[0] = dial_socket();
		(void)!send(fds[0], junk, i == 2 ? 4 : sizeof(junk), MSG_NOSIGNAL);
		int64_t deadline = clock_ms() + DEADLINE_MS;
		char byte;
		while (i != 2 && recv(fds[0], &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN)
			turn(deadline);
		close(fds[0]);
	}
	for (int i = 0; i < 20; i++) {
		fds[i] = dial_socket();
		loop_turn(loop, false);
	}
	for (int i = 0; i < 20; i++)
		close(fds[i]);
	peer.answers[1] = NULL;
	peer.answers[0] = "word";
	answer(&peer);
	wait_for_end(&peer);
	assert_ready(&peer);
	assert_int_equal(peer.asked, 1);
	hang_up(&peer);
}

/* --- ends while somebody is asked --- */

/* What is asked, and by which way. */
static void
ask_one(struct peer *peer, int which)
{
	if (which == 0)
		configure(&server, "id_rsapass", "known_hosts", "");
	else if (which == 1)
		configure(&server, "id_ed25519", "k_never", "");
	else
		configure_account("password");
	begin(peer, which == 0 ? ANY : SYSTEM, "lab");
	wait_for_ask(peer, 1);
}

static void
test_freed_while_asked(void **state)
{
	(void)state;
	for (int which = 0; which < (have_accounts ? 3 : 2); which++) {
		struct peer peer = {0};
		ask_one(&peer, which);
		hang_up(&peer);
		assert_int_equal(peer.unasked, 0);
	}
}

static void
test_freed_while_checked(void **state)
{
	struct peer peer = {.answers = {"word"}, .at_once = true},
		    later = {.answers = {"word"}};
	(void)state;
	ask_one(&peer, 0);
	hang_up(&peer);
	/* what was on its way then has ended before the same has come up again */
	ask_one(&later, 0);
	wait_for_end(&later);
	assert_ready(&later);
	hang_up(&later);
}

static void
test_ssh_dies_while_asked(void **state)
{
	(void)state;
	for (int which = 0; which < (have_accounts ? 3 : 2); which++) {
		struct peer peer = {0};
		ask_one(&peer, which);
		server_sh("kill -9 $(pgrep -f '[/]%s/run/cockpit.*ControlMaster=yes')",
			server.dir + 1);
		wait_for(&peer.closed);
		assert_int_equal(peer.unasked, 1);
		assert_int_equal(peer.why.code, ERR_AUTH);
		hang_up(&peer);
	}
}

/* A cockpit that is killed leaves nobody who waits for its answer. */
static void
test_cockpit_dies_while_asked(void **state)
{
	int out[2];
	char byte = 0;
	(void)state;
	configure(&server, "id_rsapass", "known_hosts", "");
	assert_int_equal(pipe(out), 0);
	pid_t pid = cockpit = fork();
	if (pid == 0) {
		struct peer peer = {0};
		loop = loop_new();
		pool = ssh_pool_new(loop);
		begin(&peer, SYSTEM, "lab");
		while (peer.asked == 0 && !peer.closed)
			loop_turn(loop, true);
		byte = (char)('0' + peer.asked);
		(void)!write(out[1], &byte, 1);
		for (;;)
			pause();
	}
	assert_int_equal(read(out[0], &byte, 1), 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(out[0]);
	close(out[1]);
	assert_int_equal(byte, '1');
	server_sh("rm -f %s/run/cockpit/*", server.dir);
	int64_t deadline = clock_ms() + DEADLINE_MS;
	while (left_behind())
		turn(deadline);
}

/* --- jump hosts --- */

/* "lab" behind "gate", which is the same server with another key. */
static void
configure_jump(const char *key, const char *more)
{
	server_write(&server, "ssh_config",
		"Host gate\n %s\n IdentityFile %s/%s\nHost lab\n ProxyJump gate\n"
		" IdentityFile %s/id_ed25519\nHost *\n HostName 127.0.0.1\n Port %d\n"
		" User %s\n UserKnownHostsFile %s/known_hosts\n GlobalKnownHostsFile none\n"
		" IdentitiesOnly yes\n HashKnownHosts no\n",
		more, server.dir, key, server.dir, server.port, server_user(), server.dir);
}

static void
test_jump_host_that_needs_ssh(void **state)
{
	struct peer plain = {0}, locked = {.answers = {"word"}}, refused = {.answers = {NO}};
	char note[200];
	(void)state;
	configure_jump("id_rsa", "");
	begin(&plain, ANY, "lab");
	wait_for_end(&plain);
	assert_ready(&plain);
	snprintf(note, sizeof(note), "through ssh(1): jump host gate: RSA key %s/id_rsa",
		server.dir);
	assert_string_equal(buf_cstr(&plain.notes), note);
	assert_int_equal(plain.asked, 0);
	hang_up(&plain);
	configure_jump("id_rsapass", "");
	begin(&refused, ANY, "lab");
	wait_for_end(&refused);
	assert_closed(&refused, ERR_AUTH, "id_rsapass: its passphrase was not given");
	assert_int_equal(refused.asked, 1);
	hang_up(&refused);
	begin(&locked, ANY, "lab");
	wait_for_end(&locked);
	assert_ready(&locked);
	assert_int_equal(locked.asked, 1);
	assert_has(&locked.title, "/id_rsapass");
	hang_up(&locked);
}

/* What was refused at the jump host is no reason to take another way. */
static void
test_jump_host_that_is_refused(void **state)
{
	char gate[200];
	(void)state;
	know(&server, "id_wrong", "k_changed");
	static const char *const ways[] = {"ask", "no"};
	for (size_t i = 0; i < 2; i++) {
		struct peer peer = {.answers = {YES}};
		snprintf(gate, sizeof(gate),
			"UserKnownHostsFile %s/k_changed\n StrictHostKeyChecking %s",
			server.dir, ways[i]);
		configure_jump("id_rsa", gate);
		begin(&peer, ANY, "lab");
		wait_for_end(&peer);
		assert_closed(&peer, ERR_HOSTKEY, "jump host gate: ");
		assert_string_equal(buf_cstr(&peer.notes), "");
		assert_int_equal(peer.asked, 0);
		hang_up(&peer);
	}
	/* a person's no */
	struct peer peer = {.answers = {NO}};
	snprintf(gate, sizeof(gate), "UserKnownHostsFile %s/k_never", server.dir);
	configure_jump("id_rsa", gate);
	begin(&peer, ANY, "lab");
	wait_for_end(&peer);
	assert_closed(&peer, ERR_HOSTKEY, "was not accepted");
	assert_string_equal(buf_cstr(&peer.notes), "");
	hang_up(&peer);
}

/* Only ssh(1) can check its host key, and would let a wrong one pass there if told so. */
static void
test_jump_host_with_an_rsa_host_key(void **state)
{
	static const struct {
		const char *known, *strict;
		bool ready;
	} rows[] = {
		{"id_rsa",     "ask",        true },
		{"id_rsapass", "ask",        false},
		{"id_rsa",     "accept-new", true },
		{"id_rsapass", "no",         false},
		{"id_rsa",     "no",         false},
	};
	struct ssh_server gate = {0};
	char more[400];
	(void)state;
	snprintf(more, sizeof(more),
		QUIET "HostKey %s/id_rsa\nHostKeyAlgorithms rsa-sha2-512,rsa-sha2-256\n",
		server.dir);
	server_start(&gate, more);
	server_sh("cp %s/ak %s/ak", server.dir, gate.dir);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer peer = {.answers = {YES}};
		know(&gate, rows[i].known, "k_gate");
		snprintf(more, sizeof(more),
			"Port %d\n UserKnownHostsFile %s/k_gate\n StrictHostKeyChecking %s",
			gate.port, server.dir, rows[i].strict);
		configure_jump("id_ed25519", more);
		begin(&peer, ANY, "lab");
		wait_for_end(&peer);
		if (peer.ready != rows[i].ready)
			fail_msg("row %zu: %s", i, peer.why.text);
		assert_int_equal(peer.asked, 0);
		if (strcmp(rows[i].strict, "no") == 0)
			assert_string_equal(buf_cstr(&peer.notes), "");
		else
			assert_has(&peer.notes, "through ssh(1): jump host gate: no host key");
		hang_up(&peer);
	}
	server_stop(&gate);
}

/* Through ssh(1) from the start, each hop asks through us. */
static void
test_all_hops_ask(void **state)
{
	struct peer peer = {
		.answers = {YES, "word"}
        };
	char gate[200];
	(void)state;
	server_sh("rm -f %s/k_gate", server.dir);
	snprintf(gate, sizeof(gate), "UserKnownHostsFile %s/k_gate", server.dir);
	configure_jump("id_rsapass", gate);
	begin(&peer, SYSTEM, "lab");
	wait_for_end(&peer);
	assert_ready(&peer);
	assert_int_equal(peer.asked, 2);
	server_sh("test -s %s/k_gate", server.dir);
	hang_up(&peer);
}

static int
set_up(void **state)
{
	char run[128];
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	unsetenv("SSH_AUTH_SOCK");
	unsetenv("TMPDIR");
	text_init();
	have_accounts = server_can_have_accounts();
	server_start(&server, QUIET);
	accounts.accounts = true;
	if (have_accounts)
		server_start(&accounts,
			QUIET "UsePAM yes\nPasswordAuthentication yes\n"
			      "KbdInteractiveAuthentication yes\nLoginGraceTime 600\n");
	server_sh("cd %s && ssh-keygen -q -t rsa -b 2048 -N word -C '' -f id_rsapass && cat "
		  "id_rsapass.pub >>ak",
		server.dir);
	know(&server, "hk_ed25519", "known_hosts");
	snprintf(config_path, sizeof(config_path), "%s/ssh_config", server.dir);
	snprintf(run, sizeof(run), "%s/run", server.dir);
	setenv("XDG_RUNTIME_DIR", run, 1);
	return mkdir(run, 0700);
}

static int
tear_down(void **state)
{
	(void)state;
	server_stop(&server);
	if (have_accounts)
		server_stop(&accounts);
	return 0;
}

int
main(int argc, char **argv)
{
	if (ssh_askpass_wanted())
		return ssh_askpass_main(argc, argv);
	const struct CMUnitTest tests[] = {
		TEST(test_passphrase_serves_all_hosts),
		TEST(test_passphrase_of_many_at_once),
		TEST(test_passphrase_wrong),
		TEST(test_passphrase_not_given),
		TEST(test_passphrase_of_other_files),
		TEST(test_batch_mode_asks_nothing),
		TEST(test_new_host),
		TEST(test_new_host_of_many_at_once),
		TEST(test_host_keys_are_refused),
		TEST(test_password),
		TEST(test_server_cannot_fish),
		TEST(test_touch_and_confirm),
		TEST(test_strange_askers),
		TEST(test_freed_while_asked),
		TEST(test_freed_while_checked),
		TEST(test_ssh_dies_while_asked),
		TEST(test_cockpit_dies_while_asked),
		TEST(test_jump_host_that_needs_ssh),
		TEST(test_jump_host_that_is_refused),
		TEST(test_jump_host_with_an_rsa_host_key),
		TEST(test_all_hops_ask),
	};
	return cmocka_run_group_tests_name("ssh_askpass", tests, set_up, tear_down);
}
