/* SPDX-License-Identifier: MIT */
/*
 * The screen's life: events of the fleet, keys of the operator and the clock
 * ask for frames; frames are drawn one at a time, at most one every FRAME_MS, and
 * none while the terminal still takes the last one.
 */
#define LOG_MODULE "ui"
#include "cockpit/ui_app.h"

#include <signal.h>

#include "action.h"
#include "arrange.h"
#include "choice.h"
#include "clipboard.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/fleet_locate.h"
#include "cockpit/fleet_profile.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_check.h"
#include "cockpit/orch_events.h"
#include "cockpit/orch_pilot.h"
#include "cockpit/orch_tags.h"
#include "cockpit/orch_tasks.h"
#include "cockpit/term_screen.h"
#include "copy.h"
#include "dialog.h"
#include "habits.h"
#include "input.h"
#include "notify.h"
#include "panel.h"
#include "question.h"
#include "seen.h"
#include "tty.h"
#include "view.h"

#define FRAME_MS  16
#define TICK_MS   1000 /* ages and the clock */
#define ESCAPE_MS 25
#define ECHO_MS   150
#define RESIZE_MS 100 /* panes follow once the operator's window has come to rest */
#define HOLD_MS   150 /* an agent's unfinished frame is not waited for longer */

/* The terminal restores itself on these; the exit status is ours. */
enum { SIGNALS = 3 };
static const int signals[SIGNALS] = {SIGTERM, SIGHUP, SIGINT};

struct app {
	struct loop *loop;
	struct fleet *fleet;
	struct view view;
	struct tty *tty;
	struct input *input;
	struct habits habits;
	struct choice choice; /* of a theme */
	struct notify *notify;
	struct loop_timer *frame, *tick, *escape, *resize, *seen;
	struct loop_signal *signals[SIGNALS];
	int64_t drawn_at, changed_at;
	uint64_t echo_id; /* a frame in the loop's next turn; 0: none */
	int status;
	bool *started; /* one a host: its declared agents were; NULL: they are not wanted */
};

static void
ask_picture(struct app *app)
{
	if (!app->frame || loop_timer_armed(app->frame))
		return;
	int64_t wait = app->drawn_at + FRAME_MS - clock_ms();
	loop_timer_set(app->frame, wait > 0 ? wait : 0);
}

static void
ask_frame(void *ctx)
{
	struct app *app = ctx;
	app->view.chrome = true;
	ask_picture(app);
}

static void draw(void *ctx);

static void
draw_echo(void *ctx)
{
	struct app *app = ctx;
	app->echo_id = 0;
	loop_timer_cancel(app->frame);
	draw(app);
}

/* Not held back for the frame rate's sake, but after all that has arrived with it. */
static void
ask_echo(struct app *app)
{
	if (!app->echo_id)
		app->echo_id = loop_defer(app->loop, draw_echo, app);
}

/* What is looked at is kept fresher than what is not. */
static void
attend(struct app *app)
{
	const struct view *view = &app->view;
	for (int i = 0; i < view->everyone_count; i++) {
		uint32_t id = view->everyone[i];
		enum pilot_attention attention = PILOT_HIDDEN;
		for (int t = 0; t < view->layout.tile_count; t++) {
			if (view->agents[view->layout.tiles[t].index] == id)
				attention = id == view->focus ? PILOT_FOCUSED : PILOT_SHOWN;
		}
		pilot_attend(view->pilot, id, attention);
	}
}

static void
on_resize_timer(void *ctx)
{
	struct app *app = ctx;
	arrange_panes(&app->view);
}

/* True while a visible agent is in the midst of painting a frame of its own. */
static bool
is_held(const struct app *app)
{
	const struct view *view = &app->view;
	for (int i = 0; i < view->layout.tile_count; i++) {
		struct agent_view agent;
		uint32_t id = view->agents[view->layout.tiles[i].index];
		if (fleet_agent(view->fleet, id, &agent) && agent.screen &&
			screen_held(agent.screen))
			return true;
	}
	return false;
}

/* Of each host as soon as it is there: nobody waits for another one. */
static void
start_declared_once(struct app *app)
{
	for (int i = 0; app->started && i < fleet_host_count(app->fleet); i++) {
		struct host_view host;
		fleet_host_at(app->fleet, i, &host);
		if (app->started[i] || host.state != HOST_READY)
			continue;
		app->started[i] = true;
		action_start_declared(&app->view, i);
	}
}

static void
look(struct app *app)
{
	int64_t left = seen_step(&app->view);
	if (left > 0)
		loop_timer_set(app->seen, left);
	else
		loop_timer_cancel(app->seen);
}

static void
on_seen_timer(void *ctx)
{
	look(ctx);
}

static void
draw(void *ctx)
{
	struct app *app = ctx;
	struct view *view = &app->view;
	if (view->quit) {
		loop_stop(app->loop);
		return;
	}
	if (view->suspend) {
		view->suspend = false;
		tty_suspend(app->tty);
	}
	if (view->redraw)
		tty_redraw(app->tty);
	view->redraw = false;
	start_declared_once(app);
	if (is_held(app) && clock_ms() - app->drawn_at < HOLD_MS) {
		loop_timer_set(app->frame, FRAME_MS);
		return;
	}
	question_offer(view);
	frame_draw(view);
	attend(app);
	look(app);
	/* Busy: writable() asks again. */
	if (tty_draw(app->tty, view->surface))
		app->drawn_at = clock_ms();
	if (!loop_timer_armed(app->resize))
		loop_timer_set(app->resize, RESIZE_MS);
}

/* The first of those that were refused; every command says all of them. */
static void
complain_of_profiles(struct app *app)
{
	struct str refused = str_from(profile_complaints());
	struct str line = str_cut(&refused, '\n');
	if (line.len > 0)
		view_toast(&app->view, ROLE_ERROR, "%.*s", STR_ARG(str_slice(line, 0, 200)));
}

static void
on_tick(void *ctx)
{
	struct app *app = ctx;
	loop_timer_set(app->tick, TICK_MS);
	/* From nothing, once a second: what the frames between leave alone cannot go stale. */
	app->view.whole = true;
	copy_beat(&app->view);
	notify_look(app->notify);
	arrange_save(&app->view);
	(void)pilot_reload_tags(app->view.pilot);
	if (pilot_reload_profiles(app->view.pilot))
		complain_of_profiles(app);
	choice_look(&app->choice, &app->view);
	if (habits_look(&app->habits, &app->view)) {
		clipboard_use(app->view.clipboard, app->habits.settings.copy_command);
		notify_renew(app->notify);
	}
	ask_frame(app);
}

static void
on_event(void *ctx, const struct fleet_event *event)
{
	struct app *app = ctx;
	app->changed_at = clock_ms();
	if (app->view.pilot)
		pilot_event(app->view.pilot, event);
	if (app->notify)
		notify_event(app->notify, event);
	if (event->kind == FLEET_ASK)
		question_update(&app->view, event->host_index);
	if (event->kind == FLEET_SCREEN && event->agent == app->view.focus && app->frame &&
		app->changed_at - app->view.typed_at < ECHO_MS)
		ask_echo(app);
	else if (event->kind == FLEET_SCREEN)
		ask_picture(app);
	else
		ask_frame(app);
}

static void
on_key(void *ctx, struct key key)
{
	struct app *app = ctx;
	struct view *view = &app->view;
	view->typed_at = clock_ms();
	view->typed++;
	if (overlay_key(view, key))
		return;
	keymap_key(view, key);
	/* What is typed into an agent shows when its echo comes, not before. */
	if (view->mode != VIEW_TYPING || view->toast_at)
		ask_frame(app);
}

static void
on_mouse(void *ctx, struct mouse mouse)
{
	struct app *app = ctx;
	action_mouse(&app->view, mouse);
}

static void
on_paste(void *ctx, struct str text, bool truncated)
{
	struct app *app = ctx;
	app->view.typed_at = clock_ms();
	app->view.typed++;
	action_paste(&app->view, text, truncated);
}

static void
on_torn(void *ctx)
{
	struct app *app = ctx;
	view_toast(&app->view, ROLE_ERROR,
		"the paste came in pieces, its beginning as keys: nothing was sent, paste "
		"again");
	ask_frame(app);
}

static void
on_focus(void *ctx, bool in)
{
	struct app *app = ctx;
	app->view.away = !in;
	ask_picture(app);
}

static void
on_say(void *ctx, struct str bytes)
{
	struct app *app = ctx;
	if (!tty_say(app->tty, bytes))
		log_info("a notice was dropped: the terminal takes nothing");
}

static bool
on_clip(void *ctx, struct str bytes)
{
	struct app *app = ctx;
	return tty_say(app->tty, bytes);
}

static void
on_copied(void *ctx, const char *words, const struct err *err)
{
	struct app *app = ctx;
	if (err)
		action_complain(&app->view, err);
	else
		view_toast(&app->view, ROLE_NOTICE, "%s", words);
}

static bool
is_looked_at(void *ctx, uint32_t agent)
{
	const struct app *app = ctx;
	const struct view *view = &app->view;
	return !view->away &&
	       (agent ? agent == view->focus && !view->copy : view->question != NULL);
}

static void
on_escape(void *ctx)
{
	struct app *app = ctx;
	/* A busy machine: what comes behind it is there, and this timer was first. */
	if (tty_has_input(app->tty))
		loop_timer_set(app->escape, ESCAPE_MS);
	else
		input_flush(app->input);
}

static void
on_input(void *ctx, const char *bytes, size_t len)
{
	struct app *app = ctx;
	input_feed(app->input, (struct str){bytes, len});
	if (input_pending(app->input))
		loop_timer_set(app->escape, ESCAPE_MS);
}

static void
on_resized(void *ctx, int cols, int rows)
{
	struct app *app = ctx;
	surface_resize(app->view.surface, cols, rows);
	app->view.whole = true;
	/* Later ones push it back: a storm ends in one resize. */
	loop_timer_set(app->resize, RESIZE_MS);
	ask_frame(app);
}

/* Nobody knows after how long. */
static void
on_resumed(void *ctx)
{
	struct app *app = ctx;
	pilot_woke(app->view.pilot);
}

static void
on_tty_closed(void *ctx)
{
	struct app *app = ctx;
	if (!app->status)
		app->status = 128 + SIGHUP;
	loop_stop(app->loop);
}

static void
on_signal(void *ctx, int signum)
{
	struct app *app = ctx;
	app->status = 128 + signum;
	loop_stop(app->loop);
}

static void
app_init(struct app *app, struct fleet_config *config)
{
	static const struct fleet_ops ops = {.event = on_event};
	app->loop = loop_new();
	app->fleet = fleet_new(app->loop, config, FLEET_WATCH | FLEET_PERSON, &ops, app);
	app->view.fleet = app->fleet;
	app->view.pilot = pilot_new(app->fleet);
	pilot_keep(app->view.pilot);
	app->view.surface = surface_new(80, 24);
	app->view.changed = ask_frame;
	app->view.ctx = app;
}

static void
app_release(struct app *app)
{
	if (app->echo_id)
		loop_defer_cancel(app->loop, app->echo_id);
	loop_timer_free(app->frame);
	app->frame = NULL;
	notify_free(app->notify);
	app->notify = NULL;
	/* The view holds on to what a late answer may still want: first the answers end. */
	copy_close(&app->view);
	clipboard_free(app->view.clipboard);
	app->view.clipboard = NULL;
	pilot_free(app->view.pilot);
	fleet_free(app->fleet);
	view_release(&app->view);
	mem_free(app->started);
	input_free(app->input);
	loop_timer_free(app->tick);
	loop_timer_free(app->escape);
	loop_timer_free(app->resize);
	loop_timer_free(app->seen);
	habits_release(&app->habits);
	choice_release(&app->choice);
	for (int i = 0; i < SIGNALS; i++)
		loop_signal_free(app->signals[i]);
	loop_free(app->loop);
}

int
ui_run(struct fleet_config *config, const struct ui_options *options, int *ret_status,
	struct err *err)
{
	static const struct tty_ops tty_ops = {.input = on_input,
		.resized = on_resized,
		.resumed = on_resumed,
		.closed = on_tty_closed,
		.writable = ask_frame};
	static const struct input_ops input_ops = {.key = on_key,
		.mouse = on_mouse,
		.paste = on_paste,
		.torn = on_torn,
		.focus = on_focus};
	static const struct notify_ops notify_ops = {.say = on_say, .looked_at = is_looked_at};
	static const struct clipboard_ops clipboard_ops = {.say = on_clip, .done = on_copied};
	struct app app = {0};
	app_init(&app, config);
	if (options->up)
		app.started = mem_alloc_array(
			(size_t)fleet_host_count(app.fleet), sizeof(*app.started));
	int rc = choice_load(&app.choice, &app.view, options->theme, err);
	if (rc == 0)
		rc = tty_open(app.loop, &tty_ops, &app, &app.tty, err);
	if (rc < 0)
		goto out;
	choice_fit(&app.choice, &app.view, tty_caps(app.tty));
	int cols, rows;
	tty_size(app.tty, &cols, &rows);
	surface_resize(app.view.surface, cols, rows);
	app.input = input_new(&input_ops, &app);
	app.frame = loop_timer_new(app.loop, draw, &app);
	app.tick = loop_timer_new(app.loop, on_tick, &app);
	app.escape = loop_timer_new(app.loop, on_escape, &app);
	app.resize = loop_timer_new(app.loop, on_resize_timer, &app);
	app.seen = loop_timer_new(app.loop, on_seen_timer, &app);
	habits_load(&app.habits, &app.view);
	app.view.clipboard =
		clipboard_new(app.loop, app.habits.settings.copy_command, &clipboard_ops, &app);
	complain_of_profiles(&app);
	arrange_load(&app.view);
	first_load(&app.view);
	pilot_follow_work(app.view.pilot, ask_frame, &app);
	pilot_follow_checks(app.view.pilot);
	pilot_follow_tasks(app.view.pilot, ask_frame, &app);
	pilot_follow_events(app.view.pilot, ask_frame, &app);
	app.notify = notify_new(app.loop, app.fleet, &app.habits.settings, &notify_ops, &app);
	for (int i = 0; i < SIGNALS; i++)
		app.signals[i] = loop_signal_new(app.loop, signals[i], on_signal, &app);
	fleet_connect(app.fleet, -1);
	action_left_prompts(&app.view);
	loop_timer_set(app.tick, TICK_MS);
	ask_frame(&app);
	loop_run(app.loop);
	arrange_save(&app.view);
	tty_close(app.tty);
	*ret_status = app.status;
out:
	app_release(&app);
	return rc;
}
