/* SPDX-License-Identifier: MIT */
/*
 * libssh2 puts every packet into memory of its own, from its type on: a refusal
 * is seen when that memory is given back, a banner lies there until the end of
 * the session. What does not look like one, to the last byte that must be there,
 * is not taken for one; and if a later libssh2 did otherwise, nothing would be
 * heard.
 */
#include "overhear.h"

#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "wire.h"

#define PIECES_MAX   64
#define PACKET_MIN   6
#define PACKET_MAX   35000 /* what libssh2 takes */
#define METHODS_MAX  256
#define BANNER_BYTES 2000
#define BANNER_LINES 12
#define BANNER_COLS  200

enum { PACKET_FAILURE = 51, PACKET_BANNER = 53 };

struct piece {
	const char *ptr;
	size_t size;
};

struct overheard {
	struct piece pieces[PIECES_MAX];
	size_t count;
	bool refused, partial;
	char methods[METHODS_MAX];
	size_t methods_len;
};

struct overheard *
overheard_new(void)
{
	return MEM_NEW(struct overheard);
}

void
overheard_free(struct overheard *heard)
{
	mem_free(heard);
}

void
overheard_alloc(struct overheard *heard, void *ptr, size_t size)
{
	if (size >= PACKET_MIN && size <= PACKET_MAX && heard->count < PIECES_MAX)
		heard->pieces[heard->count++] = (struct piece){ptr, size};
}

static bool
is_list(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] > '~')
			return false;
	return s.len < METHODS_MAX;
}

static void
take_refusal(struct overheard *heard, struct str packet)
{
	struct str methods;
	if (packet.ptr[0] != PACKET_FAILURE)
		return;
	packet = str_slice(packet, 1, packet.len);
	if (!wire_take_string(&packet, &methods) || packet.len == 0 || !is_list(methods) ||
		(unsigned char)packet.ptr[0] > 1)
		return;
	heard->refused = true;
	heard->partial = packet.ptr[0] == 1;
	heard->methods_len = methods.len;
	memcpy(heard->methods, methods.ptr, methods.len);
}

void
overheard_release(struct overheard *heard, void *ptr)
{
	for (size_t i = 0; i < heard->count; i++) {
		if (heard->pieces[i].ptr != ptr)
			continue;
		take_refusal(heard, (struct str){ptr, heard->pieces[i].size});
		heard->pieces[i] = heard->pieces[--heard->count];
		return;
	}
}

/* Lines stay lines; all else that a terminal would act on is made visible. */
static void
add_lines(struct buf *into, struct str text)
{
	text = str_slice(text, 0, BANNER_BYTES);
	for (int i = 0; i < BANNER_LINES && text.len > 0; i++) {
		struct str line = str_cut(&text, '\n');
		if (line.len > 0 && line.ptr[line.len - 1] == '\r')
			line.len--;
		if (into->len > 0)
			buf_byte(into, '\n');
		text_safe(into, line, BANNER_COLS);
	}
}

void
overheard_banner(struct overheard *heard, struct buf *into)
{
	for (size_t i = 0; i < heard->count; i++) {
		struct str packet = {heard->pieces[i].ptr, heard->pieces[i].size};
		struct str text, language;
		if (packet.ptr[0] != PACKET_BANNER)
			continue;
		packet = str_slice(packet, 1, packet.len);
		if (wire_take_string(&packet, &text) && wire_take_string(&packet, &language)) {
			add_lines(into, text);
			return;
		}
	}
}

bool
overheard_refusal(struct overheard *heard, struct str *ret_methods, bool *ret_partial)
{
	if (!heard->refused)
		return false;
	heard->refused = false;
	*ret_methods = (struct str){heard->methods, heard->methods_len};
	*ret_partial = heard->partial;
	return true;
}
