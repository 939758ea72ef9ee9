/* SPDX-License-Identifier: MIT */
/* The host-side script's verbs: each a short command over the link, beside the control stream.
 */
#include <string.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_data.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/io_link.h"
#include "cockpit/io_loop.h"
#include "cockpit/io_run.h"
#include "local.h"

#define WAITING_MAX 64

struct verb {
	struct host *host;
	struct run *run;
	act_verb_fn *done;
	void *ctx;
	struct verb *next;
};

/* A verb that came before the link was up. */
struct waiting {
	char *verb;
	char **args; /* ends with NULL */
	struct buf input;
	int64_t deadline_ms;
	act_verb_fn *done;
	void *ctx;
	struct waiting *next;
};

/* The parts of the script (src/data/host/) that each verb needs beside the first one. */
static const struct {
	const char *verb;
	const char *parts[4];
} verbs[VERB_COUNT] = {
	{"attach",  {"start", "session"}     },
	{"list",    {"session"}              },
	{"spawn",   {"start", "tree", "talk"}},
	{"again",   {"start"}                },
	{"put",     {"session"}              },
	{"stop",    {"session"}              },
	{"restart", {"session"}              },
	{"down",    {"session"}              },
	{"have",    {"tree", "repo"}         },
	{"take",    {"tree", "repo"}         },
	{"files",   {"tree", "repo"}         },
	{"snap",    {"tree", "repo"}         },
	{"pack",    {"tree", "repo"}         },
	{"end",     {"tree", "repo"}         },
	{"remove",  {"tree", "repo"}         },
	{"check",   {"tree", "repo", "check"}},
	{"trial",   {"tree", "repo", "check"}},
	{"talk",    {"talk"}                 },
	{"tell",    {"talk"}                 },
	{"doctor",  {"doctor"}               },
	{"search",  {"search"}               },
};

static void
add_part(struct buf *into, const char *part)
{
	char *name = mem_printf("host/%s.sh", part);
	struct str text = data_find(name);
	BUG_ON(!text.ptr);
	while (text.len > 0) {
		struct str line = str_cut(&text, '\n');
		if (str_starts(str_trim(line), STR("#")))
			continue;
		buf_add(into, line);
		buf_byte(into, '\n');
	}
	mem_free(name);
}

static const char *
script_of(struct fleet *fleet, const char *verb)
{
	int i = 0;
	while (i < VERB_COUNT && strcmp(verbs[i].verb, verb) != 0)
		i++;
	BUG_ON(i == VERB_COUNT);
	if (fleet->scripts[i])
		return fleet->scripts[i];
	struct buf text = BUF_INIT;
	add_part(&text, "common");
	for (size_t p = 0; verbs[i].parts[p]; p++)
		add_part(&text, verbs[i].parts[p]);
	buf_addc(&text, "\"$verb\" \"$@\"\n");
	fleet->scripts[i] = buf_steal(&text);
	return fleet->scripts[i];
}

const char **
verb_argv(const struct host *host, const char *verb, const char *const args[])
{
	static const char *const head[] = {"sh", "-c", NULL, "cockpit"};
	size_t fixed = sizeof(head) / sizeof(head[0]), count = 0;
	while (args[count])
		count++;
	const char **argv = mem_alloc_array(fixed + 3 + count + 1, sizeof(*argv));
	memcpy(argv, head, sizeof(head));
	argv[2] = script_of(host->fleet, verb);
	argv[fixed] = verb;
	argv[fixed + 1] = host->config->socket;
	argv[fixed + 2] = host->fleet->session;
	for (size_t i = 0; i < count; i++)
		argv[fixed + 3 + i] = args[i];
	return argv;
}

static void
unlink_verb(struct verb *verb)
{
	struct verb **p = &verb->host->verbs;
	while (*p != verb)
		p = &(*p)->next;
	*p = verb->next;
}

bool
verb_is_csh(struct str complaint)
{
	return str_find_str(complaint, STR("Unmatched '")) >= 0 ||
	       str_find_str(complaint, STR("Unmatched \"")) >= 0;
}

/* The script's last line "error TEXT"; what it could not say itself stands on stderr. */
static void
explain_failure(const struct run_result *result, struct err *err)
{
	char text[512];
	struct str out = str_trim(result->out), last = out;
	while (last.len > 0 && str_find(last, '\n') >= 0)
		str_cut(&last, '\n');
	if (str_starts(last, STR("cockpit-error "))) {
		text_safe_tmp(text, sizeof(text), str_trim(str_slice(last, 14, last.len)));
		err_set(err, ERR_REMOTE, "%s", text);
		return;
	}
	struct str complaint = str_trim(result->errout);
	if (verb_is_csh(complaint)) {
		err_set(err, ERR_UNSUPPORTED, VERB_CSH);
		return;
	}
	text_safe_tmp(text, sizeof(text), str_slice(complaint, 0, 300));
	err_set(err, ERR_REMOTE, "the command there ended with status %d%s%s", result->code,
		text[0] ? ": " : "", text);
}

static void
on_done(void *ctx, const struct run_result *result)
{
	struct verb *verb = ctx;
	struct err err = ERR_INIT;
	unlink_verb(verb);
	if (result->err)
		err = *result->err;
	else if (result->code != 0)
		explain_failure(result, &err);
	if (err.code)
		err_prefix(&err, "host %s", verb->host->config->name);
	verb->done(verb->ctx, result->out, err.code ? &err : NULL);
	mem_free(verb);
}

static int
start(struct host *host, const char *name, const char *const args[], struct str input,
	int64_t deadline_ms, act_verb_fn *done, void *ctx, struct err *err)
{
	struct verb *verb = MEM_NEW(struct verb);
	const char **argv = verb_argv(host, name, args);
	*verb = (struct verb){.host = host, .done = done, .ctx = ctx};
	struct err why = ERR_INIT;
	verb->run = run_new(
		host->fleet->loop, host->link, argv, input, deadline_ms, on_done, verb, &why);
	mem_free(argv);
	if (!verb->run) {
		mem_free(verb);
		err_set(err, why.code, "host %s: %s", host->config->name, why.text);
		return why.code;
	}
	verb->next = host->verbs;
	host->verbs = verb;
	return 0;
}

static void
free_waiting(struct waiting *w)
{
	mem_free(w->verb);
	for (size_t i = 0; w->args[i]; i++)
		mem_free(w->args[i]);
	mem_free(w->args);
	buf_release(&w->input);
	mem_free(w);
}

static int
wait_for_link(struct host *host, const char *name, const char *const args[], struct str input,
	int64_t deadline_ms, act_verb_fn *done, void *ctx, struct err *err)
{
	size_t count = 0;
	int queued = 0;
	struct waiting **last = &host->waiting;
	while (*last) {
		last = &(*last)->next;
		queued++;
	}
	if (queued >= WAITING_MAX)
		return err_set(err, ERR_LIMIT, "host %s: too much waits for the link",
			host->config->name);
	while (args[count])
		count++;
	struct waiting *w = MEM_NEW(struct waiting);
	w->verb = mem_strdup(name);
	w->args = mem_alloc_array(count + 1, sizeof(*w->args));
	for (size_t i = 0; i < count; i++)
		w->args[i] = mem_strdup(args[i]);
	buf_add(&w->input, input);
	w->deadline_ms = deadline_ms;
	w->done = done;
	w->ctx = ctx;
	*last = w;
	return 0;
}

int
act_host_verb(struct fleet *fleet, int index, const char *verb, const char *const args[],
	struct str input, int64_t deadline_ms, act_verb_fn *done, void *ctx, struct err *err)
{
	struct host *host = &fleet->hosts[index];
	if (host->link_up)
		return start(host, verb, args, input, deadline_ms, done, ctx, err);
	/* Taken down on purpose: whoever wants something of it brings it back. */
	if (host->state == HOST_ENDED)
		host_connect(host);
	bool going = loop_timer_armed(host->closer) && !host->reconnect;
	if (host->link && !going)
		return wait_for_link(host, verb, args, input, deadline_ms, done, ctx, err);
	if (host->why.code)
		return err_set(err, host->why.code, "%s", host->why.text);
	return err_set(err, ERR_CLOSED, "host %s is not connected", host->config->name);
}

struct stream *
act_host_stream(struct fleet *fleet, int index, const char *verb, const char *const args[],
	const struct stream_ops *ops, void *ctx, struct err *err)
{
	struct host *host = &fleet->hosts[index];
	struct err why = ERR_INIT;
	struct stream *stream = NULL;
	if (host->link_up) {
		const char **argv = verb_argv(host, verb, args);
		stream = link_open(host->link, argv, ops, ctx, &why);
		mem_free(argv);
	} else {
		err_set(&why, ERR_CLOSED, "it is not connected");
	}
	if (!stream)
		err_set(err, why.code, "host %s: %s", host->config->name, why.text);
	return stream;
}

void
verbs_wake(struct host *host, const struct err *why)
{
	struct waiting *w = host->waiting;
	host->waiting = NULL;
	while (w) {
		struct waiting *next = w->next;
		struct err err = why ? *why : ERR_INIT;
		if (!why)
			start(host, w->verb, (const char *const *)w->args, buf_str(&w->input),
				w->deadline_ms, w->done, w->ctx, &err);
		if (err.code)
			w->done(w->ctx, STR(""), &err);
		free_waiting(w);
		w = next;
	}
}

bool
act_host_verb_waits(const struct fleet *fleet, int index, const void *ctx)
{
	const struct waiting *w = fleet->hosts[index].waiting;
	while (w && w->ctx != ctx)
		w = w->next;
	return w != NULL;
}

/* What is called back may start others. */
bool
act_host_verb_cancel(struct fleet *fleet, int index, const void *ctx)
{
	struct host *host = &fleet->hosts[index];
	struct verb *verb = host->verbs;
	struct waiting **p = &host->waiting;
	struct err err = ERR_INIT;
	err_set(&err, ERR_CANCELED, "host %s: cancelled", host->config->name);
	while (verb && verb->ctx != ctx)
		verb = verb->next;
	while (*p && (*p)->ctx != ctx)
		p = &(*p)->next;
	if (verb) {
		unlink_verb(verb);
		run_cancel(verb->run);
		verb->done(verb->ctx, STR(""), &err);
		mem_free(verb);
		return true;
	}
	struct waiting *w = *p;
	if (!w)
		return false;
	*p = w->next;
	w->done(w->ctx, STR(""), &err);
	free_waiting(w);
	return true;
}

void
verbs_drop(struct host *host)
{
	struct err err = ERR_INIT;
	err_set(&err, ERR_CANCELED, "host %s: given up", host->config->name);
	verbs_wake(host, &err);
	while (host->verbs) {
		struct verb *verb = host->verbs;
		host->verbs = verb->next;
		run_cancel(verb->run);
		verb->done(verb->ctx, STR(""), &err);
		mem_free(verb);
	}
}
