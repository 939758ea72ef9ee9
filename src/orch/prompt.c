/* SPDX-License-Identifier: MIT */
/*
 * A prompt, delivered once: paste ─▶ a moment for the composer ─▶ Enter ─▶ the
 * agent moves. Some agents swallow an Enter that follows a paste at once (200 ms
 * were enough for all that were measured), and none confirms, so what it prints
 * afterwards is the proof. Without proof it is reported as stalled, not sent again.
 */
#include "cockpit/base_buf.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_loop.h"
#include "local.h"

#define SETTLE_MS  200
#define CONFIRM_MS 5000
#define LOOK_MS    50

enum phase { PASTING, SETTLING, CONFIRMING };

struct prompt {
	struct pilot *pilot; /* NULL: only the paste's answer is still to come */
	uint32_t agent;
	enum phase phase;
	struct loop_timer *timer;
	uint64_t bytes; /* printed when Enter was sent */
	int64_t sent_at;
	pilot_fn *done;
	void *ctx;
	struct prompt *next;
};

static void
finish(struct prompt *prompt, const struct err *err)
{
	struct prompt **p = &prompt->pilot->prompts;
	while (*p != prompt)
		p = &(*p)->next;
	*p = prompt->next;
	loop_timer_free(prompt->timer);
	if (prompt->done)
		prompt->done(prompt->ctx, err ? "" : "sent", err);
	mem_free(prompt);
}

static void
fail(struct prompt *prompt, int code, const char *text)
{
	struct err err = ERR_INIT;
	err_set(&err, code, "%s", text);
	finish(prompt, &err);
}

static void
submit(struct prompt *prompt)
{
	struct fleet *fleet = prompt->pilot->fleet;
	struct agent_view view;
	if (!fleet_agent(fleet, prompt->agent, &view) || !view.present) {
		fail(prompt, ERR_NOT_FOUND, "the agent ended before the prompt was submitted");
		return;
	}
	prompt->bytes = view.bytes;
	prompt->sent_at = clock_ms();
	if (act_agent_key(fleet, prompt->agent, STR("Enter")) < 0) {
		fail(prompt, ERR_CLOSED, "the link was lost before the prompt was submitted");
		return;
	}
	prompt->phase = CONFIRMING;
	loop_timer_set(prompt->timer, LOOK_MS);
}

static void
look(struct prompt *prompt)
{
	struct agent_view view;
	if (fleet_agent(prompt->pilot->fleet, prompt->agent, &view) &&
		view.bytes > prompt->bytes)
		finish(prompt, NULL);
	else if (clock_ms() - prompt->sent_at > CONFIRM_MS)
		fail(prompt, ERR_TIMEOUT,
			"stalled: the prompt was pasted and submitted, but the agent does not "
			"move");
	else
		loop_timer_set(prompt->timer, LOOK_MS);
}

static void
on_timer(void *ctx)
{
	struct prompt *prompt = ctx;
	if (prompt->phase == SETTLING)
		submit(prompt);
	else
		look(prompt);
}

static void
on_pasted(void *ctx, int status)
{
	struct prompt *prompt = ctx;
	if (!prompt->pilot) {
		mem_free(prompt);
		return;
	}
	if (status < 0) {
		fail(prompt, status, "the agent's pane did not take the prompt");
		return;
	}
	prompt->phase = SETTLING;
	loop_timer_set(prompt->timer, SETTLE_MS);
}

static int
refuse(const struct pilot *pilot, const struct agent_view *view, struct err *err)
{
	if (!view->present)
		return err_set(err, ERR_NOT_FOUND, "agent %s does not run", view->name);
	if (!view->link)
		return err_set(err, ERR_CLOSED, "agent %s cannot be reached: host %s is down",
			view->name, view->host);
	if (view->verdict.state == AGENT_FAILED || view->verdict.state == AGENT_ENDED)
		return err_set(err, ERR_INVALID, "agent %s has ended (%s)", view->name,
			view->verdict.detail);
	if (view->verdict.state == AGENT_ASKS || view->verdict.state == AGENT_TRUST ||
		view->verdict.state == AGENT_LOGIN)
		return err_set(err, ERR_INVALID,
			"agent %s asks something: answer that first, in its terminal",
			view->name);
	for (const struct prompt *p = pilot->prompts; p; p = p->next) {
		if (p->agent == view->id)
			return err_set(err, ERR_EXISTS,
				"agent %s gets another prompt right now", view->name);
	}
	return 0;
}

int
pilot_send(struct pilot *pilot, uint32_t agent, struct str text, pilot_fn *done, void *ctx,
	struct err *err)
{
	struct agent_view view;
	struct buf clean = BUF_INIT;
	if (!fleet_agent(pilot->fleet, agent, &view))
		return err_set(err, ERR_NOT_FOUND, "there is no such agent");
	int rc = refuse(pilot, &view, err);
	if (rc < 0)
		return rc;
	text_typable(&clean, str_trim(text));
	if (clean.len == 0) {
		buf_release(&clean);
		return err_set(err, ERR_INVALID, "the prompt is empty");
	}
	struct prompt *prompt = MEM_NEW(struct prompt);
	*prompt = (struct prompt){
		.pilot = pilot, .agent = agent, .phase = PASTING, .done = done, .ctx = ctx};
	rc = act_agent_paste(pilot->fleet, agent, buf_str(&clean), on_pasted, prompt);
	buf_release(&clean);
	if (rc < 0) {
		mem_free(prompt);
		return err_set(err, rc, "agent %s did not take the prompt", view.name);
	}
	prompt->timer = loop_timer_new(fleet_loop(pilot->fleet), on_timer, prompt);
	prompt->next = pilot->prompts;
	pilot->prompts = prompt;
	return 0;
}

void
prompts_drop(struct pilot *pilot)
{
	while (pilot->prompts) {
		struct prompt *prompt = pilot->prompts;
		pilot->prompts = prompt->next;
		loop_timer_free(prompt->timer);
		prompt->timer = NULL;
		prompt->pilot = NULL;
		/* Its paste's answer holds it until the conversation ends. */
		if (prompt->phase != PASTING)
			mem_free(prompt);
	}
}
