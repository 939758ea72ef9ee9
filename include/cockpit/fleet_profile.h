/*
 * fleet_profile: the agents that cockpit knows by name, and how each is
 * started, with a first prompt or without.
 *
 * Only how a program is called stands here. Which login, model or permission
 * mode it uses is its own configuration, on the host where it runs.
 */
#ifndef COCKPIT_FLEET_PROFILE_H
#define COCKPIT_FLEET_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

struct err;

#define PROFILE_PROMPT   "{prompt}"
#define PROFILE_ARGS_MAX 5

struct profile {
	const char *name;                     /* also the program that must be on PATH */
	const char *argv[PROFILE_ARGS_MAX];   /* without a prompt; ends with NULL */
	const char *prompt[PROFILE_ARGS_MAX]; /* with one, "{prompt}" stands for it; empty:
						 takes none */
	const char *help;                     /* one line */
};

/* NULL if unknown. */
const struct profile *profile_find(const char *name);
size_t profile_count(void);
/* In the order of preference; "shell" is last. */
const struct profile *profile_at(size_t index);
/* Can be given a prompt when it starts; the others are typed to. */
bool profile_takes_prompt(const struct profile *profile);

/*
 * The argv to run, for profile_argv_free(). prompt may be NULL.
 * ERR_UNSUPPORTED if there is a prompt and the profile takes none.
 */
int profile_argv(
	const struct profile *profile, const char *prompt, char ***ret, struct err *err);
/*
 * A custom command (ends with NULL): every "{prompt}" in every argument becomes
 * the prompt (NULL: nothing), once, whatever the prompt holds. A prompt that
 * begins with "-" or "@" gets a blank before it where it begins an argument,
 * lest the program takes it for an option or a file.
 */
char **profile_expand(const char *const argv[], const char *prompt);
/* Is there a "{prompt}" in any argument? */
bool profile_has_prompt(const char *const argv[]);
void profile_argv_free(char **argv); /* accepts NULL */

#endif
