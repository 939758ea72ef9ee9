/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <unistd.h>

#include "cmd.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_pilot.h"
#include "cockpit/repo_mirror.h"
#include "session.h"

/* Where it is: as said, where it runs, or where its work was fetched from last. The caller's;
 * NULL with *err. */
static char *
find_host(struct session *s, const struct cmd_call *call, const char *agent, struct err *err)
{
	struct agent_view view;
	uint32_t id = fleet_agent_find(s->fleet, agent);
	struct mirror *mirror = NULL;
	struct mirror_work work;
	char *ret, safe[100];
	agent = session_split(agent, &ret);
	if (!ret && cmd_value(call, "host"))
		ret = mem_strdup(cmd_value(call, "host"));
	else if (!ret && id && fleet_agent(s->fleet, id, &view))
		ret = mem_strdup(view.host);
	else if (!ret && pilot_mirror(s->pilot, &mirror, err) == 0 &&
		 mirror_find_host(mirror, agent, &ret, &work, NULL) < 0)
		session_agent(s, agent, err);
	mirror_close(mirror);
	if (ret && fleet_host_find(s->fleet, ret) < 0) {
		err_set(err, ERR_NOT_FOUND, "fleet %s has no host %s",
			fleet_config(s->fleet)->name,
			text_safe_tmp(safe, sizeof(safe), str_from(ret)));
		mem_free(ret);
		ret = NULL;
	}
	return ret;
}

static int
run(const struct cmd_call *call)
{
	struct session s;
	struct err err = ERR_INIT;
	char safe[100];
	for (int i = 0; i < call->arg_count; i++) {
		if (session_hosts_differ(call, call->args[i]))
			return cmd_usage(call->cmd, "%s is on another host than --host says",
				text_safe_tmp(safe, sizeof(safe), str_from(call->args[i])));
	}
	if (session_open(&s, cmd_value(call, "fleet"), FLEET_STEADY, &err) < 0)
		return cmd_fail(&err);
	session_settle(&s, -1, SESSION_SETTLE_MS);
	for (int i = 0; i < call->arg_count; i++) {
		err = ERR_INIT;
		char *host = find_host(&s, call, call->args[i], &err), *said;
		const char *name = session_split(call->args[i], &said);
		mem_free(said);
		if (host && pilot_delete(s.pilot, host, name, session_report, &s, &err) == 0)
			s.pending++;
		if (err.code) {
			int status = cmd_fail(&err);
			s.failed = s.failed ? s.failed : status;
		}
		mem_free(host);
	}
	session_wait(&s, SESSION_FETCH_MS);
	session_close(&s);
	return s.failed;
}

const struct cmd cmd_delete = {
	.name = "delete",
	.args = "AGENT... [--host HOST]",
	.min = 1,
	.max = -1,
	.word = CMD_WORD_AGENT,
	.summary = "end agents and remove their work trees; their work goes into the trash",
	.help = "Ends the agents if they run, fetches what they have left, and removes their "
		"work trees\n"
		"and branches on their hosts, but only if all of it is here. \"cockpit trash\" "
		"has it then.\n"
		"Files that git ignores are gone.",
	.options = {CMD_FLEET_OPTION,
		    {"host", 'H', "HOST", CMD_WORD_HOST,
			"where it is (default: where it runs or was seen last)"}},
	.run = run,
};
