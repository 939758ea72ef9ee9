/* SPDX-License-Identifier: MIT */
/*
 * What runs inside of each tile of the program that is measured:
 *
 *   tileworker DIR ID still              shows its mark and waits
 *   tileworker DIR ID echo               draws the key's glyph for each key a to z
 *   tileworker DIR ID flood BYTES KIND   waits for DIR/go, writes BYTES of coloured output
 *                                        (KIND "lines" or "redraw"), then shows its last mark
 *   tileworker DIR ID shout KIND         writes from DIR/go until DIR/calm is there, then as
 * above
 *
 * Marks and glyphs are Braille patterns, which no program draws by itself, all of one width:
 * U+2840+ID at the start (again after each change of size), U+2880+ID at the end, U+28C0+key.
 * Files: DIR/ready.ID once it shows its mark, DIR/done.ID after the last one. It leaves when
 * DIR/stop is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define MARK_FIRST 0x2840u
#define MARK_LAST  0x2880u
#define KEY_GLYPHS 0x28c0u
#define CHUNK      16384

static volatile sig_atomic_t resized;
static const char *dir;
static unsigned id, seed;

static unsigned
pick(unsigned n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static int
there(const char *name)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return access(path, F_OK) == 0;
}

static void
tell(const char *name)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s.%u", dir, name, id);
	int fd = open(path, O_WRONLY | O_CREAT, 0644);
	if (fd >= 0)
		close(fd);
}

static void
put(const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(1, bytes, len);
		if (n < 0 && errno != EINTR)
			_exit(1);
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
}

/* Where all marks stand; of the rest the screen is cleared. */
static void
put_mark(unsigned glyph, int clear)
{
	char text[80];
	int n = snprintf(text, sizeof(text), "\033[0m%s\033[2;3H%c%c%c", clear ? "\033[2J" : "",
		(int)(0xe0 | glyph >> 12), (int)(0x80 | (glyph >> 6 & 63)),
		(int)(0x80 | (glyph & 63)));
	put(text, (size_t)n);
}

static struct winsize
size(void)
{
	struct winsize size = {.ws_row = 24, .ws_col = 80};
	ioctl(0, TIOCGWINSZ, &size);
	return size;
}

static void
on_resize(int sig)
{
	(void)sig;
	resized = 1;
}

static void
show(void)
{
	char text[80];
	struct winsize now = size();
	put_mark(MARK_FIRST + id, 1);
	int n = snprintf(
		text, sizeof(text), " tile %u %dx%d", id, (int)now.ws_col, (int)now.ws_row);
	put(text, (size_t)n);
}

/* Until the file is there; 0 if it is time to leave instead. */
static int
wait_until(const char *name, int ms)
{
	while (!there(name)) {
		if (there("stop"))
			return 0;
		struct pollfd none = {.fd = -1};
		poll(&none, 1, ms);
		if (resized) {
			resized = 0;
			show();
		}
	}
	return 1;
}

static void
echo(void)
{
	for (;;) {
		char keys[256];
		struct pollfd in = {.fd = 0, .events = POLLIN};
		int n = poll(&in, 1, 200);
		if (resized) {
			resized = 0;
			show();
		}
		if (n <= 0) {
			if (there("stop"))
				return;
			continue;
		}
		ssize_t len = read(0, keys, sizeof(keys));
		if (len == 0 || (len < 0 && errno != EINTR))
			return;
		for (ssize_t i = 0; i < len; i++) {
			if (keys[i] >= 'a' && keys[i] <= 'z')
				put_mark(KEY_GLYPHS + (unsigned)(keys[i] - 'a'), 0);
		}
	}
}

static size_t
pen(char *out)
{
	switch (pick(4)) {
	case 0:
		return (size_t)sprintf(out, "\033[%um", 31 + pick(7));
	case 1:
		return (size_t)sprintf(out, "\033[38;5;%um", pick(256));
	case 2:
		return (size_t)sprintf(out, "\033[1m");
	default:
		return (size_t)sprintf(out, "\033[48;5;%um", pick(256));
	}
}

/* A log as a build or a test run writes it: words in all kinds of colours. */
static size_t
lines(char *out, unsigned rows)
{
	size_t len = 0;
	(void)rows;
	for (int line = 0; line < 16; line++) {
		for (int word = 0; word < 7; word++) {
			len += pen(out + len);
			for (unsigned i = 3 + pick(5); i > 0; i--)
				out[len++] = (char)('a' + pick(26));
			len += (size_t)sprintf(out + len, "\033[0m ");
		}
		out[len++] = '\r';
		out[len++] = '\n';
	}
	return len;
}

/* A status line and a changed line at random places, over and over, as agents draw them. */
static size_t
redraw(char *out, unsigned rows)
{
	size_t len = 0;
	for (int frame = 0; frame < 12; frame++) {
		len += (size_t)sprintf(out + len,
			"\033[?25l\033[%u;1H\033[1m\033[38;5;%um✻ Thinking…\033[22m (%us, %u "
			"tokens)\033[0m\033[K",
			1 + pick(rows), pick(256), pick(99), pick(9999));
		len += (size_t)sprintf(out + len,
			"\033[%u;1H\033[48;5;%um+ %06x return f(%u);\033[0m\033[K\033[?25h",
			1 + pick(rows), pick(256), pick(1u << 24), pick(999));
	}
	return len;
}

/* BYTES in all, or with 0 until DIR/calm is there. */
static void
flood(unsigned long bytes, const char *kind)
{
	static char out[CHUNK];
	size_t (*chunk)(char *, unsigned) = strcmp(kind, "redraw") == 0 ? redraw : lines;
	unsigned rows = size().ws_row;
	unsigned long done = 0;
	while (bytes > 0 ? done < bytes : !there("calm") && !there("stop")) {
		size_t len = chunk(out, rows > 1 ? rows : 2);
		put(out, len);
		done += len;
	}
	put_mark(MARK_LAST + id, bytes > 0);
	tcdrain(1);
	tell("done");
}

int
main(int argc, char **argv)
{
	if (argc < 4 || (strcmp(argv[3], "flood") == 0 && argc < 6)) {
		fprintf(stderr,
			"usage: tileworker DIR ID still|echo|flood BYTES KIND|shout KIND\n");
		return 2;
	}
	dir = argv[1];
	id = (unsigned)strtoul(argv[2], NULL, 10) & 63;
	seed = 77 + id;
	struct sigaction action = {.sa_handler = on_resize};
	sigaction(SIGWINCH, &action, NULL);
	struct termios raw;
	if (tcgetattr(0, &raw) == 0) {
		raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG | IEXTEN);
		raw.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
		raw.c_oflag &= ~(tcflag_t)OPOST;
		tcsetattr(0, TCSANOW, &raw);
	}
	show();
	tell("ready");
	if (strcmp(argv[3], "echo") == 0) {
		echo();
	} else if (strcmp(argv[3], "still") == 0) {
		wait_until("stop", 500);
	} else if (wait_until("go", 5)) {
		int fixed = strcmp(argv[3], "flood") == 0;
		flood(fixed ? strtoul(argv[4], NULL, 10) : 0,
			argc > 4 ? argv[argc - 1] : "lines");
		while (!there("stop")) {
			struct pollfd in = {.fd = 0};
			if (poll(&in, 1, 200) > 0)
				break;
		}
	}
	return 0;
}
