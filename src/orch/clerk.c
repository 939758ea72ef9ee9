/* SPDX-License-Identifier: MIT */
/* What agents ask of the board. Words are hostile: they are made text first. */
#include "clerk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cockpit/base_err.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/store_store.h"

#define MESSAGE_MAX 4000 /* bytes: an answer has room for it and its marks */
#define LISTED_MAX  40
#define BIT(id)     (1u << TASK_##id)
#define HELD        (BIT(CLAIMED) | BIT(WORKING) | BIT(CHECKING) | BIT(NEEDS_YOU) | BIT(READY))

/* What a verb works with: its words are clean. */
struct deed {
	struct clerk *clerk;
	struct store *store;
	char *words[REQUEST_WORDS_MAX + 1];
	size_t count;
};

/* --- texts --- */

static char *
clean(const char *word)
{
	struct buf text = BUF_INIT;
	text_typable(&text, str_trim(str_from(word)));
	return buf_steal(&text);
}

/* One line. */
static char *
title_of(const char *word)
{
	struct str text = text_cut(str_from(word), STORE_TITLE_MAX);
	char *title = mem_strndup(text.ptr, text.len);
	for (char *c = title; *c; c++) {
		if (*c == '\n' || *c == '\t')
			*c = ' ';
	}
	return title;
}

void
clerk_quote(struct buf *into, const char *from, const char *text)
{
	struct str rest = str_from(text);
	bool agent = strchr(from, '/') != NULL;
	buf_printf(into, "Message from %s%s:\n", from,
		agent ? " (another agent, not your user)" : "");
	while (rest.len > 0) {
		buf_addc(into, "> ");
		text_typable(into, str_cut(&rest, '\n'));
		buf_byte(into, '\n');
	}
}

static void
describe(struct buf *into, const struct task *task)
{
	buf_printf(into, "task %" PRId64 ": ", task->id);
	text_typable(into, str_from(task->title));
	buf_printf(into, "\nstate: %s\nfrom: ", task_state_name(task->state));
	text_typable(into, str_from(task->source));
	if (task->owner[0]) {
		buf_addc(into, "\nowner: ");
		text_typable(into, str_from(task->owner));
	}
	if (task->why[0]) {
		buf_addc(into, "\nwhy: ");
		text_typable(into, str_from(task->why));
	}
	if (task->text[0]) {
		buf_addc(into, "\n\n");
		text_typable(into, str_from(task->text));
	}
}

/* --- whose --- */

/* "12" or "#12". */
static bool
read_id(const char *word, int64_t *ret)
{
	struct str text = str_from(word);
	uint64_t id;
	if (str_starts(text, STR("#")))
		text = str_slice(text, 1, text.len);
	if (!str_to_u64(text, INT64_MAX, &id) || id == 0)
		return false;
	*ret = (int64_t)id;
	return true;
}

/* The one that the asker has; id 0: whichever. The caller's. */
static int
find_own(struct deed *deed, int64_t id, struct task *ret, struct err *err)
{
	const struct task_filter filter = {
		.states = HELD, .owner = deed->clerk->asker, .max = 1};
	struct task *found = NULL;
	size_t count = 0;
	if (id) {
		int rc = store_task(deed->store, id, ret, err);
		if (rc == 0 && (!(HELD & 1u << ret->state) ||
				       strcmp(ret->owner, deed->clerk->asker) != 0)) {
			task_release(ret);
			rc = err_set(err, ERR_INVALID, "task %" PRId64 " is not yours", id);
		}
		return rc;
	}
	int rc = store_tasks(deed->store, &filter, &found, &count, err);
	if (rc < 0)
		return rc;
	if (count == 0)
		return err_set(err, ERR_NOT_FOUND, "you have no task");
	*ret = found[0];
	mem_free(found);
	return 0;
}

/* "[ID] TEXT": the asker's own task, and the text or NULL. */
static int
own_and_text(struct deed *deed, bool needs_text, struct task *ret, const char **ret_text,
	struct err *err)
{
	int64_t id = 0;
	size_t at = 0;
	if (deed->count > (needs_text ? 1u : 0u) && read_id(deed->words[0], &id))
		at = 1;
	if (deed->count > at + 1)
		return err_set(err, ERR_INVALID,
			"too many words: put quotes around the text, as in 'a text'");
	*ret_text = at < deed->count ? deed->words[at] : NULL;
	if (needs_text && (!*ret_text || !**ret_text))
		return err_set(err, ERR_INVALID, "say why, as in 'a text'");
	return find_own(deed, id, ret, err);
}

static int
move(struct deed *deed, struct task *task, enum task_state to, const char *why, struct err *err)
{
	struct task after = {0};
	int rc = store_move(deed->store, task->id, task->version, to, why, deed->clerk->asker,
		deed->clerk->now, &after, err);
	if (rc == 0) {
		task_release(task);
		*task = after;
	}
	return rc;
}

/* --- verbs --- */

static int
take(struct deed *deed, int64_t id, struct err *err)
{
	struct clerk *clerk = deed->clerk;
	struct task task = {0};
	const struct task_claim claim = {
		.id = id, .owner = clerk->asker, .bases = {clerk->bases[0], clerk->bases[1]}
        };
	int rc = store_claim_for(deed->store, &claim, CLERK_LEASE_MS, clerk->now, &task, err);
	if (rc < 0)
		return rc;
	/* It asked for it, so it begins. */
	if (task.state == TASK_CLAIMED)
		rc = move(deed, &task, TASK_WORKING, NULL, err);
	if (rc == 0 && (task.state == TASK_CHECKING || task.state == TASK_READY))
		rc = err_set(err, ERR_EXISTS,
			"your task %" PRId64 " is %s: there is another one for you once that "
			"is merged",
			task.id, task_state_name(task.state));
	if (rc == 0)
		describe(&clerk->text, &task);
	task_release(&task);
	return rc;
}

static int
do_next(struct deed *deed, struct err *err)
{
	return take(deed, 0, err);
}

static int
do_claim(struct deed *deed, struct err *err)
{
	int64_t id;
	if (!read_id(deed->words[0], &id))
		return err_set(err, ERR_INVALID, "which one: a number is expected");
	return take(deed, id, err);
}

static int
do_show(struct deed *deed, struct err *err)
{
	struct task task = {0};
	int64_t id = 0;
	if (deed->count > 0 && !read_id(deed->words[0], &id))
		return err_set(err, ERR_INVALID, "which one: a number is expected");
	int rc = id ? store_task(deed->store, id, &task, err) : find_own(deed, 0, &task, err);
	if (rc == 0)
		describe(&deed->clerk->text, &task);
	task_release(&task);
	return rc;
}

static int
do_ls(struct deed *deed, struct err *err)
{
	const struct task_filter filter = {.states = BIT(QUEUED) | HELD, .max = LISTED_MAX + 1};
	struct buf *text = &deed->clerk->text;
	struct task *tasks = NULL;
	size_t count = 0;
	int rc = store_tasks(deed->store, &filter, &tasks, &count, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < count && i < LISTED_MAX; i++) {
		const struct task *task = &tasks[i];
		buf_printf(text, "%s%" PRId64 "  %s  ", i ? "\n" : "", task->id,
			task_state_name(task->state));
		text_typable(text, str_from(task->title));
		if (HELD & 1u << task->state)
			buf_printf(text, "  (%s)", task->owner);
	}
	if (count > LISTED_MAX)
		buf_addc(text, "\n… and more");
	if (count == 0)
		buf_addc(text, "there are none");
	store_tasks_free(tasks, count);
	return 0;
}

static int
note(struct deed *deed, int64_t task, const char *words, struct err *err)
{
	struct buf text = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&text, false);
	json_write_object(&w, NULL);
	json_write_cstr(&w, "text", words);
	json_write_close(&w);
	json_writer_end(&w);
	int rc = store_note(deed->store, task, "agent.note", deed->clerk->asker,
		str_trim(buf_str(&text)), deed->clerk->now, NULL, err);
	buf_release(&text);
	return rc;
}

/* Through all that lies between. */
static int
finish(struct deed *deed, struct task *task, struct err *err)
{
	bool checked = deed->clerk->has_check || task->check[0];
	enum task_state last = checked ? TASK_CHECKING : TASK_READY;
	static const enum task_state next[TASK_STATE_COUNT] = {
		[TASK_CLAIMED] = TASK_WORKING,
		[TASK_NEEDS_YOU] = TASK_WORKING,
		[TASK_WORKING] = TASK_CHECKING,
		[TASK_CHECKING] = TASK_READY,
	};
	int rc = 0;
	while (rc == 0 && task->state != last && task->state != TASK_READY)
		rc = move(deed, task, next[task->state], NULL, err);
	return rc;
}

static int
do_done(struct deed *deed, struct err *err)
{
	struct task task = {0};
	const char *words;
	int rc = own_and_text(deed, false, &task, &words, err);
	if (rc == 0 && words && *words)
		rc = note(deed, task.id, words, err);
	if (rc == 0)
		rc = finish(deed, &task, err);
	if (rc == 0)
		buf_printf(&deed->clerk->text, "task %" PRId64 " is %s", task.id,
			task_state_name(task.state));
	task_release(&task);
	return rc;
}

static int
aside(struct deed *deed, enum task_state to, struct err *err)
{
	struct task task = {0};
	const char *words;
	int rc = own_and_text(deed, true, &task, &words, err);
	if (rc == 0 && task.state == TASK_NEEDS_YOU && to == TASK_NEEDS_YOU)
		rc = note(deed, task.id, words, err);
	else if (rc == 0)
		rc = move(deed, &task, to, words, err);
	if (rc == 0)
		buf_printf(&deed->clerk->text, "task %" PRId64 ": %s", task.id,
			task_state_name(task.state));
	task_release(&task);
	return rc;
}

static int
do_fail(struct deed *deed, struct err *err)
{
	return aside(deed, TASK_FAILED, err);
}

static int
do_ask(struct deed *deed, struct err *err)
{
	return aside(deed, TASK_NEEDS_YOU, err);
}

static int
do_note(struct deed *deed, struct err *err)
{
	struct task task = {0};
	struct err none = ERR_INIT;
	int64_t id = find_own(deed, 0, &task, &none) == 0 ? task.id : 0;
	int rc = note(deed, id, deed->words[0], err);
	if (rc == 0)
		buf_addc(&deed->clerk->text, "noted");
	task_release(&task);
	return rc;
}

static int
do_add(struct deed *deed, struct err *err)
{
	struct clerk *clerk = deed->clerk;
	size_t counts[TASK_STATE_COUNT] = {0};
	int64_t id = 0;
	char *title = title_of(deed->words[0]);
	const struct task_text text = {
		.title = title, .text = deed->count > 1 ? deed->words[1] : NULL};
	int rc = store_counts(deed->store, counts, err);
	/* They shall not fill it up for people. */
	if (rc == 0 && counts[TASK_QUEUED] >= CLERK_QUEUED_MAX)
		rc = err_set(
			err, ERR_LIMIT, "there are %d tasks waiting already", CLERK_QUEUED_MAX);
	if (rc == 0)
		rc = store_add(deed->store, &text, 1, clerk->asker, clerk->asker, clerk->now,
			&id, err);
	if (rc == 0)
		buf_printf(&clerk->text, "task %" PRId64 ": %s", id, title);
	mem_free(title);
	return rc;
}

/* "operator", or "HOST/AGENT" for one that there is. NULL: none, or several. */
static const char *
find_receiver(const struct clerk *clerk, const char *to)
{
	const char *found = NULL;
	if (strcmp(to, "operator") == 0)
		return "operator";
	for (size_t i = 0; clerk->fleet[i]; i++) {
		const char *name = strchr(clerk->fleet[i], '/') + 1;
		if (strcmp(clerk->fleet[i], to) == 0)
			return clerk->fleet[i];
		if (strcmp(name, to) == 0 && found)
			return NULL;
		if (strcmp(name, to) == 0)
			found = clerk->fleet[i];
	}
	return found;
}

static int
do_msg(struct deed *deed, struct err *err)
{
	struct clerk *clerk = deed->clerk;
	struct store_message *waiting = NULL;
	size_t count = 0;
	char safe[80];
	const char *to = find_receiver(clerk, deed->words[0]);
	if (!to)
		return err_set(err, ERR_NOT_FOUND,
			"there is no agent %s, or there are several (HOST/AGENT)",
			text_safe_tmp(safe, sizeof(safe), str_from(deed->words[0])));
	if (strlen(deed->words[1]) > MESSAGE_MAX)
		return err_set(err, ERR_LIMIT, "the message is too long: %d bytes at most",
			MESSAGE_MAX);
	int rc = store_messages(deed->store, to, CLERK_UNREAD_MAX, &waiting, &count, err);
	if (rc < 0)
		return rc;
	store_messages_free(waiting, count);
	if (count >= CLERK_UNREAD_MAX)
		return err_set(err, ERR_LIMIT, "%zu messages wait for %s already", count, to);
	rc = store_say(deed->store, clerk->asker, to, deed->words[1], clerk->now, NULL, err);
	if (rc < 0)
		return rc;
	clerk->said = true;
	buf_printf(&clerk->text, "for %s", to);
	return 0;
}

/* As many as the answer has room for; the rest comes next time. */
static int
do_inbox(struct deed *deed, struct err *err)
{
	struct clerk *clerk = deed->clerk;
	struct store_message *found = NULL;
	size_t count = 0;
	int rc =
		store_messages(deed->store, clerk->asker, CLERK_INBOX_MAX, &found, &count, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < count; i++) {
		struct buf one = BUF_INIT;
		clerk_quote(&one, found[i].from, found[i].text);
		bool fits = clerk->text.len + one.len < REQUEST_REPLY_MAX;
		if (fits || i == 0) {
			buf_add(&clerk->text, buf_str(&one));
			clerk->read[clerk->read_count++] = found[i].id;
		}
		buf_release(&one);
		if (!fits)
			break;
	}
	if (count == 0)
		buf_addc(&clerk->text, "nothing new");
	store_messages_free(found, count);
	return 0;
}

static const struct {
	const char *group, *name; /* name NULL: the group is all of it */
	size_t min, max;          /* words behind it */
	int (*run)(struct deed *deed, struct err *err);
} verbs[] = {
	{"task",  "next",  0, 0, do_next },
	{"task",  "claim", 1, 1, do_claim},
	{"task",  "show",  0, 1, do_show },
	{"task",  "ls",    0, 0, do_ls   },
	{"task",  "done",  0, 2, do_done },
	{"task",  "fail",  1, 2, do_fail },
	{"task",  "ask",   1, 2, do_ask  },
	{"task",  "note",  1, 1, do_note },
	{"task",  "add",   1, 2, do_add  },
	{"msg",   NULL,    2, 2, do_msg  },
	{"inbox", NULL,    0, 0, do_inbox},
};

static int
run(struct clerk *clerk, struct store *store, struct err *err)
{
	const struct request *request = clerk->request;
	struct deed deed = {.clerk = clerk, .store = store};
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		size_t used = verbs[i].name ? 2 : 1;
		if (request->count < used || strcmp(request->words[0], verbs[i].group) != 0 ||
			(verbs[i].name && strcmp(request->words[1], verbs[i].name) != 0))
			continue;
		size_t count = request->count - used;
		if (count < verbs[i].min || count > verbs[i].max)
			return err_set(err, ERR_INVALID,
				"too %s words for %s: see cockpit-agent help (a text is one "
				"word, in quotes)",
				count < verbs[i].min ? "few" : "many",
				verbs[i].name ? verbs[i].name : verbs[i].group);
		for (; deed.count < count; deed.count++)
			deed.words[deed.count] = clean(request->words[used + deed.count]);
		int rc = verbs[i].run(&deed, err);
		for (size_t k = 0; k < count; k++)
			mem_free(deed.words[k]);
		return rc;
	}
	return err_set(err, ERR_INVALID, "this is no request: see cockpit-agent help");
}

/* --- once --- */

/* "STATUS TEXT", as it is kept. */
static int
take_answer(struct clerk *clerk, const char *answer, struct err *err)
{
	struct str rest = str_from(answer);
	buf_clear(&clerk->text);
	if (!str_to_int(str_cut(&rest, ' '), 0, 255, &clerk->status))
		return err_set(err, ERR_PROTOCOL, "the answer that is kept is none");
	buf_add(&clerk->text, rest);
	return 0;
}

static void
make_fit(struct buf *text)
{
	static const char mark[] = "\n[more is not shown here]";
	size_t max = REQUEST_REPLY_MAX - sizeof(mark);
	if (text->len <= REQUEST_REPLY_MAX)
		return;
	buf_truncate(text, text_cut(buf_str(text), max).len);
	buf_addc(text, mark);
}

static int
keep(struct clerk *clerk, struct store *store, struct err *err)
{
	char *answer = mem_printf("%d %s", clerk->status, buf_cstr(&clerk->text));
	int rc = store_answered(
		store, clerk->asker, (int64_t)clerk->request->number, answer, clerk->now, err);
	mem_free(answer);
	/* They are read with the answer, which can be asked for again. */
	for (size_t i = 0; rc == 0 && i < clerk->read_count; i++)
		store_taken(store, clerk->read[i], clerk->now, NULL);
	return rc;
}

/* Errors that are nobody's but the store's: the next one may have more luck. */
static bool
is_answer(int code)
{
	return code == 0 || code == ERR_INVALID || code == ERR_NOT_FOUND ||
	       code == ERR_EXISTS || code == ERR_LIMIT || code == ERR_BUSY ||
	       code == ERR_CHANGED || code == ERR_CONFLICT;
}

/* What the two changes, one in the other, work with. */
struct serving {
	struct clerk *clerk;
	struct store *store;
};

static int
run_it(void *ctx, struct err *err)
{
	struct serving *serving = ctx;
	return run(serving->clerk, serving->store, err);
}

static int
serve(void *ctx, struct err *err)
{
	struct serving *serving = ctx;
	struct clerk *clerk = serving->clerk;
	char *answer = NULL;
	struct err why = ERR_INIT;
	int rc = store_asked(
		serving->store, clerk->asker, (int64_t)clerk->request->number, &answer, err);
	if (rc == 0 && answer)
		rc = take_answer(clerk, answer, err);
	bool answered = answer != NULL;
	mem_free(answer);
	if (rc < 0 || answered)
		return rc;
	store_together(serving->store, clerk->now, run_it, serving, &why);
	if (!is_answer(why.code)) {
		if (err)
			*err = why;
		return why.code;
	}
	clerk->status = err_exit_status(why.code);
	if (why.code) {
		clerk->said = false;
		clerk->read_count = 0;
		buf_clear(&clerk->text);
		buf_addc(&clerk->text, why.text);
	}
	make_fit(&clerk->text);
	return keep(clerk, serving->store, err);
}

int
clerk_serve(struct clerk *clerk, struct store *store, struct err *err)
{
	struct serving serving = {clerk, store};
	clerk->said = false;
	clerk->read_count = 0;
	buf_clear(&clerk->text);
	return store_together(store, clerk->now, serve, &serving, err);
}

void
clerk_release(struct clerk *clerk)
{
	buf_release(&clerk->text);
}
