/* SPDX-License-Identifier: MIT */
/*
 * OpenSSH's own format has the public key and the name of the cipher in clear
 * in front. The older PEM forms say in their first lines what they are; the
 * public key then comes from the .pub file, if there is one.
 */
#include "keyfile.h"

#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "wire.h"

#define KEYFILE_BYTES_MAX (64u << 10)

static const struct {
	const char *label; /* of "-----BEGIN label-----" */
	const char *type;
	bool encrypted;
} pem_kinds[] = {
	{"RSA PRIVATE KEY",       "ssh-rsa", false},
	{"DSA PRIVATE KEY",       "ssh-dss", false},
	{"EC PRIVATE KEY",        "ecdsa",   false},
	{"PRIVATE KEY",           "",        false},
	{"ENCRYPTED PRIVATE KEY", "",        true },
};

bool
keyfile_type_usable(struct str type)
{
	return str_eqc(type, "ssh-ed25519") || str_eqc(type, "ecdsa") ||
	       str_eqc(type, "ecdsa-sha2-nistp256") || str_eqc(type, "ecdsa-sha2-nistp384") ||
	       str_eqc(type, "ecdsa-sha2-nistp521");
}

static void
set_type(struct keyfile *key, struct str type)
{
	if (type.len < sizeof(key->type)) {
		memcpy(key->type, type.ptr, type.len);
		key->type[type.len] = '\0';
	}
}

void
keyfile_wipe(struct buf *text)
{
	if (text->ptr)
		OPENSSL_cleanse(text->ptr, text->cap);
	buf_release(text);
}

/* "openssh-key-v1", NUL, cipher, kdf, kdf options, number of keys, public key, secrets. */
static void
read_openssh(struct keyfile *key, struct str body)
{
	struct buf text = BUF_INIT, bytes = BUF_INIT;
	struct str cipher, skipped, blob;
	uint32_t count;
	buf_fill(&text, 0, body.len);
	buf_fill(&bytes, 0, body.len);
	buf_clear(&text);
	buf_clear(&bytes);
	for (size_t i = 0; i < body.len; i++)
		if (body.ptr[i] != '\n' && body.ptr[i] != '\r')
			buf_byte(&text, body.ptr[i]);
	if (!wire_base64(&bytes, buf_str(&text)))
		goto out;
	struct str rest = buf_str(&bytes);
	if (!str_starts(rest, STR("openssh-key-v1\0")))
		goto out;
	rest = str_slice(rest, sizeof("openssh-key-v1"), rest.len);
	if (wire_take_string(&rest, &cipher) && wire_take_string(&rest, &skipped) &&
		wire_take_string(&rest, &skipped) && wire_take_u32(&rest, &count) &&
		count == 1 && wire_take_string(&rest, &blob)) {
		key->encrypted = !str_eqc(cipher, "none");
		set_type(key, wire_key_type(blob));
		buf_clear(&key->blob);
		buf_add(&key->blob, blob);
	}
out:
	/* Not only public: the clear text of an unencrypted key was in here. */
	keyfile_wipe(&bytes);
	keyfile_wipe(&text);
}

static void
read_private(struct keyfile *key, struct str text)
{
	struct str rest = str_trim(text);
	struct str first = str_trim(str_cut(&rest, '\n'));
	if (!str_starts(first, STR("-----BEGIN ")) || !str_ends(first, STR("-----")))
		return;
	struct str label = str_slice(first, 11, first.len - 5);
	if (str_eqc(label, "OPENSSH PRIVATE KEY")) {
		ptrdiff_t end = str_find_str(rest, STR("-----END "));
		if (end >= 0)
			read_openssh(key, str_slice(rest, 0, (size_t)end));
		return;
	}
	for (size_t i = 0; i < sizeof(pem_kinds) / sizeof(pem_kinds[0]); i++) {
		if (!str_eqc(label, pem_kinds[i].label))
			continue;
		key->encrypted = pem_kinds[i].encrypted ||
				 str_find_str(rest, STR("Proc-Type: 4,ENCRYPTED")) >= 0;
		if (key->type[0] == '\0')
			set_type(key, str_from(pem_kinds[i].type));
	}
}

static void
read_public(struct keyfile *key, struct str text)
{
	struct str line = str_trim(str_cut(&text, '\n'));
	str_cut(&line, ' ');
	struct str base64 = str_cut(&line, ' ');
	if (wire_base64(&key->blob, base64))
		set_type(key, wire_key_type(buf_str(&key->blob)));
}

/* Only a regular file: opening a pipe could wait for ever. */
static bool
read_regular(const char *path, struct buf *into, struct stat *st)
{
	/* At once as large as it may be: what grew would leave parts of a secret behind. */
	buf_fill(into, 0, KEYFILE_BYTES_MAX);
	buf_clear(into);
	return stat(path, st) == 0 && S_ISREG(st->st_mode) &&
	       path_read(path, KEYFILE_BYTES_MAX, into, NULL) == 0;
}

void
keyfile_probe(struct keyfile *ret, const char *path)
{
	struct buf text = BUF_INIT;
	struct stat st;
	*ret = (struct keyfile){.path = mem_strdup(path)};
	char *public = mem_printf("%s.pub", path);
	if (read_regular(public, &text, &st))
		read_public(ret, buf_str(&text));
	buf_clear(&text);
	if (read_regular(path, &text, &st)) {
		ret->exists = true;
		ret->exposed = st.st_uid == getuid() && (st.st_mode & 077) != 0;
		/* ssh takes a public key here too, to choose among an agent's keys */
		if (str_starts(buf_str(&text), STR("-----BEGIN ")))
			read_private(ret, buf_str(&text));
		else
			ret->exists = false;
		if (!ret->exists && ret->blob.len == 0)
			read_public(ret, buf_str(&text));
	}
	keyfile_wipe(&text);
	mem_free(public);
}

int
keyfile_read(const struct keyfile *key, struct buf *into, struct err *err)
{
	struct stat st;
	if (read_regular(key->path, into, &st))
		return 0;
	return err_set(err, ERR_IO, "the file cannot be read");
}

void
keyfile_release(struct keyfile *key)
{
	mem_free(key->path);
	buf_release(&key->blob);
}
