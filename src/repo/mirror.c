/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* flock */
#include "cockpit/repo_mirror.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "local.h"

/* Of one pack. Linux, with all its history, has 11 million objects. */
#define OBJECTS_MAX     16000000u
#define OBJECT_SIZE_MAX ((size_t)1 << 30)
#define KEPT_MAX        64  /* left heads of an agent; then the oldest goes */
#define LOCK_TRIES      600 /* 100 ms each */

int
repo_err(struct err *err, int code, const char *what)
{
	const git_error *last = git_error_last();
	char text[300];
	text_safe_tmp(text, sizeof(text),
		str_slice(str_from(last && last->message ? last->message : "no reason given"),
			0, sizeof(text) - 1));
	return err_set(err, code, "%s: %s", what, text);
}

static void
set_up(void)
{
	static const int levels[] = {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
		GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL};
	BUG_ON(git_libgit2_init() < 0);
	git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECTS, (size_t)OBJECTS_MAX);
	git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECT_SIZE, OBJECT_SIZE_MAX);
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1);
	git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
	/* Nobody else's settings are for the mirror. */
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "");
}

static pthread_once_t set_up_once = PTHREAD_ONCE_INIT;

/* Under another name first: whoever looks meanwhile, in another thread or another cockpit,
 * finds all of it or nothing, and of several that make it one wins. */
static int
make_repo(const char *dir, struct err *err)
{
	git_repository *repo = NULL;
	git_repository_init_options options;
	git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
	options.flags = GIT_REPOSITORY_INIT_BARE;
	options.mode = 0700;
	options.initial_head = "cockpit";
	char *made = mem_printf("%s.XXXXXX", dir);
	int rc = mkdtemp(made) ? 0 : err_errno(err, "%s", made);
	if (rc == 0 && git_repository_init_ext(&repo, made, &options) < 0)
		rc = repo_err(err, ERR_IO, made);
	git_repository_free(repo);
	if (rc == 0 && rename(made, dir) < 0 && errno != ENOTEMPTY && errno != EEXIST)
		rc = err_errno(err, "%s", dir);
	path_remove_tree(made, NULL);
	mem_free(made);
	return rc;
}

int
mirror_open(const char *dir, struct mirror **ret, struct err *err)
{
	git_repository *repo = NULL;
	pthread_once(&set_up_once, set_up);
	char *parent = path_dir(dir);
	int rc = path_mkdir(parent, err);
	mem_free(parent);
	if (rc < 0)
		return rc;
	if (git_repository_open_bare(&repo, dir) < 0) {
		rc = make_repo(dir, err);
		if (rc < 0)
			return rc;
		if (git_repository_open_bare(&repo, dir) < 0)
			return repo_err(err, ERR_IO, dir);
	}
	struct mirror *mirror = MEM_NEW(struct mirror);
	*mirror = (struct mirror){repo, mem_strdup(dir)};
	*ret = mirror;
	return 0;
}

int
repo_blob_id(struct str bytes, char ret[REPO_ID_MAX], struct err *err)
{
	git_oid id;
	pthread_once(&set_up_once, set_up);
	if (git_odb_hash(&id, bytes.ptr ? bytes.ptr : "", bytes.len, GIT_OBJECT_BLOB) < 0)
		return repo_err(err, ERR_IO, "a blob's id");
	git_oid_tostr(ret, REPO_ID_MAX, &id);
	return 0;
}

void
mirror_close(struct mirror *mirror)
{
	if (!mirror)
		return;
	git_repository_free(mirror->repo);
	mem_free(mirror->dir);
	mem_free(mirror);
}

void
mirror_ref_name(const char *name, char *ret, size_t max)
{
	snprintf(ret, max, "%s", name);
	for (char *p = ret; *p; p++) {
		if (*p == '.')
			*p = '=';
	}
}

/* What mirror_ref_name() made of it: no name holds "=". */
char *
mirror_name(struct str part)
{
	char *ret = mem_strndup(part.ptr, part.len);
	for (char *p = ret; *p; p++) {
		if (*p == '=')
			*p = '.';
	}
	return ret;
}

/* "refs/cockpit/HOST/AGENT/". */
char *
mirror_folder(const char *space, const char *host, const char *agent)
{
	char h[80], a[80];
	mirror_ref_name(host, h, sizeof(h));
	mirror_ref_name(agent, a, sizeof(a));
	return mem_printf("refs/%s/%s/%s/", space, h, a);
}

/* --- one writer at a time --- */

/* Whoever was killed leaves git's own locks; nobody else can hold any while we hold this. */
void
mirror_remove_locks(const char *dir)
{
	DIR *stream = opendir(dir);
	struct dirent *entry;
	if (!stream)
		return;
	while ((entry = readdir(stream))) {
		size_t len = strlen(entry->d_name);
		char *path = path_join(dir, entry->d_name);
		if (len > 5 && strcmp(entry->d_name + len - 5, ".lock") == 0)
			unlink(path);
		mem_free(path);
	}
	closedir(stream);
}

int
mirror_lock(const struct mirror *mirror, struct err *err)
{
	char *path = path_join(mirror->dir, "cockpit-writer");
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		err_errno(err, "%s", path);
	int tries = 0;
	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		static const struct timespec pause = {0, 100000000};
		if (++tries < LOCK_TRIES) {
			nanosleep(&pause, NULL);
			continue;
		}
		close(fd);
		fd = err_set(err, ERR_TIMEOUT, "%s: another cockpit holds it", path);
	}
	mem_free(path);
	return fd;
}

/* --- refs --- */

void
mirror_read_ref(
	struct mirror *mirror, const char *folder, const char *name, char ret[REPO_ID_MAX])
{
	git_oid id;
	char *ref = mem_printf("%s%s", folder, name);
	ret[0] = '\0';
	if (git_reference_name_to_id(&id, mirror->repo, ref) == 0)
		git_oid_tostr(ret, REPO_ID_MAX, &id);
	mem_free(ref);
}

void
mirror_read_work(struct mirror *mirror, const char *folder, struct mirror_work *ret)
{
	mirror_read_ref(mirror, folder, "head", ret->head);
	mirror_read_ref(mirror, folder, "snap", ret->snap);
	mirror_read_ref(mirror, folder, "base", ret->base);
}

int64_t
mirror_time(struct mirror *mirror, const char *commit_id)
{
	git_oid oid;
	git_commit *commit = NULL;
	int64_t ret = 0;
	if (git_oid_fromstr(&oid, commit_id) == 0 &&
		git_commit_lookup(&commit, mirror->repo, &oid) == 0)
		ret = git_commit_time(commit);
	git_commit_free(commit);
	return ret;
}

int
mirror_find_host(struct mirror *mirror, const char *agent, char **ret_host,
	struct mirror_work *ret, struct err *err)
{
	git_reference_iterator *it = NULL;
	const char *name;
	int64_t newest = INT64_MIN;
	char *any = mirror_folder("cockpit", "*", agent), *snaps = mem_printf("%ssnap", any);
	*ret = (struct mirror_work){0};
	*ret_host = NULL;
	int rc = git_reference_iterator_glob_new(&it, mirror->repo, snaps);
	while (rc == 0 && git_reference_next_name(&name, it) == 0) {
		char *refs = mem_strndup(name, strlen(name) - strlen("snap"));
		struct str rest = str_from(name + strlen("refs/cockpit/"));
		struct mirror_work work;
		mirror_read_work(mirror, refs, &work);
		int64_t at = mirror_time(mirror, work.snap);
		if (at > newest) {
			newest = at;
			*ret = work;
			mem_free(*ret_host);
			*ret_host = mirror_name(str_cut(&rest, '/'));
		}
		mem_free(refs);
	}
	git_reference_iterator_free(it);
	mem_free(snaps);
	mem_free(any);
	if (!*ret_host)
		return err_set(
			err, ERR_NOT_FOUND, "nothing of %s's work was fetched yet", agent);
	return 0;
}

char **
mirror_agents(struct mirror *mirror)
{
	git_reference_iterator *it = NULL;
	const char *name;
	size_t count = 0;
	char **ret = NULL;
	int rc = git_reference_iterator_glob_new(&it, mirror->repo, "refs/cockpit/*/*/snap");
	while (rc == 0 && git_reference_next_name(&name, it) == 0) {
		struct str rest = str_from(name + strlen("refs/cockpit/"));
		char *host = mirror_name(str_cut(&rest, '/'));
		char *agent = mirror_name(str_cut(&rest, '/'));
		ret = mem_room(ret, count, sizeof(*ret));
		ret[count++] = mem_printf("%s/%s", host, agent);
		mem_free(agent);
		mem_free(host);
	}
	git_reference_iterator_free(it);
	ret = mem_room(ret, count, sizeof(*ret));
	ret[count] = NULL;
	return ret;
}

int
mirror_find(struct mirror *mirror, const char *host, const char *agent, struct mirror_work *ret,
	struct err *err)
{
	char *found = NULL;
	if (!host) {
		int rc = mirror_find_host(mirror, agent, &found, ret, err);
		mem_free(found);
		return rc;
	}
	char *refs = mirror_folder("cockpit", host, agent);
	mirror_read_work(mirror, refs, ret);
	mem_free(refs);
	if (!ret->snap[0])
		return err_set(
			err, ERR_NOT_FOUND, "nothing of %s's work was fetched yet", agent);
	return 0;
}

/* The oldest of them, when there are too many. */
static void
keep_few(struct mirror *mirror, const char *folder)
{
	char *glob = mem_printf("%s*", folder), *oldest = NULL;
	git_reference_iterator *it = NULL;
	const char *name;
	int count = 0;
	if (git_reference_iterator_glob_new(&it, mirror->repo, glob) == 0) {
		while (git_reference_next_name(&name, it) == 0) {
			count++;
			if (!oldest || strcmp(name, oldest) < 0) {
				mem_free(oldest);
				oldest = mem_strdup(name);
			}
		}
	}
	git_reference_iterator_free(it);
	if (count > KEPT_MAX)
		git_reference_remove(mirror->repo, oldest);
	mem_free(oldest);
	mem_free(glob);
}

/* Before it is overwritten: a head from which the new one does not come. */
static bool
keep_left(struct mirror *mirror, const char *host, const char *agent, const char *old,
	const char *new)
{
	git_oid from, to;
	git_reference *ref = NULL;
	if (!old[0] || strcmp(old, new) == 0 || git_oid_fromstr(&from, old) < 0)
		return false;
	if (new[0] && git_oid_fromstr(&to, new) == 0 &&
		git_graph_descendant_of(mirror->repo, &to, &from) == 1)
		return false;
	char *refs = mirror_folder("kept", host, agent);
	char *name = mem_printf("%s%011lld-%.12s", refs, (long long)time(NULL), old);
	if (git_reference_create(&ref, mirror->repo, name, &from, 1, NULL) == 0)
		keep_few(mirror, refs);
	git_reference_free(ref);
	mem_free(name);
	mem_free(refs);
	return true;
}

/* --- fetch --- */

int
mirror_set_ref(struct mirror *mirror, const char *folder, const char *name, const git_oid *id,
	struct err *err)
{
	git_reference *ref = NULL;
	char *full = mem_printf("%s%s", folder, name);
	int rc = 0;
	if (git_reference_create(&ref, mirror->repo, full, id, 1, NULL) < 0)
		rc = repo_err(err, ERR_IO, full);
	git_reference_free(ref);
	mem_free(full);
	return rc;
}

/* The id that the far side gives a ref of this agent's; a commit that we have by now. */
static bool
offered(struct mirror *mirror, const git_remote_head **heads, size_t count, const char *name,
	git_oid *ret)
{
	for (size_t i = 0; i < count; i++) {
		git_commit *commit = NULL;
		if (strcmp(heads[i]->name, name) != 0)
			continue;
		*ret = heads[i]->oid;
		bool there = git_commit_lookup(&commit, mirror->repo, ret) == 0;
		git_commit_free(commit);
		return there;
	}
	return false;
}

void
mirror_tree(struct mirror *mirror, const char *id_text, char ret[REPO_ID_MAX])
{
	git_oid id;
	git_commit *commit = NULL;
	ret[0] = '\0';
	if (git_oid_fromstr(&id, id_text) == 0 &&
		git_commit_lookup(&commit, mirror->repo, &id) == 0)
		git_oid_tostr(ret, REPO_ID_MAX, git_commit_tree_id(commit));
	git_commit_free(commit);
}

static const char *const parts[] = {"base", "head", "snap"};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

/* The refs are ours to write, after all objects are here: old or new, and in an order in which
 * what a ref needs is there before it. */
static int
take(struct mirror *mirror, git_remote *remote, const char *host, const char *agent,
	struct mirror_fetched *ret, struct err *err)
{
	const git_remote_head **heads;
	size_t count;
	char *refs = mirror_folder("cockpit", host, agent), a[80];
	struct mirror_work before;
	int rc = 0;
	mirror_ref_name(agent, a, sizeof(a));
	mirror_read_work(mirror, refs, &before);
	if (git_remote_ls(&heads, &count, remote) < 0)
		rc = repo_err(err, ERR_PROTOCOL, "its refs");
	for (size_t i = 0; i < PARTS && rc == 0; i++) {
		git_oid id;
		char *name = mem_printf("refs/cockpit/%s/%s", a, parts[i]), hex[REPO_ID_MAX];
		if (offered(mirror, heads, count, name, &id)) {
			git_oid_tostr(hex, sizeof(hex), &id);
			if (strcmp(parts[i], "head") == 0)
				ret->backwards =
					keep_left(mirror, host, agent, before.head, hex);
			rc = mirror_set_ref(mirror, refs, parts[i], &id, err);
		} else if (strcmp(parts[i], "snap") == 0) {
			rc = err_set(err, ERR_PROTOCOL, "it did not send the snapshot");
		}
		mem_free(name);
	}
	mirror_read_work(mirror, refs, &ret->work);
	mirror_tree(mirror, ret->work.snap, ret->tree);
	mem_free(refs);
	return rc;
}

static int
fetch(git_remote *remote, struct wire *wire, const char *agent, struct mirror_fetched *ret,
	struct err *err)
{
	git_fetch_options options;
	char a[80], *specs[PARTS];
	git_strarray wanted = {specs, 0};
	git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
	options.callbacks.transport = wire_transport;
	options.callbacks.payload = wire;
	options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
	options.update_fetchhead = 0;
	options.prune = GIT_FETCH_NO_PRUNE;
	mirror_ref_name(agent, a, sizeof(a));
	if (git_remote_connect(remote, GIT_DIRECTION_FETCH, &options.callbacks, NULL, NULL) < 0)
		return repo_err(err, ERR_PROTOCOL, "its refs");
	for (size_t i = 0; i < PARTS; i++)
		specs[wanted.count++] = mem_printf("refs/cockpit/%s/%s", a, parts[i]);
	int rc = git_remote_download(remote, &wanted, &options);
	for (size_t i = 0; i < PARTS; i++)
		mem_free(specs[i]);
	if (rc < 0)
		return repo_err(err, ERR_PROTOCOL, "its objects");
	const git_indexer_progress *stats = git_remote_stats(remote);
	ret->objects = stats->received_objects;
	ret->bytes = stats->received_bytes;
	return 0;
}

int
mirror_fetch(struct mirror *mirror, const char *host, const char *agent,
	const struct repo_pipe *pipe, struct mirror_fetched *ret, struct err *err)
{
	git_remote *remote = NULL;
	git_remote_create_options how;
	struct wire wire = {.pipe = pipe};
	*ret = (struct mirror_fetched){0};
	int fd = mirror_lock(mirror, err);
	if (fd < 0)
		return fd;
	char *refs = mirror_folder("cockpit", host, agent),
	     *path = path_join(mirror->dir, refs);
	mirror_remove_locks(path);
	mirror_remove_locks(mirror->dir);
	mem_free(path);
	mem_free(refs);
	int rc = 0;
	git_remote_create_options_init(&how, GIT_REMOTE_CREATE_OPTIONS_VERSION);
	how.repository = mirror->repo;
	/* 1.5 leaks 20 KiB for each setting that it compares with "url.*.insteadof". */
	how.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF;
	if (git_remote_create_with_opts(&remote, "cockpit://host/", &how) < 0)
		rc = repo_err(err, ERR_IO, mirror->dir);
	if (rc == 0)
		rc = fetch(remote, &wire, agent, ret, err);
	if (rc == 0)
		rc = take(mirror, remote, host, agent, ret, err);
	/* What broke first says more. */
	if (rc < 0 && wire.why.code)
		rc = err_set(err, wire.why.code, "%s", wire.why.text);
	git_remote_free(remote);
	/* Without objects nothing came; what failed may have left something. */
	if (rc < 0 || ret->objects > 0)
		packs_tidy(mirror);
	close(fd);
	return rc;
}
