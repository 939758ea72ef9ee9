/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <time.h>

#include "cmd.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_config.h"
#include "cockpit/fleet_locate.h"
#include "cockpit/orch_journal.h"

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

static void
print(const struct journal *journal, bool json)
{
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, true);
	if (json)
		json_write_array(&w, NULL);
	for (size_t i = 0; i < journal->count; i++) {
		if (json)
			write_line(&w, &journal->lines[i]);
		else
			print_line(&journal->lines[i]);
	}
	if (json) {
		json_write_close(&w);
		cmd_print_json(&w, &out);
	}
}

static int
run(const struct cmd_call *call)
{
	struct err err = ERR_INIT;
	struct fleet_config *config = NULL;
	struct journal journal = {0};
	char *dir = NULL;
	int rc = fleet_locate(cmd_value(call, "fleet"), &config, &err);
	if (rc == 0)
		rc = fleet_state_dir(config->name, &dir, &err);
	if (rc == 0)
		rc = journal_read(dir, call->arg_count ? call->args[0] : NULL,
			cmd_value(call, "all") ? 0 : LAST, &journal, &err);
	if (rc == 0)
		print(&journal, cmd_value(call, "json") != NULL);
	/* One that has gone, or that never was: nothing is not an answer to who asks. */
	char safe[80] = "";
	if (rc == 0 && journal.count == 0 && !cmd_value(call, "json"))
		fprintf(stderr, "cockpit: nothing has happened%s%s yet\n",
			call->arg_count ? " to " : "",
			call->arg_count
				? text_safe_tmp(safe, sizeof(safe), str_from(call->args[0]))
				: "");
	journal_release(&journal);
	fleet_config_free(config);
	mem_free(dir);
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
