/* SPDX-License-Identifier: MIT */
/* Hosts through ssh(1), against real sshd's: when it is asked for, and when libssh2 cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/base_mem.h"
#include "cockpit/base_text.h"
#include "cockpit/ssh_link.h"
#include "live_link.h"
#include "ssh_server.h"

/* No start-up files of ours: some take their time. */
#define QUIET "SetEnv HOME=/nonexistent\n"

static struct ssh_server server;
static struct ssh_pool *pool;
static int links_alive;
static char config_path[128];

enum way { ANY, SYSTEM, LIBSSH2 };

static struct link *
new_link(enum way way, const struct link_ops *ops, void *ctx)
{
	links_alive++;
	switch (way) {
	case ANY:
		return ssh_any_new(pool, "lab", config_path, ops, ctx);
	case SYSTEM:
		return ssh_system_new(pool, "lab", config_path, true, ops, ctx);
	case LIBSSH2:
		break;
	}
	return ssh_link_new(pool, "lab", config_path, ops, ctx);
}

static void
drop_link(struct link *link)
{
	links_alive--;
	link_free(link);
}

static void
configure(
	const struct ssh_server *to, const char *identity, const char *known, const char *more)
{
	server_write(&server, "ssh_config",
		"Host lab\n HostName 127.0.0.1\n Port %d\n User %s\n IdentityFile %s/%s\n"
		" UserKnownHostsFile %s/%s\n GlobalKnownHostsFile none\n IdentitiesOnly yes\n"
		" HashKnownHosts no\n %s\n",
		to->port, server_user(), server.dir, identity, server.dir, known, more);
}

/* key: a file of the first server's folder, unless it has a path. */
static void
know(const struct ssh_server *to, const char *marker, const char *key, const char *file)
{
	server_sh(
		"cd %s && printf '%%s' '%s[127.0.0.1]:%d ' >%s && cut -d' ' -f1,2 %s.pub >>%s",
		server.dir, marker, to->port, file, key, file);
}

static void
reach(struct peer *peer, enum way way)
{
	int64_t deadline = clock_ms() + DEADLINE_MS;
	*peer = (struct peer){0};
	peer->link = new_link(way, &link_ops, peer);
	while (!peer->ready && !peer->closed)
		turn(deadline);
}

static void
reach_well(struct peer *peer, enum way way)
{
	reach(peer, way);
	if (!peer->ready)
		fail_msg("%s", peer->why.text);
}

/* what: "RSA key "; name: of a file in the first server's folder. */
static void
assert_note(const struct peer *peer, const char *what, const char *name)
{
	char want[200];
	snprintf(want, sizeof(want), "through ssh(1): %s%s/%s", what, server.dir, name);
	assert_string_equal(peer->note, want);
}

/* Runs something there, so that "ready" is no empty word. */
static void
say_hi(struct peer *peer)
{
	struct child child;
	start_script(&child, peer, "echo hi; cat >&2; exit 7");
	stream_write(child.stream, STR("in"));
	stream_shutdown(child.stream);
	wait_for(&child.done);
	assert_out(&child, "hi\n");
	assert_string_equal(buf_cstr(&child.errout), "in");
	assert_int_equal(child.code, 7);
	release(&child);
}

static int
count(const char *command)
{
	int number = -1;
	assert_int_equal(sscanf(server_sh("%s", command), "%d", &number), 1);
	return number;
}

/* Sockets, and processes that have one in their words. */
static int
left_behind(void)
{
	char command[300];
	snprintf(command, sizeof(command),
		"cd %s && echo $(($(ls run/cockpit 2>/dev/null | wc -l) + "
		"$(pgrep -fc '[/]%s/run/cockpit')))",
		server.dir, server.dir + 1);
	return count(command);
}

static void
hang_up(struct peer *peer)
{
	drop_link(peer->link);
	int64_t deadline = clock_ms() + DEADLINE_MS;
	while (left_behind() > 0)
		turn(deadline);
}

static void
test_runs_commands(void **state)
{
	static const char *const argv[] = {"printf", "%s|%s|%s", "a'b \"c\" $HOME `id` \\n",
		"*\nnext\t\\\\ !! \x01\xff", "", NULL};
	struct peer peer;
	struct child child;
	(void)state;
	configure(&server, "id_ed25519", "known_hosts", "");
	reach_well(&peer, SYSTEM);
	assert_string_equal(peer.note, "through ssh(1)");
	start(&child, &peer, argv);
	wait_for(&child.done);
	assert_out(&child, "a'b \"c\" $HOME `id` \\n|*\nnext\t\\\\ !! \x01\xff|");
	assert_int_equal(child.code, 0);
	release(&child);
	say_hi(&peer);
	/* what ssh itself would end with is the command's own here */
	start_script(&child, &peer, "exit 255");
	wait_for(&child.done);
	assert_int_equal(child.code, 255);
	assert_int_equal(child.err.code, 0);
	release(&child);
	hang_up(&peer);
}

/* A person's configuration that is meant for terminals. */
static void
test_terminal_settings(void **state)
{
	struct peer peer;
	char more[600];
	(void)state;
	snprintf(more, sizeof(more),
		"RemoteCommand tmux attach\n RequestTTY force\n ControlMaster auto\n "
		"ControlPath %s/theirs\n ControlPersist yes\n ForwardAgent yes\n ForwardX11 "
		"yes\n "
		"LocalForward %d 127.0.0.1:1\n PermitLocalCommand yes\n "
		"LocalCommand touch %s/local-ran\n EscapeChar ~\n LogLevel VERBOSE",
		server.dir, server.port, server.dir);
	configure(&server, "id_ed25519", "known_hosts", more);
	reach_well(&peer, SYSTEM);
	say_hi(&peer);
	hang_up(&peer);
	server_sh("test ! -e %s/local-ran -a ! -e %s/theirs", server.dir, server.dir);
}

static void
test_queues_when_there_is_no_room(void **state)
{
	struct ssh_server narrow = {0};
	struct peer peer;
	struct child children[5];
	bool asked_to_end[5] = {false};
	(void)state;
	/* one for ourselves */
	server_start(&narrow, QUIET "MaxSessions 3\n");
	server_sh("cp %s/id_ed25519.pub %s/ak", server.dir, narrow.dir);
	char key[128];
	snprintf(key, sizeof(key), "%s/hk_ed25519", narrow.dir);
	know(&narrow, "", key, "known_narrow");
	configure(&narrow, "id_ed25519", "known_narrow", "");
	reach_well(&peer, SYSTEM);
	for (size_t i = 0; i < 5; i++) {
		start_script(&children[i], &peer, "cat; exit 3");
		assert_int_equal(stream_write(children[i].stream, STR("kept")), 0);
	}
	/* Who gets in first is for the server to say; each makes room when it has spoken. */
	int64_t deadline = clock_ms() + DEADLINE_MS;
	size_t asked = 0;
	while (asked < 5) {
		turn(deadline);
		size_t speaking = 0;
		for (size_t i = 0; i < 5; i++)
			speaking += !asked_to_end[i] && children[i].out.len > 0;
		assert_in_range(speaking, 0, 2);
		for (size_t i = 0; i < 5; i++) {
			if (children[i].out.len == 0 || asked_to_end[i])
				continue;
			asked_to_end[i] = true;
			asked++;
			stream_shutdown(children[i].stream);
		}
	}
	for (size_t i = 0; i < 5; i++) {
		wait_for(&children[i].done);
		if (children[i].err.code)
			fail_msg("%s", children[i].err.text);
		assert_int_equal(children[i].code, 3);
		assert_out(&children[i], "kept");
		release(&children[i]);
	}
	hang_up(&peer);
	server_stop(&narrow);
}

/* A server that drops what comes beyond six: nobody comes so early. */
static void
test_pace(void **state)
{
	struct ssh_server strict = {0};
	struct peer peers[16] = {0};
	char key[128];
	(void)state;
	server_start(&strict, QUIET "MaxStartups 6:100:6\n");
	server_sh("cp %s/id_ed25519.pub %s/ak", server.dir, strict.dir);
	snprintf(key, sizeof(key), "%s/hk_ed25519", strict.dir);
	know(&strict, "", key, "known_strict");
	configure(&strict, "id_ed25519", "known_strict", "");
	for (size_t i = 0; i < 16; i++)
		peers[i].link = new_link(i % 4 ? SYSTEM : LIBSSH2, &link_ops, &peers[i]);
	int64_t deadline = clock_ms() + DEADLINE_MS;
	for (size_t i = 0; i < 16; i++) {
		while (!peers[i].ready && !peers[i].closed)
			turn(deadline);
		if (!peers[i].ready)
			fail_msg("%s", peers[i].why.text);
	}
	for (size_t i = 0; i < 16; i++)
		drop_link(peers[i].link);
	while (left_behind() > 0)
		turn(deadline);
	server_stop(&strict);
}

static void
test_libssh2_when_it_can(void **state)
{
	struct peer peer;
	(void)state;
	configure(&server, "id_ed25519", "known_hosts", "");
	reach_well(&peer, ANY);
	assert_string_equal(peer.note, "");
	assert_int_equal(left_behind(), 0);
	say_hi(&peer);
	hang_up(&peer);
}

static void
test_rsa_user_key(void **state)
{
	struct peer peer;
	(void)state;
	configure(&server, "id_rsa", "known_hosts", "");
	reach_well(&peer, ANY);
	assert_note(&peer, "RSA key ", "id_rsa");
	say_hi(&peer);
	hang_up(&peer);
	/* who says "libssh2" gets the reason */
	reach(&peer, LIBSSH2);
	assert_says(&peer.why, ERR_AUTH, "an RSA key, which libssh2 1.10 cannot use");
	hang_up(&peer);
}

static void
test_rsa_key_of_the_agent(void **state)
{
	char socket_path[128];
	struct peer peer;
	(void)state;
	snprintf(socket_path, sizeof(socket_path), "%s/agent", server.dir);
	char *argv[] = {(char[]){"/usr/bin/ssh-agent"}, (char[]){"-D"}, (char[]){"-a"},
		socket_path, NULL};
	pid_t pid = server_spawn(&server, argv);
	for (int i = 0; i < 1000 && access(socket_path, F_OK) < 0; i++)
		server_pause();
	server_sh("cd %s && SSH_AUTH_SOCK=agent ssh-add -q id_rsa 2>&1", server.dir);
	setenv("SSH_AUTH_SOCK", socket_path, 1);
	configure(&server, "id_missing", "known_hosts", "IdentitiesOnly no");
	server_sh("sed -i '/IdentitiesOnly yes/d' %s", config_path);
	reach_well(&peer, ANY);
	assert_string_equal(peer.note, "through ssh(1): RSA key id_rsa (of the agent)");
	hang_up(&peer);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	unsetenv("SSH_AUTH_SOCK");
}

static void
test_certificates(void **state)
{
	struct ssh_server trusting = {0};
	struct peer peer;
	char extra[200];
	(void)state;
	server_sh("cd %s && ssh-keygen -q -t ed25519 -N '' -f ca && ssh-keygen -q -t ed25519 "
		  "-N '' "
		  "-f id_signed && ssh-keygen -q -s ca -I test -n %s id_signed.pub 2>&1",
		server.dir, server_user());
	snprintf(extra, sizeof(extra), QUIET "TrustedUserCAKeys %s/ca.pub\n", server.dir);
	server_start(&trusting, extra);
	char key[128];
	snprintf(key, sizeof(key), "%s/hk_ed25519", trusting.dir);
	know(&trusting, "", key, "known_trusting");
	/* beside the key, where ssh looks by itself */
	configure(&trusting, "id_signed", "known_trusting", "");
	reach_well(&peer, ANY);
	assert_note(&peer, "certificate ", "id_signed-cert.pub");
	say_hi(&peer);
	hang_up(&peer);
	/* named */
	server_sh("cd %s && mv id_signed-cert.pub cert.pub", server.dir);
	snprintf(extra, sizeof(extra), "CertificateFile %s/cert.pub", server.dir);
	configure(&trusting, "id_signed", "known_trusting", extra);
	reach_well(&peer, ANY);
	assert_string_equal(peer.note, "through ssh(1): CertificateFile");
	hang_up(&peer);
	server_stop(&trusting);
}

static void
test_proxy_command(void **state)
{
	struct peer peer;
	char more[200];
	(void)state;
	configure(&server, "id_ed25519", "known_hosts", "");
	server_sh("cp %s %s/jump_config", config_path, server.dir);
	snprintf(more, sizeof(more), "ProxyCommand ssh -F %s/jump_config -W %%h:%%p lab",
		server.dir);
	configure(&server, "id_ed25519", "known_hosts", more);
	reach_well(&peer, ANY);
	assert_string_equal(peer.note, "through ssh(1): ProxyCommand");
	say_hi(&peer);
	hang_up(&peer);
	reach(&peer, LIBSSH2);
	assert_says(&peer.why, ERR_UNSUPPORTED, "sets ProxyCommand");
	hang_up(&peer);
}

/* Settings that leave libssh2 nothing. */
static void
test_algorithms_of_the_configuration(void **state)
{
	static const char *const rows[][2] = {
		{"Ciphers chacha20-poly1305@openssh.com",                                       "through ssh(1): Ciphers"                 },
		{"MACs hmac-sha2-256-etm@openssh.com",                                          "through ssh(1): MACs"                    },
		{"KexAlgorithms diffie-hellman-group16-sha512",
                 "through ssh(1): KexAlgorithms"											  },
		{"PreferredAuthentications gssapi-with-mic,publickey\n GSSAPIAuthentication "
		 "yes",							"through ssh(1): PreferredAuthentications"},
		{"GSSAPIAuthentication yes\n Ciphers aes256-ctr,chacha20-poly1305@openssh.com",
                 ""														       },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer peer;
		configure(&server, "id_ed25519", "known_hosts", rows[i][0]);
		reach_well(&peer, ANY);
		assert_string_equal(peer.note, rows[i][1]);
		hang_up(&peer);
	}
}

static void
test_rsa_host_keys(void **state)
{
	struct ssh_server old = {0};
	struct peer peer;
	char extra[300];
	(void)state;
	server_sh("cd %s && ssh-keygen -q -t rsa -b 2048 -N '' -f hk_rsa", server.dir);
	snprintf(extra, sizeof(extra),
		QUIET "HostKey %s/hk_rsa\nHostKeyAlgorithms rsa-sha2-512,rsa-sha2-256\n",
		server.dir);
	server_start(&old, extra);
	server_sh("cp %s/id_ed25519.pub %s/ak", server.dir, old.dir);
	know(&old, "", "hk_rsa", "known_rsa");
	configure(&old, "id_ed25519", "known_rsa", "");
	reach_well(&peer, ANY);
	assert_string_equal(peer.note,
		"through ssh(1): no host key or cipher of the host is one of libssh2's");
	say_hi(&peer);
	hang_up(&peer);
	reach(&peer, LIBSSH2);
	assert_says(&peer.why, ERR_UNSUPPORTED, "no safe algorithms in common");
	hang_up(&peer);
	server_stop(&old);
}

/* The host has keys of all kinds, and only its RSA key is known. */
static void
test_only_an_rsa_key_is_known(void **state)
{
	static const char note[] =
		"through ssh(1): known_hosts has only keys that libssh2 cannot compare";
	struct ssh_server both = {0};
	struct peer peer;
	char extra[200];
	(void)state;
	server_sh("cd %s && test -e hk_rsa || ssh-keygen -q -t rsa -b 2048 -N '' -f hk_rsa",
		server.dir);
	snprintf(extra, sizeof(extra), QUIET "HostKey %s/hk_rsa\n", server.dir);
	server_start(&both, extra);
	server_sh("cp %s/id_ed25519.pub %s/ak", server.dir, both.dir);
	know(&both, "", "hk_rsa", "known_rsa");
	configure(&both, "id_ed25519", "known_rsa", "");
	reach_well(&peer, ANY);
	assert_string_equal(peer.note, note);
	hang_up(&peer);
	/* another RSA key: ssh(1) says no, whatever the configuration would let pass */
	know(&both, "", "id_rsa", "known_rsa");
	configure(&both, "id_ed25519", "known_rsa", "StrictHostKeyChecking no");
	reach(&peer, ANY);
	assert_says(&peer.why, ERR_HOSTKEY, "IDENTIFICATION HAS CHANGED");
	hang_up(&peer);
	/* and an RSA key that the host has no more is no reason to take another one */
	server_sh("cd %s && sed -i '/hk_rsa/d' sshd_config", both.dir);
	kill(both.pid, SIGHUP);
	int64_t deadline = clock_ms() + DEADLINE_MS;
	char command[200];
	snprintf(command, sizeof(command),
		"grep -c 'Received SIGHUP; restarting' %s/log || true", both.dir);
	while (count(command) < 1 && clock_ms() < deadline)
		server_pause();
	know(&both, "", "hk_rsa", "known_rsa");
	configure(&both, "id_ed25519", "known_rsa", "StrictHostKeyChecking accept-new");
	do
		server_pause();
	while (!server_answers(both.port));
	reach(&peer, ANY);
	assert_int_equal(peer.why.code, ERR_HOSTKEY);
	hang_up(&peer);
	server_stop(&both);
}

static void
test_cert_authority(void **state)
{
	struct ssh_server vouched = {0};
	struct peer peer;
	char extra[300];
	(void)state;
	server_sh("cd %s && ssh-keygen -q -t ed25519 -N '' -f host_ca && ssh-keygen -q -t "
		  "ecdsa -b 384 "
		  "-N '' -f hk_vouched && ssh-keygen -q -s host_ca -h -I test -n 127.0.0.1 "
		  "hk_vouched.pub 2>&1",
		server.dir);
	snprintf(extra, sizeof(extra),
		QUIET "HostKey %s/hk_vouched\nHostCertificate %s/hk_vouched-cert.pub\n",
		server.dir, server.dir);
	server_start(&vouched, extra);
	server_sh("cp %s/id_ed25519.pub %s/ak", server.dir, vouched.dir);
	know(&vouched, "@cert-authority ", "host_ca", "known_ca");
	configure(&vouched, "id_ed25519", "known_ca", "");
	reach_well(&peer, ANY);
	assert_string_equal(peer.note, "through ssh(1): @cert-authority in known_hosts");
	hang_up(&peer);
	/* another authority */
	know(&vouched, "@cert-authority ", "id_wrong", "known_ca");
	configure(&vouched, "id_ed25519", "known_ca", "StrictHostKeyChecking accept-new");
	reach(&peer, ANY);
	assert_int_equal(peer.why.code, ERR_HOSTKEY);
	hang_up(&peer);
	server_stop(&vouched);
}

static void
test_host_keys_are_refused(void **state)
{
	static const struct {
		const char *marker, *key, *part;
	} rows[] = {
		{"",          "id_wrong",   "IDENTIFICATION HAS CHANGED"},
		{"@revoked ", "hk_ed25519", "revoked"                   },
		{"# ",        "hk_ed25519", "Run \"ssh lab\" once"      },
	};
	struct peer peer;
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		know(&server, rows[i].marker, rows[i].key, "known_bad");
		configure(&server, "id_rsa", "known_bad", "");
		reach(&peer, SYSTEM);
		assert_says(&peer.why, ERR_HOSTKEY, rows[i].part);
		assert_says(&peer.why, ERR_HOSTKEY, "Host key verification failed");
		hang_up(&peer);
		/* no way round it */
		reach(&peer, ANY);
		assert_int_equal(peer.why.code, ERR_HOSTKEY);
		assert_string_equal(peer.note, "");
		hang_up(&peer);
	}
	/* The configuration may wave a new key through, a changed one not. */
	know(&server, "", "id_wrong", "known_bad");
	configure(&server, "id_ed25519", "known_bad", "StrictHostKeyChecking no");
	reach(&peer, SYSTEM);
	assert_says(&peer.why, ERR_HOSTKEY, "IDENTIFICATION HAS CHANGED");
	hang_up(&peer);
	know(&server, "# ", "id_wrong", "known_bad");
	reach_well(&peer, SYSTEM);
	hang_up(&peer);
}

static void
test_logins_are_refused(void **state)
{
	static const struct {
		const char *key;
		enum way way;
		const char *part, *note;
	} rows[] = {
		{"id_wrong",    SYSTEM, "ssh(1): ",                       NULL      },
		{"id_pass",     SYSTEM, "must be in ssh-agent (ssh-add)", NULL      },
		{"id_wrong",    ANY,    "refused: tried",                 NULL      },
		{"id_rsapass",  ANY,
                 "id_rsapass: a kind of key that libssh2 1.10 cannot use, and it has "
			"a passphrase",				   NULL      },
		{"id_rsawrong", ANY,    "libssh2 cannot do it (RSA key ", "RSA key "},
	};
	(void)state;
	server_sh("cd %s && ssh-keygen -q -t rsa -b 2048 -N word -f id_rsapass && ssh-keygen "
		  "-q -t "
		  "rsa -b 2048 -N '' -f id_rsawrong",
		server.dir);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer peer;
		configure(&server, rows[i].key, "known_hosts", "");
		reach(&peer, rows[i].way);
		assert_says(&peer.why, ERR_AUTH, rows[i].part);
		if (rows[i].note)
			assert_note(&peer, rows[i].note, rows[i].key);
		else
			assert_string_equal(peer.note, "");
		hang_up(&peer);
	}
}

static void
test_nobody_there(void **state)
{
	struct ssh_server nobody = server;
	struct peer peer;
	(void)state;
	int fd = server_listen(&nobody.port);
	configure(&nobody, "id_ed25519", "known_hosts", "ConnectTimeout 1");
	reach(&peer, SYSTEM);
	assert_says(&peer.why, ERR_TIMEOUT, "timed out");
	hang_up(&peer);
	close(fd);
	reach(&peer, SYSTEM);
	assert_says(&peer.why, ERR_IO, "Connection refused");
	hang_up(&peer);
	configure(&nobody, "id_ed25519", "known_hosts", "HostName no-such-host.invalid");
	server_sh("sed -i '/HostName 127/d' %s", config_path);
	reach(&peer, SYSTEM);
	if (peer.why.code != ERR_NOT_FOUND) /* where there is no resolver to say it */
		assert_says(&peer.why, ERR_IO, "Could not resolve hostname");
	hang_up(&peer);
	configure(&server, "id_ed25519", "known_hosts", "NoSuchOption yes");
	reach(&peer, SYSTEM);
	assert_says(&peer.why, ERR_CONFIG, "ssh -G lab failed: ");
	hang_up(&peer);
	peer = (struct peer){0};
	links_alive++;
	peer.link = ssh_system_new(pool, "-oProxyCommand=x", NULL, true, &link_ops, &peer);
	wait_for(&peer.closed);
	assert_int_equal(peer.why.code, ERR_INVALID);
	hang_up(&peer);
}

static void
kill_master(void)
{
	server_sh("kill -9 $(pgrep -f '[/]%s/run/cockpit.*ControlMaster=yes')", server.dir + 1);
}

static void
test_death_of_the_master(void **state)
{
	static const char *const argv[] = {"true", NULL};
	struct peer peer;
	struct child children[9];
	struct err err = ERR_INIT;
	(void)state;
	configure(&server, "id_ed25519", "known_hosts", "");
	reach_well(&peer, SYSTEM);
	for (size_t i = 0; i < 9; i++)
		start_script(&children[i], &peer, "echo up; exec cat");
	int64_t deadline = clock_ms() + DEADLINE_MS;
	while (children[0].out.len == 0)
		turn(deadline);
	kill_master();
	wait_for(&peer.closed);
	assert_says(&peer.why, ERR_CLOSED, "the connection through ssh(1) ended");
	for (size_t i = 0; i < 9; i++) {
		assert_true(children[i].done); /* before the link */
		assert_int_equal(children[i].err.code != 0 || children[i].code == 255, true);
		release(&children[i]);
	}
	assert_null(link_open(peer.link, argv, &stream_ops, NULL, &err));
	assert_int_equal(err.code, ERR_CLOSED);
	hang_up(&peer);
}

static void
test_death_of_the_server(void **state)
{
	struct peer peer;
	struct child child;
	(void)state;
	configure(&server, "id_rsa", "known_hosts", "");
	reach_well(&peer, ANY);
	start_script(&child, &peer, "echo up; exec cat");
	int64_t deadline = clock_ms() + DEADLINE_MS;
	while (child.out.len == 0)
		turn(deadline);
	server_sh("kill -9 $(cat /proc/%d/task/%d/children)", (int)server.pid, (int)server.pid);
	wait_for(&peer.closed);
	assert_int_equal(peer.why.code, ERR_CLOSED);
	assert_true(child.done);
	release(&child);
	hang_up(&peer);
}

/* Freed at every point of its coming up, and with streams open, it leaves nothing behind. */
static void
test_freed_at_any_time(void **state)
{
	static const enum way ways[] = {SYSTEM, ANY};
	(void)state;
	configure(&server, "id_rsa", "known_hosts", "");
	for (int turns = 0; turns < 30; turns++) {
		struct peer peer = {0};
		struct child child = {0};
		bool open = false;
		peer.link = new_link(ways[turns % 2], &link_ops, &peer);
		for (int i = 0; i < turns && !open; i++) {
			turn(clock_ms() + DEADLINE_MS);
			if (peer.closed)
				fail_msg("%s", peer.why.text);
			if (peer.ready) {
				start_script(&child, &peer, "exec cat");
				open = true;
			}
		}
		hang_up(&peer);
		if (open) {
			wait_for(&child.done);
			assert_int_equal(child.err.code, ERR_CANCELED);
		}
		release(&child);
	}
}

static void
on_ready_free(void *ctx)
{
	struct peer *peer = ctx;
	on_ready(ctx);
	drop_link(peer->link);
}

static void
on_closed_free(void *ctx, const struct err *why)
{
	struct peer *peer = ctx;
	on_link_closed(ctx, why);
	drop_link(peer->link);
}

static void
on_note_free(void *ctx, const char *text)
{
	struct peer *peer = ctx;
	on_note(ctx, text);
	peer->closed = true;
	drop_link(peer->link);
}

static void
test_freed_inside_callbacks(void **state)
{
	static const struct link_ops in_ready = {
		.ready = on_ready_free, .closed = on_closed_free};
	static const struct link_ops in_note = {
		.ready = on_ready, .closed = on_link_closed, .note = on_note_free};
	static const enum way ways[] = {SYSTEM, ANY};
	int64_t deadline = clock_ms() + DEADLINE_MS;
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct peer peer = {0};
		configure(&server, "id_rsa", "known_hosts", "");
		peer.link = new_link(ways[i], &in_ready, &peer);
		wait_for(&peer.ready);
		peer = (struct peer){0};
		peer.link = new_link(ways[i], &in_note, &peer);
		wait_for(&peer.closed);
		assert_false(peer.ready);
		configure(&server, "id_rsawrong", "known_hosts", "");
		peer = (struct peer){0};
		peer.link = new_link(ways[i], &in_ready, &peer);
		wait_for(&peer.closed);
	}
	while (left_behind() > 0)
		turn(deadline);
}

/* A folder that others could have made, or can look into, is not used. */
static void
test_the_socket_has_a_safe_place(void **state)
{
	char run[128];
	struct peer peer;
	(void)state;
	configure(&server, "id_ed25519", "known_hosts", "");
	snprintf(run, sizeof(run), "%s/open", server.dir);
	server_sh("mkdir -p %s/cockpit %s/tmp && chmod 755 %s/cockpit", run, run, run);
	setenv("XDG_RUNTIME_DIR", run, 1);
	snprintf(run, sizeof(run), "%s/open/tmp", server.dir);
	setenv("TMPDIR", run, 1);
	reach_well(&peer, SYSTEM);
	server_sh("test -S %s/cockpit-%d/ssh-%d-*[0-9] && test -z \"$(ls %s/../cockpit)\"", run,
		(int)getuid(), (int)getpid(), run);
	drop_link(peer.link);
	int64_t deadline = clock_ms() + DEADLINE_MS;
	char command[200];
	snprintf(command, sizeof(command), "ls %s/cockpit-* | wc -l", run);
	while (count(command) > 0)
		turn(deadline);
	unsetenv("TMPDIR");
	snprintf(run, sizeof(run), "%s/run", server.dir);
	setenv("XDG_RUNTIME_DIR", run, 1);
}

static int
set_up(void **state)
{
	char run[128];
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	unsetenv("SSH_AUTH_SOCK");
	unsetenv("TMPDIR");
	text_init();
	server_start(&server, QUIET);
	know(&server, "", "hk_ed25519", "known_hosts");
	snprintf(config_path, sizeof(config_path), "%s/ssh_config", server.dir);
	snprintf(run, sizeof(run), "%s/run", server.dir);
	setenv("XDG_RUNTIME_DIR", run, 1);
	return mkdir(run, 0700);
}

static int
tear_down(void **state)
{
	(void)state;
	server_stop(&server);
	return 0;
}

static int
make_loop(void **state)
{
	(void)state;
	links_alive = 0;
	loop = loop_new();
	pool = ssh_pool_new(loop);
	ticker = loop_timer_new(loop, on_tick, NULL);
	return 0;
}

/* See ssh_fixture.h. */
static int
drop_loop(void **state)
{
	(void)state;
	if (links_alive > 0)
		return 0;
	loop_timer_free(ticker);
	ssh_pool_free(pool);
	loop_free(loop);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_loop, drop_loop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_runs_commands),
		TEST(test_terminal_settings),
		TEST(test_queues_when_there_is_no_room),
		TEST(test_pace),
		TEST(test_libssh2_when_it_can),
		TEST(test_rsa_user_key),
		TEST(test_rsa_key_of_the_agent),
		TEST(test_certificates),
		TEST(test_proxy_command),
		TEST(test_algorithms_of_the_configuration),
		TEST(test_rsa_host_keys),
		TEST(test_only_an_rsa_key_is_known),
		TEST(test_cert_authority),
		TEST(test_host_keys_are_refused),
		TEST(test_logins_are_refused),
		TEST(test_nobody_there),
		TEST(test_death_of_the_master),
		TEST(test_death_of_the_server),
		TEST(test_freed_at_any_time),
		TEST(test_freed_inside_callbacks),
		TEST(test_the_socket_has_a_safe_place),
	};
	return cmocka_run_group_tests_name("ssh_system", tests, set_up, tear_down);
}
