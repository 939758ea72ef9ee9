/*
 * The operator's terminal, as far as a program sees it: a pty that is read as fast as it is
 * written, answers the usual questions, and looks for the marks and glyphs of the workers
 * (tileworker.c) in what is drawn.
 */
#ifndef COCKPIT_BENCH_TERMINAL_H
#define COCKPIT_BENCH_TERMINAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct terminal {
	int fd;
	pid_t pid;
	unsigned long drawn;    /* bytes */
	uint64_t first, last;   /* tiles whose first or last mark was seen */
	int key;                /* whose glyph was seen last, or -1 */
	unsigned state, middle; /* within a glyph */
};

double now_s(void);

/* Set by a signal: everything that waits here returns at once. */
extern volatile int terminal_interrupted;

/* Starts argv in it; 0 or -1. */
int terminal_start(struct terminal *t, int cols, int rows, char *const *argv);
void terminal_resize(const struct terminal *t, int cols, int rows);
int terminal_write(const struct terminal *t, const char *bytes, size_t len);

/* Reads once: 1 if something came within that time, 0 if not, -1 if the program has ended. */
int terminal_read(struct terminal *t, int ms);

/* Reads for so long; 0, or -1 if the program has ended. */
int terminal_rest(struct terminal *t, double seconds);

/*
 * One keystroke, and until its glyph is drawn: seconds. -1 if it was not drawn within two
 * seconds, -2 if the program has ended.
 */
double terminal_key(struct terminal *t);

#endif
