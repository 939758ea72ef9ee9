/* SPDX-License-Identifier: MIT */
/*
 * The oracle: a private tmux is given the same bytes as our screen, and both must
 * then show the same. What tmux shows comes back through capture-pane and
 * screen_restore() into a second screen, so the way of a snapshot is tested too.
 *
 * A random case that fails is shrunk to the few pieces that matter before it is shown.
 * TERM_CASES and TERM_SEED choose other random cases than the usual ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_text.h"
#include "cockpit/term_screen.h"

enum { DEADLINE_SECONDS = 20, MAX_PIECES = 400 };

static const struct size {
	int cols, rows;
} sizes[] = {
	{80,  24},
	{41,  7 },
	{132, 50},
};

static char dir[] = "/tmp/cockpit-term-XXXXXX";
static char socket_path[64], input_path[64];
static int case_number;

/* Runs tmux with up to 16 words, standard output into out; the exit status. */
static int
tmux(struct buf *out, ...)
{
	const char *argv[32] = {"tmux", "-u", "-S", socket_path, "-f", "/dev/null"};
	int fds[2], n = 6, status;
	char block[4096];
	ssize_t got;
	pid_t pid;
	va_list ap;

	va_start(ap, out);
	while (n < 31 && (argv[n] = va_arg(ap, const char *)))
		n++;
	va_end(ap);
	argv[n] = NULL;
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		union {
			const char **in;
			char *const *out;
		} words = {argv};

		dup2(fds[1], 1);
		close(fds[0]);
		close(fds[1]);
		unsetenv("TMUX");
		setenv("LC_ALL", "C.UTF-8", 1);
		execvp("tmux", words.out);
		_exit(127);
	}
	close(fds[1]);
	while ((got = read(fds[0], block, sizeof(block))) > 0) {
		if (out)
			buf_add(out, (struct str){block, (size_t)got});
	}
	close(fds[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Undoes capture-pane -C. */
static void
unescape(struct buf *into, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] != '\\' || i + 1 == s.len) {
			buf_byte(into, s.ptr[i]);
		} else if (i + 3 < s.len && s.ptr[i + 1] >= '0' && s.ptr[i + 1] <= '3') {
			buf_byte(into,
				(char)((s.ptr[i + 1] - '0') << 6 | (s.ptr[i + 2] - '0') << 3 |
					(s.ptr[i + 3] - '0')));
			i += 3;
		} else {
			buf_byte(into, s.ptr[++i]);
		}
	}
}

/* Order of the flags in FORMAT. */
static const unsigned flags[] = {SCREEN_ALTERNATE, SCREEN_CURSOR, SCREEN_APP_CURSOR,
	SCREEN_APP_KEYPAD, SCREEN_INSERT, SCREEN_WRAP, SCREEN_ORIGIN, SCREEN_MOUSE_CLICK,
	SCREEN_MOUSE_DRAG, SCREEN_MOUSE_MOVE, SCREEN_MOUSE_SGR, SCREEN_MOUSE_UTF8};
#define FORMAT                                                                                 \
	"#{pane_title} #{cursor_x} #{cursor_y} #{scroll_region_upper} #{scroll_region_lower} " \
	"#{alternate_on} #{cursor_flag} #{keypad_cursor_flag} #{keypad_flag} #{insert_flag} "  \
	"#{wrap_flag} #{origin_flag} #{mouse_standard_flag} #{mouse_button_flag} "             \
	"#{mouse_all_flag} #{mouse_sgr_flag} #{mouse_utf8_flag}"

static struct str
word(struct str *line)
{
	return str_cut(line, ' ');
}

static int
number(struct str *line)
{
	int n = -1;

	str_to_int(word(line), 0, 100000, &n);
	return n;
}

/* Starts a fresh window of this size whose terminal gets bytes, and waits until it took them.
 */
static void
ask_tmux(struct size size, struct str bytes, struct screen_snapshot *snapshot, struct buf *text)
{
	char marker[32], tail[64], command[160], dimensions[2][16];
	struct buf reply = BUF_INIT;
	struct str line;
	time_t deadline = time(NULL) + DEADLINE_SECONDS;
	FILE *f = fopen(input_path, "w");

	assert_non_null(f);
	snprintf(marker, sizeof(marker), "done-%d", ++case_number);
	snprintf(tail, sizeof(tail), "\033\\\033]2;%s\033\\", marker);
	assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, f), bytes.len);
	fputs(tail, f);
	fclose(f);
	snprintf(dimensions[0], sizeof(dimensions[0]), "%d", size.cols);
	snprintf(dimensions[1], sizeof(dimensions[1]), "%d", size.rows);
	snprintf(command, sizeof(command), "stty raw -echo; cat %s; exec sleep 1000",
		input_path);
	assert_int_equal(tmux(NULL, "new-session", "-d", "-s", marker, "-x", dimensions[0],
				 "-y", dimensions[1], command, ";", "set-option", "-g",
				 "history-limit", "10", (char *)NULL),
		0);
	for (;;) {
		buf_clear(&reply);
		tmux(&reply, "display-message", "-p", "-t", marker, FORMAT, ";", "capture-pane",
			"-p", "-e", "-N", "-C", "-t", marker, (char *)NULL);
		if (str_starts(buf_str(&reply), str_from(marker)) &&
			buf_str(&reply).ptr[strlen(marker)] == ' ')
			break;
		if (time(NULL) > deadline)
			fail_msg("tmux did not take the bytes: %s", buf_cstr(&reply));
	}
	tmux(NULL, "kill-session", "-t", marker, (char *)NULL);
	line = buf_str(&reply);
	unescape(text, str_slice(line, (size_t)str_find(line, '\n') + 1, line.len));
	word(&line);
	*snapshot = (struct screen_snapshot){.cols = size.cols, .rows = size.rows};
	snapshot->cursor_x = number(&line);
	snapshot->cursor_y = number(&line);
	snapshot->scroll_top = number(&line);
	snapshot->scroll_bottom = number(&line);
	line = str_cut(&line, '\n');
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		snapshot->known |= flags[i];
		if (str_eqc(word(&line), "1"))
			snapshot->modes |= flags[i];
	}
	snapshot->text = buf_str(text);
	buf_release(&reply);
}

static bool
same_text(const struct screen *a, uint32_t ta, const struct screen *b, uint32_t tb)
{
	char tmp[2][4];
	struct str sa = screen_text(a, ta, tmp[0]), sb = screen_text(b, tb, tmp[1]);

	if (sa.len == 0)
		sa = STR(" ");
	if (sb.len == 0)
		sb = STR(" ");
	return str_eq(sa, sb);
}

static bool
is_blank(const struct cell *cell)
{
	return (cell->text == 0 || cell->text == ' ') && cell->width == 1 && cell->attr == 0;
}

/*
 * tmux tells nothing of the cells behind the last one that was written in a
 * row, though they may have a background: there only blanks are asked for.
 */
static int
told(const struct screen *theirs, int row)
{
	const struct cell *cells = screen_row(theirs, row);
	int end = screen_cols(theirs);

	while (end > 0 && is_blank(&cells[end - 1]) && cells[end - 1].bg == CELL_DEFAULT)
		end--;
	return end;
}

/*
 * When ASCII overwrites the right half of a wide character in the first column,
 * tmux 3.3 leaves the left one, and the row is longer than the screen. Not so here.
 */
static bool
keeps_half(const struct cell *ours, const struct cell *theirs)
{
	return ours->width == 1 && theirs->width == 2 && is_blank(ours);
}

/* Compares cells, cursor, modes; what differs first is told in why. */
static bool
equal(const struct screen *ours, const struct screen *theirs, char *why, size_t size)
{
	unsigned mask = 0;
	int x[2], y[2];

	for (int row = 0; row < screen_rows(ours); row++) {
		const struct cell *a = screen_row(ours, row), *b = screen_row(theirs, row);

		int end = told(theirs, row);

		if (keeps_half(a, b))
			continue;

		for (int col = 0; col < screen_cols(ours); col++, a++, b++) {
			char tmp[2][4];
			struct str ta, tb;

			if (col >= end && is_blank(a))
				continue;
			if (same_text(ours, a->text, theirs, b->text) && a->fg == b->fg &&
				a->bg == b->bg && a->attr == b->attr && a->width == b->width)
				continue;
			ta = screen_text(ours, a->text, tmp[0]);
			tb = screen_text(theirs, b->text, tmp[1]);
			snprintf(why, size,
				"cell %d,%d: ours '%.*s' width %d fg %x bg %x attr %x, "
				"tmux '%.*s' width %d fg %x bg %x attr %x",
				col, row, STR_ARG(ta), a->width, a->fg, a->bg, a->attr,
				STR_ARG(tb), b->width, b->fg, b->bg, b->attr);
			return false;
		}
	}
	screen_cursor(ours, &x[0], &y[0]);
	screen_cursor(theirs, &x[1], &y[1]);
	if (x[0] != x[1] || y[0] != y[1]) {
		snprintf(why, size, "cursor: ours %d,%d, tmux %d,%d", x[0], y[0], x[1], y[1]);
		return false;
	}
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		mask |= flags[i];
	if ((screen_modes(ours) & mask) != (screen_modes(theirs) & mask)) {
		snprintf(why, size, "modes: ours %x, tmux %x", screen_modes(ours) & mask,
			screen_modes(theirs) & mask);
		return false;
	}
	return true;
}

static void
feed_chunks(struct screen *s, struct str bytes, size_t chunk)
{
	for (size_t at = 0; at < bytes.len; at += chunk)
		screen_feed(s, str_slice(bytes, at, at + chunk));
}

static bool
agrees(struct size size, struct str bytes, char *why, size_t why_size)
{
	struct screen *ours = screen_new(size.cols, size.rows, NULL, NULL);
	struct screen *theirs = screen_new(size.cols, size.rows, NULL, NULL);
	struct screen_snapshot snapshot;
	struct buf text = BUF_INIT;
	bool same;

	ask_tmux(size, bytes, &snapshot, &text);
	screen_restore(theirs, &snapshot);
	feed_chunks(ours, bytes, 1021);
	same = equal(ours, theirs, why, why_size);
	screen_free(ours);
	screen_free(theirs);
	buf_release(&text);
	return same;
}

static void
print_bytes(struct str s)
{
	for (size_t i = 0; i < s.len && i < 3000; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c == 0x1b)
			fputs("\\e", stderr);
		else if (c < 0x20 || c >= 0x7f || c == '\\')
			fprintf(stderr, "\\x%02x", c);
		else
			fputc(c, stderr);
	}
	fputc('\n', stderr);
}

/*
 * Writes into the last column of every row, so that tmux tells of all cells.
 */
static void
reveal(struct buf *into, struct size size)
{
	buf_addc(into, "\033\\\033[?7h\033[?6l\033[4l\033[m\033(B\017");
	for (int y = 1; y <= size.rows; y++)
		buf_printf(into, "\033[%d;%dH|", y, size.cols);
}

/* ---- random cases ---- */

static uint64_t seed;

static unsigned
pick(unsigned below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed >> 11) % below);
}

static const char *const words[] = {"hello", "x", " ", "the quick brown fox", "aaaa",
	"0123456789", "~`\\{}",
	"long long long long long long long long long long long long long text"};
#define FAMILY "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7"
static const char *const wide_words[] = {"\xe4\xb8\xad\xe6\x96\x87", "a\xe4\xb8\x80",
	"\xc3\xa9t\xc3\xa9", "\xf0\x9f\x98\x80", "e\xcc\x81", "\xe2\x94\x80\xe2\x94\x82",
	FAMILY, "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa", "\xe2\x9d\xa4\xef\xb8\x8f",
	"\xed\x95\x9c\xea\xb8\x80\xed\x95\x9c\xea\xb8\x80\xed\x95\x9c\xea\xb8\x80", "\xcc\x80",
	"\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd"};
static const char *const fixed[] = {"\r", "\n", "\r\n", "\b", "\b\b\b", "\t", "\v", "\f",
	"\0337", "\0338", "\033D", "\033E", "\033M", "\033H", "\033c", "\033#8", "\033(0",
	"\033(B", "\033)0", "\033)B", "\016", "\017", "\033[s", "\033[u", "\033=", "\033>",
	"\033[?1049h", "\033[?1049l", "\033[?47h", "\033[?47l", "\033[?1047h", "\033[?1047l",
	"\033[?1048h", "\033[?1048l", "\033[?6h", "\033[?6l", "\033[?7l", "\033[?7h",
	"\033[?3h", "\033[?25l", "\033[?25h", "\033[?1h", "\033[?1000h", "\033[?1002h",
	"\033[?1003;1006h", "\033[?1002l", "\033[?2004h", "\033[?2026h", "\033[?2026l",
	"\033[r", "\033[m", "\033[1;31m", "\033[44m", "\033[7m", "\033[38;5;123;48;5;200m",
	"\033[38;2;1;2;3m", "\033[48:2::9:8:7m", "\033[4:3m", "\033[21m", "\033[4m",
	"\033[2;3;5;8;9m", "\033[22;23;24;25;27;28;29m", "\033[39;49m", "\033[97;100m",
	"\033[38;5m", "\033[38;2;1;2m", "\033[4:9m", "\033[38:5:77m", "\033[g", "\033[3g",
	"\033]0;title\007", "\033]8;;http://x/\033\\link\033]8;;\033\\", "\033P1$q\033\\",
	"\033[>c", "\033[6n", "\033[!p", "\033[5;7", "\033[\n5C", "\033[?5h", "\033[20h",
	"\033_apc\033\\", "\033^pm\033\\", "\033X s", "\033\\", "\x7f", "\xc3", "\xff",
	"\xe4\xb8", "\033[1:2H", "\033[;H", "\033[0;0H", "\033[99999999999H"};
static const char moves[] = "ABCDEFGHZ`dfLMSTJKr@PXbI";
static const char partial[] = "@PXJK"; /* may cut a wide character, which tmux lets live */

struct pieces {
	unsigned count;
	struct piece {
		char text[96];
		size_t len;
		bool off;
	} piece[MAX_PIECES];
	bool revealed;
};

static void
make_piece(struct piece *p, bool wide, struct size size)
{
	unsigned kind = pick(10);

	p->off = false;
	if (kind < 3) {
		snprintf(p->text, sizeof(p->text), "%s",
			words[pick(sizeof(words) / sizeof(words[0]))]);
	} else if (kind < 5 && wide) {
		snprintf(p->text, sizeof(p->text), "%s",
			wide_words[pick(sizeof(wide_words) / sizeof(wide_words[0]))]);
	} else if (kind < 8) {
		char final = moves[pick(sizeof(moves) - 1)];
		int n = (int)pick(4) ? (int)pick(9) : (int)pick((unsigned)size.cols + 3);

		while (wide && strchr(partial, final))
			final = moves[pick(sizeof(moves) - 1)];
		if (pick(3) == 0)
			snprintf(p->text, sizeof(p->text), "\033[%c", final);
		else if (final == 'J' || final == 'K')
			snprintf(p->text, sizeof(p->text), "\033[%d%c", n % 4, final);
		else if (strchr("Hfr", final))
			snprintf(p->text, sizeof(p->text), "\033[%d;%d%c",
				(int)pick((unsigned)size.rows + 2),
				(int)pick((unsigned)(final == 'r' ? size.rows : size.cols) + 2),
				final);
		else
			snprintf(p->text, sizeof(p->text), "\033[%d%c", n, final);
	} else {
		snprintf(p->text, sizeof(p->text), "%s",
			fixed[pick(sizeof(fixed) / sizeof(fixed[0]))]);
	}
	if (!wide && pick(60) == 0)
		snprintf(p->text, sizeof(p->text), "\033[4%c", pick(2) ? 'h' : 'l');
	p->len = strlen(p->text);
}

static void
join(const struct pieces *all, struct size size, struct buf *into)
{
	buf_clear(into);
	for (unsigned i = 0; i < all->count; i++) {
		if (!all->piece[i].off)
			buf_add(into, (struct str){all->piece[i].text, all->piece[i].len});
	}
	if (all->revealed)
		reveal(into, size);
}

/* Switches off every piece, in ever smaller groups, without which it still fails. */
static void
shrink(struct pieces *all, struct size size, struct buf *bytes, char *why, size_t why_size)
{
	for (unsigned group = all->count / 2; group > 0; group /= 2) {
		for (unsigned at = 0; at < all->count; at += group) {
			bool was[MAX_PIECES];
			unsigned end = at + group < all->count ? at + group : all->count;
			bool any = false;

			for (unsigned i = at; i < end; i++) {
				was[i] = all->piece[i].off;
				any = any || !was[i];
				all->piece[i].off = true;
			}
			if (!any)
				continue;
			join(all, size, bytes);
			if (!agrees(size, buf_str(bytes), why, why_size))
				continue;
			for (unsigned i = at; i < end; i++)
				all->piece[i].off = was[i];
		}
	}
	join(all, size, bytes);
	agrees(size, buf_str(bytes), why, why_size);
}

static unsigned
environment(const char *name, unsigned def)
{
	const char *value = getenv(name);

	return value ? (unsigned)strtoul(value, NULL, 10) : def;
}

static void
test_random(void **state)
{
	unsigned cases = environment("TERM_CASES", 200), first = environment("TERM_SEED", 1);
	struct buf bytes = BUF_INIT;
	unsigned failures = 0;

	(void)state;
	for (unsigned n = first; n < first + cases; n++) {
		static struct pieces all;
		struct size size = sizes[n % 3];
		char why[300];

		seed = 0x9e3779b97f4a7c15u * (n + 1);
		all.revealed = n % 4 < 2;
		all.count = 20 + pick(MAX_PIECES - 20);
		for (unsigned i = 0; i < all.count; i++)
			make_piece(&all.piece[i], n % 2, size);
		join(&all, size, &bytes);
		if (agrees(size, buf_str(&bytes), why, sizeof(why)))
			continue;
		shrink(&all, size, &bytes, why, sizeof(why));
		fprintf(stderr, "case %u at %dx%d: %s\n  ", n, size.cols, size.rows, why);
		print_bytes(buf_str(&bytes));
		if (++failures == environment("TERM_FAILURES", 3))
			break;
	}
	buf_release(&bytes);
	assert_int_equal(failures, 0);
}

/* ---- recordings ---- */

static void
read_file(const char *path, struct buf *into)
{
	FILE *f = fopen(path, "r");
	char block[4096];
	size_t got;

	assert_non_null(f);
	while ((got = fread(block, 1, sizeof(block), f)) > 0)
		buf_add(into, (struct str){block, got});
	fclose(f);
}

/* The name ends in -COLSxROWS.raw. */
static void
test_recordings(void **state)
{
	static const char folder[] = "tests/script/recordings";
	DIR *d = opendir(folder);
	struct dirent *entry;
	int seen = 0;

	(void)state;
	assert_non_null(d);
	while ((entry = readdir(d))) {
		const char *dash = strrchr(entry->d_name, '-');
		struct buf bytes = BUF_INIT;
		struct size size;
		char path[512], why[300];

		if (!dash || sscanf(dash, "-%dx%d.raw", &size.cols, &size.rows) != 2)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		read_file(path, &bytes);
		/* Whole, and stopped in the middle of what it did. */
		for (size_t part = 1; part <= 5; part++) {
			struct str some = str_slice(buf_str(&bytes), 0, bytes.len * part / 5);

			if (!agrees(size, some, why, sizeof(why)))
				fail_msg("%s, the first %zu bytes: %s", path, some.len, why);
		}
		buf_release(&bytes);
		seen++;
	}
	closedir(d);
	assert_true(seen >= 8);
}

static int
set_up(void **state)
{
	(void)state;
	text_init();
	if (!mkdtemp(dir))
		return -1;
	snprintf(socket_path, sizeof(socket_path), "%s/socket", dir);
	snprintf(input_path, sizeof(input_path), "%s/input", dir);
	return tmux(NULL, "new-session", "-d", "-s", "keep", "-x", "80", "-y", "24",
		"sleep 1000", (char *)NULL);
}

static int
tear_down(void **state)
{
	(void)state;
	tmux(NULL, "kill-server", (char *)NULL);
	unlink(socket_path);
	unlink(input_path);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recordings),
		cmocka_unit_test(test_random),
	};
	struct buf version = BUF_INIT;
	bool right;

	tmux(&version, "-V", (char *)NULL);
	right = str_starts(buf_str(&version), STR("tmux 3.3"));
	buf_release(&version);
	if (!right) {
		puts("skipped: the screen is compared with tmux 3.3, which is not here");
		return 0;
	}
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
