/* SPDX-License-Identifier: MIT */
/*
 * cockpit with hosts that do nothing but ask: for trying the questions on a screen and on a
 * terminal, without any server. Behind the answers is this machine. What is called
 *
 *	new…     asks whether its key is to be trusted
 *	pass…    asks for a passphrase, three times at most; "open sesame" is right
 *	code…    asks for a password and a code, in one question; "pw" and "42" are right
 *	gate…    asks as a jump host on the way
 *	brief…   asks, and does not want to know any more after 3 s
 *
 * others ask nothing.
 */
#include <signal.h>
#include <stdio.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/cmd_main.h"
#include "cockpit/io_loop.h"
#include "cockpit/ssh_link.h"

#define BRIEF_MS 3000
#define TRIES    3

struct asks {
	struct link link;
	struct loop *loop;
	char *name;
	const struct link_ops *ops;
	void *ctx;
	struct link *inner; /* this machine, once all is answered */
	struct loop_timer *timer;
	int tries;
	bool asked;
};

struct ssh_pool {
	struct loop *loop;
};

struct ssh_pool *
ssh_pool_new(struct loop *loop)
{
	struct ssh_pool *pool = MEM_NEW(struct ssh_pool);
	pool->loop = loop;
	return pool;
}

void
ssh_pool_free(struct ssh_pool *pool)
{
	mem_free(pool);
}

static bool
is(const struct asks *a, const char *kind)
{
	return str_starts(str_from(a->name), str_from(kind));
}

static void
end_with(struct asks *a, int code, const char *text)
{
	struct err err = ERR_INIT;
	err_set(&err, code, "%s", text);
	a->ops->closed(a->ctx, &err);
}

static void
on_inner_ready(void *ctx)
{
	struct asks *a = ctx;
	a->ops->ready(a->ctx);
}

static void
on_inner_closed(void *ctx, const struct err *why)
{
	struct asks *a = ctx;
	a->ops->closed(a->ctx, why);
}

static void
succeed(struct asks *a)
{
	static const struct link_ops ops = {.ready = on_inner_ready, .closed = on_inner_closed};
	a->inner = link_local_new(a->loop, &ops, a);
}

static void
ask(struct asks *a)
{
	struct link_ask ask = {
		.kind = LINK_ASK_SECRET, .host = a->name, .text = "", .count = 1};
	if (!a->ops->ask) {
		end_with(a, ERR_AUTH, "it asks, and nobody is there to answer");
		return;
	}
	if (is(a, "new")) {
		ask.kind = LINK_ASK_TRUST;
		ask.count = 0;
		ask.title = "the host key of 192.0.2.7 port 22 has never been seen";
		ask.text = "ssh-ed25519 SHA256:uNiVztksCsDhcc0u9e8BrmJTcBJ1XqYw3VDCnX6q4lI\n"
			   "yes adds it to /home/ann/.ssh/known_hosts";
	} else if (is(a, "code")) {
		ask.title = "login as ann";
		ask.text = "Two steps.\nA code was sent to your telephone.";
		ask.count = 2;
		ask.prompts[0] = (struct link_prompt){"Password:", false};
		ask.prompts[1] = (struct link_prompt){"Code:", true};
	} else {
		ask.host = is(a, "gate") ? "jump" : a->name;
		ask.title = "passphrase of /home/ann/.ssh/id_ed25519";
		ask.text = a->tries ? "that was not it" : "";
		ask.prompts[0] = (struct link_prompt){"Passphrase:", false};
	}
	a->asked = true;
	a->ops->ask(a->ctx, &ask);
	if (is(a, "brief"))
		loop_timer_set(a->timer, BRIEF_MS);
}

static void
on_timer(void *ctx)
{
	struct asks *a = ctx;
	if (a->asked) {
		a->asked = false;
		a->ops->unask(a->ctx);
		end_with(a, ERR_AUTH, "the server waits no longer");
		return;
	}
	a->ops->status(a->ctx, "login");
	if (is(a, "new") || is(a, "pass") || is(a, "code") || is(a, "gate") || is(a, "brief"))
		ask(a);
	else
		succeed(a);
}

static void
on_answer(struct link *link, bool yes, const char *const answers[])
{
	struct asks *a = (struct asks *)link;
	if (!a->asked)
		return;
	a->asked = false;
	loop_timer_cancel(a->timer);
	if (!yes)
		end_with(a, is(a, "new") ? ERR_HOSTKEY : ERR_AUTH,
			is(a, "new") ? "its key was not trusted" : "no answer was given");
	else if (is(a, "new") || (!is(a, "code") && strcmp(answers[0], "open sesame") == 0) ||
		 (is(a, "code") && strcmp(answers[0], "pw") == 0 &&
			 strcmp(answers[1], "42") == 0))
		succeed(a);
	else if (++a->tries < TRIES)
		loop_timer_set(a->timer, 100);
	else
		end_with(a, ERR_AUTH, "login refused: three answers were wrong");
}

static struct stream *
on_open(struct link *link, const char *const argv[], const struct stream_ops *ops, void *ctx,
	struct err *err)
{
	struct asks *a = (struct asks *)link;
	return link_open(a->inner, argv, ops, ctx, err);
}

static void
on_free(struct link *link)
{
	struct asks *a = (struct asks *)link;
	link_free(a->inner);
	loop_timer_free(a->timer);
	mem_free(a->name);
	mem_free(a);
}

struct link *
ssh_link_new(struct ssh_pool *pool, const char *name, const char *config_file,
	const struct link_ops *ops, void *ctx)
{
	static const struct link_class class = {
		.open = on_open, .free = on_free, .answer = on_answer};
	struct asks *a = MEM_NEW(struct asks);
	(void)config_file;
	*a = (struct asks){.link = {&class},
		.loop = pool->loop,
		.name = mem_strdup(name),
		.ops = ops,
		.ctx = ctx};
	a->timer = loop_timer_new(a->loop, on_timer, a);
	loop_timer_set(a->timer, 50);
	return &a->link;
}

int
main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	text_init();
	return cmd_main(argc, argv);
}
