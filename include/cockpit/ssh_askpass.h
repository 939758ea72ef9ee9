/*
 * ssh_askpass: this program as the one that ssh(1) runs to ask a person for
 * something (SSH_ASKPASS). It asks nobody itself: it hands the question to the
 * cockpit that started ssh, over a socket, and prints what comes back.
 */
#ifndef COCKPIT_SSH_ASKPASS_H
#define COCKPIT_SSH_ASKPASS_H

#include <stdbool.h>

/* Whether it was started for that: to be asked before anything else. Only a program that has
 * done so is named to ssh: any other would begin anew with each question. */
bool ssh_askpass_wanted(void);
/* Returns the status to exit with: 0 with the answer printed, or 1: there is none. Waits for as
 * long as the person takes, but not longer than the cockpit and ssh are there. */
int ssh_askpass_main(int argc, char **argv);

#endif
