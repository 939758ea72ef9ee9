/* SPDX-License-Identifier: MIT */
/* Who is told of what: once, not of what was so before, not of what is in front of him. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>
#include <unistd.h>

#include "cockpit/fleet_settings.h"
#include "ui/announce.h"
#include "ui/notify.h"
#include "ui/question.h"
#include "ui/seen.h"
#include "ui_asked.h"

static struct settings settings;
static struct notify *notify;
static struct buf said; /* by the terminal */
static uint32_t front;  /* the agent that is looked at; 0: none */
static bool host_front;

static void
on_say(void *ctx, struct str bytes)
{
	(void)ctx;
	buf_add(&said, bytes);
}

static bool
is_looked_at(void *ctx, uint32_t agent)
{
	(void)ctx;
	return agent ? agent == front : host_front;
}

/* Time goes on, and what is due comes. */
static void
pass_ms(int64_t ms)
{
	clock_skip(ms);
	for (int i = 0; i < 3; i++)
		loop_turn(loop, false);
}

static void
assert_said(const char *bytes)
{
	pass_ms(1100);
	assert_string_equal(buf_cstr(&said), bytes);
	buf_clear(&said);
}

static void
tell(int index)
{
	notify_event(notify, &(struct fleet_event){FLEET_AGENT, view.fleet->agents[index]->host,
				     deck_id(index)});
}

static void
host_ready(int host)
{
	notify_event(notify, &(struct fleet_event){FLEET_HOST, host, 0});
}

static void
start(void)
{
	static const struct notify_ops ops = {.say = on_say, .looked_at = is_looked_at};
	notify_free(notify);
	notify = notify_new(loop, view.fleet, &settings, &ops, NULL);
}

/* The first picture is over. */
static void
start_late(void)
{
	start();
	host_ready(0);
	host_ready(1);
	pass_ms(5000);
}

static int
setup(void **state)
{
	unsetenv("TMUX");
	setenv("TERM", "xterm-256color", 1);
	unsetenv("TERM_PROGRAM");
	settings_init(&settings);
	front = 0;
	host_front = false;
	asking_setup(state);
	view.fleet->agents[1]->ev.dead = false;
	return 0;
}

static int
teardown(void **state)
{
	notify_free(notify);
	notify = NULL;
	int rc = deck_teardown(state);
	buf_release(&said);
	settings_release(&settings);
	return rc;
}

/* A question that is new: noon is long ago by now. */
static void
ask_now(int index, uint64_t id, const char *tool, const char *what)
{
	ask_person(index, id, 0, tool, what, YES);
	questions[index].since = clock_ms();
}

static void
test_once(void **state)
{
	(void)state;
	start_late();
	assert_said("");
	ask_now(0, 7, "Bash", "make");
	tell(0);
	loop_turn(loop, false);
	assert_int_equal(said.len, 0); /* others may follow */
	assert_said("\007");
	tell(0);
	notify_look(notify);
	assert_said("");
	/* It comes and goes, and is the same one. */
	questions[0].id = 0;
	tell(0);
	ask_now(0, 7, "Bash", "make");
	tell(0);
	assert_said("");
	ask_now(0, 8, "Bash", "make again");
	notify_look(notify);
	assert_said("\007");
	/* Without a question it is its time that tells one from another. */
	questions[0].id = 0;
	states[0] = AGENT_FAILED;
	sinces[0] = clock_ms();
	tell(0);
	assert_said("\007");
	states[0] = AGENT_WORKING;
	tell(0);
	states[0] = AGENT_FAILED;
	tell(0);
	assert_said("");
	states[0] = AGENT_WORKING;
	tell(0);
	states[0] = AGENT_FAILED;
	sinces[0] = clock_ms();
	tell(0);
	assert_said("\007");
	/* A title that blinks is no change. */
	sinces[0] = clock_ms();
	tell(0);
	assert_said("");
	/* Over before anybody could have looked. */
	ask_now(2, 9, "", "");
	tell(2);
	questions[2].id = 0;
	tell(2);
	assert_said("");
}

static void
test_first_picture(void **state)
{
	(void)state;
	ask_now(0, 7, "Bash", "make");
	start();
	tell(0);
	host_ready(0);
	notify_look(notify);
	assert_said("");
	/* It took a while to be known, but was so before. */
	ask_now(2, 8, "", "");
	questions[2].since = noon - 100000;
	pass_ms(5000);
	tell(2);
	assert_said("");
	/* A host that comes later has a first picture of its own. */
	states[1] = AGENT_TRUST;
	tell(1);
	assert_said("");
	host_ready(1);
	notify_look(notify);
	appear(4, "claude", ""); /* but this one has only just been started */
	states[4] = AGENT_TRUST;
	sinces[4] = clock_ms();
	tell(4);
	assert_said("\007");
	/* What is started meanwhile was not there. */
	appear(3, "claude", "");
	states[3] = AGENT_LOGIN;
	sinces[3] = clock_ms();
	tell(3);
	assert_said("\007");
	/* While a link is away nothing is news; what changed meanwhile is. */
	view.fleet->hosts[1].state = HOST_STALE;
	states[1] = AGENT_FAILED;
	sinces[1] = clock_ms();
	notify_look(notify);
	assert_said("");
	pass_ms(5000);
	view.fleet->hosts[1].state = HOST_READY;
	host_ready(1);
	assert_said("\007");
}

static void
test_in_front(void **state)
{
	(void)state;
	start_late();
	front = deck_id(0);
	ask_now(0, 7, "Bash", "make");
	tell(0);
	assert_said("");
	front = 0; /* it was seen */
	tell(0);
	assert_said("");
	ask_now(2, 8, "Bash", "make");
	tell(2);
	front = deck_id(2); /* before it is told */
	assert_said("");
}

static void
test_switches(void **state)
{
	(void)state;
	start_late();
	states[0] = AGENT_DONE; /* off unless it is asked for */
	sinces[0] = clock_ms();
	tell(0);
	assert_said("");
	settings.notify.on = 1u << AGENT_DONE;
	start_late();
	states[0] = AGENT_WORKING;
	tell(0);
	states[0] = AGENT_DONE;
	sinces[0] = clock_ms();
	tell(0);
	ask_now(2, 7, "", "");
	tell(2);
	settings.notify.desktop = DESKTOP_OFF;
	assert_said("\007");
	settings.notify.bell = false;
	settings.notify.on |= 1u << AGENT_ASKS;
	start_late();
	ask_now(2, 8, "", "");
	tell(2);
	assert_said("");
	/* The settings become others while it goes on. */
	settings.notify.bell = true;
	settings.notify.desktop = DESKTOP_OSC9;
	notify_renew(notify);
	notify_look(notify);
	assert_said("");
	ask_now(2, 9, "", "");
	tell(2);
	assert_said("\033]9;deck: docs@local asks: \007\007");
}

static void
test_grouping(void **state)
{
	(void)state;
	settings.notify.bell = false;
	settings.notify.desktop = DESKTOP_OSC9;
	settings.notify.on |= 1u << AGENT_DONE;
	start_late();
	ask_now(0, 7, "Bash", "make");
	tell(0);
	states[1] = AGENT_TRUST;
	states[2] = AGENT_LOGIN;
	sinces[1] = sinces[2] = clock_ms();
	notify_look(notify);
	ask_now(0, 8, "Bash", "another one of the same agent");
	tell(0);
	assert_said("\033]9;deck: 3 agents need you\007");
	states[1] = states[2] = AGENT_WORKING;
	notify_look(notify);
	ask_now(0, 9, "Bash", "make");
	states[1] = AGENT_FAILED;
	states[2] = AGENT_DONE;
	sinces[1] = sinces[2] = clock_ms();
	notify_look(notify);
	assert_said("\033]9;deck: 1 agent needs you, 1 failed, 1 done\007");
	states[2] = AGENT_WORKING;
	notify_look(notify);
	states[2] = AGENT_DONE;
	sinces[2] = clock_ms();
	notify_look(notify);
	assert_said("\033]9;deck: docs@local is done\007");
}

/* Nothing of an agent's words can end the notice and begin something else. */
static void
test_safe(void **state)
{
	static const struct {
		enum settings_desktop desktop;
		const char *tmux, *bytes;
	} rows[] = {
		{DESKTOP_OSC9,   NULL,
                 "\033]9;deck: parser@local asks: Ba<U+202E>sh a^G^[\\,b<U+009C>\007"},
		{DESKTOP_OSC777, NULL,
                 "\033]777;notify;deck;parser@local asks: Ba<U+202E>sh "
			"a^G^[\\,b<U+009C>\007"                                      },
		{DESKTOP_OSC99,  NULL,
                 "\033]99;i=cockpit1:d=0;deck\033\\\033]99;i=cockpit1:d=1:p=body;"
			"parser@local asks: Ba<U+202E>sh a^G^[\\,b<U+009C>\033\\"    },
		{DESKTOP_OSC9,   "/tmp/tmux-0/default,1,0",
                 "\033Ptmux;\033\033]9;deck: parser@local asks: Ba<U+202E>sh "
			"a^G^[\\,b<U+009C>\007\033\\"                                },
		{DESKTOP_OFF,    NULL,                      ""                       },
		{DESKTOP_AUTO,   NULL,                      ""                       },
	};
	(void)state;
	settings.notify.bell = false;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		settings.notify.desktop = rows[i].desktop;
		if (rows[i].tmux)
			setenv("TMUX", rows[i].tmux, 1);
		else
			unsetenv("TMUX");
		questions[0].id = 0;
		start_late();
		ask_now(0, 7, "Ba\342\200\256sh", "\n a\007\033\\;b\302\234\nsecond");
		tell(0);
		assert_said(rows[i].bytes);
	}
	/* And it has an end. */
	settings.notify.desktop = DESKTOP_OSC9;
	unsetenv("TMUX");
	questions[0].id = 0;
	start_late();
	ask_now(0, 8, "Bash", "");
	memset(questions[0].what, 'x', sizeof(questions[0].what) - 1);
	tell(0);
	pass_ms(1100);
	assert_true(said.len < 160);
	assert_true(str_ends(buf_str(&said), STR("xxx…\007")));
	buf_clear(&said);
}

static void
test_terminals(void **state)
{
	static const struct {
		const char *term, *program, *tmux;
		enum settings_desktop desktop;
	} rows[] = {
		{"xterm-256color",        NULL,        NULL, DESKTOP_OFF   },
		{"xterm-256color",        "ghostty",   NULL, DESKTOP_OSC777},
		{"xterm-256color",        "WezTerm",   NULL, DESKTOP_OSC9  },
		{"xterm-256color",        "iTerm.app", NULL, DESKTOP_OSC9  },
		{"xterm-256color",        "vscode",    NULL, DESKTOP_OFF   },
		{"xterm-kitty",           NULL,        NULL, DESKTOP_OSC99 },
		{"foot",                  NULL,        NULL, DESKTOP_OSC777},
		{"rxvt-unicode-256color", NULL,        NULL, DESKTOP_OSC777},
		{"tmux-256color",         "tmux",      "x",  DESKTOP_OFF   },
		{"xterm-kitty",           NULL,        "x",  DESKTOP_OFF   },
		{"linux",                 NULL,        NULL, DESKTOP_OFF   },
	};
	struct announce a;
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setenv("TERM", rows[i].term, 1);
		rows[i].program ? setenv("TERM_PROGRAM", rows[i].program, 1)
				: unsetenv("TERM_PROGRAM");
		rows[i].tmux ? setenv("TMUX", rows[i].tmux, 1) : unsetenv("TMUX");
		announce_init(&a, &settings);
		assert_int_equal(a.desktop, rows[i].desktop);
	}
}

static void
test_host_asks(void **state)
{
	static const struct link_ask ask = {.kind = LINK_ASK_TRUST,
		.host = "web-1",
		.title = "the key; is new",
		.text = ""};
	(void)state;
	settings.notify.bell = false;
	settings.notify.desktop = DESKTOP_OSC9;
	start_late();
	ask_take(&view.fleet->hosts[1], &ask);
	notify_event(notify, &(struct fleet_event){FLEET_ASK, 1, 0});
	assert_said("\033]9;deck: web-1 asks: the key, is new\007");
	notify_event(notify, &(struct fleet_event){FLEET_ASK, 1, 0});
	host_front = true;
	assert_said("");
}

static void
rest_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static void
wait_for_lines(const char *file, int lines, struct buf *into)
{
	for (int i = 0; i < 2000; i++) {
		buf_clear(into);
		(void)path_read(file, 1 << 16, into, NULL);
		int count = 0;
		for (size_t n = 0; n < into->len; n++)
			count += into->ptr[n] == '\n';
		if (count >= lines)
			return;
		rest_ms(10);
		loop_turn(loop, false);
	}
	fail_msg("%s", buf_cstr(into));
}

/* Until none of them runs any more, and that was noticed. */
static void
wait_for_ends(void)
{
	char path[64], pid[16];
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)getpid(), (int)getpid());
	for (int i = 0; i < 2000; i++) {
		FILE *children = fopen(path, "r");
		assert_non_null(children);
		bool none = fscanf(children, "%15s", pid) != 1;
		fclose(children);
		if (none)
			return;
		rest_ms(5);
		loop_turn(loop, false);
	}
	fail_msg("one of them does not end");
}

/* The person's own command: what it is told, how many run, how long. */
static void
test_command(void **state)
{
	char dir[] = "/tmp/ck-notify.XXXXXX";
	struct buf lines = BUF_INIT;
	(void)state;
	assert_non_null(mkdtemp(dir));
	char *file = path_join(dir, "told");
	char *script = mem_printf(
		"echo \"$COCKPIT_EVENT|$COCKPIT_AGENT|$COCKPIT_HOST|$COCKPIT_FLEET|"
		"$COCKPIT_TEXT|$1\" >>%s; [ \"$COCKPIT_EVENT\" != failed ] || exec sleep 100",
		file);
	settings.notify.bell = false;
	settings.notify.command = mem_alloc_array(6, sizeof(char *));
	const char *const words[] = {"sh", "-c", script, "sh", "a $(b) c"};
	for (size_t i = 0; i < 5; i++)
		settings.notify.command[i] = mem_strdup(words[i]);
	start_late();
	ask_now(0, 7, "Bash", "echo '$(touch /tmp/no)'");
	tell(0);
	assert_said("");
	wait_for_lines(file, 1, &lines);
	assert_string_equal(buf_cstr(&lines),
		"asks|parser|local|deck|parser@local asks: Bash echo '$(touch "
		"/tmp/no)'|a $(b) c\n");
	ask_now(0, 8, "", "");
	states[1] = AGENT_TRUST;
	sinces[1] = clock_ms();
	notify_look(notify);
	assert_said("");
	wait_for_lines(file, 2, &lines);
	assert_non_null(strstr(buf_cstr(&lines),
		"asks|parser types|local web-1|deck|2 agents need you|a $(b) c\n"));
	/* Four stay, the fifth is dropped. */
	wait_for_ends();
	questions[0].id = 0;
	for (int i = 0; i < 5; i++) {
		states[0] = AGENT_WORKING;
		tell(0);
		states[0] = AGENT_FAILED;
		sinces[0] = clock_ms();
		tell(0);
		assert_said("");
	}
	wait_for_lines(file, 6, &lines);
	rest_ms(200);
	wait_for_lines(file, 6, &lines);
	int count = 0;
	for (size_t n = 0; n < lines.len; n++)
		count += lines.ptr[n] == '\n';
	assert_int_equal(count, 6);
	/* They are ended after ten seconds, and there is room again. */
	pass_ms(11000);
	wait_for_ends();
	ask_now(0, 9, "", "");
	tell(0);
	assert_said("");
	wait_for_lines(file, 7, &lines);
	/* Another one, and none. */
	mem_free(settings.notify.command[4]);
	settings.notify.command[4] = mem_strdup("other");
	notify_renew(notify);
	ask_now(0, 10, "", "");
	tell(0);
	assert_said("");
	wait_for_lines(file, 8, &lines);
	assert_true(str_ends(buf_str(&lines), STR("|other\n")));
	char **command = settings.notify.command;
	settings.notify.command = NULL;
	notify_renew(notify);
	ask_now(0, 11, "", "");
	tell(0);
	assert_said("");
	settings.notify.command = command;
	notify_renew(notify);
	ask_now(0, 12, "", "");
	tell(0);
	assert_said("");
	wait_for_lines(file, 9, &lines);
	buf_release(&lines);
	mem_free(script);
	mem_free(file);
	assert_int_equal(path_remove_tree(dir, NULL), 0);
}

static void
test_no_such_command(void **state)
{
	(void)state;
	settings.notify.command = mem_alloc_array(2, sizeof(char *));
	settings.notify.command[0] = mem_strdup("/no/such/command");
	start_late();
	ask_now(0, 7, "", "");
	tell(0);
	assert_said("\007"); /* all else goes on */
}

/* Done until somebody has looked at it for a second. */
static void
test_seen(void **state)
{
	(void)state;
	states[0] = AGENT_DONE;
	frame_draw(&view);
	assert_int_equal(view.focus, deck_id(0));
	assert_in_range(seen_step(&view), 900, 1000);
	clock_skip(500);
	assert_in_range(seen_step(&view), 1, 500);
	view.away = true; /* he looks elsewhere */
	assert_int_equal(seen_step(&view), 0);
	clock_skip(2000);
	assert_int_equal(seen_step(&view), 0);
	assert_int_equal(seen.count, 0);
	view.away = false;
	assert_in_range(seen_step(&view), 900, 1000);
	clock_skip(1000);
	assert_int_equal(seen_step(&view), 0);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.agent, deck_id(0));
	assert_int_equal(seen_step(&view), 0);
	assert_int_equal(seen.count, 1); /* once */
	states[2] = AGENT_DONE;          /* not focused */
	frame_draw(&view);
	clock_skip(2000);
	assert_int_equal(seen_step(&view), 0);
	assert_int_equal(seen.count, 1);
	/* In front of it lies the panel. */
	sinces[0] = noon;
	surface_resize(view.surface, 60, 20);
	view.panel = true;
	view.mode = VIEW_INBOX;
	frame_draw(&view);
	assert_int_equal(seen_step(&view), 0);
	view.mode = VIEW_COMMAND;
	frame_draw(&view);
	assert_true(seen_step(&view) > 0);
	/* What is shown is not what it shows now. */
	view.fleet->hosts[0].state = HOST_STALE;
	assert_int_equal(seen_step(&view), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_once),
		CASE(test_first_picture),
		CASE(test_in_front),
		CASE(test_switches),
		CASE(test_grouping),
		CASE(test_safe),
		CASE(test_terminals),
		CASE(test_host_asks),
		CASE(test_command),
		CASE(test_no_such_command),
		CASE(test_seen),
	};
	text_init();
	return cmocka_run_group_tests_name("ui_notify", tests, NULL, NULL);
}
