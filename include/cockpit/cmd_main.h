/* cmd_main: the command line, run. */
#ifndef COCKPIT_CMD_MAIN_H
#define COCKPIT_CMD_MAIN_H

/* argv as main() got it; the exit status (cockpit(1), EXIT STATUS). */
int cmd_main(int argc, char **argv);

#endif
