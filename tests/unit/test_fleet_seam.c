/* SPDX-License-Identifier: MIT */
/*
 * What follows a picture is drawn on guesses, where tmux cannot tell all. A private tmux
 * is given random bytes, a picture is taken somewhere in the middle, our screen goes on
 * from there: in the end it shows what tmux has, or it knows that it may not.
 *
 * SEAM_SEED and SEAM_CASES choose other and more random cases than the usual ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "fleet/snapshot.h"

#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))
#define DEADLINE_MS 20000
#define CASES       150
#define PIECES_MAX  40

static char dir[] = "/tmp/cockpit-seam-XXXXXX";
static uint64_t state;

static unsigned
pick(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 20) % n;
}

static unsigned
environment(const char *name, unsigned fallback)
{
	const char *value = getenv(name);
	return value ? (unsigned)strtoul(value, NULL, 10) : fallback;
}

static int
tmux(struct buf *out, const char *words)
{
	char *line = mem_printf("tmux -u -f /dev/null -S %s/tmux %s", dir, words);
	char bytes[4096];
	size_t n;
	FILE *pipe = popen(line, "r");
	assert_non_null(pipe);
	mem_free(line);
	while ((n = fread(bytes, 1, sizeof(bytes), pipe)) > 0)
		buf_add(out, (struct str){bytes, n});
	return pclose(pipe);
}

/* Waits until tmux has come to where the title is that, and takes the picture. */
static void
take(const char *title, struct buf *reply, struct buf *scratch, struct screen_snapshot *ret)
{
	struct buf line = BUF_INIT, words = BUF_INIT;
	int64_t until = clock_ms() + DEADLINE_MS;
	snapshot_command(&line, "case:");
	buf_addc(&words, "display-message -p -t case: '#{pane_title}' \\; ");
	for (const char *p = buf_cstr(&line); *p; p++)
		buf_printf(&words, *p == ';' ? "\\%c" : "%c", *p);
	for (;;) {
		buf_clear(reply);
		assert_int_equal(tmux(reply, buf_cstr(&words)), 0);
		struct str rest = buf_str(reply);
		if (str_eqc(str_cut(&rest, '\n'), title)) {
			if (!snapshot_parse(rest, scratch, ret))
				fail_msg("%s", buf_cstr(reply));
			break;
		}
		if (clock_ms() > until)
			fail_msg("tmux never came to %s: %s", title, buf_cstr(reply));
	}
	buf_release(&line);
	buf_release(&words);
}

static void
piece_text(struct buf *into)
{
	static const char *const words[] = {"make ", "x", "the quick brown fox ", "naïve",
		"e\314\201", "→│", "  ", "`lqqk~", "0123456789 0123456789 0123456789 "};
	buf_addc(into, words[pick(COUNT(words))]);
}

static void
piece_move(struct buf *into)
{
	static const char finals[] = "ABCDEFGdHZPX@LMSTJKb";
	char final = finals[pick(sizeof(finals) - 1)];
	if (final == 'H')
		buf_printf(into, "\033[%u;%uH", 1 + pick(26), 1 + pick(90));
	else
		buf_printf(into, "\033[%u%c", pick(5), final);
}

static void
piece_state(struct buf *into)
{
	static const char *const words[] = {"\033[31m", "\033[1m", "\033[44m", "\033[m",
		"\033[39;49m", "\033[0;7m", "\033(0", "\033(B", "\033)0", "\016", "\017",
		"\0337", "\0338", "\033[s", "\033[u", "\033[?1049h", "\033[?1049l", "\033[?47h",
		"\033[?47l", "\033H", "\033[g", "\033[3g", "\t", "\t", "\b", "\b\b\b\b", "\r",
		"\n", "\r\n", "\033M", "\033D", "\033[2;5r", "\033[r", "\033[?6h", "\033[?6l",
		"\033[4h", "\033[4l", "\033[?7l", "\033[?7h", "\033c", "\033]7;file:///x\033\\",
		"\033P1$q\033\\", "\033[38;5;0m", "\033[38:5:9m"};
	buf_addc(into, words[pick(COUNT(words))]);
}

static void
add_piece(struct buf *into)
{
	static void (*const pieces[])(struct buf *) = {
		piece_text, piece_text, piece_move, piece_state, piece_state};
	pieces[pick(COUNT(pieces))](into);
}

static void
write_file(const char *name, struct str bytes)
{
	char *path = mem_printf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, f), bytes.len);
	fclose(f);
	mem_free(path);
}

static void
print_bytes(const char *what, struct str bytes)
{
	struct buf line = BUF_INIT;
	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char c = (unsigned char)bytes.ptr[i];
		buf_printf(&line, c < 0x20 || c >= 0x7f ? "\\%03o" : "%c", c);
	}
	print_error("%s: %s\n", what, buf_cstr(&line));
	buf_release(&line);
}

static void
print_screen(const char *what, const struct screen *screen)
{
	struct buf text = BUF_INIT;
	int x, y;
	screen_cursor(screen, &x, &y);
	for (int row = 0; row < screen_rows(screen); row++) {
		screen_row_text(screen, row, &text);
		buf_byte(&text, '\n');
	}
	print_error("%s, cursor %d,%d:\n%s", what, x, y, buf_cstr(&text));
	buf_release(&text);
}

enum result { RIGHT, DOUBT_RIGHT, DOUBT_WRONG, RESULTS };

/* One picture between before and after, one in the end. */
static enum result
run(int cols, int rows, struct buf *before, struct buf *after)
{
	struct buf reply = BUF_INIT, scratch = BUF_INIT;
	struct screen_snapshot snapshot;
	struct screen *screen = screen_new(cols, rows, NULL, NULL);
	char *words = mem_printf("new-session -d -s case -x %d -y %d 'stty raw -echo; "
				 "cat %s/before; head -c1 >/dev/null; cat %s/after; "
				 "exec sleep 100'",
		cols, rows, dir, dir);
	write_file("before", buf_str(before));
	write_file("after", buf_str(after));
	assert_int_equal(tmux(&reply, words), 0);
	take("before", &reply, &scratch, &snapshot);
	screen_restore(screen, &snapshot);
	screen_feed(screen, buf_str(after));
	assert_int_equal(tmux(&reply, "send-keys -t case: x"), 0);
	take("after", &reply, &scratch, &snapshot);
	bool doubt = screen_in_doubt(screen) || screen_wants_snapshot(screen);
	bool right = screen_check(screen, &snapshot);
	if (!right && !doubt) {
		print_bytes("before", buf_str(before));
		print_bytes("after", buf_str(after));
		print_screen("we have", screen);
		screen_restore(screen, &snapshot);
		print_screen("tmux has", screen);
		fail_msg("not what tmux has at %dx%d, and not in doubt", cols, rows);
	}
	/* What was wrong is mended by the picture that told so. */
	if (!right) {
		screen_restore(screen, &snapshot);
		assert_true(screen_check(screen, &snapshot));
	}
	assert_false(screen_in_doubt(screen));
	assert_int_equal(tmux(&reply, "kill-session -t case"), 0);
	screen_free(screen);
	buf_release(&reply);
	buf_release(&scratch);
	mem_free(words);
	return doubt ? right ? DOUBT_RIGHT : DOUBT_WRONG : RIGHT;
}

static void
test_random(void **ctx)
{
	unsigned first = environment("SEAM_SEED", 1), cases = environment("SEAM_CASES", CASES);
	struct buf before = BUF_INIT, after = BUF_INIT, piece = BUF_INIT;
	unsigned count[RESULTS] = {0};
	(void)ctx;
	for (unsigned i = first; i < first + cases; i++) {
		state = 0x9e3779b97f4a7c15u * (i + 1);
		int cols = 2 + (int)(pick(2) ? pick(30) : pick(120)), rows = 1 + (int)pick(30);
		buf_clear(&before);
		buf_clear(&after);
		for (unsigned n = pick(PIECES_MAX); n > 0; n--)
			add_piece(&before);
		/* Ends whatever is open; what comes behind it is read in the same go. */
		buf_addc(&before, "\033\\\033]2;before\033\\");
		buf_clear(&piece);
		if (pick(3) == 0)
			add_piece(&piece);
		size_t cut = piece.len ? pick((unsigned)piece.len) : 0;
		buf_add(&before, str_slice(buf_str(&piece), 0, cut));
		buf_add(&after, str_slice(buf_str(&piece), cut, piece.len));
		/* A program that says all of it leaves no doubt. */
		if (pick(2))
			buf_addc(&after, "\033[m\033(B\033)B\017\0337");
		for (unsigned n = pick(PIECES_MAX); n > 0; n--)
			add_piece(&after);
		buf_addc(&after, "\033\\\033]2;after\033\\");
		print_message("case %u, %dx%d\n", i, cols, rows);
		count[run(cols, rows, &before, &after)]++;
	}
	print_message("%u right, %u in doubt and right, %u in doubt and wrong\n", count[RIGHT],
		count[DOUBT_RIGHT], count[DOUBT_WRONG]);
	buf_release(&before);
	buf_release(&after);
	buf_release(&piece);
}

static int
setup(void **ctx)
{
	struct buf out = BUF_INIT;
	(void)ctx;
	text_init();
	if (!mkdtemp(dir))
		return -1;
	int ret = tmux(&out, "new-session -d -s keep 'exec sleep 1000'");
	buf_release(&out);
	return ret;
}

static int
teardown(void **ctx)
{
	static const char *const names[] = {"before", "after", "tmux"};
	struct buf out = BUF_INIT;
	(void)ctx;
	tmux(&out, "kill-server");
	buf_release(&out);
	for (size_t i = 0; i < COUNT(names); i++) {
		char *path = mem_printf("%s/%s", dir, names[i]);
		unlink(path);
		mem_free(path);
	}
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
	};
	return cmocka_run_group_tests_name("fleet_seam", tests, setup, teardown);
}
