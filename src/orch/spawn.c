/* SPDX-License-Identifier: MIT */
/*
 * An agent's start: its host is chosen, its name made up, the repo brought there if that is
 * cockpit's to do, then host.sh starts it.
 */
#include <stdio.h>
#include <string.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_profile.h"
#include "cockpit/orch_journal.h"
#include "local.h"

/* One that waits for the repo, or for its host. */
struct spawning {
	struct pilot *pilot;
	int host;
	char *name, *profile;
	char *base;     /* NULL: the fleet's */
	char *reason;   /* NULL: a person wants it */
	char **command; /* ends with NULL; NULL: the profile's */
	char *beside;   /* NULL: it has a folder of its own */
	int cols, rows;
	bool restore;
	bool inherits; /* another one's work */
	bool goes_on;  /* in a work tree that was there */
	bool anew;     /* nothing that was said of its name holds for it */
	/* TELLS: its conversation is on its way: that comes back in any case. */
	enum step { BRINGS, TELLS, STARTS, STOPS } step;
	bool canceled;
	struct doing_stamp stamp;
	struct buf run, notes;
	pilot_fn *done;
	void *ctx;
	struct spawning *next;
};

static void
spawning_free(struct spawning *spawning)
{
	mem_free(spawning->name);
	mem_free(spawning->profile);
	mem_free(spawning->beside);
	mem_free(spawning->base);
	mem_free(spawning->reason);
	mem_free_words(spawning->command);
	buf_release(&spawning->run);
	buf_release(&spawning->notes);
	mem_free(spawning);
}

int
spawnings_on(const struct pilot *pilot, int host)
{
	int count = 0;
	for (const struct spawning *s = pilot->spawnings; s; s = s->next)
		count += s->host == host && !s->beside;
	return count;
}

/* With the most free slots; -1: none is there that could take one. up: of those that are there
 * already. */
static int
choose_among(const struct pilot *pilot, bool up)
{
	const struct fleet *fleet = pilot->fleet;
	int best = -1, room = 0;
	for (int i = 0; i < fleet_host_count(fleet); i++) {
		struct host_view view;
		fleet_host_at(fleet, i, &view);
		if (view.state == HOST_REFUSED || view.state == HOST_LOST ||
			view.state == HOST_STALE || view.state == HOST_CANCELED ||
			up != (view.state == HOST_READY || view.state == HOST_LINKED))
			continue;
		int free_slots = view.slots - view.agents - spawnings_on(pilot, i);
		if (free_slots > room) {
			room = free_slots;
			best = i;
		}
	}
	return best;
}

static int
choose_host(const struct pilot *pilot)
{
	int host = choose_among(pilot, true);
	return host >= 0 ? host : choose_among(pilot, false);
}

static bool
is_taken(const struct pilot *pilot, const char *name)
{
	const struct fleet *fleet = pilot->fleet;
	struct agent_view view;
	for (const struct spawning *s = pilot->spawnings; s; s = s->next) {
		if (strcmp(s->name, name) == 0)
			return true;
	}
	return fleet_agent_namesakes(fleet, name) > 0 ||
	       (fleet_agent(fleet, fleet_agent_find(fleet, name), &view) && view.declared);
}

static bool
is_among(const char *name, const char *const names[])
{
	while (names && *names && strcmp(*names, name) != 0)
		names++;
	return names && *names;
}

static char *
make_name(const struct pilot *pilot, const struct pilot_spec *spec)
{
	const char *fleets = fleet_config(pilot->fleet)->profile;
	const char *profile = spec->profile ? spec->profile : fleets ? fleets : "agent";
	for (int i = 1;; i++) {
		char *name = mem_printf("%s-%d", profile, i);
		if (!is_taken(pilot, name) && !is_among(name, spec->taken))
			return name;
		mem_free(name);
	}
}

static void
tell_again(void *ctx, struct str out, const char *name, struct buf *text)
{
	(void)ctx;
	struct str dir = order_value(out, "cockpit-dir ");
	buf_printf(text, "started %s", name);
	if (dir.len > 0)
		buf_addc(text, " in ");
	text_safe(text, dir, -1);
}

static void
tell_spawned(void *ctx, struct str out, const char *name, struct buf *text)
{
	struct spawning *spawning = ctx;
	spawning->goes_on = order_value(out, "cockpit-goes-on ").len > 0;
	tell_again(ctx, out, name, text);
}

static void
end(struct spawning *spawning, const char *text, const struct err *err)
{
	struct spawning **p = &spawning->pilot->spawnings;
	while (*p != spawning)
		p = &(*p)->next;
	*p = spawning->next;
	if (spawning->done)
		spawning->done(spawning->ctx, text, err);
	spawning_free(spawning);
}

static void
write_down(const struct spawning *spawning)
{
	const struct pilot *pilot = spawning->pilot;
	const struct journal_entry entry = {.kind = spawning->reason    ? JOURNAL_HIRED
						    : spawning->restore ? JOURNAL_RESUME
									: JOURNAL_START,
		.text = spawning->reason,
		.agent = spawning->name,
		.host = fleet_config(pilot->fleet)->hosts[spawning->host].name,
		.profile = spawning->profile,
		.command = (const char *const *)spawning->command};
	journal_add(pilot->ledger, &entry);
}

/* Only now: one of that name may have run all the time. A work tree that was there stays for
 * where it was for, unless something else is said. */
static void
keep(const struct spawning *spawning)
{
	struct pilot *pilot = spawning->pilot;
	const struct fleet_config *config = fleet_config(pilot->fleet);
	if (spawning->base || !spawning->goes_on)
		bases_keep(pilot, config->hosts[spawning->host].name, spawning->name,
			spawning->base);
	if (spawning->anew) {
		tags_forget(pilot, spawning->name);
		costs_forget(pilot, config->hosts[spawning->host].name, spawning->name);
	}
}

/* --- it is cancelled --- */

static void
end_canceled(struct spawning *spawning, const char *what)
{
	struct err why = ERR_INIT;
	err_set(&why, ERR_CANCELED, "the start of %s was cancelled%s", spawning->name, what);
	end(spawning, "", &why);
}

static void
on_stopped(void *ctx, const char *text, const struct err *err)
{
	char *what =
		err ? mem_printf("; but it is there, and could not be stopped: %s", err->text)
		    : mem_printf("; %s", text);
	end_canceled(ctx, what);
	mem_free(what);
}

/* What a host has begun to start is not left half made: it is stopped when it is there. */
static void
stop_it(struct spawning *spawning)
{
	struct err err = ERR_INIT;
	const char *host = fleet_config(spawning->pilot->fleet)->hosts[spawning->host].name;
	spawning->step = STOPS;
	if (pilot_stop(spawning->pilot, host, spawning->name, on_stopped, spawning, &err) < 0)
		on_stopped(spawning, "", &err);
}

static void
cancel(void *self)
{
	struct spawning *spawning = self;
	struct pilot *pilot = spawning->pilot;
	spawning->canceled = true;
	if (spawning->step == BRINGS)
		deliver_cancel(pilot, spawning);
	else if (spawning->step == TELLS)
		errand_cancel(pilot, spawning);
	else if (spawning->step == STARTS && order_waits(pilot, spawning))
		order_cancel(pilot, spawning);
}

void
spawn_cancel(struct pilot *pilot, const void *ctx)
{
	struct spawning *spawning = pilot->spawnings;
	while (spawning && spawning->ctx != ctx)
		spawning = spawning->next;
	if (spawning)
		cancel(spawning);
}

void
spawnings_tell(const struct pilot *pilot, struct doings *into)
{
	static const char *const steps[] = {
		[BRINGS] = "the repo is brought there",
		[TELLS] = "its conversation is brought there",
		[STARTS] = "its host starts it",
		[STOPS] = "it is stopped again",
	};
	for (struct spawning *it = pilot->spawnings; it; it = it->next) {
		bool waits = it->step == STARTS && order_waits(pilot, it);
		const char *step = steps[it->step];
		if (waits)
			step = "its host is not there yet";
		else if (it->canceled && it->step == STARTS)
			step = "it is stopped as soon as it is there";
		const struct doing_row row = {
			.it = {.kind = DOING_START,
                               .name = it->name,
                               .host = fleet_config(pilot->fleet)->hosts[it->host].name,
                               .step = step,
                               .waits = waits,
                               .wanted = true,
                               .canceled = it->canceled},
			.stamp = it->stamp,
			.self = it,
			.waiter = it->ctx,
			.cancel = cancel
                };
		doings_add(into, &row);
	}
}

/* --- it is started --- */

static void
on_spawned(void *ctx, const char *text, const struct err *err)
{
	struct spawning *spawning = ctx;
	struct buf all = BUF_INIT;
	if (!err)
		buf_printf(&all, "%s%s", text, buf_cstr(&spawning->notes));
	/* A shell is no agent: what is known of one by its name is that one's. */
	if (!err && !spawning->beside) {
		keep(spawning);
		write_down(spawning);
	}
	if (!err && spawning->canceled) {
		buf_release(&all);
		stop_it(spawning);
		return;
	}
	end(spawning, buf_cstr(&all), err);
	buf_release(&all);
}

static int
order(struct spawning *spawning, struct err *err)
{
	struct pilot *pilot = spawning->pilot;
	const struct fleet_config *config = fleet_config(pilot->fleet);
	const struct config_host *where = &config->hosts[spawning->host];
	const char *base = spawning->base ? spawning->base : config->base;
	char cols[12], rows[12], id[PILOT_ID_MAX];
	pilot_make_id(id);
	spawning->step = STARTS;
	snprintf(cols, sizeof(cols), "%d", spawning->cols > 0 ? spawning->cols : 80);
	snprintf(rows, sizeof(rows), "%d", spawning->rows > 0 ? spawning->rows : 24);
	const char *const args[] = {spawning->name, where->name, spawning->profile, cols, rows,
		host_repo(where), base ? base : "", id,
		spawning->restore    ? "1"
		: spawning->inherits ? "work"
				     : "",
		spawning->beside ? spawning->beside : "", NULL};
	return order_run(pilot, spawning->host, "spawn", args, buf_str(&spawning->run),
		spawning->name, tell_spawned, on_spawned, spawning, err);
}

static void
order_or_end(struct spawning *spawning)
{
	struct err why = ERR_INIT;
	if (spawning->canceled) {
		end_canceled(spawning, "");
		return;
	}
	if (order(spawning, &why) < 0)
		end(spawning, "", &why);
}

/* Without its conversation it begins a new one, which is said. */
static void
on_told(void *ctx, const struct err *err)
{
	struct spawning *spawning = ctx;
	if (!spawning->pilot) {
		spawning_free(spawning);
		return;
	}
	if (err)
		buf_printf(&spawning->notes, "; its conversation could not be brought: %s",
			err->text);
	order_or_end(spawning);
}

static void
on_delivered(void *ctx, const char *notes, const struct err *err)
{
	struct spawning *spawning = ctx;
	buf_addc(&spawning->notes, notes);
	if (err)
		end(spawning, "", err);
	else if (spawning->restore && tell_start(spawning->pilot, spawning->host,
					      spawning->name, on_told, spawning, NULL) == 0)
		spawning->step = TELLS;
	else
		order_or_end(spawning);
}

/* The caller's. What comes back is for where it was for, wherever it is now. */
static char *
base_for(const struct pilot *pilot, const struct pilot_spec *spec, const char *host,
	const char *name)
{
	char *base = spec->base ? mem_strdup(spec->base) : NULL;
	if (spec->restore && !base)
		base = bases_own(pilot, spec->was_on ? spec->was_on : host, name);
	if (spec->from && !base)
		base = bases_own(pilot, spec->from_host ? spec->from_host : host, spec->from);
	return base;
}

static int
spawn(struct pilot *pilot, const struct pilot_spec *spec, int host, const char *name,
	pilot_fn *done, void *ctx, struct err *err)
{
	const struct fleet_config *config = fleet_config(pilot->fleet);
	const struct config_host *where = &config->hosts[host];
	struct spawning *spawning = MEM_NEW(struct spawning);
	*spawning = (struct spawning){.pilot = pilot,
		.host = host,
		.name = mem_strdup(name),
		.profile = mem_strdup(spec->command     ? "command"
				      : spec->profile   ? spec->profile
				      : config->profile ? config->profile
							: "auto"),
		.command = mem_copy_words(spec->command),
		.cols = spec->cols,
		.rows = spec->rows,
		.stamp = doing_begin(pilot),
		.restore = spec->restore,
		.inherits = spec->from != NULL,
		.anew = !spec->restore && !fleet_config_agent(config, name),
		.beside = spec->beside ? mem_strdup(spec->beside) : NULL,
		.reason = spec->reason ? mem_strdup(spec->reason) : NULL,
		.run = BUF_INIT,
		.notes = BUF_INIT,
		.done = done,
		.ctx = ctx,
		.next = pilot->spawnings};
	pilot->spawnings = spawning;
	spawning->base = base_for(pilot, spec, where->name, name);
	const struct deliver_order deliver = {.host = host,
		.base = spawning->base,
		.starts = name,
		.whose = spec->restore ? name : spec->from,
		.whose_host = spec->restore ? spec->was_on : spec->from_host};
	int rc = runfile_write(config, spec, name, where->name, &spawning->run, err);
	if (rc == 0 && !spec->beside && (where->clone || deliver.whose))
		rc = deliver_start(pilot, &deliver, on_delivered, spawning, err);
	else if (rc == 0)
		rc = order(spawning, err);
	if (rc < 0) {
		spawning->done = NULL;
		end(spawning, "", NULL);
	}
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
	if (spec->base && !fleet_config_is_branch(spec->base))
		return err_set(err, ERR_INVALID, "%s is no branch",
			text_safe_tmp(safe, sizeof(safe), str_from(spec->base)));
	struct agent_view view;
	if (spec->name && fleet_agent_namesakes(fleet, spec->name) > 1)
		return err_set(err, ERR_EXISTS,
			"agents called %s are already there, on %d hosts", spec->name,
			fleet_agent_namesakes(fleet, spec->name));
	if (spec->name && fleet_agent(fleet, fleet_agent_find(fleet, spec->name), &view) &&
		view.present)
		return err_set(err, ERR_EXISTS, "agent %s is already there, on host %s",
			spec->name, view.host);
	struct host_view where;
	fleet_host_at(fleet, host, &where);
	int taken = where.agents + spawnings_on(pilot, host);
	if (!spec->beside && taken >= where.slots)
		return err_set(err, ERR_LIMIT, "host %s is full: %d of %d slots are taken",
			where.name, taken, where.slots);
	char *name = spec->name ? mem_strdup(spec->name) : make_name(pilot, spec);
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
	return order_run(pilot, view.host_index, "again", args, STR(""), view.name, tell_again,
		done, ctx, err);
}

/* Where the other one is, if there is room: its work is there already. */
const char *
spawn_choose_beside(const struct pilot *pilot, const char *host)
{
	struct host_view view;
	int index = host ? fleet_host_find(pilot->fleet, host) : -1;
	if (index < 0)
		return NULL;
	fleet_host_at(pilot->fleet, index, &view);
	bool free = view.state == HOST_READY &&
		    view.agents + spawnings_on(pilot, index) < view.slots;
	return free ? host : NULL;
}

/* After the orders and the deliveries: none of them comes back then. */
void
spawnings_drop(struct pilot *pilot)
{
	while (pilot->spawnings) {
		struct spawning *spawning = pilot->spawnings;
		pilot->spawnings = spawning->next;
		spawning->pilot = NULL;
		if (spawning->step != TELLS)
			spawning_free(spawning);
	}
}
