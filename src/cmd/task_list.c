/* SPDX-License-Identifier: MIT */
/* Tasks are looked at. */
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/repo_current.h"
#include "task.h"

/* What agents say in the repo itself. */
struct current {
	struct current_task *list;
	size_t count;
	bool more;
};

#define EVENTS_MAX 50
#define PAGE       1000 /* events of all tasks that are read at once */

/* --- ls --- */

/* "needs-you" is "needs you", for shells. */
static int
read_states(const char *text, unsigned *ret, struct err *err)
{
	char safe[64];
	char *copy = mem_strdup(text);
	int rc = 0;
	for (char *p = copy; *p; p++)
		*p = *p == '-' ? ' ' : *p;
	struct str rest = str_from(copy);
	while (rc == 0 && rest.len > 0) {
		struct str name = str_trim(str_cut(&rest, ','));
		enum task_state state;
		struct buf known = BUF_INIT;
		for (int i = 0; i < TASK_STATE_COUNT; i++)
			buf_printf(&known, "%s%s", i ? ", " : "",
				task_state_name((enum task_state)i));
		if (task_state_find(name, &state))
			*ret |= 1u << state;
		else
			rc = err_set(err, ERR_INVALID,
				"--state: found \"%s\", expected some of %s",
				text_safe_tmp(safe, sizeof(safe), name), buf_cstr(&known));
		buf_release(&known);
	}
	mem_free(copy);
	return rc;
}

static int
read_filter(const struct cmd_call *call, struct task_filter *ret, struct err *err)
{
	const char *states = cmd_value(call, "state");
	*ret = (struct task_filter){.tag = cmd_value(call, "tag")};
	for (int i = 0; i < TASK_STATE_COUNT && !cmd_value(call, "all"); i++) {
		if (!task_is_over((enum task_state)i))
			ret->states |= 1u << i;
	}
	if (!states)
		return 0;
	ret->states = 0;
	return read_states(states, &ret->states, err);
}

/* AGENT or HOST/AGENT. */
static bool
is_of(const char *who, const char *agent)
{
	const char *slash = strchr(who, '/');
	return strcmp(who, agent) == 0 || (slash && strcmp(slash + 1, agent) == 0);
}

static bool
is_wanted(const struct task *task, const char *agent)
{
	return !agent || is_of(task->owner, agent) || is_of(task->wanted, agent);
}

static void
print_counts(const size_t counts[TASK_STATE_COUNT])
{
	const char *before = "\n";
	for (int i = 0; i < TASK_STATE_COUNT; i++) {
		if (counts[i] == 0)
			continue;
		printf("%s%zu %s", before, counts[i], task_state_name((enum task_state)i));
		before = ", ";
	}
	printf("\n");
}

/* --- what the repo says --- */

/* Nothing is made where nothing was fetched; what cannot be read is not there. */
static void
read_current(const struct task_run *run, struct current *ret)
{
	char *path = path_join(run->dir, MIRROR_DIR);
	struct mirror *mirror = NULL;
	struct err err = ERR_INIT;
	if (path_exists(path) && mirror_open(path, &mirror, &err) == 0)
		mirror_current(mirror, &ret->list, &ret->count, &ret->more, &err);
	if (err.code)
		cmd_fail(&err);
	mirror_close(mirror);
	mem_free(path);
}

static bool
is_wanted_current(const struct task_run *run, const struct current_task *task)
{
	const char *agent = cmd_value(run->call, "agent");
	if (cmd_value(run->call, "state") || cmd_value(run->call, "tag"))
		return false;
	for (size_t i = 0; agent && task->who[i]; i++) {
		if (is_of(task->who[i], agent))
			return true;
	}
	return !agent;
}

static void
print_current(const struct task_run *run, const struct current *current)
{
	size_t shown = 0;
	for (size_t i = 0; i < current->count; i++) {
		const struct current_task *task = &current->list[i];
		if (!is_wanted_current(run, task))
			continue;
		printf("%sin " CURRENT_DIR "/  ", shown++ ? "" : "\n");
		task_print(stdout, task->title);
		for (size_t k = 0; task->who[k]; k++) {
			printf("%s", k ? ", " : "  by ");
			task_print(stdout, task->who[k]);
		}
		printf("%s\n", !task->in_base ? ""
			       : task->who[0] ? ", in the base"
					      : "  in the base");
	}
	if (current->more && shown > 0)
		printf("and more\n");
}

/* As a task of the board, as far as they have the same. */
static void
write_current(struct json_writer *w, const struct current_task *task)
{
	json_write_object(w, NULL);
	json_write_cstr(w, "file", task->name);
	json_write_cstr(w, "title", task->title);
	json_write_bool(w, "in_base", task->in_base);
	json_write_array(w, "owners");
	for (size_t i = 0; task->who[i]; i++)
		json_write_cstr(w, NULL, task->who[i]);
	json_write_close(w);
	json_write_close(w);
}

static void
print_list(const struct task_run *run, const struct task *tasks, size_t count,
	const size_t counts[TASK_STATE_COUNT])
{
	const char *agent = cmd_value(run->call, "agent");
	size_t total = 0, shown = 0;
	int width = 1;
	for (int i = 0; i < TASK_STATE_COUNT; i++)
		total += counts[i];
	for (size_t i = 0; i < count; i++) {
		int digits = snprintf(NULL, 0, "%lld", (long long)tasks[i].id);
		width = digits > width ? digits : width;
	}
	for (size_t i = 0; i < count; i++) {
		if (!is_wanted(&tasks[i], agent))
			continue;
		task_print_line(run, &tasks[i], width);
		shown++;
	}
	if (total == 0) {
		printf("no tasks yet: cockpit task add TITLE\n");
		return;
	}
	if (shown == 0)
		printf("none of them\n");
	print_counts(counts);
}

static void
print_json(const struct task_run *run, const struct task *tasks, size_t count,
	const struct current *current)
{
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, true);
	json_write_array(&w, NULL);
	for (size_t i = 0; i < count; i++) {
		if (!is_wanted(&tasks[i], cmd_value(run->call, "agent")))
			continue;
		task_write(&w, &tasks[i]);
		json_write_close(&w);
	}
	for (size_t i = 0; i < current->count; i++) {
		if (is_wanted_current(run, &current->list[i]))
			write_current(&w, &current->list[i]);
	}
	json_write_close(&w);
	cmd_print_json(&w, &out);
}

int
task_ls(const struct task_run *run)
{
	struct err err = ERR_INIT;
	struct task_filter filter;
	struct task *tasks = NULL;
	struct current current = {0};
	size_t count = 0, counts[TASK_STATE_COUNT] = {0};
	int rc = read_filter(run->call, &filter, &err);
	if (rc == 0)
		read_current(run, &current);
	if (rc == 0 && run->store)
		rc = store_tasks(run->store, &filter, &tasks, &count, &err);
	if (rc == 0 && run->store)
		rc = store_counts(run->store, counts, &err);
	if (rc == 0 && cmd_value(run->call, "json"))
		print_json(run, tasks, count, &current);
	else if (rc == 0)
		print_list(run, tasks, count, counts);
	if (rc == 0 && !cmd_value(run->call, "json"))
		print_current(run, &current);
	mirror_current_free(current.list, current.count);
	store_tasks_free(tasks, count);
	return rc < 0 ? cmd_fail(&err) : 0;
}

/* --- show --- */

struct history {
	struct store_event events[EVENTS_MAX]; /* the newest first */
	size_t count;
	bool whole; /* the task's first one is among them */
};

/* Takes the task's out of a page. */
static void
pick(struct history *h, int64_t id, struct store_event *page, size_t count)
{
	for (size_t i = count; i > 0 && h->count < EVENTS_MAX; i--) {
		struct store_event *event = &page[i - 1];
		if (event->task != id)
			continue;
		h->whole = strcmp(event->kind, "task.added") == 0;
		h->events[h->count++] = *event;
		*event = (struct store_event){0};
	}
}

/* Back from the last one, until there are enough or it was added. */
static int
read_history(const struct task_run *run, int64_t id, struct history *h, struct err *err)
{
	int64_t end = 0;
	int rc = store_last(run->store, &end, err);
	while (rc == 0 && end > 0 && h->count < EVENTS_MAX && !h->whole) {
		int64_t after = end > PAGE ? end - PAGE : 0;
		struct store_event *page = NULL;
		size_t count = 0;
		rc = store_events(run->store, after, (size_t)(end - after), &page, &count, err);
		if (rc == 0)
			pick(h, id, page, count);
		store_events_free(page, count);
		end = after;
	}
	return rc;
}

static void
show_json(const struct task *task, const struct history *h)
{
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&out, true);
	task_write(&w, task);
	json_write_array(&w, "events");
	for (size_t i = h->count; i > 0; i--)
		task_write_event(&w, &h->events[i - 1]);
	json_write_close(&w);
	json_write_close(&w);
	cmd_print_json(&w, &out);
}

int
task_show(const struct task_run *run)
{
	struct err err = ERR_INIT;
	struct task task = {0};
	struct history history = {0};
	int64_t id;
	int rc = task_id(str_from(run->words[0]), &id, &err);
	if (rc == 0)
		rc = task_find(run, id, &task, &err);
	if (rc == 0)
		rc = read_history(run, id, &history, &err);
	if (rc == 0 && cmd_value(run->call, "json")) {
		show_json(&task, &history);
	} else if (rc == 0) {
		task_print_all(run, &task);
		printf("\n");
		for (size_t i = history.count; i > 0; i--)
			task_print_event(&history.events[i - 1]);
	}
	for (size_t i = 0; i < history.count; i++)
		store_event_release(&history.events[i]);
	task_release(&task);
	return rc < 0 ? cmd_fail(&err) : 0;
}
