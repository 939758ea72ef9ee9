/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/base_text.h"
#include "cockpit/term_keys.h"
#include "cockpit/term_screen.h"

/* Name, and what key_encode() gives: text, or the word for tmux. */
static const struct row {
	const char *name, *text, *word;
} rows[] = {
	{"x",         "x",        ""         },
	{"A",         "A",        ""         },
	{";",         ";",        ""         },
	{"Space",     " ",        ""         },
	{"\xc3\xa9",  "\xc3\xa9", ""         },
	{"-",         "-",        ""         },
	{"C-a",       "",         "C-a"      },
	{"C-Space",   "",         "C-Space"  },
	{"C-\\",      "",         "'C-\\'"   },
	{"C-]",       "",         "'C-]'"    },
	{"C-_",       "",         "C-_"      },
	{"C--",       "",         "C--"      },
	{"M-x",       "",         "M-x"      },
	{"M-X",       "",         "M-X"      },
	{"M-;",       "",         "'M-;'"    },
	{"M-'",       "",         "\"M-'\""  },
	{"M-\"",      "",         "'M-\"'"   },
	{"M-$",       "",         "'M-$'"    },
	{"M-#",       "",         "'M-#'"    },
	{"M-{",       "",         "'M-{'"    },
	{"M-~",       "",         "'M-~'"    },
	{"C-M-a",     "",         "C-M-a"    },
	{"Enter",     "",         "Enter"    },
	{"S-Enter",   "",         "S-Enter"  },
	{"M-Enter",   "",         "M-Enter"  },
	{"Escape",    "",         "Escape"   },
	{"BTab",      "",         "BTab"     },
	{"C-S-Up",    "",         "C-S-Up"   },
	{"C-M-S-F12", "",         "C-M-S-F12"},
	{"PPage",     "",         "PPage"    },
	{"BSpace",    "",         "BSpace"   },
	{"C-BSpace",  "",         "C-BSpace" },
	{"DC",        "",         "DC"       },
};

static void
test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf text = BUF_INIT, word = BUF_INIT;
		struct key key;
		char name[32];

		assert_true(key_parse(str_from(rows[i].name), &key));
		key_name(key, name);
		assert_string_equal(name, rows[i].name);
		assert_int_equal(key_encode(key, &text, &word), rows[i].text[0] != '\0');
		assert_string_equal(buf_cstr(&text), rows[i].text);
		assert_string_equal(buf_cstr(&word), rows[i].word);
		buf_release(&text);
		buf_release(&word);
	}
}

static void
test_no_names(void **state)
{
	static const char *const bad[] = {"", "C-", "Foo", "ab", "\x1b", "\xff", "F13", "C-M-"};
	struct key key;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(key_parse(str_from(bad[i]), &key));
	assert_true(key_parse(STR("S-Tab"), &key));
	assert_true(key_eq(key, (struct key){.special = KEY_TAB, .mods = KEY_SHIFT}));
	assert_true(key_parse(STR("C-Q"), &key));
	assert_true(key_eq(key, (struct key){.code = 'q', .mods = KEY_CTRL}));
}

/* What no keyboard types must not reach an agent as text. */
static void
test_codes(void **state)
{
	static const uint32_t bad[] = {0, 3, 0x1b, 0x7f, 0x9b, 0xd800, 0x110000};
	struct buf text = BUF_INIT, word = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (unsigned mods = 0; mods < 8; mods++) {
			assert_true(key_encode(
				(struct key){.code = bad[i], .mods = mods}, &text, &word));
			assert_int_equal(text.len + word.len, 0);
		}
	}
}

static const struct mouse_row {
	struct mouse mouse;
	unsigned modes;
	const char *bytes;
} mouse_rows[] = {
	{{MOUSE_PRESS, 1, 0, 0, 0},             0,                                      ""              },
	{{MOUSE_PRESS, 1, 0, 0, 0},             SCREEN_MOUSE_SGR,                       ""              },
	{{MOUSE_PRESS, 1, 0, 0, 0},             SCREEN_MOUSE_CLICK,                     "\033[M !!"     },
	{{MOUSE_RELEASE, 1, 0, 0, 0},           SCREEN_MOUSE_CLICK,                     "\033[M#!!"     },
	{{MOUSE_PRESS, 3, 0, 9, 4},             SCREEN_MOUSE_CLICK | SCREEN_MOUSE_SGR,  "\033[<2;10;5M" },
	{{MOUSE_RELEASE, 3, 0, 9, 4},           SCREEN_MOUSE_CLICK | SCREEN_MOUSE_SGR,  "\033[<2;10;5m" },
	{{MOUSE_WHEEL_UP, 0, 0, 9, 4},          SCREEN_MOUSE_CLICK | SCREEN_MOUSE_SGR,  "\033[<64;10;5M"},
	{{MOUSE_WHEEL_DOWN, 0, KEY_CTRL, 9, 4}, SCREEN_MOUSE_MOVE | SCREEN_MOUSE_SGR,
         "\033[<81;10;5M"									       },
	{{MOUSE_DRAG, 1, 0, 1, 1},              SCREEN_MOUSE_CLICK,                     ""              },
	{{MOUSE_DRAG, 1, 0, 1, 1},              SCREEN_MOUSE_DRAG | SCREEN_MOUSE_SGR,   "\033[<32;2;2M" },
	{{MOUSE_MOVE, 0, 0, 1, 1},              SCREEN_MOUSE_DRAG | SCREEN_MOUSE_SGR,   ""              },
	{{MOUSE_MOVE, 0, KEY_SHIFT, 1, 1},      SCREEN_MOUSE_MOVE | SCREEN_MOUSE_SGR,
         "\033[<39;2;2M"										},
	{{MOUSE_PRESS, 1, KEY_ALT, 222, 0},     SCREEN_MOUSE_CLICK,                     "\033[M(\xff!"  },
	{{MOUSE_PRESS, 1, 0, 223, 0},           SCREEN_MOUSE_CLICK,                     ""              },
	{{MOUSE_PRESS, 1, 0, 223, 0},           SCREEN_MOUSE_CLICK | SCREEN_MOUSE_UTF8,
         "\033[M \xc4\x80!"									     },
	{{MOUSE_PRESS, 1, 0, -1, 0},            SCREEN_MOUSE_CLICK,                     ""              },
};

static void
test_mouse(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mouse_rows) / sizeof(mouse_rows[0]); i++) {
		struct buf bytes = BUF_INIT;

		mouse_encode(mouse_rows[i].mouse, mouse_rows[i].modes, &bytes);
		assert_string_equal(buf_cstr(&bytes), mouse_rows[i].bytes);
		buf_release(&bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_names),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_mouse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
