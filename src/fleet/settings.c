/* SPDX-License-Identifier: MIT */
#include "cockpit/fleet_settings.h"

#include "cockpit/base_err.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_spell.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_detect.h"
#include "cockpit/fleet_profile.h"
#include "config.h"
#include "trusted.h"

#define BIT(state) (1u << AGENT_##state)
#define TELLABLE   (BIT(ASKS) | BIT(TRUST) | BIT(LOGIN) | BIT(LIMITED) | BIT(FAILED) | BIT(DONE))

static const char *const desktops[] = {
#define X(name, id) [DESKTOP_##id] = (name),
	SETTINGS_DESKTOPS(X)
#undef X
};
#define DESKTOPS (int)(sizeof(desktops) / sizeof(desktops[0]))

void
settings_init(struct settings *s)
{
	*s = (struct settings){0};
	s->notify.bell = true;
	s->notify.on = TELLABLE & ~BIT(DONE);
}

void
settings_release(struct settings *s)
{
	mem_free(s->theme);
	mem_free_words(s->notify.command);
	*s = (struct settings){0};
}

/* DESKTOP_* of a name, -1 for none. */
static int
find_desktop(const char *name)
{
	for (int i = 0; i < DESKTOPS; i++) {
		if (strcmp(desktops[i], name) == 0)
			return i;
	}
	return -1;
}

static int
check_desktop(const struct json *node, struct err *err)
{
	return find_desktop(json_to_cstr(node)) >= 0
		       ? 0
		       : config_refuse(node, err,
				 "\"auto\", \"off\", \"osc9\", \"osc777\" or \"osc99\"");
}

static int
add_state(const struct json *node, unsigned *states, struct err *err)
{
	struct spell spell;
	char what[128], hint[96];
	if (json_kind(node) != JSON_KIND_STRING)
		return config_refuse(node, err, "the name of a state");
	spell_init(&spell, str_from(json_to_cstr(node)));
	for (int i = 0; i < AGENT_STATE_COUNT; i++) {
		const char *name = agent_state_json((enum agent_state)i);
		if (!(TELLABLE >> i & 1))
			continue;
		if (strcmp(name, json_to_cstr(node)) == 0) {
			*states |= 1u << i;
			return 0;
		}
		spell_try(&spell, name);
	}
	return json_refuse(node, JSON_AT_VALUE, err, "unknown state %s%s",
		json_found(node, what),
		spell.best ? spell_hint(&spell, hint)
			   : ", expected asks, trust, login, limited, failed or done");
}

struct notify_keys {
	bool bell;
	char *desktop;
	const struct json *on, *command;
};

static const struct json_row notify_rows[] = {
	{"bell",    JSON_KIND_BOOL,   0, offsetof(struct notify_keys, bell),    0, 0, NULL,
         "true or false"											      },
	{"desktop", JSON_KIND_STRING, 0, offsetof(struct notify_keys, desktop), 1, 0,
         check_desktop,								     "how the terminal is told"},
	{"on",      JSON_KIND_ARRAY,  0, offsetof(struct notify_keys, on),      0, 0, NULL,
         "states to be told of"										       },
	{"command", JSON_KIND_ARRAY,  0, offsetof(struct notify_keys, command), 0, 0, NULL,
         "a program and its arguments"										},
};

static int
read_notify(struct settings *s, const struct json *node, struct err *err)
{
	struct notify_keys keys = {.bell = s->notify.bell};
	int rc = json_read(
		node, notify_rows, sizeof(notify_rows) / sizeof(notify_rows[0]), &keys, err);
	if (rc == 0) {
		s->notify.bell = keys.bell;
		if (keys.desktop)
			s->notify.desktop = (enum settings_desktop)find_desktop(keys.desktop);
		if (keys.on)
			s->notify.on = 0;
	}
	const struct json *it = keys.on ? json_first(keys.on) : NULL;
	for (; it && rc == 0; it = json_next(it))
		rc = add_state(it, &s->notify.on, err);
	if (rc == 0 && keys.command)
		rc = config_read_argv(keys.command, "command", &s->notify.command, err);
	mem_free(keys.desktop);
	return rc;
}

static int
check_theme(const struct json *node, struct err *err)
{
	return str_is_name(str_from(json_to_cstr(node)))
		       ? 0
		       : config_refuse(node, err, "the name of a theme");
}

struct top_keys {
	char *theme;
	const struct json *notify;
};

static const struct json_row top_rows[] = {
	{"notify", JSON_KIND_OBJECT, 0, offsetof(struct top_keys, notify), 0, 0, NULL,
         "what is told to whom"},
	{"theme",  JSON_KIND_STRING, 0, offsetof(struct top_keys, theme),  0, 0, check_theme,
         "the name of a theme" },
};

int
settings_parse(const char *file, struct str text, struct settings *ret, struct err *err)
{
	struct top_keys top = {0};
	struct settings s;
	struct json_doc *doc;
	int rc = json_doc_parse(file, text, &doc, err);
	if (rc < 0)
		return rc;
	settings_init(&s);
	rc = json_read(json_doc_root(doc), top_rows, sizeof(top_rows) / sizeof(top_rows[0]),
		&top, err);
	if (rc == 0 && top.notify)
		rc = read_notify(&s, top.notify, err);
	s.theme = top.theme;
	if (rc == 0)
		*ret = s;
	else
		settings_release(&s);
	json_doc_free(doc);
	return rc;
}

static int
read_file(const char *file, struct settings *ret, struct err *err)
{
	struct buf text = BUF_INIT_MAX(CONFIG_FILE_MAX), shown = BUF_INIT;
	char *real;
	int rc = path_real(file, &real, err);
	if (rc < 0)
		return rc;
	text_safe(&shown, str_from(real), 400);
	rc = trusted_read(real, CONFIG_FILE_MAX, &text, err);
	if (rc == 0)
		rc = settings_parse(buf_cstr(&shown), buf_str(&text), ret, err);
	buf_release(&text);
	buf_release(&shown);
	mem_free(real);
	return rc;
}

int
settings_read(struct settings *ret, struct err *err)
{
	char *dir = path_config_dir(), *file = path_join(dir, "config.json");
	settings_init(ret);
	int rc = path_exists(file) ? read_file(file, ret, err) : 0;
	mem_free(file);
	mem_free(dir);
	return rc;
}
