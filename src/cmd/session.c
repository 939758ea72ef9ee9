/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_spell.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/fleet_locate.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_pilot.h"
#include "cockpit/ui_console.h"

static void
on_deadline(void *ctx)
{
	struct session *s = ctx;
	int64_t left = console_left(s->console, s->limit);
	s->late = left == 0;
	if (left > 0)
		loop_timer_set(s->deadline, left);
}

void
session_limit(struct session *s, int64_t ms)
{
	s->late = false;
	s->limit = console_limit(s->console, ms);
	loop_timer_set(s->deadline, ms);
}

static void
on_event(void *ctx, const struct fleet_event *event)
{
	struct session *s = ctx;
	console_event(s->console, event);
	if (s->pilot)
		pilot_event(s->pilot, event);
	if (s->listener)
		s->listener(s->listener_ctx, event);
}

void
session_log(const char *fleet)
{
	char *dir;
	/* Without a log we can work as well. */
	if (fleet_state_dir(fleet, &dir, NULL) < 0)
		return;
	char *file = path_join(dir, "log");
	(void)log_open(file, LOG_INFO, NULL);
	mem_free(file);
	mem_free(dir);
}

void
session_open_config(struct session *s, struct fleet_config *config, int flags)
{
	static const struct fleet_ops ops = {.event = on_event};
	*s = (struct session){0};
	session_log(config->name);
	s->loop = loop_new();
	s->console = console_open(s->loop);
	s->fleet = fleet_new(s->loop, config, flags | (s->console ? FLEET_PERSON : 0), &ops, s);
	s->pilot = pilot_new(s->fleet);
	pilot_keep(s->pilot);
	if (s->console)
		console_serve(s->console, s->fleet, s->pilot);
	s->deadline = loop_timer_new(s->loop, on_deadline, s);
}

int
session_open(struct session *s, const char *which, int flags, struct err *err)
{
	struct fleet_config *config;
	int rc = fleet_locate(which, &config, err);
	if (rc == 0)
		session_open_config(s, config, flags);
	return rc;
}

void
session_close(struct session *s)
{
	pilot_free(s->pilot);
	fleet_free(s->fleet);
	console_close(s->console);
	loop_timer_free(s->deadline);
	loop_free(s->loop);
	log_close();
}

void
session_settle(struct session *s, int only_host, int64_t ms)
{
	session_limit(s, ms);
	fleet_connect(s->fleet, only_host);
	for (;;) {
		bool settled = fleet_settled(s->fleet);
		if (only_host >= 0) {
			struct host_view view;
			fleet_host_at(s->fleet, only_host, &view);
			settled = !host_state_coming(view.state);
		}
		if (settled || s->late)
			break;
		loop_turn(s->loop, true);
	}
	loop_timer_cancel(s->deadline);
}

static bool
is_awaited(const struct session *s, int host)
{
	struct host_view view;
	bool up = false;
	for (int i = 0; host < 0 && i < fleet_host_count(s->fleet); i++) {
		fleet_host_at(s->fleet, i, &view);
		up = up || view.state == HOST_READY || view.state == HOST_LINKED;
	}
	if (host < 0)
		return !up && !fleet_settled(s->fleet);
	fleet_host_at(s->fleet, host, &view);
	return host_state_coming(view.state);
}

void
session_await(struct session *s, int host, int64_t ms)
{
	session_limit(s, ms);
	while (is_awaited(s, host) && !s->late)
		loop_turn(s->loop, true);
	loop_timer_cancel(s->deadline);
}

void
session_wait(struct session *s, int64_t ms)
{
	session_limit(s, ms);
	while (s->pending > 0 && !s->late)
		loop_turn(s->loop, true);
	loop_timer_cancel(s->deadline);
	if (s->pending > 0) {
		struct err err = ERR_INIT;
		err_set(&err, ERR_TIMEOUT, "no answer in time");
		s->failed = cmd_fail(&err);
	}
}

void
session_report(void *ctx, const char *text, const struct err *err)
{
	struct session *s = ctx;
	s->pending--;
	if (err) {
		int status = cmd_fail(err);
		s->failed = s->failed ? s->failed : status;
	} else if (text[0]) {
		struct str t = str_from(text);
		printf("%s%s", text, str_ends(t, STR("\n")) ? "" : "\n");
	}
}

static void
on_fetched(void *ctx, const char *text, const struct err *err)
{
	struct session *s = ctx;
	(void)text;
	s->pending--;
	if (err && s->fetched)
		*s->fetched = *err;
}

int
session_fetch(struct session *s, uint32_t agent, struct err *err)
{
	struct err why = ERR_INIT;
	struct agent_view view;
	if (pilot_fetch(s->pilot, agent, on_fetched, s, err) < 0)
		return err->code;
	s->fetched = &why;
	s->pending = 1;
	session_wait(s, SESSION_FETCH_MS);
	s->fetched = NULL;
	if (s->pending && fleet_agent(s->fleet, agent, &view))
		err_set(&why, ERR_TIMEOUT, "agent %s: its work did not come", view.name);
	if (why.code)
		*err = why;
	return why.code;
}

void
session_tell_there(const struct agent_view *view)
{
	bool over = view->verdict.state == AGENT_FAILED || view->verdict.state == AGENT_ENDED;
	printf(over ? "%s has ended; \"cockpit stop %s\" makes room for a new one\n"
		    : "%s runs already\n",
		view->name, view->name);
}

int
session_complain(const struct session *s)
{
	int status = 0;
	for (int i = 0; i < fleet_host_count(s->fleet); i++) {
		struct host_view view;
		fleet_host_at(s->fleet, i, &view);
		if (view.state == HOST_READY || view.state == HOST_LINKED ||
			view.state == HOST_DOWN || view.state == HOST_ENDED)
			continue;
		if (view.why->code)
			fprintf(stderr, "cockpit: %s\n", view.why->text);
		else
			fprintf(stderr, "cockpit: host %s: %s%s%s\n", view.name,
				host_state_word(view.state), view.doing[0] ? ", " : "",
				view.doing);
		status = CMD_PARTIAL;
	}
	return status;
}

int
session_list(const struct cmd_call *call, session_print_fn *print_table,
	session_print_fn *print_json)
{
	struct session s;
	struct err err = ERR_INIT;
	const char *which = call->arg_count ? call->args[0] : cmd_value(call, "fleet");
	if (session_open(&s, which, FLEET_WATCH | FLEET_LOOK | FLEET_STEADY, &err) < 0)
		return cmd_fail(&err);
	session_settle(&s, -1, SESSION_SETTLE_MS);
	if (cmd_value(call, "json"))
		print_json(&s, call);
	else
		print_table(&s, call);
	fflush(stdout);
	int status = session_complain(&s);
	session_close(&s);
	return status;
}

const char *
session_split(const char *agent, char **ret_host)
{
	const char *slash = strchr(agent, '/');
	*ret_host = slash ? mem_strndup(agent, (size_t)(slash - agent)) : NULL;
	return slash ? slash + 1 : agent;
}

bool
session_hosts_differ(const struct cmd_call *call, const char *agent)
{
	const char *option = cmd_value(call, "host");
	char *said;
	session_split(agent, &said);
	bool differ = said && option && strcmp(said, option) != 0;
	mem_free(said);
	return differ;
}

/* ", did you mean \"HOST/NAME\"?": on the host that was said, else on any. */
static const char *
hint_agent(const struct session *s, const char *agent, char ret[96])
{
	char *said, near[160];
	const char *name = session_split(agent, &said);
	struct spell spell;
	spell_init(&spell, str_from(name));
	for (int pass = said ? 0 : 1; pass < 2; pass++) {
		for (int i = 0; i < fleet_agent_count(s->fleet); i++) {
			struct agent_view view;
			const char *best = spell.best;
			fleet_agent_at(s->fleet, i, &view);
			if (pass == 0 && strcmp(view.host, said) != 0)
				continue;
			spell_try(&spell, view.name);
			if (spell.best != best)
				snprintf(near, sizeof(near), "%s%s%s", said ? view.host : "",
					said ? "/" : "", view.name);
		}
	}
	if (spell.best)
		spell.best = near;
	mem_free(said);
	return spell_hint(&spell, ret);
}

uint32_t
session_agent(const struct session *s, const char *name, struct err *err)
{
	uint32_t id = fleet_agent_find(s->fleet, name);
	char safe[80], hint[96];
	if (id)
		return id;
	if (fleet_agent_namesakes(s->fleet, name) > 1) {
		struct buf ways = BUF_INIT;
		for (int i = 0; i < fleet_agent_count(s->fleet); i++) {
			struct agent_view view;
			fleet_agent_at(s->fleet, i, &view);
			if (strcmp(view.name, name) == 0 && view.present)
				buf_printf(&ways, "%s%s/%s", ways.len > 0 ? " or " : "",
					view.host, view.name);
		}
		err_set(err, ERR_EXISTS, "several hosts have an agent %s: say %s", name,
			buf_cstr(&ways));
		buf_release(&ways);
		return 0;
	}
	err_set(err, ERR_NOT_FOUND, "fleet %s has no agent %s%s", fleet_config(s->fleet)->name,
		text_safe_tmp(safe, sizeof(safe), str_from(name)), hint_agent(s, name, hint));
	return 0;
}
