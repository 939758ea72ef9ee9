/* SPDX-License-Identifier: MIT */
/* What is to be done: the verbs, and the fleet's store that all of them work on. */
#include "task.h"

#include <time.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_spell.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_config.h"
#include "cockpit/fleet_locate.h"

#define STORE_FILE "store.db"

struct verb {
	const char *name, *args;
	int min, max;        /* words behind it; -1: any number */
	const char *options; /* that it takes, beside --fleet; with blanks around each */
	int (*run)(const struct task_run *run);
	bool makes; /* a store, if there is none */
};

#define FORM " text priority tag needs base check agent "

static const struct verb verbs[] = {
	{"ls",     "no task",              0, 0,  " state tag agent all json ", task_ls,     false},
	{"show",   "the number of a task", 1, 1,  " json ",                     task_show,   false},
	{"add",    "one TITLE, or --file", 0, 1,  FORM "file ",                 task_add,    true },
	{"edit",   "the number of a task", 1, 1,  FORM "title ",                task_edit,   false},
	{"assign", "ID AGENT",             2, 2,  "",                           task_assign, false},
	{"cancel", "numbers of tasks",     1, -1, "",                           task_cancel, false},
	{"retry",  "numbers of tasks",     1, -1, "",                           task_retry,  false},
	{"done",   "numbers of tasks",     1, -1, "",                           task_done,   false},
	{"before", "ID OTHER, or ID last", 2, 2,  "",                           task_before, false},
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

void
task_print_verbs(void)
{
	for (size_t i = 0; i < VERBS; i++)
		printf("%s\n", verbs[i].name);
}

int64_t
task_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int
task_find(const struct task_run *run, int64_t id, struct task *ret, struct err *err)
{
	if (!run->store)
		return err_set(err, ERR_NOT_FOUND, "task %lld: there is none", (long long)id);
	return store_task(run->store, id, ret, err);
}

void
task_print(FILE *to, const char *text)
{
	struct buf safe = BUF_INIT;
	text_safe(&safe, str_from(text), -1);
	fputs(buf_cstr(&safe), to);
	buf_release(&safe);
}

void
task_report(const char *words, const struct task *task)
{
	printf("%s %lld: ", words, (long long)task->id);
	task_print(stdout, task->title);
	printf("\n");
}

/* --- the verb and its options --- */

static const struct verb *
find_verb(const char *name)
{
	for (size_t i = 0; i < VERBS; i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	return NULL;
}

static int
unknown(const struct cmd_call *call, const char *name)
{
	struct spell spell;
	char safe[64], hint[96];
	struct buf known = BUF_INIT;
	spell_init(&spell, str_from(name));
	for (size_t i = 0; i < VERBS; i++) {
		spell_try(&spell, verbs[i].name);
		buf_printf(&known, "%s%s", i ? ", " : "", verbs[i].name);
	}
	int status = cmd_usage(call->cmd, "found \"%s\", expected one of %s%s",
		text_safe_tmp(safe, sizeof(safe), str_from(name)), buf_cstr(&known),
		spell_hint(&spell, hint));
	buf_release(&known);
	return status;
}

/* 0, or an exit status. */
static int
see_call(const struct verb *verb, const struct cmd_call *call, int count)
{
	if (count < verb->min || (verb->max >= 0 && count > verb->max))
		return cmd_usage(call->cmd, "task %s wants %s", verb->name, verb->args);
	for (int i = 0; i < CMD_OPTIONS_MAX && call->cmd->options[i].name; i++) {
		const char *name = call->cmd->options[i].name;
		char *padded = mem_printf(" %s ", name);
		bool takes = strcmp(name, "fleet") == 0 || strstr(verb->options, padded);
		mem_free(padded);
		if (call->values[i] && !takes)
			return cmd_usage(call->cmd, "task %s takes no --%s", verb->name, name);
	}
	return 0;
}

static int
open_store(struct task_run *run, bool make, struct err *err)
{
	char *path = path_join(run->dir, STORE_FILE);
	/* Looking at tasks makes nothing. */
	int rc = make || path_exists(path) ? store_open(path, &run->store, err) : 0;
	mem_free(path);
	return rc;
}

static int
run(const struct cmd_call *call)
{
	struct err err = ERR_INIT;
	struct fleet_config *config = NULL;
	char *dir = NULL;
	const char *name = call->arg_count ? call->args[0] : "ls";
	const struct verb *verb = find_verb(name);
	if (!verb)
		return unknown(call, name);
	struct task_run run = {.call = call,
		.words = call->args + (call->arg_count > 0),
		.count = call->arg_count - (call->arg_count > 0)};
	int status = see_call(verb, call, run.count);
	if (status != 0)
		return status;
	int rc = fleet_locate(cmd_value(call, "fleet"), &config, &err);
	if (rc == 0)
		rc = fleet_state_dir(config->name, &dir, &err);
	run.dir = dir;
	if (rc == 0)
		rc = open_store(&run, verb->makes, &err);
	status = rc < 0 ? cmd_fail(&err) : verb->run(&run);
	store_close(run.store);
	fleet_config_free(config);
	mem_free(dir);
	return status;
}

const struct cmd cmd_task = {
	.name = "task",
	.args = "[ls | show ID | add [TITLE] | edit ID | assign ID AGENT | cancel ID... | "
		"retry ID... | done ID... | before ID OTHER] [OPTION...]",
	.min = 0,
	.max = -1,
	.word = CMD_WORD_TASK,
	.summary = "what is to be done: add it, list it, change it, put it in order",
	.help = "ls: what is not over, in the order in which it is to be done.\n"
		"show: all of a task, and what happened to it.\n"
		"add: one, or with --file many: Markdown check lists (\"- [ ] TITLE #tag !2\", "
		"text\n"
		"indented below it; tasks nested in it come before it) or JSON lines; all of "
		"them or none.\n"
		"edit: what the options say; without any in VISUAL or EDITOR.\n"
		"assign: to AGENT or HOST/AGENT; \"-\": to whoever is free.\n"
		"cancel, retry, done: not to be done, queued again, merged by hand.\n"
		"before: to be done before another of its priority; \"last\": after all of "
		"them.",
	.options = {CMD_FLEET_OPTION, {"title", 0, "TITLE", CMD_WORD_NONE, "edit: one line"},
		    {"text", 0, "TEXT", CMD_WORD_NONE, "what is to be done; \"-\": standard input"},
		    {"priority", 0, "N", CMD_WORD_NONE, "the highest first (default: 0)"},
		    {"tag", 0, "A,B", CMD_WORD_NONE, "its tags; ls: those with this one"},
		    {"needs", 0, "3,4", CMD_WORD_NONE, "tasks that must be merged before it"},
		    {"base", 0, "BRANCH", CMD_WORD_NONE, "where it starts from and goes to"},
		    {"check", 0, "COMMAND", CMD_WORD_NONE,
			"what accepts it: instead of the fleet's check, to merge beside it"},
		    {"agent", 0, "AGENT", CMD_WORD_AGENT, "who is to do it; ls: those of this one"},
		    {"file", 0, "FILE", CMD_WORD_FILE, "add: many; \"-\": standard input"},
		    {"state", 0, "A,B", CMD_WORD_NONE, "ls: only those in these states"},
		    {"all", 'a', NULL, CMD_WORD_NONE, "ls: those that are over, too"},
		    CMD_JSON_OPTION},
	.run = run,
};
