/* SPDX-License-Identifier: MIT */
/*
 * Every fetch leaves a pack, and libgit2 looks through all of them: from time to time the small
 * ones become one. Whatever is killed here leaves its objects twice at worst.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "local.h"

#define SMALL_MAX 64         /* so many may lie there */
#define SMALL     (16 << 20) /* bytes; larger ones stay as they are */
#define INDEX_MAX (64u << 20)

/* Of gitformat-pack: magic, version 2, 256 counts, then the names in their order. */
#define INDEX_MAGIC "\377tOc\0\0\0\2"
#define FANOUT_AT   8
#define NAMES_AT    (FANOUT_AT + 256 * 4)
#define NAME_BYTES  20

struct packs {
	char *dir;
	char **names; /* without ".pack" */
	int count;
};

static bool
cut_end(char *name, const char *end)
{
	size_t len = strlen(name), n = strlen(end);
	if (len <= n || strcmp(name + len - n, end) != 0)
		return false;
	name[len - n] = '\0';
	return true;
}

/* The small ones; what a killed fetch began goes. Nobody else writes here now. */
static void
list(struct packs *packs)
{
	DIR *stream = opendir(packs->dir);
	struct dirent *entry;
	if (!stream)
		return;
	while ((entry = readdir(stream))) {
		struct stat st;
		char *path = path_join(packs->dir, entry->d_name);
		char *name = mem_strdup(entry->d_name);
		if (strncmp(name, "pack_", 5) == 0)
			unlink(path);
		else if (cut_end(name, ".pack") && stat(path, &st) == 0 && st.st_size < SMALL) {
			packs->names = mem_grow(
				packs->names, (size_t)packs->count + 1, sizeof(*packs->names));
			packs->names[packs->count++] = name;
			name = NULL;
		}
		mem_free(name);
		mem_free(path);
	}
	closedir(stream);
}

static void
release(struct packs *packs)
{
	for (int i = 0; i < packs->count; i++)
		mem_free(packs->names[i]);
	mem_free(packs->names);
	mem_free(packs->dir);
}

static char *
file_of(const struct packs *packs, int i, const char *end)
{
	return mem_printf("%s/%s%s", packs->dir, packs->names[i], end);
}

static uint32_t
number_at(const char *bytes)
{
	const unsigned char *b = (const unsigned char *)bytes;
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* All that is in one. */
static int
insert(const struct packs *packs, int i, git_packbuilder *into)
{
	struct buf index = BUF_INIT_MAX(INDEX_MAX);
	char *path = file_of(packs, i, ".idx");
	int rc = path_read(path, INDEX_MAX, &index, NULL);
	uint32_t count = 0;
	if (rc == 0 && index.len >= NAMES_AT && memcmp(index.ptr, INDEX_MAGIC, FANOUT_AT) == 0)
		count = number_at(index.ptr + NAMES_AT - 4);
	else
		rc = -1;
	if (rc == 0 && (index.len - NAMES_AT) / NAME_BYTES < count)
		rc = -1;
	for (uint32_t n = 0; n < count && rc == 0; n++) {
		git_oid id;
		git_oid_fromraw(&id,
			(const unsigned char *)index.ptr + NAMES_AT + (size_t)n * NAME_BYTES);
		rc = git_packbuilder_insert(into, &id, NULL);
	}
	buf_release(&index);
	mem_free(path);
	return rc;
}

static void
remove_all(const struct packs *packs, const char *but)
{
	/* Who looks for a pack looks for its index. */
	static const char *const ends[] = {".idx", ".pack"};
	for (int i = 0; i < packs->count; i++) {
		bool keep = strstr(packs->names[i], but) != NULL;
		for (size_t e = 0; e < sizeof(ends) / sizeof(ends[0]) && !keep; e++) {
			char *path = file_of(packs, i, ends[e]);
			unlink(path);
			mem_free(path);
		}
	}
}

void
packs_tidy(struct mirror *mirror)
{
	struct packs packs = {.dir = path_join(mirror->dir, "objects/pack")};
	git_packbuilder *builder = NULL;
	list(&packs);
	if (packs.count > SMALL_MAX && git_packbuilder_new(&builder, mirror->repo) == 0) {
		int rc = 0;
		git_packbuilder_set_threads(builder, 1);
		for (int i = 0; i < packs.count && rc == 0; i++)
			rc = insert(&packs, i, builder);
		if (rc == 0)
			rc = git_packbuilder_write(builder, NULL, 0, NULL, NULL);
		if (rc == 0)
			remove_all(&packs, git_packbuilder_name(builder));
	}
	git_packbuilder_free(builder);
	release(&packs);
}
