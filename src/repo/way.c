/* SPDX-License-Identifier: MIT */
/*
 * What a file that comes into a work tree would come in the place of, though no commit has it.
 * "git read-tree" takes what is ignored for what nobody needs.
 */
#include <string.h>
#include <sys/stat.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "local.h"

#define COMES_MAX (32u << 20) /* of what git says about files that come */
#define OTHER_MAX (1u << 20)
#define OTHER_MS  600000
#define NAMED_MAX 3   /* files that an error names */
#define BATCH     100 /* paths that git is asked about at once */

int
way_name(struct buf *names, int count, struct str file)
{
	if (count < NAMED_MAX) {
		buf_addc(names, count ? ", " : "");
		text_safe(names, file, 80);
	}
	return count + 1;
}

void
way_end(struct buf *names, int count)
{
	if (count > NAMED_MAX)
		buf_printf(names, " and %d more", count - NAMED_MAX);
}

struct places {
	const char *tree;
	char *paths[BATCH]; /* in the work tree, where something is */
	size_t count;
	struct buf *names;
	int in_the_way;
};

/* Those of them that are not in the index, or have such files below. */
static int
look_at(struct places *places, struct err *err)
{
	static const char *const head[] = {
		"git", "--literal-pathspecs", QUIET_FLAGS, "ls-files", "--others", "-z", "--"};
	const size_t first = sizeof(head) / sizeof(head[0]);
	const char *argv[sizeof(head) / sizeof(head[0]) + BATCH + 1] = {NULL};
	struct buf out = BUF_INIT;
	memcpy(argv, head, sizeof(head));
	for (size_t i = 0; i < places->count; i++)
		argv[first + i] = places->paths[i];
	int rc = places->count > 0 ? quiet_ask(places->tree, argv, STR(""), 0, OTHER_MS, &out,
					     OTHER_MAX, err)
				   : 0;
	/* Of a folder with ever so many files some are enough. */
	if (rc == ERR_LIMIT)
		rc = 0;
	struct str rest = buf_str(&out), file;
	while (rc == 0 && rest.len > 0 && (file = str_cut(&rest, '\0')).len > 0)
		places->in_the_way = way_name(places->names, places->in_the_way, file);
	for (size_t i = 0; i < places->count; i++)
		mem_free(places->paths[i]);
	places->count = 0;
	buf_release(&out);
	return rc;
}

/* What is where that file comes: it, or what should be a folder above it; len bytes of the
 * path, 0: nothing. A folder is no trouble to a submodule. */
static size_t
find_there(const char *tree, struct str path, bool module)
{
	size_t ret = 0;
	for (size_t end = 1; end <= path.len && ret == 0; end++) {
		struct stat st;
		if (end < path.len && path.ptr[end] != '/')
			continue;
		char *part = mem_strndup(path.ptr, end), *full = path_join(tree, part);
		bool there = lstat(full, &st) == 0, folder = there && S_ISDIR(st.st_mode);
		mem_free(full);
		mem_free(part);
		if (!there)
			break;
		if (!folder || (end == path.len && !module))
			ret = end;
	}
	return ret;
}

static int
add_place(struct places *places, struct str path, struct err *err)
{
	const char *last = places->count > 0 ? places->paths[places->count - 1] : NULL;
	/* A file stands for all that comes below it. */
	if (path.len == 0 || (last && str_eqc(path, last)))
		return 0;
	int rc = places->count == BATCH ? look_at(places, err) : 0;
	if (rc == 0)
		places->paths[places->count++] = mem_strndup(path.ptr, path.len);
	return rc;
}

int
way_blocked(
	const char *tree, const char *from, const char *to, struct buf *names, struct err *err)
{
	const char *const argv[] = {"git", QUIET_FLAGS, "diff-tree", "-r", "-z", "--raw",
		"--no-renames", "--diff-filter=A", from, to, NULL};
	struct places places = {.tree = tree, .names = names};
	struct buf out = BUF_INIT;
	int rc = quiet_ask(tree, argv, STR(""), 0, OTHER_MS, &out, COMES_MAX, err);
	struct str rest = buf_str(&out);
	while (rc == 0 && rest.len > 0) {
		struct str what = str_cut(&rest, '\0'), path = str_cut(&rest, '\0');
		bool module = str_starts(what, STR(":000000 160000 "));
		size_t len = path.len > 0 ? find_there(tree, path, module) : 0;
		rc = add_place(&places, str_slice(path, 0, len), err);
	}
	int last = look_at(&places, rc < 0 ? NULL : err);
	if (rc == 0)
		rc = last;
	way_end(names, places.in_the_way);
	buf_release(&out);
	return rc < 0 ? rc : places.in_the_way;
}
