/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdlib.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_text.h"
#include "cockpit/cmd_main.h"

int
main(int argc, char **argv)
{
	/* A host that goes away while we write to it is an error like any other. */
	signal(SIGPIPE, SIG_IGN);
	srandom((unsigned)clock_us());
	text_init();
	return cmd_main(argc, argv);
}
