/* SPDX-License-Identifier: MIT */
#define LOG_MODULE "ui"
#include "habits.h"

#include <string.h>

#include "cockpit/base_log.h"
#include "keymap.h"
#include "view.h"

static void
complain(struct habits *h, struct view *view, const struct err *err)
{
	if (strcmp(h->told.text, err->text) == 0)
		return;
	h->told = *err;
	log_warn("%s", err->text);
	view_toast(view, ROLE_ERROR, "%.200s", err->text);
}

/* Taken whole, or not at all. */
static bool
take(struct habits *h, struct view *view)
{
	struct settings settings;
	struct keymap *map = NULL;
	struct err err = ERR_INIT;
	/* Before it is read: what changes meanwhile is seen the next time. */
	h->stamp = settings_stamp();
	if (settings_read(&settings, &err) < 0 || keymap_new(&settings, &map, &err) < 0) {
		settings_release(&settings);
		complain(h, view, &err);
		return false;
	}
	h->told = ERR_INIT;
	settings_release(&h->settings);
	h->settings = settings;
	keymap_free(view->keymap);
	view->keymap = map;
	view->prefixed = view->prefixed && map->prefixes;
	view->whole = true;
	return true;
}

void
habits_load(struct habits *h, struct view *view)
{
	*h = (struct habits){0};
	settings_init(&h->settings);
	take(h, view);
}

bool
habits_look(struct habits *h, struct view *view)
{
	uint64_t stamp = settings_stamp();
	return (!stamp || stamp != h->stamp) && take(h, view);
}

void
habits_release(struct habits *h)
{
	settings_release(&h->settings);
}
