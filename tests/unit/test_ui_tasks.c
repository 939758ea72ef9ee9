/* SPDX-License-Identifier: MIT */
/* The panel of tasks, with a real store behind it: what it shows, and what its keys do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "cockpit/orch_tasks.h"
#include "orch/local.h"
#include "ui/dialog.h"
#include "ui/panel.h"
#include "ui_until.h"

static char dir[40];
static struct store *store;
static int changes;

static void
on_change(void *ctx)
{
	(void)ctx;
	changes++;
}

static int
setup(void **state)
{
	strcpy(dir, "/tmp/cockpit-tasks-XXXXXX");
	if (!mkdtemp(dir) || deck_setup(state) != 0)
		return -1;
	until_setup();
	view.pilot->store = path_join(dir, "store.db");
	changes = 0;
	pilot_follow_tasks(view.pilot, on_change, NULL);
	return 0;
}

static int
teardown(void **state)
{
	store_close(store);
	store = NULL;
	until_teardown();
	deck_teardown(state);
	return path_remove_tree(dir, NULL);
}

static uint64_t
stamp(void)
{
	struct pilot_tasks now;
	pilot_tasks(view.pilot, &now);
	return now.stamp;
}

static bool
is_read(void)
{
	tasks_count(&view);
	return stamp() > 0;
}

static struct store *
own(void)
{
	if (!store)
		assert_int_equal(store_open(view.pilot->store, &store, NULL), 0);
	return store;
}

/* What another process adds. */
static int64_t
add(const char *title, const char *text, int priority, int64_t need)
{
	static const char *const tags[] = {"core", "lexer", NULL};
	const int64_t needs[] = {need, 0};
	const struct task_text task = {.title = title,
		.text = text,
		.priority = &priority,
		.tags = priority > 1 ? tags : NULL,
		.needs = needs};
	int64_t id;
	assert_int_equal(store_add(own(), &task, 1, "operator", "test", 1, &id, NULL), 0);
	return id;
}

static void
move_to(int64_t id, enum task_state to, const char *why)
{
	assert_int_equal(store_move(own(), id, 0, to, why, "test", 2, NULL, NULL), 0);
}

static void
claim(int64_t id, const char *owner)
{
	struct task task;
	assert_int_equal(store_claim(own(), id, owner, 60000, 2, &task, NULL), 0);
	task_release(&task);
	move_to(id, TASK_WORKING, NULL);
}

/* Until what was done is on the screen. */
static void
settle(void)
{
	uint64_t before = stamp();
	UNTIL((tasks_count(&view), stamp() > before) && !view.pilot->deeds);
	view.chrome = true;
	frame_draw(&view);
}

static void
press(const char *name)
{
	struct key key;
	assert_true(key_parse(str_from(name), &key));
	view_refresh(&view);
	if (!overlay_key(&view, key))
		keymap_key(&view, key);
	frame_draw(&view);
}

static void
type(const char *text)
{
	dialog_paste(&view, str_from(text));
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

static struct task
task_now(int64_t id)
{
	struct task task;
	assert_int_equal(store_task(own(), id, &task, NULL), 0);
	return task;
}

static void
assert_task(
	int64_t id, enum task_state state, const char *title, const char *wanted, int priority)
{
	struct task task = task_now(id);
	assert_int_equal(task.state, state);
	assert_string_equal(task.title, title);
	assert_string_equal(task.wanted, wanted);
	assert_int_equal(task.priority, priority);
	task_release(&task);
}

/* The order in which the panel has those that are not over. */
static void
assert_order(int64_t one, int64_t two, int64_t three)
{
	struct pilot_tasks now;
	pilot_tasks(view.pilot, &now);
	assert_true(now.open >= 3);
	assert_int_equal(now.list[0].id, one);
	assert_int_equal(now.list[1].id, two);
	assert_int_equal(now.list[2].id, three);
}

static void
add_some(void)
{
	add("Write the parser of the new grammar",
		"The grammar is in docs/grammar.md.\n\nKeep the old one until all callers are "
		"moved, in whatever file they are by now.",
		2, 0);
	add("Move all callers", "", 0, 1);
	add("bad \342\200\256txt\342\200\254 \346\227\245\346\234\254\350\252\236 and "
	    "one "
	    "that is far too long for its row, whatever else is left out of it",
		"\033]52;c;aGk=\007\twide \346\227\245", 0, 0);
	add("Ready for you", "", 0, 0);
	add("It broke", "", 0, 0);
	claim(1, "local/parser");
	move_to(1, TASK_NEEDS_YOU, "which of the \033[31mtwo\033[m?");
	claim(4, "web-1/types");
	move_to(4, TASK_CHECKING, NULL);
	move_to(4, TASK_READY, NULL);
	move_to(5, TASK_FAILED, "no way");
}

static void
test_none(void **state)
{
	(void)state;
	press("T");
	assert_int_equal(view.mode, VIEW_TASKS);
	UNTIL(is_read());
	for (const char *keys[] = {"j", "k", "e", "s", "x", "r", "D", "J", "K", "+", "-", "A",
		     "G", "Enter", "PPage", NULL},
			**key = keys;
		*key; key++)
		press(*key);
	assert_null(view.dialog);
	assert_true(shows("No tasks yet"));
	assert_false(path_exists(view.pilot->store)); /* looking makes nothing */
	press("T");
	assert_int_equal(view.mode, VIEW_COMMAND);
}

/* What agents say in the repo, as git keeps it: the mirror is one commit for each. */
static void
say_in_repo(void)
{
	char *line = mem_printf(
		"set -e; git init -q --bare %s/mirror.git; cd %s/mirror.git; export "
		"GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x "
		"GIT_COMMITTER_EMAIL=x; "
		"say() { blob=$(printf \"$2\" | git hash-object -w --stdin); "
		"tree=$(printf '100644 blob %%s\\t%%s.txt\\n' $blob \"$3\" | git mktree); "
		"tree=$(printf '040000 tree %%s\\tcurrent_tasks\\n' $tree | git mktree); "
		"git update-ref refs/cockpit/$1/snap $(git commit-tree -m x $tree); }; "
		"say local/parser 'Read the new grammar\\n' grammar; "
		"say web-1/types '\\033]52;c;aGk=\\007evil \\342\\200\\256txt' types",
		dir, dir);
	assert_int_equal(system(line), 0);
	mem_free(line);
	view.pilot->mirror = path_join(dir, "mirror.git");
	current_look(view.pilot);
}

static void
test_in_repo(void **state)
{
	struct pilot_current now = {0};
	(void)state;
	add("Write it", "", 0, 0);
	press("T");
	UNTIL(is_read());
	assert_false(shows("in repo"));
	int before = changes;
	say_in_repo();
	UNTIL((pilot_current(view.pilot, &now), now.count == 2));
	assert_true(changes > before);
	view.chrome = true;
	press("T");
	press("T");
	assert_true(shows("in repo"));
	assert_true(shows("Read the new grammar  by parser"));
	assert_true(shows("evil"));
	view.zoom = false;
	assert_frame("tasks-in-repo-120x40", 120, 40);
	/* They are gone to and looked at; nothing else is done with them. */
	press("j");
	assert_true(view.tasks.id < TASKS_FOLD);
	assert_null(tasks_selected(&view));
	for (const char *keys[] = {"e", "s", "x", "r", "D", "J", "K", "+", "-", NULL},
			**key = keys;
		*key; key++)
		press(*key);
	assert_null(view.dialog);
	assert_task(1, TASK_QUEUED, "Write it", "", 0);
	press("Enter");
	assert_int_equal(view.mode, VIEW_COMMAND);
	struct agent_view agent;
	assert_true(fleet_agent(view.fleet, view.focus, &agent));
	assert_string_equal(agent.name, "parser");
	press("T");
	press("G");
	press("k");
	assert_task(1, TASK_QUEUED, "Write it", "", 0);
	/* It is still selected when another one stands before it. */
	int64_t id = view.tasks.id;
	int64_t other = add("Write more", "", 0, 0);
	settle();
	assert_true(other > 1);
	assert_int_equal(view.tasks.id, id);
}

/* Who ran before a machine was started anew is named where nobody runs. */
static void
test_kept(void **state)
{
	const char *who[] = {
		"local/parser", "local/gone", "web-1/lost", "nowhere/x", "odd", NULL};
	struct pilot_current now = {0};
	struct buf names = BUF_INIT;
	(void)state;
	pilot_kept(view.pilot, NULL, &names);
	assert_int_equal(names.len, 0);
	pilot_kept(view.pilot, who, &names);
	assert_string_equal(buf_cstr(&names), "gone, lost");
	view.fleet->hosts[1].state = HOST_LOST; /* it may run there */
	buf_clear(&names);
	pilot_kept(view.pilot, who, &names);
	assert_string_equal(buf_cstr(&names), "gone");
	buf_release(&names);
	view.fleet->hosts[1].state = HOST_READY;
	int count = view.fleet->agent_count;
	view.fleet->agent_count = 0;
	frame_draw(&view);
	assert_true(shows("No agents yet. Press n to start one."));
	say_in_repo();
	UNTIL((pilot_current(view.pilot, &now), now.count == 2));
	view.whole = true;
	frame_draw(&view);
	assert_true(shows("No agent runs. Press n to start one."));
	assert_true(shows("brings back who is kept:"));
	assert_true(shows("    parser, types"));
	view.fleet->agent_count = count;
}

static void
test_frames(void **state)
{
	(void)state;
	add_some();
	UNTIL(is_read());
	press("T");
	view.zoom = false;
	assert_frame("tasks-200x60", 200, 60);
	assert_frame("tasks-80x24", 80, 24);
	press("G");
	assert_true(view.tasks.id == TASKS_FOLD);
	press("Enter");
	press("j");
	assert_frame("tasks-over-200x60", 200, 60);
	press("A");
	press("g");
	for (int i = 0; i < 2; i++)
		press("j");
	assert_frame("tasks-hostile-60x20", 60, 20);
	assert_true(shows("<U+202E>"));
	assert_false(shows("\033"));
	press("e");
	assert_frame("tasks-form-80x24", 80, 24);
	press("Escape");
	press("?");
	assert_true(shows("keys in TASKS mode"));
}

static void
test_write(void **state)
{
	(void)state;
	press("T");
	UNTIL(is_read());
	press("a");
	press("Enter");
	assert_true(view.toast_role == ROLE_ERROR); /* no title; it is asked again */
	assert_non_null(view.dialog);
	type("Write the lexer\nwith all of its tokens");
	press("Tab");
	type("soon");
	press("Enter");
	settle();
	assert_task(1, TASK_QUEUED, "Write the lexer", "", 0);
	struct task task = task_now(1);
	assert_string_equal(task.text, "with all of its tokens\nsoon");
	task_release(&task);
	assert_int_equal(view.tasks.id, 1);
	press("e");
	type(", all of it");
	press("Tab");
	press("Tab");
	type("b, a");
	press("Tab");
	type("7");
	press("Enter");
	UNTIL(view.dialog); /* there is no 7: what was written is there again */
	assert_true(shows("all of it"));
	press("Tab");
	press("Tab");
	press("Tab");
	press("BSpace");
	press("Enter");
	UNTIL(!view.pilot->deeds);
	assert_task(1, TASK_QUEUED, "Write the lexer, all of it", "", 0);
	settle();
	press("e");
	press("Enter");
	assert_non_null(strstr(view.toast, "nothing was changed"));
	press("s");
	type(" types ");
	press("Enter");
	settle();
	assert_task(1, TASK_QUEUED, "Write the lexer, all of it", "types", 0);
	/* That nobody will take it is said. */
	assert_false(shows("no agent of that name"));
	assert_true(shows("nobody gets it by itself"));
	press("s");
	press("C-u");
	type("web-1/tpyes");
	press("Enter");
	settle();
	assert_true(shows("no agent of that name is here"));
	press("s");
	press("C-u");
	type("web-1/types");
	press("Enter");
	settle();
	assert_false(shows("no agent of that name"));
}

static void
test_order(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		add("some", "", 0, 0);
	UNTIL(is_read());
	press("T");
	press("J");
	press("J"); /* before the first of them was seen to be done */
	UNTIL(!view.pilot->deeds);
	settle();
	assert_order(2, 3, 1);
	assert_int_equal(view.tasks.id, 1);
	press("K");
	settle();
	assert_order(2, 1, 3);
	press("-");
	settle();
	assert_order(2, 3, 1);
	press("+");
	press("+");
	UNTIL(!view.pilot->deeds);
	settle();
	assert_order(1, 2, 3);
	assert_task(1, TASK_QUEUED, "some", "", 1);
	press("K");
	UNTIL(view.toast_at);
	assert_non_null(strstr(view.toast, "the first of its priority"));
}

static void
test_ends(void **state)
{
	(void)state;
	add_some();
	UNTIL(is_read());
	press("T");
	assert_int_equal(view.tasks.id, 1); /* the focused agent's */
	press("x");
	press("Enter");
	assert_null(view.dialog);
	press("x");
	assert_true(shows("is not stopped by this"));
	assert_true(shows("[ Leave it ]  [ Not to be done ]"));
	press("Tab");
	press("Enter");
	settle();
	assert_task(1, TASK_CANCELLED, "Write the parser of the new grammar", "", 2);
	press("D");
	assert_non_null(strstr(view.toast, "D is for what is ready"));
	press("G");
	press("Enter"); /* unfolded */
	press("j");
	while (view.tasks.id != 1)
		press("j");
	press("r");
	settle();
	assert_task(1, TASK_QUEUED, "Write the parser of the new grammar", "", 2);
	assert_int_equal(view.tasks.id, 1);
	while (view.tasks.id != 4)
		press("j");
	press("Enter");
	assert_int_equal(view.focus, view.fleet->agents[1]->id);
	assert_int_equal(view.mode, VIEW_COMMAND);
	assert_true(shows("Ready for you"));
	press("T");
	press("D");
	settle();
	assert_task(4, TASK_MERGED, "Ready for you", "", 0);
}

/* Any size, any row. */
static void
test_sizes(void **state)
{
	struct buf text = BUF_INIT;
	(void)state;
	add_some();
	for (int i = 0; i < 300; i++)
		buf_addc(&text, "a line of what is to be done \346\227\245\346\234\254\n");
	add("long", buf_cstr(&text), 0, 0);
	buf_release(&text);
	UNTIL(is_read());
	press("T");
	press("A");
	for (int cols = 1; cols < 130; cols += 7) {
		for (int rows = 1; rows < 45; rows += 3) {
			surface_resize(view.surface, cols, rows);
			view.whole = true;
			for (int i = 0; i < 5; i++)
				press(i % 2 ? "j" : "NPage");
			press("PPage");
			panel_mouse(&view,
				&(struct mouse){.kind = MOUSE_PRESS, .x = cols - 2, .y = 3});
			press(cols % 2 ? "g" : "G");
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_in_repo, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_frames, setup, teardown),
		cmocka_unit_test_setup_teardown(test_write, setup, teardown),
		cmocka_unit_test_setup_teardown(test_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sizes, setup, teardown),
	};
	text_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
