/*
 * desk: where those stand who want the same of a person. The first asks, the
 * others wait for what comes of it; when the first goes away without an answer,
 * the next one asks.
 */
#ifndef COCKPIT_SSH_DESK_H
#define COCKPIT_SSH_DESK_H

struct desk;
struct desk_seat;
struct loop;

enum desk_word {
	DESK_ASK, /* it is yours to ask; desk_settle() or desk_leave() is to follow */
	DESK_YES, /* another has asked: look again */
	DESK_NO,
};
/* Once DESK_YES or DESK_NO came, the seat is gone. Always from the loop. */
typedef void desk_fn(void *ctx, enum desk_word word);

struct desk *desk_new(struct loop *loop);
void desk_free(struct desk *desk); /* nobody may be left */

/* topic: what makes two questions the same; copied. */
struct desk_seat *desk_take(struct desk *desk, const char *topic, desk_fn *fn, void *ctx);
/* The others hear it; the seat is gone. */
void desk_settle(struct desk_seat *seat, enum desk_word word);
/* Without a word. Accepts NULL. */
void desk_leave(struct desk_seat *seat);

#endif
