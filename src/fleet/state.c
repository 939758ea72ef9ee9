/* SPDX-License-Identifier: MIT */
/*
 * A host's life as rows. Whatever happens to it is an event; the first row that
 * has its state and the event says what comes next. What stands in no row does not
 * concern a host in that state: an answer that comes too late, a word of a link
 * that is gone.
 */
#define LOG_MODULE "host"
#include "cockpit/base_clock.h"
#include "cockpit/base_log.h"
#include "local.h"

static const struct {
	const char *json, *word;
} states[] = {
#define X(json, name, word) {json, word},
	HOST_STATES(X)
#undef X
};

#define IN(name) (1u << HOST_##name)
#define AT_REST  (IN(DOWN) | IN(LOST) | IN(REFUSED) | IN(ENDED) | IN(CANCELED))
#define COMING \
	(IN(WAITING) | IN(RESOLVING) | IN(CONNECTING) | IN(HOSTKEY) | IN(LOGIN) | IN(ASKING))
#define TRIED    (COMING | IN(PROBING) | IN(LOST))
#define UP       (IN(LINKED) | IN(PROBING) | IN(READY) | IN(STALE))
#define ATTACHED (IN(READY) | IN(STALE))

/* clang-format off */
static const struct row {
	unsigned from;
	enum host_event event;
	enum host_state next;
	void (*act)(struct host *host);
} rows[] = {
	{AT_REST,                  HOST_WANTED,          HOST_CONNECTING, host_begin},
	{COMING,                   HOST_WAITS,           HOST_WAITING,    NULL},
	{COMING,                   HOST_RESOLVES,        HOST_RESOLVING,  NULL},
	{COMING,                   HOST_CONNECTS,        HOST_CONNECTING, NULL},
	{COMING,                   HOST_CHECKS_KEY,      HOST_HOSTKEY,    NULL},
	{COMING,                   HOST_LOGS_IN,         HOST_LOGIN,      NULL},
	{COMING,                   HOST_ASKS,            HOST_ASKING,     NULL},
	{COMING | ATTACHED,        HOST_ATTACHES,        HOST_PROBING,    NULL},
	{COMING,                   HOST_RUNS_COMMANDS,   HOST_LINKED,     NULL},
	{IN(PROBING),              HOST_TOLD_ALL,        HOST_READY,      probe_start},
	{IN(READY),                HOST_IS_SILENT,       HOST_STALE,      NULL},
	{IN(STALE),                HOST_SPEAKS,          HOST_READY,      NULL},
	{COMING | UP,              HOST_WAS_LOST,        HOST_LOST,       host_lost},
	{COMING | UP,              HOST_WAS_REFUSED,     HOST_REFUSED,    host_down},
	{COMING | UP,              HOST_WAS_ENDED,       HOST_ENDED,      host_down},
	{TRIED,                    HOST_WAS_CANCELED,    HOST_CANCELED,   host_down},
};
/* clang-format on */

const char *
host_state_json(enum host_state state)
{
	return states[state].json;
}

const char *
host_state_word(enum host_state state)
{
	return states[state].word;
}

bool
host_state_coming(enum host_state state)
{
	return ((COMING | IN(PROBING)) >> state & 1) != 0;
}

bool
host_state_tried(enum host_state state)
{
	return (TRIED >> state & 1) != 0;
}

static const struct row *
find_row(enum host_state state, enum host_event event)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].event == event && rows[i].from >> state & 1)
			return &rows[i];
	}
	return NULL;
}

bool
host_step(struct host *host, enum host_event event)
{
	const struct row *row = find_row(host->state, event);
	if (!row || (row->next == host->state && !row->act))
		return false;
	const char *why = row->act && host->why.code ? host->why.text : "";
	log_info("host %s: %s -> %s%s%s%s", host->config->name, states[host->state].json,
		states[row->next].json, why[0] ? " (" : "", why, why[0] ? ")" : "");
	host->before = host->state;
	host->state = row->next;
	host->way += host_state_tried(host->state) && !host_state_tried(host->before);
	host->since = clock_ms();
	if (row->act)
		row->act(host);
	fleet_emit(host->fleet, FLEET_HOST, host->index, 0);
	return true;
}
