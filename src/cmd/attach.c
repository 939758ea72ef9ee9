/* SPDX-License-Identifier: MIT */
#include "attach.h"

#include <stdio.h>
#include <unistd.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/fleet_config.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/fleet_locate.h"
#include "cockpit/orch_pilot.h"
#include "cockpit/ui_app.h"
#include "session.h"

static int
once(const struct cmd_call *call, struct fleet_config *config, struct ui_options *options)
{
	struct err err = ERR_INIT;
	struct buf frame = BUF_INIT;
	const char *size = cmd_value(call, "size");
	int down = 0;
	options->cols = 200;
	options->rows = 60;
	options->ansi = cmd_value(call, "ansi") != NULL;
	if (size && cmd_size(size, &options->cols, &options->rows, &err) < 0) {
		fleet_config_free(config);
		return cmd_fail(&err);
	}
	int rc = ui_once(config, options, &frame, &down, &err);
	fwrite(buf_str(&frame).ptr, 1, frame.len, stdout);
	fflush(stdout);
	buf_release(&frame);
	if (rc < 0)
		return cmd_fail(&err);
	return down ? CMD_PARTIAL : 0;
}

int
attach_show(
	const struct cmd_call *call, struct fleet_config *config, struct ui_options *options)
{
	struct err err = ERR_INIT;
	int status = 0;
	options->theme = cmd_value(call, "theme");
	session_log(config->name);
	if (cmd_value(call, "once")) {
		status = once(call, config, options);
	} else {
		char *name = mem_strdup(config->name);
		if (ui_run(config, options, &status, &err) < 0)
			status = cmd_fail(&err);
		else if (status == 0 && call->cmd != &cmd_demo)
			printf("detached from %s; its agents go on: \"cockpit attach %s\" "
			       "comes back\n",
				name, name);
		mem_free(name);
	}
	log_close();
	return status;
}

static int
run_attach(const struct cmd_call *call)
{
	struct fleet_config *config;
	struct err err = ERR_INIT;
	struct ui_options options = {0};
	const char *which = call->arg_count ? call->args[0] : cmd_value(call, "fleet");
	if (fleet_locate(which, &config, &err) < 0)
		return cmd_fail(&err);
	return attach_show(call, config, &options);
}

static int
up_detached(struct fleet_config *config)
{
	struct session s;
	session_open_config(&s, config, FLEET_STEADY);
	session_settle(&s, -1, SESSION_SETTLE_MS);
	for (size_t i = 0; i < config->agent_count; i++) {
		struct err err = ERR_INIT;
		struct agent_view view;
		const char *name = config->agents[i].name;
		if (fleet_agent(s.fleet, fleet_agent_find(s.fleet, name), &view) &&
			view.present) {
			session_tell_there(&view);
			continue;
		}
		if (pilot_spawn_declared(s.pilot, name, 0, 0, session_report, &s, &err) == 0)
			s.pending++;
		else
			s.failed = cmd_fail(&err);
	}
	session_wait(&s, 620000);
	session_close(&s);
	return s.failed;
}

static int
run_up(const struct cmd_call *call)
{
	struct fleet_config *config;
	struct err err = ERR_INIT;
	struct ui_options options = {.up = true};
	const char *which = call->arg_count ? call->args[0] : cmd_value(call, "fleet");
	if (fleet_locate(which, &config, &err) < 0)
		return cmd_fail(&err);
	options.wait_agents = (int)config->agent_count;
	if (cmd_value(call, "detach"))
		return up_detached(config);
	return attach_show(call, config, &options);
}

const struct cmd cmd_attach = {
	.name = "attach",
	.args = "[FLEET] [--once [--size COLSxROWS] [--ansi]]",
	.max = 1,
	.word = CMD_WORD_FLEET,
	.summary = "show a fleet: every agent's terminal, live",
	.help = "Shows the fleet and lets you type into its agents. Detaching, losing the "
		"terminal\n"
		"or being killed stops nothing: agents run in tmux on their hosts. Several may "
		"be\n"
		"attached at once. This is also what \"cockpit\" without a command does.",
	.options = {CMD_FLEET_OPTION, CMD_ATTACH_OPTIONS},
	.run = run_attach,
};

const struct cmd cmd_up = {
	.name = "up",
	.args = "[FLEET] [--detach]",
	.max = 1,
	.word = CMD_WORD_FLEET,
	.summary = "start the agents that the fleet file names, and show the fleet",
	.help = "Starts every agent that the fleet file declares and that does not run, then\n"
		"attaches.",
	.options = {CMD_FLEET_OPTION, CMD_ATTACH_OPTIONS,
		    {"detach", 'd', NULL, CMD_WORD_NONE, "start them and end, without the screen"}},
	.run = run_up,
};
