/*
 * io_command: a host behind a program that gives a byte stream to a command
 * there: podman, docker, kubectl, lxc, nsenter, sudo, ssh, … One process of it
 * a stream.
 *
 * ready() comes once a first, cheap command has run there; a box that does not
 * run closes the link with the program's own words.
 */
#ifndef COCKPIT_IO_COMMAND_H
#define COCKPIT_IO_COMMAND_H

#include "cockpit/io_link.h"

/* Stands in a word for the whole command as one text for a shell, for programs that join words
 * and let a far shell read them. Without it, the command's words follow as words. */
#define COMMAND_PLACEHOLDER "{command}"

/*
 * words end with NULL and are copied; the first is the program. hello: a literal that is
 * printed there in front of all other output (by what the words say), if the program can fail
 * for want of room: what ends without it is started again. NULL: nothing is.
 */
struct link *link_command_new(struct loop *loop, const char *const words[], const char *hello,
	const struct link_ops *ops, void *ctx);
/* The way there is lost: every stream gets closed() with why, from here, and none can be opened
 * any more. From the loop alone; the link may not be freed inside. */
void link_command_end(struct link *link, const struct err *why);

#endif
