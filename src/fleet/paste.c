/* SPDX-License-Identifier: MIT */
/*
 * Text into a pane, as one piece. A prompt is more: tmux itself decides, in one command line,
 * whether the pane takes it, by what stands in the pane at that moment, notes its id there, and
 * pastes. So it is taken once, whoever sends it how often, and by the agent that was meant.
 * From then on the host submits it, should the one who sent it be gone: by a job that tmux runs
 * a while later and that finds nothing to do if the sender was there. (A delayed command of the
 * sender's own would go with him.)
 */
#include <stdio.h>
#include <unistd.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_shell.h"
#include "cockpit/base_text.h"
#include "cockpit/tmux_quote.h"
#include "local.h"

#define PASTE_CHUNK 8192
#define SUBMIT_S    4    /* the sender needs far less */
#define IDS_MAX     4000 /* bytes of ids that a pane remembers: some two hundred of ours */

/* Cuts at most PASTE_CHUNK bytes off, never within a character. */
static struct str
cut_chunk(struct str *rest)
{
	struct str chunk = text_cut(*rest, PASTE_CHUNK);
	*rest = str_slice(*rest, chunk.len, rest->len);
	return chunk;
}

/* Buffers are the server's: a name that nobody else uses at the same time, nor who sends the
 * same prompt once more while commands of one who was killed are still on their way. */
static int
fill(struct host *host, struct str text, char name[64])
{
	struct buf line = BUF_INIT;
	int rc = 0;
	snprintf(name, 64, "cockpit-%lld-%ld-%llu", (long long)clock_us(), (long)getpid(),
		(unsigned long long)++host->fleet->paste_id);
	for (bool first = true; text.len > 0 && rc == 0; first = false) {
		buf_clear(&line);
		buf_printf(&line, "set-buffer %s-b '%s' -- ", first ? "" : "-a ", name);
		tmux_quote(&line, cut_chunk(&text));
		rc = host_line(host, buf_str(&line), 1, 0, NULL, NULL);
	}
	buf_release(&line);
	return rc;
}

/* Somebody waits for it to be done. */
struct waiter {
	void (*done)(void *ctx, int status);
	void *ctx;
};

static void
on_done(void *ctx, int status, struct str text)
{
	struct waiter *waiter = ctx;
	(void)text;
	if (waiter->done)
		waiter->done(waiter->ctx, status);
	mem_free(waiter);
}

static int
choose_then(struct agent *agent, struct str condition, struct way *yes, struct way *no,
	void (*done)(void *ctx, int status), void *ctx)
{
	struct waiter *waiter = MEM_NEW(struct waiter);
	*waiter = (struct waiter){done, ctx};
	int rc = choose(agent, condition, yes, no, on_done, waiter);
	if (rc < 0)
		mem_free(waiter);
	return rc;
}

int
act_agent_paste(struct fleet *fleet, uint32_t id, struct str text,
	void (*done)(void *ctx, int status), void *ctx)
{
	int rc;
	struct agent *agent = act_typable(fleet, id, &rc);
	struct way yes = {0}, no = {0};
	char name[64];
	if (!agent)
		return rc;
	if (text.len == 0)
		return ERR_INVALID;
	rc = fill(&fleet->hosts[agent->host], text, name);
	if (rc == 0) {
		/* Up to 3.3a a paste into a pane whose process has ended is not safe. */
		buf_printf(way_next(&yes), "delete-buffer -b '%s'", name);
		buf_printf(way_next(&no), "paste-buffer -d -p -r -b '%s' -t '%s'", name,
			agent->pane);
		rc = choose_then(agent, STR("#{pane_dead}"), &yes, &no, done, ctx);
	}
	act_typed(agent, true);
	return rc;
}

static const struct {
	const char *word;
	enum act_taken taken;
} answers[] = {
	{"now",    ACT_TAKEN       },
	{"before", ACT_TAKEN_BEFORE},
	{"other",  ACT_NOT_OTHER   },
	{"dead",   ACT_NOT_DEAD    },
	{"busy",   ACT_NOT_BUSY    },
	{"asks",   ACT_NOT_ASKS    },
	{"mode",   ACT_NOT_MODE    },
	{"shell",  ACT_NOT_SHELL   },
};

static const char *
submit_keys(const struct agent *agent)
{
	const struct profile *profile = agent_profile(agent);
	return profile->submit ? profile->submit : "Enter";
}

/* A format: yes while the agent asks something, as far as its host knows; else no. */
static void
add_asks(const struct agent *agent, const char *yes, const char *no, struct buf *into)
{
	const struct profile *profile = agent_profile(agent);
	buf_printf(into, "#{?@cockpit_ask,%s,", yes);
	if (profile->asking_title)
		buf_printf(into, "#{?#{m:%s,#{pane_title}},%s,", profile->asking_title, yes);
	buf_printf(into, "%s%s", no, profile->asking_title ? "}}" : "}");
}

/* A word why the pane does not take it, or nothing. */
static void
add_reason(const struct agent *agent, const char *prompt, struct buf *into)
{
	struct buf rest = BUF_INIT;
	buf_addc(&rest, "#{?@cockpit_busy,busy #{@cockpit_busy},#{?pane_in_mode,mode,");
	/* An agent may run within a script: its hook says that it is there. */
	if (agent->ev.talks)
		buf_addc(&rest, "#{?#{&&:#{!=:#{@cockpit_alive},1},"
				"#{m/r:^-?(sh|ash|dash|bash|zsh|fish|ksh|mksh|csh|tcsh)$,"
				"#{pane_current_command}}},shell,}");
	buf_addc(&rest, "}}");
	buf_printf(into,
		"#{?#{!=:#{@cockpit_id},%s},other,"
		"#{?#{m:* %s *,#{@cockpit_prompts}},before #{@cockpit_busy},"
		"#{?pane_dead,dead,",
		agent->uid, prompt);
	add_asks(agent, "asks", buf_cstr(&rest), into);
	buf_addc(into, "}}}");
	buf_release(&rest);
}

/* A format: true while the pane waits for the prompt's Enter; held: or it was put aside. */
static void
add_waits(const char *prompt, bool held, struct buf *into)
{
	if (held)
		buf_addc(into, "#{||:");
	buf_printf(into, "#{==:#{@cockpit_busy},%s}", prompt);
	if (held)
		buf_printf(into, ",#{==:#{@cockpit_busy}," ACT_HELD "%s}}", prompt);
}

/* 1: it waits, and the Enter goes where it is meant to go. Not while the agent asks: a dialog
 * takes no paste, but an Enter for its yes. */
static void
add_is_due(const struct agent *agent, const char *prompt, bool held, struct buf *into)
{
	buf_addc(into, "#{?");
	add_waits(prompt, held, into);
	buf_addc(into, ",#{?#{||:#{pane_dead},#{pane_in_mode}},0,");
	add_asks(agent, "0", "1", into);
	buf_addc(into, "},0}");
}

/* Its Enter, in three commands. */
static void
add_press(const struct agent *agent, const char *prompt, struct way *way)
{
	buf_printf(way_next(way), "set-option -p -u -t '%s' @cockpit_busy", agent->pane);
	buf_printf(
		way_next(way), "set-option -p -t '%s' @cockpit_last %s", agent->pane, prompt);
	buf_printf(way_next(way), "send-keys -t '%s' %s", agent->pane, submit_keys(agent));
}

/* What the host does by itself, should the sender be gone: for sh, which finds our server in
 * its environment. */
static void
add_job(const struct agent *agent, const char *prompt, struct buf *into)
{
	struct buf due = BUF_INIT, line = BUF_INIT;
	struct way press = {0};
	add_is_due(agent, prompt, false, &due);
	add_press(agent, prompt, &press);
	buf_printf(&line, "tmux if-shell -F -t '%s' ", agent->pane);
	shell_quote(&line, buf_str(&due));
	buf_byte(&line, ' ');
	shell_quote(&line, buf_str(&press.line));
	/* It is expanded once when it is asked for. */
	for (size_t i = 0; i < line.len; i++) {
		if (line.ptr[i] == '#')
			buf_byte(into, '#');
		buf_byte(into, line.ptr[i]);
	}
	buf_release(&due);
	buf_release(&press.line);
	buf_release(&line);
}

static void
add_take(const struct agent *agent, const char *prompt, const char *name, struct way *way)
{
	struct buf job = BUF_INIT;
	buf_printf(
		way_next(way), "set-option -p -t '%s' @cockpit_busy %s", agent->pane, prompt);
	buf_printf(way_next(way),
		"set-option -p -F -t '%s' @cockpit_prompts '#{=-%d:@cockpit_prompts} %s '",
		agent->pane, IDS_MAX, prompt);
	buf_printf(way_next(way), "paste-buffer -d -p -r -b '%s' -t '%s'", name, agent->pane);
	add_job(agent, prompt, &job);
	buf_printf(way_next(way), "run-shell -b -d %d ", SUBMIT_S);
	tmux_quote(&way->line, buf_str(&job));
	buf_addc(way_next(way), "display-message -p now");
	buf_release(&job);
}

struct take {
	struct agent *agent;
	act_prompt_fn *done;
	void *ctx;
};

static void
on_taken(void *ctx, int status, struct str text)
{
	struct take *take = ctx;
	struct str rest = choose_word(status, text), word = str_cut(&rest, ' ');
	enum act_taken taken = ACT_NOT_KNOWN;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (str_eqc(word, answers[i].word))
			taken = answers[i].taken;
	}
	if (taken == ACT_TAKEN)
		act_typed(take->agent, true);
	take->done(take->ctx, status, taken, rest);
	mem_free(take);
}

int
act_agent_prompt(struct fleet *fleet, uint32_t id, const char *prompt, struct str text,
	act_prompt_fn *done, void *ctx)
{
	int rc;
	struct agent *agent = act_typable(fleet, id, &rc);
	struct buf reason = BUF_INIT;
	struct way no = {0}, yes = {0};
	char name[64];
	if (!agent)
		return rc;
	if (text.len == 0 || !agent->uid || !str_is_name(str_from(agent->uid)) ||
		!str_is_name(str_from(prompt)))
		return ERR_INVALID;
	rc = fill(&fleet->hosts[agent->host], text, name);
	if (rc == 0) {
		struct take *take = MEM_NEW(struct take);
		*take = (struct take){agent, done, ctx};
		add_reason(agent, prompt, &reason);
		buf_printf(way_next(&no), "delete-buffer -b '%s'", name);
		buf_printf(way_next(&no), "display-message -p -t '%s' ", agent->pane);
		tmux_quote(&no.line, buf_str(&reason));
		add_take(agent, prompt, name, &yes);
		rc = choose(agent, buf_str(&reason), &no, &yes, on_taken, take);
		if (rc < 0)
			mem_free(take);
	}
	buf_release(&reason);
	return rc;
}

int
act_agent_hold(struct fleet *fleet, uint32_t id, const char *prompt,
	void (*done)(void *ctx, int status), void *ctx)
{
	int rc;
	struct agent *agent = act_typable(fleet, id, &rc);
	struct buf waits = BUF_INIT;
	struct way yes = {0}, no = {0};
	if (!agent)
		return rc;
	add_waits(prompt, false, &waits);
	buf_printf(way_next(&yes), "set-option -p -t '%s' @cockpit_busy " ACT_HELD "%s",
		agent->pane, prompt);
	rc = choose_then(agent, buf_str(&waits), &yes, &no, done, ctx);
	buf_release(&waits);
	return rc;
}

struct submit {
	act_submit_fn *done;
	void *ctx;
};

static void
on_submitted(void *ctx, int status, struct str text)
{
	struct submit *submit = ctx;
	struct str word = choose_word(status, text);
	enum act_submitted what = str_eqc(word, "now")      ? ACT_SUBMIT_NOW
				  : str_eqc(word, "before") ? ACT_SUBMIT_BEFORE
				  : str_eqc(word, "held")   ? ACT_SUBMIT_HELD
							    : ACT_SUBMIT_NOT_KNOWN;
	if (submit->done)
		submit->done(submit->ctx, status, what);
	mem_free(submit);
}

int
act_agent_submit(
	struct fleet *fleet, uint32_t id, const char *prompt, act_submit_fn *done, void *ctx)
{
	int rc;
	struct agent *agent = act_typable(fleet, id, &rc);
	struct buf due = BUF_INIT;
	struct way yes = {0}, no = {0};
	if (!agent)
		return rc;
	add_is_due(agent, prompt, true, &due);
	add_press(agent, prompt, &yes);
	buf_addc(way_next(&yes), "display-message -p now");
	buf_printf(way_next(&no), "display-message -p -t '%s' '#{?", agent->pane);
	add_waits(prompt, true, &no.line);
	buf_addc(&no.line, ",held,before}'");
	struct submit *submit = MEM_NEW(struct submit);
	*submit = (struct submit){done, ctx};
	rc = choose(agent, buf_str(&due), &yes, &no, on_submitted, submit);
	if (rc < 0)
		mem_free(submit);
	buf_release(&due);
	return rc;
}

int
act_agent_submit_again(struct fleet *fleet, uint32_t id, const char *prompt)
{
	int rc;
	struct agent *agent = act_typable(fleet, id, &rc);
	struct buf due = BUF_INIT;
	struct way yes = {0}, no = {0};
	if (!agent)
		return rc;
	buf_printf(&due,
		"#{?#{&&:#{==:#{@cockpit_last},%s},#{==:#{@cockpit_busy}#{pane_in_mode},0}},",
		prompt);
	add_asks(agent, "0", "1", &due);
	buf_addc(&due, ",0}");
	buf_printf(way_next(&yes), "send-keys -t '%s' %s", agent->pane, submit_keys(agent));
	rc = choose(agent, buf_str(&due), &yes, &no, NULL, NULL);
	buf_release(&due);
	return rc;
}
