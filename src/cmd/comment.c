/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_comments.h"
#include "cockpit/orch_pilot.h"
#include "cockpit/repo_diff.h"
#include "session.h"
#include "task.h"

#define CONTEXT  3     /* lines around a change, as the screen has them */
#define STORE_MS 20000 /* another process may be at it */
#define SEND_MS  90000 /* another prompt may be on its way */

/* The comments on the work of one agent. */
struct talk {
	struct session *session;
	const struct cmd_call *call;
	uint32_t id; /* the agent's */
	char *agent, *host;
	/* The place that is meant; path NULL: all. */
	char *path;
	int line;
	bool old;
	struct diff *diff; /* NULL: it is not known, why says why */
	struct err why;
	struct comment *all;
	size_t count, others; /* others: of other agents */
	struct err err;       /* what the store said */
};

static void
release(struct talk *talk)
{
	for (size_t i = 0; i < talk->count; i++)
		comment_release(&talk->all[i]);
	mem_free(talk->all);
	diff_free(talk->diff);
	mem_free(talk->path);
	mem_free(talk->agent);
	mem_free(talk->host);
}

/* --- what there is --- */

static void
on_stored(void *ctx, const struct store_comment *found, size_t count, const struct err *err)
{
	struct talk *talk = ctx;
	talk->session->pending--;
	if (err)
		talk->err = *err;
	for (size_t i = 0; i < count; i++) {
		bool ours = strcmp(found[i].agent, talk->agent) == 0 &&
			    strcmp(found[i].host, talk->host) == 0;
		talk->others += !ours;
		if (!ours)
			continue;
		talk->all = mem_grow(talk->all, talk->count + 1, sizeof(*talk->all));
		comment_copy(&found[i], &talk->all[talk->count++]);
	}
}

/* Until the store has said something; err: what. */
static int
wait_for_store(struct talk *talk, struct err *err)
{
	struct session *s = talk->session;
	s->pending = 1;
	session_wait(s, STORE_MS);
	if (s->pending)
		return err_set(err, ERR_TIMEOUT, "the store does not answer");
	if (talk->err.code)
		*err = talk->err;
	return talk->err.code;
}

static int
read_comments(struct talk *talk, struct err *err)
{
	pilot_comments(talk->session->pilot, on_stored, talk);
	int rc = wait_for_store(talk, err);
	for (size_t i = 0; i < talk->count && talk->diff; i++)
		comment_follow(&talk->all[i], talk->diff);
	return rc;
}

static int
drop(struct talk *talk, const int64_t *ids, size_t count, struct err *err)
{
	if (count == 0)
		return 0;
	pilot_uncomment(talk->session->pilot, ids, count, on_stored, talk);
	return wait_for_store(talk, err);
}

/* False: what is known of its work is not what it is now. */
static bool
read_diff(struct talk *talk)
{
	static const struct diff_options options = {.context = CONTEXT};
	struct err late = ERR_INIT;
	struct mirror *mirror = NULL;
	struct mirror_work work;
	bool fresh = session_fetch(talk->session, talk->id, &late) == 0;
	if (pilot_mirror(talk->session->pilot, &mirror, &talk->why) == 0 &&
		mirror_find(mirror, talk->host, talk->agent, &work, &talk->why) == 0)
		repo_diff(mirror, &work, &options, &talk->diff, &talk->why);
	mirror_close(mirror);
	if (!fresh) {
		cmd_fail(&late);
		if (talk->diff)
			fprintf(stderr, "cockpit: this is about its work as it was fetched "
					"last\n");
	}
	return fresh;
}

/* --- they are listed --- */

static bool
is_meant(const struct talk *talk, const struct comment *c)
{
	return !talk->path || (strcmp(c->path, talk->path) == 0 && c->line == talk->line &&
				      c->old == talk->old);
}

/* Those that are meant, in their order; the caller's. */
static const struct comment **
meant(const struct talk *talk, size_t *ret_count)
{
	const struct comment **list = mem_alloc_array(talk->count + 1, sizeof(*list));
	size_t count = 0;
	for (size_t i = 0; i < talk->count; i++) {
		if (is_meant(talk, &talk->all[i]))
			list[count++] = &talk->all[i];
	}
	comment_sort(list, count);
	*ret_count = count;
	return list;
}

static void
add_place(struct buf *into, const char *path, int line)
{
	text_safe(into, str_from(path), -1);
	buf_printf(into, ":%d", line);
}

/* "src/a.c:7: Why?"; what has several lines goes on below, further in. */
static void
print_text(const struct comment *c)
{
	struct buf out = BUF_INIT;
	struct str rest = str_from(c->text);
	add_place(&out, c->path, c->line);
	buf_addc(&out, c->stale ? " (its line has changed since)" : c->old ? " (removed)" : "");
	for (const char *before = ": "; rest.len > 0; before = "\n    ") {
		buf_addc(&out, before);
		text_safe_tabs(&out, str_cut(&rest, '\n'), 0);
	}
	puts(buf_cstr(&out));
	buf_release(&out);
}

static void
print_json(const struct comment *const *list, size_t count)
{
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, true);
	json_write_array(&w, NULL);
	for (size_t i = 0; i < count; i++) {
		json_write_object(&w, NULL);
		json_write_cstr(&w, "path", list[i]->path);
		json_write_int(&w, "line", list[i]->line);
		json_write_bool(&w, "old", list[i]->old);
		json_write_bool(&w, "stale", list[i]->stale);
		json_write_cstr(&w, "anchor", list[i]->anchor);
		json_write_cstr(&w, "text", list[i]->text);
		json_write_close(&w);
	}
	json_write_close(&w);
	cmd_print_json(&w, &out);
}

static int
list_them(struct talk *talk, struct err *err)
{
	size_t count;
	const struct comment **list = meant(talk, &count);
	(void)err;
	bool json = cmd_value(talk->call, "json");
	if (json)
		print_json(list, count);
	else if (count == 0)
		printf("no comments on %s of %s\n", talk->path ? "that line" : "the work",
			talk->agent);
	for (size_t i = 0; i < count && !json; i++)
		print_text(list[i]);
	mem_free(list);
	return 0;
}

/* --- one is written --- */

static int
no_such_line(const struct talk *talk, struct err *err)
{
	char path[300];
	bool changed = false;
	text_safe_tmp(path, sizeof(path), str_from(talk->path));
	for (size_t i = 0; i < talk->diff->file_count && !changed; i++)
		changed = strcmp(talk->diff->files[i].path, talk->path) == 0;
	if (!changed)
		return err_set(err, ERR_NOT_FOUND, "%s is no file that %s has changed", path,
			talk->agent);
	return err_set(err, ERR_NOT_FOUND,
		"line %d%s of %s is not among those that \"cockpit diff %s\" shows", talk->line,
		talk->old ? ", removed," : "", path, talk->agent);
}

static int
keep(struct talk *talk, char *text, struct err *err)
{
	struct str line;
	size_t count;
	if (!talk->diff)
		*err = talk->why;
	if (!talk->diff)
		return err->code;
	if (!comment_anchor(talk->diff, talk->path, talk->old, talk->line, &line))
		return no_such_line(talk, err);
	const struct comment **before = meant(talk, &count);
	/* One whose line has changed is about another line, though it has that number still. */
	int64_t id = 0;
	for (size_t i = 0; i < count && id == 0; i++)
		id = before[i]->stale ? 0 : before[i]->id;
	mem_free(before);
	if (id == 0 && talk->count + talk->others >= COMMENTS_MAX)
		return err_set(err, ERR_LIMIT,
			"there are %d comments: --send sends those on %s, --clear removes them",
			COMMENTS_MAX, talk->agent);
	char *anchor = mem_strndup(line.ptr, line.len);
	const struct store_comment row = {.id = id,
		.host = talk->host,
		.agent = talk->agent,
		.path = talk->path,
		.old = talk->old,
		.line = talk->line,
		.anchor = anchor,
		.text = text};
	pilot_comment(talk->session->pilot, &row, on_stored, talk);
	int rc = wait_for_store(talk, err);
	struct buf out = BUF_INIT;
	add_place(&out, talk->path, talk->line);
	buf_addc(&out, talk->old ? " (removed)\n> " : "\n> ");
	text_safe_tabs(&out, line, 0);
	if (rc == 0)
		puts(buf_cstr(&out));
	buf_release(&out);
	mem_free(anchor);
	return rc;
}

/* --- they go --- */

static int
clear_them(struct talk *talk, struct err *err)
{
	size_t count;
	char path[300];
	const struct comment **list = meant(talk, &count);
	int64_t *ids = mem_alloc_array(count + 1, sizeof(*ids));
	for (size_t i = 0; i < count; i++)
		ids[i] = list[i]->id;
	int rc = drop(talk, ids, count, err);
	if (count == 0 && talk->path)
		rc = err_set(err, ERR_NOT_FOUND, "there is no comment on %s:%d",
			text_safe_tmp(path, sizeof(path), str_from(talk->path)), talk->line);
	mem_free(ids);
	mem_free(list);
	return rc;
}

/* An empty one is none, as on the screen. */
static int
write_it(struct talk *talk, struct err *err)
{
	char *text = NULL;
	int rc = task_read_text(talk->call->args[2], &text, err);
	if (rc == 0)
		rc = text[0] ? keep(talk, text, err) : clear_them(talk, err);
	mem_free(text);
	return rc;
}

/* What did not arrive is there still. */
static int
send_them(struct talk *talk, struct err *err)
{
	struct session *s = talk->session;
	struct buf message = BUF_INIT;
	const struct pilot_send_options options = {.once = true};
	size_t count;
	if (talk->count == 0)
		return err_set(err, ERR_NOT_FOUND, "there are no comments on the work of %s",
			talk->agent);
	const struct comment **list = meant(talk, &count);
	comment_message(list, count, &message);
	int rc = pilot_send(
		s->pilot, talk->id, buf_str(&message), &options, session_report, s, err);
	if (rc == 0) {
		s->pending = 1;
		session_wait(s, SEND_MS);
	}
	if (rc == 0 && s->failed == 0)
		rc = clear_them(talk, err);
	buf_release(&message);
	mem_free(list);
	return rc;
}

/* --- all of it --- */

static int
act(struct talk *talk, struct err *err)
{
	const struct cmd_call *call = talk->call;
	return cmd_value(call, "send")    ? send_them(talk, err)
	       : cmd_value(call, "clear") ? clear_them(talk, err)
	       : call->arg_count > 2      ? write_it(talk, err)
					  : list_them(talk, err);
}

/* The exit status. */
static int
serve(struct talk *talk)
{
	struct session *s = talk->session;
	struct err err = ERR_INIT;
	struct agent_view view;
	talk->id = session_agent(s, talk->call->args[0], &err);
	if (!talk->id || !fleet_agent(s->fleet, talk->id, &view))
		return cmd_fail(&err);
	talk->agent = mem_strdup(view.name);
	talk->host = mem_strdup(view.host);
	bool fresh = read_diff(talk);
	int rc = read_comments(talk, &err);
	if (rc == 0)
		rc = act(talk, &err);
	return rc < 0 ? cmd_fail(&err) : s->failed ? s->failed : fresh ? 0 : CMD_PARTIAL;
}

/* "src/a.c:7" */
static bool
take_place(struct talk *talk, const char *text)
{
	struct str path = str_from(text), line = str_cut_last(&path, ':');
	if (path.len == 0 || !str_to_int(line, 1, INT_MAX, &talk->line))
		return false;
	talk->path = mem_strndup(path.ptr, path.len);
	talk->old = cmd_value(talk->call, "old");
	return true;
}

static int
run(const struct cmd_call *call)
{
	struct session s;
	struct err err = ERR_INIT;
	struct talk talk = {.session = &s, .call = call};
	bool send = cmd_value(call, "send"), clear = cmd_value(call, "clear");
	const char *place = call->arg_count > 1 ? call->args[1] : NULL;
	if (send && (clear || place))
		return cmd_usage(call->cmd, "--send sends all of them: it takes no place, and "
					    "they go then");
	if ((clear && call->arg_count > 2) || (cmd_value(call, "old") && !place))
		return cmd_usage(
			call->cmd, clear ? "--clear takes no text" : "--old takes a place");
	if (cmd_value(call, "json") && (send || clear || call->arg_count > 2))
		return cmd_usage(call->cmd, "--json is for those that are listed");
	if (place && !take_place(&talk, place)) {
		char safe[100];
		return cmd_usage(call->cmd, "%s is no place: expected FILE:LINE, as src/a.c:7",
			text_safe_tmp(safe, sizeof(safe), str_from(place)));
	}
	int status;
	if (session_open(&s, cmd_value(call, "fleet"), FLEET_WATCH | FLEET_LOOK | FLEET_STEADY,
		    &err) < 0) {
		status = cmd_fail(&err);
	} else {
		session_settle(&s, -1, SESSION_SETTLE_MS);
		status = serve(&talk);
		session_close(&s);
	}
	release(&talk);
	return status;
}

const struct cmd cmd_comment = {
	.name = "comment",
	.args = "AGENT [FILE:LINE [TEXT | -]] [--old] [--clear | --send] [--json]",
	.min = 1,
	.max = 3,
	.word = CMD_WORD_AGENT,
	.summary = "comment on lines that an agent has changed, and send it that",
	.help = "The same comments as on the screen: on a line of the agent's diff, where it "
		"is "
		"now.\n"
		"With TEXT the line gets one, or another one; an empty one is none. Without, "
		"those\n"
		"that there are are listed. A comment stays on its line when the diff changes, "
		"as\n"
		"long as there is one of that text. --send sends all of them as one numbered "
		"message,\n"
		"as \"cockpit send\" does; once it is there they go.",
	.options = {CMD_FLEET_OPTION,
		    {"old", 0, NULL, CMD_WORD_NONE,
			"LINE is one that was removed, by its number before"},
		    {"clear", 0, NULL, CMD_WORD_NONE, "remove it, or all of them"},
		    {"send", 0, NULL, CMD_WORD_NONE, "send them to the agent"}, CMD_JSON_OPTION},
	.run = run,
};
