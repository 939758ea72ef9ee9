/* SPDX-License-Identifier: MIT */
#define LOG_MODULE "ui"
#include "choice.h"

#include "caps.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/fleet_settings.h"
#include "view.h"

static uint64_t
stamp_theme(const char *name)
{
	char *file = theme_file(name);
	uint64_t ret = path_stamp(file);
	mem_free(file);
	return ret;
}

/* The caller's. NULL, with err set: config.json is wrong. */
static char *
find_name(const struct choice *c, struct err *err)
{
	char *ret = c->option ? mem_strdup(c->option) : theme_chosen(err);
	if (!err->code)
		return ret;
	mem_free(ret);
	return NULL;
}

static void
complain(struct choice *c, struct view *view, const struct err *err)
{
	if (strcmp(c->told.text, err->text) == 0)
		return;
	c->told = *err;
	log_warn("%s", err->text);
	view_toast(view, ROLE_ERROR, "%.200s", err->text);
}

/* Takes both over. */
static void
show(struct choice *c, struct view *view, char *name, struct theme *theme)
{
	if (c->caps)
		theme_fit(theme, c->caps);
	theme_free(view->theme);
	view->theme = theme;
	mem_free(c->name);
	c->name = name;
	view->whole = true;
}

int
choice_load(struct choice *c, struct view *view, const char *option, struct err *err)
{
	struct err why = ERR_INIT;
	struct theme *theme = NULL;
	*c = (struct choice){.option = option, .config = settings_stamp()};
	char *name = find_name(c, &why);
	if (!name)
		name = mem_strdup(THEME_DEFAULT);
	c->file = stamp_theme(name);
	int rc = theme_load(name, &theme, option ? err : &why);
	if (rc < 0 && option) {
		mem_free(name);
		return rc;
	}
	if (rc < 0)
		theme = theme_load_default();
	if (why.code)
		complain(c, view, &why);
	show(c, view, name, theme);
	return 0;
}

void
choice_fit(struct choice *c, struct view *view, const struct caps *caps)
{
	c->caps = caps;
	view->charset = caps->charset;
	theme_fit(view->theme, caps);
}

void
choice_look(struct choice *c, struct view *view)
{
	struct err err = ERR_INIT;
	struct theme *theme = NULL;
	/* Before they are read: what changes meanwhile is seen the next time. */
	uint64_t config = settings_stamp(), file = stamp_theme(c->name);
	if (config && file && config == c->config && file == c->file)
		return;
	c->config = config;
	c->file = file;
	char *name = find_name(c, &err);
	if (!name || theme_load(name, &theme, &err) < 0) {
		complain(c, view, &err);
		mem_free(name);
		return;
	}
	c->told = ERR_INIT;
	if (c->caps)
		theme_fit(theme, c->caps);
	if (strcmp(name, c->name) != 0)
		c->file = 0; /* of another one: to be looked at again */
	if (theme_same(theme, view->theme)) {
		theme_free(theme);
		mem_free(c->name);
		c->name = name;
	} else {
		show(c, view, name, theme);
	}
}

void
choice_release(struct choice *c)
{
	mem_free(c->name);
	c->name = NULL;
}
