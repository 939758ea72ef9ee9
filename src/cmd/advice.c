/* SPDX-License-Identifier: MIT */
#include "advice.h"

#include <stdio.h>

#include "cockpit/base_err.h"
#include "cockpit/base_str.h"
#include "finding.h"

/* What to do. */
#define SPELLING                                                              \
	"is the name spelled right, and does \"getent hosts NAME\" know it? " \
	"HostName in ~/.ssh/config says what a short name stands for"
#define NAMES "no name server answers: is this machine online, and is a VPN needed?"
#define PORT                                                                          \
	"the machine is there, but nothing listens at that port: does sshd run, and " \
	"is Port right?"
#define FIREWALL                                                                     \
	"the machine is down, or a firewall drops what is sent there: is it on, is " \
	"a VPN needed, is the port right?"
#define OFFLINE "no way leads there: is this machine online, and is a VPN needed?"
#define SILENT                                                                       \
	"something listens there, but it does not speak SSH: is it the right port? " \
	"A server under heavy load is slow to greet too"
#define NO_SSH                                                                     \
	"what listens there is no SSH server, or a very old one: is it the right " \
	"port?"
#define SHUT                                                                    \
	"what listens there closes at once: it is no SSH server, it bans this " \
	"address (fail2ban, hosts.deny), or it has too many logins at a time "  \
	"(MaxStartups)"
#define FORWARD                                                               \
	"the jump host does not pass connections on: AllowTcpForwarding and " \
	"PermitOpen in its sshd_config must allow it"
#define REVOKED                                                                      \
	"do not log in: ask the host's owner for a new key. The line with @revoked " \
	"says whose it was"
#define CHANGED                                                                     \
	"compare the fingerprint with what the host's owner says. Only if the key " \
	"was changed on purpose: ssh-keygen -R HOST, and connect again"
#define UNKNOWN                                                                       \
	"compare the fingerprint with what the host's owner says (there: ssh-keygen " \
	"-lf /etc/ssh/ssh_host_ed25519_key.pub), then run this in a terminal or "     \
	"open the cockpit, and say yes to it"
#define PASSPHRASE                                                                    \
	"give the key to ssh-agent (ssh-add FILE), or run this in a terminal, where " \
	"it is asked for"
#define MAKE_KEY "make a key (ssh-keygen -t ed25519), and bring it there: ssh-copy-id HOST"
#define EXPOSED  "chmod 600 the key file"
#define AUTHORIZED                                                                  \
	"is it the right user (User), and does ~/.ssh/authorized_keys there hold "  \
	"one of these keys? ssh-copy-id HOST brings one there; sshd takes no file " \
	"that others may write"
#define SLOW_LOGIN                                                                    \
	"the server is slow to decide: look at its load, and at its log (journalctl " \
	"-u ssh)"
#define OPENSSH  "\"transport\": \"openssh\" for this host lets ssh(1) make the connection"
#define SETTINGS "see what \"ssh -G HOST\" says"
#define SHELL    "chsh -s /bin/sh there; fish, bash and zsh are fine too"
#define SLOW_SHELL                                                             \
	"the login works, but a command does not end: look at what the login " \
	"shell's files start (~/.profile, ~/.bashrc), and at the load there"
#define NOLOGIN "the account may not log in: its shell is nologin"
#define NO_SH   "its login shell finds no sh: look at PATH there"
#define NO_COMMANDS                                                             \
	"does \"ssh HOST true\" work? A ForceCommand, or a shell that runs no " \
	"commands, stands in the way"
#define SESSIONS                                                                     \
	"MaxSessions in its sshd_config must be 2 or more, 3 through ssh(1) (it is " \
	"10 when nothing is said): one is for what is shown, others start and stop " \
	"agents meanwhile"
#define INSTALLED "is the program of the transport installed here?"

/* The first row that fits counts; NULL and 0 fit all. The words are our own, or the system's.
 */
static const struct {
	const char *step;
	int code;
	const char *words;
	const char *advice;
} rows[] = {
	{NULL,       0,               "prohibited",           FORWARD    },
	{NULL,       0,               "MaxSessions",          SESSIONS   },
	{NULL,       0,               "Session open refused", SESSIONS   },
	{"resolve",  0,               "Temporary failure",    NAMES      },
	{"resolve",  ERR_TIMEOUT,     NULL,                   NAMES      },
	{"resolve",  0,               NULL,                   SPELLING   },
	{"connect",  0,               "refused",              PORT       },
	{"connect",  0,               "No route to host",     FIREWALL   },
	{"connect",  0,               "unreachable",          OFFLINE    },
	{"connect",  0,               "greeting",             SILENT     },
	{"connect",  ERR_TIMEOUT,     NULL,                   FIREWALL   },
	{"connect",  0,               "timed out",            FIREWALL   },
	{"connect",  0,               "banner",               NO_SSH     },
	{"connect",  ERR_PROTOCOL,    NULL,                   NO_SSH     },
	{"connect",  ERR_CLOSED,      NULL,                   SHUT       },
	{"host key", 0,               "revoked",              REVOKED    },
	{"host key", 0,               "is not the one",       CHANGED    },
	{"host key", 0,               "changed",              CHANGED    },
	{"host key", 0,               NULL,                   UNKNOWN    },
	{"login",    0,               "passphrase",           PASSPHRASE },
	{"login",    0,               "no key to try",        MAKE_KEY   },
	{"login",    0,               "can read it",          EXPOSED    },
	{"login",    ERR_AUTH,        NULL,                   AUTHORIZED },
	{"login",    ERR_TIMEOUT,     NULL,                   SLOW_LOGIN },
	{"settings", ERR_UNSUPPORTED, NULL,                   OPENSSH    },
	{"settings", 0,               NULL,                   SETTINGS   },
	{"command",  0,               "csh",                  SHELL      },
	{"command",  ERR_TIMEOUT,     NULL,                   SLOW_SHELL },
	{"command",  0,               "not available",        NOLOGIN    },
	{"command",  0,               "status 127",           NO_SH      },
	{"command",  ERR_MISSING,     NULL,                   INSTALLED  },
	{"command",  0,               NULL,                   NO_COMMANDS},
};

static const struct {
	int code;
	const char *step;
} steps[] = {
	{ERR_HOSTKEY, "host key"},
	{ERR_AUTH,    "login"   },
	{ERR_CONFIG,  "settings"},
};

static const char *
find_advice(const char *step, const struct err *why)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if ((!rows[i].step || strcmp(rows[i].step, step) == 0) &&
			(!rows[i].code || rows[i].code == why->code) &&
			(!rows[i].words || strstr(why->text, rows[i].words)))
			return rows[i].advice;
	}
	return NULL;
}

bool
advice_is_room(const struct err *why)
{
	return strstr(why->text, "MaxSessions") != NULL;
}

void
advice_report(struct report *r, const char *step, const char *host, const struct err *why)
{
	char head[128];
	struct str text = str_from(why->text);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		step = why->code == steps[i].code ? steps[i].step : step;
	/* The heading names the host already. */
	snprintf(head, sizeof(head), "host %s: ", host);
	if (str_starts(text, str_from(head)))
		text = str_slice(text, strlen(head), text.len);
	report_add(r, FINDING_FAILS, step, text, find_advice(step, why));
}
