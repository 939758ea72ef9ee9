/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <stdlib.h>

#include "cockpit/base_data.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/fleet_settings.h"
#include "cockpit/ui_theme.h"
#include "theme.h"

#define OWN_MAX 256 /* of files that are looked at */
#define SUFFIX  ".json"

struct list {
	struct ui_theme *themes;
	size_t count;
};

static struct ui_theme *
find(struct list *list, struct str name)
{
	for (size_t i = 0; i < list->count; i++) {
		if (str_eqc(name, list->themes[i].name))
			return &list->themes[i];
	}
	return NULL;
}

static struct ui_theme *
add(struct list *list, struct str name)
{
	list->themes = mem_room(list->themes, list->count, sizeof(*list->themes));
	struct ui_theme *theme = &list->themes[list->count++];
	*theme = (struct ui_theme){.name = mem_strndup(name.ptr, name.len)};
	return theme;
}

static void
add_built_in(struct list *list)
{
	for (const struct data_file *file = data_files; file->name; file++) {
		struct str name = str_from(file->name);
		if (!str_starts(name, STR("themes/")) || !str_ends(name, STR(SUFFIX)))
			continue;
		add(list, str_slice(name, strlen("themes/"), name.len - strlen(SUFFIX)))
			->built_in = true;
	}
}

static void
add_own(struct list *list)
{
	char *config = path_config_dir(), *dir = path_join(config, "themes");
	DIR *folder = opendir(dir);
	int seen = 0;
	for (const struct dirent *it; folder && (it = readdir(folder)) && seen < OWN_MAX;
		seen++) {
		struct str name = str_from(it->d_name);
		if (!str_ends(name, STR(SUFFIX)))
			continue;
		name.len -= strlen(SUFFIX);
		if (!str_is_name(name))
			continue;
		struct ui_theme *theme = find(list, name);
		if (!theme)
			theme = add(list, name);
		theme->file = theme_file(theme->name);
	}
	if (folder)
		closedir(folder);
	mem_free(dir);
	mem_free(config);
}

static void
look(struct ui_theme *into)
{
	struct theme *theme = NULL;
	struct err err = ERR_INIT;
	into->background = "any";
	if (theme_load(into->name, &theme, &err) < 0) {
		into->error = mem_strdup(err.text);
		into->summary = mem_strdup("");
		return;
	}
	into->summary = mem_strdup(theme_summary(theme));
	into->background = theme_ground_name(theme_ground(theme));
	theme_free(theme);
}

static int
compare(const void *a, const void *b)
{
	const struct ui_theme *one = a, *two = b;
	if (one->built_in != two->built_in)
		return one->built_in ? -1 : 1;
	return strcmp(one->name, two->name);
}

char *
theme_chosen(struct err *err)
{
	struct settings settings;
	settings_read(&settings, err);
	char *ret = mem_strdup(settings.theme ? settings.theme : THEME_DEFAULT);
	settings_release(&settings);
	return ret;
}

void
ui_theme_list(struct ui_theme **ret, size_t *ret_count)
{
	struct list list = {0};
	char *chosen = theme_chosen(NULL);
	add_built_in(&list);
	add_own(&list);
	for (size_t i = 0; i < list.count; i++) {
		look(&list.themes[i]);
		list.themes[i].chosen = strcmp(list.themes[i].name, chosen) == 0;
	}
	qsort(list.themes, list.count, sizeof(*list.themes), compare);
	mem_free(chosen);
	*ret = list.themes;
	*ret_count = list.count;
}

void
ui_theme_list_free(struct ui_theme *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		mem_free(list[i].name);
		mem_free(list[i].summary);
		mem_free(list[i].file);
		mem_free(list[i].error);
	}
	mem_free(list);
}
