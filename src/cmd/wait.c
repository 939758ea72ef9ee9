/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_spell.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/io_loop.h"
#include "session.h"

#define STATES_ALL "idle,asks,limited,login,trust,done,failed,ended,lost"

/* "10m", "90s", "2h", "45"; milliseconds. */
static int
parse_time(const char *text, int64_t *ret, struct err *err)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = {
		{'s', 1000   },
                {'m', 60000  },
                {'h', 3600000}
        };
	struct str word = str_from(text);
	int64_t ms = 1000;
	int n;
	for (size_t i = 0; word.len > 0 && i < sizeof(units) / sizeof(units[0]); i++) {
		if (word.ptr[word.len - 1] != units[i].unit)
			continue;
		ms = units[i].ms;
		word.len--;
		break;
	}
	if (!str_to_int(word, 1, 1000000, &n)) {
		char safe[64];
		return err_set(err, ERR_INVALID,
			"%s is no time: expected a number with s, m or h, as 10m",
			text_safe_tmp(safe, sizeof(safe), str_from(text)));
	}
	*ret = n * ms;
	return 0;
}

/* A set of bits. A turn that is done is one that rests. */
static int
parse_states(const char *text, unsigned *ret, struct err *err)
{
	struct str rest = str_from(text);
	*ret = 0;
	while (rest.len > 0) {
		struct str word = str_cut(&rest, ',');
		char name[32], safe[64], hint[96];
		enum agent_state state;
		struct spell spell;
		snprintf(name, sizeof(name), "%.*s", STR_ARG(str_slice(word, 0, 31)));
		if (agent_state_find(name, &state)) {
			*ret |= 1u << state;
			if (state == AGENT_IDLE)
				*ret |= 1u << AGENT_DONE;
			continue;
		}
		struct buf all = BUF_INIT;
		spell_init(&spell, word);
		for (int i = 0; i < AGENT_STATE_COUNT; i++) {
			spell_try(&spell, agent_state_json((enum agent_state)i));
			buf_printf(&all, "%s%s", i ? ", " : "",
				agent_state_json((enum agent_state)i));
		}
		err_set(err, ERR_INVALID, "there is no state %s%s: expected some of %s",
			text_safe_tmp(safe, sizeof(safe), word), spell_hint(&spell, hint),
			buf_cstr(&all));
		buf_release(&all);
		return ERR_INVALID;
	}
	return *ret ? 0 : err_set(err, ERR_INVALID, "no state is named to wait for");
}

/* Nothing but a person brings it back from there. */
static bool
is_final(enum agent_state state)
{
	return state == AGENT_ENDED || state == AGENT_FAILED || state == AGENT_LOST ||
	       state == AGENT_DOWN;
}

static bool
is_taken_down(const struct session *s, const struct agent_view *view)
{
	struct host_view host;
	fleet_host_at(s->fleet, view->host_index, &host);
	return host.state == HOST_ENDED;
}

/* The exit status. */
static int
wait_for(struct session *s, uint32_t id, unsigned states, int64_t ms)
{
	struct err err = ERR_INIT;
	struct agent_view view;
	if (ms)
		session_limit(s, ms);
	for (;;) {
		bool there = fleet_agent(s->fleet, id, &view);
		enum agent_state state = there ? view.verdict.state : AGENT_DOWN;
		/* What is not heard now is not known now. */
		bool known = fleet_settled(s->fleet) && (view.link || !view.present);
		if (there && known && states >> state & 1) {
			printf("%s\n", agent_state_json(state));
			return 0;
		}
		if (known && is_final(state) && view.verdict.source[0] == 'p') {
			err_set(&err, ERR_NOT_FOUND, "agent %s: %s%s%s", view.name,
				agent_state_word(state), view.verdict.detail[0] ? ", " : "",
				view.verdict.detail);
			return cmd_fail(&err);
		}
		if (there && is_taken_down(s, &view)) {
			err_set(&err, ERR_NOT_FOUND,
				"agent %s does not run: its fleet is not up on host %s",
				view.name, view.host);
			return cmd_fail(&err);
		}
		if (s->late) {
			err_set(&err, ERR_TIMEOUT, "agent %s is %s", view.name,
				view.link ? agent_state_json(state) : "not reached");
			return cmd_fail(&err);
		}
		loop_turn(s->loop, true);
	}
}

static int
run(const struct cmd_call *call)
{
	struct session s;
	struct err err = ERR_INIT;
	const char *word = cmd_value(call, "state"), *limit = cmd_value(call, "timeout");
	unsigned states;
	int64_t ms = 0;
	if (parse_states(word ? word : STATES_ALL, &states, &err) < 0 ||
		(limit && parse_time(limit, &ms, &err) < 0))
		return cmd_fail(&err);
	/* It may wait for hours: a link that is lost is tried again. */
	if (session_open(&s, cmd_value(call, "fleet"), FLEET_WATCH | FLEET_LOOK, &err) < 0)
		return cmd_fail(&err);
	session_settle(&s, -1, SESSION_SETTLE_MS);
	uint32_t id = session_agent(&s, call->args[0], &err);
	int status = id ? wait_for(&s, id, states, ms) : cmd_fail(&err);
	session_close(&s);
	return status;
}

const struct cmd cmd_wait = {
	.name = "wait",
	.args = "AGENT [--state STATES] [--timeout TIME]",
	.min = 1,
	.max = 1,
	.word = CMD_WORD_AGENT,
	.summary = "wait until an agent does something else",
	.help = "Waits until the agent is in one of STATES (as \"cockpit ls --json\" names "
		"them, with\n"
		"commas between; idle counts done as well) and prints which. Without --state: "
		"until it\n"
		"does not work any more. Exit status 6 when TIME (30s, 10m, 2h) is over, 4 "
		"when "
		"the\n"
		"agent has ended.",
	.options = {CMD_FLEET_OPTION,
		    {"state", 0, "STATES", CMD_WORD_NONE, "what to wait for: idle,asks"},
		    {"timeout", 0, "TIME", CMD_WORD_NONE, "give up after that: 10m"}},
	.run = run,
};
