/*
 * A link with a person behind it, for tests: what was asked and said is kept, and
 * questions are answered from a list. The including file says how many prompts a
 * question may have (PERSON_PROMPTS_MAX).
 */
#ifndef COCKPIT_TEST_SSH_PERSON_H
#define COCKPIT_TEST_SSH_PERSON_H

#include <stdio.h>
#include <string.h>

#include "cockpit/base_buf.h"
#include "cockpit/io_link.h"
#include "ssh_fixture.h"

#define ANSWERS_MAX 8
#define NO          "\1no" /* as an answer: Cancel, or "no" */
#define YES         "\1yes"

/* A link, what it asked and said, and what it is told. */
struct peer {
	struct link *link;
	bool ready, closed;
	struct err why;
	const char *answers[ANSWERS_MAX]; /* one a prompt; NULL: the question stays open */
	int next;
	int asked, unasked;
	bool at_once; /* answers from inside of ask() */
	enum link_ask_kind kind;
	int count; /* of prompts */
	char host[64];
	struct buf title, text, prompts; /* of the last question */
	struct buf notes, statuses;
};

static void
on_ready(void *ctx)
{
	((struct peer *)ctx)->ready = true;
}

static void
on_closed(void *ctx, const struct err *why)
{
	struct peer *peer = ctx;
	assert_false(peer->closed);
	peer->closed = true;
	peer->why = *why;
}

static void
answer(void *ctx)
{
	struct peer *peer = ctx;
	const char *answers[LINK_PROMPTS_MAX] = {0};
	const char *first = peer->answers[peer->next];
	if (strcmp(first, NO) == 0 || strcmp(first, YES) == 0) {
		peer->next++;
		link_answer(peer->link, strcmp(first, YES) == 0, answers);
		return;
	}
	for (int i = 0; i < peer->count; i++)
		answers[i] = peer->answers[peer->next++];
	link_answer(peer->link, true, answers);
}

static void
on_ask(void *ctx, const struct link_ask *ask)
{
	struct peer *peer = ctx;
	peer->asked++;
	peer->kind = ask->kind;
	peer->count = ask->count;
	snprintf(peer->host, sizeof(peer->host), "%s", ask->host);
	buf_clear(&peer->title);
	buf_clear(&peer->text);
	buf_clear(&peer->prompts);
	buf_addc(&peer->title, ask->title);
	buf_addc(&peer->text, ask->text);
	for (int i = 0; i < ask->count; i++)
		buf_printf(&peer->prompts, "%s%s%s", i ? "|" : "", ask->prompts[i].text,
			ask->prompts[i].echo ? "+" : "");
	assert_in_range(ask->count, 0, PERSON_PROMPTS_MAX);
	assert_null(strpbrk(ask->title, "\n\x1b"));
	assert_null(strpbrk(buf_cstr(&peer->prompts), "\n\x1b"));
	assert_null(strchr(ask->text, '\x1b'));
	if (peer->answers[peer->next] && peer->at_once)
		answer(peer);
	else if (peer->answers[peer->next])
		loop_defer(loop, answer, peer);
}

static void
on_unask(void *ctx)
{
	((struct peer *)ctx)->unasked++;
}

static void
on_note(void *ctx, const char *text)
{
	buf_addc(&((struct peer *)ctx)->notes, text);
}

static void
on_status(void *ctx, const char *what)
{
	buf_printf(&((struct peer *)ctx)->statuses, "%s; ", what);
}

static const struct link_ops with_person = {.ready = on_ready,
	.closed = on_closed,
	.ask = on_ask,
	.unask = on_unask,
	.note = on_note,
	.status = on_status};

static inline void
wait_for_end(const struct peer *peer)
{
	int64_t deadline = clock_ms() + DEADLINE_MS;
	while (!peer->ready && !peer->closed)
		turn(deadline);
}

static inline void
wait_for_ask(const struct peer *peer, int count)
{
	int64_t deadline = clock_ms() + DEADLINE_MS;
	while (peer->asked < count && !peer->ready && !peer->closed)
		turn(deadline);
	if (peer->asked < count)
		fail_msg("not asked: %s", peer->closed ? peer->why.text : "it came up");
}

static inline void
assert_ready(const struct peer *peer)
{
	if (!peer->ready)
		fail_msg("%s", peer->why.text);
}

static inline void
assert_has(struct buf *b, const char *part)
{
	if (!strstr(buf_cstr(b), part))
		fail_msg("\"%s\" is not in \"%s\"", part, buf_cstr(b));
}

static inline void
assert_closed(const struct peer *peer, int code, const char *part)
{
	if (!peer->closed)
		fail_msg("not closed");
	assert_says(&peer->why, code, part);
}

/* What was kept of it; its link has been freed. */
static inline void
release_peer(struct peer *peer)
{
	buf_release(&peer->title);
	buf_release(&peer->text);
	buf_release(&peer->prompts);
	buf_release(&peer->notes);
	buf_release(&peer->statuses);
}

#endif
