/* SPDX-License-Identifier: MIT */
/*
 * A walk over the pattern that collects runs of plain bytes. What may be left out (something
 * before "?", "*" or "{"), what is one of several (a group with "|") and what only looks around
 * counts for nothing: a run from in there is forgotten when its group closes.
 */
#include "literal.h"

#include "cockpit/base_text.h"

#define DEPTH_MAX 50
#define RUN_MAX   64

struct run {
	char bytes[RUN_MAX];
	size_t len, last; /* last: where its last character begins */
};

struct group {
	struct run best; /* as it was before the group */
	bool forget;     /* whatever is inside */
};

struct walk {
	struct str rest;
	struct run run, best;
	struct group groups[DEPTH_MAX];
	size_t depth;
	bool unsure; /* the whole pattern */
};

static void
end_run(struct walk *walk)
{
	if (walk->run.len > walk->best.len)
		walk->best = walk->run;
	walk->run.len = 0;
}

static void
add_char(struct walk *walk, struct str bytes)
{
	if (walk->run.len + bytes.len > RUN_MAX)
		end_run(walk);
	walk->run.last = walk->run.len;
	memcpy(walk->run.bytes + walk->run.len, bytes.ptr, bytes.len);
	walk->run.len += bytes.len;
}

static char
peek(const struct walk *walk)
{
	return walk->rest.len > 0 ? walk->rest.ptr[0] : '\0';
}

static void
skip(struct walk *walk, size_t count)
{
	walk->rest = str_slice(walk->rest, count, walk->rest.len);
}

/* What was just read may be left out, or be there more than once. */
static bool
is_quantifier(char c)
{
	return c == '?' || c == '*' || c == '{';
}

/* Behind "[". A "]" that comes first belongs to the class. */
static void
skip_class(struct walk *walk)
{
	if (peek(walk) == '^')
		skip(walk, 1);
	for (bool first = true; walk->rest.len > 0; first = false) {
		char c = peek(walk);
		if (c == ']' && !first) {
			skip(walk, 1);
			return;
		}
		if (str_starts(walk->rest, STR("[:"))) {
			ptrdiff_t end = str_find_str(walk->rest, STR(":]"));
			if (end > 0)
				skip(walk, (size_t)end + 1);
		} else if (c == '\\') {
			/* \Q and \E: too clever. */
			if (walk->rest.len > 1 && strchr("QE", walk->rest.ptr[1]))
				walk->unsure = true;
			skip(walk, 1);
		}
		skip(walk, 1);
	}
}

/* Behind "\". Those that need more to be read end all certainty. */
static void
read_escape(struct walk *walk)
{
	char c = peek(walk);
	bool is_word =
		(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
	if (!is_word && (unsigned char)c < 0x80 && c) {
		add_char(walk, str_slice(walk->rest, 0, 1));
	} else if (c == 't') {
		add_char(walk, STR("\t"));
	} else {
		walk->unsure = walk->unsure || !c || !strchr("dDwWsShHvVRbBAzZG", c);
		end_run(walk);
	}
	skip(walk, 1);
}

/* Behind "(". True if what is inside must be there: plain, named, without captures, atomic. */
static bool
read_opening(struct walk *walk)
{
	static const char *const plain[] = {"?:", "?>", "?<", "?P<", "?'"};
	if (peek(walk) == '*') {
		walk->unsure = true;
		return false;
	}
	if (peek(walk) != '?')
		return true;
	if (str_starts(walk->rest, STR("?<=")) || str_starts(walk->rest, STR("?<!")))
		return false;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (!str_starts(walk->rest, str_from(plain[i])))
			continue;
		skip(walk, strlen(plain[i]));
		/* Its name is no text. */
		char end = plain[i][strlen(plain[i]) - 1];
		ptrdiff_t at = end == '<'    ? str_find(walk->rest, '>')
			       : end == '\'' ? str_find(walk->rest, '\'')
					     : -1;
		skip(walk, (size_t)(at + 1));
		return true;
	}
	/* Options for what follows, as in (?i), or a group with options. */
	ptrdiff_t close = str_find(walk->rest, ')'), colon = str_find(walk->rest, ':');
	if (!strchr("=!|(", walk->rest.len > 1 ? walk->rest.ptr[1] : '\0') &&
		(colon < 0 || close < colon))
		walk->unsure = true;
	return false;
}

static void
open_group(struct walk *walk)
{
	end_run(walk);
	if (walk->depth == DEPTH_MAX) {
		walk->unsure = true;
		return;
	}
	struct group *group = &walk->groups[walk->depth++];
	group->best = walk->best;
	group->forget = !read_opening(walk);
}

static void
close_group(struct walk *walk)
{
	end_run(walk);
	if (walk->depth == 0) {
		walk->unsure = true;
		return;
	}
	const struct group *group = &walk->groups[--walk->depth];
	if (group->forget || is_quantifier(peek(walk)))
		walk->best = group->best;
}

static void
read_quantifier(struct walk *walk, char c)
{
	/* "{" by itself may be plain: then this loses a few bytes, no more. */
	if (c != '+')
		walk->run.len = walk->run.len ? walk->run.last : 0;
	end_run(walk);
	ptrdiff_t end = c == '{' ? str_find(walk->rest, '}') : -1;
	skip(walk, (size_t)(end + 1));
}

static void
read_bar(struct walk *walk)
{
	end_run(walk);
	if (walk->depth > 0)
		walk->groups[walk->depth - 1].forget = true;
	else
		walk->unsure = true;
}

static void
read_char(struct walk *walk)
{
	struct str before = walk->rest;
	text_next(&walk->rest);
	add_char(walk, str_slice(before, 0, before.len - walk->rest.len));
}

static void
read_item(struct walk *walk)
{
	char c = peek(walk);
	if (!strchr("\\[().^$?*+{|", c)) {
		read_char(walk);
		return;
	}
	skip(walk, 1);
	if (c == '\\')
		read_escape(walk);
	else if (c == '(')
		open_group(walk);
	else if (c == ')')
		close_group(walk);
	else if (c == '|')
		read_bar(walk);
	else if (strchr("?*+{", c))
		read_quantifier(walk, c);
	else
		end_run(walk);
	if (c == '[')
		skip_class(walk);
}

void
literal_of(const char *pattern, struct buf *into)
{
	struct walk walk = {.rest = str_from(pattern)};
	while (walk.rest.len > 0 && !walk.unsure)
		read_item(&walk);
	end_run(&walk);
	if (!walk.unsure && walk.depth == 0)
		buf_add(into, (struct str){walk.best.bytes, walk.best.len});
}
