/*
 * fleet_locate: which fleet a person means.
 *
 *   a path (it holds a "/" or ends in ".json")    that fleet file
 *   a name     fleets/NAME.json in the configuration folder, else the fleet of that
 *	        name that was used last on this machine
 *   nothing    cockpit.json in this folder or one above it within the git repo,
 *	        else the repo itself, a local fleet named after it
 */
#ifndef COCKPIT_FLEET_LOCATE_H
#define COCKPIT_FLEET_LOCATE_H

struct err;
struct fleet_config;

/* which: NULL for nothing. Remembers the fleet's name and place for the next "cockpit attach
 * NAME". ret is set only on success. */
int fleet_locate(const char *which, struct fleet_config **ret, struct err *err);
/* $XDG_STATE_HOME/cockpit/NAME, made; the caller's. */
int fleet_state_dir(const char *name, char **ret, struct err *err);

#endif
