/* SPDX-License-Identifier: MIT */
#include "cockpit/orch_filter.h"

#include "cockpit/base_text.h"
#include "cockpit/fleet_fleet.h"
#include "cockpit/orch_pilot.h"
#include "cockpit/orch_tags.h"
#include "cockpit/orch_tasks.h"

#define TASK_COLS 200 /* of a title; more is not looked at */

static enum agent_state
state_of(const struct agent_view *agent)
{
	return agent->question ? AGENT_ASKS : agent->verdict.state;
}

static void
add_name(const struct pilot *pilot, const struct agent_view *agent, struct buf *into)
{
	(void)pilot;
	buf_addc(into, agent->name);
}

static void
add_host(const struct pilot *pilot, const struct agent_view *agent, struct buf *into)
{
	(void)pilot;
	buf_addc(into, agent->host);
}

static void
add_profile(const struct pilot *pilot, const struct agent_view *agent, struct buf *into)
{
	(void)pilot;
	buf_addc(into, agent->profile);
}

static void
add_state(const struct pilot *pilot, const struct agent_view *agent, struct buf *into)
{
	(void)pilot;
	buf_printf(into, "%s %s", agent_state_json(state_of(agent)),
		agent_state_word(state_of(agent)));
}

static void
add_tags(const struct pilot *pilot, const struct agent_view *agent, struct buf *into)
{
	if (pilot)
		buf_addc(into, pilot_tags(pilot, agent->name));
}

static void
add_label(const struct pilot *pilot, const struct agent_view *agent, struct buf *into)
{
	if (pilot)
		buf_addc(into, pilot_label(pilot, agent->name));
}

static void
add_task(const struct pilot *pilot, const struct agent_view *agent, struct buf *into)
{
	const struct task *task = pilot ? pilot_task_of(pilot, agent->id) : NULL;
	if (task)
		text_safe(into, str_from(task->title), TASK_COLS);
}

/* What "tag:x" looks at. */
static const struct {
	const char *name;
	void (*add)(
		const struct pilot *pilot, const struct agent_view *agent, struct buf *into);
	bool whole; /* each of its words is meant whole */
} parts[] = {
	{"name",    add_name,    false},
	{"host",    add_host,    false},
	{"profile", add_profile, false},
	{"state",   add_state,   false},
	{"tag",     add_tags,    true },
	{"label",   add_label,   false},
	{"task",    add_task,    false},
};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

static void
lower(struct buf *text)
{
	for (size_t i = 0; i < text->len; i++) {
		if (text->ptr[i] >= 'A' && text->ptr[i] <= 'Z')
			text->ptr[i] = (char)(text->ptr[i] + ('a' - 'A'));
	}
}

/* word is in lower case. */
static bool
fits_part(const struct pilot *pilot, const struct agent_view *agent, size_t part,
	struct str word, bool whole)
{
	struct buf text = BUF_INIT;
	parts[part].add(pilot, agent, &text);
	lower(&text);
	bool fits = whole && word.len ? tags_has(buf_cstr(&text), word)
				      : str_find_str(buf_str(&text), word) >= 0;
	buf_release(&text);
	return fits;
}

static bool
fits_word(const struct pilot *pilot, const struct agent_view *agent, struct str word)
{
	struct str rest = word;
	struct str name = str_cut(&rest, ':');
	for (size_t i = 0; i < PARTS && name.len < word.len; i++) {
		if (str_eqc(name, parts[i].name))
			return fits_part(pilot, agent, i, rest, parts[i].whole);
	}
	for (size_t i = 0; i < PARTS; i++) {
		if (fits_part(pilot, agent, i, word, false))
			return true;
	}
	return false;
}

/* Behind "!" and "tag:" one is still typing. */
static bool
is_begun(struct str word)
{
	return word.len > 0 && word.ptr[word.len - 1] != ':';
}

bool
filter_fits(const struct pilot *pilot, const struct agent_view *agent, struct str text)
{
	struct buf words = BUF_INIT;
	bool shows = true;
	buf_add(&words, text);
	lower(&words);
	struct str rest = buf_str(&words);
	while (rest.len > 0 && shows) {
		struct str word = str_cut(&rest, ' ');
		bool not = str_starts(word, STR("!"));
		if (not )
			word = str_slice(word, 1, word.len);
		if (is_begun(word))
			shows = fits_word(pilot, agent, word) != not ;
	}
	buf_release(&words);
	return shows;
}
