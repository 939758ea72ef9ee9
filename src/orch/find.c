/* SPDX-License-Identifier: MIT */
/* Looking for text in what an agent's terminal has shown: done there, only numbers come back.
 */
#include <stdio.h>

#include "cockpit/base_mem.h"
#include "local.h"

#define FIND_MS   20000
#define TOTAL_MAX 100000000

struct find {
	pilot_find_fn *done;
	void *ctx;
};

static bool
cut_number(struct str *line, int *ret)
{
	return str_to_int(str_cut(line, ' '), 0, TOTAL_MAX, ret);
}

/* False unless it is what the host was asked for: numbers, the greater ones last. */
static bool
read_found(struct str out, struct past_found *found)
{
	struct str line;
	do {
		if (out.len == 0)
			return false;
		line = str_cut(&out, '\n');
	} while (!str_starts(line, STR("cockpit-found ")));
	str_cut(&line, ' ');
	if (!cut_number(&line, &found->total) || !cut_number(&line, &found->limit) ||
		!cut_number(&line, &found->before) || !cut_number(&line, &found->after))
		return false;
	for (int last = -1; out.len > 0; last = found->lines[found->count++]) {
		if (found->count == 2 * PAST_FOUND_MAX ||
			!str_to_int(str_cut(&out, '\n'), last + 1, TOTAL_MAX,
				&found->lines[found->count]))
			return false;
	}
	return true;
}

static void
on_answer(void *ctx, struct str out, const struct err *failed)
{
	struct find *find = ctx;
	struct past_found *found = MEM_NEW(struct past_found);
	struct err err = failed ? *failed : ERR_INIT;
	if (!failed && !read_found(out, found))
		err_set(&err, ERR_PROTOCOL, "the host did not say what it found");
	find->done(find->ctx, err.code ? NULL : found, err.code ? &err : NULL);
	mem_free(found);
	mem_free(find);
}

int
pilot_find(struct pilot *pilot, uint32_t agent, const struct past_search *search,
	pilot_find_fn *done, void *ctx, struct err *err)
{
	struct agent_view view;
	struct buf input = BUF_INIT;
	char at[16], end[16];
	if (!fleet_agent(pilot->fleet, agent, &view))
		return err_set(err, ERR_NOT_FOUND, "there is no such agent");
	snprintf(at, sizeof(at), "%d", search->at);
	snprintf(end, sizeof(end), "%d", search->end);
	const char *const args[] = {view.name, search->fold ? "1" : "0", at, end, NULL};
	struct find *find = MEM_NEW(struct find);
	*find = (struct find){done, ctx};
	buf_printf(&input, "%s\n", search->text);
	int rc = act_host_verb(pilot->fleet, view.host_index, "search", args, buf_str(&input),
		FIND_MS, on_answer, find, err);
	if (rc < 0)
		mem_free(find);
	buf_release(&input);
	return rc;
}
