/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_pilot.h"
#include "cockpit/repo_patch.h"
#include "session.h"

#define CONTEXT 3

static void
print_json(
	const char *agent, const struct mirror_work *work, const struct diff *diff, bool fresh)
{
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, true);
	json_write_object(&w, NULL);
	json_write_cstr(&w, "agent", agent);
	json_write_bool(&w, "fresh", fresh);
	json_write_cstr(&w, "from", diff->from[0] ? diff->from : NULL);
	json_write_cstr(&w, "head", work->head[0] ? work->head : NULL);
	json_write_cstr(&w, "snapshot", work->snap);
	json_write_int(&w, "added", diff->added);
	json_write_int(&w, "removed", diff->removed);
	json_write_int(&w, "files_left", (long long)diff->files_left);
	json_write_array(&w, "files");
	for (size_t i = 0; i < diff->file_count; i++) {
		const struct diff_file *file = &diff->files[i];
		const char status[] = {file->status, '\0'};
		json_write_object(&w, NULL);
		json_write_cstr(&w, "path", file->path);
		json_write_cstr(&w, "old_path", file->old_path);
		json_write_cstr(&w, "status", status);
		json_write_bool(&w, "binary", file->binary);
		json_write_int(&w, "added", file->added);
		json_write_int(&w, "removed", file->removed);
		json_write_close(&w);
	}
	json_write_close(&w);
	json_write_close(&w);
	cmd_print_json(&w, &out);
}

/* Through the person's pager, as git does. */
static void
page(struct str text)
{
	const char *pager = getenv("PAGER");
	FILE *to = NULL;
	signal(SIGPIPE, SIG_IGN); /* who has seen enough leaves */
	if (!pager)
		pager = "less -FRX";
	if (pager[0]) {
		setenv("LESS", "FRX", 0);
		fflush(stdout);
		to = popen(pager, "w");
	}
	fwrite(text.ptr, 1, text.len, to ? to : stdout);
	if (to)
		pclose(to);
}

static void
print_text(const struct cmd_call *call, const struct diff *diff)
{
	struct buf out = BUF_INIT;
	bool person = isatty(STDOUT_FILENO);
	unsigned flags = person ? PATCH_SAFE : 0;
	if (person && !getenv("NO_COLOR"))
		flags |= PATCH_COLOUR;
	if (cmd_value(call, "stat"))
		patch_write_stat(diff, flags, &out);
	else
		patch_write(diff, flags, &out);
	if (person && !cmd_value(call, "stat"))
		page(buf_str(&out));
	else
		fwrite(buf_str(&out).ptr, 1, out.len, stdout);
	buf_release(&out);
}

static int
show(const struct cmd_call *call, struct mirror *mirror, const char *host, const char *agent,
	const struct diff_options *options, bool fresh, struct err *err)
{
	struct mirror_work work;
	struct diff *diff = NULL;
	int rc = mirror_find(mirror, host, agent, &work, err);
	if (rc == 0)
		rc = repo_diff(mirror, &work, options, &diff, err);
	if (rc == 0) {
		if (cmd_value(call, "json"))
			print_json(agent, &work, diff, fresh);
		else
			print_text(call, diff);
	}
	diff_free(diff);
	return rc;
}

static int
run(const struct cmd_call *call)
{
	struct session s;
	struct err err = ERR_INIT;
	struct diff_options options = {.context = CONTEXT,
		.ignore_space = cmd_value(call, "ignore-space") != NULL,
		.stat = cmd_value(call, "stat") || cmd_value(call, "json"),
		.binary = !isatty(STDOUT_FILENO)};
	const char *against = cmd_value(call, "against"), *name = call->args[0];
	if (against && !diff_side_find(against, &options.side))
		return cmd_usage(call->cmd,
			"--against takes \"merge-base\", \"base\" or \"head\", not \"%s\"",
			against);
	if (session_open(&s, cmd_value(call, "fleet"), FLEET_STEADY, &err) < 0)
		return cmd_fail(&err);
	session_settle(&s, -1, SESSION_SETTLE_MS);
	struct err late = ERR_INIT;
	struct agent_view view;
	struct mirror *mirror = NULL;
	char *host = NULL;
	uint32_t id = session_agent(&s, name, &late);
	name = session_split(name, &host);
	if (id && fleet_agent(s.fleet, id, &view)) {
		mem_free(host);
		host = mem_strdup(view.host);
		session_fetch(&s, id, &late);
	}
	int rc = pilot_mirror(s.pilot, &mirror, &err);
	session_close(&s);
	bool fresh = late.code == 0;
	if (rc == 0)
		rc = show(call, mirror, host, name, &options, fresh, &err);
	int status = 0;
	if (!fresh) {
		status = cmd_fail(&late);
		if (rc == 0) {
			fprintf(stderr, "cockpit: this is its work as it was fetched last\n");
			status = CMD_PARTIAL;
		}
	} else if (rc < 0) {
		status = cmd_fail(&err);
	}
	mirror_close(mirror);
	mem_free(host);
	return status;
}

const struct cmd cmd_diff = {
	.name = "diff",
	.args = "AGENT [--stat|--json|--patch]",
	.min = 1,
	.max = 1,
	.word = CMD_WORD_AGENT,
	.summary = "show what an agent has changed",
	.help = "Fetches the agent's work, what is not committed too, and shows how it differs "
		"from\n"
		"where its branch began. Neither its index nor its work tree is touched. What "
		"was\n"
		"fetched stays in the fleet's mirror: of an agent that is gone, or whose host "
		"cannot\n"
		"be reached, the last of it is shown (exit status 3). Piped, it is a patch as\n"
		"\"git apply\" takes it.",
	.options = {CMD_FLEET_OPTION, {"stat", 0, NULL, CMD_WORD_NONE, "a line a file"},
		    {"patch", 'p', NULL, CMD_WORD_NONE, "the whole patch (the default)"},
		    CMD_JSON_OPTION, {"against", 0, "SIDE", CMD_WORD_NONE,
			"merge-base (the default), base (its tip) or head (what is not "
			"committed)"},
		    {"ignore-space", 'w', NULL, CMD_WORD_NONE, "not what differs in spaces alone"}},
	.run = run,
};
