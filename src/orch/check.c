/* SPDX-License-Identifier: MIT */
/* What is known of each agent's check, and when one is run. */
#define LOG_MODULE "check"
#include "cockpit/orch_check.h"

#include <stdio.h>
#include <string.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_journal.h"
#include "cockpit/store_store.h"
#include "local.h"

#define EVENTS_MAX 2000 /* the last ones, where fixes are looked for */
#define BROKEN_MAX 3    /* in a row, before it is no longer run by itself */
#define LOADED_MAX 500  /* of those that are remembered when it starts */

/* What is known of an agent's last one. */
struct check {
	char *host, *agent;
	enum check_state state;
	int64_t id, at;
	char tree[REPO_ID_MAX];
	char *command, *words, *names, *log;
	int failed;
	bool under_way;          /* here, or waits: not one of another cockpit's */
	enum check_state before; /* it was so, of one that is under way */
	int64_t before_at;
	char tried[REPO_ID_MAX]; /* the tree for which one was started by itself last */
	uint64_t tried_by;       /* hash of its command */
	int broken;              /* so many in a row were, here */
	bool left;               /* a person has cancelled the one of "tried" */
	bool missed;             /* other work came while it was under way */
	/* The tree that passed and was the same at the end; the one that the check itself made
	 * of what it was given. "": none. */
	char proven[REPO_ID_MAX], made[REPO_ID_MAX];
	int64_t trial; /* of what a merge of its work makes; 0: none */
	char *trial_log;
	struct told *told; /* while it is under way */
	struct check *next;
};

static const char *const names[] = {
	[CHECK_NONE] = "none",
	[CHECK_WAITS] = "waiting",
	[CHECK_RUNS] = "running",
	[CHECK_PASSED] = "passed",
	[CHECK_CANCELED] = "cancelled",
	[CHECK_FAILED] = "failed",
	[CHECK_LATE] = "late",
	[CHECK_BROKEN] = "broken",
};

const char *
check_state_name(enum check_state state)
{
	return names[state];
}

bool
check_is_under_way(enum check_state state)
{
	return state == CHECK_WAITS || state == CHECK_RUNS;
}

enum check_state
check_state_of(int status, bool ended)
{
	return !ended         ? CHECK_RUNS
	       : status == 0  ? CHECK_PASSED
	       : status > 0   ? CHECK_FAILED
	       : status == -2 ? CHECK_LATE
	       : status == -4 ? CHECK_CANCELED
			      : CHECK_BROKEN;
}

static struct check *
find(const struct pilot *pilot, const char *host, const char *agent)
{
	struct check *check = pilot->checks;
	while (check && (strcmp(check->host, host) != 0 || strcmp(check->agent, agent) != 0))
		check = check->next;
	return check;
}

static void
clear(struct check *check)
{
	mem_free(check->command);
	mem_free(check->words);
	mem_free(check->names);
	mem_free(check->log);
	check->command = check->words = check->names = check->log = NULL;
}

static struct check *
make(struct pilot *pilot, const char *host, const char *agent)
{
	struct check *check = find(pilot, host, agent);
	if (check)
		return check;
	check = MEM_NEW(struct check);
	*check = (struct check){.host = mem_strdup(host),
		.agent = mem_strdup(agent),
		.failed = -1,
		.next = pilot->checks};
	pilot->checks = check;
	return check;
}

static void
fill(struct check *check, const struct store_check *row)
{
	clear(check);
	check->id = row->id;
	check->state = check_state_of(row->status, row->ended_at != 0);
	check->at = (row->ended_at ? row->ended_at : row->started_at) / 1000;
	bool known = row->tree && strcmp(row->tree, "unknown") != 0;
	snprintf(check->tree, sizeof(check->tree), "%s", known ? row->tree : "");
	check->command = mem_strdup(row->command ? row->command : "");
	check->words = mem_strdup(row->words ? row->words : "");
	check->names = mem_strdup(row->names ? row->names : "");
	check->log = mem_strdup(row->log ? row->log : "");
	check->failed = row->failed;
}

static void
tell_changed(struct pilot *pilot)
{
	if (pilot->work_changed)
		pilot->work_changed(pilot->work_ctx);
}

/* --- what was written down --- */

struct loading {
	struct pilot *pilot; /* NULL: nobody waits any more */
	char *store;
	struct store_check *rows;
	size_t count;
	struct store_event *events;
	size_t event_count;
};

static void
load(void *ctx)
{
	struct loading *loading = ctx;
	struct store *store = NULL;
	struct err err = ERR_INIT;
	if (path_exists(loading->store) && store_open(loading->store, &store, &err) == 0)
		store_checks(
			store, NULL, NULL, LOADED_MAX, &loading->rows, &loading->count, &err);
	int64_t last = 0;
	if (store && store_last(store, &last, &err) == 0)
		store_events(store, last > EVENTS_MAX ? last - EVENTS_MAX : 0, EVENTS_MAX,
			&loading->events, &loading->event_count, &err);
	store_close(store);
	if (err.code)
		log_info("%s", err.text);
}

/* That work is not tried again by itself. */
static void
see_tried(struct check *check, const char *tree, const char *command)
{
	snprintf(check->tried, sizeof(check->tried), "%s", tree);
	check->tried_by = str_hash(STR_HASH_INIT, str_from(command));
}

/* One that runs is another cockpit's, or was that of one that is gone: it is tried again. One
 * that was cancelled has told nothing. */
static void
take_row(struct pilot *pilot, const struct store_check *row)
{
	struct check *check = make(pilot, row->host, row->agent);
	if (check->under_way || row->id < check->id)
		return;
	if (check_state_of(row->status, row->ended_at != 0) == CHECK_CANCELED) {
		see_tried(check, row->tree, row->command);
		check->left = true;
		return;
	}
	if (row->id > check->id)
		check->left = false;
	fill(check, row);
	if (check->state != CHECK_RUNS)
		return;
	int seconds = fleet_config_check_seconds(fleet_config(pilot->fleet));
	check->tree[0] = '\0';
	if (clock_wall() - check->at > 2 * seconds)
		check->state = CHECK_NONE;
}

static void
take_proof(struct pilot *pilot, const struct store_event *event)
{
	char tree[REPO_ID_MAX];
	int64_t id;
	if (!proof_read(event, &id, tree))
		return;
	for (struct check *check = pilot->checks; check; check = check->next) {
		if (check->id == id && !check->under_way && check->state == CHECK_PASSED &&
			strcmp(check->tree, tree) == 0)
			memcpy(check->proven, tree, sizeof(tree));
	}
}

/* The newest come first. One that runs here is known better. */
static void
on_loaded(void *ctx)
{
	struct loading *loading = ctx;
	struct pilot *pilot = loading->pilot;
	for (size_t i = loading->count; pilot && i-- > 0;)
		take_row(pilot, &loading->rows[i]);
	if (pilot) {
		pilot->checks_loading = NULL;
		tell_changed(pilot);
	}
	for (size_t i = 0; i < loading->event_count; i++) {
		if (pilot)
			fixes_event(pilot, &loading->events[i]);
		if (pilot)
			take_proof(pilot, &loading->events[i]);
		store_event_release(&loading->events[i]);
	}
	mem_free(loading->events);
	store_checks_free(loading->rows, loading->count);
	mem_free(loading->store);
	mem_free(loading);
}

void
checks_load(struct pilot *pilot)
{
	if (!pilot->store || pilot->checks_loading)
		return;
	struct loading *loading = MEM_NEW(struct loading);
	*loading = (struct loading){.pilot = pilot, .store = mem_strdup(pilot->store)};
	pilot->checks_loading = loading;
	pilot->checks_read = true;
	loop_job(fleet_loop(pilot->fleet), load, on_loaded, loading);
}

void
checks_need(struct pilot *pilot)
{
	if (!pilot->checks_read)
		checks_load(pilot);
}

/* --- one is run --- */

static void
write_down(const struct pilot *pilot, const struct check *check)
{
	char *text = mem_printf("%s%s%s", check_state_name(check->state),
		check->words[0] ? ": " : "", check->words);
	const struct journal_entry entry = {.kind = JOURNAL_CHECK,
		.agent = check->agent,
		.host = check->host,
		.text = text};
	journal_add(pilot->ledger, &entry);
	mem_free(text);
}

/* One that a person waits for; or nobody does. */
struct told {
	struct pilot *pilot;
	uint32_t agent;
	char *name, *host;
	int64_t at; /* clock_ms(): it began */
	pilot_fn *done;
	void *ctx;
};

static void
told_free(struct told *told)
{
	if (!told)
		return;
	mem_free(told->name);
	mem_free(told->host);
	mem_free(told);
}

static void
tell(struct told *told, const struct check *check, const struct err *err)
{
	struct buf text = BUF_INIT;
	struct err why = err ? *err : ERR_INIT;
	if (err)
		err_prefix(&why, "the check of %s", told->name);
	buf_printf(&text, "the check of %s %s", told->name, check_state_name(check->state));
	if (check->words && check->words[0])
		buf_printf(&text, ": %s", check->words);
	if (told->done)
		told->done(told->ctx, err ? "" : buf_cstr(&text), err ? &why : NULL);
	buf_release(&text);
}

bool
is_at_rest(enum agent_state state)
{
	static const unsigned rests = 1u << AGENT_DONE | 1u << AGENT_IDLE | 1u << AGENT_UNKNOWN;
	return (rests & 1u << state) != 0;
}

/* It has done nothing since. */
static bool
has_rested(const struct pilot *pilot, const struct told *told)
{
	struct agent_view view;
	if (!fleet_agent(pilot->fleet, told->agent, &view) || !is_at_rest(view.verdict.state))
		return false;
	return (view.talks ? view.verdict.since : view.printed_at) <= told->at;
}

/* What changes while it is checked has not passed. A check that leaves something behind each
 * time is not to be run for that again and again. */
static void
see_trees(struct check *check, const struct told *told, const char *after)
{
	bool same = strcmp(check->tree, after) == 0;
	check->proven[0] = check->made[0] = '\0';
	if (same && check->state == CHECK_PASSED)
		snprintf(check->proven, sizeof(check->proven), "%s", after);
	else if (!same && has_rested(told->pilot, told))
		snprintf(check->made, sizeof(check->made), "%s", after);
}

/* One that runs is not ours. */
static void
see_again(struct check *check)
{
	check->state = check->before == CHECK_RUNS ? CHECK_NONE : check->before;
	check->at = check->before_at;
	if (check->before == CHECK_RUNS)
		check->tried[0] = '\0';
}

/* It never began: a link was lost, or another one's runs there. It is tried again when its
 * agent is looked at next, but not for ever: a task that waits for it is a person's then,
 * unless the host itself said why; the other one's may be about to end. */
static void
try_later(struct pilot *pilot, struct check *check, const char *command, const struct err *err)
{
	if (++check->broken < BROKEN_MAX) {
		check->tried[0] = '\0';
		return;
	}
	const struct pilot_check none = {
		.state = CHECK_BROKEN, .command = command, .words = err->text};
	if (err->code != ERR_REMOTE)
		flow_checked(pilot, check->host, check->agent, &none);
}

/* Nor is it run again by itself, of that work, whatever was known of it. */
static void
forget(struct check *check, const struct told *told, const struct store_check *row)
{
	const struct pilot_check came = {
		.state = CHECK_BROKEN, .command = row->command, .words = "cancelled"};
	/* One that waited has not told its tree: it is that of the work as it was seen last. */
	bool known = row->tree && strcmp(row->tree, "unknown") != 0;
	const char *tree = known ? row->tree : work_tree(told->pilot, told->agent);
	see_again(check);
	if (tree[0])
		see_tried(check, tree, row->command);
	check->left = true;
	if (row->id == 0)
		return;
	flow_checked(told->pilot, told->host, told->name, &came);
}

static void
on_ran(void *ctx, const struct store_check *row, const char *after, const struct err *err)
{
	struct told *told = ctx;
	struct pilot *pilot = told->pilot;
	struct check *check = make(pilot, told->host, told->name);
	check->under_way = false;
	check->told = NULL;
	/* What never began leaves what was known, and so does what a person has cancelled. */
	if (err && err->code == ERR_CANCELED) {
		forget(check, told, row);
	} else if (row->id > 0) {
		fill(check, row);
		see_trees(check, told, after);
		check->broken = check->state == CHECK_BROKEN ? check->broken + 1 : 0;
		write_down(pilot, check);
		const struct pilot_check came = {.state = check->state,
			.command = check->command,
			.words = check->words};
		flow_checked(pilot, told->host, told->name, &came);
		if (check->state == CHECK_PASSED)
			fixes_passed(pilot, told->agent);
	} else {
		see_again(check);
		if (err) {
			try_later(pilot, check, row->command, err);
			log_info("the check of %s did not begin: %s", told->name, err->text);
		}
	}
	if (check->missed)
		work_hurry(pilot, told->agent);
	tell(told, check, row->id > 0 && !(err && err->code == ERR_CANCELED) ? NULL : err);
	told_free(told);
	tell_changed(pilot);
}

/* As its work is then. */
static void
on_began(void *ctx)
{
	struct told *told = ctx;
	struct check *check = make(told->pilot, told->host, told->name);
	check->state = CHECK_RUNS;
	check->missed = false;
	check->at = clock_wall();
	told->at = clock_ms();
	tell_changed(told->pilot);
}

static int
start(struct pilot *pilot, const struct agent_view *view, bool first, pilot_fn *done, void *ctx,
	struct err *err)
{
	struct check *check = make(pilot, view->host, view->name);
	struct told *told = MEM_NEW(struct told);
	*told = (struct told){pilot, view->id, mem_strdup(view->name), mem_strdup(view->host),
		clock_ms(), done, ctx};
	char *command = accept_turn(pilot, view->host, view->name);
	char *base = pilot_base(pilot, view->host, view->name);
	const struct check_order order = {
		.host_index = view->host_index,
		.host = view->host,
		.name = view->name,
		.verb = "check",
		.words = {view->name, view->dir, base ? base : ""},
		.command = command,
		.first = first,
		.began = on_began
        };
	int rc = check_run(pilot, &order, on_ran, told, err);
	mem_free(command);
	mem_free(base);
	if (rc < 0) {
		told_free(told);
		return rc;
	}
	check->told = told;
	check->under_way = true;
	check->left = check->missed = false;
	check->before = check->state;
	check->before_at = check->at;
	check->state = rc > 0 ? CHECK_WAITS : CHECK_RUNS;
	check->at = clock_wall();
	return 0;
}

int
pilot_check_now(struct pilot *pilot, uint32_t agent, pilot_fn *done, void *ctx, struct err *err)
{
	struct agent_view view;
	if (!fleet_agent(pilot->fleet, agent, &view) || !view.dir[0])
		return err_set(
			err, ERR_NOT_FOUND, "there is no such agent, or it does not run");
	struct check *check = make(pilot, view.host, view.name);
	if (!check->under_way)
		return start(pilot, &view, true, done, ctx, err);
	if (check->state != CHECK_WAITS || check->told->done)
		return err_set(err, ERR_EXISTS, "the check of %s %s already", view.name,
			check->state == CHECK_WAITS ? "waits for its turn" : "runs");
	check->told->done = done;
	check->told->ctx = ctx;
	check_run_hurry(pilot, check->told);
	return 0;
}

void
pilot_follow_checks(struct pilot *pilot)
{
	pilot->checks_itself = true;
	flow_follow(pilot);
}

static void
look(struct pilot *pilot, const struct agent_view *view, const char *tree,
	const struct diff *diff, const char *command)
{
	struct check *check = make(pilot, view->host, view->name);
	uint64_t hash = str_hash(STR_HASH_INIT, str_from(command));
	/* Who has changed nothing yet has broken nothing; who has undone it all is looked at
	 * again. */
	if (diff->file_count == 0 && check->state == CHECK_NONE)
		return;
	bool known = strcmp(check->tree, tree) == 0 || strcmp(check->made, tree) == 0;
	bool tried = strcmp(check->tried, tree) == 0 && check->tried_by == hash;
	/* One that was cut off, by a lost link or the end of a cockpit, has told nothing. */
	bool again = check->state == CHECK_BROKEN && check->broken < BROKEN_MAX &&
		     !(tried && check->left);
	if (check->under_way)
		check->missed = true;
	if (check->under_way || (tried && !again) ||
		(known && !again && check->command && strcmp(check->command, command) == 0))
		return;
	snprintf(check->tried, sizeof(check->tried), "%s", tree);
	check->tried_by = hash;
	struct err err = ERR_INIT;
	if (start(pilot, view, false, NULL, NULL, &err) < 0)
		try_later(pilot, check, command, &err);
}

void
checks_look(struct pilot *pilot, uint32_t agent, const char *tree, const struct diff *diff)
{
	struct agent_view view;
	if (!pilot->checks_itself || !pilot->store || pilot->checks_loading ||
		tasks_coming(pilot) || !tree[0] || !diff ||
		!fleet_agent(pilot->fleet, agent, &view) || !is_at_rest(view.verdict.state))
		return;
	char *command = accept_turn(pilot, view.host, view.name);
	if (command)
		look(pilot, &view, tree, diff, command);
	mem_free(command);
}

void
pilot_check(const struct pilot *pilot, uint32_t agent, struct pilot_check *ret)
{
	struct agent_view view;
	const struct check *check = NULL;
	const char *tree = work_tree(pilot, agent);
	*ret = (struct pilot_check){
		.failed = -1, .words = "", .names = "", .log = "", .live = "", .trial_log = ""};
	if (fleet_agent(pilot->fleet, agent, &view))
		check = find(pilot, view.host, view.name);
	if (!check)
		return;
	*ret = (struct pilot_check){.state = check->state,
		.id = check->id,
		.at = check->at,
		.tree = check->tree,
		.command = check->command ? check->command : "",
		.words = check->words ? check->words : "",
		.names = check->names ? check->names : "",
		.log = check->log ? check->log : "",
		.failed = check->failed,
		.stale = tree[0] && check->tree[0] && strcmp(tree, check->tree) != 0 &&
			 strcmp(tree, check->made) != 0,
		.live = check->told ? check_run_log(pilot, check->told) : "",
		.trial = check->trial,
		.trial_log = check->trial_log ? check->trial_log : ""};
}

bool
checks_cover(const struct pilot *pilot, uint32_t agent, const char *tree, const char *command)
{
	struct agent_view view;
	const struct check *check = fleet_agent(pilot->fleet, agent, &view)
					    ? find(pilot, view.host, view.name)
					    : NULL;
	return check && !check->under_way && check->proven[0] &&
	       strcmp(check->proven, tree) == 0 && strcmp(check->command, command) == 0;
}

void
checks_tried(
	struct pilot *pilot, const char *host, const char *agent, const struct store_check *row)
{
	struct check *check = make(pilot, host, agent);
	mem_free(check->trial_log);
	check->trial = row ? row->id : 0;
	check->trial_log = row && row->log ? mem_strdup(row->log) : NULL;
	tell_changed(pilot);
}

void
checks_drop(struct pilot *pilot)
{
	if (pilot->checks_loading)
		pilot->checks_loading->pilot = NULL;
	while (pilot->checks) {
		struct check *check = pilot->checks;
		pilot->checks = check->next;
		clear(check);
		told_free(check->told);
		mem_free(check->host);
		mem_free(check->agent);
		mem_free(check->trial_log);
		mem_free(check);
	}
}
