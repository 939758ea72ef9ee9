/* SPDX-License-Identifier: MIT */
/*
 * Tasks go on by themselves: what an agent that holds one does, what came of its check and that
 * its work was merged moves the task. And with "auto" an agent that is free gets the next one,
 * as a prompt. Several cockpits may see the same: the store takes each move once.
 */
#define LOG_MODULE "flow"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clerk.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_check.h"
#include "cockpit/store_store.h"
#include "ledger.h"
#include "local.h"

#define ROUND_MS 5000
#define STEPS    6 /* from one end to the other */

#define ACTIVE                                                                              \
	(1u << TASK_CLAIMED | 1u << TASK_WORKING | 1u << TASK_CHECKING | 1u << TASK_READY | \
		1u << TASK_NEEDS_YOU)

/* What an agent did last, as far as its task goes. */
struct flow {
	uint32_t agent;
	enum agent_state state;
	bool rests;       /* its turn has ended, and its work has not come yet */
	int64_t rests_at; /* that was seen */
	bool giving;      /* it is being given a task */
	bool looked;      /* its work has come once */
	struct flow *next;
};

/* One move. They are made in the order in which they were wanted, also those that wait still
 * when the pilot goes. */
struct moving {
	struct ledger_item item;
	char *owner, *why;
	bool judged;            /* because of what came of the check that is meant */
	char *command, *fleets; /* that check, and the fleet's; NULL: there is none */
	enum task_state to;
	unsigned from; /* bits of the states in which it is wanted */
};

static struct flow *
find(struct pilot *pilot, uint32_t agent)
{
	struct flow *flow = pilot->flows;
	while (flow && flow->agent != agent)
		flow = flow->next;
	if (flow)
		return flow;
	flow = MEM_NEW(struct flow);
	*flow = (struct flow){.agent = agent, .state = AGENT_STATE_COUNT, .next = pilot->flows};
	pilot->flows = flow;
	return flow;
}

/* --- a task moves --- */

/* The way there goes along what the store allows. */
static enum task_state
step_to(enum task_state from, enum task_state to)
{
	static const enum task_state next[TASK_STATE_COUNT] = {
		[TASK_CLAIMED] = TASK_WORKING,
		[TASK_WORKING] = TASK_CHECKING,
		[TASK_CHECKING] = TASK_READY,
		[TASK_READY] = TASK_MERGED,
		[TASK_NEEDS_YOU] = TASK_WORKING,
	};
	return store_can_move(from, to) ? to : next[from];
}

/* What was known of its check when that ran may have been too old. */
static bool
is_judged(const struct moving *moving, const struct task *task)
{
	const char *meant = task->check[0] ? task->check : moving->fleets;
	if (!moving->judged || !meant || !moving->command)
		return !moving->judged || (!meant && !moving->command);
	return strcmp(meant, moving->command) == 0;
}

static void
move_task(const struct moving *moving, struct store *store, const struct task *task)
{
	enum task_state state = task->state, wanted = moving->to;
	int64_t version = task->version;
	if (!is_judged(moving, task)) {
		wanted = TASK_CHECKING;
		if (state != TASK_WORKING)
			return;
	}
	for (int i = 0; i < STEPS && state != wanted; i++) {
		struct task after = {0};
		struct err err = ERR_INIT;
		enum task_state to = step_to(state, wanted);
		if (store_move(store, task->id, version, to,
			    to == moving->to ? moving->why : "", "cockpit", clock_wall() * 1000,
			    &after, &err) < 0) {
			log_info("task %" PRId64 ": %s", task->id, err.text);
			return;
		}
		state = after.state;
		version = after.version;
		task_release(&after);
	}
}

static int
move_all(const struct moving *moving, struct store *store, struct err *err)
{
	const struct task_filter filter = {.states = moving->from, .owner = moving->owner};
	struct task *tasks = NULL;
	size_t count = 0;
	int rc = store_tasks(store, &filter, &tasks, &count, err);
	for (size_t i = 0; rc == 0 && i < count; i++)
		move_task(moving, store, &tasks[i]);
	store_tasks_free(tasks, count);
	return rc;
}

static void
moving_free(struct moving *moving)
{
	mem_free(moving->owner);
	mem_free(moving->why);
	mem_free(moving->command);
	mem_free(moving->fleets);
	mem_free(moving);
}

static int
on_move(struct ledger_item *item, struct store *store, struct err *err)
{
	return move_all((struct moving *)item, store, err);
}

static void
on_moved(struct ledger_item *item)
{
	struct moving *moving = (struct moving *)item;
	if (item->err.code)
		log_info("the task of %s does not move: %s", moving->owner, item->err.text);
	moving_free(moving);
}

static struct moving *
moving_new(
	const char *host, const char *agent, unsigned from, enum task_state to, const char *why)
{
	struct moving *moving = MEM_NEW(struct moving);
	*moving = (struct moving){
		.item = {.work = on_move, .done = on_moved},
		.owner = mem_printf("%s/%s", host, agent),
		.why = mem_strdup(why),
		.to = to,
		.from = from
        };
	return moving;
}

/* Where there is no store there are no tasks; nor is it made for them. */
static bool
has_tasks(const struct pilot *pilot)
{
	return pilot->store && pilot->ledger && pilot->checks_itself &&
	       path_exists(pilot->store);
}

static void
move(struct pilot *pilot, const char *host, const char *agent, unsigned from,
	enum task_state to, const char *why)
{
	if (has_tasks(pilot))
		ledger_add(pilot->ledger, &moving_new(host, agent, from, to, why)->item);
}

/* command NULL: no check is meant. */
static void
judge(struct pilot *pilot, const char *host, const char *agent, const char *command,
	unsigned from, enum task_state to, const char *why)
{
	const char *fleets = fleet_config(pilot->fleet)->check;
	if (!has_tasks(pilot))
		return;
	struct moving *moving = moving_new(host, agent, from, to, why);
	moving->judged = true;
	moving->command = command ? mem_strdup(command) : NULL;
	moving->fleets = fleets ? mem_strdup(fleets) : NULL;
	ledger_add(pilot->ledger, &moving->item);
}

/* --- what moves it --- */

/* Its turn has ended, and this is what it has left, unless that was asked for before: then it
 * may be what there was in the midst of it, and comes once more. */
void
flow_work(struct pilot *pilot, uint32_t agent, const char *tree, bool changed, int64_t asked_at)
{
	struct flow *flow = find(pilot, agent);
	struct agent_view view;
	struct pilot_check check;
	if (!fleet_agent(pilot->fleet, agent, &view))
		return;
	/* It began before this cockpit came. */
	if (!flow->looked && !flow->rests && changed && is_at_rest(view.verdict.state))
		flow_begins(pilot, view.host, view.name);
	flow->looked = true;
	if (!flow->rests || asked_at < flow->rests_at)
		return;
	flow->rests = false;
	pilot_check(pilot, agent, &check);
	char *command = accept_turn(pilot, view.host, view.name);
	bool known = command && check.tree && strcmp(check.tree, tree) == 0 &&
		     strcmp(check.command, command) == 0;
	if (!changed)
		move(pilot, view.host, view.name, 1u << TASK_WORKING, TASK_NEEDS_YOU,
			"its turn ended, and nothing is changed");
	else if (!command)
		judge(pilot, view.host, view.name, NULL, 1u << TASK_WORKING, TASK_READY, "");
	else if (known && !check_is_under_way(check.state))
		flow_checked(pilot, view.host, view.name, &check);
	else
		move(pilot, view.host, view.name, 1u << TASK_WORKING, TASK_CHECKING, "");
	mem_free(command);
}

void
flow_checked(struct pilot *pilot, const char *host, const char *agent,
	const struct pilot_check *check)
{
	static const unsigned from =
		1u << TASK_WORKING | 1u << TASK_CHECKING | 1u << TASK_NEEDS_YOU;
	char *why = mem_printf("the check %s%s%s", check_state_name(check->state),
		check->words[0] ? ": " : "", check->words);
	if (check->state == CHECK_PASSED)
		judge(pilot, host, agent, check->command, from, TASK_READY, "");
	else
		judge(pilot, host, agent, check->command,
			1u << TASK_WORKING | 1u << TASK_CHECKING, TASK_NEEDS_YOU, why);
	mem_free(why);
}

void
flow_merged(const char *path, const char *host, const char *agent)
{
	struct store *store;
	if (!path_exists(path) || store_open(path, &store, NULL) < 0)
		return;
	struct moving *moving =
		moving_new(host, agent, ACTIVE & ~(1u << TASK_CLAIMED), TASK_MERGED, "");
	move_all(moving, store, NULL);
	moving_free(moving);
	store_close(store);
}

/* One that comes up rests too, before it has begun. */
static bool
is_turns_end(enum agent_state before, enum agent_state now)
{
	static const unsigned none = 1u << AGENT_DOWN | 1u << AGENT_STARTING |
				     1u << AGENT_TRUST | 1u << AGENT_LOGIN | 1u << AGENT_IDLE |
				     1u << AGENT_UNKNOWN;
	return is_at_rest(now) && (now == AGENT_DONE || !(none & 1u << before));
}

void
flow_event(struct pilot *pilot, const struct fleet_event *event)
{
	struct agent_view view;
	if (event->kind != FLEET_AGENT || !pilot->checks_itself || !pilot->store ||
		!fleet_agent(pilot->fleet, event->agent, &view))
		return;
	struct flow *flow = find(pilot, event->agent);
	enum agent_state before = flow->state, now = view.verdict.state;
	flow->state = now;
	/* Whose task that is, and how it is checked, is to be known by its end. */
	if (now == AGENT_WORKING && before != now)
		tasks_look(pilot);
	hire_event(pilot, &view);
	/* Whoever gave it its task may have been killed before that was written down. */
	if (before == AGENT_STATE_COUNT && now == AGENT_WORKING)
		flow_begins(pilot, view.host, view.name);
	/* What it was before this cockpit came nobody has seen. */
	if (before == now || before == AGENT_STATE_COUNT)
		return;
	if (now == AGENT_WORKING)
		move(pilot, view.host, view.name, ACTIVE, TASK_WORKING, "");
	else if (agent_state_asks(now))
		move(pilot, view.host, view.name, 1u << TASK_CLAIMED | 1u << TASK_WORKING,
			TASK_NEEDS_YOU, "it asks something");
	if (is_turns_end(before, now)) {
		flow->rests = true;
		flow->rests_at = clock_ms();
	} else if (now == AGENT_WORKING) {
		flow->rests = false;
	}
}

/* --- the next one is given --- */

struct giving {
	struct pilot *pilot; /* NULL: nobody waits any more */
	uint32_t agent;
	char *host, *name;
	char base[REPO_ID_MAX]; /* where it is to begin: its work is merged; "": where it is */
	bool sent;              /* the prompt is on its way */
	struct giving *next;
	/* The worker's. */
	char *store, *bases[2];
	struct task task;
	bool taken;
	struct err err;
};

static void
giving_free(struct giving *giving)
{
	if (giving->taken)
		task_release(&giving->task);
	mem_free(giving->host);
	mem_free(giving->name);
	mem_free(giving->bases[0]);
	mem_free(giving->bases[1]);
	mem_free(giving->store);
	mem_free(giving);
}

static void
drop(struct giving *giving)
{
	struct giving **p = &giving->pilot->givings;
	while (*p != giving)
		p = &(*p)->next;
	*p = giving->next;
	struct pilot *pilot = giving->pilot;
	find(pilot, giving->agent)->giving = false;
	giving_free(giving);
	/* Who is free has had its choice. */
	if (!pilot->givings)
		hire_look(pilot);
}

static void
claim(void *ctx)
{
	struct giving *giving = ctx;
	struct store *store = NULL;
	char *owner = mem_printf("%s/%s", giving->host, giving->name);
	const struct task_claim wish = {
		.owner = owner, .bases = {giving->bases[0], giving->bases[1]}
        };
	if (path_exists(giving->store) && store_open(giving->store, &store, &giving->err) == 0)
		giving->taken = store_claim_for(store, &wish, CLERK_LEASE_MS,
					clock_wall() * 1000, &giving->task, &giving->err) == 0;
	store_close(store);
	mem_free(owner);
}

void
flow_prompt(const struct task *task, struct buf *into)
{
	buf_printf(into, "Task %" PRId64 ": ", task->id);
	text_safe(into, str_from(task->title), -1);
	if (task->text[0])
		buf_printf(into, "\n\n%s", task->text);
}

static void
write_prompt(const struct giving *giving, struct buf *into)
{
	flow_prompt(&giving->task, into);
	if (giving->base[0])
		buf_printf(into,
			"\n\nAll that you had before is merged: begin at commit %.12s (\"git "
			"reset "
			"--hard %.12s\").",
			giving->base, giving->base);
}

/* One that did not take it holds it no longer; where nobody knows a person has to look. */
static void
on_given(void *ctx, const char *text, const struct err *err)
{
	struct giving *giving = ctx;
	struct pilot *pilot = giving->pilot;
	(void)text;
	if (err) {
		log_info("task %" PRId64 ": %s", giving->task.id, err->text);
		move(pilot, giving->host, giving->name, 1u << TASK_CLAIMED,
			err->code == ERR_TIMEOUT ? TASK_NEEDS_YOU : TASK_QUEUED, err->text);
	} else {
		move(pilot, giving->host, giving->name, 1u << TASK_CLAIMED, TASK_WORKING, "");
	}
	drop(giving);
}

static void
on_claimed(void *ctx)
{
	struct giving *giving = ctx;
	struct buf prompt = BUF_INIT;
	char id[64];
	if (!giving->pilot) {
		giving_free(giving);
		return;
	}
	/* It may have one already that it works on. */
	if (!giving->taken || giving->task.state != TASK_CLAIMED) {
		if (giving->err.code && giving->err.code != ERR_NOT_FOUND)
			log_info("%s", giving->err.text);
		drop(giving);
		return;
	}
	tasks_look(giving->pilot);
	write_prompt(giving, &prompt);
	snprintf(id, sizeof(id), "task-%" PRId64 "-%" PRId64, giving->task.id,
		giving->task.epoch);
	const struct pilot_send_options options = {.id = id, .once = true};
	struct err err = ERR_INIT;
	giving->sent = true;
	if (pilot_send(giving->pilot, giving->agent, buf_str(&prompt), &options, on_given,
		    giving, &err) < 0)
		on_given(giving, "", &err);
	buf_release(&prompt);
}

/* It has nothing to do, nothing of it waits for anybody, and where it is to begin is there. */
static bool
is_free(struct pilot *pilot, const struct agent_view *view)
{
	const struct profile *profile = profile_find(view->profile);
	struct pilot_work work;
	pilot_work(pilot, view->id, &work);
	return profile && !profile->shell && view->own &&
	       (view->verdict.state == AGENT_IDLE || view->verdict.state == AGENT_DONE) &&
	       work.diff &&
	       (work.diff->file_count == 0 ||
		       (work.merged && work_base_there(pilot, view->id))) &&
	       !find(pilot, view->id)->giving && prompt_refuse(pilot, view, NULL) == 0;
}

static void
give(struct pilot *pilot, const struct agent_view *view)
{
	struct pilot_work work;
	struct mirror_work commits;
	struct giving *giving = MEM_NEW(struct giving);
	*giving = (struct giving){.pilot = pilot,
		.agent = view->id,
		.host = mem_strdup(view->host),
		.name = mem_strdup(view->name),
		.store = mem_strdup(pilot->store),
		.next = pilot->givings};
	bases_names(pilot, view->host, view->name, giving->bases);
	pilot_work(pilot, view->id, &work);
	work_commits(pilot, view->id, &commits);
	if (work.merged)
		memcpy(giving->base, commits.base, sizeof(giving->base));
	pilot->givings = giving;
	find(pilot, view->id)->giving = true;
	loop_job(fleet_loop(pilot->fleet), claim, on_claimed, giving);
}

static void
on_timer(void *ctx)
{
	struct pilot *pilot = ctx;
	for (int i = 0; i < fleet_agent_count(pilot->fleet) && path_exists(pilot->store); i++) {
		struct agent_view view;
		fleet_agent_at(pilot->fleet, i, &view);
		if (view.present && view.link && is_free(pilot, &view))
			give(pilot, &view);
	}
	if (!pilot->givings)
		hire_look(pilot);
	loop_timer_set(pilot->flow_timer, ROUND_MS);
}

void
flow_begins(struct pilot *pilot, const char *host, const char *agent)
{
	move(pilot, host, agent, 1u << TASK_CLAIMED, TASK_WORKING, "");
}

void
flow_follow(struct pilot *pilot)
{
	if (!fleet_config(pilot->fleet)->automatic || !pilot->store || pilot->flow_timer)
		return;
	pilot->flow_timer = loop_timer_new(fleet_loop(pilot->fleet), on_timer, pilot);
	loop_timer_set(pilot->flow_timer, ROUND_MS);
}

void
flow_drop(struct pilot *pilot)
{
	hire_drop(pilot);
	loop_timer_free(pilot->flow_timer);
	pilot->flow_timer = NULL;
	while (pilot->flows) {
		struct flow *flow = pilot->flows;
		pilot->flows = flow->next;
		mem_free(flow);
	}
	/* One whose claim is out comes back; one whose prompt is out does not. */
	while (pilot->givings) {
		struct giving *giving = pilot->givings;
		pilot->givings = giving->next;
		giving->pilot = NULL;
		if (giving->sent)
			giving_free(giving);
	}
}
