/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_str.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/fleet_locate.h"
#include "cockpit/orch_check.h"
#include "cockpit/store_store.h"
#include "follow.h"
#include "interrupt.h"
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
write_time(struct json_writer *w, const char *key, int64_t seconds)
{
	char at[24];
	time_t when = (time_t)seconds;
	struct tm tm;
	gmtime_r(&when, &tm);
	strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", &tm);
	json_write_cstr(w, key, at);
}

static void
print_json(const char *agent, const char *host, const struct pilot_check *check)
{
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, true);
	json_write_object(&w, NULL);
	json_write_cstr(&w, "agent", agent);
	json_write_cstr(&w, "host", host);
	json_write_cstr(&w, "state", check_state_name(check->state));
	json_write_cstr(&w, "command", check->command);
	json_write_cstr(&w, "tree", check->tree);
	write_time(&w, "at", check->at);
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

/* --- those before --- */

static enum check_state
state_of(const struct store_check *row)
{
	return check_state_of(row->status, row->ended_at != 0);
}

static void
print_row(const struct store_check *row, bool hosts, bool trial)
{
	char at[40], took[8] = "";
	time_t when = (time_t)(row->started_at / 1000);
	struct tm tm;
	localtime_r(&when, &tm);
	strftime(at, sizeof(at), "%Y-%m-%d %H:%M:%S", &tm);
	if (row->ended_at)
		clock_age(row->ended_at - row->started_at, took);
	if (hosts)
		printf("%-10s  ", row->host);
	printf("%s  %-7s  %4s  %.8s  %s%s%s\n", at, check_state_name(state_of(row)), took,
		row->tree, trial ? "merged tree" : "", trial && row->words[0] ? ": " : "",
		row->words);
}

static void
write_row(struct json_writer *w, const struct store_check *row, const char *agent)
{
	json_write_object(w, NULL);
	json_write_int(w, "id", row->id);
	json_write_cstr(w, "agent", agent);
	json_write_bool(w, "merged", check_is_trial(row));
	json_write_cstr(w, "host", row->host);
	json_write_cstr(w, "state", check_state_name(state_of(row)));
	json_write_cstr(w, "command", row->command);
	json_write_cstr(w, "tree", row->tree);
	write_time(w, "began", row->started_at / 1000);
	if (row->ended_at) {
		write_time(w, "at", row->ended_at / 1000);
		json_write_int(w, "seconds", (row->ended_at - row->started_at) / 1000);
	}
	json_write_cstr(w, "words", row->words);
	if (row->failed >= 0)
		json_write_int(w, "failed", row->failed);
	write_names(w, row->names);
	json_write_cstr(w, "log", path_exists(row->log) ? row->log : "");
	json_write_close(w);
}

static void
print_history(const struct cmd_call *call, const char *agent, const struct store_check *rows,
	size_t count)
{
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, true);
	bool json = cmd_value(call, "json") != NULL, hosts = false;
	char safe[80];
	for (size_t i = 1; i < count; i++)
		hosts = hosts || strcmp(rows[i].host, rows[0].host) != 0;
	if (json)
		json_write_array(&w, NULL);
	for (size_t i = 0; i < count; i++) {
		if (json)
			write_row(&w, &rows[i], agent);
		else
			print_row(&rows[i], hosts, check_is_trial(&rows[i]));
	}
	if (json) {
		json_write_close(&w);
		cmd_print_json(&w, &out);
	} else if (count == 0) {
		printf("no check of %s is known\n",
			text_safe_tmp(safe, sizeof(safe), str_from(call->args[0])));
	}
}

/* No host is asked: it need not run any more. */
static int
run_history(const struct cmd_call *call)
{
	struct err err = ERR_INIT;
	struct fleet_config *config = NULL;
	struct store *store = NULL;
	struct store_check *rows = NULL;
	size_t count = 0;
	char *dir = NULL, *path = NULL, *host;
	const char *agent = session_split(call->args[0], &host);
	int rc = fleet_locate(cmd_value(call, "fleet"), &config, &err);
	if (rc == 0)
		rc = fleet_state_dir(config->name, &dir, &err);
	if (rc == 0)
		path = path_join(dir, "store.db");
	if (rc == 0 && path_exists(path))
		rc = store_open(path, &store, &err);
	if (store)
		rc = check_history(store, host, agent, CHECK_LOGS, &rows, &count, &err);
	if (rc == 0)
		print_history(call, agent, rows, count);
	store_checks_free(rows, count);
	store_close(store);
	fleet_config_free(config);
	mem_free(path);
	mem_free(host);
	mem_free(dir);
	return rc < 0 ? cmd_fail(&err) : 0;
}

/* Who looks on at a terminal sees what it prints, unless somebody wants the verdict alone. */
static bool
is_followed(const struct cmd_call *call)
{
	return cmd_value(call, "follow") ||
	       (isatty(STDOUT_FILENO) && !cmd_value(call, "json") && !cmd_value(call, "quiet"));
}

/* The exit status; *ret_signal: what ended it before its time. */
static int
wait_for_it(const struct cmd_call *call, struct session *s, uint32_t id,
	const struct checked *checked, int *ret_signal)
{
	const struct fleet_config *config = fleet_config(s->fleet);
	int64_t ms = fleet_config_check_seconds(config) * 1000LL;
	struct follow *follow = is_followed(call) ? follow_new(s, id) : NULL;
	struct interrupt *interrupt = interrupt_new(s, DOING_CHECK, id);
	struct pilot_check check;
	session_wait(s, ms + SLACK_MS);
	*ret_signal = interrupt_free(interrupt);
	pilot_check(s->pilot, id, &check);
	follow_free(follow, s->failed || checked->err.code ? NULL : check.log);
	return s->failed           ? s->failed
	       : checked->err.code ? cmd_fail(&checked->err)
				   : tell(call, s, id);
}

static int
run(const struct cmd_call *call)
{
	bool follow = cmd_value(call, "follow");
	if (follow && (cmd_value(call, "json") || cmd_value(call, "quiet")))
		return cmd_usage(call->cmd, "--follow goes neither with --json nor --quiet");
	if (cmd_value(call, "history"))
		return run_history(call);
	struct session s;
	struct err err = ERR_INIT;
	int status, signum = 0;
	if (session_open(&s, cmd_value(call, "fleet"), FLEET_WATCH | FLEET_STEADY, &err) < 0)
		return cmd_fail(&err);
	session_settle(&s, -1, SESSION_SETTLE_MS);
	struct checked checked = {.session = &s};
	uint32_t id = session_agent(&s, call->args[0], &err);
	if (!id || pilot_check_now(s.pilot, id, on_checked, &checked, &err) < 0) {
		status = cmd_fail(&err);
	} else {
		s.pending = 1;
		status = wait_for_it(call, &s, id, &checked, &signum);
	}
	session_close(&s);
	/* The shell is to know it, too. */
	if (signum) {
		fflush(stdout);
		raise(signum);
	}
	return status;
}

const struct cmd cmd_check = {
	.name = "check",
	.args = "AGENT [--follow | --quiet | --history] [--json]",
	.min = 1,
	.max = 1,
	.word = CMD_WORD_AGENT,
	.summary = "run the fleet's check on an agent's work",
	.help = "Runs the command that the fleet file names as \"check\", or that of the task "
		"that the\n"
		"agent has, in the agent's work tree, on\n"
		"its host, and says what came of it: its exit status decides, and of what it "
		"printed\n"
		"those that failed are named, where it is a kind of output that is known\n"
		"(cockpit-check(5)). All of it is kept in a file. Exit status 1 when the check "
		"does\n"
		"not pass. At a terminal what it prints is shown as it comes. Ctrl-C cancels "
		"the "
		"check,\n"
		"on its host too.",
	.options = {CMD_FLEET_OPTION,
		    {"follow", 'f', NULL, CMD_WORD_NONE,
			"what it prints, as it comes, into a pipe too"},
		    {"quiet", 'q', NULL, CMD_WORD_NONE, "only what came of it, at a terminal too"},
		    {"history", 0, NULL, CMD_WORD_NONE,
			"run nothing: say what came of the last ones, the newest first"},
		    CMD_JSON_OPTION},
	.run = run,
};
