/* SPDX-License-Identifier: MIT */
#include "cockpit/base_err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cockpit/base_mem.h"

static const struct {
	const char *name;
	int status;
} codes[] = {
#define X(name, status, text) {#name, status},
	ERR_LIST(X)
#undef X
};

int
err_set(struct err *err, int code, const char *fmt, ...)
{
	BUG_ON(code >= 0);
	if (err) {
		va_list ap;
		va_start(ap, fmt);
		vsnprintf(err->text, sizeof(err->text), fmt, ap);
		va_end(ap);
		err->code = code;
	}
	return code;
}

int
err_errno(struct err *err, const char *fmt, ...)
{
	int saved = errno;
	if (err) {
		char what[ERR_TEXT_MAX - 128];
		va_list ap;
		va_start(ap, fmt);
		vsnprintf(what, sizeof(what), fmt, ap);
		va_end(ap);
		snprintf(err->text, sizeof(err->text), "%s: %s", what, strerror(saved));
		err->code = ERR_IO;
	}
	errno = saved;
	return ERR_IO;
}

int
err_prefix(struct err *err, const char *fmt, ...)
{
	if (!err)
		return ERR_IO;
	char old[ERR_TEXT_MAX];
	memcpy(old, err->text, sizeof(old));
	va_list ap;
	va_start(ap, fmt);
	int len = vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	if (len >= 0 && (size_t)len < sizeof(err->text) - 1) {
		size_t room = sizeof(err->text) - (size_t)len;
		snprintf(err->text + len, room, ": %.*s", (int)(room > 3 ? room - 3 : 0), old);
	}
	return err->code;
}

const char *
err_name(int code)
{
	size_t i = (size_t)(-code - 1);
	if (code >= 0)
		return "OK";
	return i < sizeof(codes) / sizeof(codes[0]) ? codes[i].name : "UNKNOWN";
}

int
err_exit_status(int code)
{
	size_t i = (size_t)(-code - 1);
	if (code >= 0)
		return 0;
	return i < sizeof(codes) / sizeof(codes[0]) ? codes[i].status : 1;
}
