/*
 * channel: the commands that run over one session: exec channels as streams,
 * and the queue of those that wait for a free place.
 */
#ifndef COCKPIT_SSH_CHANNEL_H
#define COCKPIT_SSH_CHANNEL_H

#include "cockpit/io_stream.h"

struct channels;
struct err;
struct loop;
struct ssh_session;

/* wake() asks for channels_run() from the loop, soon; it may come often. */
struct channels *channels_new(
	struct loop *loop, struct ssh_session *session, void (*wake)(void *ctx), void *ctx);
/* All must have been told their end: see channels_end(). The session's channels of libssh2 are
 * left to ssh_session_free(). */
void channels_free(struct channels *channels);

struct stream *channels_open(struct channels *channels, const char *const argv[],
	const struct stream_ops *ops, void *ctx, struct err *err);
/* Does all that can be done without waiting. From the loop alone. */
void channels_run(struct channels *channels);
/* Every stream that is open gets closed() with why, from here; nothing runs any more. */
void channels_end(struct channels *channels, const struct err *why);
/* Nothing runs any more, but the streams are told later. */
void channels_stop(struct channels *channels);
bool channels_ended(const struct channels *channels);
/* Streams that have not been told their end. */
bool channels_any(const struct channels *channels);

#endif
