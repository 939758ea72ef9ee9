/*
 * ui/input: the operator's raw bytes as keys, mouse events, pastes and focus.
 *
 * Understands legacy and application sequences, modifyOtherKeys
 * (CSI 27;m;c~), CSI u (kitty), SGR mouse, bracketed paste, focus reports, UTF-8,
 * in any chunking. Unknown sequences are swallowed whole, never typed.
 */
#ifndef COCKPIT_UI_INPUT_H
#define COCKPIT_UI_INPUT_H

#include "cockpit/term_keys.h"

struct input;

struct input_ops {
	void (*key)(void *ctx, struct key key);
	void (*mouse)(void *ctx, struct mouse mouse);
	/* The whole paste, at most 4 MiB (cut, with truncated set, beyond). */
	void (*paste)(void *ctx, struct str text, bool truncated);
	void (*focus)(void *ctx, bool in);
	/* At the end of a paste whose begin had become keys in a pause; it is dropped. */
	void (*torn)(void *ctx);
};

struct input *input_new(const struct input_ops *ops, void *ctx);
void input_free(struct input *in);
void input_feed(struct input *in, struct str bytes);
/* True while a lone ESC or a part of a sequence waits: call input_flush() 25 ms after the last
 * byte. */
bool input_pending(const struct input *in);
/* What is pending is what it looks like: ESC is the Escape key. Does nothing within a paste. */
void input_flush(struct input *in);

#endif
