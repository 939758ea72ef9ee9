/* SPDX-License-Identifier: MIT */
#include "cockpit/io_stream.h"

int
stream_write(struct stream *stream, struct str bytes)
{
	return stream->class->write(stream, bytes);
}

size_t
stream_pending(const struct stream *stream)
{
	return stream->class->pending(stream);
}

void
stream_shutdown(struct stream *stream)
{
	stream->class->shutdown(stream);
}

void
stream_pause(struct stream *stream, bool pause)
{
	stream->class->pause(stream, pause);
}

void
stream_close(struct stream *stream)
{
	stream->class->close(stream);
}

void
stream_emit_out(struct stream *stream, struct str bytes)
{
	if (bytes.len)
		stream->ops->out(stream->ctx, bytes);
}

void
stream_emit_errout(struct stream *stream, struct str bytes)
{
	if (bytes.len && stream->ops->errout)
		stream->ops->errout(stream->ctx, bytes);
}

void
stream_emit_drained(struct stream *stream)
{
	if (stream->ops->drained)
		stream->ops->drained(stream->ctx);
}

void
stream_emit_closed(struct stream *stream, const struct stream_exit *end)
{
	stream->ops->closed(stream->ctx, end);
}
