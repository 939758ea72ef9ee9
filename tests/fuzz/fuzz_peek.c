/* SPDX-License-Identifier: MIT */
#include <stdint.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_peek.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A value is found in the whole text and in its beginnings alike, and never grows. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = {"a", "a.b", "tool_input.command", "session_id"};
	struct str text = {(const char *)data, size};
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct buf whole = BUF_INIT, half = BUF_INIT;
		bool cut = false, half_cut = false;
		bool found = json_peek(text, paths[i], &whole, &cut);
		bool half_found =
			json_peek(str_slice(text, 0, size / 2), paths[i], &half, &half_cut);
		BUG_ON(whole.len > size);
		BUG_ON(half_found && !found);
		BUG_ON(half_found && !half_cut && !str_eq(buf_str(&whole), buf_str(&half)));
		buf_release(&whole);
		buf_release(&half);
	}
	return 0;
}
