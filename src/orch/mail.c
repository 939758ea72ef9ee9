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
#include "cockpit/orch_journal.h"
#include "cockpit/store_store.h"
#include "ledger.h"
#include "local.h"

struct letter {
	struct ledger_item item; /* that it was taken */
	struct pilot *pilot;     /* NULL: nobody waits any more */
	int64_t id, at;
	char *from, *to, *text;
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

static int
write_taken(struct ledger_item *item, struct store *store, struct err *err)
{
	const struct letter *letter = (const struct letter *)item;
	return store_taken(store, letter->id, clock_wall() * 1000, err);
}

static void
on_taken(struct ledger_item *item)
{
	struct letter *letter = (struct letter *)item;
	if (item->err.code && item->err.code != ERR_CHANGED)
		log_info("%s", item->err.text);
	if (letter->pilot)
		unlink_letter(letter);
	letter_free(letter);
}

/* After what the journal says of it, if it says something: who is killed in between tells a
 * person once more, which the journal knows, and forgets nothing. */
static void
arrived(struct letter *letter)
{
	letter->taking = true;
	letter->item = (struct ledger_item){.work = write_taken, .done = on_taken};
	ledger_add(letter->pilot->ledger, &letter->item);
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
	journal_add(letter->pilot->ledger, &entry);
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
