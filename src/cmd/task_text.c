/* SPDX-License-Identifier: MIT */
#include "task_text.h"

#include <stddef.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_spell.h"
#include "cockpit/base_text.h"

/* A line of the head. */
struct key {
	const char *name;
	size_t offset; /* of a char * of the form, where set and write are NULL */
	int (*set)(struct task_form *form, struct str value, struct err *err);
	void (*write)(const struct task_form *form, struct buf *into);
	bool lines; /* it may go on in the next one */
};

static void
write_priority(const struct task_form *form, struct buf *into)
{
	buf_printf(into, "%d", form->has_priority ? form->priority : 0);
}

#define AT(field) offsetof(struct task_form, field)

static const struct key keys[] = {
	{"title",    AT(title), NULL,               NULL,                  false},
	{"priority", 0,         task_form_priority, write_priority,        false},
	{"tags",     0,         task_form_tags,     task_form_write_tags,  false},
	{"needs",    0,         task_form_needs,    task_form_write_needs, false},
	{"base",     AT(base),  NULL,               NULL,                  false},
	{"check",    AT(check), NULL,               NULL,                  true },
	{"agent",    AT(agent), NULL,               NULL,                  false},
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

static char **
place(struct task_form *form, const struct key *key)
{
	return (char **)(void *)((char *)form + key->offset);
}

/* --- written --- */

static void
write_value(const struct task_form *form, const struct key *key, struct buf *into)
{
	struct task_form copy = *form;
	struct str rest = str_from(*place(&copy, key));
	while (rest.len > 0) {
		bool more = str_find(rest, '\n') >= 0;
		buf_add(into, str_cut(&rest, '\n'));
		if (more)
			buf_addc(into, "\n\t");
	}
}

void
task_text_write(const struct task_form *form, struct buf *into)
{
	for (size_t i = 0; i < KEYS; i++) {
		buf_printf(into, "%s: ", keys[i].name);
		if (keys[i].write)
			keys[i].write(form, into);
		else
			write_value(form, &keys[i], into);
		buf_byte(into, '\n');
	}
	buf_byte(into, '\n');
	struct str text = str_from(form->text);
	buf_add(into, text);
	if (text.len > 0 && !str_ends(text, STR("\n")))
		buf_byte(into, '\n');
}

/* --- read --- */

struct reading {
	const char *file;
	struct task_form *form;
	unsigned line;
	unsigned seen; /* bits of the keys */
	struct err *err;
};

static int
refuse(const struct reading *r, unsigned line, const struct err *why)
{
	return err_set(r->err, why->code, "%s:%u: %s", r->file, line, why->text);
}

static int
refuse_key(const struct reading *r, struct str name)
{
	struct err why = ERR_INIT;
	struct spell spell;
	struct buf known = BUF_INIT;
	char safe[64], hint[96];
	spell_init(&spell, name);
	for (size_t i = 0; i < KEYS; i++) {
		spell_try(&spell, keys[i].name);
		buf_printf(&known, "%s%s", i ? ", " : "", keys[i].name);
	}
	err_set(&why, ERR_INVALID, "found \"%s\", expected \"KEY: VALUE\" with one of %s%s",
		text_safe_tmp(safe, sizeof(safe), name), buf_cstr(&known),
		spell_hint(&spell, hint));
	buf_release(&known);
	return refuse(r, r->line, &why);
}

/* The lines that belong to it, without the tab in front of each. */
static char *
take_value(struct reading *r, const struct key *key, struct str value, struct str *rest)
{
	struct buf whole = BUF_INIT;
	buf_add(&whole, value);
	while (key->lines && rest->len > 0 && rest->ptr[0] == '\t') {
		struct str line = str_cut(rest, '\n');
		buf_byte(&whole, '\n');
		buf_add(&whole, str_slice(line, 1, line.len));
		r->line++;
	}
	struct str trimmed = str_trim(buf_str(&whole));
	char *copy = mem_strndup(trimmed.ptr, trimmed.len);
	buf_release(&whole);
	return copy;
}

static int
read_line(struct reading *r, struct str line, struct str *rest)
{
	struct str value = line;
	struct str name = str_trim(str_cut(&value, ':'));
	unsigned at = r->line;
	size_t k = 0;
	while (k < KEYS && !str_eqc(name, keys[k].name))
		k++;
	if (k == KEYS || str_find(line, ':') < 0)
		return refuse_key(r, name);
	struct err why = ERR_INIT;
	int rc = 0;
	if (r->seen & 1u << k)
		rc = err_set(&why, ERR_INVALID, "found \"%s\" again, expected it once",
			keys[k].name);
	r->seen |= 1u << k;
	char *copy = rc == 0 ? take_value(r, &keys[k], value, rest) : NULL;
	if (rc == 0 && keys[k].set) {
		rc = keys[k].set(r->form, str_from(copy), &why);
		mem_free(copy);
	} else if (rc == 0) {
		*place(r->form, &keys[k]) = copy;
		/* Alone, so that it is the line that is wrong. */
		struct task_form one = {0};
		*place(&one, &keys[k]) = copy;
		rc = task_form_check(&one, &why);
	}
	return rc < 0 ? refuse(r, at, &why) : 0;
}

static int
read_body(struct reading *r, struct str text)
{
	struct err why = ERR_INIT;
	while (text.len > 0 && strchr("\r\n", text.ptr[text.len - 1]))
		text.len--;
	r->form->text = mem_strndup(text.ptr, text.len);
	return task_form_check(r->form, &why) < 0 ? refuse(r, r->line, &why) : 0;
}

static int
see_bytes(const char *file, struct str text, struct err *err)
{
	size_t at;
	unsigned line = 1;
	if (task_is_text(text, &at))
		return 0;
	for (size_t i = 0; i < at; i++)
		line += text.ptr[i] == '\n';
	return err_set(err, ERR_INVALID, "%s:%u: found bytes that are not UTF-8, expected text",
		file, line);
}

int
task_text_parse(const char *file, struct str text, struct task_form *ret, struct err *err)
{
	struct task_form form = {0};
	struct reading r = {.file = file, .form = &form, .err = err};
	int rc = see_bytes(file, text, err);
	while (rc == 0 && text.len > 0) {
		struct str line = str_cut(&text, '\n');
		r.line++;
		if (line.len == 0 || str_eqc(line, "\r"))
			break;
		rc = read_line(&r, line, &text);
	}
	r.line++;
	if (rc == 0)
		rc = read_body(&r, text);
	if (rc == 0)
		*ret = form;
	else
		task_form_release(&form);
	return rc;
}
