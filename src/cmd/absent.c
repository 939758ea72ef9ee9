/* SPDX-License-Identifier: MIT */
#include "absent.h"

#include <string.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/fleet_locate.h"
#include "cockpit/orch_journal.h"
#include "session.h"

#define LINES_MAX 20000

/* What the journal calls it, and whether the agent has its name on that host then. */
static const struct {
	const char *kind;
	bool there, all; /* all: of that host */
} kinds[] = {
	{"start",  true,  false},
	{"hired",  true,  false},
	{"resume", true,  false},
	{"stop",   false, false},
	{"delete", false, false},
	{"gone",   false, false},
	{"down",   false, true },
};

static bool
is_absent(const struct session *s, int except, const char *host)
{
	int index = fleet_host_find(s->fleet, host);
	struct host_view view;
	if (index < 0 || index == except)
		return false;
	fleet_host_at(s->fleet, index, &view);
	return view.state != HOST_READY && view.state != HOST_LINKED &&
	       view.state != HOST_ENDED;
}

static void
leave(struct absent *absent, size_t i)
{
	mem_free(absent->names[i]);
	mem_free(absent->where[i]);
	absent->count--;
	absent->names[i] = absent->names[absent->count];
	absent->where[i] = absent->where[absent->count];
}

/* name NULL: all of that host. */
static void
leave_all(struct absent *absent, const char *host, const char *name)
{
	for (size_t i = absent->count; i-- > 0;) {
		if (strcmp(absent->where[i], host) == 0 &&
			(!name || strcmp(absent->names[i], name) == 0))
			leave(absent, i);
	}
}

static void
come(struct absent *absent, const char *host, const char *name)
{
	leave_all(absent, host, name);
	absent->names = mem_room(absent->names, absent->count, sizeof(*absent->names));
	absent->where = mem_room(absent->where, absent->count, sizeof(*absent->where));
	absent->names[absent->count] = mem_strdup(name);
	absent->where[absent->count++] = mem_strdup(host);
}

static void
follow(struct absent *absent, const struct journal_line *line)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(line->kind, kinds[i].kind) != 0)
			continue;
		if (kinds[i].all)
			leave_all(absent, line->host, NULL);
		else if (line->agent && kinds[i].there)
			come(absent, line->host, line->agent);
		else if (line->agent)
			leave_all(absent, line->host, line->agent);
	}
}

void
absent_find(const struct session *s, int except, struct absent *ret)
{
	struct journal journal = {0};
	char *dir;
	*ret = (struct absent){.hosts = BUF_INIT};
	for (int i = 0; i < fleet_host_count(s->fleet); i++) {
		struct host_view view;
		fleet_host_at(s->fleet, i, &view);
		if (!is_absent(s, except, view.name))
			continue;
		buf_addc(&ret->hosts, ret->hosts.len > 0 ? ", " : "");
		text_safe(&ret->hosts, str_from(view.name), -1);
	}
	if (ret->hosts.len > 0 &&
		fleet_state_dir(fleet_config(s->fleet)->name, &dir, NULL) == 0) {
		journal_read(dir, NULL, LINES_MAX, &journal, NULL);
		mem_free(dir);
	}
	for (size_t i = 0; i < journal.count; i++) {
		const struct journal_line *line = &journal.lines[i];
		if (line->host && is_absent(s, except, line->host))
			follow(ret, line);
	}
	journal_release(&journal);
	ret->names = mem_grow(ret->names, ret->count + 1, sizeof(*ret->names));
	ret->names[ret->count] = NULL;
}

void
absent_release(struct absent *absent)
{
	while (absent->count > 0)
		leave(absent, absent->count - 1);
	mem_free(absent->names);
	mem_free(absent->where);
	buf_release(&absent->hosts);
}

const char *
absent_host(const struct absent *absent, const char *name)
{
	for (size_t i = 0; i < absent->count; i++) {
		if (strcmp(absent->names[i], name) == 0)
			return absent->where[i];
	}
	return NULL;
}
