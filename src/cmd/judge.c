/* SPDX-License-Identifier: MIT */
#include "judge.h"

#include <stdio.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_text.h"
#include "cockpit/tmux_version.h"
#include "finding.h"

#define CLOCK_WARN_S  5
#define DISK_WARN_KIB (1 << 20)
#define DISK_FAIL_KIB 1024
#define INODES_WARN   10000

struct clock {
	int64_t before, after; /* ours */
	int64_t first, last;   /* theirs; 0: not told */
};

static bool
take_number(struct str *rest, uint64_t *ret)
{
	return str_to_u64(str_cut(rest, ' '), INT64_MAX, ret);
}

static void
judge_tmux(struct report *r, const char *key, struct str value)
{
	if (str_eqc(value, "missing"))
		report_add(r, FINDING_FAILS, key, STR("it is not installed"),
			"install tmux 3.2 or newer there (apt install tmux, brew install "
			"tmux)");
	else if (tmux_version(value) < TMUX_MINIMUM)
		report_add(r, FINDING_FAILS, key, value,
			"that is too old: 3.2 or newer is needed there");
	else
		report_add(r, FINDING_FINE, key, value, NULL);
}

static void
judge_git(struct report *r, const char *key, struct str value)
{
	if (str_eqc(value, "missing"))
		report_add(r, FINDING_FAILS, key, STR("it is not installed"),
			"install git there: agents work in work trees");
	else
		report_add(r, FINDING_FINE, key, value, NULL);
}

static void
judge_repo(struct report *r, const char *key, struct str value)
{
	if (str_eqc(value, "missing"))
		report_add(r, FINDING_FAILS, key,
			STR("there is none where the fleet file says"),
			"clone the repo there, say where it lies (\"repo\" in "
			"cockpit.json), or leave that out: then it is brought there");
	else
		report_add(r, FINDING_FINE, key, value, NULL);
}

static void
judge_shell(struct report *r, const char *key, struct str value)
{
	if (str_ends(value, STR("csh")))
		report_add(r, FINDING_WARNS, key, value,
			"what it does with commands is not what cockpit expects: chsh -s "
			"/bin/sh");
	else
		report_add(r, FINDING_FINE, key, value, NULL);
}

static void
judge_linger(struct report *r, const char *key, struct str value)
{
	bool yes = str_eqc(value, "yes");
	report_add(r, yes ? FINDING_FINE : FINDING_WARNS, key, value,
		yes ? NULL
		    : "logind may end agents when you log out there: loginctl enable-linger");
}

static void
judge_login(struct report *r, const char *key, struct str value)
{
	(void)value;
	report_add(r, FINDING_WARNS, key, STR("a login shell is not ready after 15 s"),
		"agents start as slowly: look at what its files start (~/.profile, ~/.bashrc)");
}

/* "stuck PID", "PID VERSION" */
static void
judge_server(struct report *r, const char *key, struct str value)
{
	char advice[200];
	struct str pid = value;
	if (!str_eqc(str_cut(&pid, ' '), "stuck")) {
		report_add(r, FINDING_FINE, key, value, NULL);
		return;
	}
	int number;
	if (str_to_int(pid, 2, INT32_MAX, &number))
		snprintf(advice, sizeof(advice),
			"it is stopped: \"kill -CONT %d\" there lets it go on; its agents live",
			number);
	else
		snprintf(advice, sizeof(advice),
			"look for it with \"ps -C tmux -o pid,stat,args\": kill -CONT if it is "
			"stopped (T); kill -9 ends it and its agents");
	report_add(
		r, FINDING_FAILS, key, STR("the tmux server runs but does not answer"), advice);
}

static void
judge_scope(struct report *r, const char *key, struct str value)
{
	(void)value;
	report_add(r, FINDING_WARNS, key, STR("tmux sits in a login session's scope"),
		"it may end with that login; \"cockpit down\" and \"up\" start it in its own");
}

static void
judge_lost(struct report *r, const char *key, struct str value)
{
	report_add(r, FINDING_WARNS, key, value,
		"its agents ended with it; \"cockpit up\" starts those of the fleet file "
		"again");
}

/* "LINES FIRST" */
static void
judge_chatter(struct report *r, const char *key, struct str value)
{
	struct buf text = BUF_INIT;
	struct str lines = str_cut(&value, ' ');
	buf_printf(&text,
		"the login prints %.*s line%s before a command runs: ", STR_ARG(lines),
		str_eqc(lines, "1") ? "" : "s");
	text_safe(&text, value, 60);
	report_add(r, FINDING_WARNS, key, buf_str(&text),
		"cockpit does not mind, but scp, rsync and git do: print only where the shell "
		"is "
		"interactive");
	buf_release(&text);
}

static void
judge_agents(struct report *r, const char *key, struct str value)
{
	if (str_trim(value).len == 0)
		report_add(r, FINDING_WARNS, key,
			STR("a login finds none of those that cockpit knows"),
			"put them on its PATH (~/.profile), or give the agent's command");
	else
		report_add(r, FINDING_FINE, key, value, NULL);
}

static void
add_amount(struct buf *into, uint64_t kib)
{
	static const char units[] = "KMGTP";
	double amount = (double)kib;
	size_t unit = 0;
	for (; amount >= 1024 && unit + 2 < sizeof(units); unit++)
		amount /= 1024;
	buf_printf(into, "%.*f %ciB", amount < 10 ? 1 : 0, amount, units[unit]);
}

/* "NAME VERDICT KIB INODES FOLDER" */
static void
judge_disk(struct report *r, const char *key, struct str value)
{
	static const struct {
		const char *verdict;
		enum finding_verdict kind;
		const char *words, *advice;
	} rows[] = {
		{"full",       FINDING_FAILS, "no file can be written: it is full",
                 "make room there"						  },
		{"read-only",  FINDING_FAILS, "no file can be written: it is read-only",
                 "mount it so that it can be written; after a fault of the disk look at "
			"dmesg"						     },
		{"unwritable", FINDING_FAILS, "no file can be written",
                 "the folder must belong to the user: chown, chmod u+rwx, or a quota is "
			"used up"						   },
		{"noexec",     FINDING_WARNS, "programs there cannot be run (noexec)",
                 "builds and agents that lie there will fail: mount -o remount,exec"},
	};
	char what[32];
	struct buf text = BUF_INIT;
	struct str name = str_cut(&value, ' '), verdict = str_cut(&value, ' ');
	uint64_t kib = 0, inodes = 0;
	bool know_kib = take_number(&value, &kib), know_inodes = take_number(&value, &inodes);
	enum finding_verdict kind = FINDING_FINE;
	const char *advice = NULL;
	snprintf(what, sizeof(what), "%s %.*s", key, (int)(name.len < 16 ? name.len : 16),
		name.ptr);
	text_safe(&text, value, 120);
	buf_addc(&text, ": ");
	if (know_kib) {
		add_amount(&text, kib);
		buf_addc(&text, " free");
	}
	if (know_inodes)
		buf_printf(&text, ", %llu inodes", (unsigned long long)inodes);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!str_eqc(verdict, rows[i].verdict))
			continue;
		buf_printf(&text, "; %s", rows[i].words);
		kind = rows[i].kind;
		advice = rows[i].advice;
	}
	if (!advice && know_kib && kib < DISK_WARN_KIB) {
		kind = kib < DISK_FAIL_KIB ? FINDING_FAILS : FINDING_WARNS;
		advice = "make room there";
	} else if (!advice && know_inodes && inodes < INODES_WARN) {
		kind = inodes == 0 ? FINDING_FAILS : FINDING_WARNS;
		advice = "there is no room for more files: delete some, many small ones";
	}
	report_add(r, kind, what, buf_str(&text), advice);
	buf_release(&text);
}

/* Facts without a row are fine whatever they say. */
static const struct {
	const char *key;
	void (*judge)(struct report *r, const char *key, struct str value);
} rules[] = {
	{"shell",        judge_shell  },
	{"tmux",         judge_tmux   },
	{"git",          judge_git    },
	{"disk",         judge_disk   },
	{"repo",         judge_repo   },
	{"linger",       judge_linger },
	{"server",       judge_server },
	{"server-scope", judge_scope  },
	{"lost",         judge_lost   },
	{"login",        judge_login  },
	{"agents",       judge_agents },
	{"chatter",      judge_chatter},
};

/*
 * Theirs was read twice: soon after before, soon before after. Each reading has a whole second
 * of play, and the way there takes its time: the difference is what cannot be explained by
 * that.
 */
static void
judge_clock(struct report *r, const struct clock *c)
{
	if (!c->first)
		return;
	int64_t most = c->first + 1 - c->before,
		least = (c->last ? c->last : c->first) - 1 - c->after;
	int64_t off = least > 0 ? least : most < 0 ? most : 0;
	int64_t size = off < 0 ? -off : off;
	char text[80];
	if (size == 0)
		snprintf(text, sizeof(text), "as here");
	else
		snprintf(text, sizeof(text), "%lld s %s", (long long)size,
			off < 0 ? "behind this machine" : "ahead of this machine");
	report_add(r, size < CLOCK_WARN_S ? FINDING_FINE : FINDING_WARNS, "clock",
		str_from(text),
		size < CLOCK_WARN_S
			? NULL
			: "times of files and commits, certificates and one-time codes will "
			  "be wrong: set the clock (timedatectl set-ntp true), here or there");
}

static void
judge(struct report *r, struct str key, struct str value)
{
	char name[32];
	text_safe_tmp(name, sizeof(name), str_slice(key, 0, sizeof(name) - 1));
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (str_eqc(key, rules[i].key)) {
			rules[i].judge(r, name, value);
			return;
		}
	}
	report_add(r, FINDING_FINE, name, value, NULL);
}

void
judge_facts(struct report *r, struct str facts, int64_t before, int64_t after)
{
	struct clock c = {.before = before, .after = after};
	uint64_t seconds;
	while (facts.len > 0) {
		struct str line = str_cut(&facts, '\n');
		struct str key = str_cut(&line, ' ');
		bool number = str_to_u64(line, UINT32_MAX, &seconds);
		if (str_eqc(key, "clock") && number) {
			c.first = (int64_t)seconds;
		} else if (str_eqc(key, "clock-end") && number) {
			c.last = (int64_t)seconds;
			judge_clock(r, &c);
		} else if (key.len > 0) {
			judge(r, key, line);
		}
	}
}
