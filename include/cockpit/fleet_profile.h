/*
 * fleet_profile: the agents that cockpit knows by name: how each is started, how
 * its signals are read, how it is prompted and answered. Profiles are data
 * (src/data/agents/NAME.json, compiled in; cockpit-agent(5)); a file of the same
 * name in agents/ of the configuration folder replaces one, another name adds one.
 *
 * One table for the process: read when it is first asked for, and again by
 * profile_reload(). A file that is refused leaves what was there before (the last good one, or
 * the compiled one) and is complained about.
 *
 * Only how a program is called and what it shows stands here. Which login, model or
 * permission mode it uses is its own configuration, on the host where it runs; what
 * cockpit adds (hooks, a plugin) comes by arguments, environment and files in a
 * private folder, never by editing a user's file.
 */
#ifndef COCKPIT_FLEET_PROFILE_H
#define COCKPIT_FLEET_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "cockpit/base_str.h"
#include "cockpit/fleet_detect.h"

struct buf;
struct err;

#define PROFILE_PROMPT       "{prompt}"
#define PROFILE_CONVERSATION "{conversation}"
#define PROFILES_MAX         64 /* built in and of the user together */
#define PROFILE_RULES_MAX    64 /* of one profile */
#define PROFILE_NUMBERS_MAX  8  /* rules for one number */
#define PROFILE_FILES_MAX    8
#define PROFILE_FILE_MAX     (64u << 10)

/* An answer to a permission question. */
#define AGENT_ANSWERS(X) X("yes", YES) X("no", NO) X("always", ALWAYS)

enum agent_answer {
#define X(name, id) ANSWER_##id,
	AGENT_ANSWERS(X)
#undef X
		ANSWER_COUNT
};

const char *agent_answer_name(enum agent_answer answer);
bool agent_answer_find(const char *name, enum agent_answer *ret);

struct pattern; /* a compiled regular expression */

struct rule {
	enum sign_source source;
	int claim;  /* enum agent_state or enum sign_claim */
	int rows;   /* of SIGN_SCREEN: how many of the last rows; else 0 */
	char *text; /* the pattern as written, for explain */
	struct pattern *pattern;
	bool has_answers;            /* of its own, instead of the profile's */
	char *answers[ANSWER_COUNT]; /* as profile.answers */
	int row; /* its place in the profile's "states", from 1; for explain */
};

/* Rules for numbers on its screen: every group of the pattern is one. */
struct profile_numbers {
	struct rule *list; /* source is SIGN_SCREEN, claim is nothing */
	size_t count;
};

struct profile_file {
	char *name; /* in the agent's private folder on the host */
	char *text; /* NUL-terminated */
	size_t len;
};

struct profile_variable {
	char *name, *value;
};

struct profile {
	char *name;
	char *help;    /* one line */
	char *program; /* what must be on PATH; NULL: start[0] */
	char *source;  /* the user's file; NULL: built in */
	/* Program and arguments, end with NULL. "{home}" (the agent's private folder) and
	 * "{dir}" (where it works) stay in them, in own and in variables, for whoever writes
	 * them into a shell's file. */
	char **start;
	char **prompted; /* with "{prompt}"; NULL: takes none */
	char **resume;   /* with "{conversation}"; NULL: cannot */
	char **own; /* words that are put behind the program's name in a folder that cockpit
		       made itself ("trust this folder"); NULL: none */
	struct profile_variable *variables;     /* set for the agent; ends with a NULL name */
	struct profile_variable *own_variables; /* these too in a folder of our own */
	struct profile_file *files;             /* ends with a NULL name */
	struct rule *rules;
	size_t rule_count;
	struct profile_numbers cost, tokens; /* what it has spent: fleet_cost.h */
	int settle_ms;                       /* between a pasted prompt and its Enter */
	char *submit;                        /* tmux key name(s), blank between; "Enter" */
	char *asking_title; /* tmux glob of the title while it asks; NULL: it does not tell */
	char *answers[ANSWER_COUNT]; /* tmux key names, blanks between; NULL: none */
	char *decision;   /* how its decision hook is answered: "claude"; NULL: it has none */
	char *trust;      /* tmux key names that accept its trust question; NULL: none */
	char *transcript; /* "~/…" of the file of a conversation, with "{conversation}", and
			     "{folder}" or
			     "{path}" for its work tree's (talk.sh) and "*"; NULL: unknown */
	bool shell;       /* no agent: takes no prompts */
};

/* NULL if unknown. What they return is valid until profile_reload(). */
const struct profile *profile_find(const char *name);
size_t profile_count(void);
/* In the order of preference; the user's own ones after the built-in ones, "shell" last. */
const struct profile *profile_at(size_t index);
/* Can be given a prompt when it starts; the others are typed to. */
bool profile_takes_prompt(const struct profile *profile);
/* Reads the configuration folder again. True if anything is different. */
bool profile_reload(void);
/* What was refused when it was read last: one line "FILE:LINE:COLUMN: …" a file; "" for
 * nothing. */
const char *profile_complaints(void);

/* The first rule of that source whose pattern is found in text; NULL: none. */
const struct rule *profile_match(
	const struct profile *profile, enum sign_source source, struct str text);
/* Like it for one rule; match (may be NULL) gets what the pattern's first group took, or all of
 * it. text is foreign and of any length: matching is bounded in time, and what is too much does
 * not match. */
bool rule_match(const struct rule *rule, struct str text, struct buf *match);
/* A screen's rows that hold text, without the blanks at their ends; the last ones of those. */
void rows_with_text(struct str text, struct buf *into);
struct str rows_last(struct str rows, int count);
/* The first rule for the screen that fits such rows, and what it took of them; NULL: none. */
const struct rule *profile_match_rows(
	const struct profile *profile, struct str rows, struct buf *match);
/* The keys that say so while that rule (its row; 0: none) is what the screen shows; NULL: there
 * are none. */
const char *profile_answer_keys(
	const struct profile *profile, int row, enum agent_answer answer);
/* Rows of the screen that its rules look at: the most any of them wants; 0: none. */
int profile_screen_rows(const struct profile *profile);

/*
 * The argv to run, for mem_free_words(). prompt may be NULL.
 * ERR_UNSUPPORTED if there is a prompt and the profile takes none. own: in a folder of our own.
 */
int profile_argv(const struct profile *profile, const char *prompt, bool own, char ***ret,
	struct err *err);
/* To go on with a conversation. ERR_UNSUPPORTED if it cannot. */
int profile_resume_argv(const struct profile *profile, const char *conversation, bool own,
	char ***ret, struct err *err);
/*
 * A custom command (ends with NULL): every "{prompt}" in every argument becomes
 * the prompt (NULL: nothing), once, whatever the prompt holds. A prompt that
 * begins with "-" or "@" gets a blank before it where it begins an argument,
 * lest the program takes it for an option or a file.
 */
char **profile_expand(const char *const argv[], const char *prompt);
/* Is there a "{prompt}" in any argument? */
bool profile_has_prompt(const char *const argv[]);

#endif
