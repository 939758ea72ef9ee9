/* SPDX-License-Identifier: MIT */
#include <openssl/evp.h>
#include <stdint.h>

#include "../../src/ssh/privatekey.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What OpenSSH's format holds, so that it need not be hit upon in base64. */
static void
wrap(struct str bytes, struct buf *text)
{
	size_t room = (bytes.len + 2) / 3 * 4 + 1;
	unsigned char *base64 = mem_alloc(room);
	int len = EVP_EncodeBlock(base64, (const unsigned char *)bytes.ptr, (int)bytes.len);
	buf_addc(text, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
	for (int at = 0; at < len; at += 70)
		buf_printf(text, "%.*s\n", len - at < 70 ? len - at : 70, (char *)base64 + at);
	buf_addc(text, "-----END OPENSSH PRIVATE KEY-----\n");
	mem_free(base64);
}

/* The first byte: as it is or to be wrapped, with a passphrase or without. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf text = BUF_INIT, out = BUF_INIT;
	struct err err = ERR_INIT;
	EVP_PKEY *key = NULL;
	if (size == 0)
		return 0;
	struct str bytes = {(const char *)data + 1, size - 1};
	if (data[0] & 1)
		wrap(bytes, &text);
	else
		buf_add(&text, bytes);
	/* bcrypt is slow by design: with its rounds in foreign hands, no passphrase is tried.
	 */
	bool passphrase = (data[0] & 2) && str_find_str(bytes, STR("bcrypt")) < 0;
	int rc = privatekey_open(
		buf_str(&text), passphrase ? STR("words") : STR(""), &key, &err);
	BUG_ON((rc == 0) != (key != NULL) || (rc != 0) != (err.code != 0));
	if (key && privatekey_blob(key, &out)) {
		buf_clear(&out);
		(void)privatekey_sign(key, STR("text"), &out);
	}
	EVP_PKEY_free(key);
	buf_release(&out);
	buf_release(&text);
	return 0;
}
