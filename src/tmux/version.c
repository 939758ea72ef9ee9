/* SPDX-License-Identifier: MIT */
#include "cockpit/tmux_version.h"

int
tmux_version(struct str text)
{
	while (text.len > 0 && (text.ptr[0] < '0' || text.ptr[0] > '9'))
		text = str_slice(text, 1, text.len);
	size_t digits = 0;
	struct str major = str_cut(&text, '.');
	while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
		digits++;
	int a, b;
	if (!str_to_int(major, 0, 99, &a) || !str_to_int(str_slice(text, 0, digits), 0, 99, &b))
		return 0;
	return a * 100 + b;
}
