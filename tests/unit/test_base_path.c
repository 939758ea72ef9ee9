/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"

static char dir[] = "/tmp/cockpit-path-XXXXXX";

static int
setup(void **state)
{
	(void)state;
	umask(022);
	return mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	return path_remove_tree(dir, NULL);
}

static unsigned
mode_of(const char *path)
{
	struct stat st;
	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static void
put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void
assert_holds(const char *path, const char *want)
{
	struct buf text = BUF_INIT;
	assert_int_equal(path_read(path, 1 << 20, &text, NULL), 0);
	assert_string_equal(buf_cstr(&text), want);
	buf_release(&text);
}

static void
test_mkdir(void **state)
{
	struct err err = ERR_INIT;
	(void)state;
	assert_int_equal(path_mkdir("m/a/b", &err), 0);
	assert_int_equal(mode_of("m"), 0700);
	assert_int_equal(mode_of("m/a/b"), 0700);
	assert_int_equal(path_mkdir("m/a/b", &err), 0);
	/* What is there keeps its mode. */
	assert_int_equal(chmod("m", 0755), 0);
	assert_int_equal(path_mkdir("m/c/", &err), 0);
	assert_int_equal(mode_of("m"), 0755);
	assert_int_equal(symlink("m", "to_m"), 0);
	assert_int_equal(path_mkdir("to_m/d", &err), 0);
	assert_int_equal(mode_of("m/d"), 0700);
	assert_int_equal(err.code, 0);
	/* A file, or a link to nothing, is no folder. */
	put("m/file", "");
	assert_int_equal(symlink("nowhere", "m/dangling"), 0);
	assert_int_equal(path_mkdir("m/file", &err), ERR_IO);
	assert_non_null(strstr(err.text, "m/file"));
	assert_int_equal(path_mkdir("m/file/x", &err), ERR_IO);
	assert_int_equal(path_mkdir("m/dangling", &err), ERR_IO);
}

static void
test_write(void **state)
{
	struct err err = ERR_INIT;
	struct stat before, after;
	(void)state;
	assert_int_equal(path_write("w", STR("first"), 0600, &err), 0);
	assert_int_equal(mode_of("w"), 0600);
	assert_holds("w", "first");
	assert_int_equal(stat("w", &before), 0);

	/* Who has the old one open goes on reading the old one, whole. */
	int old = open("w", O_RDONLY);
	char bytes[16] = "";
	assert_int_equal(path_write("w", STR("second one"), 0600, &err), 0);
	assert_int_equal(read(old, bytes, sizeof(bytes)), 5);
	assert_string_equal(bytes, "first");
	close(old);
	assert_int_equal(stat("w", &after), 0);
	assert_int_not_equal(before.st_ino, after.st_ino);
	assert_holds("w", "second one");

	/* A link is replaced; what it points at is not written to. */
	put("target", "untouched");
	assert_int_equal(symlink("target", "link"), 0);
	assert_int_equal(path_write("link", STR("x"), 0600, &err), 0);
	assert_holds("target", "untouched");
	assert_holds("link", "x");

	assert_int_equal(path_mkdir("folder", &err), 0);
	assert_int_equal(path_write("folder", STR("x"), 0600, &err), ERR_IO);
	assert_int_equal(path_write("no/such/place", STR("x"), 0600, &err), ERR_IO);
	assert_non_null(strstr(err.text, "no/such/place"));
	/* Nothing is left beside them. */
	char name[64];
	snprintf(name, sizeof(name), ".folder.%ld.tmp", (long)getpid());
	assert_false(path_exists(name));
	snprintf(name, sizeof(name), ".w.%ld.tmp", (long)getpid());
	assert_false(path_exists(name));
	/* Somebody who knows the temporary name cannot make us write through a link. */
	assert_int_equal(symlink("target", name), 0);
	assert_int_equal(path_write("w", STR("third"), 0600, &err), 0);
	assert_holds("target", "untouched");
	assert_holds("w", "third");
}

static void
test_read(void **state)
{
	struct err err = ERR_INIT;
	struct buf text = BUF_INIT, small = BUF_INIT_MAX(4);
	(void)state;
	put("r", "12345");
	buf_addc(&text, "before ");
	assert_int_equal(path_read("r", 4, &text, &err), ERR_LIMIT);
	assert_string_equal(buf_cstr(&text), "before ");
	assert_int_equal(path_read("r", 5, &text, &err), 0);
	assert_string_equal(buf_cstr(&text), "before 12345");
	assert_int_equal(path_read("r", 5, &small, &err), ERR_LIMIT);
	assert_int_equal(small.len, 0);
	assert_int_equal(path_read("none", 5, &text, &err), ERR_NOT_FOUND);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_int_equal(path_read("r/below", 5, &text, &err), ERR_NOT_FOUND);
	assert_int_equal(path_read(".", 5, &text, &err), ERR_IO);
	/* A pipe that nobody writes to does not hold us. */
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(path_read("fifo", 5, &text, &err), 0);
	buf_release(&text);
	buf_release(&small);
}

static void
test_remove_tree(void **state)
{
	struct err err = ERR_INIT;
	(void)state;
	assert_int_equal(path_mkdir("out/side", &err), 0);
	put("out/file", "keep");
	assert_int_equal(path_mkdir("t/a/b/c", &err), 0);
	put("t/a/b/file", "x");
	put("t/.hidden", "x");
	assert_int_equal(symlink("../../out", "t/a/link"), 0);
	assert_int_equal(symlink("../out/file", "t/to_file"), 0);
	assert_int_equal(symlink("nowhere", "t/dangling"), 0);
	assert_int_equal(mkfifo("t/fifo", 0600), 0);
	assert_int_equal(path_remove_tree("t", &err), 0);
	assert_false(path_exists("t"));
	assert_holds("out/file", "keep");
	assert_true(path_is_dir("out/side"));
	/* A link itself goes, not what it points at. */
	assert_int_equal(symlink("out", "l"), 0);
	assert_int_equal(path_remove_tree("l", &err), 0);
	assert_false(path_exists("l"));
	assert_holds("out/file", "keep");
	assert_int_equal(path_remove_tree("out/file", &err), 0);
	assert_int_equal(path_remove_tree("not there", &err), 0);
	assert_int_equal(err.code, 0);
}

static void
test_words(void **state)
{
	static const struct {
		const char *dir, *name, *want;
	} joins[] = {
		{"/a",  "b",   "/a/b" },
		{"/a/", "b",   "/a/b" },
		{"/a",  "/b",  "/b"   },
		{"/",   "b",   "/b"   },
		{"a",   "b/c", "a/b/c"},
	};
	static const struct {
		const char *path, *dir, *base;
	} splits[] = {
		{"/a/b", "/a", "b"},
		{"/a",   "/",  "a"},
		{"/",    "/",  "" },
		{"a",    ".",  "a"},
		{"a/b",  "a",  "b"},
	};
	static const struct {
		const char *path, *want;
	} homes[] = {
		{"~",   "/home/u"  },
		{"~/x", "/home/u/x"},
		{"~x",  "~x"       },
		{"/~",  "/~"       },
		{"",    ""         },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(joins) / sizeof(joins[0]); i++) {
		char *got = path_join(joins[i].dir, joins[i].name);
		assert_string_equal(got, joins[i].want);
		mem_free(got);
	}
	for (size_t i = 0; i < sizeof(splits) / sizeof(splits[0]); i++) {
		char *got = path_dir(splits[i].path);
		assert_string_equal(got, splits[i].dir);
		assert_string_equal(path_base(splits[i].path), splits[i].base);
		mem_free(got);
	}
	setenv("HOME", "/home/u", 1);
	for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]); i++) {
		char *got = path_expand(homes[i].path);
		assert_string_equal(got, homes[i].want);
		mem_free(got);
	}
}

static void
test_places(void **state)
{
	static const struct {
		const char *variable;
		char *(*place)(void);
		const char *want;
	} rows[] = {
		{"XDG_CONFIG_HOME", path_config_dir, "/home/u/.config/cockpit"     },
		{"XDG_STATE_HOME",  path_state_dir,  "/home/u/.local/state/cockpit"},
	};
	(void)state;
	setenv("HOME", "/home/u", 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		unsetenv(rows[i].variable);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* A relative one does not count. */
		static const char *const values[] = {NULL, "", "relative"};
		for (size_t k = 0; k < 3; k++) {
			if (values[k])
				setenv(rows[i].variable, values[k], 1);
			char *got = rows[i].place();
			assert_string_equal(got, rows[i].want);
			mem_free(got);
		}
		setenv(rows[i].variable, "/x/", 1);
		char *got = rows[i].place();
		assert_string_equal(got, "/x/cockpit");
		mem_free(got);
		unsetenv(rows[i].variable);
	}
}

static void
test_real(void **state)
{
	struct err err = ERR_INIT;
	char *real = NULL;
	(void)state;
	assert_int_equal(path_mkdir("real/below", &err), 0);
	assert_int_equal(symlink("real/below", "way"), 0);
	assert_int_equal(path_real("way/..", &real, &err), 0);
	char *want = path_join(dir, "real");
	assert_string_equal(real, want);
	mem_free(real);
	mem_free(want);
	assert_int_equal(path_real("not there", &real, &err), ERR_NOT_FOUND);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_true(path_is_dir("way"));
	assert_false(path_is_dir("not there"));
	assert_int_equal(symlink("nowhere", "broken"), 0);
	assert_true(path_exists("broken"));
}

/* What was made just now may be changed again without another date. */
static void
stamps(void **state)
{
	char file[] = "/tmp/cockpit-stamp-XXXXXX";
	int fd = mkstemp(file);
	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_true(path_stamp(file) == 0);
	assert_int_equal(unlink(file), 0);
	uint64_t none = path_stamp(file);
	assert_true(none != 0 && none == path_stamp(file));
	assert_true(none != path_stamp("/tmp/cockpit-stamp-no-such-file"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stamps),
		cmocka_unit_test(test_mkdir),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_remove_tree),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_real),
	};
	return cmocka_run_group_tests_name("base_path", tests, setup, teardown);
}
