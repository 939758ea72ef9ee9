/* SPDX-License-Identifier: MIT */
/*
 * Everything an agent is, apart from what it shows, stands in its own pane's
 * options and comes as one line of tab-separated fields, free text last. An
 * agent can write to its options and its title, so every field is checked and
 * a line that does not fit is dropped; tmux replaces control characters in it
 * (the s modifier), since it sends values raw.
 */
#include "local.h"

/* clang-format off */
#define CLEAN(field) "#{s/[\001-\037\177]/?/:" field "}"
/* Until an agent sets one, the title is the host's name: that is none. */
#define TITLE                                                                   \
	"#{?#{||:#{==:#{pane_title},#{host}},#{==:#{pane_title},#{host_short}}},," \
	CLEAN("pane_title") "}"
/* The verb "restart" has ended it, and starts it again: it has said when it began, by the clock
 * of the host, and takes some 5 seconds; one that was killed never says that it is over. */
#define RESTART_SECONDS "30"
#define NOW		"#{T:#{l:%s}}"
#define DEAD                                                                  \
	"#{?#{e|<|:#{e|-|:" NOW ",#{@cockpit_restarting}}," RESTART_SECONDS "},0,#{pane_dead}}"
#define FIELDS(activity)                                                        \
	"#{pane_id}\t#{window_id}\t"                                            \
	DEAD "\t#{pane_dead_status}\t#{pane_dead_signal}\t"              \
	"#{window_width}\t#{window_height}\t#{session_attached}\t" activity "\t" \
	CLEAN("@cockpit_seq") " " CLEAN("@cockpit_requested") " " CLEAN("@cockpit_spent") "\t" CLEAN("@cockpit_agent") "\t" CLEAN("@cockpit_host") "\t"                \
	CLEAN("@cockpit_profile") "\t" CLEAN("@cockpit_id") "\t"                \
	CLEAN("@cockpit_branch") "\t" CLEAN("@cockpit_dir") "\t" TITLE
/* clang-format on */
#define FIELD_COUNT  17
#define ACTIVITY_MAX ((uint64_t)1 << 40) /* seconds: no overflow when made milliseconds */
#define SIGNAL_NAMED 127

const char *
facts_format(bool activity)
{
	return activity ? FIELDS("#{window_activity}") : FIELDS("0");
}

static bool
is_id(struct str s, char sigil)
{
	uint64_t n;
	return s.len >= 2 && s.len <= 11 && s.ptr[0] == sigil &&
	       str_to_u64(str_slice(s, 1, s.len), UINT32_MAX, &n);
}

/* Empty counts as 0: formats of states that do not apply expand to nothing. */
static bool
number(struct str s, int max, int *ret)
{
	*ret = 0;
	return s.len == 0 || str_to_int(s, 0, max, ret);
}

/* BSDs tell its name. */
static bool
signal_number(struct str s, int *ret)
{
	if (number(s, 255, ret))
		return true;
	*ret = SIGNAL_NAMED;
	return str_is_name(s);
}

bool
facts_parse(struct str line, struct facts *ret)
{
	struct str f[FIELD_COUNT];
	uint64_t activity = 0;
	for (int i = 0; i < FIELD_COUNT - 1; i++) {
		if (str_find(line, '\t') < 0)
			return false;
		f[i] = str_cut(&line, '\t');
	}
	f[FIELD_COUNT - 1] = line;
	int dead;
	if (!is_id(f[0], '%') || !is_id(f[1], '@') || !number(f[2], 1, &dead) ||
		!number(f[3], 255, &ret->dead_status) ||
		!signal_number(f[4], &ret->dead_signal) || !number(f[5], 10000, &ret->cols) ||
		!number(f[6], 10000, &ret->rows) || !number(f[7], 100000, &ret->attached) ||
		(f[8].len && !str_to_u64(f[8], ACTIVITY_MAX, &activity)) || !str_is_name(f[10]))
		return false;
	ret->pane = f[0];
	ret->window = f[1];
	ret->dead = dead;
	/* tmux sees the pane's end before it has the status of its process. */
	ret->ending = dead && f[3].len == 0 && f[4].len == 0;
	ret->activity = (int64_t)activity;
	/* The agent can write to it; what is no number is none. */
	ret->seq = ret->request = 0;
	(void)str_to_u64(str_cut(&f[9], ' '), UINT64_MAX / 2, &ret->seq);
	(void)str_to_u64(str_cut(&f[9], ' '), REQUEST_NUMBER_MAX, &ret->request);
	ret->spent = f[9];
	ret->agent = f[10];
	ret->host = f[11];
	ret->profile = f[12];
	ret->id = f[13];
	ret->branch = f[14];
	ret->dir = f[15];
	ret->title = f[16];
	return true;
}
