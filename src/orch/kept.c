/* SPDX-License-Identifier: MIT */
/* Who does not run any more, and whose work is kept: a machine that was started anew has told
 * nobody. */
#include <string.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/repo_mirror.h"
#include "local.h"

/* It is known who runs there. */
static bool
is_known(const struct pilot *pilot, const char *host, size_t len)
{
	for (int i = 0; i < fleet_host_count(pilot->fleet); i++) {
		struct host_view view;
		fleet_host_at(pilot->fleet, i, &view);
		if (strlen(view.name) == len && memcmp(view.name, host, len) == 0)
			return view.state == HOST_READY || view.state == HOST_LINKED ||
			       view.state == HOST_DOWN || view.state == HOST_ENDED;
	}
	return false;
}

/* A name is one agent's, wherever it was: one that came back elsewhere runs. */
static bool
is_shown(const struct pilot *pilot, const char *name)
{
	for (int i = 0; i < fleet_agent_count(pilot->fleet); i++) {
		struct agent_view view;
		fleet_agent_at(pilot->fleet, i, &view);
		if (strcmp(view.name, name) == 0)
			return true;
	}
	return false;
}

static bool
is_before(const char *const agents[], size_t end, const char *name)
{
	for (size_t i = 0; i < end; i++) {
		const char *other = strchr(agents[i], '/');
		if (other && strcmp(other + 1, name) == 0)
			return true;
	}
	return false;
}

void
pilot_kept(const struct pilot *pilot, const char *const agents[], struct buf *into)
{
	for (size_t i = 0; agents && agents[i]; i++) {
		const char *name = strchr(agents[i], '/');
		if (name && is_known(pilot, agents[i], (size_t)(name - agents[i])) &&
			!is_shown(pilot, name + 1) && !is_before(agents, i, name + 1))
			buf_printf(into, "%s%s", into->len ? ", " : "", name + 1);
	}
}

void
pilot_kept_now(const struct pilot *pilot, struct buf *into)
{
	struct mirror *mirror = NULL;
	/* Looking makes none. */
	if (!pilot->mirror || !path_exists(pilot->mirror) ||
		mirror_open(pilot->mirror, &mirror, NULL) < 0)
		return;
	char **agents = mirror_agents(mirror);
	pilot_kept(pilot, (const char *const *)agents, into);
	mem_free_words(agents);
	mirror_close(mirror);
}
