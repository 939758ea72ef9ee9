/* SPDX-License-Identifier: MIT */
/*
 * Accounts by /proc. What a process has used stands in its own line while it lives; then it
 * goes to whoever waits for it, so the two are added up over all of them. The clock of
 * /proc has ticks of 10 ms, which is why short works say little about CPU.
 */
#include "family.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES 4096

struct process {
	pid_t pid, parent;
	char name[24], state;
	unsigned long user, system, waited_user, waited_system, faults, rss;
	int ours, known;
};

static struct process table[PROCESSES];
static int count;
static pid_t seen[PROCESSES];
static int seen_count;

static int
read_process(pid_t pid, struct process *ret)
{
	char path[64], line[1024];
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	int fd = open(path, O_RDONLY);
	if (fd < 0)
		return -1;
	ssize_t len = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (len <= 0)
		return -1;
	line[len] = '\0';
	const char *open_at = strchr(line, '('), *close_at = strrchr(line, ')');
	if (!open_at || !close_at)
		return -1;
	*ret = (struct process){.pid = pid};
	snprintf(ret->name, sizeof(ret->name), "%.*s", (int)(close_at - open_at - 1),
		open_at + 1);
	int parent;
	if (sscanf(close_at + 2,
		    "%c %d %*d %*d %*d %*d %*u %*u %lu %*u %*u %lu %lu %lu %lu "
		    "%*d %*d %*d %*d %*u %*u %lu",
		    &ret->state, &parent, &ret->faults, &ret->user, &ret->system,
		    &ret->waited_user, &ret->waited_system, &ret->rss) != 8)
		return -1;
	ret->parent = parent;
	return 0;
}

/* Parents may stand behind their children, so we go over it until nobody is found any more. */
static void
find_ours(void)
{
	count = 0;
	DIR *proc = opendir("/proc");
	if (!proc)
		return;
	const struct dirent *entry;
	while ((entry = readdir(proc)) && count < PROCESSES) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		if (pid > 0 && read_process(pid, &table[count]) == 0)
			count++;
	}
	closedir(proc);
	pid_t self = getpid();
	for (int found = 1; found;) {
		found = 0;
		for (int i = 0; i < count; i++) {
			struct process *p = &table[i];
			int ours = p->parent == self;
			for (int j = 0; j < count && !ours; j++)
				ours = table[j].ours && table[j].pid == p->parent;
			if (ours && !p->ours)
				p->ours = found = 1;
		}
	}
}

static void
reap(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

void
family_init(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static int
was_seen(pid_t pid)
{
	for (int i = 0; i < seen_count; i++) {
		if (seen[i] == pid)
			return 1;
	}
	return 0;
}

static double
seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* Of the whole machine. */
static double
busy_s(void)
{
	unsigned long user = 0, nice = 0, system = 0;
	FILE *file = fopen("/proc/stat", "r");
	if (!file)
		return 0;
	if (fscanf(file, "cpu %lu %lu %lu", &user, &nice, &system) != 3)
		user = nice = system = 0;
	fclose(file);
	return (double)(user + nice + system) / (double)sysconf(_SC_CLK_TCK);
}

struct family
family_look(void)
{
	struct rusage gone, self;
	unsigned long ticks = 0, work = 0;
	struct family sum = {0};
	long page_kb = sysconf(_SC_PAGESIZE) / 1024;
	reap();
	getrusage(RUSAGE_CHILDREN, &gone);
	find_ours();
	for (int i = 0; i < count; i++) {
		struct process *p = &table[i];
		p->known = was_seen(p->pid);
		unsigned long used = p->user + p->system + p->waited_user + p->waited_system;
		if (p->ours && strcmp(p->name, "tileworker") == 0)
			work += used;
		if (!p->ours || strcmp(p->name, "tileworker") == 0)
			continue;
		ticks += used;
		sum.ended += p->faults;
		sum.rss_kb += (long)p->rss * page_kb;
		sum.newcomers += !p->known;
	}
	seen_count = 0;
	for (int i = 0; i < count; i++) {
		if (table[i].ours)
			seen[seen_count++] = table[i].pid;
	}
	sum.ended += (unsigned long)gone.ru_minflt;
	double tick_s = 1.0 / (double)sysconf(_SC_CLK_TCK);
	sum.cpu_s = (double)ticks * tick_s + seconds(gone.ru_utime) + seconds(gone.ru_stime);
	getrusage(RUSAGE_SELF, &self);
	sum.others_s = busy_s() - sum.cpu_s - (double)work * tick_s - seconds(self.ru_utime) -
		       seconds(self.ru_stime);
	return sum;
}

void
family_end(void)
{
	struct timespec pause = {.tv_nsec = 20000000};
	for (int turn = 0; turn < 150; turn++) {
		int left = 0;
		reap();
		find_ours();
		for (int i = 0; i < count; i++) {
			if (!table[i].ours)
				continue;
			left++;
			if (turn == 0)
				kill(table[i].pid, SIGTERM);
			else if (turn > 50)
				kill(table[i].pid, SIGKILL);
		}
		if (left == 0)
			return;
		nanosleep(&pause, NULL);
	}
}
