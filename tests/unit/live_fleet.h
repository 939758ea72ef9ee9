/*
 * live_fleet: cockpits (a fleet and its pilot) on a private tmux server, in folders of their
 * own. Header only, for the tests that need one; each has one struct live_fleet.
 */
#ifndef COCKPIT_TESTS_LIVE_FLEET_H
#define COCKPIT_TESTS_LIVE_FLEET_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_pilot.h"
#include "cockpit/term_screen.h"

#define LIVE_COCKPITS    2
#define LIVE_DEADLINE_MS 60000
#define LIVE_NAME        "live"

struct live_fleet {
	char dir[40];
	FILE *janitor;
	struct loop *loop;
	struct loop_timer *tick;
	struct cockpit {
		struct fleet *fleet;
		struct pilot *pilot;
	} cockpits[LIVE_COCKPITS];
	/* The last answer to an order. */
	int answers, code;
	struct buf text;
};

static void
live_on_tick(void *ctx)
{
	(void)ctx;
}

/* At most 20 ms. */
static inline void
live_turn(struct live_fleet *live)
{
	loop_timer_set(live->tick, 20);
	loop_turn(live->loop, true);
}

#define LIVE_UNTIL(live, cond)                                               \
	do {                                                                 \
		int64_t until_ = clock_ms() + LIVE_DEADLINE_MS;              \
		while (!(cond)) {                                            \
			if (clock_ms() > until_)                             \
				fail_msg("line %d: no %s", __LINE__, #cond); \
			live_turn(live);                                     \
		}                                                            \
	} while (0)

static inline void
live_setenv(const struct live_fleet *live, const char *variable, const char *below)
{
	char *path = mem_printf("%s/%s", live->dir, below);
	assert_int_equal(path_mkdir(path, NULL), 0);
	setenv(variable, path, 1);
	mem_free(path);
}

/* Whatever this process ends by, its server and its folder go: a shell does that when it reads
 * no more from us. What still runs there may write once more meanwhile. */
static inline FILE *
live_hire_janitor(const char *dir)
{
	/* In a session of its own: who ends us may end all that is with us. */
	char *script =
		mem_printf("exec $(command -v setsid) sh -c '"
			   "	trap \"\" HUP INT TERM\n"
			   "	while read -r line; do :; done\n"
			   "	tmux -u -f /dev/null -S $1/tmux kill-server 2>/dev/null\n"
			   "	tries=0\n"
			   "	while ! rm -rf $1 2>/dev/null && [ $tries -lt 100 ]; do\n"
			   "		tries=$((tries + 1))\n"
			   "		sleep 0.1\n"
			   "	done\n"
			   "	[ ! -e $1 ]' janitor %s",
			dir);
	FILE *janitor = popen(script, "we");
	mem_free(script);
	return janitor;
}

/* False: there is no tmux here. */
static inline bool
live_start(struct live_fleet *live)
{
	*live = (struct live_fleet){.dir = "/tmp/cockpit-live-XXXXXX"};
	if (system("command -v tmux >/dev/null 2>&1") != 0)
		return false;
	assert_non_null(mkdtemp(live->dir));
	live->janitor = live_hire_janitor(live->dir);
	assert_non_null(live->janitor);
	signal(SIGPIPE, SIG_IGN);
	text_init();
	live_setenv(live, "HOME", "home");
	live_setenv(live, "XDG_CONFIG_HOME", "home/config");
	live_setenv(live, "XDG_STATE_HOME", "home/state");
	live_setenv(live, "XDG_RUNTIME_DIR", "run");
	setenv("SHELL", "/bin/sh", 1);
	setenv("LANG", "C.UTF-8", 1);
	unsetenv("ENV");
	unsetenv("LC_ALL");
	live->loop = loop_new();
	live->tick = loop_timer_new(live->loop, live_on_tick, live);
	return true;
}

/* Runs a tmux command line on the private server; standard output into out (NULL: dropped). */
static inline int
live_tmux(const struct live_fleet *live, struct buf *out, const char *words)
{
	char *line = mem_printf("tmux -u -f /dev/null -S %s/tmux %s", live->dir, words);
	char bytes[4096];
	size_t n;
	FILE *pipe = popen(line, "r");
	assert_non_null(pipe);
	mem_free(line);
	while ((n = fread(bytes, 1, sizeof(bytes), pipe)) > 0) {
		if (out)
			buf_add(out, (struct str){bytes, n});
	}
	return pclose(pipe);
}

/* A cockpit that is attached; extra is more JSON for the file, "" or ", …". */
static inline struct cockpit *
live_open(struct live_fleet *live, int index, const char *extra)
{
	struct cockpit *cockpit = &live->cockpits[index];
	struct fleet_config *config;
	struct host_view host;
	struct err err = ERR_INIT;
	char *file = mem_printf("%s/cockpit.json", live->dir);
	char *text = mem_printf("{\"name\": \"" LIVE_NAME "\", \"hosts\": {\"local\": "
				"{\"repo\": null, \"socket\": \"%s/tmux\", \"slots\": 64}}%s}",
		live->dir, extra);
	if (fleet_config_parse(file, str_from(text), &config, &err) < 0)
		fail_msg("%s", err.text);
	mem_free(text);
	mem_free(file);
	cockpit->fleet = fleet_new(live->loop, config, FLEET_WATCH, NULL, NULL);
	cockpit->pilot = pilot_new(cockpit->fleet);
	fleet_connect(cockpit->fleet, -1);
	LIVE_UNTIL(live, (fleet_host_at(cockpit->fleet, 0, &host), host.state == HOST_READY) &&
				 fleet_settled(cockpit->fleet));
	return cockpit;
}

static inline void
live_close(struct live_fleet *live, int index)
{
	struct cockpit *cockpit = &live->cockpits[index];
	pilot_free(cockpit->pilot);
	fleet_free(cockpit->fleet);
	*cockpit = (struct cockpit){0};
}

/* For teardown: also after a failure in the middle. */
static inline void
live_stop(struct live_fleet *live)
{
	if (!live->loop)
		return;
	for (int i = 0; i < LIVE_COCKPITS; i++)
		live_close(live, i);
	loop_timer_free(live->tick);
	loop_free(live->loop);
	if (pclose(live->janitor) != 0)
		print_error("%s: left behind\n", live->dir);
	buf_release(&live->text);
	*live = (struct live_fleet){0};
}

static void
live_on_answer(void *ctx, const char *text, const struct err *err)
{
	struct live_fleet *live = ctx;
	live->answers++;
	live->code = err ? err->code : 0;
	buf_clear(&live->text);
	buf_addc(&live->text, err ? err->text : text);
}

/* Waits for the answer of the order that gave rc; its text is the result. */
static inline const char *
live_answer(struct live_fleet *live, int before)
{
	LIVE_UNTIL(live, live->answers > before);
	return buf_cstr(&live->text);
}

/* The agent as it is now. */
static inline struct agent_view
live_view(const struct cockpit *cockpit, const char *name)
{
	struct agent_view view = {0};
	if (!fleet_agent(cockpit->fleet, fleet_agent_find(cockpit->fleet, name), &view))
		fail_msg("no agent %s", name);
	return view;
}

static inline bool
live_shows(const struct cockpit *cockpit, const char *name)
{
	struct agent_view view;
	return fleet_agent(cockpit->fleet, fleet_agent_find(cockpit->fleet, name), &view) &&
	       view.present && view.synced && view.screen;
}

/* Starts argv (ends with NULL) as an agent, and waits until its screen is there. */
static inline uint32_t
live_spawn(struct live_fleet *live, struct cockpit *cockpit, const char *name,
	const char *const argv[])
{
	const struct pilot_spec spec = {.name = name, .command = argv};
	struct err err = ERR_INIT;
	int before = live->answers;
	if (pilot_spawn(cockpit->pilot, &spec, live_on_answer, live, &err) < 0)
		fail_msg("%s: %s", name, err.text);
	live_answer(live, before);
	if (live->code < 0)
		fail_msg("%s: %s", name, buf_cstr(&live->text));
	LIVE_UNTIL(live, live_shows(cockpit, name));
	return fleet_agent_find(cockpit->fleet, name);
}

static inline uint32_t
live_spawn_sh(
	struct live_fleet *live, struct cockpit *cockpit, const char *name, const char *script)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	return live_spawn(live, cockpit, name, argv);
}

/* All of its screen, a row a line. */
static inline void
live_screen_text(const struct agent_view *view, struct buf *into)
{
	for (int row = 0; row < screen_rows(view->screen); row++) {
		screen_row_text(view->screen, row, into);
		buf_byte(into, '\n');
	}
}

/* Does its screen hold that? */
static inline bool
live_reads(const struct cockpit *cockpit, const char *name, const char *text)
{
	struct buf screen = BUF_INIT;
	if (!live_shows(cockpit, name))
		return false;
	struct agent_view view = live_view(cockpit, name);
	live_screen_text(&view, &screen);
	bool found = strstr(buf_cstr(&screen), text) != NULL;
	buf_release(&screen);
	return found;
}

#endif
