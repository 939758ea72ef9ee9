/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* getentropy */
#include "cockpit/orch_pilot.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_locate.h"
#include "local.h"

struct pilot *
pilot_new(struct fleet *fleet)
{
	struct pilot *pilot = MEM_NEW(struct pilot);
	pilot->fleet = fleet;
	return pilot;
}

void
pilot_free(struct pilot *pilot)
{
	if (!pilot)
		return;
	orders_drop(pilot);
	prompts_drop(pilot);
	answers_drop(pilot);
	puts_drop(pilot);
	fetches_drop(pilot);
	works_drop(pilot);
	clashes_drop(pilot);
	mem_free(pilot->mirror);
	mem_free(pilot->outbox);
	mem_free(pilot->records);
	mem_free(pilot);
}

void
pilot_keep(struct pilot *pilot)
{
	char *dir;
	if (fleet_state_dir(fleet_config(pilot->fleet)->name, &dir, NULL) < 0)
		return;
	char *outbox = path_join(dir, "outbox");
	if (path_mkdir(outbox, NULL) == 0)
		pilot->outbox = outbox;
	else
		mem_free(outbox);
	pilot->records = path_join(dir, "answers.jsonl");
	pilot->mirror = path_join(dir, MIRROR_DIR);
	mem_free(dir);
}

/* With the most free slots; -1: none is there that could take one. */
static int
choose_host(const struct pilot *pilot)
{
	const struct fleet *fleet = pilot->fleet;
	int best = -1, room = 0;
	for (int i = 0; i < fleet_host_count(fleet); i++) {
		struct host_view view;
		fleet_host_at(fleet, i, &view);
		if (view.state == HOST_REFUSED || view.state == HOST_LOST ||
			view.state == HOST_STALE)
			continue;
		int free_slots = view.slots - view.agents - orders_under_way(pilot, i, "spawn");
		if (free_slots > room) {
			room = free_slots;
			best = i;
		}
	}
	return best;
}

static bool
is_taken(const struct fleet *fleet, const char *name)
{
	struct agent_view view;
	return fleet_agent_namesakes(fleet, name) > 0 ||
	       (fleet_agent(fleet, fleet_agent_find(fleet, name), &view) && view.declared);
}

static char *
make_name(const struct fleet *fleet, const char *profile)
{
	for (int i = 1;; i++) {
		char *name = mem_printf("%s-%d", profile, i);
		if (!is_taken(fleet, name))
			return name;
		mem_free(name);
	}
}

static void
tell_spawned(struct str out, const char *name, struct buf *text)
{
	struct str dir = STR("its home folder");
	while (out.len > 0) {
		struct str line = str_cut(&out, '\n');
		if (str_starts(line, STR("cockpit-dir ")))
			dir = str_slice(line, 12, line.len);
	}
	buf_printf(text, "started %s in ", name);
	text_safe(text, dir, -1);
}

void
pilot_make_id(char ret[PILOT_ID_MAX])
{
	uint64_t number = 0;
	BUG_ON(getentropy(&number, sizeof(number)) < 0);
	snprintf(ret, PILOT_ID_MAX, "%016" PRIx64, number);
}

static int
spawn(struct pilot *pilot, const struct pilot_spec *spec, int host, const char *name,
	pilot_fn *done, void *ctx, struct err *err)
{
	struct fleet *fleet = pilot->fleet;
	const struct fleet_config *config = fleet_config(fleet);
	const struct config_host *where = &config->hosts[host];
	const char *profile = spec->command     ? "command"
			      : spec->profile   ? spec->profile
			      : config->profile ? config->profile
						: "auto";
	struct buf run = BUF_INIT;
	char cols[12], rows[12], id[PILOT_ID_MAX];
	pilot_make_id(id);
	snprintf(cols, sizeof(cols), "%d", spec->cols > 0 ? spec->cols : 80);
	snprintf(rows, sizeof(rows), "%d", spec->rows > 0 ? spec->rows : 24);
	const char *const args[] = {name, where->name, profile, cols, rows,
		where->repo ? where->repo : "", config->base ? config->base : "", id, NULL};
	int rc = runfile_write(config, spec, name, where->name, &run, err);
	if (rc == 0)
		rc = order_run(pilot, host, "spawn", args, buf_str(&run), name, tell_spawned,
			done, ctx, err);
	buf_release(&run);
	return rc;
}

int
pilot_spawn(struct pilot *pilot, const struct pilot_spec *spec, pilot_fn *done, void *ctx,
	struct err *err)
{
	struct fleet *fleet = pilot->fleet;
	const struct fleet_config *config = fleet_config(fleet);
	char safe[100];
	int host = spec->host ? fleet_host_find(fleet, spec->host) : choose_host(pilot);
	if (host < 0 && spec->host)
		return err_set(err, ERR_NOT_FOUND, "fleet %s has no host %s", config->name,
			text_safe_tmp(safe, sizeof(safe), str_from(spec->host)));
	if (host < 0)
		return err_set(err, ERR_LIMIT,
			"every host of fleet %s is full or cannot be reached", config->name);
	if (spec->name && !str_is_name(str_from(spec->name)))
		return err_set(err, ERR_INVALID,
			"%s is no name for an agent: letters, digits, \".\", \"_\" and \"-\", "
			"64 at most",
			text_safe_tmp(safe, sizeof(safe), str_from(spec->name)));
	struct agent_view view;
	if (spec->name && fleet_agent(fleet, fleet_agent_find(fleet, spec->name), &view) &&
		view.present)
		return err_set(err, ERR_EXISTS, "agent %s is already there, on host %s",
			spec->name, view.host);
	struct host_view where;
	fleet_host_at(fleet, host, &where);
	int taken = where.agents + orders_under_way(pilot, host, "spawn");
	if (taken >= where.slots)
		return err_set(err, ERR_LIMIT, "host %s is full: %d of %d slots are taken",
			where.name, taken, where.slots);
	const char *base = spec->profile ? spec->profile : config->profile;
	char *name =
		spec->name ? mem_strdup(spec->name) : make_name(fleet, base ? base : "agent");
	int rc = spawn(pilot, spec, host, name, done, ctx, err);
	mem_free(name);
	return rc;
}

int
pilot_spawn_declared(struct pilot *pilot, const char *name, int cols, int rows, pilot_fn *done,
	void *ctx, struct err *err)
{
	const struct config_agent *declared =
		fleet_config_agent(fleet_config(pilot->fleet), name);
	if (!declared)
		return err_set(err, ERR_NOT_FOUND, "the fleet file names no agent %s", name);
	const struct pilot_spec spec = {.name = declared->name,
		.host = declared->host,
		.profile = declared->profile,
		.command = (const char *const *)declared->command,
		.prompt = declared->prompt,
		.cols = cols,
		.rows = rows};
	return pilot_spawn(pilot, &spec, done, ctx, err);
}

int
pilot_spawn_again(struct pilot *pilot, uint32_t agent, int cols, int rows, pilot_fn *done,
	void *ctx, struct err *err)
{
	struct agent_view view;
	char width[12], height[12], id[PILOT_ID_MAX];
	if (!fleet_agent(pilot->fleet, agent, &view) || !view.lost)
		return err_set(err, ERR_NOT_FOUND, "there is no such agent");
	pilot_make_id(id);
	snprintf(width, sizeof(width), "%d", cols);
	snprintf(height, sizeof(height), "%d", rows);
	const char *const args[] = {view.name, view.host, view.profile, width, height, view.dir,
		view.branch, id, NULL};
	return order_run(pilot, view.host_index, "again", args, STR(""), view.name,
		tell_spawned, done, ctx, err);
}

void
pilot_forget(struct pilot *pilot, uint32_t agent)
{
	act_agent_forget(pilot->fleet, agent);
}

static void
tell_stopped(struct str out, const char *name, struct buf *text)
{
	buf_printf(text, "stopped %s", name);
	while (out.len > 0) {
		struct str line = str_cut(&out, '\n');
		if (!str_starts(line, STR("cockpit-dir ")))
			continue;
		buf_addc(text, "; its work stays in ");
		text_safe(text, str_slice(line, 12, line.len), -1);
		return;
	}
}

int
pilot_stop(struct pilot *pilot, const char *host, const char *agent, pilot_fn *done, void *ctx,
	struct err *err)
{
	const char *const args[] = {agent, NULL};
	int index = fleet_host_find(pilot->fleet, host);
	BUG_ON(index < 0);
	return order_run(
		pilot, index, "stop", args, STR(""), agent, tell_stopped, done, ctx, err);
}

/* Lines "cockpit-agent NAME DIR" become "NAME DIR". */
static void
tell_down(struct str out, const char *name, struct buf *text)
{
	(void)name;
	while (out.len > 0) {
		struct str line = str_cut(&out, '\n');
		struct str rest = str_slice(line, 14, line.len);
		if (!str_starts(line, STR("cockpit-agent ")) ||
			!str_is_name(str_cut(&rest, ' ')))
			continue;
		text_safe(text, str_slice(line, 14, line.len), -1);
		buf_byte(text, '\n');
	}
}

int
pilot_down(struct pilot *pilot, int host, pilot_fn *done, void *ctx, struct err *err)
{
	static const char *const args[] = {NULL};
	struct host_view view;
	fleet_host_at(pilot->fleet, host, &view);
	return order_run(
		pilot, host, "down", args, STR(""), view.name, tell_down, done, ctx, err);
}

/* Also how much a login says before the script does: "chatter LINES FIRST". */
static void
tell_facts(struct str out, const char *name, struct buf *text)
{
	struct str first = STR("");
	int chatter = 0;
	(void)name;
	while (out.len > 0) {
		struct str line = str_trim(str_cut(&out, '\n'));
		if (str_starts(line, STR("cockpit-"))) {
			text_safe(text, str_slice(line, 8, line.len), -1);
			buf_byte(text, '\n');
		} else if (line.len > 0) {
			first = chatter++ ? first : line;
		}
	}
	if (chatter == 0)
		return;
	buf_printf(text, "chatter %d ", chatter);
	text_safe(text, first, 60);
	buf_byte(text, '\n');
}

int
pilot_doctor(
	struct pilot *pilot, int host, bool beside, pilot_fn *done, void *ctx, struct err *err)
{
	const char *repo = fleet_config(pilot->fleet)->hosts[host].repo;
	const char *const args[] = {repo ? repo : "", NULL};
	act_host_hold(pilot->fleet, host, beside);
	return order_run(
		pilot, host, "doctor", args, STR(""), "doctor", tell_facts, done, ctx, err);
}

int
pilot_restart(struct pilot *pilot, uint32_t agent)
{
	char id[PILOT_ID_MAX];
	pilot_make_id(id);
	return act_agent_respawn(pilot->fleet, agent, id);
}

bool
pilot_reload_profiles(struct pilot *pilot)
{
	return act_fleet_profiles(pilot->fleet);
}

void
pilot_retry(struct pilot *pilot)
{
	for (int i = 0; i < fleet_host_count(pilot->fleet); i++)
		act_host_retry(pilot->fleet, i);
}

void
pilot_hurry(struct pilot *pilot, int host)
{
	act_host_hurry(pilot->fleet, host);
}

void
pilot_woke(struct pilot *pilot)
{
	act_fleet_woke(pilot->fleet);
}

void
pilot_answer(struct pilot *pilot, int host, bool yes, const char *const answers[])
{
	act_host_answer(pilot->fleet, host, yes, answers);
}
