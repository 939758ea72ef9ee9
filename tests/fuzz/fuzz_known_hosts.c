/* SPDX-License-Identifier: MIT */
#include <stdint.h>

#include "cockpit/ssh_known_hosts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first 32 bytes are the key that the host shows, the rest is the file. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str all = {(const char *)data, size};
	struct str key = str_slice(all, 0, 32);
	struct buf order = BUF_INIT;
	struct ssh_known_hosts *known = ssh_known_hosts_new();
	ssh_known_hosts_add_text(known, "one", str_slice(all, 32, size));
	ssh_known_hosts_add_text(known, "two", all);
	(void)ssh_known_hosts_check(known, "web", 22, key);
	(void)ssh_known_hosts_check(known, "web", 2222, key);
	ssh_known_hosts_prefer(
		known, "web", 22, STR("ssh-ed25519,ecdsa-sha2-nistp256"), &order);
	buf_release(&order);
	ssh_known_hosts_free(known);
	return 0;
}
