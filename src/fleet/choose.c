/* SPDX-License-Identifier: MIT */
/*
 * What tmux decides for itself, by what stands in a pane at that very moment. Each command of
 * the way that it takes answers in a block of its own, so both ways are given as many: the
 * number of blocks must be known before it is known which.
 */
#include "cockpit/tmux_quote.h"
#include "local.h"

#define NOTHING "display-message -p ''"

struct buf *
way_next(struct way *way)
{
	if (way->count++)
		buf_addc(&way->line, " ; ");
	return &way->line;
}

int
choose(struct agent *agent, struct str condition, struct way *yes, struct way *no,
	tmux_reply_fn *reply, void *ctx)
{
	struct buf line = BUF_INIT;
	while (yes->count < no->count || yes->count == 0)
		buf_addc(way_next(yes), NOTHING);
	while (no->count < yes->count)
		buf_addc(way_next(no), NOTHING);
	buf_printf(&line, "if-shell -F -t '%s' ", agent->pane);
	tmux_quote(&line, condition);
	buf_byte(&line, ' ');
	tmux_quote(&line, buf_str(&yes->line));
	buf_byte(&line, ' ');
	tmux_quote(&line, buf_str(&no->line));
	int rc = host_line(&agent->fleet->hosts[agent->host], buf_str(&line), yes->count + 1, 0,
		reply, ctx);
	buf_release(&line);
	buf_release(&yes->line);
	buf_release(&no->line);
	return rc;
}

struct str
choose_word(int status, struct str text)
{
	struct str word = STR("");
	while (status == 0 && text.len > 0 && word.len == 0)
		word = str_cut(&text, '\n');
	return word;
}
