/* SPDX-License-Identifier: MIT */
/*
 * The kernel edits the line; we only switch its echo off. What it has taken is
 * flushed when a question begins: nobody has answered before he could read. The
 * modes are given back after each question, at a stop, and at every end.
 */
#define _DEFAULT_SOURCE /* explicit_bzero */
#include "cockpit/ui_console.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#include "asking.h"
#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/io_link.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_pilot.h"
#include "field.h"
#include "restore.h"

#define ANSWER_MAX                                                                 \
	FIELD_SECRET_MAX /* less than the kernel's own limit, where it drops bytes \
			  */
#define OUT_MAX   (64u << 10)
#define WRAP_COLS 78
#define LOOK_MS   1000

/* Ends of the program, and the stop: the terminal goes back first. */
enum { SIGNALS = 5 };
static const int signals[SIGNALS] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

struct console {
	struct loop *loop;
	const struct fleet *fleet;
	struct pilot *pilot;
	int fd;
	struct loop_watch *watch;
	struct buf out;
	struct asking asking;
	int host; /* who is asked for now; -1: none */
	const struct link_ask *ask;
	int at; /* of its prompts */
	struct termios saved;
	struct loop_signal *signals[SIGNALS];
	int64_t since, spent_ms;
	size_t len; /* of the line that is being typed */
	bool too_long;
	char line[ANSWER_MAX + 1];
	char answers[LINK_PROMPTS_MAX][ANSWER_MAX + 1];
};

static void begin(struct console *c);

static void
flush(struct console *c)
{
	while (c->out.len > 0) {
		ssize_t n = write(c->fd, c->out.ptr, c->out.len);
		if (n > 0)
			buf_consume(&c->out, (size_t)n);
		else if (n == 0 || errno == EAGAIN)
			break;
		else if (errno != EINTR)
			buf_clear(&c->out);
	}
	loop_watch_set(
		c->watch, (c->host >= 0 ? LOOP_READ : 0) | (c->out.len > 0 ? LOOP_WRITE : 0));
}

static void
say(struct console *c, const char *text)
{
	(void)buf_addc(&c->out, text);
}

static void
say_wrapped(struct console *c, const char *text)
{
	struct str rest = str_from(text);
	while (rest.len > 0) {
		(void)buf_add(&c->out, text_row(&rest, WRAP_COLS));
		say(c, "\n");
	}
}

static bool
is_trust(const struct console *c)
{
	return c->ask->kind == LINK_ASK_TRUST;
}

static bool
is_secret(const struct console *c)
{
	return !is_trust(c) && c->ask->count > 0 && !c->ask->prompts[c->at].echo;
}

static void
set_modes(struct console *c, int when)
{
	struct termios modes = c->saved;
	modes.c_lflag |= ICANON | ISIG | ECHO;
	modes.c_iflag |= ICRNL;
	if (is_secret(c))
		modes.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	tcsetattr(c->fd, when, &modes);
}

static void
prompt(struct console *c)
{
	if (is_trust(c)) {
		say(c, "Trust it, yes or no [no]? ");
	} else if (c->ask->count > 0) {
		const char *text = c->ask->prompts[c->at].text;
		say(c, text[0] ? text : "Answer:");
		if (!str_ends(buf_str(&c->out), STR(" ")))
			say(c, " ");
	} else {
		say(c, "Go on, yes or no [no]? ");
	}
	flush(c);
}

static void
wipe(struct console *c)
{
	explicit_bzero(c->line, sizeof(c->line));
	explicit_bzero(c->answers, sizeof(c->answers));
	c->len = 0;
	c->too_long = false;
}

/* The terminal is the shell's again. */
static void
give_back(struct console *c)
{
	tcsetattr(c->fd, TCSADRAIN, &c->saved);
	restore_unset();
}

static void
take(struct console *c)
{
	restore_set(c->fd, &c->saved, STR(""));
	restore_arm();
	set_modes(c, TCSAFLUSH);
}

static void
on_signal(void *ctx, int signum)
{
	struct console *c = ctx;
	say(c, "\n");
	flush(c);
	give_back(c);
	if (signum != SIGTSTP) {
		wipe(c);
		signal(signum, SIG_DFL);
		raise(signum);
		return;
	}
	raise(SIGSTOP);
	c->len = 0;
	take(c);
	prompt(c);
}

/* Whoever is asked for now is not any more. */
static void
end(struct console *c)
{
	if (c->host < 0)
		return;
	give_back(c);
	for (int i = 0; i < SIGNALS; i++) {
		loop_signal_free(c->signals[i]);
		c->signals[i] = NULL;
	}
	c->spent_ms += clock_ms() - c->since;
	c->host = -1;
	wipe(c);
	flush(c);
}

static void
answer(struct console *c, bool yes)
{
	const char *answers[LINK_PROMPTS_MAX + 1] = {NULL};
	char kept[sizeof(c->answers[0]) * LINK_PROMPTS_MAX];
	int host = c->host;
	memcpy(kept, c->answers, sizeof(kept));
	for (int i = 0; i < c->ask->count; i++)
		answers[i] = kept + (size_t)i * sizeof(c->answers[0]);
	end(c);
	pilot_answer(c->pilot, host, yes, answers);
	explicit_bzero(kept, sizeof(kept));
	begin(c);
}

static void
take_yes_no(struct console *c)
{
	static const struct {
		const char *word;
		bool yes;
	} words[] = {
		{"yes", true },
                {"y",   true },
                {"no",  false},
                {"n",   false},
                {"",    false}
        };
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(c->line, words[i].word) == 0) {
			answer(c, words[i].yes);
			return;
		}
	}
	say(c, "Please type yes or no: ");
	c->len = 0;
	flush(c);
}

static void
take_line(struct console *c)
{
	bool secret = is_secret(c);
	c->line[c->len] = '\0';
	if (secret)
		say(c, "\n");
	if (c->too_long) {
		say(c, "cockpit: that is longer than any answer may be; it was not taken\n");
		wipe(c);
		prompt(c);
		return;
	}
	if (is_trust(c) || c->ask->count == 0) {
		take_yes_no(c);
		return;
	}
	memcpy(c->answers[c->at], c->line, c->len + 1);
	explicit_bzero(c->line, sizeof(c->line));
	c->len = 0;
	if (++c->at == c->ask->count) {
		c->at--;
		answer(c, true);
		return;
	}
	set_modes(c, TCSADRAIN);
	prompt(c);
}

/* One byte of what was typed; false when the question is over or the next one has begun. */
static void
take_byte(struct console *c, char byte)
{
	if (byte == '\n')
		take_line(c);
	else if (c->len < ANSWER_MAX && byte != '\0')
		c->line[c->len++] = byte;
	else
		c->too_long = true;
}

static void
on_terminal(void *ctx, int events)
{
	struct console *c = ctx;
	char bytes[256];
	ssize_t n = 1;
	if (events & LOOP_WRITE)
		flush(c);
	/* What is typed ahead, behind the answer, is not read here: it is for the next question
	 * or for the shell. */
	while (n > 0 && c->host >= 0) {
		n = read(c->fd, bytes, 1);
		if (n == 1)
			take_byte(c, bytes[0]);
		explicit_bzero(bytes, sizeof(bytes));
	}
	if (c->host < 0 || n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	/* Ctrl-D, or the terminal is gone. */
	say(c, "\n");
	answer(c, false);
}

static void
begin(struct console *c)
{
	if (c->host >= 0 || c->asking.count == 0 || tcgetattr(c->fd, &c->saved) < 0)
		return;
	const char *help;
	c->host = c->asking.hosts[0];
	c->ask = fleet_host_ask(c->fleet, c->host);
	c->at = 0;
	c->since = clock_ms();
	for (int i = 0; i < SIGNALS; i++)
		c->signals[i] = loop_signal_new(c->loop, signals[i], on_signal, c);
	take(c);
	say(c, "cockpit: ");
	asking_who(c->fleet, c->host, c->ask, &c->out);
	say(c, " asks: ");
	say(c, c->ask->title);
	say(c, "\n");
	say_wrapped(c, c->ask->text);
	help = asking_help(c->ask);
	say_wrapped(c, help ? help : "");
	prompt(c);
}

struct console *
console_new(struct loop *loop, int fd)
{
	struct console *c = MEM_NEW(struct console);
	*c = (struct console){.loop = loop, .fd = fd, .host = -1, .out = BUF_INIT_MAX(OUT_MAX)};
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	c->watch = loop_watch_new(loop, fd, on_terminal, c);
	return c;
}

struct console *
console_open(struct loop *loop)
{
	if (!isatty(STDIN_FILENO) && !isatty(STDERR_FILENO))
		return NULL;
	/* Opened anew: O_NONBLOCK would be shared with the shell. */
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	if (tcgetpgrp(fd) == getpgrp())
		return console_new(loop, fd);
	close(fd);
	return NULL;
}

void
console_close(struct console *c)
{
	if (!c)
		return;
	if (c->host >= 0)
		say(c, "\n");
	end(c);
	loop_watch_free(c->watch);
	close(c->fd);
	buf_release(&c->out);
	asking_release(&c->asking);
	mem_free(c);
}

void
console_serve(struct console *c, const struct fleet *fleet, struct pilot *pilot)
{
	c->fleet = fleet;
	c->pilot = pilot;
}

void
console_event(struct console *c, const struct fleet_event *event)
{
	if (!c || event->kind != FLEET_ASK)
		return;
	asking_update(&c->asking, c->fleet, event->host_index);
	if (c->host == event->host_index) {
		struct host_view host;
		fleet_host_at(c->fleet, c->host, &host);
		say(c, "\ncockpit: ");
		say(c, host.name);
		say(c, " does not ask that any more\n");
		end(c);
	}
	begin(c);
}

/* Stands still while somebody is asked. */
static int64_t
now(const struct console *c)
{
	if (!c)
		return clock_ms();
	return (c->host >= 0 ? c->since : clock_ms()) - c->spent_ms;
}

int64_t
console_limit(const struct console *c, int64_t ms)
{
	return now(c) + ms;
}

int64_t
console_left(const struct console *c, int64_t limit)
{
	int64_t left = limit - now(c);
	if (c && c->host >= 0)
		return left > LOOK_MS ? left : LOOK_MS;
	return left > 0 ? left : 0;
}
