/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* memmem */
#include "terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define KEY_LIMIT_S 2.0

volatile int terminal_interrupted;

/* What programs ask at their start; one that is not answered may wait. */
static const struct {
	const char *question, *answer;
} talk[] = {
	{"\033[c",  "\033[?62;22c"   },
	{"\033[>c", "\033[>1;4000;0c"},
	{"\033[6n", "\033[1;1R"      },
};

double
now_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int
terminal_start(struct terminal *t, int cols, int rows, char *const *argv)
{
	*t = (struct terminal){.fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), .key = -1};
	if (t->fd < 0 || grantpt(t->fd) != 0 || unlockpt(t->fd) != 0)
		return -1;
	terminal_resize(t, cols, rows);
	t->pid = fork();
	if (t->pid != 0)
		return t->pid < 0 ? -1 : 0;
	setsid();
	int side = open(ptsname(t->fd), O_RDWR);
	if (side < 0 || ioctl(side, TIOCSCTTY, 0) != 0)
		_exit(126);
	for (int fd = 0; fd < 3; fd++)
		dup2(side, fd);
	if (side > 2)
		close(side);
	execv(argv[0], argv);
	_exit(127);
}

void
terminal_resize(const struct terminal *t, int cols, int rows)
{
	struct winsize size = {.ws_col = (unsigned short)cols, .ws_row = (unsigned short)rows};
	ioctl(t->fd, TIOCSWINSZ, &size);
}

int
terminal_write(const struct terminal *t, const char *bytes, size_t len)
{
	return write(t->fd, bytes, len) == (ssize_t)len ? 0 : -1;
}

static void
note(struct terminal *t, unsigned glyph)
{
	uint64_t bit = (uint64_t)1 << (glyph & 63);
	if (glyph >> 6 == 0x2840 >> 6)
		t->first |= bit;
	else if (glyph >> 6 == 0x2880 >> 6)
		t->last |= bit;
	else if (glyph >> 6 == 0x28c0 >> 6)
		t->key = (int)(glyph & 63);
}

static void
scan(struct terminal *t, const unsigned char *at, size_t len)
{
	const unsigned char *end = at + len;
	while (at < end) {
		if (t->state == 0) {
			at = memchr(at, 0xe2, (size_t)(end - at));
			if (!at)
				return;
			at++;
			t->state = 1;
		} else if ((*at & 0xc0) != 0x80) {
			t->state = 0;
		} else if (t->state == 1) {
			t->middle = *at++ & 63u;
			t->state = 2;
		} else {
			note(t, 0x2000u | t->middle << 6 | (*at++ & 63u));
			t->state = 0;
		}
	}
}

int
terminal_read(struct terminal *t, int ms)
{
	static unsigned char bytes[1 << 17];
	struct pollfd in = {.fd = t->fd, .events = POLLIN};
	if (terminal_interrupted)
		return -1;
	if (poll(&in, 1, ms) <= 0)
		return 0;
	ssize_t len = read(t->fd, bytes, sizeof(bytes));
	if (len <= 0)
		return -1;
	t->drawn += (size_t)len;
	for (size_t i = 0; i < sizeof(talk) / sizeof(*talk); i++) {
		if (memmem(bytes, (size_t)len, talk[i].question, strlen(talk[i].question)))
			terminal_write(t, talk[i].answer, strlen(talk[i].answer));
	}
	scan(t, bytes, (size_t)len);
	return 1;
}

int
terminal_rest(struct terminal *t, double seconds)
{
	double end = now_s() + seconds, left;
	while ((left = end - now_s()) > 0) {
		if (terminal_read(t, (int)(left * 1e3) + 1) < 0)
			return -1;
	}
	return 0;
}

double
terminal_key(struct terminal *t)
{
	static int key;
	char letter = (char)('a' + key);
	double start = now_s(), left;
	t->key = -1;
	if (terminal_write(t, &letter, 1) < 0)
		return -2;
	while (t->key != key && (left = start + KEY_LIMIT_S - now_s()) > 0) {
		if (terminal_read(t, (int)(left * 1e3) + 1) < 0)
			return -2;
	}
	int drawn = t->key == key;
	key = (key + 1) % 26;
	return drawn ? now_s() - start : -1;
}
