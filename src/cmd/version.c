/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd.h"
#include "version.h"

static int
run(const struct cmd_call *call)
{
	(void)call;
	printf("cockpit %s\n", COCKPIT_VERSION);
	return 0;
}

const struct cmd cmd_version = {
	.name = "version",
	.args = "",
	.summary = "print the version",
	.help = "Prints the version of this program.",
	.run = run,
};
