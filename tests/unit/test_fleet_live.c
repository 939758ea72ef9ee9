/* SPDX-License-Identifier: MIT */
/*
 * The property that all of fleet/ is for: whatever agents print and whatever happens on the
 * way (resizing, floods, lost connections, other cockpits), once they are calm every cell of
 * every screen is what tmux says, and the cursor too.
 *
 * Every run is another one: it says its seed, and LIVE_SEED chooses it again (though not the
 * timing). LIVE_ROUNDS makes it longer, LIVE_ONLY runs one test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <poll.h>

#include "fleet/local.h"
#include "fleet/snapshot.h"
#include "live_fleet.h"

#define AGENTS 6
#define ROUNDS 5
#define SIZES  4
#define FLOODS 2
/* All of a flood must go through tmux first, which may get a tenth of a processor. */
#define CALM_DEADLINE_MS (6 * LIVE_DEADLINE_MS)
#define CHECK_MS         30000
/* Below tests/tools/noise.c's own. */
#define FLOODED 8000000

static struct live_fleet live;
static pid_t pids[AGENTS];
static int calms[AGENTS]; /* how often each has been calm */
static char names[AGENTS][16];
static uint64_t state;

static unsigned
pick(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 20) % n;
}

static int
teardown(void **ctx)
{
	(void)ctx;
	live_stop(&live);
	return 0;
}

/* What tmux has, as a screen of its own. */
static struct screen *
tmux_screen(const char *name)
{
	struct buf out = BUF_INIT, line = BUF_INIT, words = BUF_INIT, scratch = BUF_INIT;
	struct screen_snapshot snapshot;
	struct screen *ret = screen_new(80, 24, NULL, NULL);
	char *pane = mem_printf("=" LIVE_NAME ":=%s", name);
	snapshot_command(&line, pane);
	for (const char *p = buf_cstr(&line); *p; p++)
		buf_printf(&words, *p == ';' ? "\\%c" : "%c", *p);
	assert_int_equal(live_tmux(&live, &out, buf_cstr(&words)), 0);
	if (!snapshot_parse(buf_str(&out), &scratch, &snapshot))
		fail_msg("%s", buf_cstr(&out));
	screen_restore(ret, &snapshot);
	mem_free(pane);
	buf_release(&out);
	buf_release(&line);
	buf_release(&words);
	buf_release(&scratch);
	return ret;
}

static bool
is_blank(const struct cell *cell)
{
	return (cell->text == 0 || cell->text == ' ') && cell->width == 1 && cell->attr == 0;
}

/* tmux tells nothing of the cells behind the last one that was written in a row. */
static int
told(const struct screen *theirs, int row)
{
	const struct cell *cells = screen_row(theirs, row);
	int end = screen_cols(theirs);
	while (end > 0 && is_blank(&cells[end - 1]) && cells[end - 1].bg == CELL_DEFAULT)
		end--;
	return end;
}

static void
add_row(const struct screen *screen, int row, int end, struct buf *into)
{
	const struct cell *cells = screen_row(screen, row);
	struct cell before = {0};
	int cols = screen_cols(screen);
	while (cols > end && is_blank(&cells[cols - 1]))
		cols--;
	for (int x = 0; x < cols; x++) {
		char tmp[4];
		struct str text = screen_text(screen, cells[x].text, tmp);
		if (cells[x].fg != before.fg || cells[x].bg != before.bg ||
			cells[x].attr != before.attr)
			buf_printf(into, "<%x %x %x>", cells[x].fg, cells[x].bg, cells[x].attr);
		before = cells[x];
		if (cells[x].width > 0)
			buf_add(into, text.len ? text : STR(" "));
	}
	buf_byte(into, '\n');
}

/* Size, cursor, all cells with their colours; theirs says how far the rows are told. */
static void
add_screen(const struct screen *screen, const struct screen *theirs, struct buf *into)
{
	int x, y;
	screen_cursor(screen, &x, &y);
	buf_printf(into, "%dx%d %d,%d\n", screen_cols(screen), screen_rows(screen), x, y);
	for (int row = 0; row < screen_rows(screen); row++)
		add_row(screen, row, row < screen_rows(theirs) ? told(theirs, row) : 0, into);
}

/* Equal now? If not, and loud, both are shown. */
static bool
is_true(const struct cockpit *cockpit, const char *name, bool loud)
{
	struct buf want = BUF_INIT, got = BUF_INIT;
	bool equal = false;
	if (live_shows(cockpit, name)) {
		struct screen *theirs = tmux_screen(name);
		add_screen(theirs, theirs, &want);
		add_screen(live_view(cockpit, name).screen, theirs, &got);
		equal = str_eq(buf_str(&want), buf_str(&got));
		screen_free(theirs);
	}
	if (!equal && loud) {
		struct agent_view view = live_view(cockpit, name);
		print_error("%s: tmux has\n%swe have\n%spresent %d, link %d, synced %d\n", name,
			buf_cstr(&want), buf_cstr(&got), view.present, view.link, view.synced);
		const struct agent *agent = fleet_agent_by_id(cockpit->fleet, view.id);
		print_error("sync %u, attention %u, flooded %d, pictures %u of %u, pauses %u "
			    "of %u, "
			    "missed %d\n",
			agent->sync, agent->attention, agent->flooded, agent->answered,
			agent->asked, agent->paused, agent->pauses, agent->missed);
	}
	buf_release(&want);
	buf_release(&got);
	return equal;
}

static void
check_true(const struct cockpit *cockpit, const char *name, const char *when)
{
	int64_t until = clock_ms() + CHECK_MS;
	while (!is_true(cockpit, name, false)) {
		if (clock_ms() > until && !is_true(cockpit, name, true))
			fail_msg("%s: not what tmux has, %s", name, when);
		live_turn(&live);
	}
}

/* build/VARIANT/tools/noise, beside build/VARIANT/tests. */
static char *
noise_path(void)
{
	char *self, *dir, *up, *ret;
	assert_int_equal(path_real("/proc/self/exe", &self, NULL), 0);
	dir = path_dir(self);
	up = path_dir(dir);
	ret = path_join(up, "tools/noise");
	mem_free(self);
	mem_free(dir);
	mem_free(up);
	return ret;
}

static bool
is_calm(int i)
{
	char *file = mem_printf("%s/calm%d", live.dir, i);
	struct buf text = BUF_INIT;
	int count = -1;
	path_read(file, 64, &text, NULL);
	bool told = str_to_int(str_trim(buf_str(&text)), 0, 10000, &count);
	mem_free(file);
	buf_release(&text);
	return told && count == calms[i];
}

static void
spawn_noise(struct cockpit *cockpit, int i)
{
	char *noise = noise_path();
	char *file = mem_printf("%s/calm%d", live.dir, i);
	char seed[24];
	struct buf out = BUF_INIT;
	snprintf(names[i], sizeof(names[i]), "n%d", i);
	snprintf(seed, sizeof(seed), "%u", pick(1000000));
	const char *const argv[] = {noise, seed, file, NULL};
	live_spawn(&live, cockpit, names[i], argv);
	char *words = mem_printf(
		"display-message -p -t '=" LIVE_NAME ":=%s' '#{pane_pid}'", names[i]);
	assert_int_equal(live_tmux(&live, &out, words), 0);
	pids[i] = (pid_t)atoi(buf_cstr(&out));
	assert_true(pids[i] > 1);
	calms[i] = 0;
	LIVE_UNTIL(&live, is_calm(i));
	mem_free(words);
	mem_free(noise);
	mem_free(file);
	buf_release(&out);
}

static void
signal_agent(int i, int signum)
{
	assert_int_equal(kill(pids[i], signum), 0);
	calms[i] += signum == SIGUSR1;
}

static void
on_history(void *ctx, int status, const struct agent_past *past)
{
	(void)past;
	assert_true(status <= 0);
	++*(int *)ctx;
}

static void
resize(const struct cockpit *cockpit, int i, int cols, int rows)
{
	pilot_resize(cockpit->pilot, fleet_agent_find(cockpit->fleet, names[i]), cols, rows);
}

/* From the smallest that a screen can have up to large ones. */
static void
pick_size(int *ret_cols, int *ret_rows)
{
	static const struct {
		unsigned cols, rows;
	} most[] = {
		{12,  6 },
		{60,  30},
		{140, 50},
		{140, 50},
		{400, 90},
	};
	size_t kind = pick(sizeof(most) / sizeof(most[0]));
	*ret_cols = SCREEN_MIN_COLS + (int)pick(most[kind].cols);
	*ret_rows = 1 + (int)pick(most[kind].rows);
}

static void
resize_somehow(const struct cockpit *cockpit, int i)
{
	int cols, rows;
	pick_size(&cols, &rows);
	resize(cockpit, i, cols, rows);
}

static void
attend(const struct cockpit *cockpit, int i, enum pilot_attention attention)
{
	pilot_attend(cockpit->pilot, fleet_agent_find(cockpit->fleet, names[i]), attention);
}

static void
kill_client(void)
{
	struct buf out = BUF_INIT;
	assert_int_equal(live_tmux(&live, &out, "list-clients -F '#{client_pid}'"), 0);
	pid_t pid = (pid_t)atoi(buf_cstr(&out));
	if (pid > 1)
		kill(pid, SIGKILL);
	buf_release(&out);
}

/* A while of trouble. */
static void
rumble(struct cockpit *cockpit, int round, int *histories)
{
	int64_t now = clock_ms(), until = now + 1500, next = now, trouble = now + 700;
	while (now < until) {
		live_turn(&live);
		now = clock_ms();
		if (now < next)
			continue;
		next = now + 10 + pick(60);
		int i = (int)pick(AGENTS);
		if (pick(3) == 0)
			*histories -= pilot_history(cockpit->pilot,
					      fleet_agent_find(cockpit->fleet, names[i]),
					      -(int)pick(200), 10, on_history, histories) == 0;
		else
			resize_somehow(cockpit, i);
		if (pick(8) == 0)
			attend(cockpit, (int)pick(AGENTS), (enum pilot_attention)pick(3));
		if (now < trouble)
			continue;
		trouble = INT64_MAX;
		if (round % 3 == 0) {
			for (int k = 0; k < FLOODS; k++)
				signal_agent((round + k) % AGENTS, SIGUSR2);
		} else if (round % 3 == 1) {
			kill_client();
		} else {
			live_close(&live, 0);
			live_open(&live, 0, "");
			until = clock_ms() + 500;
		}
	}
}

static int
calm_count(void)
{
	int count = 0;
	for (int i = 0; i < AGENTS; i++)
		count += is_calm(i);
	return count;
}

/* All of them at one other size. */
static void
check_size(struct cockpit *cockpit)
{
	int cols, rows;
	pick_size(&cols, &rows);
	for (int i = 0; i < AGENTS; i++)
		resize(cockpit, i, cols, rows);
	for (int i = 0; i < AGENTS; i++) {
		LIVE_UNTIL(&live, (live_view(cockpit, names[i]).cols == cols &&
					  live_view(cockpit, names[i]).rows == rows));
		check_true(cockpit, names[i], "at another size");
		struct agent_view view = live_view(cockpit, names[i]);
		assert_int_equal(screen_cols(view.screen), cols);
		assert_int_equal(screen_rows(view.screen), rows);
	}
}

static void
test_screens_are_true(void **ctx)
{
	const char *rounds = getenv("LIVE_ROUNDS"), *text = getenv("LIVE_SEED");
	unsigned seed = text ? (unsigned)strtoul(text, NULL, 10) : (unsigned)clock_wall();
	int histories = 0;
	(void)ctx;
	if (!live_start(&live))
		skip();
	print_message("LIVE_SEED=%u\n", seed);
	state = 0x9e3779b97f4a7c15u * (seed + 1u);
	struct cockpit *cockpit = live_open(&live, 0, "");
	for (int i = 0; i < AGENTS; i++)
		spawn_noise(cockpit, i);
	for (int round = 0; round < (rounds ? atoi(rounds) : ROUNDS); round++) {
		rumble(cockpit, round, &histories);
		for (int i = 0; i < AGENTS; i++) {
			attend(cockpit, i, pick(3) ? PILOT_SHOWN : PILOT_FOCUSED);
			signal_agent(i, SIGUSR1);
		}
		/* The last pieces come while sizes change. */
		int last = -1;
		int64_t until = clock_ms() + CALM_DEADLINE_MS;
		while (last < AGENTS) {
			last = calm_count();
			if (last < AGENTS && pick(4) == 0)
				resize_somehow(cockpit, (int)pick(AGENTS));
			live_turn(&live);
			if (clock_ms() > until)
				fail_msg("round %d: the agents never got calm", round);
		}
		for (int i = 0; i < AGENTS; i++)
			check_true(cockpit, names[i], "as they got calm");
		for (int k = 0; k < SIZES; k++)
			check_size(cockpit);
		for (int i = 0; i < AGENTS; i++)
			signal_agent(i, SIGALRM);
	}
	/* Every question got its answer, even from a connection that went. */
	if (rounds == NULL)
		LIVE_UNTIL(&live, histories == 0);
}

/* tmux pauses a pane for a cockpit that does not keep up, and what was queued is gone. */
static void
test_19_slow_reader(void **ctx)
{
	(void)ctx;
	if (!live_start(&live))
		skip();
	state = 1;
	struct cockpit *cockpit = live_open(&live, 0, "");
	spawn_noise(cockpit, 0);
	uint64_t before = live_view(cockpit, names[0]).bytes;
	signal_agent(0, SIGUSR2);
	poll(NULL, 0, 2500); /* this is the slow reader */
	signal_agent(0, SIGUSR1);
	LIVE_UNTIL(&live, is_calm(0));
	check_true(cockpit, names[0], "after a pause");
	assert_true(live_view(cockpit, names[0]).bytes < before + FLOODED);
}

static bool
says(const struct cockpit *cockpit, const char *name, enum agent_state want, const char *detail)
{
	struct agent_view view = live_view(cockpit, name);
	return view.verdict.state == want && strcmp(view.verdict.source, "process") == 0 &&
	       strcmp(view.verdict.detail, detail) == 0;
}

static void
test_endings(void **ctx)
{
	(void)ctx;
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0, "");
	uint32_t id = live_spawn_sh(&live, cockpit, "three", "echo last words; exit 3");
	live_spawn_sh(&live, cockpit, "zero", "exit 0");
	live_spawn_sh(&live, cockpit, "killed", "kill -9 $$");
	live_spawn_sh(&live, cockpit, "window", "exec sleep 100");
	LIVE_UNTIL(&live, says(cockpit, "three", AGENT_FAILED, "exit 3"));
	LIVE_UNTIL(&live, says(cockpit, "zero", AGENT_ENDED, "exit 0"));
	LIVE_UNTIL(&live, says(cockpit, "killed", AGENT_FAILED, "signal 9"));
	LIVE_UNTIL(&live, live_reads(cockpit, "three", "last words"));
	check_true(cockpit, "three", "after its end");

	live_tmux(&live, NULL, "kill-window -t '=" LIVE_NAME ":=window'");
	LIVE_UNTIL(&live, !live_view(cockpit, "window").present);
	assert_int_equal(live_view(cockpit, "window").verdict.state, AGENT_DOWN);
	assert_null(live_view(cockpit, "window").screen);

	/* What has ended is seen by a cockpit that comes later, too. */
	struct cockpit *late = live_open(&live, 1, "");
	LIVE_UNTIL(&live, says(late, "three", AGENT_FAILED, "exit 3"));
	assert_true(live_reads(late, "three", "last words"));

	assert_int_equal(fleet_agent_find(cockpit->fleet, "three"), id);
	char *before = mem_strdup(live_view(cockpit, "three").uid);
	assert_int_equal(pilot_restart(cockpit->pilot, id), 0);
	/* Another start is told from the one before, so that nothing meant for that reaches it.
	 */
	LIVE_UNTIL(&live, strcmp(live_view(cockpit, "three").uid, before) != 0);
	mem_free(before);
	LIVE_UNTIL(&live, says(cockpit, "three", AGENT_FAILED, "exit 3"));
	check_true(cockpit, "three", "after its second end");
}

/* A respawned agent runs on: its old end is no news of it. */
static void
test_respawn(void **ctx)
{
	(void)ctx;
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0, "");
	uint32_t id = live_spawn_sh(&live, cockpit, "again",
		"if [ -e ~/flag ]; then echo second life; exec sleep 100; fi\n"
		"touch ~/flag; exit 5");
	struct cockpit *other = live_open(&live, 1, "");
	LIVE_UNTIL(&live, says(cockpit, "again", AGENT_FAILED, "exit 5"));
	LIVE_UNTIL(&live, says(other, "again", AGENT_FAILED, "exit 5"));
	assert_int_equal(pilot_restart(cockpit->pilot, id), 0);
	LIVE_UNTIL(&live, live_reads(cockpit, "again", "second life"));
	LIVE_UNTIL(&live, live_reads(other, "again", "second life"));
	check_true(cockpit, "again", "in its second life");
	check_true(other, "again", "in its second life");
	LIVE_UNTIL(&live, live_view(other, "again").verdict.state != AGENT_FAILED);
	/* The subscription tells once a second: none of its next two may bring the end back. */
	int64_t until = clock_ms() + 2500;
	while (clock_ms() < until) {
		live_turn(&live);
		assert_int_not_equal(live_view(cockpit, "again").verdict.state, AGENT_FAILED);
	}
}

static bool
is_restarting(void)
{
	struct buf out = BUF_INIT;
	live_tmux(&live, &out, "list-panes -a -F 'at #{@cockpit_restarting}'");
	bool is = str_find_str(buf_str(&out), STR("at 1")) >= 0;
	buf_release(&out);
	return is;
}

/* Who wanted a restart goes while the old process is waited for: the next one comes all the
 * same. A mark that nobody took back hides no end. */
static void
test_restart_left(void **ctx)
{
	static const char script[] = "trap '' HUP; echo here; while :; do sleep 100; done";
	struct err err = ERR_INIT;
	(void)ctx;
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0, "");
	uint32_t id = live_spawn_sh(&live, cockpit, "deaf", script);
	LIVE_UNTIL(&live, live_reads(cockpit, "deaf", "here"));
	char *before = mem_strdup(live_view(cockpit, "deaf").uid);
	assert_int_equal(
		pilot_restart_running(cockpit->pilot, id, live_on_answer, &live, &err), 0);
	LIVE_UNTIL(&live, is_restarting());
	live_close(&live, 0);
	cockpit = live_open(&live, 1, "");
	LIVE_UNTIL(&live, live_shows(cockpit, "deaf") &&
				  strcmp(live_view(cockpit, "deaf").uid, before) != 0);
	mem_free(before);
	LIVE_UNTIL(&live, !is_restarting());
	LIVE_UNTIL(&live, live_reads(cockpit, "deaf", "here"));
	live_tmux(&live, NULL, "set-option -p -t '=" LIVE_NAME ":=deaf' @cockpit_restarting 1");
	live_tmux(
		&live, NULL, "run-shell -t '=" LIVE_NAME ":=deaf' 'kill -s KILL #{pane_pid}'");
	LIVE_UNTIL(&live, says(cockpit, "deaf", AGENT_FAILED, "signal 9"));
}

static void
test_title(void **ctx)
{
	(void)ctx;
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0, "");
	live_spawn_sh(&live, cockpit, "t",
		"printf '\\033]2;first\\007'; read x; printf '\\033]2;⠋ second\\007'; exec "
		"cat");
	LIVE_UNTIL(&live, strcmp(live_view(cockpit, "t").title, "first") == 0);
	live_tmux(&live, NULL, "send-keys -t '=" LIVE_NAME ":=t' Enter");
	LIVE_UNTIL(&live, strcmp(live_view(cockpit, "t").title, "⠋ second") == 0);
	assert_string_equal(live_view(cockpit, "t").verdict.source, "title");
	assert_int_equal(live_view(cockpit, "t").verdict.state, AGENT_WORKING);
	live_tmux(&live, NULL, "select-pane -t '=" LIVE_NAME ":=t' -T 'third one'");
	LIVE_UNTIL(&live, strcmp(live_view(cockpit, "t").title, "third one") == 0);
}

/* Two cockpits that want different sizes: the last one has it, and both see the truth. */
static void
test_two_cockpits(void **ctx)
{
	struct host_view host;
	(void)ctx;
	if (!live_start(&live))
		skip();
	state = 7;
	struct cockpit *a = live_open(&live, 0, ""), *b = live_open(&live, 1, "");
	for (int i = 0; i < 3; i++)
		spawn_noise(a, i);
	LIVE_UNTIL(&live, live_shows(b, names[2]));
	LIVE_UNTIL(&live, (fleet_host_at(a->fleet, 0, &host), host.others == 1));
	int64_t until = clock_ms() + 2000;
	while (clock_ms() < until) {
		live_turn(&live);
		if (pick(4) == 0)
			resize(pick(2) ? a : b, (int)pick(3), 20 + (int)pick(100),
				5 + (int)pick(40));
	}
	for (int i = 0; i < 3; i++)
		signal_agent(i, SIGUSR1);
	for (int i = 0; i < 3; i++)
		LIVE_UNTIL(&live, is_calm(i));
	for (int i = 0; i < 3; i++) {
		check_true(a, names[i], "in the first cockpit");
		check_true(b, names[i], "in the second cockpit");
	}
	resize(a, 0, 91, 31);
	LIVE_UNTIL(&live, live_view(b, names[0]).cols == 91);
	check_true(b, names[0], "resized by the other");
	check_true(a, names[0], "resized");
	live_close(&live, 1);
	LIVE_UNTIL(&live, (fleet_host_at(a->fleet, 0, &host), host.others == 0));
}

/* A window that somebody has split: the agent's pane is smaller than it. */
static void
test_split_window(void **ctx)
{
	(void)ctx;
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0, "");
	live_spawn_sh(&live, cockpit, "s", "echo here; exec cat");
	LIVE_UNTIL(&live, live_reads(cockpit, "s", "here"));
	live_tmux(&live, NULL, "split-window -d -t '=" LIVE_NAME ":=s' 'exec sleep 100'");
	LIVE_UNTIL(&live, screen_rows(live_view(cockpit, "s").screen) == 12);
	check_true(cockpit, "s", "split");
	/* It comes to rest: one true screen, not one picture after the other. */
	uint64_t version = screen_version(live_view(cockpit, "s").screen);
	int64_t until = clock_ms() + 300;
	while (clock_ms() < until)
		live_turn(&live);
	assert_int_equal(screen_version(live_view(cockpit, "s").screen), version);
}

/*
 * What an agent did before we looked, and no picture tells: it is guessed, and what is drawn
 * on a wrong guess is right as soon as the agent is calm.
 */
static void
test_unseen(void **ctx)
{
	static const struct {
		const char *name, *before, *after, *reads;
	} rows[] = {
		{"pen",     "\\033[1;31mred\\n",                         "word\\n",            "word"        },
		{"charset", "\\033(0\\n",                                "qqqq\\n",            "────"},
		{"saved",   "\\033[3;5H\\0337\\033[6;1H",                "\\0338word",         "word"        },
		{"tabs",    "\\033[3g\\033[1;4H\\033H\\r",               "\\tx\\033[2;1Hword", "word"        },
		{"kept",    "\\033[3;9H\\033[?1049h\\033[?1049l\\033[H", "\\033[?1049lword",
                 "word"										      },
		{"open",    "\\033[4;4H\\033[1",                         ";1Hword",            "word"        },
		{"wrapped", "\\033[?7h%0100d\\033[2;1H",                 "\\bword",            "ord"         },
	};
	(void)ctx;
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0, "");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *script = mem_printf("stty raw -echo; printf '\\033]2;done\\a%s'; read x; "
					  "printf '%s'; exec cat",
			rows[i].before, rows[i].after);
		live_spawn_sh(&live, cockpit, rows[i].name, script);
		mem_free(script);
		LIVE_UNTIL(&live, strcmp(live_view(cockpit, rows[i].name).title, "done") == 0);
	}
	struct cockpit *late = live_open(&live, 1, "");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		LIVE_UNTIL(&live, live_shows(late, rows[i].name));
		char *words = mem_printf("send-keys -t '=" LIVE_NAME ":=%s' C-j", rows[i].name);
		live_tmux(&live, NULL, words);
		mem_free(words);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		LIVE_UNTIL(&live, live_reads(late, rows[i].name, rows[i].reads));
		check_true(late, rows[i].name, "after what nobody saw");
		check_true(cockpit, rows[i].name, "after what was seen");
	}
}

static bool
signals(const struct cockpit *cockpit, const char *name, enum agent_state want)
{
	struct agent_view view = live_view(cockpit, name);
	return view.verdict.state == want && strcmp(view.verdict.source, "signal") == 0;
}

/* What stood only until it was taken back may have been, while nobody listened. */
static void
test_signs_of_before(void **ctx)
{
	(void)ctx;
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0, "");
	live_spawn_sh(
		&live, cockpit, "works", "printf '\\033]7501;state=working\\007'; exec cat");
	live_spawn_sh(
		&live, cockpit, "asks", "printf '\\033]7501;state=blocked\\007'; exec cat");
	LIVE_UNTIL(&live, signals(cockpit, "works", AGENT_WORKING));
	LIVE_UNTIL(&live, signals(cockpit, "asks", AGENT_ASKS));
	kill_client();
	LIVE_UNTIL(&live, live_view(cockpit, "works").verdict.state != AGENT_WORKING);
	LIVE_UNTIL(
		&live, live_view(cockpit, "works").synced && live_view(cockpit, "asks").synced);
	assert_true(signals(cockpit, "asks", AGENT_ASKS));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_screens_are_true, teardown),
		cmocka_unit_test_teardown(test_19_slow_reader, teardown),
		cmocka_unit_test_teardown(test_endings, teardown),
		cmocka_unit_test_teardown(test_respawn, teardown),
		cmocka_unit_test_teardown(test_restart_left, teardown),
		cmocka_unit_test_teardown(test_title, teardown),
		cmocka_unit_test_teardown(test_two_cockpits, teardown),
		cmocka_unit_test_teardown(test_split_window, teardown),
		cmocka_unit_test_teardown(test_unseen, teardown),
		cmocka_unit_test_teardown(test_signs_of_before, teardown),
	};
	cmocka_set_test_filter(getenv("LIVE_ONLY"));
	return cmocka_run_group_tests_name("fleet_live", tests, NULL, NULL);
}
