/* SPDX-License-Identifier: MIT */
/*
 * A fleet's name is also the name of its tmux session on every host, so two
 * repos of one name must not share it: each fleet's state folder holds a file
 * "origin" with the path that the name stands for. A repo that finds its name
 * taken by another one, which still exists, gets a number behind it.
 */
#include "cockpit/fleet_locate.h"

#include <dirent.h>
#include <limits.h>
#include <unistd.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_config.h"

int
fleet_state_dir(const char *name, char **ret, struct err *err)
{
	char *state = path_state_dir();
	char *dir = path_join(state, name);
	mem_free(state);
	int rc = path_mkdir(dir, err);
	if (rc < 0)
		mem_free(dir);
	else
		*ret = dir;
	return rc;
}

/* What is kept of a fleet, each a file with one path in it: the place that its name stands for,
 * and the file that a person has named. */
#define NOTE_ORIGIN "origin"
#define NOTE_NAMED  "named"

/* NULL if there is none. */
static char *
read_note(const char *name, const char *which)
{
	char *state = path_state_dir();
	char *file = mem_printf("%s/%s/%s", state, name, which);
	struct buf text = BUF_INIT;
	char *ret = NULL;
	if (path_read(file, PATH_MAX, &text, NULL) == 0) {
		struct str path = str_trim(buf_str(&text));
		if (path.len > 0 && path.ptr[0] == '/')
			ret = mem_strndup(path.ptr, path.len);
	}
	buf_release(&text);
	mem_free(file);
	mem_free(state);
	return ret;
}

static char *
origin_of(const char *name)
{
	return read_note(name, NOTE_ORIGIN);
}

/* Whatever fails: without the notes only "attach NAME" is lost, and trust. */
static void
write_note(const char *name, const char *which, const char *path)
{
	char *old = read_note(name, which), *dir;
	bool same = old && strcmp(old, path) == 0;
	mem_free(old);
	if (same || fleet_state_dir(name, &dir, NULL) < 0)
		return;
	char *file = path_join(dir, which);
	char *line = mem_printf("%s\n", path);
	(void)path_write(file, str_from(line), 0600, NULL);
	mem_free(line);
	mem_free(file);
	mem_free(dir);
}

static void
note_file(const char *name, const char *file, bool found)
{
	write_note(name, NOTE_ORIGIN, file);
	if (!found)
		write_note(name, NOTE_NAMED, file);
}

/* A name stands for one session on every host, so for one file. A repo that got its file
 * later, and a file that is not there any more, make way. */
static int
check_name(const char *name, const char *file, struct err *err)
{
	char *origin = origin_of(name), *dir = path_dir(file);
	int rc = 0;
	if (origin && strcmp(origin, file) != 0 && strcmp(origin, dir) != 0 &&
		path_exists(origin))
		rc = err_set(err, ERR_CONFIG,
			"%s: fleet %s is already the one of %s: give this one another "
			"\"name\", or end "
			"that one and remove its file",
			file, name, origin);
	mem_free(origin);
	mem_free(dir);
	return rc;
}

/*
 * A file that merely lay in a repo, which somebody may have cloned a minute ago, must not
 * run anything by being looked at; an ssh configuration can ("Match exec"), and a transport is
 * nothing else. Named once, it is known; being found is not enough, it could have been harmless
 * then.
 */
static int
check_found(const struct fleet_config *config, const char *file, struct err *err)
{
	char *named = read_note(config->name, NOTE_NAMED);
	bool known = named && strcmp(named, file) == 0;
	mem_free(named);
	for (size_t i = 0; i < config->host_count && !known; i++) {
		const struct config_host *host = &config->hosts[i];
		if (host->ssh_config || host->command)
			return err_set(err, ERR_CONFIG,
				"%s: host %s brings %s of its own, which can run commands: if "
				"you trust it, say so once by naming the file: \"cockpit "
				"attach %s\"",
				file, host->name,
				host->command ? "a \"transport\"" : "an ssh configuration",
				file);
	}
	return 0;
}

static int
from_file(const char *file, bool found, struct fleet_config **ret, struct err *err)
{
	struct fleet_config *config;
	char *real;
	int rc = path_real(file, &real, err);
	if (rc < 0)
		return rc;
	rc = fleet_config_read(real, &config, err);
	if (rc == 0) {
		rc = check_name(config->name, real, err);
		if (rc == 0 && found)
			rc = check_found(config, real, err);
		if (rc < 0) {
			fleet_config_free(config);
		} else {
			note_file(config->name, real, found);
			*ret = config;
		}
	}
	mem_free(real);
	return rc;
}

/* The folder's name, with what no fleet may be called replaced. */
static char *
name_after(const char *repo)
{
	struct buf name = BUF_INIT_MAX(48);
	for (const char *p = path_base(repo); *p; p++) {
		char one[] = {*p, '\0'};
		bool ok = str_is_name(str_from(one)) || (name.len > 0 && strchr(".-", *p));
		if (buf_byte(&name, ok ? *p : '_') < 0)
			break;
	}
	if (name.len == 0)
		buf_addc(&name, "repo");
	return buf_steal(&name);
}

static int
from_repo(const char *repo, struct fleet_config **ret)
{
	char *base = name_after(repo), *name = mem_strdup(base);
	for (int i = 2; i < 1000; i++) {
		char *origin = origin_of(name);
		bool free_name = !origin || strcmp(origin, repo) == 0 || !path_exists(origin);
		mem_free(origin);
		if (free_name)
			break;
		mem_free(name);
		name = mem_printf("%s-%d", base, i);
	}
	write_note(name, NOTE_ORIGIN, repo);
	*ret = fleet_config_from_repo(name, repo);
	mem_free(name);
	mem_free(base);
	return 0;
}

static int
unknown(const char *name, struct err *err)
{
	char safe[80];
	struct buf known = BUF_INIT;
	char *state = path_state_dir();
	DIR *dir = opendir(state);
	const struct dirent *entry;
	while (dir && (entry = readdir(dir)) != NULL && known.len < 400) {
		char *origin =
			str_is_name(str_from(entry->d_name)) ? origin_of(entry->d_name) : NULL;
		if (origin)
			buf_printf(&known, "%s%s", known.len ? ", " : "", entry->d_name);
		mem_free(origin);
	}
	if (dir)
		closedir(dir);
	mem_free(state);
	err_set(err, ERR_NOT_FOUND, "there is no fleet %s%s%s",
		text_safe_tmp(safe, sizeof(safe), str_from(name)),
		known.len ? "; known here: " : "", buf_cstr(&known));
	buf_release(&known);
	return ERR_NOT_FOUND;
}

static int
from_name(const char *name, struct fleet_config **ret, struct err *err)
{
	if (!str_is_name(str_from(name)))
		return unknown(name, err);
	char *config = path_config_dir();
	char *file = mem_printf("%s/fleets/%s.json", config, name);
	char *origin = origin_of(name);
	int rc;
	if (path_exists(file))
		rc = from_file(file, false, ret, err);
	else if (!origin)
		rc = unknown(name, err);
	else if (path_is_dir(origin))
		rc = from_repo(origin, ret);
	else if (path_exists(origin))
		rc = from_file(origin, true, ret, err); /* the fleet was named, not the file */
	else
		rc = err_set(
			err, ERR_NOT_FOUND, "fleet %s was at %s, which is gone", name, origin);
	mem_free(config);
	mem_free(file);
	mem_free(origin);
	return rc;
}

/* The nearest cockpit.json, not above the repo; else the repo. */
static int
from_here(struct fleet_config **ret, struct err *err)
{
	char here[PATH_MAX];
	if (!getcwd(here, sizeof(here)))
		return err_errno(err, "this folder");
	char *dir = mem_strdup(here);
	int rc = 1;
	while (rc > 0) {
		char *file = path_join(dir, "cockpit.json");
		char *git = path_join(dir, ".git");
		char *up = path_dir(dir);
		if (path_exists(file))
			rc = from_file(file, true, ret, err);
		else if (path_exists(git))
			rc = from_repo(dir, ret);
		else if (strcmp(up, dir) == 0)
			rc = err_set(err, ERR_NOT_FOUND,
				"this is no git repo and has no cockpit.json: go to a repo (or "
				"\"git "
				"init\" one), name a fleet, or try \"cockpit demo\"");
		mem_free(file);
		mem_free(git);
		mem_free(dir);
		dir = up;
	}
	mem_free(dir);
	return rc;
}

int
fleet_locate(const char *which, struct fleet_config **ret, struct err *err)
{
	if (!which)
		return from_here(ret, err);
	if (strchr(which, '/') || str_ends(str_from(which), STR(".json")))
		return from_file(which, false, ret, err);
	return from_name(which, ret, err);
}
