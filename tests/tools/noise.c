/* SPDX-License-Identifier: MIT */
/*
 * An agent that paints at random: noise SEED FILE. It writes 0 to FILE as soon as it can be
 * told what to do:
 *
 *   SIGUSR1  a fresh screen, a few slow pieces more, then silence: the number in FILE goes up
 *   SIGUSR2  nine million bytes as fast as they go, then on as before
 *   SIGALRM  on as before, after a silence
 *
 * A piece is one write(), so that a picture of the screen taken between two of them never
 * falls into a sequence, unless many of them pile up; hence the fresh screen.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define FLOOD_BYTES  9000000
#define SLOW_PIECES  30
#define LAST_SECONDS 300

static volatile sig_atomic_t asked_calm, asked_flood, asked_on;
static uint64_t state;
static int cols, rows;
static char out[8192];
static size_t len;

static unsigned
pick(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 20) % n;
}

static void
add(const char *text)
{
	size_t n = strlen(text);
	if (len + n <= sizeof(out)) {
		memcpy(out + len, text, n);
		len += n;
	}
}

static void
add_csi(unsigned a, unsigned b, char final)
{
	char text[40];
	snprintf(text, sizeof(text), "\033[%u;%u%c", a, b, final);
	add(text);
}

static void
flush(void)
{
	size_t done = 0;
	while (done < len) {
		ssize_t n = write(1, out + done, len - done);
		if (n < 0)
			break;
		done += (size_t)n;
	}
	len = 0;
}

static void
rest(long ms)
{
	struct timespec time = {ms / 1000, ms % 1000 * 1000000};
	nanosleep(&time, NULL);
}

static void
word(void)
{
	static const char *const words[] = {"make", "test", "ok 17", "src/parse.c:", "warning",
		"日本語", "端末", "naïve", "e\314\201te\314\201", "🙂", "→", "│", "x", "  ",
		"0123456789", "fin"};
	add(words[pick(sizeof(words) / sizeof(words[0]))]);
	add(pick(3) ? " " : "");
}

static void
words(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		word();
}

static void
place(void)
{
	add_csi(1 + pick((unsigned)rows), 1 + pick((unsigned)cols), 'H');
}

static void
piece_lines(void)
{
	for (unsigned i = 0, n = 1 + pick(4); i < n; i++) {
		words(1 + pick(6));
		add("\r\n");
	}
}

static void
piece_colour(void)
{
	add_csi(pick(10), 30 + pick(8), 'm');
	words(1 + pick(4));
	add("\033[38;5;200m");
	word();
	add("\033[0m");
}

static void
piece_place(void)
{
	place();
	words(1 + pick(3));
}

static void
piece_erase(void)
{
	static const char finals[] = {'J', 'K', 'X', 'P', '@', 'L', 'M', 'S', 'T'};
	char final = finals[pick(sizeof(finals))];
	char text[16];
	place();
	snprintf(text, sizeof(text), "\033[%u%c", pick(3), final);
	add(text);
}

static void
piece_region(void)
{
	unsigned top = 1 + pick((unsigned)rows), bottom = 1 + pick((unsigned)rows);
	if (top < bottom) {
		add_csi(top, bottom, 'r');
		add_csi(pick(2) ? top : bottom, 1, 'H');
		add(pick(2) ? "\033M" : "\n");
		words(2);
		add("\n\033[r");
	}
}

static void
measure(void)
{
	struct winsize size = {.ws_col = 80, .ws_row = 24};
	ioctl(1, TIOCGWINSZ, &size);
	cols = size.ws_col ? size.ws_col : 80;
	rows = size.ws_row ? size.ws_row : 24;
}

static void
piece_redraw(void)
{
	add("\033[H\033[2J");
	for (int row = 1; row <= rows && len < sizeof(out) - 1024; row++) {
		add_csi((unsigned)row, 1, 'H');
		words(1 + pick(3));
	}
	place();
}

static void
piece_alternate(void)
{
	static int inside;
	add(inside ? "\033[?1049l" : "\033[?1049h\033[H");
	inside = !inside;
	words(3);
}

static void
piece_wrap(void)
{
	for (int i = 0; i < cols / 4 + 2; i++)
		word();
}

static void
piece_moves(void)
{
	static const char *const moves[] = {"\b", "\t", "\r", "\033[A", "\033[B", "\033[C",
		"\033[D", "\0337word\0338", "\033[4hin\033[4l"};
	for (unsigned i = 0; i < 5; i++)
		add(moves[pick(sizeof(moves) / sizeof(moves[0]))]);
	word();
}

static void
piece(void)
{
	static void (*const pieces[])(void) = {piece_lines, piece_lines, piece_colour,
		piece_place, piece_place, piece_erase, piece_region, piece_redraw,
		piece_alternate, piece_wrap, piece_moves};
	int before = cols;
	measure();
	/* tmux leaves the cursor where it was, even outside of the screen. */
	if (cols != before)
		add("\r");
	pieces[pick(sizeof(pieces) / sizeof(pieces[0]))]();
	flush();
}

static void
flood(void)
{
	size_t done = 0;
	while (done < FLOOD_BYTES) {
		while (len < 4000) {
			add_csi(1, 30 + pick(8), 'm');
			words(8);
			add("\033[m\r\n");
		}
		done += len;
		flush();
	}
	measure();
	piece_redraw();
	flush();
}

static void
tell(const char *file)
{
	static int count;
	char text[16];
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int n = snprintf(text, sizeof(text), "%d\n", count++);
	if (fd < 0 || write(fd, text, (size_t)n) != n)
		exit(1);
	close(fd);
}

static void
calm(const char *file)
{
	add("\033[?1049l\033[r\033[4l\033[m");
	piece_redraw();
	flush();
	for (int i = 0; i < SLOW_PIECES; i++) {
		tcdrain(1);
		rest(3);
		piece();
	}
	/* tmux 3.3a has faults of its own where narrow text falls onto half of a wide one, and
	 * in what lies under an alternate screen: the last picture is drawn without either. */
	tcdrain(1);
	add("\033[?1049l\033[r\033[4l\033[m");
	piece_redraw();
	flush();
	tcdrain(1);
	tell(file);
	while (!asked_on)
		rest(20);
	asked_on = 0;
}

static void
on_signal(int signum)
{
	if (signum == SIGUSR1)
		asked_calm = 1;
	else if (signum == SIGUSR2)
		asked_flood = 1;
	else
		asked_on = 1;
}

int
main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	struct timespec start, now;
	if (argc != 3)
		return 2;
	state = 0x9e3779b97f4a7c15u * (strtoul(argv[1], NULL, 10) + 1);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	tell(argv[2]);
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		for (unsigned i = 0, burst = pick(4) ? 1 : pick(60); i < burst; i++)
			piece();
		rest(pick(8) ? 2 + (long)pick(20) : 200);
		if (asked_flood) {
			asked_flood = 0;
			flood();
		}
		if (asked_calm) {
			asked_calm = 0;
			calm(argv[2]);
		}
		/* Nobody is left to end us, should the test have died. */
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - start.tv_sec < LAST_SECONDS);
	return 0;
}
