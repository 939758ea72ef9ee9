/* SPDX-License-Identifier: MIT */
/*
 * One host: a link, and over it one tmux conversation that carries all agents.
 * Each host goes its own way; nothing here waits for another one.
 *
 * What belongs to one connection sits in struct conn and is cut off at once
 * when the host drops it, so that late callbacks of the old one cannot touch
 * the new one.
 */
#define LOG_MODULE "host"
#include <stdio.h>
#include <stdlib.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_link.h"
#include "cockpit/io_loop.h"
#include "cockpit/ssh_link.h"
#include "cockpit/tmux_quote.h"
#include "cockpit/tmux_version.h"
#include "local.h"

#define ATTACH_MS    20000
#define RETRY_MIN_MS 500
#define RETRY_MAX_MS 30000
#define CLOSER_MS    20
#define LIST_MAX     4096 /* panes of one host that are looked at */
#define PREAMBLE_MAX 65536

struct conn {
	struct host *host; /* NULL: dropped */
	struct stream *stream;
};

static const struct {
	const char *json, *word;
} states[] = {
#define X(json, name, word) {json, word},
	HOST_STATES(X)
#undef X
};

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

/* The only writer of the state. */
static void
step(struct host *host, enum host_state state, const char *why)
{
	if (host->state == state)
		return;
	log_info("host %s: %s -> %s%s%s%s", host->config->name, states[host->state].json,
		states[state].json, why ? " (" : "", why ? why : "", why ? ")" : "");
	host->state = state;
	host->since = clock_ms();
	fleet_emit(host->fleet, FLEET_HOST, host->index, 0);
}

/* What no second try can mend without a person. */
static bool
is_final(int code)
{
	return code == ERR_AUTH || code == ERR_HOSTKEY || code == ERR_UNSUPPORTED ||
	       code == ERR_MISSING || code == ERR_REMOTE || code == ERR_CONFIG ||
	       code == ERR_INVALID;
}

static void
plan_retry(struct host *host)
{
	int64_t top = RETRY_MIN_MS << (host->tries < 6 ? host->tries : 6);
	if (top > RETRY_MAX_MS)
		top = RETRY_MAX_MS;
	host->tries++;
	loop_timer_set(host->timer, RETRY_MIN_MS + random() % top);
}

/* Never from inside tmux_control_feed(). why NULL: taken down on purpose. */
static void
drop(struct host *host, const struct err *why)
{
	struct fleet *fleet = host->fleet;
	loop_timer_cancel(host->timer);
	host->why = why ? *why : ERR_INIT;
	struct tmux_control *tc = host->tc;
	host->tc = NULL;
	tmux_control_free(tc);
	if (host->conn) {
		host->conn->host = NULL;
		host->conn = NULL;
	}
	host->link_up = false;
	ask_drop(host);
	/* The link may be what is calling us. */
	loop_timer_set(host->closer, 0);
	buf_clear(&host->preamble);
	host->listed = false;
	for (int i = 0; i < fleet->agent_count; i++) {
		struct agent *agent = fleet->agents[i];
		if (agent->host != host->index)
			continue;
		if (why)
			agent_unsync(agent);
		else
			agent_gone(agent);
		fleet_emit(fleet, FLEET_AGENT, host->index, agent->id);
	}
	if (!why) {
		step(host, HOST_ENDED, NULL);
	} else if (is_final(why->code)) {
		step(host, HOST_REFUSED, why->text);
	} else {
		step(host, HOST_LOST, why->text);
		if (!(fleet->flags & FLEET_STEADY))
			plan_retry(host);
	}
	struct err ended = ERR_INIT;
	if (!why)
		err_set(&ended, ERR_CLOSED, "host %s: the fleet was taken down there",
			host->config->name);
	verbs_wake(host, why ? why : &ended);
}

static void
fail(struct host *host, int code, const char *text)
{
	struct err err = ERR_INIT;
	err_set(&err, code, "host %s: %s", host->config->name, text);
	drop(host, &err);
}

/* Retry, or the deadline of coming up. */
static void
on_timer(void *ctx)
{
	struct host *host = ctx;
	if (host->state == HOST_LOST)
		host_connect(host);
	else if (host->state == HOST_ATTACHING)
		fail(host, ERR_TIMEOUT, "tmux did not answer in time");
}

static void
on_closer(void *ctx)
{
	struct host *host = ctx;
	struct link *link = host->link;
	if (host->link_up)
		return;
	/* The verb that took the fleet down is still at it. */
	if (host->verbs && !host->why.code) {
		loop_timer_set(host->closer, CLOSER_MS);
		return;
	}
	host->link = NULL;
	link_free(link);
	if (host->reconnect) {
		host->reconnect = false;
		host_connect(host);
	}
}

int
host_line(struct host *host, struct str line, unsigned commands, uint64_t noisy,
	tmux_reply_fn *reply, void *ctx)
{
	if (!host->tc)
		return ERR_CLOSED;
	return tmux_control_send_noisy(host->tc, line, commands, noisy, reply, ctx);
}

int
host_agents(const struct host *host)
{
	const struct fleet *fleet = host->fleet;
	int count = 0;
	for (int i = 0; i < fleet->agent_count; i++)
		count += fleet->agents[i]->host == host->index && fleet->agents[i]->pane[0];
	return count;
}

/* Those that the list just taken did not name. */
static void
forget_missing(struct host *host)
{
	struct fleet *fleet = host->fleet;
	for (int i = 0; i < fleet->agent_count; i++) {
		struct agent *agent = fleet->agents[i];
		if (agent->host == host->index && agent->pane[0] &&
			agent->seen != host->lists) {
			agent_gone(agent);
			fleet_emit(fleet, FLEET_AGENT, host->index, agent->id);
		}
	}
}

static void
take_list(struct host *host, struct str text)
{
	struct str rest = text;
	host->lists++;
	for (int lines = 0; rest.len > 0 && lines < LIST_MAX; lines++) {
		struct facts facts;
		if (!facts_parse(str_cut(&rest, '\n'), &facts))
			continue;
		host->clients = facts.attached;
		agent_apply(host, &facts);
	}
	forget_missing(host);
}

static void
on_list(void *ctx, int status, struct str text)
{
	struct host *host = ctx;
	struct fleet *fleet = host->fleet;
	if (status < 0)
		return; /* the end of the conversation follows, or the deadline */
	take_list(host, text);
	for (int i = 0; i < fleet->agent_count; i++) {
		struct agent *agent = fleet->agents[i];
		if (agent->host == host->index && agent->pane[0] && agent->sync == SYNC_NONE)
			sync_start(agent);
	}
	if (!host->listed) {
		host->listed = true;
		host->tries = 0;
		loop_timer_cancel(host->timer);
		step(host, HOST_READY, NULL);
	}
}

void
host_list(struct host *host)
{
	struct buf line = BUF_INIT;
	buf_printf(&line, "list-panes -s -t '=%s:' -F ", host->fleet->session);
	tmux_quote(&line, str_from(facts_format(false)));
	host_line(host, buf_str(&line), 1, 0, on_list, host);
	buf_release(&line);
}

static int
on_write(void *ctx, struct str bytes)
{
	struct host *host = ctx;
	return host->conn ? stream_write(host->conn->stream, bytes) : ERR_CLOSED;
}

/* One line of what the script says before tmux speaks. False: the host was dropped. */
static bool
read_preamble(struct host *host, struct str line)
{
	static const struct tmux_control_ops ops = {.notice = host_notice, .write = on_write};
	char text[256];
	text_safe_tmp(text, sizeof(text), str_slice(line, 0, 200));
	if (str_starts(line, STR("cockpit-error "))) {
		fail(host, ERR_REMOTE, text + 14);
		return false;
	}
	if (str_starts(line, STR("cockpit-tmux ")) && tmux_version(line) < TMUX_MINIMUM) {
		struct err err = ERR_INIT;
		err_set(&err, ERR_UNSUPPORTED, "host %s: %s is too old: 3.2 or newer is needed",
			host->config->name, text + 13);
		drop(host, &err);
		return false;
	}
	if (str_eqc(line, "cockpit-ready"))
		host->tc = tmux_control_new(&ops, host);
	return true; /* other lines are a login's chatter */
}

static void
on_out(void *ctx, struct str bytes)
{
	struct conn *conn = ctx;
	struct host *host = conn->host;
	struct err err = ERR_INIT;
	if (host && !host->tc) {
		if (buf_add(&host->preamble, bytes) < 0) {
			fail(host, ERR_PROTOCOL, "it talks too much before tmux starts");
			return;
		}
		struct str rest = buf_str(&host->preamble);
		while (!host->tc && str_find(rest, '\n') >= 0) {
			if (!read_preamble(host, str_trim(str_cut(&rest, '\n'))))
				return;
		}
		if (!host->tc) {
			buf_consume(&host->preamble, host->preamble.len - rest.len);
			return;
		}
		bytes = rest;
	}
	if (host && tmux_control_feed(host->tc, bytes, &err) < 0) {
		err_prefix(&err, "host %s", host->config->name);
		drop(host, &err);
	}
}

static void
on_errout(void *ctx, struct str bytes)
{
	struct conn *conn = ctx;
	char text[512];
	if (!conn->host)
		return;
	struct str line = str_trim(bytes);
	text_safe_tmp(text, sizeof(text), str_slice(line, 0, 400));
	log_info("host %s: %s", conn->host->config->name, text);
	snprintf(conn->host->complaint, sizeof(conn->host->complaint), "%.200s", text);
}

static void
on_stream_closed(void *ctx, const struct stream_exit *end)
{
	struct conn *conn = ctx;
	struct host *host = conn->host;
	mem_free(conn);
	if (!host)
		return;
	host->conn = NULL;
	/* A plain %exit: detached or ended on purpose. With a reason, or with none at all, not.
	 */
	if (host->exit_reason && host->exit_reason[0] == '\0') {
		drop(host, NULL);
		return;
	}
	struct err err = ERR_INIT;
	char reason[200];
	text_safe_tmp(reason, sizeof(reason), str_from(host->exit_reason));
	if (end->err)
		err_set(&err, end->err->code, "host %s: %s", host->config->name,
			end->err->text);
	else if (host->exit_reason)
		err_set(&err, ERR_CLOSED, "host %s: tmux: %s", host->config->name, reason);
	else if (verb_is_csh(str_from(host->complaint)))
		err_set(&err, ERR_UNSUPPORTED, "host %s: " VERB_CSH, host->config->name);
	else
		err_set(&err, ERR_CLOSED, "host %s: tmux ended with status %d%s%s",
			host->config->name, end->code, host->complaint[0] ? ": " : "",
			host->complaint);
	drop(host, &err);
}

static void
attach(struct host *host)
{
	static const struct stream_ops ops = {
		.out = on_out, .errout = on_errout, .closed = on_stream_closed};
	static const char *const none[] = {NULL};
	struct err err = ERR_INIT;
	const char **argv = verb_argv(host, "attach", none);
	struct conn *conn = MEM_NEW(struct conn);
	conn->host = host;
	conn->stream = link_open(host->link, argv, &ops, conn, &err);
	mem_free(argv);
	if (!conn->stream) {
		mem_free(conn);
		err_prefix(&err, "host %s", host->config->name);
		drop(host, &err);
		return;
	}
	host->conn = conn;
	mem_free(host->exit_reason);
	host->exit_reason = NULL;
	host->complaint[0] = '\0';
	host->listing = false;
	loop_timer_set(host->timer, ATTACH_MS);
	step(host, HOST_ATTACHING, NULL);
}

/* For commands that end: the list by a verb, no tmux attached. */
static void
on_verb_list(void *ctx, struct str out, const struct err *err)
{
	struct host *host = ctx;
	if (!host->link_up || (err && err->code == ERR_CANCELED))
		return;
	if (err) {
		drop(host, err);
		return;
	}
	take_list(host, out);
	step(host, HOST_LINKED, NULL);
}

static void
list_once(struct host *host)
{
	const char *const args[] = {facts_format(true), NULL};
	struct err err = ERR_INIT;
	if (act_host_verb(host->fleet, host->index, "list", args, STR(""), ATTACH_MS,
		    on_verb_list, host, &err) < 0)
		drop(host, &err);
}

static void
on_ready(void *ctx)
{
	struct host *host = ctx;
	host->link_up = true;
	host->doing[0] = '\0';
	if (host->fleet->flags & FLEET_WATCH)
		attach(host);
	else if (host->fleet->flags & FLEET_BARE)
		step(host, HOST_LINKED, NULL);
	else
		list_once(host);
	if (host->link_up)
		verbs_wake(host, NULL);
}

static void
on_closed(void *ctx, const struct err *why)
{
	struct host *host = ctx;
	struct err err = *why;
	err_prefix(&err, "host %s", host->config->name);
	drop(host, &err);
}

static void
on_status(void *ctx, const char *what)
{
	struct host *host = ctx;
	snprintf(host->doing, sizeof(host->doing), "%s", what);
	fleet_emit(host->fleet, FLEET_HOST, host->index, 0);
}

static void
on_ask(void *ctx, const struct link_ask *ask)
{
	ask_take(ctx, ask);
}

static void
on_unask(void *ctx)
{
	ask_drop(ctx);
}

static void
on_note(void *ctx, const char *text)
{
	struct host *host = ctx;
	log_info("host %s: %s", host->config->name, text);
	snprintf(host->note, sizeof(host->note), "%s", text);
	fleet_emit(host->fleet, FLEET_HOST, host->index, 0);
}

void
host_connect(struct host *host)
{
	static const struct link_ops alone = {
		.ready = on_ready, .closed = on_closed, .status = on_status, .note = on_note};
	static const struct link_ops with_person = {.ready = on_ready,
		.closed = on_closed,
		.status = on_status,
		.ask = on_ask,
		.unask = on_unask,
		.note = on_note};
	const struct link_ops *ops = host->fleet->flags & FLEET_PERSON ? &with_person : &alone;
	struct loop *loop = host->fleet->loop;
	if (host->link) {
		/* The old one goes in a moment. */
		host->reconnect = loop_timer_armed(host->closer);
		return;
	}
	loop_timer_cancel(host->timer);
	host->why = ERR_INIT;
	host->note[0] = '\0';
	host->link = host->config->local ? link_local_new(loop, ops, host)
					 : ssh_link_new(host->fleet->pool, host->config->ssh,
						   host->config->ssh_config, ops, host);
	step(host, HOST_CONNECTING, NULL);
}

void
host_init(struct host *host, struct fleet *fleet, int index)
{
	*host = (struct host){.fleet = fleet,
		.index = index,
		.config = &fleet->config->hosts[index],
		.since = clock_ms(),
		.preamble = BUF_INIT_MAX(PREAMBLE_MAX)};
	host->timer = loop_timer_new(fleet->loop, on_timer, host);
	host->closer = loop_timer_new(fleet->loop, on_closer, host);
}

void
host_release(struct host *host)
{
	verbs_drop(host);
	tmux_control_free(host->tc);
	host->tc = NULL;
	if (host->conn)
		host->conn->host = NULL;
	link_free(host->link);
	ask_drop(host);
	loop_timer_free(host->timer);
	loop_timer_free(host->closer);
	buf_release(&host->preamble);
	mem_free(host->exit_reason);
}
