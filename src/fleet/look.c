/* SPDX-License-Identifier: MIT */
/*
 * What only an agent's screen tells: its last rows are held against its profile's rules, once
 * they have come to rest, and now and then while they do not. Of a tile that is drawn the rows
 * are here; of any other tmux is asked.
 */
#include "cockpit/base_clock.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "cockpit/tmux_quote.h"
#include "local.h"

#define CALM_MS    150  /* after the last bytes */
#define LATEST_MS  1000 /* after the first ones, while they go on */
#define ROWS_ASKED 8    /* of a question whose words nobody told */

static bool
is_frame(uint32_t cp)
{
	return cp == ' ' || (cp >= 0x2500 && cp < 0x25a0);
}

/* The rows of a dialog without its frame, and without those that say nothing. */
static void
add_plain(struct str text, char *ret, size_t size)
{
	struct buf plain = BUF_INIT;
	while (text.len > 0) {
		struct str row = str_cut(&text, '\n'), rest = row, end = {row.ptr, 0};
		while (rest.len > 0) {
			struct str at = rest;
			bool frame = is_frame(text_next(&rest));
			if (frame && end.len == 0)
				end.ptr = rest.ptr;
			else if (!frame)
				end.len = (size_t)(at.ptr + (at.len - rest.len) - end.ptr);
		}
		if (end.len == 0)
			continue;
		if (plain.len)
			buf_byte(&plain, '\n');
		buf_add(&plain, end);
	}
	text_copy(ret, size, buf_str(&plain));
	buf_release(&plain);
}

/* In another width the same words stand on other rows: they are the same question. What stands
 * between two words is one blank, however much it is; that there is something counts.
 */
static uint64_t
hash_of_words(struct str words)
{
	uint64_t hash = STR_HASH_INIT;
	bool between = false;
	while (words.len > 0) {
		struct str rest = words;
		uint32_t cp = text_next(&rest);
		bool blank = is_frame(cp) || cp == '\n';
		if (!blank && between)
			hash = str_hash(hash, STR(" "));
		if (!blank)
			hash = str_hash(hash, (struct str){words.ptr, words.len - rest.len});
		between = blank && (between || hash != STR_HASH_INIT);
		words = rest;
	}
	return hash;
}

/* What it asks, where no hook told: the words on its screen. True if that is new. */
static bool
take_question(struct agent *agent, struct str what, int64_t now)
{
	struct agent_question *q = &agent->question;
	uint64_t id = hash_of_words(what) | 1;
	bool new = q->id != id || agent->question_source == SIGN_EVENT;
	unsigned answers = question_key_answers(agent);
	struct verdict verdict;
	detect_state(&agent->ev, now, &verdict);
	/* Where nothing but its state tells that it asks, that tells since when. */
	if (new)
		*q = (struct agent_question){.id = id,
			.since = !answers && agent_state_asks(verdict.state) ? verdict.since
									     : now};
	agent->question_source = SIGN_SCREEN;
	q->answers = answers;
	add_plain(what, q->what, sizeof(q->what));
	return new;
}

void
look_text(struct agent *agent, struct str text)
{
	struct evidence *ev = &agent->ev;
	int64_t now = clock_ms();
	bool new = false;
	struct buf match = BUF_INIT, rows = BUF_INIT;
	rows_with_text(text, &rows);
	const struct rule *found =
		profile_match_rows(agent_profile(agent), buf_str(&rows), &match);
	ev->screen_at = now;
	if (found && found->claim == CLAIM_HOLD) {
		buf_release(&match);
		buf_release(&rows);
		return;
	}
	sign_screen(agent, found, buf_str(&match), now);
	bool again = cost_look(agent, buf_str(&rows), now);
	if (found && found->claim == AGENT_TRUST) {
		new = take_question(agent, buf_str(&match), now);
	} else if (found && found->claim == AGENT_ASKS) {
		ev->dialog_at = now;
		if (!evidence_hook_asks(ev))
			new = take_question(agent, buf_str(&match), now);
	} else if (!evidence_hook_asks(ev)) {
		new = take_question(agent, rows_last(buf_str(&rows), ROWS_ASKED), now);
	}
	buf_release(&match);
	buf_release(&rows);
	if (again)
		look_later(agent);
	fleet_judge(agent->fleet, agent);
	/* Told when it is known what it does: who hears it may answer at once. */
	if (new)
		fleet_emit(agent->fleet, FLEET_AGENT, agent->host, agent->id);
}

static void
screen_rows_text(const struct screen *screen, struct buf *into)
{
	for (int i = 0; i < screen_rows(screen); i++) {
		screen_row_text(screen, i, into);
		buf_byte(into, '\n');
	}
}

static void
on_capture(void *ctx, int status, struct str text)
{
	struct agent *agent = ctx;
	struct buf plain = BUF_INIT;
	agent->looking = false;
	if (status == 0 && agent->pane[0]) {
		tmux_unescape(&plain, text);
		look_text(agent, buf_str(&plain));
	}
	buf_release(&plain);
}

void
look_capture(const struct agent *agent, struct buf *line)
{
	buf_printf(line, "capture-pane -p -C -t '%s'", agent->pane);
}

static void
look(struct agent *agent)
{
	struct buf text = BUF_INIT;
	bool drawn =
		agent->screen && agent->sync == SYNC_LIVE && agent->attention != ACT_HIDDEN;
	agent->look_at = agent->look_last = 0;
	if (!agent->pane[0] || agent->ev.dead || agent->looking)
		return;
	if (drawn) {
		screen_rows_text(agent->screen, &text);
		look_text(agent, buf_str(&text));
	} else {
		look_capture(agent, &text);
		agent->looking = host_line(&agent->fleet->hosts[agent->host], buf_str(&text), 1,
					 0, on_capture, agent) == 0;
	}
	buf_release(&text);
}

void
look_beat(void *ctx)
{
	struct fleet *fleet = ctx;
	int64_t now = clock_ms(), next = 0;
	for (int i = 0; i < fleet->agent_count; i++) {
		struct agent *agent = fleet->agents[i];
		if (agent->look_at && agent->look_at <= now)
			look(agent);
		if (agent->look_at && (!next || agent->look_at < next))
			next = agent->look_at;
	}
	if (next)
		loop_timer_set(fleet->looker, next - now > 0 ? next - now : 0);
}

void
look_later(struct agent *agent)
{
	struct fleet *fleet = agent->fleet;
	int64_t now = clock_ms();
	if (!(fleet->flags & FLEET_WATCH) || (!agent->looks && agent->shown != AGENT_ASKS))
		return;
	if (!agent->look_last)
		agent->look_last = now + LATEST_MS;
	agent->look_at = now + CALM_MS < agent->look_last ? now + CALM_MS : agent->look_last;
	if (!loop_timer_armed(fleet->looker))
		loop_timer_set(fleet->looker, agent->look_at - now);
}
