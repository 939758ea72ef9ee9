/* SPDX-License-Identifier: MIT */
/*
 * The repo on its way to a host where nobody has put it: a worker looks what there is here, the
 * host says what it has, a worker sends what is missing, and then the ignored files. A delivery
 * may outlive its pilot, not its fleet.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_merge.h"
#include "cockpit/repo_supply.h"
#include "local.h"

#define HAVE_MS    30000
#define CLONE_MS   600000
#define TAKE_MS    900000
#define FILES_MS   600000
#define CHUNK      ((size_t)64 << 10)
#define ANSWER_MAX (64u << 10)
#define THERE_MAX  1000
#define WANTED_MAX 4

struct delivery {
	struct pilot *pilot; /* NULL: nobody waits any more */
	int host_index;
	enum config_clone clone;
	char *name; /* of the agent that is started; NULL: none is */
	char *host;
	char *whose, *whose_host; /* whose work is to come too, and where it was; NULL:
				     nobody's, wherever */
	deliver_fn *done;
	void *ctx;
	struct delivery *next;
	enum { PREPARES, ASKS, GIVES, GIVES_FILES } step;
	bool canceled;
	bool hurries; /* works there are fetched soon after it */
	struct doing_stamp stamp;
	atomic_ullong sent; /* bytes of this step */
	/* A worker's, while one is at it. */
	char *mirror, *repo, *branch;
	char *other; /* branch that is to come too; NULL: none */
	struct supply supply, other_supply;
	struct mirror_work work;  /* that is to be restored */
	char commit[REPO_ID_MAX]; /* that is to be there too; "": none */
	char *there[THERE_MAX];
	size_t there_count;
	struct duct *duct;
	bool packing; /* a part of the pack was sent */
	bool cut;     /* the host did not take it */
	struct buf files;
	int file_count;
	struct err err;
};

static void
delivery_free(struct delivery *delivery)
{
	supply_release(&delivery->supply);
	supply_release(&delivery->other_supply);
	for (size_t i = 0; i < delivery->there_count; i++)
		mem_free(delivery->there[i]);
	buf_release(&delivery->files);
	mem_free(delivery->name);
	mem_free(delivery->host);
	mem_free(delivery->whose);
	mem_free(delivery->whose_host);
	mem_free(delivery->mirror);
	mem_free(delivery->repo);
	mem_free(delivery->branch);
	mem_free(delivery->other);
	mem_free(delivery);
}

/* What is to be said besides. */
static void
add_notes(const struct delivery *delivery, struct buf *notes)
{
	if (delivery->file_count)
		buf_printf(notes, "; %d ignored file%s went along", delivery->file_count,
			delivery->file_count == 1 ? "" : "s");
	if (delivery->supply.complaint)
		buf_printf(notes, "; its origin could not be asked: %s",
			delivery->supply.complaint);
}

/* Those whose pilot is gone. What the fleet never calls back stays here, where a leak checker
 * finds it: the program is ending. */
static struct delivery *left;

static void
end(struct delivery *delivery)
{
	struct pilot *pilot = delivery->pilot;
	struct delivery **p = pilot ? &pilot->deliveries : &left;
	while (*p != delivery)
		p = &(*p)->next;
	*p = delivery->next;
	if (pilot) {
		struct buf notes = BUF_INIT;
		add_notes(delivery, &notes);
		if (delivery->done)
			delivery->done(delivery->ctx, buf_cstr(&notes),
				delivery->err.code ? &delivery->err : NULL);
		buf_release(&notes);
		/* What is there is beside another base now. */
		if (delivery->hurries && !delivery->err.code)
			works_hurry(pilot, delivery->host_index);
	}
	delivery_free(delivery);
}

/* True if it goes on. */
static bool
goes_on(struct delivery *delivery, const struct err *err)
{
	if (err)
		delivery->err = *err;
	if (delivery->canceled) {
		delivery->err = ERR_INIT;
		err_set(&delivery->err, ERR_CANCELED, "host %s: the repo: cancelled%s",
			delivery->host,
			delivery->step == ASKS && delivery->clone == CONFIG_CLONE_ORIGIN
				? "; a clone that has begun there may go on"
				: "");
	}
	if (!delivery->err.code && delivery->pilot)
		return true;
	end(delivery);
	return false;
}

const char *
host_repo(const struct config_host *host)
{
	return host->clone ? "own:" : host->repo ? host->repo : "";
}

static const char *
target(const struct delivery *delivery)
{
	const struct fleet_config *config = fleet_config(delivery->pilot->fleet);
	return host_repo(&config->hosts[delivery->host_index]);
}

int
duct_answer(struct duct *duct, struct err *err)
{
	struct buf out = BUF_INIT;
	char bytes[512];
	int64_t n = 1;
	while (n > 0 && out.len < ANSWER_MAX &&
		str_find_str(buf_str(&out), STR("cockpit-taken\n")) < 0) {
		n = duct_read(duct, bytes, sizeof(bytes), err);
		if (n > 0)
			buf_add(&out, (struct str){bytes, (size_t)n});
	}
	int rc = str_find_str(buf_str(&out), STR("cockpit-taken\n")) >= 0 ? 0 : ERR_REMOTE;
	if (rc < 0 && !errand_complaint(buf_str(&out), err) && n >= 0)
		err_set(err, ERR_REMOTE, "what was sent was not taken");
	buf_release(&out);
	return rc;
}

/* --- the ignored files --- */

static void
give_files(void *ctx, struct duct *duct, struct err *err)
{
	struct delivery *delivery = ctx;
	struct str rest = buf_str(&delivery->files);
	while (rest.len > 0) {
		struct str part = str_slice(rest, 0, rest.len < CHUNK ? rest.len : CHUNK);
		if (duct_write(duct, part, err) < 0)
			return;
		delivery->sent += part.len;
		rest = str_slice(rest, part.len, rest.len);
	}
	duct_answer(duct, err);
}

static void
on_files(void *ctx, const struct err *err)
{
	struct delivery *delivery = ctx;
	struct err why = err ? *err : ERR_INIT;
	if (err)
		err_prefix(&why, "host %s: the files of .worktreeinclude", delivery->host);
	if (goes_on(delivery, err ? &why : NULL))
		end(delivery);
}

static void
send_files(struct delivery *delivery)
{
	static const struct duct_limits limits = {FILES_MS, ANSWER_MAX};
	char size[24];
	snprintf(size, sizeof(size), "%zu", delivery->files.len);
	delivery->step = GIVES_FILES;
	delivery->sent = 0;
	const char *const args[] = {delivery->name, size, NULL};
	if (delivery->file_count == 0 ||
		errand_start(delivery->pilot, delivery->host_index, "files", args, &limits,
			give_files, on_files, delivery, &delivery->err) < 0)
		end(delivery);
}

/* --- what is missing --- */

static int
on_pack(void *ctx, struct str bytes, struct err *err)
{
	struct delivery *delivery = ctx;
	int rc = delivery->packing ? 0 : duct_write(delivery->duct, STR("pack\n"), err);
	delivery->packing = true;
	if (rc == 0)
		rc = duct_write(delivery->duct, bytes, err);
	delivery->cut = rc < 0;
	delivery->sent += rc == 0 ? bytes.len : 0;
	return rc;
}

static void
add_header(struct delivery *delivery, struct buf *into)
{
	const struct supply *supply = &delivery->supply, *other = &delivery->other_supply;
	if (supply->base[0])
		buf_printf(into, "base %s %s\n", supply->branch, supply->base);
	if (other->base[0])
		buf_printf(into, "ref refs/remotes/origin/%s %s\n", other->branch, other->base);
	if (supply->user)
		buf_printf(into, "user %s\n", supply->user);
	if (supply->email)
		buf_printf(into, "email %s\n", supply->email);
	if (delivery->commit[0])
		buf_printf(into, "ref refs/cockpit-merge/try %s\n", delivery->commit);
	if (!delivery->work.snap[0])
		return;
	char ref[80];
	/* Who begins with another one's work has it as its own. */
	mirror_ref_name(delivery->name ? delivery->name : delivery->whose, ref, sizeof(ref));
	buf_printf(into, "ref refs/cockpit/%s/snap %s\n", ref, delivery->work.snap);
	if (delivery->work.head[0])
		buf_printf(into, "ref refs/cockpit/%s/head %s\n", ref, delivery->work.head);
}

static int
send_pack(struct delivery *delivery, struct duct *duct, struct err *err)
{
	const char *wanted[WANTED_MAX];
	size_t count = 0;
	struct mirror *mirror = NULL;
	bool any = false;
	if (delivery->supply.base[0])
		wanted[count++] = delivery->supply.base;
	if (delivery->other_supply.base[0])
		wanted[count++] = delivery->other_supply.base;
	if (delivery->work.snap[0])
		wanted[count++] = delivery->work.snap;
	if (delivery->commit[0])
		wanted[count++] = delivery->commit;
	int rc = mirror_open(delivery->mirror, &mirror, err);
	if (rc == 0)
		rc = supply_pack(mirror, wanted, count, (const char *const *)delivery->there,
			delivery->there_count, &any, on_pack, delivery, err);
	if (rc == 0 && !any)
		rc = duct_write(duct, STR("end\n"), err);
	mirror_close(mirror);
	return rc;
}

static void
take(void *ctx, struct duct *duct, struct err *err)
{
	struct delivery *delivery = ctx;
	struct buf header = BUF_INIT;
	delivery->duct = duct;
	add_header(delivery, &header);
	int rc = duct_write(duct, buf_str(&header), err);
	if (rc == 0)
		rc = send_pack(delivery, duct, err);
	struct err why = ERR_INIT;
	/* What the host says of it says more than that it has hung up; it says nothing before
	 * it has all. */
	if (rc == 0 || delivery->cut) {
		int answer = duct_answer(duct, &why);
		if (answer < 0)
			*err = why;
	}
	buf_release(&header);
}

static void
on_taken(void *ctx, const struct err *err)
{
	struct delivery *delivery = ctx;
	struct err why = ERR_INIT;
	if (err) {
		why = *err;
		err_prefix(&why, "host %s: the repo", delivery->host);
	}
	if (goes_on(delivery, err ? &why : NULL))
		send_files(delivery);
}

/* --- what is there --- */

static void
on_have(void *ctx, struct str out, const struct err *err)
{
	static const struct duct_limits limits = {TAKE_MS, ANSWER_MAX};
	struct delivery *delivery = ctx;
	if (!goes_on(delivery, err))
		return;
	const char *const args[] = {target(delivery), NULL};
	while (out.len > 0) {
		struct str line = str_trim(str_cut(&out, '\n'));
		struct str id = str_slice(line, 13, line.len);
		if (str_starts(line, STR("cockpit-have ")) && id.len == REPO_ID_MAX - 1 &&
			delivery->there_count < THERE_MAX)
			delivery->there[delivery->there_count++] = mem_strndup(id.ptr, id.len);
	}
	delivery->step = GIVES;
	if (errand_start(delivery->pilot, delivery->host_index, "take", args, &limits, take,
		    on_taken, delivery, &delivery->err) < 0)
		end(delivery);
}

/* --- what is here --- */

/* "../x": only this machine knows where that is. */
static bool
is_relative(const char *url)
{
	return url[0] != '/' && !strchr(url, ':');
}

static int
prepare_repo(struct delivery *delivery, struct mirror *mirror, struct err *err)
{
	bool push = delivery->clone == CONFIG_CLONE_PUSH;
	int rc = supply_base(
		push ? mirror : NULL, delivery->repo, delivery->branch, &delivery->supply, err);
	/* What is cloned has all branches. */
	if (rc == 0 && push && delivery->other &&
		strcmp(delivery->other, delivery->supply.branch) != 0)
		rc = supply_base(
			mirror, delivery->repo, delivery->other, &delivery->other_supply, err);
	if (rc == 0 && delivery->name)
		rc = supply_files(delivery->repo, &delivery->files, &delivery->file_count, err);
	if (rc == 0 && !push && !delivery->supply.url)
		rc = err_set(err, ERR_NOT_FOUND,
			"%s comes from nowhere that host %s could clone (it has no remote)",
			delivery->repo, delivery->host);
	if (rc == 0 && !push && is_relative(delivery->supply.url))
		rc = err_set(err, ERR_INVALID,
			"%s comes from %s, which host %s cannot find (it is a path here)",
			delivery->repo, delivery->supply.url, delivery->host);
	return rc;
}

static void
prepare(void *ctx)
{
	struct delivery *delivery = ctx;
	struct mirror *mirror = NULL;
	struct err *err = &delivery->err;
	int rc = mirror_open(delivery->mirror, &mirror, err);
	/* Of one that comes back what was fetched elsewhere will do, and its work tree may be
	 * there all the same; a new one begins with the work of whom it is said to, or not. */
	if (rc == 0 && delivery->whose &&
		mirror_find(mirror, delivery->whose_host, delivery->whose, &delivery->work,
			NULL) < 0 &&
		delivery->name && strcmp(delivery->whose, delivery->name) == 0)
		mirror_find(mirror, NULL, delivery->whose, &delivery->work, NULL);
	if (rc == 0 && delivery->whose && delivery->name && !delivery->work.snap[0] &&
		strcmp(delivery->whose, delivery->name) != 0)
		rc = err_set(err, ERR_NOT_FOUND, "nothing of the work of %s is here yet",
			delivery->whose);
	if (rc == 0 && delivery->clone)
		prepare_repo(delivery, mirror, err);
	mirror_close(mirror);
}

static void
on_prepared(void *ctx)
{
	struct delivery *delivery = ctx;
	if (!goes_on(delivery, NULL))
		return;
	bool fetches = delivery->clone == CONFIG_CLONE_ORIGIN;
	delivery->step = ASKS;
	const char *const args[] = {target(delivery), fetches ? delivery->supply.url : "",
		fetches ? delivery->supply.branch : "", NULL};
	if (act_host_verb(delivery->pilot->fleet, delivery->host_index, "have", args, STR(""),
		    fetches ? CLONE_MS : HAVE_MS, on_have, delivery, &delivery->err) < 0)
		end(delivery);
}

int
deliver_start(struct pilot *pilot, const struct deliver_order *order, deliver_fn *done,
	void *ctx, struct err *err)
{
	const struct fleet_config *config = fleet_config(pilot->fleet);
	const struct config_host *host = &config->hosts[order->host];
	if (mirror_need(pilot, err) < 0)
		return ERR_IO;
	if (!host_repo(host)[0])
		return err_set(err, ERR_INVALID, "host %s has no repo", host->name);
	struct delivery *delivery = MEM_NEW(struct delivery);
	*delivery = (struct delivery){.pilot = pilot,
		.host_index = order->host,
		.clone = host->clone,
		.name = order->starts ? mem_strdup(order->starts) : NULL,
		.host = mem_strdup(host->name),
		.whose = order->whose ? mem_strdup(order->whose) : NULL,
		.whose_host = order->whose_host ? mem_strdup(order->whose_host) : NULL,
		.stamp = doing_begin(pilot),
		.hurries = order->hurries,
		.done = done,
		.ctx = ctx,
		.next = pilot->deliveries,
		.mirror = mem_strdup(pilot->mirror),
		.repo = config->repo ? mem_strdup(config->repo) : NULL,
		.branch = config->base ? mem_strdup(config->base) : NULL,
		.other = order->base ? mem_strdup(order->base) : NULL,
		.files = BUF_INIT};
	if (order->commit)
		snprintf(delivery->commit, sizeof(delivery->commit), "%s", order->commit);
	pilot->deliveries = delivery;
	loop_job(fleet_loop(pilot->fleet), prepare, on_prepared, delivery);
	return 0;
}

int
pilot_delivering(const struct pilot *pilot)
{
	int count = 0;
	for (const struct delivery *d = pilot->deliveries; d; d = d->next)
		count++;
	return count;
}

/* --- how far it is --- */

static void
cancel(void *self)
{
	struct delivery *delivery = self;
	struct pilot *pilot = delivery->pilot;
	delivery->canceled = true;
	if (delivery->step == ASKS)
		act_host_verb_cancel(pilot->fleet, delivery->host_index, delivery);
	else if (delivery->step != PREPARES)
		errand_cancel(pilot, delivery);
}

void
deliver_cancel(struct pilot *pilot, const void *ctx)
{
	struct delivery *delivery = pilot->deliveries;
	while (delivery && delivery->ctx != ctx)
		delivery = delivery->next;
	if (delivery && !delivery->canceled)
		cancel(delivery);
}

void
deliveries_tell(const struct pilot *pilot, struct doings *into)
{
	static const char *const steps[] = {
		[PREPARES] = "looking what there is here",
		[ASKS] = "asking what is there",
		[GIVES] = "sending what is missing",
		[GIVES_FILES] = "sending the ignored files",
	};
	for (struct delivery *it = pilot->deliveries; it; it = it->next) {
		bool clones = it->step == ASKS && it->clone == CONFIG_CLONE_ORIGIN;
		const struct doing_row row = {
			.it = {.kind = DOING_BRING,
                               .name = it->host,
                               .host = it->host,
                               .step = clones ? "its host clones it" : steps[it->step],
                               .bytes = it->sent,
                               .total = it->step == GIVES_FILES ? it->files.len : 0,
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

/* --- at a person's word --- */

int
pilot_bring(struct pilot *pilot, uint32_t agent, uint32_t whose, pilot_fn *done, void *ctx,
	struct err *err)
{
	struct agent_view view, other = {0};
	if (!fleet_agent(pilot->fleet, agent, &view) ||
		(whose && !fleet_agent(pilot->fleet, whose, &other)))
		return err_set(err, ERR_NOT_FOUND, "there is no such agent");
	char *base = bases_own(pilot, view.host, view.name);
	const struct deliver_order order = {.host = view.host_index,
		.base = base,
		.whose = whose ? other.name : NULL,
		.whose_host = whose ? other.host : NULL};
	int rc = deliver_start(pilot, &order, done, ctx, err);
	mem_free(base);
	return rc;
}

void
deliveries_drop(struct pilot *pilot)
{
	while (pilot->deliveries) {
		struct delivery *delivery = pilot->deliveries;
		pilot->deliveries = delivery->next;
		delivery->pilot = NULL;
		delivery->next = left;
		left = delivery;
	}
}
