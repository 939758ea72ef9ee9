/* SPDX-License-Identifier: MIT */
#include "first.h"

#include <stdlib.h>

#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "keymap.h"
#include "view.h"

#define FILE_NAME  "first.json"
#define STARTS_MAX 5 /* whoever has not used them by then does not want to */

static const struct {
	const char *name; /* of the action */
	const char *words;
	bool tells_leave; /* and how one comes back from typing */
} steps[] = {
	{"new",		 "starts an agent",          false},
	{"type",                "types into the agent",     true },
	{"next-that-needs-you", "goes to who needs you",    false},
	{"palette",             "finds every command",      false},
	{"help",                "shows all keys of a mode", false},
};
#define STEPS     (sizeof(steps) / sizeof(steps[0]))
#define STEPS_ALL ((1u << STEPS) - 1)

struct kept {
	int starts;
	char *used; /* names, separated by blanks */
};

static const struct json_row rows[] = {
	{"starts", JSON_KIND_INTEGER, 0, offsetof(struct kept, starts), 0, STARTS_MAX, NULL,
         "how many"										   },
	{"used",   JSON_KIND_STRING,  0, offsetof(struct kept, used),   0, 1000,       NULL, "actions"},
};

static char *
file_path(void)
{
	char *dir = path_state_dir(), *ret = path_join(dir, FILE_NAME);
	mem_free(dir);
	return ret;
}

/* Nothing hangs on it: what cannot be written is shown once more. */
static void
save(const struct first *first)
{
	struct buf text = BUF_INIT, used = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&text, false);
	char *file = file_path(), *dir = path_dir(file);
	for (size_t i = 0; i < STEPS; i++) {
		if (first->used >> i & 1)
			buf_printf(&used, "%s%s", used.len ? " " : "", steps[i].name);
	}
	json_write_object(&w, NULL);
	json_write_int(&w, "starts", first->starts);
	json_write_str(&w, "used", buf_str(&used));
	json_write_close(&w);
	if (json_writer_end(&w) == 0 && path_mkdir(dir, NULL) == 0)
		path_write(file, buf_str(&text), 0600, NULL);
	buf_release(&text);
	buf_release(&used);
	mem_free(file);
	mem_free(dir);
}

static void
mark(struct first *first, struct str name)
{
	for (size_t i = 0; i < STEPS; i++) {
		if (str_eqc(name, steps[i].name))
			first->used |= 1u << i;
	}
}

/* False: what is there cannot be read, so the person is not new. */
static bool
load(struct first *first)
{
	struct buf text = BUF_INIT;
	struct json_doc *doc = NULL;
	struct kept kept = {0};
	char *file = file_path();
	bool ok = true;
	if (path_exists(file))
		ok = path_read(file, 4096, &text, NULL) == 0 &&
		     json_doc_parse(file, buf_str(&text), &doc, NULL) == 0 &&
		     json_read(json_doc_root(doc), rows, sizeof(rows) / sizeof(rows[0]), &kept,
			     NULL) == 0;
	struct str used = str_from(kept.used);
	while (used.len > 0)
		mark(first, str_cut(&used, ' '));
	first->starts = kept.starts;
	mem_free(kept.used);
	json_doc_free(doc);
	buf_release(&text);
	mem_free(file);
	return ok;
}

void
first_load(struct view *view)
{
	struct first *first = &view->first;
	first->on = load(first) && first->starts < STARTS_MAX && first->used != STEPS_ALL;
	if (!first->on)
		return;
	first->starts++;
	save(first);
}

void
first_used(struct view *view, const char *name)
{
	struct first *first = &view->first;
	unsigned before = first->used;
	if (!first->on)
		return;
	mark(first, str_from(name));
	first->on = first->used != STEPS_ALL;
	if (first->used != before)
		save(first);
}

/* Of an agent when there is one, and none when there is none. */
static bool
makes_sense(const struct view *view, size_t step)
{
	return step == 0 ? view->everyone_count == 0 : step > 2 || view->everyone_count > 0;
}

void
first_words(const struct view *view, struct buf *into)
{
	char key[32], leave[32];
	if (!view->first.on || view->mode != VIEW_COMMAND)
		return;
	for (size_t i = 0; i < STEPS; i++) {
		if (view->first.used >> i & 1 || !makes_sense(view, i))
			continue;
		if (!keymap_first(view, VIEW_COMMAND, steps[i].name, key)[0])
			continue;
		buf_printf(into, "first steps: %s %s", key, steps[i].words);
		if (steps[i].tells_leave)
			buf_printf(into, ", %s comes back",
				keymap_first(view, VIEW_TYPING, "leave", leave));
		return;
	}
}
