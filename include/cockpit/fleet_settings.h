/*
 * fleet_settings: what a person set for all fleets, in config.json of the configuration
 * folder (cockpit-config(5)). Without the file everything has its default; a file that is
 * wrong anywhere is refused whole, and then too.
 */
#ifndef COCKPIT_FLEET_SETTINGS_H
#define COCKPIT_FLEET_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "cockpit/base_json.h"

struct err;

/* Name in the file, our name: how a desktop notice is sent to the terminal. */
#define SETTINGS_DESKTOPS(X)                                      \
	X("auto", AUTO) /* as the terminal is known to want it */ \
	X("off", OFF)                                             \
	X("osc9", OSC9)                                           \
	X("osc777", OSC777)                                       \
	X("osc99", OSC99)

enum settings_desktop {
#define X(name, id) DESKTOP_##id,
	SETTINGS_DESKTOPS(X)
#undef X
};

/* What a person wants of one action's keys; which modes and actions there are is not known
 * here. */
struct settings_key {
	char *mode, *action;
	char *keys; /* as key_name() has them, separated by blanks; "": none */
	struct json_place mode_at, action_at, keys_at;
};

struct settings {
	char *theme; /* NULL: the default one */
	char *file;  /* the name for errors; NULL: there is none */
	struct settings_key *keys;
	size_t key_count;
	char *prefix; /* a key's name; NULL: none */
	struct json_place prefix_at;
	struct {
		bool bell;
		enum settings_desktop desktop;
		unsigned on;    /* bits 1 << enum agent_state: what is told */
		char **command; /* argv, ends with NULL; NULL: none */
	} notify;
	char **copy_command; /* argv, ends with NULL, that takes what is copied; NULL: none */
};

void settings_init(struct settings *s); /* the defaults */
void settings_release(struct settings *s);
/* text is the content of file (its name is for errors). *ret is set only on success. */
int settings_parse(const char *file, struct str text, struct settings *ret, struct err *err);
/* The user's own file. *ret is always set: to the defaults when there is no file (0) or a bad
 * one. */
int settings_read(struct settings *ret, struct err *err);
/* Another one after that file has changed, come or gone; 0: it is too new to tell. */
uint64_t settings_stamp(void);

#endif
