/* SPDX-License-Identifier: MIT */
/*
 * An agent's lines, file names and a person's comments as rows of the diff view: whatever they
 * hold, what is drawn can be shown, and marks lie within their rows. The first byte is the
 * width; lines begin with what they are; "\001" begins a comment on the line before.
 */
#include <stdlib.h>
#include <string.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "ui/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LINES_MAX 4000

static void
add_line(struct diff *diff, char origin, struct str text, int number)
{
	diff->lines = mem_room(diff->lines, diff->line_count, sizeof(*diff->lines));
	diff->lines[diff->line_count++] = (struct diff_line){.origin = origin,
		.old_line = origin == '+' ? 0 : number,
		.new_line = origin == '-' ? 0 : number,
		.at = diff->text.len,
		.len = text.len + 1};
	buf_add(&diff->text, text);
	buf_byte(&diff->text, '\n');
}

static void
check_rows(const struct diff_view *view)
{
	for (int i = 0; i < view->count; i++) {
		const struct diff_row *row = &view->rows[i];
		size_t len = strlen(row->text);
		for (size_t k = 0; k < len; k++)
			BUG_ON((unsigned char)row->text[k] < 0x20 || row->text[k] == 0x7f);
		for (int m = 0; m < row->mark_count; m++)
			BUG_ON(row->marks[m].at + row->marks[m].len > len);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = {(const char *)data, size};
	char name[] = "a", path[64] = "x", host[] = "h";
	struct diff_hunk hunk = {.old_start = 1};
	struct diff_file file = {
		.path = path, .old_path = path, .status = 'M', .hunk_count = 1};
	struct diff diff = {.files = &file,
		.file_count = 1,
		.hunks = &hunk,
		.hunk_count = 1,
		.text = BUF_INIT};
	struct comment comments[8];
	struct view view = {.comments = {.all = comments}};
	const struct agent_view agent = {.name = name, .host = host};
	if (size < 2)
		return 0;
	view.diff.cols = data[0];
	rest = str_slice(rest, 1, rest.len);
	struct str first = str_cut(&rest, '\n');
	text_copy(path, sizeof(path), first);
	for (int number = 1; rest.len > 0 && number < LINES_MAX; number++) {
		static const char origins[] = " +-\\";
		struct str line = str_cut(&rest, '\n');
		char origin = line.len ? origins[(unsigned char)line.ptr[0] % 4] : ' ';
		if (line.len > 0 && line.ptr[0] == '\1' && diff.line_count > 0 &&
			view.comments.count < 8) {
			struct str text = str_slice(line, 1, line.len);
			const struct diff_line *on = &diff.lines[diff.line_count - 1];
			comments[view.comments.count++] = (struct comment){.agent = name,
				.host = host,
				.path = path,
				.old = on->origin == '-',
				.line = number - 1,
				.anchor = mem_strndup("", 0),
				.text = mem_strndup(text.ptr, text.len)};
			continue;
		}
		add_line(&diff, origin, str_slice(line, line.len ? 1 : 0, line.len), number);
	}
	hunk.line_count = diff.line_count;
	comments_follow(&view, &agent, &diff);
	diff_make_rows(&view, &agent, &diff);
	check_rows(&view.diff);
	diff_drop_rows(&view.diff);
	for (size_t i = 0; i < view.comments.count; i++) {
		mem_free(comments[i].anchor);
		mem_free(comments[i].text);
	}
	mem_free(diff.lines);
	buf_release(&diff.text);
	return 0;
}
