/* SPDX-License-Identifier: MIT */
/*
 * A prompt, delivered once:
 *
 *   WAITING ──▶ TAKING ──▶ SETTLING ──▶ SUBMITTING ──▶ CONFIRMING ──▶ gone from the outbox
 *      ▲           │ busy, or the link was lost
 *      └───────────┘
 *
 * The pane takes it or says why not (act_agent_prompt()); that is the one step that must not
 * happen twice, and cannot. Some agents swallow an Enter that follows a paste at once, so it
 * waits until the composer has drawn it. What the agent does afterwards is the proof; without
 * proof it is reported as stalled, not sent again. A question that comes in between is no place
 * for an Enter: the prompt is held, and gets its own before the next one is pasted, or when it
 * is sent once more.
 *
 * It lies in the outbox from before the first step until its end is known: who is killed in
 * between leaves it there, and the next one goes on with the same id.
 */
#define LOG_MODULE "prompt"
#include "cockpit/base_clock.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_profile.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_journal.h"
#include "cockpit/term_screen.h"
#include "local.h"

#define SETTLE_MS   200   /* where the profile says nothing */
#define SETTLED_MS  60    /* the composer has drawn for so long nothing more */
#define COMPOSER_MS 2500  /* it is not waited for longer */
#define TAKE_MS     20000 /* a host that does not answer is given up before that */
#define CONFIRM_MS  5000
#define AGAIN_MS    1500
#define LOOK_MS     30
#define END_BYTES   24
#define END_ROWS    16
#define BUSY_MS     300   /* another prompt is on its way: again after that */
#define BUSY_MAX_MS 9000  /* whoever sends that one is gone: its Enter is due */
#define WAIT_MAX_MS 60000 /* for a host that was lost, or is not up yet */
#define LEFT_MAX_S  600   /* what was left behind so long ago is not sent by itself */

#define ASKS        "asks something: answer that first; not sent"

enum phase { WAITING, TAKING, SETTLING, SUBMITTING, HOLDING, CONFIRMING };

struct prompt {
	struct pilot *pilot; /* NULL: only the pane's answer is still to come */
	struct outbox_entry entry;
	uint32_t agent; /* 0: left behind, its agent is not there yet */
	enum phase phase;
	bool once;    /* its sender waits: no second try when the link goes */
	bool before;  /* pasted by another process, which may be gone */
	bool taken;   /* perhaps, before the link went */
	bool pressed; /* its Enter, once more */
	bool awaited; /* the pane's answer is still to come, and holds it */
	struct loop_timer *timer;
	int64_t from, phase_at; /* clock_ms() */
	int64_t busy_at;        /* since when the same other one is in the way; 0: none */
	char busy[80];          /* that one's id, perhaps held */
	uint64_t bytes, events; /* of the agent when the phase began */
	pilot_fn *done;
	void *ctx;
	struct prompt *next;
};

static void
prompt_free(struct prompt *prompt)
{
	outbox_release(&prompt->entry);
	mem_free(prompt);
}

/* Whoever waits for the pane's answer frees it. */
static void
let_go(struct prompt *prompt)
{
	loop_timer_free(prompt->timer);
	prompt->timer = NULL;
	prompt->pilot = NULL;
	if (!prompt->awaited)
		prompt_free(prompt);
}

static void
finish(struct prompt *prompt, const char *text, const struct err *err)
{
	struct prompt **p = &prompt->pilot->prompts;
	while (*p != prompt)
		p = &(*p)->next;
	*p = prompt->next;
	if (!err) {
		struct str words = buf_str(&prompt->entry.text);
		struct str first = str_cut(&words, '\n');
		char *line = mem_strndup(first.ptr, first.len);
		const struct journal_entry entry = {.kind = JOURNAL_PROMPT,
			.agent = prompt->entry.agent,
			.host = prompt->entry.host,
			.start = prompt->entry.uid,
			.text = line};
		journal_add(prompt->pilot->ledger, &entry);
		mem_free(line);
	}
	outbox_drop(prompt->pilot->outbox, &prompt->entry);
	log_info("agent %s: prompt %s: %s", prompt->entry.agent, prompt->entry.id,
		err ? err->text : text);
	if (prompt->done)
		prompt->done(prompt->ctx, err ? "" : text, err);
	let_go(prompt);
}

/* Nobody shall have to type it once more. */
static void
fail(struct prompt *prompt, int code, const char *text)
{
	struct err err = ERR_INIT;
	char *kept =
		prompt->once ? NULL : outbox_set_aside(prompt->pilot->outbox, &prompt->entry);
	err_set(&err, code, "agent %s: %s%s%s", prompt->entry.agent, text,
		kept ? "; its text is in " : "", kept ? kept : "");
	mem_free(kept);
	finish(prompt, "", &err);
}

static void
begin(struct prompt *prompt, enum phase phase, int64_t ms)
{
	struct agent_view view;
	prompt->phase = phase;
	prompt->phase_at = clock_ms();
	if (fleet_agent(prompt->pilot->fleet, prompt->agent, &view)) {
		prompt->bytes = view.bytes;
		prompt->events = view.events;
	}
	loop_timer_set(prompt->timer, ms);
}

static bool
is_up(enum agent_state state)
{
	return state != AGENT_STARTING && state != AGENT_TRUST && state != AGENT_LOGIN;
}

static void on_taken(void *ctx, int status, enum act_taken taken, struct str detail);

static void
take(struct prompt *prompt)
{
	struct agent_view view;
	struct fleet *fleet = prompt->pilot->fleet;
	if (!prompt->agent)
		prompt->agent = fleet_agent_find(fleet, prompt->entry.agent);
	bool known = fleet_agent(fleet, prompt->agent, &view), there = known && view.present;
	if (known && view.link && !there) {
		fail(prompt, ERR_NOT_FOUND, "is not there any more: not sent");
		return;
	}
	if (there && strcmp(view.uid, prompt->entry.uid) != 0) {
		fail(prompt, ERR_INVALID, "was started anew meanwhile: not sent");
		return;
	}
	/* Its host may know nothing of it. */
	if (there && view.link && !prompt->taken && view.verdict.state == AGENT_ASKS) {
		fail(prompt, ERR_INVALID, ASKS);
		return;
	}
	begin(prompt, TAKING, TAKE_MS);
	/* What it is told before it is up is lost. */
	prompt->awaited = there && view.link && is_up(view.verdict.state) &&
			  act_agent_prompt(fleet, prompt->agent, prompt->entry.id,
				  buf_str(&prompt->entry.text), on_taken, prompt) == 0;
	if (prompt->awaited)
		return;
	prompt->phase = WAITING;
	if (clock_ms() - prompt->from > WAIT_MAX_MS)
		fail(prompt, ERR_CLOSED,
			prompt->taken ? "could not be reached any more: whether the prompt was "
					"submitted is not known"
				      : "could not be reached: the prompt was not sent");
	else
		loop_timer_set(prompt->timer, BUSY_MS);
}

static void
wait_for_other(struct prompt *prompt, struct str other)
{
	int64_t now = clock_ms();
	if (!prompt->busy_at || !str_eqc(other, prompt->busy)) {
		prompt->busy_at = now;
		size_t len = other.len < sizeof(prompt->busy) - 1 ? other.len
								  : sizeof(prompt->busy) - 1;
		memcpy(prompt->busy, other.ptr, len);
		prompt->busy[len] = '\0';
	}
	bool held = str_starts(other, STR(ACT_HELD));
	const char *id = held ? prompt->busy + strlen(ACT_HELD) : prompt->busy;
	if ((held || now - prompt->busy_at > BUSY_MAX_MS) && str_is_name(str_from(id)))
		act_agent_submit(prompt->pilot->fleet, prompt->agent, id, NULL, NULL);
	prompt->phase = WAITING;
	if (now - prompt->from > WAIT_MAX_MS)
		fail(prompt, ERR_TIMEOUT, "gets other prompts all the time: not sent");
	else
		loop_timer_set(prompt->timer, BUSY_MS);
}

static bool
is_own(const struct prompt *prompt, struct str id)
{
	if (str_starts(id, STR(ACT_HELD)))
		id = str_slice(id, strlen(ACT_HELD), id.len);
	return str_eqc(id, prompt->entry.id);
}

static void
on_taken(void *ctx, int status, enum act_taken taken, struct str detail)
{
	static const struct {
		int code;
		const char *words;
	} refusals[] = {
		[ACT_NOT_OTHER] = {ERR_INVALID, "was started anew meanwhile: not sent"   },
		[ACT_NOT_DEAD] = {ERR_INVALID, "has ended: not sent"                    },
		[ACT_NOT_ASKS] = {ERR_INVALID, ASKS                                     },
		[ACT_NOT_MODE] = {ERR_INVALID, "is being scrolled by somebody: not sent"},
		[ACT_NOT_SHELL] = {ERR_INVALID, "a bare shell runs in its pane: not sent"},
	};
	struct prompt *prompt = ctx;
	prompt->awaited = false;
	if (!prompt->pilot) {
		prompt_free(prompt);
		return;
	}
	if (status == 0 && taken == ACT_TAKEN) {
		begin(prompt, SETTLING, LOOK_MS);
	} else if (status == 0 && taken == ACT_TAKEN_BEFORE && is_own(prompt, detail)) {
		/* Pasted by one who is at it yet, or was killed. */
		prompt->before = true;
		begin(prompt, SETTLING, LOOK_MS);
	} else if (status == 0 && taken == ACT_TAKEN_BEFORE) {
		finish(prompt, "sent", NULL);
	} else if (status == 0 && taken == ACT_NOT_BUSY) {
		wait_for_other(prompt, detail);
	} else if (status == 0 && taken != ACT_NOT_KNOWN) {
		fail(prompt, refusals[taken].code, refusals[taken].words);
	} else if (status == ERR_CANCELED && !prompt->once) {
		/* Taken or not: the next conversation knows. */
		prompt->taken = true;
		prompt->phase = WAITING;
		loop_timer_set(prompt->timer, BUSY_MS);
	} else {
		fail(prompt, ERR_CLOSED,
			"no answer came: whether the prompt arrived is not known (the same "
			"--id sends it once at most)");
	}
}

static int
settle_ms(const struct prompt *prompt, const struct agent_view *view)
{
	const struct profile *profile = profile_find(view->profile);
	int ms = profile && profile->settle_ms ? profile->settle_ms : SETTLE_MS;
	/* A long one takes a composer its time. */
	return ms + (int)(prompt->entry.text.len / 64);
}

static void
on_held(void *ctx, int status)
{
	struct prompt *prompt = ctx;
	prompt->awaited = false;
	if (!prompt->pilot)
		prompt_free(prompt);
	else if (status < 0)
		fail(prompt, ERR_CLOSED,
			"stalled: something came between the paste and its Enter, and the link "
			"was lost");
	else
		fail(prompt, ERR_TIMEOUT,
			"stalled: something came between the paste and its Enter (a question, "
			"or "
			"somebody scrolls); the prompt is in the composer, and is submitted "
			"before the next one");
}

/* Its Enter is not for what is there now. Nobody is told before the host knows: it would submit
 * it by itself. */
static void
hold(struct prompt *prompt)
{
	prompt->phase = HOLDING;
	loop_timer_set(prompt->timer, TAKE_MS);
	prompt->awaited = act_agent_hold(prompt->pilot->fleet, prompt->agent, prompt->entry.id,
				  on_held, prompt) == 0;
	if (!prompt->awaited)
		on_held(prompt, ERR_CLOSED);
}

/* It moves: it says so, or, where it says nothing of itself, it prints. */
static bool
is_confirmed(const struct prompt *prompt, const struct agent_view *view)
{
	const struct verdict *v = &view->verdict;
	bool says = view->events > prompt->events ||
		    (v->since >= prompt->phase_at &&
			    (v->state == AGENT_WORKING || v->state == AGENT_DONE ||
				    v->state == AGENT_LIMITED || v->state == AGENT_FAILED));
	/* One that works already has no more to say than before: it keeps the prompt for later.
	 */
	bool prints = view->bytes > prompt->bytes;
	return view->talks ? says || (v->state == AGENT_WORKING && prints) : prints;
}

/* Its host submits it by itself; whether it did, the next conversation tells who waits for
 * that. */
static void
lose(struct prompt *prompt)
{
	if (prompt->once) {
		finish(prompt, "sent; the link was lost before the agent moved", NULL);
		return;
	}
	prompt->taken = true;
	prompt->phase = WAITING;
	prompt->from = clock_ms();
	loop_timer_set(prompt->timer, BUSY_MS);
}

static void
on_submitted(void *ctx, int status, enum act_submitted what)
{
	struct prompt *prompt = ctx;
	struct agent_view view;
	prompt->awaited = false;
	if (!prompt->pilot) {
		prompt_free(prompt);
		return;
	}
	bool moved = fleet_agent(prompt->pilot->fleet, prompt->agent, &view) &&
		     is_confirmed(prompt, &view);
	if (status < 0 || what == ACT_SUBMIT_NOT_KNOWN)
		lose(prompt);
	else if (what == ACT_SUBMIT_HELD)
		hold(prompt);
	else if (what == ACT_SUBMIT_BEFORE && (prompt->before || moved))
		finish(prompt, "sent", NULL);
	else
		begin(prompt, CONFIRMING, LOOK_MS);
}

static void
settle(struct prompt *prompt, const struct agent_view *view)
{
	int64_t now = clock_ms(), age = now - prompt->phase_at;
	bool drawn = (prompt->before || view->bytes > prompt->bytes) &&
		     now - view->printed_at >= SETTLED_MS;
	if (view->verdict.state == AGENT_ASKS) {
		hold(prompt);
		return;
	}
	if (age < settle_ms(prompt, view) || (!drawn && age < COMPOSER_MS)) {
		loop_timer_set(prompt->timer, LOOK_MS);
		return;
	}
	prompt->phase = SUBMITTING;
	loop_timer_set(prompt->timer, LOOK_MS);
	prompt->awaited = act_agent_submit(prompt->pilot->fleet, prompt->agent,
				  prompt->entry.id, on_submitted, prompt) == 0;
	if (!prompt->awaited)
		lose(prompt);
}

/* The end of what was pasted stands in the agent's last rows: its composer has it yet. */
static bool
is_in_composer(const struct prompt *prompt, const struct agent_view *view)
{
	struct buf row = BUF_INIT;
	struct str text = buf_str(&prompt->entry.text), end = str_cut_last(&text, '\n');
	bool found = false;
	end = str_slice(end, end.len > END_BYTES ? end.len - END_BYTES : 0, end.len);
	while (end.len > 0 && ((unsigned char)end.ptr[0] & 0xc0) == 0x80)
		end = str_slice(end, 1, end.len);
	/* One that has printed little yet is at the top. */
	int left = END_ROWS,
	    rows = view->screen && view->synced ? screen_rows(view->screen) : 0;
	while (rows-- > 0 && left > 0 && !found) {
		buf_clear(&row);
		screen_row_text(view->screen, rows, &row);
		if (left < END_ROWS || row.len > 0)
			left--;
		found = end.len > 0 && str_find_str(buf_str(&row), end) >= 0;
	}
	buf_release(&row);
	return found;
}

/* Some lose an Enter that comes while they still draw. */
static void
press_again(struct prompt *prompt, const struct agent_view *view)
{
	if (prompt->pressed || clock_ms() - prompt->phase_at < AGAIN_MS ||
		view->verdict.state == AGENT_ASKS || view->verdict.state == AGENT_WORKING ||
		!is_in_composer(prompt, view))
		return;
	prompt->pressed = true;
	log_info("agent %s: its composer shows the prompt still: Enter once more",
		prompt->entry.agent);
	act_agent_submit_again(prompt->pilot->fleet, prompt->agent, prompt->entry.id);
}

static void
confirm(struct prompt *prompt, const struct agent_view *view)
{
	if (is_confirmed(prompt, view)) {
		finish(prompt, "sent", NULL);
	} else if (clock_ms() - prompt->phase_at > CONFIRM_MS) {
		fail(prompt, ERR_TIMEOUT,
			view->verdict.state == AGENT_ASKS
				? "stalled: it asks something; whether it had taken the prompt "
				  "before that is not known"
				: "stalled: the prompt was pasted and submitted, but the agent "
				  "does not move");
	} else {
		press_again(prompt, view);
		loop_timer_set(prompt->timer, LOOK_MS);
	}
}

static void
submitting(struct prompt *prompt)
{
	if (clock_ms() - prompt->phase_at > TAKE_MS)
		fail(prompt, ERR_TIMEOUT,
			"does not answer: whether the prompt was submitted is not known");
	else
		loop_timer_set(prompt->timer, LOOK_MS);
}

static void
on_timer(void *ctx)
{
	struct prompt *prompt = ctx;
	struct agent_view view;
	bool there = prompt->agent && fleet_agent(prompt->pilot->fleet, prompt->agent, &view) &&
		     view.present;
	if (prompt->phase == WAITING)
		take(prompt);
	else if (prompt->phase == HOLDING)
		fail(prompt, ERR_TIMEOUT,
			"does not answer: whether the prompt was submitted is not known");
	else if (prompt->phase == TAKING)
		fail(prompt, ERR_TIMEOUT,
			"does not answer: whether the prompt arrived is not known");
	else if (!there)
		fail(prompt, ERR_NOT_FOUND, "it ended before the prompt was submitted");
	else if (!view.link)
		lose(prompt);
	else if (prompt->phase == SETTLING)
		settle(prompt, &view);
	else if (prompt->phase == SUBMITTING)
		submitting(prompt);
	else
		confirm(prompt, &view);
}

int
prompt_refuse(const struct pilot *pilot, const struct agent_view *view, struct err *err)
{
	const struct profile *profile = profile_find(view->profile);
	if (!view->present)
		return err_set(err, ERR_NOT_FOUND, "agent %s does not run", view->name);
	if (!view->link)
		return err_set(err, ERR_CLOSED, "agent %s cannot be reached: host %s is down",
			view->name, view->host);
	/* A turn that failed is no end. */
	if (strcmp(view->verdict.source, "process") == 0 &&
		(view->verdict.state == AGENT_FAILED || view->verdict.state == AGENT_ENDED))
		return err_set(err, ERR_INVALID, "agent %s has ended (%s)", view->name,
			view->verdict.detail);
	if (view->verdict.state == AGENT_ASKS)
		return err_set(err, ERR_INVALID,
			"agent %s asks something: answer that first, in the inbox or in its "
			"terminal",
			view->name);
	if (view->verdict.state == AGENT_TRUST || view->verdict.state == AGENT_LOGIN)
		return err_set(err, ERR_INVALID,
			"agent %s %s: see to that first, in its terminal", view->name,
			agent_state_word(view->verdict.state));
	if (profile && profile->shell)
		return err_set(err, ERR_INVALID,
			"%s is a shell, and takes no prompts: type into its terminal",
			view->name);
	for (const struct prompt *p = pilot->prompts; p; p = p->next) {
		if (p->agent == view->id)
			return err_set(err, ERR_EXISTS,
				"agent %s gets another prompt right now", view->name);
	}
	return 0;
}

static struct prompt *
prompt_new(struct pilot *pilot, uint32_t agent, pilot_fn *done, void *ctx)
{
	struct prompt *prompt = MEM_NEW(struct prompt);
	*prompt = (struct prompt){.pilot = pilot,
		.agent = agent,
		.from = clock_ms(),
		.done = done,
		.ctx = ctx,
		.entry = {.fd = -1}};
	prompt->timer = loop_timer_new(fleet_loop(pilot->fleet), on_timer, prompt);
	prompt->next = pilot->prompts;
	pilot->prompts = prompt;
	return prompt;
}

int
pilot_send(struct pilot *pilot, uint32_t agent, struct str text,
	const struct pilot_send_options *options, pilot_fn *done, void *ctx, struct err *err)
{
	struct agent_view view;
	struct buf clean = BUF_INIT;
	struct outbox_entry entry = {.fd = -1, .at = clock_wall()};
	char id[PILOT_ID_MAX];
	if (!fleet_agent(pilot->fleet, agent, &view))
		return err_set(err, ERR_NOT_FOUND, "there is no such agent");
	int rc = prompt_refuse(pilot, &view, err);
	if (rc < 0)
		return rc;
	if (options && options->id && !str_is_name(str_from(options->id)))
		return err_set(err, ERR_INVALID,
			"the id of a prompt: letters, digits, \".\", \"_\" and \"-\", 64 at "
			"most");
	text_typable(&clean, str_trim(text));
	if (clean.len == 0) {
		buf_release(&clean);
		return err_set(err, ERR_INVALID, "the prompt is empty");
	}
	pilot_make_id(id);
	entry.id = mem_strdup(options && options->id ? options->id : id);
	entry.agent = mem_strdup(view.name);
	entry.host = mem_strdup(view.host);
	entry.uid = mem_strdup(view.uid);
	entry.text = clean;
	bool once = options && options->once;
	rc = outbox_put(once ? NULL : pilot->outbox, &entry, err);
	if (rc < 0) {
		outbox_release(&entry);
		return rc;
	}
	struct prompt *prompt = prompt_new(pilot, agent, done, ctx);
	prompt->entry = entry;
	prompt->once = once;
	take(prompt);
	return 0;
}

int
pilot_resume_prompts(struct pilot *pilot, pilot_fn *done, void *ctx)
{
	struct outbox_entry entry;
	int count = 0;
	while (count < PILOT_LEFT_MAX && outbox_next(pilot->outbox, &entry)) {
		struct prompt *prompt = prompt_new(pilot, 0, done, ctx);
		prompt->entry = entry;
		count++;
		if (clock_wall() - entry.at > LEFT_MAX_S)
			fail(prompt, ERR_TIMEOUT,
				"a prompt was left unsent too long ago, and is not sent now");
		else
			loop_timer_set(prompt->timer, BUSY_MS);
	}
	return count;
}

void
prompts_drop(struct pilot *pilot)
{
	while (pilot->prompts) {
		struct prompt *prompt = pilot->prompts;
		pilot->prompts = prompt->next;
		let_go(prompt);
	}
}
