/* SPDX-License-Identifier: MIT */
/* What agents say that they have spent: numbers, strict and bounded, and where they stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fleet/profile.h"
#include "ui_deck.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NOT      (-1)

static void
test_numbers(void **state)
{
	static const struct {
		const char *text;
		int64_t micros, tokens;
	} rows[] = {
		{"0",			    0,             0            },
		{"0.0123",                       12300,         NOT          },
		{"$3.12",                        3120000,       NOT          },
		{"$0.000001",                    1,             NOT          },
		{"$0.0000019",                   1,             NOT          },
		{"1,234",                        1234000000,    1234         },
		{"1,234.50",                     1234500000,    NOT          },
		{"12,345,678",                   NOT,           12345678     },
		{"950",			  950000000,     950          },
		{"12.3k",                        NOT,           12300        },
		{"1.25K",                        NOT,           1250         },
		{"1.2M",			 NOT,           1200000      },
		{"3m",			   NOT,           3000000      },
		{"2B",			   NOT,           2000000000   },
		{"1000000",                      1000000000000, 1000000      },
		{"1000000.000001",               NOT,           NOT          },
		{"1000001",                      NOT,           1000001      },
		{"1000000000000",                NOT,           1000000000000},
		{"1000000000001",                NOT,           NOT          },
		{"1000B",                        NOT,           1000000000000},
		{"1001B",                        NOT,           NOT          },
		{"999999999999999",              NOT,           NOT          },
		{"9999999999999999999999",       NOT,           NOT          },
		{"",			     NOT,           NOT          },
		{"$",			    NOT,           NOT          },
		{"-1",			   NOT,           NOT          },
		{"+1",			   NOT,           NOT          },
		{" 1",			   NOT,           NOT          },
		{"1 ",			   NOT,           NOT          },
		{".5",			   NOT,           NOT          },
		{"5.",			   NOT,           NOT          },
		{"5.k",			  NOT,           NOT          },
		{"1.2.3",                        NOT,           NOT          },
		{"1,23",			 NOT,           NOT          },
		{"1,2345",                       NOT,           NOT          },
		{"1234,567",                     NOT,           NOT          },
		{",123",			 NOT,           NOT          },
		{"1,",			   NOT,           NOT          },
		{"1,234,",                       NOT,           NOT          },
		{"1e-05",                        10,            NOT          },
		{"9.57E-5",                      95,            NOT          },
		{"5e-7",			 0,             NOT          },
		{"1e-99",                        0,             NOT          },
		{"1e-100",                       NOT,           NOT          },
		{"1e-",			  NOT,           NOT          },
		{"1e--5",                        NOT,           NOT          },
		{"1e-5k",                        NOT,           NOT          },
		{"e-5",			  NOT,           NOT          },
		{"1e+6",			 NOT,           NOT          },
		{"1e6",			  NOT,           NOT          },
		{"0x10",			 NOT,           NOT          },
		{"nan",			  NOT,           NOT          },
		{"inf",			  NOT,           NOT          },
		{"$$1",			  NOT,           NOT          },
		{"\xe2\x82\xac"
		 "1",           NOT,           NOT          },
		{"\xd9\xa1",                     NOT,           NOT          },
		{"1kk",			  NOT,           NOT          },
		{"k",			    NOT,           NOT          },
		{"0.0016000000000000003",        1600,          NOT          },
		{"0.12345678901234567890123456", NOT,           NOT          },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t micros = NOT, tokens = NOT;
		struct str text = str_from(rows[i].text);
		bool money = cost_read_dollars(text, &micros);
		bool count = cost_read_tokens(text, &tokens);
		if (micros != rows[i].micros || money != (micros != NOT) ||
			tokens != rows[i].tokens || count != (tokens != NOT))
			fail_msg("%s: %lld %lld", rows[i].text, (long long)micros,
				(long long)tokens);
	}
	/* A NUL is no end. */
	int64_t micros = NOT;
	assert_false(cost_read_dollars((struct str){"1\0002", 3}, &micros));
}

static void
test_words(void **state)
{
	static const struct {
		int64_t micros;
		const char *all, *brief;
	} money[] = {
		{0,               "$0.00",       "$0.00"      },
		{1,               "<$0.0001",    "<$0.01"     },
		{4000,            "$0.0040",     "<$0.01"     },
		{12300,           "$0.0123",     "$0.01"      },
		{999960,          "$1.00",       "$1.00"      },
		{3124999,         "$3.12",       "$3.12"      },
		{COST_MICROS_MAX, "$1000000.00", "$1000000.00"},
	};
	static const struct {
		int64_t count;
		const char *words;
	} tokens[] = {
		{0,               "0"    },
		{999,             "999"  },
		{1000,            "1.0k" },
		{12399,           "12.3k"},
		{123456,          "123k" },
		{999999,          "999k" },
		{1200000,         "1.2M" },
		{COST_TOKENS_MAX, "1.0T" },
	};
	struct buf words = BUF_INIT;
	(void)state;
	for (size_t i = 0; i < COUNT(money); i++) {
		buf_clear(&words);
		cost_write_dollars(money[i].micros, false, &words);
		assert_string_equal(buf_cstr(&words), money[i].all);
		buf_clear(&words);
		cost_write_dollars(money[i].micros, true, &words);
		assert_string_equal(buf_cstr(&words), money[i].brief);
	}
	for (size_t i = 0; i < COUNT(tokens); i++) {
		buf_clear(&words);
		cost_write_tokens(tokens[i].count, &words);
		assert_string_equal(buf_cstr(&words), tokens[i].words);
	}
	buf_release(&words);
}

static void
assert_cost(const struct agent *agent, enum cost_source source, int64_t micros, int64_t tokens,
	const char *id)
{
	assert_int_equal(agent->cost.source, source);
	assert_int_equal(agent->cost.micros, micros);
	assert_int_equal(agent->cost.tokens, tokens);
	assert_string_equal(agent->cost.id, id);
}

static void
test_facts(void **state)
{
	struct agent *agent = view.fleet->agents[0];
	char text[200];
	(void)state;
	cost_fact(agent, STR(""), noon);
	cost_fact(agent, STR("12 - - c"), noon);
	cost_fact(agent, STR("x 1 2 c"), noon);
	cost_fact(agent, STR("12 -1 1e9 c"), noon);
	assert_int_equal(agent->cost.source, COST_NONE);
	snprintf(text, sizeof(text), "%lld 0.5 1200 c-1", (long long)clock_wall() - 90);
	cost_fact(agent, str_from(text), noon);
	assert_cost(agent, COST_HOOK, 500000, 1200, "c-1");
	assert_true(noon - agent->cost.at >= 90000 && noon - agent->cost.at < 120000);
	/* A clock that is ahead, or a time that cannot be, is now. */
	cost_fact(agent, STR("1099511627776 0.6 - ../x"), noon);
	assert_cost(agent, COST_HOOK, 600000, -1, "");
	assert_int_equal(agent->cost.at, noon);
	/* What is weaker says nothing beside it. */
	screen_feed(agent->screen, STR("\033]7501;state=working:cost=9\033\\"));
	assert_cost(agent, COST_HOOK, 600000, -1, "");
}

static void
test_signal(void **state)
{
	struct agent *agent = view.fleet->agents[2];
	(void)state;
	screen_feed(agent->screen, STR("\033]7501;state=working:app=x\033\\"));
	screen_feed(agent->screen, STR("\033]7501;state=working:cost=:tokens=-4\033\\"));
	assert_int_equal(agent->cost.source, COST_NONE);
	screen_feed(agent->screen, STR("\033]7501;cost=0.12:state=working\033\\"));
	assert_cost(agent, COST_SIGNAL, 120000, -1, "");
	screen_feed(agent->screen, STR("\033]7501;state=done:tokens=1.5k\033\\"));
	assert_cost(agent, COST_SIGNAL, 120000, 1500, "");
	screen_feed(agent->screen, STR("\033]7501;cost=99999999:tokens=1e3\033\\"));
	assert_cost(agent, COST_SIGNAL, 120000, 1500, "");
}

/* With its blank rows and its colours, as tmux has it. */
static const char aider_rows[] =
	"#### say\n\nTokens: 9k sent, 1 received. Cost: $700.00 message, $777.00 session.\n"
	"That was the model.\n\nTokens: 2.1k sent, 120 received. Cost: $0.0070 message, "
	"$1,000.03 session.\nApplied edit to x.py\n\n\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\n> "
	"\n";

static void
test_screen(void **state)
{
	struct agent *agent = view.fleet->agents[2];
	(void)state;
	mem_free(agent->profile);
	agent->profile = mem_strdup("aider");
	signs_again(agent);
	assert_true(agent->looks);
	/* One look may fall into the middle of a number; two in a row do not. */
	look_text(agent, str_from(aider_rows));
	assert_int_equal(agent->cost.source, COST_NONE);
	assert_true(agent->look_at > 0);
	look_text(agent, str_from(aider_rows));
	assert_cost(agent, COST_SCREEN, 1000030000, -1, "");
	/* While the model talks nothing stands there that is aider's own. */
	look_text(agent,
		STR("x\nTokens: 1 sent, 1 received. Cost: $5.00 message, $6.00 session.\n"));
	look_text(agent,
		STR("x\nTokens: 1 sent, 1 received. Cost: $5.00 message, $6.00 session.\n"));
	assert_cost(agent, COST_SCREEN, 1000030000, -1, "");
	/* A model without prices: what the model quotes before is not meant. */
	for (int i = 0; i < 2; i++)
		look_text(agent,
			STR("x\nTokens: 1 sent, 1 received. Cost: $5.00 message, $6.00 "
			    "session.\nTokens: 2 sent, 3 received.\n\xe2\x94\x80\n> \n"));
	assert_cost(agent, COST_SCREEN, 1000030000, -1, "");
}

/* Groups are added up; one that is no number spoils it, one that took nothing does not. */
static void
test_groups(void **state)
{
	static const char mine[] =
		"{\"name\": \"mine\", \"help\": \"x\", \"start\": [\"x\"],"
		"\"cost\": [{\"rows\": 1, \"match\": \"^in ([^ ]+) out ([^ ]+)(?: more "
		"(\\\\S+))?$\"}],"
		"\"tokens\": [{\"rows\": 2, \"match\": \"never (x)\"},"
		" {\"rows\": 2, \"match\": \"\\\\A\\u2191(\\\\S+) \\u2193(\\\\S+)\"}]}";
	static const struct {
		const char *rows;
		int64_t micros, tokens;
	} rows[] = {
		{"in 1 out 0.5",                    1500000, -1  },
		{"in $1 out $0.5 more 2",           3500000, -1  },
		{"in 1 out x",                      -1,      -1  },
		{"in 1000000 out 1",                -1,      -1  },
		{"\xe2\x86\x91"
		 "1.5k \xe2\x86\x93"
		 "20\nin 0 out 0", 0,       1520},
		{"first\n\xe2\x86\x91"
		 "1 \xe2\x86\x93"
		 "2\nin 0 out 0",  0,       3   },
	};
	static const char *const wrong[] = {
		"{\"rows\": 1, \"match\": \"no group\"}",
		"{\"match\": \"(x)\"}",
		"{\"rows\": 0, \"match\": \"(x)\"}",
		"{\"rows\": 1, \"match\": \"(x\"}",
		"{\"rows\": 1, \"match\": \"(x)\", \"state\": \"idle\"}",
		"7",
	};
	struct profile *profile = NULL;
	(void)state;
	assert_int_equal(
		profile_parse("f", "mine", str_from(mine), NULL, NULL, &profile, NULL), 0);
	assert_int_equal(profile_screen_rows(profile), 2);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct cost cost = {0};
		cost_of_rows(profile, str_from(rows[i].rows), &cost);
		if (cost.micros != rows[i].micros || cost.tokens != rows[i].tokens)
			fail_msg("%s: %lld %lld", rows[i].rows, (long long)cost.micros,
				(long long)cost.tokens);
	}
	profile_free(profile);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct err err = ERR_INIT;
		char *text = mem_printf("{\"name\": \"mine\", \"help\": \"x\", \"start\": "
					"[\"x\"], \"cost\": [%s]}",
			wrong[i]);
		assert_int_not_equal(
			profile_parse("f", "mine", str_from(text), NULL, NULL, &profile, &err),
			0);
		mem_free(text);
	}
}

/* What the hook takes out of what it is given; tmux writes down what it is told. */
static void
test_hook(void **state)
{
	static const struct {
		const char *json, *told;
	} rows[] = {
		{"{\"session_id\": \"x\", \"usd\": 0.12, \"tokens\": 1234}", "0.12 1234 x"},
		{"{\"usd\":1e-05}",					  "1e-05 - -"  },
		{"{\"usd\": 9.5E-05 , \"tokens\": 0}",                       "9.5E-05 0 -"},
		{"{\"cost\":{\"total_cost_usd\":2.5e-06}}",                  "2.5e-06 - -"},
		{"{\"usd\": 1e-05x, \"tokens\": 1}",                         "- 1 -"      },
		{"{\"usd\": 1e-$(id)}",                                      ""           },
	};
	const char *root = getenv("COCKPIT_TESTS");
	char dir[] = "/tmp/ckhook.XXXXXX";
	(void)state;
	assert_non_null(mkdtemp(dir));
	char *tmux = mem_printf("%s/tmux", dir);
	assert_int_equal(path_write(tmux,
				 STR("#!/bin/sh\n"
				     "shift 9\n"
				     "[ \"$1\" = @cockpit_spent ] && printf %s \"$2\" | cut "
				     "-d' ' -f2-\n"),
				 0700, NULL),
		0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char told[100] = "";
		char *line = mem_printf("PATH='%s':$PATH COCKPIT_SOCKET=s COCKPIT_PANE=p sh "
					"'%s/../src/data/sidecar/hook.sh' -s spent '%s'",
			dir, root ? root : "tests", rows[i].json);
		FILE *out = popen(line, "r");
		assert_non_null(out);
		if (fgets(told, sizeof(told), out))
			told[strcspn(told, "\n")] = '\0';
		assert_int_equal(pclose(out), 0);
		assert_string_equal(told, rows[i].told);
		mem_free(line);
	}
	path_remove_tree(dir, NULL);
	mem_free(tmux);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_words),
		cmocka_unit_test_setup_teardown(test_facts, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(test_signal, deck_setup, deck_teardown),
		cmocka_unit_test_setup_teardown(test_screen, deck_setup, deck_teardown),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_hook),
	};
	text_init();
	return cmocka_run_group_tests_name("fleet_cost", tests, NULL, NULL);
}
