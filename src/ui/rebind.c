/* SPDX-License-Identifier: MIT */
/* A person's own keys: what the settings want of the key table, seen to make sense. */
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_spell.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_settings.h"
#include "keymap.h"

#define REFUSE(err, s, at, fmt, ...)                                                  \
	err_set(err, ERR_CONFIG, "%s:%u:%u: " fmt, (s)->file, (at).line, (at).column, \
		__VA_ARGS__)

static int
find_mode(const struct settings *s, const struct settings_key *key, enum view_mode *ret,
	struct err *err)
{
	struct spell spell;
	char safe[64], hint[96];
	spell_init(&spell, str_from(key->mode));
	for (int i = 0; i < VIEW_MODE_COUNT; i++) {
		const char *name = keymap_mode((enum view_mode)i);
		*ret = (enum view_mode)i;
		if (strcmp(name, key->mode) == 0)
			return 0;
		spell_try(&spell, name);
	}
	return REFUSE(err, s, key->mode_at, "unknown mode \"%s\"%s",
		text_safe_tmp(safe, sizeof(safe), str_from(key->mode)),
		spell.best ? spell_hint(&spell, hint) : "; \"cockpit keys\" has all of them");
}

static int
find_action(const struct settings *s, const struct settings_key *key, enum view_mode mode,
	struct keymap_row *ret, struct err *err)
{
	struct spell spell;
	char safe[64], hint[96];
	spell_init(&spell, str_from(key->action));
	for (int i = 0; keymap_at(NULL, mode, i, ret); i++) {
		if (strcmp(ret->name, key->action) == 0)
			return 0;
		spell_try(&spell, ret->name);
	}
	return REFUSE(err, s, key->action_at, "%s mode has no action \"%s\"%s",
		keymap_mode(mode), text_safe_tmp(safe, sizeof(safe), str_from(key->action)),
		spell.best ? spell_hint(&spell, hint) : "; \"cockpit keys\" has all of them");
}

/* An agent can be without it: no key that text is made of. */
static bool
is_chord(const char *name)
{
	struct key key;
	if (!key_parse(str_from(name), &key))
		return false;
	bool plain = key.special == KEY_NONE;
	/* Terminals send these as Enter, Tab, Backspace and Escape, or begin sequences with
	 * them. */
	if (plain && key.mods == KEY_CTRL && key.code < 128 && strchr("mih[", (int)key.code))
		return false;
	if (plain && key.mods == KEY_ALT && (key.code == '[' || key.code == 'O'))
		return false;
	return key.mods & (KEY_CTRL | KEY_ALT) || key.special >= KEY_F1;
}

/* Text is not made of it. */
static bool
is_no_text(const char *name)
{
	struct key key;
	return key_parse(str_from(name), &key) &&
	       (key.special != KEY_NONE || key.mods & (KEY_CTRL | KEY_ALT));
}

/* It does what is chosen, which at first is not to do it: what a hasty person presses. */
static bool
is_no_enter(const char *name)
{
	struct key key;
	return key_parse(str_from(name), &key) && key.special != KEY_ENTER && key.code != ' ';
}

/* Modes where not every key can be had for every action. */
static const struct {
	enum view_mode mode;
	const char *action; /* NULL: all of them */
	bool (*fits)(const char *name);
	const char *why;
} limits[] = {
  /* A typing person must not leave by what he writes. */
	{VIEW_TYPING,   NULL,  is_chord,
         "is for the agent in typing mode, expected a key with C- or M-, or F1 to F12" },
	{VIEW_FIELD,    NULL,  is_no_text,
         "is typed into the field, expected a key with C- or M-, or one like Tab or F5"},
	{VIEW_QUESTION, "yes", is_no_enter,
         "is pressed in haste, expected a key that means yes alone"                    },
};

static int
check_limits(const struct settings *s, const struct settings_key *key, enum view_mode mode,
	struct err *err)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct str rest = str_from(key->keys);
		if (limits[i].mode != mode ||
			(limits[i].action && strcmp(limits[i].action, key->action) != 0))
			continue;
		while (rest.len > 0) {
			char name[32];
			text_copy(name, sizeof(name), str_cut(&rest, ' '));
			if (!limits[i].fits(name))
				return REFUSE(
					err, s, key->keys_at, "\"%s\" %s", name, limits[i].why);
		}
	}
	return 0;
}

static int
bind_one(struct keymap *map, const struct settings *s, const struct settings_key *key,
	struct err *err)
{
	enum view_mode mode;
	struct keymap_row row;
	int rc = find_mode(s, key, &mode, err);
	if (rc == 0)
		rc = find_action(s, key, mode, &row, err);
	if (rc == 0)
		rc = check_limits(s, key, mode, err);
	if (rc == 0)
		map->keys[keymap_slot(row.id, mode)] = mem_strdup(key->keys);
	return rc;
}

/* Where the settings have this action; the mode's name otherwise has no place. */
static const struct settings_key *
said_of(const struct settings *s, const struct keymap_row *row)
{
	for (size_t i = 0; i < s->key_count; i++) {
		if (strcmp(s->keys[i].mode, keymap_mode(row->mode)) == 0 &&
			strcmp(s->keys[i].action, row->name) == 0)
			return &s->keys[i];
	}
	return NULL;
}

/* None of a's keys is one of b's. */
static int
check_pair(const struct settings *s, const struct keymap_row *a, const struct keymap_row *b,
	struct err *err)
{
	struct str rest = str_from(a->keys);
	while (rest.len > 0) {
		struct key key;
		char name[32];
		struct str one = str_cut(&rest, ' ');
		if (!key_parse(one, &key) || !keymap_has(b->keys, key))
			continue;
		key_name(key, name);
		/* By themselves no two are the same, so the person said one of them. */
		const struct settings_key *said = said_of(s, b) ? said_of(s, b) : said_of(s, a);
		return REFUSE(err, s, said->keys_at,
			"in %s mode \"%s\" would mean both \"%s\" and \"%s\"; give one of them "
			"another key, or null",
			keymap_mode(a->mode), name, a->name, b->name);
	}
	return 0;
}

/* What leads out of a mode: one of these has a key. */
static const char *const ways_out[VIEW_MODE_COUNT][3] = {
	[VIEW_COMMAND] = {"detach", "palette"},
	[VIEW_TYPING] = {"leave"       },
	[VIEW_INBOX] = {"leave", "close", "palette"},
	[VIEW_DIFF] = {"leave", "close", "palette"},
	[VIEW_CONFLICTS] = {"leave",        "close", "palette"},
	[VIEW_EVENTS] = {"leave", "close", "palette"},
	[VIEW_CHECKS] = {"leave",        "close", "palette"},
	[VIEW_TASKS] = {"leave","close", "palette"},
	[VIEW_COPY] = {"back",        "end", "palette"},
	[VIEW_FIELD] = {"close"},
	[VIEW_QUESTION] = {"close",        "no"},
	[VIEW_LIST] = {"close"},
	[VIEW_TEXT] = {"close"       },
	[VIEW_PAGER] = {"close"       },
};

bool
keymap_leaves(const struct keymap_row *row)
{
	for (int i = 0; i < 3; i++) {
		const char *name = ways_out[row->mode][i];
		if (name && strcmp(name, row->name) == 0)
			return true;
	}
	return false;
}

/* Nobody is to be caught in a mode. */
static int
check_ways_out(const struct keymap *map, const struct settings *s, enum view_mode mode,
	struct err *err)
{
	const struct settings_key *said = NULL;
	struct keymap_row row;
	bool leaves = false;
	for (int i = 0; keymap_at(map, mode, i, &row); i++) {
		if (mode == VIEW_FIELD && strcmp(row.name, "accept") == 0 && !row.keys[0])
			return REFUSE(err, s, said_of(s, &row)->keys_at,
				"\"%s\" needs a key: no line that is typed could be ended",
				row.name);
		if (!keymap_leaves(&row))
			continue;
		leaves = leaves || row.keys[0];
		said = said_of(s, &row) ? said_of(s, &row) : said;
	}
	if (leaves)
		return 0;
	return REFUSE(err, s, said->keys_at,
		"\"%s\" needs a key: there would be no way out of %s mode", said->action,
		keymap_mode(mode));
}

static int
check_mode(const struct keymap *map, const struct settings *s, enum view_mode mode,
	struct err *err)
{
	struct keymap_row a, b;
	int rc = check_ways_out(map, s, mode, err);
	for (int i = 0; rc == 0 && keymap_at(map, mode, i, &a); i++) {
		for (int j = 0; rc == 0 && j < i && keymap_at(map, mode, j, &b); j++)
			rc = check_pair(s, &b, &a, err);
	}
	return rc;
}

static int
set_prefix(struct keymap *map, const struct settings *s, struct err *err)
{
	struct keymap_row row;
	if (!s->prefix)
		return 0;
	if (!is_chord(s->prefix) || !key_parse(str_from(s->prefix), &map->prefix))
		return REFUSE(err, s, s->prefix_at,
			"\"%s\" is for the agent in typing mode, expected a key with C- or M-, "
			"or F1 to F12",
			s->prefix);
	for (int i = 0; keymap_at(map, VIEW_TYPING, i, &row); i++) {
		if (keymap_has(row.keys, map->prefix))
			return REFUSE(err, s, s->prefix_at,
				"in typing mode \"%s\" would mean both the prefix and \"%s\"",
				s->prefix, row.name);
	}
	map->prefixes = true;
	return 0;
}

int
keymap_new(const struct settings *settings, struct keymap **ret, struct err *err)
{
	struct keymap *map = MEM_NEW(struct keymap);
	int rc = 0;
	map->keys = mem_alloc_array((size_t)keymap_slots(), sizeof(*map->keys));
	for (size_t i = 0; rc == 0 && i < settings->key_count; i++)
		rc = bind_one(map, settings, &settings->keys[i], err);
	for (int m = 0; rc == 0 && settings->key_count > 0 && m < VIEW_MODE_COUNT; m++)
		rc = check_mode(map, settings, (enum view_mode)m, err);
	if (rc == 0)
		rc = set_prefix(map, settings, err);
	if (rc == 0)
		*ret = map;
	else
		keymap_free(map);
	return rc;
}

void
keymap_free(struct keymap *map)
{
	if (!map)
		return;
	for (int i = 0; i < keymap_slots(); i++)
		mem_free(map->keys[i]);
	mem_free(map->keys);
	mem_free(map);
}
