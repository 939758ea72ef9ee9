/* SPDX-License-Identifier: MIT */
#include "cockpit/fleet_config.h"

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/fleet_profile.h"
#include "config.h"
#include "trusted.h"

void
config_host_release(struct config_host *host)
{
	mem_free(host->name);
	mem_free_words(host->command);
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
	mem_free_words(agent->command);
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
	mem_free(config->setup);
	mem_free(config->merge);
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

int
fleet_config_check_limit(const struct fleet_config *config)
{
	return config->check_limit ? config->check_limit : CHECK_LIMIT;
}

int
fleet_config_check_seconds(const struct fleet_config *config)
{
	return config->check_seconds ? config->check_seconds : CHECK_SECONDS;
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

int
fleet_config_read(const char *file, struct fleet_config **ret, struct err *err)
{
	struct buf text = BUF_INIT;
	char *real;
	/* Relative paths in a file that is linked to mean those beside the file itself. */
	int rc = path_real(file, &real, err);
	if (rc < 0)
		return rc;
	rc = trusted_read(real, CONFIG_FILE_MAX, &text, err);
	if (rc == 0)
		rc = fleet_config_parse(real, buf_str(&text), ret, err);
	buf_release(&text);
	mem_free(real);
	return rc;
}
