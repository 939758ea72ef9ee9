/* SPDX-License-Identifier: MIT */
/*
 * An answer to what an agent asks. Through its hook: the answer is put where the hook looks,
 * and the hook, which waits in tmux, is let go; all in one command line, if the question is
 * still there, so that the first of several cockpits answers. By keys: what the screen shows is
 * looked at once more and must be the question that was answered.
 */
#include <stdio.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/tmux_quote.h"
#include "local.h"

struct decision {
	struct agent *agent;
	char *uid;
	uint64_t question;
	enum agent_answer answer;
	act_decide_fn *done;
	void *ctx;
};

static void
finish(struct decision *d, const struct err *err)
{
	if (!err) {
		d->agent->ev.answered_at = clock_ms();
		fleet_judge(d->agent->fleet, d->agent);
	}
	d->done(d->ctx, err);
	mem_free(d->uid);
	mem_free(d);
}

static void
refuse(struct decision *d, const char *why)
{
	struct err err = ERR_INIT;
	err_set(&err, ERR_INVALID, "agent %s %s: it was not answered", d->agent->name, why);
	finish(d, &err);
}

static void
on_answered(void *ctx, int status, struct str text)
{
	struct decision *d = ctx;
	struct err err = ERR_INIT;
	if (status == 0 && str_eqc(choose_word(status, text), "taken")) {
		finish(d, NULL);
	} else if (status == 0) {
		refuse(d, "does not ask that any more");
	} else {
		char safe[160];
		err_set(&err, status, "agent %s: the answer was not confirmed: %s",
			d->agent->name,
			status == ERR_CANCELED ? "the link was lost"
					       : text_safe_tmp(safe, sizeof(safe), text));
		finish(d, &err);
	}
}

/* What the agent's hook prints: the answer's name, or what Claude Code and those like it want.
 */
static void
add_decision(const struct agent *agent, enum agent_answer answer, struct buf *into)
{
	if (strcmp(agent_profile(agent)->decision, "word") == 0) {
		buf_addc(into, agent_answer_name(answer));
		return;
	}
	buf_addc(into, "{\"hookSpecificOutput\":{\"hookEventName\":\"PermissionRequest\","
		       "\"decision\":{\"behavior\":");
	if (answer == ANSWER_NO) {
		buf_addc(into, "\"deny\",\"message\":\"The user said no.\"}}}");
		return;
	}
	buf_addc(into, "\"allow\"");
	if (answer == ANSWER_ALWAYS) {
		buf_addc(into, ",\"updatedPermissions\":");
		buf_add(into, buf_str(&agent->suggestions));
	}
	buf_addc(into, "}}}");
}

/* Of the question that a hook told: is it that one still? Lets the hook go. */
static void
add_is_asked(uint64_t question, struct buf *into)
{
	buf_printf(into, "#{m:%llu *,#{@cockpit_ask}}", (unsigned long long)question);
}

static void
add_release(const struct agent *agent, uint64_t question, struct way *way)
{
	buf_printf(way_next(way), "wait-for -S 'cockpit%s-%llu'", agent->pane,
		(unsigned long long)question);
}

static void
add_forget(const struct agent *agent, struct way *way)
{
	buf_printf(way_next(way), "set-option -p -u -t '%s' @cockpit_ask", agent->pane);
}

static int
answer_hook(struct decision *d)
{
	struct agent *agent = d->agent;
	struct buf condition = BUF_INIT, value = BUF_INIT;
	struct way yes = {0}, no = {0};
	add_is_asked(d->question, &condition);
	buf_printf(&value, "%llu ", (unsigned long long)d->question);
	add_decision(agent, d->answer, &value);
	buf_printf(way_next(&yes), "set-option -p -t '%s' @cockpit_answer ", agent->pane);
	tmux_quote(&yes.line, buf_str(&value));
	add_forget(agent, &yes);
	add_release(agent, d->question, &yes);
	/* The window's name, said again, tells the other cockpits. */
	buf_printf(way_next(&yes), "rename-window -t '%s' '%s'", agent->pane, agent->name);
	buf_addc(way_next(&yes), "display-message -p taken");
	int rc = choose(agent, buf_str(&condition), &yes, &no, on_answered, d);
	buf_release(&condition);
	buf_release(&value);
	return rc;
}

const char *
question_keys(const struct agent *agent, enum agent_answer answer)
{
	const struct sign *screen = &agent->ev.signs[SIGN_SCREEN];
	const struct profile *profile = agent_profile(agent);
	if (screen->claim == AGENT_TRUST)
		return answer == ANSWER_YES ? profile->trust : NULL;
	return profile_answer_keys(
		profile, screen->claim == AGENT_ASKS ? screen->row : 0, answer);
}

unsigned
question_key_answers(const struct agent *agent)
{
	unsigned bits = 0;
	for (int i = 0; i < ANSWER_COUNT; i++)
		bits |= question_keys(agent, (enum agent_answer)i) ? 1u << i : 0;
	return bits;
}

static int
answer_keys(struct decision *d)
{
	struct agent *agent = d->agent;
	const char *keys = question_keys(agent, d->answer);
	struct buf condition = BUF_INIT;
	struct way yes = {0}, no = {0};
	if (!keys)
		return ERR_INVALID;
	buf_printf(&condition, "#{==:#{@cockpit_id},%s}", agent->uid);
	add_forget(agent, &yes);
	buf_printf(way_next(&yes), "send-keys -t '%s' %s", agent->pane, keys);
	buf_addc(way_next(&yes), "display-message -p taken");
	int rc = choose(agent, buf_str(&condition), &yes, &no, on_answered, d);
	buf_release(&condition);
	return rc;
}

/* What it shows just now. */
static void
on_shown(void *ctx, int status, struct str text)
{
	struct decision *d = ctx;
	struct agent *agent = d->agent;
	struct buf plain = BUF_INIT;
	bool same = agent->uid && strcmp(agent->uid, d->uid) == 0;
	if (status == 0 && same) {
		tmux_unescape(&plain, text);
		look_text(agent, buf_str(&plain));
	}
	buf_release(&plain);
	const struct sign *screen = &agent->ev.signs[SIGN_SCREEN];
	if (status < 0 || !same)
		refuse(d, "could not be looked at");
	else if (!agent_state_asks(agent->shown) || agent->question.id != d->question)
		refuse(d, "asks something else by now");
	else if (agent->looks && screen->claim != (int)agent->shown)
		refuse(d, "does not show its question");
	else if (answer_keys(d) < 0)
		refuse(d, "cannot be reached");
}

static int
refuse_now(const struct agent *agent, uint64_t question, int answer, struct err *err)
{
	const struct agent_question *q = &agent->question;
	if (!agent_state_asks(agent->shown) || q->id == 0)
		return err_set(err, ERR_INVALID, "agent %s asks nothing", agent->name);
	if (q->id != question)
		return err_set(
			err, ERR_INVALID, "agent %s asks something else by now", agent->name);
	if (!(q->answers >> answer & 1))
		return err_set(err, ERR_INVALID,
			"agent %s: \"%s\" cannot be answered from here; go to its terminal",
			agent->name, agent_answer_name((enum agent_answer)answer));
	return 0;
}

int
act_agent_decide(struct fleet *fleet, uint32_t id, uint64_t question, int answer,
	act_decide_fn *done, void *ctx, struct err *err)
{
	int rc;
	struct agent *agent = act_typable(fleet, id, &rc);
	if (!agent)
		return err_set(err, rc, "the agent cannot be reached");
	question_refresh(agent, clock_ms());
	rc = refuse_now(agent, question, answer, err);
	if (rc < 0)
		return rc;
	struct decision *d = MEM_NEW(struct decision);
	*d = (struct decision){
		agent, mem_strdup(agent->uid), question, (enum agent_answer)answer, done, ctx};
	struct buf text = BUF_INIT;
	if (agent->question.hook) {
		rc = answer_hook(d);
	} else {
		look_capture(agent, &text);
		rc = host_line(&fleet->hosts[agent->host], buf_str(&text), 1, 0, on_shown, d);
	}
	buf_release(&text);
	if (rc < 0) {
		mem_free(d->uid);
		mem_free(d);
		return err_set(err, rc, "agent %s cannot be reached", agent->name);
	}
	return 0;
}

void
act_agent_seen(struct fleet *fleet, uint32_t id)
{
	int rc;
	struct agent *agent = act_typable(fleet, id, &rc);
	struct buf line = BUF_INIT;
	if (!agent || agent->ev.seen_at >= agent->ev.turn_at)
		return;
	agent->ev.seen_at = clock_ms();
	if (agent->event_seq) {
		buf_printf(&line, "set-option -p -t '%s' @cockpit_seen %llu", agent->pane,
			(unsigned long long)agent->event_seq);
		host_line(&fleet->hosts[agent->host], buf_str(&line), 1, 0, NULL, NULL);
	}
	buf_release(&line);
	fleet_judge(fleet, agent);
}

void
question_refresh(struct agent *agent, int64_t now)
{
	struct agent_question *q = &agent->question;
	if (!q->hook || now < agent->question_until)
		return;
	q->hook = false;
	q->answers = question_key_answers(agent);
}

/* Answered in its own terminal, or not asked any more. A hook that waits is let go. */
void
question_over(struct agent *agent)
{
	const struct agent_question *q = &agent->question;
	struct buf condition = BUF_INIT;
	struct way yes = {0}, no = {0};
	if (agent->question_source != SIGN_EVENT || !q->id || !agent->pane[0])
		return;
	add_is_asked(q->id, &condition);
	add_forget(agent, &yes);
	if (q->hook)
		add_release(agent, q->id, &yes);
	choose(agent, buf_str(&condition), &yes, &no, NULL, NULL);
	buf_release(&condition);
}
