/* SPDX-License-Identifier: MIT */
/*
 * libgit2's smart transport over a pipe to "git upload-pack". It is one conversation: the list
 * of refs, what is wanted, the pack (rpc = 0 in libgit2's words).
 */
#include <git2/sys/transport.h>

#include "cockpit/base_mem.h"
#include "local.h"

struct smart {
	git_smart_subtransport base;
	git_smart_subtransport_stream stream;
	struct wire *wire;
};

static struct wire *
wire_of(git_smart_subtransport_stream *stream)
{
	return ((struct smart *)stream->subtransport)->wire;
}

/* Never the pipe's text: ours says it all. */
static int
fail(void)
{
	git_error_set_str(GIT_ERROR_NET, "the connection failed");
	return GIT_ERROR;
}

static int
on_read(git_smart_subtransport_stream *stream, char *into, size_t max, size_t *ret)
{
	struct wire *wire = wire_of(stream);
	int64_t n = wire->pipe->read(wire->pipe->ctx, into, max, &wire->why);
	*ret = n > 0 ? (size_t)n : 0;
	return n < 0 ? fail() : 0;
}

static int
on_write(git_smart_subtransport_stream *stream, const char *bytes, size_t len)
{
	struct wire *wire = wire_of(stream);
	if (!wire->asked && wire->pipe->asked)
		wire->pipe->asked(wire->pipe->ctx);
	wire->asked = true;
	return wire->pipe->write(wire->pipe->ctx, (struct str){bytes, len}, &wire->why) < 0
		       ? fail()
		       : 0;
}

/* Part of its subtransport. */
static void
on_stream_free(git_smart_subtransport_stream *stream)
{
	(void)stream;
}

static int
on_action(git_smart_subtransport_stream **ret, git_smart_subtransport *base, const char *url,
	git_smart_service_t action)
{
	struct smart *smart = (struct smart *)base;
	(void)url;
	if (action != GIT_SERVICE_UPLOADPACK_LS && action != GIT_SERVICE_UPLOADPACK)
		return fail();
	*ret = &smart->stream;
	return 0;
}

static int
on_close(git_smart_subtransport *base)
{
	(void)base;
	return 0;
}

static void
on_free(git_smart_subtransport *base)
{
	mem_free(base);
}

static int
smart_new(git_smart_subtransport **ret, git_transport *owner, void *wire)
{
	struct smart *smart = MEM_NEW(struct smart);
	(void)owner;
	smart->base = (git_smart_subtransport){
		.action = on_action, .close = on_close, .free = on_free};
	smart->stream = (git_smart_subtransport_stream){.subtransport = &smart->base,
		.read = on_read,
		.write = on_write,
		.free = on_stream_free};
	smart->wire = wire;
	*ret = &smart->base;
	return 0;
}

int
wire_transport(git_transport **ret, git_remote *owner, void *wire)
{
	git_smart_subtransport_definition definition = {
		.callback = smart_new, .rpc = 0, .param = wire};
	return git_transport_smart(ret, owner, &definition);
}
