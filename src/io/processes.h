/*
 * processes: those of one link, each of them a stream. So many run at a time, the others wait
 * for their turn; all of them end with the link.
 *
 * Where the command runs behind another program, on the far side, that program may be refused
 * ("no more sessions"). Then it is told by the hello: a text that the command's side prints
 * first. What ends without having said it has not run, and is tried again while there is hope;
 * until it is said, input is kept here, and after that it is taken out of the output.
 */
#ifndef COCKPIT_IO_PROCESSES_H
#define COCKPIT_IO_PROCESSES_H

#include "cockpit/io_stream.h"

struct err;
struct loop;
struct processes;

/* hello: borrowed for as long as there are streams; NULL: none is said. */
struct processes *processes_new(struct loop *loop, int max, const char *hello);
/* Open streams are ended; their closed() comes from the loop, later. */
void processes_free(struct processes *ps);

/* argv as for process_open(), copied. */
struct stream *processes_open(struct processes *ps, const char *const argv[],
	const struct stream_ops *ops, void *ctx, struct err *err);
/* Every open stream gets closed() with why, from here (from the loop alone; ps may not be freed
 * inside); what still runs is ended without a further word. */
void processes_end(struct processes *ps, const struct err *why);

#endif
