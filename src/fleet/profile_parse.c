/* SPDX-License-Identifier: MIT */
/*
 * A profile, from text to struct profile. Keys, kinds and bounds are rows; what
 * a row cannot say (words, rules, names of variables and files) is code below.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cockpit/base_err.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_spell.h"
#include "cockpit/base_text.h"
#include "config.h"
#include "pattern.h"
#include "profile.h"
#include "profile_rows.h"

#define HELP_BYTES    100
#define PROGRAM_BYTES 255
#define TITLE_BYTES   200
#define PATH_BYTES    1000
#define VALUE_BYTES   4095
#define WORD_BYTES    4095
#define WORDS_MAX     64
#define VARIABLES_MAX 64
#define SETTLE_MS     200
#define SETTLE_MAX    5000
#define SUBMIT        "Enter"

/* What stands where a profile's name could stand. */
static const char *const taken[] = {"auto", "command"};

/* How decision hooks are answered. */
static const char *const decisions[] = {"claude", "word"};

static const char *const answer_names[] = {
#define X(name, id) name,
	AGENT_ANSWERS(X)
#undef X
};

const char *
agent_answer_name(enum agent_answer answer)
{
	return answer_names[answer];
}

bool
agent_answer_find(const char *name, enum agent_answer *ret)
{
	for (size_t i = 0; i < COUNT(answer_names); i++) {
		if (strcmp(answer_names[i], name) != 0)
			continue;
		*ret = (enum agent_answer)i;
		return true;
	}
	return false;
}

bool
profile_is_name(struct str name)
{
	for (size_t i = 0; i < COUNT(taken); i++) {
		if (str_eqc(name, taken[i]))
			return false;
	}
	return str_is_name(name) && str_find(name, '.') < 0;
}

static void
free_variables(struct profile_variable *variables)
{
	for (size_t i = 0; variables && variables[i].name; i++) {
		mem_free(variables[i].name);
		mem_free(variables[i].value);
	}
	mem_free(variables);
}

static void
free_rules(struct rule *rules, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		mem_free(rules[i].text);
		for (size_t k = 0; k < ANSWER_COUNT; k++)
			mem_free(rules[i].answers[k]);
		pattern_free(rules[i].pattern);
	}
	mem_free(rules);
}

void
profile_free(struct profile *profile)
{
	if (!profile)
		return;
	for (size_t i = 0; profile->files && profile->files[i].name; i++) {
		mem_free(profile->files[i].name);
		mem_free(profile->files[i].text);
	}
	free_rules(profile->rules, profile->rule_count);
	free_rules(profile->cost.list, profile->cost.count);
	free_rules(profile->tokens.list, profile->tokens.count);
	for (size_t i = 0; i < ANSWER_COUNT; i++)
		mem_free(profile->answers[i]);
	char **const words[] = {
		profile->start, profile->prompted, profile->resume, profile->own};
	for (size_t i = 0; i < COUNT(words); i++)
		mem_free_words(words[i]);
	free_variables(profile->variables);
	free_variables(profile->own_variables);
	mem_free(profile->files);
	mem_free(profile->name);
	mem_free(profile->help);
	mem_free(profile->program);
	mem_free(profile->source);
	mem_free(profile->submit);
	mem_free(profile->asking_title);
	mem_free(profile->decision);
	mem_free(profile->trust);
	mem_free(profile->transcript);
	mem_free(profile);
}

/* One of names, or none and an error that says which there are. */
int
profile_find_word(const struct json *node, const char *const names[], size_t count,
	const char *what, int *ret, struct err *err)
{
	struct spell spell;
	struct buf known = BUF_INIT;
	char found[128], hint[96];
	const char *word = json_to_cstr(node);
	spell_init(&spell, str_from(word));
	for (size_t i = 0; i < count; i++) {
		if (strcmp(word, names[i]) == 0) {
			*ret = (int)i;
			buf_release(&known);
			return 0;
		}
		spell_try(&spell, names[i]);
		buf_printf(&known, "%s\"%s\"", i ? ", " : "", names[i]);
	}
	int rc = json_refuse(node, JSON_AT_VALUE, err, "found %s, expected %s%s%s",
		json_found(node, found), what, spell.best ? spell_hint(&spell, hint) : ": ",
		spell.best ? "" : buf_cstr(&known));
	buf_release(&known);
	return rc;
}

static int
check_name(const struct json *node, struct err *err)
{
	if (profile_is_name(str_from(json_to_cstr(node))))
		return 0;
	return config_refuse(node, err,
		"a name: 1 to 64 of A-Z a-z 0-9 \"_\" \"-\" that begin with a letter, digit or "
		"\"_\", and neither \"auto\" nor \"command\"");
}

/* Shown, or part of a line of a shell or of tmux. */
static int
check_line(const struct json *node, struct err *err)
{
	for (const char *c = json_to_cstr(node); *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return config_refuse(node, err, "a line without control characters");
	}
	return 0;
}

/* It becomes an argument of "command -v". */
static int
check_program(const struct json *node, struct err *err)
{
	if (json_to_cstr(node)[0] == '-')
		return config_refuse(node, err, "a program's name or path");
	return check_line(node, err);
}

int
profile_check_keys(const struct json *node, struct err *err)
{
	struct str rest = str_from(json_to_cstr(node));
	bool good = rest.len > 0;
	while (good && rest.len > 0) {
		struct str key = str_cut(&rest, ' ');
		good = key.len > 0 && (key.ptr[0] != '-' || key.len == 1);
		for (size_t i = 0; i < key.len; i++)
			good = good && key.ptr[i] > ' ' && key.ptr[i] < 0x7f &&
			       !strchr("\"'\\;#${}~", key.ptr[i]);
	}
	return good ? 0
		    : config_refuse(node, err,
			      "keys as tmux names them, one blank between, such as \"Down "
			      "Enter\"");
}

/* It is looked for by a format of tmux, "#{m:GLOB,#{pane_title}}". */
static int
check_glob(const struct json *node, struct err *err)
{
	if (strpbrk(json_to_cstr(node), "#,{}"))
		return config_refuse(
			node, err, "a pattern of tmux without \"#\", \",\", \"{\" and \"}\"");
	return check_line(node, err);
}

/* A file below the home folder; its marks are host.sh's (talk.sh). */
static int
check_transcript(const struct json *node, struct err *err)
{
	const char *text = json_to_cstr(node);
	struct str rest = str_from(text);
	bool good = strncmp(text, "~/", 2) == 0 && strstr(text, PROFILE_CONVERSATION) &&
		    !strpbrk(text, "[]\\");
	while (good && rest.len > 0) {
		struct str part = str_cut(&rest, '/');
		good = part.len > 0 && !str_eqc(part, "..") && !str_eqc(part, ".");
	}
	return good ? check_line(node, err)
		    : config_refuse(node, err,
			      "a path that begins with \"~/\" and holds "
			      "\"" PROFILE_CONVERSATION "\"");
}

static int
check_decision(const struct json *node, struct err *err)
{
	int ignored;
	return profile_find_word(node, decisions, COUNT(decisions),
		"a way of answering that is known", &ignored, err);
}

/* An array of strings. */
static int
read_words(const struct json *node, const char *key, char ***ret, struct err *err)
{
	char expected[64];
	size_t count = json_count(node), used = 0;
	if (count == 0 || count > WORDS_MAX)
		return json_refuse(node, JSON_AT_VALUE, err,
			"found %zu words, expected 1 to %d for \"%s\"", count, WORDS_MAX, key);
	snprintf(expected, sizeof(expected), "a string of at most %d bytes in \"%s\"",
		WORD_BYTES, key);
	char **words = *ret = mem_alloc_array(count + 1, sizeof(*words));
	for (const struct json *it = json_first(node); it; it = json_next(it)) {
		if (json_kind(it) != JSON_KIND_STRING || strlen(json_to_cstr(it)) > WORD_BYTES)
			return config_refuse(it, err, expected);
		words[used++] = mem_strdup(json_to_cstr(it));
	}
	return 0;
}

/* The program and its arguments; placeholder (NULL: none) stands in one of them. */
static int
read_command(const struct json *node, const char *key, const char *placeholder, char ***ret,
	struct err *err)
{
	static const char *const placeholders[] = {PROFILE_PROMPT, PROFILE_CONVERSATION};
	static const char *const keys[] = {"prompted", "resume"};
	bool found = false;
	int rc = read_words(node, key, ret, err);
	if (rc < 0)
		return rc;
	const struct json *program = json_first(node);
	rc = json_to_cstr(program)[0] ? check_program(program, err)
				      : config_refuse(program, err, "the program to run");
	for (const struct json *it = program; rc == 0 && it; it = json_next(it)) {
		for (size_t i = 0; rc == 0 && i < COUNT(placeholders); i++) {
			if (!strstr(json_to_cstr(it), placeholders[i]))
				continue;
			if (placeholder && strcmp(placeholder, placeholders[i]) == 0 &&
				it != program)
				found = true;
			else
				rc = json_refuse(it, JSON_AT_VALUE, err,
					"found \"%s\", expected it only in arguments of \"%s\"",
					placeholders[i], keys[i]);
		}
	}
	if (rc == 0 && placeholder && !found)
		return json_refuse(node, JSON_AT_VALUE, err,
			"found no \"%s\" in \"%s\", expected an argument that holds it",
			placeholder, key);
	return rc;
}

static bool
is_variable(const char *name)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
				   "0123456789";
	return name[0] && !strchr("0123456789", name[0]) && !name[strspn(name, good)] &&
	       strncmp(name, "COCKPIT_", 8) != 0;
}

static int
read_variables(const struct json *object, struct profile_variable **ret, struct err *err)
{
	size_t count = json_count(object), used = 0;
	char safe[80], found[128];
	if (count > VARIABLES_MAX)
		return json_refuse(object, JSON_AT_VALUE, err,
			"found %zu variables, expected at most %d", count, VARIABLES_MAX);
	struct profile_variable *list = *ret = mem_alloc_array(count + 1, sizeof(*list));
	for (const struct json *it = json_first(object); it; it = json_next(it)) {
		if (!is_variable(json_key(it)) || strlen(json_key(it)) > 64)
			return json_refuse(it, JSON_AT_KEY, err,
				"found \"%s\", expected a variable's name: 1 to 64 of A-Z a-z "
				"0-9 "
				"\"_\", no digit first, nor \"COCKPIT_\"",
				text_safe_tmp(safe, sizeof(safe), str_from(json_key(it))));
		if (json_kind(it) != JSON_KIND_STRING || strlen(json_to_cstr(it)) > VALUE_BYTES)
			return json_refuse(it, JSON_AT_VALUE, err,
				"found %s, expected a string of at most %d bytes for \"%s\"",
				json_found(it, found), VALUE_BYTES, json_key(it));
		list[used].name = mem_strdup(json_key(it));
		list[used++].value = mem_strdup(json_to_cstr(it));
	}
	return 0;
}

/* A file that is no profile, so that one folder can hold both. */
static bool
is_beside(const char *name)
{
	struct str base = str_from(name);
	if (str_ends(base, STR(".json")))
		base.len -= strlen(".json");
	return str_is_name(str_from(name)) && str_find(base, '.') >= 0;
}

static int
read_beside(const struct json *node, profile_beside_fn *beside, void *ctx,
	struct profile_file *file, struct err *err)
{
	struct err why = ERR_INIT;
	struct buf text = BUF_INIT;
	char found[128];
	int rc = beside(ctx, json_to_cstr(node), &text, &why);
	if (rc == ERR_NOT_FOUND)
		rc = json_refuse(node, JSON_AT_VALUE, err,
			"found %s, expected a file beside this one", json_found(node, found));
	else if (rc < 0)
		rc = json_refuse(node, JSON_AT_VALUE, err, "%s", why.text);
	else if (text.len > PROFILE_FILE_MAX)
		rc = json_refuse(node, JSON_AT_VALUE, err,
			"found a file of %zu bytes, expected at most %u", text.len,
			PROFILE_FILE_MAX);
	else if (str_find(buf_str(&text), '\0') >= 0)
		rc = json_refuse(node, JSON_AT_VALUE, err,
			"found a file with a NUL in it, expected text");
	if (rc == 0) {
		file->len = text.len;
		file->text = text.len ? buf_steal(&text) : mem_strdup("");
	}
	buf_release(&text);
	return rc;
}

static int
read_files(const struct json *object, profile_beside_fn *beside, void *ctx,
	struct profile *profile, struct err *err)
{
	size_t count = json_count(object), used = 0;
	char safe[80];
	if (count > PROFILE_FILES_MAX)
		return json_refuse(object, JSON_AT_VALUE, err,
			"found %zu files, expected at most %d", count, PROFILE_FILES_MAX);
	profile->files = mem_alloc_array(count + 1, sizeof(*profile->files));
	for (const struct json *it = json_first(object); it; it = json_next(it)) {
		/* Those without one are cockpit's own: "run", "start". */
		if (!str_is_name(str_from(json_key(it))) || !strchr(json_key(it), '.'))
			return json_refuse(it, JSON_AT_KEY, err,
				"found \"%s\", expected a file's name with a period in it, "
				"such as "
				"\"settings.json\"",
				text_safe_tmp(safe, sizeof(safe), str_from(json_key(it))));
		if (json_kind(it) != JSON_KIND_STRING || !is_beside(json_to_cstr(it)))
			return config_refuse(it, err,
				"the name of a file beside this one, such as "
				"\"claude.settings.json\": without \"/\", and not that of a "
				"profile");
		profile->files[used].name = mem_strdup(json_key(it));
		int rc = read_beside(it, beside, ctx, &profile->files[used++], err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

struct submit_keys {
	char *key, *asking_title;
	int settle_ms;
};

#define SUBMIT_AT(member) offsetof(struct submit_keys, member)

static const struct json_row submit_rows[] = {
	TEXT("key", 0, SUBMIT_AT(key), KEYS_BYTES, profile_check_keys, "what sends a prompt"),
	NUMBER("settle_ms", SUBMIT_AT(settle_ms), 1, SETTLE_MAX, "from a paste to that key"),
	TEXT("asking_title", 0, SUBMIT_AT(asking_title), TITLE_BYTES, check_glob,
		"the title while it asks"),
};

static int
read_submit(const struct json *object, struct profile *profile, struct err *err)
{
	struct submit_keys keys = {0};
	int rc = json_read(object, submit_rows, COUNT(submit_rows), &keys, err);
	if (rc < 0) {
		mem_free(keys.key);
		mem_free(keys.asking_title);
		return rc;
	}
	profile->submit = keys.key;
	profile->asking_title = keys.asking_title;
	profile->settle_ms = keys.settle_ms;
	return 0;
}

struct own_keys {
	const struct json *arguments, *environment;
};

static int
read_own(const struct json *object, struct profile *profile, struct err *err)
{
	static const struct json_row rows[] = {
		NODE("arguments", JSON_KIND_ARRAY, 0, offsetof(struct own_keys, arguments),
			"words behind the program's name"),
		NODE("environment", JSON_KIND_OBJECT, 0, offsetof(struct own_keys, environment),
			"variables by name"),
	};
	struct own_keys keys = {0};
	int rc = json_read(object, rows, COUNT(rows), &keys, err);
	if (rc == 0 && keys.arguments)
		rc = read_words(keys.arguments, "arguments", &profile->own, err);
	if (rc == 0 && keys.environment)
		rc = read_variables(keys.environment, &profile->own_variables, err);
	return rc;
}

struct top_keys {
	char *name, *help, *program, *decision, *trust, *transcript;
	bool shell;
	const struct json *start, *prompted, *resume, *environment, *own_folder, *files,
		*states, *cost, *tokens, *submit, *answers;
};

#define TOP(member) offsetof(struct top_keys, member)

static const struct json_row top_rows[] = {
	TEXT("name", JSON_ROW_REQUIRED, TOP(name), 0, check_name, "the name of its file"),
	TEXT("help", JSON_ROW_REQUIRED, TOP(help), HELP_BYTES, check_line, "what it is"),
	TEXT("program", 0, TOP(program), PROGRAM_BYTES, check_program, "what must be on PATH"),
	NODE("start", JSON_KIND_ARRAY, JSON_ROW_REQUIRED, TOP(start),
		"the program and its arguments"),
	NODE("prompted", JSON_KIND_ARRAY, 0, TOP(prompted), "the same with a first prompt"),
	NODE("resume", JSON_KIND_ARRAY, 0, TOP(resume), "the same with a conversation"),
	NODE("environment", JSON_KIND_OBJECT, 0, TOP(environment), "variables by name"),
	NODE("own_folder", JSON_KIND_OBJECT, 0, TOP(own_folder),
		"what is added in a folder of cockpit's own"),
	NODE("files", JSON_KIND_OBJECT, 0, TOP(files), "files by name"),
	NODE("states", JSON_KIND_ARRAY, 0, TOP(states), "rules"),
	NODE("cost", JSON_KIND_ARRAY, 0, TOP(cost), "rules for what it has spent, in dollars"),
	NODE("tokens", JSON_KIND_ARRAY, 0, TOP(tokens),
		"rules for what it has spent, in tokens"),
	NODE("submit", JSON_KIND_OBJECT, 0, TOP(submit), "how it takes a prompt"),
	NODE("answers", JSON_KIND_OBJECT, 0, TOP(answers), "how it takes an answer"),
	TEXT("trust", 0, TOP(trust), KEYS_BYTES, profile_check_keys,
		"the keys that trust its folder"),
	TEXT("decision", 0, TOP(decision), 0, check_decision, "how its hook is answered"),
	TEXT("transcript", 0, TOP(transcript), PATH_BYTES, check_transcript,
		"where it keeps a conversation"),
	NODE("shell", JSON_KIND_BOOL, 0, TOP(shell), "true for what is no agent"),
};

/* Strings go over to the profile whether they are all right or not. */
static int
read_top(struct profile *profile, const struct json *root, struct top_keys *keys,
	struct err *err)
{
	int rc = json_read(root, top_rows, COUNT(top_rows), keys, err);
	profile->name = keys->name;
	profile->help = keys->help;
	profile->program = keys->program;
	profile->decision = keys->decision;
	profile->trust = keys->trust;
	profile->transcript = keys->transcript;
	profile->shell = keys->shell;
	return rc;
}

static int
read_commands(struct profile *profile, const struct json *root, const struct top_keys *keys,
	struct err *err)
{
	int rc = read_command(keys->start, "start", NULL, &profile->start, err);
	if (rc == 0 && keys->prompted && keys->shell)
		rc = json_refuse(json_find(root, "prompted"), JSON_AT_KEY, err,
			"found \"prompted\" in a profile of a shell, expected none: a shell "
			"takes "
			"no prompts");
	if (rc == 0 && keys->prompted)
		rc = read_command(
			keys->prompted, "prompted", PROFILE_PROMPT, &profile->prompted, err);
	if (rc == 0 && keys->resume)
		rc = read_command(
			keys->resume, "resume", PROFILE_CONVERSATION, &profile->resume, err);
	return rc;
}

static int
read_profile(struct profile *profile, const char *name, const struct json *root,
	profile_beside_fn *beside, void *ctx, struct err *err)
{
	struct top_keys keys = {0};
	char found[128];
	int rc = read_top(profile, root, &keys, err);
	if (rc == 0 && strcmp(profile->name, name) != 0)
		rc = json_refuse(json_find(root, "name"), JSON_AT_VALUE, err,
			"found %s, expected \"%s\", as the file is called",
			json_found(json_find(root, "name"), found), name);
	if (rc == 0)
		rc = read_commands(profile, root, &keys, err);
	if (rc == 0 && keys.environment)
		rc = read_variables(keys.environment, &profile->variables, err);
	if (rc == 0 && keys.own_folder)
		rc = read_own(keys.own_folder, profile, err);
	if (rc == 0 && keys.states)
		rc = profile_read_rules(keys.states, profile, err);
	if (rc == 0 && keys.cost)
		rc = profile_read_numbers(keys.cost, &profile->cost, err);
	if (rc == 0 && keys.tokens)
		rc = profile_read_numbers(keys.tokens, &profile->tokens, err);
	if (rc == 0 && keys.submit)
		rc = read_submit(keys.submit, profile, err);
	if (rc == 0 && keys.answers)
		rc = profile_read_answers(keys.answers, profile->answers, err);
	/* Last: other files are only looked for by a profile that is right itself. */
	if (rc == 0 && keys.files)
		rc = read_files(keys.files, beside, ctx, profile, err);
	/* Lists that are not given are empty. */
	if (!profile->variables)
		profile->variables = MEM_NEW(struct profile_variable);
	if (!profile->own_variables)
		profile->own_variables = MEM_NEW(struct profile_variable);
	if (!profile->files)
		profile->files = MEM_NEW(struct profile_file);
	if (!profile->submit)
		profile->submit = mem_strdup(SUBMIT);
	if (!profile->settle_ms)
		profile->settle_ms = SETTLE_MS;
	return rc;
}

int
profile_parse(const char *file, const char *name, struct str text, profile_beside_fn *beside,
	void *ctx, struct profile **ret, struct err *err)
{
	struct json_doc *doc;
	int rc = json_doc_parse(file, text, &doc, err);
	if (rc < 0)
		return rc;
	struct profile *profile = MEM_NEW(struct profile);
	rc = read_profile(profile, name, json_doc_root(doc), beside, ctx, err);
	json_doc_free(doc);
	if (rc < 0)
		profile_free(profile);
	else
		*ret = profile;
	return rc;
}
