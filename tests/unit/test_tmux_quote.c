/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/tmux_quote.h"
#include "live_tmux.h"

/* A struct str in a row of a table: in constant initialisers a compound literal will not do. */
#define TEXT(literal)                        \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

static struct live live;

static int
stop(void **state)
{
	(void)state;
	live_stop(&live);
	return 0;
}

static void
quotes(void **state)
{
	static const struct {
		struct str in, out;
	} rows[] = {
		{TEXT(""),                        TEXT("\"\"")                             },
		{TEXT("plain"),                   TEXT("\"plain\"")                        },
		{TEXT("a \"b\" \\ $HOME"),        TEXT("\"a \\042b\\042 \\134 \\044HOME\"")},
		{TEXT("~root"),                   TEXT("\"\\176root\"")                    },
		{TEXT("; kill-server\n#{x} '{}"), TEXT("\"; kill-server\\012#{x} '{}\"")   },
		{TEXT("a\0b"),                    TEXT("\"ab\"")                           },
		{TEXT("\001\033\177\377"),        TEXT("\"\\001\\033\\177\\377\"")         },
		{TEXT("\xc3\xa9\x80"),            TEXT("\"\xc3\xa9\x80\"")                 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT;

		tmux_quote(&out, rows[i].in);
		assert_int_equal(out.len, rows[i].out.len);
		assert_memory_equal(out.ptr, rows[i].out.ptr, out.len);
		buf_release(&out);
	}
}

static void
writes_hex(void **state)
{
	struct buf out = BUF_INIT;

	(void)state;
	tmux_hex(&out, STR(""));
	assert_int_equal(out.len, 0);
	tmux_hex(&out, (struct str)TEXT("\033[A\0\xff"));
	assert_string_equal(buf_cstr(&out), " 1b 5b 41 00 ff");
	buf_release(&out);
}

static void
undoes_octal(void **state)
{
	static const struct {
		struct str in, out;
		unsigned bad;
	} rows[] = {
		{TEXT(""),                  TEXT(""),           0},
		{TEXT("plain"),             TEXT("plain"),      0},
		{TEXT("\\033[m\\015\\012"), TEXT("\033[m\r\n"), 0},
		{TEXT("\\000\\377"),        TEXT("\0\377"),     0},
		{TEXT("\\134\\\\x"),        TEXT("\\\\x"),      0},
		{TEXT("\\\\033"),           TEXT("\\033"),      0},
		{TEXT("\\400"),             TEXT("\\400"),      1},
		{TEXT("\\777"),             TEXT("\\777"),      1},
		{TEXT("\\1"),               TEXT("\\1"),        1},
		{TEXT("\\12"),              TEXT("\\12"),       1},
		{TEXT("\\128"),             TEXT("\\128"),      1},
		{TEXT("\\/12"),             TEXT("\\/12"),      1},
		{TEXT("a\\"),               TEXT("a\\"),        1},
		{TEXT("\\x\\033\\"),        TEXT("\\x\033\\"),  2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT;

		assert_int_equal(tmux_unescape(&out, rows[i].in), rows[i].bad);
		assert_int_equal(out.len, rows[i].out.len);
		if (out.len > 0)
			assert_memory_equal(out.ptr, rows[i].out.ptr, out.len);
		buf_release(&out);
	}
}

/* Puts s into a tmux buffer and from there into a file: no formatting on the way back. */
static void
check_buffer(struct str s)
{
	struct buf line = BUF_INIT;
	char path[128], back[8192];

	snprintf(path, sizeof(path), "%s/file", live.dir);
	buf_addc(&line, "set-buffer -b t -- ");
	tmux_quote(&line, s);
	buf_addc(&line, " ; save-buffer -b t ");
	tmux_quote(&line, str_from(path));
	live_ask(&live, buf_cstr(&line), 2);
	if (live.status != 0)
		fail_msg("%s: %s", buf_cstr(&line), buf_cstr(&live.text));
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	size_t len = fread(back, 1, sizeof(back), file);
	fclose(file);
	if (len != s.len || memcmp(back, s.ptr, len) != 0)
		fail_msg("did not come back: %s", buf_cstr(&line));
	buf_release(&line);
}

static void
check_option(struct str s)
{
	struct buf line = BUF_INIT;

	buf_addc(&line, "set-option -g @x ");
	tmux_quote(&line, s);
	buf_addc(&line, " ; show-options -gqv @x");
	live_ask(&live, buf_cstr(&line), 2);
	assert_int_equal(live.status, 0);
	assert_int_equal(live.text.len, s.len);
	if (s.len > 0)
		assert_memory_equal(live.text.ptr, s.ptr, s.len);
	buf_release(&line);
}

static void
case_20_every_byte_comes_back_from_tmux(void **state)
{
	char all[255];
	(void)state;
	if (!live_start(&live, "exec cat"))
		skip();
	for (int c = 1; c < 256; c++) {
		char triple[3] = {(char)c, 'a', (char)c};

		all[c - 1] = (char)c;
		check_buffer((struct str){triple, 1});
		check_buffer((struct str){triple, 3});
	}
	check_buffer((struct str){all, sizeof(all)});
}

static void
case_20_awkward_text_comes_back_from_tmux(void **state)
{
	static const char *const pieces[] = {"\"", "'", "\\", "$", "$HOME", "${x}",
		"#{pane_id}", "#(id)", "#[fg=red]", ";", " ; kill-server", "\n", "\r\n", "~",
		"~root", " ~", " ", "\t", "{", "}", "%if 1", "%0", "#", "\\012", "\\;",
		"\xc3\xa9", "\xe4\xb8\xad", "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80",
		"word", "-", "--", "-b", "=", "*", "\\e", "\\u1234", "\\", "\\\n"};
	size_t count = sizeof(pieces) / sizeof(pieces[0]);
	unsigned seed = 1;
	(void)state;
	if (!live_start(&live, "exec cat"))
		skip();
	check_option(STR(""));
	for (size_t i = 0; i < count; i++) {
		check_buffer(str_from(pieces[i]));
		check_option(str_from(i == 0 ? "x" : pieces[i][0] == '-' ? "y" : pieces[i]));
	}
	for (unsigned round = 0; round < 400; round++) {
		struct buf text = BUF_INIT;

		for (unsigned words = 1 + round % 9; words > 0; words--) {
			seed = seed * 1103515245u + 12345u;
			buf_addc(&text, pieces[(seed >> 16) % count]);
		}
		check_buffer(buf_str(&text));
		if (text.ptr[0] != '-')
			check_option(buf_str(&text));
		buf_release(&text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes),
		cmocka_unit_test(writes_hex),
		cmocka_unit_test(undoes_octal),
		cmocka_unit_test_teardown(case_20_every_byte_comes_back_from_tmux, stop),
		cmocka_unit_test_teardown(case_20_awkward_text_comes_back_from_tmux, stop),
	};

	return cmocka_run_group_tests_name("tmux quote", tests, NULL, NULL);
}
