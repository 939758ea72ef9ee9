/* SPDX-License-Identifier: MIT */
/*
 * An errand: a verb of host.sh whose bytes, both ways, are a worker's, where libraries block as
 * they like. It may outlive its pilot, not its fleet.
 */
#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "local.h"

/* What a login may say before the script does. */
#define CHATTER_MAX (64u << 10)

struct errand {
	struct pilot *pilot; /* NULL: nobody waits any more */
	const char *verb;    /* a literal; its first line is "cockpit-VERB" */
	struct duct *duct;
	errand_work_fn *work;
	errand_done_fn *done;
	void *ctx;
	struct err err;
	bool canceled; /* the duct is let go of */
	struct errand *next;
};

bool
errand_complaint(struct str said, struct err *err)
{
	ptrdiff_t at = str_find_str(said, STR("cockpit-error "));
	if (at < 0)
		return false;
	struct str rest = str_slice(said, (size_t)at + 14, said.len);
	char text[300];
	text_safe_tmp(text, sizeof(text), str_trim(str_cut(&rest, '\n')));
	*err = ERR_INIT;
	err_set(err, ERR_REMOTE, "%s", text);
	return true;
}

/* Up to the line with which the script begins. */
static int
skip_chatter(struct errand *errand)
{
	char *mark = mem_printf("cockpit-%s\n", errand->verb);
	struct buf said = BUF_INIT_MAX(CHATTER_MAX);
	size_t at = 0;
	int rc = 0;
	char byte;
	while (mark[at] && rc == 0) {
		int64_t got = duct_read(errand->duct, &byte, 1, &errand->err);
		if (got == 0)
			rc = err_set(&errand->err, ERR_REMOTE, "nothing began there");
		else if (got < 0)
			rc = (int)got;
		else if (buf_byte(&said, byte) < 0)
			rc = err_set(&errand->err, ERR_LIMIT,
				"its login talks too much before anything begins");
		else
			at = byte == mark[at] ? at + 1 : byte == mark[0];
	}
	if (rc < 0)
		errand_complaint(buf_str(&said), &errand->err);
	buf_release(&said);
	mem_free(mark);
	return rc;
}

static void
work(void *ctx)
{
	struct errand *errand = ctx;
	if (skip_chatter(errand) == 0)
		errand->work(errand->ctx, errand->duct, &errand->err);
	duct_done(errand->duct);
}

static void
on_worked(void *ctx)
{
	struct errand *errand = ctx;
	if (errand->pilot) {
		struct errand **p = &errand->pilot->errands;
		while (*p != errand)
			p = &(*p)->next;
		*p = errand->next;
		if (!errand->canceled)
			duct_free(errand->duct);
	}
	errand->done(errand->ctx, errand->err.code ? &errand->err : NULL);
	mem_free(errand);
}

int
errand_start(struct pilot *pilot, int host, const char *verb, const char *const args[],
	const struct duct_limits *limits, errand_work_fn *work_fn, errand_done_fn *done,
	void *ctx, struct err *err)
{
	struct loop *loop = fleet_loop(pilot->fleet);
	struct err why = ERR_INIT;
	struct duct *duct = duct_new(loop, limits);
	struct stream *stream =
		act_host_stream(pilot->fleet, host, verb, args, &duct_stream_ops, duct, &why);
	if (!stream) {
		duct_done(duct);
		duct_free(duct);
		return err_set(err, why.code, "%s", why.text);
	}
	struct errand *errand = MEM_NEW(struct errand);
	*errand = (struct errand){.pilot = pilot,
		.verb = verb,
		.duct = duct,
		.work = work_fn,
		.done = done,
		.ctx = ctx,
		.next = pilot->errands};
	pilot->errands = errand;
	duct_join(duct, stream);
	loop_job(loop, work, on_worked, errand);
	return 0;
}

void
errand_cancel(struct pilot *pilot, const void *ctx)
{
	for (struct errand *errand = pilot->errands; errand; errand = errand->next) {
		if (errand->ctx != ctx || errand->canceled)
			continue;
		errand->canceled = true;
		duct_free(errand->duct);
	}
}

/* A worker that is at it ends when its bytes do. */
void
errands_drop(struct pilot *pilot)
{
	for (struct errand *errand = pilot->errands; errand; errand = errand->next) {
		errand->pilot = NULL;
		if (!errand->canceled)
			duct_free(errand->duct);
	}
	pilot->errands = NULL;
}
