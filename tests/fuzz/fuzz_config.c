/* SPDX-License-Identifier: MIT */
/*
 * The fleet file: any bytes either make a whole fleet or one error with its
 * place, and JSON written from what was read is JSON again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cockpit/base_err.h"
#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_config.h"

#define FILE_NAME "/no/fleet/cockpit.json"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_error(int rc, const struct err *err)
{
	BUG_ON(rc != ERR_CONFIG && rc != ERR_LIMIT);
	BUG_ON(err->code != rc);
	/* The scanner is as strict as jansson, so that jansson never has to say it in its
	 * words. */
	BUG_ON(str_ends(str_from(err->text), STR(", expected JSON")));
	BUG_ON(strncmp(err->text, FILE_NAME ":", strlen(FILE_NAME ":")) != 0);
	struct str text = str_from(err->text);
	while (text.len > 0) {
		uint32_t cp = text_next(&text);
		BUG_ON(cp < 0x20 || (cp >= 0x7f && cp < 0xa0));
	}
}

static void
check_fleet(const struct fleet_config *config)
{
	BUG_ON(!str_is_name(str_from(config->name)));
	BUG_ON(config->host_count == 0 || config->host_count > CONFIG_HOSTS_MAX);
	BUG_ON(config->repo && config->repo[0] != '/');
	for (size_t i = 0; i < config->host_count; i++) {
		const struct config_host *host = &config->hosts[i];
		BUG_ON(fleet_config_host(config, host->name) != host);
		BUG_ON(host->local != (host->ssh == NULL));
		BUG_ON(host->ssh && host->ssh[0] == '-');
		BUG_ON(!host->socket || host->slots < 1 || host->slots > 64);
		BUG_ON(strchr(host->socket, '/') && host->socket[0] != '/');
		BUG_ON(host->ssh_config && host->ssh_config[0] != '/');
	}
	for (size_t i = 0; i < config->agent_count; i++) {
		const struct config_agent *agent = &config->agents[i];
		BUG_ON(fleet_config_agent(config, agent->name) != agent);
		BUG_ON(!fleet_config_host(config, agent->host));
		BUG_ON(agent->profile && agent->command);
		BUG_ON(agent->command && !agent->command[0]);
	}
}

static void
check_writer(struct str bytes)
{
	struct buf b = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&b, false);
	struct json_doc *doc;
	struct err err = ERR_INIT;
	json_write_array(&w, NULL);
	json_write_str(&w, NULL, bytes);
	json_write_close(&w);
	BUG_ON(json_writer_end(&w) < 0);
	/* Only a NUL is written that is not read. */
	int rc = json_doc_parse(FILE_NAME, buf_str(&b), &doc, &err);
	if (rc == 0)
		json_doc_free(doc);
	else
		BUG_ON(rc != ERR_LIMIT && str_find(bytes, '\0') < 0);
	buf_release(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	if (!ready) {
		text_init();
		setenv("HOME", "/home/u", 1);
		setenv("PATH", "/nonexistent", 1);
		ready = true;
	}
	struct str text = {(const char *)data, size};
	struct fleet_config *config = NULL;
	struct err err = ERR_INIT;
	int rc = fleet_config_parse(FILE_NAME, text, &config, &err);
	if (rc < 0)
		check_error(rc, &err);
	else
		check_fleet(config);
	BUG_ON((rc < 0) != (config == NULL));
	fleet_config_free(config);
	check_writer(text);
	return 0;
}
