/* SPDX-License-Identifier: MIT */
/*
 * What an agent says of itself, on its way from its bytes to evidence: its profile tells what
 * it means. Said again is no change: "working for 3m" counts from the first time.
 */
#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "local.h"

/* Agents whose kind nobody told are read as what a person may run in a shell: any of them. */
#define ANY_PROFILE "shell"

const struct profile *
agent_profile(const struct agent *agent)
{
	const struct profile *profile = agent->profile ? profile_find(agent->profile) : NULL;
	return profile ? profile : profile_find(ANY_PROFILE);
}

static void
look_up(const struct agent *agent, enum sign_source source, struct str text, struct sign *sign)
{
	struct buf detail = BUF_INIT_MAX(sizeof(sign->detail) - 1);
	const struct rule *rule = profile_match(agent_profile(agent), source, text);
	sign->claim = rule ? rule->claim : CLAIM_NOTHING;
	sign->row = rule ? rule->row : 0;
	sign->detail[0] = '\0';
	/* Until when, above all. */
	if (rule && rule->claim == AGENT_LIMITED && rule_match(rule, text, &detail))
		memcpy(sign->detail, buf_cstr(&detail), detail.len + 1);
	buf_release(&detail);
}

static void
note_end(struct agent *agent, const struct sign *sign)
{
	if (sign->claim == AGENT_DONE && sign->at > agent->ev.turn_at)
		agent->ev.turn_at = sign->at;
}

void
sign_set(struct agent *agent, enum sign_source source, struct str text, int64_t now)
{
	struct sign *sign = &agent->ev.signs[source];
	struct sign next = {.at = now};
	bool once = source == SIGN_EVENT || source == SIGN_NOTICE;
	look_up(agent, source, text, &next);
	if (next.claim == CLAIM_IGNORE && once)
		return;
	if (next.claim == CLAIM_HOLD && sign->at)
		return;
	evidence_set_text(next.text, text);
	/* But what asks again after an answer asks anew. */
	bool anew = once || next.claim != sign->claim || next.row != sign->row ||
		    (next.claim == AGENT_ASKS && agent->ev.typed_at > sign->at &&
			    strcmp(next.text, sign->text) != 0);
	if (sign->at && !anew)
		next.at = sign->at;
	*sign = next;
	note_end(agent, sign);
}

void
sign_screen(struct agent *agent, const struct rule *rule, struct str match, int64_t now)
{
	struct sign *sign = &agent->ev.signs[SIGN_SCREEN];
	struct sign next = {.at = now, .claim = rule ? rule->claim : CLAIM_NOTHING};
	next.row = rule ? rule->row : 0;
	evidence_set_text(next.text, match);
	/* Another question is another one, in the same dialog. */
	bool same = next.claim == sign->claim && next.row == sign->row &&
		    (next.claim != AGENT_ASKS || strcmp(next.text, sign->text) == 0);
	if (same && sign->at)
		next.at = sign->at;
	*sign = next;
	/* Once its prompt line is there it has started, whatever is drawn over that later. */
	struct sign *event = &agent->ev.signs[SIGN_EVENT];
	if (sign->claim == AGENT_IDLE && event->at && event->claim == AGENT_STARTING)
		event->claim = AGENT_IDLE;
}

static bool
has_events(const struct profile *profile)
{
	bool any = false;
	for (size_t i = 0; i < profile->rule_count; i++)
		any = any || profile->rules[i].source == SIGN_EVENT;
	return any;
}

void
signs_again(struct agent *agent)
{
	const struct profile *own = agent->profile ? profile_find(agent->profile) : NULL;
	for (int i = 0; i < SIGN_SOURCE_COUNT; i++) {
		struct sign *sign = &agent->ev.signs[i];
		if (sign->at && i != SIGN_SCREEN)
			look_up(agent, (enum sign_source)i, str_from(sign->text), sign);
	}
	agent->ev.talks = own && !own->shell && own->rule_count > 0;
	agent->ev.streams = agent->ev.talks && !has_events(own);
	agent->looks = profile_screen_rows(agent_profile(agent)) > 0;
}

/* Said in its bytes, and some of those came while nobody listened: that it works may have been
 * taken back. A question stays, since to miss one is worse; the screen tells if it is over. */
void
signs_missed(struct agent *agent)
{
	static const enum sign_source streamed[] = {SIGN_SIGNAL, SIGN_PROGRESS};
	for (size_t i = 0; i < sizeof(streamed) / sizeof(streamed[0]); i++) {
		struct sign *sign = &agent->ev.signs[streamed[i]];
		if (sign->claim == AGENT_WORKING)
			*sign = (struct sign){.claim = CLAIM_NOTHING};
	}
}

/* Also from the list, which is slower; a title that did not change keeps its age. */
void
sign_title(struct agent *agent, struct str title, int64_t now)
{
	char field[EVIDENCE_TEXT_MAX];
	const struct sign *sign = &agent->ev.signs[SIGN_TITLE];
	title = str_trim(title); /* some pad it, so that the window's name does not jump */
	evidence_set_text(field, title);
	if ((!field[0] && !sign->at) || (sign->at && strcmp(field, sign->text) == 0))
		return;
	sign_set(agent, SIGN_TITLE, title, now);
}

static void
hear_bell(struct agent *agent, struct str text, int64_t now)
{
	(void)text;
	agent->ev.bell_at = now;
	fleet_emit(agent->fleet, FLEET_BELL, agent->host, agent->id);
}

static void
hear_progress(struct agent *agent, struct str text, int64_t now)
{
	sign_set(agent, SIGN_PROGRESS, str_cut(&text, ';'), now);
}

static void
hear_notice(struct agent *agent, struct str text, int64_t now)
{
	sign_set(agent, SIGN_NOTICE, text, now);
}

static void
hear_state(struct agent *agent, struct str text, int64_t now)
{
	/* Blocked again, after an answer, in the same words. */
	struct sign *sign = &agent->ev.signs[SIGN_SIGNAL];
	if (agent->ev.typed_at > sign->at)
		sign->at = 0;
	sign_set(agent, SIGN_SIGNAL, text, now);
	cost_signal(agent, text, now);
}

static void
hear_prompt(struct agent *agent, struct str text, int64_t now)
{
	(void)agent;
	(void)text;
	(void)now;
}

static void
on_signal(void *ctx, const struct screen_signal *signal)
{
	static void (*const handlers[])(struct agent *, struct str, int64_t) = {
		[SCREEN_SIGNAL_TITLE] = sign_title,
		[SCREEN_SIGNAL_BELL] = hear_bell,
		[SCREEN_SIGNAL_PROGRESS] = hear_progress,
		[SCREEN_SIGNAL_NOTIFY] = hear_notice,
		[SCREEN_SIGNAL_STATE] = hear_state,
		[SCREEN_SIGNAL_PROMPT] = hear_prompt,
	};
	handlers[signal->kind](ctx, signal->text, clock_ms());
}

const struct screen_ops sign_ops = {.signal = on_signal};
