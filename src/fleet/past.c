/* SPDX-License-Identifier: MIT */
/* Lines of an agent's past, read from its tmux in one go. */
#include "cockpit/base_mem.h"
#include "cockpit/fleet_past.h"
#include "cockpit/tmux_quote.h"
#include "local.h"

#define TOTAL_MAX 100000000

struct past_request {
	int first, rows; /* first: from the top of the screen on */
	act_history_fn *done;
	void *ctx;
};

static bool
read_sizes(struct str line, struct agent_past *past)
{
	return str_to_int(str_cut(&line, ' '), 0, TOTAL_MAX, &past->total) &&
	       str_to_int(str_cut(&line, ' '), 0, TOTAL_MAX, &past->limit) &&
	       str_to_int(str_cut(&line, ' '), 1, TOTAL_MAX, &past->cols) &&
	       str_to_int(line, 1, TOTAL_MAX, &past->rows);
}

/* tmux takes the nearest line that there is. */
static int
nearest(const struct agent_past *past, int line)
{
	int last = past->total + past->rows - 1;
	return line < 0 ? 0 : line > last ? last : line;
}

/* What stands before the n-th "\n"; *rest is then behind it. */
static struct str
cut_lines(struct str *rest, int n)
{
	struct str all = *rest;
	while (n-- > 0 && rest->len > 0)
		str_cut(rest, '\n');
	size_t len = all.len - rest->len;
	return str_slice(all, 0, len > 0 && all.ptr[len - 1] == '\n' ? len - 1 : len);
}

static void
on_answer(void *ctx, int status, struct str text)
{
	struct past_request *request = ctx;
	struct agent_past past = {0};
	struct buf rows = BUF_INIT, joined = BUF_INIT;
	if (status == 0 && !read_sizes(str_cut(&text, '\n'), &past))
		status = ERR_PROTOCOL;
	if (status == 0) {
		past.first = nearest(&past, past.total + request->first);
		past.count = nearest(&past, past.total + request->first + request->rows - 1) +
			     1 - past.first;
		tmux_unescape(&rows, cut_lines(&text, past.count));
		tmux_unescape(&joined, text);
		past.text = buf_str(&rows);
		past.joined = buf_str(&joined);
	}
	request->done(request->ctx, status, &past);
	buf_release(&rows);
	buf_release(&joined);
	mem_free(request);
}

int
act_agent_history(
	struct fleet *fleet, uint32_t id, int first, int rows, act_history_fn *done, void *ctx)
{
	int rc, last = first + rows - 1;
	struct agent *agent = act_typable(fleet, id, &rc);
	struct buf line = BUF_INIT;
	if (!agent)
		return rc;
	struct past_request *request = MEM_NEW(struct past_request);
	*request = (struct past_request){first, rows, done, ctx};
	buf_printf(&line,
		"display-message -p -t '%s' "
		"'#{history_size} #{history_limit} #{pane_width} #{pane_height}' ; "
		"capture-pane -p -e -N -C -t '%s' -S %d -E %d ; "
		"capture-pane -p -J -C -t '%s' -S %d -E %d",
		agent->pane, agent->pane, first, last, agent->pane, first, last);
	rc = host_line(&fleet->hosts[agent->host], buf_str(&line), 3, 0, on_answer, request);
	if (rc < 0)
		mem_free(request);
	buf_release(&line);
	return rc;
}
