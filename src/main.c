/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_text.h"
#include "cockpit/cmd_main.h"
#include "cockpit/ssh_askpass.h"

/* "cockpit events | head": who has seen enough is told nothing. */
static bool
reader_is_gone(void)
{
	struct pollfd out = {STDOUT_FILENO, POLLOUT, 0};
	return poll(&out, 1, 0) > 0 && (out.revents & POLLERR);
}

int
main(int argc, char **argv)
{
	/* ssh, which a cockpit has started, has a question for it. */
	if (ssh_askpass_wanted())
		return ssh_askpass_main(argc, argv);
	/* A host that goes away while we write to it is an error like any other. */
	signal(SIGPIPE, SIG_IGN);
	srandom((unsigned)clock_us());
	/* A descriptor 0 to 2 that is closed would become somebody's socket. */
	int fd;
	while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd < 3)
		continue;
	close(fd);
	text_init();
	int status = cmd_main(argc, argv);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		if (!reader_is_gone())
			fputs("cockpit: standard output could not be written whole\n", stderr);
		return status ? status : 1;
	}
	return status;
}
