/* SPDX-License-Identifier: MIT */
/* Git as a program, in a repo of the user's: it asks nobody, and says what went wrong. */
#include <string.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_child.h"
#include "local.h"

#define LINE_MAX_BYTES 4096
#define SAID_MAX       (64u << 10)
#define BRING_MS       600000

const char *const quiet_env[] = {"GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0",
	"GIT_NO_REPLACE_OBJECTS=1", "GIT_ASKPASS=true", "SSH_ASKPASS=true",
	"GCM_INTERACTIVE=never", "GH_PROMPT_DISABLED=1", "GH_NO_UPDATE_NOTIFIER=1",
	"NO_PROMPT=1", "LC_ALL=C", NULL};

struct answer {
	struct buf *into;
	size_t max;
};

static int
on_answer(void *ctx, struct str bytes, struct err *err)
{
	struct answer *answer = ctx;
	if (answer->into->len + bytes.len > answer->max)
		return err_set(err, ERR_LIMIT, "more than %zu MiB", answer->max >> 20);
	buf_add(answer->into, bytes);
	return 0;
}

int
quiet_ask(const char *cwd, const char *const argv[], struct str input, int most, int64_t ms,
	struct buf *into, size_t max, struct err *err)
{
	struct answer answer = {into, max};
	const struct child child = {.argv = argv,
		.more = quiet_env,
		.cwd = cwd,
		.input = input,
		.ms = ms,
		.out = on_answer,
		.ctx = &answer,
		.status_max = most};
	return child_run(&child, err);
}

char *
quiet_line(const char *cwd, const char *const argv[], struct err *err)
{
	struct buf out = BUF_INIT;
	char *ret = NULL;
	if (quiet_ask(cwd, argv, STR(""), 2, QUIET_MS, &out, LINE_MAX_BYTES, err) == 0) {
		struct str line = str_trim(buf_str(&out));
		if (line.len > 0 && str_find(line, '\n') < 0)
			ret = mem_strndup(line.ptr, line.len);
	}
	buf_release(&out);
	return ret;
}

/* --- what it says --- */

/* Never an error: who writes into a work tree is not to be killed for talking. */
static int
on_said(void *ctx, struct str bytes, struct err *err)
{
	(void)err;
	struct buf *said = ctx;
	buf_add(said, str_slice(bytes, 0, SAID_MAX - said->len));
	return 0;
}

int
quiet_hear(const char *cwd, const char *const argv[], struct str input, int64_t ms,
	struct buf *said, struct err *err)
{
	const struct child child = {.argv = argv,
		.more = quiet_env,
		.cwd = cwd,
		.input = input,
		.ms = ms,
		.out = on_said,
		.ctx = said,
		.both = true,
		.status_max = 255};
	buf_clear(said);
	return child_run(&child, err);
}

void
quiet_hide(struct str text, struct buf *into)
{
	ptrdiff_t at;
	while ((at = str_find_str(text, STR("://"))) >= 0) {
		size_t from = (size_t)at + 3, end = from, name = from;
		while (end < text.len && !strchr("/?#'\"", text.ptr[end]) &&
			(unsigned char)text.ptr[end] > ' ')
			end++;
		for (size_t i = from; i < end; i++) {
			if (text.ptr[i] == '@')
				name = i + 1;
		}
		buf_add(into, str_slice(text, 0, from));
		buf_add(into, str_slice(text, name, end));
		text = str_slice(text, end, text.len);
	}
	buf_add(into, text);
}

void
quiet_repeat(struct str said, char *ret, size_t size)
{
	static const char *const dull[] = {"hint:", "To ", "Done", "Aborting", "\t",
		"Please make sure you have the correct access rights",
		"and the repository exists."};
	struct buf lines = BUF_INIT;
	while (said.len > 0) {
		struct str line = str_cut(&said, '\n');
		bool tells = str_trim(line).len > 0;
		for (size_t i = 0; i < sizeof(dull) / sizeof(dull[0]); i++)
			tells = tells && !str_starts(line, str_from(dull[i]));
		if (!tells)
			continue;
		quiet_hide(line, &lines);
		buf_byte(&lines, '\n');
	}
	text_safe_lines(ret, size, str_slice(buf_str(&lines), 0, size));
	buf_release(&lines);
}

/* --- objects --- */

int
repo_commit(git_repository *repo, const char *id, git_commit **ret, struct err *err)
{
	git_oid oid;
	if (!id || strlen(id) != REPO_ID_MAX - 1 || git_oid_fromstr(&oid, id) < 0)
		return err_set(err, ERR_INVALID, "that is no commit's id");
	if (git_commit_lookup(ret, repo, &oid) < 0)
		return err_set(err, ERR_NOT_FOUND, "there is no commit %s here", id);
	return 0;
}

/* What an agent's host made is looked at as what comes from anywhere: a tree with ".git" in it
 * is not let in. */
#define WARY                                                                                 \
	"-c", "fetch.fsckObjects=true", "-c", "fetch.fsck.hasDotgit=error", "-c",            \
		"fetch.fsck.hasDot=error", "-c", "fetch.fsck.hasDotdot=error", "-c",         \
		"fetch.fsck.fullPathname=error", "-c", "fetch.writeCommitGraph=false", "-c", \
		"fetch.prune=false"

int
quiet_bring(struct mirror *mirror, const char *repo, const char *id, struct err *err)
{
	/* By its id: whoever makes a ref anew in the meantime does not matter. */
	static const char serve[] =
		"--upload-pack=git -c uploadpack.allowAnySHA1InWant=true upload-pack";
	const char *const argv[] = {"git", QUIET_FLAGS, WARY, "fetch", "-q", "--no-tags",
		"--no-write-fetch-head", "--no-recurse-submodules", "--refmap=", serve, "--",
		mirror->dir, id, NULL};
	git_commit *commit = NULL;
	struct buf said = BUF_INIT;
	int rc = repo_commit(mirror->repo, id, &commit, err);
	git_commit_free(commit);
	if (rc == 0)
		rc = quiet_hear(repo, argv, STR(""), BRING_MS, &said, err);
	if (rc > 0) {
		char text[400];
		quiet_repeat(buf_str(&said), text, sizeof(text));
		rc = err_set(err, ERR_REMOTE, "%s does not take the commits: %s", repo, text);
	}
	buf_release(&said);
	return rc;
}
