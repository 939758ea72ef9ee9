/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/ui/input.h"
#include "cockpit/base_text.h"

/* Events as words: "C-a", "S-Up", "press1(4,5)", "paste[text]", "in", "out". */
static void
add_mods(struct buf *out, unsigned mods)
{
	buf_addc(out, mods & KEY_CTRL ? "C-" : "");
	buf_addc(out, mods & KEY_ALT ? "M-" : "");
	buf_addc(out, mods & KEY_SHIFT ? "S-" : "");
}

static void
on_key(void *ctx, struct key key)
{
	static const char *const names[] = {NULL,
#define X(tmux, name) tmux,
		KEY_SPECIALS(X)
#undef X
	};
	struct buf *out = ctx;
	char utf8[4];

	if (out->len)
		buf_byte(out, ' ');
	add_mods(out, key.mods);
	if (key.special != KEY_NONE) {
		assert_int_equal(key.code, 0);
		buf_addc(out, names[key.special]);
	} else if (key.code == ' ') {
		buf_addc(out, "Space");
	} else {
		assert_true(key.code > ' ');
		buf_add(out, (struct str){utf8, text_encode(key.code, utf8)});
	}
}

static void
on_mouse(void *ctx, struct mouse mouse)
{
	static const char *const names[] = {
		"press", "release", "drag", "move", "wheel-up", "wheel-down"};
	struct buf *out = ctx;

	if (out->len)
		buf_byte(out, ' ');
	add_mods(out, mouse.mods);
	buf_printf(out, "%s%d(%d,%d)", names[mouse.kind], mouse.button, mouse.x, mouse.y);
}

static void
on_paste(void *ctx, struct str text, bool truncated)
{
	struct buf *out = ctx;

	if (out->len)
		buf_byte(out, ' ');
	buf_addc(out, truncated ? "cut[" : "paste[");
	buf_add(out, text);
	buf_byte(out, ']');
}

static void
on_focus(void *ctx, bool in)
{
	struct buf *out = ctx;

	if (out->len)
		buf_byte(out, ' ');
	buf_addc(out, in ? "in" : "out");
}

static void
on_torn(void *ctx)
{
	struct buf *out = ctx;

	buf_printf(out, "%storn", out->len ? " " : "");
}

static const struct input_ops ops = {on_key, on_mouse, on_paste, on_focus, on_torn};

static void
assert_events(struct buf *out, const char *want, const char *what)
{
	if (strcmp(buf_cstr(out), want) != 0)
		fail_msg("%s: got \"%s\", want \"%s\"", what, buf_cstr(out), want);
}

/* STR() is no constant. */
#define BYTES(literal)                         \
	{                                      \
		(literal), sizeof(literal) - 1 \
	}

static const struct {
	const char *name;
	struct str bytes;
	const char *events;
} rows[] = {
	{"text",		       BYTES("ab Z~"),							    "a b Space Z ~"         },
	{"controls",                   BYTES("\0\1\3\12\21\32\34\35\36\37"),
         "C-Space C-a C-c C-j C-q C-z C-\\ C-] C-^ C-_"										   },
	{"enter, tab",                 BYTES("\r\t"),							     "Enter Tab"             },
	{"both backspaces",            BYTES("\b\177"),							   "BSpace BSpace"         },
	{"utf-8",		      BYTES("\303\251\346\227\245\360\237\230\200"),
         "\303\251 \346\227\245 \360\237\230\200"											 },
	{"bad utf-8",                  BYTES("\200a\303b\377c\355\240\200d\302\233e"),                            "a b c d e"             },
	{"csi arrows",                 BYTES("\033[A\033[B\033[C\033[D\033[H\033[F"),
         "Up Down Right Left Home End"												    },
	{"application arrows",         BYTES("\033OA\033OB\033OC\033OD\033OH\033OF"),
         "Up Down Right Left Home End"												    },
	{"arrows with modifiers",
         BYTES("\033[1;2A\033[1;3B\033[1;5C\033[1;6D\033[1;8H\033[1;1F"),
         "S-Up M-Down C-Right C-S-Left C-M-S-Home End"										    },
	{"lock keys are no modifiers", BYTES("\033[1;65A\033[1;193B\033[97;133u"),
         "Up Down C-a"														    },
	{"super is not ours",          BYTES("\033[1;9A\033[97;13ux"),                                            "x"                     },
	{"editing keys",               BYTES("\033[1~\033[2~\033[3~\033[4~\033[5~\033[6~\033[7~\033[8~"),
         "Home IC DC End PPage NPage Home End"											    },
	{"with modifiers",             BYTES("\033[3;5~\033[5;2~\033[2;3~"),                                      "C-DC S-PPage M-IC"     },
	{"rxvt",		       BYTES("\033[3$\033[3^\033[3@\033[a\033Oa\033[c\033Od"),
         "S-DC C-DC C-S-DC S-Up C-Up S-Right C-Left"										      },
	{"back tab",                   BYTES("\033[Z\033[1;2Z"),						  "S-Tab S-Tab"           },
	{"f1 to f4",                   BYTES("\033OP\033OQ\033OR\033OS"),                                         "F1 F2 F3 F4"           },
	{"f1 to f4 by csi",            BYTES("\033[P\033[Q\033[1;1R\033[S"),                                      "F1 F2 F3 F4"           },
	{"f1 to f4 by number",         BYTES("\033[11~\033[12~\033[13~\033[14~"),                                 "F1 F2 F3 F4"           },
	{"f1 to f5, console",          BYTES("\033[[A\033[[B\033[[C\033[[D\033[[E"),                              "F1 F2 F3 F4 F5"        },
	{"f5 to f12",                  BYTES("\033[15~\033[17~\033[18~\033[19~\033[20~\033[21~\033[23~\033[24~"),
         "F5 F6 F7 F8 F9 F10 F11 F12"												     },
	{"functions with modifiers",   BYTES("\033[1;2P\033[1;5R\033[15;2~\033O5Q\033O1;2S"),
         "S-F1 C-F3 S-F5 C-F2 S-F4"												       },
	{"no cursor report",           BYTES("\033[5;7R\033[12;1Rx"),                                             "x"                     },
	{"alt",			BYTES("\033x\033X\033\303\251\033 \033\r\033\177\033\t\033\1\033."),
         "M-x M-X M-\303\251 M-Space M-Enter M-BSpace M-Tab C-M-a M-."                                                                    },
	{"alt before a sequence",      BYTES("\033\033[A\033\033OP"),                                             "M-Up M-F1"             },
	{"escape, then alt",           BYTES("\033\033x\033\033\033[A"),                                          "Escape M-x Escape M-Up"},
	{"keypad",		     BYTES("\033Op\033Oy\033Ok\033OM\033OX"),                                   "0 9 + Enter ="         },
	{"csi u",
         BYTES("\033[97;5u\033[97;6u\033[97;3u\033[97;4u\033[104;5u\033[32;5u\033[233;"
		      "3u"),
         "C-a C-S-a M-a M-A C-h C-Space M-\303\251"										       },
	{"csi u, specials",
         BYTES("\033[27u\033[13;2u\033[9;5u\033[127;3u\033[27;1u\033[13;1:1u"),
         "Escape S-Enter C-Tab M-BSpace Escape Enter"										     },
	{"csi u, events",              BYTES("\033[97;5:1u\033[97;5:2u\033[97;5:3u\033[1;5:3A\033[3;1:3~"),
         "C-a C-a"															},
	{"csi u, alternates",          BYTES("\033[49:33;4u\033[97:65:97;8u\033[97;1;97u"),
         "M-! C-M-S-a a"														  },
	{"csi u, keypad",              BYTES("\033[57399u\033[57408u\033[57414u\033[57417;5u\033[57410u"),
         "0 9 Enter C-Left /"													     },
	{"csi u, no use",
         BYTES("\033[57441;2u\033[57358u\033[1u\033[155u\033[55296u\033[1114112ux"),
         "x"															      },
	{"modify other keys",
         BYTES("\033[27;5;105~\033[27;2;13~\033[27;6;65~\033[27;4;33~\033[27;5;9~\033["
		      "27;"
		      "5;32~"),
         "C-i S-Enter C-S-a M-! C-Tab C-Space"											    },
	{"mouse",		      BYTES("\033[<0;1;1M\033[<0;1;1m\033[<2;200;60M\033[<1;3;4m"),
         "press1(0,0) release1(0,0) press3(199,59) release2(2,3)"									 },
	{"mouse, motion",              BYTES("\033[<32;5;6M\033[<35;7;8M\033[<34;7;8m"),
         "drag1(4,5) move0(6,7) drag3(6,7)"											       },
	{"mouse, wheel",
         BYTES("\033[<64;5;6M\033[<65;5;6M\033[<66;5;6M\033[<67;5;6M\033[<128;5;6M"),
         "wheel-up0(4,5) wheel-down0(4,5)"												},
	{"mouse, modifiers",           BYTES("\033[<4;1;2M\033[<8;1;2M\033[<16;1;2M\033[<92;1;2M"),
         "S-press1(0,1) M-press1(0,1) C-press1(0,1) C-M-S-wheel-up0(0,1)"                                                                 },
	{"mouse, old",                 BYTES("\033[M !!\033[M#!!\033[M`%&x"),
         "press1(0,0) release0(0,0) wheel-up0(4,5) x"										     },
	{"focus",		      BYTES("\033[I\033[Oa"),						    "in out a"              },
	{"paste",		      BYTES("a\033[200~hello\r\n\tw\303\266rld\033[201~b"),
         "a paste[hello\r\n\tw\303\266rld] b"											     },
	{"empty paste",                BYTES("\033[200~\033[201~"),                                               "paste[]"               },
	{"stray end of paste",         BYTES("\033[201~x"),						       "x"                     },
	{"unknown csi",
         BYTES("\033[?1;2c\033[>0;1c\033[?2026;2$y\033[4;1;2t\033[99~\033[25~"
		      "\033[=1z\033[1!p\033[2 qx"),
         "x"															      },
	{"broken csi",                 BYTES("\033[1;2<A\033[1;2;3;4;5;6;7;8;9;10A\033[99999999999ux"),           "x"                     },
	{"cut off by a key",           BYTES("\033[1;5\3\033[1;5\033[A\033[<0;5\303\251"),
         "C-c Up \303\251"														},
	{"strings",
         BYTES("\033]11;rgb:00/00/"
		      "00\033\\a\033]4;x\ab\033P1$r0m\033\\c\033_Gi=1;OK\033\\d"
		      "\033^\033X"),
         "a b c d M-^ M-X"														},
	{"string cut off",             BYTES("\033]11;x\033[A"),                                                  "Up"                    },
};

static void
all_splits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str bytes = rows[i].bytes;

		/* One cut anywhere; with the last value no cut, but single bytes. */
		for (size_t cut = 0; cut <= bytes.len + 1; cut++) {
			struct buf out = BUF_INIT;
			struct input *in = input_new(&ops, &out);

			if (cut <= bytes.len) {
				input_feed(in, str_slice(bytes, 0, cut));
				input_feed(in, str_slice(bytes, cut, bytes.len));
			} else {
				for (size_t b = 0; b < bytes.len; b++)
					input_feed(in, str_slice(bytes, b, b + 1));
			}
			assert_events(&out, rows[i].events, rows[i].name);
			assert_false(input_pending(in));
			input_flush(in);
			assert_events(&out, rows[i].events, rows[i].name);
			input_free(in);
			buf_release(&out);
		}
	}
}

static void
paste_keeps_its_bytes(void **state)
{
	struct str bytes = STR("\033[200~\033[20\033[A\033\033[201\033[200~x\0y\033[201~z");
	struct str want = STR("paste[\033[20\033[A\033\033[201\033[200~x\0y] z");

	(void)state;
	for (size_t cut = 0; cut <= bytes.len; cut++) {
		struct buf out = BUF_INIT;
		struct input *in = input_new(&ops, &out);

		input_feed(in, str_slice(bytes, 0, cut));
		if (cut > 0 && cut < 6) /* still looks like ESC, ESC [ or more */
			assert_true(input_pending(in) == (cut < 3));
		input_feed(in, str_slice(bytes, cut, bytes.len));
		assert_true(str_eq(buf_str(&out), want));
		input_free(in);
		buf_release(&out);
	}
}

/* A terminal that does not filter what is pasted: nothing of it may become keys. */
static void
paste_holding_its_end(void **state)
{
	static const struct {
		const char *bytes, *events;
	} cases[] = {
		{"\033[200~a\033[201~\003rm x\r\033[201~b",  "paste[a\033[201~\003rm x\r] b"},
		{"\033[200~a\033[201~b\033[201~\033[201~c",  "paste[a\033[201~b\033[201~] c"},
		{"\033[200~a\033[201~b\033[200~c\033[201~d", "paste[a] b paste[c] d"        },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = BUF_INIT;
		struct input *in = input_new(&ops, &out);

		input_feed(in, str_from(cases[i].bytes));
		assert_string_equal(buf_cstr(&out), cases[i].events);
		input_free(in);
		buf_release(&out);
	}
}

static void
pauses(void **state)
{
	static const struct {
		const char *before;
		bool pending;
		const char *after, *events;
	} cases[] = {
		{"",               false, "x",           "x"              },
		{"\033",           true,  "x",           "Escape x"       },
		{"\033",           true,  "[A",          "Escape [ A"     },
		{"\033\033",       true,  "x",           "M-Escape x"     },
		{"\033[",          true,  "A",           "M-[ A"          },
		{"\033O",          true,  "A",           "M-O A"          },
		{"\033]",          true,  "0",           "M-] 0"          },
		{"\033P",          true,  "0",           "M-P 0"          },
		{"\033]11;rgb",    true,  "x",           "x"              },
		{"\033]11;\033",   true,  "x",           "x"              },
		{"\033[M !",       true,  "x",           "x"              },
		{"\033[[",         true,  "x",           "x"              },
 /* Never given up: the rest is on its way. */
		{"\033[1;5",       false, "Ax",          "C-Up x"         },
		{"\033[<0;5;",     false, "6Mx",         "press1(4,5) x"  },
		{"\303",           false, "\251x",       "\303\251 x"     },
		{"\033[200~a\033", false, "b\033[201~c", "paste[a\033b] c"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = BUF_INIT;
		struct input *in = input_new(&ops, &out);

		input_feed(in, str_from(cases[i].before));
		if (input_pending(in) != cases[i].pending)
			fail_msg("row %d", (int)i);
		input_flush(in);
		assert_false(input_pending(in));
		input_feed(in, str_from(cases[i].after));
		assert_events(&out, cases[i].events, cases[i].before);
		input_free(in);
		buf_release(&out);
	}
}

struct pasted {
	size_t len;
	bool truncated, whole;
	int count;
};

static void
count_paste(void *ctx, struct str text, bool truncated)
{
	struct pasted *p = ctx;

	p->len = text.len;
	p->truncated = truncated;
	p->whole = true;
	p->count++;
	for (struct str rest = text; rest.len > 0;)
		p->whole &= text_next(&rest) != TEXT_BAD;
}

static void
pastes_are_bounded(void **state)
{
	static const struct input_ops paste_ops = {.paste = count_paste};
	static const size_t limit = 4u << 20;

	(void)state;
	for (int over = 0; over < 2; over++) {
		struct pasted p = {0};
		struct buf bytes = BUF_INIT;
		struct input *in = input_new(&paste_ops, &p);

		input_feed(in, STR("\033[200~"));
		buf_fill(&bytes, 'x', limit - 1);
		buf_addc(&bytes, over ? "\303\251" : "x");
		input_feed(in, buf_str(&bytes));
		input_feed(in, buf_str(&bytes));
		input_feed(in, STR("\033[201~\033[200~ab\033[20"));
		assert_int_equal(p.len, over ? limit - 1 : limit);
		assert_true(p.truncated);
		assert_true(p.whole);
		input_feed(in, STR("1~"));
		assert_int_equal(p.len, 2);
		assert_false(p.truncated);
		assert_int_equal(p.count, 2);
		input_free(in);
		buf_release(&bytes);
	}
}

static void
endless_sequences_end(void **state)
{
	static const char *const starts[] = {"\033[1;", "\033[", "\033]", "\033P", "\033O1"};

	(void)state;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		struct buf out = BUF_INIT, bytes = BUF_INIT;
		struct input *in = input_new(&ops, &out);

		buf_fill(&bytes, '1', 100000);
		input_feed(in, str_from(starts[i]));
		input_feed(in, buf_str(&bytes));
		assert_true(out.len > 0);
		input_free(in);
		buf_release(&out);
		buf_release(&bytes);
	}
}

static void
free_it(void *ctx, struct key key)
{
	struct input **in = ctx;

	(void)key;
	assert_non_null(*in);
	input_free(*in);
	*in = NULL;
}

static void
may_be_freed_inside(void **state)
{
	static const struct input_ops free_ops = {.key = free_it};
	struct input *in;

	(void)state;
	in = input_new(&free_ops, &in);
	input_feed(in, STR("abc\033[A"));
	assert_null(in);
	in = input_new(&free_ops, &in);
	input_feed(in, STR("\033"));
	input_flush(in);
	assert_null(in);
	input_free(NULL);
}

/* "|" in bytes: a pause that is too long there. */
static void
test_torn_paste(void **state)
{
	static const struct {
		const char *bytes, *events;
	} torn[] = {
		{"\033|[200~x\003 y\r\033[201~z",            "Escape torn z"         },
		{"\033[|200~x\003 y\r\033[201~z",            "M-[ torn z"            },
		{"\033|[20|0~a",                             "Escape [ 2 0 0 ~ a"    },
		{"\033|[200~a\033|[201~b",                   "Escape torn b"         },
		{"\033|[200~a\033[201~\033[200~b\033[201~c", "Escape torn paste[b] c"},
		{"\033|[A",				  "Escape [ A"            },
		{"\033|[|A",				 "Escape [ A"            },
		{"\033|[201~",			       "Escape [ 2 0 1 ~"      },
		{"\033|\033[200~a\033[201~",                 "Escape paste[a]"       },
		{"\033|a[200~",                              "Escape a [ 2 0 0 ~"    },
		{"\033|[2\033[A",                            "Escape [ 2 Up"         },
		{"\033O|200~",			       "M-O 2 0 0 ~"           },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(torn) / sizeof(torn[0]); i++) {
		struct buf out = BUF_INIT;
		struct input *in = input_new(&ops, &out);
		struct str rest = str_from(torn[i].bytes);
		while (rest.len > 0) {
			input_feed(in, str_cut(&rest, '|'));
			if (rest.len > 0)
				input_flush(in);
		}
		input_flush(in);
		assert_events(&out, torn[i].events, torn[i].bytes);
		input_free(in);
		buf_release(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_torn_paste),
		cmocka_unit_test(all_splits),
		cmocka_unit_test(paste_keeps_its_bytes),
		cmocka_unit_test(pauses),
		cmocka_unit_test(pastes_are_bounded),
		cmocka_unit_test(paste_holding_its_end),
		cmocka_unit_test(endless_sequences_end),
		cmocka_unit_test(may_be_freed_inside),
	};

	text_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
