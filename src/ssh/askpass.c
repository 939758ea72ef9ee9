/* SPDX-License-Identifier: MIT */
/*
 * The folder lets nobody else in; the kernel says who connects all the same. Who
 * sends more than a question, or after it, is cut off.
 */
#define _GNU_SOURCE /* struct ucred */
#include "askpass.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "wire.h"

#define ASKERS_MAX   8 /* each hop has an ssh, and each asks one thing at a time */
#define QUESTION_MAX (4 + ASKPASS_HINT_MAX + 4 + ASKPASS_PROMPT_MAX)

struct asker {
	struct askpass *askpass;
	int fd; /* -1: the place is free */
	struct loop_watch *watch;
	struct buf in;
	bool whole; /* the question is */
};

struct askpass {
	struct loop *loop;
	char *path;
	int fd;
	struct loop_watch *watch;
	struct asker askers[ASKERS_MAX];
	struct asker *current; /* asked() came for it */
	uint64_t tell_id;
	const struct askpass_ops *ops;
	void *ctx;
};

static void
hang_up(struct asker *asker)
{
	loop_watch_free(asker->watch);
	close(asker->fd);
	buf_release(&asker->in);
	*asker = (struct asker){.askpass = asker->askpass, .fd = -1};
}

static bool
take_question(const struct asker *asker, struct str *hint, struct str *prompt, bool *more)
{
	struct str rest = buf_str(&asker->in);
	bool whole = wire_take_string(&rest, hint) && wire_take_string(&rest, prompt);
	*more = whole && rest.len > 0;
	return whole;
}

static void
tell(void *ctx)
{
	struct askpass *askpass = ctx;
	struct str hint, prompt;
	bool more;
	askpass->tell_id = 0;
	for (size_t i = 0; i < ASKERS_MAX && !askpass->current; i++)
		if (askpass->askers[i].whole)
			askpass->current = &askpass->askers[i];
	if (!askpass->current)
		return;
	/* The texts may die inside: asked() copies what it keeps. */
	if (take_question(askpass->current, &hint, &prompt, &more))
		askpass->ops->asked(askpass->ctx, hint, prompt);
}

static void
tell_later(struct askpass *askpass)
{
	if (!askpass->tell_id && !askpass->current)
		askpass->tell_id = loop_defer(askpass->loop, tell, askpass);
}

/* The last thing that is done: all may be gone when this returns. */
static void
drop(struct asker *asker)
{
	struct askpass *askpass = asker->askpass;
	bool was_current = askpass->current == asker;
	hang_up(asker);
	if (!was_current)
		return;
	askpass->current = NULL;
	tell_later(askpass);
	askpass->ops->gone(askpass->ctx);
}

static void
on_asker(void *ctx, int events)
{
	struct asker *asker = ctx;
	char bytes[1024];
	struct str hint, prompt;
	bool more;
	(void)events;
	ssize_t n = recv(asker->fd, bytes, sizeof(bytes), 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || buf_add(&asker->in, (struct str){bytes, (size_t)n}) < 0) {
		drop(asker);
		return;
	}
	bool whole = take_question(asker, &hint, &prompt, &more);
	if (more || (whole && asker->whole)) {
		drop(asker);
	} else if (whole) {
		asker->whole = true;
		tell_later(asker->askpass);
	}
}

static bool
is_ours(int fd)
{
	struct ucred who;
	socklen_t len = sizeof(who);
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 && who.uid == geteuid();
}

static void
set_flags(int fd)
{
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
}

static void
on_listener(void *ctx, int events)
{
	struct askpass *askpass = ctx;
	struct asker *asker = askpass->askers;
	(void)events;
	int fd = accept(askpass->fd, NULL, NULL);
	if (fd < 0) {
		/* Nothing is asked any more rather than the loop kept busy. */
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			loop_watch_set(askpass->watch, 0);
		return;
	}
	while (asker < askpass->askers + ASKERS_MAX && asker->fd >= 0)
		asker++;
	if (asker == askpass->askers + ASKERS_MAX || !is_ours(fd)) {
		close(fd);
		return;
	}
	set_flags(fd);
	asker->fd = fd;
	asker->in = BUF_INIT_MAX(QUESTION_MAX);
	asker->watch = loop_watch_new(askpass->loop, fd, on_asker, asker);
	loop_watch_set(asker->watch, LOOP_READ);
}

static int
make_listener(const char *path, struct err *err)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	size_t len = strlen(path);
	if (len >= sizeof(addr.sun_path)) {
		err_set(err, ERR_LIMIT, "%s: too long for the path of a socket", path);
		return -1;
	}
	memcpy(addr.sun_path, path, len + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0) {
		err_errno(err, "a socket for what ssh(1) asks");
		return -1;
	}
	set_flags(fd);
	(void)unlink(path); /* of a process that had our number and was killed */
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 &&
		listen(fd, ASKERS_MAX) == 0)
		return fd;
	err_errno(err, "%s", path);
	close(fd);
	return -1;
}

struct askpass *
askpass_new(struct loop *loop, const char *path, const struct askpass_ops *ops, void *ctx,
	struct err *err)
{
	int fd = make_listener(path, err);
	if (fd < 0)
		return NULL;
	struct askpass *askpass = MEM_NEW(struct askpass);
	*askpass = (struct askpass){
		.loop = loop, .path = mem_strdup(path), .fd = fd, .ops = ops, .ctx = ctx};
	for (size_t i = 0; i < ASKERS_MAX; i++)
		askpass->askers[i] = (struct asker){.askpass = askpass, .fd = -1};
	askpass->watch = loop_watch_new(loop, fd, on_listener, askpass);
	loop_watch_set(askpass->watch, LOOP_READ);
	return askpass;
}

void
askpass_free(struct askpass *askpass)
{
	if (!askpass)
		return;
	for (size_t i = 0; i < ASKERS_MAX; i++)
		if (askpass->askers[i].fd >= 0)
			hang_up(&askpass->askers[i]);
	if (askpass->tell_id)
		loop_defer_cancel(askpass->loop, askpass->tell_id);
	loop_watch_free(askpass->watch);
	close(askpass->fd);
	(void)unlink(askpass->path);
	mem_free(askpass->path);
	mem_free(askpass);
}

void
askpass_answer(struct askpass *askpass, bool yes, struct str text)
{
	char bytes[1 + ASKPASS_ANSWER_MAX + 1] = {ASKPASS_NO};
	struct asker *asker = askpass->current;
	size_t len = 1;
	if (!asker)
		return;
	askpass->current = NULL;
	if (yes && text.len <= ASKPASS_ANSWER_MAX) {
		bytes[0] = ASKPASS_YES;
		memcpy(bytes + 1, text.ptr ? text.ptr : "", text.len);
		len += text.len;
	}
	bytes[len++] = '\n';
	/* So little has room in a socket that nothing was written to; and of an answer that is
	 * cut off, the end is missing. */
	(void)send(asker->fd, bytes, len, MSG_NOSIGNAL);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	hang_up(asker);
	tell_later(askpass);
}
