/* SPDX-License-Identifier: MIT */
/*
 * One run of a check: a verb of host.sh runs the command, a worker takes what it prints apart,
 * keeps it in a file and writes down what came of it. The output is hostile and of any length;
 * the line in which the script says how it ended has a word in it that was made for this once.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/fleet_summary.h"
#include "cockpit/io_loop.h"
#include "cockpit/orch_check.h"
#include "cockpit/store_store.h"
#include "local.h"

#define GRACE_MS   60000                 /* for the snapshots before and after it */
#define BYTES_MAX  ((uint64_t)512 << 20) /* that it may print */
#define ENDING_MAX 200                   /* bytes of the script's last line */
#define WORDS      3                     /* of an order */
#define WORDS_MAX  8                     /* arguments of a verb */
#define CUT_OFF    -3                    /* status in the store */
#define CANCELED   -4

/* It may outlive its pilot. */
struct checking {
	struct pilot *pilot; /* NULL: nobody waits any more */
	check_run_fn *done;
	void (*began)(void *ctx);
	void *ctx;
	bool runs, first; /* else it waits; a person does for it */
	int host_index;
	const char *verb;
	char *words[WORDS];
	struct checking *next;
	atomic_bool canceled; /* by a person; the worker writes that down */
	struct doing_stamp stamp;
	/* The worker's. */
	char *store, *logs; /* files */
	char nonce[PILOT_ID_MAX];
	struct store_check row;
	struct duct *duct;
	struct summary_reader *reader;
	struct buf held; /* what may be the last line's */
	int fd;
	_Atomic(const char *) live; /* the log, once it is there: everybody's */
	uint64_t written, dropped;
	bool ended;              /* the script has said how */
	char after[REPO_ID_MAX]; /* the tree by then; "": not known */
};

/* --- on the worker: its output --- */

static void
write_log(struct checking *checking, struct str bytes)
{
	uint64_t room = CHECK_LOG_MAX - checking->written;
	if (bytes.len > room) {
		checking->dropped += bytes.len - room;
		bytes.len = (size_t)room;
	}
	if (checking->fd < 0 || bytes.len == 0)
		return;
	checking->written += bytes.len;
	if (path_write_fd(checking->fd, bytes) < 0) {
		close(checking->fd);
		checking->fd = -1;
	}
}

static void
take(struct checking *checking, struct str bytes)
{
	summary_reader_feed(checking->reader, bytes);
	write_log(checking, bytes);
}

static bool
is_tree(struct str id)
{
	for (size_t i = 0; i < id.len; i++) {
		if (!id.ptr[i] || !strchr("0123456789abcdef", id.ptr[i]))
			return false;
	}
	return id.len == REPO_ID_MAX - 1;
}

/* " STATUS TREE", or " broken WHY", behind the word that was made for it. */
static int
parse_ending(struct checking *checking, struct str line, struct err *err)
{
	struct str status = str_cut(&line, ' ');
	int number = -2;
	line = str_trim(line);
	if (str_eqc(status, "broken")) {
		char why[ENDING_MAX];
		checking->ended = true;
		return err_set(err, ERR_REMOTE, "%s", text_safe_tmp(why, sizeof(why), line));
	}
	if (is_tree(line))
		memcpy(checking->after, line.ptr, line.len);
	if (!str_eqc(status, "late") && !str_to_int(status, 0, 255, &number))
		return err_set(err, ERR_PROTOCOL, "there is no telling how it ended");
	checking->row.status = number;
	checking->ended = true;
	return 0;
}

/* How many bytes at its end may be the beginning of needle. */
static size_t
begun(struct str s, struct str needle)
{
	size_t len = s.len < needle.len ? s.len : needle.len - 1;
	while (len > 0 && memcmp(s.ptr + s.len - len, needle.ptr, len) != 0)
		len--;
	return len;
}

/* All but what may be the beginning of the script's last line: who looks on sees the rest at
 * once. */
static int
sift(struct checking *checking, struct err *err)
{
	char needle[64];
	struct str held = buf_str(&checking->held);
	snprintf(needle, sizeof(needle), "\ncockpit-checked %s ", checking->nonce);
	ptrdiff_t at = str_find_str(held, str_from(needle));
	size_t keep = at < 0 ? begun(held, str_from(needle)) : held.len - (size_t)at;
	take(checking, str_slice(held, 0, held.len - keep));
	buf_consume(&checking->held, held.len - keep);
	if (at < 0)
		return 0;
	struct str rest = str_slice(buf_str(&checking->held), strlen(needle), SIZE_MAX);
	if (str_find(rest, '\n') < 0)
		return rest.len < ENDING_MAX
			       ? 0
			       : err_set(err, ERR_PROTOCOL, "its last line has no end");
	return parse_ending(checking, str_cut(&rest, '\n'), err);
}

static int
read_output(struct checking *checking, struct err *err)
{
	char *bytes = mem_alloc(65536);
	int rc = 0;
	while (rc == 0 && !checking->ended) {
		int64_t n = duct_read(checking->duct, bytes, 65536, err);
		if (n == 0)
			rc = err_set(err, ERR_CLOSED, "it was cut off");
		else if (n < 0)
			rc = (int)n;
		else
			buf_add(&checking->held, (struct str){bytes, (size_t)n});
		if (rc == 0)
			rc = sift(checking, err);
	}
	if (!checking->ended)
		take(checking, buf_str(&checking->held));
	mem_free(bytes);
	return rc;
}

/* Not as an argument: what the command runs could see it there. */
static int
send_nonce(struct checking *checking, struct err *err)
{
	char line[PILOT_ID_MAX + 1];
	snprintf(line, sizeof(line), "%s\n", checking->nonce);
	return duct_write(checking->duct, str_from(line), err);
}

static int
read_tree_line(struct checking *checking, struct err *err)
{
	char byte = 0, line[REPO_ID_MAX];
	size_t len = 0;
	for (;;) {
		int64_t n = duct_read(checking->duct, &byte, 1, err);
		if (n < 0)
			return (int)n;
		if (n == 0 || (byte != '\n' && len == REPO_ID_MAX - 1))
			return err_set(
				err, ERR_PROTOCOL, "it did not say which tree it checks");
		if (byte == '\n')
			break;
		line[len++] = byte;
	}
	bool unknown = str_eqc((struct str){line, len}, "unknown");
	for (size_t i = 0; i < len && !unknown; i++) {
		if (!strchr("0123456789abcdef", line[i]) || !line[i])
			return err_set(err, ERR_PROTOCOL, "what it checks is no tree");
	}
	checking->row.tree = mem_strndup(line, len);
	return 0;
}

/* --- on the worker: the whole of it --- */

/* Of an agent's logs, "ID.log", the oldest go. */
static void
prune_logs(const char *dir)
{
	for (;;) {
		DIR *stream = opendir(dir);
		struct dirent *entry;
		uint64_t oldest = UINT64_MAX, id;
		size_t count = 0;
		while (stream && (entry = readdir(stream))) {
			struct str name = str_from(entry->d_name);
			if (!str_ends(name, STR(".log")) ||
				!str_to_u64(str_slice(name, 0, name.len - 4), INT64_MAX, &id))
				continue;
			count++;
			oldest = id < oldest ? id : oldest;
		}
		if (stream)
			closedir(stream);
		if (count <= CHECK_LOGS)
			return;
		char *path = mem_printf("%s/%" PRIu64 ".log", dir, oldest);
		bool gone = unlink(path) == 0;
		mem_free(path);
		if (!gone)
			return;
	}
}

static void
open_log(struct checking *checking)
{
	char *dir =
		mem_printf("%s/%s/%s", checking->logs, checking->row.host, checking->row.agent);
	if (path_mkdir(dir, NULL) == 0) {
		checking->row.log = mem_printf("%s/%" PRId64 ".log", dir, checking->row.id);
		checking->fd = open(checking->row.log,
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (checking->fd >= 0)
			atomic_store(&checking->live, checking->row.log);
	}
	prune_logs(dir);
	mem_free(dir);
}

static void
close_log(struct checking *checking, const struct summary *summary)
{
	struct buf rest = BUF_INIT;
	if (checking->dropped > 0)
		buf_printf(&rest, "\n[cockpit: %" PRIu64 " bytes are missing here]\n%s\n",
			checking->dropped, summary->tail ? summary->tail : "");
	if (checking->fd >= 0 && rest.len > 0)
		path_write_fd(checking->fd, buf_str(&rest));
	if (checking->fd >= 0)
		close(checking->fd);
	checking->fd = -1;
	buf_release(&rest);
}

static void
take_summary(struct checking *checking, const struct summary *summary, const struct err *err)
{
	struct store_check *row = &checking->row;
	struct buf words = BUF_INIT, failed = BUF_INIT;
	row->passed = summary->passed;
	row->failed = summary->failed;
	row->skipped = summary->skipped;
	/* Its status alone decides: what it printed need not say why. */
	if (row->status > 0 && summary->failed <= 0 && summary->name_count == 0)
		buf_printf(&words, "exit %d%s", row->status, summary->passed >= 0 ? ", " : "");
	summary_words(summary, &words);
	if (err->code && row->status != CANCELED)
		buf_printf(&words, "%s%s", words.len ? "; " : "", err->text);
	for (size_t i = 0; i < summary->name_count; i++)
		buf_printf(&failed, "%s%s", i ? "\n" : "", summary->names[i]);
	row->words = buf_steal(&words);
	row->names = buf_steal(&failed);
}

static int64_t
now_ms(void)
{
	return clock_wall() * 1000;
}

static void
run(void *ctx, struct duct *duct, struct err *err)
{
	struct checking *checking = ctx;
	struct store *store = NULL;
	struct summary summary = {0};
	checking->duct = duct;
	int rc = send_nonce(checking, err);
	if (rc == 0)
		rc = read_tree_line(checking, err);
	if (rc == 0)
		rc = store_open(checking->store, &store, err);
	if (rc == 0)
		rc = store_check_begin(store, &checking->row, now_ms(), &checking->row.id, err);
	if (rc < 0) {
		store_close(store);
		return;
	}
	checking->reader = summary_reader_new();
	open_log(checking);
	rc = read_output(checking, err);
	summary_reader_end(checking->reader, &summary);
	summary_reader_free(checking->reader);
	if (rc < 0)
		checking->row.status = atomic_load(&checking->canceled) ? CANCELED : CUT_OFF;
	take_summary(checking, &summary, err);
	close_log(checking, &summary);
	summary_release(&summary);
	struct err why = ERR_INIT;
	if (store_check_end(store, &checking->row, now_ms(), &why) < 0 && rc == 0)
		*err = why;
	checking->row.ended_at = now_ms();
	if (!why.code && checking->row.status == 0 && checking->after[0] &&
		strcmp(checking->after, checking->row.tree) == 0)
		proof_note(store, checking->row.id, checking->after, now_ms());
	store_close(store);
}

/* --- on the loop --- */

static void next_of(struct pilot *pilot);

static void
checking_free(struct checking *checking)
{
	store_check_release(&checking->row);
	for (int i = 0; i < WORDS; i++)
		mem_free(checking->words[i]);
	mem_free(checking->store);
	mem_free(checking->logs);
	buf_release(&checking->held);
	mem_free(checking);
}

static void
unlink_it(struct checking *checking)
{
	struct checking **p = &checking->pilot->checkings;
	while (*p != checking)
		p = &(*p)->next;
	*p = checking->next;
}

static void
on_ran(void *ctx, const struct err *err)
{
	struct checking *checking = ctx;
	struct pilot *pilot = checking->pilot;
	struct err why = err ? *err : ERR_INIT;
	/* By a person, and by nothing else. */
	if (err && atomic_load(&checking->canceled)) {
		why = ERR_INIT;
		err_set(&why, ERR_CANCELED, "cancelled");
	} else if (why.code == ERR_CANCELED) {
		why.code = ERR_CLOSED;
	}
	if (pilot) {
		unlink_it(checking);
		checking->done(
			checking->ctx, &checking->row, checking->after, why.code ? &why : NULL);
	}
	checking_free(checking);
	if (pilot)
		next_of(pilot);
}

static int
begin(struct checking *checking, struct err *err)
{
	struct pilot *pilot = checking->pilot;
	const struct fleet_config *config = fleet_config(pilot->fleet);
	int seconds = fleet_config_check_seconds(config);
	const struct duct_limits limits = {(int64_t)seconds * 1000 + GRACE_MS, BYTES_MAX};
	char number[12];
	const char *args[WORDS_MAX + 1] = {NULL};
	size_t count = 0;
	snprintf(number, sizeof(number), "%d", seconds);
	for (int i = 0; i < WORDS; i++)
		args[count++] = checking->words[i];
	args[count++] = number;
	args[count++] = checking->row.command;
	args[count++] = config->setup ? config->setup : "";
	int rc = errand_start(pilot, checking->host_index, checking->verb, args, &limits, run,
		on_ran, checking, err);
	checking->runs = rc >= 0;
	return rc;
}

/* --- they take turns --- */

static bool
has_room(const struct pilot *pilot, int host)
{
	int left = fleet_config_check_limit(fleet_config(pilot->fleet));
	for (const struct checking *it = pilot->checkings; it; it = it->next)
		left -= it->runs && it->host_index == host;
	return left > 0;
}

/* Behind the others that wait; one that a person waits for before all that nobody does. */
static void
line_up(struct pilot *pilot, struct checking *checking)
{
	struct checking **p = &pilot->checkings;
	while (*p && ((*p)->runs || (*p)->first || !checking->first))
		p = &(*p)->next;
	checking->next = *p;
	*p = checking;
}

static struct checking *
next_one(const struct pilot *pilot)
{
	struct checking *it = pilot->checkings;
	while (it && (it->runs || !has_room(pilot, it->host_index)))
		it = it->next;
	return it;
}

/* What is called may start others, or come here itself. */
static void
next_of(struct pilot *pilot)
{
	struct checking *checking;
	while ((checking = next_one(pilot))) {
		struct err err = ERR_INIT;
		if (begin(checking, &err) < 0) {
			unlink_it(checking);
			checking->done(checking->ctx, &checking->row, "", &err);
			checking_free(checking);
		} else if (checking->began) {
			checking->began(checking->ctx);
		}
	}
}

const char *
check_run_log(const struct pilot *pilot, const void *ctx)
{
	const struct checking *it = pilot->checkings;
	while (it && it->ctx != ctx)
		it = it->next;
	const char *ret = it ? atomic_load(&it->live) : NULL;
	return ret ? ret : "";
}

void
check_run_hurry(struct pilot *pilot, const void *ctx)
{
	struct checking *it = pilot->checkings;
	while (it && (it->runs || it->ctx != ctx))
		it = it->next;
	if (!it)
		return;
	unlink_it(it);
	it->first = true;
	line_up(pilot, it);
}

static void
cancel(void *self)
{
	struct checking *checking = self;
	struct pilot *pilot = checking->pilot;
	struct err err = ERR_INIT;
	atomic_store(&checking->canceled, true);
	if (checking->runs) {
		errand_cancel(pilot, checking);
		return;
	}
	err_set(&err, ERR_CANCELED, "cancelled");
	unlink_it(checking);
	checking->done(checking->ctx, &checking->row, "", &err);
	checking_free(checking);
}

void
check_run_cancel(struct pilot *pilot, const void *ctx)
{
	struct checking *it = pilot->checkings;
	while (it && it->ctx != ctx)
		it = it->next;
	if (it && !it->canceled)
		cancel(it);
}

void
checkings_tell(const struct pilot *pilot, struct doings *into)
{
	for (struct checking *it = pilot->checkings; it; it = it->next) {
		const struct doing_row row = {
			.it = {.kind = DOING_CHECK,
                               .name = it->row.agent,
                               .host = it->row.host,
                               .step = it->runs ? "" : "waits for its turn",
                               .waits = !it->runs,
                               .wanted = it->first,
                               .canceled = it->canceled},
			.stamp = it->stamp,
			.self = it,
			.waiter = it->ctx,
			.cancel = cancel
                };
		doings_add(into, &row);
	}
}

static int
see_order(const struct pilot *pilot, const struct check_order *order, struct err *err)
{
	if (!order->command)
		return err_set(err, ERR_NOT_FOUND,
			"fleet %s has no \"check\" (in cockpit.json, as cockpit found it when "
			"it "
			"began): the command that tells whether work is good",
			fleet_config(pilot->fleet)->name);
	if (!pilot->store)
		return err_set(err, ERR_IO, "there is no folder for the fleet's store");
	return 0;
}

int
check_run(struct pilot *pilot, const struct check_order *order, check_run_fn *done, void *ctx,
	struct err *err)
{
	int rc = see_order(pilot, order, err);
	if (rc < 0)
		return rc;
	struct checking *checking = MEM_NEW(struct checking);
	*checking = (struct checking){
		.pilot = pilot,
		.done = done,
		.began = order->began,
		.ctx = ctx,
		.first = order->first,
		.host_index = order->host_index,
		.verb = order->verb,
		.stamp = doing_begin(pilot),
		.store = mem_strdup(pilot->store),
		.logs = mem_strdup(pilot->logs),
		.row = {.host = mem_strdup(order->host),
			.agent = mem_strdup(order->name),
			.command = mem_strdup(order->command),
			.status = CUT_OFF,
			.passed = -1,
			.failed = -1,
			.skipped = -1},
		.held = BUF_INIT,
		.fd = -1
        };
	for (int i = 0; i < WORDS; i++)
		checking->words[i] = mem_strdup(order->words[i]);
	pilot_make_id(checking->nonce);
	if (has_room(pilot, order->host_index))
		rc = begin(checking, err);
	if (rc < 0) {
		checking_free(checking);
		return rc;
	}
	line_up(pilot, checking);
	return checking->runs ? 0 : 1;
}

/* What those that run come to is written down by their worker, if this process lives so long.
 */
void
checkings_drop(struct pilot *pilot)
{
	while (pilot->checkings) {
		struct checking *checking = pilot->checkings;
		pilot->checkings = checking->next;
		checking->pilot = NULL;
		if (!checking->runs)
			checking_free(checking);
	}
}
