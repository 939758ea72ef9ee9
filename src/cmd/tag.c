/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_tags.h"
#include "session.h"

static void
print(const struct session *s, const char *agent)
{
	struct buf label = BUF_INIT;
	struct str rest = str_from(pilot_tags(s->pilot, agent));
	text_safe(&label, str_from(pilot_label(s->pilot, agent)), -1);
	if (label.len > 0)
		printf("%s\n", buf_cstr(&label));
	while (rest.len > 0) {
		struct str tag = str_cut(&rest, ' ');
		printf("#%.*s\n", STR_ARG(tag));
	}
	buf_release(&label);
}

/* One that is there now; where not all hosts answer, also one that may be. Its name. */
static const char *
find(const struct session *s, const char *agent, struct err *err)
{
	char *host;
	uint32_t id = session_agent(s, agent, err);
	const char *name = session_split(agent, &host);
	if (!id && (!host || fleet_host_find(s->fleet, host) >= 0) &&
		str_is_name(str_from(name)) && session_complain(s) != 0) {
		*err = ERR_INIT;
		id = 1;
	}
	mem_free(host);
	return id ? name : NULL;
}

static int
run(const struct cmd_call *call)
{
	struct session s;
	struct err err = ERR_INIT;
	struct buf words = BUF_INIT, tags = BUF_INIT;
	const char *agent, *label = cmd_value(call, "label");
	bool clear = cmd_value(call, "clear") != NULL, some = call->arg_count > 1;
	if (clear && some)
		return cmd_usage(call->cmd, "--clear takes no tags");
	for (int i = 1; i < call->arg_count; i++)
		buf_printf(&words, "%s ", call->args[i]);
	int rc = tags_clean(buf_str(&words), &tags, &err);
	buf_release(&words);
	if (rc < 0 || session_open(&s, cmd_value(call, "fleet"),
			      FLEET_WATCH | FLEET_LOOK | FLEET_STEADY, &err) < 0) {
		buf_release(&tags);
		return cmd_fail(&err);
	}
	session_settle(&s, -1, SESSION_SETTLE_MS);
	agent = find(&s, call->args[0], &err);
	if (agent && (clear || some || label))
		pilot_tag(s.pilot, agent, clear || some ? buf_cstr(&tags) : NULL, label, &err);
	else if (agent)
		print(&s, agent);
	session_close(&s);
	buf_release(&tags);
	return err.code ? cmd_fail(&err) : 0;
}

const struct cmd cmd_tag = {
	.name = "tag",
	.args = "AGENT [TAG...] [--label TEXT] [--clear]",
	.min = 1,
	.max = 9,
	.word = CMD_WORD_AGENT,
	.summary = "say an agent's tags, or give it others",
	.help = "The tags take the place of those that it has; without any they are printed. "
		"The\n"
		"screen's \"/\" finds agents by them. They are kept here, by the agent's name, "
		"until\n"
		"another agent is started by it. The label stands on the agent's tile, beside "
		"its\n"
		"name; an empty one is none.",
	.options = {CMD_FLEET_OPTION,
		    {"label", 'l', "TEXT", CMD_WORD_NONE, "what stands beside its name"},
		    {"clear", 0, NULL, CMD_WORD_NONE, "it has no tags any more"}},
	.run = run,
};
