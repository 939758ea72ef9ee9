/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_config.h"
#include "cockpit/fleet_locate.h"

static char dir[40];

static char *
at(const char *below)
{
	return path_join(dir, below);
}

static int
setup(void **state)
{
	(void)state;
	text_init();
	umask(022);
	snprintf(dir, sizeof(dir), "/tmp/cockpit-locate-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	setenv("HOME", dir, 1);
	char *config = at("config"), *data = at("state");
	setenv("XDG_CONFIG_HOME", config, 1);
	setenv("XDG_STATE_HOME", data, 1);
	mem_free(config);
	mem_free(data);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	return chdir("/") == 0 && path_remove_tree(dir, NULL) == 0 ? 0 : -1;
}

static void
make_dir(const char *below)
{
	char *path = at(below);
	assert_int_equal(path_mkdir(path, NULL), 0);
	mem_free(path);
}

static void
make_file(const char *below, const char *text)
{
	char *path = at(below), *parent = path_dir(path);
	assert_int_equal(path_mkdir(parent, NULL), 0);
	assert_int_equal(path_write(path, str_from(text), 0600, NULL), 0);
	mem_free(path);
	mem_free(parent);
}

static void
make_fleet(const char *below, const char *name)
{
	char *text = mem_printf(
		"{\"name\": \"%s\", \"hosts\": {\"local\": {\"repo\": null}}}", name);
	make_file(below, text);
	mem_free(text);
}

static void
go(const char *below)
{
	char *path = at(below);
	assert_int_equal(chdir(path), 0);
	mem_free(path);
}

/* The name and the place of what is found: "NAME PLACE", the place below our folder. */
static void
assert_finds(const char *which, const char *want)
{
	struct fleet_config *config = NULL;
	struct err err = ERR_INIT;
	if (fleet_locate(which, &config, &err) < 0)
		fail_msg("%s: %s", which ? which : "(here)", err.text);
	const char *place = config->file ? config->file : config->repo;
	assert_int_equal(strncmp(place, dir, strlen(dir)), 0);
	char *got = mem_printf("%s %s", config->name, place + strlen(dir) + 1);
	assert_string_equal(got, want);
	assert_int_equal(err.code, 0);
	mem_free(got);
	fleet_config_free(config);
}

static void
assert_fails(const char *which, int code, const char *holds)
{
	struct fleet_config *config = NULL;
	struct err err = ERR_INIT;
	assert_int_equal(fleet_locate(which, &config, &err), code);
	assert_null(config); /* whoever frees it in any case frees nothing twice */
	if (!strstr(err.text, holds))
		fail_msg("%s: %s", which ? which : "(here)", err.text);
	assert_null(strchr(err.text, '\033'));
}

static void
test_file(void **state)
{
	(void)state;
	make_fleet("some/where/acme.json", "acme");
	go("some");
	assert_finds("where/acme.json", "acme some/where/acme.json");
	assert_finds("./where/../where/acme.json", "acme some/where/acme.json");
	go("some/where");
	assert_finds("acme.json", "acme some/where/acme.json");
	assert_fails("no.json", ERR_NOT_FOUND, "no.json");
	assert_fails("../no", ERR_NOT_FOUND, "../no");
	/* Remembered by its name. */
	go(".");
	assert_finds("acme", "acme some/where/acme.json");
	make_file("some/where/acme.json", "{");
	assert_fails("acme", ERR_CONFIG, "acme.json");
}

static void
test_configured_name(void **state)
{
	(void)state;
	make_fleet("config/cockpit/fleets/work.json", "work");
	make_fleet("other/work.json", "play");
	go(".");
	assert_finds("work", "work config/cockpit/fleets/work.json");
	assert_finds("other/work.json", "play other/work.json");
	assert_finds("play", "play other/work.json");
}

static void
test_unknown_name(void **state)
{
	(void)state;
	go(".");
	assert_fails("nothing", ERR_NOT_FOUND, "there is no fleet nothing");
	assert_fails("", ERR_NOT_FOUND, "there is no fleet");
	assert_fails("..", ERR_NOT_FOUND, "there is no fleet");
	assert_fails("a\033[2Jb", ERR_NOT_FOUND, "there is no fleet a^[[2Jb");
	make_fleet("f/one.json", "one");
	assert_finds("f/one.json", "one f/one.json");
	assert_fails("nothing", ERR_NOT_FOUND, "known here: one");
	/* Nothing is remembered of what was not found. */
	char *state_dir = at("state/cockpit/nothing");
	assert_false(path_exists(state_dir));
	mem_free(state_dir);
}

static void
test_here(void **state)
{
	(void)state;
	make_dir("repo/.git");
	make_dir("repo/src/deep");
	make_dir("plain/folder");
	go("repo");
	assert_finds(NULL, "repo repo");
	go("repo/src/deep");
	assert_finds(NULL, "repo repo");
	/* The file wins, also over a repo that was known by its name. */
	make_fleet("repo/cockpit.json", "repo");
	assert_finds(NULL, "repo repo/cockpit.json");
	/* One above the repo is not of it. */
	make_fleet("plain/cockpit.json", "plain");
	make_dir("plain/inner/.git");
	go("plain/inner");
	assert_finds(NULL, "inner plain/inner");
	go("plain/folder");
	assert_finds(NULL, "plain plain/cockpit.json");
}

static void
test_nothing_here(void **state)
{
	(void)state;
	make_dir("empty");
	go("empty");
	assert_fails(NULL, ERR_NOT_FOUND, "cockpit demo");
}

/* A file of a work tree, where .git is a file. */
static void
test_worktree(void **state)
{
	(void)state;
	make_file("tree/.git", "gitdir: /elsewhere\n");
	go("tree");
	assert_finds(NULL, "tree tree");
}

/* Repos of one name share no session. */
static void
test_one_name_twice(void **state)
{
	(void)state;
	make_dir("a/lib/.git");
	make_dir("b/lib/.git");
	make_dir("c/lib/.git");
	go("a/lib");
	assert_finds(NULL, "lib a/lib");
	go("b/lib");
	assert_finds(NULL, "lib-2 b/lib");
	go("c/lib");
	assert_finds(NULL, "lib-3 c/lib");
	/* Each keeps what it has. */
	go("b/lib");
	assert_finds(NULL, "lib-2 b/lib");
	go("a/lib");
	assert_finds(NULL, "lib a/lib");
	go(".");
	assert_finds("lib", "lib a/lib");
	assert_finds("lib-2", "lib-2 b/lib");
}

static void
test_gone(void **state)
{
	(void)state;
	make_dir("a/lib/.git");
	go("a/lib");
	assert_finds(NULL, "lib a/lib");
	go(".");
	char *old = at("a"), *new = at("moved");
	assert_int_equal(rename(old, new), 0);
	mem_free(old);
	mem_free(new);
	assert_fails("lib", ERR_NOT_FOUND, "which is gone");
	/* Its name is free again. */
	make_dir("b/lib/.git");
	go("b/lib");
	assert_finds(NULL, "lib b/lib");
	assert_finds("lib", "lib b/lib");
}

/* Two files cannot be one fleet, unless one of them is gone. */
static void
test_file_name_taken(void **state)
{
	(void)state;
	make_fleet("one/f.json", "same");
	make_fleet("two/f.json", "same");
	go(".");
	assert_finds("one/f.json", "same one/f.json");
	assert_fails("two/f.json", ERR_CONFIG, "already the one of");
	assert_finds("same", "same one/f.json");
	assert_int_equal(unlink("one/f.json"), 0);
	assert_finds("two/f.json", "same two/f.json");
}

/* What lies in a clone runs nothing just because somebody looks. */
static void
test_found_ssh_config(void **state)
{
	(void)state;
	make_file("clone/cockpit.json",
		"{\"name\": \"trap\", \"hosts\": {\"box\": {\"repo\": null, \"ssh_config\": "
		"\"cfg\"}}}");
	make_dir("clone/.git");
	go("clone");
	assert_fails(NULL, ERR_CONFIG, "ssh configuration");
	assert_fails(
		NULL, ERR_CONFIG, "ssh configuration"); /* asking made it no better known */
	assert_finds("./cockpit.json", "trap clone/cockpit.json");
	assert_finds(NULL, "trap clone/cockpit.json");
}

static void
test_found_transport(void **state)
{
	static const char harmless[] = "{\"name\": \"pulled\"}";
	static const char harmful[] =
		"{\"name\": \"pulled\", \"hosts\": {\"box\": {\"repo\": null, "
		"\"transport\": [\"touch\"]}}}";
	(void)state;
	/* That it was found while it was harmless is no leave to run what it brings later. */
	make_file("pull/cockpit.json", harmless);
	make_dir("pull/.git");
	go("pull");
	assert_finds(NULL, "pulled pull/cockpit.json");
	make_file("pull/cockpit.json", harmful);
	assert_fails(NULL, ERR_CONFIG, "host box brings a \"transport\" of its own");
	assert_fails("pulled", ERR_CONFIG, "host box brings a \"transport\" of its own");
	assert_finds("./cockpit.json", "pulled pull/cockpit.json");
	assert_finds(NULL, "pulled pull/cockpit.json");
	assert_finds("pulled", "pulled pull/cockpit.json");
	/* A word is no program. */
	make_file("word/cockpit.json",
		"{\"name\": \"word\", \"hosts\": {\"box\": {\"repo\": null, "
		"\"transport\": \"openssh\"}}}");
	make_dir("word/.git");
	go("word");
	assert_finds(NULL, "word word/cockpit.json");
}

static void
test_odd_folder_names(void **state)
{
	static const struct {
		const char *folder, *name;
	} rows[] = {
		{"two words",							      "two_words" },
		{".hidden",								"_hidden"   },
		{"-dash",								  "_dash"     },
		{"caf\xc3\xa9",							    "caf__"     },
		{"a:b;c",								  "a_b_c"     },
		{"v1.2-x",								 "v1.2-x"    },
		{"line\nbreak",							    "line_break"},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"                                    },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *git = mem_printf("%s/.git", rows[i].folder);
		char *want = mem_printf("%s %s", rows[i].name, rows[i].folder);
		make_dir(git);
		go(rows[i].folder);
		assert_finds(NULL, want);
		mem_free(git);
		mem_free(want);
	}
}

/* A damaged memory is no memory. */
static void
test_bad_origin(void **state)
{
	static const char *const texts[] = {"", "\n", "relative/path\n", "garbage"};
	(void)state;
	go(".");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		make_file("state/cockpit/odd/origin", texts[i]);
		assert_fails("odd", ERR_NOT_FOUND, "there is no fleet odd");
	}
}

/* Where nothing can be remembered, things are found all the same. */
static void
test_no_memory(void **state)
{
	(void)state;
	make_file("state/cockpit", "in the way");
	make_dir("repo/.git");
	make_fleet("f/one.json", "one");
	go("repo");
	assert_finds(NULL, "repo repo");
	assert_finds("../f/one.json", "one f/one.json");
}

static void
test_state_dir(void **state)
{
	struct err err = ERR_INIT;
	struct stat st;
	char *got, *want = at("state/cockpit/x");
	(void)state;
	assert_int_equal(fleet_state_dir("x", &got, &err), 0);
	assert_string_equal(got, want);
	assert_int_equal(stat(got, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	mem_free(got);
	mem_free(want);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_file),
		EACH(test_configured_name),
		EACH(test_unknown_name),
		EACH(test_here),
		EACH(test_nothing_here),
		EACH(test_worktree),
		EACH(test_one_name_twice),
		EACH(test_gone),
		EACH(test_file_name_taken),
		EACH(test_found_ssh_config),
		EACH(test_found_transport),
		EACH(test_odd_folder_names),
		EACH(test_bad_origin),
		EACH(test_no_memory),
		EACH(test_state_dir),
	};
	return cmocka_run_group_tests_name("fleet_locate", tests, NULL, NULL);
}
