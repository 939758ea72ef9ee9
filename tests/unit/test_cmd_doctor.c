/* SPDX-License-Identifier: MIT */
/* What doctor makes of facts, of the way to a host, and of the errors on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "cmd/advice.h"
#include "cmd/finding.h"
#include "cmd/judge.h"
#include "cmd/trail.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_fleet.h"

static const struct finding *
only(const struct report *r)
{
	assert_int_equal(r->count, 1);
	return &r->findings[0];
}

static void
test_facts(void **state)
{
	static const struct {
		const char *fact;
		enum finding_verdict verdict;
		const char *what, *text, *advice; /* of advice: a part; NULL: none */
	} rows[] = {
		{"tmux tmux 3.2",                         FINDING_FINE,  "tmux",      "tmux 3.2",            NULL           },
		{"tmux tmux 3.1c",                        FINDING_FAILS, "tmux",      "tmux 3.1c",           "3.2 or newer" },
		{"tmux tmux next-3.5",                    FINDING_FINE,  "tmux",      "tmux next-3.5",       NULL           },
		{"tmux missing",                          FINDING_FAILS, "tmux",      "it is not installed", "install tmux" },
		{"git missing",                           FINDING_FAILS, "git",       "it is not installed", "install git"  },
		{"git git version 2.39.5",                FINDING_FINE,  "git",       "git version 2.39.5",  NULL           },
		{"repo missing",                          FINDING_FAILS, "repo",      NULL,                  "clone"        },
		{"repo /srv/a b",                         FINDING_FINE,  "repo",      "/srv/a b",            NULL           },
		{"shell /bin/tcsh",                       FINDING_WARNS, "shell",     "/bin/tcsh",           "chsh"         },
		{"linger no",                             FINDING_WARNS, "linger",    "no",                  "enable-linger"},
		{"server 17 3.3a",                        FINDING_FINE,  "server",    "17 3.3a",             NULL           },
		{"server stuck 17",                       FINDING_FAILS, "server",    NULL,                  "kill -CONT 17"},
		{"server stuck ",                         FINDING_FAILS, "server",    NULL,                  "ps -C tmux"   },
		{"server stuck 1; rm -rf ~",              FINDING_FAILS, "server",    NULL,                  "ps -C tmux"   },
		{"login slow",                            FINDING_WARNS, "login",     NULL,                  "~/.profile"   },
		{"agents ",			       FINDING_WARNS, "agents",    NULL,                  "PATH"         },
		{"agents claude codex",                   FINDING_FINE,  "agents",    "claude codex",        NULL           },
		{"chatter 1 hello",                       FINDING_WARNS, "chatter",
                 "the login prints 1 line before a command runs: hello",                                     "scp"          },
		{"disk home ok 5242880 200000 /home/ann", FINDING_FINE,  "disk home",
                 "/home/ann: 5.0 GiB free, 200000 inodes",                                                   NULL           },
		{"disk home ok 5242880 - /home/a b",      FINDING_FINE,  "disk home",
                 "/home/a b: 5.0 GiB free",								  NULL           },
		{"disk tmp ok 5000 200000 /tmp",          FINDING_WARNS, "disk tmp",  NULL,                  "make room"    },
		{"disk tmp ok 12 200000 /tmp",            FINDING_FAILS, "disk tmp",  NULL,                  "make room"    },
		{"disk tmp ok 5242880 7 /tmp",            FINDING_WARNS, "disk tmp",  NULL,                  "more files"   },
		{"disk tmp ok 5242880 0 /tmp",            FINDING_FAILS, "disk tmp",  NULL,                  "more files"   },
		{"disk repo full 0 10 /srv",              FINDING_FAILS, "disk repo", NULL,                  "make room"    },
		{"disk repo read-only 5242880 10 /srv",   FINDING_FAILS, "disk repo", NULL,
                 "mount it"												 },
		{"disk repo unwritable 5242880 10 /srv",  FINDING_FAILS, "disk repo", NULL,
                 "belong to the user"										       },
		{"disk repo noexec 5242880 200000 /srv",  FINDING_WARNS, "disk repo", NULL,
                 "remount,exec"											     },
		{"disk",				  FINDING_FINE,  "disk ",     ": ",                  NULL           },
		{"new-fact of a newer script",            FINDING_FINE,  "new-fact",  "of a newer script",
                 NULL												       },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report r = {0};
		judge_facts(&r, str_from(rows[i].fact), 0, 0);
		const struct finding *f = only(&r);
		assert_string_equal(f->what, rows[i].what);
		assert_int_equal(f->verdict, rows[i].verdict);
		assert_int_equal(r.worst, rows[i].verdict);
		if (rows[i].text)
			assert_string_equal(f->text, rows[i].text);
		if (!rows[i].advice)
			assert_string_equal(f->advice, "");
		else if (!strstr(f->advice, rows[i].advice))
			fail_msg("%s: %s", rows[i].fact, f->advice);
	}
}

/* A host may say anything, and any amount of it. */
static void
test_hostile_facts(void **state)
{
	struct report r = {0};
	struct buf facts = BUF_INIT;
	(void)state;
	judge_facts(&r,
		STR("x\033[2Jy \033]0;z\007\nclock 99999999999999999999\nclock-end x\n\n \n"),
		0, 0);
	for (int i = 0; i < r.count; i++) {
		assert_null(strchr(r.findings[i].what, '\033'));
		assert_null(strchr(r.findings[i].text, '\033'));
	}
	for (int i = 0; i < 1000; i++)
		buf_printf(&facts, "fact %d\n", i);
	judge_facts(&r, buf_str(&facts), 0, 0);
	assert_int_equal(r.count, FINDINGS_MAX);
	buf_release(&facts);
}

static void
test_clock(void **state)
{
	static const struct {
		int64_t first, last, before, after;
		enum finding_verdict verdict;
		const char *text;
	} rows[] = {
		{1000, 1000, 1000, 1000, FINDING_FINE,  "as here"                  },
		{1001, 1003, 1000, 1003, FINDING_FINE,  "as here"                  },
		{1000, 1009, 1000, 1010, FINDING_FINE,  "as here"                  }, /* it took long */
		{1004, 1004, 1000, 1000, FINDING_FINE,  "3 s ahead of this machine"},
		{1010, 1010, 1000, 1000, FINDING_WARNS, "9 s ahead of this machine"},
		{990,  999,  1000, 1010, FINDING_WARNS, "9 s behind this machine"  },
		{400,  400,  1000, 1000, FINDING_WARNS, "599 s behind this machine"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report r = {0};
		char facts[80];
		snprintf(facts, sizeof(facts), "clock %lld\nclock-end %lld\n",
			(long long)rows[i].first, (long long)rows[i].last);
		judge_facts(&r, str_from(facts), rows[i].before, rows[i].after);
		assert_string_equal(only(&r)->text, rows[i].text);
		assert_int_equal(only(&r)->verdict, rows[i].verdict);
	}
}

static void
look(struct trail *t, struct host_view *host, const char *doing, int64_t now)
{
	host->doing = doing;
	trail_look(t, host, now);
}

static void
test_way(void **state)
{
	struct err none = ERR_INIT;
	struct host_view host = {
		.name = "web", .state = HOST_CONNECTING, .why = &none, .note = ""};
	struct trail t = {0};
	struct report r = {0};
	static const char *const steps[] = {
		"settings", "resolve", "connect", "host key", "login", "way"};
	(void)state;
	look(&t, &host, "", 100);
	look(&t, &host, "resolving", 110);
	look(&t, &host, "connecting", 115);
	look(&t, &host, "connecting", 118); /* told twice */
	look(&t, &host, "host key", 140);
	trail_asked(&t);
	look(&t, &host, "login", 99140);
	host.state = HOST_LINKED;
	look(&t, &host, "", 99200);
	assert_true(trail_report(&t, &host, &r));
	assert_int_equal(r.count, 6);
	for (int i = 0; i < 6; i++)
		assert_string_equal(r.findings[i].what, steps[i]);
	assert_int_equal(r.findings[0].ms, 10);
	assert_int_equal(r.findings[2].ms, 25);
	/* A person's time is not the host's. */
	assert_int_equal(r.findings[3].ms, -1);
	assert_int_equal(r.findings[4].ms, 60);
	assert_string_equal(r.findings[5].text, "direct");
}

static void
test_broken_way(void **state)
{
	struct err why = ERR_INIT;
	struct host_view host = {
		.name = "web", .state = HOST_CONNECTING, .why = &why, .note = ""};
	struct trail t = {0};
	struct report r = {0};
	(void)state;
	look(&t, &host, "resolving", 110);
	look(&t, &host, "connecting", 115);
	err_set(&why, ERR_IO, "host web: cannot connect to web port 22: Connection refused");
	host.state = HOST_LOST;
	look(&t, &host, "", 116);
	assert_false(trail_report(&t, &host, &r));
	assert_int_equal(r.count, 2);
	assert_string_equal(r.findings[0].what, "resolve");
	assert_int_equal(r.findings[0].verdict, FINDING_FINE);
	assert_string_equal(r.findings[1].what, "connect");
	assert_int_equal(r.findings[1].verdict, FINDING_FAILS);
	assert_string_equal(
		r.findings[1].text, "cannot connect to web port 22: Connection refused");
	assert_non_null(strstr(r.findings[1].advice, "nothing listens"));
}

/* The error says it better than the step in which it came. */
static void
test_advice(void **state)
{
	static const struct {
		const char *step;
		int code;
		const char *text, *what, *advice;
	} rows[] = {
		{"connect", ERR_HOSTKEY,     "the host key of web is not known",          "host key",
                 "compare"											     },
		{"login",   ERR_HOSTKEY,     "is not the one in known_hosts:3",           "host key",
                 "on purpose"											  },
		{"connect", ERR_HOSTKEY,     "is revoked by known_hosts:3",               "host key",
                 "do not log in"										       },
		{"connect", ERR_AUTH,        "refused: tried id",                         "login",    "authorized_keys"},
		{"login",   ERR_AUTH,        "id: it has a passphrase",                   "login",    "ssh-add"        },
		{"resolve", ERR_IO,          "Temporary failure in name resolution",      "resolve",
                 "name server"											 },
		{"resolve", ERR_NOT_FOUND,   "Name or service not known",                 "resolve",  "spelled"        },
		{"connect", ERR_TIMEOUT,     "no answer in 15 s while connecting",        "connect",
                 "firewall"											    },
		{"connect", ERR_TIMEOUT,     "waiting for its SSH greeting",              "connect",
                 "does not speak SSH"										  },
		{"connect", ERR_IO,          "No route to host",                          "connect",  "firewall"       },
		{"connect", ERR_PROTOCOL,    "Failed getting banner",                     "connect",  "no SSH server"  },
		{"connect", ERR_CLOSED,      "channel open: administratively prohibited", "connect",
                 "AllowTcpForwarding"										  },
		{"login",   ERR_REMOTE,      "forwarding is prohibited",                  "login",
                 "AllowTcpForwarding"										  },
		{"connect", ERR_CONFIG,      "ssh -G failed",                             "settings", "ssh -G"         },
		{"command", ERR_UNSUPPORTED, "the login shell there seems to be csh",     "command",
                 "chsh"												},
		{"command", ERR_TIMEOUT,     "no answer in time",                         "command",  "does not end"   },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report r = {0};
		struct err err = ERR_INIT;
		err_set(&err, rows[i].code, "host web: %s", rows[i].text);
		advice_report(&r, rows[i].step, "web", &err);
		assert_string_equal(only(&r)->what, rows[i].what);
		assert_string_equal(only(&r)->text, rows[i].text);
		if (!strstr(only(&r)->advice, rows[i].advice))
			fail_msg("%s: %s", rows[i].text, only(&r)->advice);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_hostile_facts),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_way),
		cmocka_unit_test(test_broken_way),
		cmocka_unit_test(test_advice),
	};
	text_init();
	return cmocka_run_group_tests_name("cmd_doctor", tests, NULL, NULL);
}
