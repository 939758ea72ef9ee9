/* SPDX-License-Identifier: MIT */
/*
 * A repo and a mirror of it in a folder that is thrown away; far sides that are real "git
 * upload-pack"s, and such that lie.
 */
#ifndef COCKPIT_TEST_REPO_FIXTURE_H
#define COCKPIT_TEST_REPO_FIXTURE_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/repo_mirror.h"

static char dir[] = "/tmp/cockpit-mirror-XXXXXX";
static struct mirror *mirror;
static struct err err;

/* --- a repo --- */

/* $R: the repo, $M: the mirror. */
static inline int
sh(const char *script)
{
	char *line =
		mem_printf("R=%s/repo M=%s/mirror.git; cd \"$R\" && { %s\n}", dir, dir, script);
	int status = system(line);
	mem_free(line);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define SNAP(agent)                                                                    \
	"git update-ref refs/cockpit/" agent "/base \"$(git rev-parse main)\" && "     \
	"git update-ref refs/cockpit/" agent "/head \"$(git rev-parse HEAD)\" && "     \
	"git update-ref refs/cockpit/" agent "/snap \"$(git stash create | grep . || " \
	"git rev-parse HEAD)\""

static int
setup(void **state)
{
	(void)state;
	char *repo;
	signal(SIGPIPE, SIG_IGN);
	strcpy(dir + sizeof(dir) - 7, "XXXXXX");
	assert_non_null(mkdtemp(dir));
	setenv("HOME", dir, 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	unsetenv("XDG_CONFIG_HOME");
	repo = path_join(dir, "repo");
	assert_int_equal(path_mkdir(repo, NULL), 0);
	mem_free(repo);
	assert_int_equal(sh("git init -q -b main . && git config user.name x && git config "
			    "user.email x@x && seq 100 >a && git add . && git commit -qm 1 && "
			    "git checkout -qb work"),
		0);
	char *path = path_join(dir, "mirror.git");
	err = ERR_INIT;
	assert_int_equal(mirror_open(path, &mirror, &err), 0);
	mem_free(path);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	mirror_close(mirror);
	mirror = NULL;
	assert_int_equal(path_remove_tree(dir, NULL), 0);
	return 0;
}

/* --- far sides --- */

#define FAR_HAS_HEARD -2 /* in place of out */

struct far {
	int in, out; /* -1: none */
	pid_t pid;
	const char *bytes; /* said whatever it hears; NULL: by pid */
	size_t len, budget;
	struct str later; /* once it has heard something */
};

static int64_t
far_read(void *ctx, char *into, size_t max, struct err *why)
{
	struct far *far = ctx;
	if (far->budget == 0)
		return err_set(why, ERR_LIMIT, "it sent more than is taken");
	if (max > far->budget)
		max = far->budget;
	int64_t n;
	if (far->bytes) {
		if (far->len == 0 && far->out == FAR_HAS_HEARD) {
			far->bytes = far->later.ptr;
			far->len = far->later.len;
			far->later = STR("");
		}
		n = (int64_t)(far->len < max ? far->len : max);
		memcpy(into, far->bytes, (size_t)n);
		far->bytes += n;
		far->len -= (size_t)n;
	} else {
		n = read(far->in, into, max);
	}
	far->budget -= n > 0 ? (size_t)n : 0;
	return n < 0 ? err_errno(why, "read") : n;
}

static int
far_write(void *ctx, struct str bytes, struct err *why)
{
	struct far *far = ctx;
	if (far->out < 0) {
		far->out = FAR_HAS_HEARD;
		return 0;
	}
	return path_write_fd(far->out, bytes) < 0 ? err_errno(why, "write") : 0;
}

static inline void
far_open(struct far *far)
{
	int to[2], from[2];
	assert_int_equal(pipe(to), 0);
	assert_int_equal(pipe(from), 0);
	char *repo = path_join(dir, "repo");
	far->pid = fork();
	if (far->pid == 0) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		for (int fd = 3; fd < 64; fd++)
			close(fd);
		execlp("git", "git", "upload-pack", repo, (char *)NULL);
		_exit(127);
	}
	mem_free(repo);
	close(to[0]);
	close(from[1]);
	far->in = from[0];
	far->out = to[1];
}

static inline int
fetch(const char *agent, struct mirror_fetched *ret)
{
	struct far far = {.budget = SIZE_MAX};
	struct repo_pipe pipe = {.read = far_read, .write = far_write, .ctx = &far};
	err = ERR_INIT;
	far_open(&far);
	int rc = mirror_fetch(mirror, "web", agent, &pipe, ret, &err);
	close(far.in);
	close(far.out);
	waitpid(far.pid, NULL, 0);
	return rc;
}

/* A pkt-line; its length is right. */
static inline void
add_pkt(struct buf *into, struct str bytes)
{
	buf_printf(into, "%04zx", bytes.len + 4);
	buf_add(into, bytes);
}

#define NOBODY "1234567890123456789012345678901234567890"

/* From a far side that says the first at once, and the other once it has heard what is wanted.
 */
static inline int
fetch_parts(struct str first, struct str later, size_t budget)
{
	struct far far = {.in = -1,
		.out = -1,
		.bytes = first.ptr,
		.len = first.len,
		.budget = budget,
		.later = later};
	struct repo_pipe pipe = {.read = far_read, .write = far_write, .ctx = &far};
	struct mirror_fetched got;
	err = ERR_INIT;
	return mirror_fetch(mirror, "web", "x", &pipe, &got, &err);
}

static inline int
fetch_bytes(const char *bytes, size_t len, size_t budget)
{
	return fetch_parts((struct str){bytes, len}, STR(""), budget);
}

/* It offers a snapshot of agent x and can do that; to what is wanted it answers with answer. */
static inline int
fetch_offer(const char *can, struct str answer)
{
	struct buf line = BUF_INIT, first = BUF_INIT, later = BUF_INIT;
	buf_printf(&line, NOBODY " refs/cockpit/x/snap");
	buf_byte(&line, '\0');
	buf_printf(&line, "%s\n", can);
	add_pkt(&first, buf_str(&line));
	buf_addc(&first, "0000");
	add_pkt(&later, STR("NAK\n"));
	buf_add(&later, answer);
	int rc = fetch_parts(buf_str(&first), buf_str(&later), 1 << 20);
	buf_release(&line);
	buf_release(&first);
	buf_release(&later);
	return rc;
}

#endif
