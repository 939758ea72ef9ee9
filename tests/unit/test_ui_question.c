/* SPDX-License-Identifier: MIT */
/* What keys do while hosts ask, and when a box opens: with links that only ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <time.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_pilot.h"
#include "fleet/local.h"
#include "ui/action.h"
#include "ui/dialog.h"
#include "ui/palette.h"
#include "ui/question.h"
#include "ui/view.h"

#define HOSTS 3

static const char file[] =
	"{\"name\": \"deck\", \"hosts\": {\"local\": {}, \"web-1\": {\"repo\": "
	"null}, \"web-2\": {\"repo\": null}},"
	" \"agents\": [{\"name\": \"here\"}]}";

/* A link that was asked to answer. */
struct fake {
	struct link link;
	int answers;
	bool yes;
	char texts[2][64];
} fakes[HOSTS];

static struct loop *loop;
static struct view view;

static void
on_answer(struct link *link, bool yes, const char *const answers[])
{
	struct fake *fake = (struct fake *)link;
	fake->answers++;
	fake->yes = yes;
	for (int i = 0; i < 2 && answers && answers[i]; i++)
		snprintf(fake->texts[i], sizeof(fake->texts[i]), "%s", answers[i]);
}

static void
on_free(struct link *link)
{
	(void)link;
}

static const struct link_class fake_class = {.answer = on_answer, .free = on_free};

static void
on_event(void *ctx, const struct fleet_event *event)
{
	(void)ctx;
	if (event->kind == FLEET_ASK)
		question_update(&view, event->host_index);
}

static int
setup(void **state)
{
	static const struct fleet_ops ops = {.event = on_event};
	struct fleet_config *config = NULL;
	struct err err = ERR_INIT;
	(void)state;
	loop = loop_new();
	if (fleet_config_parse("/nowhere/cockpit.json", str_from(file), &config, &err) < 0)
		fail_msg("%s", err.text);
	view = (struct view){.fleet = fleet_new(loop, config, FLEET_WATCH, &ops, NULL)};
	view.pilot = pilot_new(view.fleet);
	view.surface = surface_new(80, 24);
	assert_int_equal(theme_load("dark", &view.theme, NULL), 0);
	for (int i = 0; i < HOSTS; i++) {
		fakes[i] = (struct fake){.link = {&fake_class}};
		view.fleet->hosts[i].link = &fakes[i].link;
		view.fleet->hosts[i].state = HOST_CONNECTING;
	}
	frame_draw(&view);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	pilot_free(view.pilot);
	fleet_free(view.fleet);
	view_release(&view);
	loop_free(loop);
	return 0;
}

static const struct link_ask secret = {
	.kind = LINK_ASK_SECRET,
	.host = "web-1",
	.title = "login",
	.text = "",
	.prompts = {{"Password:", false}, {"Code:", true}},
	.count = 2
};
static const struct link_ask trust = {
	.kind = LINK_ASK_TRUST, .host = "web-1", .title = "new key", .text = "SHA256:x"};

static void
press(const char *name)
{
	struct key key;
	assert_true(key_parse(str_from(name), &key));
	view.typed_at = clock_ms();
	if (!overlay_key(&view, key))
		keymap_key(&view, key);
}

static void
type(const char *text)
{
	for (; *text; text++)
		press((char[]){*text, '\0'});
}

static void
pass_ms(int64_t ms)
{
	const struct timespec step = {.tv_nsec = 5000000};
	for (int64_t until = clock_ms() + ms; clock_ms() < until;)
		nanosleep(&step, NULL);
}

/* As app.c does before each frame. */
static bool
opens(void)
{
	question_offer(&view);
	frame_draw(&view);
	return view.question != NULL;
}

static bool
screen_has(const char *words)
{
	struct buf text = BUF_INIT;
	frame_draw(&view);
	surface_text(view.surface, false, &text);
	bool found = str_find_str(buf_str(&text), str_from(words)) >= 0;
	buf_release(&text);
	return found;
}

static void
test_opens_when_quiet(void **state)
{
	(void)state;
	press("j");
	ask_take(&view.fleet->hosts[1], &secret);
	assert_false(opens());
	assert_true(screen_has("web-1 asks: login"));
	view.mode = VIEW_TYPING;
	view.typed_at = 0;
	question_offer(&view);
	assert_null(view.question);
	view.mode = VIEW_COMMAND;
	action_help(&view, 0);
	assert_false(opens());
	buf_clear(&view.text);
	action_new(&view, 0);
	assert_false(opens());
	dialog_close(&view);
	/* What is typed there is no answer. */
	filter_open(&view, 0);
	assert_false(opens());
	filter_clear(&view, 0);
	action_palette(&view, 0);
	assert_false(opens());
	palette_close(&view);
	assert_true(opens());
}

static void
test_key_before_it_could_be_read(void **state)
{
	(void)state;
	ask_take(&view.fleet->hosts[1], &trust);
	assert_true(opens());
	press("y");
	press("Enter");
	press("Escape");
	assert_int_equal(fakes[1].answers, 0);
	assert_non_null(view.question);
	pass_ms(HASTY_MS);
	press("y");
	assert_int_equal(fakes[1].answers, 1);
	assert_true(fakes[1].yes);
	assert_null(view.question);
	assert_int_equal(view.asking.count, 0);
}

/* Also when the person has asked for the box: it is about what stands in it. */
static void
test_opened_by_key_is_read_too(void **state)
{
	(void)state;
	ask_take(&view.fleet->hosts[1], &trust);
	press("a");
	assert_non_null(view.question);
	press("y");
	assert_int_equal(fakes[1].answers, 0);
}

static void
test_no_is_the_default(void **state)
{
	static const char *const keys[] = {"n", "q", "Escape", "C-c", "Enter"};
	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		ask_take(&view.fleet->hosts[1], &trust);
		view.typed_at = 0;
		assert_true(opens());
		pass_ms(HASTY_MS);
		press(keys[i]);
		assert_int_equal(fakes[1].answers, i + 1);
		assert_false(fakes[1].yes);
		assert_true(screen_has("r asks again"));
	}
	ask_take(&view.fleet->hosts[1], &trust);
	view.typed_at = 0;
	assert_true(opens());
	pass_ms(HASTY_MS);
	press("Tab");
	press("Enter");
	assert_true(fakes[1].yes);
}

static void
test_secret(void **state)
{
	(void)state;
	ask_take(&view.fleet->hosts[1], &secret);
	press("a");
	type("hunter");
	assert_true(screen_has("••••••"));
	assert_false(screen_has("hunter"));
	press("BSpace");
	press("C-j"); /* no new line in a secret */
	press("Enter");
	assert_int_equal(fakes[1].answers, 0);
	type("42");
	assert_true(screen_has("42"));
	press("Enter");
	assert_int_equal(fakes[1].answers, 1);
	assert_true(fakes[1].yes);
	assert_string_equal(fakes[1].texts[0], "hunte");
	assert_string_equal(fakes[1].texts[1], "42");
	assert_null(view.question);
}

static void
test_paste(void **state)
{
	struct buf big = BUF_INIT;
	(void)state;
	ask_take(&view.fleet->hosts[1], &secret);
	press("a");
	buf_fill(&big, 'x', 3999);
	question_paste(&view, STR("se\x01cret"), false);
	assert_true(screen_has("was not added"));
	question_paste(&view, STR("one\ntwo"), false);
	assert_true(screen_has("was not added"));
	question_paste(&view, buf_str(&big), true);
	assert_true(screen_has("was not added"));
	question_paste(&view, STR("ab\r\n"), false);
	assert_false(screen_has("was not added"));
	question_paste(&view, buf_str(&big), false); /* one too many: none of it */
	assert_true(screen_has("was not added"));
	press("Tab");
	press("Enter");
	assert_string_equal(fakes[1].texts[0], "ab");
	buf_release(&big);
}

static void
test_one_at_a_time(void **state)
{
	struct link_ask second = secret;
	(void)state;
	second.host = "web-2";
	second.count = 1;
	ask_take(&view.fleet->hosts[2], &second);
	ask_take(&view.fleet->hosts[1], &secret);
	assert_true(opens());
	assert_true(screen_has("web-2 asks (1 of 2)"));
	pass_ms(HASTY_MS);
	press("p");
	press("Enter");
	assert_int_equal(fakes[2].answers, 1);
	/* The next one comes at once, but not so soon that the same key answers it. */
	assert_true(opens());
	assert_true(screen_has("web-1 asks"));
	press("Escape");
	assert_int_equal(fakes[1].answers, 0);
}

static void
test_vanishes(void **state)
{
	struct host *host = &view.fleet->hosts[1];
	(void)state;
	ask_take(host, &secret);
	press("a");
	type("half");
	ask_drop(host);
	assert_null(view.question);
	assert_true(screen_has("web-1 does not ask any more"));
	ask_take(host, &secret);
	press("a");
	err_set(&host->why, ERR_CLOSED, "host web-1: the server closed the connection");
	ask_drop(host);
	assert_true(screen_has("the server closed the connection"));
	assert_int_equal(fakes[1].answers, 0);
	/* What is typed for one question is no answer to the next. */
	ask_take(host, &secret);
	press("a");
	type("half");
	ask_take(host, &trust);
	assert_null(view.question);
	assert_false(opens());
	assert_int_equal(view.asking.count, 1);
}

static void
test_all_is_read_before_trust(void **state)
{
	struct link_ask longer = trust;
	struct buf text = BUF_INIT;
	(void)state;
	for (int i = 0; i < 50; i++)
		buf_printf(&text, "line %d\n", i);
	longer.text = buf_cstr(&text);
	ask_take(&view.fleet->hosts[1], &longer);
	assert_true(opens());
	pass_ms(HASTY_MS);
	press("y");
	assert_true(screen_has("there is more to read first"));
	assert_int_equal(fakes[1].answers, 0);
	press("NPage");
	frame_draw(&view);
	press("NPage");
	assert_true(screen_has("line 49"));
	press("y");
	assert_int_equal(fakes[1].answers, 1);
	buf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_opens_when_quiet, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_key_before_it_could_be_read, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_opened_by_key_is_read_too, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_is_the_default, setup, teardown),
		cmocka_unit_test_setup_teardown(test_secret, setup, teardown),
		cmocka_unit_test_setup_teardown(test_paste, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_at_a_time, setup, teardown),
		cmocka_unit_test_setup_teardown(test_vanishes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_is_read_before_trust, setup, teardown),
	};
	text_init();
	return cmocka_run_group_tests_name("ui_question", tests, NULL, NULL);
}
