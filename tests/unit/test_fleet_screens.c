/* SPDX-License-Identifier: MIT */
/*
 * What agents showed (tests/agents/screens, see tests/agents/home.sh), held against their
 * profiles: the title's rules and the screen's, and which answers could be given by keys. A
 * rule that is changed must find the same again, and a screen that is added gets a row here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/fleet_profile.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SCREENS  "tests/agents/screens/"

#define NOTHING  CLAIM_NOTHING
#define QUIET    CLAIM_QUIET
#define WORKING  AGENT_WORKING
#define ASKS     AGENT_ASKS
#define IDLE     AGENT_IDLE
#define LIMITED  AGENT_LIMITED
#define LOGIN    AGENT_LOGIN
#define TRUST    AGENT_TRUST

/* The first row whose prefix fits counts. answers: y(es), n(o), a(lways). */
static const struct {
	const char *prefix;
	int title, screen;
	const char *answers;
} rows[] = {
	/* clang-format off */
	{"claude-asks-question", QUIET, ASKS, "n"},
	{"claude-asks", QUIET, ASKS, "yna"},
	{"claude-crashed", QUIET, IDLE, ""}, /* the process tells */
	{"claude-exited", NOTHING, NOTHING, ""},
	{"claude-failed-first-run", NOTHING, NOTHING, ""},
	{"claude-failed-limit", QUIET, LIMITED, ""},
	{"claude-idle-restored", QUIET, NOTHING, ""},
	{"claude-idle", QUIET, IDLE, ""},
	{"claude-limited", QUIET, LIMITED, ""},
	{"claude-login", QUIET, LOGIN, ""},
	{"claude-starting", NOTHING, NOTHING, ""},
	{"claude-trust", NOTHING, TRUST, ""},
	{"claude-working", WORKING, WORKING, ""},

	{"gemini-asks-question", ASKS, ASKS, "n"},
	{"gemini-asks", ASKS, ASKS, "yna"},
	{"gemini-crashed", QUIET, NOTHING, ""},
	{"gemini-exited", NOTHING, NOTHING, ""},
	{"gemini-idle", QUIET, NOTHING, ""},
	{"gemini-limited", WORKING, LIMITED, ""},
	{"gemini-login", QUIET, LOGIN, ""},
	{"gemini-starting", NOTHING, NOTHING, ""},
	{"gemini-trust", QUIET, TRUST, ""},
	{"gemini-trust-settings", QUIET, TRUST, ""},
	{"gemini-working", WORKING, NOTHING, ""},

	{"opencode-asks", NOTHING, ASKS, "n"}, /* its plugin takes the others */
	{"opencode-crashed", NOTHING, IDLE, ""},
	{"opencode-exited", NOTHING, NOTHING, ""},
	{"opencode-idle", NOTHING, IDLE, ""},
	{"opencode-limited", NOTHING, LIMITED, ""},
	{"opencode-login", NOTHING, NOTHING, ""}, /* it answers all the same, by a model for nothing */
	{"opencode-starting", NOTHING, NOTHING, ""},
	{"opencode-working-unreachable", NOTHING, NOTHING, ""},
	{"opencode-working", NOTHING, WORKING, ""},

	{"pi-asks", NOTHING, ASKS, "yn"},
	{"pi-crashed", NOTHING, NOTHING, ""},
	{"pi-exited", NOTHING, NOTHING, ""},
	{"pi-idle", NOTHING, NOTHING, ""}, /* its extension tells */
	{"pi-login", NOTHING, LOGIN, ""},
	{"pi-starting", NOTHING, NOTHING, ""},
	{"pi-working", NOTHING, WORKING, ""},
}; /* clang-format on */

static bool
read_screen(const char *name, struct buf *title, struct buf *screen)
{
	struct buf text = BUF_INIT;
	char *file = mem_printf(SCREENS "%s", name);
	bool ok = path_read(file, 1 << 20, &text, NULL) == 0;
	struct str rest = buf_str(&text), first = str_cut(&rest, '\n');
	ok = ok && str_starts(first, STR("title: "));
	if (ok) {
		buf_add(title, str_trim(str_slice(first, 7, first.len)));
		buf_add(screen, rest);
	}
	mem_free(file);
	buf_release(&text);
	return ok;
}

static const struct profile *
profile_of(const char *name)
{
	struct str rest = str_from(name), word = str_cut(&rest, '-');
	char *agent = mem_strndup(word.ptr, word.len);
	const struct profile *profile = profile_find(agent);
	mem_free(agent);
	return profile;
}

static size_t
row_of(const char *name)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (strncmp(name, rows[i].prefix, strlen(rows[i].prefix)) == 0)
			return i;
	}
	fail_msg("%s: there is no row for it", name);
	return 0;
}

static void
add_answers(const struct profile *profile, const struct rule *rule, struct buf *into)
{
	static const char letters[ANSWER_COUNT] = {
		[ANSWER_YES] = 'y', [ANSWER_NO] = 'n', [ANSWER_ALWAYS] = 'a'};
	for (int i = 0; i < ANSWER_COUNT; i++) {
		if (profile_answer_keys(profile, rule->row, (enum agent_answer)i))
			buf_byte(into, letters[i]);
	}
}

static int
check_screen(const char *name)
{
	const struct profile *profile = profile_of(name);
	struct buf title = BUF_INIT, screen = BUF_INIT, text = BUF_INIT, match = BUF_INIT,
		   answers = BUF_INIT;
	size_t row = row_of(name);
	assert_non_null(profile);
	assert_true(read_screen(name, &title, &screen));
	const struct rule *by_title = profile_match(profile, SIGN_TITLE, buf_str(&title));
	rows_with_text(buf_str(&screen), &text);
	const struct rule *by_screen = profile_match_rows(profile, buf_str(&text), &match);
	if (by_screen && by_screen->claim == ASKS)
		add_answers(profile, by_screen, &answers);
	int says[] = {
		by_title ? by_title->claim : NOTHING, by_screen ? by_screen->claim : NOTHING};
	bool well = says[0] == rows[row].title && says[1] == rows[row].screen &&
		    strcmp(buf_cstr(&answers), rows[row].answers) == 0;
	if (!well)
		print_error("%s: title %s, screen %s (rule %d), answers <%s>\n", name,
			sign_claim_name(says[0]), sign_claim_name(says[1]),
			by_screen ? by_screen->row : 0, buf_cstr(&answers));
	buf_release(&title);
	buf_release(&screen);
	buf_release(&text);
	buf_release(&match);
	buf_release(&answers);
	return !well;
}

static void
test_screens(void **state)
{
	DIR *list = opendir(SCREENS);
	int wrong = 0, count = 0;
	(void)state;
	if (!list)
		skip();
	for (const struct dirent *it; (it = readdir(list)) != NULL;) {
		if (!str_ends(str_from(it->d_name), STR(".txt")))
			continue;
		wrong += check_screen(it->d_name);
		count++;
	}
	closedir(list);
	assert_int_equal(wrong, 0);
	assert_true(count >= 70);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_screens),
	};
	return cmocka_run_group_tests_name("fleet_screens", tests, NULL, NULL);
}
