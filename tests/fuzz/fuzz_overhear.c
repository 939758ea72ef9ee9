/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "../../src/ssh/overhear.h"
#include "cockpit/base_mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PACKETS 80 /* more than are kept in mind */

/*
 * Packets, each with its length in two bytes before it, in memory of just that size, so that a
 * byte too many is seen. A length with the highest bit set gives the oldest one back instead.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct overheard *heard = overheard_new();
	struct str all = {(const char *)data, size};
	struct buf banner = BUF_INIT;
	char *packets[PACKETS];
	size_t count = 0, oldest = 0;
	while (all.len > 2 && count < PACKETS) {
		bool back = data[size - all.len] & 0x80;
		size_t len =
			(size_t)(data[size - all.len] & 0x7f) << 8 | data[size - all.len + 1];
		struct str packet = str_slice(all, 2, 2 + len);
		all = str_slice(all, 2 + len, all.len);
		if (back && oldest < count) {
			overheard_release(heard, packets[oldest]);
			mem_free(packets[oldest++]);
		}
		packets[count] = mem_alloc(packet.len ? packet.len : 1);
		memcpy(packets[count], packet.ptr, packet.len);
		overheard_alloc(heard, packets[count++], packet.len);
	}
	overheard_banner(heard, &banner);
	for (size_t i = 0; i < banner.len; i++)
		BUG_ON((unsigned char)banner.ptr[i] < ' ' && banner.ptr[i] != '\n');
	for (; oldest < count; oldest++) {
		struct str methods;
		bool partial;
		overheard_release(heard, packets[oldest]);
		mem_free(packets[oldest]);
		if (!overheard_refusal(heard, &methods, &partial))
			continue;
		for (size_t i = 0; i < methods.len; i++)
			BUG_ON(methods.ptr[i] <= ' ' || methods.ptr[i] > '~');
	}
	buf_release(&banner);
	overheard_free(heard);
	return 0;
}
