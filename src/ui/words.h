/*
 * ui/words: what is said of agents and hosts, the same on a tile, in the list and in the
 * header. All of it is safe to draw.
 */
#ifndef COCKPIT_UI_WORDS_H
#define COCKPIT_UI_WORDS_H

#include "cockpit/base_buf.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/repo_diff.h"
#include "theme.h"

enum words_length { WORDS_SHORT, WORDS_ALL };

/* What is shown is not live: the host is not there, or the agent went with its server. */
bool words_grey(const struct agent_view *agent, const struct host_view *host);
/* "⠹ working 3m", or what stands in its way: "link lost 12s · next try in 8s". */
void words_state(const struct agent_view *agent, const struct host_view *host,
	enum words_length length, struct buf *into);
enum theme_role words_role(const struct agent_view *agent, const struct host_view *host);
enum theme_role words_state_role(enum agent_state state);
/* "login 3s", "stale 31s", "link lost 12s · next try in 8s" */
void words_host(const struct host_view *host, enum words_length length, struct buf *into);
enum theme_role words_host_role(const struct host_view *host);
/* "was ⠹ working": what was known when the host was heard last; nothing if there was nothing.
 */
void words_last(const struct agent_view *agent, const struct host_view *host, struct buf *into);
/* The reason, at most cols wide. */
void words_why(const struct agent_view *agent, const struct host_view *host, int cols,
	struct buf *into);
/* What keeps it from going on without a person, at most cols wide; the same as words_why()
 * where that is its host. */
void words_friction(const struct agent_view *agent, const struct host_view *host, int cols,
	struct buf *into);
/* The key that helps; "" */
const char *words_help(const struct agent_view *agent, const struct host_view *host);
/* Why a key cannot be sent: "web-1 does not answer". */
void words_deaf(const struct agent_view *agent, const struct host_view *host, struct buf *into);
/* How much an agent has changed: "+2 -1", with files " in 3 files" behind; nothing if nothing.
 */
void words_work(const struct diff *diff, bool files, struct buf *into);

/* "#ui #urgent" */
void words_tags(const char *tags, struct buf *into);

#endif
