/* SPDX-License-Identifier: MIT */
#include "cockpit/repo_publish.h"

#include <stdio.h>
#include <string.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "local.h"

#define PUSH_MS    300000
#define REQUEST_MS 60000
#define SAID_MAX   500
#define WORDS_MAX  16

/* --- whose remote it is --- */

/* The parts of a remote's URL of which a page on the web can be made. */
struct place {
	char *scheme; /* of its pages */
	char *host;   /* with its port, when that is the pages' */
	char *path;   /* "owner/repo"; as the URL has it, percent signs too */
};

static void
place_release(struct place *place)
{
	mem_free(place->scheme);
	mem_free(place->host);
	mem_free(place->path);
}

static bool
is_plain(struct str s, const char *also)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || (c && strchr(also, c));
		if (!plain)
			return false;
	}
	return s.len > 0;
}

/* "git@host:path", "ssh://git@host:22/path", "https://user:password@host/path". */
static void
split_url(struct str url, struct str *scheme, struct str *host, struct str *path)
{
	ptrdiff_t at = str_find_str(url, STR("://"));
	*scheme = at >= 0 ? str_slice(url, 0, (size_t)at) : STR("ssh");
	*path = at >= 0 ? str_slice(url, (size_t)at + 3, url.len) : url;
	*host = str_cut(path, at >= 0 ? '/' : ':');
	ptrdiff_t end;
	while ((end = str_find(*host, '@')) >= 0)
		*host = str_slice(*host, (size_t)end + 1, host->len);
	/* SSH over the port of https. */
	if (str_starts(*host, STR("ssh.git")) || str_starts(*host, STR("altssh.git")))
		str_cut(host, '.');
}

/* False: it is a path on this machine, or something that has no pages. */
static bool
find_place(const char *url, struct place *ret)
{
	struct str scheme, host, path;
	split_url(str_from(url), &scheme, &host, &path);
	bool web = str_eqc(scheme, "https") || str_eqc(scheme, "http");
	if (!web)
		host = str_cut(&host, ':');
	while (path.len > 0 && path.ptr[0] == '/')
		path = str_slice(path, 1, path.len);
	while (str_ends(path, STR("/")))
		path.len--;
	if (str_ends(path, STR(".git")))
		path.len -= 4;
	if (!is_plain(host, ".-:") || !is_plain(path, "._-~+%/") || str_find(path, '/') < 0)
		return false;
	*ret = (struct place){mem_strdup(str_eqc(scheme, "http") ? "http" : "https"),
		mem_strndup(host.ptr, host.len), mem_strndup(path.ptr, path.len)};
	return true;
}

/*
 * Who they are, by the beginning of their hosts' names; the program that opens a request, and
 * the page where a person does. In words and pages: %S scheme, %R host and path, %H branch,
 * %B base, %T title, %D body; a word with one that is not known is left out. In a page they
 * are quoted, and what is behind "|" is left out without a base.
 */
static const struct forge {
	const char *host;
	const char *words[WORDS_MAX];
	bool body_is_input;
	const char *page, *page_without_base;
} forges[] = {
	{"github.",
         {"gh", "pr", "create", "--repo=%R", "--head=%H", "--base=%B", "--title=%T",
			"--body-file=-", NULL},
         true,  "%S://%R/compare/%B...%H?expand=1",                      "%S://%R/compare/%H?expand=1"                                       },
	{"gitlab.",
         {"glab", "mr", "create", "--repo=%S://%R", "--source-branch=%H",
			"--target-branch=%B", "--title=%T", "--description=%D", "--yes", NULL},
         false, "%S://%R/-/merge_requests/new?merge_request%%5Bsource_branch%%5D=%H"
		"&merge_request%%5Btarget_branch%%5D=%B", "%S://%R/-/merge_requests/new?merge_request%%5Bsource_branch%%5D=%H"},
};

static const struct forge *
find_forge(const struct place *place)
{
	for (size_t i = 0; i < sizeof(forges) / sizeof(forges[0]); i++) {
		if (str_starts(str_from(place->host), str_from(forges[i].host)))
			return &forges[i];
	}
	return NULL;
}

static void
add_quoted(struct buf *into, const char *text)
{
	for (const char *p = text; *p; p++) {
		if (is_plain((struct str){p, 1}, "-._~/"))
			buf_byte(into, *p);
		else
			buf_printf(into, "%%%02X", (unsigned)(unsigned char)*p);
	}
}

/* False: a part is not known. */
static bool
fill(const char *template, const struct place *place, const struct publish_order *order,
	bool quoted, struct buf *into)
{
	const struct {
		char letter;
		const char *text;
	} parts[] = {
		{'H', order->branch                 },
                {'B', order->base                   },
                {'T', order->title                  },
		{'D', order->body ? order->body : ""}
        };
	for (const char *p = template; *p; p++) {
		if (*p != '%') {
			buf_byte(into, *p);
			continue;
		}
		p++;
		if (*p == '%')
			buf_byte(into, '%');
		else if (*p == 'S')
			buf_addc(into, place->scheme);
		else if (*p == 'R')
			buf_printf(into, "%s/%s", place->host, place->path);
		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
			if (parts[i].letter != *p)
				continue;
			if (!parts[i].text)
				return false;
			if (quoted)
				add_quoted(into, parts[i].text);
			else
				buf_addc(into, parts[i].text);
		}
	}
	return true;
}

static char *
make_page(
	const struct forge *forge, const struct place *place, const struct publish_order *order)
{
	struct buf page = BUF_INIT;
	fill(order->base ? forge->page : forge->page_without_base, place, order, true, &page);
	return buf_steal(&page);
}

/* --- the pull request --- */

/* The last word that is a URL; NULL: there is none. */
static char *
find_link(struct str said)
{
	struct str link = STR("");
	while (said.len > 0) {
		struct str line = str_trim(str_cut(&said, '\n'));
		struct str word = str_cut_last(&line, ' ');
		if (str_starts(word, STR("https://")) || str_starts(word, STR("http://")))
			link = word;
	}
	if (link.len == 0 || link.len > SAID_MAX)
		return NULL;
	struct buf plain = BUF_INIT, safe = BUF_INIT;
	quiet_hide(link, &plain);
	text_safe(&safe, buf_str(&plain), -1);
	buf_release(&plain);
	return buf_steal(&safe);
}

static void
open_request(const struct forge *forge, const struct place *place,
	const struct publish_order *order, struct published *ret)
{
	char *words[WORDS_MAX + 1];
	size_t count = 0;
	struct buf said = BUF_INIT;
	struct err why = ERR_INIT;
	for (size_t i = 0; forge->words[i]; i++) {
		struct buf word = BUF_INIT;
		if (fill(forge->words[i], place, order, false, &word))
			words[count++] = buf_steal(&word);
		else
			buf_release(&word);
	}
	words[count] = NULL;
	struct str body = str_from(forge->body_is_input ? order->body : NULL);
	int rc = quiet_hear(
		order->repo, (const char *const *)words, body, REQUEST_MS, &said, &why);
	/* One that is there already is the one that is wanted. */
	if (rc == 0 || str_find_str(buf_str(&said), STR("already exists")) >= 0)
		ret->request = find_link(buf_str(&said));
	if (rc > 0 && !ret->request) {
		char text[SAID_MAX];
		quiet_repeat(buf_str(&said), text, sizeof(text));
		ret->complaint = mem_printf("%s: %s", words[0], text);
	} else if (rc < 0 && rc != ERR_MISSING) {
		ret->complaint = mem_strdup(why.text);
	}
	for (size_t i = 0; i < count; i++)
		mem_free(words[i]);
	buf_release(&said);
}

/* --- the push --- */

/* What git says in its own words, and what that means. */
static const struct {
	const char *said;
	int code;
} meanings[] = {
	{"[rejected]",              ERR_CHANGED},
	{"Authentication failed",   ERR_AUTH   },
	{"could not read Username", ERR_AUTH   },
	{"could not read Password", ERR_AUTH   },
	{"Permission denied",       ERR_AUTH   },
	{"Host key verification",   ERR_HOSTKEY},
};

static int
judge(const struct publish_order *order, const struct published *there, struct str said,
	struct err *err)
{
	char text[SAID_MAX];
	int code = ERR_REMOTE;
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]) && code == ERR_REMOTE;
		i++) {
		if (str_find_str(said, str_from(meanings[i].said)) >= 0)
			code = meanings[i].code;
	}
	quiet_repeat(said, text, sizeof(text));
	if (code == ERR_CHANGED)
		return err_set(err, code,
			order->lease || order->own
				? "the branch %s of %s is not where it was seen: %s"
				: "the branch %s of %s has commits that this has not: %s",
			order->branch, there->where, text);
	return err_set(
		err, code, "%s takes no branch %s: %s", there->where, order->branch, text);
}

/* force: a word of git's; what git said is added to said. */
static int
run_push(const struct publish_order *order, const struct published *there, bool dry,
	const char *force, struct buf *said, struct err *err)
{
	char *spec = mem_printf("%s:refs/heads/%s", order->id, order->branch);
	const char *const argv[] = {"git", QUIET_FLAGS, "-c", "core.abbrev=40", "push",
		"--porcelain", "--no-progress", "--no-verify", "--no-follow-tags",
		"--recurse-submodules=no", force, dry ? "--dry-run" : "--no-dry-run", "--",
		there->remote, spec, NULL};
	int rc = quiet_hear(order->repo, argv, STR(""), PUSH_MS, said, err);
	if (rc > 0)
		rc = judge(order, there, buf_str(said), err);
	else if (rc < 0)
		err_prefix(err, "%s", there->where);
	mem_free(spec);
	return rc;
}

static int
push(const struct publish_order *order, const char *lease, struct published *ret,
	struct err *err)
{
	char *word =
		lease ? mem_printf("--force-with-lease=refs/heads/%s:%s", order->branch, lease)
		      : mem_strdup("--no-force-with-lease");
	struct buf said = BUF_INIT;
	int rc = run_push(order, ret, false, word, &said, err);
	ret->same = rc == 0 && str_find_str(buf_str(&said), STR("[up to date]")) >= 0;
	buf_release(&said);
	mem_free(word);
	return rc;
}

/* --- a branch of our own --- */

/* What a push would find there. */
struct found {
	char at[REPO_ID_MAX]; /* "": no such branch, or nobody can tell */
	bool new, forward;    /* there is none; it would go forward */
};

/* Git's lines for programs: "FLAG<tab>FROM:TO<tab>OLD...NEW (why)". */
static void
read_found(const struct publish_order *order, struct str said, struct found *ret)
{
	char *to = mem_printf(":refs/heads/%s", order->branch);
	while (said.len > 0) {
		struct str line = str_cut(&said, '\n'), flag = str_cut(&line, '\t');
		if (flag.len != 1 || !str_ends(str_cut(&line, '\t'), str_from(to)))
			continue;
		struct str old = str_cut(&line, '.');
		ret->new = flag.ptr[0] == '*';
		ret->forward = flag.ptr[0] == ' ' || flag.ptr[0] == '=';
		if (old.len == REPO_ID_MAX - 1 && is_plain(old, ""))
			snprintf(ret->at, sizeof(ret->at), "%.*s", STR_ARG(old));
	}
	mem_free(to);
}

/* Nothing is sent; it is asked of the very place that a push goes to. */
static int
look(const struct publish_order *order, const struct published *there, struct found *ret,
	struct err *err)
{
	struct buf said = BUF_INIT;
	int rc = run_push(order, there, true, "--force", &said, err);
	*ret = (struct found){0};
	if (rc == 0)
		read_found(order, buf_str(&said), ret);
	buf_release(&said);
	return rc;
}

static int
refuse(const struct publish_order *order, const struct published *there,
	const struct found *found, const struct pushed *before, struct err *err)
{
	char last[60] = "nothing was";
	if (before->last[0])
		snprintf(last, sizeof(last), "that was %.12s", before->last);
	return err_set(err, ERR_CHANGED,
		"the branch %s of %s is at %.12s, which was not pushed from here (%s): it is "
		"left as it is",
		order->branch, there->where, found->at[0] ? found->at : "another commit", last);
}

/* It is overwritten where it is what we have made of it, and nowhere else. */
static int
push_own(struct mirror *mirror, const struct publish_order *order, const char *url,
	struct published *ret, struct err *err)
{
	struct found found;
	struct pushed before;
	pushed_read(mirror, url, order->branch, &before);
	int rc = look(order, ret, &found, err);
	if (rc < 0)
		return rc;
	bool ours = found.at[0] &&
		    (strcmp(found.at, before.last) == 0 || strcmp(found.at, before.next) == 0);
	if (!found.new && !found.forward && !ours)
		return refuse(order, ret, &found, &before, err);
	/* Whoever pushed that was ended before it could say so. */
	if (ours && strcmp(found.at, before.last) != 0)
		rc = pushed_note(mirror, url, order->branch, true, found.at, err);
	if (rc == 0)
		rc = pushed_note(mirror, url, order->branch, false, order->id, err);
	if (rc == 0)
		rc = push(order, found.new ? "" : ours ? found.at : NULL, ret, err);
	if (rc == 0)
		rc = pushed_note(mirror, url, order->branch, true, order->id, err);
	return rc;
}

/* --- all of it --- */

static char *
find_remote(const struct publish_order *order)
{
	struct err ignored = ERR_INIT;
	char *ret = order->remote ? mem_strdup(order->remote) : NULL;
	if (!ret && order->base) {
		char *key = mem_printf("branch.%s.remote", order->base);
		ret = QUIET_LINE(order->repo, &ignored, "config", "--get", key);
		mem_free(key);
	}
	/* "." is that repo itself. */
	if (!ret || strcmp(ret, ".") == 0) {
		mem_free(ret);
		ret = mem_strdup("origin");
	}
	return ret;
}

static int
check(const struct publish_order *order, struct err *err)
{
	char *ref = mem_printf("refs/heads/%s", order->branch);
	bool right = git_reference_is_valid_name(ref) == 1;
	/* Its part of a lease ends where the next begins. */
	if (order->own && !str_starts(str_from(order->branch), STR("cockpit/")))
		right = false;
	for (const char *p = order->lease; right && p && *p; p++)
		right = (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'f');
	mem_free(ref);
	return right ? 0 : err_set(err, ERR_INVALID, "that is no name of a branch or commit");
}

int
publish(struct mirror *mirror, const struct publish_order *order, struct published *ret,
	struct err *err)
{
	struct err why = ERR_INIT;
	struct place place = {0};
	struct buf plain = BUF_INIT, where = BUF_INIT;
	*ret = (struct published){0};
	int rc = check(order, err);
	if (rc < 0)
		return rc;
	ret->remote = find_remote(order);
	char *url =
		QUIET_LINE(order->repo, &why, "remote", "get-url", "--push", "--", ret->remote);
	if (!url)
		rc = err_set(
			err, ERR_NOT_FOUND, "%s has no remote %s", order->repo, ret->remote);
	quiet_hide(str_from(url), &plain);
	text_safe(&where, buf_str(&plain), -1);
	ret->where = buf_steal(&where);
	buf_release(&plain);
	if (rc == 0)
		rc = quiet_bring(mirror, order->repo, order->id, err);
	if (rc == 0)
		rc = order->own ? push_own(mirror, order, url, ret, err)
				: push(order, order->lease, ret, err);
	const struct forge *forge =
		rc == 0 && find_place(url, &place) ? find_forge(&place) : NULL;
	if (forge && order->title)
		open_request(forge, &place, order, ret);
	if (forge)
		ret->compare = make_page(forge, &place, order);
	place_release(&place);
	mem_free(url);
	return rc;
}

void
published_release(struct published *published)
{
	mem_free(published->remote);
	mem_free(published->where);
	mem_free(published->request);
	mem_free(published->compare);
	mem_free(published->complaint);
	*published = (struct published){0};
}
