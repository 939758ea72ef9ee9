/* SPDX-License-Identifier: MIT */
#include "cockpit/repo_patch.h"

#include <stdio.h>
#include <string.h>

#include "cockpit/base_text.h"

#define ID_SHOWN 7

static const char bold[] = "\033[1m", cyan[] = "\033[36m", red[] = "\033[31m",
		  green[] = "\033[32m", off[] = "\033[m";

static void
colour(struct buf *into, unsigned flags, const char *which)
{
	if (flags & PATCH_COLOUR)
		buf_addc(into, which);
}

/* Tabs are a terminal's to show. */
static void
add_text(struct buf *into, struct str s, unsigned flags)
{
	if (flags & PATCH_SAFE)
		text_safe_tabs(into, s, 0);
	else
		buf_add(into, s);
}

/* As git quotes names: in C's way as soon as there is a byte that needs it. */
static void
add_name(struct buf *into, const char *prefix, const char *name)
{
	static const struct {
		char byte, letter;
	} escapes[] = {
		{'"',  '"' },
                {'\\', '\\'},
                {'\n', 'n' },
                {'\t', 't' },
                {'\r', 'r' }
        };
	bool plain = true;
	for (const char *p = name; *p; p++)
		plain = plain && (unsigned char)*p >= 32 && (unsigned char)*p < 127 &&
			*p != '"' && *p != '\\';
	if (plain) {
		buf_printf(into, "%s%s", prefix, name);
		return;
	}
	buf_printf(into, "\"%s", prefix);
	for (const char *p = name; *p; p++) {
		char letter = 0;
		for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
			if (escapes[i].byte == *p)
				letter = escapes[i].letter;
		}
		if (letter)
			buf_printf(into, "\\%c", letter);
		else if ((unsigned char)*p < 32 || (unsigned char)*p >= 127)
			buf_printf(into, "\\%03o", (unsigned)(unsigned char)*p);
		else
			buf_byte(into, *p);
	}
	buf_byte(into, '"');
}

static void
write_head(const struct diff_file *file, struct buf *into)
{
	buf_addc(into, "diff --git ");
	add_name(into, "a/", file->old_path);
	buf_byte(into, ' ');
	add_name(into, "b/", file->path);
	buf_byte(into, '\n');
	if (file->status == 'A')
		buf_printf(into, "new file mode %06o\n", file->new_mode);
	else if (file->status == 'D')
		buf_printf(into, "deleted file mode %06o\n", file->old_mode);
	else if (file->old_mode != file->new_mode)
		buf_printf(
			into, "old mode %06o\nnew mode %06o\n", file->old_mode, file->new_mode);
	if (strcmp(file->old_path, file->path) != 0) {
		buf_addc(into, "rename from ");
		add_name(into, "", file->old_path);
		buf_addc(into, "\nrename to ");
		add_name(into, "", file->path);
		buf_byte(into, '\n');
	}
	if (strcmp(file->old_id, file->new_id) != 0) {
		buf_printf(into, "index %.*s..%.*s", ID_SHOWN, file->old_id, ID_SHOWN,
			file->new_id);
		if (file->old_mode == file->new_mode)
			buf_printf(into, " %06o", file->new_mode);
		buf_byte(into, '\n');
	}
}

static void
write_names(const struct diff_file *file, struct buf *into)
{
	const struct {
		const char *mark, *prefix, *name;
		bool none;
	} sides[] = {
		{file->binary ? "" : "--- ", "a/", file->old_path, file->status == 'A'},
		{file->binary ? "" : "+++ ", "b/", file->path,     file->status == 'D'}
        };
	if (file->binary)
		buf_addc(into, "Binary files ");
	for (int i = 0; i < 2; i++) {
		buf_addc(into, sides[i].mark);
		if (sides[i].none)
			buf_addc(into, "/dev/null");
		else
			add_name(into, sides[i].prefix, sides[i].name);
		buf_addc(into, !file->binary ? "\n" : i == 0 ? " and " : " differ\n");
	}
}

static void
write_line(
	const struct diff *diff, const struct diff_line *line, unsigned flags, struct buf *into)
{
	struct str text = str_slice(buf_str(&diff->text), line->at, line->at + line->len);
	const char *paint = line->origin == '+' ? green : line->origin == '-' ? red : NULL;
	if (line->origin == '\\') {
		/* The line that it is about has no end of its own. */
		buf_addc(into, "\n\\ No newline at end of file\n");
		return;
	}
	bool ended = text.len > 0 && text.ptr[text.len - 1] == '\n';
	if (ended)
		text.len--;
	if (paint)
		colour(into, flags, paint);
	buf_byte(into, line->origin);
	add_text(into, text, flags);
	if (paint)
		colour(into, flags, off);
	if (ended)
		buf_byte(into, '\n');
}

static void
write_file(
	const struct diff *diff, const struct diff_file *file, unsigned flags, struct buf *into)
{
	if (file->raw_len && !(flags & PATCH_SAFE)) {
		buf_add(into, str_slice(buf_str(&diff->text), file->raw_at,
				      file->raw_at + file->raw_len));
		return;
	}
	colour(into, flags, bold);
	write_head(file, into);
	if (file->binary || file->hunk_count)
		write_names(file, into);
	colour(into, flags, off);
	for (size_t h = 0; h < file->hunk_count; h++) {
		const struct diff_hunk *hunk = &diff->hunks[file->first_hunk + h];
		colour(into, flags, cyan);
		add_text(into,
			str_slice(buf_str(&diff->text), hunk->header_at,
				hunk->header_at + hunk->header_len),
			flags);
		colour(into, flags, off);
		buf_byte(into, '\n');
		for (size_t l = 0; l < hunk->line_count; l++)
			write_line(diff, &diff->lines[hunk->first_line + l], flags, into);
	}
	if (file->cut && flags & PATCH_SAFE)
		buf_addc(into, "… the rest of it is not shown: the diff is too large\n");
}

void
patch_write(const struct diff *diff, unsigned flags, struct buf *into)
{
	for (size_t i = 0; i < diff->file_count; i++)
		write_file(diff, &diff->files[i], flags, into);
	if (diff->files_left && flags & PATCH_SAFE)
		buf_printf(into, "… and %zu files more\n", diff->files_left);
}

static void
write_sums(const struct diff *diff, unsigned flags, struct buf *into)
{
	size_t files = diff->file_count + diff->files_left;
	buf_printf(into, "%zu %s changed, ", files, files == 1 ? "file" : "files");
	colour(into, flags, green);
	buf_printf(into, "+%lld", diff->added);
	colour(into, flags, off);
	buf_byte(into, ' ');
	colour(into, flags, red);
	buf_printf(into, "-%lld", diff->removed);
	colour(into, flags, off);
	buf_byte(into, '\n');
}

void
patch_write_stat(const struct diff *diff, unsigned flags, struct buf *into)
{
	for (size_t i = 0; i < diff->file_count; i++) {
		const struct diff_file *file = &diff->files[i];
		char added[16], removed[16];
		snprintf(added, sizeof(added), "+%d", file->added);
		snprintf(removed, sizeof(removed), "-%d", file->removed);
		buf_printf(into, "%c ", file->status);
		if (file->binary) {
			buf_printf(into, "%13s", "binary");
		} else {
			colour(into, flags, green);
			buf_printf(into, "%6s ", added);
			colour(into, flags, red);
			buf_printf(into, "%6s", removed);
			colour(into, flags, off);
		}
		buf_addc(into, "  ");
		if (strcmp(file->path, file->old_path) != 0) {
			add_text(into, str_from(file->old_path), flags | PATCH_SAFE);
			buf_addc(into, " → ");
		}
		add_text(into, str_from(file->path), flags | PATCH_SAFE);
		buf_byte(into, '\n');
	}
	if (diff->files_left)
		buf_printf(into, "… and %zu files more\n", diff->files_left);
	write_sums(diff, flags, into);
}
