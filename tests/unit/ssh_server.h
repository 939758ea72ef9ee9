/*
 * A real sshd for one test program: this user's, on loopback, with keys of its
 * own in a directory of its own. No test may pass without it, so whatever is
 * missing ends the program.
 */
#ifndef COCKPIT_TEST_SSH_SERVER_H
#define COCKPIT_TEST_SSH_SERVER_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct ssh_server {
	char dir[64];
	int port;
	pid_t pid;
	bool accounts; /* to be set before it starts: see server_make_accounts() */
};

static _Noreturn void
server_die(const char *what)
{
	fprintf(stderr, "ssh tests cannot run: %s (%s)\n", what, strerror(errno));
	exit(1);
}

__attribute__((format(printf, 1, 2))) static inline char *
server_sh(const char *fmt, ...)
{
	static char out[4096];
	char command[4096];
	va_list args;
	va_start(args, fmt);
	vsnprintf(command, sizeof(command), fmt, args);
	va_end(args);
	FILE *pipe = popen(command, "r");
	if (!pipe)
		server_die(command);
	size_t len = fread(out, 1, sizeof(out) - 1, pipe);
	out[len] = '\0';
	if (pclose(pipe) != 0)
		server_die(command);
	return out;
}

__attribute__((format(printf, 3, 4))) static inline void
server_write(const struct ssh_server *server, const char *name, const char *fmt, ...)
{
	char path[128];
	va_list args;
	snprintf(path, sizeof(path), "%s/%s", server->dir, name);
	FILE *file = fopen(path, "w");
	if (!file)
		server_die(path);
	va_start(args, fmt);
	vfprintf(file, fmt, args);
	va_end(args);
	fclose(file);
}

static inline const char *
server_user(void)
{
	const struct passwd *pw = getpwuid(getuid());
	return pw ? pw->pw_name : "root";
}

/* A socket that listens on a free port of loopback, or (after close) a port where nobody does.
 */
static inline int
server_listen(int *ret_port)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
		listen(fd, 8) < 0 || getsockname(fd, (struct sockaddr *)&addr, &len) < 0)
		server_die("no socket on loopback");
	*ret_port = ntohs(addr.sin_port);
	return fd;
}

static inline bool
server_answers(int port)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool up = connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0;
	close(fd);
	return up;
}

static inline void
server_pause(void)
{
	struct timespec tick = {.tv_nsec = 10000000};
	nanosleep(&tick, NULL);
}

/*
 * For logins that need an account: one "cockpit-test", password "sesame", and a
 * PAM stack of the test's (DIR/pam, which may be written anew at any time). They
 * are laid over the machine's own files in a mount namespace that the server has
 * for itself: nothing outside of it sees them. For root alone.
 */
static inline bool
server_can_have_accounts(void)
{
	return getuid() == 0 && system("unshare -m true 2>/dev/null") == 0;
}

static inline void
server_make_accounts(const struct ssh_server *server)
{
	server_write(server, "pam",
		"auth required pam_unix.so nodelay\naccount required pam_permit.so\n"
		"session required pam_permit.so\n");
	server_sh("cd %s && umask 077 && mkdir home && chown 65533 home && chmod 711 . && "
		  "{ cat /etc/passwd && echo cockpit-test:x:65533:65533::%s/home:/bin/sh; } "
		  ">passwd && chmod 644 passwd && "
		  "{ cat /etc/shadow && echo \"cockpit-test:$(openssl passwd -6 "
		  "sesame):19000:0:99999:7:::\"; } >shadow",
		server->dir, server->dir);
	server_write(server, "launch",
		"set -e\nfor file in passwd shadow; do mount --bind %s/$file /etc/$file; done\n"
		"mount --bind %s/pam /etc/pam.d/sshd\nexec /usr/sbin/sshd \"$@\"\n",
		server->dir, server->dir);
}

/* Starts a program that stays; standard error goes to DIR/log. */
static inline pid_t
server_spawn(const struct ssh_server *server, char *const argv[])
{
	char log[128];
	snprintf(log, sizeof(log), "%s/log", server->dir);
	pid_t pid = fork();
	if (pid == 0) {
		int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
		dup2(fd, 1);
		dup2(fd, 2);
		execv(argv[0], argv);
		_exit(127);
	}
	return pid;
}

/* A shell that has been nested already: bash then reads none of the person's startup files,
 * which may take their time, or a lock. Keys: hk_ed25519 and hk_ecdsa for the host; id_ed25519,
 * id_ecdsa, id_rsa and id_pass (with a passphrase) log in; id_wrong does not. */
static inline void
server_start(struct ssh_server *server, const char *extra_config)
{
	static const char *const keys[][3] = {
		{"hk_ed25519", "-t ed25519",      "''"  },
		{"hk_ecdsa",   "-t ecdsa -b 256", "''"  },
		{"id_ed25519", "-t ed25519",      "''"  },
		{"id_ecdsa",   "-t ecdsa -b 256", "''"  },
		{"id_rsa",     "-t rsa -b 2048",  "''"  },
		{"id_pass",    "-t ed25519",      "word"},
		{"id_wrong",   "-t ed25519",      "''"  },
	};
	char config[128], launch[128];
	strcpy(server->dir, "/tmp/cockpit-ssh-XXXXXX");
	if (!mkdtemp(server->dir))
		server_die("no temporary directory");
	if (access("/usr/sbin/sshd", X_OK) < 0)
		server_die("/usr/sbin/sshd is not there: install openssh-server");
	if (getuid() == 0 && mkdir("/run/sshd", 0755) < 0 && errno != EEXIST)
		server_die("/run/sshd");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		server_sh("ssh-keygen -q %s -N %s -C %s -f %s/%s", keys[i][1], keys[i][2],
			keys[i][0], server->dir, keys[i][0]);
	server_sh("cd %s && cat id_ed25519.pub id_ecdsa.pub id_rsa.pub id_pass.pub >ak",
		server->dir);
	snprintf(config, sizeof(config), "%s/sshd_config", server->dir);
	snprintf(launch, sizeof(launch), "%s/launch", server->dir);
	if (server->accounts)
		server_make_accounts(server);
	for (int attempt = 0; attempt < 5; attempt++) {
		int status;
		close(server_listen(&server->port));
		server_write(server, "sshd_config",
			/* of what is said twice, the first counts */
			"%s\nPort %d\nListenAddress 127.0.0.1\nHostKey %s/hk_ed25519\n"
			"HostKey %s/hk_ecdsa\nPidFile none\nAuthorizedKeysFile %s/ak\n"
			"StrictModes no\nUsePAM no\nPasswordAuthentication no\n"
			"KbdInteractiveAuthentication no\nSetEnv SHLVL=2\n",
			extra_config, server->port, server->dir, server->dir, server->dir);
		char *plain[] = {(char[]){"/usr/sbin/sshd"}, (char[]){"-D"}, (char[]){"-e"},
			(char[]){"-f"}, config, NULL};
		char *apart[] = {(char[]){"/usr/bin/unshare"}, (char[]){"-m"},
			(char[]){"/bin/sh"}, launch, (char[]){"-D"}, (char[]){"-e"},
			(char[]){"-f"}, config, NULL};
		server->pid = server_spawn(server, server->accounts ? apart : plain);
		for (int i = 0; i < 1000; i++) {
			if (server_answers(server->port))
				return;
			if (waitpid(server->pid, &status, WNOHANG) == server->pid)
				break;
			server_pause();
		}
	}
	fputs(server_sh("cat %s/log", server->dir), stderr);
	server_die("sshd does not start");
}

static inline void
server_stop(struct ssh_server *server)
{
	kill(server->pid, SIGTERM);
	waitpid(server->pid, NULL, 0);
	server_sh("rm -rf %s", server->dir);
}

#endif
