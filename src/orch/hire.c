/* SPDX-License-Identifier: MIT */
/*
 * With "auto", and on hosts whose "slots" the fleet file says, an agent is started for a task
 * that nobody who is free takes. First the claim, then the start: of several cockpits that see
 * the same one has it. One start at a time on a host; after one that failed the host is left
 * alone for a while, and the reason is in the journal.
 */
#define LOG_MODULE "hire"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clerk.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_journal.h"
#include "cockpit/store_store.h"
#include "local.h"

#define REST_MIN_MS 15000 /* of a host after a failure; twice as long after each more */
#define REST_MAX_MS 600000
#define JITTER_MS   20000
#define COMES_MS    30000 /* until one that was started is seen */
#define TRIES_MAX   3     /* of a task: then a person has to look */
#define LIVES_MS    20000 /* what only prints may be its set-up, which fails in the end */
#define SLUG_MAX    32    /* bytes */
#define HOLDS       (1u << TASK_CLAIMED | 1u << TASK_WORKING)

/* One start, from the claim until it has begun to work. It may outlive its pilot while a worker
 * has it. */
struct hiring {
	struct pilot *pilot; /* NULL: nobody waits any more */
	int host;
	enum { CLAIMS, STARTS, RUNS } step;
	int64_t at; /* clock_ms(): it was started */
	bool dead;  /* it ended before it began: it has its slot until a person stops it */
	struct hiring *next;
	/* The worker's, while it claims. */
	char *store, *where;
	char **names; /* of agents that there are; end with NULL */
	char **there; /* those on that host */
	int room;     /* slots that are free there */
	char *name, *owner;
	struct task task;
	bool taken;
	struct err err;
};

/* When a host may have the next one; there are as many as hosts. */
struct resting {
	int64_t until; /* clock_ms() */
	int64_t wait;  /* 0: the last one went well */
};

static void
hiring_free(struct hiring *hiring)
{
	if (hiring->taken)
		task_release(&hiring->task);
	mem_free_words(hiring->names);
	mem_free_words(hiring->there);
	mem_free(hiring->store);
	mem_free(hiring->where);
	mem_free(hiring->name);
	mem_free(hiring->owner);
	mem_free(hiring);
}

static void
drop(struct hiring *hiring)
{
	struct hiring **p = &hiring->pilot->hirings;
	while (*p != hiring)
		p = &(*p)->next;
	*p = hiring->next;
	hiring_free(hiring);
}

enum hire_stage
hire_stage_of(const struct agent_view *view, int64_t age_ms)
{
	switch (view->verdict.state) {
	case AGENT_FAILED:
	case AGENT_ENDED:
		return HIRE_ENDED;
	case AGENT_DONE:
		return HIRE_BEGUN;
	case AGENT_WORKING:
		return strcmp(view->verdict.source, "output") != 0 ||
				       (!view->talks && age_ms > LIVES_MS)
			       ? HIRE_BEGUN
			       : HIRE_COMES;
	default:
		return HIRE_COMES;
	}
}

/* --- on a worker --- */

static bool
is_among(char *const *names, const char *name)
{
	for (; *names; names++) {
		if (strcmp(*names, name) == 0)
			return true;
	}
	return false;
}

/* 0: none of a name. */
static char
letter_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '\0';
}

/* "write-the-parser-12": letters and digits of the title, whole words of it if they fit. */
void
hire_slug(const char *title, int64_t id, struct buf *into)
{
	size_t whole = 0; /* so much of it are whole words */
	bool gap = false;
	for (const char *p = title; *p && into->len < SLUG_MAX; p++) {
		char c = letter_of(*p);
		if (c && gap)
			buf_byte(into, '-');
		gap = !c && into->len > 0;
		if (c)
			buf_byte(into, c);
		if (c && !letter_of(p[1]))
			whole = into->len;
	}
	if (whole > 0)
		buf_truncate(into, whole);
	buf_printf(into, "%s-%" PRId64, into->len ? "" : "task", id);
}

static char *
make_name(char *const *names, const struct task *task)
{
	struct buf name = BUF_INIT;
	hire_slug(task->title, task->id, &name);
	size_t len = name.len;
	for (int i = 2; is_among(names, buf_cstr(&name)); i++) {
		buf_truncate(&name, len);
		buf_printf(&name, "-%d", i);
	}
	return buf_steal(&name);
}

/* Others who start there right now, or whose claim has not ended yet: they have a slot too. */
static int
count_others(const struct hire_place *place, struct store *store)
{
	const struct task_filter filter = {.states = HOLDS};
	struct task *tasks = NULL;
	size_t count = 0, len = strlen(place->where);
	int ret = 0;
	store_tasks(store, &filter, &tasks, &count, NULL);
	for (size_t i = 0; i < count; i++) {
		const char *owner = tasks[i].owner;
		ret += strncmp(owner, place->where, len) == 0 && owner[len] == '/' &&
		       !is_among(place->there, owner + len + 1);
	}
	store_tasks_free(tasks, count);
	return ret;
}

struct claiming {
	const struct hire_place *place;
	struct store *store;
	char **name;
	struct task *task;
};

/* In one change: of two that claim at once the second one sees the first. A claim that is
 * withdrawn would count as a try of the task. */
static int
claim_next(void *ctx, struct err *err)
{
	struct claiming *claiming = ctx;
	const struct hire_place *place = claiming->place;
	struct task task = {0};
	int rc = store_next(claiming->store, &task, err);
	if (rc < 0)
		return rc;
	if (count_others(place, claiming->store) >= place->room) {
		task_release(&task);
		return err_set(err, ERR_LIMIT, "others start there");
	}
	char *name = make_name(place->names, &task);
	char *owner = mem_printf("%s/%s", place->where, name);
	const struct task_claim claim = {.id = task.id, .owner = owner, .fresh = true};
	rc = store_claim_for(claiming->store, &claim, CLERK_LEASE_MS, clock_wall() * 1000,
		claiming->task, err);
	task_release(&task);
	mem_free(owner);
	if (rc == 0)
		*claiming->name = name;
	else
		mem_free(name);
	return rc;
}

int
hire_claim(struct store *store, const struct hire_place *place, char **ret_name,
	struct task *ret, struct err *err)
{
	struct task next = {0}, taken = {0};
	char *name = NULL;
	struct claiming claiming = {place, store, &name, &taken};
	/* Nobody else has to wait where there is nothing to claim. */
	int rc = store_next(store, &next, err);
	task_release(&next);
	if (rc == 0)
		rc = store_together(store, clock_wall() * 1000, claim_next, &claiming, err);
	if (rc < 0) {
		task_release(&taken);
		mem_free(name);
		return rc;
	}
	*ret = taken;
	*ret_name = name;
	return 0;
}

/* It is anybody's again; a person's to look at if it was tried too often, or may run after all.
 */
static void
give_back(const char *path, const char *owner, enum task_state to, const char *why)
{
	const struct task_filter filter = {.states = HOLDS, .owner = owner};
	struct store *store = NULL;
	struct task *tasks = NULL;
	size_t count = 0;
	struct err err = ERR_INIT;
	if (store_open(path, &store, &err) == 0)
		store_tasks(store, &filter, &tasks, &count, &err);
	for (size_t i = 0; i < count; i++) {
		bool again = to == TASK_QUEUED && tasks[i].attempts < TRIES_MAX;
		store_move(store, tasks[i].id, tasks[i].version,
			again ? TASK_QUEUED : TASK_NEEDS_YOU, why, "cockpit",
			clock_wall() * 1000, NULL, &err);
	}
	if (err.code)
		log_info("%s", err.text);
	store_tasks_free(tasks, count);
	store_close(store);
}

static void
claim(void *ctx)
{
	struct hiring *hiring = ctx;
	const struct hire_place place = {
		hiring->where, hiring->names, hiring->there, hiring->room};
	struct store *store = NULL;
	struct err *err = &hiring->err;
	hiring->taken = store_open(hiring->store, &store, err) == 0 &&
			hire_claim(store, &place, &hiring->name, &hiring->task, err) == 0;
	if (hiring->taken)
		hiring->owner = mem_printf("%s/%s", hiring->where, hiring->name);
	store_close(store);
}

/* --- how it goes --- */

struct returning {
	char *store, *owner, *why;
	enum task_state to;
};

static void
return_it(void *ctx)
{
	struct returning *returning = ctx;
	give_back(returning->store, returning->owner, returning->to, returning->why);
}

static void
on_returned(void *ctx)
{
	struct returning *returning = ctx;
	mem_free(returning->store);
	mem_free(returning->owner);
	mem_free(returning->why);
	mem_free(returning);
}

static void
rest(struct pilot *pilot, int host)
{
	struct resting *resting = &pilot->resting[host];
	int64_t wait = resting->wait ? 2 * resting->wait : REST_MIN_MS;
	resting->wait = wait < REST_MAX_MS ? wait : REST_MAX_MS;
	resting->until = clock_ms() + resting->wait;
}

static void
fail(struct hiring *hiring, const struct err *err)
{
	struct pilot *pilot = hiring->pilot;
	/* Whether it runs nobody knows. */
	bool known = err->code != ERR_TIMEOUT && err->code != ERR_CLOSED;
	struct returning *returning = MEM_NEW(struct returning);
	*returning = (struct returning){.store = mem_strdup(hiring->store),
		.owner = mem_strdup(hiring->owner),
		.why = mem_strdup(err->text),
		.to = known ? TASK_QUEUED : TASK_NEEDS_YOU};
	loop_job(fleet_loop(pilot->fleet), return_it, on_returned, returning);
	rest(pilot, hiring->host);
	char *text = mem_printf("task %" PRId64 ": %s", hiring->task.id, err->text);
	const struct journal_entry entry = {
		.kind = JOURNAL_UNHIRED, .host = hiring->where, .text = text};
	journal_add(pilot->ledger, &entry);
	mem_free(text);
	tasks_look(pilot);
}

static bool
is_of(const struct hiring *hiring, const struct agent_view *view)
{
	return hiring->host == view->host_index && strcmp(hiring->name, view->name) == 0;
}

static bool
find_agent(const struct hiring *hiring, struct agent_view *ret)
{
	const struct fleet *fleet = hiring->pilot->fleet;
	for (int i = 0; i < fleet_agent_count(fleet); i++) {
		fleet_agent_at(fleet, i, ret);
		if (is_of(hiring, ret))
			return true;
	}
	return false;
}

/* Once it has begun nobody waits for it any more. */
static void
judge(struct hiring *hiring, const struct agent_view *view)
{
	enum hire_stage stage = hire_stage_of(view, clock_ms() - hiring->at);
	if (stage == HIRE_BEGUN) {
		if (!hiring->dead)
			hiring->pilot->resting[hiring->host] = (struct resting){0};
		drop(hiring);
	} else if (stage == HIRE_ENDED && !hiring->dead) {
		struct err err = ERR_INIT;
		err_set(&err, ERR_REMOTE, "%s ended before it began", hiring->name);
		fail(hiring, &err);
		hiring->dead = true;
	}
}

static void
on_started(void *ctx, const char *text, const struct err *err)
{
	struct hiring *hiring = ctx;
	(void)text;
	if (err) {
		fail(hiring, err);
		drop(hiring);
		return;
	}
	struct agent_view view;
	bool known = find_agent(hiring, &view);
	hiring->step = RUNS;
	hiring->at = clock_ms();
	/* Else its task is another one's again: not two moves at once. */
	if (!known || hire_stage_of(&view, 0) != HIRE_ENDED)
		flow_begins(hiring->pilot, hiring->where, hiring->name);
	tasks_look(hiring->pilot);
	/* Of what it was until now nobody was told. */
	if (known)
		judge(hiring, &view);
}

static void
start(struct hiring *hiring)
{
	struct pilot *pilot = hiring->pilot;
	const char *base = hiring->task.base, *fleets = fleet_config(pilot->fleet)->base;
	struct buf text = BUF_INIT, prompt = BUF_INIT;
	struct err err = ERR_INIT;
	/* As it would be typed: whoever wrote it, it is an argument now. */
	flow_prompt(&hiring->task, &text);
	text_typable(&prompt, buf_str(&text));
	char *reason = mem_printf("task %" PRId64, hiring->task.id);
	const struct pilot_spec spec = {.name = hiring->name,
		.host = hiring->where,
		.prompt = buf_cstr(&prompt),
		.base = base[0] && (!fleets || strcmp(base, fleets) != 0) ? base : NULL,
		.reason = reason};
	hiring->step = STARTS;
	if (pilot_spawn(pilot, &spec, on_started, hiring, &err) < 0)
		on_started(hiring, "", &err);
	buf_release(&text);
	buf_release(&prompt);
	mem_free(reason);
}

static void
on_claimed(void *ctx)
{
	struct hiring *hiring = ctx;
	struct pilot *pilot = hiring->pilot;
	if (!pilot) {
		if (hiring->taken && !hiring->err.code)
			give_back(hiring->store, hiring->owner, TASK_QUEUED, "");
		hiring_free(hiring);
		return;
	}
	if (!hiring->err.code) {
		tasks_look(pilot);
		start(hiring);
		hire_look(pilot);
		return;
	}
	/* Two that have made way for each other do not try again at the same time. */
	if (hiring->err.code == ERR_LIMIT)
		pilot->resting[hiring->host].until = clock_ms() + getpid() % JITTER_MS;
	else if (hiring->err.code != ERR_NOT_FOUND)
		log_info("%s", hiring->err.text);
	drop(hiring);
}

/* --- whether --- */

/* How many it may have more; 0: none is to be started there now. */
static int
room_on(const struct pilot *pilot, int host)
{
	const struct config_host *where = &fleet_config(pilot->fleet)->hosts[host];
	struct host_view view;
	fleet_host_at(pilot->fleet, host, &view);
	if (!where->slots_said || !host_repo(where)[0] || view.state != HOST_READY ||
		clock_ms() < pilot->resting[host].until || spawnings_on(pilot, host) > 0)
		return 0;
	for (const struct hiring *it = pilot->hirings; it; it = it->next) {
		if (it->host == host && (it->step != RUNS || it->dead))
			return 0;
	}
	return view.slots - view.agents;
}

static void
list_names(const struct pilot *pilot, struct hiring *hiring)
{
	int count = fleet_agent_count(pilot->fleet);
	size_t names = 0, there = 0;
	hiring->names = mem_alloc_array((size_t)count + 1, sizeof(*hiring->names));
	hiring->there = mem_alloc_array((size_t)count + 1, sizeof(*hiring->there));
	for (int i = 0; i < count; i++) {
		struct agent_view view;
		fleet_agent_at(pilot->fleet, i, &view);
		hiring->names[names++] = mem_strdup(view.name);
		if (view.present && view.host_index == hiring->host)
			hiring->there[there++] = mem_strdup(view.name);
	}
}

/* Those that are gone again; and those that have done the same for long enough. */
static void
sweep(struct pilot *pilot)
{
	struct hiring *next;
	for (struct hiring *it = pilot->hirings; it; it = next) {
		struct agent_view view;
		next = it->next;
		if (it->step != RUNS)
			continue;
		if (fleet_agent_namesakes(pilot->fleet, it->name) == 0 &&
			(it->dead || clock_ms() - it->at > COMES_MS))
			drop(it);
		else if (find_agent(it, &view))
			judge(it, &view);
	}
}

void
hire_look(struct pilot *pilot)
{
	int host = -1, room = 0, count = fleet_host_count(pilot->fleet);
	if (!pilot->flow_timer || !path_exists(pilot->store))
		return;
	if (!pilot->resting)
		pilot->resting = mem_alloc_array((size_t)count, sizeof(*pilot->resting));
	sweep(pilot);
	/* One claim at a time, so that the next one finds the next task. */
	for (const struct hiring *it = pilot->hirings; it; it = it->next) {
		if (it->step == CLAIMS)
			return;
	}
	for (int i = 0; i < count; i++) {
		int more = room_on(pilot, i);
		if (more > room) {
			room = more;
			host = i;
		}
	}
	if (host < 0)
		return;
	struct hiring *hiring = MEM_NEW(struct hiring);
	*hiring = (struct hiring){.pilot = pilot,
		.host = host,
		.step = CLAIMS,
		.next = pilot->hirings,
		.store = mem_strdup(pilot->store),
		.where = mem_strdup(fleet_config(pilot->fleet)->hosts[host].name),
		.room = room};
	list_names(pilot, hiring);
	pilot->hirings = hiring;
	loop_job(fleet_loop(pilot->fleet), claim, on_claimed, hiring);
}

void
hire_event(struct pilot *pilot, const struct agent_view *view)
{
	for (struct hiring *it = pilot->hirings; it; it = it->next) {
		if (it->step == RUNS && is_of(it, view)) {
			judge(it, view);
			return;
		}
	}
}

void
hire_drop(struct pilot *pilot)
{
	while (pilot->hirings) {
		struct hiring *hiring = pilot->hirings;
		pilot->hirings = hiring->next;
		hiring->pilot = NULL;
		/* One whose claim is out comes back. */
		if (hiring->step != CLAIMS)
			hiring_free(hiring);
	}
	mem_free(pilot->resting);
	pilot->resting = NULL;
}
