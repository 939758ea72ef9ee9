/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_pilot.h"
#include "cockpit/repo_land.h"
#include "cockpit/repo_mirror.h"
#include "cockpit/repo_radar.h"
#include "session.h"

/* An agent whose work is here. */
struct flier {
	char *name, *host, *base;
	struct mirror_work work;
};

struct flock {
	struct session *session;
	struct flier *fliers;
	size_t count;
	char *repo; /* NULL: there is none on this machine */
	bool stale; /* somebody's work could not be fetched now */
};

static void
flier_release(struct flier *flier)
{
	mem_free(flier->name);
	mem_free(flier->host);
	mem_free(flier->base);
}

static void
on_fetched(void *ctx, const char *text, const struct err *err)
{
	struct flock *flock = ctx;
	(void)text;
	if (err) {
		cmd_fail(err);
		flock->stale = true;
	}
	flock->session->pending--;
}

static void
flock_gather(struct flock *flock)
{
	struct session *s = flock->session;
	const char *repo = fleet_config(s->fleet)->repo;
	flock->repo = repo ? mem_strdup(repo) : NULL;
	for (int i = 0; i < fleet_agent_count(s->fleet); i++) {
		struct agent_view view;
		struct err err = ERR_INIT;
		fleet_agent_at(s->fleet, i, &view);
		if (!view.own || (!view.present && !view.lost))
			continue;
		flock->fliers =
			mem_grow(flock->fliers, flock->count + 1, sizeof(*flock->fliers));
		flock->fliers[flock->count++] = (struct flier){.name = mem_strdup(view.name),
			.host = mem_strdup(view.host),
			.base = pilot_base(s->pilot, view.host, view.name)};
		s->pending++;
		if (pilot_fetch(s->pilot, view.id, on_fetched, flock, &err) < 0)
			on_fetched(flock, "", &err);
	}
	session_wait(s, SESSION_FETCH_MS);
	flock->stale = flock->stale || s->pending > 0;
}

/* Those whose work is in the mirror; the others go. */
static void
flock_find(struct flock *flock, struct mirror *mirror)
{
	size_t kept = 0;
	for (size_t i = 0; i < flock->count; i++) {
		struct flier *flier = &flock->fliers[i];
		if (mirror_find(mirror, flier->host, flier->name, &flier->work, NULL) == 0) {
			flock->fliers[kept++] = *flier;
			continue;
		}
		flier_release(flier);
	}
	flock->count = kept;
}

static void
flock_advance(struct flock *flock, struct mirror *mirror)
{
	struct land_work *works = mem_alloc_array(flock->count + 1, sizeof(*works));
	for (size_t i = 0; i < flock->count; i++)
		works[i] = (struct land_work){flock->fliers[i].base, &flock->fliers[i].work};
	if (flock->repo)
		land_advance(mirror, flock->repo, works, flock->count);
	mem_free(works);
}

static void
flock_release(struct flock *flock)
{
	for (size_t i = 0; i < flock->count; i++)
		flier_release(&flock->fliers[i]);
	mem_free(flock->fliers);
	mem_free(flock->repo);
}

static const char *
name_of(const struct flock *flock, size_t side)
{
	return side == RADAR_BASE ? NULL : flock->fliers[side].name;
}

static void
print_json(const struct flock *flock, const struct radar_found *found)
{
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, true);
	json_write_object(&w, NULL);
	json_write_array(&w, "agents");
	for (size_t i = 0; i < flock->count; i++)
		json_write_cstr(&w, NULL, flock->fliers[i].name);
	json_write_close(&w);
	json_write_bool(&w, "fresh", !flock->stale);
	json_write_array(&w, "clashes");
	for (size_t i = 0; i < found->clash_count; i++) {
		const struct radar_pair *pair = &found->clashes[i];
		json_write_object(&w, NULL);
		json_write_cstr(&w, "one", name_of(flock, pair->one));
		json_write_cstr(&w, "other", name_of(flock, pair->other));
		json_write_array(&w, "files");
		for (size_t f = 0; f < pair->file_count; f++) {
			const struct radar_file *file = &pair->files[f];
			json_write_object(&w, NULL);
			json_write_cstr(&w, "path", file->path);
			json_write_cstr(&w, "kind", radar_kind_json(file->kind));
			json_write_array(&w, "places");
			for (int r = 0; r < file->range_count && r < RADAR_RANGES_MAX; r++) {
				const struct radar_range *range = &file->ranges[r];
				json_write_object(&w, NULL);
				json_write_int(&w, "one_line", range->start[0]);
				json_write_int(&w, "one_lines", range->count[0]);
				json_write_int(&w, "other_line", range->start[1]);
				json_write_int(&w, "other_lines", range->count[1]);
				json_write_close(&w);
			}
			json_write_close(&w);
			json_write_close(&w);
		}
		json_write_close(&w);
		json_write_int(&w, "files_left", (long long)pair->files_left);
		json_write_close(&w);
	}
	json_write_close(&w);
	json_write_close(&w);
	cmd_print_json(&w, &out);
}

static void
print_file(const struct radar_file *file)
{
	struct buf line = BUF_INIT;
	buf_addc(&line, "  ");
	text_safe(&line, str_from(file->path), -1);
	buf_addc(&line, ": ");
	radar_words(file, &line);
	printf("%s\n", buf_cstr(&line));
	buf_release(&line);
}

static void
print_text(const struct flock *flock, const struct radar_found *found)
{
	if (found->clash_count == 0)
		printf("no clashes among %zu %s\n", flock->count,
			flock->count == 1 ? "agent" : "agents");
	for (size_t i = 0; i < found->clash_count; i++) {
		const struct radar_pair *pair = &found->clashes[i];
		const char *other = name_of(flock, pair->other);
		printf("%s and %s\n", name_of(flock, pair->one), other ? other : "the base");
		for (size_t f = 0; f < pair->file_count; f++)
			print_file(&pair->files[f]);
		if (pair->files_left)
			printf("  … and %zu files more\n", pair->files_left);
	}
}

static int
forecast(const struct cmd_call *call, struct flock *flock, struct mirror *mirror,
	struct err *err)
{
	struct radar *radar = radar_new();
	struct radar_found found;
	flock_find(flock, mirror);
	flock_advance(flock, mirror);
	struct radar_side *sides =
		mem_alloc_array(flock->count ? flock->count : 1, sizeof(*sides));
	for (size_t i = 0; i < flock->count; i++)
		sides[i] = (struct radar_side){
			flock->fliers[i].work.snap, flock->fliers[i].work.base};
	int rc = radar_look(radar, mirror, sides, flock->count, &found, err);
	mem_free(sides);
	if (rc == 0 && cmd_value(call, "json"))
		print_json(flock, &found);
	else if (rc == 0)
		print_text(flock, &found);
	radar_free(radar);
	return rc;
}

static int
run(const struct cmd_call *call)
{
	struct session s;
	struct err err = ERR_INIT;
	struct flock flock = {.session = &s};
	struct mirror *mirror = NULL;
	/* Watched, it tells who has a work tree of its own. */
	if (session_open(&s, cmd_value(call, "fleet"), FLEET_WATCH | FLEET_LOOK | FLEET_STEADY,
		    &err) < 0)
		return cmd_fail(&err);
	session_settle(&s, -1, SESSION_SETTLE_MS);
	flock_gather(&flock);
	int partial = session_complain(&s);
	int rc = pilot_mirror(s.pilot, &mirror, &err);
	session_close(&s);
	if (rc == 0)
		rc = forecast(call, &flock, mirror, &err);
	int status = rc < 0 ? cmd_fail(&err) : flock.stale ? CMD_PARTIAL : partial;
	flock_release(&flock);
	mirror_close(mirror);
	return status;
}

const struct cmd cmd_conflicts = {
	.name = "conflicts",
	.args = "[--json]",
	.min = 0,
	.max = 0,
	.summary = "say which agents' work will clash",
	.help = "Fetches every agent's work, what is not committed too, and merges it in "
		"memory "
		"with\n"
		"the base's tip and with that of every other agent: who clashes with whom, in "
		"which\n"
		"files and lines. Nothing is merged anywhere else. Exit status 3 when "
		"somebody's work\n"
		"could not be fetched; then what was fetched last counts.",
	.options = {CMD_FLEET_OPTION, CMD_JSON_OPTION},
	.run = run,
};
