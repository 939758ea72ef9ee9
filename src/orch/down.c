/* SPDX-License-Identifier: MIT */
/*
 * The end of all agents of a host. They are over at once; then what each has left is fetched,
 * one after the other, as far as that goes in a while: their work trees stay anyway. It may
 * outlive its pilot, not its fleet.
 */
#include <string.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/orch_journal.h"
#include "local.h"

#define DOWN_MS  60000
#define FETCH_MS 30000 /* all of them; what is under way then is waited for */

struct left {
	char *name, *dir;
	char *profile; /* NULL: it is not known */
};

struct downing {
	struct pilot *pilot; /* NULL: nobody waits any more */
	int host_index;
	char *host;
	struct left *known; /* those that ran, without dir */
	size_t known_count;
	struct left *left;
	size_t count, at;
	int64_t until;
	bool fetching; /* nobody comes back once the pilot is gone */
	struct buf text;
	pilot_fn *done;
	void *ctx;
	struct downing *next;
};

static void
free_left(struct left *left, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		mem_free(left[i].name);
		mem_free(left[i].dir);
		mem_free(left[i].profile);
	}
	mem_free(left);
}

static void
downing_free(struct downing *downing)
{
	free_left(downing->left, downing->count);
	free_left(downing->known, downing->known_count);
	mem_free(downing->host);
	buf_release(&downing->text);
	mem_free(downing);
}

static void
end(struct downing *downing, const struct err *err)
{
	struct pilot *pilot = downing->pilot;
	if (pilot) {
		struct downing **p = &pilot->downings;
		while (*p != downing)
			p = &(*p)->next;
		*p = downing->next;
		act_host_refresh(pilot->fleet, downing->host_index);
		if (downing->done)
			downing->done(downing->ctx, err ? "" : buf_cstr(&downing->text), err);
	}
	downing_free(downing);
}

static void fetch_next(struct downing *downing);

static void
on_fetched(void *ctx, const struct mirror_fetched *fetched, struct diff *diff,
	const struct err *err)
{
	struct downing *downing = ctx;
	(void)fetched;
	(void)err;
	diff_free(diff);
	downing->fetching = false;
	fetch_next(downing);
}

static struct fetch_from
left_at(const struct downing *downing)
{
	const struct left *left = &downing->left[downing->at];
	return (struct fetch_from){downing->host_index, left->name, downing->host, left->dir};
}

static void
fetch_work(struct downing *downing)
{
	const struct fetch_from from = left_at(downing);
	downing->at++;
	downing->fetching = true;
	if (fetch_start_from(downing->pilot, &from, NULL, on_fetched, downing, NULL) == 0)
		return;
	downing->fetching = false;
	fetch_next(downing);
}

static void
on_talked(void *ctx, const struct err *err)
{
	struct downing *downing = ctx;
	(void)err;
	if (downing->pilot)
		fetch_work(downing);
	else
		end(downing, NULL);
}

static void
fetch_next(struct downing *downing)
{
	if (downing->at == downing->count || clock_ms() >= downing->until) {
		end(downing, NULL);
		return;
	}
	const struct fetch_from from = left_at(downing);
	if (talk_start(downing->pilot, &from, downing->left[downing->at].profile, on_talked,
		    downing, NULL) < 0)
		fetch_work(downing);
}

static const char *
known_profile(const struct downing *downing, const char *name)
{
	for (size_t i = 0; i < downing->known_count; i++) {
		if (strcmp(downing->known[i].name, name) == 0)
			return downing->known[i].profile;
	}
	return NULL;
}

static void
note_known(struct downing *downing)
{
	const struct fleet *fleet = downing->pilot->fleet;
	for (int i = 0; i < fleet_agent_count(fleet); i++) {
		struct agent_view view;
		fleet_agent_at(fleet, i, &view);
		if (view.host_index != downing->host_index || !view.present)
			continue;
		downing->known = mem_grow(
			downing->known, downing->known_count + 1, sizeof(*downing->known));
		downing->known[downing->known_count++] = (struct left){
			.name = mem_strdup(view.name), .profile = mem_strdup(view.profile)};
	}
}

/* Lines "cockpit-agent NAME DIR". */
static void
take_names(struct downing *downing, struct str out)
{
	while (out.len > 0) {
		struct str line = str_cut(&out, '\n');
		struct str rest = str_slice(line, 14, line.len);
		struct str name = str_cut(&rest, ' ');
		if (!str_starts(line, STR("cockpit-agent ")) || !str_is_name(name))
			continue;
		downing->left =
			mem_grow(downing->left, downing->count + 1, sizeof(*downing->left));
		struct left *left = &downing->left[downing->count++];
		*left = (struct left){.name = mem_strndup(name.ptr, name.len),
			.dir = mem_strndup(rest.ptr, rest.len)};
		const char *profile = known_profile(downing, left->name);
		left->profile = profile ? mem_strdup(profile) : NULL;
		text_safe(&downing->text, str_slice(line, 14, line.len), -1);
		buf_byte(&downing->text, '\n');
	}
}

static void
on_down(void *ctx, struct str out, const struct err *err)
{
	struct downing *downing = ctx;
	if (err || !downing->pilot) {
		end(downing, err);
		return;
	}
	const struct journal_entry entry = {.kind = JOURNAL_DOWN, .host = downing->host};
	take_names(downing, out);
	if (downing->count > 0)
		journal_add(downing->pilot->ledger, &entry);
	downing->until = clock_ms() + FETCH_MS;
	fetch_next(downing);
}

int
pilot_down(struct pilot *pilot, int host, pilot_fn *done, void *ctx, struct err *err)
{
	static const char *const args[] = {NULL};
	struct host_view view;
	struct downing *downing = MEM_NEW(struct downing);
	fleet_host_at(pilot->fleet, host, &view);
	*downing = (struct downing){.pilot = pilot,
		.host_index = host,
		.host = mem_strdup(view.name),
		.text = BUF_INIT,
		.done = done,
		.ctx = ctx,
		.next = pilot->downings};
	pilot->downings = downing;
	note_known(downing);
	int rc = act_host_verb(
		pilot->fleet, host, "down", args, STR(""), DOWN_MS, on_down, downing, err);
	if (rc < 0) {
		downing->done = NULL;
		end(downing, NULL);
	}
	return rc;
}

void
downings_drop(struct pilot *pilot)
{
	while (pilot->downings) {
		struct downing *downing = pilot->downings;
		pilot->downings = downing->next;
		downing->pilot = NULL;
		if (downing->fetching)
			downing_free(downing);
	}
}
