/* SPDX-License-Identifier: MIT */
/*
 * The control stream: host.sh says what it found, then tmux speaks. What belongs to
 * one sits in struct conn and is cut off at once when the host drops it, so that late
 * callbacks of the old one cannot touch the new one.
 *
 * A host decides what it sends, never how much we keep of it. From it to the screen:
 *
 *   bytes read in a turn of the loop   64 KiB (process.c), 256 KiB (transport.c); then others
 *   SSH window, kernel's buffers       256 KiB (window.h), the socket's own
 *   what libssh2 keeps of a link       56 MiB, then the link is dropped: heap.h
 *   what stands before "ready"         64 KiB: PREAMBLE_MAX
 *   standard error                     the last line; 20 are logged: COMPLAINTS_MAX
 *   a line, whole or not               1 MiB, then the link is dropped: TMUX_LINE_MAX
 *   a reply                            16 MiB, then the link is dropped: TMUX_BODY_MAX
 *   replies that are awaited           4096 a host: TMUX_PENDING_MAX
 *   agents, panes in a list            256 and 4096 a host: HOST_AGENTS_MAX, LIST_MAX
 *   output that overtook a picture     1 MiB an agent, then a new picture: HELD_MAX
 *   output that nobody can read        pictures only, 30 a second and fewer: flood.c
 *   pictures that are awaited          8 an agent: PICTURES_MAX in notice.c
 *   a text that an agent says          256 bytes, the last of its kind: EVIDENCE_TEXT_MAX
 *   the answer of a verb               4 MiB: OUT_MAX in run.c
 *   the log                            16 MiB, then nothing more: LOG_SIZE_MAX
 * and back:
 *   what waits to be sent              8 MiB a stream, then ERR_LIMIT: STREAM_QUEUE_MAX
 *   verbs that wait for a link         64 a host: WAITING_MAX
 *   keys that cannot be sent           none
 */
#define LOG_MODULE "host"
#include <stdio.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_link.h"
#include "cockpit/io_loop.h"
#include "cockpit/tmux_version.h"
#include "local.h"

#define ATTACH_MS      20000
#define COMPLAINTS_MAX 20   /* that are logged */
#define ATTACHED_MS    1000 /* shorter than this is no state to go back to */

struct conn {
	struct host *host; /* NULL: dropped */
	struct stream *stream;
	bool again; /* the one before ended plainly */
	unsigned complaints;
};

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
		host_fail(host, ERR_REMOTE, text + 14);
		return false;
	}
	if (str_eqc(line, "cockpit-down")) {
		host_drop(host, NULL);
		return false;
	}
	if (str_starts(line, STR("cockpit-boot ")))
		snprintf(host->boot_now, sizeof(host->boot_now), "%.39s", text + 13);
	if (str_starts(line, STR("cockpit-tmux ")) && tmux_version(line) < TMUX_MINIMUM) {
		struct err err = ERR_INIT;
		err_set(&err, ERR_UNSUPPORTED, "host %s: %s is too old: 3.2 or newer is needed",
			host->config->name, text + 13);
		host_drop(host, &err);
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
	if (host)
		probe_heard(host);
	if (host && !host->tc) {
		if (buf_add(&host->preamble, bytes) < 0) {
			host_fail(host, ERR_PROTOCOL, "it talks too much before tmux starts");
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
	if (!host)
		return;
	if (tmux_control_feed(host->tc, bytes, &err) < 0) {
		err_prefix(&err, "host %s", host->config->name);
		host_drop(host, &err);
	} else if (host->forged) {
		host_fail(host, ERR_PROTOCOL, "tmux: a reply that belongs to another command");
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
	if (conn->complaints++ < COMPLAINTS_MAX)
		log_info("host %s: %s", conn->host->config->name, text);
	snprintf(conn->host->complaint, sizeof(conn->host->complaint), "%.200s", text);
}

static void
on_stream_closed(void *ctx, const struct stream_exit *end)
{
	struct conn *conn = ctx;
	struct host *host = conn->host;
	bool again = conn->again;
	mem_free(conn);
	if (!host)
		return;
	host->conn = NULL;
	/* A plain %exit: the fleet was taken down, or somebody detached us, or ended the server
	 * or the session: attaching again tells. Once; one that is let go over and over is as
	 * good as lost. */
	bool plain = host->exit_reason && host->exit_reason[0] == '\0';
	bool lasted = clock_ms() - host->ready_at > ATTACHED_MS;
	if (plain && !end->err && host->listed && (lasted || !again)) {
		conn_end(host);
		conn_attach(host, true);
		return;
	}
	struct err err = ERR_INIT;
	char reason[200];
	text_safe_tmp(reason, sizeof(reason), str_from(host->exit_reason));
	if (end->err)
		err_set(&err, end->err->code, "host %s: %s", host->config->name,
			end->err->text);
	else if (host->exit_reason)
		err_set(&err, ERR_CLOSED, "host %s: tmux: %s", host->config->name,
			reason[0] ? reason : "it let us go");
	else if (verb_is_csh(str_from(host->complaint)))
		err_set(&err, ERR_UNSUPPORTED, "host %s: " VERB_CSH, host->config->name);
	else
		err_set(&err, ERR_CLOSED, "host %s: tmux ended with status %d%s%s",
			host->config->name, end->code, host->complaint[0] ? ": " : "",
			host->complaint);
	host_drop(host, &err);
}

void
conn_attach(struct host *host, bool again)
{
	static const struct stream_ops ops = {
		.out = on_out, .errout = on_errout, .closed = on_stream_closed};
	bool look = (host->fleet->flags & FLEET_LOOK) != 0;
	const char *const args[] = {look ? "look" : again ? "again" : NULL, NULL};
	struct err err = ERR_INIT;
	const char **argv = verb_argv(host, "attach", args);
	struct conn *conn = MEM_NEW(struct conn);
	conn->host = host;
	conn->again = again;
	conn->stream = link_open(host->link, argv, &ops, conn, &err);
	mem_free(argv);
	if (!conn->stream) {
		mem_free(conn);
		err_prefix(&err, "host %s", host->config->name);
		host_drop(host, &err);
		return;
	}
	host->conn = conn;
	mem_free(host->exit_reason);
	host->exit_reason = NULL;
	host->complaint[0] = '\0';
	host->listing = host->forged = false;
	host->questions = host->answers = 0;
	host_set_timer(host, ATTACH_MS);
	host_step(host, HOST_ATTACHES);
}

void
conn_odd(const struct host *host, struct tmux_counters *ret)
{
	*ret = host->odd;
	if (!host->tc)
		return;
	const struct tmux_counters *now = tmux_control_counters(host->tc);
	ret->bad_octal += now->bad_octal;
	ret->bad_notice += now->bad_notice;
	ret->other += now->other;
	ret->stray_reply += now->stray_reply;
}

void
conn_end(struct host *host)
{
	struct fleet *fleet = host->fleet;
	struct tmux_counters odd;
	struct tmux_control *tc = host->tc;
	conn_odd(host, &odd);
	host->odd = odd;
	host->tc = NULL;
	tmux_control_free(tc);
	if (host->conn) {
		host->conn->host = NULL;
		host->conn = NULL;
	}
	buf_clear(&host->preamble);
	if (host->listed)
		host->parted_at = clock_ms();
	host->listed = false;
	for (int i = 0; i < fleet->agent_count; i++) {
		if (fleet->agents[i]->host == host->index)
			agent_unsync(fleet->agents[i]);
	}
}
