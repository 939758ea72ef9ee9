/* SPDX-License-Identifier: MIT */
/*
 * Whatever is a name for a host and for an agent is one for git too, each its own, and comes
 * back from it as it was. A line's end parts the two.
 */
#include <git2.h>
#include <stdlib.h>
#include <string.h>

#include "cockpit/base_mem.h"
#include "repo/local.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(struct str host, struct str agent)
{
	char *h = mem_strndup(host.ptr, host.len), *a = mem_strndup(agent.ptr, agent.len);
	char *folder = mirror_folder("cockpit", h, a), *name = mem_printf("%ssnap", folder);
	struct str rest = str_from(folder);
	int valid = 0;
	BUG_ON(git_reference_name_is_valid(&valid, name) < 0 || !valid);
	BUG_ON(!str_eqc(str_cut(&rest, '/'), "refs") ||
		!str_eqc(str_cut(&rest, '/'), "cockpit"));
	char *back = mirror_name(str_cut(&rest, '/'));
	BUG_ON(strcmp(back, h) != 0);
	mem_free(back);
	back = mirror_name(str_cut(&rest, '/'));
	BUG_ON(strcmp(back, a) != 0 || rest.len > 0);
	mem_free(back);
	mem_free(name);
	mem_free(folder);
	mem_free(a);
	mem_free(h);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str agent = {(const char *)data, size}, host = str_cut(&agent, '\n');
	static int ready;
	if (!ready++)
		git_libgit2_init();
	if (str_is_name(host) && str_is_name(agent))
		check(host, agent);
	return 0;
}
