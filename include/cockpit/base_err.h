/*
 * base_err: one error, a code for programs and one whole sentence for people.
 *
 * Functions return 0 or a negative ERR_* and fill *err, which is their last
 * parameter, may be NULL, and is untouched on success. Callers put what they
 * know in front on the way up: "host web-3: known_hosts: the key changed".
 */
#ifndef COCKPIT_BASE_ERR_H
#define COCKPIT_BASE_ERR_H

#include <stdarg.h>

/* Name, exit status of a command that ends with it (see cockpit(1), EXIT STATUS), meaning. */
#define ERR_LIST(X)                                                    \
	X(INVALID, 2, "an argument is not acceptable")                 \
	X(CONFIG, 78, "a configuration file is wrong")                 \
	X(NOT_FOUND, 4, "no such thing")                               \
	X(EXISTS, 5, "already there")                                  \
	X(LIMIT, 1, "a limit was reached")                             \
	X(IO, 1, "the system refused")                                 \
	X(REMOTE, 1, "the far side refused")                           \
	X(PROTOCOL, 1, "the far side broke the protocol")              \
	X(CLOSED, 1, "the connection ended")                           \
	X(TIMEOUT, 6, "a deadline passed")                             \
	X(CANCELED, 1, "given up by us")                               \
	X(AUTH, 7, "login refused")                                    \
	X(HOSTKEY, 7, "host key unknown, changed or revoked")          \
	X(UNSUPPORTED, 1, "not possible here")                         \
	X(MISSING, 1, "a program or file that is needed is not there") \
	X(CHANGED, 1, "somebody else was quicker")                     \
	X(BUSY, 1, "somebody else has it")                             \
	X(CONFLICT, 8, "what is to be merged does not fit together")

enum err_index {
#define X(name, status, text) ERR_INDEX_##name,
	ERR_LIST(X)
#undef X
};

/* The codes are negative: ERR_INVALID is -1, ERR_CONFIG is -2, and so on down the list. */
enum err_code {
	ERR_OK = 0,
#define X(name, status, text) ERR_##name = -(int)ERR_INDEX_##name - 1,
	ERR_LIST(X)
#undef X
};

#define ERR_TEXT_MAX 1024

struct err {
	int code; /* 0 or ERR_* */
	char text[ERR_TEXT_MAX];
};

#define ERR_INIT ((struct err){0})

/* Sets code and text, returns code. Never pass foreign text unescaped: see base_text.h. */
int err_set(struct err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* As err_set, with ": " and the text of errno at the end; code ERR_IO. */
int err_errno(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Puts "text: " in front; returns the code that was there. */
int err_prefix(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "NOT_FOUND"; "OK" for 0. */
const char *err_name(int code);
/* 0 for 0. */
int err_exit_status(int code);

#endif
