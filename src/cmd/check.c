/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <time.h>

#include "cmd.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_json.h"
#include "cockpit/base_str.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_check.h"
#include "session.h"

#define SLACK_MS 120000 /* for the snapshots before and after it */

struct checked {
	struct session *session;
	struct err err;
};

static void
on_checked(void *ctx, const char *text, const struct err *err)
{
	struct checked *checked = ctx;
	(void)text;
	checked->session->pending--;
	if (err)
		checked->err = *err;
}

static void
write_names(struct json_writer *w, const char *names)
{
	struct str rest = str_from(names);
	json_write_array(w, "failing");
	while (rest.len > 0)
		json_write_str(w, NULL, str_cut(&rest, '\n'));
	json_write_close(w);
}

static void
print_json(const char *agent, const char *host, const struct pilot_check *check)
{
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, true);
	char at[24];
	time_t when = (time_t)check->at;
	struct tm tm;
	gmtime_r(&when, &tm);
	strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", &tm);
	json_write_object(&w, NULL);
	json_write_cstr(&w, "agent", agent);
	json_write_cstr(&w, "host", host);
	json_write_cstr(&w, "state", check_state_name(check->state));
	json_write_cstr(&w, "command", check->command);
	json_write_cstr(&w, "tree", check->tree);
	json_write_cstr(&w, "at", at);
	json_write_cstr(&w, "words", check->words);
	if (check->failed >= 0)
		json_write_int(&w, "failed", check->failed);
	write_names(&w, check->names);
	json_write_cstr(&w, "log", check->log);
	json_write_close(&w);
	cmd_print_json(&w, &out);
}

static void
print_text(const char *agent, const struct pilot_check *check)
{
	struct str rest = str_from(check->names);
	printf("the check of %s %s%s%s\n", agent, check_state_name(check->state),
		check->words[0] ? ": " : "", check->words);
	while (rest.len > 0) {
		struct str name = str_cut(&rest, '\n');
		printf("  %.*s\n", STR_ARG(name));
	}
	if (check->log[0])
		printf("what it printed: %s\n", check->log);
}

static int
tell(const struct cmd_call *call, struct session *s, uint32_t id)
{
	struct agent_view view;
	struct pilot_check check;
	if (!fleet_agent(s->fleet, id, &view))
		return CMD_PARTIAL;
	pilot_check(s->pilot, id, &check);
	if (cmd_value(call, "json"))
		print_json(view.name, view.host, &check);
	else
		print_text(view.name, &check);
	return check.state == CHECK_PASSED ? 0 : 1;
}

static int
run(const struct cmd_call *call)
{
	struct session s;
	struct err err = ERR_INIT;
	int status;
	if (session_open(&s, cmd_value(call, "fleet"), FLEET_WATCH | FLEET_STEADY, &err) < 0)
		return cmd_fail(&err);
	session_settle(&s, -1, SESSION_SETTLE_MS);
	const struct fleet_config *config = fleet_config(s.fleet);
	int64_t ms = fleet_config_check_seconds(config) * 1000LL;
	struct checked checked = {.session = &s};
	uint32_t id = session_agent(&s, call->args[0], &err);
	if (!id || pilot_check_now(s.pilot, id, on_checked, &checked, &err) < 0) {
		status = cmd_fail(&err);
	} else {
		s.pending = 1;
		session_wait(&s, ms + SLACK_MS);
		status = s.failed           ? s.failed
			 : checked.err.code ? cmd_fail(&checked.err)
					    : tell(call, &s, id);
	}
	session_close(&s);
	return status;
}

const struct cmd cmd_check = {
	.name = "check",
	.args = "AGENT [--json]",
	.min = 1,
	.max = 1,
	.word = CMD_WORD_AGENT,
	.summary = "run the fleet's check on an agent's work",
	.help = "Runs the command that the fleet file names as \"check\" in the agent's work "
		"tree, on\n"
		"its host, and says what came of it: its exit status decides, and of what it "
		"printed\n"
		"those that failed are named, where it is a kind of output that is known\n"
		"(cockpit-check(5)). All of it is kept in a file. Exit status 1 when the check "
		"does\n"
		"not pass.",
	.options = {CMD_FLEET_OPTION, CMD_JSON_OPTION},
	.run = run,
};
