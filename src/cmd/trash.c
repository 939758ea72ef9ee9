/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_pilot.h"
#include "cockpit/repo_diff.h"
#include "cockpit/repo_mirror.h"
#include "session.h"

#define DAY_S    86400
#define DAYS_MAX 36500

/* --- ls --- */

static void
print_item(struct mirror *mirror, const struct mirror_trashed *item)
{
	static const struct diff_options compare = {.side = DIFF_MERGE_BASE};
	struct diff *diff = NULL;
	char at[40];
	time_t wall = (time_t)item->at;
	struct tm tm;
	localtime_r(&wall, &tm);
	strftime(at, sizeof(at), "%Y-%m-%d %H:%M", &tm);
	printf("%-16s  %-20s  %-12s", at, item->agent, item->host);
	if (repo_diff(mirror, &item->work, &compare, &diff, NULL) == 0)
		printf("  +%lld -%lld in %zu files", diff->added, diff->removed,
			diff->file_count + diff->files_left);
	printf("\n");
	diff_free(diff);
}

static void
print_json(const struct mirror_trashed *all, size_t count)
{
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, true);
	json_write_array(&w, NULL);
	for (size_t i = 0; i < count; i++) {
		json_write_object(&w, NULL);
		json_write_int(&w, "at", all[i].at);
		json_write_cstr(&w, "agent", all[i].agent);
		json_write_cstr(&w, "host", all[i].host);
		json_write_cstr(&w, "head", all[i].work.head);
		json_write_cstr(&w, "snap", all[i].work.snap);
		json_write_cstr(&w, "base", all[i].work.base);
		json_write_close(&w);
	}
	json_write_close(&w);
	cmd_print_json(&w, &out);
}

static int
ls(const struct cmd_call *call, struct mirror *mirror, struct err *err)
{
	struct mirror_trashed *all;
	size_t count;
	int rc = mirror_trash_list(mirror, &all, &count, err);
	if (rc == 0 && cmd_value(call, "json"))
		print_json(all, count);
	for (size_t i = 0; i < count && rc == 0 && !cmd_value(call, "json"); i++)
		print_item(mirror, &all[i]);
	if (rc == 0 && count == 0 && !cmd_value(call, "json"))
		printf("the trash is empty\n");
	mirror_trash_release(all, count);
	return rc;
}

/* --- restore, empty --- */

static int
restore(const struct cmd_call *call, struct session *s, struct err *err)
{
	session_settle(s, -1, SESSION_SETTLE_MS);
	int rc = pilot_undelete(
		s->pilot, call->args[1], cmd_value(call, "host"), session_report, s, err);
	s->pending = rc == 0;
	session_wait(s, SESSION_SPAWN_MS);
	return rc;
}

static int
empty(const struct cmd_call *call, struct mirror *mirror, struct err *err)
{
	const char *days = cmd_value(call, "older");
	int64_t before = INT64_MAX;
	size_t count = 0;
	int number = 0;
	if (days && !str_to_int(str_from(days), 0, DAYS_MAX, &number))
		return err_set(err, ERR_INVALID, "--older wants days, 0 to %d", DAYS_MAX);
	if (days)
		before = clock_wall() - (int64_t)number * DAY_S;
	int rc = mirror_trash_empty(
		mirror, before, call->arg_count > 1 ? call->args[1] : NULL, &count, err);
	char safe[80];
	if (rc == 0 && count == 0 && !days && call->arg_count > 1)
		return err_set(err, ERR_NOT_FOUND, "there is no %s in the trash",
			text_safe_tmp(safe, sizeof(safe), str_from(call->args[1])));
	if (rc == 0)
		printf("let go of %zu\n", count);
	return rc;
}

static int
run(const struct cmd_call *call)
{
	struct session s;
	struct err err = ERR_INIT;
	struct mirror *mirror = NULL;
	const char *verb = call->arg_count ? call->args[0] : "ls";
	bool lists = strcmp(verb, "ls") == 0, restores = strcmp(verb, "restore") == 0;
	if (!lists && !restores && strcmp(verb, "empty") != 0)
		return cmd_verb(call, "ls, restore or empty");
	if ((lists && call->arg_count > 1) || (restores && call->arg_count != 2))
		return cmd_usage(
			call->cmd, lists ? "ls takes no agent" : "restore wants an agent");
	if (session_open(&s, cmd_value(call, "fleet"), FLEET_STEADY, &err) < 0)
		return cmd_fail(&err);
	int rc = pilot_mirror(s.pilot, &mirror, &err);
	if (rc == 0 && lists)
		rc = ls(call, mirror, &err);
	else if (rc == 0 && restores)
		rc = restore(call, &s, &err);
	else if (rc == 0)
		rc = empty(call, mirror, &err);
	mirror_close(mirror);
	session_close(&s);
	return rc < 0 ? cmd_fail(&err) : s.failed;
}

const struct cmd cmd_trash = {
	.name = "trash",
	.args = "[ls | restore AGENT | empty [AGENT]] [--host HOST] [--older DAYS] [--json]",
	.min = 0,
	.max = 2,
	.summary = "what was deleted: list it, bring it back, let go of it",
	.help = "ls: the work of agents that were deleted, the oldest first.\n"
		"restore: the last one of that name comes back and goes on, as with \"cockpit "
		"resume\".\n"
		"empty: lets go of it for good; of one agent, or of what is older than so many "
		"days.",
	.options = {CMD_FLEET_OPTION,
		    {"host", 'H', "HOST", CMD_WORD_HOST, "restore: where (default: where it was)"},
		    {"older", 'o', "DAYS", CMD_WORD_NONE, "empty: only what is older"},
		    CMD_JSON_OPTION},
	.run = run,
};
