/* SPDX-License-Identifier: MIT */
#include "cockpit/fleet_config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_profile.h"
#include "config.h"

void
config_host_release(struct config_host *host)
{
	mem_free(host->name);
	profile_argv_free(host->command);
	mem_free(host->ssh);
	mem_free(host->ssh_config);
	mem_free(host->repo);
	mem_free(host->socket);
}

void
config_agent_release(struct config_agent *agent)
{
	mem_free(agent->name);
	mem_free(agent->host);
	mem_free(agent->profile);
	mem_free(agent->prompt);
	profile_argv_free(agent->command);
}

void
config_release(struct fleet_config *config)
{
	for (size_t i = 0; i < config->host_count; i++)
		config_host_release(&config->hosts[i]);
	for (size_t i = 0; i < config->agent_count; i++)
		config_agent_release(&config->agents[i]);
	mem_free(config->hosts);
	mem_free(config->agents);
	mem_free(config->name);
	mem_free(config->file);
	mem_free(config->dir);
	mem_free(config->repo);
	mem_free(config->base);
	mem_free(config->check);
	mem_free(config->profile);
}

void
fleet_config_free(struct fleet_config *config)
{
	if (!config)
		return;
	config_release(config);
	mem_free(config);
}

void
config_add_local(struct fleet_config *config)
{
	config->hosts = mem_alloc_array(1, sizeof(*config->hosts));
	config->host_count = 1;
	config->hosts[0] = (struct config_host){
		.name = mem_strdup(CONFIG_LOCAL),
		.local = true,
		.repo = config->repo ? mem_strdup(config->repo) : NULL,
		.socket = mem_strdup(CONFIG_SOCKET),
		.slots = CONFIG_SLOTS_DEFAULT,
	};
}

struct fleet_config *
fleet_config_from_repo(const char *name, const char *repo)
{
	struct fleet_config *config = MEM_NEW(struct fleet_config);
	config->name = mem_strdup(name);
	config->dir = mem_strdup(repo);
	config->repo = mem_strdup(repo);
	config_add_local(config);
	return config;
}

const struct config_host *
fleet_config_host(const struct fleet_config *config, const char *name)
{
	for (size_t i = 0; i < config->host_count; i++) {
		if (strcmp(config->hosts[i].name, name) == 0)
			return &config->hosts[i];
	}
	return NULL;
}

const struct config_agent *
fleet_config_agent(const struct fleet_config *config, const char *name)
{
	for (size_t i = 0; i < config->agent_count; i++) {
		if (strcmp(config->agents[i].name, name) == 0)
			return &config->agents[i];
	}
	return NULL;
}

/* A configuration file names programs to run: whoever can write it can run them as us. */
static int
check_owner(int fd, const char *shown, struct err *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_errno(err, "%s", shown);
	if (!S_ISREG(st.st_mode))
		return err_set(
			err, ERR_CONFIG, "%s: found no regular file, expected one", shown);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return err_set(err, ERR_CONFIG,
			"%s: found a file of user %lu, expected one of yours or of root; if "
			"you "
			"trust it, copy it and use the copy",
			shown, (unsigned long)st.st_uid);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return err_set(err, ERR_CONFIG,
			"%s: found a file that others may write (mode %04o), expected one that "
			"only "
			"its owner may; run: chmod go-w '%s'",
			shown, (unsigned)(st.st_mode & 07777), shown);
	return 0;
}

static int
read_all(int fd, const char *shown, struct buf *into, struct err *err)
{
	for (;;) {
		char block[16384];
		ssize_t n = read(fd, block, sizeof(block));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, "%s", shown);
		if (n == 0)
			return 0;
		if (buf_add(into, (struct str){block, (size_t)n}) < 0)
			return err_set(err, ERR_LIMIT,
				"%s: found more than %u bytes, expected less", shown,
				CONFIG_FILE_MAX);
	}
}

int
config_read_file(const char *real, const char *shown, struct buf *into, struct err *err)
{
	/* Checked and read through one descriptor, so that nobody can swap it in between. */
	int fd = open(real, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return err_errno(err, "%s", shown);
	int rc = check_owner(fd, shown, err);
	if (rc == 0)
		rc = read_all(fd, shown, into, err);
	close(fd);
	return rc;
}

int
fleet_config_read(const char *file, struct fleet_config **ret, struct err *err)
{
	struct buf text = BUF_INIT_MAX(CONFIG_FILE_MAX);
	struct buf shown = BUF_INIT;
	char *real;
	/* Relative paths in a file that is linked to mean those beside the file itself. */
	int rc = path_real(file, &real, err);
	if (rc < 0)
		return rc;
	text_safe(&shown, str_from(real), 400);
	rc = config_read_file(real, buf_cstr(&shown), &text, err);
	if (rc == 0)
		rc = fleet_config_parse(real, buf_str(&text), ret, err);
	buf_release(&text);
	buf_release(&shown);
	mem_free(real);
	return rc;
}
