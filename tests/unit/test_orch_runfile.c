/* SPDX-License-Identifier: MIT */
/* The file that a pane runs, run by sh with stand-ins for agents on PATH. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/fleet_config.h"
#include "cockpit/fleet_profile.h"
#include "orch/local.h"

/* config/ with the profiles, bin/ on PATH, "ho'me" with the run file, "wo\"rk" to run it in. */
static char dir[] = "/tmp/cockpit-runfile-XXXXXX";
static struct fleet_config *config;

static void
put(const char *name, const char *text, unsigned mode)
{
	char *file = path_join(dir, name), *folder = path_dir(file);
	assert_int_equal(path_mkdir(folder, NULL), 0);
	assert_int_equal(path_write(file, str_from(text), mode, NULL), 0);
	mem_free(folder);
	mem_free(file);
}

static void
read_file(const char *name, struct buf *into)
{
	char *file = path_join(dir, name);
	struct err err = ERR_INIT;
	buf_clear(into);
	if (path_read(file, 1 << 20, into, &err) < 0)
		fail_msg("%s", err.text);
	mem_free(file);
}

/* Says its name, arguments and variables. */
#define STAND_IN                                                                    \
	"#!/bin/sh\n"                                                               \
	"{ printf '<%s>\\n' \"${0##*/}\" \"$@\"\n"                                  \
	"printf '%s\\n' \"X=$X\" \"Y=$Y\" \"T=$T\" \"$COCKPIT_FLEET $COCKPIT_HOST " \
	"$COCKPIT_AGENT\"\n"                                                        \
	"printf '%s\\n' \"$COCKPIT_HOME\" "                                         \
	"\"${COCKPIT_RUN-}${COCKPIT_OWN-}${TMUX-}${cockpit_own-}\"\n"               \
	"} >\"$OUT\"\n"

/* Two files: what would look like an end, bytes that shells have their own use for, no new
 * line. */
#define HOSTILE_FILE                                                                          \
	"COCKPIT_END\n$(touch pwned) `id` \\ '\"\n COCKPIT_END_\n\u0101\u2801\u2800 \u00e9\n" \
	"$COCKPIT_HOME\n\n"

static const char mine[] =
	"{\"name\": \"mine\", \"help\": \"h\", \"start\": [\"mine\", \"a'b\", "
	"\"--s={home}/s.json\",\n"
	"  \"\", \"$(touch pwned)\\\\\", \"{dir}\"],\n"
	"\"prompted\": [\"mine\", \"{prompt}\", \"-p={prompt}{home}\"],\n"
	"\"environment\": {\"X\": \"it's {home}/x $HOME `id` \\\"{dir}\\\"\", \"Y\": \"\"},\n"
	"\"own_folder\": {\"arguments\": [\"--trust={dir}\"], \"environment\": {\"T\": \"1 "
	"2\"}},\n"
	"\"files\": {\"s.json\": \"mine.s.json\", \"empty.txt\": \"mine.empty.txt\"}}";

/* Nothing else is on PATH: an agent that is installed on this machine would be found. */
static void
link_tools(void)
{
	static const char *const tools[] = {"cat", "chmod", "date", "head", "sed", "tmux", "tr",
		"uuidgen", "rm", "ls", "mkdir", "stat", "env", "sleep"};
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		char *line = mem_printf("mkdir -p '%s/tools' && ln -sf \"$(command -v %s)\" "
					"'%s/tools/%s'",
			dir, tools[i], dir, tools[i]);
		(void)!system(line);
		mem_free(line);
	}
}

static int
setup(void **state)
{
	(void)state;
	put("config/cockpit/agents/mine.json", mine, 0600);
	put("config/cockpit/agents/mine.s.json", HOSTILE_FILE "no new line", 0600);
	put("config/cockpit/agents/mine.empty.txt", "", 0600);
	put("wo\"rk/x", "", 0600);
	link_tools();
	config = fleet_config_from_repo("toy's", "/no/toy");
	profile_reload();
	assert_string_equal(profile_complaints(), "");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fleet_config_free(config);
	return 0;
}

/* What the stand-in said, with the folders' names in short; also the run file's output. */
static void
run(const struct pilot_spec *spec, bool own, struct buf *said)
{
	struct buf text = BUF_INIT;
	struct err err = ERR_INIT;
	if (runfile_write(config, spec, "one", "here", &text, &err) < 0)
		fail_msg("%s", err.text);
	put("ho'me/run", buf_cstr(&text), 0600);
	put("out", "", 0600);
	char *command =
		mem_printf("cd '%s/wo\"rk' && env -i PATH='%s/bin':'%s/tools' OUT='%s/out' "
			   "HOME=/home/u COCKPIT_RUN='%s/ho'\\''me/run' COCKPIT_OWN=%s TMUX=x "
			   "/bin/sh \"%s/ho'me/run\" >'%s/output' 2>&1 </dev/null",
			dir, dir, dir, dir, dir, own ? "1" : "", dir, dir);
	int status = system(command);
	assert_int_not_equal(status, -1);
	read_file("out", said);
	if (said->len == 0)
		read_file("output", said);
	mem_free(command);
	buf_release(&text);
}

static void
assert_says(const struct pilot_spec *spec, bool own, const char *want)
{
	struct buf said = BUF_INIT, expected = BUF_INIT;
	run(spec, own, &said);
	/* "%" is the folder of all. */
	for (; *want; want++) {
		if (*want == '%')
			buf_addc(&expected, dir);
		else
			buf_byte(&expected, *want);
	}
	assert_string_equal(buf_cstr(&said), buf_cstr(&expected));
	buf_release(&said);
	buf_release(&expected);
}

#define REST(own)                                                   \
	"X=it's %/ho'me/x $HOME `id` \"%/wo\"rk\"\nY=\nT=" own "\n" \
	"toy's here one\n%/ho'me\n\n"

static void
test_profile(void **state)
{
	static const struct {
		const char *prompt;
		bool own;
		const char *said;
	} rows[] = {
		{NULL,				      false,
                 "<mine>\n<a'b>\n<--s=%/ho'me/s.json>\n<>\n<$(touch "
			"pwned)\\>\n<%/wo\"rk>\n" REST("")                                                        },
		{NULL,				      true,
                 "<mine>\n<--trust=%/wo\"rk>\n<a'b>\n<--s=%/ho'me/s.json>\n<>\n<$(touch "
			"pwned)\\>\n"
			"<%/wo\"rk>\n" REST("1 2")								},
		{"do it",				   false, "<mine>\n<do it>\n<-p=do it%/ho'me>\n" REST("")},
 /* Nothing in a prompt is looked at, also not what stands for something in
  profiles. */
		{"-{home} {dir} {prompt} $(touch pwned) '", true,
                 "<mine>\n<--trust=%/wo\"rk>\n< -{home} {dir} {prompt} $(touch pwned) "
			"'>\n"
			"<-p=-{home} {dir} {prompt} $(touch pwned) '%/ho'me>\n" REST("1 2")                       },
	};
	struct buf text = BUF_INIT;
	struct stat st;
	(void)state;
	put("bin/mine", STAND_IN, 0700);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct pilot_spec spec = {.profile = "mine", .prompt = rows[i].prompt};
		assert_says(&spec, rows[i].own, rows[i].said);
	}
	read_file("ho'me/s.json", &text);
	assert_string_equal(buf_cstr(&text), HOSTILE_FILE "no new line\n");
	read_file("ho'me/empty.txt", &text);
	assert_int_equal(text.len, 0);
	char *file = path_join(dir, "ho'me/s.json");
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	mem_free(file);
	file = path_join(dir, "wo\"rk/pwned");
	assert_false(path_exists(file));
	mem_free(file);
	buf_release(&text);
}

#define NONE                                                                  \
	"cockpit: no known coding agent is on PATH here, as a login has it\n" \
	"(looked for claude, codex, opencode, gemini, copilot, qwen, pi, mine)\n"

/* The first that is there, with its own variables and nobody else's. */
static void
test_any(void **state)
{
	const struct pilot_spec bare = {.name = "one"}, prompted = {.prompt = "do it"};
	struct buf said = BUF_INIT;
	char *mine_there = path_join(dir, "bin/mine"), *qwen = path_join(dir, "bin/qwen");
	(void)state;
	unlink(mine_there);
	assert_says(&prompted, false, NONE);
	put("bin/aider", STAND_IN, 0700);
	assert_says(&prompted, false, NONE);
	assert_says(&bare, false, "<aider>\nX=\nY=\nT=\ntoy's here one\n%/ho'me\n\n");
	put("bin/mine", STAND_IN, 0700);
	assert_says(&prompted, false, "<mine>\n<do it>\n<-p=do it%/ho'me>\n" REST(""));
	put("bin/qwen", STAND_IN, 0700);
	assert_says(&prompted, true,
		"<qwen>\n<-i>\n<do it>\nX=\nY=\nT=\ntoy's here one\n%/ho'me\n\n");
	/* A shell if there is none; it is no agent. */
	unlink(qwen);
	unlink(mine_there);
	char *aider = path_join(dir, "bin/aider");
	unlink(aider);
	run(&bare, false, &said);
	assert_true(
		str_starts(buf_str(&said), STR("cockpit: no known coding agent is on PATH")));
	assert_non_null(
		strstr(buf_cstr(&said), "aider, amp, mine)\nThis is a shell instead.\n"));
	buf_release(&said);
	mem_free(aider);
	mem_free(qwen);
	mem_free(mine_there);
}

static void
test_command(void **state)
{
	static const char *const command[] = {"other", "{home}", "--p={prompt}", NULL};
	const struct pilot_spec spec = {.command = command, .prompt = "it's {dir}"};
	(void)state;
	put("bin/other", STAND_IN, 0700);
	/* Only profiles have such words. */
	assert_says(&spec, true,
		"<other>\n<{home}>\n<--p=it's {dir}>\nX=\nY=\nT=\ntoy's here one\n%/ho'me\n\n");
}

static void
test_refused(void **state)
{
	struct buf text = BUF_INIT;
	struct err err = ERR_INIT;
	const struct pilot_spec unknown = {.profile = "clod"};
	const struct pilot_spec takes_none = {.profile = "aider", .prompt = "do it"};
	(void)state;
	assert_int_equal(
		runfile_write(config, &unknown, "one", "here", &text, &err), ERR_NOT_FOUND);
	assert_non_null(
		strstr(err.text, "there is no profile clod (try one of: claude, codex,"));
	assert_non_null(strstr(err.text, ", mine, shell)"));
	assert_int_equal(runfile_write(config, &takes_none, "one", "here", &text, &err),
		ERR_UNSUPPORTED);
	assert_int_equal(text.len, 0);
	buf_release(&text);
}

/* The private folder cannot be written: said, and nothing is run without its files. */
static void
test_no_room(void **state)
{
	const struct pilot_spec spec = {.profile = "mine"};
	char *blocked = path_join(dir, "ho'me/s.json");
	(void)state;
	put("bin/mine", STAND_IN, 0700);
	unlink(blocked);
	assert_int_equal(mkdir(blocked, 0700), 0);
	struct buf said = BUF_INIT;
	run(&spec, false, &said);
	assert_non_null(strstr(buf_cstr(&said), "cockpit: cannot write s.json\n"));
	assert_int_equal(rmdir(blocked), 0);
	buf_release(&said);
	mem_free(blocked);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_profile),
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_room),
	};
	if (!mkdtemp(dir))
		return 1;
	char *config_home = path_join(dir, "config");
	setenv("XDG_CONFIG_HOME", config_home, 1);
	mem_free(config_home);
	int rc = cmocka_run_group_tests(tests, setup, teardown);
	path_remove_tree(dir, NULL);
	return rc;
}
