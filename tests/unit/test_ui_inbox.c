/* SPDX-License-Identifier: MIT */
/* The inbox: what it shows, what its keys do, and which of them it does not believe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui/action.h"
#include "ui/dialog.h"
#include "ui/panel.h"
#include "ui/question.h"
#include "ui_asked.h"

static const char hostile[] = "rm -rf \342\200\256txt.exe\342\200\254 \033[2J\033]52;c;aGk=\007"
			      "\twide \346\227\245\346\234\254\n\302\23331mC1 \342\200\213zero";

static void
press_key(struct key key)
{
	view_refresh(&view);
	if (!overlay_key(&view, key))
		keymap_key(&view, key);
}

static void
press(const char *name)
{
	struct key key;
	assert_true(key_parse(str_from(name), &key));
	press_key(key);
}

static void
draw(void)
{
	view.chrome = true; /* an event came */
	frame_draw(&view);
}

/* It was on the screen, and for long enough. */
static void
look(void)
{
	draw();
	clock_skip(HASTY_MS + 1);
	draw();
}

static bool
shows(const char *text)
{
	struct buf frame = BUF_INIT;
	surface_text(view.surface, false, &frame);
	bool found = str_find_str(buf_str(&frame), str_from(text)) >= 0;
	buf_release(&frame);
	return found;
}

static void
ask_three(void)
{
	appear(4, "codex", "");
	ask_person(0, 11, 40000, "Bash", "git push --force origin main", YES | NO | ALWAYS);
	ask_person(2, 12, 90000, "Edit",
		"src/ui/inbox.c\n- one line that is long enough to be wrapped at least once in "
		"the panel, wherever it is\n+ two\n+ three\n+ four\n+ five\n+ six",
		YES | NO);
	ask_person(4, 13, 5000, "", "", 0);
}

static void
test_frames(void **state)
{
	(void)state;
	press("Tab");
	assert_frame("inbox-failed-200x60", 200, 60); /* types has failed */
	press("q");
	ask_three();
	press("Tab");
	assert_frame("inbox-200x60", 200, 60);
	assert_frame("inbox-120x40", 120, 40);
	assert_frame("inbox-80x24", 80, 24);
	assert_frame("inbox-60x20", 60, 20);
	press("j");
	assert_frame("inbox-second-120x40", 120, 40);
	press("C-q");
	assert_frame("inbox-command-120x40", 120, 40);
	assert_frame("inbox-command-60x20", 60, 20); /* in front of all only with the keys */
	press("Tab");
	press("?");
	assert_frame("inbox-help-120x40", 120, 40);
	press("q");
	press("q");
	assert_frame("inbox-closed-120x40", 120, 40);
}

static const struct link_ask trust = {.kind = LINK_ASK_TRUST,
	.host = "web-1",
	.title = "the host key of web-1.example.org port 2222 has never been seen",
	.text = "ssh-ed25519 SHA256:uNiVztksCsDhcc0u9e8BrmJTcBJ1XqYw3VDCnX6q4lI"};

static void
host_asks(void)
{
	struct host *host = &view.fleet->hosts[1];
	host->state = HOST_ASKING;
	host->since = noon - 7000;
	ask_take(host, &trust);
	question_update(&view, 1);
}

/* Every other kind of thing that waits, and what is away. */
static void
test_other_frames(void **state)
{
	struct host *host = &view.fleet->hosts[1];
	(void)state;
	appear(4, "codex", "");
	appear(3, "claude", "");
	appear(5, "claude", "");
	states[0] = AGENT_TRUST;
	states[2] = AGENT_LOGIN;
	states[3] = AGENT_LIMITED;
	states[5] = AGENT_ASKS; /* it does not say what */
	ask_person(4, 13, 5000, "Bash", "make deploy", YES | NO);
	press("Tab");
	assert_frame("inbox-kinds-200x60", 200, 60);
	host->state = HOST_STALE;
	host->heard_at = host->lost_at = noon - 31200;
	assert_frame("inbox-away-200x60", 200, 60);
	host_asks();
	host->lost_at = 0;
	assert_frame("inbox-host-200x60", 200, 60);
}

static void
test_empty(void **state)
{
	(void)state;
	view.fleet->agents[1]->ev.dead = false;
	press("Tab");
	press("y");
	press("j");
	press("Enter");
	press("e");
	press("Space");
	view.toast_at = 0;
	assert_frame("inbox-empty-80x24", 80, 24);
	assert_int_equal(view.mode, VIEW_INBOX);
	assert_int_equal(decided.count, 0);
}

/* Nothing of what an agent says reaches the terminal as it is. */
static void
test_hostile(void **state)
{
	(void)state;
	ask_person(0, 11, 40000, "\033[31mBa\342\200\256sh", hostile, YES);
	press("Tab");
	assert_frame("inbox-hostile-120x40", 120, 40);
	assert_frame("inbox-hostile-60x20", 60, 20);
	assert_true(shows("<U+202E>"));
	assert_true(shows("^[[2J^[]52;c;aGk=^G"));
	assert_false(shows("\033"));
	/* As long as it may be, at all sizes; the selected one, and another one above it. */
	memset(questions[0].what, '\n', sizeof(questions[0].what) - 2);
	memset(questions[0].what, 'x', 900);
	ask_person(2, 12, 50000, "", "", YES);
	memset(questions[2].what, 'y', sizeof(questions[2].what) - 1);
	for (int cols = 1; cols < 130; cols += 7) {
		for (int rows = 1; rows < 45; rows += 3) {
			surface_resize(view.surface, cols, rows);
			for (int i = 0; i < 4; i++) {
				draw();
				press(i % 2 ? "j" : "NPage");
			}
			press("k");
		}
	}
}

static void
test_keys(void **state)
{
	(void)state;
	ask_three();
	press("Tab");
	assert_int_equal(view.mode, VIEW_INBOX);
	look();
	/* The oldest is selected; only what it allows. */
	press("a");
	assert_int_equal(decided.count, 0);
	assert_non_null(strstr(view.toast, "always cannot be said from here"));
	press("y");
	assert_int_equal(decided.count, 1);
	assert_int_equal(decided.agent, deck_id(2));
	assert_int_equal(decided.question, 12);
	assert_int_equal(decided.answer, ANSWER_YES);
	draw();
	assert_true(shows("answering…"));
	press("y");
	assert_int_equal(decided.count, 1);
	/* It goes: what stood below it is selected, and not answered by the same finger. */
	decided.done(decided.ctx, "", NULL);
	questions[2].id = 0;
	draw();
	assert_int_equal(view.inbox.at.question, 11);
	press("y");
	assert_int_equal(decided.count, 1);
	assert_non_null(strstr(view.toast, "only just come up"));
	look();
	press("n");
	assert_int_equal(decided.count, 2);
	assert_int_equal(decided.answer, ANSWER_NO);
	assert_int_equal(decided.question, 11);
	/* Refused on the way: it can be answered again. */
	struct err err = ERR_INIT;
	err_set(&err, ERR_INVALID, "it asks something else by now");
	decided.done(decided.ctx, "", &err);
	assert_string_equal(view.toast, "it asks something else by now");
	draw();
	press("a");
	assert_int_equal(decided.count, 3);
	assert_int_equal(decided.answer, ANSWER_ALWAYS);
	/* One that is answered and stays may be answered again after a while. */
	decided.done(decided.ctx, "", NULL);
	press("y");
	assert_int_equal(decided.count, 3);
	clock_skip(11000);
	press("y");
	assert_int_equal(decided.count, 4);
	decided.refusal = "it asks nothing any more";
	press("j");
	draw();
	press("y");
	assert_int_equal(decided.count, 4);
}

/* Others come and go: the selection stays where it is, and what it is on is what is meant. */
static void
test_selection_stays(void **state)
{
	(void)state;
	ask_three();
	press("Tab");
	look();
	press("j");
	assert_int_equal(view.inbox.at.question, 11);
	look();
	questions[2].id = 0; /* the one above goes */
	draw();
	assert_int_equal(view.inbox.at.question, 11);
	assert_int_equal(view.inbox.index, 0);
	ask_person(2, 14, 500000, "Bash", "an older one comes", YES); /* above */
	draw();
	assert_int_equal(view.inbox.at.question, 11);
	assert_int_equal(view.inbox.index, 1);
	press("y");
	assert_int_equal(decided.question, 11);
	/* Case 68. The same agent asks another thing: that is not what was read. */
	questions[0].id = 15;
	press("y");
	assert_int_equal(decided.count, 1);
	draw();
	press("y");
	assert_int_equal(decided.count, 1);
	/* Nor is what comes into an empty inbox. */
	memset(questions, 0, sizeof(questions));
	view.fleet->agents[1]->ev.dead = false;
	look();
	assert_int_equal(view.inbox.count, 0);
	ask_person(0, 16, 0, "Bash", "true", YES);
	draw();
	press("y");
	assert_int_equal(decided.count, 1);
	clock_skip(HASTY_MS + 1);
	press("y");
	assert_int_equal(decided.count, 2);
	assert_int_equal(decided.question, 16);
}

/* Yes needs all of it to have been on the screen; no does not. */
static void
test_read_first(void **state)
{
	char lines[400] = "";
	(void)state;
	for (int i = 0; i < 40; i++)
		snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), "%d\n", i);
	ask_person(0, 11, 40000, "Bash", lines, YES | NO);
	surface_resize(view.surface, 60, 20);
	press("Tab");
	look();
	assert_true(shows("PgDn more"));
	press("y");
	assert_int_equal(decided.count, 0);
	assert_string_equal(view.toast, "there is more to read first");
	for (int i = 0; i < 5; i++) {
		press("NPage");
		draw();
	}
	assert_true(shows("39"));
	assert_false(shows("PgDn more"));
	press("PPage");
	draw();
	press("y");
	assert_int_equal(decided.count, 1);
	decided.done(decided.ctx, "", NULL);
	ask_person(0, 12, 30000, "Bash", lines, YES | NO);
	look();
	press("n");
	assert_int_equal(decided.count, 2);
}

static void
test_ways_out(void **state)
{
	static const struct {
		const char *key;
		bool open;
	} rows[] = {
		{"Escape", false},
		{"q",      false},
		{"C-c",    false},
		{"C-q",    true },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		press("Tab");
		assert_int_equal(view.mode, VIEW_INBOX);
		press(rows[i].key);
		assert_int_equal(view.mode, VIEW_COMMAND);
		assert_int_equal(view.panel, rows[i].open);
		assert_false(view.quit);
	}
	/* In COMMAND y, n and a are what they were. */
	ask_three();
	press("n");
	assert_non_null(view.dialog);
	dialog_close(&view);
	press("y");
	assert_int_equal(decided.count, 0);
}

static void
test_goes_there(void **state)
{
	(void)state;
	ask_three();
	questions[2].hook = true;
	press("Tab");
	press("Enter"); /* its own dialog is there too, while its hook waits */
	assert_int_equal(view.focus, deck_id(2));
	assert_int_equal(view.mode, VIEW_TYPING);
	assert_true(view.panel);
	press("C-q");
	press("Tab");
	press("j");
	press("Enter");
	assert_int_equal(view.focus, deck_id(0));
	assert_int_equal(view.mode, VIEW_TYPING);
	action_command(&view, 0);
	press("Tab");
	press("j");
	press("j"); /* types has failed */
	press("Enter");
	assert_int_equal(view.focus, deck_id(1));
	assert_int_equal(view.mode, VIEW_COMMAND);
	press("Tab");
	press("e");
	assert_true(view.text.len > 0);
	press("q");
	assert_int_equal(view.mode, VIEW_INBOX);
	press("s");
	assert_non_null(view.dialog);
	dialog_close(&view);
}

static void
test_away(void **state)
{
	(void)state;
	ask_three();
	view.fleet->hosts[1].state = HOST_STALE;
	press("Tab");
	press("j");
	press("j");
	questions[4].answers = YES;
	look();
	assert_int_equal(view.inbox.at.question, 13);
	press("y");
	assert_int_equal(decided.count, 0);
	assert_non_null(strstr(view.toast, "it cannot be answered now"));
	host_asks();
	draw();
	for (int i = 0; i < 5; i++)
		press("j");
	assert_int_equal(view.inbox.at.kind, INBOX_HOST);
	press("y");
	assert_null(view.question);
	press("a");
	assert_non_null(view.question);
}

/* The last answer comes when nobody looks any more, or not at all. */
static void
test_late_answer(void **state)
{
	(void)state;
	ask_three();
	press("Tab");
	look();
	press("y");
	assert_int_equal(decided.count, 1);
	press("q");
	decided.done(decided.ctx, "said yes", NULL);
	press("Tab");
	look();
	press("j");
	draw();
	press("y");
	assert_int_equal(decided.count, 2); /* view_release() lets go of it */
}

static void
test_mouse(void **state)
{
	(void)state;
	surface_resize(view.surface, 200, 60);
	ask_three();
	press("Tab");
	press("C-q");
	draw();
	struct rect in = rect_inner(view.layout.panel);
	for (int y = 0; y < in.h; y++) {
		if (view.inbox.rows[y] == 1) {
			action_mouse(&view, (struct mouse){.kind = MOUSE_PRESS,
						    .button = 1,
						    .x = in.x + 3,
						    .y = in.y + y});
			break;
		}
	}
	assert_int_equal(view.mode, VIEW_INBOX);
	assert_int_equal(view.inbox.at.question, 11);
	action_mouse(&view, (struct mouse){.kind = MOUSE_WHEEL_DOWN, .x = in.x, .y = in.y});
	assert_int_equal(view.inbox.at.question, 13);
	action_mouse(&view, (struct mouse){.kind = MOUSE_PRESS, .button = 1, .x = 3, .y = 3});
	assert_int_equal(view.mode, VIEW_COMMAND);
}

/* Who is next: the most urgent, each in turn; what is away last. */
static void
test_needs_you(void **state)
{
	static const int order[] = {0, 5, 0};
	(void)state;
	appear(3, "claude", "");
	appear(4, "claude", "");
	appear(5, "claude", "");
	states[1] = AGENT_IDLE;
	view_refresh(&view);
	press("w");
	assert_string_equal(view.toast, "no agent needs you");
	view.focus = deck_id(3);
	ask_person(5, 21, 100, "", "", 0);
	ask_person(0, 22, 5000, "", "", 0);
	ask_person(4, 23, 9000, "", "", 0); /* on web-1, which is away */
	view.fleet->hosts[1].state = HOST_STALE;
	states[2] = AGENT_TRUST;
	press("w");
	assert_int_equal(view.focus, deck_id(5));
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		assert_int_equal(view.mode, VIEW_COMMAND);
		press("w");
		assert_int_equal(view.focus, deck_id(order[i ? i : 0]));
	}
	questions[5].id = questions[0].id = 0;
	press("w");
	assert_int_equal(view.focus, deck_id(2));
	states[0] = AGENT_DONE;
	states[2] = AGENT_LOGIN;
	states[3] = AGENT_FAILED;
	press("w");
	assert_int_equal(view.focus, deck_id(3));
	press("w");
	assert_int_equal(view.focus, deck_id(2));
	states[2] = states[3] = AGENT_IDLE;
	press("w");
	assert_int_equal(view.focus, deck_id(0));
	states[0] = AGENT_IDLE;
	press("w");
	assert_int_equal(view.focus, deck_id(4));
	press("w");
	assert_string_equal(view.toast, "no other agent needs you");
	/* The panel follows, and keeps the keys. */
	ask_person(0, 24, 100, "", "", 0);
	press("Tab");
	press("j");
	press("w");
	assert_int_equal(view.mode, VIEW_INBOX);
	assert_int_equal(view.focus, deck_id(0));
	assert_int_equal(view.inbox.at.question, 24);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, asking_setup, deck_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_frames),
		CASE(test_other_frames),
		CASE(test_empty),
		CASE(test_hostile),
		CASE(test_keys),
		CASE(test_selection_stays),
		CASE(test_read_first),
		CASE(test_ways_out),
		CASE(test_goes_there),
		CASE(test_away),
		CASE(test_late_answer),
		CASE(test_mouse),
		CASE(test_needs_you),
	};
	text_init();
	return cmocka_run_group_tests_name("ui_inbox", tests, NULL, NULL);
}
