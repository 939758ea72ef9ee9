/* SPDX-License-Identifier: MIT */
/* An agent's work, as a merge would make it, on its way to the remote. It may outlive its
 * pilot.
 */
#include <stdatomic.h>
#include <string.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_child.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_journal.h"
#include "cockpit/orch_merge.h"
#include "cockpit/repo_land.h"
#include "cockpit/repo_merge.h"
#include "cockpit/repo_publish.h"
#include "local.h"
#include "merge_job.h"

struct pushing {
	struct pilot *pilot; /* NULL: nobody waits any more */
	pilot_fn *done;
	void *ctx;
	struct pushing *next;
	atomic_bool canceled;
	struct doing_stamp stamp;
	/* The worker's. */
	char *mirror, *repo, *base, *name, *host, *message;
	char *into; /* what the base is to be; NULL: no matter */
	enum merge_how how;
	enum push_what what;
	struct buf text;
	struct err err;
};

static void
pushing_free(struct pushing *pushing)
{
	mem_free(pushing->mirror);
	mem_free(pushing->repo);
	mem_free(pushing->base);
	mem_free(pushing->name);
	mem_free(pushing->host);
	mem_free(pushing->message);
	mem_free(pushing->into);
	buf_release(&pushing->text);
	mem_free(pushing);
}

/* --- on the worker --- */

static void
tell(struct pushing *pushing, const char *branch, const struct published *published)
{
	struct buf *text = &pushing->text;
	if (published->same)
		buf_printf(text, "%s is at %s already", branch, published->where);
	else
		buf_printf(text, "pushed %s to %s", branch, published->where);
	if (published->request)
		buf_printf(text, "; %s", published->request);
	else if (published->compare)
		buf_printf(text, "; ask for a pull at %s", published->compare);
	if (published->complaint)
		buf_printf(text, " (%s)", published->complaint);
}

/* A merge commit asks for nothing that its commits do not: those are pushed as they are. */
static int
make(struct pushing *pushing, struct mirror *mirror, const struct land_place *place,
	struct merge_made *made)
{
	struct mirror_work work;
	struct buf proposed = BUF_INIT;
	int rc = mirror_find(mirror, pushing->host, pushing->name, &work, &pushing->err);
	if (rc < 0)
		return rc;
	const struct merge_wish wish = {pushing->repo, pushing->base, pushing->host,
		pushing->name, pushing->message, place->tip, &work,
		pushing->how == MERGE_MERGE ? MERGE_REBASE : pushing->how};
	rc = merge_work(mirror, &wish, &proposed, made, &pushing->err);
	if (!pushing->message)
		pushing->message = buf_steal(&proposed);
	buf_release(&proposed);
	return rc;
}

/* Which of the two it is was decided before this was known. */
static int
compare(struct pushing *pushing, const struct land_place *place, const struct merge_made *made)
{
	if (made->already == (pushing->what == PUSH_BASE))
		return 0;
	if (made->already)
		return err_set(&pushing->err, ERR_EXISTS,
			"nothing was pushed: all of %s is in %s by now, and a push of that was "
			"not asked for",
			pushing->name, place->branch);
	return err_set(&pushing->err, ERR_EXISTS, "nothing was pushed: not all of %s is in %s",
		pushing->name, place->branch);
}

static int
send(struct pushing *pushing, struct mirror *mirror, const struct land_place *place,
	const struct merge_made *made)
{
	char *branch = made->already ? mem_strdup(place->branch)
				     : mem_printf("cockpit/%s", pushing->name);
	struct str body = str_from(pushing->message), title = str_cut(&body, '\n');
	char *subject = mem_strndup(title.ptr, title.len);
	char *rest = mem_strndup(str_trim(body).ptr, str_trim(body).len);
	struct published published = {0};
	const struct publish_order order = {.repo = pushing->repo,
		.branch = branch,
		.id = made->already ? place->tip : made->id,
		.own = !made->already,
		.base = place->branch,
		.title = made->already ? NULL : subject,
		.body = rest};
	int rc = publish(mirror, &order, &published, &pushing->err);
	if (rc == 0)
		tell(pushing, branch, &published);
	published_release(&published);
	mem_free(branch);
	mem_free(subject);
	mem_free(rest);
	return rc;
}

static void
push(void *ctx)
{
	struct pushing *pushing = ctx;
	struct mirror *mirror = NULL;
	struct land_place place = {0};
	struct merge_made made = {0};
	child_heed(&pushing->canceled);
	int rc = mirror_open(pushing->mirror, &mirror, &pushing->err);
	if (rc == 0)
		rc = land_look(mirror, pushing->repo, pushing->base, &place, &pushing->err);
	if (rc == 0)
		rc = merge_see_base(&place, pushing->into, &pushing->err);
	if (rc == 0)
		rc = make(pushing, mirror, &place, &made);
	if (rc == 0)
		rc = compare(pushing, &place, &made);
	if (rc == 0 && pushing->canceled)
		rc = err_set(&pushing->err, ERR_CANCELED, "cancelled");
	if (rc == 0)
		send(pushing, mirror, &place, &made);
	child_heed(NULL);
	merge_release(&made);
	land_place_release(&place);
	mirror_close(mirror);
}

/* --- on the loop --- */

static void
on_pushed(void *ctx)
{
	struct pushing *pushing = ctx, **p;
	struct pilot *pilot = pushing->pilot;
	if (pilot) {
		for (p = &pilot->pushings; *p != pushing;)
			p = &(*p)->next;
		*p = pushing->next;
		const struct journal_entry entry = {.kind = JOURNAL_PUSHED,
			.agent = pushing->name,
			.host = pushing->host,
			.text = buf_cstr(&pushing->text)};
		if (!pushing->err.code)
			journal_add(pilot->ledger, &entry);
		if (pushing->done)
			pushing->done(pushing->ctx, buf_cstr(&pushing->text),
				pushing->err.code ? &pushing->err : NULL);
	}
	pushing_free(pushing);
}

int
pilot_push(struct pilot *pilot, uint32_t agent, enum push_what what, const char *branch,
	const char *message, pilot_fn *done, void *ctx, struct err *err)
{
	const struct fleet_config *config = fleet_config(pilot->fleet);
	struct agent_view view;
	enum merge_how how = MERGE_SQUASH;
	if (mirror_need(pilot, err) < 0)
		return ERR_IO;
	if (!fleet_agent(pilot->fleet, agent, &view))
		return err_set(err, ERR_NOT_FOUND, "there is no such agent");
	if (!config->repo)
		return err_set(err, ERR_NOT_FOUND,
			"fleet %s has no repo on this machine that could be pushed from",
			config->name);
	if (config->merge)
		merge_how_find(config->merge, &how);
	struct pushing *pushing = MEM_NEW(struct pushing);
	*pushing = (struct pushing){.pilot = pilot,
		.done = done,
		.ctx = ctx,
		.next = pilot->pushings,
		.stamp = doing_begin(pilot),
		.mirror = mem_strdup(pilot->mirror),
		.repo = mem_strdup(config->repo),
		.base = pilot_base(pilot, view.host, view.name),
		.name = mem_strdup(view.name),
		.host = mem_strdup(view.host),
		.message = message && message[0] ? mem_strdup(message) : NULL,
		.into = branch ? mem_strdup(branch) : NULL,
		.how = how,
		.what = what,
		.text = BUF_INIT};
	pilot->pushings = pushing;
	loop_job(fleet_loop(pilot->fleet), push, on_pushed, pushing);
	return 0;
}

static void
cancel(void *self)
{
	((struct pushing *)self)->canceled = true;
}

void
pushings_tell(const struct pilot *pilot, struct doings *into)
{
	for (struct pushing *it = pilot->pushings; it; it = it->next) {
		const struct doing_row row = {
			.it = {.kind = DOING_PUSH,
                               .name = it->name,
                               .host = it->host,
                               .step = it->what == PUSH_BASE ? "the base" : "its work",
                               .wanted = true,
                               .canceled = it->canceled},
			.stamp = it->stamp,
			.self = it,
			.waiter = it->ctx,
			.cancel = cancel
                };
		doings_add(into, &row);
	}
}

void
pushings_drop(struct pilot *pilot)
{
	for (struct pushing *pushing = pilot->pushings; pushing; pushing = pushing->next)
		pushing->pilot = NULL;
	pilot->pushings = NULL;
}
