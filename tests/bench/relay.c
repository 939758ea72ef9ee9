/* SPDX-License-Identifier: MIT */
/*
 * The least that a program can do which shows agents out of a tmux that they outlive:
 *
 *   relay SOCKET TILES
 *
 * One control stream. Keys go to the first pane, and what that one prints goes to the terminal
 * as it is; another that prints much is paused and asked for a picture ten times a second, of
 * which only the marks are passed on. It parses nothing, keeps nothing and draws nothing, so
 * that its figures are what the way through tmux costs by itself.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PICTURE_MS     100
#define LINE_MAX_BYTES (1u << 16)
#define TILES_MAX      64
#define MUCH           8192

static FILE *to_tmux;
static int tiles, paused;
static size_t printed[TILES_MAX];

static long
now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
put(const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(1, bytes, len);
		if (n <= 0)
			exit(0);
		bytes += n;
		len -= (size_t)n;
	}
}

/* "\ooo" becomes a byte. */
static size_t
unescape(char *text, size_t len)
{
	size_t out = 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\\' && i + 3 < len) {
			text[out++] = (char)((text[i + 1] - '0') << 6 |
					     (text[i + 2] - '0') << 3 | (text[i + 3] - '0'));
			i += 3;
		} else {
			text[out++] = text[i];
		}
	}
	return out;
}

static void
count(int tile, size_t bytes)
{
	if (tile < 1 || tile >= tiles || printed[tile] > MUCH)
		return;
	printed[tile] += bytes;
	if (printed[tile] > MUCH) {
		fprintf(to_tmux, "refresh-client -A '%%%d:pause'\n", tile);
		fflush(to_tmux);
		paused++;
	}
}

static void
take_line(char *line, size_t len)
{
	int tile;
	line[len] = '\0';
	if (sscanf(line, "%%extended-output %%%d ", &tile) == 1) {
		char *bytes = strstr(line, " : ");
		if (tile == 0 && bytes)
			put(bytes + 3, unescape(bytes + 3, len - (size_t)(bytes + 3 - line)));
		count(tile, len);
	} else if (line[0] != '%') {
		/* Of a picture: its marks are Braille patterns, and nothing else is. */
		for (char *at = line; (at = strchr(at, '\xe2')); at++) {
			if (at[1] >= '\xa1' && at[1] <= '\xa3')
				put(at, 3);
		}
	}
}

static void
ask_pictures(void)
{
	for (int i = 0; i < tiles; i++)
		fprintf(to_tmux, "%scapture-pane -p -t '%%%d'", i ? " ; " : "", i);
	fputc('\n', to_tmux);
	fflush(to_tmux);
}

static void
take_keys(void)
{
	unsigned char keys[64];
	ssize_t len = read(0, keys, sizeof(keys));
	if (len <= 0)
		exit(0);
	fprintf(to_tmux, "send-keys -t '%%0' -H");
	for (ssize_t i = 0; i < len; i++)
		fprintf(to_tmux, " %02x", keys[i]);
	fputc('\n', to_tmux);
	fflush(to_tmux);
}

static int
start_tmux(const char *socket)
{
	int down[2], up[2];
	if (pipe(down) != 0 || pipe(up) != 0)
		return -1;
	if (fork() == 0) {
		dup2(down[0], 0);
		dup2(up[1], 1);
		for (int i = 0; i < 2; i++) {
			close(down[i]);
			close(up[i]);
		}
		execlp("tmux", "tmux", "-S", socket, "-C", "attach", "-f", "pause-after=1",
			"-t", "bench", (char *)NULL);
		_exit(127);
	}
	close(down[0]);
	close(up[1]);
	to_tmux = fdopen(down[1], "w");
	return to_tmux ? up[0] : -1;
}

int
main(int argc, char **argv)
{
	static char line[LINE_MAX_BYTES];
	size_t have = 0;
	struct termios raw;
	int from_tmux = argc == 3 ? start_tmux(argv[1]) : -1;
	if (from_tmux < 0) {
		fprintf(stderr, "usage: relay SOCKET TILES\n");
		return 2;
	}
	tiles = atoi(argv[2]);
	tcgetattr(0, &raw);
	raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG | IEXTEN);
	raw.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
	tcsetattr(0, TCSANOW, &raw);
	if (tiles > TILES_MAX)
		return 2;
	long next = now_ms() + PICTURE_MS;
	ask_pictures(); /* the first marks were drawn before we came */
	for (;;) {
		struct pollfd fds[] = {
			{.fd = 0,         .events = POLLIN},
			{.fd = from_tmux, .events = POLLIN},
		};
		long left = next - now_ms();
		if (paused && left <= 0) {
			ask_pictures();
			next = now_ms() + PICTURE_MS;
			continue;
		}
		if (poll(fds, 2, paused ? (int)left : -1) < 0)
			return 1;
		if (fds[0].revents)
			take_keys();
		if (!fds[1].revents)
			continue;
		ssize_t n = read(from_tmux, line + have, sizeof(line) - 1 - have);
		if (n <= 0)
			return 0;
		have += (size_t)n;
		size_t from = 0;
		for (char *end; (end = memchr(line + from, '\n', have - from));) {
			size_t len = (size_t)(end - line) - from;
			take_line(line + from, len);
			from += len + 1;
		}
		memmove(line, line + from, have - from);
		have -= from;
		if (have == sizeof(line) - 1)
			have = 0;
	}
}
