/* ui_app: the screen, run until the operator leaves, or drawn once. */
#ifndef COCKPIT_UI_APP_H
#define COCKPIT_UI_APP_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct err;
struct fleet_config;

struct ui_options {
	const char *theme; /* NULL: as config.json has it, else "dark" */
	bool up;           /* start the declared agents that do not run */
	bool ansi;         /* ui_once(): with colours */
	int cols, rows;    /* ui_once() */
	int wait_agents; /* ui_once(): wait until so many run (0: those that run are enough) */
	int64_t deadline_ms; /* ui_once(): then what is there is drawn; 0: 40 s */
};

/*
 * Takes config over. Until the operator detaches: 0; until a signal or the end
 * of the terminal: 128 and the signal's number in *ret_status. An error when
 * there is no usable terminal or theme.
 */
int ui_run(struct fleet_config *config, const struct ui_options *options, int *ret_status,
	struct err *err);
/* Takes config over. One complete frame as text; ERR_TIMEOUT if it is not complete (it is drawn
 * all the same), *ret_down: hosts that could not be reached. */
int ui_once(struct fleet_config *config, const struct ui_options *options, struct buf *into,
	int *ret_down, struct err *err);

#endif
