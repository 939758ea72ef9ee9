/* SPDX-License-Identifier: MIT */
/* The one question that a host has for a person, kept until it is answered. */
#include "cockpit/base_mem.h"
#include "local.h"

struct ask {
	struct link_ask shown; /* points into what follows */
	char *host, *title, *text;
	char *prompts[LINK_PROMPTS_MAX];
};

static void
forget(struct host *host)
{
	struct ask *ask = host->ask;
	host->ask = NULL;
	if (!ask)
		return;
	for (int i = 0; i < ask->shown.count; i++)
		mem_free(ask->prompts[i]);
	mem_free(ask->host);
	mem_free(ask->title);
	mem_free(ask->text);
	mem_free(ask);
}

void
ask_take(struct host *host, const struct link_ask *from)
{
	forget(host);
	struct ask *ask = MEM_NEW(struct ask);
	ask->shown = *from;
	ask->shown.host = ask->host = mem_strdup(from->host);
	ask->shown.title = ask->title = mem_strdup(from->title);
	ask->shown.text = ask->text = mem_strdup(from->text);
	for (int i = 0; i < from->count; i++)
		ask->shown.prompts[i].text = ask->prompts[i] =
			mem_strdup(from->prompts[i].text);
	host->ask = ask;
	host_step(host, HOST_ASKS);
	fleet_emit(host->fleet, FLEET_ASK, host->index, 0);
}

void
ask_drop(struct host *host)
{
	if (!host->ask)
		return;
	forget(host);
	host_doing(host);
	fleet_emit(host->fleet, FLEET_ASK, host->index, 0);
}

const struct link_ask *
fleet_host_ask(const struct fleet *fleet, int index)
{
	const struct ask *ask = fleet->hosts[index].ask;
	return ask ? &ask->shown : NULL;
}

void
act_host_answer(struct fleet *fleet, int index, bool yes, const char *const answers[])
{
	struct host *host = &fleet->hosts[index];
	if (!host->ask || !host->link)
		return;
	/* Before the link hears it: it may ask the next thing at once. */
	forget(host);
	host_doing(host);
	link_answer(host->link, yes, answers);
	fleet_emit(fleet, FLEET_ASK, index, 0);
}
