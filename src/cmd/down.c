/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_pilot.h"
#include "session.h"

struct down {
	struct session *session;
	const char *host;
	int *ended;
};

static void
on_down(void *ctx, const char *text, const struct err *err)
{
	struct down *down = ctx;
	struct str rest = str_from(text);
	while (!err && rest.len > 0) {
		struct str line = str_cut(&rest, '\n');
		struct str name = str_cut(&line, ' ');
		/* A shell beside an agent has no work tree of its own. */
		printf("ended %.*s on %s%s%.*s\n", STR_ARG(name), down->host,
			line.len > 0 ? "; its work stays in " : "", STR_ARG(line));
		(*down->ended)++;
	}
	session_report(down->session, "", err);
}

static int
run(const struct cmd_call *call)
{
	struct session s;
	struct err err = ERR_INIT;
	struct down downs[CONFIG_HOSTS_MAX];
	int ended = 0;
	const char *which = call->arg_count ? call->args[0] : cmd_value(call, "fleet");
	if (session_open(&s, which, FLEET_STEADY, &err) < 0)
		return cmd_fail(&err);
	session_settle(&s, -1, SESSION_SETTLE_MS);
	for (int i = 0; i < fleet_host_count(s.fleet); i++) {
		struct host_view view;
		fleet_host_at(s.fleet, i, &view);
		if (view.state != HOST_LINKED)
			continue;
		downs[i] = (struct down){&s, view.name, &ended};
		if (pilot_down(s.pilot, i, on_down, &downs[i], &err) == 0)
			s.pending++;
		else
			s.failed = cmd_fail(&err);
	}
	session_wait(&s, 150000);
	if (ended == 0 && !s.failed)
		printf("nothing of fleet %s was running\n", fleet_config(s.fleet)->name);
	fflush(stdout);
	int status = session_complain(&s);
	session_close(&s);
	return s.failed ? s.failed : status;
}

const struct cmd cmd_down = {
	.name = "down",
	.args = "[FLEET]",
	.max = 1,
	.word = CMD_WORD_FLEET,
	.summary = "end every agent of a fleet, on all its hosts",
	.help = "Ends all agents of the fleet and says which. Work trees and branches stay. "
		"Hosts\n"
		"that cannot be reached are named; what runs there goes on (exit status 3).",
	.options = {CMD_FLEET_OPTION},
	.run = run,
};
