/* SPDX-License-Identifier: MIT */
/* Who clashes with whom, on real commits; what git merges must not be told as a clash, and the
 * other way round. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/repo_radar.h"

static char dir[] = "/tmp/cockpit-radar-XXXXXX";
static struct mirror *mirror;
static struct radar *radar;
static struct radar_found found;
static struct err err;

/* In the mirror itself: a bare repo, and work trees of it beside. */
static int
sh(const char *script)
{
	char *line = mem_printf("cd %s && { %s\n}", dir, script);
	int status = system(line);
	mem_free(line);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int
setup(void **state)
{
	(void)state;
	strcpy(dir + sizeof(dir) - 7, "XXXXXX");
	assert_non_null(mkdtemp(dir));
	setenv("HOME", dir, 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	char *path = path_join(dir, "m");
	assert_int_equal(mirror_open(path, &mirror, &err), 0);
	mem_free(path);
	assert_int_equal(
		sh("git config --global user.name x && git config --global user.email x@x && "
		   "git init -q -b main r && cd r && seq 30 >a && mkdir d && seq 30 >d/b && "
		   "echo "
		   "x >c && head -c 999 /dev/zero >bin && git add . && git commit -qm 1 && git "
		   "push "
		   "-q ../m main:refs/heads/main"),
		0);
	radar = radar_new();
	err = ERR_INIT;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	radar_free(radar);
	mirror_close(mirror);
	assert_int_equal(path_remove_tree(dir, NULL), 0);
	return 0;
}

#define SIDES_MAX 8
static char ids[SIDES_MAX + 1][REPO_ID_MAX]; /* the last one: main */

/* A commit on top of main's first one, by a script in its tree. */
static void
change(int side, const char *script)
{
	char *line = mem_printf(
		"cd r && git checkout -q --detach main~0 && { %s; } && git add -A && git "
		"commit -q --allow-empty -m s && git push -q ../m +HEAD:refs/heads/s%d && "
		"git rev-parse HEAD >../id",
		script, side);
	struct buf id = BUF_INIT;
	assert_int_equal(sh(line), 0);
	char *path = path_join(dir, "id");
	assert_int_equal(path_read(path, 100, &id, NULL), 0);
	snprintf(ids[side], REPO_ID_MAX, "%.40s", buf_cstr(&id));
	mem_free(path);
	mem_free(line);
	buf_release(&id);
}

static void
main_is(void)
{
	struct buf id = BUF_INIT;
	assert_int_equal(sh("cd r && git push -q ../m main:refs/heads/main && git rev-parse "
			    "main >../id"),
		0);
	char *path = path_join(dir, "id");
	assert_int_equal(path_read(path, 100, &id, NULL), 0);
	snprintf(ids[SIDES_MAX], REPO_ID_MAX, "%.40s", buf_cstr(&id));
	mem_free(path);
	buf_release(&id);
}

static void
look(size_t count)
{
	struct radar_side sides[SIDES_MAX];
	for (size_t i = 0; i < count; i++)
		sides[i] = (struct radar_side){ids[i], ids[SIDES_MAX]};
	if (radar_look(radar, mirror, sides, count, &found, &err) < 0)
		fail_msg("%s", err.text);
}

static void
test_pairs(void **state)
{
	(void)state;
	static const struct {
		const char *name, *one, *other;
		int kind; /* -1: no clash */
		const char *path;
		int start; /* of the first place in one's file */
	} rows[] = {
		{"other files",                           "echo y >>a",                              "echo y >>c",           -1,                NULL,  0 },
		{"far apart in one file",                 "sed -i 's/^2$/x/' a",                     "sed -i 's/^28$/x/' a", -1,
                 NULL,																 0 },
		{"the same change",                       "sed -i 's/^2$/x/' a",                     "sed -i 's/^2$/x/' a",  -1,                NULL,  0 },
		{"the same line",                         "sed -i 's/^20$/x/' a",                    "sed -i 's/^20$/y/' a", RADAR_EDIT,
                 "a",																  20},
		{"a deleted file that the other changed", "rm c",                                    "echo y >>c",
                 RADAR_DELETE_EDIT,													     "c",   0 },
		{"and the other way round",               "echo y >>c",                              "rm c",                 RADAR_EDIT_DELETE, "c",   0 },
		{"a new file twice",                      "echo x >n",                               "echo y >n",            RADAR_ADD,         "n",   1 },
		{"a renamed file that the other changed", "git mv d/b d/e",
                 "sed -i 's/^9$/y/' d/b",										    -1,                NULL,  0 },
		{"and changed in the same place",         "git mv d/b d/e && sed -i 's/^9$/x/' d/e",
                 "sed -i 's/^9$/y/' d/b",										    RADAR_DELETE_EDIT, "d/b", 0 },
		{"what is binary",                        "head -c 9 /dev/urandom >>bin",
                 "head -c 9 /dev/urandom >>bin",									     RADAR_BINARY,      "bin", 0 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		main_is();
		change(0, rows[i].one);
		change(1, rows[i].other);
		look(2);
		if ((found.clash_count == 1) != (rows[i].kind >= 0))
			fail_msg("%s: %zu clashes", rows[i].name, found.clash_count);
		if (rows[i].kind < 0)
			continue;
		const struct radar_file *file = &found.clashes[0].files[0];
		if (strcmp(file->path, rows[i].path) != 0 || (int)file->kind != rows[i].kind)
			fail_msg("%s: %s %s", rows[i].name, file->path,
				radar_kind_json(file->kind));
		if (rows[i].start &&
			(file->range_count < 1 || file->ranges[0].start[0] != rows[i].start))
			fail_msg("%s: at %d", rows[i].name, file->ranges[0].start[0]);
		assert_int_equal(found.clashes[0].one, 0);
		assert_int_equal(found.clashes[0].other, 1);
	}
}

/* A file on one side is a folder on the other, with names that sort between them. */
static void
test_file_and_folder(void **state)
{
	(void)state;
	main_is();
	change(0, "echo x >n && echo x >n-x && echo x >n.y");
	change(1, "mkdir n && echo y >n/z");
	look(2);
	assert_int_equal(found.merged, 1);
	assert_int_equal(found.clash_count, 1);
	assert_int_equal(found.clashes[0].file_count, 1);
	assert_int_equal(found.clashes[0].files[0].kind, RADAR_FOLDER);
	assert_string_equal(found.clashes[0].files[0].path, "n");
	change(1, "mkdir nn && echo y >nn/n");
	look(2);
	assert_int_equal(found.clash_count, 0);
}

/* What both sides have: safe to show, no more than there is room for. */
static void
test_shown(void **state)
{
	static const char *const names[2] = {"one", "two"};
	const char *const commits[2] = {ids[0], ids[1]};
	struct buf text = BUF_INIT;
	(void)state;
	main_is();
	change(0, "sed -i 's/^10$/x\\d27[2J/; s/^14$/x/; s/^25$/x/' a && rm c && seq 40 >d/b");
	change(1, "sed -i 's/^10$/y/; s/^14$/y/; s/^25$/y/' a && echo y >>c && echo y >>d/b");
	assert_int_equal(radar_show(mirror, commits, names, "a", 4096, &text, &err), 0);
	assert_string_equal(buf_cstr(&text),
		"7\n8\n9\n<<<<<<< one\nx^[[2J\n||||||| before\n10\n=======\ny\n>>>>>>> two\n"
		"11\n12\n13\n<<<<<<< one\nx\n||||||| before\n14\n=======\ny\n>>>>>>> two\n"
		"15\n16\n17\n\n22\n23\n24\n<<<<<<< one\nx\n||||||| before\n25\n=======\ny\n"
		">>>>>>> two\n26\n27\n28\n");
	buf_clear(&text);
	assert_int_equal(radar_show(mirror, commits, names, "c", 4096, &text, &err), 0);
	assert_int_equal(text.len, 0);
	assert_int_equal(radar_show(mirror, commits, names, "d/b", 40, &text, &err), 0);
	assert_true(text.len < 80);
	assert_non_null(strstr(buf_cstr(&text), "… and more\n"));
	buf_clear(&text);
	const char *const none[2] = {ids[0], "0123456789012345678901234567890123456789"};
	assert_true(radar_show(mirror, none, names, "a", 4096, &text, &err) < 0);
	buf_release(&text);
}

static void
test_base(void **state)
{
	(void)state;
	main_is();
	change(0, "sed -i 's/^5$/x/' a");
	change(1, "echo y >>c");
	look(2);
	assert_int_equal(found.clash_count, 0);
	assert_int_equal(
		sh("cd r && git checkout -q main && sed -i 's/^5$/m/' a && git commit -qam m"),
		0);
	main_is();
	look(2);
	assert_int_equal(found.clash_count, 1);
	assert_true(found.clashes[0].other == RADAR_BASE);
	assert_int_equal(found.clashes[0].one, 0);
	assert_int_equal(found.clashes[0].files[0].ranges[0].start[1], 5);
}

/* Only what is new is merged; what is not asked for any more is forgotten. */
static void
test_memory(void **state)
{
	(void)state;
	main_is();
	for (int i = 0; i < 6; i++) {
		char *script = mem_printf("sed -i 's/^7$/x%d/' a", i);
		change(i, script);
		mem_free(script);
	}
	look(6);
	assert_int_equal(found.clash_count, 15);
	assert_int_equal(found.merged, 15);
	assert_int_equal(found.pairs, 15 + 6);
	look(6);
	assert_int_equal(found.merged, 0);
	assert_int_equal(found.clash_count, 15);
	change(2, "sed -i 's/^7$/other/' a");
	look(6);
	assert_int_equal(found.merged, 5);
	assert_int_equal(found.clash_count, 15);
	change(2, "echo only here >new");
	look(6);
	assert_int_equal(found.merged, 0);
	assert_int_equal(found.clash_count, 10);
	look(2);
	look(6);
	assert_int_equal(found.merged, 9);
}

/* What is not there is an error with words, and the next look is as good as ever. */
static void
test_no_commit(void **state)
{
	(void)state;
	main_is();
	change(0, "echo x >>a");
	strcpy(ids[1], "1234567890123456789012345678901234567890");
	struct radar_side sides[] = {
		{ids[0], ids[SIDES_MAX]},
                {ids[1], ids[SIDES_MAX]}
        };
	assert_true(radar_look(radar, mirror, sides, 2, &found, &err) < 0);
	assert_true(strlen(err.text) > 0);
	err = ERR_INIT;
	look(1);
	assert_int_equal(found.clash_count, 0);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_pairs),
		T(test_file_and_folder),
		T(test_shown),
		T(test_base),
		T(test_memory),
		T(test_no_commit),
	};
	return cmocka_run_group_tests_name("repo_radar", tests, NULL, NULL);
}
