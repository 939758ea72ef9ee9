/* SPDX-License-Identifier: MIT */
/*
 * How long keys take until they are drawn, while something else goes on:
 *
 *   keyecho DIR COLSxROWS COMMAND [ARGUMENT...]
 *
 * COMMAND shows a tile with "tileworker DIR 0 echo" in it, and gives it the keys once Enter was
 * typed. A key is typed every 20 ms until there is a file DIR/stop. What DIR/phase holds names
 * the part that a key belongs to; for each a line of WORD=VALUE is printed in the end.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "terminal.h"

#define PHASES_MAX 16
#define KEYS_MAX   50000
#define LIMIT_S    600.0

struct phase {
	char name[32];
	double *times;
	int count, lost;
};

static struct phase phases[PHASES_MAX];

static int
there(const char *dir, const char *name)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return access(path, F_OK) == 0;
}

static struct phase *
now_in(const char *dir)
{
	char path[512], name[32] = "";
	snprintf(path, sizeof(path), "%s/phase", dir);
	FILE *file = fopen(path, "r");
	if (file) {
		if (!fgets(name, sizeof(name), file))
			name[0] = '\0';
		fclose(file);
	}
	name[strcspn(name, "\n")] = '\0';
	for (int i = 0; name[0] && i < PHASES_MAX; i++) {
		if (!phases[i].name[0]) {
			snprintf(phases[i].name, sizeof(phases[i].name), "%s", name);
			phases[i].times = calloc(KEYS_MAX, sizeof(double));
		}
		if (strcmp(phases[i].name, name) == 0)
			return phases[i].times ? &phases[i] : NULL;
	}
	return NULL;
}

static int
by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static double
part_ms(const struct phase *p, double part)
{
	return p->count ? p->times[(int)((p->count - 1) * part + 0.5)] * 1e3 : -1;
}

static void
report(void)
{
	for (int i = 0; i < PHASES_MAX && phases[i].name[0]; i++) {
		struct phase *p = &phases[i];
		qsort(p->times, (size_t)p->count, sizeof(double), by_size);
		printf("phase=%s keys=%d lost=%d p50_ms=%.2f p90_ms=%.2f p99_ms=%.2f "
		       "max_ms=%.2f\n",
			p->name, p->count, p->lost, part_ms(p, 0.5), part_ms(p, 0.9),
			part_ms(p, 0.99), part_ms(p, 1));
	}
}

int
main(int argc, char **argv)
{
	struct terminal t = {.key = -1};
	int cols, rows;
	if (argc < 4 || sscanf(argv[2], "%dx%d", &cols, &rows) != 2) {
		fprintf(stderr, "usage: keyecho DIR COLSxROWS COMMAND [ARGUMENT...]\n");
		return 2;
	}
	if (terminal_start(&t, cols, rows, argv + 3) != 0)
		return 1;
	double limit = now_s() + LIMIT_S;
	/* Until it is there; then it gets the keys. */
	while (!(t.first & 1) && now_s() < limit && terminal_rest(&t, 0.05) == 0)
		;
	if (terminal_rest(&t, 1) != 0 || terminal_write(&t, "\r", 1) != 0)
		return 1;
	terminal_rest(&t, 0.5);
	while (!there(argv[1], "stop") && now_s() < limit && !terminal_interrupted) {
		struct phase *phase = now_in(argv[1]);
		double took = terminal_key(&t);
		if (took == -2)
			return 1;
		if (phase && took < 0)
			phase->lost++;
		else if (phase && phase->count < KEYS_MAX)
			phase->times[phase->count++] = took;
		if (terminal_rest(&t, 0.02) != 0)
			return 1;
	}
	terminal_write(&t, "\021q", 2);
	terminal_rest(&t, 1);
	report();
	return 0;
}
