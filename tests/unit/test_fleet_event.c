/* SPDX-License-Identifier: MIT */
/*
 * What hooks tell, from the agent's side through real tmux to the verdict, and the answer on
 * its way back. The hook is the one that every agent gets (src/data/sidecar/hook.sh), called
 * here as an agent's hooks call it; the rules are those of Claude Code, whose traps these are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fleet/local.h"
#include "live_fleet.h"

#define SESSION "\"session_id\":\"abc-1\""
#define WRITE                                                         \
	"\"tool_name\":\"Write\",\"tool_input\":{\"file_path\":\"/w/" \
	"a.txt\",\"content\":\"x\"}"
#define RUN "\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"make \\\"all\\\"\\nrm x\"}"
#define RULES                                                                          \
	"\"permission_suggestions\":[{\"type\":\"addRules\",\"rules\":[{\"toolName\":" \
	"\"Bash\"}]}]"

static const char profile[] =
	"{\"name\": \"robot\", \"help\": \"a stand-in\","
	"\"start\": [\"sh\", \"-c\", \"printf '\\\\033]2;\\\\342\\\\234\\\\263 "
	"robot\\\\033\\\\\\\\'; exec cat\"],"
	"\"states\": ["
	"{\"from\": \"event\", \"match\": \"^PermissionRequest\", \"state\": \"asks\"},"
	"{\"from\": \"event\", \"match\": \"^Notification permission_prompt$\", \"state\": "
	"\"asks\"},"
	"{\"from\": \"event\", \"match\": \"^(?:UserPromptSubmit|PostToolUse)\", \"state\": "
	"\"working\"},"
	"{\"from\": \"event\", \"match\": \"^StopFailure rate_limit$\", \"state\": "
	"\"limited\"},"
	"{\"from\": \"event\", \"match\": \"^Stop$\", \"state\": \"done\"},"
	"{\"from\": \"event\", \"match\": \"^SessionStart (?:startup|clear)$\", \"state\": "
	"\"idle\"},"
	"{\"from\": \"event\", \"match\": \"^Subagent\", \"state\": \"ignore\"}],"
	"\"answers\": {\"no\": \"Escape\"}, \"decision\": \"claude\"}";

static struct live_fleet live;
static struct cockpit *cockpit;

static int
setup(void **state)
{
	(void)state;
	if (!live_start(&live))
		return 0;
	char *dir = mem_printf("%s/home/config/cockpit/agents", live.dir);
	char *file = mem_printf("%s/robot.json", dir);
	assert_int_equal(path_mkdir(dir, NULL), 0);
	assert_int_equal(path_write(file, str_from(profile), 0600, NULL), 0);
	mem_free(dir);
	mem_free(file);
	profile_reload();
	assert_string_equal(profile_complaints(), "");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	live_stop(&live);
	return 0;
}

static uint32_t
start(const char *name)
{
	const struct pilot_spec spec = {.name = name, .profile = "robot"};
	struct err err = ERR_INIT;
	int before = live.answers;
	cockpit = live.cockpits[0].fleet ? &live.cockpits[0] : live_open(&live, 0, "");
	if (pilot_spawn(cockpit->pilot, &spec, live_on_answer, &live, &err) < 0)
		fail_msg("%s", err.text);
	live_answer(&live, before);
	LIVE_UNTIL(&live, live_shows(cockpit, name) && live_view(cockpit, name).title[0]);
	return fleet_agent_find(cockpit->fleet, name);
}

/* As an agent's hooks do, from within its pane. background: it may wait; what it prints is in
 * OUT. */
static void
hook(const char *name, const char *flags, const char *event, const char *json, bool background)
{
	struct agent *agent =
		fleet_agent_by_id(cockpit->fleet, fleet_agent_find(cockpit->fleet, name));
	char *line = mem_printf(
		"cd %s && COCKPIT_SOCKET=%s/tmux COCKPIT_PANE='%s' COCKPIT_AGENT=%s "
		"COCKPIT_HOME=%s "
		"%s/home/state/cockpit/" LIVE_NAME "/agents/%s/hook.sh %s %s >out 2>&1 "
		"<<'E'%s\n%s\nE",
		live.dir, live.dir, agent->pane, name, live.dir, live.dir, name, flags, event,
		background ? " &" : "", json);
	assert_int_equal(system(line), 0);
	mem_free(line);
}

static void
tell(const char *flags, const char *event, const char *json)
{
	hook("r", flags, event, json, false);
}

static bool
is(const char *name, enum agent_state want)
{
	return live_view(cockpit, name).verdict.state == want;
}

/* All that was told is known. */
static void
settle(const char *name)
{
	struct buf seq = BUF_INIT;
	char *line =
		mem_printf("show-options -p -v -t '=" LIVE_NAME ":=%s' @cockpit_seq", name);
	assert_int_equal(live_tmux(&live, &seq, line), 0);
	unsigned long long want = strtoull(buf_cstr(&seq), NULL, 10);
	LIVE_UNTIL(&live, live_view(cockpit, name).events >= want);
	mem_free(line);
	buf_release(&seq);
}

static void
assert_now(enum agent_state want, const char *source)
{
	settle("r");
	struct verdict v = live_view(cockpit, "r").verdict;
	if (v.state != want || strcmp(v.source, source) != 0)
		fail_msg("%s by %s (%s)", agent_state_json(v.state), v.source, v.detail);
}

static bool
has_printed(const char *want)
{
	struct buf text = BUF_INIT;
	char *file = mem_printf("%s/out", live.dir);
	path_read(file, 1 << 16, &text, NULL);
	bool found = str_find_str(buf_str(&text), str_from(want)) >= 0;
	mem_free(file);
	buf_release(&text);
	return found;
}

/* One that waits, or its watcher. */
static bool
hook_runs(void)
{
	char *line = mem_printf("pgrep -f '%s/[h]ome/state.*hook.sh -d' >/dev/null", live.dir);
	bool runs = system(line) == 0;
	mem_free(line);
	return runs;
}

/* A turn as it is told, and the traps on its way. */
static void
test_turn(void **state)
{
	(void)state;
	if (!live.loop)
		skip();
	start("r");
	tell("", "SessionStart", "{" SESSION ",\"source\":\"startup\"}");
	assert_now(AGENT_IDLE, "event");
	assert_string_equal(live_view(cockpit, "r").conversation, "abc-1");
	tell("-c", "UserPromptSubmit", "{" SESSION ",\"prompt\":\"x\"}");
	assert_now(AGENT_WORKING, "event");
	/* Told late. */
	tell("-c", "SessionStart", "{" SESSION ",\"source\":\"startup\"}");
	assert_now(AGENT_WORKING, "event");
	/* A subagent's end is not its parent's. */
	tell("", "SubagentStop", "{" SESSION ",\"agent_id\":\"a1\"}");
	tell("-c", "Stop", "{" SESSION ",\"agent_id\":\"a1\"}");
	assert_now(AGENT_WORKING, "event");
	tell("-c", "Stop", "{" SESSION "}");
	assert_now(AGENT_DONE, "event");
	/* Looked at; and by another cockpit too that comes later. */
	pilot_seen(cockpit->pilot, fleet_agent_find(cockpit->fleet, "r"));
	assert_now(AGENT_IDLE, "event");
	live_open(&live, 1, "");
	LIVE_UNTIL(&live, live_view(&live.cockpits[1], "r").events > 0);
	assert_int_equal(live_view(&live.cockpits[1], "r").verdict.state, AGENT_IDLE);
	/* Another conversation in the same pane. */
	tell("-c", "SessionStart", "{\"session_id\":\"def-2\",\"source\":\"clear\"}");
	tell("-c", "UserPromptSubmit", "{\"session_id\":\"def-2\"}");
	assert_now(AGENT_WORKING, "event");
	assert_string_equal(live_view(cockpit, "r").conversation, "def-2");
	tell("-c", "StopFailure", "{\"session_id\":\"def-2\",\"error\":\"rate_limit\"}");
	assert_now(AGENT_LIMITED, "event");
}

static const struct agent_question *
asked(const char *name)
{
	LIVE_UNTIL(&live, live_view(cockpit, name).question != NULL);
	return live_view(cockpit, name).question;
}

static void
decide(struct cockpit *by, const char *name, uint64_t question, enum agent_answer answer,
	int want)
{
	struct err err = ERR_INIT;
	int before = live.answers;
	int rc = pilot_decide(by->pilot, fleet_agent_find(by->fleet, name), question, answer,
		live_on_answer, &live, &err);
	if (rc == 0)
		live_answer(&live, before);
	rc = rc < 0 ? rc : live.code;
	if (rc != want)
		fail_msg("%d: %s", rc,
			rc == 0    ? ""
			: err.code ? err.text
				   : buf_cstr(&live.text));
}

/* What it wants is shown as its hook gave it; the answer goes back through the hook, once. */
static void
test_answered(void **state)
{
	(void)state;
	if (!live.loop)
		skip();
	start("r");
	tell("-c", "UserPromptSubmit", "{" SESSION "}");
	hook("r", "-d 60", "PermissionRequest", "{" SESSION "," RUN "," RULES "}", true);
	const struct agent_question *q = asked("r");
	assert_string_equal(q->tool, "Bash");
	assert_string_equal(q->what, "make \"all\"\nrm x");
	assert_true(q->hook);
	assert_int_equal(q->answers, 7);
	uint64_t id = q->id;
	/* Said again, in fewer words; and what another tool does meanwhile. */
	tell("", "Notification", "{" SESSION ",\"notification_type\":\"permission_prompt\"}");
	tell("-t", "PostToolUse", "{" SESSION "," WRITE "}");
	assert_now(AGENT_ASKS, "event");
	assert_true(asked("r")->id == id);
	assert_string_equal(asked("r")->tool, "Bash");
	decide(cockpit, "r", id + 1, ANSWER_YES, ERR_INVALID);
	/* Two cockpits at the same time: the first one answers. */
	struct cockpit *other = live_open(&live, 1, "");
	LIVE_UNTIL(&live, live_view(other, "r").question != NULL);
	decide(cockpit, "r", id, ANSWER_ALWAYS, 0);
	LIVE_UNTIL(&live, has_printed("\"behavior\":\"allow\""));
	assert_true(has_printed("\"updatedPermissions\":[{\"type\":\"addRules\""));
	assert_true(is("r", AGENT_UNKNOWN) || is("r", AGENT_IDLE) || is("r", AGENT_WORKING));
	decide(other, "r", id, ANSWER_NO, ERR_INVALID);
	LIVE_UNTIL(&live, !hook_runs());
	tell("-t", "PostToolUse", "{" SESSION "," RUN ",\"tool_response\":{}}");
	assert_now(AGENT_WORKING, "event");
	LIVE_UNTIL(&live, live_view(other, "r").verdict.state == AGENT_WORKING);
	/* No, and a choice, which is made in its own terminal. */
	hook("r", "-d 60", "PermissionRequest", "{" SESSION "," WRITE "}", true);
	LIVE_UNTIL(&live, live_view(cockpit, "r").question && asked("r")->id != id);
	assert_int_equal(asked("r")->answers, 1 << ANSWER_YES | 1 << ANSWER_NO);
	assert_string_equal(asked("r")->what, "/w/a.txt");
	decide(cockpit, "r", asked("r")->id, ANSWER_NO, 0);
	LIVE_UNTIL(&live, has_printed("\"behavior\":\"deny\""));
	tell("-c", "UserPromptSubmit", "{" SESSION "}");
	hook("r", "-d 60", "PermissionRequest",
		"{" SESSION ",\"tool_name\":\"AskUserQuestion\",\"tool_input\":{\"questions\":"
		"[{\"question\":\"Which colour?\"}]}}",
		true);
	LIVE_UNTIL(&live, live_view(cockpit, "r").question &&
				  strcmp(asked("r")->what, "Which colour?") == 0);
	assert_int_equal(asked("r")->answers, 0);
	decide(cockpit, "r", asked("r")->id, ANSWER_YES, ERR_INVALID);
	tell("-c", "Stop", "{" SESSION "}");
	LIVE_UNTIL(&live, !hook_runs());
}

/* Answered in its own dialog: by a key of the operator, or seen by what the agent does next.
 * Either way its hook is let go, and nothing stands asking for ever. */
static void
test_answered_elsewhere(void **state)
{
	struct buf text = BUF_INIT;
	(void)state;
	if (!live.loop)
		skip();
	uint32_t id = start("r");
	tell("-c", "UserPromptSubmit", "{" SESSION "}");
	hook("r", "-d 60", "PermissionRequest", "{" SESSION "," RUN "}", true);
	uint64_t question = asked("r")->id;
	/* A key that moves about in the dialog is no answer. */
	assert_int_equal(pilot_key(cockpit->pilot, id, (struct key){.special = KEY_DOWN}), 0);
	assert_now(AGENT_ASKS, "event");
	assert_int_equal(pilot_key(cockpit->pilot, id, (struct key){.code = '1'}), 0);
	assert_false(is("r", AGENT_ASKS));
	decide(cockpit, "r", question, ANSWER_YES, ERR_INVALID);
	tell("-t", "PostToolUse", "{" SESSION "," RUN "}");
	LIVE_UNTIL(&live, !hook_runs());
	assert_now(AGENT_WORKING, "event");
	/* Nobody of ours pressed a key. */
	hook("r", "-d 60", "PermissionRequest", "{" SESSION "," WRITE "}", true);
	asked("r");
	tell("-t", "PostToolUse", "{" SESSION "," WRITE "}");
	LIVE_UNTIL(&live, !hook_runs());
	assert_now(AGENT_WORKING, "event");
	assert_int_equal(live_tmux(&live, &text,
				 "show-options -p -q -v -t '=" LIVE_NAME ":=r' @cockpit_ask"),
		0);
	assert_string_equal(buf_cstr(&text), "");
	/* It gives up waiting: the question is answered by keys from then on. */
	hook("r", "-d 1", "PermissionRequest", "{" SESSION "," RUN "}", true);
	asked("r");
	LIVE_UNTIL(&live, !asked("r")->hook);
	assert_int_equal(asked("r")->answers, 1 << ANSWER_NO);
	LIVE_UNTIL(&live, !hook_runs());
	assert_now(AGENT_ASKS, "event");
	/* A new cockpit knows what is asked. */
	struct cockpit *other = live_open(&live, 1, "");
	LIVE_UNTIL(&live, live_view(other, "r").question != NULL);
	assert_string_equal(live_view(other, "r").question->tool, "Bash");
	buf_release(&text);
}

/* The options are anybody's in the pane: whatever stands there, it is no more than wrong
 * evidence about this agent. */
static void
test_hostile(void **state)
{
	static const char *const values[] = {
		"''",
		"x",
		"\"$(printf '\\036')\"",
		"\"$(printf '\\0361 2 Stop - {')\"",
		"\"$(printf '\\036999999999999999999999 1 Stop - {}')\"",
		"\"$(printf '\\036-1 1 Stop - {}\\03618446744073709551615 1 Stop - {}')\"",
		"\"$(printf '\\0363 99999999999999 Stop - {}')\"",
		"\"$(printf '\\0365 1 ../x - {}\\0366 1 a\\033[2J - {}\\0367 1 Stop')\"",
		"\"$(printf '%%%%end 1 1 1\\n%%%%output %%%%0 x\\n%%%%exit\\n')\"",
		("\"$(printf '\\0368 1 PermissionRequest ask99999999999 "
		 "{\"tool_name\":\"\\033]0;x\\007\"')\""),
		"\"$(head -c 12000 /dev/urandom | tr -d '\\000')\"",
	};
	(void)state;
	if (!live.loop)
		skip();
	start("r");
	start("good");
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char *line = mem_printf(
			"set-option -p -t '=" LIVE_NAME ":=r' @cockpit_events %s \\; "
			"set-option -p -t '=" LIVE_NAME ":=r' @cockpit_seq %zu \\; "
			"rename-window -t '=" LIVE_NAME ":=r' r",
			values[i], 100 + i);
		live_tmux(&live, NULL, line);
		mem_free(line);
		hook("good", "-c", i % 2 ? "Stop" : "UserPromptSubmit", "{" SESSION "}", false);
		settle("good");
		assert_true(is("good", i % 2 ? AGENT_DONE : AGENT_WORKING));
		assert_true(live_view(cockpit, "r").present);
	}
	struct host_view host;
	fleet_host_at(cockpit->fleet, 0, &host);
	assert_int_equal(host.state, HOST_READY);
}

/* The hook itself: whatever it is given, the agent goes on. */
static void
test_hook_alone(void **state)
{
	static const char *const lines[] = {
		"",
		"-d",
		"-d x PermissionRequest",
		"Stop </dev/null",
		"'Stop; touch evil' </dev/null",
		"'#(touch evil)' '{\"a\": \"#(touch evil) $(touch evil) `touch evil` ; \"}'",
		"Stop '{\"a\": \"x\";'",
		"Stop \"$(head -c 100000 /dev/zero | tr '\\0' x)\"",
	};
	(void)state;
	if (!live.loop)
		skip();
	start("r");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char *line = mem_printf("cd %s && COCKPIT_SOCKET=%s/tmux COCKPIT_PANE=%%1 "
					"COCKPIT_AGENT=r timeout 10 "
					"home/state/cockpit/" LIVE_NAME
					"/agents/r/hook.sh %s >out 2>&1 </dev/null",
			live.dir, live.dir, lines[i]);
		if (system(line) != 0 || has_printed("{"))
			fail_msg("%s", lines[i]);
		mem_free(line);
	}
	char *evil = mem_printf("%s/evil", live.dir);
	assert_false(path_exists(evil));
	mem_free(evil);
	/* No cockpit, no pane, no server: nothing happens. */
	char *line = mem_printf(
		"cd %s && for s in '' /nowhere; do COCKPIT_SOCKET=$s COCKPIT_PANE=%%9 "
		"home/state/cockpit/" LIVE_NAME "/agents/r/hook.sh -d 5 Stop {} || exit 1; "
		"done >out 2>&1",
		live.dir);
	assert_int_equal(system(line), 0);
	mem_free(line);
}

#define LIVE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE(test_turn),
		LIVE(test_answered),
		LIVE(test_answered_elsewhere),
		LIVE(test_hostile),
		LIVE(test_hook_alone),
	};
	const char *only = getenv("LIVE_ONLY");
	if (only)
		cmocka_set_test_filter(only);
	return cmocka_run_group_tests_name("fleet_event", tests, NULL, NULL);
}
