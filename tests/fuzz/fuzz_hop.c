/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "../../src/ssh/hop.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A list of jump hosts, taken apart to its first. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *list = mem_alloc(size + 1);
	memcpy(list, data, size);
	list[size] = '\0';
	while (list) {
		struct ssh_hop hop;
		struct err err = ERR_INIT;
		if (ssh_hop_parse(list, &hop, &err) != 0) {
			BUG_ON(err.code == 0);
			break;
		}
		/* It becomes an argument of ssh. */
		BUG_ON(hop.host[0] == '\0' || hop.host[0] == '-' || hop.port < 0 ||
			hop.port > 65535);
		BUG_ON(hop.user && hop.user[0] == '-');
		BUG_ON(hop.before && strlen(hop.before) >= strlen(list));
		char *before = hop.before ? mem_strdup(hop.before) : NULL;
		ssh_hop_release(&hop);
		mem_free(list);
		list = before;
	}
	mem_free(list);
	return 0;
}
