/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cockpit/base_mem.h"
#include "local.h"

#define TRASH "refs/trash/"

static const char *const parts[] = {"base", "head", "snap"};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

/* "refs/trash/00001795942800/". */
static char *
trash_folder(int64_t at, const char *host, const char *agent)
{
	char space[40];
	snprintf(space, sizeof(space), "trash/%014" PRId64, at);
	return mirror_folder(space, host, agent);
}

static const char *
id_of(const struct mirror_work *work, size_t part)
{
	const char *const ids[PARTS] = {work->base, work->head, work->snap};
	return ids[part];
}

static int
drop(struct mirror *mirror, const char *folder, const struct mirror_work *work, struct err *err)
{
	int rc = 0;
	for (size_t i = 0; i < PARTS && rc == 0; i++) {
		char *name = mem_printf("%s%s", folder, parts[i]);
		if (id_of(work, i)[0] && git_reference_remove(mirror->repo, name) < 0)
			rc = repo_err(err, ERR_IO, name);
		mem_free(name);
	}
	return rc;
}

/* There before it is not here any more; snap last, by which it is found. */
static int
move(struct mirror *mirror, const char *from, const char *to, const struct mirror_work *work,
	struct err *err)
{
	int rc = 0;
	for (size_t i = 0; i < PARTS && rc == 0; i++) {
		git_oid id;
		if (id_of(work, i)[0] && git_oid_fromstr(&id, id_of(work, i)) == 0)
			rc = mirror_set_ref(mirror, to, parts[i], &id, err);
	}
	return rc == 0 ? drop(mirror, from, work, err) : rc;
}

int
mirror_trash(struct mirror *mirror, const char *host, const char *agent, struct err *err)
{
	struct mirror_work work;
	int fd = mirror_lock(mirror, err);
	if (fd < 0)
		return fd;
	char *from = mirror_folder("cockpit", host, agent);
	char *to = trash_folder((int64_t)time(NULL), host, agent);
	mirror_read_work(mirror, from, &work);
	int rc = work.snap[0]
			 ? move(mirror, from, to, &work, err)
			 : err_set(err, ERR_NOT_FOUND, "nothing of %s's work is here", agent);
	mem_free(from);
	mem_free(to);
	close(fd);
	return rc;
}

static int
by_time(const void *a, const void *b)
{
	const struct mirror_trashed *one = a, *other = b;
	return one->at < other->at ? -1 : one->at > other->at;
}

int
mirror_trash_list(
	struct mirror *mirror, struct mirror_trashed **ret, size_t *ret_count, struct err *err)
{
	git_reference_iterator *it = NULL;
	const char *name;
	*ret = NULL;
	*ret_count = 0;
	if (git_reference_iterator_glob_new(&it, mirror->repo, TRASH "*/snap") < 0)
		return repo_err(err, ERR_IO, mirror->dir);
	while (git_reference_next_name(&name, it) == 0) {
		struct str rest = str_from(name + strlen(TRASH));
		struct mirror_trashed item = {0};
		item.at = strtoll(rest.ptr, NULL, 10);
		str_cut(&rest, '/');
		item.host = mirror_name(str_cut(&rest, '/'));
		item.agent = mirror_name(str_cut(&rest, '/'));
		char *refs = mem_strndup(name, strlen(name) - strlen("snap"));
		mirror_read_work(mirror, refs, &item.work);
		*ret = mem_room(*ret, *ret_count, sizeof(**ret));
		(*ret)[(*ret_count)++] = item;
		mem_free(refs);
	}
	git_reference_iterator_free(it);
	if (*ret_count)
		qsort(*ret, *ret_count, sizeof(**ret), by_time);
	return 0;
}

void
mirror_trash_release(struct mirror_trashed *trashed, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		mem_free(trashed[i].host);
		mem_free(trashed[i].agent);
	}
	mem_free(trashed);
}

static int
bring_back(struct mirror *mirror, const struct mirror_trashed *item, struct err *err)
{
	struct mirror_work now;
	char *from = trash_folder(item->at, item->host, item->agent);
	char *to = mirror_folder("cockpit", item->host, item->agent);
	mirror_read_work(mirror, to, &now);
	int rc = now.snap[0] ? err_set(err, ERR_EXISTS, "there is work of a new %s on host %s",
				       item->agent, item->host)
			     : move(mirror, from, to, &item->work, err);
	mem_free(from);
	mem_free(to);
	return rc;
}

int
mirror_trash_restore(struct mirror *mirror, const char *agent, char **ret_host, struct err *err)
{
	struct mirror_trashed *all, *last = NULL;
	size_t count;
	int fd = mirror_lock(mirror, err);
	if (fd < 0)
		return fd;
	int rc = mirror_trash_list(mirror, &all, &count, err);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(all[i].agent, agent) == 0)
			last = &all[i];
	}
	if (rc == 0)
		rc = last ? bring_back(mirror, last, err)
			  : err_set(err, ERR_NOT_FOUND, "there is no %s in the trash", agent);
	if (rc == 0)
		*ret_host = mem_strdup(last->host);
	mirror_trash_release(all, count);
	close(fd);
	return rc;
}

int
mirror_trash_empty(struct mirror *mirror, int64_t before, const char *agent, size_t *ret_count,
	struct err *err)
{
	struct mirror_trashed *all;
	size_t count;
	*ret_count = 0;
	int fd = mirror_lock(mirror, err);
	if (fd < 0)
		return fd;
	int rc = mirror_trash_list(mirror, &all, &count, err);
	for (size_t i = 0; i < count && rc == 0; i++) {
		if (all[i].at >= before || (agent && strcmp(all[i].agent, agent) != 0))
			continue;
		char *from = trash_folder(all[i].at, all[i].host, all[i].agent);
		rc = drop(mirror, from, &all[i].work, err);
		*ret_count += rc == 0;
		mem_free(from);
	}
	mirror_trash_release(all, count);
	close(fd);
	return rc;
}
