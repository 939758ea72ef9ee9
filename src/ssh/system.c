/* SPDX-License-Identifier: MIT */
/*
 * A host through ssh(1): one master connection, and over it one ssh process a
 * stream. The master runs a command of its own,
 *
 *   echo HELLO; exec cat >/dev/null
 *
 * which says when the login is through, and ends, and with it the master, when
 * our end of its input goes: nothing stays behind even if we are killed.
 *
 * The processes of the streams read no configuration and know no way to the
 * host but the master's socket: ssh would silently make a connection of its own
 * where the master has no room for one more. That is met by trying again.
 *
 * Where a person is there, the master asks through us (inquiry.h); the ssh's that
 * it starts for jump hosts inherit that, with no more than the environment.
 */
#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "askpass.h"
#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/base_text.h"
#include "cockpit/io_command.h"
#include "cockpit/io_loop.h"
#include "cockpit/io_process.h"
#include "cockpit/ssh_config.h"
#include "cockpit/ssh_link.h"
#include "complaint.h"
#include "inquiry.h"
#include "pace.h"
#include "pool.h"

#define LOG_MODULE    "ssh"

#define HELLO         "cockpit-hello\n"
#define SAY_HELLO     "echo cockpit-hello; "
#define CONNECT_S     "15"
#define LOGIN_MS      60000 /* a key may want to be touched */
#define CHATTER_MAX   (64u << 10)
#define COMPLAINT_MAX (8u << 10)
/* sun_path has 108 bytes; ssh makes the socket under a name that is 17 longer. */
#define DIR_MAX  60
#define ARGS_MAX 64

/* Outlives the link by the moment that ssh needs to end. */
struct master {
	struct system *owner; /* NULL: the link is gone */
	struct stream *stream;
	char *socket;
};

struct system {
	struct link link;
	struct ssh_pool *pool;
	struct loop *loop;
	char *name, *file;
	bool new_keys;              /* may be taken, if the configuration says so */
	const struct link_ops *ops; /* NULL: freed by its owner */
	void *ctx;
	struct ssh_config_query *query;
	struct ssh_config *config;
	struct turn *turn;       /* until it is greeted */
	struct inquiry *inquiry; /* the same; NULL too when nobody may be asked */
	struct master *master;
	struct loop_timer *deadline;
	struct buf chatter, complaint;
	struct link *sessions;
	bool greeted, over;
	bool asking; /* ask() has no answer yet */
	int depth;   /* callbacks that are on the stack */
};

static void
destroy(void *ctx)
{
	struct system *s = ctx;
	loop_timer_free(s->deadline);
	buf_release(&s->chatter);
	buf_release(&s->complaint);
	ssh_config_free(s->config);
	mem_free(s->name);
	mem_free(s->file);
	ssh_pool_unref(s->pool);
	mem_free(s);
}

/* It has come up, or will not: nobody is waited for any more. */
static void
end_login(struct system *s)
{
	turn_free(s->turn);
	s->turn = NULL;
	inquiry_free(s->inquiry);
	s->inquiry = NULL;
	loop_timer_cancel(s->deadline);
}

static void
fail(struct system *s, const struct err *why)
{
	if (s->over || !s->ops)
		return;
	s->over = true;
	s->depth++;
	if (s->asking && s->ops->unask)
		s->ops->unask(s->ctx);
	s->asking = false;
	end_login(s);
	if (s->sessions)
		link_command_end(s->sessions, why);
	if (s->ops)
		s->ops->closed(s->ctx, why);
	s->depth--;
}

/* The socket, and what it was called before it was complete. ssh removes both itself, unless it
 * was killed. */
static void
remove_socket(const char *socket)
{
	char *folder = path_dir(socket);
	const char *base = path_base(socket);
	size_t len = strlen(base);
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	(void)unlink(socket);
	while (dir && (entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, base, len) != 0 || entry->d_name[len] != '.')
			continue;
		char *path = path_join(folder, entry->d_name);
		(void)unlink(path);
		mem_free(path);
	}
	if (dir)
		closedir(dir);
	mem_free(folder);
}

/* To begin anew would ask a person anew, for ever: so it is the person who is to say when. */
static void
judge_login(const struct system *s, struct err *err)
{
	char words[ERR_TEXT_MAX];
	if (!s->inquiry)
		return;
	if (inquiry_note(s->inquiry)[0] != '\0') {
		snprintf(words, sizeof(words), "%s", err->text);
		err_set(err, ERR_AUTH, "%s; %s", inquiry_note(s->inquiry), words);
	} else if (s->asking || inquiry_spent(s->inquiry)) {
		err->code = ERR_AUTH;
	}
}

static void
on_master_closed(void *ctx, const struct stream_exit *end)
{
	struct master *master = ctx;
	struct system *s = master->owner;
	struct err err = ERR_INIT;
	(void)end;
	remove_socket(master->socket);
	mem_free(master->socket);
	mem_free(master);
	if (!s)
		return;
	s->master = NULL;
	complaint_set(&err, s->name, buf_str(&s->complaint), s->inquiry != NULL);
	if (s->greeted) /* what was right once is only lost */
		err.code = ERR_CLOSED;
	else
		judge_login(s, &err);
	err_prefix(&err, s->greeted ? "the connection through ssh(1) ended" : "ssh(1)");
	fail(s, &err);
}

static void
on_master_errout(void *ctx, struct str bytes)
{
	struct master *master = ctx;
	struct system *s = master->owner;
	if (s && buf_add(&s->complaint, bytes) < 0) {
		buf_clear(&s->complaint);
		(void)buf_add(&s->complaint, str_slice(bytes, 0, COMPLAINT_MAX));
	}
}

static void
on_sessions_ready(void *ctx)
{
	struct system *s = ctx;
	if (!s->ops || s->over)
		return;
	loop_timer_cancel(s->deadline);
	s->depth++;
	if (s->ops->note)
		s->ops->note(s->ctx, "through ssh(1)");
	if (s->ops)
		s->ops->ready(s->ctx);
	s->depth--;
}

static void
on_sessions_closed(void *ctx, const struct err *why)
{
	struct system *s = ctx;
	struct err err = *why;
	err_prefix(&err, "ssh(1)");
	fail(s, &err);
}

static void
start_sessions(struct system *s)
{
	static const struct link_ops ops = {
		.ready = on_sessions_ready, .closed = on_sessions_closed};
	const char *const words[] = {"ssh", "-F", "none", "-S", s->master->socket, "-T", "-e",
		"none", "-o", "ControlMaster=no", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR",
		"-o", "ProxyCommand=false", "--", s->name,
		SAY_HELLO "exec " COMMAND_PLACEHOLDER, NULL};
	s->sessions = link_command_new(s->loop, words, HELLO, &ops, s);
}

static void
on_master_out(void *ctx, struct str bytes)
{
	struct master *master = ctx;
	struct system *s = master->owner;
	if (!s || s->greeted || s->over)
		return;
	if (buf_add(&s->chatter, bytes) < 0) {
		struct err err = ERR_INIT;
		err_set(&err, ERR_LIMIT, "ssh(1): the login there talks too much");
		fail(s, &err);
		return;
	}
	if (str_find_str(buf_str(&s->chatter), STR(HELLO)) < 0)
		return;
	s->greeted = true;
	end_login(s);
	loop_timer_set(s->deadline, LOGIN_MS);
	buf_release(&s->chatter);
	buf_clear(&s->complaint);
	start_sessions(s);
}

static void
on_deadline(void *ctx)
{
	struct system *s = ctx;
	struct err err = ERR_INIT;
	char words[400];
	text_safe_lines(words, sizeof(words), buf_str(&s->complaint));
	err_set(&err, ERR_TIMEOUT, "ssh(1): no login within %d s%s%s", LOGIN_MS / 1000,
		words[0] ? ": " : "", words);
	fail(s, &err);
}

static void
on_ask(void *ctx, const struct link_ask *ask)
{
	struct system *s = ctx;
	s->asking = true;
	s->depth++;
	s->ops->ask(s->ctx, ask);
	s->depth--;
}

static void
on_unask(void *ctx)
{
	struct system *s = ctx;
	s->asking = false;
	s->depth++;
	if (s->ops->unask)
		s->ops->unask(s->ctx);
	s->depth--;
}

/* A person may take as long as he likes. */
static void
on_person(void *ctx, bool waits)
{
	struct system *s = ctx;
	if (waits) {
		loop_timer_cancel(s->deadline);
		turn_yield(s->turn);
	} else {
		loop_timer_set(s->deadline, LOGIN_MS);
	}
}

static void
tell_status(struct system *s, const char *what)
{
	s->depth++;
	if (s->ops->status)
		s->ops->status(s->ctx, what);
	s->depth--;
}

static void
on_inquiry_status(void *ctx, const char *what)
{
	tell_status(ctx, what);
}

static void
on_refused(void *ctx, const struct err *why)
{
	fail(ctx, why);
}

static int
make_socket_path(char **ret, struct err *err)
{
	static unsigned count;
	char *dir;
	int rc = path_runtime_dir(DIR_MAX, &dir, err);
	if (rc < 0)
		return rc;
	*ret = mem_printf("%s/ssh-%ld-%u", dir, (long)getpid(), ++count);
	mem_free(dir);
	remove_socket(*ret); /* of a process that had our number and was killed */
	return 0;
}

/* What a person may have set for terminals of his own and what must not hold here, each for the
 * first that says it: the command line. */
static const char *const options[] = {
	"ClearAllForwardings=yes",
	"ConnectionAttempts=1",
	"ControlMaster=yes",
	"ControlPersist=no",
	"EscapeChar=none",
	"ForwardAgent=no",
	"ForwardX11=no",
	"LogLevel=ERROR",
	"PermitLocalCommand=no",
	"RemoteCommand=none",
	"RequestTTY=no",
	"ServerAliveCountMax=3",
	"ServerAliveInterval=15",
	"Tunnel=no",
	"VisualHostKey=no",
};

#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

/* Nobody is asked twice in a row: we have tried a passphrase before ssh gets it. */
static const char *
ask_option(const struct system *s)
{
	return s->inquiry ? "NumberOfPasswordPrompts=1" : "BatchMode=yes";
}

/* A changed host key is refused even where the configuration would wave it through. */
static const char *
host_key_option(const struct system *s)
{
	if (!s->new_keys)
		return "StrictHostKeyChecking=yes";
	if (s->config->strict == SSH_CONFIG_STRICT_NO)
		return "StrictHostKeyChecking=accept-new";
	return NULL;
}

static int
start_inquiry(struct system *s, const char *socket, struct err *err)
{
	static const struct inquiry_ops ops = {.ask = on_ask,
		.unask = on_unask,
		.person = on_person,
		.status = on_inquiry_status,
		.refused = on_refused};
	if (!s->ops->ask || s->config->batch_mode || !s->config->says_who_asks ||
		!helper_is_there())
		return 0;
	char *path = mem_printf("%s.ask", socket);
	s->inquiry = inquiry_new(
		s->loop, path, s->config, s->pool->secrets, s->new_keys, &ops, s, err);
	mem_free(path);
	return s->inquiry ? 0 : -1;
}

static struct stream *
open_master(struct system *s, const char *const args[], struct master *master, struct err *err)
{
	static const struct stream_ops ops = {
		.out = on_master_out, .errout = on_master_errout, .closed = on_master_closed};
	/* Also when the file of the program is another one by now. */
	char *program = mem_printf("SSH_ASKPASS=/proc/%ld/exe", (long)getpid());
	char *socket = mem_printf(ASKPASS_SOCKET "=%s.ask", master->socket);
	const char *const asks[] = {program, socket, "SSH_ASKPASS_REQUIRE=force", NULL};
	/* For the jump hosts: they know nothing of BatchMode. */
	const char *const asks_not[] = {"SSH_ASKPASS_REQUIRE=never", NULL};
	struct stream *stream = process_open_env(
		s->loop, args, NULL, s->inquiry ? asks : asks_not, &ops, master, err);
	mem_free(program);
	mem_free(socket);
	return stream;
}

static int
start_master(struct system *s, struct err *err)
{
	const char *args[ARGS_MAX] = {"ssh"};
	size_t n = 1;
	char *socket;
	int rc = make_socket_path(&socket, err);
	if (rc < 0)
		return rc;
	if (start_inquiry(s, socket, err) < 0) {
		mem_free(socket);
		return -1;
	}
	if (s->file) {
		args[n++] = "-F";
		args[n++] = s->file;
	}
	args[n++] = "-S";
	args[n++] = socket;
	args[n++] = "-T";
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		args[n++] = "-o";
		args[n++] = options[i];
	}
	const char *more[] = {ask_option(s), host_key_option(s),
		s->config->connect_timeout_s ? NULL : "ConnectTimeout=" CONNECT_S};
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		if (!more[i])
			continue;
		args[n++] = "-o";
		args[n++] = more[i];
	}
	args[n++] = "--";
	args[n++] = s->name;
	args[n++] = SAY_HELLO "exec cat >/dev/null";
	BUG_ON(n >= ARGS_MAX);
	struct master *master = MEM_NEW(struct master);
	*master = (struct master){.owner = s, .socket = socket};
	master->stream = open_master(s, args, master, err);
	if (!master->stream) {
		mem_free(socket);
		mem_free(master);
		return -1;
	}
	s->master = master;
	loop_timer_set(s->deadline, LOGIN_MS);
	return 0;
}

static void
on_turn(void *ctx)
{
	struct system *s = ctx;
	struct err err = ERR_INIT;
	if (start_master(s, &err) < 0)
		fail(s, &err);
	else
		tell_status(s, "connecting");
}

/* The server that is dialled, as the links by libssh2 name it: the same pace holds for both. */
static char *
server_name(const struct ssh_config *config)
{
	if (config->proxyjump || config->proxycommand)
		return mem_printf("ssh by %s",
			config->proxyjump ? config->proxyjump : config->proxycommand);
	return mem_printf("%s:%d by %p", config->hostname, config->port, NULL);
}

static void
on_config(void *ctx, struct ssh_config *config, const struct err *err)
{
	struct system *s = ctx;
	s->query = NULL;
	s->config = config;
	if (err) {
		fail(s, err);
		return;
	}
	char *server = server_name(config);
	s->turn = turn_new(s->pool->pace, server, on_turn, s);
	mem_free(server);
	if (turn_granted(s->turn))
		on_turn(s);
	else
		tell_status(s, "waiting for its turn");
}

static struct stream *
on_open(struct link *link, const char *const argv[], const struct stream_ops *ops, void *ctx,
	struct err *err)
{
	struct system *s = (struct system *)link;
	if (s->sessions && !s->over)
		return link_open(s->sessions, argv, ops, ctx, err);
	err_set(err, ERR_CLOSED, "the link is not up");
	return NULL;
}

static void
on_answer(struct link *link, bool yes, const char *const answers[])
{
	struct system *s = (struct system *)link;
	if (!s->asking)
		return;
	s->asking = false;
	inquiry_answer(s->inquiry, yes, answers);
}

static void
on_free(struct link *link)
{
	struct system *s = (struct system *)link;
	s->ops = NULL;
	end_login(s);
	ssh_config_query_cancel(s->query);
	s->query = NULL;
	link_free(s->sessions);
	s->sessions = NULL;
	if (s->master) {
		s->master->owner = NULL;
		stream_close(s->master->stream);
	}
	if (s->depth > 0)
		loop_defer(s->loop, destroy, s);
	else
		destroy(s);
}

struct link *
ssh_system_new(struct ssh_pool *pool, const char *name, const char *config_file, bool new_keys,
	const struct link_ops *ops, void *ctx)
{
	static const struct link_class link_class = {
		.open = on_open, .free = on_free, .answer = on_answer};
	struct loop *loop = pool->loop;
	struct system *s = MEM_NEW(struct system);
	ssh_pool_ref(pool);
	*s = (struct system){.link = {&link_class},
		.pool = pool,
		.loop = loop,
		.name = mem_strdup(name),
		.file = config_file ? mem_strdup(config_file) : NULL,
		.new_keys = new_keys,
		.ops = ops,
		.ctx = ctx,
		.chatter = BUF_INIT_MAX(CHATTER_MAX),
		.complaint = BUF_INIT_MAX(COMPLAINT_MAX)};
	s->deadline = loop_timer_new(loop, on_deadline, s);
	s->query = ssh_config_query_new(loop, name, config_file, on_config, s);
	return &s->link;
}
