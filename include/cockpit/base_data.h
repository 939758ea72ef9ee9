/*
 * base_data: the files under src/data/ and themes/ that are compiled in, so
 * that one program copied to a jump box works. The build generates the table.
 */
#ifndef COCKPIT_BASE_DATA_H
#define COCKPIT_BASE_DATA_H

#include "cockpit/base_str.h"

struct data_file {
	const char *name; /* "host/common.sh", "demo/agent.sh", "themes/dark.json" */
	const unsigned char *bytes;
	size_t len;
};

extern const struct data_file data_files[]; /* ends with a NULL name */

/* The file's text, or an empty str with a NULL ptr. */
struct str data_find(const char *name);

#endif
