/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* POSIX_SPAWN_SETSID, pipe2, addchdir_np */
#include "cockpit/io_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"

#define LOOK_MS       200 /* whether it was cancelled */
#define CHUNK         65536
#define COMPLAINT_MAX 4096 /* the end of it */
#define SAID_MAX      300

extern char **environ;

/* Its ends of the pipes are the child's; -1: closed. */
struct run {
	pid_t pid;
	int in, out, errout;
	struct str input;
	int64_t deadline;
	struct buf complaint;
};

static void
shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* --- start --- */

/* As "git rev-parse --local-env-vars" has them: they are of the repo that we were started in.
 */
static const char *const local_to_repo[] = {"GIT_ALTERNATE_OBJECT_DIRECTORIES=", "GIT_CONFIG=",
	"GIT_CONFIG_PARAMETERS=", "GIT_CONFIG_COUNT=", "GIT_OBJECT_DIRECTORY=", "GIT_DIR=",
	"GIT_WORK_TREE=", "GIT_IMPLICIT_WORK_TREE=", "GIT_GRAFT_FILE=", "GIT_INDEX_FILE=",
	"GIT_REPLACE_REF_BASE=", "GIT_PREFIX=", "GIT_SHALLOW_FILE=", "GIT_COMMON_DIR=",
	"GIT_NAMESPACE=", "GIT_PROTOCOL=", NULL};

static bool
is_replaced(const char *entry, const char *const more[])
{
	size_t name = strcspn(entry, "=") + 1;
	for (size_t i = 0; local_to_repo[i]; i++) {
		if (strncmp(entry, local_to_repo[i], name) == 0)
			return true;
	}
	for (size_t i = 0; more && more[i]; i++) {
		if (strncmp(entry, more[i], name) == 0)
			return true;
	}
	return false;
}

static char **
make_environment(const char *const more[])
{
	size_t count = 0, extra = 0, used = 0;
	while (environ[count])
		count++;
	while (more && more[extra])
		extra++;
	char **ret = mem_alloc_array(count + extra + 1, sizeof(*ret));
	for (size_t i = 0; i < count; i++) {
		if (!is_replaced(environ[i], more))
			ret[used++] = mem_strdup(environ[i]);
	}
	for (size_t i = 0; i < extra; i++)
		ret[used++] = mem_strdup(more[i]);
	ret[used] = NULL;
	return ret;
}

static int
spawn(const struct child *child, const int fds[3], pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, defaults;
	char **environment = make_environment(child->more),
	     **argv = mem_copy_words(child->argv);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	for (int i = 0; i < 3; i++)
		posix_spawn_file_actions_adddup2(&actions, fds[i], i);
	if (child->cwd)
		posix_spawn_file_actions_addchdir_np(&actions, child->cwd);
	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &defaults);
	/* A session of its own: no terminal to ask on, and all of it is killed at once. */
	posix_spawnattr_setflags(
		&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	int rc = posix_spawnp(ret, argv[0], &actions, &attr, argv, environment);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	mem_free_words(environment);
	mem_free_words(argv);
	return rc;
}

static int
start(const struct child *child, struct run *run, struct err *err)
{
	int pipes[3][2] = {
		{-1, -1},
                {-1, -1},
                {-1, -1}
        };
	int rc = 0;
	for (int i = 0; i < 3 && rc == 0; i++) {
		if (pipe2(pipes[i], O_CLOEXEC) < 0)
			rc = err_errno(err, "a pipe for %s", child->argv[0]);
	}
	const int fds[3] = {pipes[0][0], pipes[1][1], pipes[child->both ? 1 : 2][1]};
	int why = rc == 0 ? spawn(child, fds, &run->pid) : 0;
	if (why == ENOENT)
		rc = err_set(err, ERR_MISSING, "%s cannot be run: there is no such program%s",
			child->argv[0], child->cwd ? ", or no such folder" : "");
	else if (why)
		rc = err_set(
			err, ERR_IO, "%s cannot be run: %s", child->argv[0], strerror(why));
	shut(&pipes[0][0]);
	shut(&pipes[1][1]);
	shut(&pipes[2][1]);
	run->in = pipes[0][1];
	run->out = pipes[1][0];
	run->errout = pipes[2][0];
	if (rc == 0)
		fcntl(run->in, F_SETFL, O_NONBLOCK);
	return rc;
}

/* --- its bytes --- */

static void
give(struct run *run)
{
	ssize_t n = write(run->in, run->input.ptr, run->input.len);
	if (n > 0)
		run->input = str_slice(run->input, (size_t)n, run->input.len);
	if ((n < 0 && errno != EAGAIN && errno != EINTR) || run->input.len == 0)
		shut(&run->in);
}

static int
take_out(const struct child *child, struct run *run, struct err *err)
{
	char bytes[CHUNK];
	ssize_t n = read(run->out, bytes, sizeof(bytes));
	if (n > 0 && child->out)
		return child->out(child->ctx, (struct str){bytes, (size_t)n}, err);
	if (n == 0 || (n < 0 && errno != EINTR))
		shut(&run->out);
	return 0;
}

static void
take_complaint(struct run *run)
{
	char bytes[COMPLAINT_MAX];
	ssize_t n = read(run->errout, bytes, sizeof(bytes));
	if (n > 0)
		buf_add(&run->complaint, (struct str){bytes, (size_t)n});
	if (run->complaint.len > COMPLAINT_MAX)
		buf_consume(&run->complaint, run->complaint.len - COMPLAINT_MAX);
	if (n == 0 || (n < 0 && errno != EINTR))
		shut(&run->errout);
}

/* Not in struct child: libraries between whoever cancels and what they run need not know. */
static _Thread_local const atomic_bool *heeded;

void
child_heed(const atomic_bool *stop)
{
	heeded = stop;
}

static bool
is_canceled(void)
{
	return heeded && atomic_load(heeded);
}

static int
carry(const struct child *child, struct run *run, struct err *err)
{
	int rc = 0;
	if (run->input.len == 0)
		shut(&run->in);
	while (rc == 0 && (run->out >= 0 || run->errout >= 0)) {
		struct pollfd fds[3] = {
			{run->in,     POLLOUT, 0},
                        {run->out,    POLLIN,  0},
                        {run->errout, POLLIN,  0}
                };
		int64_t left = run->deadline - clock_ms();
		if (left <= 0)
			return err_set(err, ERR_TIMEOUT, "%s took too long", child->argv[0]);
		if (is_canceled())
			return err_set(err, ERR_CANCELED, "cancelled");
		if (poll(fds, 3, left < LOOK_MS ? (int)left : LOOK_MS) <= 0)
			continue;
		if (fds[0].revents)
			give(run);
		if (fds[1].revents)
			rc = take_out(child, run, err);
		if (fds[2].revents)
			take_complaint(run);
	}
	return rc;
}

/* --- the end --- */

/* What it has started may hold its pipes: all of it goes. */
static int
reap(struct run *run, bool killed)
{
	int status = 0;
	while (!killed && clock_ms() < run->deadline && !is_canceled()) {
		static const struct timespec pause = {0, 2000000};
		pid_t pid = waitpid(run->pid, &status, WNOHANG);
		if (pid == run->pid)
			return status;
		nanosleep(&pause, NULL);
	}
	kill(-run->pid, SIGKILL);
	while (waitpid(run->pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static int
judge(const struct child *child, struct run *run, int status, struct err *err)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) <= child->status_max)
		return WEXITSTATUS(status);
	char said[SAID_MAX];
	struct str rest = str_trim(buf_str(&run->complaint)), last = rest;
	while (rest.len > 0)
		last = str_cut(&rest, '\n');
	text_safe_tmp(said, sizeof(said), str_slice(last, 0, SAID_MAX - 1));
	if (said[0])
		return err_set(err, ERR_REMOTE, "%s: %s", child->argv[0], said);
	if (WIFSIGNALED(status))
		return err_set(err, ERR_REMOTE, "%s was ended by signal %d", child->argv[0],
			WTERMSIG(status));
	return err_set(err, ERR_REMOTE, "%s ended with status %d", child->argv[0],
		WEXITSTATUS(status));
}

int
child_run(const struct child *child, struct err *err)
{
	struct run run = {.pid = -1,
		.in = -1,
		.out = -1,
		.errout = -1,
		.input = child->input,
		.deadline = clock_ms() + child->ms,
		.complaint = BUF_INIT};
	int rc = is_canceled() ? err_set(err, ERR_CANCELED, "cancelled")
			       : start(child, &run, err);
	if (rc == 0)
		rc = carry(child, &run, err);
	shut(&run.in);
	shut(&run.out);
	shut(&run.errout);
	int status = run.pid > 0 ? reap(&run, rc < 0) : 0;
	if (rc == 0)
		rc = judge(child, &run, status, err);
	buf_release(&run.complaint);
	return rc;
}
