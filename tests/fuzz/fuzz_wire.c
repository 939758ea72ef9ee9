/* SPDX-License-Identifier: MIT */
/*
 * What a far side says that should be a "git upload-pack": to the end of the input, whatever it
 * is told. Nothing but refs of the agent's own may come of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/repo_diff.h"
#include "cockpit/repo_mirror.h"
#include "cockpit/repo_patch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[] = "/tmp/cockpit-wire-XXXXXX";
static struct mirror *mirror;

static void
clean_up(void)
{
	mirror_close(mirror);
	path_remove_tree(dir, NULL);
}

/* Refs come at once, the rest when something is wanted: libgit2 throws away what comes sooner.
 */
struct far {
	struct str refs, later;
	bool heard;
};

static int64_t
on_read(void *ctx, char *into, size_t max, struct err *err)
{
	struct far *far = ctx;
	struct str *from = far->heard && far->refs.len == 0 ? &far->later : &far->refs;
	size_t n = from->len < max ? from->len : max;
	(void)err;
	if (n > 0)
		memcpy(into, from->ptr, n);
	*from = str_slice(*from, n, from->len);
	return (int64_t)n;
}

static int
on_write(void *ctx, struct str bytes, struct err *err)
{
	struct far *far = ctx;
	(void)bytes;
	(void)err;
	far->heard = true;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str all = {(const char *)data, size};
	ptrdiff_t flush = str_find_str(all, STR("0000"));
	size_t split = flush < 0 ? size : (size_t)flush + 4;
	struct far far = {str_slice(all, 0, split), str_slice(all, split, size), false};
	const struct repo_pipe pipe = {.read = on_read, .write = on_write, .ctx = &far};
	struct mirror_fetched got;
	struct err err = ERR_INIT;
	if (!mirror) {
		BUG_ON(!mkdtemp(dir));
		BUG_ON(mirror_open(dir, &mirror, &err) < 0);
		atexit(clean_up);
	}
	int rc = mirror_fetch(mirror, "h", "a", &pipe, &got, &err);
	/* An error has words, and no byte that a terminal obeys. */
	for (const char *p = err.text; *p; p++)
		BUG_ON((unsigned char)*p < 32 || *p == 127);
	BUG_ON(rc < 0 && !err.text[0]);
	if (rc < 0)
		return 0;
	struct diff *diff = NULL;
	struct buf text = BUF_INIT;
	const struct diff_options options = {.context = 3, .text_max = 1 << 16};
	if (repo_diff(mirror, &got.work, &options, &diff, NULL) == 0) {
		patch_write(diff, PATCH_SAFE, &text);
		for (size_t i = 0; i < text.len; i++)
			BUG_ON(((unsigned char)text.ptr[i] < 32 &&
				       !strchr("\n\t", text.ptr[i])) ||
				text.ptr[i] == 127);
	}
	diff_free(diff);
	buf_release(&text);
	return 0;
}
