/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd.h"
#include "cockpit/base_buf.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_pilot.h"
#include "session.h"

#define PROMPT_MAX (1u << 20)
#define SEND_MS    90000 /* another one may be on its way */

static int
read_stdin(struct buf *into, struct err *err)
{
	char chunk[8192];
	for (;;) {
		ssize_t n = read(STDIN_FILENO, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, "standard input");
		if (n == 0)
			return 0;
		if (buf_add(into, (struct str){chunk, (size_t)n}) < 0)
			return err_set(err, ERR_LIMIT, "a prompt has 1 MiB at most");
	}
}

static int
run(const struct cmd_call *call)
{
	struct session s;
	struct err err = ERR_INIT;
	struct buf text = BUF_INIT_MAX(PROMPT_MAX);
	const char *word = call->arg_count > 1 ? call->args[1] : "-";
	if (strcmp(word, "-") == 0 && read_stdin(&text, &err) < 0)
		goto failed;
	if (strcmp(word, "-") != 0 && buf_addc(&text, word) < 0) {
		err_set(&err, ERR_LIMIT, "a prompt has 1 MiB at most");
		goto failed;
	}
	if (session_open(&s, cmd_value(call, "fleet"), FLEET_WATCH | FLEET_LOOK | FLEET_STEADY,
		    &err) < 0)
		goto failed;
	session_settle(&s, -1, SESSION_SETTLE_MS);
	uint32_t id = session_agent(&s, call->args[0], &err);
	const struct pilot_send_options options = {.id = cmd_value(call, "id"), .once = true};
	if (!id || pilot_send(s.pilot, id, buf_str(&text), &options, session_report, &s, &err) <
			   0) {
		s.failed = cmd_fail(&err);
	} else {
		s.pending = 1;
		session_wait(&s, SEND_MS);
	}
	session_close(&s);
	buf_release(&text);
	return s.failed;
failed:
	buf_release(&text);
	return cmd_fail(&err);
}

const struct cmd cmd_send = {
	.name = "send",
	.args = "AGENT [TEXT | -]",
	.min = 1,
	.max = 2,
	.word = CMD_WORD_AGENT,
	.summary = "send an agent a prompt",
	.help = "Pastes a prompt into an agent's terminal and submits it; without TEXT or with "
		"\"-\"\n"
		"it is read from standard input. Control bytes are removed. Refused when the "
		"agent\n"
		"has ended, asks something, or is a bare shell; waits while another prompt is "
		"on "
		"its way.\n"
		"Exit status 6 (\"stalled\") when the agent did not move afterwards; it is not "
		"sent\n"
		"again. With --id a prompt that was sent before, or may have been, is taken "
		"once "
		"at\n"
		"most: so a script that was interrupted can say the same once more.",
	.options = {CMD_FLEET_OPTION,
		    {"id", 0, "ID", CMD_WORD_NONE, "the prompt's name: the agent takes it once"}},
	.run = run,
};
