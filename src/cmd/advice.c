/* SPDX-License-Identifier: MIT */
#include "advice.h"

#include <stdio.h>

#include "cockpit/base_err.h"
#include "cockpit/base_str.h"
#include "finding.h"

/* The first row that fits counts; NULL and 0 fit all. The words are our own, or the system's.
 */
static const struct {
	const char *step;
	int code;
	const char *words;
	const char *advice;
} rows[] = {
	{"resolve",  0,               "Name or service not known",
         "is the name spelled right, and does \"getent hosts NAME\" know it? HostName "
		"in ~/.ssh/config says "
		"what a short name stands for"										 },
	{"resolve",  ERR_NOT_FOUND,   NULL,
         "is the name spelled right, and does \"getent hosts NAME\" know it? HostName "
		"in ~/.ssh/config says "
		"what a short name stands for"										 },
	{"resolve",  0,               "Temporary failure",
         "no name server answers: is this machine online, and is a VPN needed?"                                                },
	{"resolve",  ERR_TIMEOUT,     NULL,
         "no name server answers: is this machine online, and is a VPN needed?"                                                },
	{"connect",  0,               "refused",
         "the machine is there, but nothing listens at that port: does sshd run, and is "
		"Port right?"												  },
	{"connect",  0,               "No route to host",
         "the machine is down, or a firewall is in between: is it on, and is a VPN "
		"needed?"												      },
	{"connect",  0,               "unreachable",
         "no way leads there: is this machine online, and "
		"is a VPN needed?"											     },
	{"connect",  0,               "greeting",
         "something listens there, but it does not speak SSH: is it the right port? A "
		"server under heavy "
		"load is slow to greet too"										    },
	{"connect",  ERR_TIMEOUT,     NULL,
         "the machine is down, or a firewall drops what is sent there: is it on, is a "
		"VPN needed, is the "
		"port right?"												  },
	{"connect",  0,               "banner",                    "what listens there is no SSH server: is it the right port?"},
	{"connect",  ERR_PROTOCOL,    NULL,
         "what listens there is no SSH server, or an old one: is it the "
		"right port?"												  },
	{"connect",  0,               "too many connections",
         "what listens there closes at once: it is no SSH server, it bans this address "
		"(fail2ban, "
		"hosts.deny), or it has too many logins at a time (MaxStartups)"                                               },
	{"connect",  ERR_CLOSED,      NULL,
         "what listens there closes at once: it is no SSH server, it bans this address "
		"(fail2ban, "
		"hosts.deny), or it has too many logins at a time (MaxStartups)"                                               },
	{NULL,       0,               "prohibited",
         "the jump host does not pass connections on: AllowTcpForwarding and PermitOpen "
		"in its sshd_config "
		"must allow it"												},
	{"host key", 0,               "revoked",
         "do not log in: ask the host's owner for a new key. The line with @revoked "
		"says whose it was"											    },
	{"host key", 0,               "is not the one",
         "compare the fingerprint with what the host's owner says. Only if the key was "
		"changed on purpose: "
		"ssh-keygen -R HOST, and connect again"									},
	{"host key", 0,               "changed",
         "compare the fingerprint with what the host's owner says. Only if the key was "
		"changed on purpose: "
		"ssh-keygen -R HOST, and connect again"									},
	{"host key", 0,               NULL,
         "compare the fingerprint with what the host's owner says (there: ssh-keygen "
		"-lf "
		"/etc/ssh/ssh_host_ed25519_key.pub), then say yes to it in the cockpit, or run "
		"ssh once"												     },
	{"login",    0,               "passphrase",
         "give the key to ssh-agent (ssh-add FILE), or run this in a terminal, where it "
		"is asked for"												 },
	{"login",    0,               "no key to try",
         "make a key (ssh-keygen -t ed25519), and bring it there: ssh-copy-id HOST"                                            },
	{"login",    0,               "can read it",               "chmod 600 the key file"                                    },
	{"login",    ERR_AUTH,        NULL,
         "is it the right user (User), and does ~/.ssh/authorized_keys there hold one "
		"of these keys? "
		"ssh-copy-id HOST brings one there; sshd takes no file that others may write"                                  },
	{"login",    ERR_TIMEOUT,     NULL,
         "the server is slow to decide: look at its load, and at its log (journalctl -u "
		"ssh)"													 },
	{"settings", ERR_UNSUPPORTED, NULL,
         "\"transport\": \"openssh\" for this host lets ssh(1) make the connection"                                            },
	{"settings", 0,               NULL,                        "see what \"ssh -G HOST\" says"                             },
	{"command",  0,               "csh",                       "chsh -s /bin/sh there; fish, bash and zsh are fine too"    },
	{"command",  ERR_TIMEOUT,     NULL,
         "the login works, but a command does not end: look at what the login shell's "
		"files start "
		"(~/.profile, ~/.bashrc), and at the load there"                                                               },
	{"command",  0,               "not available",             "the account may not log in (its shell is nologin)"         },
	{"command",  0,               "status 127",                "its login shell finds no sh: look at PATH there"           },
	{"command",  0,               NULL,
         "does \"ssh HOST true\" work? A ForceCommand or a shell that runs no commands "
		"stands in the way"											    },
	{"link",     ERR_MISSING,     NULL,                        "is the program of the transport installed here?"           },
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
