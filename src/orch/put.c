/* SPDX-License-Identifier: MIT */
/* A file on its way to an agent: into a folder of the agent's own on its host, then its path
 * into the composer. */
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "local.h"

#define PUT_MS        120000
#define FILE_NAME_MAX 64

struct put {
	struct pilot *pilot; /* NULL: nobody waits any more */
	uint32_t agent;
	char *uid;
	pilot_fn *done;
	void *ctx;
	struct put *next;
};

static void
put_free(struct put *put)
{
	mem_free(put->uid);
	mem_free(put);
}

/* Letters, digits and the like: it is typed into an agent, and a name there. */
static char *
plain_name(const char *name)
{
	struct str from = str_from(name);
	char *ret = mem_strndup(from.ptr, from.len < FILE_NAME_MAX ? from.len : FILE_NAME_MAX);
	for (char *p = ret; *p; p++) {
		if (!str_is_name((struct str){p, 1}) && *p != '.' && *p != '-')
			*p = '_';
	}
	if (ret[0] == '.' || ret[0] == '-' || !ret[0])
		ret[0] = ret[0] ? '_' : ret[0];
	return ret;
}

static struct str
find_path(struct str out)
{
	while (out.len > 0) {
		struct str line = str_trim(str_cut(&out, '\n'));
		if (str_starts(line, STR("cockpit-path /")))
			return str_slice(line, 13, line.len);
	}
	return STR("");
}

static void
finish(struct put *put, struct str path, struct buf *text, struct err *err)
{
	struct pilot *pilot = put->pilot;
	struct agent_view view;
	struct buf typed = BUF_INIT;
	text_typable(&typed, path);
	buf_byte(&typed, ' ');
	text_safe(text, path, -1);
	/* It may have begun to ask something meanwhile. */
	if (!fleet_agent(pilot->fleet, put->agent, &view) || strcmp(view.uid, put->uid) != 0 ||
		prompt_refuse(pilot, &view, NULL) < 0 ||
		act_agent_paste(pilot->fleet, put->agent, buf_str(&typed), NULL, NULL) < 0)
		err_set(err, ERR_CLOSED,
			"the file is there as %s, but its path could not be pasted",
			buf_cstr(text));
	buf_release(&typed);
}

static void
on_answer(void *ctx, struct str out, const struct err *failed)
{
	struct put *put = ctx;
	struct err err = failed ? *failed : ERR_INIT;
	struct buf text = BUF_INIT;
	struct str path = find_path(out);
	if (put->pilot) {
		struct put **p = &put->pilot->puts;
		while (*p != put)
			p = &(*p)->next;
		*p = put->next;
		if (!failed && path.len == 0)
			err_set(&err, ERR_REMOTE, "the host did not say where the file lies");
		else if (!failed)
			finish(put, path, &text, &err);
		if (put->done)
			put->done(put->ctx, buf_cstr(&text), err.code ? &err : NULL);
	}
	buf_release(&text);
	put_free(put);
}

int
pilot_put(struct pilot *pilot, uint32_t agent, const char *name, struct str bytes,
	pilot_fn *done, void *ctx, struct err *err)
{
	struct agent_view view;
	if (!fleet_agent(pilot->fleet, agent, &view))
		return err_set(err, ERR_NOT_FOUND, "there is no such agent");
	int rc = prompt_refuse(pilot, &view, err);
	if (rc < 0)
		return rc;
	if (bytes.len > PILOT_PUT_MAX)
		return err_set(err, ERR_LIMIT, "the file is larger than 8 MiB");
	char *plain = plain_name(name), id[PILOT_ID_MAX];
	pilot_make_id(id);
	const char *const args[] = {view.name, id, plain, NULL};
	struct put *put = MEM_NEW(struct put);
	*put = (struct put){pilot, agent, mem_strdup(view.uid), done, ctx, NULL};
	rc = act_host_verb(
		pilot->fleet, view.host_index, "put", args, bytes, PUT_MS, on_answer, put, err);
	mem_free(plain);
	if (rc < 0) {
		put_free(put);
		return rc;
	}
	put->next = pilot->puts;
	pilot->puts = put;
	return 0;
}

void
puts_drop(struct pilot *pilot)
{
	for (struct put *put = pilot->puts; put; put = put->next)
		put->pilot = NULL;
	pilot->puts = NULL;
}
