/* SPDX-License-Identifier: MIT */
#include <stdint.h>

#include "cockpit/ssh_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ssh_config *config = NULL;
	if (ssh_config_parse("web", (struct str){(const char *)data, size}, &config, NULL) == 0)
		ssh_config_free(config);
	return 0;
}
