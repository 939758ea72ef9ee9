/* SPDX-License-Identifier: MIT */
/*
 * What an agent asks for: its number comes with the pane's facts or with a ring, the rest is
 * fetched then. The answer goes into another option, and lets go of whoever waits in tmux; only
 * if that request stands there still, and only the first one.
 */
#define LOG_MODULE "request"
#include "cockpit/fleet_request.h"

#include <inttypes.h>

#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/tmux_quote.h"
#include "local.h"

/* --- its text --- */

static int
nibble(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The caller's; NULL: it is none. */
static char *
decode(struct str hex)
{
	size_t len = hex.len / 2;
	if (len == 0 || hex.len % 2 || len > REQUEST_BYTES_MAX)
		return NULL;
	char *bytes = mem_alloc(len + 1);
	for (size_t i = 0; i < len; i++) {
		int high = nibble(hex.ptr[2 * i]), low = nibble(hex.ptr[2 * i + 1]);
		if (high < 0 || low < 0) {
			mem_free(bytes);
			return NULL;
		}
		bytes[i] = (char)(high << 4 | low);
	}
	/* The last word has its end too. */
	if (bytes[len - 1] != '\0') {
		mem_free(bytes);
		return NULL;
	}
	return bytes;
}

/* False: there are too many. */
static bool
split(struct request *request, size_t len)
{
	size_t at = 0;
	while (at < len && request->count < REQUEST_WORDS_MAX) {
		request->words[request->count++] = request->bytes + at;
		at += strlen(request->bytes + at) + 1;
	}
	return at >= len;
}

bool
request_parse(struct str text, int64_t wall, struct request *ret)
{
	uint64_t number, until;
	struct request request = {0};
	if (!str_to_u64(str_cut(&text, ' '), REQUEST_NUMBER_MAX, &number) || number == 0 ||
		!str_to_u64(str_cut(&text, ' '), (uint64_t)1 << 40, &until) ||
		(int64_t)until < wall || (int64_t)until - wall > REQUEST_WAIT_MAX)
		return false;
	request.number = number;
	request.wait_s = (int)((int64_t)until - wall);
	request.bytes = decode(text);
	if (!request.bytes)
		return false;
	if (!split(&request, text.len / 2)) {
		request_release(&request);
		return false;
	}
	*ret = request;
	return true;
}

void
request_release(struct request *request)
{
	mem_free(request->bytes);
	*request = (struct request){0};
}

void
request_copy(struct request *ret, const struct request *from)
{
	const char *last = from->count ? from->words[from->count - 1] : from->bytes;
	size_t len = last ? (size_t)(last - from->bytes) + strlen(last) + 1 : 0;
	*ret = *from;
	ret->bytes = mem_alloc(len + 1);
	if (len > 0)
		memcpy(ret->bytes, from->bytes, len);
	for (size_t i = 0; i < from->count; i++)
		ret->words[i] = ret->bytes + (from->words[i] - from->bytes);
}

void
request_escape(struct buf *into, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || (c && strchr(" .,:/_+=@-", c));
		if (plain)
			buf_byte(into, (char)c);
		else
			buf_printf(into, "%%%03o", (unsigned)c);
	}
}

/* --- on its way here --- */

struct fetch {
	struct agent *agent;
	char *uid;
	uint64_t told;
};

/* The host's clock; the request. A number that goes back does no harm: what was asked with it
 * before is answered as before, and done no more. */
static void
take(struct agent *agent, struct str text)
{
	struct request request;
	uint64_t wall;
	if (!str_to_u64(str_cut(&text, '\n'), (uint64_t)1 << 40, &wall) ||
		!request_parse(str_cut(&text, '\n'), (int64_t)wall, &request)) {
		log_debug("agent %s: what it asks is none, or is over", agent->name);
		return;
	}
	request_release(&agent->request);
	agent->request = request;
	fleet_emit(agent->fleet, FLEET_REQUEST, agent->host, agent->id);
}

static void
on_fetched(void *ctx, int status, struct str text)
{
	struct fetch *fetch = ctx;
	struct agent *agent = fetch->agent;
	bool same = agent->uid && strcmp(fetch->uid, agent->uid) == 0;
	agent->request_fetching = false;
	if (status == 0 && same) {
		agent->request_asked = fetch->told;
		take(agent, text);
	}
	mem_free(fetch->uid);
	mem_free(fetch);
}

void
request_told(struct agent *agent, uint64_t number)
{
	struct buf line = BUF_INIT;
	if (number == 0)
		agent->request_asked = 0;
	if (number == 0 || number == agent->request_asked || agent->request_fetching ||
		!agent->pane[0] || !agent->uid)
		return;
	struct fetch *fetch = MEM_NEW(struct fetch);
	*fetch = (struct fetch){agent, mem_strdup(agent->uid), number};
	buf_printf(&line,
		"display-message -p '%%s' ; display-message -p -t '%s' "
		"'#{s/[^0-9a-f ]/?/:#{=%d:@cockpit_request}}'",
		agent->pane, 2 * REQUEST_BYTES_MAX + 64);
	agent->request_fetching = host_line(&agent->fleet->hosts[agent->host], buf_str(&line),
					  2, 0, on_fetched, fetch) == 0;
	if (!agent->request_fetching) {
		mem_free(fetch->uid);
		mem_free(fetch);
	}
	buf_release(&line);
}

void
request_forget(struct agent *agent)
{
	request_release(&agent->request);
	agent->request_asked = 0;
}

const struct request *
fleet_request(const struct fleet *fleet, uint32_t id)
{
	const struct agent *agent = fleet_agent_by_id(fleet, id);
	return agent && agent->request.number ? &agent->request : NULL;
}

/* --- the answer --- */

int
act_agent_reply(
	struct fleet *fleet, uint32_t id, const char *start, const struct act_reply *reply)
{
	int rc;
	struct agent *agent = act_typable(fleet, id, &rc);
	struct buf due = BUF_INIT, value = BUF_INIT;
	struct way yes = {0}, no = {0};
	if (!agent)
		return rc;
	if (!agent->uid || strcmp(agent->uid, start) != 0 || !str_is_name(str_from(start)))
		return ERR_NOT_FOUND;
	buf_printf(&due,
		"#{?#{&&:#{==:#{@cockpit_id},%s},#{m:%" PRIu64 " *,#{=20:@cockpit_request}}},"
		"#{?#{m:%" PRIu64 " *,#{=20:@cockpit_reply}},0,1},0}",
		start, reply->number, reply->number);
	buf_printf(&value, "%" PRIu64 " %d ", reply->number, reply->status);
	request_escape(&value, str_slice(reply->text, 0, REQUEST_REPLY_MAX));
	buf_printf(way_next(&yes), "set-option -p -t '%s' @cockpit_reply ", agent->pane);
	tmux_quote(&yes.line, buf_str(&value));
	buf_printf(way_next(&yes), "wait-for -S 'cockpit%s-r%" PRIu64 "'", agent->pane,
		reply->number);
	rc = choose(agent, buf_str(&due), &yes, &no, NULL, NULL);
	buf_release(&due);
	buf_release(&value);
	return rc;
}
