/* SPDX-License-Identifier: MIT */
/*
 * The files are kept as text and read anew for each question: a link asks twice
 * in its life. A line that cannot be read is passed over, as ssh does; it can
 * then neither accept nor refuse a key, so damage makes a host unknown and
 * never trusted.
 */
#include "cockpit/ssh_known_hosts.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "wire.h"

#define FILE_BYTES_MAX (8u << 20)
#define LINE_BYTES_MAX (16u << 10)
#define SHA1_BYTES     20

enum marker { MARKER_NONE, MARKER_REVOKED, MARKER_AUTHORITY, MARKER_UNKNOWN };

/* Slices of the file's text. */
struct entry {
	enum marker marker;
	struct str hosts;
	struct str type;
	struct str key; /* base64 */
};

struct file {
	char *label;
	struct buf text;
};

struct ssh_known_hosts {
	struct file *files;
	size_t count;
	struct file revoked; /* without a label: there is none */
};

struct ssh_known_hosts *
ssh_known_hosts_new(void)
{
	return MEM_NEW(struct ssh_known_hosts);
}

void
ssh_known_hosts_free(struct ssh_known_hosts *known)
{
	if (!known)
		return;
	for (size_t i = 0; i < known->count; i++) {
		mem_free(known->files[i].label);
		buf_release(&known->files[i].text);
	}
	mem_free(known->files);
	mem_free(known->revoked.label);
	buf_release(&known->revoked.text);
	mem_free(known);
}

static struct file *
add_file(struct ssh_known_hosts *known, const char *label)
{
	known->files = mem_grow(known->files, known->count + 1, sizeof(struct file));
	struct file *file = &known->files[known->count++];
	*file = (struct file){mem_strdup(label), BUF_INIT};
	return file;
}

void
ssh_known_hosts_add_text(struct ssh_known_hosts *known, const char *label, struct str text)
{
	buf_add(&add_file(known, label)->text, text);
}

int
ssh_known_hosts_add_file(struct ssh_known_hosts *known, const char *path, struct err *err)
{
	struct file *file = add_file(known, path);
	struct err why = ERR_INIT;
	int rc = path_read(path, FILE_BYTES_MAX, &file->text, &why);
	if (rc == 0 || rc == ERR_NOT_FOUND)
		return 0;
	if (err)
		*err = why;
	return rc;
}

int
ssh_known_hosts_add_revoked(struct ssh_known_hosts *known, const char *path, struct err *err)
{
	char *expanded = path_expand(path);
	int rc = path_read(expanded, FILE_BYTES_MAX, &known->revoked.text, err);
	if (rc < 0)
		err_prefix(err, "RevokedHostKeys");
	else if (str_starts(buf_str(&known->revoked.text), STR("SSHKRL\n\0")))
		rc = err_set(err, ERR_UNSUPPORTED,
			"RevokedHostKeys: %s is a binary list (KRL), which cockpit cannot read",
			path);
	mem_free(known->revoked.label);
	known->revoked.label = expanded;
	return rc;
}

static struct str
take_word(struct str *line)
{
	size_t from = 0, to;
	while (from < line->len && (line->ptr[from] == ' ' || line->ptr[from] == '\t'))
		from++;
	for (to = from; to < line->len && line->ptr[to] != ' ' && line->ptr[to] != '\t';)
		to++;
	struct str word = str_slice(*line, from, to);
	*line = str_slice(*line, to, line->len);
	return word;
}

static enum marker
marker_of(struct str word)
{
	if (str_eqc(word, "@revoked"))
		return MARKER_REVOKED;
	if (str_eqc(word, "@cert-authority"))
		return MARKER_AUTHORITY;
	return MARKER_UNKNOWN;
}

static bool
read_entry(struct str line, struct entry *ret)
{
	if (line.len > LINE_BYTES_MAX)
		return false;
	line = str_trim(line);
	if (line.len == 0 || line.ptr[0] == '#')
		return false;
	*ret = (struct entry){.marker = MARKER_NONE, .hosts = take_word(&line)};
	if (ret->hosts.ptr[0] == '@') {
		ret->marker = marker_of(ret->hosts);
		ret->hosts = take_word(&line);
	}
	ret->type = take_word(&line);
	ret->key = take_word(&line);
	return ret->key.len > 0 && ret->marker != MARKER_UNKNOWN;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* "*" and "?" as in a shell, without backtracking into more than the last star. */
static bool
glob(struct str pattern, struct str host)
{
	size_t p = 0, h = 0, star = SIZE_MAX, mark = 0;
	while (h < host.len) {
		if (p < pattern.len && pattern.ptr[p] == '*') {
			star = p++;
			mark = h;
		} else if (p < pattern.len &&
			   (pattern.ptr[p] == '?' || lower(pattern.ptr[p]) == host.ptr[h])) {
			p++;
			h++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			h = ++mark;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.ptr[p] == '*')
		p++;
	return p == pattern.len;
}

/* "|1|salt|hash": the hash is HMAC-SHA1 of the host's name with the salt as key. */
static bool
hashed_match(struct str hosts, struct str host)
{
	struct buf salt = BUF_INIT, want = BUF_INIT;
	unsigned char got[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	struct str rest = str_slice(hosts, 3, hosts.len);
	struct str salt_text = str_cut(&rest, '|');
	bool same = wire_base64(&salt, salt_text) && wire_base64(&want, rest) &&
		    salt.len == SHA1_BYTES && want.len == SHA1_BYTES &&
		    HMAC(EVP_sha1(), salt.ptr, (int)salt.len, (const unsigned char *)host.ptr,
			    host.len, got, &len) &&
		    len == SHA1_BYTES && memcmp(got, want.ptr, SHA1_BYTES) == 0;
	buf_release(&salt);
	buf_release(&want);
	return same;
}

static bool
hosts_match(struct str hosts, struct str host)
{
	bool found = false;
	if (hosts.ptr[0] == '|')
		return str_starts(hosts, STR("|1|")) && hashed_match(hosts, host);
	while (hosts.len > 0) {
		struct str pattern = str_cut(&hosts, ',');
		bool negated = pattern.len > 0 && pattern.ptr[0] == '!';
		if (negated)
			pattern = str_slice(pattern, 1, pattern.len);
		if (pattern.len == 0 || !glob(pattern, host))
			continue;
		if (negated)
			return false;
		found = true;
	}
	return found;
}

/* Goes over the lines that are about a host. */
struct walk {
	const struct ssh_known_hosts *known;
	struct str host;
	size_t file;
	struct str rest;
	unsigned line;
};

static struct walk
walk_start(const struct ssh_known_hosts *known, struct str host)
{
	struct walk walk = {.known = known, .host = host};
	if (known->count > 0)
		walk.rest = buf_str(&known->files[0].text);
	return walk;
}

static bool
walk_next(struct walk *walk, struct entry *ret)
{
	while (walk->file < walk->known->count) {
		if (walk->rest.len == 0) {
			if (++walk->file < walk->known->count)
				walk->rest = buf_str(&walk->known->files[walk->file].text);
			walk->line = 0;
			continue;
		}
		walk->line++;
		if (read_entry(str_cut(&walk->rest, '\n'), ret) &&
			hosts_match(ret->hosts, walk->host))
			return true;
	}
	return false;
}

struct str
ssh_known_hosts_name(const char *host, int port, char ret[SSH_KNOWN_HOSTS_NAME_MAX])
{
	int len = port == 22
			  ? snprintf(ret, SSH_KNOWN_HOSTS_NAME_MAX, "%.255s", host)
			  : snprintf(ret, SSH_KNOWN_HOSTS_NAME_MAX, "[%.255s]:%d", host, port);
	for (int i = 0; i < len; i++)
		ret[i] = lower(ret[i]);
	return (struct str){ret, (size_t)len};
}

static struct ssh_known_hosts_answer
check_name(const struct ssh_known_hosts *known, struct str host, struct str key)
{
	struct ssh_known_hosts_answer answer = {.verdict = SSH_KNOWN_HOSTS_NEW};
	struct str type = wire_key_type(key);
	struct walk walk = walk_start(known, host);
	struct buf blob = BUF_INIT;
	struct entry entry;
	while (walk_next(&walk, &entry)) {
		enum ssh_known_hosts_verdict says;
		buf_clear(&blob);
		if (entry.marker == MARKER_AUTHORITY) {
			answer.authority = true;
			continue;
		}
		if (!wire_base64(&blob, entry.key))
			continue;
		bool same = str_eq(buf_str(&blob), key);
		bool same_type = str_eq(entry.type, type);
		if (entry.marker == MARKER_REVOKED && !same)
			continue;
		says = entry.marker == MARKER_REVOKED ? SSH_KNOWN_HOSTS_REVOKED
		       : same                         ? SSH_KNOWN_HOSTS_OK
						      : SSH_KNOWN_HOSTS_CHANGED;
		/* A key that matches is fine beside others that do not; a revoked one never. */
		bool decides = says == SSH_KNOWN_HOSTS_REVOKED ||
			       answer.verdict == SSH_KNOWN_HOSTS_NEW ||
			       (answer.verdict == SSH_KNOWN_HOSTS_CHANGED &&
				       (same || (same_type && answer.other_type)));
		if (!decides)
			continue;
		answer.verdict = says;
		answer.file = known->files[walk.file].label;
		answer.line = walk.line;
		answer.other_type = says == SSH_KNOWN_HOSTS_CHANGED && !same_type;
		if (says == SSH_KNOWN_HOSTS_REVOKED)
			break;
	}
	buf_release(&blob);
	return answer;
}

/* Lines "type base64 comment". */
static bool
is_revoked(const struct ssh_known_hosts *known, struct str key, unsigned *ret_line)
{
	struct str rest = buf_str(&known->revoked.text);
	struct buf blob = BUF_INIT;
	bool found = false;
	for (*ret_line = 1; rest.len > 0 && !found; ++*ret_line) {
		struct str line = str_trim(str_cut(&rest, '\n'));
		(void)take_word(&line);
		buf_clear(&blob);
		found = wire_base64(&blob, take_word(&line)) && str_eq(buf_str(&blob), key);
	}
	--*ret_line;
	buf_release(&blob);
	return found;
}

struct ssh_known_hosts_answer
ssh_known_hosts_check(
	const struct ssh_known_hosts *known, const char *host, int port, struct str key)
{
	unsigned line;
	if (is_revoked(known, key, &line))
		return (struct ssh_known_hosts_answer){
			SSH_KNOWN_HOSTS_REVOKED, known->revoked.label, line, false, false};
	char name[SSH_KNOWN_HOSTS_NAME_MAX];
	struct ssh_known_hosts_answer answer =
		check_name(known, ssh_known_hosts_name(host, port, name), key);
	if (answer.verdict == SSH_KNOWN_HOSTS_REVOKED || port == 22)
		return answer;
	struct ssh_known_hosts_answer plain =
		check_name(known, ssh_known_hosts_name(host, 22, name), key);
	if (plain.verdict == SSH_KNOWN_HOSTS_REVOKED)
		return plain;
	if (answer.verdict == SSH_KNOWN_HOSTS_NEW && plain.verdict == SSH_KNOWN_HOSTS_OK)
		return plain;
	return answer;
}

static bool
has_type(const struct ssh_known_hosts *known, struct str host, struct str type)
{
	struct walk walk = walk_start(known, host);
	struct entry entry;
	while (walk_next(&walk, &entry))
		if (entry.marker == MARKER_NONE && str_eq(entry.type, type))
			return true;
	return false;
}

void
ssh_known_hosts_prefer(const struct ssh_known_hosts *known, const char *host, int port,
	struct str supported, struct buf *into)
{
	char name[SSH_KNOWN_HOSTS_NAME_MAX], plain[SSH_KNOWN_HOSTS_NAME_MAX];
	struct str with_port = ssh_known_hosts_name(host, port, name);
	struct str without = ssh_known_hosts_name(host, 22, plain);
	for (int pass = 0; pass < 2; pass++) {
		struct str rest = supported;
		while (rest.len > 0) {
			struct str type = str_cut(&rest, ',');
			bool have = has_type(known, with_port, type) ||
				    has_type(known, without, type);
			if (have != (pass == 0))
				continue;
			if (into->len > 0)
				buf_byte(into, ',');
			buf_add(into, type);
		}
	}
}

bool
ssh_known_hosts_has(
	const struct ssh_known_hosts *known, const char *host, int port, struct str types)
{
	char name[SSH_KNOWN_HOSTS_NAME_MAX], plain[SSH_KNOWN_HOSTS_NAME_MAX];
	struct str with_port = ssh_known_hosts_name(host, port, name);
	struct str without = ssh_known_hosts_name(host, 22, plain);
	while (types.len > 0) {
		struct str type = str_cut(&types, ',');
		if (has_type(known, with_port, type) || has_type(known, without, type))
			return true;
	}
	return false;
}
