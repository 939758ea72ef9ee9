/* SPDX-License-Identifier: MIT */
#include "cockpit/fleet_profile.h"

#include <string.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_str.h"

#define LOGIN_SHELL "exec \"${SHELL:-sh}\" -l"

/* Name, help, what follows the program's name when it starts with a prompt and goes on. */
#define PROMPTED(name, help, ...)                       \
	{                                               \
		name, {name}, {name, __VA_ARGS__}, help \
	}
/* Name, help, argv: takes no prompt. */
#define PLAIN(name, help, ...)                    \
	{                                         \
		name, {__VA_ARGS__}, {NULL}, help \
	}

static const struct profile profiles[] = {
	PROMPTED("claude", "Claude Code", "{prompt}"),
	PROMPTED("codex", "OpenAI Codex CLI", "{prompt}"),
	PROMPTED("opencode", "OpenCode", "--prompt", "{prompt}"),
	PROMPTED("gemini", "Gemini CLI", "-i", "{prompt}"),
	PROMPTED("copilot", "GitHub Copilot CLI", "-i", "{prompt}"),
	PROMPTED("qwen", "Qwen Code", "-i", "{prompt}"),
	PROMPTED("pi", "Pi coding agent", "{prompt}"),
	PLAIN("aider", "Aider", "aider"),
	PLAIN("amp", "Amp", "amp"),
	PLAIN("shell", "your login shell", "sh", "-c", LOGIN_SHELL),
};

#define PROFILES (sizeof(profiles) / sizeof(profiles[0]))

const struct profile *
profile_find(const char *name)
{
	for (size_t i = 0; i < PROFILES; i++) {
		if (strcmp(profiles[i].name, name) == 0)
			return &profiles[i];
	}
	return NULL;
}

size_t
profile_count(void)
{
	return PROFILES;
}

const struct profile *
profile_at(size_t index)
{
	BUG_ON(index >= PROFILES);
	return &profiles[index];
}

bool
profile_takes_prompt(const struct profile *profile)
{
	return profile->prompt[0] != NULL;
}

static void
expand(struct buf *into, struct str arg, struct str prompt)
{
	bool exact = str_starts(arg, STR(PROFILE_PROMPT));
	if (exact && (str_starts(prompt, STR("-")) || str_starts(prompt, STR("@"))))
		buf_byte(into, ' ');
	for (;;) {
		ptrdiff_t at = str_find_str(arg, STR(PROFILE_PROMPT));
		if (at < 0)
			break;
		buf_add(into, str_slice(arg, 0, (size_t)at));
		buf_add(into, prompt);
		arg = str_slice(arg, (size_t)at + strlen(PROFILE_PROMPT), arg.len);
	}
	buf_add(into, arg);
}

char **
profile_expand(const char *const argv[], const char *prompt)
{
	size_t count = 0;
	while (argv[count])
		count++;
	char **ret = mem_alloc_array(count + 1, sizeof(*ret));
	for (size_t i = 0; i < count; i++) {
		struct buf arg = BUF_INIT;
		expand(&arg, str_from(argv[i]), str_from(prompt));
		ret[i] = buf_steal(&arg);
	}
	return ret;
}

int
profile_argv(const struct profile *profile, const char *prompt, char ***ret, struct err *err)
{
	if (prompt && !profile_takes_prompt(profile))
		return err_set(err, ERR_UNSUPPORTED,
			"profile \"%s\" takes no prompt when it starts; send it one once it "
			"runs",
			profile->name);
	*ret = profile_expand(prompt ? profile->prompt : profile->argv, prompt);
	return 0;
}

bool
profile_has_prompt(const char *const argv[])
{
	for (size_t i = 0; argv[i]; i++) {
		if (strstr(argv[i], PROFILE_PROMPT))
			return true;
	}
	return false;
}

void
profile_argv_free(char **argv)
{
	if (!argv)
		return;
	for (size_t i = 0; argv[i]; i++)
		mem_free(argv[i]);
	mem_free(argv);
}
