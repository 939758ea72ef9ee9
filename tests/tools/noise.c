/* SPDX-License-Identifier: MIT */
/*
 * An agent that paints at random: noise SEED FILE. It writes 0 to FILE as soon as it can be
 * told what to do:
 *
 *   SIGUSR1  a few slow pieces more, then silence: the number in FILE goes up
 *   SIGUSR2  nine million bytes as fast as they go, then on as before
 *   SIGALRM  on as before, after a silence
 *
 * Nothing is drawn afresh before the silence: what shows then rests on all that was before,
 * and pieces are written in parts, so that a picture may fall into the middle of a sequence.
 *
 * What must not happen is that half of a wide character is left over, since tmux 3.3a keeps
 * such halves and tells of them as if they were whole: the row in its picture is longer or
 * shorter than the one in its grid, and where the next text goes cannot be known. It leaves
 * them where
 *   - ASCII is written onto the second column and a wide character stands in the first,
 *   - cells are inserted, deleted or erased and the edge cuts one,
 *   - an alternate screen is narrowed, so that the margin cuts one, and then written to.
 * So half of the agents print no wide character, and do all; the others have a bar stand
 * where something might be cut (not being ASCII, it takes the other way through tmux, which
 * clears both halves) and have no alternate screen.
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
#define LAST_SECONDS 1800

static volatile sig_atomic_t asked_calm, asked_flood, asked_on;
static uint64_t state;
static int wide;
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
write_all(const char *bytes, size_t count)
{
	while (count > 0) {
		ssize_t n = write(1, bytes, count);
		if (n < 0)
			break;
		bytes += n;
		count -= (size_t)n;
	}
}

static void
flush(void)
{
	write_all(out, len);
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
	static const char *const narrows[] = {"make", "test", "ok 17",
		"src/parse.c:", "warning", "naïve", "e\314\201te\314\201", "→", "│", "x", "  ",
		"0123456789", "fin"};
	static const char *const wides[] = {"日本語", "端末", "🙂"};
	if (wide && pick(4) == 0)
		add(wides[pick(sizeof(wides) / sizeof(wides[0]))]);
	else
		add(narrows[pick(sizeof(narrows) / sizeof(narrows[0]))]);
	add(pick(3) ? " " : "");
}

static void
words(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		word();
}

/* In two parts. */
static void
flush_torn(void)
{
	size_t first = len ? pick((unsigned)len) : 0;
	write_all(out, first);
	rest(1);
	write_all(out + first, len - first);
	len = 0;
}

/* Before text that may begin anywhere. */
static void
guard(void)
{
	add(wide ? "│" : "");
}

static void
place(void)
{
	add_csi(1 + pick((unsigned)rows), 1 + pick((unsigned)cols), 'H');
	guard();
}

/* A place where nothing wide is cut when cells go or come: not there, nor at the margin. */
static void
place_cut(void)
{
	unsigned row = 1 + pick((unsigned)rows), col = 1 + pick((unsigned)cols);
	if (wide) {
		add_csi(row, 9999, 'H');
		add("\033[D\033[?7l│││");
		add_csi(row, col, 'H');
		add("│││\033[?7h");
	}
	add_csi(row, col, 'H');
}

static void
piece_lines(void)
{
	guard();
	for (unsigned i = 0, n = 1 + pick(4); i < n; i++) {
		words(1 + pick(6));
		add("\r\n");
	}
}

static void
piece_colour(void)
{
	add_csi(pick(10), 30 + pick(8), 'm');
	guard();
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
	place_cut();
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
		guard();
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
	if (wide)
		return;
	add(inside ? "\033[?1049l" : "\033[?1049h\033[H");
	inside = !inside;
	words(3);
}

static void
piece_wrap(void)
{
	guard();
	for (int i = 0; i < cols / 4 + 2; i++)
		word();
}

static void
piece_moves(void)
{
	static const char *const moves[] = {
		"\b", "\t", "\r", "\033[A", "\033[B", "\033[C", "\033[D", "\0337→word\0338"};
	for (unsigned i = 0; i < 5; i++)
		add(moves[pick(sizeof(moves) / sizeof(moves[0]))]);
	guard();
	word();
}

static void
piece_insert(void)
{
	place_cut();
	add("\033[4hin\033[4l");
}

static void
piece(void)
{
	static void (*const pieces[])(void) = {piece_lines, piece_lines, piece_colour,
		piece_place, piece_place, piece_erase, piece_region, piece_redraw,
		piece_alternate, piece_wrap, piece_moves, piece_insert};
	int before = cols;
	measure();
	/* tmux leaves the cursor where it was, even outside of the screen. */
	if (cols != before)
		add("\r");
	pieces[pick(sizeof(pieces) / sizeof(pieces[0]))]();
	if (pick(5) == 0)
		flush_torn();
	else
		flush();
}

static void
flood(void)
{
	size_t done = 0;
	guard();
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
	for (int i = 0; i < SLOW_PIECES; i++) {
		tcdrain(1);
		rest(3);
		piece();
	}
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
	wide = (int)pick(2);
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
