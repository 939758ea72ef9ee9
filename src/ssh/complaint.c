/* SPDX-License-Identifier: MIT */
#include "complaint.h"

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_text.h"

#define WORDS_SIZE 760

/* The first row whose words stand in the text decides: the more grave, the earlier. */
static const struct {
	const char *words;
	int code;
	const char *advice; /* may hold the host's name as %s */
} rows[] = {
	{"IDENTIFICATION HAS CHANGED",   ERR_HOSTKEY,
         ". If the key was changed on purpose, compare it with what the host's owner "
		"says first"							  },
	{"revoked",		      ERR_HOSTKEY,     ""                          },
	{"Host key verification failed", ERR_HOSTKEY,
         ". Run \"ssh %s\" once in a terminal to look at the host's key and accept it"},
	{"No host key is known",         ERR_HOSTKEY,
         ". Run \"ssh %s\" once in a terminal to look at the host's key and accept it"},
	{"Permission denied (",          ERR_AUTH,
         ". It could ask nobody: a key with a passphrase must be in ssh-agent "
		"(ssh-add), or try "
		"\"ssh %s\" in a terminal"					    },
	{"Too many authentication",      ERR_AUTH,        ""                          },
	{"Unable to negotiate",          ERR_UNSUPPORTED, ""                          },
	{"Bad configuration option",     ERR_CONFIG,      ""                          },
	{"Bad owner or permissions",     ERR_CONFIG,      ""                          },
	{"Can't open user config file",  ERR_CONFIG,      ""                          },
	{"Name or service not known",    ERR_NOT_FOUND,   ""                          },
	{"No address associated",        ERR_NOT_FOUND,   ""                          },
	{"Could not resolve hostname",   ERR_IO,          ""                          },
	{"timed out",                    ERR_TIMEOUT,     ""                          },
	{"Connection refused",           ERR_IO,          ""                          },
	{"No route to host",             ERR_IO,          ""                          },
	{"Network is unreachable",       ERR_IO,          ""                          },
};

/* The lines that say something: a warning's frame of "@" does not. */
static void
keep_words(struct buf *into, struct str text)
{
	while (text.len > 0) {
		struct str line = str_trim(str_cut(&text, '\n'));
		if (line.len > 0 && line.ptr[0] == '@') {
			line = str_trim(str_slice(line, 1, line.len));
			if (str_ends(line, STR("@")))
				line = str_trim(str_slice(line, 0, line.len - 1));
			if (str_starts(line, STR("@")))
				continue;
		}
		buf_add(into, line);
		buf_byte(into, '\n');
	}
}

int
complaint_set(struct err *err, const char *name, struct str text, bool person)
{
	struct buf kept = BUF_INIT;
	char words[WORDS_SIZE], safe[100];
	keep_words(&kept, text);
	text_safe_lines(words, sizeof(words), buf_str(&kept));
	buf_release(&kept);
	err_set(err, ERR_CLOSED, "%s", words[0] ? words : "it ended without a word");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (str_find_str(text, str_from(rows[i].words)) < 0)
			continue;
		bool beside = person && rows[i].code == ERR_AUTH;
		struct str advice = str_from(beside ? "" : rows[i].advice);
		ptrdiff_t at = str_find_str(advice, STR("%s"));
		struct str before = str_slice(advice, 0, at < 0 ? advice.len : (size_t)at);
		struct str after = str_slice(advice, before.len + 2, advice.len);
		return err_set(err, rows[i].code, "%s%.*s%s%.*s", words, STR_ARG(before),
			at < 0 ? "" : text_safe_tmp(safe, sizeof(safe), str_from(name)),
			STR_ARG(after));
	}
	return ERR_CLOSED;
}
