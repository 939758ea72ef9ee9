/* SPDX-License-Identifier: MIT */
/* Forms that open once something was looked at: what is typed meanwhile is not for them. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cockpit/orch_fix.h"
#include "cockpit/orch_merge.h"
#include "ui/action.h"
#include "ui_press.h"

/* What the pilot was asked, and whom it answers. */
static merge_look_fn *looked;
static pilot_fn *composed;
static void *asked;
static int merged, pushed, sent;

int __wrap_pilot_merge_look(
	struct pilot *pilot, uint32_t agent, merge_look_fn *done, void *ctx, struct err *err);
int __wrap_pilot_merge(struct pilot *pilot, uint32_t agent, const char *message,
	const struct merge_seen *seen, merge_fn *done, void *ctx, struct err *err);
int __wrap_pilot_push(struct pilot *pilot, uint32_t agent, enum push_what what,
	const char *branch, const char *message, pilot_fn *done, void *ctx, struct err *err);
void __wrap_pilot_friction(const struct pilot *pilot, uint32_t agent, struct friction *ret);
int __wrap_pilot_fix(struct pilot *pilot, uint32_t agent, uint32_t whose,
	const struct friction *friction, bool force, pilot_fn *done, void *ctx,
	struct err *err);
int __wrap_pilot_send(struct pilot *pilot, uint32_t agent, struct str text,
	const struct pilot_send_options *options, pilot_fn *done, void *ctx, struct err *err);

int
__wrap_pilot_merge_look(
	struct pilot *pilot, uint32_t agent, merge_look_fn *done, void *ctx, struct err *err)
{
	(void)pilot;
	(void)agent;
	(void)err;
	looked = done;
	asked = ctx;
	return 0;
}

int
__wrap_pilot_merge(struct pilot *pilot, uint32_t agent, const char *message,
	const struct merge_seen *seen, merge_fn *done, void *ctx, struct err *err)
{
	(void)pilot;
	(void)agent;
	(void)done;
	(void)ctx;
	(void)err;
	assert_string_equal(message, "Work");
	assert_string_equal(seen->tree, "tree");
	assert_string_equal(seen->branch, "main");
	merged++;
	return 0;
}

int
__wrap_pilot_push(struct pilot *pilot, uint32_t agent, enum push_what what, const char *branch,
	const char *message, pilot_fn *done, void *ctx, struct err *err)
{
	(void)pilot;
	(void)agent;
	(void)message;
	(void)done;
	(void)ctx;
	(void)err;
	(void)what;
	assert_string_equal(branch, "main");
	pushed++;
	return 0;
}

void
__wrap_pilot_friction(const struct pilot *pilot, uint32_t agent, struct friction *ret)
{
	(void)pilot;
	(void)agent;
	*ret = (struct friction){.kind = FRICTION_CHECK};
}

int
__wrap_pilot_fix(struct pilot *pilot, uint32_t agent, uint32_t whose,
	const struct friction *friction, bool force, pilot_fn *done, void *ctx, struct err *err)
{
	(void)pilot;
	(void)agent;
	(void)whose;
	(void)friction;
	(void)force;
	(void)err;
	composed = done;
	asked = ctx;
	return 0;
}

int
__wrap_pilot_send(struct pilot *pilot, uint32_t agent, struct str text,
	const struct pilot_send_options *options, pilot_fn *done, void *ctx, struct err *err)
{
	(void)pilot;
	(void)agent;
	(void)options;
	(void)done;
	(void)ctx;
	(void)err;
	assert_true(str_eqc(text, "Mend it"));
	sent++;
	return 0;
}

static void
answer_look(bool already)
{
	const struct merge_look look = {.branch = "main",
		.how = "squash",
		.message = "Work",
		.tree = "tree",
		.already = already};
	looked(asked, &look, NULL);
}

static void
pause_typing(void)
{
	for (int64_t until = clock_ms() + HASTY_MS + 20; clock_ms() < until;)
		poll(NULL, 0, 5);
}

/* Keys of somebody who types on do nothing, until there was a pause. */
static void
type_on(const char *yes)
{
	assert_non_null(view.dialog);
	press("j");
	press("Tab");
	press("Enter");
	press("y");
	assert_non_null(view.dialog);
	assert_int_equal(merged + pushed + sent, 0);
	pause_typing();
	press(yes);
	assert_null(view.dialog);
	assert_int_equal(merged + pushed + sent, 1);
	merged = pushed = sent = 0;
}

static void
test_first_moment(void **state)
{
	(void)state;
	view_refresh(&view);
	press("m");
	answer_look(false);
	type_on("Enter");
	press("p");
	answer_look(false);
	type_on("Enter");
	press("p");
	answer_look(true);
	type_on("y");
	press("f");
	composed(asked, "Mend it", NULL);
	type_on("Enter");
	/* To leave it is no harm. */
	press("m");
	answer_look(false);
	press("Escape");
	assert_null(view.dialog);
}

/* Nor is one opened for who has typed on since, also within the same millisecond. */
static void
test_meanwhile(void **state)
{
	(void)state;
	view_refresh(&view);
	press("m");
	view.typed++;
	answer_look(false);
	assert_null(view.dialog);
	assert_non_null(strstr(view.toast, "ask again"));
	press("f");
	view.typed++;
	composed(asked, "Mend it", NULL);
	assert_null(view.dialog);
	assert_non_null(strstr(view.toast, "ask again"));
}

/* Of TYPING by the prefix: that mode is no other thing that the person went on to. */
static void
test_behind_prefix(void **state)
{
	(void)state;
	view_refresh(&view);
	view.mode = VIEW_TYPING;
	action_merge(&view, 0);
	answer_look(false);
	assert_non_null(view.dialog);
	press("Escape");
	view.mode = VIEW_TYPING;
	action_fix(&view, 0);
	composed(asked, "Mend it", NULL);
	assert_non_null(view.dialog);
	press("Escape");
	view.mode = VIEW_COMMAND;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, deck_setup, deck_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_first_moment),
		CASE(test_meanwhile),
		CASE(test_behind_prefix),
	};
	text_init();
	return cmocka_run_group_tests_name("ui_late", tests, NULL, NULL);
}
