/* SPDX-License-Identifier: MIT */
/*
 * A theme file says only what differs: under it lies the compiled-in theme of
 * the same name, or "dark", or "light" if that is what it is made for. A file that is wrong
 * anywhere changes nothing.
 */
#include "theme.h"

#include <stdio.h>
#include <stdlib.h>

#include "caps.h"
#include "cockpit/base_data.h"
#include "cockpit/base_err.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_spell.h"
#include "cockpit/base_text.h"
#include "sgr.h"

#define FILE_MAX     65536
#define BASIC_THEME  "ansi16"
#define SUMMARY_COLS 60
#define CONTRAST_MIN 40 /* tenths; what is less is not read */

struct theme {
	struct style styles[ROLE_COUNT];
	enum theme_ground ground;
	char summary[SUMMARY_COLS * 4 + 1];
};

/* One role as it stands in the file. */
struct role_file {
	char *fg, *bg;
	bool bold, dim, italic, underline, reverse;
};

static const char *const role_names[ROLE_COUNT] = {
#define X(key, name, help) [ROLE_##name] = (key),
	THEME_ROLES(X)
#undef X
};

/* False if the word is no colour. */
static bool
parse_colour(struct str word, uint32_t *ret)
{
	static const char hex[] = "0123456789abcdef";
	uint32_t rgb = 0;
	int index;

	if (str_eqc(word, "default")) {
		*ret = CELL_DEFAULT;
		return true;
	}
	if (str_starts(word, STR("palette:"))) {
		if (!str_to_int(str_slice(word, strlen("palette:"), word.len), 0, 255, &index))
			return false;
		*ret = CELL_PALETTE(index);
		return true;
	}
	if (word.len != 7 || word.ptr[0] != '#')
		return false;
	for (size_t i = 1; i < word.len; i++) {
		char c = word.ptr[i];
		const char *digit = strchr(hex, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);

		if (c == '\0' || !digit)
			return false;
		rgb = rgb << 4 | (uint32_t)(digit - hex);
	}
	*ret = CELL_RGB(rgb >> 16, rgb >> 8 & 0xff, rgb & 0xff);
	return true;
}

static int
check_colour(const struct json *node, struct err *err)
{
	char found[128];
	uint32_t colour;

	if (parse_colour(str_from(json_to_cstr(node)), &colour))
		return 0;
	return json_refuse(node, JSON_AT_VALUE, err,
		"found %s, expected a colour: \"#rrggbb\", \"palette:0\" to \"palette:255\" or "
		"\"default\"",
		json_found(node, found));
}

static int
read_role(const struct json *node, struct style *ret, struct err *err)
{
#define COLOUR(field)                                                                 \
	{                                                                             \
#		field, JSON_KIND_STRING, 0, offsetof(struct role_file, field), 0, 0, \
			check_colour, "a colour"                                      \
	}
#define FLAG(field)                                                                       \
	{                                                                                 \
#		field, JSON_KIND_BOOL, 0, offsetof(struct role_file, field), 0, 0, NULL, \
			"true or false"                                                   \
	}
	static const struct json_row rows[] = {
		COLOUR(fg),
		COLOUR(bg),
		FLAG(bold),
		FLAG(dim),
		FLAG(italic),
		FLAG(underline),
		FLAG(reverse),
	};
#undef COLOUR
#undef FLAG
	struct role_file file = {0};
	struct style style = {0};
	int rc = json_read(node, rows, sizeof(rows) / sizeof(rows[0]), &file, err);

	if (rc == 0) {
		if (file.fg)
			parse_colour(str_from(file.fg), &style.fg);
		if (file.bg)
			parse_colour(str_from(file.bg), &style.bg);
		style.attr =
			(uint16_t)((file.bold ? CELL_BOLD : 0) | (file.dim ? CELL_DIM : 0) |
				   (file.italic ? CELL_ITALIC : 0) |
				   (file.reverse ? CELL_REVERSE : 0) |
				   (file.underline ? CELL_UL_SINGLE << CELL_UL_SHIFT : 0));
		*ret = style;
	}
	mem_free(file.fg);
	mem_free(file.bg);
	return rc;
}

static int
find_role(const struct json *node, enum theme_role *ret, struct err *err)
{
	struct str key = str_from(json_key(node));
	struct spell spell;
	char safe[64], hint[96];

	spell_init(&spell, key);
	for (int i = 0; i < ROLE_COUNT; i++) {
		if (str_eqc(key, role_names[i])) {
			*ret = (enum theme_role)i;
			return 0;
		}
		spell_try(&spell, role_names[i]);
	}
	return json_refuse(node, JSON_AT_KEY, err,
		"found \"%s\", expected the name of a role%s",
		text_safe_tmp(safe, sizeof(safe), key), spell_hint(&spell, hint));
}

static int
read_roles(struct theme *theme, const struct json *roles, struct err *err)
{
	for (const struct json *node = json_first(roles); node; node = json_next(node)) {
		enum theme_role role = ROLE_TEXT;
		char found[128];
		int rc = find_role(node, &role, err);

		if (rc == 0 && json_kind(node) != JSON_KIND_OBJECT)
			rc = json_refuse(node, JSON_AT_VALUE, err,
				"found %s, expected an object such as {\"fg\": \"#rrggbb\"}",
				json_found(node, found));
		if (rc == 0)
			rc = read_role(node, &theme->styles[role], err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static const char *const grounds[] = {
	[THEME_DARK] = "dark", [THEME_LIGHT] = "light", [THEME_ANY] = "any"};
#define GROUNDS (int)(sizeof(grounds) / sizeof(grounds[0]))

/* enum theme_ground of a word, -1 for none. */
static int
find_ground(const char *word)
{
	for (int i = 0; i < GROUNDS; i++) {
		if (strcmp(grounds[i], word) == 0)
			return i;
	}
	return -1;
}

static int
check_ground(const struct json *node, struct err *err)
{
	char found[128];
	if (find_ground(json_to_cstr(node)) >= 0)
		return 0;
	return json_refuse(node, JSON_AT_VALUE, err,
		"found %s, expected \"dark\", \"light\" or \"any\"", json_found(node, found));
}

struct parts {
	char *name, *summary, *ground;
	const struct json *roles;
};

static const struct json_row part_rows[] = {
	{"name",       JSON_KIND_STRING, 0,                 offsetof(struct parts, name),    0, 0, NULL,
         "the theme's name"													  },
	{"summary",    JSON_KIND_STRING, 0,                 offsetof(struct parts, summary), 0, 0, NULL,
         "what it is, in one line"												   },
	{"background", JSON_KIND_STRING, 0,                 offsetof(struct parts, ground),  0, 0, check_ground,
         "what it is made for"												       },
	{"roles",      JSON_KIND_OBJECT, JSON_ROW_REQUIRED, offsetof(struct parts, roles),   0, 0,
         NULL,												   "an object of roles"},
};

static void
read_facts(struct theme *theme, const struct parts *parts)
{
	struct buf line = BUF_INIT;
	if (parts->ground)
		theme->ground = (enum theme_ground)find_ground(parts->ground);
	if (!parts->summary)
		return;
	text_safe(&line, str_from(parts->summary), SUMMARY_COLS);
	text_copy(theme->summary, sizeof(theme->summary), buf_str(&line));
	buf_release(&line);
}

static int
read_text(struct theme *theme, const char *file, struct str text, struct err *err)
{
	struct parts parts = {0};
	struct json_doc *doc = NULL;
	int rc = json_doc_parse(file, text, &doc, err);

	if (rc == 0 && json_kind(json_doc_root(doc)) != JSON_KIND_OBJECT)
		rc = json_refuse(json_doc_root(doc), JSON_AT_VALUE, err,
			"found an array, expected an object");
	if (rc == 0)
		rc = json_read(json_doc_root(doc), part_rows,
			sizeof(part_rows) / sizeof(part_rows[0]), &parts, err);
	if (rc == 0)
		rc = read_roles(theme, parts.roles, err);
	if (rc == 0)
		read_facts(theme, &parts);
	mem_free(parts.name);
	mem_free(parts.summary);
	mem_free(parts.ground);
	json_doc_free(doc);
	return rc;
}

/* Its text; a NULL ptr: there is none. */
static struct str
find_compiled(const char *name, char file[96])
{
	snprintf(file, 96, "themes/%s.json", name);
	return data_find(file);
}

/* ERR_NOT_FOUND without a sentence. */
static int
read_compiled(struct theme *theme, const char *name, struct err *err)
{
	char file[96];
	struct str text = find_compiled(name, file);

	return text.ptr ? read_text(theme, file, text, err) : ERR_NOT_FOUND;
}

char *
theme_file(const char *name)
{
	char *dir = path_config_dir(), *rel = mem_printf("themes/%s.json", name);
	char *file = path_join(dir, rel);
	mem_free(rel);
	mem_free(dir);
	return file;
}

/* ERR_NOT_FOUND without a sentence: having none is the usual case. */
static int
read_own(struct theme *theme, const char *name, struct err *err)
{
	struct buf text = BUF_INIT;
	struct err why = ERR_INIT;
	char *file = theme_file(name);
	int rc = path_read(file, FILE_MAX, &text, &why);

	if (rc == 0)
		rc = read_text(theme, file, buf_str(&text), err);
	else if (rc != ERR_NOT_FOUND)
		err_set(err, rc, "%s", why.text);
	buf_release(&text);
	mem_free(file);
	return rc;
}

/* What a background set apart is set apart by reversing it. */
static void
drop_colours(struct theme *theme)
{
	for (int i = 0; i < ROLE_COUNT; i++) {
		struct style *style = &theme->styles[i];

		if (style->bg != CELL_DEFAULT)
			style->attr |= CELL_REVERSE;
		style->fg = style->bg = CELL_DEFAULT;
	}
}

/* Over the built-in theme of that name. */
static int
read_both(struct theme *theme, const char *under, const char *name, struct err *err)
{
	int rc = read_compiled(theme, under, err);

	if (rc < 0)
		return rc;
	/* That of what lies under it is another one's. */
	if (strcmp(under, name) != 0)
		theme->summary[0] = '\0';
	return read_own(theme, name, err);
}

static int
load(struct theme *theme, const char *name, struct err *err)
{
	char file[96];
	bool known = find_compiled(name, file).ptr != NULL;
	int rc = read_both(theme, known ? name : THEME_DEFAULT, name, err);

	if (rc == 0 && !known && theme->ground == THEME_LIGHT)
		rc = read_both(theme, "light", name, err);
	if (rc == ERR_NOT_FOUND && known)
		return 0;
	if (rc == ERR_NOT_FOUND)
		err_set(err, rc,
			"there is no theme \"%s\", neither built in nor as "
			"themes/%s.json under the configuration folder",
			name, name);
	return rc;
}

static bool
no_colours(void)
{
	const char *no_color = getenv("NO_COLOR");
	return no_color && *no_color;
}

int
theme_load(const char *name, struct theme **ret, struct err *err)
{
	struct theme *theme;
	char safe[96];
	int rc;

	if (!str_is_name(str_from(name)))
		return err_set(err, ERR_INVALID, "\"%s\" cannot be the name of a theme",
			text_safe_tmp(safe, sizeof(safe), str_from(name)));
	theme = MEM_NEW(struct theme);
	rc = load(theme, name, err);
	if (rc < 0) {
		mem_free(theme);
		return rc;
	}
	if (no_colours())
		drop_colours(theme);
	*ret = theme;
	return 0;
}

struct theme *
theme_load_default(void)
{
	struct theme *theme = MEM_NEW(struct theme);

	BUG_ON(read_compiled(theme, THEME_DEFAULT, NULL) < 0);
	if (no_colours())
		drop_colours(theme);
	return theme;
}

bool
theme_same(const struct theme *a, const struct theme *b)
{
	for (int i = 0; i < ROLE_COUNT; i++) {
		if (!style_eq(a->styles[i], b->styles[i]))
			return false;
	}
	return true;
}

void
theme_free(struct theme *theme)
{
	mem_free(theme);
}

struct style
theme_style(const struct theme *theme, enum theme_role role)
{
	return theme->styles[role];
}

/* WCAG 2's relative luminance, of 1000, with a curve that needs no pow(). */
static unsigned
luminance(uint32_t rgb)
{
	unsigned r = rgb >> 16 & 0xff, g = rgb >> 8 & 0xff, b = rgb & 0xff;
	return (213 * r * r + 715 * g * g + 72 * b * b) / (255 * 255);
}

/* Nobody knows what the sixteen colours and the default are: they are not taken for readable.
 */
static bool
readable(uint32_t fg, uint32_t bg)
{
	if (CELL_COLOUR_KIND(fg) != 2 || CELL_COLOUR_KIND(bg) != 2)
		return false;
	unsigned one = luminance(fg) + 50, two = luminance(bg) + 50;
	return 10 * (one > two ? one : two) >= CONTRAST_MIN * (one > two ? two : one);
}

struct style
theme_over(struct style ground, struct style words)
{
	struct style ret = words;
	if (words.bg != CELL_DEFAULT)
		return ret;
	ret.bg = ground.bg;
	ret.attr |= ground.attr;
	/* Reversed it would be the ground that is dim, in patches. */
	if (ground.attr & CELL_REVERSE)
		ret.attr &= (uint16_t)~CELL_DIM;
	if (ground.attr & CELL_REVERSE ||
		(ground.bg != CELL_DEFAULT && !readable(words.fg, ground.bg)))
		ret.fg = ground.fg;
	return ret;
}

const char *
theme_role_name(enum theme_role role)
{
	return role_names[role];
}

const char *
theme_role_help(enum theme_role role)
{
	static const char *const help[ROLE_COUNT] = {
#define X(key, name, words) [ROLE_##name] = (words),
		THEME_ROLES(X)
#undef X
	};
	return help[role];
}

const char *
theme_ground_name(enum theme_ground ground)
{
	return grounds[ground];
}

const char *
theme_summary(const struct theme *theme)
{
	return theme->summary;
}

enum theme_ground
theme_ground(const struct theme *theme)
{
	return theme->ground;
}

/* A colour that is not among the first so many. */
static bool
is_beyond(uint32_t colour, unsigned count)
{
	unsigned kind = CELL_COLOUR_KIND(colour);
	return kind == 2 || (kind == 1 && (colour & 0xff) >= count);
}

/* The nearest of eight colours may be any: a red that is not dark comes out as yellow. */
static void
take_basic(struct theme *theme)
{
	struct theme basic = {0};

	BUG_ON(read_compiled(&basic, BASIC_THEME, NULL) < 0);
	for (int i = 0; i < ROLE_COUNT; i++) {
		struct style *style = &theme->styles[i];

		if (is_beyond(style->fg, 16) || is_beyond(style->bg, 16))
			*style = basic.styles[i];
	}
}

void
theme_fit(struct theme *theme, const struct caps *caps)
{
	if (caps->depth == CAPS_MONO)
		drop_colours(theme);
	if (caps->depth == CAPS_8 || caps->depth == CAPS_16)
		take_basic(theme);
	for (int i = 0; i < ROLE_COUNT; i++) {
		struct style *style = &theme->styles[i];

		if (style->bg == CELL_DEFAULT ||
			caps_colour(caps, style->fg) != caps_colour(caps, style->bg))
			continue;
		style->fg = style->bg = CELL_DEFAULT;
		style->attr |= CELL_REVERSE;
	}
}
