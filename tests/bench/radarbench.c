/* SPDX-License-Identifier: MIT */
/*
 * How long a forecast takes: radarbench REPO COUNT. REPO is bare and has branches main and s0
 * to sCOUNT, of which the last one takes the place of s0 after the first look.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_err.h"
#include "cockpit/repo_radar.h"

#define COUNT_MAX 256

static char ids[COUNT_MAX + 2][REPO_ID_MAX];

static int
read_id(const char *repo, const char *name, char ret[REPO_ID_MAX])
{
	char line[1024];
	snprintf(line, sizeof(line), "git --git-dir='%s' rev-parse %s", repo, name);
	FILE *pipe = popen(line, "r");
	int ok = pipe && fgets(line, sizeof(line), pipe) && strlen(line) >= REPO_ID_MAX - 1;
	if (pipe)
		pclose(pipe);
	if (ok)
		snprintf(ret, REPO_ID_MAX, "%.40s", line);
	return ok;
}

int
main(int argc, char **argv)
{
	struct mirror *mirror;
	struct radar_side sides[COUNT_MAX];
	struct radar_found found;
	struct err err = ERR_INIT;
	int count = argc == 3 ? atoi(argv[2]) : 0;
	if (count < 2 || count > COUNT_MAX) {
		fprintf(stderr, "usage: radarbench REPO COUNT\n");
		return 2;
	}
	char name[32];
	int ok = read_id(argv[1], "main", ids[COUNT_MAX + 1]);
	for (int i = 0; i <= count && ok; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		ok = read_id(argv[1], name, ids[i]);
	}
	if (!ok || mirror_open(argv[1], &mirror, &err) < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], err.text);
		return 1;
	}
	for (int i = 0; i < count; i++)
		sides[i] = (struct radar_side){ids[i], ids[COUNT_MAX + 1]};
	struct radar *radar = radar_new();
	int64_t start = clock_us();
	int rc = radar_look(radar, mirror, sides, (size_t)count, &found, &err);
	int64_t full = clock_us() - start;
	size_t merged = found.merged, clashes = found.clash_count;
	sides[0].snap = ids[count];
	start = clock_us();
	if (rc == 0)
		rc = radar_look(radar, mirror, sides, (size_t)count, &found, &err);
	int64_t again = clock_us() - start;
	if (rc < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	printf("agents=%d pairs=%zu merged=%zu clashes=%zu full_ms=%.0f merged_again=%zu "
	       "again_ms=%.0f\n",
		count, found.pairs, merged, clashes, (double)full / 1e3, found.merged,
		(double)again / 1e3);
	radar_free(radar);
	mirror_close(mirror);
	return 0;
}
