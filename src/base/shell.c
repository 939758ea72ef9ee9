/* SPDX-License-Identifier: MIT */
/*
 * Every word stands in single quotes, where a POSIX shell leaves all bytes
 * alone but the quote itself. A quote is written outside of them as \'. So is
 * a backslash (as \\), which POSIX shells do not need, but fish reads escapes
 * inside of single quotes too, and the login shell is not ours to choose.
 */
#include "cockpit/base_shell.h"

void
shell_quote(struct buf *into, struct str s)
{
	buf_byte(into, '\'');
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\'' || s.ptr[i] == '\\') {
			buf_addc(into, "'\\");
			buf_byte(into, s.ptr[i]);
			buf_byte(into, '\'');
		} else {
			buf_byte(into, s.ptr[i]);
		}
	}
	buf_byte(into, '\'');
}

void
shell_quote_argv(struct buf *into, const char *const argv[])
{
	for (size_t i = 0; argv[i]; i++) {
		if (i > 0)
			buf_byte(into, ' ');
		shell_quote(into, str_from(argv[i]));
	}
}
