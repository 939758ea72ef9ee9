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
#include "cockpit/term_keys.h"
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
	for (size_t i = 0; i < s->key_count; i++) {
		mem_free(s->keys[i].mode);
		mem_free(s->keys[i].action);
		mem_free(s->keys[i].keys);
	}
	mem_free(s->keys);
	mem_free(s->prefix);
	mem_free(s->file);
	mem_free_words(s->copy_command);
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

/* --- keys --- */

/* Appends it as it is always written. */
static int
add_key(const struct json *node, struct buf *into, struct err *err)
{
	struct key key;
	char name[32], what[128];
	if (json_kind(node) != JSON_KIND_STRING)
		return config_refuse(node, err, "the name of a key");
	if (!key_parse(str_from(json_to_cstr(node)), &key))
		return json_refuse(node, JSON_AT_VALUE, err,
			"%s is no key, expected one like \"x\", \"C-x\", \"M-x\", \"F5\" or "
			"\"Enter\"",
			json_found(node, what));
	key_name(key, name);
	buf_printf(into, "%s%s", into->len ? " " : "", name);
	return 0;
}

static int
read_action(
	struct settings *s, const struct json *mode, const struct json *node, struct err *err)
{
	struct buf keys = BUF_INIT;
	enum json_kind kind = json_kind(node);
	int rc = 0;
	if (kind == JSON_KIND_ARRAY) {
		for (const struct json *it = json_first(node); it && rc == 0;
			it = json_next(it))
			rc = add_key(it, &keys, err);
	} else if (kind == JSON_KIND_STRING) {
		rc = add_key(node, &keys, err);
	} else if (kind != JSON_KIND_NULL) {
		rc = config_refuse(node, err, "a key, an array of keys, or null for none");
	}
	if (rc == 0) {
		s->keys = mem_grow(s->keys, s->key_count + 1, sizeof(*s->keys));
		s->keys[s->key_count++] =
			(struct settings_key){.mode = mem_strdup(json_key(mode)),
				.action = mem_strdup(json_key(node)),
				.keys = mem_strdup(buf_cstr(&keys)),
				.mode_at = json_place(mode, JSON_AT_KEY),
				.action_at = json_place(node, JSON_AT_KEY),
				.keys_at = json_place(node, JSON_AT_VALUE)};
	}
	buf_release(&keys);
	return rc;
}

static int
read_keys(struct settings *s, const struct json *node, struct err *err)
{
	int rc = 0;
	for (const struct json *mode = json_first(node); mode && rc == 0;
		mode = json_next(mode)) {
		if (json_kind(mode) != JSON_KIND_OBJECT)
			return config_refuse(mode, err, "an object of actions and their keys");
		for (const struct json *it = json_first(mode); it && rc == 0;
			it = json_next(it))
			rc = read_action(s, mode, it, err);
	}
	return rc;
}

static int
read_prefix(struct settings *s, const struct json *node, struct err *err)
{
	struct buf key = BUF_INIT;
	int rc = json_kind(node) == JSON_KIND_NULL ? 0 : add_key(node, &key, err);
	if (rc == 0 && key.len > 0) {
		s->prefix = buf_steal(&key);
		s->prefix_at = json_place(node, JSON_AT_VALUE);
	}
	buf_release(&key);
	return rc;
}

struct top_keys {
	char *theme;
	const struct json *notify, *keys, *prefix, *copy_command;
};

static const struct json_row top_rows[] = {
	{"notify",       JSON_KIND_OBJECT, 0,            offsetof(struct top_keys, notify),       0, 0, NULL,
         "what is told to whom"														   },
	{"theme",        JSON_KIND_STRING, 0,            offsetof(struct top_keys, theme),        0, 0, check_theme,
         "the name of a theme"														    },
	{"keys",         JSON_KIND_OBJECT, 0,            offsetof(struct top_keys, keys),         0, 0, NULL,
         "modes, their actions and the keys of those"											     },
	{"prefix",       JSON_KIND_STRING, JSON_ROW_ANY, offsetof(struct top_keys, prefix),       0, 0,
         NULL,												       "a key"                      },
	{"copy_command", JSON_KIND_ARRAY,  0,            offsetof(struct top_keys, copy_command), 0, 0,
         NULL,												       "a program and its arguments"},
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
	if (rc == 0 && top.copy_command)
		rc = config_read_argv(top.copy_command, "copy_command", &s.copy_command, err);
	s.theme = top.theme;
	if (rc == 0 && top.keys)
		rc = read_keys(&s, top.keys, err);
	if (rc == 0 && top.prefix)
		rc = read_prefix(&s, top.prefix, err);
	s.file = mem_strdup(file);
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

/* The caller's. */
static char *
own_file(void)
{
	char *dir = path_config_dir(), *file = path_join(dir, "config.json");
	mem_free(dir);
	return file;
}

int
settings_read(struct settings *ret, struct err *err)
{
	char *file = own_file();
	settings_init(ret);
	int rc = path_exists(file) ? read_file(file, ret, err) : 0;
	mem_free(file);
	return rc;
}

uint64_t
settings_stamp(void)
{
	char *file = own_file();
	uint64_t ret = path_stamp(file);
	mem_free(file);
	return ret;
}
