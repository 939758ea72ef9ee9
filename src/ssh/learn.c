/* SPDX-License-Identifier: MIT */
#include "learn.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "wire.h"

#define SHA1_BYTES 20

static void
add_base64(struct buf *into, struct str bytes)
{
	size_t size = 4 * ((bytes.len + 2) / 3) + 1;
	char *text = mem_alloc(size);
	EVP_EncodeBlock(
		(unsigned char *)text, (const unsigned char *)bytes.ptr, (int)bytes.len);
	buf_addc(into, text);
	mem_free(text);
}

/* "|1|salt|hash": see known_hosts.c. */
static int
add_hashed(struct buf *into, struct str name, struct err *err)
{
	unsigned char salt[SHA1_BYTES], hash[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	if (RAND_bytes(salt, sizeof(salt)) != 1 ||
		!HMAC(EVP_sha1(), salt, sizeof(salt), (const unsigned char *)name.ptr, name.len,
			hash, &len))
		return err_set(err, ERR_IO, "no random numbers for a hashed name");
	buf_addc(into, "|1|");
	add_base64(into, (struct str){(const char *)salt, sizeof(salt)});
	buf_byte(into, '|');
	add_base64(into, (struct str){(const char *)hash, len});
	return 0;
}

static int
make_line(struct buf *into, struct str name, bool hashed, struct str key, struct err *err)
{
	int rc = 0;
	if (hashed)
		rc = add_hashed(into, name, err);
	else
		buf_add(into, name);
	buf_byte(into, ' ');
	buf_add(into, wire_key_type(key));
	buf_byte(into, ' ');
	add_base64(into, key);
	buf_byte(into, '\n');
	return rc;
}

/* A last line that somebody left without its end must not swallow ours. */
static bool
lacks_newline(int fd, const struct stat *st)
{
	char last;
	return st->st_size > 0 && pread(fd, &last, 1, st->st_size - 1) == 1 && last != '\n';
}

static int
append(int fd, const char *path, struct str line, struct err *err)
{
	struct buf whole = BUF_INIT;
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_errno(err, "%s", path);
	if (!S_ISREG(st.st_mode))
		return S_ISCHR(st.st_mode) ? 1 /* /dev/null */
					   : err_set(err, ERR_IO, "%s is not a file", path);
	if (lacks_newline(fd, &st))
		buf_byte(&whole, '\n');
	buf_add(&whole, line);
	ssize_t n;
	do
		n = write(fd, whole.ptr, whole.len);
	while (n < 0 && errno == EINTR);
	bool good = n == (ssize_t)whole.len && fsync(fd) == 0;
	if (n >= 0 && n != (ssize_t)whole.len)
		errno = ENOSPC;
	buf_release(&whole);
	return good ? 0 : err_errno(err, "%s", path);
}

int
learn_host(const char *path, struct str name, bool hashed, struct str key, struct err *err)
{
	struct buf line = BUF_INIT;
	char *dir = path_dir(path);
	int rc = make_line(&line, name, hashed, key, err);
	if (rc == 0 && !path_is_dir(dir))
		rc = path_mkdir(dir, err);
	if (rc == 0) {
		int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0600);
		rc = fd < 0 ? err_errno(err, "%s", path)
			    : append(fd, path, buf_str(&line), err);
		if (fd >= 0)
			close(fd);
	}
	mem_free(dir);
	buf_release(&line);
	return rc;
}
