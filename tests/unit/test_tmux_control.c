/* SPDX-License-Identifier: MIT */
/*
 * Runs the scripts in tests/script/tmux: what we send and what tmux says go in,
 * events come out, as text. Each script is played whole, byte by byte, and cut in
 * two at every place; the events must be the same each time. A line begins with:
 *
 *   >  COMMANDS LINE          we send LINE, which holds so many commands
 *   >! COMMANDS MASK LINE     the same, with noisy blocks
 *   <  TEXT                   tmux says TEXT and a newline
 *   <- TEXT                   without the newline
 *   <x 41 0a                  tmux says these bytes
 *   <* COUNT BYTE             tmux says BYTE (hex) so many times
 *   =  EVENT                  wanted, in this order
 *   #  remark; blank lines count as remarks
 *
 * Events: notice names with subject and body, "reply N STATUS TEXT" (N counts the
 * lines sent from 1), "stray STATUS TEXT", "sent ERR" when sending is refused,
 * "feed ERR" when feeding fails, and at the end "counters OCTAL NOTICE OTHER STRAY"
 * when any is not 0. What is pending at the end is cancelled and shows up too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/tmux_control.h"

#define SCRIPTS_MAX 64
#define STEPS_MAX   256
/* Beyond this many bytes only so many places to cut are tried. */
#define CUTS_ALL  6000
#define CUTS_SOME 97
/* Of a longer text events show the beginning and the length. */
#define SHOWN_MAX 1000

struct step {
	bool send;
	unsigned commands;
	uint64_t noisy;
	struct buf bytes; /* to send or to feed */
};

struct script {
	char *name;
	struct step steps[STEPS_MAX];
	size_t count;
	size_t bytes; /* fed in all steps together */
	struct buf wanted;
};

struct player {
	struct tmux_control *tc;
	struct buf events;
	unsigned sent;
	unsigned refuse; /* write() fails when it is not 0 */
};

static const char *const notice_names[] = {
#define X(wire, name, shape) wire,
	TMUX_NOTICES(X)
#undef X
};

static void
show_text(struct buf *into, struct str text)
{
	size_t shown = text.len > SHOWN_MAX ? 20 : text.len;

	buf_addc(into, " \"");
	for (size_t i = 0; i < shown; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (c < 0x20 || c >= 0x7f || c == '"')
			buf_printf(into, "<%02x>", c);
		else
			buf_byte(into, (char)c);
	}
	buf_addc(into, "\"");
	if (text.len > SHOWN_MAX)
		buf_printf(into, " of %zu", text.len);
	buf_byte(into, '\n');
}

static void
on_notice(void *ctx, const struct tmux_notice *notice)
{
	struct player *player = ctx;
	const char *name = notice_names[notice->kind];

	buf_addc(&player->events, *name ? name : "other");
	if (notice->subject.len > 0)
		buf_byte(&player->events, ' ');
	buf_add(&player->events, notice->subject);
	show_text(&player->events, notice->body);
}

struct ticket {
	struct player *player;
	unsigned number;
};

static void
on_reply(void *ctx, int status, struct str text)
{
	struct ticket *ticket = ctx;

	buf_printf(&ticket->player->events, "reply %u %s", ticket->number, err_name(status));
	show_text(&ticket->player->events, text);
	mem_free(ticket);
}

static void
on_stray(void *ctx, int status, struct str text)
{
	struct player *player = ctx;

	buf_printf(&player->events, "stray %s", err_name(status));
	show_text(&player->events, text);
}

static int
on_write(void *ctx, struct str bytes)
{
	struct player *player = ctx;

	assert_true(bytes.len > 1);
	assert_int_equal(bytes.ptr[bytes.len - 1], '\n');
	return player->refuse ? ERR_CLOSED : 0;
}

static const struct tmux_control_ops ops = {
	.notice = on_notice,
	.write = on_write,
	.stray = on_stray,
};

static void
send_step(struct player *player, const struct step *step)
{
	struct ticket *ticket = MEM_NEW(struct ticket);
	int rc;

	*ticket = (struct ticket){player, ++player->sent};
	if (step->noisy)
		rc = tmux_control_send_noisy(player->tc, buf_str(&step->bytes), step->commands,
			step->noisy, on_reply, ticket);
	else
		rc = tmux_control_send(
			player->tc, buf_str(&step->bytes), step->commands, on_reply, ticket);
	if (rc < 0) {
		buf_printf(&player->events, "sent %s\n", err_name(rc));
		mem_free(ticket);
	}
}

static bool
feed_step(struct player *player, struct str bytes)
{
	struct err err = ERR_INIT;
	int rc = tmux_control_feed(player->tc, bytes, &err);

	if (rc == 0)
		return true;
	assert_int_equal(err.code, rc);
	assert_true(err.text[0] != '\0');
	/* And it stays so. */
	assert_int_equal(tmux_control_feed(player->tc, STR("%exit\n"), NULL), rc);
	buf_printf(&player->events, "feed %s\n", err_name(rc));
	return false;
}

/* Plays the script in chunks of chunk bytes, with one more boundary at cut. */
static void
play(const struct script *script, size_t chunk, size_t cut)
{
	struct player player = {0};
	bool alive = true;
	size_t at = 0;

	player.tc = tmux_control_new(&ops, &player);
	for (size_t i = 0; i < script->count; i++) {
		const struct step *step = &script->steps[i];
		struct str rest = buf_str(&step->bytes);

		if (step->send) {
			send_step(&player, step);
			continue;
		}
		while (alive && rest.len > 0) {
			size_t len = chunk < rest.len ? chunk : rest.len;
			if (cut > at && cut < at + len)
				len = cut - at;
			alive = feed_step(&player, str_slice(rest, 0, len));
			rest = str_slice(rest, len, rest.len);
			at += len;
		}
		at += rest.len;
	}
	struct tmux_counters n = *tmux_control_counters(player.tc);
	if (n.bad_octal || n.bad_notice || n.other || n.stray_reply)
		buf_printf(&player.events, "counters %u %u %u %u\n", (unsigned)n.bad_octal,
			(unsigned)n.bad_notice, (unsigned)n.other, (unsigned)n.stray_reply);
	tmux_control_free(player.tc);
	if (strcmp(buf_cstr(&player.events), script->wanted.ptr) != 0) {
		print_error("%s, chunk %zu, cut %zu:\n-- wanted\n%s-- got\n%s", script->name,
			chunk, cut, script->wanted.ptr, buf_cstr(&player.events));
		fail();
	}
	buf_release(&player.events);
}

static void
run_script(void **state)
{
	const struct script *script = *state;
	size_t stride = script->bytes <= CUTS_ALL ? 1 : script->bytes / CUTS_SOME;

	play(script, SIZE_MAX, 0);
	play(script, 1, 0);
	play(script, 4093, 0);
	for (size_t cut = 1; cut < script->bytes; cut += stride)
		play(script, SIZE_MAX, cut);
}

static struct step *
add_step(struct script *script, bool send)
{
	if (!send && script->count > 0 && !script->steps[script->count - 1].send)
		return &script->steps[script->count - 1];
	assert_true(script->count < STEPS_MAX);
	script->steps[script->count].send = send;
	return &script->steps[script->count++];
}

static uint64_t
take_number(struct str *rest, int base)
{
	char text[32];
	struct str word = str_cut(rest, ' ');

	assert_true(word.len > 0 && word.len < sizeof(text));
	memcpy(text, word.ptr, word.len);
	text[word.len] = '\0';
	return strtoull(text, NULL, base);
}

static void
parse_line(struct script *script, struct str line)
{
	struct str rest = line;
	struct str mark = str_cut(&rest, ' ');

	if (line.len == 0 || line.ptr[0] == '#')
		return;
	if (str_eqc(mark, "=")) {
		buf_add(&script->wanted, rest);
		buf_byte(&script->wanted, '\n');
		return;
	}
	bool noisy = str_eqc(mark, ">!");
	struct step *step = add_step(script, noisy || str_eqc(mark, ">"));
	if (step->send) {
		step->commands = (unsigned)take_number(&rest, 10);
		if (noisy)
			step->noisy = take_number(&rest, 10);
		buf_add(&step->bytes, rest);
		return;
	}
	size_t before = step->bytes.len;
	if (str_eqc(mark, "<*")) {
		uint64_t count = take_number(&rest, 10);
		buf_fill(&step->bytes, (char)take_number(&rest, 16), count);
	} else if (str_eqc(mark, "<x")) {
		while (rest.len > 0)
			buf_byte(&step->bytes, (char)take_number(&rest, 16));
	} else {
		assert_true(str_eqc(mark, "<") || str_eqc(mark, "<-"));
		buf_add(&step->bytes, rest);
		if (mark.len == 1)
			buf_byte(&step->bytes, '\n');
	}
	script->bytes += step->bytes.len - before;
}

static void
load(struct script *script, const char *dir, const char *name)
{
	char *path = mem_printf("%s/%s", dir, name);
	FILE *file = fopen(path, "r");
	char line[4096];

	assert_non_null(file);
	*script = (struct script){.name = mem_strdup(name)};
	buf_add(&script->wanted, STR(""));
	while (fgets(line, sizeof(line), file))
		parse_line(script, str_slice(str_from(line), 0, strcspn(line, "\n")));
	fclose(file);
	buf_cstr(&script->wanted);
	assert_true(script->wanted.len > 0);
	mem_free(path);
}

static void
unload(struct script *script)
{
	for (size_t i = 0; i < script->count; i++)
		buf_release(&script->steps[i].bytes);
	buf_release(&script->wanted);
	mem_free(script->name);
}

static void
refuses_what_gets_no_answer(void **state)
{
	static const struct {
		struct str line;
		unsigned commands;
		uint64_t noisy;
		int wanted;
	} rows[] = {
		{{"", 0},               1,  0,          ERR_INVALID},
		{{" \t", 2},            1,  0,          ERR_INVALID},
		{{" # list-panes", 13}, 1,  0,          ERR_INVALID},
		{{"a\nb", 3},           1,  0,          ERR_INVALID},
		{{"a\n", 2},            1,  0,          ERR_INVALID},
		{{"a\0b", 3},           1,  0,          ERR_INVALID},
		{{"a", 1},              0,  0,          ERR_INVALID},
		{{"a ; b", 5},          2,  4,          ERR_INVALID},
		{{"a ; b", 5},          2,  3,          0          },
		{{"a", 1},              64, UINT64_MAX, 0          },
	};
	struct player player = {0};

	(void)state;
	player.tc = tmux_control_new(&ops, &player);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(tmux_control_send_noisy(player.tc, rows[i].line,
					 rows[i].commands, rows[i].noisy, NULL, NULL),
			rows[i].wanted);
	player.refuse = 1;
	assert_int_equal(tmux_control_send(player.tc, STR("a"), 1, NULL, NULL), ERR_CLOSED);
	tmux_control_free(player.tc);
	buf_release(&player.events);
	tmux_control_free(NULL);
}

static void
count_canceled(void *ctx, int status, struct str text)
{
	unsigned *count = ctx;

	assert_int_equal(status, ERR_CANCELED);
	assert_int_equal(text.len, 0);
	*count += 1;
}

static void
bounds_what_is_pending(void **state)
{
	struct player player = {0};
	unsigned canceled = 0;

	(void)state;
	player.tc = tmux_control_new(&ops, &player);
	for (unsigned i = 0; i < TMUX_PENDING_MAX; i++)
		assert_int_equal(
			tmux_control_send(player.tc, STR("a"), 1, count_canceled, &canceled),
			0);
	assert_int_equal(tmux_control_send(player.tc, STR("a"), 1, count_canceled, &canceled),
		ERR_LIMIT);
	tmux_control_free(player.tc);
	assert_int_equal(canceled, TMUX_PENDING_MAX);
}

struct chain {
	struct tmux_control *tc;
	unsigned replies;
	int last_status;
	int refused;
};

static void
send_again(void *ctx, int status, struct str text)
{
	struct chain *chain = ctx;

	(void)text;
	chain->replies++;
	chain->last_status = status;
	int rc = tmux_control_send(chain->tc, STR("next"), 1, send_again, chain);
	if (rc < 0)
		chain->refused = rc;
}

static void
answers_may_send(void **state)
{
	struct player player = {0};
	struct chain chain = {0};

	(void)state;
	player.tc = chain.tc = tmux_control_new(&ops, &player);
	assert_int_equal(tmux_control_send(chain.tc, STR("first"), 1, send_again, &chain), 0);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(
			tmux_control_feed(chain.tc, STR("%begin 1 1 1\nx\n%end 1 1 1\n"), NULL),
			0);
	assert_int_equal(chain.replies, 100);
	assert_int_equal(chain.last_status, 0);
	assert_int_equal(chain.refused, 0);
	/* While it is being freed, an answer that sends is refused, not queued for ever. */
	tmux_control_free(chain.tc);
	assert_int_equal(chain.replies, 101);
	assert_int_equal(chain.last_status, ERR_CANCELED);
	assert_int_equal(chain.refused, ERR_CLOSED);
	buf_release(&player.events);
}

static void
bounds_a_body(void **state)
{
	static char line[TMUX_LINE_MAX];
	struct player player = {0};
	int rc;

	(void)state;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	player.tc = tmux_control_new(&ops, &player);
	assert_int_equal(tmux_control_send(player.tc, STR("a"), 1, NULL, NULL), 0);
	assert_int_equal(tmux_control_feed(player.tc, STR("%begin 1 1 1\n"), NULL), 0);
	for (unsigned i = 0; i < TMUX_BODY_MAX / sizeof(line); i++)
		assert_int_equal(
			tmux_control_feed(player.tc, (struct str){line, sizeof(line)}, NULL),
			0);
	rc = tmux_control_feed(player.tc, (struct str){line, sizeof(line)}, NULL);
	assert_int_equal(rc, ERR_LIMIT);
	assert_int_equal(tmux_control_send(player.tc, STR("a"), 1, NULL, NULL), ERR_CLOSED);
	tmux_control_free(player.tc);
	buf_release(&player.events);
}

static int
keep_script(const struct dirent *entry)
{
	return str_ends(str_from(entry->d_name), STR(".t"));
}

int
main(void)
{
	static struct script scripts[SCRIPTS_MAX];
	struct CMUnitTest tests[SCRIPTS_MAX + 4] = {
		cmocka_unit_test(refuses_what_gets_no_answer),
		cmocka_unit_test(bounds_what_is_pending),
		cmocka_unit_test(answers_may_send),
		cmocka_unit_test(bounds_a_body),
	};
	const char *root = getenv("COCKPIT_TESTS");
	char *dir = mem_printf("%s/script/tmux", root ? root : "tests");
	struct dirent **names;
	int count = scandir(dir, &names, keep_script, alphasort);

	if (count <= 0 || count > SCRIPTS_MAX) {
		fprintf(stderr,
			"%s: no scripts, or too many (run from the top, or set "
			"COCKPIT_TESTS)\n",
			dir);
		return 1;
	}
	for (int i = 0; i < count; i++) {
		load(&scripts[i], dir, names[i]->d_name);
		tests[4 + i] = (struct CMUnitTest){
			.name = scripts[i].name,
			.test_func = run_script,
			.initial_state = &scripts[i],
		};
		free(names[i]);
	}
	free(names);
	int failed =
		_cmocka_run_group_tests("tmux control", tests, 4 + (size_t)count, NULL, NULL);
	for (int i = 0; i < count; i++)
		unload(&scripts[i]);
	mem_free(dir);
	return failed;
}
