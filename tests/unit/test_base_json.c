/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/base_err.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Bytes, which may hold NULs, and what comes of them. */
#define ROW(bytes, result)                         \
	{                                          \
		{bytes, sizeof(bytes) - 1}, result \
	}

static struct json_doc *
parse(const char *text)
{
	struct json_doc *doc = NULL;
	struct err err = ERR_INIT;
	int rc = json_doc_parse("f", str_from(text), &doc, &err);
	if (rc < 0)
		fail_msg("%s: %s", text, err.text);
	return doc;
}

static void
test_syntax(void **state)
{
	static const struct {
		struct str text;
		const char *error;
	} rows[] = {
		ROW("", "f:1:1: found the end of the file, expected '{' or '['"),
		ROW(" \n ", "f:2:2: found the end of the file, expected '{' or '['"),
		ROW("12", "f:1:1: found '12', expected '{' or '['"),
		ROW("{", "f:1:2: found the end of the file, expected a key in double quotes or "
			 "'}'"),
		ROW("{a: 1}", "f:1:2: found 'a', expected a key in double quotes or '}'"),
		ROW("{'a': 1}", "f:1:2: found ''', expected a key in double quotes or '}'"),
		ROW("{\"a\" 1}", "f:1:6: found '1', expected ':' after the key"),
		ROW("{\"a\":}", "f:1:6: found '}', expected a value"),
		ROW("{\"a\":1", "f:1:7: found the end of the file, expected ',' or '}'"),
		ROW("{\"a\":1 \"b\":2}", "f:1:8: found a string, expected ',' or '}'"),
		ROW("{\"a\":1,}",
			"f:1:8: found '}', expected another key in double quotes after ','"),
		ROW("[1,]", "f:1:4: found ']', expected a value"),
		ROW("[1 2]", "f:1:4: found '2', expected ',' or ']'"),
		ROW("[1}", "f:1:3: found '}', expected ',' or ']'"),
		ROW("{}\n x", "f:2:2: found 'x', expected the end of the file"),
		ROW("{} {}", "f:1:4: found '{', expected the end of the file"),
		ROW("{ // no\n}", "f:1:3: found a comment (JSON has none), expected a key in "
				  "double quotes or '}'"),
		ROW("[# no\n]", "f:1:2: found a comment (JSON has none), expected a value"),
		ROW("[yes]",
			"f:1:2: found 'yes', expected a value (text stands in double quotes)"),
		ROW("[True]",
			"f:1:2: found 'True', expected a value (text stands in double quotes)"),
		ROW("[truefalse]", "f:1:2: found 'truefalse', expected a value (text stands in "
				   "double quotes)"),
		ROW("[01]", "f:1:2: found '01', expected a number as 12, -3 or 0.5"),
		ROW("[-]", "f:1:2: found '-', expected a number as 12, -3 or 0.5"),
		ROW("[1.]", "f:1:2: found '1.', expected a number as 12, -3 or 0.5"),
		ROW("[1e]", "f:1:2: found '1e', expected a number as 12, -3 or 0.5"),
		ROW("[1e5x]", "f:1:2: found '1e5x', expected a number as 12, -3 or 0.5"),
		ROW("[.5]",
			"f:1:2: found '.5', expected a value (text stands in double quotes)"),
		ROW("[9223372036854775808]",
			"f:1:2: found '9223372036854775808', expected a smaller number"),
		ROW("[-9223372036854775809]",
			"f:1:2: found '-9223372036854775809', expected a smaller number"),
		ROW("[0, 1e999]",
			"f:1:5: found a number that is too large, expected a smaller number"),
		ROW("[\"a",
			"f:1:4: found the end of the file, expected '\"' to end the string"),
		ROW("[\"a\nb\"]", "f:1:4: found the end of the line, expected '\"' to end the "
				  "string (a newline "
				  "in it is written \\n)"),
		ROW("[\"a\tb\"]", "f:1:4: found a tab in a string, expected it written as \\t"),
		ROW("[\"\x1b\"]", "f:1:3: found a control byte 0x1b in a string, expected it "
				  "written as \\u001b"),
		ROW("[\"\\x\"]", "f:1:3: found a bad escape, expected one of \\\" \\\\ \\/ \\b "
				 "\\f \\n \\r \\t "
				 "\\uXXXX"),
		ROW("[\"\\u12g4\"]",
			"f:1:3: found a bad \\u escape, expected four hex digits after \\u"),
		ROW("[\"\\u0000\"]",
			"f:1:3: found a NUL (\\u0000), expected text without NULs"),
		ROW("[\"\\ud800x\"]",
			"f:1:3: found half of a surrogate pair, expected both halves "
			"(\\uD8XX\\uDCXX)"),
		ROW("[\"\\udc00\"]",
			"f:1:3: found half of a surrogate pair, expected both halves "
			"(\\uD8XX\\uDCXX)"),
		ROW("[\"a\0b\"]", "f:1:4: found a NUL byte, expected UTF-8 text"),
		ROW("{}\0", "f:1:3: found a NUL byte, expected UTF-8 text"),
		ROW("\xef\xbb\xbf{}",
			"f:1:1: found a byte order mark, expected plain UTF-8 without one"),
		ROW("\xff\xfe{\0}\0", "f:1:1: found UTF-16, expected plain UTF-8"),
		ROW("{\n \"caf\xe9\": 1}", "f:2:6: found byte 0xe9, which is not UTF-8 "
					   "(Latin-1?), expected UTF-8 text"),
		ROW("[\"\xed\xa0\x80\"]", "f:1:3: found byte 0xed, which is not UTF-8 "
					  "(Latin-1?), expected UTF-8 text"),
		ROW("[\xe2\x82\xac]", "f:1:2: found '\xe2\x82\xac', expected a value"),
		ROW("{\"a\":1,\n \"b\":{\"a\":2},\n \"a\":3}",
			"f:3:2: found a key for the second time, expected each key once"),
		ROW("{\"x\": {\"a\":1, \"\\u0061\":2}}",
			"f:1:15: found a key for the second time, expected each key once"),
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_doc *doc = NULL;
		struct err err = ERR_INIT;
		assert_int_equal(json_doc_parse("f", rows[i].text, &doc, &err), ERR_CONFIG);
		assert_int_equal(err.code, ERR_CONFIG);
		assert_string_equal(err.text, rows[i].error);
		assert_null(doc);
	}
}

/* depth times open, then as many times close. */
static int
nested(size_t depth, char open, char close, struct err *err)
{
	struct json_doc *doc = NULL;
	struct buf b = BUF_INIT;
	buf_fill(&b, open, depth);
	buf_fill(&b, close, depth);
	int rc = json_doc_parse("f", buf_str(&b), &doc, err);
	json_doc_free(doc);
	buf_release(&b);
	return rc;
}

static void
test_limits(void **state)
{
	struct err err = ERR_INIT;
	struct json_doc *doc = NULL;
	struct buf b = BUF_INIT;
	(void)state;
	assert_int_equal(nested(JSON_DEPTH_MAX, '[', ']', &err), 0);
	assert_int_equal(nested(JSON_DEPTH_MAX + 1, '[', ']', &err), ERR_CONFIG);
	assert_string_equal(err.text,
		"f:1:33: found more than 32 levels of brackets, expected at most that");
	assert_int_equal(nested(100000, '[', ']', &err), ERR_CONFIG);

	buf_addc(&b, "[");
	buf_fill(&b, ' ', JSON_TEXT_MAX - 2);
	buf_addc(&b, "]");
	assert_int_equal(json_doc_parse("f", buf_str(&b), &doc, &err), 0);
	json_doc_free(doc);
	buf_addc(&b, "\n");
	assert_int_equal(json_doc_parse("f", buf_str(&b), &doc, &err), ERR_LIMIT);
	assert_string_equal(err.text, "f: found 1048577 bytes, expected at most 1048576");

	/* The most values that fit. */
	buf_clear(&b);
	buf_addc(&b, "[0");
	while (b.len < JSON_TEXT_MAX - 3)
		buf_addc(&b, ",0");
	buf_addc(&b, "]");
	assert_int_equal(json_doc_parse("f", buf_str(&b), &doc, &err), 0);
	assert_int_equal(json_count(json_doc_root(doc)), (b.len - 1) / 2);
	json_doc_free(doc);
	buf_release(&b);
}

static void
test_file_is_safe(void **state)
{
	struct err err = ERR_INIT;
	struct json_doc *doc = NULL;
	(void)state;
	assert_int_equal(json_doc_parse("a\x1b[2J", STR(""), &doc, &err), ERR_CONFIG);
	assert_null(strchr(err.text, '\x1b'));
	char file[3000];
	memset(file, 'x', sizeof(file) - 1);
	file[sizeof(file) - 1] = '\0';
	assert_int_equal(json_doc_parse(file, STR("[1 2]"), &doc, &err), ERR_CONFIG);
	assert_non_null(strstr(err.text, ":1:4: found '2', expected ',' or ']'"));
}

static void
test_values(void **state)
{
	struct json_doc *doc =
		parse("{\"z\": [null, true, false, -7, 2.5, \"h\\u00e9\\n\", {}],"
		      "\"a\": {\"b\": \"\\ud83d\\ude00\"}}");
	const struct json *root = json_doc_root(doc);
	(void)state;
	assert_int_equal(json_kind(root), JSON_KIND_OBJECT);
	assert_int_equal(json_count(root), 2);
	assert_null(json_key(root));
	assert_null(json_next(root));
	/* In the text's order, not the alphabet's. */
	const struct json *it = json_first(root);
	assert_string_equal(json_key(it), "z");
	assert_string_equal(json_key(json_next(it)), "a");
	assert_null(json_next(json_next(it)));
	it = json_first(it);
	assert_int_equal(json_kind(it), JSON_KIND_NULL);
	assert_null(json_key(it));
	it = json_next(it);
	assert_true(json_to_bool(it));
	it = json_next(it);
	assert_false(json_to_bool(it));
	it = json_next(it);
	assert_int_equal(json_to_int(it), -7);
	assert_true(json_to_double(it) == -7.0);
	it = json_next(it);
	assert_int_equal(json_kind(it), JSON_KIND_REAL);
	assert_true(json_to_double(it) == 2.5);
	it = json_next(it);
	assert_string_equal(json_to_cstr(it), "h\xc3\xa9\n");
	it = json_next(it);
	assert_int_equal(json_kind(it), JSON_KIND_OBJECT);
	assert_null(json_first(it));
	assert_null(json_next(it));
	assert_string_equal(
		json_to_cstr(json_find(json_find(root, "a"), "b")), "\xf0\x9f\x98\x80");
	assert_null(json_find(root, "b"));
	json_doc_free(doc);
}

static void
test_places(void **state)
{
	/* The wide letters are one column each, though three bytes. */
	struct json_doc *doc =
		parse("{\n\t\"\xe6\xbc\xa2\xe5\xad\x97\" : [1,\n  {\"k\":\"v\"}] }");
	const struct json *list = json_first(json_doc_root(doc));
	const struct json *value = json_find(json_next(json_first(list)), "k");
	const struct {
		const struct json *node;
		enum json_at at;
		unsigned line, column;
	} rows[] = {
		{json_doc_root(doc), JSON_AT_VALUE, 1, 1 },
		{list,               JSON_AT_KEY,   2, 2 },
		{list,               JSON_AT_VALUE, 2, 9 },
		{json_first(list),   JSON_AT_KEY,   2, 10},
		{value,              JSON_AT_KEY,   3, 4 },
		{value,              JSON_AT_VALUE, 3, 8 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_place place = json_place(rows[i].node, rows[i].at);
		assert_int_equal(place.line, rows[i].line);
		assert_int_equal(place.column, rows[i].column);
	}
	struct err err = ERR_INIT;
	assert_int_equal(json_refuse(value, JSON_AT_VALUE, &err, "no %d", 1), ERR_CONFIG);
	assert_string_equal(err.text, "f:3:8: no 1");
	json_doc_free(doc);
}

struct thing {
	char *name;
	int size;
	bool on;
	double ratio;
	const struct json *list;
};

static int
check_even(const struct json *node, struct err *err)
{
	return json_to_int(node) % 2 ? json_refuse(node, JSON_AT_VALUE, err, "found an odd one")
				     : 0;
}

#define THING(member) offsetof(struct thing, member)

static int
read_thing(const char *text, struct thing *thing, struct err *err)
{
	static const struct json_row rows[] = {
		{"name",  JSON_KIND_STRING,  JSON_ROW_REQUIRED, THING(name),  1, 5,  NULL,
                 "a name"										  },
		{"size",  JSON_KIND_INTEGER, 0,                 THING(size),  0, 64, check_even, "how big" },
		{"on",    JSON_KIND_BOOL,    JSON_ROW_NULL,     THING(on),    0, 0,  NULL,       "whether" },
		{"ratio", JSON_KIND_REAL,    0,                 THING(ratio), 0, 0,  NULL,       "how much"},
		{"list",  JSON_KIND_ARRAY,   0,                 THING(list),  0, 0,  NULL,       "more"    },
	};
	struct json_doc *doc = parse(text);
	*thing = (struct thing){.size = 1};
	int rc = json_read(json_doc_root(doc), rows, COUNT(rows), thing, err);
	if (thing->list)
		assert_int_equal(json_kind(thing->list), JSON_KIND_ARRAY);
	json_doc_free(doc);
	return rc;
}

static void
test_rows(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{"[]",                      "f:1:1: found an array, expected an object"               },
		{"{}",                      "f:1:1: found no \"name\", expected a string (a name)"    },
		{"{\"nmae\": 1}",           "f:1:2: unknown key \"nmae\", did you mean \"name\"?"     },
		{"{\"zzz\": 1}",            "f:1:2: unknown key \"zzz\", expected one of \"name\", "
				 "\"size\", \"on\", "
				 "\"ratio\", \"list\""                },
		{"{\"\\u001b[2J\": 1}",     "f:1:2: unknown key \"^[[2J\", expected one of "
					"\"name\", \"size\", \"on\", "
					"\"ratio\", \"list\""  },
		{"{\"name\": 1}",           "f:1:10: found 1, expected a string for \"name\" (a name)"},
		{"{\"name\": \"\"}",
                 "f:1:10: found \"\", expected a string for \"name\" (a name)"                        },
		{"{\"name\": null}",
                 "f:1:10: found null, expected a string for \"name\" (a name)"                        },
		{"{\"name\": \"toolong\"}",
                 "f:1:10: found 7 bytes, expected at most 5 for \"name\" (a name)"                    },
		{"{\"size\": 2.5}",         "f:1:10: found 2.5, expected an integer from 0 to 64 for "
				    "\"size\" (how big)"           },
		{"{\"size\": 66}",          "f:1:10: found 66, expected an integer from 0 to 64 for "
				   "\"size\" (how big)"             },
		{"{\"size\": -2}",          "f:1:10: found -2, expected an integer from 0 to 64 for "
				   "\"size\" (how big)"             },
		{"{\"size\": 3}",           "f:1:10: found an odd one"                                },
		{"{\"on\": \"yes\"}",       "f:1:8: found \"yes\", expected true or false or null "
				      "for \"on\" (whether)"     },
		{"{\"list\": {}}",
                 "f:1:10: found an object, expected an array for \"list\" (more)"                     },
		{"{\"ratio\": true}",
                 "f:1:11: found true, expected a number for \"ratio\" (how much)"                     },
	};
	struct thing thing;
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err err = ERR_INIT;
		assert_int_equal(read_thing(rows[i].text, &thing, &err), ERR_CONFIG);
		assert_string_equal(err.text, rows[i].error);
		mem_free(thing.name);
	}
	struct err err = ERR_INIT;
	assert_int_equal(
		read_thing("{\"ratio\": 3, \"name\": \"a\", \"on\": true, \"size\": 64,"
			   "\"list\": []}",
			&thing, &err),
		0);
	assert_string_equal(thing.name, "a");
	assert_int_equal(thing.size, 64);
	assert_true(thing.on);
	assert_true(thing.ratio == 3.0);
	assert_non_null(thing.list);
	mem_free(thing.name);
	assert_int_equal(read_thing("{\"name\": \"a\", \"on\": null}", &thing, &err), 0);
	assert_int_equal(thing.size, 1);
	mem_free(thing.name);
}

static void
test_found(void **state)
{
	static const struct {
		const char *text, *found;
	} rows[] = {
		{"[\"a\\u001b\\u202e\"]",   "\"a^[<U+202E>\""                                                },
		{"[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		 "aaa\"]", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xe2\x80\xa6\""},
		{"[1e300]",                 "1e+300"							 },
		{"[{}]",                    "an object"						      },
		{"[null]",                  "null"							   },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char ret[128];
		struct json_doc *doc = parse(rows[i].text);
		assert_string_equal(
			json_found(json_first(json_doc_root(doc)), ret), rows[i].found);
		json_doc_free(doc);
	}
}

static void
write_sample(struct json_writer *w)
{
	json_write_object(w, NULL);
	json_write_cstr(w, "name", "a\"b\\c");
	json_write_cstr(w, "none", NULL);
	json_write_array(w, "list");
	json_write_int(w, NULL, INT64_MIN);
	json_write_bool(w, NULL, true);
	json_write_object(w, NULL);
	json_write_close(w);
	json_write_close(w);
	json_write_array(w, "empty");
	json_write_close(w);
	json_write_bool(w, "no", false);
	json_write_close(w);
}

static void
test_write(void **state)
{
	static const char *const compact = "{\"name\":\"a\\\"b\\\\c\",\"none\":null,\"list\":[-"
					   "9223372036854775808,true,{}],"
					   "\"empty\":[],\"no\":false}\n";
	static const char *const pretty = "{\n"
					  "  \"name\": \"a\\\"b\\\\c\",\n"
					  "  \"none\": null,\n"
					  "  \"list\": [\n"
					  "    -9223372036854775808,\n"
					  "    true,\n"
					  "    {}\n"
					  "  ],\n"
					  "  \"empty\": [],\n"
					  "  \"no\": false\n"
					  "}\n";
	(void)state;
	for (int indent = 0; indent < 2; indent++) {
		struct buf b = BUF_INIT;
		struct json_writer w = JSON_WRITER_INIT(&b, indent);
		write_sample(&w);
		assert_int_equal(json_writer_end(&w), 0);
		assert_string_equal(buf_cstr(&b), indent ? pretty : compact);
		buf_release(&b);
	}
	struct buf small = BUF_INIT_MAX(20);
	struct json_writer w = JSON_WRITER_INIT(&small, false);
	write_sample(&w);
	assert_int_equal(json_writer_end(&w), ERR_LIMIT);
	buf_release(&small);
}

static void
test_write_millionths(void **state)
{
	static const int64_t values[] = {
		0, 1, 1500000, -20000, 3120000, 1000000000000, INT64_MIN, INT64_MAX};
	struct buf b = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&b, false);
	(void)state;
	json_write_array(&w, NULL);
	for (size_t i = 0; i < COUNT(values); i++)
		json_write_millionths(&w, NULL, values[i]);
	json_write_close(&w);
	assert_int_equal(json_writer_end(&w), 0);
	assert_string_equal(buf_cstr(&b),
		"[0.0,0.000001,1.5,-0.02,3.12,1000000.0,-9223372036854.775808,"
		"9223372036854.775807]\n");
	buf_release(&b);
}

static void
test_write_strings(void **state)
{
	static const struct {
		struct str bytes;
		const char *json;
	} rows[] = {
		ROW("\b\t\n\f\r\0\x1b\x7f", "\"\\b\\t\\n\\f\\r\\u0000\\u001b\\u007f\"\n"),
		ROW("caf\xc3\xa9 \xe6\xbc\xa2 \xf0\x9f\x98\x80",
			"\"caf\xc3\xa9 \xe6\xbc\xa2 \xf0\x9f\x98\x80\"\n"),
		/* Latin-1, a surrogate, overlong, cut off. */
		ROW("\xe9", "\"\xef\xbf\xbd\"\n"),
		ROW("a\xc0\xaf\xf0\x9f", "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"\n"),
		/* C1 CSI, right-to-left override, a tag character. */
		ROW("\xc2\x9b"
		    "1m",
			"\"\\u009b1m\"\n"),
		ROW("\xe2\x80\xae", "\"\\u202e\"\n"),
		ROW("\xf3\xa0\x80\x81", "\"\\udb40\\udc01\"\n"),
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b = BUF_INIT;
		struct json_writer w = JSON_WRITER_INIT(&b, false);
		json_write_str(&w, NULL, rows[i].bytes);
		assert_int_equal(json_writer_end(&w), 0);
		assert_string_equal(buf_cstr(&b), rows[i].json);
		buf_release(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_file_is_safe),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_write_millionths),
		cmocka_unit_test(test_write_strings),
	};
	text_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
