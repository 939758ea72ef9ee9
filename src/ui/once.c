/* SPDX-License-Identifier: MIT */
/*
 * The screen drawn once, as text, for somebody who does not look at it: what it waits for has a
 * limit, and the first error ends it.
 */
#include "cockpit/ui_app.h"

#include <stdio.h>

#include "action.h"
#include "arrange.h"
#include "choice.h"
#include "cockpit/base_clock.h"
#include "cockpit/fleet_locate.h"
#include "cockpit/fleet_settings.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_pilot.h"
#include "cockpit/ui_console.h"
#include "cockpit/ui_keymap.h"
#include "view.h"

#define ONCE_MS   40000
#define CALM_MS   250  /* nothing was drawn for so long */
#define SETTLE_MS 3000 /* but it is not waited for longer */

struct once {
	struct loop *loop;
	struct fleet *fleet;
	struct view view;
	struct console *console; /* when somebody is there to be asked */
	struct settings settings;
	struct choice choice; /* of a theme */
	struct loop_timer *beat, *limit;
	int64_t changed_at;
	int64_t deadline; /* of console_limit() */
	bool late;
	char failed[sizeof(((struct view *)0)->toast)]; /* the first error that was told */
};

static void
on_event(void *ctx, const struct fleet_event *event)
{
	struct once *once = ctx;
	once->changed_at = clock_ms();
	console_event(once->console, event);
	if (once->view.pilot)
		pilot_event(once->view.pilot, event);
}

/* Nobody reads each word: the first error is not to be hidden by what is said next. */
static void
note_error(void *ctx)
{
	struct once *once = ctx;
	const struct view *view = &once->view;
	if (view->toast_at && view->toast_role == ROLE_ERROR && !once->failed[0])
		snprintf(once->failed, sizeof(once->failed), "%s", view->toast);
}

static void
on_limit(void *ctx)
{
	struct once *once = ctx;
	int64_t left = console_left(once->console, once->deadline);
	once->late = left == 0;
	if (left > 0)
		loop_timer_set(once->limit, left);
}

/* Turns the loop until ready() or the limit. */
static bool
wait_for(struct once *once, bool (*ready)(const struct once *once, int argument), int argument,
	int64_t ms)
{
	once->late = false;
	once->deadline = console_limit(once->console, ms);
	loop_timer_set(once->limit, ms);
	while (!ready(once, argument) && !once->late)
		loop_turn(once->loop, true);
	loop_timer_cancel(once->limit);
	return !once->late;
}

static bool
is_settled(const struct once *once, int argument)
{
	(void)argument;
	return fleet_settled(once->fleet);
}

static bool
are_up(const struct once *once, int agents)
{
	int count = 0;
	if (once->failed[0])
		return true;
	for (int i = 0; i < fleet_agent_count(once->fleet); i++) {
		struct agent_view agent;
		fleet_agent_at(once->fleet, i, &agent);
		count += agent.present && agent.synced;
	}
	return count >= agents && fleet_settled(once->fleet);
}

static bool
is_calm(const struct once *once, int argument)
{
	(void)argument;
	return fleet_settled(once->fleet) && clock_ms() - once->changed_at > CALM_MS;
}

/* What waits for time alone to pass needs the loop to turn. */
static void
on_beat(void *ctx)
{
	struct once *once = ctx;
	loop_timer_set(once->beat, CALM_MS / 5);
}

static void
once_init(struct once *once, struct fleet_config *config, int cols, int rows)
{
	static const struct fleet_ops ops = {.event = on_event};
	int flags = FLEET_WATCH | FLEET_STEADY;
	once->loop = loop_new();
	once->console = console_open(once->loop);
	if (once->console)
		flags |= FLEET_PERSON;
	once->fleet = fleet_new(once->loop, config, flags, &ops, once);
	once->view.fleet = once->fleet;
	once->view.pilot = pilot_new(once->fleet);
	pilot_keep(once->view.pilot);
	if (once->console)
		console_serve(once->console, once->fleet, once->view.pilot);
	once->view.surface = surface_new(cols, rows);
	once->view.changed = note_error;
	once->view.ctx = once;
	once->limit = loop_timer_new(once->loop, on_limit, once);
	once->beat = loop_timer_new(once->loop, on_beat, once);
}

static void
once_release(struct once *once)
{
	/* The view holds on to what a late answer may still want: first the answers end. */
	pilot_free(once->view.pilot);
	fleet_free(once->fleet);
	console_close(once->console);
	view_release(&once->view);
	loop_timer_free(once->beat);
	loop_timer_free(once->limit);
	settings_release(&once->settings);
	choice_release(&once->choice);
	loop_free(once->loop);
}

/* How many hosts could not be reached; *ret_others: somebody else looks at the agents too. */
static int
count_down(const struct once *once, bool *ret_others)
{
	int down = 0;
	*ret_others = false;
	for (int i = 0; i < fleet_host_count(once->fleet); i++) {
		struct host_view host;
		fleet_host_at(once->fleet, i, &host);
		*ret_others = *ret_others || host.others > 0;
		down += host.state != HOST_READY;
	}
	return down;
}

int
ui_once(struct fleet_config *config, const struct ui_options *options, struct buf *into,
	int *ret_down, struct err *err)
{
	struct once once = {0};
	int64_t deadline = options->deadline_ms ? options->deadline_ms : ONCE_MS;
	bool others, complete;
	once_init(&once, config, options->cols, options->rows);
	int rc = choice_load(&once.choice, &once.view, options->theme, err);
	if (rc < 0)
		goto out;
	/* A theme of config.json that is wrong is no failure. */
	once.view.toast_at = 0;
	once.failed[0] = '\0';
	/* Keys as they are bound; what is wrong there was said before. */
	if (settings_read(&once.settings, NULL) == 0)
		(void)keymap_new(&once.settings, &once.view.keymap, NULL);
	loop_timer_set(once.beat, CALM_MS / 5);
	fleet_connect(once.fleet, -1);
	complete = wait_for(&once, is_settled, 0, deadline);
	view_refresh(&once.view);
	if (options->up)
		action_start_declared(&once.view, -1);
	if (options->wait_agents)
		complete = wait_for(&once, are_up, options->wait_agents, deadline) && complete;
	*ret_down = count_down(&once, &others);
	view_refresh(&once.view);
	/* Somebody else looks at these agents: his sizes stay. */
	if (!others)
		arrange_panes(&once.view);
	once.changed_at = clock_ms();
	wait_for(&once, is_calm, 0, SETTLE_MS);
	once.view.toast_at = 0;
	frame_draw(&once.view);
	surface_text(once.view.surface, options->ansi, into);
	if (once.failed[0])
		rc = err_set(err, ERR_REMOTE, "%s", once.failed);
	else if (!complete)
		rc = err_set(err, ERR_TIMEOUT, "not every agent was there in time");
out:
	once_release(&once);
	return rc;
}
