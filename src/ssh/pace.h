/*
 * pace: how many handshakes go on at a time, from the connect to the login: in
 * all, since each costs us a moment of the loop, and per server, since sshd drops
 * what comes beyond its MaxStartups.
 */
#ifndef COCKPIT_SSH_PACE_H
#define COCKPIT_SSH_PACE_H

#include <stdbool.h>

struct loop;
struct pace;
struct turn;

struct pace *pace_new(struct loop *loop);
/* All turns must have been given back. Accepts NULL. */
void pace_free(struct pace *pace);

/* server: any text that names it. Granted at once if turn_granted(), or else granted() comes
 * from the loop. */
struct turn *turn_new(
	struct pace *pace, const char *server, void (*granted)(void *ctx), void *ctx);
bool turn_granted(const struct turn *turn);
/* A person is being asked: it no longer counts among all, though still at its server. */
void turn_yield(struct turn *turn);
/* The server dropped it for want of room: fewer go there at a time from now on, as long as any
 * do. The turn waits again, a little longer each time; false: it has done so often enough. */
bool turn_refused(struct turn *turn);
/* Gives it back, or stops waiting. Accepts NULL. */
void turn_free(struct turn *turn);

#endif
