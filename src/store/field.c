/* SPDX-License-Identifier: MIT */
/* What may stand where. Texts may be anything; what is shown in a line has to be one. */
#include <string.h>

#include "cockpit/base_text.h"
#include "local.h"

static int
see_length(const char *what, size_t len, size_t max, struct err *err)
{
	return len <= max ? 0
			  : err_set(err, ERR_LIMIT, "%s: found %zu bytes, expected %zu at most",
				    what, len, max);
}

int
field_text(const char *what, const char *text, struct err *err)
{
	return see_length(what, text ? strlen(text) : 0, STORE_TEXT_MAX, err);
}

int
field_short(const char *what, const char *text, struct err *err)
{
	return see_length(what, strlen(text), STORE_WORD_MAX, err);
}

static bool
is_control(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0);
}

int
field_line(const char *what, const char *text, size_t max, struct err *err)
{
	struct str rest = str_from(text);
	if (rest.len == 0)
		return err_set(err, ERR_INVALID, "%s: found nothing, expected a line", what);
	int rc = see_length(what, rest.len, max, err);
	while (rc == 0 && rest.len > 0) {
		if (is_control(text_next(&rest)))
			rc = err_set(err, ERR_INVALID,
				"%s: found a control character, expected one line without any",
				what);
	}
	return rc;
}

int
field_word(const char *what, const char *word, struct err *err)
{
	return field_line(what, word, STORE_WORD_MAX, err);
}

int
field_name(const char *what, const char *name, struct err *err)
{
	return str_is_name(str_from(name))
		       ? 0
		       : err_set(err, ERR_INVALID, "%s: expected a name", what);
}

static bool
is_who(const char *who)
{
	struct str agent = str_from(who);
	struct str host = str_cut(&agent, '/');
	return str_is_name(host) && str_is_name(agent);
}

int
field_who(const char *what, const char *who, struct err *err)
{
	return is_who(who) ? 0 : err_set(err, ERR_INVALID, "%s: expected HOST/AGENT", what);
}

int
field_party(const char *what, const char *party, struct err *err)
{
	return str_is_name(str_from(party)) || is_who(party)
		       ? 0
		       : err_set(err, ERR_INVALID, "%s: expected a name or HOST/AGENT", what);
}

int
field_span(const char *what, int64_t ms, struct err *err)
{
	return ms > 0 && ms <= STORE_TIME_MAX
		       ? 0
		       : err_set(err, ERR_INVALID, "%s: found %lld ms, expected more than none",
				 what, (long long)ms);
}

const char *
who_agent(const char *who)
{
	const char *slash = strchr(who, '/');
	return slash ? slash + 1 : who;
}
