/* SPDX-License-Identifier: MIT */
#include "paper.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"

#define STEP 64 /* lines from one mark to the next */
#define TAB  8

void
paper_init(struct paper *paper)
{
	*paper = (struct paper){.text = BUF_INIT_MAX(PAPER_MAX)};
}

void
paper_release(struct paper *paper)
{
	buf_release(&paper->text);
	buf_release(&paper->begun);
	mem_free(paper->marks);
	paper_init(paper);
}

/* --- it is read --- */

static void
add_line(struct paper *paper, struct str line)
{
	/* What it becomes is several times as long at most. */
	if (paper->text.len + 16 * PAPER_LINE > PAPER_MAX) {
		paper->cut = true;
		return;
	}
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	if (paper->lines % STEP == 0) {
		paper->marks = mem_room(paper->marks, paper->mark_count, sizeof(*paper->marks));
		paper->marks[paper->mark_count++] = paper->text.len;
	}
	text_safe_colours(&paper->text, line, TAB);
	buf_byte(&paper->text, '\n');
	paper->lines++;
}

/* As many bytes of a line that is too long as are no half of a character. */
static size_t
whole_chars(struct str s, size_t max)
{
	size_t len = max;
	while (len > max - 4 && len < s.len && ((unsigned char)s.ptr[len] & 0xc0) == 0x80)
		len--;
	return len;
}

/* Takes the whole lines off the front. */
static void
take_lines(struct paper *paper, struct buf *held)
{
	struct str rest = buf_str(held);
	while (rest.len > 0 && !paper->cut) {
		ptrdiff_t at = str_find(str_slice(rest, 0, PAPER_LINE), '\n');
		if (at < 0 && rest.len <= PAPER_LINE)
			break;
		size_t len = at >= 0 ? (size_t)at : whole_chars(rest, PAPER_LINE);
		add_line(paper, str_slice(rest, 0, len));
		rest = str_slice(rest, len + (at >= 0), rest.len);
	}
	buf_consume(held, held->len - rest.len);
}

/* The line that had no end is one that is to be added again. */
static void
take_back(struct paper *paper)
{
	if (paper->begun.len == 0)
		return;
	buf_truncate(&paper->text, paper->whole);
	paper->lines--;
	if (paper->lines % STEP == 0)
		paper->mark_count--;
}

void
paper_add(struct paper *paper, struct str bytes)
{
	if (paper->cut || bytes.len == 0)
		return;
	take_back(paper);
	paper->at += bytes.len;
	buf_add(&paper->begun, bytes);
	take_lines(paper, &paper->begun);
	paper->whole = paper->text.len;
	if (paper->begun.len > 0 && !paper->cut)
		add_line(paper, buf_str(&paper->begun));
	paper->cut = paper->cut || paper->at > PAPER_FILE;
}

/* Returns how many bytes; 0 at the end. */
static int64_t
read_piece(int fd, const char *path, struct buf *into, struct err *err)
{
	char *piece = mem_alloc(PAPER_PIECE);
	ssize_t n;
	while ((n = read(fd, piece, PAPER_PIECE)) < 0 && errno == EINTR) {
	}
	if (n > 0)
		buf_add(into, (struct str){piece, (size_t)n});
	mem_free(piece);
	return n < 0 ? err_errno(err, "%s", path) : n;
}

static int
open_file(const char *path, size_t from, struct err *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return err_set(err, ERR_NOT_FOUND, "%s: it is not there any more", path);
	if (fd < 0)
		return err_errno(err, "%s", path);
	int rc = fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)
			 ? err_set(err, ERR_IO, "%s: it is no file", path)
		 : lseek(fd, (off_t)from, SEEK_SET) < 0 ? err_errno(err, "%s", path)
							: fd;
	if (rc < 0)
		close(fd);
	return rc;
}

int
paper_load(struct paper *paper, const char *path, struct err *err)
{
	struct buf piece = BUF_INIT;
	int fd = open_file(path, paper->at, err);
	if (fd < 0)
		return fd;
	int64_t n = 0;
	while (!paper->cut && (n = read_piece(fd, path, &piece, err)) > 0) {
		paper_add(paper, buf_str(&piece));
		buf_clear(&piece);
	}
	close(fd);
	buf_release(&piece);
	return n < 0 ? (int)n : 0;
}

int
paper_read(const char *path, size_t from, struct buf *into, struct err *err)
{
	int fd = open_file(path, from, err);
	if (fd < 0)
		return fd;
	int64_t n = read_piece(fd, path, into, err);
	close(fd);
	return n < 0 ? (int)n : 0;
}

/* --- its lines --- */

/* From where line begins on. */
static struct str
text_from(const struct paper *paper, size_t line)
{
	size_t mark = line / STEP;
	if (line >= paper->lines)
		return STR("");
	struct str rest = str_slice(buf_str(&paper->text), paper->marks[mark], paper->text.len);
	for (size_t i = mark * STEP; i < line; i++)
		str_cut(&rest, '\n');
	return rest;
}

struct str
paper_line(const struct paper *paper, size_t line)
{
	struct str rest = text_from(paper, line);
	return str_cut(&rest, '\n');
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static bool
has_capitals(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (lower(s.ptr[i]) != s.ptr[i])
			return true;
	}
	return false;
}

static bool
is_at(const char *at, struct str needle)
{
	for (size_t i = 0; i < needle.len; i++) {
		if (lower(at[i]) != needle.ptr[i])
			return false;
	}
	return true;
}

ptrdiff_t
paper_find_in(struct str s, size_t from, struct str needle)
{
	if (has_capitals(needle)) {
		ptrdiff_t at = str_find_str(str_slice(s, from, s.len), needle);
		return at < 0 ? -1 : at + (ptrdiff_t)from;
	}
	for (size_t i = from; i + needle.len <= s.len; i++) {
		if (is_at(s.ptr + i, needle))
			return (ptrdiff_t)i;
	}
	return -1;
}

/* One block of lines between two marks; the last one in it for way < 0. Lines from first to
 * last, without that. */
static bool
find_block(const struct paper *paper, struct str needle, size_t first, size_t last, int way,
	size_t *ret)
{
	struct str rest = text_from(paper, first);
	bool found = false;
	for (size_t line = first; line < last && (!found || way < 0); line++) {
		if (paper_find_in(str_cut(&rest, '\n'), 0, needle) < 0)
			continue;
		*ret = line;
		found = true;
	}
	return found;
}

static bool
find_between(const struct paper *paper, struct str needle, size_t first, size_t last, int way,
	size_t *ret)
{
	if (way > 0)
		return find_block(paper, needle, first, last, way, ret);
	while (last > first) {
		size_t start = (last - 1) / STEP * STEP;
		start = start < first ? first : start;
		if (find_block(paper, needle, start, last, way, ret))
			return true;
		last = start;
	}
	return false;
}

bool
paper_find(const struct paper *paper, struct str needle, size_t from, int way, size_t *ret)
{
	size_t end = paper->lines;
	from = from < end ? from : end;
	if (way > 0)
		return find_between(paper, needle, from, end, way, ret) ||
		       find_between(paper, needle, 0, from, way, ret);
	size_t past = from < end ? from + 1 : end;
	return find_between(paper, needle, 0, past, way, ret) ||
	       find_between(paper, needle, past, end, way, ret);
}
