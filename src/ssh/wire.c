/* SPDX-License-Identifier: MIT */
#include "wire.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#define KEY_TYPE_MAX 64

bool
wire_take_u32(struct str *from, uint32_t *ret)
{
	if (from->len < 4)
		return false;
	const unsigned char *p = (const unsigned char *)from->ptr;
	*ret = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	*from = str_slice(*from, 4, from->len);
	return true;
}

bool
wire_take_string(struct str *from, struct str *ret)
{
	struct str rest = *from;
	uint32_t len;
	if (!wire_take_u32(&rest, &len) || len > rest.len)
		return false;
	*ret = str_slice(rest, 0, len);
	*from = str_slice(rest, len, rest.len);
	return true;
}

void
wire_put_u32(struct buf *into, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_byte(into, (char)(value >> shift));
}

void
wire_put_string(struct buf *into, struct str s)
{
	wire_put_u32(into, (uint32_t)s.len);
	buf_add(into, s);
}

static int
sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool
wire_base64(struct buf *into, struct str text)
{
	size_t start = into->len;
	if (text.len == 0 || text.len % 4 != 0)
		return false;
	for (size_t i = 0; i < text.len; i += 4) {
		unsigned pad = 0;
		uint32_t word = 0;
		for (size_t j = i; j < i + 4; j++) {
			int bits = sextet(text.ptr[j]);
			bool may_pad = i + 4 == text.len && j >= i + 2;
			if (bits < 0 || pad > 0) {
				if (text.ptr[j] != '=' || !may_pad)
					goto fail;
				pad++;
				bits = 0;
			}
			word = word << 6 | (uint32_t)bits;
		}
		char bytes[3] = {(char)(word >> 16), (char)(word >> 8), (char)word};
		if (buf_add(into, (struct str){bytes, 3 - pad}) < 0)
			goto fail;
	}
	return true;
fail:
	buf_truncate(into, start);
	return false;
}

void
wire_fingerprint(struct str blob, char ret[WIRE_FINGERPRINT_MAX])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	SHA256((const unsigned char *)blob.ptr, blob.len, digest);
	memcpy(ret, "SHA256:", 7);
	int len = EVP_EncodeBlock((unsigned char *)ret + 7, digest, sizeof digest);
	while (len > 0 && ret[7 + len - 1] == '=')
		len--;
	ret[7 + len] = '\0';
}

struct str
wire_key_type(struct str blob)
{
	struct str type;
	if (!wire_take_string(&blob, &type) || type.len == 0 || type.len > KEY_TYPE_MAX)
		return STR("");
	for (size_t i = 0; i < type.len; i++)
		if (type.ptr[i] <= ' ' || type.ptr[i] > '~')
			return STR("");
	return type;
}
