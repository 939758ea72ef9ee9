/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/ssh_config.h"

#include <stdlib.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "ssh_server.h"

static void
test_names(void **state)
{
	static const struct {
		const char *name;
		bool good;
	} rows[] = {
		{"web",               true },
		{"web-3.example.org", true },
		{"me@web",            true },
		{"::1",               true },
		{"10.0.0.1",          true },
		{"",                  false},
		{"-web",              false},
		{"-oProxyCommand=x",  false},
		{"a b",               false},
		{"a\nb",              false},
		{"a;b",               false},
		{"$(x)",              false},
		{"`x`",               false},
		{"*",                 false},
		{"w\xc3\xa9",         false},
		{"a\x1b[2J",          false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err err = ERR_INIT;
		int rc = ssh_config_check_name(rows[i].name, &err);
		if (rc != (rows[i].good ? 0 : ERR_INVALID))
			fail_msg("name %zu: %d", i, rc);
		assert_null(strchr(err.text, '\x1b'));
	}
}

static void
test_parse(void **state)
{
	struct ssh_config *c = NULL;
	struct err err = ERR_INIT;
	(void)state;
	setenv("HOME", "/home/me", 1);
	assert_int_equal(
		ssh_config_parse("lab",
			STR("host lab\nuser ann\nhostname 10.0.0.7\nport 2200\n"
			    "identitiesonly yes\nidentityfile ~/.ssh/id_a\n"
			    "identityfile %d/k_%h_%r_%p_%n_%%\nidentityfile /tmp/a b/key\n"
			    "userknownhostsfile /home/me/kh1 /tmp/a b/kh\n"
			    "globalknownhostsfile /etc/kh\nhostkeyalias al\n"
			    "identityagent none\nproxycommand none\nproxyjump a,b\n"
			    "connecttimeout 7\naddressfamily inet6\nunknown thing\nempty\n"),
			&c, &err),
		0);
	assert_string_equal(c->user, "ann");
	assert_string_equal(c->hostname, "10.0.0.7");
	assert_int_equal(c->port, 2200);
	assert_true(c->identities_only);
	assert_int_equal(c->identity_count, 3);
	assert_string_equal(c->identities[0], "/home/me/.ssh/id_a");
	assert_string_equal(c->identities[1], "/home/me/k_10.0.0.7_ann_2200_lab_%");
	assert_string_equal(c->identities[2], "/tmp/a b/key");
	assert_int_equal(c->known_hosts_count, 3);
	assert_string_equal(c->known_hosts[0], "/home/me/kh1");
	assert_string_equal(c->known_hosts[1], "/tmp/a b/kh");
	assert_string_equal(c->known_hosts[2], "/etc/kh");
	assert_string_equal(c->hostkeyalias, "al");
	assert_string_equal(c->identityagent, "none");
	assert_string_equal(c->proxyjump, "a,b");
	assert_null(c->proxycommand);
	assert_int_equal(c->connect_timeout_s, 7);
	assert_int_equal(c->family, 6);
	ssh_config_free(c);
}

static void
test_parse_refuses(void **state)
{
	static const char *const texts[] = {
		"",
		"user a\n",
		"hostname a\n",
		"user a\nhostname b\nport 0\n",
		"user a\nhostname b\nport 65536\n",
		"user a\nhostname b\nport x\n",
		"user a\nhostname b\nconnecttimeout -1\n",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct ssh_config *c = NULL;
		struct err err = ERR_INIT;
		assert_int_equal(
			ssh_config_parse("lab", str_from(texts[i]), &c, &err), ERR_CONFIG);
		assert_null(c);
	}
}

struct answer {
	bool done;
	struct ssh_config *config;
	struct err err;
};

static void
on_config(void *ctx, struct ssh_config *config, const struct err *err)
{
	struct answer *answer = ctx;
	answer->done = true;
	answer->config = config;
	if (err)
		answer->err = *err;
}

static void
ask(struct loop *loop, const char *name, const char *file, struct answer *answer)
{
	int64_t end = clock_ms() + 20000;
	*answer = (struct answer){0};
	ssh_config_query_new(loop, name, file, on_config, answer);
	while (!answer->done && clock_ms() < end)
		loop_turn(loop, true);
	assert_true(answer->done);
}

static void
test_asks_ssh(void **state)
{
	struct ssh_server place = {0};
	char path[128];
	struct answer answer;
	struct loop *loop = loop_new();
	(void)state;
	strcpy(place.dir, "/tmp/cockpit-config-XXXXXX");
	assert_non_null(mkdtemp(place.dir));
	server_write(&place, "config",
		"Host web-*\n User ann\n HostName %%h.example.org\nHost web-3\n Port 2203\n");
	snprintf(path, sizeof(path), "%s/config", place.dir);
	ask(loop, "web-3", path, &answer);
	assert_non_null(answer.config);
	assert_string_equal(answer.config->hostname, "web-3.example.org");
	assert_string_equal(answer.config->user, "ann");
	assert_int_equal(answer.config->port, 2203);
	assert_true(answer.config->known_hosts_count > 0);
	ssh_config_free(answer.config);
	server_write(&place, "config", "NoSuchOption yes\n");
	ask(loop, "web-3", path, &answer);
	assert_null(answer.config);
	assert_int_equal(answer.err.code, ERR_CONFIG);
	ask(loop, "-F", path, &answer);
	assert_int_equal(answer.err.code, ERR_INVALID);
	/* Given up: no callback comes. */
	struct answer none = {0};
	ssh_config_query_cancel(ssh_config_query_new(loop, "a", path, on_config, &none));
	struct answer late = {0};
	struct ssh_config_query *query =
		ssh_config_query_new(loop, "a", path, on_config, &late);
	loop_turn(loop, false);
	/* On a busy machine the answer may be there by now; then the query is gone. */
	bool answered = late.done;
	if (!answered)
		ssh_config_query_cancel(query);
	loop_free(loop);
	assert_false(none.done);
	assert_int_equal(late.done, answered);
	server_sh("rm -rf %s", place.dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_asks_ssh),
	};
	text_init();
	return cmocka_run_group_tests_name("ssh_config", tests, NULL, NULL);
}
