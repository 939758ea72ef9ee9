/* SPDX-License-Identifier: MIT */
#include "cockpit/base_data.h"

struct str
data_find(const char *name)
{
	for (const struct data_file *file = data_files; file->name; file++) {
		if (strcmp(file->name, name) == 0)
			return (struct str){(const char *)file->bytes, file->len};
	}
	return (struct str){NULL, 0};
}
