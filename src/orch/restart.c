/* SPDX-License-Identifier: MIT */
/* An agent that is started once more where it is, as it was started. */
#include <stdio.h>
#include <string.h>

#include "cockpit/base_mem.h"
#include "cockpit/fleet_profile.h"
#include "cockpit/orch_journal.h"
#include "local.h"

#define OPTIONS_MAX 16 /* act_start_options */

int
pilot_restart(struct pilot *pilot, uint32_t agent)
{
	struct agent_view view;
	char id[PILOT_ID_MAX];
	pilot_make_id(id);
	int rc = act_agent_respawn(pilot->fleet, agent, id);
	if (rc == 0 && fleet_agent(pilot->fleet, agent, &view)) {
		const struct journal_entry entry = {
			.kind = JOURNAL_RESTART, .agent = view.name, .host = view.host};
		journal_add(pilot->ledger, &entry);
	}
	return rc;
}

bool
pilot_goes_on(const struct agent_view *agent, char why[96])
{
	const struct profile *profile = profile_find(agent->profile);
	why[0] = '\0';
	if (!profile)
		snprintf(why, 96, "cockpit does not know its kind");
	else if (profile->shell)
		snprintf(why, 96, "it is a shell");
	else if (!profile->resume)
		snprintf(why, 96, "no way to do that is known for %.40s", profile->name);
	else if (!agent->talked)
		snprintf(why, 96, "none is known yet");
	return why[0] == '\0';
}

static void
tell_restarted(void *ctx, struct str out, const char *name, struct buf *text)
{
	(void)ctx;
	(void)out;
	buf_printf(text, "restarted %s", name);
}

int
pilot_restart_running(
	struct pilot *pilot, uint32_t agent, pilot_fn *done, void *ctx, struct err *err)
{
	struct agent_view view;
	char id[PILOT_ID_MAX];
	const char *args[5 + OPTIONS_MAX];
	size_t count = 0;
	if (!fleet_agent(pilot->fleet, agent, &view))
		return err_set(err, ERR_NOT_FOUND, "there is no such agent");
	if (!view.present)
		return err_set(err, ERR_NOT_FOUND, "agent %s does not run", view.name);
	pilot_make_id(id);
	args[count++] = view.name;
	args[count++] = view.uid;
	args[count++] = id;
	args[count++] = view.talked ? "1" : "";
	for (size_t i = 0; act_start_options[i]; i++) {
		BUG_ON(i >= OPTIONS_MAX);
		args[count++] = act_start_options[i];
	}
	args[count] = NULL;
	return order_run(pilot, view.host_index, "restart", args, STR(""), view.name,
		tell_restarted, done, ctx, err);
}
