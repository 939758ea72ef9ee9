/* SPDX-License-Identifier: MIT */
/*
 * Check lists in Markdown. The items that a line may belong to are a stack, each indented more
 * than the one below it. An item becomes a task when it ends, so that what is nested in it is
 * there before it, as its needs want it.
 */
#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "task_import.h"

#define DEPTH_MAX  32
#define TAB        4
#define NEST       2 /* columns; less is a list that is written with a shaky hand */
#define DIGITS_MAX 9

struct item {
	size_t indent, content; /* columns: of its marker, of its title */
	unsigned line;
	bool done;
	struct task_form form;
	struct buf text;
	size_t blanks; /* empty lines that belong to the text if more of it comes */
};

struct scan {
	const char *file;
	struct task_import *into;
	struct err *err;
	unsigned line;
	struct item stack[DEPTH_MAX];
	size_t depth;
	bool goes_on; /* the last line was of the item on top */
	/* In a code block: its mark, how often, and where it began; else 0. */
	char fence;
	size_t fence_len;
	unsigned fence_line;
	size_t fence_depth; /* of the stack; 0: of no item */
};

/* --- one line --- */

/* Columns of blanks in front; *rest begins behind them. */
static size_t
take_indent(struct str *rest, size_t max)
{
	size_t column = 0;
	while (rest->len > 0 && column < max && (rest->ptr[0] == ' ' || rest->ptr[0] == '\t')) {
		column += rest->ptr[0] == ' ' ? 1 : TAB - column % TAB;
		*rest = str_slice(*rest, 1, rest->len);
	}
	return column;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* "- ", "* ", "+ ", "1. ", "1) ": how long it is, with the blanks; 0: it is none. */
static size_t
measure_marker(struct str s)
{
	size_t at = 0;
	if (s.len > 0 && strchr("-*+", s.ptr[0])) {
		at = 1;
	} else {
		while (at < s.len && at < DIGITS_MAX && s.ptr[at] >= '0' && s.ptr[at] <= '9')
			at++;
		if (at == 0 || at >= s.len || !strchr(".)", s.ptr[at]))
			return 0;
		at++;
	}
	if (at >= s.len || !is_blank(s.ptr[at]))
		return 0;
	while (at < s.len && is_blank(s.ptr[at]))
		at++;
	return at;
}

enum box { BOX_NONE, BOX_OPEN, BOX_DONE, BOX_WRONG };

/* "[ ] title"; *rest is the title then. What stands in a wrong one is no word: "[]", "[-]". */
static enum box
take_box(struct str *rest)
{
	struct str s = *rest;
	ptrdiff_t end = str_find(s, ']');
	if (s.len == 0 || s.ptr[0] != '[' || end < 0)
		return BOX_NONE;
	struct str after = str_slice(s, (size_t)end + 1, s.len);
	struct str in = str_slice(s, 1, (size_t)end);
	if (after.len > 0 && !is_blank(after.ptr[0]))
		return BOX_NONE;
	*rest = str_trim(after);
	if (str_eqc(in, " "))
		return BOX_OPEN;
	if (str_eqc(in, "x") || str_eqc(in, "X"))
		return BOX_DONE;
	if (str_trim(in).len == 0 || (in.len == 1 && strchr("-~/*+.!?>v", in.ptr[0])))
		return BOX_WRONG;
	return BOX_NONE;
}

/* "```" and "~~~": how long it is; 0: it is none. */
static size_t
measure_fence(struct str s)
{
	size_t len = 0;
	while (len < s.len && (s.ptr[0] == '`' || s.ptr[0] == '~') && s.ptr[len] == s.ptr[0])
		len++;
	return len >= 3 ? len : 0;
}

/* --- a title --- */

/* "#12" is an issue, and no tag. */
static bool
is_tag(struct str word)
{
	if (word.len < 2 || word.ptr[0] != '#' || word.ptr[1] == '#' ||
		str_find(word, ',') >= 0)
		return false;
	for (size_t i = 1; i < word.len; i++) {
		if (word.ptr[i] < '0' || word.ptr[i] > '9')
			return true;
	}
	return false;
}

static bool
is_priority(struct str word)
{
	size_t at = word.len > 1 && word.ptr[1] == '-' ? 2 : 1;
	if (word.len <= at || word.ptr[0] != '!')
		return false;
	while (at < word.len && word.ptr[at] >= '0' && word.ptr[at] <= '9')
		at++;
	return at == word.len;
}

static struct str
last_word(struct str title)
{
	size_t at = title.len;
	while (at > 0 && !is_blank(title.ptr[at - 1]))
		at--;
	return str_slice(title, at, title.len);
}

static int
read_title(struct task_form *form, struct str title, struct err *why)
{
	int rc = 0;
	while (rc == 0) {
		struct str word = last_word(title);
		if (is_tag(word))
			rc = task_form_add_tag(form, str_slice(word, 1, word.len), why);
		else if (is_priority(word))
			rc = task_form_priority(form, str_slice(word, 1, word.len), why);
		else
			break;
		title = str_trim(str_slice(title, 0, title.len - word.len));
	}
	form->title = mem_strndup(title.ptr, title.len);
	return rc;
}

/* --- items --- */

/* The item on top ends. */
static int
pop(struct scan *s)
{
	struct item *item = &s->stack[--s->depth];
	struct err why = ERR_INIT;
	int rc = 0;
	if (!item->done) {
		item->form.text = buf_steal(&item->text);
		rc = task_import_add(s->file, s->into, &item->form, item->line, s->err);
	}
	/* The nearest that is to be done needs it. */
	for (size_t i = s->depth; rc == 0 && !item->done && i > 0; i--) {
		struct item *above = &s->stack[i - 1];
		if (above->done)
			continue;
		if (task_form_add_need(&above->form, -(int64_t)s->into->count, &why) < 0)
			rc = task_import_refuse(
				s->file, above->line, s->err, why.code, "%s", why.text);
		break;
	}
	task_form_release(&item->form);
	buf_release(&item->text);
	return rc;
}

static int
push(struct scan *s, size_t indent, size_t marker, struct str title, bool done)
{
	struct err why = ERR_INIT;
	int rc = 0;
	while (rc == 0 && s->depth > 0 && indent < s->stack[s->depth - 1].indent + NEST)
		rc = pop(s);
	if (rc < 0)
		return rc;
	if (s->depth == DEPTH_MAX)
		return task_import_refuse(s->file, s->line, s->err, ERR_LIMIT,
			"found a list nested in more than %d, expected no more", DEPTH_MAX);
	struct item *item = &s->stack[s->depth++];
	*item = (struct item){
		.indent = indent, .content = indent + marker, .line = s->line, .done = done};
	s->into->done += done;
	if (!done && read_title(&item->form, title, &why) < 0)
		return task_import_refuse(s->file, s->line, s->err, why.code, "%s", why.text);
	if (!done && task_form_check(&item->form, &why) < 0)
		return task_import_refuse(s->file, s->line, s->err, why.code, "%s", why.text);
	s->goes_on = true;
	return 0;
}

/* To the item on top. */
static int
add_text(struct scan *s, struct str line)
{
	struct item *item = &s->stack[s->depth - 1];
	take_indent(&line, item->content);
	if (item->text.len + item->blanks + line.len > STORE_TEXT_MAX)
		return task_import_refuse(s->file, s->line, s->err, ERR_LIMIT,
			"found a text of more than %u bytes, expected no more", STORE_TEXT_MAX);
	if (item->text.len > 0)
		buf_fill(&item->text, '\n', item->blanks + 1);
	item->blanks = 0;
	if (!item->done)
		buf_add(&item->text, line);
	s->goes_on = true;
	return 0;
}

/* --- lines --- */

static void
see_fence(struct scan *s, struct str words)
{
	size_t len = measure_fence(words);
	if (len == 0)
		return;
	s->fence = words.ptr[0];
	s->fence_len = len;
	s->fence_line = s->line;
	s->fence_depth = s->depth;
}

/* In a code block nothing is an item. */
static int
code_line(struct scan *s, struct str line, struct str words)
{
	size_t len = measure_fence(words);
	if (len >= s->fence_len && words.ptr[0] == s->fence && str_trim(words).len == len)
		s->fence = '\0';
	return s->fence_depth > 0 ? add_text(s, line) : 0;
}

/* Neither an item nor code: of an item by its indent, or of none. */
static int
text_line(struct scan *s, size_t indent, struct str line, struct str words)
{
	bool lazy = s->goes_on && s->depth > 0 && indent <= s->stack[0].indent &&
		    words.ptr[0] != '#' && measure_marker(words) == 0 &&
		    measure_fence(words) == 0;
	int rc = 0;
	if (lazy)
		return add_text(s, line);
	while (rc == 0 && s->depth > 0 && indent <= s->stack[s->depth - 1].indent)
		rc = pop(s);
	s->goes_on = false;
	if (rc == 0)
		see_fence(s, words);
	if (rc == 0 && s->depth > 0)
		rc = add_text(s, line);
	return rc;
}

static int
read_line(struct scan *s, struct str line)
{
	struct str words = line;
	size_t indent = take_indent(&words, SIZE_MAX);
	if (words.len == 0) {
		if (s->depth > 0 && s->stack[s->depth - 1].text.len > 0)
			s->stack[s->depth - 1].blanks++;
		s->goes_on = false;
		return 0;
	}
	if (s->fence && s->fence_depth > 0 && indent <= s->stack[s->depth - 1].indent)
		s->fence = '\0'; /* its item ends, and it with that */
	if (s->fence)
		return code_line(s, line, words);
	size_t marker = measure_marker(words);
	struct str title = str_slice(words, marker, words.len);
	enum box box = marker > 0 ? take_box(&title) : BOX_NONE;
	char safe[64];
	if (box == BOX_WRONG)
		return task_import_refuse(s->file, s->line, s->err, ERR_INVALID,
			"found \"%s\", expected \"[ ]\" or \"[x]\" and a title",
			text_safe_tmp(safe, sizeof(safe), str_trim(words)));
	if (box != BOX_NONE)
		return push(s, indent, marker, title, box == BOX_DONE);
	return text_line(s, indent, line, words);
}

int
task_markdown_parse(
	const char *file, struct str text, struct task_import *into, struct err *err)
{
	struct scan s = {.file = file, .into = into, .err = err};
	int rc = 0;
	while (rc == 0 && text.len > 0) {
		struct str line = str_cut(&text, '\n');
		if (str_ends(line, STR("\r")))
			line.len--;
		s.line++;
		rc = read_line(&s, line);
	}
	if (rc == 0 && s.fence)
		rc = task_import_refuse(file, s.fence_line, err, ERR_INVALID,
			"found a block of code that does not end, expected its end");
	while (rc == 0 && s.depth > 0)
		rc = pop(&s);
	for (size_t i = 0; i < s.depth; i++) {
		task_form_release(&s.stack[i].form);
		buf_release(&s.stack[i].text);
	}
	return rc;
}
