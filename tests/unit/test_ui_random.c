/* SPDX-License-Identifier: MIT */
/*
 * Frames of random sizes and texts: titles, branches, questions, tasks, paths, tags, what
 * agents print; wide, combining, from right to left, control bytes, no UTF-8 at all, ten
 * thousand of them in a row. What must hold of all frames does (ui_straight.h). SEED=N in the
 * environment begins elsewhere, ROUNDS=N goes on for longer; what fails says where.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui/action.h"
#include "ui/copy.h"
#include "ui/dialog.h"
#include "ui/palette.h"
#include "ui/question.h"
#include "ui_shown.h"
#include "ui_straight.h"

#define ROUNDS_COUNT 200
#define LONG         10000
#define WORDS_MAX    (LONG + 8)

static char dir[40];
static uint64_t seed;

/* xorshift64* */
static uint32_t
pick(uint32_t below)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * 0x2545f4914f6cdd1dULL) >> 33) % below;
}

/* Anything but parts of our frames, by which those are found; agents print these, too. */
static const char *const pieces[] = {"a", "B", "7", " ", "  ", "-", "/", "word", "日", "本語",
	"한", "ｗ", "😀", "👩‍💻", "🇩🇪", "❤️", "e\xcc\x81", "\xcc\x81",
	"\xcc\x88\xcc\x88\xcc\x88", "עברית", "العربية", "\xe2\x80\xae", "\xe2\x80\x8f",
	"\xe2\x81\xa6", "\xe2\x80\x8b", "\xef\xbb\xbf", "\xc2\xad", "\xf3\xa0\x80\xa1",
	"\033[2J", "\033]0;x\007", "\033", "\r", "\n", "\t", "\b", "\177", "\xc2\x9b", "\xff",
	"\xc0\xaf", "\xed\xa0\x80", "\xe6\x97", "─", "%s%n", "✓", "●", "…", "{", "\"", "ﷺ", "𒐫",
	"ไำ", "\xe1\x84\x80\xe1\x85\xa1"};
#define PIECES (uint32_t)(sizeof(pieces) / sizeof(pieces[0]))

static void
random_text(struct buf *into)
{
	static const uint32_t lengths[] = {1, 4, 20, 80, 400, LONG};
	uint32_t most = lengths[pick(16) ? pick(5) : 5], count = pick(most + 1);
	bool same = pick(4) == 0;
	uint32_t piece = pick(PIECES);
	for (uint32_t i = 0; i < count && into->len < WORDS_MAX - 16; i++)
		buf_addc(into, pieces[same ? piece : pick(PIECES)]);
}

/* Kept for as long as what is shown is. */
static const char *
random_words(const char *plain)
{
	struct buf text = BUF_INIT;
	(void)plain;
	random_text(&text);
	char *ret = keep(mem_strdup(buf_cstr(&text)));
	buf_release(&text);
	return ret;
}

/* Of what the fleet takes for one. */
static char *
random_name(void)
{
	char name[65];
	uint32_t len = 1 + pick(64);
	for (uint32_t i = 0; i < len; i++)
		name[i] = "abcXYZ019-._"[pick(i ? 12 : 9)];
	return mem_strndup(name, len);
}

static void
random_agent(int index)
{
	struct agent *agent = view.fleet->agents[index];
	struct buf text = BUF_INIT;
	if (pick(4) == 0) {
		mem_free(agent->name);
		agent->name = random_name();
	}
	if (agent->screen) {
		if (pick(3) == 0 && !view.copy) {
			screen_free(agent->screen);
			agent->screen =
				screen_new(1 + (int)pick(200), 1 + (int)pick(60), NULL, NULL);
		}
		random_text(&text);
		screen_feed(agent->screen, buf_str(&text));
		if (pick(2))
			screen_feed(agent->screen, STR("\r\n┌ ▸1 parser ┐│ │\r\n└──┘"));
		mem_free(agent->branch);
		agent->branch = mem_strdup(random_words(""));
		mem_free(agent->dir);
		agent->dir = mem_strdup(random_words(""));
	}
	questions[index].id = 0;
	/* Both are cut at a byte, as they may come. */
	if (pick(2) == 0)
		ask_person(index, 1 + pick(1000), pick(100000), random_words(""),
			random_words(""), pick(8));
	states[index] = pick(2) ? 0 : (int)pick(AGENT_STATE_COUNT);
	buf_release(&text);
}

static void
random_hosts(void)
{
	for (int i = 0; i < 2; i++) {
		struct host *host = &view.fleet->hosts[i];
		host->state = pick(2) ? HOST_READY : (enum host_state)pick(HOST_STATE_COUNT);
		/* It would want a question to show. */
		if (host->state == HOST_ASKING)
			host->state = HOST_LOST;
		host->why.code = host->state == HOST_READY ? 0 : ERR_IO;
		text_safe_tmp(
			host->why.text, sizeof(host->why.text), str_from(random_words("")));
	}
}

static void
nothing(struct view *of, uint32_t agent, const char *const values[])
{
	(void)of;
	(void)agent;
	(void)values;
}

/* Titles, labels and rows are safe where they are made. */
static void
random_dialog(void)
{
	const char *const labels[] = {
		safe(random_words("")), safe(random_words("")), "3", NULL};
	const char *const values[] = {random_words(""), random_words(""), random_words("")};
	const struct dialog_choice choices[] = {
		{"1", labels[0]},
                {"2", labels[1]},
                {"3", "3"      }
        };
	struct buf lines = BUF_INIT;
	/* One box at a time. */
	palette_close(&view);
	buf_clear(&view.text);
	buf_printf(&lines, "%s\n%s\n", labels[0], labels[1]);
	switch (pick(3)) {
	case 0:
		dialog_form(&view, labels[0], 0, labels, values, nothing);
		break;
	case 1:
		dialog_choose(&view, labels[1], 0, choices, 3, nothing);
		break;
	default:
		dialog_ask(&view, "stop", 0, buf_cstr(&lines), "Stop", nothing);
	}
	buf_release(&lines);
}

/* What neither ends cockpit nor waits for a host. */
static void
random_keys(void)
{
	static const char *const keys[] = {"Tab", "T", "d", "V", "c", "E", "z", "o", "<", ">",
		"L", "M", "j", "k", "h", "l", "1", "2", "3", "NPage", "PPage", "g", "G", ":",
		"?", "/", "[", "e", "n", "N", ",", "Space", "Escape", "w", "A", "Home", "End",
		"Left", "Right", "Backspace"};
	uint32_t count = pick(8);
	for (uint32_t i = 0; i < count; i++) {
		struct key key;
		const char *name = keys[pick(sizeof(keys) / sizeof(keys[0]))];
		assert_true(key_parse(str_from(name), &key));
		view_refresh(&view);
		if (!overlay_key(&view, key))
			keymap_key(&view, key);
		if (pick(3) == 0)
			action_paste(&view, str_from(random_words("")), false);
	}
}

static void
random_size(void)
{
	static const int cols[] = {1, 19, 20, 21, 40, 59, 60, 61, 80, 119, 120, 121, 200};
	static const int rows[] = {1, 5, 6, 7, 10, 19, 20, 23, 24, 25, 40, 60};
	int w = pick(2) ? cols[pick(13)] : 1 + (int)pick(220);
	int h = pick(2) ? rows[pick(12)] : 1 + (int)pick(70);
	surface_resize(view.surface, w, h);
	view.whole = true;
}

static void
draw(void)
{
	frame_draw(&view);
	assert_straight();
	/* What has changed alone, over it. */
	random_agent((int)pick(AGENTS));
	view.chrome = true;
	frame_draw(&view);
	assert_straight();
}

static void
close_all(void)
{
	question_close(&view);
	dialog_close(&view);
	copy_close(&view);
	buf_clear(&view.text);
	view.mode = VIEW_COMMAND;
	view.panel = view.zoom = view.panel_full = false;
	filter_clear(&view, 0);
}

static int
setup(void **state)
{
	strcpy(dir, "/tmp/cockpit-random-XXXXXX");
	if (!mkdtemp(dir) || setenv("XDG_STATE_HOME", dir, 1) < 0)
		return -1;
	return asking_setup(state);
}

static int
teardown(void **state)
{
	shown_drop();
	deck_teardown(state);
	return path_remove_tree(dir, NULL);
}

static void
test_random(void **state)
{
	const char *own = getenv("SEED"), *rounds = getenv("ROUNDS");
	uint64_t first = own ? strtoull(own, NULL, 0) : 1;
	uint64_t count = rounds ? strtoull(rounds, NULL, 0) : ROUNDS_COUNT;
	char name[40];
	(void)state;
	for (uint64_t i = 0; i < count; i++) {
		seed = (first + i) * 0x9e3779b97f4a7c15ULL | 1;
		snprintf(name, sizeof(name), "SEED=%llu", (unsigned long long)(first + i));
		scene = name;
		dialog_close(&view); /* its labels go with what is shown */
		shown_fill(random_words);
		random_hosts();
		for (int a = 0; a < AGENTS; a++)
			random_agent(a);
		random_size();
		random_keys();
		draw();
		random_size();
		if (pick(3) == 0)
			random_dialog();
		draw();
		if (pick(4) == 0)
			close_all();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_random, setup, teardown),
	};
	text_init();
	return cmocka_run_group_tests_name("ui_random", tests, NULL, NULL);
}
