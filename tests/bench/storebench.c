/* SPDX-License-Identifier: MIT */
/*
 * How long the store takes: storebench FILE. Lists 10,000 tasks as a view does, and claims,
 * each of which is on disk before the next.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/store_store.h"

#define TASKS  10000
#define LISTS  200
#define CLAIMS 500
#define NOW    ((int64_t)1700000000000)

static int
compare(const void *a, const void *b)
{
	int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;
	return (one > other) - (one < other);
}

/* Every second one has tags, every third waits for the one before it. */
static int
fill(struct store *store, struct err *err)
{
	static const char *const tags[] = {"api", "ui", NULL};
	static const int64_t needs[] = {1, 0};
	struct task_text *texts = mem_alloc_array(TASKS, sizeof(*texts));
	for (int i = 0; i < TASKS; i++) {
		texts[i].title = "A title as people write them, of some fifty letters";
		texts[i].text = "What is to be done, in a few lines.\nAnd how it is seen.\n";
		texts[i].base = "main";
		texts[i].tags = i % 2 ? tags : NULL;
		texts[i].needs = i % 3 == 2 ? needs : NULL;
	}
	int rc = store_add(store, texts, TASKS, "bench", "bench", NOW, NULL, err);
	mem_free(texts);
	return rc;
}

static int
list(struct store *store, int64_t took[LISTS], struct err *err)
{
	struct task_filter all = {0};
	int rc = 0;
	for (int i = 0; rc == 0 && i < LISTS; i++) {
		struct task *tasks;
		size_t count;
		int64_t start = clock_us();
		rc = store_tasks(store, &all, &tasks, &count, err);
		took[i] = clock_us() - start;
		if (rc == 0)
			store_tasks_free(tasks, count);
	}
	qsort(took, LISTS, sizeof(took[0]), compare);
	return rc;
}

static int
claim(struct store *store, int64_t *took, struct err *err)
{
	char owner[16];
	int rc = 0;
	int64_t start = clock_us();
	for (int i = 0; rc == 0 && i < CLAIMS; i++) {
		snprintf(owner, sizeof(owner), "web/a%d", i);
		rc = store_claim(store, 0, owner, 60000, NOW, NULL, err);
	}
	*took = clock_us() - start;
	return rc;
}

int
main(int argc, char **argv)
{
	struct store *store = NULL;
	struct err err = ERR_INIT;
	int64_t lists[LISTS], claims = 0;
	if (argc != 2) {
		fprintf(stderr, "usage: storebench FILE\n");
		return 2;
	}
	int rc = store_open(argv[1], &store, &err);
	if (rc == 0)
		rc = fill(store, &err);
	if (rc == 0)
		rc = list(store, lists, &err);
	if (rc == 0)
		rc = claim(store, &claims, &err);
	store_close(store);
	if (rc < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	printf("tasks=%d list_p50_ms=%.1f list_p99_ms=%.1f claims_per_s=%.0f\n", TASKS,
		(double)lists[LISTS / 2] / 1e3, (double)lists[LISTS * 99 / 100] / 1e3,
		CLAIMS * 1e6 / (double)claims);
	return 0;
}
