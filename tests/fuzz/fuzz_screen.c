/* SPDX-License-Identifier: MIT */
/*
 * Any bytes, in chunks, with snapshots in between: the byte 0xfe, which no UTF-8
 * holds, starts one whose size, cursor and text follow.
 */
#include <stdint.h>
#include <stdlib.h>

#include "cockpit/base_text.h"
#include "cockpit/term_screen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
check(const struct screen *s)
{
	int x, y;

	screen_cursor(s, &x, &y);
	require(x >= 0 && x <= screen_cols(s) && y >= 0 && y < screen_rows(s));
	for (int row = 0; row < screen_rows(s); row++) {
		const struct cell *cells = screen_row(s, row);

		require(screen_row_version(s, row) <= screen_version(s));
		for (int col = 0; col < screen_cols(s); col++) {
			char tmp[4];

			require(cells[col].width <= 2);
			if (cells[col].width == 2)
				require(col + 1 < screen_cols(s) && cells[col + 1].width == 0);
			if (cells[col].width == 0)
				require(col > 0 && cells[col - 1].width == 2);
			require(screen_text(s, cells[col].text, tmp).len <= 21);
		}
	}
}

static size_t
restore(struct screen *s, struct str bytes)
{
	struct screen_snapshot snapshot = {0};
	size_t len;

	if (bytes.len < 8)
		return bytes.len;
	snapshot.cols = (unsigned char)bytes.ptr[1] % 90;
	snapshot.rows = (unsigned char)bytes.ptr[2] % 30;
	snapshot.cursor_x = (signed char)bytes.ptr[3];
	snapshot.cursor_y = (signed char)bytes.ptr[4];
	snapshot.modes = (unsigned char)bytes.ptr[5] * 0x101u;
	snapshot.known = ~0u;
	snapshot.scroll_top = (unsigned char)bytes.ptr[6] % 16;
	snapshot.scroll_bottom = (unsigned char)bytes.ptr[6] / 16;
	len = (unsigned char)bytes.ptr[7];
	snapshot.text = str_slice(bytes, 8, 8 + len);
	snapshot.alt_x = (signed char)bytes.ptr[4];
	snapshot.alt_y = (signed char)bytes.ptr[3];
	if (len & 1)
		snapshot.tabs = str_slice(snapshot.text, 0, len & 31);
	/* Agrees or not, but what was restored agrees with itself. */
	screen_check(s, &snapshot);
	screen_restore(s, &snapshot);
	require(screen_check(s, &snapshot));
	return 8 + snapshot.text.len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = {(const char *)data, size};
	struct screen *s;

	text_init();
	if (size < 3)
		return 0;
	s = screen_new(data[0] % 90, data[1] % 30, NULL, NULL);
	bytes = str_slice(bytes, 3, size);
	while (bytes.len > 0) {
		size_t chunk = data[2] % 64 + 1u, n = 0;

		if ((unsigned char)bytes.ptr[0] == 0xfe) {
			n = restore(s, bytes);
		} else {
			while (n < chunk && n < bytes.len &&
				(unsigned char)bytes.ptr[n] != 0xfe)
				n++;
			screen_feed(s, str_slice(bytes, 0, n));
		}
		bytes = str_slice(bytes, n, bytes.len);
	}
	check(s);
	screen_free(s);
	return 0;
}
