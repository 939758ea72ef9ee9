/* SPDX-License-Identifier: MIT */
/*
 * A fleet of six agents on two hosts, of which three are there, without any host behind it;
 * and whole frames of it against saved ones, tests/frames/NAME.txt. FRAMES=write saves what
 * is drawn now: look at the difference before it is committed. The clock in the corner is
 * masked.
 */
#ifndef COCKPIT_TEST_UI_DECK_H
#define COCKPIT_TEST_UI_DECK_H

#include <stdio.h>
#include <stdlib.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_pilot.h"
#include "fleet/local.h"
#include "ui/view.h"

static const char deck_file[] =
	"{\"name\": \"deck\", \"hosts\": {\"local\": {}, \"web-1\": {\"repo\": \"~/x\"}},"
	" \"agents\": ["
	"{\"name\": \"parser\", \"profile\": \"claude\"},"
	"{\"name\": \"types\", \"host\": \"web-1\", \"profile\": \"codex\"},"
	"{\"name\": \"docs\", \"command\": [\"x\"]},"
	"{\"name\": \"lexer\", \"profile\": \"shell\"},"
	"{\"name\": \"deploy\", \"host\": \"web-1\", \"profile\": \"shell\"},"
	"{\"name\": \"idle\", \"profile\": \"shell\"}]}";

static struct loop *loop;
static struct view view;
static int64_t noon; /* when it is in all frames: nothing gets older while this runs */

/* As if its host had told so; nothing is connected. */
static struct agent *
appear(int index, const char *profile, const char *text)
{
	struct agent *agent = view.fleet->agents[index];
	snprintf(agent->pane, sizeof(agent->pane), "%%%d", index);
	agent->profile = mem_strdup(profile);
	agent->branch = mem_printf("cockpit/%s", agent->name);
	agent->ev.present = true;
	agent->screen = agent_screen_new(agent);
	agent->sync = SYNC_LIVE;
	screen_feed(agent->screen, str_from(text));
	return agent;
}

static int
deck_setup(void **state)
{
	struct fleet_config *config = NULL;
	struct err err = ERR_INIT;
	(void)state;
	loop = loop_new();
	noon = clock_ms();
	if (fleet_config_parse("/nowhere/cockpit.json", str_from(deck_file), &config, &err) < 0)
		fail_msg("%s", err.text);
	view = (struct view){.fleet = fleet_new(loop, config, FLEET_WATCH, NULL, NULL)};
	view.pilot = pilot_new(view.fleet);
	view.surface = surface_new(80, 24);
	assert_int_equal(theme_load("dark", &view.theme, NULL), 0);
	view.fleet->hosts[0].state = HOST_READY;
	view.fleet->hosts[1].state = HOST_READY;
	appear(0, "claude", "\033[1mReading\033[m src/parser.c\r\n\r\n> ");
	struct agent *types = appear(1, "codex", "1 passed, 1 failed\r\n");
	types->ev.dead = true;
	types->ev.dead_status = 3;
	appear(2, "command",
		"\033[48;5;22m日本語\033[m and e\xcc\x81, \xf0\x9f\x98\x80 wide\r\n");
	return 0;
}

static int
deck_teardown(void **state)
{
	(void)state;
	pilot_free(view.pilot);
	fleet_free(view.fleet);
	view_release(&view);
	loop_free(loop);
	return 0;
}

/* With a folder of its own for what is kept from one time to the next. */
static inline int
deck_setup_apart(void **state)
{
	char dir[] = "/tmp/cockpit-deck-XXXXXX";
	if (!mkdtemp(dir))
		return -1;
	setenv("XDG_STATE_HOME", dir, 1);
	return deck_setup(state);
}

/* The pilot may write in there until it has ended. */
static inline int
deck_teardown_apart(void **state)
{
	int rc = deck_teardown(state);
	path_remove_tree(getenv("XDG_STATE_HOME"), NULL);
	return rc;
}

static void
mask_clock(struct buf *frame)
{
	ptrdiff_t end = str_find(buf_str(frame), '\n');
	if (end >= 5 && frame->ptr[end - 3] == ':')
		memcpy(frame->ptr + end - 5, "--:--", 5);
}

static inline void
assert_frame(const char *name, int cols, int rows)
{
	const char *root = getenv("COCKPIT_TESTS");
	char *path = mem_printf("%s/frames/%s.txt", root ? root : "tests", name);
	struct buf got = BUF_INIT, want = BUF_INIT;
	if (surface_cols(view.surface) != cols || surface_rows(view.surface) != rows)
		surface_resize(view.surface, cols, rows);
	view.whole = true;
	clock_skip(noon - clock_ms());
	frame_draw(&view);
	surface_text(view.surface, false, &got);
	mask_clock(&got);
	const char *mode = getenv("FRAMES");
	if (mode && strcmp(mode, "write") == 0)
		assert_int_equal(path_write(path, buf_str(&got), 0644, NULL), 0);
	assert_int_equal(path_read(path, 1 << 20, &want, NULL), 0);
	assert_string_equal(buf_cstr(&got), buf_cstr(&want));
	/* What changed tiles alone draw is the same. */
	buf_clear(&got);
	clock_skip(noon - clock_ms());
	frame_draw(&view);
	surface_text(view.surface, false, &got);
	mask_clock(&got);
	assert_string_equal(buf_cstr(&got), buf_cstr(&want));
	buf_release(&got);
	buf_release(&want);
	mem_free(path);
}

#endif
