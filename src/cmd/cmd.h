/*
 * cmd/cmd: subcommands as rows. The row drives parsing, help, the man page's
 * facts and the shells' completion, so that they cannot drift apart.
 */
#ifndef COCKPIT_CMD_CMD_H
#define COCKPIT_CMD_CMD_H

#include "cockpit/base_err.h"
#include "cockpit/base_str.h"
#include "cockpit/cmd_main.h"

struct buf;
struct json_writer;

#define CMD_OPTIONS_MAX 14

/* What a word on the command line stands for; for completion. */
enum cmd_word {
	CMD_WORD_NONE,
	CMD_WORD_FLEET,
	CMD_WORD_AGENT,
	CMD_WORD_HOST,
	CMD_WORD_COMMAND,
	CMD_WORD_SHELL,
	CMD_WORD_FILE,
	CMD_WORD_PROFILE,
	CMD_WORD_TASK,      /* what "cockpit task" does */
	CMD_WORD_THEME,     /* a theme */
	CMD_WORD_THEME_VERB /* what "cockpit theme" does, and to which */
};

struct cmd_option {
	const char *name;  /* without "--"; NULL ends the list */
	char letter;       /* 0: none */
	const char *value; /* "SIZE"; NULL: a flag */
	enum cmd_word word;
	const char *help;
};

struct cmd_call {
	const struct cmd *cmd;
	const char
		*values[CMD_OPTIONS_MAX]; /* by the option's place; "" for a flag that is set */
	char **args;                      /* words that are no options; ends with NULL */
	int arg_count;
	char **rest; /* after "--" for those that take it; NULL: none */
};

struct cmd {
	const char *name;
	const char *args; /* "[FLEET]", for people */
	int min, max;     /* words; max -1: any number */
	bool takes_rest;  /* words behind "--" are a command, not arguments */
	enum cmd_word word;
	const char *summary; /* one line, no full stop */
	const char *help;    /* paragraphs */
	struct cmd_option options[CMD_OPTIONS_MAX];
	int (*run)(const struct cmd_call *call); /* the exit status */
};

/* The value of an option by name, NULL when absent. */
const char *cmd_value(const struct cmd_call *call, const char *option);

extern const struct cmd *const cmd_table[]; /* ends with NULL */
const struct cmd *cmd_find(const char *name);

/* Prints "cockpit: TEXT" to stderr; returns the exit status that goes with the code. */
int cmd_fail(const struct err *err);
/* Ends the text and prints it. */
void cmd_print_json(struct json_writer *w, struct buf *out);
/* cost.c: "cost_usd" and "tokens"; negative: null. */
void cost_json(struct json_writer *w, int64_t micros, int64_t tokens);
int cmd_usage(const struct cmd *cmd, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The same, of a word that no command has; names near it are suggested. */
int cmd_unknown(const char *word);
/* The same, of a first argument that is none of those: "ls or preview". */
int cmd_verb(const struct cmd_call *call, const char *expected);
/* "200x60". */
int cmd_size(const char *text, int *ret_cols, int *ret_rows, struct err *err);

/* Some hosts could not be reached: what is printed is not all. */
#define CMD_PARTIAL 3

extern const struct cmd cmd_answer, cmd_attach, cmd_comment, cmd_completion, cmd_conflicts,
	cmd_delete, cmd_demo, cmd_diff, cmd_doctor, cmd_down, cmd_events, cmd_explain, cmd_help,
	cmd_keys, cmd_ls, cmd_check, cmd_cost, cmd_fix, cmd_merge, cmd_push, cmd_new, cmd_put,
	cmd_resume, cmd_send, cmd_shell, cmd_stop, cmd_tag, cmd_task, cmd_theme, cmd_trash,
	cmd_up, cmd_version, cmd_wait;

#define CMD_FLEET_OPTION                                                        \
	{                                                                       \
		"fleet", 'F', "FLEET", CMD_WORD_FLEET,                          \
			"a fleet's name or file (default: that of this folder)" \
	}
#define CMD_JSON_OPTION                                      \
	{                                                    \
		"json", 0, NULL, CMD_WORD_NONE, "print JSON" \
	}

#endif
