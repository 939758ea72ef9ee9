/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_data.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/fleet_profile.h"
#include "fleet/profile.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* $XDG_CONFIG_HOME; profiles lie in cockpit/agents below it. */
static char dir[] = "/tmp/cockpit-profile-XXXXXX";

static char *
file_of(const char *name)
{
	return mem_printf("%s/cockpit/agents/%s", dir, name);
}

static void
put(const char *name, const char *text)
{
	char *file = file_of(name);
	assert_int_equal(path_write(file, str_from(text), 0600, NULL), 0);
	mem_free(file);
}

static void
drop(const char *name)
{
	char *file = file_of(name);
	assert_int_equal(unlink(file), 0);
	mem_free(file);
}

static int
setup(void **state)
{
	(void)state;
	char *agents = file_of("");
	int rc = path_mkdir(agents, NULL);
	mem_free(agents);
	return rc;
}

static int
teardown(void **state)
{
	(void)state;
	path_remove_tree(dir, NULL);
	profile_reload();
	return 0;
}

static int
no_file(void *ctx, const char *name, struct buf *into, struct err *err)
{
	(void)ctx;
	(void)name;
	(void)into;
	(void)err;
	return ERR_NOT_FOUND;
}

static struct profile *
parse(const char *text)
{
	struct profile *profile = NULL;
	struct err err = ERR_INIT;
	if (profile_parse("x.json", "x", str_from(text), no_file, NULL, &profile, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return profile;
}

/* Arguments joined by "|", so that their bounds can be seen. */
static void
assert_argv(char **argv, const char *expected)
{
	struct buf b = BUF_INIT;
	for (size_t i = 0; argv[i]; i++)
		buf_printf(&b, "%s%s", i ? "|" : "", argv[i]);
	assert_string_equal(buf_cstr(&b), expected);
	buf_release(&b);
	mem_free_words(argv);
}

static void
test_argv(void **state)
{
	static const struct {
		const char *name, *bare, *prompted; /* NULL: takes no prompt */
	} rows[] = {
		{"claude",   "claude|--settings|{home}/hooks.json",
                 "claude|--settings|{home}/hooks.json|do it"                                             },
		{"codex",    "codex",                               "codex|do it"                        },
		{"opencode", "opencode",                            "opencode|--prompt|do it"            },
		{"gemini",   "gemini|--session-id|{uuid}",          "gemini|--session-id|{uuid}|-i|do it"},
		{"copilot",  "copilot",                             "copilot|-i|do it"                   },
		{"qwen",     "qwen",                                "qwen|-i|do it"                      },
		{"pi",       "pi|-e|{home}/cockpit.ts",             "pi|-e|{home}/cockpit.ts|do it"      },
		{"aider",    "aider",                               NULL                                 },
		{"amp",      "amp",				 NULL                                 },
		{"shell",    "sh|-c|exec \"${SHELL:-sh}\" -l",      NULL                                 },
	};
	(void)state;
	assert_int_equal(profile_count(), COUNT(rows));
	for (size_t i = 0; i < COUNT(rows); i++) {
		char **argv = NULL;
		struct err err = ERR_INIT;
		const struct profile *profile = profile_find(rows[i].name);
		assert_ptr_equal(profile, profile_at(i));
		assert_non_null(profile->help);
		assert_int_equal(profile_argv(profile, NULL, false, &argv, &err), 0);
		assert_argv(argv, rows[i].bare);
		assert_int_equal(profile_takes_prompt(profile), rows[i].prompted != NULL);
		argv = NULL;
		int rc = profile_argv(profile, "do it", false, &argv, &err);
		if (rows[i].prompted) {
			assert_int_equal(rc, 0);
			assert_argv(argv, rows[i].prompted);
		} else {
			assert_int_equal(rc, ERR_UNSUPPORTED);
			assert_null(argv);
			assert_non_null(strstr(err.text, rows[i].name));
		}
	}
	assert_null(profile_find("claud"));
	assert_null(profile_find(""));
}

static void
test_expand(void **state)
{
	static const struct {
		const char *argv[4], *prompt, *result;
	} rows[] = {
		{{"a", "{prompt}"},                     "do it",                  "a|do it"                 },
		{{"a", "--p={prompt}!"},                "x",                      "a|--p=x!"                },
		{{"a", "{prompt}{prompt}", "{prompt}"}, "x",                      "a|xx|x"                  },
		{{"a", "{promp}", "{{prompt}}"},        "x",                      "a|{promp}|{x}"           },
 /* Once: what the prompt holds is not looked at again. */
		{{"a", "{prompt}"},                     "{prompt}",               "a|{prompt}"              },
		{{"a", "-p", "{prompt}"},               NULL,                     "a|-p|"                   },
		{{"a"},				 "x",                      "a"                       },
 /* Quoting is nobody's business here. */
		{{"a", "{prompt}"},                     "'; rm -rf \"$HOME\"\n|", "a|'; rm -rf \"$HOME\"\n|"},
		{{"a", "{prompt}"},                     "--yolo",                 "a| --yolo"               },
		{{"a", "{prompt}"},                     "@/etc/passwd",           "a| @/etc/passwd"         },
		{{"a", "--p={prompt}"},                 "--yolo",                 "a|--p=--yolo"            },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_argv(profile_expand(rows[i].argv, rows[i].prompt), rows[i].result);
	assert_true(profile_has_prompt(rows[1].argv));
	assert_false(profile_has_prompt(rows[6].argv));
	mem_free_words(NULL);
}

static void
test_resume(void **state)
{
	static const struct {
		const char *name, *resume; /* NULL: cannot */
	} rows[] = {
		{"claude",   "claude|--settings|{home}/hooks.json|--resume|c-1"},
		{"codex",    "codex|resume|c-1"                                },
		{"opencode", "opencode|--session|c-1"                          },
		{"gemini",   "gemini|--resume|c-1"                             },
		{"qwen",     "qwen|--resume|c-1"                               },
		{"pi",       "pi|-e|{home}/cockpit.ts|--session|c-1"           },
		{"amp",      "amp|threads|continue|c-1"                        },
		{"aider",    NULL					      },
		{"shell",    NULL					      },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char **argv = NULL;
		struct err err = ERR_INIT;
		int rc = profile_resume_argv(
			profile_find(rows[i].name), "c-1", false, &argv, &err);
		assert_int_equal(rc, rows[i].resume ? 0 : ERR_UNSUPPORTED);
		if (rows[i].resume)
			assert_argv(argv, rows[i].resume);
		else
			assert_non_null(strstr(err.text, rows[i].name));
	}
}

/* What is compiled in, whole. */
static void
test_shipped(void **state)
{
	size_t profiles = 0;
	(void)state;
	for (size_t i = 0; data_files[i].name; i++) {
		struct str name = str_from(data_files[i].name);
		if (!str_starts(name, STR("agents/")) || !str_ends(name, STR(".json")))
			continue;
		name = str_slice(name, strlen("agents/"), name.len - strlen(".json"));
		if (str_find(name, '.') >= 0)
			continue;
		profiles++;
		char *cstr = mem_strndup(name.ptr, name.len);
		const struct profile *profile = profile_find(cstr);
		if (!profile)
			fail_msg("%s is compiled in and not known", cstr);
		assert_string_equal(profile->name, cstr);
		assert_null(profile->source);
		for (size_t k = 0; k < profile->rule_count; k++) {
			const struct rule *rule = &profile->rules[k];
			assert_int_equal(rule->row, k + 1);
			assert_non_null(rule->pattern);
			assert_true(rule->text[0]);
			assert_int_equal(rule->rows > 0, rule->source == SIGN_SCREEN);
			/* None says anything of nothing. */
			if (rule_match(rule, STR(""), NULL))
				fail_msg("%s: row %d matches nothing", cstr, rule->row);
		}
		mem_free(cstr);
	}
	assert_int_equal(profiles, profile_count());
	assert_string_equal(profile_complaints(), "");
	assert_true(profile_at(profile_count() - 1)->shell);
}

/* Real screens and titles, as they were recorded: the last rows with text. */
static void
test_shipped_rules(void **state)
{
	static const struct {
		const char *profile;
		enum sign_source source;
		const char *text;
		int claim; /* -1: nothing */
		const char *match;
	} rows[] = {
		{"claude",   SIGN_TITLE,    "\u2802 Claude Code",                                      AGENT_WORKING, NULL          },
		{"claude",   SIGN_TITLE,    "\u2733 Claude Code",                                      CLAIM_QUIET,   NULL          },
		{"claude",   SIGN_TITLE,    "vm",						      -1,            NULL          },
		{"claude",   SIGN_EVENT,    "PermissionRequest Bash",                                  AGENT_ASKS,    NULL          },
		{"claude",   SIGN_EVENT,    "Notification permission_prompt",                          AGENT_ASKS,    NULL          },
		{"claude",   SIGN_EVENT,    "Notification agent_needs_input",                          CLAIM_IGNORE,  NULL          },
		{"claude",   SIGN_EVENT,    "Stop",						    AGENT_DONE,    NULL          },
		{"claude",   SIGN_EVENT,    "SubagentStop",                                            CLAIM_IGNORE,  NULL          },
		{"claude",   SIGN_EVENT,    "SessionStart compact",                                    CLAIM_IGNORE,  NULL          },
		{"claude",   SIGN_EVENT,    "SessionStart startup",                                    AGENT_IDLE,    NULL          },
		{"claude",   SIGN_NOTICE,   "Claude needs your permission to use Bash",                AGENT_ASKS,
                 NULL													       },
		{"claude",   SIGN_PROGRESS, "3",						       AGENT_WORKING, NULL          },
		{"claude",   SIGN_PROGRESS, "0",						       CLAIM_QUIET,   NULL          },
		{"claude",   SIGN_SCREEN,
                 " Do you want to create hello.txt?\n \u276f 1. Yes\n   2. Yes, allow "
			"all edits\n"
			"   3. No\n Esc to cancel \u00b7 Tab to amend",				-1,            NULL          },
		{"claude",   SIGN_SCREEN,
                 "\u254c\u254c\u254c\n Do you want to create hello.txt?\n   1. Yes\n "
			"\u276f 2. Yes, "
			"allow all edits during this session (shift+tab)\n   3. No\n Esc to "
			"cancel \u00b7 "
			"Tab to amend",								AGENT_ASKS,    NULL          },
		{"claude",   SIGN_SCREEN,
                 "  4. Chat about this\nEnter to select \u00b7 \u2191/\u2193 to "
			"navigate \u00b7 Esc to cancel",					       -1,            NULL          },
		{"claude",   SIGN_SCREEN,
                 "Enter to select \u00b7 \u2191/\u2193 to navigate \u00b7 Esc to "
			"cancel",								      AGENT_ASKS,    NULL          },
		{"claude",   SIGN_SCREEN,
                 " Security guide\n \u276f 1. Yes, I trust this folder\n   2. No, "
			"exit\n Enter to confirm \u00b7 Esc to cancel",				AGENT_TRUST,   NULL          },
		{"claude",   SIGN_SCREEN,
                 "\u2500\u2500\n\u276f \n\u2500\u2500\n  ? for shortcuts",                             -1,            NULL          },
		{"claude",   SIGN_SCREEN,   "  ? for shortcuts \u00b7 \u2190 for agents",
                 AGENT_IDLE,											  NULL          },
		{"claude",   SIGN_SCREEN,
                 "  ? for shortcuts \u00b7 \u2190 for agents        Not logged in "
			"\u00b7 Run /login",							   AGENT_LOGIN,   NULL          },
		{"claude",   SIGN_SCREEN,   "  esc to interrupt \u00b7 \u2190 for agents",
                 AGENT_WORKING,										       NULL          },
		{"claude",   SIGN_SCREEN,
                 "\u276f x\n  \u23bf  You've hit your session limit \u00b7 resets "
			"4:05pm (UTC)\n"
			"\u273b Cogitated for 0s\n\u2500\n\u276f \n\u2500",			    AGENT_LIMITED, "4:05pm (UTC)"},
		{"claude",   SIGN_SCREEN,
                 "\u276f x\n  \u23bf \u00a0You've hit your weekly limit \u00b7 resets "
			"4pm\n\u273b x\n"
			"\u276f /rate-limit-options\n\u2500\n  What do you want to do?\n  "
			"\u276f 1. Stop and "
			"wait for limit to reset\n    2. Upgrade your plan\n  Enter to confirm",       AGENT_LIMITED, "4pm"         },
		{"claude",   SIGN_EVENT,    "StopFailure rate_limit",                                  AGENT_LIMITED, NULL          },
		{"claude",   SIGN_EVENT,    "StopFailure overloaded",                                  AGENT_DONE,    NULL          },
		{"pi",       SIGN_SCREEN,
                 "\u2500\n Allow write?\n \u2192 Yes\n   No\n \u2191\u2193 navigate  "
			"enter select  escape/ctrl+c "
			"cancel\n\u2500\n/r\n0%",						      AGENT_ASKS,    NULL          },
		{"pi",       SIGN_SCREEN,   " \u2826 Working...\n\u2500\n\u2500\n/home/u/repo (main)",
                 AGENT_WORKING,										       NULL          },
		{"opencode", SIGN_EVENT,    "session.status busy",                                     AGENT_WORKING, NULL          },
		{"codex",    SIGN_SIGNAL,   "state=blocked:app=codex:kind=permission",                 AGENT_ASKS,
                 NULL													       },
		{"codex",    SIGN_SIGNAL,   "state=working:app=codex",                                 AGENT_WORKING, NULL          },
		{"codex",    SIGN_SIGNAL,   "app=x:state=workings",                                    -1,            NULL          },
		{"codex",    SIGN_TITLE,    "[ . ] Action Required | repo",                            AGENT_ASKS,    NULL          },
		{"codex",    SIGN_TITLE,    "\u280b repo",                                             AGENT_WORKING, NULL          },
		{"codex",    SIGN_TITLE,    "repo",						    -1,            NULL          },
		{"codex",    SIGN_SCREEN,
                 "  $ x\n\u203a 1. Yes, proceed (y)\n  2. No, and tell Codex what to do "
			"differently "
			"(esc)\n  Press enter to confirm or esc to cancel",			    AGENT_ASKS,    NULL          },
		{"opencode", SIGN_SCREEN,
                 "  \u2503   Allow once   Allow always   Reject             ctrl+f "
			"fullscreen  \u21c6 "
			"select  enter confirm\n  \u2503",					     AGENT_ASKS,    NULL          },
		{"opencode", SIGN_SCREEN,
                 "  \u2503  \u2191\u2193 select  enter submit  esc dismiss\n  \u2503",                 AGENT_ASKS,    NULL          },
		{"opencode", SIGN_SCREEN,
                 "   \u2b1d\u2b1d\u2b1d\u25a0 The usage limit has been reached "
			"[retrying in 1h 59m "
			"attempt #1]         esc interrupt",					   AGENT_LIMITED, "1h 59m"      },
		{"opencode", SIGN_SCREEN,
                 "   \u2b1d\u2b1d\u2b1d\u2b1d  esc interrupt          120 (0%)  ctrl+p "
			"commands",								    AGENT_WORKING, NULL          },
		{"opencode", SIGN_SCREEN,   "   /home/u/repo     120 (0%)  ctrl+p commands",
                 AGENT_IDLE,											  NULL          },
		{"gemini",   SIGN_TITLE,    "\u270b  Action Required (repo)   ",                       AGENT_ASKS,    NULL          },
		{"gemini",   SIGN_TITLE,    "\u2726  Working\u2026 (repo)",                            AGENT_WORKING, NULL          },
		{"gemini",   SIGN_TITLE,    "\u25c7  Ready (repo)",                                    CLAIM_QUIET,   NULL          },
		{"gemini",   SIGN_SCREEN,
                 " \u256d\u2500\u256e\n \u2502 Do you trust the files in this folder?  "
			"\u2502\n \u2502     "
			"\u2502\n \u2502 \u25cf 1. Trust folder (repo)   \u2502\n",                    AGENT_TRUST,   NULL          },
		{"gemini",   SIGN_SCREEN,
                 "\u256d\u2500\u256e\n\u2502 Usage limit reached for all Pro models.  "
			"\u2502\n\u2502 Access "
			"resets at 4:05 PM UTC.     \u2502\n\u2502 \u25cf 1. Keep trying "
			"\u2502",								      AGENT_LIMITED, "4:05 PM UTC" },
		{"gemini",   SIGN_SCREEN,
                 "\u256d\u2500\u256e\n\u2502 Usage limit reached for all Pro models.  "
			"\u2502\n\u2502 \u25cf 1. "
			"Keep trying \u2502",							  AGENT_LIMITED, NULL          },
		{"aider",    SIGN_SCREEN,
                 "Add file to the chat? (Y)es/(N)o/(A)ll/(S)kip all/(D)on't ask again "
			"[Yes]: ",								     AGENT_ASKS,    NULL          },
		{"aider",    SIGN_SCREEN,   "\u2500\u2500\u2500\narchitect> ",                         AGENT_IDLE,    NULL          },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct rule *rule = profile_match(
			profile_find(rows[i].profile), rows[i].source, str_from(rows[i].text));
		if (!rule && rows[i].claim >= 0)
			fail_msg("row %zu: nothing is found", i);
		if (!rule)
			continue;
		if (rule->claim != rows[i].claim)
			fail_msg("row %zu: %s by row %d", i, sign_claim_name(rule->claim),
				rule->row);
		struct buf match = BUF_INIT;
		assert_true(rule_match(rule, str_from(rows[i].text), &match));
		if (rows[i].match)
			assert_string_equal(buf_cstr(&match), rows[i].match);
		buf_release(&match);
	}
}

static const char full[] =
	"{\n"
	"  \"name\": \"x\", \"help\": \"An agent\", \"program\": \"x-agent\",\n"
	"  \"start\": [\"x\", \"--settings\", \"{home}/settings.json\", \"\"],\n"
	"  \"prompted\": [\"x\", \"--do={prompt}\"], \"resume\": [\"x\", \"-r\", "
	"\"{conversation}\"],\n"
	"  \"environment\": {\"X_HOME\": \"{home}/x\", \"EMPTY\": \"\"},\n"
	"  \"own_folder\": {\"arguments\": [\"--trust\", \"{dir}\"], \"environment\": {\"T\": "
	"\"1\"}},\n"
	"  \"states\": [\n"
	"    {\"from\": \"screen\", \"rows\": 3, \"match\": \"a(.)c\", \"state\": \"asks\"},\n"
	"    {\"from\": \"screen\", \"rows\": 7, \"match\": \"abc\", \"state\": \"hold\"},\n"
	"    {\"from\": \"title\", \"match\": \"^abc\", \"state\": \"quiet\"},\n"
	"    {\"from\": \"event\", \"match\": \".\", \"state\": \"ignore\"}\n"
	"  ],\n"
	"  \"submit\": {\"key\": \"C-j Enter\", \"settle_ms\": 50, \"asking_title\": "
	"\"*?*\"},\n"
	"  \"answers\": {\"no\": \"Escape\", \"always\": \"Down Enter\"},\n"
	"  \"trust\": \"Enter\", \"decision\": \"claude\", \"transcript\": "
	"\"~/.x/{conversation}\", "
	"\"shell\": false\n"
	"}\n";

static void
test_full(void **state)
{
	struct profile *x = parse(full);
	char **argv = NULL;
	(void)state;
	assert_string_equal(x->name, "x");
	assert_string_equal(x->help, "An agent");
	assert_string_equal(x->program, "x-agent");
	assert_int_equal(profile_argv(x, NULL, false, &argv, NULL), 0);
	assert_argv(argv, "x|--settings|{home}/settings.json|");
	assert_int_equal(profile_argv(x, NULL, true, &argv, NULL), 0);
	assert_argv(argv, "x|--trust|{dir}|--settings|{home}/settings.json|");
	/* What a prompt holds is not looked at. */
	assert_int_equal(profile_argv(x, "-{prompt}{home}", true, &argv, NULL), 0);
	assert_argv(argv, "x|--trust|{dir}|--do=-{prompt}{home}");
	assert_int_equal(profile_resume_argv(x, "-1", true, &argv, NULL), 0);
	assert_argv(argv, "x|--trust|{dir}|-r| -1");
	assert_string_equal(x->variables[0].name, "X_HOME");
	assert_string_equal(x->variables[0].value, "{home}/x");
	assert_string_equal(x->variables[1].value, "");
	assert_null(x->variables[2].name);
	assert_string_equal(x->own_variables[0].name, "T");
	assert_null(x->own_variables[1].name);
	assert_null(x->files[0].name);
	assert_int_equal(x->settle_ms, 50);
	assert_string_equal(x->submit, "C-j Enter");
	assert_string_equal(x->asking_title, "*?*");
	assert_null(x->answers[ANSWER_YES]);
	assert_string_equal(x->answers[ANSWER_NO], "Escape");
	assert_string_equal(x->answers[ANSWER_ALWAYS], "Down Enter");
	assert_string_equal(x->trust, "Enter");
	assert_string_equal(x->decision, "claude");
	assert_string_equal(x->transcript, "~/.x/{conversation}");
	assert_false(x->shell);

	assert_int_equal(profile_screen_rows(x), 7);
	assert_ptr_equal(profile_match(x, SIGN_SCREEN, STR("xabc")), &x->rules[0]);
	assert_ptr_equal(profile_match(x, SIGN_TITLE, STR("abc")), &x->rules[2]);
	assert_null(profile_match(x, SIGN_TITLE, STR("xabc")));
	assert_null(profile_match(x, SIGN_SIGNAL, STR("abc")));
	assert_string_equal(sign_claim_name(x->rules[0].claim), "asks");
	assert_string_equal(sign_claim_name(x->rules[1].claim), "hold");
	assert_string_equal(sign_claim_name(x->rules[2].claim), "quiet");
	assert_string_equal(sign_claim_name(x->rules[3].claim), "ignore");
	assert_string_equal(sign_source_name(x->rules[2].source), "title");
	struct buf match = BUF_INIT;
	assert_true(rule_match(&x->rules[0], STR("xabc"), &match));
	assert_string_equal(buf_cstr(&match), "b");
	buf_release(&match);
	profile_free(x);

	x = parse("{\"name\": \"x\", \"help\": \"h\", \"start\": [\"x\"]}");
	assert_null(x->program);
	assert_null(x->prompted);
	assert_int_equal(profile_resume_argv(x, "1", false, &argv, NULL), ERR_UNSUPPORTED);
	assert_int_equal(x->settle_ms, 200);
	assert_string_equal(x->submit, "Enter");
	assert_int_equal(profile_screen_rows(x), 0);
	assert_null(profile_match(x, SIGN_SCREEN, STR("x")));
	assert_null(x->variables[0].name);
	assert_null(x->own_variables[0].name);
	assert_null(x->files[0].name);
	profile_free(x);
}

static void
test_answers(void **state)
{
	enum agent_answer answer;
	(void)state;
	for (int i = 0; i < ANSWER_COUNT; i++) {
		assert_true(
			agent_answer_find(agent_answer_name((enum agent_answer)i), &answer));
		assert_int_equal(answer, i);
	}
	assert_false(agent_answer_find("maybe", &answer));
}

#define OPEN       "{\"name\": \"x\", \"help\": \"h\", \"start\": [\"x\"],\n"
#define RULE(text) OPEN "\"states\": [" text "]}"

static void
test_errors(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text, *error;
	} rows[] = {
		{"[]", "1:1: found an array, expected an object"},
		{"{", NULL},
		{"{\"help\": \"h\", \"start\": [\"x\"]}",
			"1:1: found no \"name\", expected a string (the name of its file)"},
		{"{\"name\": \"x\", \"start\": [\"x\"]}",
			"1:1: found no \"help\", expected a string (what it is)"},
		{"{\"name\": \"x\", \"help\": \"h\"}",
			"1:1: found no \"start\", expected an array (the program and its arguments)"},
		{"{\"name\": \"y\", \"help\": \"h\", \"start\": [\"x\"]}",
			"1:10: found \"y\", expected \"x\", as the file is called"},
		{"{\"name\": \"a.b\", \"help\": \"h\", \"start\": [\"x\"]}",
			"1:10: found \"a.b\", expected a name: 1 to 64 of A-Z a-z 0-9 \"_\" \"-\" that "
			"begin with a letter, digit or \"_\", and neither \"auto\" nor \"command\""},
		{OPEN "\"promted\": [\"x\"]}",
			"2:1: unknown key \"promted\", did you mean \"prompted\"?"},
		{OPEN "\"help\": \"h\"}", NULL},
		{OPEN "\"program\": \"-x\"}",
			"2:12: found \"-x\", expected a program's name or path"},
		{OPEN "\"prompted\": [\"x\"]}",
			"2:13: found no \"{prompt}\" in \"prompted\", expected an argument that holds it"},
		{OPEN "\"prompted\": [\"{prompt}\"]}",
			"2:14: found \"{prompt}\", expected it only in arguments of \"prompted\""},
		{OPEN "\"prompted\": [\"x\", \"{prompt}{conversation}\"]}",
			"2:19: found \"{conversation}\", expected it only in arguments of \"resume\""},
		{OPEN "\"prompted\": []}", "2:13: found 0 words, expected 1 to 64 for \"prompted\""},
		{OPEN "\"prompted\": [\"\", \"{prompt}\"]}",
			"2:14: found \"\", expected the program to run"},
		{OPEN "\"prompted\": [\"x\", 1]}",
			"2:19: found 1, expected a string of at most 4095 bytes in \"prompted\""},
		{OPEN "\"resume\": [\"x\", \"{prompt}\"]}",
			"2:17: found \"{prompt}\", expected it only in arguments of \"prompted\""},
		{OPEN "\"resume\": [\"x\"]}",
			"2:11: found no \"{conversation}\" in \"resume\", expected an argument that holds it"},
		{OPEN "\"shell\": true, \"prompted\": [\"x\", \"{prompt}\"]}",
			"2:16: found \"prompted\" in a profile of a shell, expected none: a shell takes no "
			"prompts"},
		{OPEN "\"environment\": {\"A\": \"1\", \"1A\": \"1\"}}",
			"2:27: found \"1A\", expected a variable's name: 1 to 64 of A-Z a-z 0-9 \"_\", no "
			"digit first, nor \"COCKPIT_\""},
		{OPEN "\"environment\": {\"COCKPIT_RUN\": \"1\"}}",
			"2:17: found \"COCKPIT_RUN\", expected a variable's name: 1 to 64 of A-Z a-z 0-9 "
			"\"_\", no digit first, nor \"COCKPIT_\""},
		{OPEN "\"environment\": {\"A=$(id)\": \"1\"}}", NULL},
		{OPEN "\"environment\": {\"\": \"1\"}}", NULL},
		{OPEN "\"environment\": {\"A\": 1}}",
			"2:22: found 1, expected a string of at most 4095 bytes for \"A\""},
		{OPEN "\"own_folder\": {\"argument\": []}}",
			"2:16: unknown key \"argument\", did you mean \"arguments\"?"},
		{OPEN "\"own_folder\": {\"environment\": {\"-\": \"\"}}}", NULL},
		{OPEN "\"files\": {\"run\": \"x.settings.json\"}}",
			"2:11: found \"run\", expected a file's name with a period in it, such as "
			"\"settings.json\""},
		{OPEN "\"files\": {\"../a.b\": \"x.settings.json\"}}",
			"2:11: found \"../a.b\", expected a file's name with a period in it, such as "
			"\"settings.json\""},
		{OPEN "\"files\": {\"a.b\": \"x.json\"}}",
			"2:18: found \"x.json\", expected the name of a file beside this one, such as "
			"\"claude.settings.json\": without \"/\", and not that of a profile"},
		{OPEN "\"files\": {\"a.b\": \"../x.ts\"}}", NULL},
		{OPEN "\"files\": {\"a.b\": \"x.ts\"}}",
			"2:18: found \"x.ts\", expected a file beside this one"},
		{OPEN "\"files\": {\"a.1\": \"\", \"a.2\": \"\", \"a.3\": \"\", \"a.4\": \"\", \"a.5\": \"\", "
			"\"a.6\": \"\", \"a.7\": \"\", \"a.8\": \"\", \"a.9\": \"\"}}",
			"2:10: found 9 files, expected at most 8"},
		{RULE("1"), "2:12: found 1, expected an object"},
		{RULE("{\"from\": \"title\", \"match\": \"a\"}"),
			"2:12: found no \"state\", expected a string (what it says of the agent)"},
		{RULE("{\"from\": \"titel\", \"match\": \"a\", \"state\": \"idle\"}"),
			"2:21: found \"titel\", expected what a rule can look at, did you mean \"title\"?"},
		{RULE("{\"from\": \"bell\", \"match\": \"a\", \"state\": \"idle\"}"),
			"2:21: found \"bell\", expected what a rule can look at: \"event\", \"signal\", "
			"\"title\", \"progress\", \"notice\", \"screen\""},
		{RULE("{\"from\": \"title\", \"match\": \"a\", \"state\": \"workin\"}"),
			"2:53: found \"workin\", expected a state, did you mean \"working\"?"},
		{RULE("{\"from\": \"title\", \"match\": \"ab(c\", \"state\": \"idle\"}"),
			"2:39: found \"ab(c\", expected a regular expression: missing closing parenthesis at "
			"character 5 of it"},
		{RULE("{\"from\": \"title\", \"match\": \"\", \"state\": \"idle\"}"), NULL},
		{RULE("{\"from\": \"screen\", \"match\": \"a\", \"state\": \"idle\"}"),
			"2:12: found no \"rows\", expected how many of the screen's last rows this rule looks "
			"at, from 1 to 100"},
		{RULE("{\"from\": \"title\", \"match\": \"a\", \"state\": \"idle\", \"rows\": 3}"),
			"2:61: found \"rows\" in a rule from \"title\", expected it only beside \"screen\""},
		{RULE("{\"from\": \"screen\", \"match\": \"a\", \"state\": \"idle\", \"rows\": 101}"),
			"2:70: found 101, expected an integer from 1 to 100 for \"rows\" (how many of the last "
			"rows with text)"},
		{OPEN "\"submit\": {\"key\": \"Enter  Enter\"}}",
			"2:19: found \"Enter  Enter\", expected keys as tmux names them, one blank between, such "
			"as \"Down Enter\""},
		{OPEN "\"submit\": {\"settle_ms\": 5001}}",
			"2:25: found 5001, expected an integer from 1 to 5000 for \"settle_ms\" (from a paste to "
			"that key)"},
		{OPEN "\"submit\": {\"asking_title\": \"#{pane}\"}}",
			"2:28: found \"#{pane}\", expected a pattern of tmux without \"#\", \",\", \"{\" and "
			"\"}\""},
		{OPEN "\"submit\": {\"key\": \"Enter\", \"keys\": 1}}", NULL},
		{OPEN "\"answers\": {\"yes\": \"y\", \"sure\": \"s\"}}",
			"2:25: unknown key \"sure\", expected one of \"yes\", \"no\", \"always\""},
		{OPEN "\"answers\": {\"yes\": \"-x\"}}", NULL},
		{OPEN "\"answers\": {\"yes\": \"\u00e9\"}}", NULL},
		{OPEN "\"trust\": \"\"}", NULL},
		{OPEN "\"decision\": \"codex\"}",
			"2:13: found \"codex\", expected a way of answering that is known: \"claude\", \"word\""},
		{OPEN "\"transcript\": \"~/{conversation}\\n\"}",
			"2:15: found \"~/{conversation}^J\", expected a line without control characters"},
		{OPEN "\"transcript\": \"~/x/*.jsonl\"}",
			"2:15: found \"~/x/*.jsonl\", expected a path that begins with \"~/\" and holds \"{conversation}\""},
		{OPEN "\"transcript\": \"/etc/{conversation}\"}", NULL},
		{OPEN "\"transcript\": \"~/../{conversation}\"}", NULL},
		{OPEN "\"transcript\": \"~/x//{conversation}\"}", NULL},
		{OPEN "\"transcript\": \"~/[a]/{conversation}\"}", NULL},
	};
	/* clang-format on */
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct profile *profile = NULL;
		struct err err = ERR_INIT;
		int rc = profile_parse(
			"x.json", "x", str_from(rows[i].text), no_file, NULL, &profile, &err);
		if (rc != ERR_CONFIG || profile)
			fail_msg("%s: taken", rows[i].text);
		assert_int_equal(err.code, rc);
		assert_int_equal(strncmp(err.text, "x.json:", 7), 0);
		if (rows[i].error && strcmp(err.text + 7, rows[i].error) != 0)
			fail_msg("%s\n  says %s\n  not  %s", rows[i].text, err.text + 7,
				rows[i].error);
	}
}

static void
test_too_many_rules(void **state)
{
	struct profile *profile = NULL;
	struct err err = ERR_INIT;
	(void)state;
	for (int more = 0; more <= 1; more++) {
		struct buf text = BUF_INIT;
		buf_addc(&text, OPEN "\"states\": [");
		for (int i = 0; i < PROFILE_RULES_MAX + more; i++)
			buf_printf(&text,
				"%s{\"from\": \"title\", \"match\": \"a\", \"state\": "
				"\"idle\"}",
				i ? "," : "");
		buf_addc(&text, "]}");
		int rc = profile_parse(
			"x.json", "x", buf_str(&text), no_file, NULL, &profile, &err);
		assert_int_equal(rc, more ? ERR_CONFIG : 0);
		buf_release(&text);
	}
	assert_string_equal(err.text, "x.json:2:11: found 65 rules, expected at most 64");
	profile_free(profile);
}

#define MINE(help) "{\"name\": \"mine\", \"help\": \"" help "\", \"start\": [\"mine\"]}"

static void
test_reload(void **state)
{
	size_t built_in = profile_count();
	(void)state;
	assert_false(profile_reload());
	assert_false(profile_reload());

	/* One more, before the shell. */
	put("mine.json", MINE("one"));
	assert_true(profile_reload());
	assert_false(profile_reload());
	assert_int_equal(profile_count(), built_in + 1);
	const struct profile *mine = profile_find("mine");
	assert_ptr_equal(mine, profile_at(built_in - 1));
	assert_string_equal(profile_at(built_in)->name, "shell");
	char *file = file_of("mine.json");
	assert_string_equal(mine->source, file);

	/* The same size at the same moment. */
	put("mine.json", MINE("two"));
	assert_true(profile_reload());
	assert_string_equal(profile_find("mine")->help, "two");

	/* A wrong one leaves the last good one, and says so as long as it is there. */
	put("mine.json", "{\"name\": \"mine\",\n\"halp\": \"\"}");
	assert_true(profile_reload());
	assert_false(profile_reload());
	assert_string_equal(profile_find("mine")->help, "two");
	char *complaint =
		mem_printf("%s:2:1: unknown key \"halp\", did you mean \"help\"?\n", file);
	assert_string_equal(profile_complaints(), complaint);
	assert_false(profile_reload());
	assert_string_equal(profile_find("mine")->help, "two");
	put("mine.json", MINE("three"));
	assert_true(profile_reload());
	assert_string_equal(profile_find("mine")->help, "three");
	assert_string_equal(profile_complaints(), "");

	/* Others may write it: refused; the last good one stays. */
	assert_int_equal(chmod(file, 0620), 0);
	assert_true(profile_reload());
	assert_non_null(
		strstr(profile_complaints(), "mine.json: found a file that others may write"));
	assert_string_equal(profile_find("mine")->help, "three");
	assert_int_equal(chmod(file, 0600), 0);
	assert_true(profile_reload());

	/* A wrong one of the name of one that is compiled in leaves that. */
	put("claude.json", "{}");
	assert_true(profile_reload());
	assert_null(profile_find("claude")->source);
	assert_int_equal(profile_count(), built_in + 1);
	put("claude.json",
		"{\"name\": \"claude\", \"help\": \"C\", \"start\": [\"my-claude\"]}");
	assert_true(profile_reload());
	assert_ptr_equal(profile_find("claude"), profile_at(0));
	assert_string_equal(profile_find("claude")->help, "C");
	drop("claude.json");
	assert_true(profile_reload());
	assert_string_equal(profile_find("claude")->help, "Claude Code");

	/* Another name inside; names that no profile has; what is no profile. */
	put("other.json", MINE("one"));
	put("auto.json", MINE("one"));
	put("a b.json", MINE("one"));
	put("notes.txt", "x");
	put("x.settings.json", "x");
	put(".hidden.json", "x");
	assert_true(profile_reload());
	const char *text = profile_complaints();
	assert_non_null(strstr(text, "/other.json:1:10: found \"mine\", expected \"other\""));
	assert_non_null(
		strstr(text, "/auto.json: found a file whose name no profile can have"));
	assert_non_null(strstr(text, "/a b.json: found a file whose name no profile can have"));
	assert_null(strstr(text, "notes"));
	assert_null(strstr(text, "settings"));
	assert_null(strstr(text, "hidden"));
	assert_int_equal(profile_count(), built_in + 1);
	drop("other.json");
	drop("auto.json");
	drop("a b.json");

	drop("mine.json");
	assert_true(profile_reload());
	assert_null(profile_find("mine"));
	assert_string_equal(profile_complaints(), "");
	mem_free(complaint);
	mem_free(file);
}

#define WITH_FILE                                                     \
	"{\"name\": \"mine\", \"help\": \"h\", \"start\": [\"m\"],\n" \
	"\"files\": {\"settings.json\": \"mine.settings.json\"}}"

static void
test_files(void **state)
{
	char *file = file_of("mine.settings.json"), *target = file_of("target.txt");
	(void)state;
	put("mine.json", WITH_FILE);
	profile_reload();
	assert_null(profile_find("mine"));
	assert_non_null(
		strstr(profile_complaints(), "mine.json:2:28: found \"mine.settings.json\", "
					     "expected a file beside this one"));
	put("mine.settings.json", "{\"a\": 1}");
	assert_true(profile_reload());
	const struct profile_file *files = profile_find("mine")->files;
	assert_string_equal(files[0].name, "settings.json");
	assert_string_equal(files[0].text, "{\"a\": 1}");
	assert_int_equal(files[0].len, 8);
	assert_null(files[1].name);
	/* It belongs to what the profile is. */
	put("mine.settings.json", "");
	assert_true(profile_reload());
	assert_string_equal(profile_find("mine")->files[0].text, "");
	assert_int_equal(profile_find("mine")->files[0].len, 0);
	assert_int_equal(chmod(file, 0666), 0);
	assert_true(profile_reload());
	assert_non_null(strstr(profile_complaints(), "mine.json:2:28: "));
	assert_non_null(strstr(profile_complaints(), "others may write"));
	drop("mine.settings.json");
	/* A link is fine. */
	put("target.txt", "linked");
	assert_int_equal(symlink(target, file), 0);
	assert_true(profile_reload());
	assert_string_equal(profile_find("mine")->files[0].text, "linked");
	drop("mine.settings.json");
	char *large = mem_alloc(PROFILE_FILE_MAX + 2);
	memset(large, 'x', PROFILE_FILE_MAX + 1);
	put("mine.settings.json", large);
	assert_true(profile_reload());
	assert_non_null(strstr(profile_complaints(), "found more than 65536 bytes"));
	large[PROFILE_FILE_MAX] = '\0';
	put("mine.settings.json", large);
	assert_true(profile_reload());
	assert_int_equal(profile_find("mine")->files[0].len, PROFILE_FILE_MAX);
	mem_free(large);
	mem_free(file);
	mem_free(target);
}

static void
test_limit(void **state)
{
	size_t built_in = profile_count();
	(void)state;
	for (size_t i = 0; i < PROFILES_MAX - built_in + 2; i++) {
		char *name = mem_printf("p%02zu", i), *file = mem_printf("%s.json", name);
		char *text = mem_printf(
			"{\"name\": \"%s\", \"help\": \"h\", \"start\": [\"p\"]}", name);
		put(file, text);
		mem_free(text);
		mem_free(file);
		mem_free(name);
	}
	assert_true(profile_reload());
	assert_int_equal(profile_count(), PROFILES_MAX);
	assert_string_equal(profile_at(built_in - 1)->name, "p00");
	assert_string_equal(profile_at(PROFILES_MAX - 1)->name, "shell");
	const char *second = strchr(profile_complaints(), '\n');
	assert_non_null(
		strstr(profile_complaints(), "found more than 64 profiles, expected less"));
	assert_non_null(second);
	assert_non_null(strchr(second + 1, '\n'));
}

/* Once a second: dates alone, when nothing was touched for a while. */
static void
test_stamp(void **state)
{
	struct timespec old[2] = {
		{1000000000, 0},
                {1000000000, 0}
        };
	char *agents = file_of(""), *file = file_of("mine.json");
	(void)state;
	put("mine.json", MINE("one"));
	assert_int_equal(utimensat(AT_FDCWD, file, old, 0), 0);
	assert_int_equal(profile_table_stamp(agents), 0);
	struct timespec pause = {2, 100000000};
	nanosleep(&pause, NULL);
	uint64_t stamp = profile_table_stamp(agents);
	assert_int_not_equal(stamp, 0);
	assert_int_equal(profile_table_stamp(agents), stamp);
	drop("mine.json");
	assert_int_not_equal(profile_table_stamp(agents), stamp);
	assert_int_not_equal(profile_table_stamp(agents), 0);
	assert_int_not_equal(profile_table_stamp("/no/such/folder"), 0);
	mem_free(agents);
	mem_free(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_argv),
		cmocka_unit_test(test_expand),
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_shipped_rules),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_too_many_rules),
		cmocka_unit_test_setup_teardown(test_reload, setup, teardown),
		cmocka_unit_test_setup_teardown(test_files, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stamp, setup, teardown),
	};
	if (!mkdtemp(dir))
		return 1;
	setenv("XDG_CONFIG_HOME", dir, 1);
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	path_remove_tree(dir, NULL);
	return rc;
}
