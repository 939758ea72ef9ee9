/* SPDX-License-Identifier: MIT */
/* Undoing octal never grows the text, and quoting then undoing gives back all but NULs. */
#include "cockpit/base_mem.h"
#include "cockpit/tmux_quote.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = {(const char *)data, size};
	struct buf plain = BUF_INIT_MAX(size + 1);
	struct buf quoted = BUF_INIT;
	struct buf back = BUF_INIT;
	size_t at = 0;

	uint64_t bad = tmux_unescape(&plain, in);
	BUG_ON(plain.len > size);
	BUG_ON(bad > size);

	tmux_quote(&quoted, in);
	BUG_ON(str_find(buf_str(&quoted), '\n') >= 0);
	BUG_ON(tmux_unescape(&back, str_slice(buf_str(&quoted), 1, quoted.len - 1)) != 0);
	for (size_t i = 0; i < size; i++) {
		if (data[i] == '\0')
			continue;
		BUG_ON(at == back.len || (uint8_t)back.ptr[at] != data[i]);
		at++;
	}
	BUG_ON(at != back.len);
	buf_release(&plain);
	buf_release(&quoted);
	buf_release(&back);
	return 0;
}
