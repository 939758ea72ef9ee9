/* SPDX-License-Identifier: MIT */
/*
 * OpenSSH's format: "openssh-key-v1", NUL, cipher, kdf, the kdf's options, the
 * number of keys, the public key, then the encrypted part: twice the same random
 * number (by which a wrong passphrase is known), the type, its fields.
 */
#include "privatekey.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "bcrypt.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "keyfile.h"
#include "wire.h"

#define ROUNDS_MAX   4096 /* minutes */
#define SALT_MAX     256
#define SECRET_MAX   (64u << 10)
#define MATERIAL_MAX 64 /* key and iv */
#define ED25519_SEED 32
#define POINT_MAX    160

static const struct cipher {
	const char *name;
	const EVP_CIPHER *(*algorithm)(void);
	size_t key_len, iv_len;
} ciphers[] = {
	{"aes256-ctr", EVP_aes_256_ctr, 32, 16},
	{"aes192-ctr", EVP_aes_192_ctr, 24, 16},
	{"aes128-ctr", EVP_aes_128_ctr, 16, 16},
	{"aes256-cbc", EVP_aes_256_cbc, 32, 16},
	{"aes192-cbc", EVP_aes_192_cbc, 24, 16},
	{"aes128-cbc", EVP_aes_128_cbc, 16, 16},
};

static const struct curve {
	const char *type, *name;
	const char *group; /* OpenSSL's name for it */
	const EVP_MD *(*digest)(void);
} curves[] = {
	{"ecdsa-sha2-nistp256", "nistp256", "prime256v1", EVP_sha256},
	{"ecdsa-sha2-nistp384", "nistp384", "secp384r1",  EVP_sha384},
	{"ecdsa-sha2-nistp521", "nistp521", "secp521r1",  EVP_sha512},
};

#define CIPHER_COUNT (sizeof(ciphers) / sizeof(ciphers[0]))
#define CURVE_COUNT  (sizeof(curves) / sizeof(curves[0]))

struct container {
	struct str cipher, kdf, options, secret;
};

static bool
take_container(struct str bytes, struct container *ret)
{
	struct str blob;
	uint32_t count;
	if (!str_starts(bytes, STR("openssh-key-v1\0")))
		return false;
	bytes = str_slice(bytes, sizeof("openssh-key-v1"), bytes.len);
	return wire_take_string(&bytes, &ret->cipher) && wire_take_string(&bytes, &ret->kdf) &&
	       wire_take_string(&bytes, &ret->options) && wire_take_u32(&bytes, &count) &&
	       count == 1 && wire_take_string(&bytes, &blob) &&
	       wire_take_string(&bytes, &ret->secret) && ret->secret.len <= SECRET_MAX;
}

static EVP_PKEY *
ed25519_key(struct str fields)
{
	struct str public, secret;
	if (!wire_take_string(&fields, &public) || !wire_take_string(&fields, &secret) ||
		public.len != ED25519_SEED || secret.len != (size_t)2 * ED25519_SEED)
		return NULL;
	return EVP_PKEY_new_raw_private_key(
		EVP_PKEY_ED25519, NULL, (const unsigned char *)secret.ptr, ED25519_SEED);
}

static EVP_PKEY *
ecdsa_key(const struct curve *curve, struct str fields)
{
	struct str name, point, scalar;
	EVP_PKEY *key = NULL;
	if (!wire_take_string(&fields, &name) || !wire_take_string(&fields, &point) ||
		!wire_take_string(&fields, &scalar) || !str_eqc(name, curve->name) ||
		scalar.len > 80)
		return NULL;
	BIGNUM *number = BN_secure_new();
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM *params = NULL;
	bool good = number && build && ctx &&
		    BN_bin2bn((const unsigned char *)scalar.ptr, (int)scalar.len, number) &&
		    OSSL_PARAM_BLD_push_utf8_string(
			    build, OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0) &&
		    OSSL_PARAM_BLD_push_octet_string(
			    build, OSSL_PKEY_PARAM_PUB_KEY, point.ptr, point.len) &&
		    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number) &&
		    (params = OSSL_PARAM_BLD_to_param(build)) != NULL &&
		    EVP_PKEY_fromdata_init(ctx) == 1 &&
		    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) == 1;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_clear_free(number);
	return good ? key : NULL;
}

/* What has come of opening a file. */
struct opened {
	bool right; /* the passphrase is its own, whatever the key may be good for */
	EVP_PKEY *key;
};

static int
read_secret(struct str secret, struct opened *ret, struct err *err)
{
	uint32_t check, again;
	struct str type;
	if (!wire_take_u32(&secret, &check) || !wire_take_u32(&secret, &again) ||
		check != again || !wire_take_string(&secret, &type))
		return err_set(err, ERR_AUTH, "that is not its passphrase");
	ret->right = true;
	if (str_eqc(type, "ssh-ed25519"))
		ret->key = ed25519_key(secret);
	for (size_t i = 0; i < CURVE_COUNT; i++)
		if (str_eqc(type, curves[i].type))
			ret->key = ecdsa_key(&curves[i], secret);
	return ret->key ? 0 : err_set(err, ERR_INVALID, "the key in the file cannot be read");
}

static bool
decrypt(const struct cipher *cipher, const unsigned char *material, struct str secret,
	unsigned char *ret)
{
	int len = 0, last = 0;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	bool good = ctx &&
		    EVP_DecryptInit_ex(ctx, cipher->algorithm(), NULL, material,
			    material + cipher->key_len) == 1 &&
		    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
		    EVP_DecryptUpdate(ctx, ret, &len, (const unsigned char *)secret.ptr,
			    (int)secret.len) == 1 &&
		    EVP_DecryptFinal_ex(ctx, ret + len, &last) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return good;
}

static int
open_encrypted(
	const struct container *box, struct str passphrase, struct opened *ret, struct err *err)
{
	unsigned char material[MATERIAL_MAX];
	struct str options = box->options, salt;
	uint32_t rounds;
	const struct cipher *cipher = NULL;
	for (size_t i = 0; i < CIPHER_COUNT; i++)
		if (str_eqc(box->cipher, ciphers[i].name))
			cipher = &ciphers[i];
	if (!cipher || !str_eqc(box->kdf, "bcrypt"))
		return err_set(err, ERR_UNSUPPORTED,
			"it is encrypted in a way that cockpit cannot open (give it to "
			"ssh-agent with ssh-add)");
	if (!wire_take_string(&options, &salt) || !wire_take_u32(&options, &rounds) ||
		salt.len == 0 || salt.len > SALT_MAX || rounds == 0 || rounds > ROUNDS_MAX)
		return err_set(err, ERR_INVALID, "its head is damaged");
	unsigned char *plain = OPENSSL_secure_zalloc(box->secret.len + EVP_MAX_BLOCK_LENGTH);
	BUG_ON(plain == NULL);
	bcrypt_derive(passphrase, salt, rounds, material, cipher->key_len + cipher->iv_len);
	int rc = decrypt(cipher, material, box->secret, plain)
			 ? read_secret(
				   (struct str){(const char *)plain, box->secret.len}, ret, err)
			 : err_set(err, ERR_INVALID, "its encrypted part is damaged");
	OPENSSL_cleanse(material, sizeof(material));
	OPENSSL_secure_clear_free(plain, box->secret.len + EVP_MAX_BLOCK_LENGTH);
	return rc;
}

static int
open_openssh(struct str body, struct str passphrase, struct opened *ret, struct err *err)
{
	/* Whole at once, so that no smaller buffer with a part of it is given back unwiped. */
	struct buf text = BUF_INIT, bytes = BUF_INIT;
	struct container box;
	int rc;
	buf_fill(&text, 0, body.len);
	buf_fill(&bytes, 0, body.len);
	buf_clear(&text);
	buf_clear(&bytes);
	for (size_t i = 0; i < body.len; i++)
		if (body.ptr[i] != '\n' && body.ptr[i] != '\r')
			buf_byte(&text, body.ptr[i]);
	if (!wire_base64(&bytes, buf_str(&text)) || !take_container(buf_str(&bytes), &box))
		rc = err_set(err, ERR_INVALID, "the file cannot be read");
	else if (str_eqc(box.cipher, "none"))
		rc = read_secret(box.secret, ret, err);
	else
		rc = open_encrypted(&box, passphrase, ret, err);
	keyfile_wipe(&text);
	keyfile_wipe(&bytes);
	return rc;
}

/* Without this, OpenSSL would ask the terminal. */
static int
give_passphrase(char *ret, int size, int writing, void *ctx)
{
	const struct str *passphrase = ctx;
	(void)writing;
	if (size < 0 || passphrase->len > (size_t)size)
		return -1;
	memcpy(ret, passphrase->ptr, passphrase->len);
	return (int)passphrase->len;
}

static int
open_pem(struct str text, struct str passphrase, struct opened *ret, struct err *err)
{
	BIO *bio = BIO_new_mem_buf(text.ptr, (int)text.len);
	BUG_ON(bio == NULL);
	ret->key = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, &passphrase);
	BIO_free(bio);
	ERR_clear_error();
	ret->right = ret->key != NULL;
	if (ret->key)
		return 0;
	if (passphrase.len > 0)
		return err_set(err, ERR_AUTH, "that is not its passphrase");
	return err_set(err, ERR_INVALID, "the file cannot be read");
}

static int
open_file(struct str text, struct str passphrase, struct opened *ret, struct err *err)
{
	struct str rest = str_trim(text);
	struct str first = str_trim(str_cut(&rest, '\n'));
	if (!str_eqc(first, "-----BEGIN OPENSSH PRIVATE KEY-----"))
		return open_pem(text, passphrase, ret, err);
	ptrdiff_t end = str_find_str(rest, STR("-----END "));
	return open_openssh(
		str_slice(rest, 0, end < 0 ? 0 : (size_t)end), passphrase, ret, err);
}

int
privatekey_open(struct str text, struct str passphrase, EVP_PKEY **ret, struct err *err)
{
	struct opened opened = {0};
	int rc = open_file(text, passphrase, &opened, err);
	*ret = opened.key;
	return rc;
}

int
privatekey_check(struct str text, struct str passphrase)
{
	struct opened opened = {0};
	int rc = open_file(text, passphrase, &opened, NULL);
	EVP_PKEY_free(opened.key);
	return opened.right ? 0 : rc;
}

static const struct curve *
curve_of(EVP_PKEY *key)
{
	char group[40] = "";
	if (!EVP_PKEY_is_a(key, "EC") ||
		EVP_PKEY_get_utf8_string_param(
			key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group), NULL) != 1)
		return NULL;
	for (size_t i = 0; i < CURVE_COUNT; i++)
		if (strcmp(group, curves[i].group) == 0)
			return &curves[i];
	return NULL;
}

bool
privatekey_blob(EVP_PKEY *key, struct buf *into)
{
	unsigned char point[POINT_MAX];
	size_t len = sizeof(point);
	const struct curve *curve = curve_of(key);
	if (EVP_PKEY_is_a(key, "ED25519")) {
		if (EVP_PKEY_get_raw_public_key(key, point, &len) != 1)
			return false;
		wire_put_string(into, STR("ssh-ed25519"));
	} else {
		if (!curve ||
			EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
				point, sizeof(point), &len) != 1)
			return false;
		wire_put_string(into, str_from(curve->type));
		wire_put_string(into, str_from(curve->name));
	}
	wire_put_string(into, (struct str){(const char *)point, len});
	return true;
}

static void
put_number(struct buf *into, const BIGNUM *number)
{
	unsigned char bytes[80] = {0};
	int len = BN_num_bytes(number);
	BUG_ON(len < 0 || len >= (int)sizeof(bytes));
	BN_bn2bin(number, bytes + 1);
	/* Positive: a high bit in front would mean the contrary. */
	size_t from = len > 0 && (bytes[1] & 0x80) ? 0 : 1;
	wire_put_string(into, (struct str){(const char *)bytes + from, (size_t)len + 1 - from});
}

/* OpenSSL's form of it is DER, that of SSH two numbers. */
static bool
put_ecdsa(struct buf *into, const unsigned char *der, size_t len)
{
	ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)len);
	if (!signature)
		return false;
	put_number(into, ECDSA_SIG_get0_r(signature));
	put_number(into, ECDSA_SIG_get0_s(signature));
	ECDSA_SIG_free(signature);
	return true;
}

bool
privatekey_sign(EVP_PKEY *key, struct str data, struct buf *into)
{
	unsigned char bytes[256];
	size_t len = sizeof(bytes);
	const struct curve *curve = curve_of(key);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good =
		ctx &&
		EVP_DigestSignInit(ctx, NULL, curve ? curve->digest() : NULL, NULL, key) == 1 &&
		EVP_DigestSign(ctx, bytes, &len, (const unsigned char *)data.ptr, data.len) ==
			1;
	EVP_MD_CTX_free(ctx);
	if (!good)
		return false;
	if (curve)
		return put_ecdsa(into, bytes, len);
	buf_add(into, (struct str){(const char *)bytes, len});
	return true;
}
