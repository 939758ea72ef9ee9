/* SPDX-License-Identifier: MIT */
/*
 * A lost link says nothing of agents; a host that is back without them does. Which
 * server answers is asked before its list: what ran on another one, or before another
 * boot, went with it, and is not the same as an agent that somebody has stopped.
 */
#include <stdio.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_text.h"
#include "local.h"

static const struct {
	const char *json, *words, *beside;
} losses[] = {
#define X(json, name, words, beside) {json, words, beside},
	AGENT_LOSSES(X)
#undef X
};

const char *
agent_loss_json(enum agent_loss loss)
{
	return losses[loss].json;
}

void
agent_loss_words(enum agent_loss loss, const char *host, struct buf *into)
{
	struct str words = str_from(losses[loss].words);
	ptrdiff_t at = str_find_str(words, STR("%s"));
	if (!host || at < 0) {
		buf_addc(into, losses[loss].beside);
		return;
	}
	buf_add(into, str_slice(words, 0, (size_t)at));
	buf_addc(into, host);
	buf_add(into, str_slice(words, (size_t)at + 2, words.len));
}

/* "PID STARTED ID": of the server, and of the session on it, whose id is never used again (its
 * time of creation has seconds only). */
static void
on_server(void *ctx, int status, struct str text)
{
	struct host *host = ctx;
	host->server_now[0] = '\0';
	if (status == 0)
		text_safe_tmp(host->server_now, sizeof(host->server_now), text);
}

void
loss_ask(struct host *host)
{
	struct buf line = BUF_INIT;
	buf_printf(&line, "display-message -p -t '=%s:' '#{pid} #{start_time} #{session_id}'",
		host->fleet->session);
	host_line(host, buf_str(&line), 1, 0, on_server, host);
	buf_release(&line);
}

static struct str
without_session(const char *server)
{
	struct str s = str_from(server);
	while (s.len > 0 && s.ptr[s.len - 1] != ' ')
		s.len--;
	return s;
}

/* What is not known on either side proves nothing. */
enum agent_loss
loss_judge(const struct host *host)
{
	if (host->boot[0] && host->boot_now[0] && strcmp(host->boot, host->boot_now) != 0)
		return LOSS_REBOOT;
	if (!host->server[0] || !host->server_now[0] ||
		strcmp(host->server, host->server_now) == 0)
		return LOSS_NONE;
	return str_eq(without_session(host->server), without_session(host->server_now))
		       ? LOSS_SESSION
		       : LOSS_SERVER;
}

void
loss_settle(struct host *host)
{
	memcpy(host->boot, host->boot_now, sizeof(host->boot));
	memcpy(host->server, host->server_now, sizeof(host->server));
}
