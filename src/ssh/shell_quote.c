/* SPDX-License-Identifier: MIT */
/*
 * Every argument stands in single quotes, where a POSIX shell leaves all bytes
 * alone but the quote itself. A quote is written outside of them as \'. So is
 * a backslash (as \\), which POSIX shells do not need, but fish reads escapes
 * inside of single quotes too, and the login shell is not ours to choose.
 */
#include "shell_quote.h"

static void
quote_one(struct buf *into, const char *arg)
{
	buf_byte(into, '\'');
	for (const char *p = arg; *p; p++) {
		if (*p == '\'' || *p == '\\') {
			buf_addc(into, "'\\");
			buf_byte(into, *p);
			buf_byte(into, '\'');
		} else {
			buf_byte(into, *p);
		}
	}
	buf_byte(into, '\'');
}

void
ssh_shell_quote(struct buf *into, const char *const argv[])
{
	for (size_t i = 0; argv[i]; i++) {
		if (i > 0)
			buf_byte(into, ' ');
		quote_one(into, argv[i]);
	}
}
