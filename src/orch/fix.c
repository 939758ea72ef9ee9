/* SPDX-License-Identifier: MIT */
/*
 * Prompts that let an agent mend what broke. What is quoted in them is foreign: it is made
 * safe, stands between two lines that nobody could foresee, and is said to be output.
 */
#include "fix.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_summary.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_check.h"
#include "cockpit/orch_journal.h"
#include "local.h"

#define QUOTE_MAX ((size_t)8 << 10) /* bytes of foreign text in a prompt */
#define FILES_MAX 8

static const char *const kind_names[] = {
#define X(name, id) [FRICTION_##id] = (name),
	FRICTIONS(X)
#undef X
};

const char *
friction_name(enum friction_kind kind)
{
	return kind_names[kind];
}

/* --- what is wrong --- */

static uint64_t
hash_text(uint64_t h, const char *text)
{
	return str_hash(h, (struct str){text, strlen(text) + 1});
}

static bool
friction_of_check(const struct pilot *pilot, uint32_t agent, struct friction *ret)
{
	struct pilot_check check;
	pilot_check(pilot, agent, &check);
	if (check.state != CHECK_FAILED && check.state != CHECK_LATE)
		return false;
	ret->kind = FRICTION_CHECK;
	ret->problem = hash_text(hash_text(STR_HASH_INIT, check.tree), check.names);
	snprintf(ret->words, sizeof(ret->words), "%s",
		check.words[0]              ? check.words
		: check.state == CHECK_LATE ? "the check took too long"
					    : "the check failed");
	return true;
}

static const struct pilot_clash *
find_clash(const struct pilot *pilot, uint32_t agent, uint32_t with)
{
	struct pilot_clashes now;
	pilot_clashes(pilot, &now);
	for (size_t i = 0; i < now.count; i++) {
		const struct pilot_clash *clash = &now.found[i];
		if ((clash->one == agent && clash->other == with) ||
			(with && clash->one == with && clash->other == agent))
			return clash;
	}
	return NULL;
}

static void
fill_clash(const struct pilot *pilot, const struct pilot_clash *clash, uint32_t agent,
	struct friction *ret)
{
	struct agent_view other;
	ret->with = clash->one == agent ? clash->other : clash->one;
	ret->kind = ret->with ? FRICTION_CLASH : FRICTION_BASE;
	ret->problem = hash_text(hash_text(STR_HASH_INIT, clash->ids[0]), clash->ids[1]);
	if (!ret->with)
		snprintf(ret->words, sizeof(ret->words), "clashes with the base");
	else
		snprintf(ret->words, sizeof(ret->words), "clashes with %s",
			fleet_agent(pilot->fleet, ret->with, &other) ? other.name
								     : "one that is gone");
}

/* The base before others: nobody's work is merged before that. */
static bool
friction_of_clash(const struct pilot *pilot, uint32_t agent, struct friction *ret)
{
	struct pilot_clashes now;
	const struct pilot_clash *found = find_clash(pilot, agent, 0);
	pilot_clashes(pilot, &now);
	for (size_t i = 0; i < now.count && !found; i++) {
		if (now.found[i].one == agent || now.found[i].other == agent)
			found = &now.found[i];
	}
	if (found)
		fill_clash(pilot, found, agent, ret);
	return found != NULL;
}

static bool
friction_of_time(const struct pilot *pilot, uint32_t agent, struct friction *ret)
{
	struct agent_view view;
	int minutes = fleet_config(pilot->fleet)->stuck_minutes;
	if (minutes <= 0 || !fleet_agent(pilot->fleet, agent, &view) || !view.link ||
		view.verdict.state != AGENT_WORKING)
		return false;
	int64_t since = work_changed_at(pilot, agent);
	since = since > view.verdict.since ? since : view.verdict.since;
	if (clock_ms() - since < (int64_t)minutes * 60000)
		return false;
	ret->kind = FRICTION_STUCK;
	ret->problem =
		str_hash(STR_HASH_INIT, (struct str){(const char *)&since, sizeof(since)});
	snprintf(ret->words, sizeof(ret->words), "no change for %d min",
		(int)((clock_ms() - since) / 60000));
	return true;
}

void
pilot_friction(const struct pilot *pilot, uint32_t agent, struct friction *ret)
{
	static bool (*const looks[])(const struct pilot *, uint32_t, struct friction *) = {
		friction_of_check, friction_of_clash, friction_of_time};
	*ret = (struct friction){0};
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
		if (looks[i](pilot, agent, ret)) {
			fixes_fill(pilot, agent, ret);
			return;
		}
	}
}

void
pilot_friction_with(
	const struct pilot *pilot, uint32_t agent, uint32_t with, struct friction *ret)
{
	const struct pilot_clash *clash = find_clash(pilot, agent, with);
	*ret = (struct friction){0};
	if (clash)
		fill_clash(pilot, clash, agent, ret);
	fixes_fill(pilot, agent, ret);
}

/* --- on a worker --- */

/* The log is ours; what is in it is not, and may be long. */
static void
quote_log(struct fixing *fixing)
{
	struct summary_reader *reader = summary_reader_new();
	struct summary summary = {0};
	char *bytes = mem_alloc(65536);
	int fd = open(fixing->log, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;
	while (fd >= 0 && (n = read(fd, bytes, 65536)) > 0)
		summary_reader_feed(reader, (struct str){bytes, (size_t)n});
	if (fd >= 0)
		close(fd);
	summary_reader_end(reader, &summary);
	summary_reader_free(reader);
	struct str text = str_from(summary.excerpt && summary.excerpt[0] ? summary.excerpt
				   : summary.tail                        ? summary.tail
									 : "");
	buf_add(&fixing->quote, str_slice(text, 0, QUOTE_MAX));
	summary_release(&summary);
	mem_free(bytes);
}

static void
quote_clash(struct fixing *fixing)
{
	struct mirror *mirror = NULL;
	const char *const ids[2] = {fixing->ids[0], fixing->ids[1]};
	const char *const sides[2] = {fixing->by == FIX_BY_OTHER ? fixing->owner : "yours",
		fixing->base ? "the base" : fixing->other};
	if (mirror_open(fixing->mirror, &mirror, NULL) < 0)
		return;
	for (size_t i = 0; i < FIX_SHOWN_MAX && fixing->paths[i]; i++) {
		size_t room = fixing->quote.len < QUOTE_MAX ? QUOTE_MAX - fixing->quote.len : 0;
		struct buf text = BUF_INIT;
		if (radar_show(mirror, ids, sides, fixing->paths[i], room, &text, NULL) == 0 &&
			text.len > 0 && text.len + 200 < room) {
			buf_addc(&fixing->quote, "--- ");
			text_safe(&fixing->quote, str_from(fixing->paths[i]), 150);
			buf_byte(&fixing->quote, '\n');
			buf_add(&fixing->quote, buf_str(&text));
		}
		buf_release(&text);
	}
	mirror_close(mirror);
}

static void
quote(void *ctx)
{
	struct fixing *fixing = ctx;
	if (fixing->kind == FRICTION_CHECK)
		quote_log(fixing);
	else if (fixing->kind != FRICTION_STUCK)
		quote_clash(fixing);
}

/* --- on the loop --- */

static void
fixing_free(struct fixing *fixing)
{
	mem_free(fixing->owner);
	mem_free(fixing->other);
	mem_free(fixing->command);
	mem_free(fixing->words);
	mem_free(fixing->names);
	mem_free(fixing->log);
	mem_free(fixing->mirror);
	for (size_t i = 0; i < FIX_SHOWN_MAX; i++)
		mem_free(fixing->paths[i]);
	buf_release(&fixing->files);
	buf_release(&fixing->quote);
	mem_free(fixing);
}

static void
end(struct fixing *fixing, const char *text, const struct err *err)
{
	struct fixing **p = &fixing->pilot->fixings;
	while (*p != fixing)
		p = &(*p)->next;
	*p = fixing->next;
	if (fixing->done)
		fixing->done(fixing->ctx, text, err);
	fixing_free(fixing);
}

static void
on_quoted(void *ctx)
{
	struct fixing *fixing = ctx;
	struct buf text = BUF_INIT;
	if (!fixing->pilot) {
		fixing_free(fixing);
		return;
	}
	fix_write_prompt(fixing, &text);
	end(fixing, buf_cstr(&text), NULL);
	buf_release(&text);
}

static void
start_quote(struct fixing *fixing)
{
	fixing->quoting = true;
	loop_job(fleet_loop(fixing->pilot->fleet), quote, on_quoted, fixing);
}

static void on_brought(void *ctx, const char *text, const struct err *err);

/* What it needs to see, one after the other. */
static int
go_on(struct fixing *fixing, struct err *err)
{
	if (fixing->bring_count > 0)
		return pilot_bring(fixing->pilot, fixing->agent,
			fixing->bring[--fixing->bring_count], on_brought, fixing, err);
	start_quote(fixing);
	return 0;
}

static void
on_brought(void *ctx, const char *text, const struct err *err)
{
	struct fixing *fixing = ctx;
	struct err why = err ? *err : ERR_INIT;
	(void)text;
	if (err || go_on(fixing, &why) < 0)
		end(fixing, "", &why);
}

static void
add_files(struct fixing *fixing, const struct pilot_clash *clash, int side)
{
	struct buf *into = &fixing->files;
	for (size_t i = 0; i < clash->file_count && i < FILES_MAX; i++) {
		const struct radar_file *file = &clash->files[i];
		if (i < FIX_SHOWN_MAX)
			fixing->paths[i] = mem_strdup(file->path);
		buf_addc(into, "- ");
		text_safe(into, str_from(file->path), 200);
		for (int r = 0; r < file->range_count && r < RADAR_RANGES_MAX; r++) {
			const struct radar_range *range = &file->ranges[r];
			int from = range->start[side], count = range->count[side];
			buf_printf(into, "%s%d",
				r                            ? ", "
				: fixing->by == FIX_BY_OTHER ? ", lines of that work: "
							     : ", lines of yours: ",
				from);
			if (count > 1)
				buf_printf(into, "-%d", from + count - 1);
		}
		buf_byte(into, '\n');
	}
	size_t left = clash->files_left +
		      (clash->file_count > FILES_MAX ? clash->file_count - FILES_MAX : 0);
	if (left)
		buf_printf(into, "- and %zu more\n", left);
}

static void
set_clash(struct fixing *fixing, const struct pilot *pilot, const struct pilot_clash *clash,
	uint32_t whose)
{
	struct agent_view other;
	int side = clash->one == whose ? 0 : 1;
	uint32_t with = side ? clash->one : clash->other;
	fixing->base = with == 0;
	fixing->other = mem_strdup(
		with && fleet_agent(pilot->fleet, with, &other) ? other.name : "another one");
	memcpy(fixing->ids[0], clash->ids[side], REPO_ID_MAX);
	memcpy(fixing->ids[1], clash->ids[1 - side], REPO_ID_MAX);
	memcpy(fixing->id, clash->ids[1 - side], REPO_ID_MAX);
	add_files(fixing, clash, side);
}

static void
set_check(struct fixing *fixing, const struct pilot *pilot, uint32_t whose)
{
	struct pilot_check check;
	pilot_check(pilot, whose, &check);
	fixing->late = check.state == CHECK_LATE;
	fixing->command = mem_strdup(check.command);
	fixing->words = mem_strdup(check.words);
	fixing->names = mem_strdup(check.names);
	fixing->log = mem_strdup(check.log);
}

/* Who has the work already needs what it clashes with; one with work of its own that work too;
 * a new one is given both when it is started. */
static void
set_by(struct fixing *fixing, const struct pilot *pilot, uint32_t whose, bool clashes,
	uint32_t with)
{
	struct agent_view owner;
	struct mirror_work work;
	fixing->by = fixing->agent == whose ? FIX_BY_OWNER
		     : fixing->agent        ? FIX_BY_OTHER
					    : FIX_BY_NEW;
	fixing->owner =
		mem_strdup(fleet_agent(pilot->fleet, whose, &owner) ? owner.name : "another");
	if (fixing->by != FIX_BY_NEW && clashes)
		fixing->bring[fixing->bring_count++] = with;
	if (fixing->by != FIX_BY_OTHER)
		return;
	work_commits(pilot, whose, &work);
	memcpy(fixing->work, work.snap, sizeof(fixing->work));
	fixing->bring[fixing->bring_count++] = whose;
}

static int
refuse(const struct friction *friction, struct err *err)
{
	time_t at = (time_t)friction->sent_at;
	struct tm tm;
	localtime_r(&at, &tm);
	if (friction->sent_at)
		return err_set(err, ERR_EXISTS,
			"that was given to %s at %02d:%02d, and it is as it was then",
			friction->by[0] ? friction->by : "it", tm.tm_hour, tm.tm_min);
	if (friction->streak >= FIX_STREAK_MAX)
		return err_set(err, ERR_LIMIT,
			"%d fixes in a row made nothing better: please look at it yourself",
			friction->streak);
	return 0;
}

int
pilot_fix(struct pilot *pilot, uint32_t agent, uint32_t whose, const struct friction *friction,
	bool force, pilot_fn *done, void *ctx, struct err *err)
{
	const struct pilot_clash *clash = NULL;
	bool clashes = friction->kind == FRICTION_BASE || friction->kind == FRICTION_CLASH;
	uint32_t with = friction->with;
	int rc = force ? 0 : refuse(friction, err);
	/* Of a clash the other one is whose work it is too. */
	if (agent && friction->kind == FRICTION_CLASH && with == agent) {
		with = whose;
		whose = agent;
	}
	if (rc < 0)
		return rc;
	if (clashes)
		clash = find_clash(pilot, whose, with);
	if (friction->kind == FRICTION_NONE || (clashes && !clash))
		return err_set(err, ERR_NOT_FOUND, "there is nothing to mend any more");
	struct fixing *fixing = MEM_NEW(struct fixing);
	*fixing = (struct fixing){.pilot = pilot,
		.kind = friction->kind,
		.agent = agent,
		.done = done,
		.ctx = ctx,
		.mirror = pilot->mirror ? mem_strdup(pilot->mirror) : NULL,
		.files = BUF_INIT,
		.quote = BUF_INIT,
		.next = pilot->fixings};
	pilot->fixings = fixing;
	set_by(fixing, pilot, whose, clashes, with);
	if (clashes)
		set_clash(fixing, pilot, clash, whose);
	else if (friction->kind == FRICTION_CHECK)
		set_check(fixing, pilot, whose);
	if (fixing->by == FIX_BY_OTHER && !fixing->work[0])
		rc = err_set(err, ERR_NOT_FOUND, "nothing of the work of %s is here yet",
			fixing->owner);
	else
		rc = go_on(fixing, err);
	if (rc < 0) {
		fixing->done = NULL;
		end(fixing, "", NULL);
	}
	return rc;
}

/* Those whose worker is out come back; those that wait for a delivery do not. */
void
fixings_drop(struct pilot *pilot)
{
	while (pilot->fixings) {
		struct fixing *fixing = pilot->fixings;
		pilot->fixings = fixing->next;
		fixing->pilot = NULL;
		if (!fixing->quoting)
			fixing_free(fixing);
	}
}
