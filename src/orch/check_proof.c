/* SPDX-License-Identifier: MIT */
/*
 * That a tree passed, and was the same from the beginning of its check to its end: an event of
 * the store, so that it is known to the next cockpit too.
 */
#include <stdio.h>
#include <string.h>

#include "cockpit/base_json.h"
#include "cockpit/base_mem.h"
#include "cockpit/store_store.h"
#include "local.h"

#define EVENT "check.proven"

/* Nothing hangs on it: without, it is checked once more. */
void
proof_note(struct store *store, int64_t check, const char *tree, int64_t now)
{
	struct buf text = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&text, false);
	json_write_object(&w, NULL);
	json_write_int(&w, "check", check);
	json_write_cstr(&w, "tree", tree);
	json_write_close(&w);
	if (json_writer_end(&w) == 0)
		store_note(
			store, 0, EVENT, "cockpit", str_trim(buf_str(&text)), now, NULL, NULL);
	buf_release(&text);
}

struct proof_keys {
	int check;
	char *tree;
};

#define KEY(member) offsetof(struct proof_keys, member)

/* clang-format off */
static const struct json_row rows[] = {
	{"check", JSON_KIND_INTEGER, JSON_ROW_REQUIRED, KEY(check), 1, INT32_MAX, NULL, "its number"},
	{"tree",  JSON_KIND_STRING,  JSON_ROW_REQUIRED, KEY(tree),  1, REPO_ID_MAX - 1, NULL, "git's id"},
};
/* clang-format on */

bool
proof_read(const struct store_event *event, int64_t *ret_check, char ret_tree[REPO_ID_MAX])
{
	struct proof_keys keys = {0};
	struct json_doc *doc;
	if (strcmp(event->kind, EVENT) != 0 ||
		json_doc_parse("store", str_from(event->text), &doc, NULL) < 0)
		return false;
	bool ret = json_read(json_doc_root(doc), rows, sizeof(rows) / sizeof(rows[0]), &keys,
			   NULL) == 0;
	if (ret) {
		*ret_check = keys.check;
		snprintf(ret_tree, REPO_ID_MAX, "%s", keys.tree);
	}
	mem_free(keys.tree);
	json_doc_free(doc);
	return ret;
}
