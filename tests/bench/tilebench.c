/* SPDX-License-Identifier: MIT */
/*
 * Runs a program that shows terminals in tiles, in a terminal of its own, and measures it:
 *
 *   tilebench [-m WORK] [-n TILES] [-w WANTED] [-b BYTES] [-k KIND] [-s COLSxROWS]
 *             [-H HOSTS] [-j] NAME ADAPTER
 *
 * ADAPTER is a script that knows the program: "ADAPTER prepare DIR TILES HOSTS" may start
 * what goes on behind the scenes and leave DIR/keys, whose lines are typed once all is shown;
 * "ADAPTER show DIR TILES HOSTS" becomes the program, with the commands DIR/tile-0 and so on
 * in its tiles and the keyboard in the first; "ADAPTER leave DIR" ends it. DIR/blind says
 * that nothing is shown. With HOSTS, tile I runs on host hI%HOSTS: an sshd of our own
 * (hosts.sh), known to "ssh -F DIR/ssh_config". With -j these are machines of their own behind
 * a jump host (lab.sh), seen from within the namespace that DIR/inside names alone.
 *
 * WORK is one of
 *   flood   the first tile echoes, the others write BYTES in all
 *   idle    nothing happens for ten seconds
 *   attach  until the marks of the first WANTED tiles are drawn; beside it, plain logins
 *   storm   the terminal changes its size 200 times in two seconds
 *   faults  the first tile echoes; then a host is cut, then another one falls silent
 *
 * It prints one line of WORD=VALUE. CPU is that of all processes but the workers': the
 * program, its servers wherever they went, ssh and sshd.
 */
#include "family.h"
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FLOOD_LIMIT_S 120.0
#define READY_LIMIT_S 60.0
#define IDLE_S        10.0
#define IDLE_KEYS     200
#define BUSY_KEYS     100000
#define KEY_EVERY_S   0.02
#define LOGINS        3 /* a host */
#define STORM_CHANGES 200
#define FAULT_S       13.0 /* a part: before, cut, silent */
#define FAULT_KEYS    2000

struct bench {
	const char *work, *name, *adapter, *kind;
	char home[256], dir[64];
	int tiles, wanted, hosts, behind_jump, cols, rows;
	unsigned long bytes;
	int blind;
	struct terminal terminal;
};

static int
there(const struct bench *b, const char *name)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", b->dir, name);
	return access(path, F_OK) == 0;
}

static void
touch(const struct bench *b, const char *name)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", b->dir, name);
	int fd = open(path, O_WRONLY | O_CREAT, 0644);
	if (fd >= 0)
		close(fd);
}

/* How many of the tiles have left a file of that name. */
static int
told(const struct bench *b, const char *name, int from)
{
	int n = 0;
	for (int i = from; i < b->tiles; i++) {
		char file[64];
		snprintf(file, sizeof(file), "%s.%d", name, i);
		n += there(b, file);
	}
	return n;
}

static uint64_t
mask(int from, int to)
{
	uint64_t below = to >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << to) - 1;
	return below & ~(((uint64_t)1 << from) - 1);
}

/* Runs argv to its end, quietly: its status, or -1. */
static int
run(char *const *argv, double limit_s)
{
	int status;
	double end = now_s() + limit_s;
	pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		dup2(null, 0);
		dup2(null, 1);
		execvp(argv[0], argv);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, WNOHANG) == 0) {
		struct timespec pause = {.tv_nsec = 1000000};
		if (now_s() > end || terminal_interrupted)
			kill(pid, SIGKILL);
		nanosleep(&pause, NULL);
	}
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int
adapter(const struct bench *b, const char *verb, double limit_s)
{
	char tiles[16], hosts[16], path[256], name[16], dir[64];
	snprintf(tiles, sizeof(tiles), "%d", b->tiles);
	snprintf(hosts, sizeof(hosts), "%d", b->hosts);
	snprintf(path, sizeof(path), "%s", b->adapter);
	snprintf(name, sizeof(name), "%s", verb);
	snprintf(dir, sizeof(dir), "%s", b->dir);
	char *argv[] = {path, name, dir, tiles, hosts, NULL};
	return run(argv, limit_s);
}

/* --- before --- */

static int
write_script(const struct bench *b, const char *kind, int tile, const char *command)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s-%d", b->dir, kind, tile);
	FILE *file = fopen(path, "w");
	if (!file)
		return -1;
	fprintf(file, "#!/bin/sh\nexec %s\n", command);
	fclose(file);
	return chmod(path, 0755);
}

/* work-I is what runs in a tile, tile-I is that where it belongs. */
static int
write_tiles(const struct bench *b)
{
	for (int i = 0; i < b->tiles; i++) {
		char work[512], tile[512];
		int flood = strcmp(b->work, "flood") == 0;
		int n = snprintf(
			work, sizeof(work), "%s/tileworker %s %d ", b->home, b->dir, i);
		int echoes = i == 0 && (flood || strcmp(b->work, "faults") == 0);
		if (flood && i > 0)
			snprintf(work + n, sizeof(work) - (size_t)n, "flood %lu %s",
				b->bytes / (unsigned)(b->tiles - 1), b->kind);
		else
			snprintf(work + n, sizeof(work) - (size_t)n, echoes ? "echo" : "still");
		snprintf(tile, sizeof(tile), "%s/work-%d", b->dir, i);
		if (b->hosts > 0)
			snprintf(tile, sizeof(tile), "ssh -F %s/ssh_config -tt h%d %s/work-%d",
				b->dir, i % b->hosts, b->dir, i);
		if (write_script(b, "work", i, work) != 0 ||
			write_script(b, "tile", i, tile) != 0)
			return -1;
	}
	return 0;
}

/* The path of a script that stands above the adapters. */
static void
script_path(const struct bench *b, const char *name, char ret[512])
{
	const char *slash = strrchr(b->adapter, '/');
	snprintf(ret, 512, "%.*s/../%s", slash ? (int)(slash - b->adapter) : 1,
		slash ? b->adapter : ".", name);
}

static int
lab(const struct bench *b, const char *verb, const char *what)
{
	char script[512], dir[64], first[16], second[16];
	script_path(b, "lab.sh", script);
	snprintf(dir, sizeof(dir), "%s", b->dir);
	snprintf(first, sizeof(first), "%s", verb);
	snprintf(second, sizeof(second), "%s", what);
	char *argv[] = {script, dir, first, second, NULL};
	return run(argv, READY_LIMIT_S);
}

static int
start_hosts(const struct bench *b)
{
	char script[512], dir[64], hosts[16];
	script_path(b, "hosts.sh", script);
	snprintf(dir, sizeof(dir), "%s", b->dir);
	snprintf(hosts, sizeof(hosts), "%d", b->hosts);
	char *argv[] = {script, dir, hosts, NULL};
	if (b->hosts == 0)
		return 0;
	return b->behind_jump ? lab(b, "up", hosts) : run(argv, READY_LIMIT_S);
}

static int
show(struct bench *b)
{
	char tiles[16], hosts[16], path[256], name[] = "show";
	snprintf(tiles, sizeof(tiles), "%d", b->tiles);
	snprintf(hosts, sizeof(hosts), "%d", b->hosts);
	snprintf(path, sizeof(path), "%s", b->adapter);
	char *argv[] = {path, name, b->dir, tiles, hosts, NULL};
	return terminal_start(&b->terminal, b->cols, b->rows, argv);
}

/* Until all workers run and those that are wanted are seen. */
static int
await_tiles(struct bench *b, double limit_s)
{
	uint64_t wanted = b->blind ? 0 : mask(0, b->wanted);
	double end = now_s() + limit_s;
	while (told(b, "ready", 0) < b->tiles || (b->terminal.first & wanted) != wanted) {
		if (now_s() > end || terminal_rest(&b->terminal, 0.02) != 0) {
			fprintf(stderr, "%s: %d of %d tiles run, %d of %d are shown\n", b->name,
				told(b, "ready", 0), b->tiles,
				__builtin_popcountll(b->terminal.first & wanted), b->wanted);
			return -1;
		}
	}
	return 0;
}

static int
type_keys(struct bench *b)
{
	char path[128], line[256];
	snprintf(path, sizeof(path), "%s/keys", b->dir);
	FILE *file = fopen(path, "r");
	int status = 0;
	while (file && status == 0 && fgets(line, sizeof(line), file)) {
		size_t len = strcspn(line, "\n");
		if (terminal_rest(&b->terminal, 0.3) != 0 ||
			terminal_write(&b->terminal, line, len) != 0)
			status = -1;
	}
	if (file)
		fclose(file);
	return status != 0 ? status : terminal_rest(&b->terminal, 0.5);
}

/* --- the works --- */

static int
by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static double
part_ms(double *sorted, int n, double part)
{
	return n > 0 ? sorted[(int)((double)(n - 1) * part + 0.5)] * 1e3 : -1;
}

static int
print_keys(const char *name, double *times, int n, int lost)
{
	qsort(times, (size_t)n, sizeof(*times), by_size);
	return printf(" %s_keys=%d %s_lost=%d %s_p50_ms=%.2f %s_p99_ms=%.2f", name, n, name,
		lost, name, part_ms(times, n, 0.5), name, part_ms(times, n, 0.99));
}

static int
work_flood(struct bench *b)
{
	static double idle[IDLE_KEYS], busy[BUSY_KEYS];
	int idle_count = 0, idle_lost = 0, busy_count = 0, busy_lost = 0;
	struct terminal *t = &b->terminal;
	for (int i = 0; !b->blind && i < IDLE_KEYS && idle_lost < 4; i++) {
		double took = terminal_key(t);
		if (took == -2 || terminal_rest(t, 0.01) != 0)
			return -1;
		if (took < 0)
			idle_lost++;
		else
			idle[idle_count++] = took;
	}
	struct family before = family_look();
	unsigned long drawn = t->drawn;
	double start = now_s(), next_key = start, written = -1, shown = -1;
	uint64_t all = mask(1, b->tiles);
	t->last = 0;
	touch(b, "go");
	while (shown < 0 && now_s() - start < FLOOD_LIMIT_S) {
		if (!b->blind && now_s() >= next_key && busy_count < BUSY_KEYS) {
			double took = terminal_key(t);
			if (took == -2)
				return -1;
			if (took < 0)
				busy_lost++;
			else
				busy[busy_count++] = took;
			next_key = now_s() + KEY_EVERY_S;
		} else if (terminal_read(t, 5) < 0) {
			return -1;
		}
		if (written < 0 && told(b, "done", 1) == b->tiles - 1)
			written = now_s() - start;
		if (written >= 0 && ((t->last & all) == all || b->blind))
			shown = now_s() - start;
		if (written >= 0 && now_s() - start > written + 10)
			break;
	}
	struct family after = family_look();
	if (shown < 0) {
		fprintf(stderr, "%s: %d of %d tiles came to their end, %d are shown\n", b->name,
			told(b, "done", 1), b->tiles - 1, __builtin_popcountll(t->last & all));
		return -1;
	}
	printf(" cpu_s=%.2f written_s=%.2f rss_kb=%ld others_percent=%.0f",
		after.cpu_s - before.cpu_s, written, after.rss_kb,
		(after.others_s - before.others_s) / (now_s() - start) * 1e2);
	if (!b->blind) {
		printf(" shown_s=%.2f drawn_kb=%.0f", shown, (double)(t->drawn - drawn) / 1e3);
		print_keys("idle", idle, idle_count, idle_lost);
		print_keys("busy", busy, busy_count, busy_lost);
	}
	return 0;
}

static int
work_idle(struct bench *b)
{
	struct terminal *t = &b->terminal;
	if (terminal_rest(t, 3) != 0)
		return -1;
	struct family before = family_look(), now = before;
	unsigned long drawn = t->drawn;
	int newcomers = 0;
	double start = now_s();
	while (now_s() - start < IDLE_S) {
		if (terminal_rest(t, 0.5) != 0)
			return -1;
		now = family_look();
		newcomers += now.newcomers;
	}
	/* One that came and went between two looks has left its page faults behind. */
	if (newcomers == 0 && now.ended != before.ended)
		newcomers = 1;
	printf(" cpu_permille=%.1f processes=%d drawn_kb=%.1f rss_kb=%ld",
		(now.cpu_s - before.cpu_s) / (now_s() - start) * 1e3, newcomers,
		(double)(t->drawn - drawn) / 1e3, now.rss_kb);
	return 0;
}

/* The slowest host's usual time. */
static double
login_s(const struct bench *b)
{
	double slowest = -1;
	for (int host = 0; host < b->hosts; host++) {
		double took[LOGINS];
		char config[128], name[16], ssh[] = "ssh", with[] = "-F", what[] = "true";
		snprintf(config, sizeof(config), "%s/ssh_config", b->dir);
		snprintf(name, sizeof(name), "h%d", host);
		char *argv[] = {ssh, with, config, name, what, NULL};
		for (int i = 0; i < LOGINS; i++) {
			double start = now_s();
			if (run(argv, 20) != 0)
				return -1;
			took[i] = now_s() - start;
		}
		qsort(took, LOGINS, sizeof(*took), by_size);
		if (took[LOGINS / 2] > slowest)
			slowest = took[LOGINS / 2];
	}
	return slowest;
}

/* All hosts at once: where they share this machine's processors, nobody is there sooner. */
static double
logins_s(const struct bench *b)
{
	double took[LOGINS];
	char config[128], count[16], sh[] = "sh", with[] = "-c";
	char script[] =
		"i=0; while [ $i -lt $1 ]; do ssh -F \"$0\" h$i true & i=$((i + 1)); done; "
		"wait";
	snprintf(config, sizeof(config), "%s/ssh_config", b->dir);
	snprintf(count, sizeof(count), "%d", b->hosts);
	char *argv[] = {sh, with, script, config, count, NULL};
	for (int i = 0; i < LOGINS; i++) {
		double start = now_s();
		if (run(argv, 40) != 0)
			return -1;
		took[i] = now_s() - start;
	}
	qsort(took, LOGINS, sizeof(*took), by_size);
	return took[LOGINS / 2];
}

static int
work_attach(struct bench *b)
{
	double login = login_s(b), logins = logins_s(b), start = now_s(),
	       end = start + READY_LIMIT_S;
	struct family before = family_look();
	uint64_t wanted = mask(0, b->wanted);
	if (show(b) != 0)
		return -1;
	while ((b->terminal.first & wanted) != wanted) {
		if (now_s() > end || terminal_read(&b->terminal, 5) < 0) {
			fprintf(stderr, "%s: %d of %d tiles are shown\n", b->name,
				__builtin_popcountll(b->terminal.first & wanted), b->wanted);
			return -1;
		}
	}
	double took = now_s() - start;
	printf(" attach_ms=%.0f cpu_s=%.2f", took * 1e3, family_look().cpu_s - before.cpu_s);
	if (login > 0)
		printf(" login_ms=%.0f", login * 1e3);
	if (logins > 0)
		printf(" logins_ms=%.0f", logins * 1e3);
	return 0;
}

/*
 * Calm is when all marks were drawn after the last change, and from when on little is drawn:
 * clocks and ages on the screen tick on.
 */
static int
work_storm(struct bench *b)
{
	struct terminal *t = &b->terminal;
	struct family before = family_look();
	unsigned long drawn = t->drawn, mark;
	double start = now_s();
	for (int i = 1; i <= STORM_CHANGES; i++) {
		int less = i < STORM_CHANGES ? i % 20 : 0;
		if (i == STORM_CHANGES)
			t->first = 0;
		terminal_resize(t, b->cols - less, b->rows - less / 2);
		if (i < STORM_CHANGES && terminal_rest(t, start + 0.01 * i - now_s()) != 0)
			return -1;
	}
	double last = now_s(), calm = last, all = -1;
	for (double end = last + 20; now_s() < end && (all < 0 || now_s() < calm + 1.5);) {
		mark = t->drawn;
		if (terminal_rest(t, 0.02) != 0)
			return -1;
		if (t->drawn - mark > 400)
			calm = now_s();
		if (all < 0 && (t->first & mask(0, b->wanted)) == mask(0, b->wanted))
			all = calm = now_s();
	}
	if (all < 0) {
		fprintf(stderr, "%s: not all tiles came back\n", b->name);
		return -1;
	}
	printf(" calm_ms=%.0f cpu_s=%.2f drawn_kb=%.0f", (calm - last) * 1e3,
		family_look().cpu_s - before.cpu_s, (double)(t->drawn - drawn) / 1e3);
	return 0;
}

/* Keys at a steady pace. */
static int
fault_part(struct bench *b, const char *name)
{
	static double times[FAULT_KEYS];
	int count = 0, lost = 0;
	struct terminal *t = &b->terminal;
	for (double end = now_s() + FAULT_S; now_s() < end && count < FAULT_KEYS;) {
		double next = now_s() + KEY_EVERY_S, took = terminal_key(t);
		if (took == -2 || terminal_rest(t, next - now_s()) != 0)
			return -1;
		if (took < 0)
			lost++;
		else
			times[count++] = took;
	}
	print_keys(name, times, count, lost);
	return 0;
}

static int
work_faults(struct bench *b)
{
	static const struct {
		const char *name, *verb;
	} parts[] = {
		{"before", NULL       },
		{"cut",    "cut"      },
		{"silent", "half_open"},
	};
	struct family before = family_look();
	double start = now_s();
	for (int i = 0; i < (int)(sizeof(parts) / sizeof(*parts)); i++) {
		char host[16];
		snprintf(host, sizeof(host), "h%d", b->hosts - i);
		if ((parts[i].verb && lab(b, parts[i].verb, host) != 0) ||
			fault_part(b, parts[i].name) != 0)
			return -1;
	}
	printf(" others_percent=%.0f",
		(family_look().others_s - before.others_s) / (now_s() - start) * 1e2);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct bench *b);
	int shows; /* by itself */
} works[] = {
	{"flood",  work_flood,  0},
	{"idle",   work_idle,   0},
	{"attach", work_attach, 1},
	{"storm",  work_storm,  0},
	{"faults", work_faults, 0},
};

/* --- one run --- */

static int
measure(struct bench *b)
{
	size_t i = 0;
	while (i < sizeof(works) / sizeof(*works) && strcmp(works[i].name, b->work) != 0)
		i++;
	if (i == sizeof(works) / sizeof(*works))
		return -1;
	if (write_tiles(b) != 0 || start_hosts(b) != 0 ||
		adapter(b, "prepare", READY_LIMIT_S) != 0) {
		fprintf(stderr, "%s: cannot be prepared\n", b->name);
		return -1;
	}
	b->blind = there(b, "blind");
	for (double end = now_s() + READY_LIMIT_S;
		works[i].shows && told(b, "ready", 0) < b->tiles;) {
		struct timespec pause = {.tv_nsec = 20000000};
		if (now_s() > end || terminal_interrupted)
			return -1;
		nanosleep(&pause, NULL);
	}
	if (!works[i].shows &&
		(show(b) != 0 || await_tiles(b, READY_LIMIT_S) != 0 || type_keys(b) != 0))
		return -1;
	printf("name=%s", b->name);
	int status = works[i].run(b);
	printf(" ok=%d\n", status == 0);
	return status;
}

static void
on_signal(int sig)
{
	(void)sig;
	terminal_interrupted = 1;
}

static void
environment(void)
{
	static const char *const unset[] = {
		"TMUX", "TMUX_PANE", "TMUX_TMPDIR", "STY", "WINDOW"};
	for (size_t i = 0; i < sizeof(unset) / sizeof(*unset); i++)
		unsetenv(unset[i]);
	setenv("TERM", "xterm-256color", 1);
	setenv("LANG", "C.UTF-8", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	struct sigaction action = {.sa_handler = on_signal};
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int
main(int argc, char **argv)
{
	struct bench b = {.work = "flood",
		.kind = "lines",
		.tiles = 16,
		.cols = 240,
		.rows = 64,
		.bytes = 64000000};
	int option;
	while ((option = getopt(argc, argv, "+m:n:w:b:k:s:H:j")) != -1) {
		switch (option) {
		case 'm':
			b.work = optarg;
			break;
		case 'n':
			b.tiles = atoi(optarg);
			break;
		case 'w':
			b.wanted = atoi(optarg);
			break;
		case 'b':
			b.bytes = strtoul(optarg, NULL, 10);
			break;
		case 'k':
			b.kind = optarg;
			break;
		case 's':
			sscanf(optarg, "%dx%d", &b.cols, &b.rows);
			break;
		case 'H':
			b.hosts = atoi(optarg);
			break;
		case 'j':
			b.behind_jump = 1;
			break;
		default:
			return 2;
		}
	}
	if (argc - optind != 2 || b.tiles < 2 || b.tiles > 64 || b.hosts < 0) {
		fprintf(stderr, "usage: tilebench [OPTION...] NAME ADAPTER; see tilebench.c\n");
		return 2;
	}
	b.name = argv[optind];
	b.adapter = argv[optind + 1];
	if (b.wanted == 0)
		b.wanted = b.tiles;
	ssize_t len = readlink("/proc/self/exe", b.home, sizeof(b.home) - 1);
	char *slash = len > 0 ? strrchr(b.home, '/') : NULL;
	snprintf(b.dir, sizeof(b.dir), "/tmp/ckb.XXXXXX");
	if (!slash || !mkdtemp(b.dir))
		return 1;
	*slash = '\0';
	environment();
	family_init();
	int status = measure(&b);
	fflush(stdout);
	terminal_interrupted = 0;
	touch(&b, "stop");
	adapter(&b, "leave", 10);
	if (b.terminal.pid > 0)
		terminal_rest(&b.terminal, 0.5);
	if (b.behind_jump)
		lab(&b, "down", "");
	family_end();
	char remove[] = "rm", how[] = "-rf";
	char *clean[] = {remove, how, b.dir, NULL};
	run(clean, 20);
	return status == 0 ? 0 : 1;
}
