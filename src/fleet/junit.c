/* SPDX-License-Identifier: MIT */
/*
 * Bytes are read in five states. A tag is collected up to its ">", of which quoted ones are
 * none; as soon as its name is none of ours it is left alone. XML has no "<" within a tag, so
 * one that comes there begins another: a quote that is never closed swallows one tag at most.
 *
 * Counts are those of <testsuites>, else those of the outermost <testsuite>s, else of cases.
 */
#include "junit.h"

#include "cockpit/base_buf.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "tally.h"

#define TAG_MAX      4096
#define TAG_NAME_MAX 10 /* "testsuites" */
#define ENTITY_MAX   10
#define DEPTH_MAX    1000000

enum state {
	STATE_TEXT,
	STATE_TAG,
	STATE_COMMENT,
	STATE_CDATA,
};

struct counts {
	int tests, failures, errors, skipped; /* -1: not said */
};

#define COUNTS_NONE ((struct counts){-1, -1, -1, -1})

struct junit {
	enum state state;
	char tag[TAG_MAX]; /* behind "<" */
	size_t len;
	char quote, last; /* within a tag: the open quote, the last byte */
	size_t matched;   /* bytes of what ends a comment or CDATA */
	int depth;        /* of <testsuite> */
	bool root;        /* in <testsuites> */
	bool in_case, in_failure, failed, skipped;
	char entity[ENTITY_MAX];
	size_t entity_len; /* with its "&"; 0: in none */
	struct counts said, suites, cases;
	struct buf name; /* of the case */
	uint64_t number;
	struct tally *tally;
};

struct junit *
junit_new(void)
{
	struct junit *junit = MEM_NEW(struct junit);
	junit->said = junit->suites = COUNTS_NONE;
	return junit;
}

void
junit_free(struct junit *junit)
{
	if (!junit)
		return;
	buf_release(&junit->name);
	mem_free(junit);
}

/* What stands between "&" and ";". */
static void
add_entity(struct buf *into, struct str name)
{
	static const struct {
		const char *name, *text;
	} known[] = {
		{"lt",   "<" },
                {"gt",   ">" },
                {"amp",  "&" },
                {"quot", "\""},
                {"apos", "'" }
        };
	uint32_t cp = 0, base = 10;
	char utf8[4];
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (str_eqc(name, known[i].name)) {
			buf_addc(into, known[i].text);
			return;
		}
	}
	if (!str_starts(name, STR("#")))
		return;
	name = str_slice(name, 1, name.len);
	if (str_starts(name, STR("x")) || str_starts(name, STR("X"))) {
		name = str_slice(name, 1, name.len);
		base = 16;
	}
	for (size_t i = 0; i < name.len && cp <= 0x10ffff; i++) {
		const char *digits = "0123456789abcdef";
		const char *at = strchr(digits, name.ptr[i] | (base == 16 ? 0x20 : 0));
		cp = cp * base + (at && name.ptr[i] ? (uint32_t)(at - digits) : 0);
	}
	if (cp == 0 || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		cp = TEXT_BAD;
	buf_add(into, (struct str){utf8, text_encode(cp, utf8)});
}

static void
add_decoded(struct buf *into, struct str text)
{
	while (text.len > 0) {
		ptrdiff_t amp = str_find(text, '&');
		buf_add(into, str_slice(text, 0, amp < 0 ? text.len : (size_t)amp));
		if (amp < 0)
			return;
		text = str_slice(text, (size_t)amp, text.len);
		ptrdiff_t end = str_find(str_slice(text, 0, ENTITY_MAX), ';');
		if (end < 0)
			buf_byte(into, '&');
		else
			add_entity(into, str_slice(text, 1, (size_t)end));
		text = str_slice(text, end < 0 ? 1 : (size_t)end + 1, text.len);
	}
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The name of a tag, with its "/" in front. */
static struct str
tag_name(const struct junit *junit)
{
	size_t len = junit->len > 0 && junit->tag[0] == '/';
	while (len < junit->len && !is_blank(junit->tag[len]) && junit->tag[len] != '/')
		len++;
	return (struct str){junit->tag, len};
}

/* The value as it stands; false if the tag has no such attribute. */
static bool
attribute(const struct junit *junit, const char *key, struct str *ret)
{
	struct str rest = {junit->tag, junit->len};
	rest = str_slice(rest, tag_name(junit).len, rest.len);
	for (;;) {
		rest = str_trim(rest);
		ptrdiff_t equals = str_find(rest, '=');
		if (equals < 0)
			return false;
		struct str name = str_trim(str_slice(rest, 0, (size_t)equals));
		rest = str_trim(str_slice(rest, (size_t)equals + 1, rest.len));
		if (rest.len == 0 || (rest.ptr[0] != '"' && rest.ptr[0] != '\''))
			return false;
		char quote = rest.ptr[0];
		rest = str_slice(rest, 1, rest.len);
		struct str value = str_cut(&rest, quote);
		if (str_eqc(name, key)) {
			*ret = value;
			return true;
		}
	}
}

static int
number_in(const struct junit *junit, const char *key)
{
	struct str value;
	return attribute(junit, key, &value) ? tally_number(str_trim(value)) : -1;
}

static struct counts
counts_in(const struct junit *junit)
{
	struct counts counts = {number_in(junit, "tests"), number_in(junit, "failures"),
		number_in(junit, "errors"), number_in(junit, "skipped")};
	return counts;
}

static void
add_count(int *count, int more)
{
	if (more >= 0)
		tally_count(count, more);
}

static void
add_counts(struct counts *counts, struct counts more)
{
	add_count(&counts->tests, more.tests);
	add_count(&counts->failures, more.failures);
	add_count(&counts->errors, more.errors);
	add_count(&counts->skipped, more.skipped);
}

/* One file has ended. */
static void
finish(struct junit *junit)
{
	struct counts counts = junit->said.tests >= 0     ? junit->said
			       : junit->suites.tests >= 0 ? junit->suites
							  : junit->cases;
	int *sums = junit->tally->counts;
	if (counts.skipped < 0)
		counts.skipped = junit->cases.skipped;
	add_count(&sums[COUNT_TOTAL], counts.tests);
	add_count(&sums[COUNT_FAILED], counts.failures);
	add_count(&sums[COUNT_ERRORS], counts.errors);
	add_count(&sums[COUNT_SKIPPED], counts.skipped);
	/* What has neither counts nor cases only looks like one. */
	if (counts.tests > 0 || junit->said.tests == 0 || junit->suites.tests == 0)
		junit->tally->closed_at = junit->number;
	junit->said = junit->suites = COUNTS_NONE;
	junit->cases = (struct counts){0};
	junit->depth = 0;
	junit->root = false;
}

static void
open_root(struct junit *junit, bool empty)
{
	junit->said = counts_in(junit);
	junit->suites = COUNTS_NONE;
	junit->cases = (struct counts){0};
	junit->depth = 0;
	junit->root = true;
	if (empty)
		finish(junit);
}

static void
close_root(struct junit *junit, bool empty)
{
	(void)empty;
	if (junit->root)
		finish(junit);
}

static void
close_suite(struct junit *junit, bool empty)
{
	(void)empty;
	if (junit->depth > 0 && --junit->depth == 0 && !junit->root)
		finish(junit);
}

static void
open_suite(struct junit *junit, bool empty)
{
	if (junit->depth == 0) {
		struct counts counts = counts_in(junit);
		if (counts.tests >= 0)
			add_counts(&junit->suites, counts);
	}
	junit->depth += junit->depth < DEPTH_MAX;
	if (empty)
		close_suite(junit, true);
}

static void
close_case(struct junit *junit, bool empty)
{
	struct tally *tally = junit->tally;
	(void)empty;
	if (!junit->in_case)
		return;
	junit->in_case = junit->in_failure = false;
	tally_count(&junit->cases.tests, 1);
	tally_count(&junit->cases.failures, junit->failed);
	tally_count(&junit->cases.skipped, junit->skipped && !junit->failed);
	tally_count(junit->failed    ? &tally->failed
		    : junit->skipped ? &tally->skipped
				     : &tally->passed,
		1);
	tally->result_at = junit->number;
}

static void
open_case(struct junit *junit, bool empty)
{
	struct str class = {NULL, 0}, name = {NULL, 0};
	if (junit->depth == 0)
		return;
	junit->in_case = true;
	junit->failed = junit->skipped = junit->in_failure = false;
	buf_clear(&junit->name);
	attribute(junit, "classname", &class);
	attribute(junit, "name", &name);
	if (class.len > 0 && !str_starts(name, class)) {
		add_decoded(&junit->name, class);
		buf_byte(&junit->name, '.');
	}
	add_decoded(&junit->name, name);
	if (empty)
		close_case(junit, true);
}

static void
open_failure(struct junit *junit, bool empty)
{
	struct tally *tally = junit->tally;
	struct buf head = BUF_INIT;
	struct str message;
	if (!junit->in_case)
		return;
	if (!junit->failed)
		tally_name(&tally->names, buf_str(&junit->name));
	buf_printf(
		&head, "%s%s\n", tally->section.text.len ? "\n" : "", buf_cstr(&junit->name));
	if (attribute(junit, "message", &message)) {
		add_decoded(&head, message);
		buf_byte(&head, '\n');
	}
	tally_quote_text(tally, buf_str(&head));
	buf_release(&head);
	junit->failed = true;
	junit->in_failure = !empty;
	junit->entity_len = 0;
}

static void
close_failure(struct junit *junit, bool empty)
{
	(void)empty;
	if (junit->in_failure)
		tally_quote_text(junit->tally, STR("\n"));
	junit->in_failure = false;
}

static void
open_skipped(struct junit *junit, bool empty)
{
	(void)empty;
	junit->skipped = true;
}

/* empty: it ends at once, "<a/>". */
static const struct {
	const char *name;
	void (*read)(struct junit *junit, bool empty);
} tags[] = {
	{"testsuites",  open_root    },
	{"/testsuites", close_root   },
	{"testsuite",   open_suite   },
	{"/testsuite",  close_suite  },
	{"testcase",    open_case    },
	{"/testcase",   close_case   },
	{"failure",     open_failure },
	{"/failure",    close_failure},
	{"error",       open_failure },
	{"/error",      close_failure},
	{"skipped",     open_skipped },
};

#define TAG_COUNT (sizeof(tags) / sizeof(tags[0]))

static size_t
find_tag(struct str name)
{
	size_t i = 0;
	while (i < TAG_COUNT && !str_eqc(name, tags[i].name))
		i++;
	return i;
}

static void
begin_tag(struct junit *junit)
{
	junit->state = STATE_TAG;
	junit->len = 0;
	junit->quote = junit->last = '\0';
}

/* Whether what is collected so far can still become something that we know. */
static bool
is_hopeful(const struct junit *junit)
{
	static const char comment[] = "!--", cdata[] = "![CDATA[";
	struct str so_far = {junit->tag, junit->len};
	struct str name = tag_name(junit);
	if (so_far.ptr[0] == '!')
		return junit->depth > 0 && (str_starts(str_from(comment), so_far) ||
						   str_starts(str_from(cdata), so_far));
	if (name.len < so_far.len)
		return find_tag(name) < TAG_COUNT;
	return so_far.len <= TAG_NAME_MAX + 1;
}

static void
end_tag(struct junit *junit)
{
	size_t i = find_tag(tag_name(junit));
	junit->state = STATE_TEXT;
	if (i < TAG_COUNT)
		tags[i].read(junit, junit->last == '/');
}

static void
read_tag_byte(struct junit *junit, char c)
{
	if (c == '<') {
		begin_tag(junit);
		return;
	}
	if (c == '>' && !junit->quote) {
		end_tag(junit);
		return;
	}
	if (junit->quote)
		junit->quote = c == junit->quote ? '\0' : junit->quote;
	else if (c == '"' || c == '\'')
		junit->quote = c;
	junit->last = c;
	if (junit->len == TAG_MAX)
		return;
	junit->tag[junit->len++] = c;
	struct str so_far = {junit->tag, junit->len};
	/* A name that was found to be one of ours is not looked at for every byte. */
	if (junit->len <= TAG_NAME_MAX + 2 && !is_hopeful(junit))
		junit->state = STATE_TEXT;
	else if (str_eqc(so_far, "!--"))
		junit->state = STATE_COMMENT;
	else if (str_eqc(so_far, "![CDATA["))
		junit->state = STATE_CDATA;
	junit->matched = 0;
}

/* Text of a failure; an entity may be cut in two by the pieces that are fed. */
static void
quote_byte(struct junit *junit, char c)
{
	struct buf text = BUF_INIT;
	if (c == '&' || junit->entity_len > 0) {
		if (c == '&')
			junit->entity_len = 0;
		junit->entity[junit->entity_len++] = c;
		if (c == ';')
			add_decoded(&text, (struct str){junit->entity, junit->entity_len});
		if (c == ';' || junit->entity_len == ENTITY_MAX)
			junit->entity_len = 0;
	} else if (c != '\r') {
		buf_byte(&text, c);
	}
	tally_quote_text(junit->tally, buf_str(&text));
	buf_release(&text);
}

static size_t
read_text(struct junit *junit, struct str bytes)
{
	ptrdiff_t at = str_find(bytes, '<');
	size_t len = at < 0 ? bytes.len : (size_t)at;
	bool wanted = junit->in_failure && !junit->tally->section.full;
	for (size_t i = 0; wanted && i < len; i++)
		quote_byte(junit, bytes.ptr[i]);
	if (at < 0)
		return len;
	begin_tag(junit);
	return len + 1;
}

/* A comment or CDATA, up to "-->" or "]]>". */
static void
read_until(struct junit *junit, char c)
{
	char mark = junit->state == STATE_COMMENT ? '-' : ']';
	if (c == '>' && junit->matched >= 2)
		junit->state = STATE_TEXT;
	if (junit->state == STATE_CDATA && junit->in_failure && c != mark && c != '\r')
		tally_quote_text(junit->tally, (struct str){&c, 1});
	junit->matched = c == mark ? junit->matched + 1 : 0;
}

void
junit_feed(struct junit *junit, struct str bytes, uint64_t number, struct tally *tally)
{
	junit->tally = tally;
	junit->number = number;
	while (bytes.len > 0) {
		size_t used = 1;
		if (junit->state == STATE_TEXT)
			used = read_text(junit, bytes);
		else if (junit->state == STATE_TAG)
			read_tag_byte(junit, bytes.ptr[0]);
		else
			read_until(junit, bytes.ptr[0]);
		bytes = str_slice(bytes, used, bytes.len);
	}
}
