/* SPDX-License-Identifier: MIT */
/*
 * Messages on their way: to a person by the journal, to an agent as a prompt, which its pane
 * takes once, whichever cockpit sends it. What is no known agent gets none as a prompt: in a
 * bare shell another agent's words would be commands. It reads them with cockpit-agent.
 */
#define LOG_MODULE "mail"
#include <inttypes.h>
#include <string.h>

#include "clerk.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/fleet_profile.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_journal.h"
#include "cockpit/store_store.h"
#include "local.h"

struct letter {
	struct pilot *pilot; /* NULL: nobody waits any more */
	int64_t id, at;
	char *from, *to, *text, *store;
	bool out;    /* on its way, or being written down as taken */
	bool taking; /* a worker has it */
	bool kept;   /* the last round found it still */
	struct letter *next;
};

static void
letter_free(struct letter *letter)
{
	mem_free(letter->from);
	mem_free(letter->to);
	mem_free(letter->text);
	mem_free(letter->store);
	mem_free(letter);
}

static void
unlink_letter(struct letter *letter)
{
	struct letter **p = &letter->pilot->letters;
	while (*p != letter)
		p = &(*p)->next;
	*p = letter->next;
}

/* --- it arrived --- */

static void
write_taken(void *ctx)
{
	struct letter *letter = ctx;
	struct store *store = NULL;
	struct err err = ERR_INIT;
	if (store_open(letter->store, &store, &err) == 0)
		store_taken(store, letter->id, clock_wall() * 1000, &err);
	store_close(store);
	if (err.code && err.code != ERR_CHANGED)
		log_info("%s", err.text);
}

static void
on_taken(void *ctx)
{
	struct letter *letter = ctx;
	if (letter->pilot)
		unlink_letter(letter);
	letter_free(letter);
}

static void
arrived(struct letter *letter)
{
	letter->taking = true;
	loop_job(fleet_loop(letter->pilot->fleet), write_taken, on_taken, letter);
}

/* --- on its way --- */

static void
on_sent(void *ctx, const char *text, const struct err *err)
{
	struct letter *letter = ctx;
	(void)text;
	if (!err) {
		arrived(letter);
		return;
	}
	letter->out = false;
	log_info("message %" PRId64 ": %s", letter->id, err->text);
}

/* The words alone: who says it and to whom stands beside them. */
static void
tell_person(struct letter *letter)
{
	struct str agent = str_from(letter->from), host = str_cut(&agent, '/');
	char *key = mem_printf("message %" PRId64 " %" PRId64, letter->id, letter->at);
	char *on = mem_strndup(host.ptr, host.len);
	const struct journal_entry entry = {.kind = JOURNAL_MESSAGE,
		.agent = agent.len ? agent.ptr : letter->from,
		.host = on,
		.text = letter->text,
		.key = key,
		.ever = true};
	letter->out = true;
	journal_add(letter->pilot->journal, &entry);
	arrived(letter);
	mem_free(key);
	mem_free(on);
}

static bool
find_agent(const struct fleet *fleet, const char *who, struct agent_view *ret)
{
	for (int i = 0; i < fleet_agent_count(fleet); i++) {
		fleet_agent_at(fleet, i, ret);
		struct str name = str_from(who), host = str_cut(&name, '/');
		if (str_eqc(host, ret->host) && str_eqc(name, ret->name))
			return true;
	}
	return false;
}

static void
tell_agent(struct letter *letter, const struct agent_view *view)
{
	const struct profile *profile = profile_find(view->profile);
	struct buf text = BUF_INIT;
	struct err why = ERR_INIT;
	if (!view->present || !view->link || !profile || profile->shell)
		return;
	/* Another store counts from the start again: the time tells. */
	char *id = mem_printf("message-%" PRId64 "-%" PRId64, letter->id, letter->at);
	const struct pilot_send_options options = {.id = id, .once = true};
	clerk_quote(&text, letter->from, letter->text);
	letter->out = true;
	if (pilot_send(letter->pilot, view->id, buf_str(&text), &options, on_sent, letter,
		    &why) < 0) {
		letter->out = false;
		log_debug("message %" PRId64 ": %s", letter->id, why.text);
	}
	buf_release(&text);
	mem_free(id);
}

/* One at a time goes to an agent: pilot_send() sees to that. */
static void
try_all(struct pilot *pilot, uint32_t agent)
{
	struct agent_view view;
	for (struct letter *letter = pilot->letters, *next; letter; letter = next) {
		next = letter->next;
		if (letter->out)
			continue;
		if (strcmp(letter->to, "operator") == 0)
			tell_person(letter);
		else if (find_agent(pilot->fleet, letter->to, &view) &&
			 (!agent || agent == view.id))
			tell_agent(letter, &view);
	}
}

void
mail_look(struct pilot *pilot, uint32_t agent)
{
	if (pilot->letters)
		try_all(pilot, agent);
}

static struct letter *
find(const struct pilot *pilot, const struct store_message *message)
{
	struct letter *letter = pilot->letters;
	while (letter && letter->id != message->id)
		letter = letter->next;
	return letter;
}

static void
add(struct pilot *pilot, const struct store_message *message)
{
	struct letter *letter = MEM_NEW(struct letter), **last = &pilot->letters;
	*letter = (struct letter){.pilot = pilot,
		.id = message->id,
		.at = message->at,
		.from = mem_strdup(message->from),
		.to = mem_strdup(message->to),
		.text = mem_strdup(message->text),
		.store = mem_strdup(pilot->store),
		.kept = true};
	while (*last)
		last = &(*last)->next;
	*last = letter;
}

void
mail_take(struct pilot *pilot, const struct store_message *found, size_t count)
{
	for (struct letter *letter = pilot->letters; letter; letter = letter->next)
		letter->kept = letter->out;
	for (size_t i = 0; i < count; i++) {
		struct letter *letter = find(pilot, &found[i]);
		if (letter)
			letter->kept = true;
		else
			add(pilot, &found[i]);
	}
	for (struct letter *letter = pilot->letters, *next; letter; letter = next) {
		next = letter->next;
		if (letter->kept)
			continue;
		unlink_letter(letter);
		letter_free(letter);
	}
	try_all(pilot, 0);
}

/* After the prompts, which hold letters: those whose worker is out come back. */
void
mail_drop(struct pilot *pilot)
{
	while (pilot->letters) {
		struct letter *letter = pilot->letters;
		pilot->letters = letter->next;
		letter->pilot = NULL;
		if (!letter->taking)
			letter_free(letter);
	}
}
