/* SPDX-License-Identifier: MIT */
#include <stdint.h>

#include "cockpit/base_mem.h"
#include "cockpit/fleet_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken for a request is whole, and its copy is the same. An escaped text has no byte
 * that tmux or a shell has a use for. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size};
	struct request request = {0}, copy;
	struct buf escaped = BUF_INIT;
	if (request_parse(text, 1000, &request)) {
		BUG_ON(request.number == 0 || request.number > REQUEST_NUMBER_MAX);
		BUG_ON(request.count == 0 || request.count > REQUEST_WORDS_MAX);
		BUG_ON(request.wait_s < 0 || request.wait_s > REQUEST_WAIT_MAX);
		request_copy(&copy, &request);
		for (size_t i = 0; i < request.count; i++)
			BUG_ON(strcmp(copy.words[i], request.words[i]) != 0);
		request_release(&copy);
		request_release(&request);
	}
	request_escape(&escaped, text);
	for (size_t i = 0; i < escaped.len; i++)
		BUG_ON(strchr("\\\"'$#;{}~`\n\t", escaped.ptr[i]) != NULL);
	buf_release(&escaped);
	return 0;
}
