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

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/tmux_quote.h"
#include "local.h"

#define PASTE_CHUNK 8192
#define SUBMIT_S    4 /* the sender needs far less */

/* Cuts at most PASTE_CHUNK bytes off, never within a character. */
static struct str
cut_chunk(struct str *rest)
{
	size_t len = rest->len < PASTE_CHUNK ? rest->len : PASTE_CHUNK;
	while (len < rest->len && len > 0 && ((unsigned char)rest->ptr[len] & 0xc0) == 0x80)
		len--;
	struct str chunk = str_slice(*rest, 0, len);
	*rest = str_slice(*rest, len, rest->len);
	return chunk;
}

int
paste_fill(struct host *host, const char *name, struct str text)
{
	struct buf line = BUF_INIT;
	int rc = 0;
	for (bool first = true; text.len > 0 && rc == 0; first = false) {
		buf_clear(&line);
		buf_printf(&line, "set-buffer %s-b '%s' -- ", first ? "" : "-a ", name);
		tmux_quote(&line, cut_chunk(&text));
		rc = host_line(host, buf_str(&line), 1, 0, NULL, NULL);
	}
	buf_release(&line);
	return rc;
}

struct paste {
	void (*done)(void *ctx, int status);
	void *ctx;
};

static void
on_pasted(void *ctx, int status, struct str text)
{
	struct paste *paste = ctx;
	(void)text;
	if (paste->done)
		paste->done(paste->ctx, status);
	mem_free(paste);
}

int
act_agent_paste(struct fleet *fleet, uint32_t id, struct str text,
	void (*done)(void *ctx, int status), void *ctx)
{
	int rc;
	struct agent *agent = act_typable(fleet, id, &rc);
	struct buf line = BUF_INIT;
	char name[64];
	if (!agent)
		return rc;
	if (text.len == 0)
		return ERR_INVALID;
	struct host *host = &fleet->hosts[agent->host];
	/* Buffers are the server's: a name that no other cockpit uses at the same time. */
	snprintf(name, sizeof(name), "cockpit-%lld-%llu", (long long)clock_us(),
		(unsigned long long)++fleet->paste_id);
	rc = paste_fill(host, name, text);
	if (rc == 0) {
		struct paste *paste = MEM_NEW(struct paste);
		*paste = (struct paste){done, ctx};
		/* Up to 3.3a a paste into a pane whose process has ended is not safe. */
		buf_printf(&line,
			"if-shell -F -t '%s' '#{pane_dead}' \"delete-buffer -b '%s'\" "
			"\"paste-buffer -d -p -r -b '%s' -t '%s'\"",
			agent->pane, name, name, agent->pane);
		/* What if-shell chooses answers in a block of its own. */
		rc = host_line(host, buf_str(&line), 2, 0, on_pasted, paste);
		if (rc < 0)
			mem_free(paste);
	}
	buf_release(&line);
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

/* A word why the pane does not take it, or nothing. */
static void
add_reason(const struct agent *agent, const char *prompt, struct buf *into)
{
	const struct profile *profile = agent_profile(agent);
	buf_printf(into,
		"#{?#{!=:#{@cockpit_id},%s},other,"
		"#{?#{m:* %s *,#{@cockpit_prompts}},before,"
		"#{?pane_dead,dead,"
		"#{?@cockpit_busy,busy #{@cockpit_busy},"
		"#{?@cockpit_ask,asks,",
		agent->uid, prompt);
	if (profile->asking_title)
		buf_printf(into, "#{?#{m:%s,#{pane_title}},asks,", profile->asking_title);
	buf_addc(into, "#{?pane_in_mode,mode,");
	/* An agent may run within a script: its hook says that it is there. */
	if (agent_talks(agent))
		buf_addc(into, "#{?#{&&:#{!=:#{@cockpit_alive},1},"
			       "#{m/r:^-?(sh|ash|dash|bash|zsh|fish|ksh|mksh|csh|tcsh)$,"
			       "#{pane_current_command}}},shell,}");
	buf_addc(into, profile->asking_title ? "}}}}}}}" : "}}}}}}");
}

/* What is still held for the prompt's Enter gets it. Not while it asks: a dialog takes no
 * paste, but an Enter for its yes. */
static void
add_submit(const struct agent *agent, const char *prompt, bool job, struct buf *into)
{
	const char *hash =
		job ? "##" : "#"; /* a job's command is expanded when it is asked for */
	const struct profile *profile = agent_profile(agent);
	struct buf then = BUF_INIT;
	buf_printf(into,
		"if-shell -F -t '%s' "
		"'%s{&&:%s{==:%s{@cockpit_busy},%s},%s{==:%s{@cockpit_ask},}}' ",
		agent->pane, hash, hash, hash, prompt, hash, hash);
	buf_printf(&then,
		"set-option -p -u -t '%s' @cockpit_busy ; set-option -p -t '%s' @cockpit_last "
		"%s ; "
		"send-keys -t '%s' %s",
		agent->pane, agent->pane, prompt, agent->pane,
		profile->submit ? profile->submit : "Enter");
	tmux_quote(into, buf_str(&then));
	buf_release(&then);
}

static void
add_take(const struct agent *agent, const char *prompt, struct buf *into)
{
	struct buf job = BUF_INIT;
	buf_printf(into,
		"set-option -p -t '%s' @cockpit_busy %s ; "
		"set-option -p -F -t '%s' @cockpit_prompts '#{=-700:@cockpit_prompts} %s ' ; "
		"paste-buffer -d -p -r -b 'cockpit-%s' -t '%s' ; ",
		agent->pane, prompt, agent->pane, prompt, prompt, agent->pane);
	/* The job finds our server in its environment. */
	buf_addc(&job, "tmux ");
	add_submit(agent, prompt, true, &job);
	buf_printf(into, "run-shell -b -d %d ", SUBMIT_S);
	tmux_quote(into, buf_str(&job));
	buf_addc(into, " ; display-message -p now");
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
	struct str word = STR(""), rest;
	enum act_taken taken = ACT_NOT_KNOWN;
	while (status == 0 && text.len > 0 && word.len == 0)
		word = str_cut(&text, '\n');
	rest = word;
	word = str_cut(&rest, ' ');
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
	struct buf line = BUF_INIT, reason = BUF_INIT, part = BUF_INIT;
	if (!agent)
		return rc;
	if (text.len == 0 || !agent->uid || !str_is_name(str_from(agent->uid)) ||
		!str_is_name(str_from(prompt)))
		return ERR_INVALID;
	struct host *host = &fleet->hosts[agent->host];
	char *name = mem_printf("cockpit-%s", prompt);
	rc = paste_fill(host, name, text);
	if (rc == 0) {
		struct take *take = MEM_NEW(struct take);
		*take = (struct take){agent, done, ctx};
		add_reason(agent, prompt, &reason);
		buf_printf(&line, "if-shell -F -t '%s' ", agent->pane);
		tmux_quote(&line, buf_str(&reason));
		buf_byte(&line, ' ');
		/* As many commands as the other way has: each answers in a block of its own. */
		buf_printf(&part, "delete-buffer -b '%s' ; display-message -p -t '%s' ", name,
			agent->pane);
		tmux_quote(&part, buf_str(&reason));
		for (int i = 0; i < 3; i++)
			buf_addc(&part, " ; display-message -p ''");
		tmux_quote(&line, buf_str(&part));
		buf_byte(&line, ' ');
		buf_clear(&part);
		add_take(agent, prompt, &part);
		tmux_quote(&line, buf_str(&part));
		rc = host_line(host, buf_str(&line), 6, 0, on_taken, take);
		if (rc < 0)
			mem_free(take);
	}
	mem_free(name);
	buf_release(&line);
	buf_release(&reason);
	buf_release(&part);
	return rc;
}

int
act_agent_give_up(struct fleet *fleet, uint32_t id, const char *prompt)
{
	int rc;
	struct agent *agent = act_typable(fleet, id, &rc);
	struct buf line = BUF_INIT;
	if (!agent)
		return rc;
	buf_printf(&line,
		"if-shell -F -t '%s' '#{==:#{@cockpit_busy},%s}' "
		"\"set-option -p -u -t '%s' @cockpit_busy\" \"display-message -p ''\"",
		agent->pane, prompt, agent->pane);
	rc = host_line(&fleet->hosts[agent->host], buf_str(&line), 2, 0, NULL, NULL);
	buf_release(&line);
	return rc;
}

int
act_agent_submit(struct fleet *fleet, uint32_t id, const char *prompt)
{
	int rc;
	struct agent *agent = act_typable(fleet, id, &rc);
	struct buf line = BUF_INIT;
	if (!agent)
		return rc;
	add_submit(agent, prompt, false, &line);
	buf_addc(&line,
		" \"display-message -p '' ; display-message -p '' ; display-message -p ''\"");
	rc = host_line(&fleet->hosts[agent->host], buf_str(&line), 4, 0, NULL, NULL);
	buf_release(&line);
	return rc;
}

int
act_agent_submit_again(struct fleet *fleet, uint32_t id, const char *prompt)
{
	int rc;
	struct agent *agent = act_typable(fleet, id, &rc);
	struct buf line = BUF_INIT;
	const char *keys;
	if (!agent)
		return rc;
	keys = agent_profile(agent)->submit;
	buf_printf(&line,
		"if-shell -F -t '%s' '#{&&:#{==:#{@cockpit_last},%s},"
		"#{==:#{@cockpit_busy}#{@cockpit_ask},}}' \"send-keys -t '%s' %s\" "
		"\"display-message -p ''\"",
		agent->pane, prompt, agent->pane, keys ? keys : "Enter");
	rc = host_line(&fleet->hosts[agent->host], buf_str(&line), 2, 0, NULL, NULL);
	buf_release(&line);
	return rc;
}
