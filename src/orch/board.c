/* SPDX-License-Identifier: MIT */
/*
 * What agents ask of the fleet's board: each request is served by a worker, and its answer goes
 * to the pane. Every cockpit that is attached sees it; the store has it done once. Once a
 * minute the claims of agents that are there are renewed, and those of others end.
 */
#define LOG_MODULE "board"
#include <string.h>

#include "clerk.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/io_loop.h"
#include "cockpit/store_store.h"
#include "local.h"

#define ROUND_MS 60000
#define FIRST_MS 2000 /* until the agents are known */
#define AGAIN_MS 500  /* somebody else serves it, or had the store for too long */

/* One at a time of an agent. It may outlive its pilot. */
struct petition {
	struct pilot *pilot; /* NULL: nobody waits any more */
	uint32_t agent;
	char *uid;
	bool again;    /* another one came meanwhile */
	int64_t until; /* clock_ms(): the agent waits so long */
	struct loop_timer *timer;
	struct petition *next;
	/* The worker's. */
	char *store, *asker, *bases[2];
	char **fleet;
	struct request request;
	struct clerk clerk;
	struct err err;
};

/* Leases and messages. */
struct round {
	struct pilot *pilot; /* NULL: nobody waits any more */
	char *store;
	char **fleet; /* those that are there now */
	struct store_message *found;
	size_t count;
};

static int64_t
now_ms(void)
{
	return clock_wall() * 1000;
}

/* What is left of one in its pane does not work; an error that it shows may be gone on from. */
bool
board_is_there(const struct agent_view *view)
{
	const struct verdict *verdict = &view->verdict;
	bool ended =
		verdict->state == AGENT_ENDED ||
		(verdict->state == AGENT_FAILED && strcmp(verdict->source, "process") == 0);
	return view->present && view->link && !ended;
}

/* "HOST/AGENT" of all, or of those that are there; a shell is no agent. */
static char **
list_agents(const struct fleet *fleet, bool there)
{
	int count = fleet_agent_count(fleet);
	char **ret = mem_alloc_array((size_t)count + 1, sizeof(*ret));
	size_t used = 0;
	struct agent_view view;
	for (int i = 0; i < count; i++) {
		fleet_agent_at(fleet, i, &view);
		if (!view.beside && (!there || board_is_there(&view)))
			ret[used++] = mem_printf("%s/%s", view.host, view.name);
	}
	return ret;
}

/* --- requests --- */

static void
petition_free(struct petition *petition)
{
	loop_timer_free(petition->timer);
	clerk_release(&petition->clerk);
	request_release(&petition->request);
	mem_free_words(petition->fleet);
	mem_free(petition->store);
	mem_free(petition->asker);
	mem_free(petition->bases[0]);
	mem_free(petition->bases[1]);
	mem_free(petition->uid);
	mem_free(petition);
}

static void
serve(void *ctx)
{
	struct petition *petition = ctx;
	struct store *store = NULL;
	petition->err = ERR_INIT;
	petition->clerk.now = now_ms();
	if (store_open(petition->store, &store, &petition->err) == 0)
		clerk_serve(&petition->clerk, store, &petition->err);
	store_close(store);
}

static void
reply(const struct petition *petition)
{
	const struct clerk *clerk = &petition->clerk;
	const struct act_reply answer = {
		clerk->request->number, clerk->status, buf_str(&clerk->text)};
	int rc = act_agent_reply(
		petition->pilot->fleet, petition->agent, petition->uid, &answer);
	if (rc < 0)
		log_info("%s: the answer cannot be given now", petition->asker);
}

static void
end(struct petition *petition)
{
	struct pilot *pilot = petition->pilot;
	struct petition **p = &pilot->petitions;
	while (*p != petition)
		p = &(*p)->next;
	*p = petition->next;
	uint32_t agent = petition->again ? petition->agent : 0;
	bool said = petition->clerk.said;
	petition_free(petition);
	tasks_look(pilot);
	if (said)
		board_look(pilot);
	if (agent)
		board_event(pilot, &(struct fleet_event){FLEET_REQUEST, -1, agent});
}

static void on_served(void *ctx);

static void
try_again(void *ctx)
{
	struct petition *petition = ctx;
	loop_job(fleet_loop(petition->pilot->fleet), serve, on_served, petition);
}

static void
on_served(void *ctx)
{
	struct petition *petition = ctx;
	if (!petition->pilot) {
		petition_free(petition);
		return;
	}
	int code = petition->err.code;
	if ((code == ERR_BUSY || code == ERR_TIMEOUT) && clock_ms() < petition->until) {
		buf_clear(&petition->clerk.text);
		loop_timer_set(petition->timer, AGAIN_MS);
		return;
	}
	if (code)
		log_info("%s: its request was not served: %s", petition->asker,
			petition->err.text);
	else
		reply(petition);
	end(petition);
}

static void
start(struct pilot *pilot, const struct agent_view *view, const struct request *request)
{
	struct petition *petition = MEM_NEW(struct petition);
	*petition = (struct petition){.pilot = pilot,
		.agent = view->id,
		.uid = mem_strdup(view->uid),
		.until = clock_ms() + request->wait_s * 1000,
		.timer = loop_timer_new(fleet_loop(pilot->fleet), try_again, petition),
		.store = mem_strdup(pilot->store),
		.asker = mem_printf("%s/%s", view->host, view->name),
		.fleet = list_agents(pilot->fleet, false),
		.next = pilot->petitions};
	request_copy(&petition->request, request);
	bases_names(pilot, view->host, view->name, petition->bases);
	petition->clerk = (struct clerk){
		.request = &petition->request,
		.asker = petition->asker,
		.fleet = (const char *const *)petition->fleet,
		.has_check = fleet_config(pilot->fleet)->check != NULL,
		.bases = {petition->bases[0], petition->bases[1]}
        };
	pilot->petitions = petition;
	loop_job(fleet_loop(pilot->fleet), serve, on_served, petition);
}

void
board_event(struct pilot *pilot, const struct fleet_event *event)
{
	const struct request *request;
	struct agent_view view;
	if (!pilot->board_timer || !event->agent ||
		!fleet_agent(pilot->fleet, event->agent, &view))
		return;
	if (event->kind == FLEET_AGENT)
		mail_look(pilot, event->agent);
	request = fleet_request(pilot->fleet, event->agent);
	if (event->kind != FLEET_REQUEST || !request)
		return;
	for (struct petition *p = pilot->petitions; p; p = p->next) {
		if (p->agent != event->agent)
			continue;
		p->again = p->again || p->request.number != request->number;
		return;
	}
	start(pilot, &view, request);
}

/* --- once a minute --- */

static bool
is_there(const struct round *round, const char *owner)
{
	for (size_t i = 0; round->fleet[i]; i++) {
		if (strcmp(round->fleet[i], owner) == 0)
			return true;
	}
	return false;
}

static void
renew(const struct round *round, struct store *store)
{
	const struct task_filter filter = {.states = 1u << TASK_CLAIMED | 1u << TASK_WORKING};
	struct task *tasks = NULL;
	size_t count = 0;
	store_tasks(store, &filter, &tasks, &count, NULL);
	for (size_t i = 0; i < count; i++) {
		if (is_there(round, tasks[i].owner))
			store_renew(store, tasks[i].id, tasks[i].epoch, CLERK_LEASE_MS,
				now_ms(), NULL);
	}
	store_tasks_free(tasks, count);
}

static void
collect(struct round *round, struct store *store, const char *to)
{
	struct store_message *found = NULL;
	size_t count = 0;
	if (store_messages(store, to, CLERK_UNREAD_MAX, &found, &count, NULL) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		round->found = mem_room(round->found, round->count, sizeof(*round->found));
		round->found[round->count] = found[i];
		/* Whoever was named by an agent's name alone. */
		mem_free(round->found[round->count].to);
		round->found[round->count++].to = mem_strdup(to);
	}
	mem_free(found);
}

static void
go_round(void *ctx)
{
	struct round *round = ctx;
	struct store *store = NULL;
	struct err err = ERR_INIT;
	if (!path_exists(round->store))
		return;
	if (store_open(round->store, &store, &err) < 0) {
		log_info("%s", err.text);
		return;
	}
	renew(round, store);
	store_expire(store, now_ms(), NULL, NULL);
	collect(round, store, "operator");
	for (size_t i = 0; round->fleet[i]; i++)
		collect(round, store, round->fleet[i]);
	store_close(store);
}

static void
on_round(void *ctx)
{
	struct round *round = ctx;
	struct pilot *pilot = round->pilot;
	if (pilot) {
		pilot->round = NULL;
		mail_take(pilot, round->found, round->count);
		tasks_look(pilot);
		loop_timer_set(pilot->board_timer, pilot->board_again ? 0 : ROUND_MS);
		pilot->board_again = false;
	}
	store_messages_free(round->found, round->count);
	mem_free_words(round->fleet);
	mem_free(round->store);
	mem_free(round);
}

static void
on_timer(void *ctx)
{
	struct pilot *pilot = ctx;
	struct round *round = MEM_NEW(struct round);
	*round = (struct round){.pilot = pilot,
		.store = mem_strdup(pilot->store),
		.fleet = list_agents(pilot->fleet, true)};
	pilot->round = round;
	loop_job(fleet_loop(pilot->fleet), go_round, on_round, round);
}

void
board_look(struct pilot *pilot)
{
	pilot->board_again = pilot->round != NULL;
	if (!pilot->round)
		loop_timer_set(pilot->board_timer, 0);
}

void
board_follow(struct pilot *pilot)
{
	if (!pilot->store || pilot->board_timer)
		return;
	pilot->board_timer = loop_timer_new(fleet_loop(pilot->fleet), on_timer, pilot);
	loop_timer_set(pilot->board_timer, FIRST_MS);
}

void
board_drop(struct pilot *pilot)
{
	while (pilot->petitions) {
		struct petition *petition = pilot->petitions;
		pilot->petitions = petition->next;
		petition->pilot = NULL;
		/* One whose worker is out comes back. */
		bool waits = loop_timer_armed(petition->timer);
		loop_timer_free(petition->timer);
		petition->timer = NULL;
		if (waits)
			petition_free(petition);
	}
	if (pilot->round)
		pilot->round->pilot = NULL;
	loop_timer_free(pilot->board_timer);
	pilot->board_timer = NULL;
	mail_drop(pilot);
}
