/* io/jobs: work on threads of its own, called back on the loop's. See loop_job(). */
#ifndef COCKPIT_IO_JOBS_H
#define COCKPIT_IO_JOBS_H

#include <uv.h>

#include "cockpit/io_loop.h"

struct jobs;

/* The loop stays up while jobs are out. */
struct jobs *jobs_new(uv_loop_t *uv);
void jobs_start(struct jobs *jobs, loop_fn *work, loop_fn *done, void *ctx);
/* Calls back what is through; the rest never. The loop must turn once more. */
void jobs_free(struct jobs *jobs);

#endif
