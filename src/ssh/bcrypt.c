/* SPDX-License-Identifier: MIT */
/*
 * Blowfish starts from the first 8336 hexadecimal digits of the fraction of pi.
 * To compute them takes less text than to write them down, and a few
 * thousandths of the time that a single passphrase takes.
 */
#include "bcrypt.h"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <pthread.h>

#include "cockpit/base_mem.h"

#define P_WORDS    18
#define S_WORDS    256
#define WORDS      (P_WORDS + 4 * S_WORDS)
#define GUARD_BITS 64
#define HASH_BYTES 32
#define HASH_WORDS (HASH_BYTES / 4)
#define SALT_MAX   1024

struct blowfish {
	uint32_t p[P_WORDS];
	uint32_t s[4][S_WORDS];
};

static struct blowfish initial;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* sum += sign * factor * arctan(1/x), by its series, with one as the unit. */
static void
add_arctan(BIGNUM *sum, const BIGNUM *one, BN_ULONG factor, BN_ULONG x, bool plus)
{
	BIGNUM *power = BN_dup(one), *term = BN_new();
	BN_mul_word(power, factor);
	BN_div_word(power, x);
	for (BN_ULONG k = 1; !BN_is_zero(power); k += 2, plus = !plus) {
		BN_copy(term, power);
		BN_div_word(term, k);
		if (plus)
			BN_add(sum, sum, term);
		else
			BN_sub(sum, sum, term);
		BN_div_word(power, x * x);
	}
	BN_free(power);
	BN_free(term);
}

/* Machin: pi = 16 arctan(1/5) - 4 arctan(1/239). */
static void
compute_initial(void)
{
	unsigned char bytes[WORDS * 4];
	uint32_t words[WORDS];
	BIGNUM *one = BN_new(), *pi = BN_new();
	BN_set_bit(one, WORDS * 32 + GUARD_BITS);
	BN_zero(pi);
	add_arctan(pi, one, 16, 5, true);
	add_arctan(pi, one, 4, 239, false);
	BN_mask_bits(pi, WORDS * 32 + GUARD_BITS); /* the fraction */
	BN_rshift(pi, pi, GUARD_BITS);
	BUG_ON(BN_bn2binpad(pi, bytes, sizeof(bytes)) < 0);
	for (size_t i = 0; i < WORDS; i++)
		words[i] = (uint32_t)bytes[4 * i] << 24 | (uint32_t)bytes[4 * i + 1] << 16 |
			   (uint32_t)bytes[4 * i + 2] << 8 | bytes[4 * i + 3];
	memcpy(initial.p, words, sizeof(initial.p));
	memcpy(initial.s, words + P_WORDS, sizeof(initial.s));
	BN_free(one);
	BN_free(pi);
}

static void
encrypt(const struct blowfish *b, uint32_t block[2])
{
	uint32_t l = block[0], r = block[1];
	for (size_t i = 0; i < 16; i++) {
		l ^= b->p[i];
		r ^= ((b->s[0][l >> 24] + b->s[1][l >> 16 & 255]) ^ b->s[2][l >> 8 & 255]) +
		     b->s[3][l & 255];
		uint32_t swap = l;
		l = r;
		r = swap;
	}
	block[0] = r ^ b->p[17];
	block[1] = l ^ b->p[16];
}

/* The next word of bytes that go round and round. */
static uint32_t
next_word(const unsigned char bytes[SHA512_DIGEST_LENGTH], size_t *at)
{
	uint32_t word = 0;
	for (int i = 0; i < 4; i++) {
		word = word << 8 | bytes[*at];
		*at = (*at + 1) % SHA512_DIGEST_LENGTH;
	}
	return word;
}

/* salt: NULL for none. */
static void
expand(struct blowfish *b, const unsigned char *salt, const unsigned char *key)
{
	size_t at = 0;
	uint32_t block[2] = {0, 0};
	for (size_t i = 0; i < P_WORDS; i++)
		b->p[i] ^= next_word(key, &at);
	at = 0;
	for (size_t i = 0; i < WORDS; i += 2) {
		for (size_t j = 0; salt && j < 2; j++)
			block[j] ^= next_word(salt, &at);
		encrypt(b, block);
		uint32_t *to =
			i < P_WORDS ? &b->p[i]
				    : &b->s[(i - P_WORDS) / S_WORDS][(i - P_WORDS) % S_WORDS];
		to[0] = block[0];
		to[1] = block[1];
	}
}

static void
hash(struct blowfish *b, const unsigned char *pass, const unsigned char *salt,
	unsigned char ret[HASH_BYTES])
{
	static const unsigned char text[] = "OxychromaticBlowfishSwatDynamite";
	uint32_t words[HASH_WORDS];
	*b = initial;
	expand(b, salt, pass);
	for (int i = 0; i < 64; i++) {
		expand(b, NULL, salt);
		expand(b, NULL, pass);
	}
	for (size_t i = 0; i < HASH_WORDS; i++)
		words[i] = (uint32_t)text[4 * i] << 24 | (uint32_t)text[4 * i + 1] << 16 |
			   (uint32_t)text[4 * i + 2] << 8 | text[4 * i + 3];
	for (int i = 0; i < 64; i++)
		for (size_t j = 0; j < HASH_WORDS; j += 2)
			encrypt(b, words + j);
	for (size_t i = 0; i < HASH_BYTES; i++)
		ret[i] = (unsigned char)(words[i / 4] >> 8 * (i % 4));
	OPENSSL_cleanse(words, sizeof(words));
}

/* What one block of the result takes; heavy, so on the heap, and wiped as a whole. */
struct work {
	struct blowfish blowfish;
	unsigned char pass[SHA512_DIGEST_LENGTH], salt[SHA512_DIGEST_LENGTH];
	unsigned char counted[SALT_MAX + 4];
	unsigned char last[HASH_BYTES], sum[HASH_BYTES];
};

static void
one_block(struct work *w, struct str salt, unsigned block, unsigned rounds)
{
	memcpy(w->counted, salt.ptr, salt.len);
	for (int i = 0; i < 4; i++)
		w->counted[salt.len + (size_t)i] = (unsigned char)(block >> (24 - 8 * i));
	SHA512(w->counted, salt.len + 4, w->salt);
	hash(&w->blowfish, w->pass, w->salt, w->last);
	memcpy(w->sum, w->last, HASH_BYTES);
	for (unsigned round = 1; round < rounds; round++) {
		SHA512(w->last, HASH_BYTES, w->salt);
		hash(&w->blowfish, w->pass, w->salt, w->last);
		for (size_t i = 0; i < HASH_BYTES; i++)
			w->sum[i] ^= w->last[i];
	}
}

void
bcrypt_derive(struct str pass, struct str salt, unsigned rounds, unsigned char *ret, size_t len)
{
	BUG_ON(len == 0 || len > 1024 || salt.len > SALT_MAX);
	BUG_ON(pthread_once(&once, compute_initial) != 0);
	struct work *w = MEM_NEW(struct work);
	SHA512((const unsigned char *)pass.ptr, pass.len, w->pass);
	/* The bytes of a block are spread over the whole result. */
	size_t stride = (len + HASH_BYTES - 1) / HASH_BYTES;
	for (size_t block = 0; block < stride; block++) {
		one_block(w, salt, (unsigned)block + 1, rounds);
		for (size_t i = 0; i < HASH_BYTES && i * stride + block < len; i++)
			ret[i * stride + block] = w->sum[i];
	}
	OPENSSL_cleanse(w, sizeof(*w));
	mem_free(w);
}
