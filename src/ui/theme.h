/* ui/theme: roles, not colours. Themes are data (themes/NAME.json, compiled in, overridden by
 * files of the same name under the configuration folder). */
#ifndef COCKPIT_UI_THEME_H
#define COCKPIT_UI_THEME_H

#include "surface.h"

#define THEME_DEFAULT "dark"

struct caps;
struct err;
struct theme;

/* Role in the file, our name, what it is for. */
#define THEME_ROLES(X)                                                            \
	X("text", TEXT, "plain words of cockpit")                                 \
	X("dim", DIM, "secondary words, ages")                                    \
	X("header", HEADER, "the top line")                                       \
	X("header-strong", HEADER_STRONG, "the fleet's name")                     \
	X("keys", KEYS, "the bottom line")                                        \
	X("keys-key", KEYS_KEY, "a key on the bottom line")                       \
	X("mode-command", MODE_COMMAND, "the word COMMAND")                       \
	X("mode-typing", MODE_TYPING, "the word TYPING")                          \
	X("border", BORDER, "frame of a tile")                                    \
	X("border-focus", BORDER_FOCUS, "frame of the focused tile")              \
	X("border-typing", BORDER_TYPING, "frame of the tile that gets the keys") \
	X("title", TITLE, "agent's name on its frame")                            \
	X("state-working", STATE_WORKING, "state words")                          \
	X("state-asks", STATE_ASKS, "needs a person")                             \
	X("state-failed", STATE_FAILED, "broke")                                  \
	X("state-done", STATE_DONE, "ended its turn")                             \
	X("state-idle", STATE_IDLE, "quiet")                                      \
	X("state-stale", STATE_STALE, "link down")                                \
	X("dialog", DIALOG, "inside of a dialog")                                 \
	X("dialog-border", DIALOG_BORDER, "frame of a dialog")                    \
	X("selection", SELECTION, "the chosen row")                               \
	X("input", INPUT, "a field that takes text")                              \
	X("error", ERROR, "a message that something failed")                      \
	X("notice", NOTICE, "a message that something was done")

enum theme_role {
#define X(key, name, help) ROLE_##name,
	THEME_ROLES(X)
#undef X
		ROLE_COUNT
};

/* What a theme is made for; a file says so by "background". */
enum theme_ground {
	THEME_DARK,  /* readable down to contrasts with THEME_DARK_RGB */
	THEME_LIGHT, /* ... THEME_LIGHT_RGB */
	THEME_ANY,   /* on whatever the terminal has */
};
#define THEME_DARK_RGB  0x1e1e1eu
#define THEME_LIGHT_RGB 0xf5f5f5u

/*
 * ERR_NOT_FOUND; ERR_INVALID for what cannot be a name; ERR_CONFIG (file:line:column),
 * ERR_LIMIT and ERR_IO for the file. NO_COLOR in the environment keeps attributes only, and
 * what had a background is reversed.
 */
int theme_load(const char *name, struct theme **ret, struct err *err);
/* The compiled-in default, whatever files say; never fails. */
struct theme *theme_load_default(void);
void theme_free(struct theme *theme);
/* Where a person's own theme of that name would be; the caller's (mem_free). */
char *theme_file(const char *name);
bool theme_same(const struct theme *a, const struct theme *b);
struct style theme_style(const struct theme *theme, enum theme_role role);
/* Words of one style on the ground of another: with their colour where it can be read there,
 * else with the ground's own. Words that have a ground of their own keep it. */
struct style theme_over(struct style ground, struct style words);
const char *theme_role_name(enum theme_role role);    /* as in the file */
const char *theme_summary(const struct theme *theme); /* one line, safe to show; "" */
const char *theme_role_help(enum theme_role role);
const char *theme_ground_name(enum theme_ground ground); /* as in the file */
/* theme_list.c: the name that config.json gives, else THEME_DEFAULT; the caller's. If that file
 * is wrong err says so, and it is THEME_DEFAULT. */
char *theme_chosen(struct err *err);
enum theme_ground theme_ground(const struct theme *theme);
/* For this terminal: without colours where it has none; of eight or sixteen a role that wants
 * others looks as in "ansi16"; and no words in the colour of their background. */
void theme_fit(struct theme *theme, const struct caps *caps);

#endif
