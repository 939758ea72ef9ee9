/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cmd.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_config.h"
#include "cockpit/fleet_locate.h"
#include "cockpit/orch_journal.h"
#include "session.h"

#define LAST 50

static void
print_line(const struct journal_line *line)
{
	struct buf words = BUF_INIT;
	char at[40];
	time_t wall = (time_t)line->at;
	struct tm tm;
	localtime_r(&wall, &tm);
	strftime(at, sizeof(at), "%Y-%m-%d %H:%M:%S", &tm);
	journal_words(line, &words);
	printf("%s  %s\n", at, buf_cstr(&words));
	buf_release(&words);
}

static void
write_line(struct json_writer *w, const struct journal_line *line)
{
	json_write_object(w, NULL);
	json_write_int(w, "at", line->at);
	json_write_cstr(w, "kind", line->kind);
	json_write_cstr(w, "user", line->user);
	json_write_cstr(w, "agent", line->agent);
	json_write_cstr(w, "host", line->host);
	json_write_cstr(w, "text", line->text);
	json_write_close(w);
}

/* What says no host is told of all of that name. */
static bool
is_on(const struct journal_line *line, const char *host)
{
	return !host || !line->host || strcmp(line->host, host) == 0;
}

/* The last max ones (0: all) of that host (NULL: of any). */
static size_t
print(const struct journal *journal, const char *host, size_t max, bool json)
{
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, true);
	if (json)
		json_write_array(&w, NULL);
	size_t first = journal->count, count = 0;
	while (first > 0 && (max == 0 || count < max))
		count += is_on(&journal->lines[--first], host);
	for (size_t i = first; i < journal->count; i++) {
		if (!is_on(&journal->lines[i], host))
			continue;
		if (json)
			write_line(&w, &journal->lines[i]);
		else
			print_line(&journal->lines[i]);
	}
	if (json) {
		json_write_close(&w);
		cmd_print_json(&w, &out);
	}
	return count;
}

static int
run(const struct cmd_call *call)
{
	struct err err = ERR_INIT;
	struct fleet_config *config = NULL;
	struct journal journal = {0};
	char *dir = NULL, *host = NULL;
	const char *agent = call->arg_count ? session_split(call->args[0], &host) : NULL;
	size_t max = cmd_value(call, "all") ? 0 : LAST, count = 0;
	int rc = fleet_locate(cmd_value(call, "fleet"), &config, &err);
	if (rc == 0)
		rc = fleet_state_dir(config->name, &dir, &err);
	if (rc == 0)
		rc = journal_read(dir, agent, host ? 0 : max, &journal, &err);
	if (rc == 0)
		count = print(&journal, host, max, cmd_value(call, "json") != NULL);
	/* One that has gone, or that never was: nothing is not an answer to who asks. */
	char safe[80] = "";
	if (rc == 0 && count == 0 && !cmd_value(call, "json"))
		fprintf(stderr, "cockpit: nothing has happened%s%s yet\n",
			call->arg_count ? " to " : "",
			call->arg_count
				? text_safe_tmp(safe, sizeof(safe), str_from(call->args[0]))
				: "");
	journal_release(&journal);
	fleet_config_free(config);
	mem_free(dir);
	mem_free(host);
	return rc < 0 ? cmd_fail(&err) : 0;
}

const struct cmd cmd_events = {
	.name = "events",
	.args = "[AGENT] [--all] [--json]",
	.min = 0,
	.max = 1,
	.word = CMD_WORD_AGENT,
	.summary = "say what happened, who did it, and when",
	.help = "Prints the last 50 events of the fleet, or of one agent: what persons did, "
		"and "
		"what\n"
		"agents and hosts did while the fleet was on a screen.",
	.options = {CMD_FLEET_OPTION, {"all", 'a', NULL, CMD_WORD_NONE, "all that are known"},
		    CMD_JSON_OPTION},
	.run = run,
};
