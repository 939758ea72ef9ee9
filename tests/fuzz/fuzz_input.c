/* SPDX-License-Identifier: MIT */
#include "../../src/ui/input.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What keymaps and key_encode() rely on. */
static void
on_key(void *ctx, struct key key)
{
	(void)ctx;
	BUG_ON(key.special > KEY_F12);
	BUG_ON((key.special == KEY_NONE) != (key.code != 0));
	BUG_ON(key.code != 0 && (key.code < 0x20 || (key.code >= 0x7f && key.code < 0xa0)));
	BUG_ON(key.code > 0x10ffff || (key.code >= 0xd800 && key.code < 0xe000));
	BUG_ON((key.mods & KEY_CTRL) && key.code >= 'A' && key.code <= 'Z');
	BUG_ON(key.mods > (KEY_SHIFT | KEY_ALT | KEY_CTRL));
}

static void
on_mouse(void *ctx, struct mouse mouse)
{
	(void)ctx;
	BUG_ON(mouse.button < 0 || mouse.button > 3 || mouse.x < 0 || mouse.y < 0);
}

static void
on_paste(void *ctx, struct str text, bool truncated)
{
	ptrdiff_t end = str_find_str(text, STR("\033[201~"));

	(void)ctx;
	BUG_ON(truncated);
	/* An end mark that the terminal let through may be content; what begins behind it is
	 * not. */
	if (end >= 0)
		BUG_ON(str_find_str(str_slice(text, (size_t)end, text.len), STR("\033[200~")) >=
			0);
}

static void
on_focus(void *ctx, bool in)
{
	(void)ctx;
	(void)in;
}

/* The first byte says how large the chunks are and whether there are pauses between them. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct input_ops ops = {
		.key = on_key, .mouse = on_mouse, .paste = on_paste, .focus = on_focus};
	struct str bytes = {(const char *)data, size};
	struct input *in;
	size_t chunk;
	bool pauses;

	if (size == 0)
		return 0;
	chunk = (data[0] & 0x7f) + 1u;
	pauses = data[0] & 0x80;
	bytes = str_slice(bytes, 1, size);
	in = input_new(&ops, NULL);
	while (bytes.len > 0) {
		input_feed(in, str_slice(bytes, 0, chunk));
		bytes = str_slice(bytes, chunk, bytes.len);
		if (pauses || bytes.len == 0) {
			input_flush(in);
			BUG_ON(input_pending(in));
		}
	}
	input_free(in);
	return 0;
}
