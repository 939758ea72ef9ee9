/* SPDX-License-Identifier: MIT */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/io_loop.h"
#include "wire.h"

#define ANSWER_MAX (256u << 10) /* what OpenSSH allows too */

enum message {
	MESSAGE_FAILURE = 5,
	MESSAGE_LIST = 11,
	MESSAGE_KEYS = 12,
	MESSAGE_SIGN = 13,
	MESSAGE_SIGNATURE = 14,
};

struct ssh_agent {
	struct loop *loop;
	int fd;
	struct loop_watch *watch;
	struct buf out, in;
	enum message want;  /* the answer that is due */
	ssh_agent_fn *done; /* NULL: nothing is due */
	void *ctx;
};

static void
finish(struct ssh_agent *agent, struct str answer, const struct err *err)
{
	ssh_agent_fn *done = agent->done;
	agent->done = NULL;
	loop_watch_set(agent->watch, 0);
	if (done)
		done(agent->ctx, answer, err);
}

static void
fail(struct ssh_agent *agent, int code, const char *text)
{
	struct err err = ERR_INIT;
	err_set(&err, code, "%s", text);
	finish(agent, STR(""), &err);
}

/* The agent may be gone when this returns. */
static void
take_answer(struct ssh_agent *agent)
{
	struct str rest = buf_str(&agent->in), body;
	uint32_t len;
	if (!wire_take_u32(&rest, &len))
		return;
	if (len == 0 || len > ANSWER_MAX) {
		fail(agent, ERR_PROTOCOL, "ssh-agent: an answer of a size that cannot be");
		return;
	}
	rest = buf_str(&agent->in);
	if (!wire_take_string(&rest, &body))
		return;
	enum message kind = (unsigned char)body.ptr[0];
	struct str answer = rest = str_slice(body, 1, body.len);
	uint32_t count;
	if (kind != agent->want)
		fail(agent, ERR_REMOTE, "ssh-agent refused");
	else if (kind == MESSAGE_KEYS ? !wire_take_u32(&answer, &count)
				      : !wire_take_string(&rest, &answer))
		fail(agent, ERR_PROTOCOL, "ssh-agent: an answer that cannot be read");
	else
		finish(agent, answer, NULL);
}

static void
on_io(void *ctx, int events)
{
	struct ssh_agent *agent = ctx;
	char bytes[4096];
	(void)events;
	if (agent->out.len > 0) {
		ssize_t n = send(agent->fd, agent->out.ptr, agent->out.len, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			fail(agent, ERR_IO, "ssh-agent went away");
			return;
		}
		if (n > 0)
			buf_consume(&agent->out, (size_t)n);
		if (agent->out.len == 0)
			loop_watch_set(agent->watch, LOOP_READ);
	}
	ssize_t n = recv(agent->fd, bytes, sizeof(bytes), 0);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		fail(agent, ERR_IO, "ssh-agent went away");
		return;
	}
	if (n > 0) {
		if (buf_add(&agent->in, (struct str){bytes, (size_t)n}) < 0)
			fail(agent, ERR_LIMIT, "ssh-agent: the answer is too long");
		else
			take_answer(agent);
	}
}

struct ssh_agent *
ssh_agent_new(struct loop *loop, const char *path, struct err *err)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	size_t len = strlen(path);
	if (len >= sizeof(addr.sun_path)) {
		err_set(err, ERR_INVALID, "ssh-agent: the path of its socket is too long");
		return NULL;
	}
	memcpy(addr.sun_path, path, len + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0) {
		err_errno(err, "ssh-agent");
		return NULL;
	}
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		err_errno(err, "ssh-agent");
		close(fd);
		return NULL;
	}
	struct ssh_agent *agent = MEM_NEW(struct ssh_agent);
	*agent = (struct ssh_agent){
		.loop = loop, .fd = fd, .in = BUF_INIT_MAX(ANSWER_MAX + 4096)};
	agent->watch = loop_watch_new(loop, fd, on_io, agent);
	return agent;
}

void
ssh_agent_free(struct ssh_agent *agent)
{
	if (!agent)
		return;
	loop_watch_free(agent->watch);
	close(agent->fd);
	buf_release(&agent->out);
	buf_release(&agent->in);
	mem_free(agent);
}

static void
request(struct ssh_agent *agent, enum message want, ssh_agent_fn *done, void *ctx)
{
	BUG_ON(agent->done != NULL);
	buf_clear(&agent->in);
	agent->want = want;
	agent->done = done;
	agent->ctx = ctx;
	loop_watch_set(agent->watch, LOOP_READ | LOOP_WRITE);
}

void
ssh_agent_list(struct ssh_agent *agent, ssh_agent_fn *done, void *ctx)
{
	wire_put_u32(&agent->out, 1);
	buf_byte(&agent->out, MESSAGE_LIST);
	request(agent, MESSAGE_KEYS, done, ctx);
}

void
ssh_agent_sign(
	struct ssh_agent *agent, struct str key, struct str data, ssh_agent_fn *done, void *ctx)
{
	wire_put_u32(&agent->out, (uint32_t)(1 + 4 + key.len + 4 + data.len + 4));
	buf_byte(&agent->out, MESSAGE_SIGN);
	wire_put_string(&agent->out, key);
	wire_put_string(&agent->out, data);
	wire_put_u32(&agent->out, 0); /* no flags: those are for RSA */
	request(agent, MESSAGE_SIGNATURE, done, ctx);
}

bool
ssh_agent_next_key(struct str *list, struct str *ret_blob, struct str *ret_comment)
{
	return wire_take_string(list, ret_blob) && wire_take_string(list, ret_comment);
}
