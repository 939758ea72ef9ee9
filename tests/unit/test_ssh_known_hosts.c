/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/ssh_known_hosts.h"

#include "cockpit/base_err.h"
#include "ssh/wire.h"
#include "ssh_server.h"

/* Two ed25519 keys and the beginning of an ecdsa one: only the bytes count here. */
#define KEY_A   "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define KEY_B   "AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
#define KEY_E   "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTY="
#define ED      " ssh-ed25519 "
#define EC      " ecdsa-sha2-nistp256 "

#define OK      SSH_KNOWN_HOSTS_OK
#define NEW     SSH_KNOWN_HOSTS_NEW
#define CHANGED SSH_KNOWN_HOSTS_CHANGED
#define REVOKED SSH_KNOWN_HOSTS_REVOKED

/* The host shows KEY_A. line 0: no line decides. */
static const struct {
	const char *text, *host;
	int port;
	enum ssh_known_hosts_verdict verdict;
	unsigned line;
} rows[] = {
	{"",						   "web",      22,   NEW,     0},
	{"web" ED KEY_A "\n",				  "web",      22,   OK,      1},
	{"web" ED KEY_A,				       "web",      22,   OK,      1},
	{"web" ED KEY_A " a comment\r\n",                      "web",      22,   OK,      1},
	{"  \tweb\tssh-ed25519\t" KEY_A "\n",                  "web",      22,   OK,      1},
	{"web" ED KEY_A "\n",				  "WEB",      22,   OK,      1},
	{"Web" ED KEY_A "\n",				  "web",      22,   OK,      1},
	{"# c\n\nweb" ED KEY_B "\n",                           "web",      22,   CHANGED, 3},
	{"web" ED KEY_B "\nweb" ED KEY_A "\n",                 "web",      22,   OK,      2},
	{"web" ED KEY_A "\nweb" ED KEY_B "\n",                 "web",      22,   OK,      1},
	{"web" EC KEY_E "\n",				  "web",      22,   CHANGED, 1},
	{"web" EC KEY_E "\nweb" ED KEY_B "\n",                 "web",      22,   CHANGED, 2},
	{"webx" ED KEY_A "\nwe" ED KEY_A "\n",                 "web",      22,   NEW,     0},
	{"a,web,10.0.0.1" ED KEY_A "\n",                       "web",      22,   OK,      1},
	{"a,web,10.0.0.1" ED KEY_A "\n",                       "10.0.0.1", 22,   OK,      1},
	{"a,,web" ED KEY_A "\n",                               "web",      22,   OK,      1},
	{"*" ED KEY_A "\n",				    "web",      22,   OK,      1},
	{"w?b" ED KEY_A "\n",				  "web",      22,   OK,      1},
	{"w?" ED KEY_A "\n",				   "web",      22,   NEW,     0},
	{"*.lan" ED KEY_A "\n",				"a.b.lan",  22,   OK,      1},
	{"*.lan" ED KEY_A "\n",				"lan",      22,   NEW,     0},
	{"*a*b*c" ED KEY_A "\n",                               "xaybzbc",  22,   OK,      1},
	{"*,!web" ED KEY_A "\n",                               "web",      22,   NEW,     0},
	{"!web,*" ED KEY_A "\n",                               "web",      22,   NEW,     0},
	{"!web,*" ED KEY_A "\n",                               "wob",      22,   OK,      1},
	{"!web" ED KEY_A "\n",				 "wob",      22,   NEW,     0},
	{"[web]:2222" ED KEY_A "\n",                           "web",      2222, OK,      1},
	{"[web]:2222" ED KEY_A "\n",                           "web",      22,   NEW,     0},
	{"[web]:2222" ED KEY_A "\n",                           "web",      2223, NEW,     0},
	{"[*]:2222" ED KEY_A "\n",                             "web",      2222, OK,      1},
	{"web" ED KEY_A "\n",				  "web",      2222, OK,      1},
	{"web" ED KEY_B "\n",				  "web",      2222, NEW,     0},
	{"web" ED KEY_A "\n[web]:2222" ED KEY_B "\n",          "web",      2222, CHANGED, 2},
	{"@revoked web" ED KEY_A "\n",                         "web",      22,   REVOKED, 1},
	{"web" ED KEY_A "\n@revoked *" ED KEY_A "\n",          "web",      22,   REVOKED, 2},
	{"[web]:2222" ED KEY_A "\n@revoked web" ED KEY_A "\n", "web",      2222, REVOKED, 2},
	{"@revoked web" ED KEY_B "\n",                         "web",      22,   NEW,     0},
	{"@revoked web" ED KEY_B "\nweb" ED KEY_A "\n",        "web",      22,   OK,      2},
	{"@cert-authority web" ED KEY_A "\n",                  "web",      22,   NEW,     0},
	{"@cert-authority *" ED KEY_B "\nweb" ED KEY_A "\n",   "web",      22,   OK,      2},
	{"@something web" ED KEY_A "\n",                       "web",      22,   NEW,     0},
	{"web ssh-ed25519\n",				  "web",      22,   NEW,     0},
	{"web" ED "not-base64!\n",                             "web",      22,   NEW,     0},
	{"web" ED KEY_A "AAAA\n",                              "web",      22,   CHANGED, 1},
	{"|1|x|y" ED KEY_A "\n",                               "web",      22,   NEW,     0},
	{"|1|\n|2|a|b" ED KEY_A "\n|" ED KEY_A "\n",           "web",      22,   NEW,     0},
};

static void
test_verdicts(void **state)
{
	struct buf key = BUF_INIT;
	(void)state;
	assert_true(wire_base64(&key, STR(KEY_A)));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ssh_known_hosts *known = ssh_known_hosts_new();
		ssh_known_hosts_add_text(known, "kh", str_from(rows[i].text));
		struct ssh_known_hosts_answer answer =
			ssh_known_hosts_check(known, rows[i].host, rows[i].port, buf_str(&key));
		if (answer.verdict != rows[i].verdict || answer.line != rows[i].line)
			fail_msg("row %zu: \"%s\": verdict %d line %u, want %d line %u", i,
				rows[i].text, (int)answer.verdict, answer.line,
				(int)rows[i].verdict, rows[i].line);
		assert_int_equal(answer.line != 0, answer.file != NULL);
		ssh_known_hosts_free(known);
	}
	buf_release(&key);
}

static void
test_says_what_else_it_saw(void **state)
{
	struct buf key = BUF_INIT;
	struct ssh_known_hosts *known = ssh_known_hosts_new();
	(void)state;
	assert_true(wire_base64(&key, STR(KEY_A)));
	ssh_known_hosts_add_text(known, "one", STR("@cert-authority web" ED KEY_B "\n"));
	ssh_known_hosts_add_text(known, "two", STR("\nweb" EC KEY_E "\n"));
	struct ssh_known_hosts_answer answer =
		ssh_known_hosts_check(known, "web", 22, buf_str(&key));
	assert_int_equal(answer.verdict, CHANGED);
	assert_string_equal(answer.file, "two");
	assert_int_equal(answer.line, 2);
	assert_true(answer.other_type);
	assert_true(answer.authority);
	ssh_known_hosts_free(known);
	buf_release(&key);
}

/* The names as ssh-keygen hashes them. */
static void
test_hashed(void **state)
{
	static const struct {
		const char *host;
		int port;
		enum ssh_known_hosts_verdict verdict;
		unsigned line;
	} hashed[] = {
		{"web",      22,   OK,      1},
		{"10.0.0.1", 22,   OK,      2},
		{"gate",     2222, CHANGED, 3},
		{"gate",     22,   NEW,     0},
		{"web2",     22,   NEW,     0},
	};
	struct ssh_server place = {0};
	char path[128];
	struct err err = ERR_INIT;
	struct buf key = BUF_INIT;
	(void)state;
	strcpy(place.dir, "/tmp/cockpit-known-XXXXXX");
	assert_non_null(mkdtemp(place.dir));
	server_write(&place, "kh", "web,10.0.0.1%s%s\n[gate]:2222%s%s\n", ED, KEY_A, ED, KEY_B);
	snprintf(path, sizeof(path), "%s/kh", place.dir);
	server_sh("ssh-keygen -q -H -f %s 2>&1", path);
	struct ssh_known_hosts *known = ssh_known_hosts_new();
	assert_int_equal(ssh_known_hosts_add_file(known, path, &err), 0);
	assert_true(wire_base64(&key, STR(KEY_A)));
	for (size_t i = 0; i < sizeof(hashed) / sizeof(hashed[0]); i++) {
		struct ssh_known_hosts_answer answer = ssh_known_hosts_check(
			known, hashed[i].host, hashed[i].port, buf_str(&key));
		assert_int_equal(answer.verdict, hashed[i].verdict);
		assert_int_equal(answer.line, hashed[i].line);
	}
	ssh_known_hosts_free(known);
	buf_release(&key);
	server_sh("rm -rf %s", place.dir);
}

static void
test_files(void **state)
{
	struct err err = ERR_INIT;
	struct ssh_known_hosts *known = ssh_known_hosts_new();
	(void)state;
	assert_int_equal(ssh_known_hosts_add_file(known, "/nonexistent/kh", &err), 0);
	/* A line that is too long is passed over, and the ones after it are not. */
	struct buf text = BUF_INIT, key = BUF_INIT;
	buf_addc(&text, "web,");
	buf_fill(&text, 'x', 20000);
	buf_addc(&text, ED KEY_B "\nweb" ED KEY_A "\n");
	assert_true(wire_base64(&key, STR(KEY_A)));
	ssh_known_hosts_add_text(known, "long", buf_str(&text));
	struct ssh_known_hosts_answer answer =
		ssh_known_hosts_check(known, "web", 22, buf_str(&key));
	assert_int_equal(answer.verdict, OK);
	assert_int_equal(answer.line, 2);
	ssh_known_hosts_free(known);
	buf_release(&text);
	buf_release(&key);
}

static void
test_prefers_known_types(void **state)
{
	static const struct {
		const char *text;
		int port;
		const char *order;
	} orders[] = {
		{"",				   22,   "a,ecdsa-sha2-nistp256,ssh-ed25519"},
		{"web" ED KEY_A "\n",                  22,   "ssh-ed25519,a,ecdsa-sha2-nistp256"},
		{"web" EC KEY_E "\n",                  22,   "ecdsa-sha2-nistp256,a,ssh-ed25519"},
		{"web" EC KEY_E "\nweb" ED KEY_A "\n", 22,   "ecdsa-sha2-nistp256,ssh-ed25519,a"},
		{"web" ED KEY_A "\n",                  2222, "ssh-ed25519,a,ecdsa-sha2-nistp256"},
		{"[web]:2222" ED KEY_A "\n",           2222, "ssh-ed25519,a,ecdsa-sha2-nistp256"},
		{"@cert-authority web" ED KEY_A "\n",  22,   "a,ecdsa-sha2-nistp256,ssh-ed25519"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct buf out = BUF_INIT;
		struct ssh_known_hosts *known = ssh_known_hosts_new();
		ssh_known_hosts_add_text(known, "kh", str_from(orders[i].text));
		ssh_known_hosts_prefer(known, "web", orders[i].port,
			STR("a,ecdsa-sha2-nistp256,ssh-ed25519"), &out);
		assert_string_equal(buf_cstr(&out), orders[i].order);
		ssh_known_hosts_free(known);
		buf_release(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_says_what_else_it_saw),
		cmocka_unit_test(test_hashed),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_prefers_known_types),
	};
	return cmocka_run_group_tests_name("ssh_known_hosts", tests, NULL, NULL);
}
