/*
 * ui_console: what hosts ask a person, asked on the terminal of a command that
 * shows no screen: line by line on /dev/tty, as ssh(1) does, so that standard input and
 * output stay the command's own. The loop goes on meanwhile.
 */
#ifndef COCKPIT_UI_CONSOLE_H
#define COCKPIT_UI_CONSOLE_H

#include <stdint.h>

struct console;
struct fleet;
struct fleet_event;
struct loop;
struct pilot;

/* NULL if nobody is there to be asked: no terminal, a job in the background, or neither
 * standard input nor standard error is a terminal. With one the fleet is made with
 * FLEET_PERSON. */
struct console *console_open(struct loop *loop);
/* On this terminal, which it takes over; for tests. */
struct console *console_new(struct loop *loop, int fd);
/* Restores the terminal. After the fleet was freed. Accepts NULL. */
void console_close(struct console *c);
/* Whose events console_event() will get. Both outlive what is asked. */
void console_serve(struct console *c, const struct fleet *fleet, struct pilot *pilot);
/* Every event of the fleet. Accepts NULL. */
void console_event(struct console *c, const struct fleet_event *event);
/*
 * Deadlines do not count the time in which somebody is asked. console_limit() gives the one
 * that is in ms from now, console_left() how long to sleep before looking again; 0: it has
 * passed. Both accept NULL.
 */
int64_t console_limit(const struct console *c, int64_t ms);
int64_t console_left(const struct console *c, int64_t limit);

#endif
