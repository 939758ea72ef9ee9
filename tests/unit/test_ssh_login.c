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
#include "ssh_fixture.h"
#define PERSON_PROMPTS_MAX LINK_PROMPTS_MAX
#include "ssh_person.h"
#include "ssh_server.h"

static struct ssh_server server;

static const struct link_ops alone = {.ready = on_ready, .closed = on_closed, .note = on_note};

static char config_path[128];

/* A host "lab" with the given identity lines and known_hosts file. */
static void
configure(
	const struct ssh_server *to, const char *identity, const char *known, const char *more)
{
	snprintf(config_path, sizeof(config_path), "%s/ssh_config", server.dir);
	/* of what is said twice, the first counts */
	server_write(&server, "ssh_config",
		"Host lab lab2\n %s\n HostName 127.0.0.1\n Port %d\n User %s\n"
		" IdentityFile %s/%s\n UserKnownHostsFile %s/%s\n GlobalKnownHostsFile none\n"
		" HashKnownHosts no\n IdentitiesOnly yes\n",
		more, to->port, server_user(), server.dir, identity, server.dir, known);
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
hang_up(struct peer *peer)
{
	link_free(peer->link);
	links_alive--;
	for (int i = 0; i < 5; i++)
		loop_turn(loop, false);
	release_peer(peer);
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
	assert_closed(&peer, ERR_AUTH, "id_pass: the passphrase was wrong 3 times");
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
		assert_closed(&peer, ERR_AUTH, "id_pass: its passphrase was not given");
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

static void
test_new_host_is_not_written_on_no(void **state)
{
	struct peer peer = {.answers = {NO}};
	(void)state;
	server_sh("rm -rf %s/new", server.dir);
	configure(&server, "id_ed25519", "new/known", "");
	start(&peer, "lab", &with_person);
	wait_for_end(&peer);
	assert_closed(&peer, ERR_HOSTKEY, "was not accepted");
	server_sh("test ! -e %s/new", server.dir);
	hang_up(&peer);
}

/* How the line looks: "ssh-keygen -F" finds it under the name given, ssh-keygen being ssh's. */
static void
expect_learnt(const char *known, const char *more, const char *name, bool hashed)
{
	struct peer peer = {.answers = {YES}}, second = {0};
	configure(&server, "id_ed25519", known, more);
	start(&peer, "lab", &with_person);
	wait_for_end(&peer);
	assert_ready(&peer);
	server_sh("ssh-keygen -F '%s' -f %s/%s >/dev/null", name, server.dir, known);
	server_sh("%s grep -q '^|1|' %s/%s", hashed ? "" : "!", server.dir, known);
	start(&second, "lab", &alone);
	wait_for_end(&second);
	assert_ready(&second);
	hang_up(&peer);
	hang_up(&second);
}

static void
test_new_host_is_written_as_ssh_would(void **state)
{
	char name[64];
	(void)state;
	snprintf(name, sizeof(name), "[127.0.0.1]:%d", server.port);
	server_sh("cd %s && rm -f k_* && printf '# no end' >k_open && ln -s k_target k_link",
		server.dir);
	expect_learnt("k_plain", "", name, false);
	expect_learnt("k_open", "", name, false);
	assert_string_equal(server_sh("head -1 %s/k_open", server.dir), "# no end\n");
	expect_learnt("k_link", "", name, false);
	server_sh("test -f %s/k_target", server.dir);
	expect_learnt("k_alias", "HostKeyAlias Some.Alias", "some.alias", false);
	expect_learnt("k_hashed", "HashKnownHosts yes", name, true);
}

static void
test_new_host_without_asking(void **state)
{
	static const char *const ways[] = {"accept-new", "no", "off"};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct peer peer = {0};
		char more[64];
		server_sh("rm -f %s/k_auto", server.dir);
		snprintf(more, sizeof(more), "StrictHostKeyChecking %s", ways[i]);
		configure(&server, "id_ed25519", "k_auto", more);
		start(&peer, "lab", &with_person);
		wait_for_end(&peer);
		assert_ready(&peer);
		assert_int_equal(peer.asked, 0);
		server_sh("test -s %s/k_auto", server.dir);
		hang_up(&peer);
	}
}

/* Nobody is there, or the configuration wants it so. */
static void
test_new_host_is_refused(void **state)
{
	static const struct {
		const char *more;
		const struct link_ops *ops;
		const char *says;
	} rows[] = {
		{"",			  &alone,       "is not known"         },
		{"StrictHostKeyChecking yes", &with_person, "StrictHostKeyChecking"},
		{"BatchMode yes",             &with_person, "run \"ssh lab\" once" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer peer = {.answers = {YES}};
		configure(&server, "id_ed25519", "k_never", rows[i].more);
		start(&peer, "lab", rows[i].ops);
		wait_for_end(&peer);
		assert_closed(&peer, ERR_HOSTKEY, rows[i].says);
		assert_closed(&peer, ERR_HOSTKEY, "SHA256:");
		assert_int_equal(peer.asked, 0);
		server_sh("test ! -e %s/k_never", server.dir);
		hang_up(&peer);
	}
}

/* As root the file has to be one that cannot be written by anybody: a folder. */
static void
test_new_host_that_cannot_be_written(void **state)
{
	struct peer peer = {.answers = {YES}}, second = {0};
	(void)state;
	server_sh("cd %s && rm -rf k_ro && : >k_ro", server.dir);
	configure(&server, "id_ed25519", "k_ro/known", "");
	start(&peer, "lab", &with_person);
	wait_for_end(&peer);
	assert_ready(&peer);
	assert_has(&peer.notes, "trusted for this time only");
	assert_has(&peer.notes, "k_ro");
	/* this time is as long as the program runs */
	start(&second, "lab", &alone);
	wait_for_end(&second);
	assert_ready(&second);
	hang_up(&peer);
	hang_up(&second);
}

static void
test_new_host_is_asked_for_once(void **state)
{
	struct peer peers[3] = {{0}};
	int asked = 0, asker = 0;
	(void)state;
	server_sh("rm -f %s/k_many", server.dir);
	configure(&server, "id_ed25519", "k_many", "");
	for (int i = 0; i < 3; i++)
		start(&peers[i], "lab", &with_person);
	int64_t end = clock_ms() + DEADLINE_MS;
	while (!asked) {
		turn(end);
		for (int i = 0; i < 3; i++)
			if (peers[i].asked) {
				asked += peers[i].asked;
				asker = i;
			}
	}
	/* the others come as far as this one, and wait */
	for (int i = 0; i < 10; i++)
		turn(end);
	/* the one who asks goes away: the next one asks */
	hang_up(&peers[asker]);
	int heir = -1;
	while (heir < 0) {
		turn(end);
		for (int i = 0; i < 3; i++)
			if (i != asker && peers[i].asked)
				heir = i;
	}
	link_answer(peers[heir].link, true, NULL);
	for (int i = 0; i < 3; i++) {
		if (i == asker)
			continue;
		wait_for_end(&peers[i]);
		assert_ready(&peers[i]);
		assert_int_equal(peers[i].asked, i == heir);
		hang_up(&peers[i]);
	}
	assert_string_equal(server_sh("wc -l <%s/k_many", server.dir), "1\n");
}

static void
expect_refused(const char *known, const char *more, int code, const char *part)
{
	struct peer peer = {.answers = {YES}};
	configure(&server, "id_ed25519", known, more);
	start(&peer, "lab", &with_person);
	wait_for_end(&peer);
	assert_int_equal(peer.asked, 0);
	assert_closed(&peer, code, part);
	hang_up(&peer);
}

/* A changed key is refused whatever is set, with its line. */
static void
test_case_9_changed_host_key(void **state)
{
	char place[200];
	(void)state;
	server_sh("cd %s && { echo '#'; printf '[127.0.0.1]:%d '; cut -d' ' -f1,2 "
		  "id_wrong.pub; } >k_changed && cp k_changed k_before",
		server.dir, server.port);
	snprintf(place, sizeof(place), "%s/k_changed:2", server.dir);
	expect_refused("k_changed", "", ERR_HOSTKEY, place);
	expect_refused("k_changed", "StrictHostKeyChecking no", ERR_HOSTKEY, place);
	expect_refused("k_changed", "StrictHostKeyChecking accept-new", ERR_HOSTKEY, place);
	server_sh("cd %s && cmp k_changed k_before", server.dir);
}

static void
test_case_10_markers_and_revoked_keys(void **state)
{
	char more[200];
	struct peer peer = {0};
	(void)state;
	know_host(&server, "hk_ed25519", "@revoked ", "k_revoked");
	expect_refused("k_revoked", "", ERR_HOSTKEY, "is revoked by");
	expect_refused("k_revoked", "StrictHostKeyChecking no", ERR_HOSTKEY, "is revoked by");
	/* a list of keys, for every host */
	server_sh("cd %s && { echo '# bad keys'; cat hk_ed25519.pub; } >r_list && "
		  "ssh-keygen -q -k -f r_krl id_wrong.pub && cat id_wrong.pub >r_other",
		server.dir);
	snprintf(more, sizeof(more), "RevokedHostKeys %s/r_list", server.dir);
	expect_refused("known_hosts", more, ERR_HOSTKEY, "r_list:2");
	snprintf(more, sizeof(more), "RevokedHostKeys %s/r_krl", server.dir);
	expect_refused("known_hosts", more, ERR_UNSUPPORTED, "KRL");
	snprintf(more, sizeof(more), "RevokedHostKeys %s/r_missing", server.dir);
	expect_refused("known_hosts", more, ERR_NOT_FOUND, "RevokedHostKeys");
	snprintf(more, sizeof(more), "RevokedHostKeys %s/r_other", server.dir);
	configure(&server, "id_ed25519", "known_hosts", more);
	start(&peer, "lab", &alone);
	wait_for_end(&peer);
	assert_ready(&peer);
	hang_up(&peer);
	/* an authority cannot vouch, and that is said when the host is asked for */
	peer = (struct peer){.answers = {NO}};
	know_host(&server, "hk_ed25519", "@cert-authority ", "k_authority");
	configure(&server, "id_ed25519", "k_authority", "");
	start(&peer, "lab", &with_person);
	wait_for_end(&peer);
	assert_int_equal(peer.asked, 1);
	assert_has(&peer.text, "certificate authority");
	hang_up(&peer);
	/* a key of another type alone: new for ssh, but never taken without a person */
	peer = (struct peer){.answers = {NO}};
	server_sh("cd %s && { printf '[127.0.0.1]:%d '; cut -d' ' -f1,2 id_rsa.pub; } >k_rsa",
		server.dir, server.port);
	configure(&server, "id_ed25519", "k_rsa", "StrictHostKeyChecking accept-new");
	start(&peer, "lab", &with_person);
	wait_for_end(&peer);
	assert_int_equal(peer.asked, 1);
	assert_has(&peer.text, "has a key of another type");
	hang_up(&peer);
}

static void
test_case_11_rsa_key_alone(void **state)
{
	struct peer peer = {0};
	(void)state;
	configure(&server, "id_rsa", "known_hosts", "");
	start(&peer, "lab", &with_person);
	wait_for_end(&peer);
	assert_closed(&peer, ERR_AUTH, "an RSA key, which libssh2 1.10 cannot use");
	assert_closed(&peer, ERR_AUTH, "ssh-keygen -t ed25519");
	hang_up(&peer);
}

/* --- passwords, and what a server asks by itself --- */

static struct ssh_server accounts;
static bool have_accounts;

#define AS_TESTER "User cockpit-test\n PubkeyAuthentication no\n"

static void
need_accounts(void)
{
	if (have_accounts)
		return;
	print_message("only root may lay accounts over those of the machine\n");
	skip();
}

static void
set_pam(const char *stack)
{
	server_write(&accounts, "pam",
		"%saccount required pam_permit.so\nsession required pam_permit.so\n", stack);
}

static void
configure_account(const char *more)
{
	set_pam("auth required pam_unix.so nodelay\n");
	know_host(&accounts, "hk_ed25519", "", "k_accounts");
	configure(&accounts, "id_ed25519", "k_accounts", more);
}

static void
test_password(void **state)
{
	struct peer peer = {
		.answers = {"open", "sesame"}
        };
	(void)state;
	need_accounts();
	configure_account(AS_TESTER " PreferredAuthentications password");
	start(&peer, "lab", &with_person);
	wait_for_ask(&peer, 1);
	assert_string_equal(buf_cstr(&peer.title), "password of cockpit-test on 127.0.0.1");
	wait_for_end(&peer);
	assert_ready(&peer);
	assert_int_equal(peer.asked, 2);
	assert_has(&peer.text, "did not take it");
	hang_up(&peer);
}

/* Three tries, then it is over: nobody is asked in a loop. */
static void
test_case_13_wrong_three_times(void **state)
{
	static const char *const ways[] = {"password", "keyboard-interactive"};
	(void)state;
	need_accounts();
	for (size_t i = 0; i < 2; i++) {
		struct peer peer = {
			.answers = {"a", "b", "c", "d", "e", "f"}
                };
		char more[200];
		snprintf(more, sizeof(more), AS_TESTER " PreferredAuthentications %s", ways[i]);
		configure_account(more);
		start(&peer, "lab", &with_person);
		wait_for_end(&peer);
		assert_int_equal(peer.asked, 3);
		assert_closed(&peer, ERR_AUTH, "login as cockpit-test on 127.0.0.1 refused");
		hang_up(&peer);
	}
}

static void
test_cancel_ends_it(void **state)
{
	static const char *const ways[] = {"password", "keyboard-interactive"};
	(void)state;
	need_accounts();
	for (size_t i = 0; i < 2; i++) {
		struct peer peer = {.answers = {NO}};
		char more[200];
		snprintf(more, sizeof(more), AS_TESTER " PreferredAuthentications %s", ways[i]);
		configure_account(more);
		start(&peer, "lab", &with_person);
		wait_for_end(&peer);
		assert_int_equal(peer.asked, 1);
		assert_closed(&peer, ERR_AUTH, "the login was given up");
		hang_up(&peer);
	}
}

static void
test_nobody_to_ask(void **state)
{
	static const char *const ways[][2] = {
		{"password",             "a password: nobody is there to ask"},
		{"keyboard-interactive", "nobody is there to ask"            },
	};
	(void)state;
	need_accounts();
	for (size_t i = 0; i < 2; i++) {
		struct peer peer = {0};
		char more[200];
		snprintf(more, sizeof(more), AS_TESTER " PreferredAuthentications %s",
			ways[i][0]);
		configure_account(more);
		start(&peer, "lab", &alone);
		wait_for_end(&peer);
		assert_closed(&peer, ERR_AUTH, ways[i][1]);
		assert_closed(&peer, ERR_AUTH, "run cockpit in a terminal");
		hang_up(&peer);
	}
}

static void
test_interactive(void **state)
{
	struct peer peer = {
		.answers = {"wrong", "sesame"}
        };
	(void)state;
	need_accounts();
	configure_account(AS_TESTER);
	start(&peer, "lab", &with_person);
	wait_for_ask(&peer, 1);
	assert_string_equal(buf_cstr(&peer.title), "login as cockpit-test on 127.0.0.1");
	assert_string_equal(buf_cstr(&peer.prompts), "Password:");
	wait_for_end(&peer);
	assert_ready(&peer);
	assert_int_equal(peer.asked, 2);
	assert_has(&peer.text, "did not take it");
	hang_up(&peer);
}

/* A server's own module of two questions: the first may be seen while it is typed, and a text
 * that would paint a terminal stands before the second. */
static void
make_module(void)
{
	server_write(&accounts, "codes.c",
		"struct msg { int style; const char *text; };\n"
		"struct resp { char *text; int code; };\n"
		"struct conv { int (*fn)(int, const struct msg **, struct resp **, void *);\n"
		"	void *data; };\n"
		"int pam_get_item(const void *, int, const void **);\n"
		"int strcmp(const char *, const char *);\n"
		"static int ask(const struct conv *c, int style, const char *text,\n"
		"	const char *want)\n"
		"{\n"
		"	struct msg msg = {style, text};\n"
		"	const struct msg *list = &msg;\n"
		"	struct resp *resp = 0;\n"
		"	if (c->fn(1, &list, &resp, c->data) != 0) return 0;\n"
		"	return !want || (resp && resp->text && strcmp(resp->text, want) == "
		"0);\n"
		"}\n"
		"int pam_sm_setcred(void *h, int f, int n, const char **a)\n"
		"{ (void)h; (void)f; (void)n; (void)a; return 0; }\n"
		"int pam_sm_authenticate(void *h, int f, int n, const char **a)\n"
		"{\n"
		"	const void *item;\n"
		"	(void)f; (void)n; (void)a;\n"
		"	if (pam_get_item(h, 5, &item) != 0) return 7;\n"
		"	return ask(item, 2, \"Token: \", \"one\") &&\n"
		"		ask(item, 4, \"second \\033[31mstep\\a\", 0) &&\n"
		"		ask(item, 1, \"PIN\\033[0m: \", \"two\") ? 0 : 7;\n"
		"}\n");
	server_sh("cd %s && cc -shared -fPIC -o codes.so codes.c", accounts.dir);
}

static void
test_interactive_rounds(void **state)
{
	char stack[200];
	(void)state;
	need_accounts();
	make_module();
	for (int at_once = 0; at_once < 2; at_once++) {
		struct peer peer = {
			.answers = {"one", "two"},
                          .at_once = at_once
                };
		configure_account(AS_TESTER);
		snprintf(stack, sizeof(stack), "auth required %s/codes.so\n", accounts.dir);
		set_pam(stack);
		start(&peer, "lab", &with_person);
		wait_for_ask(&peer, 1);
		if (!at_once)
			assert_string_equal(buf_cstr(&peer.prompts), "Token:+");
		wait_for_end(&peer);
		assert_ready(&peer);
		assert_int_equal(peer.asked, 2);
		assert_string_equal(buf_cstr(&peer.prompts), "PIN^[[0m:");
		assert_has(&peer.text, "second ^[[31mstep^G");
		hang_up(&peer);
	}
}

static void
test_two_steps(void **state)
{
	struct ssh_server strict = {.accounts = true};
	struct peer peer = {.answers = {"sesame"}};
	(void)state;
	need_accounts();
	server_start(&strict, "UsePAM yes\nKbdInteractiveAuthentication yes\n"
			      "AuthenticationMethods publickey,keyboard-interactive\n");
	server_sh("cp %s/id_ed25519.pub %s/ak; chmod 644 %s/ak", server.dir, strict.dir,
		strict.dir);
	know_host(&strict, "hk_ed25519", "", "k_strict");
	configure(&strict, "id_ed25519", "k_strict", "User cockpit-test");
	start(&peer, "lab", &with_person);
	wait_for_end(&peer);
	assert_ready(&peer);
	assert_int_equal(peer.asked, 1);
	hang_up(&peer);
	server_stop(&strict);
}

static void
test_case_14_banner(void **state)
{
	struct ssh_server loud = {0};
	char config[100];
	struct peer peer = {.answers = {NO}};
	(void)state;
	snprintf(config, sizeof(config), "Banner %s/banner\n", server.dir);
	server_write(&server, "banner", "hello\n\x1b[2J\x1b]0;pwned\a bye\n");
	server_start(&loud, config);
	server_sh("cp %s/id_pass.pub %s/ak", server.dir, loud.dir);
	know_host(&loud, "hk_ed25519", "", "k_loud");
	configure(&loud, "id_pass", "k_loud", "");
	start(&peer, "lab", &with_person);
	wait_for_end(&peer);
	assert_int_equal(peer.asked, 1);
	assert_has(&peer.text, "hello\n^[[2J^[]0;pwned^G bye");
	assert_null(strchr(peer.why.text, '\x1b'));
	hang_up(&peer);
	server_stop(&loud);
}

/* --- while a question is open --- */

static const struct {
	const char *identity, *more, *known;
	bool account;
	int code;
} open_questions[] = {
	{"id_pass",    "",					     NULL,       false, ERR_AUTH   },
	{"id_ed25519", "",					     "k_nobody", false, ERR_HOSTKEY},
	{"id_ed25519", AS_TESTER " PreferredAuthentications password", NULL,       true,  ERR_AUTH   },
	{"id_ed25519", AS_TESTER,				      NULL,       true,  ERR_AUTH   },
};

static struct ssh_server *
open_question(size_t i, struct peer *peer)
{
	bool account = open_questions[i].account;
	const char *known = account ? "k_accounts" : "known_hosts";
	if (account)
		set_pam("auth required pam_unix.so nodelay\n");
	if (account)
		know_host(&accounts, "hk_ed25519", "", "k_accounts");
	configure(account ? &accounts : &server, open_questions[i].identity,
		open_questions[i].known ? open_questions[i].known : known,
		open_questions[i].more);
	*peer = (struct peer){0};
	start(peer, "lab", &with_person);
	wait_for_ask(peer, 1);
	return account ? &accounts : &server;
}

static void
test_freed_while_asked(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(open_questions) / sizeof(open_questions[0]); i++) {
		struct peer peer;
		if (open_questions[i].account && !have_accounts)
			continue;
		open_question(i, &peer);
		hang_up(&peer);
		assert_int_equal(peer.unasked, 0);
	}
}

static void
test_server_dies_while_asked(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(open_questions) / sizeof(open_questions[0]); i++) {
		struct peer peer;
		if (open_questions[i].account && !have_accounts)
			continue;
		struct ssh_server *to = open_question(i, &peer);
		assert_int_equal(peer.asked, 1);
		/* a monitor and the one that talks to us, which it alone outlives */
		server_sh("for m in $(cat /proc/%d/task/%d/children); do "
			  "kill -9 $(cat /proc/$m/task/$m/children) $m; done 2>&1 || true",
			(int)to->pid, (int)to->pid);
		wait_for_end(&peer);
		assert_closed(&peer, open_questions[i].code, "waited too long for an answer");
		assert_int_equal(peer.unasked, 1);
		link_answer(peer.link, true, (const char *const[]){"late"});
		hang_up(&peer);
	}
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
	have_accounts = server_can_have_accounts();
	accounts.accounts = true;
	if (have_accounts)
		server_start(&accounts, "UsePAM yes\nPasswordAuthentication yes\n"
					"KbdInteractiveAuthentication yes\nMaxAuthTries 20\n");
	return 0;
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
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_passphrase_right),
		TEST(test_passphrase_wrong_three_times),
		TEST(test_passphrase_not_given),
		TEST(test_new_host_is_written_on_yes),
		TEST(test_new_host_is_not_written_on_no),
		TEST(test_new_host_is_written_as_ssh_would),
		TEST(test_new_host_without_asking),
		TEST(test_new_host_is_refused),
		TEST(test_new_host_that_cannot_be_written),
		TEST(test_new_host_is_asked_for_once),
		TEST(test_case_9_changed_host_key),
		TEST(test_case_10_markers_and_revoked_keys),
		TEST(test_case_11_rsa_key_alone),
		TEST(test_password),
		TEST(test_case_13_wrong_three_times),
		TEST(test_cancel_ends_it),
		TEST(test_nobody_to_ask),
		TEST(test_interactive),
		TEST(test_interactive_rounds),
		TEST(test_two_steps),
		TEST(test_case_14_banner),
		TEST(test_freed_while_asked),
		TEST(test_server_dies_while_asked),
	};
	return cmocka_run_group_tests_name("ssh_login", tests, set_up, tear_down);
}
