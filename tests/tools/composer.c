/* SPDX-License-Identifier: MIT */
/*
 * A stand-in for an agent: composer DIR. What is pasted or typed stands in its composer; Enter
 * (CR) submits it: one line, escaped, in DIR/$COCKPIT_AGENT.txt. It tells what it does by OSC
 * 7501 and its title. DIR/$COCKPIT_AGENT.how, if there is one, holds words:
 *
 *   slow=MS     so long it is not ready, and what comes is lost
 *   deaf=MS     an Enter that comes so soon after a paste is swallowed
 *   work=MS     so long it works at a prompt (30)
 *   ends=TEXT   a prompt that holds it is its last
 *   asks        it asks something at once
 *   asks=TEXT   it does when that is in its composer
 *   hook        it tells that by its hook, and not by OSC 7501
 *
 * While it asks, "y" is the answer, an Enter writes "ENTER-INTO-DIALOG", and the rest is lost.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define TEXT_MAX (4u << 20)
#define SHOWN    48

static struct {
	long slow, deaf, work;
	char *ends, *asks;
	bool asks_first, hook;
} how = {.work = 30};

static char text[TEXT_MAX], line[2 * TEXT_MAX + 2];
static size_t len;
static bool pasting, asking;
static long pasted_at, works_until;
static int out;

static long
now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
put(const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t done = write(STDOUT_FILENO, bytes, n);
		if (done <= 0)
			exit(1);
		bytes += done;
		n -= (size_t)done;
	}
}

static void
say(const char *words)
{
	put(words, strlen(words));
}

static void
tell(const char *state)
{
	char words[128];
	snprintf(words, sizeof(words), "\033]7501;state=%s:app=composer\007\033]2;%s\007",
		state, state);
	say(words);
}

static void
draw(void)
{
	char row[SHOWN + 1];
	size_t from = len > SHOWN ? len - SHOWN : 0;
	for (size_t i = from; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		row[i - from] = (char)(c < 0x20 || c >= 0x7f ? '.' : c);
	}
	say("\r\033[K> ");
	put(row, len - from);
}

static void
note(const char *bytes, size_t n)
{
	if (write(out, bytes, n) != (ssize_t)n)
		exit(1);
}

static void
submit(void)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;
	bool last = how.ends && len > 0 && (text[len] = '\0', strstr(text, how.ends));
	for (size_t i = 0; i < len && n + 8 < sizeof(line); i++) {
		unsigned char c = (unsigned char)text[i];
		if (c == '\n' || c == '\\') {
			line[n++] = '\\';
			line[n++] = c == '\n' ? 'n' : '\\';
		} else if (c < 0x20 || c == 0x7f) {
			line[n++] = '\\';
			line[n++] = 'x';
			line[n++] = digits[c >> 4];
			line[n++] = digits[c & 15];
		} else {
			line[n++] = (char)c;
		}
	}
	line[n++] = '\n';
	if (len > 0)
		note(line, n);
	else
		return;
	len = 0;
	say("\r\n");
	tell("working");
	draw();
	works_until = now_ms() + how.work;
	if (last)
		exit(3);
}

static void
run_hook(const char *mark)
{
	char command[64];
	snprintf(command, sizeof(command), "sh \"$COCKPIT_HOOK\" %s Question '{}'", mark);
	if (system(command) != 0)
		exit(1);
}

static void
ask(void)
{
	asking = true;
	if (how.hook)
		run_hook("-a");
	else
		tell("blocked");
	say("\r\nMay I? y\r\n");
}

static void
take_key(unsigned char c)
{
	if (asking && c == '\r') {
		note("ENTER-INTO-DIALOG\n", 18);
	} else if (asking && c == 'y') {
		asking = false;
		if (how.hook)
			run_hook("-c");
		tell("idle");
		draw();
	} else if (asking) {
		return;
	} else if (c == '\r') {
		if (now_ms() - pasted_at >= how.deaf)
			submit();
	} else if (c == 0x15) {
		len = 0;
		draw();
	} else if (len + 1 < sizeof(text)) {
		text[len++] = (char)c;
		draw();
	}
}

static void
take_byte(unsigned char c)
{
	static const char begins[] = "\033[200~", ends[] = "\033[201~";
	static char sequence[8];
	static size_t n;
	if (n > 0 || c == '\033') {
		sequence[n++] = (char)c;
		if (strncmp(sequence, pasting ? ends : begins, n) == 0) {
			if (n < 6)
				return;
			n = 0;
			pasting = !pasting;
			if (pasting)
				return;
			pasted_at = now_ms();
			if (how.asks && !asking && len > 0 &&
				(text[len] = '\0', strstr(text, how.asks)))
				ask();
			draw();
			return;
		}
		/* No mark: an escape that should not be there is shown to those who look. */
		for (size_t i = 0; i < n; i++) {
			if (!asking && len + 1 < sizeof(text))
				text[len++] = sequence[i];
		}
		n = 0;
		return;
	}
	if (pasting && !asking && len + 1 < sizeof(text))
		text[len++] = (char)c;
	else if (!pasting)
		take_key(c);
}

static void
read_how(const char *file)
{
	static char words[1024];
	FILE *f = fopen(file, "r");
	if (!f)
		return;
	words[fread(words, 1, sizeof(words) - 1, f)] = '\0';
	fclose(f);
	for (char *w = strtok(words, " \n"); w; w = strtok(NULL, " \n")) {
		if (strncmp(w, "slow=", 5) == 0)
			how.slow = atol(w + 5);
		else if (strncmp(w, "deaf=", 5) == 0)
			how.deaf = atol(w + 5);
		else if (strncmp(w, "work=", 5) == 0)
			how.work = atol(w + 5);
		else if (strncmp(w, "ends=", 5) == 0)
			how.ends = w + 5;
		else if (strncmp(w, "asks=", 5) == 0)
			how.asks = w + 5;
		else if (strcmp(w, "asks") == 0)
			how.asks_first = true;
		else if (strcmp(w, "hook") == 0)
			how.hook = true;
	}
}

static int
open_files(const char *dir)
{
	char file[512];
	const char *name = getenv("COCKPIT_AGENT");
	if (!name)
		name = "composer";
	snprintf(file, sizeof(file), "%s/%s.how", dir, name);
	read_how(file);
	snprintf(file, sizeof(file), "%s/%s.txt", dir, name);
	return open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

int
main(int argc, char **argv)
{
	struct termios mode;
	char bytes[65536];
	if (argc != 2 || (out = open_files(argv[1])) < 0)
		return 2;
	if (how.slow) {
		struct timespec t = {how.slow / 1000, how.slow % 1000 * 1000000};
		say("starting\r\n");
		nanosleep(&t, NULL);
	}
	if (tcgetattr(STDIN_FILENO, &mode) == 0) {
		mode.c_iflag &= ~(tcflag_t)(ICRNL | IXON | ISTRIP | INLCR | IGNCR);
		mode.c_oflag &= ~(tcflag_t)OPOST;
		mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &mode);
	}
	say("\033[?2004hready\r\n");
	tell("idle");
	if (how.asks_first)
		ask();
	draw();
	for (;;) {
		struct pollfd in = {STDIN_FILENO, POLLIN, 0};
		long left = works_until ? works_until - now_ms() : -1;
		int ready = works_until && left <= 0 ? 0 : poll(&in, 1, (int)left);
		if (ready == 0 && works_until) {
			works_until = 0;
			tell("done");
			draw();
			continue;
		}
		ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));
		if (n <= 0)
			return 0;
		for (ssize_t i = 0; i < n; i++)
			take_byte((unsigned char)bytes[i]);
	}
}
