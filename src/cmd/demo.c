/* SPDX-License-Identifier: MIT */
/*
 * The demo is a real fleet on real hosts, only small: everything lies in one
 * folder that is thrown away, and what is special about it is in the scripts
 * under src/data/demo/.
 */
#define _DEFAULT_SOURCE /* usleep */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attach.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_data.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/fleet_config.h"
#include "cockpit/ui_app.h"

#define DEMO_AGENTS 6

static volatile sig_atomic_t ended;

static void
on_signal(int signum)
{
	ended = signum;
}

/* While hosts are made and taken down a signal must not leave half of them behind. The screen
 * has its own handlers, and their end leaves the default ones. */
static void
catch_signals(void)
{
	static const int signals[] = {SIGTERM, SIGHUP, SIGINT};
	struct sigaction action = {.sa_handler = on_signal};
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
}

/* A child's exit status, -1 if it did not get so far. */
static int
run_script(const char *script, const char *verb, const char *dir)
{
	pid_t pid = fork();
	if (pid < 0)
		return -1;
	if (pid == 0) {
		unsetenv("TMUX");
		execlp("sh", "sh", script, verb, dir, (char *)NULL);
		_exit(127);
	}
	int status;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int
write_scripts(const char *dir, struct err *err)
{
	int rc = 0;
	for (const struct data_file *file = data_files; file->name && rc == 0; file++) {
		if (!str_starts(str_from(file->name), STR("demo/")))
			continue;
		char *path = path_join(dir, path_base(file->name));
		rc = path_write(
			path, (struct str){(const char *)file->bytes, file->len}, 0600, err);
		mem_free(path);
	}
	return rc;
}

static int
show(const struct cmd_call *call, const char *dir)
{
	struct ui_options options = {.up = true, .wait_agents = DEMO_AGENTS};
	struct fleet_config *config;
	struct err err = ERR_INIT;
	char *file = path_join(dir, "cockpit.json");
	int rc = fleet_config_read(file, &config, &err);
	mem_free(file);
	return rc < 0 ? cmd_fail(&err) : attach_show(call, config, &options);
}

static int
run(const struct cmd_call *call)
{
	struct err err = ERR_INIT;
	const char *tmp = getenv("TMPDIR");
	char *dir = mem_printf("%s/cockpit-demo.XXXXXX", tmp && tmp[0] == '/' ? tmp : "/tmp");
	int status;
	if (strpbrk(dir, " \t\"'\\")) {
		err_set(&err, ERR_INVALID,
			"TMPDIR holds blanks or quotes, which sshd does not take: %s", tmp);
		mem_free(dir);
		return cmd_fail(&err);
	}
	if (!mkdtemp(dir)) {
		err_errno(&err, "%s", dir);
		mem_free(dir);
		return cmd_fail(&err);
	}
	catch_signals();
	char *script = path_join(dir, "lab.sh");
	char *state = path_join(dir, "local/state");
	/* Nothing of it shall be left in the user's own folders. */
	setenv("XDG_STATE_HOME", state, 1);
	if (write_scripts(dir, &err) < 0) {
		status = cmd_fail(&err);
	} else {
		if (isatty(STDERR_FILENO))
			fprintf(stderr, "cockpit: making a demo fleet in %s\n", dir);
		status = run_script(script, "up", dir);
		if (ended)
			status = 128 + ended;
		else if (status != 0)
			fprintf(stderr, "cockpit: the demo's hosts could not be started\n");
		else
			status = show(call, dir);
		catch_signals();
	}
	if (cmd_value(call, "keep")) {
		fprintf(stderr,
			"cockpit: the demo goes on: XDG_STATE_HOME=%s cockpit attach "
			"%s/cockpit.json\n"
			"cockpit: to end it: sh %s down %s && rm -r %s\n",
			state, dir, script, dir, dir);
	} else {
		run_script(script, "down", dir);
		/* Agents that are just ending may still write. */
		for (int i = 0; i < 50 && path_remove_tree(dir, &err) < 0; i++)
			usleep(100000);
	}
	mem_free(state);
	mem_free(script);
	mem_free(dir);
	return status;
}

const struct cmd cmd_demo = {
	.name = "demo",
	.args = "[--keep] [--once [--size COLSxROWS] [--ansi]]",
	.summary = "fly a demo fleet: six stand-in agents on three hosts",
	.help = "Makes a throw-away git repo and a fleet of six scripted stand-in agents on "
		"three\n"
		"hosts (this machine and two private sshd's on loopback) and shows it. Needs "
		"no\n"
		"account, key or network, and cleans up after itself.",
	.options = {CMD_ATTACH_OPTIONS,
		    {"keep", 0, NULL, CMD_WORD_NONE, "leave it running, and say how to come back"}},
	.run = run,
};
