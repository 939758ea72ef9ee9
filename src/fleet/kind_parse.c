/* SPDX-License-Identifier: MIT */
/* A rule file for the output of checks, from text to struct kind. */
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "config.h"
#include "kind.h"
#include "pattern.h"
#include "profile_rows.h"

#define HELP_BYTES 100

static const char *const says_names[] = {
#define X(name, id, names) name,
	KIND_SAYS(X)
#undef X
};

static const bool says_name[] = {
#define X(name, id, names) names,
	KIND_SAYS(X)
#undef X
};

static const char *const count_names[] = {
#define X(name, id) name,
	KIND_COUNTS(X)
#undef X
};

static const char *const form_names[] = {"tests", "build", "junit"};

void
kind_free(struct kind *kind)
{
	if (!kind)
		return;
	for (size_t i = 0; i < kind->count; i++) {
		pattern_free(kind->lines[i].pattern);
		mem_free(kind->lines[i].text);
	}
	mem_free(kind->lines);
	mem_free(kind->name);
	mem_free(kind->help);
	mem_free(kind);
}

struct kind_keys {
	char *name, *help, *form;
	const struct json *lines;
};

#define TOP(member) offsetof(struct kind_keys, member)

static const struct json_row kind_rows[] = {
	TEXT("name", JSON_ROW_REQUIRED, TOP(name), 0, NULL, "what the file is called"),
	TEXT("help", JSON_ROW_REQUIRED, TOP(help), HELP_BYTES, NULL, "what it is"),
	TEXT("kind", 0, TOP(form), 0, NULL, "how it is read"),
	NODE("lines", JSON_KIND_ARRAY, 0, TOP(lines), "the lines that say something"),
};

struct line_keys {
	char *match, *says;
};

#define LINE(member) offsetof(struct line_keys, member)

static const struct json_row line_rows[] = {
	TEXT("match", JSON_ROW_REQUIRED, LINE(match), PATTERN_TEXT_MAX, NULL,
		"a regular expression"),
	TEXT("says", JSON_ROW_REQUIRED, LINE(says), 0, NULL, "what such a line says"),
};

/* Closing lines also have numbered groups, but these are not of names. */
static int
find_groups(const struct json *node, struct kind_line *line, struct err *err)
{
	bool closing = line->says == KIND_COUNTS || line->says == KIND_SUM, any = false;
	for (size_t i = 0; closing && i < COUNT(count_names); i++) {
		line->counts[i] = pattern_group(line->pattern, count_names[i]);
		any = any || line->counts[i] > 0;
	}
	line->name = pattern_group(line->pattern, "name");
	if (line->name == 0 && !closing && pattern_groups(line->pattern) > 0)
		line->name = 1;
	if (says_name[line->says] && line->name == 0)
		return json_refuse(node, JSON_AT_VALUE, err,
			"found no group in a line that says \"%s\", expected one that takes "
			"the "
			"name",
			says_names[line->says]);
	if (closing && !any)
		return json_refuse(node, JSON_AT_VALUE, err,
			"found no count in a line that says \"%s\", expected a group such as "
			"\"(?<failed>\\d+)\": passed, failed, skipped, errors or total",
			says_names[line->says]);
	return 0;
}

static int
read_pattern(const struct json *node, struct kind_line *line, struct err *err)
{
	struct err why = ERR_INIT;
	char found[128];
	if (pattern_new(json_to_cstr(node), &line->pattern, &why) < 0)
		return json_refuse(node, JSON_AT_VALUE, err,
			"found %s, expected a regular expression: %s", json_found(node, found),
			why.text);
	line->text = mem_strdup(json_to_cstr(node));
	return find_groups(node, line, err);
}

static int
read_line(const struct json *node, struct kind_line *line, struct err *err)
{
	struct line_keys keys = {0};
	int says = 0;
	int rc = json_read(node, line_rows, COUNT(line_rows), &keys, err);
	if (rc == 0)
		rc = profile_find_word(json_find(node, "says"), says_names, COUNT(says_names),
			"what a line can say", &says, err);
	line->says = (enum kind_says)says;
	if (rc == 0)
		rc = read_pattern(json_find(node, "match"), line, err);
	mem_free(keys.match);
	mem_free(keys.says);
	return rc;
}

static int
read_lines(const struct json *lines, struct kind *kind, struct err *err)
{
	size_t count = json_count(lines);
	if (count == 0 || count > KIND_LINES_MAX)
		return json_refuse(lines, JSON_AT_VALUE, err,
			"found %zu lines, expected 1 to %d", count, KIND_LINES_MAX);
	kind->lines = mem_alloc_array(count, sizeof(*kind->lines));
	for (const struct json *it = json_first(lines); it; it = json_next(it)) {
		if (json_kind(it) != JSON_KIND_OBJECT)
			return config_refuse(it, err, "an object with \"match\" and \"says\"");
		/* Counted first, so that what it holds is released with the others. */
		int rc = read_line(it, &kind->lines[kind->count++], err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int
read_kind(const struct json *root, const char *name, const struct kind_keys *keys,
	struct kind *kind, struct err *err)
{
	char found[128];
	int form = KIND_TESTS, rc = 0;
	if (strcmp(kind->name, name) != 0)
		return json_refuse(json_find(root, "name"), JSON_AT_VALUE, err,
			"found %s, expected \"%s\", as the file is called",
			json_found(json_find(root, "name"), found), name);
	if (keys->form)
		rc = profile_find_word(json_find(root, "kind"), form_names, COUNT(form_names),
			"a way of reading", &form, err);
	if (rc < 0)
		return rc;
	kind->form = (enum kind_form)form;
	if (form == KIND_JUNIT && keys->lines)
		return json_refuse(keys->lines, JSON_AT_KEY, err,
			"found \"lines\" beside the kind \"junit\", which is not read by "
			"lines");
	if (form != KIND_JUNIT && !keys->lines)
		return json_refuse(
			root, JSON_AT_VALUE, err, "found no \"lines\", expected 1 or more");
	return keys->lines ? read_lines(keys->lines, kind, err) : 0;
}

int
kind_parse(
	const char *file, const char *name, struct str text, struct kind **ret, struct err *err)
{
	struct json_doc *doc;
	struct kind_keys keys = {0};
	int rc = json_doc_parse(file, text, &doc, err);
	if (rc < 0)
		return rc;
	const struct json *root = json_doc_root(doc);
	struct kind *kind = MEM_NEW(struct kind);
	rc = json_read(root, kind_rows, COUNT(kind_rows), &keys, err);
	kind->name = keys.name;
	kind->help = keys.help;
	if (rc == 0)
		rc = read_kind(root, name, &keys, kind, err);
	mem_free(keys.form);
	json_doc_free(doc);
	if (rc < 0)
		kind_free(kind);
	else
		*ret = kind;
	return rc;
}
