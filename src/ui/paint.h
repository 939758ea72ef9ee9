/*
 * ui/paint: the bytes that turn the last frame on a terminal into the next one.
 * Pure: writes into a buffer; tty.c brings it out.
 */
#ifndef COCKPIT_UI_PAINT_H
#define COCKPIT_UI_PAINT_H

struct buf;
struct caps;
struct paint;
struct surface;

/* caps outlives it. */
struct paint *paint_new(const struct caps *caps);
void paint_free(struct paint *p);
/* Nothing is known of the terminal any more: the next frame draws all. */
void paint_forget(struct paint *p);
/* Appends; nothing at all when there is no difference. */
void paint_frame(struct paint *p, const struct surface *s, struct buf *into);

#endif
