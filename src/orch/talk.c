/* SPDX-License-Identifier: MIT */
/*
 * An agent's conversation on its way here, where it is kept beside the mirror, and from here to
 * a host where the agent is to go on with it. It is one file there; of one that only grew, what
 * is new comes. What a host says of it is foreign: its place must fit the agent's profile.
 */
#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_profile.h"
#include "local.h"

#define TALK_MS    60000
#define TELL_MS    300000
#define TALK_MAX   ((size_t)64 << 20)
#define LINE_BYTES 4096
#define ANSWER_MAX (64u << 10)
#define CHUNK      ((size_t)64 << 10)

struct talk {
	char *file;
	char *pattern; /* of its place there; NULL: it goes there */
	talk_fn *done;
	void *ctx;
};

static void
talk_free(struct talk *talk)
{
	mem_free(talk->file);
	mem_free(talk->pattern);
	mem_free(talk);
}

static void
on_worked(void *ctx, const struct err *err)
{
	struct talk *talk = ctx;
	if (talk->done)
		talk->done(talk->ctx, err);
	talk_free(talk);
}

/* --- its place --- */

static bool
is_id(struct str id)
{
	for (size_t i = 0; i < id.len; i++) {
		char c = id.ptr[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    (c >= '0' && c <= '9') || strchr("._-", c)))
			return false;
	}
	return id.len > 0 && id.len <= 200;
}

/* text with value for every mark; the caller's. */
static char *
put(const char *text, const char *mark, const char *value)
{
	struct buf ret = BUF_INIT;
	struct str rest = str_from(text);
	ptrdiff_t at;
	while ((at = str_find_str(rest, str_from(mark))) >= 0) {
		buf_add(&ret, str_slice(rest, 0, (size_t)at));
		buf_addc(&ret, value);
		rest = str_slice(rest, (size_t)at + strlen(mark), rest.len);
	}
	buf_add(&ret, rest);
	return buf_steal(&ret);
}

/* One folder's or the file's name fits; marks of a work tree stand for anything. */
static bool
part_fits(const char *pattern, const char *id, const char *name)
{
	char *a = put(pattern, PROFILE_CONVERSATION, id);
	char *b = put(a, "{folder}", "*");
	char *c = put(b, "{path}", "*");
	bool ret = fnmatch(c, name, FNM_PERIOD | FNM_NOESCAPE) == 0 && strcmp(name, "..") != 0;
	mem_free(a);
	mem_free(b);
	mem_free(c);
	return ret;
}

int
talk_place(const char *pattern, const char *id, struct str found, struct buf *place)
{
	struct str rest = str_from(pattern);
	bool good = is_id(str_from(id));
	while (good && (rest.len > 0 || found.len > 0)) {
		struct str part = str_cut(&rest, '/'), name = str_cut(&found, '/');
		char *p = mem_strndup(part.ptr, part.len), *n = mem_strndup(name.ptr, name.len);
		/* A NUL or a line's end in it would be something else for a script. */
		good = name.len > 0 && strlen(n) == name.len && !strchr(n, '\n') &&
		       part_fits(p, id, n);
		buf_addc(place, place->len > 0 ? "/" : "");
		buf_addc(place, strstr(p, "{folder}") || strstr(p, "{path}") ? p : n);
		mem_free(p);
		mem_free(n);
	}
	if (good)
		return 0;
	buf_clear(place);
	return ERR_REMOTE;
}

/* --- a line from there --- */

static int
read_line(struct duct *duct, struct buf *line, struct err *err)
{
	char byte = 0;
	while (line->len < LINE_BYTES) {
		int64_t n = duct_read(duct, &byte, 1, err);
		if (n < 0)
			return (int)n;
		if (n == 0)
			return err_set(err, ERR_REMOTE, "it ended too soon");
		if (byte == '\n')
			return 0;
		buf_byte(line, byte);
	}
	return err_set(err, ERR_LIMIT, "a line of it is too long");
}

/* --- it comes --- */

/* "ID PLACE" of what is kept, cut off in front of its bytes. */
static struct str
cut_head(struct str *kept)
{
	struct str head = *kept;
	str_cut(kept, '\n');
	str_cut(kept, '\n');
	head.len -= kept->len;
	return head;
}

static int
read_rest(struct duct *duct, size_t size, struct buf *into, struct err *err)
{
	char bytes[16384];
	while (size > 0) {
		int64_t n = duct_read(
			duct, bytes, size < sizeof(bytes) ? size : sizeof(bytes), err);
		if (n < 0)
			return (int)n;
		if (n == 0)
			return err_set(err, ERR_REMOTE, "it ended too soon");
		buf_add(into, (struct str){bytes, (size_t)n});
		size -= (size_t)n;
	}
	return 0;
}

/* "ID FROM SIZE PATH"; true if there is one. */
static bool
parse_answer(struct str line, char id[201], uint64_t *from, uint64_t *size, struct str *path)
{
	struct str name = str_cut(&line, ' ');
	if (!is_id(name) || str_eqc(name, "-"))
		return false;
	memcpy(id, name.ptr, name.len);
	id[name.len] = '\0';
	*path = line;
	return str_to_u64(str_cut(path, ' '), TALK_MAX, from) &&
	       str_to_u64(str_cut(path, ' '), TALK_MAX, size) && *from <= *size;
}

static int
keep(struct talk *talk, struct duct *duct, struct str line, struct str kept, struct err *err)
{
	char id[201];
	uint64_t from, size;
	struct str path;
	struct buf place = BUF_INIT, all = BUF_INIT;
	if (str_eqc(line, "- 0 0 -"))
		return 0;
	if (!parse_answer(line, id, &from, &size, &path) || from > kept.len)
		return err_set(err, ERR_REMOTE, "there is no telling what it is");
	if (from == size && size == kept.len)
		return 0;
	int rc = talk_place(talk->pattern, id, path, &place);
	if (rc < 0)
		err_set(err, rc, "it is not where its profile says");
	buf_printf(&all, "%s\n%s\n", id, buf_cstr(&place));
	buf_add(&all, str_slice(kept, 0, from));
	if (rc == 0)
		rc = read_rest(duct, size - from, &all, err);
	if (rc == 0)
		rc = path_write(talk->file, buf_str(&all), 0600, err);
	buf_release(&place);
	buf_release(&all);
	return rc;
}

static void
fetch_talk(void *ctx, struct duct *duct, struct err *err)
{
	struct talk *talk = ctx;
	struct buf file = BUF_INIT, ask = BUF_INIT, line = BUF_INIT;
	char id[REPO_ID_MAX] = "";
	path_read(talk->file, TALK_MAX + 2 * LINE_BYTES, &file, NULL);
	struct str kept = buf_str(&file);
	cut_head(&kept);
	int rc = repo_blob_id(kept, id, err);
	buf_printf(&ask, "%zu %s\n", kept.len, id);
	if (rc == 0)
		rc = duct_write(duct, buf_str(&ask), err);
	if (rc == 0)
		rc = read_line(duct, &line, err);
	if (rc == 0)
		keep(talk, duct, buf_str(&line), kept, err);
	buf_release(&file);
	buf_release(&ask);
	buf_release(&line);
}

/* "talks/HOST/AGENT" in the fleet's folder. */
static char *
file_of(const struct pilot *pilot, const char *host, const char *agent)
{
	return mem_printf("%s/%s/%s", pilot->talks, host, agent);
}

char *
talk_profile(const struct pilot *pilot, int host, const char *agent)
{
	for (int i = 0; i < fleet_agent_count(pilot->fleet); i++) {
		struct agent_view view;
		fleet_agent_at(pilot->fleet, i, &view);
		if (view.host_index == host && strcmp(view.name, agent) == 0)
			return mem_strdup(view.profile);
	}
	return NULL;
}

int
talk_start(struct pilot *pilot, const struct fetch_from *from, const char *profile_name,
	talk_fn *done, void *ctx, struct err *err)
{
	static const struct duct_limits limits = {TALK_MS, TALK_MAX + LINE_BYTES + ANSWER_MAX};
	const struct profile *profile = profile_name ? profile_find(profile_name) : NULL;
	if (!pilot->talks || !profile || !profile->transcript)
		return err_set(err, ERR_UNSUPPORTED, "its conversations are not kept");
	struct talk *talk = MEM_NEW(struct talk);
	/* Behind "~/". */
	*talk = (struct talk){.file = file_of(pilot, from->host, from->name),
		.pattern = mem_strdup(profile->transcript + 2),
		.done = done,
		.ctx = ctx};
	char *dir = path_dir(talk->file);
	const char *const args[] = {from->name, from->dir, talk->pattern, NULL};
	int rc = path_mkdir(dir, err);
	if (rc == 0)
		rc = errand_start(pilot, from->host_index, "talk", args, &limits, fetch_talk,
			on_worked, talk, err);
	mem_free(dir);
	if (rc < 0)
		talk_free(talk);
	return rc;
}

/* --- it goes --- */

static int
send_rest(struct duct *duct, struct str rest, struct err *err)
{
	int rc = 0;
	while (rc == 0 && rest.len > 0) {
		struct str part = str_slice(rest, 0, rest.len < CHUNK ? rest.len : CHUNK);
		rc = duct_write(duct, part, err);
		rest = str_slice(rest, part.len, rest.len);
	}
	return rc;
}

static void
send_talk(void *ctx, struct duct *duct, struct err *err)
{
	struct talk *talk = ctx;
	struct buf file = BUF_INIT, ask = BUF_INIT, line = BUF_INIT;
	int rc = path_read(talk->file, TALK_MAX + 2 * LINE_BYTES, &file, err);
	struct str kept = buf_str(&file);
	buf_add(&ask, cut_head(&kept));
	buf_printf(&ask, "%zu\n", kept.len);
	if (rc == 0)
		rc = duct_write(duct, buf_str(&ask), err);
	if (rc == 0)
		rc = read_line(duct, &line, err);
	if (rc == 0 && str_eqc(buf_str(&line), "want")) {
		rc = send_rest(duct, kept, err);
		if (rc == 0)
			duct_answer(duct, err);
	} else if (rc == 0 && !str_eqc(buf_str(&line), "no")) {
		char text[200];
		err_set(err, ERR_REMOTE, "it was not taken: %s",
			text_safe_tmp(text, sizeof(text), buf_str(&line)));
	}
	buf_release(&file);
	buf_release(&ask);
	buf_release(&line);
}

/* Of all hosts' the one that was kept last; NULL: there is none. */
static char *
newest(const struct pilot *pilot, const char *agent, char **ret_host)
{
	DIR *stream = opendir(pilot->talks);
	struct dirent *entry;
	struct stat st, best = {0};
	char *ret = NULL;
	while (stream && (entry = readdir(stream))) {
		if (!str_is_name(str_from(entry->d_name)))
			continue;
		char *file = file_of(pilot, entry->d_name, agent);
		if (stat(file, &st) == 0 && (!ret || st.st_mtime > best.st_mtime)) {
			best = st;
			mem_free(ret);
			mem_free(*ret_host);
			ret = mem_strdup(file);
			*ret_host = mem_strdup(entry->d_name);
		}
		mem_free(file);
	}
	if (stream)
		closedir(stream);
	return ret;
}

int
tell_start(struct pilot *pilot, int host, const char *agent, talk_fn *done, void *ctx,
	struct err *err)
{
	static const struct duct_limits limits = {TELL_MS, ANSWER_MAX};
	const char *where = fleet_config(pilot->fleet)->hosts[host].name;
	char *from = NULL, *file = pilot->talks ? newest(pilot, agent, &from) : NULL;
	if (!file)
		return err_set(err, ERR_NOT_FOUND, "none of its conversations is kept");
	struct talk *talk = MEM_NEW(struct talk);
	*talk = (struct talk){.file = file, .done = done, .ctx = ctx};
	const char *const args[] = {agent, strcmp(from, where) != 0 ? "1" : "", NULL};
	int rc = errand_start(
		pilot, host, "tell", args, &limits, send_talk, on_worked, talk, err);
	mem_free(from);
	if (rc < 0)
		talk_free(talk);
	return rc;
}
