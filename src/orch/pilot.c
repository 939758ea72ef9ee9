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
#include "ledger.h"
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
	deliveries_drop(pilot);
	spawnings_drop(pilot);
	endings_drop(pilot);
	downings_drop(pilot);
	untrashes_drop(pilot);
	fetches_drop(pilot);
	errands_drop(pilot);
	works_drop(pilot);
	tips_drop(pilot);
	clashes_drop(pilot);
	compare_drop(pilot);
	flow_drop(pilot);
	mergings_drop(pilot);
	unmerging_drop(pilot);
	pushings_drop(pilot);
	checkings_drop(pilot);
	recalls_drop(pilot);
	checks_drop(pilot);
	fixings_drop(pilot);
	fixers_drop(pilot);
	fixes_drop(pilot);
	board_drop(pilot);
	tasks_drop(pilot);
	tags_drop(pilot);
	costs_drop(pilot);
	mem_free(pilot->mirror);
	mem_free(pilot->outbox);
	mem_free(pilot->talks);
	mem_free(pilot->bases);
	mem_free(pilot->store);
	mem_free(pilot->logs);
	witness_drop(pilot);
	watch_drop(pilot);
	remarks_drop(pilot);
	resumings_drop(pilot);
	/* The last: what was written down up to here is on disk when that returns. */
	ledger_close(pilot->ledger);
	mem_free(pilot);
}

static void
on_written(void *pilot)
{
	watch_look(pilot);
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
	pilot->ledger = ledger_new(fleet_loop(pilot->fleet), dir, on_written, pilot);
	pilot->mirror = path_join(dir, MIRROR_DIR);
	pilot->talks = path_join(dir, "talks");
	pilot->bases = path_join(dir, "bases");
	pilot->store = path_join(dir, STORE_FILE);
	pilot->logs = path_join(dir, "checks");
	tags_open(pilot, dir);
	costs_open(pilot, dir);
	mem_free(dir);
}

void
pilot_make_id(char ret[PILOT_ID_MAX])
{
	uint64_t number = 0;
	BUG_ON(getentropy(&number, sizeof(number)) < 0);
	snprintf(ret, PILOT_ID_MAX, "%016" PRIx64, number);
}

void
pilot_forget(struct pilot *pilot, uint32_t agent)
{
	act_agent_forget(pilot->fleet, agent);
}

/* Also how much a login says before the script does: "chatter LINES FIRST". */
static void
tell_facts(void *ctx, struct str out, const char *name, struct buf *text)
{
	(void)ctx;
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
	const char *repo = host_repo(&fleet_config(pilot->fleet)->hosts[host]);
	const char *const args[] = {repo, NULL};
	act_host_hold(pilot->fleet, host, beside);
	return order_run(
		pilot, host, "doctor", args, STR(""), "doctor", tell_facts, done, ctx, err);
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
