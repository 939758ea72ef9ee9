/* SPDX-License-Identifier: MIT */
/*
 * The file that a pane runs. The host's login may be any shell, so it is read by
 * sh, and what only the host knows is decided there: which agents are on PATH,
 * where the private folder is, and whether the folder to work in is cockpit's own.
 */
#include "cockpit/base_data.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_shell.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_config.h"
#include "cockpit/fleet_profile.h"
#include "local.h"

/* What stands for something in words and values of profiles. */
enum place { PLACE_HOME, PLACE_DIR, PLACE_CONVERSATION, PLACE_UUID, PLACE_PROMPT, PLACE_COUNT };

static const struct {
	const char *mark, *shell; /* NULL: the prompt */
} places[PLACE_COUNT] = {
	[PLACE_HOME] = {"{home}",             "\"$COCKPIT_HOME\""        },
	[PLACE_DIR] = {"{dir}",              "\"$PWD\""                 },
	[PLACE_CONVERSATION] = {PROFILE_CONVERSATION, "\"$cockpit_conversation\""},
	[PLACE_UUID] = {"{uuid}",             "\"$cockpit_uuid\""        },
	[PLACE_PROMPT] = {PROFILE_PROMPT,       NULL                       },
};

/* The first mark in text; PLACE_COUNT: none. */
static enum place
find_place(struct str text, ptrdiff_t *ret_at)
{
	enum place found = PLACE_COUNT;
	for (int i = 0; i < PLACE_COUNT; i++) {
		ptrdiff_t at = str_find_str(text, str_from(places[i].mark));
		if (at < 0 || (found != PLACE_COUNT && at > *ret_at))
			continue;
		*ret_at = at;
		found = (enum place)i;
	}
	return found;
}

/* As profile_expand() does it: with a blank where it could be taken for an option. */
static void
add_prompt(struct buf *into, const char *prompt, bool begins)
{
	static const char *const alone[] = {PROFILE_PROMPT, NULL};
	char **words = profile_expand(alone, prompt);
	shell_quote(into, str_from(begins ? words[0] : prompt));
	mem_free_words(words);
}

/* One word of sh; what prompt holds is not looked at. prompt: NULL leaves its mark alone. */
static void
add_word(struct buf *into, const char *word, const char *prompt)
{
	struct str rest = str_from(word);
	bool begins = true;
	if (rest.len == 0)
		buf_addc(into, "''");
	while (rest.len > 0) {
		ptrdiff_t at = 0;
		enum place place = find_place(rest, &at);
		size_t before = place == PLACE_COUNT ? rest.len : (size_t)at;
		if (before > 0)
			shell_quote(into, str_slice(rest, 0, before));
		begins = begins && before == 0;
		rest = str_slice(rest, before, rest.len);
		if (place == PLACE_COUNT)
			break;
		if (places[place].shell)
			buf_addc(into, places[place].shell);
		else if (prompt)
			add_prompt(into, prompt, begins);
		else
			shell_quote(into, str_from(places[place].mark));
		rest = str_slice(rest, strlen(places[place].mark), rest.len);
		begins = false;
	}
}

static bool
is_used(char **argv, const char *mark)
{
	for (size_t i = 0; argv && argv[i]; i++) {
		if (strstr(argv[i], mark))
			return true;
	}
	return false;
}

/* To go on with a conversation its id is kept: by its hook, or from its start on. */
static void
add_resume(struct buf *into, const struct profile *profile, bool own)
{
	char **argv = NULL;
	if (profile_resume_argv(profile, PROFILE_CONVERSATION, own, &argv, NULL) < 0)
		return;
	buf_addc(into, "if [ -n \"$cockpit_conversation\" ]; then\nexec");
	for (size_t i = 0; argv[i]; i++) {
		buf_byte(into, ' ');
		add_word(into, argv[i], NULL);
	}
	buf_addc(into, "\nfi\n");
	mem_free_words(argv);
}

static void
add_exec(struct buf *into, const struct profile *profile, const char *prompt, bool own)
{
	char **argv = NULL;
	add_resume(into, profile, own);
	/* Its own mark for the prompt: it is put in once all others are. */
	int rc = profile_argv(profile, prompt ? PROFILE_PROMPT : NULL, own, &argv, NULL);
	BUG_ON(rc < 0);
	if (is_used(argv, "{uuid}"))
		buf_addc(into, "cockpit_uuid=$(cat /proc/sys/kernel/random/uuid 2>/dev/null || "
			       "uuidgen)\n"
			       "echo \"$cockpit_uuid\" >\"$COCKPIT_HOME/conversation\"\n");
	buf_addc(into, "exec");
	for (size_t i = 0; argv[i]; i++) {
		buf_byte(into, ' ');
		add_word(into, argv[i], prompt);
	}
	buf_byte(into, '\n');
	mem_free_words(argv);
}

static void
add_variables(struct buf *into, const struct profile_variable *variables)
{
	for (; variables->name; variables++) {
		buf_printf(into, "export %s=", variables->name);
		add_word(into, variables->value, NULL);
		buf_byte(into, '\n');
	}
}

/* By here-documents, so that no byte of it is looked at. */
static void
add_file(struct buf *into, const struct profile_file *file)
{
	struct str text = {file->text, file->len};
	struct buf end = BUF_INIT;
	buf_addc(&end, "COCKPIT_END");
	while (str_find_str(text, buf_str(&end)) >= 0)
		buf_byte(&end, '_');
	buf_printf(into,
		"(umask 077 && cat >\"$COCKPIT_HOME\"/%s) <<'%s' || "
		"{ echo 'cockpit: cannot write %s'; exit 1; }\n",
		file->name, buf_cstr(&end), file->name);
	buf_add(into, text);
	if (text.len > 0 && !str_ends(text, STR("\n")))
		buf_byte(into, '\n');
	buf_printf(into, "%s\n", buf_cstr(&end));
	buf_release(&end);
}

static void
add_profile(struct buf *into, const struct profile *profile, const char *prompt)
{
	/* For those that were to be whatever is there: which it is. */
	buf_printf(into, "cockpit_tell @cockpit_profile %s\n", profile->name);
	for (const struct profile_file *file = profile->files; file->name; file++)
		add_file(into, file);
	add_variables(into, profile->variables);
	if (profile->own || profile->own_variables->name) {
		buf_addc(into, "if [ -n \"$cockpit_own\" ]; then\n");
		add_variables(into, profile->own_variables);
		if (profile->own)
			add_exec(into, profile, prompt, true);
		buf_addc(into, "fi\n");
	}
	add_exec(into, profile, prompt, false);
}

static bool
is_known_agent(const struct profile *profile, const char *prompt)
{
	return !profile->shell && (!prompt || profile_takes_prompt(profile));
}

/* Says which were looked for. */
static void
add_looked_for(struct buf *into, const char *prompt)
{
	struct buf words = BUF_INIT;
	for (size_t i = 0; i < profile_count(); i++) {
		const struct profile *profile = profile_at(i);
		if (is_known_agent(profile, prompt))
			buf_printf(&words, "%s%s", words.len ? ", " : "(looked for ",
				profile->program ? profile->program : profile->start[0]);
	}
	buf_byte(&words, ')');
	buf_addc(into, "printf '%s\\n' ");
	shell_quote(into, buf_str(&words));
	buf_byte(into, '\n');
	buf_release(&words);
}

/* The first known agent that the host's login finds; a prompt leaves out those that take none.
 */
static void
add_any_agent(struct buf *into, const char *prompt)
{
	for (size_t i = 0; i < profile_count(); i++) {
		const struct profile *profile = profile_at(i);
		const char *program = profile->program ? profile->program : profile->start[0];
		if (!is_known_agent(profile, prompt))
			continue;
		buf_addc(into, "if command -v ");
		shell_quote(into, str_from(program));
		buf_addc(into, " >/dev/null 2>&1; then\n");
		add_profile(into, profile, prompt);
		buf_addc(into, "fi\n");
	}
	/* A PATH that only the shells of a terminal have is why, most often. */
	buf_addc(into,
		"echo 'cockpit: no known coding agent is on PATH here, as a login has it'\n");
	add_looked_for(into, prompt);
	if (prompt)
		buf_addc(into, "exit 127\n");
	else
		buf_addc(into, "echo 'This is a shell instead.'\nexec \"${SHELL:-sh}\" -l\n");
}

static void
add_command(struct buf *into, const char *const command[], const char *prompt)
{
	char **argv = profile_expand(command, prompt);
	buf_addc(into, "exec ");
	shell_quote_argv(into, (const char *const *)argv);
	buf_byte(into, '\n');
	mem_free_words(argv);
}

static int
find_profile(const char *name, const char *prompt, const struct profile **ret, struct err *err)
{
	char **argv = NULL;
	char safe[64];
	*ret = profile_find(name);
	if (!*ret) {
		struct buf known = BUF_INIT;
		for (size_t i = 0; i < profile_count(); i++)
			buf_printf(&known, "%s%s", i ? ", " : "", profile_at(i)->name);
		int rc = err_set(err, ERR_NOT_FOUND, "there is no profile %s (try one of: %s)",
			text_safe_tmp(safe, sizeof(safe), str_from(name)), buf_cstr(&known));
		buf_release(&known);
		return rc;
	}
	int rc = profile_argv(*ret, prompt, false, &argv, err);
	mem_free_words(argv);
	return rc;
}

static void
add_script(struct buf *into, const char *data, const char *name)
{
	struct str text = data_find(data);
	BUG_ON(!text.ptr);
	char *copy = mem_strdup(name), *bytes = mem_strndup(text.ptr, text.len);
	const struct profile_file file = {copy, bytes, text.len};
	add_file(into, &file);
	buf_printf(into, "chmod 700 \"$COCKPIT_HOME\"/%s\n", name);
	mem_free(copy);
	mem_free(bytes);
}

/* What an agent's hooks call, and what it calls itself; for commands that are no known agents
 * too, which may do so. */
static void
add_sidecar(struct buf *into)
{
	add_script(into, "sidecar/hook.sh", "hook.sh");
	buf_addc(into, "mkdir -p -m 700 \"$COCKPIT_HOME/bin\"\n");
	add_script(into, "sidecar/agent.sh", "bin/cockpit-agent");
	buf_addc(into, "export PATH=\"$COCKPIT_HOME/bin:$PATH\"\n");
}

/*
 * Our own TMUX variables stay out of it: agents take them for an invitation to
 * split the window they sit in.
 */
static void
add_head(struct buf *into, const char *fleet, const char *name, const char *host)
{
	buf_addc(into,
		"COCKPIT_HOME=${COCKPIT_RUN%/*} cockpit_own=$COCKPIT_OWN\n"
		"COCKPIT_HOOK=$COCKPIT_HOME/hook.sh\n"
		"COCKPIT_SOCKET=${TMUX%%,*} COCKPIT_PANE=$TMUX_PANE\n"
		"cockpit_tell() {\n"
		"tmux -u -f /dev/null -S \"$COCKPIT_SOCKET\" "
		"set-option -p -t \"$COCKPIT_PANE\" \"$@\" >/dev/null 2>&1\n"
		"}\n"
		"cockpit_conversation=\n"
		"if [ -n \"$COCKPIT_RESUME\" ] && [ -s \"$COCKPIT_HOME/conversation\" ]; then\n"
		"cockpit_conversation=$(head -n 1 \"$COCKPIT_HOME/conversation\" | "
		"tr -cd 'A-Za-z0-9._-')\n"
		"fi\n"
		"unset TMUX TMUX_PANE COCKPIT_RUN COCKPIT_OWN COCKPIT_RESUME\n"
		"export COCKPIT_HOME COCKPIT_HOOK COCKPIT_SOCKET COCKPIT_PANE COCKPIT_FLEET=");
	shell_quote(into, str_from(fleet));
	buf_printf(into, " COCKPIT_HOST=%s COCKPIT_AGENT=%s\n", host, name);
	/* The name, said again, makes tmux tell every cockpit. */
	buf_addc(into, "cockpit_tell @cockpit_born \"$(date +%s)\" \\; "
		       "rename-window -t \"$COCKPIT_PANE\" \"$COCKPIT_AGENT\"\n");
	add_sidecar(into);
}

/*
 * In the agent's own terminal, where everybody sees it and it can be answered; once, or until
 * it has gone well, in each work tree of ours. The status goes around the pipe.
 */
static void
add_setup(struct buf *into, const char *setup)
{
	buf_addc(into, "cockpit_set_up() {\n"
		       "if [ -z \"$cockpit_own\" ] || "
		       "grep -qx 0 \"$COCKPIT_HOME/set-up\" 2>/dev/null; then\nreturn\nfi\n"
		       "printf 'cockpit: set-up: %s\\n' ");
	shell_quote(into, str_from(setup));
	buf_addc(into, "\n{\nsh -c ");
	shell_quote(into, str_from(setup));
	buf_addc(into,
		"\necho $? >\"$COCKPIT_HOME/set-up\"\n} 2>&1 | tee "
		"\"$COCKPIT_HOME/set-up.log\"\n"
		"read -r cockpit_status <\"$COCKPIT_HOME/set-up\"\n"
		"if [ \"$cockpit_status\" != 0 ]; then\n"
		"printf 'cockpit: the set-up has failed: exit %s. Its output is in %s\\n' "
		"\"$cockpit_status\" \"$COCKPIT_HOME/set-up.log\"\n"
		"exit \"$cockpit_status\"\nfi\n}\ncockpit_set_up\n");
}

int
runfile_write(const struct fleet_config *config, const struct pilot_spec *spec,
	const char *name, const char *host, struct buf *into, struct err *err)
{
	const char *chosen = spec->profile ? spec->profile : config->profile;
	const struct profile *profile = NULL;
	if (!spec->command && chosen) {
		int rc = find_profile(chosen, spec->prompt, &profile, err);
		if (rc < 0)
			return rc;
	}
	add_head(into, config->name, name, host);
	if (config->setup)
		add_setup(into, config->setup);
	if (spec->command)
		add_command(into, spec->command, spec->prompt);
	else if (profile)
		add_profile(into, profile, spec->prompt);
	else
		add_any_agent(into, spec->prompt);
	return 0;
}
