/* SPDX-License-Identifier: MIT */
/* What a pilot makes the agents of a real tmux do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "live_fleet.h"
#include "orch/local.h"

static struct live_fleet live;

static int
teardown(void **state)
{
	(void)state;
	live_stop(&live);
	return 0;
}

static int
count(struct str text, const char *needle)
{
	int found = 0;
	for (ptrdiff_t at; (at = str_find_str(text, str_from(needle))) >= 0; found++)
		text = str_slice(text, (size_t)at + 1, text.len);
	return found;
}

/* The file that an agent wrote in its home. */
static struct str
read_home(const char *name, struct buf *into)
{
	char *file = mem_printf("%s/home/%s", live.dir, name);
	buf_clear(into);
	path_read(file, 1 << 20, into, NULL);
	mem_free(file);
	return buf_str(into);
}

static bool
file_is(const char *name, const char *want)
{
	struct buf text = BUF_INIT;
	bool same = str_eqc(read_home(name, &text), want);
	buf_release(&text);
	return same;
}

/* Sends and waits; the code of the answer, also when it was refused at once. */
static int
deliver(const struct cockpit *cockpit, const char *agent, struct str text)
{
	struct err err = ERR_INIT;
	int before = live.answers;
	uint32_t id = fleet_agent_find(cockpit->fleet, agent);
	int rc = pilot_send(cockpit->pilot, id, text, NULL, live_on_answer, &live, &err);
	if (rc < 0) {
		buf_clear(&live.text);
		buf_addc(&live.text, err.text);
		return rc;
	}
	live_answer(&live, before);
	return live.code;
}

/* An agent that takes pastes (2004) and writes down so many bytes of what comes. */
static void
spawn_echo(struct cockpit *cockpit, const char *name, size_t bytes)
{
	char *script = mem_printf("cd; printf '\\033[?2004h'; stty raw -echo; printf ready; "
				  "dd bs=1 count=%zu of=%s.part 2>/dev/null; mv %s.part %s; "
				  "printf 'got it'; exec sleep 100",
		bytes, name, name, name);
	live_spawn_sh(&live, cockpit, name, script);
	LIVE_UNTIL(&live, live_reads(cockpit, name, "ready"));
	mem_free(script);
}

struct sent {
	bool over;
	int code;
	char text[80];
};

static void
on_sent(void *ctx, const char *text, const struct err *err)
{
	struct sent *sent = ctx;
	assert_false(sent->over);
	sent->over = true;
	sent->code = err ? err->code : 0;
	snprintf(sent->text, sizeof(sent->text), "%.79s", err ? err->text : text);
}

/* Each to an agent of its own, all at the same time. */
static void
test_24_arrives_once(void **state)
{
	const struct {
		const char *name;
		struct str text;
		const char *want;
	} rows[] = {
		{"plain",  STR("fix it"),                     "\033[200~fix it\033[201~\r"      },
		{"lines",  STR("one\ntwo\r\n\tthree\n"),
                 "\033[200~one\ntwo\n\tthree\033[201~\r"                                        },
		{"bytes",  STR("a\033[201~b\001c\233d\177e"), NULL                              },
		{"quotes", STR("\"$(id)\" ; '#{pid}' \\ ~"),  NULL                              },
		{"dash",   STR("-x"),                         "\033[200~-x\033[201~\r"          },
		{"utf8",   STR("日本語 é"),               "\033[200~日本語 é\033[201~\r"},
	};
	(void)state;
	if (!live_start(&live))
		skip();
	enum { COUNT = sizeof(rows) / sizeof(rows[0]) };
	struct cockpit *cockpit = live_open(&live, 0, "");
	struct sent sent[COUNT] = {{false}};
	struct buf want[COUNT];
	struct err err = ERR_INIT;
	for (size_t i = 0; i < COUNT; i++) {
		want[i] = BUF_INIT;
		if (rows[i].want) {
			buf_addc(&want[i], rows[i].want);
		} else {
			buf_addc(&want[i], "\033[200~");
			text_typable(&want[i], rows[i].text);
			buf_addc(&want[i], "\033[201~\r");
		}
		spawn_echo(cockpit, rows[i].name, want[i].len);
	}
	for (size_t i = 0; i < COUNT; i++) {
		uint32_t id = fleet_agent_find(cockpit->fleet, rows[i].name);
		if (pilot_send(cockpit->pilot, id, rows[i].text, NULL, on_sent, &sent[i],
			    &err) < 0)
			fail_msg("%s: %s", rows[i].name, err.text);
	}
	for (size_t i = 0; i < COUNT; i++) {
		LIVE_UNTIL(&live, sent[i].over);
		assert_string_equal(sent[i].text, "sent");
		assert_int_equal(sent[i].code, 0);
		LIVE_UNTIL(&live, live_reads(cockpit, rows[i].name, "got it"));
		if (!file_is(rows[i].name, buf_cstr(&want[i])))
			fail_msg("%s: something else arrived", rows[i].name);
		buf_release(&want[i]);
	}
}

/* More than one chunk, and nothing of it twice: the agent counts what came. */
static void
test_long_prompt(void **state)
{
	struct buf text = BUF_INIT, got = BUF_INIT;
	(void)state;
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0, "");
	for (int i = 0; i < 3000; i++)
		buf_printf(&text, "%04d 端末 ", i);
	text.len--;
	spawn_echo(cockpit, "long", text.len + 13);
	assert_int_equal(deliver(cockpit, "long", buf_str(&text)), 0);
	LIVE_UNTIL(&live, live_reads(cockpit, "long", "got it"));
	struct str all = read_home("long", &got);
	assert_int_equal(all.len, text.len + 13);
	assert_true(str_eq(str_slice(all, 6, 6 + text.len), buf_str(&text)));
	assert_int_equal(count(all, "\033[201~"), 1);
	buf_release(&text);
	buf_release(&got);
}

static int
deliver_as(const struct cockpit *cockpit, const char *agent, const char *id, const char *text)
{
	const struct pilot_send_options options = {.id = id};
	struct err err = ERR_INIT;
	int before = live.answers;
	int rc = pilot_send(cockpit->pilot, fleet_agent_find(cockpit->fleet, agent),
		str_from(text), &options, live_on_answer, &live, &err);
	if (rc == 0)
		live_answer(&live, before);
	return rc < 0 ? rc : live.code;
}

/* The pane knows the id, whoever comes with it. */
static void
test_23_same_id(void **state)
{
	(void)state;
	if (!live_start(&live))
		skip();
	struct cockpit *one = live_open(&live, 0, "");
	live_spawn_sh(&live, one, "cat", "stty -echo; printf ready; exec cat");
	LIVE_UNTIL(&live, live_reads(one, "cat", "ready"));
	struct cockpit *two = live_open(&live, 1, "");
	LIVE_UNTIL(&live, live_reads(two, "cat", "ready"));
	assert_int_equal(deliver_as(one, "cat", "p1", "first"), 0);
	assert_int_equal(deliver_as(one, "cat", "p1", "first"), 0);
	assert_int_equal(deliver_as(two, "cat", "p1", "first"), 0);
	assert_int_equal(deliver_as(two, "cat", "p2", "second"), 0);
	assert_int_equal(deliver_as(one, "cat", "p 2", "third"), ERR_INVALID);
	assert_int_equal(deliver_as(one, "cat", "-p", "third"), ERR_INVALID);
	LIVE_UNTIL(&live, live_reads(one, "cat", "readyfirst\nsecond\n"));
	assert_false(live_reads(one, "cat", "third"));
}

/* What the pane alone knows, it says at the moment of the paste. */
static void
test_refused_by_the_pane(void **state)
{
	static const struct {
		const char *before, *option, *after, *over, *words;
	} rows[] = {
		{"set-option -p", "@cockpit_ask 1",        "set-option -p -u", "@cockpit_ask",
                 "asks something"										 },
		{"copy-mode",     "",                      "send-keys",        "-X cancel",    "is being scrolled"},
		{"set-option -p", "@cockpit_id elsewhere", NULL,               NULL,           "started anew"     },
	};
	(void)state;
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0, "");
	live_spawn_sh(&live, cockpit, "cat", "stty -echo; printf ready; exec cat");
	LIVE_UNTIL(&live, live_reads(cockpit, "cat", "ready"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf line = BUF_INIT;
		buf_printf(&line, "%s -t '=" LIVE_NAME ":=cat' %s", rows[i].before,
			rows[i].option);
		assert_int_equal(live_tmux(&live, NULL, buf_cstr(&line)), 0);
		assert_int_equal(deliver(cockpit, "cat", STR("not now")), ERR_INVALID);
		assert_non_null(strstr(buf_cstr(&live.text), rows[i].words));
		buf_clear(&line);
		if (rows[i].after)
			buf_printf(&line, "%s -t '=" LIVE_NAME ":=cat' %s", rows[i].after,
				rows[i].over);
		if (line.len > 0)
			assert_int_equal(live_tmux(&live, NULL, buf_cstr(&line)), 0);
		buf_release(&line);
	}
	assert_false(live_reads(cockpit, "cat", "not now"));
	struct buf left = BUF_INIT;
	live_tmux(&live, &left, "list-buffers");
	assert_string_equal(buf_cstr(&left), "");
	buf_release(&left);
}

static void
test_stalled(void **state)
{
	(void)state;
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0, "");
	live_spawn_sh(&live, cockpit, "mute", "stty -echo; printf ready; exec sleep 100");
	LIVE_UNTIL(&live, live_reads(cockpit, "mute", "ready"));
	struct sent sent = {false};
	struct err err = ERR_INIT;
	assert_int_equal(pilot_send(cockpit->pilot, fleet_agent_find(cockpit->fleet, "mute"),
				 STR("anybody there?"), NULL, on_sent, &sent, &err),
		0);
	/* The clock goes faster than the agent does nothing. */
	for (int64_t from = clock_ms(); !sent.over;) {
		assert_true(clock_ms() - from < LIVE_DEADLINE_MS);
		clock_skip(60);
		live_turn(&live);
	}
	assert_int_equal(sent.code, ERR_TIMEOUT);
	assert_non_null(strstr(sent.text, "stalled: "));
}

static void
test_refused(void **state)
{
	struct err err = ERR_INIT;
	(void)state;
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0,
		", \"agents\": [{\"name\": \"declared\", \"host\": \"local\", \"command\": "
		"[\"cat\"]}]");
	live_spawn_sh(&live, cockpit, "over", "exit 3");
	live_spawn_sh(&live, cockpit, "asks",
		"read x; printf '\\033]7501;state=blocked:app=x:kind=permission\\007'; exec "
		"cat");
	live_tmux(&live, NULL, "send-keys -t '=" LIVE_NAME ":=asks' Enter");
	LIVE_UNTIL(&live, live_view(cockpit, "over").verdict.state == AGENT_FAILED);
	LIVE_UNTIL(&live, live_view(cockpit, "asks").verdict.state == AGENT_ASKS);
	assert_int_equal(deliver(cockpit, "over", STR("go on")), ERR_INVALID);
	assert_non_null(strstr(buf_cstr(&live.text), "exit 3"));
	assert_int_equal(deliver(cockpit, "asks", STR("yes")), ERR_INVALID);
	assert_non_null(strstr(buf_cstr(&live.text), "asks something"));
	assert_int_equal(deliver(cockpit, "declared", STR("hello")), ERR_NOT_FOUND);
	assert_int_equal(deliver(cockpit, "nobody", STR("hello")), ERR_NOT_FOUND);
	/* The operator's own key is the answer; then prompts are taken again. */
	uint32_t asks = fleet_agent_find(cockpit->fleet, "asks");
	int64_t asked_at = live_view(cockpit, "asks").verdict.since;
	LIVE_UNTIL(&live, clock_ms() > asked_at);
	assert_int_equal(pilot_key(cockpit->pilot, asks, (struct key){.code = 'y'}), 0);
	assert_int_not_equal(live_view(cockpit, "asks").verdict.state, AGENT_ASKS);

	live_spawn_sh(&live, cockpit, "cat", "printf ready; exec cat");
	LIVE_UNTIL(&live, live_reads(cockpit, "cat", "ready"));
	uint32_t cat = fleet_agent_find(cockpit->fleet, "cat");
	const struct str empty[] = {
		STR(""),
		STR(" \n\t\r\n"),
	};
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(deliver(cockpit, "cat", empty[i]), ERR_INVALID);
	int before = live.answers;
	assert_int_equal(pilot_send(cockpit->pilot, cat, STR("first"), NULL, live_on_answer,
				 &live, &err),
		0);
	assert_int_equal(pilot_send(cockpit->pilot, cat, STR("second"), NULL, live_on_answer,
				 &live, &err),
		ERR_EXISTS);
	live_answer(&live, before);
	assert_int_equal(live.code, 0);
	assert_int_equal(live.answers, before + 1);
	/* cat's terminal echoes it, then cat does. */
	LIVE_UNTIL(&live, live_reads(cockpit, "cat", "readyfirst\nfirst\n"));
	assert_false(live_reads(cockpit, "cat", "second"));
}

/* An agent that prints without end moves, whatever way its screen comes to us. */
static void
test_flooding_agent_moves(void **state)
{
	(void)state;
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0, "");
	live_spawn_sh(&live, cockpit, "loud",
		"i=0; while [ $i -lt 20000000 ]; do i=$((i + 1)); echo line $i of a lot; done");
	int64_t until = clock_ms() + 1500;
	while (clock_ms() < until)
		live_turn(&live);
	assert_int_equal(deliver(cockpit, "loud", STR("hush")), 0);
}

static void
on_never(void *ctx, const char *text, const struct err *err)
{
	(void)ctx;
	(void)text;
	(void)err;
	fail_msg("a pilot that is gone called back");
}

static void
test_pilot_goes_first(void **state)
{
	struct err err = ERR_INIT;
	const char *const argv[] = {"cat", NULL};
	const struct pilot_spec spec = {.name = "late", .command = argv};
	(void)state;
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0, "");
	uint32_t id = live_spawn_sh(&live, cockpit, "cat", "printf ready; exec cat");
	assert_int_equal(
		pilot_send(cockpit->pilot, id, STR("prompt"), NULL, on_never, NULL, &err), 0);
	assert_int_equal(pilot_spawn(cockpit->pilot, &spec, on_never, NULL, &err), 0);
	pilot_free(cockpit->pilot);
	cockpit->pilot = NULL;
	LIVE_UNTIL(&live, live_reads(cockpit, "cat", "prompt"));
	int64_t until = clock_ms() + 1000;
	while (clock_ms() < until)
		live_turn(&live);
}

static void
test_spawn_errors(void **state)
{
	static const char *const command[] = {"cat", NULL};
	static const struct {
		struct pilot_spec spec;
		int code;
	} rows[] = {
		{{.name = "a b", .command = command},                  ERR_INVALID  },
		{{.name = "-x", .command = command},                   ERR_INVALID  },
		{{.name = "x", .host = "nowhere", .command = command}, ERR_NOT_FOUND},
		{{.name = "x", .profile = "no such"},                  ERR_NOT_FOUND},
		{{.name = "cat", .command = command},                  ERR_EXISTS   },
	};
	(void)state;
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0, "");
	live_spawn(&live, cockpit, "cat", command);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err err = ERR_INIT;
		assert_int_equal(
			pilot_spawn(cockpit->pilot, &rows[i].spec, on_never, NULL, &err),
			rows[i].code);
		assert_int_equal(err.code, rows[i].code);
	}
}

/* One that somebody else has just started is what its host alone knows. What is remembered of
 * it stays. */
static void
test_started_by_somebody_else(void **state)
{
	static const char *const command[] = {"cat", NULL};
	const struct pilot_spec spec = {.name = "cat", .command = command};
	struct err err = ERR_INIT;
	(void)state;
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0, "");
	pilot_keep(cockpit->pilot);
	bases_keep(cockpit->pilot, "local", "cat", "old");
	int before = live.answers;
	assert_int_equal(live_tmux(&live, NULL,
				 "new-window -d -t '=" LIVE_NAME ":' -n cat cat \\; "
				 "set-option -p -t '=" LIVE_NAME ":=cat' @cockpit_agent cat"),
		0);
	assert_int_equal(pilot_spawn(cockpit->pilot, &spec, live_on_answer, &live, &err), 0);
	assert_non_null(strstr(live_answer(&live, before), "is already there"));
	assert_int_equal(live.code, ERR_REMOTE);
	char *base = bases_own(cockpit->pilot, "local", "cat");
	assert_non_null(base);
	assert_string_equal(base, "old");
	mem_free(base);
}

/* A name is taken as it is, or not at all; nothing in it runs, here or there. "%s" is a file
 * that would be made. */
static void
test_20_names(void **state)
{
	static const char *const names[] = {"a'", "a\"", "a\\", "a;", "a#", "a{", "a}", "a$",
		"a\n", "a`", "a b", "a:b", "a.b", "=a", "%%0", "@0", "../a", "-t", "a\033[2J",
		"a\377", "a' ; run-shell 'touch %s", "a\" ; run-shell \"touch %s",
		"a; touch %s #", "a$(touch %s)", "a`touch %s`", "a#(touch %s)",
		"a#{?1,#(touch %s),}", "a\ntouch %s\n", "a\nrun-shell 'touch %s'\n", "#S",
		"a_b-c"};
	static const char *const command[] = {"cat", NULL};
	struct buf found = BUF_INIT, want = BUF_INIT;
	(void)state;
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0, "");
	char *mark = mem_printf("%s/home/executed", live.dir);
	live_spawn(&live, cockpit, "before", command);
	buf_addc(&want, "before\n");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct buf name = BUF_INIT;
		struct err err = ERR_INIT;
		struct str rest = str_from(names[i]);
		ptrdiff_t at = str_find_str(rest, STR("%s"));
		if (at >= 0) {
			buf_add(&name, str_slice(rest, 0, (size_t)at));
			buf_addc(&name, mark);
			rest = str_slice(rest, (size_t)at + 2, rest.len);
		}
		buf_add(&name, rest);
		const struct pilot_spec spec = {
			.name = buf_cstr(&name), .host = "local", .command = command};
		int before = live.answers;
		int rc = pilot_spawn(cockpit->pilot, &spec, live_on_answer, &live, &err);
		if (rc < 0) {
			assert_int_equal(rc, ERR_INVALID);
		} else {
			live_answer(&live, before);
			assert_int_equal(live.code, 0);
			LIVE_UNTIL(&live, live_shows(cockpit, buf_cstr(&name)));
			buf_printf(&want, "%s\n", buf_cstr(&name));
		}
		buf_release(&name);
	}
	/* It is the same server with what was started, and nothing else was done. */
	assert_int_equal(live_tmux(&live, &found,
				 "list-panes -a -f '#{@cockpit_agent}' -F '#{@cockpit_agent}'"),
		0);
	assert_string_equal(buf_cstr(&found), buf_cstr(&want));
	assert_non_null(strstr(buf_cstr(&want), "a_b-c\n"));
	assert_int_equal(access(mark, F_OK), -1);
	buf_release(&found);
	buf_release(&want);
	mem_free(mark);
}

/* A paste is text, whatever it holds: a shell that takes pastes runs nothing of it. */
static void
test_24_paste_executes_nothing(void **state)
{
	static const char paste[] =
		"\033[201~\ntouch one\n\003\ntouch two\n\233201~\ntouch three\n\032\004\n"
		"touch four\n\302\233201~\rtouch five\r";
	static const char *const files[] = {"one", "two", "three", "four", "five"};
	(void)state;
	if (access("/bin/bash", X_OK) < 0 || !live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0, "");
	uint32_t id = live_spawn_sh(&live, cockpit, "bash",
		"cd; export INPUTRC=/dev/null PS1='prompt> '; exec bash --norc --noprofile -i");
	LIVE_UNTIL(&live, live_reads(cockpit, "bash", "prompt>"));
	assert_int_equal(
		pilot_paste(cockpit->pilot, id, (struct str){paste, sizeof(paste) - 1}), 0);
	LIVE_UNTIL(&live, live_reads(cockpit, "bash", "touch five"));
	/* Thrown away; what is typed then does run. */
	assert_int_equal(
		pilot_key(cockpit->pilot, id, (struct key){.code = 'u', .mods = KEY_CTRL}), 0);
	for (const char *p = "touch typed"; *p; p++)
		pilot_key(cockpit->pilot, id, (struct key){.code = (uint32_t)*p});
	pilot_key(cockpit->pilot, id, (struct key){.special = KEY_ENTER});
	char *typed = mem_printf("%s/home/typed", live.dir);
	LIVE_UNTIL(&live, access(typed, F_OK) == 0);
	mem_free(typed);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char *file = mem_printf("%s/home/%s", live.dir, files[i]);
		if (access(file, F_OK) == 0)
			fail_msg("\"touch %s\" was executed", files[i]);
		mem_free(file);
	}
}

/* The epoch of an agent is the id of its start. What was meant for one of the old server does
 * not reach one of the new, though its pane has the number that the old one's had. */
static void
test_23_prompt_for_an_agent_of_before(void **state)
{
	struct err err = ERR_INIT;
	struct buf old = BUF_INIT, new = BUF_INIT, pid = BUF_INIT;
	const char *script = "printf ready; exec cat";
	(void)state;
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0, "");
	uint32_t id = live_spawn_sh(&live, cockpit, "one", script);
	LIVE_UNTIL(&live, live_reads(cockpit, "one", "ready"));
	live_tmux(&live, &old, "display-message -p -t '=" LIVE_NAME ":=one' '#{pane_id}'");
	live_tmux(&live, &pid, "display-message -p '#{pid}'");
	int before = live.answers;
	assert_int_equal(
		pilot_send(cockpit->pilot, id, STR("stale"), NULL, live_on_answer, &live, &err),
		0);
	/* It is between the paste and Enter, or before both. */
	assert_true(atoi(buf_cstr(&pid)) > 1);
	kill((pid_t)atoi(buf_cstr(&pid)), SIGKILL);
	live_answer(&live, before);
	assert_true(live.code < 0);
	LIVE_UNTIL(&live, live_view(cockpit, "one").lost);
	uint32_t two = live_spawn_sh(&live, cockpit, "two", script);
	LIVE_UNTIL(&live, live_reads(cockpit, "two", "ready"));
	live_tmux(&live, &new, "display-message -p -t '=" LIVE_NAME ":=two' '#{pane_id}'");
	assert_string_equal(buf_cstr(&new), buf_cstr(&old));
	assert_int_equal(deliver(cockpit, "one", STR("stale")), ERR_NOT_FOUND);
	assert_int_equal(pilot_paste(cockpit->pilot, id, STR("stale")), ERR_NOT_FOUND);
	assert_int_equal(
		pilot_key(cockpit->pilot, id, (struct key){.code = 's'}), ERR_NOT_FOUND);
	assert_int_equal(pilot_paste(cockpit->pilot, two, STR("fresh")), 0);
	LIVE_UNTIL(&live, live_reads(cockpit, "two", "readyfresh"));
	assert_false(live_reads(cockpit, "two", "stale"));
	buf_release(&old);
	buf_release(&new);
	buf_release(&pid);
}

static void
test_stop_and_down(void **state)
{
	struct err err = ERR_INIT;
	struct host_view host;
	(void)state;
	if (!live_start(&live))
		skip();
	struct cockpit *cockpit = live_open(&live, 0, "");
	live_spawn_sh(&live, cockpit, "one", "exec cat");
	live_spawn_sh(&live, cockpit, "two", "exec cat");
	live_spawn_sh(&live, cockpit, "three", "exec cat");
	int before = live.answers;
	assert_int_equal(
		pilot_stop(cockpit->pilot, "local", "one", live_on_answer, &live, &err), 0);
	assert_non_null(strstr(live_answer(&live, before), "stopped one"));
	LIVE_UNTIL(&live, !live_view(cockpit, "one").present);
	before = live.answers;
	assert_int_equal(
		pilot_stop(cockpit->pilot, "local", "one", live_on_answer, &live, &err), 0);
	live_answer(&live, before);
	assert_int_equal(live.code, ERR_REMOTE);

	before = live.answers;
	assert_int_equal(pilot_down(cockpit->pilot, 0, live_on_answer, &live, &err), 0);
	struct str text = str_from(live_answer(&live, before));
	assert_int_equal(live.code, 0);
	char *want = mem_printf("two %s/home\nthree %s/home\n", live.dir, live.dir);
	assert_true(str_eqc(text, want));
	mem_free(want);
	LIVE_UNTIL(&live, !live_view(cockpit, "two").present);
	LIVE_UNTIL(&live, (fleet_host_at(cockpit->fleet, 0, &host), host.state == HOST_ENDED));
	/* It stays so: nobody starts the session again but a person. */
	int64_t until = clock_ms() + 500;
	while (clock_ms() < until)
		live_turn(&live);
	fleet_host_at(cockpit->fleet, 0, &host);
	assert_int_equal(host.state, HOST_ENDED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_24_arrives_once, teardown),
		cmocka_unit_test_teardown(test_long_prompt, teardown),
		cmocka_unit_test_teardown(test_23_same_id, teardown),
		cmocka_unit_test_teardown(test_refused_by_the_pane, teardown),
		cmocka_unit_test_teardown(test_stalled, teardown),
		cmocka_unit_test_teardown(test_refused, teardown),
		cmocka_unit_test_teardown(test_flooding_agent_moves, teardown),
		cmocka_unit_test_teardown(test_pilot_goes_first, teardown),
		cmocka_unit_test_teardown(test_spawn_errors, teardown),
		cmocka_unit_test_teardown(test_started_by_somebody_else, teardown),
		cmocka_unit_test_teardown(test_20_names, teardown),
		cmocka_unit_test_teardown(test_23_prompt_for_an_agent_of_before, teardown),
		cmocka_unit_test_teardown(test_24_paste_executes_nothing, teardown),
		cmocka_unit_test_teardown(test_stop_and_down, teardown),
	};
	cmocka_set_test_filter(getenv("LIVE_ONLY"));
	return cmocka_run_group_tests_name("orch_pilot", tests, NULL, NULL);
}
