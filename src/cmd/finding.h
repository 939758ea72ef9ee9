/* cmd/finding: what doctor says about a host: line by line, a verdict, a fact, what to do. */
#ifndef COCKPIT_CMD_FINDING_H
#define COCKPIT_CMD_FINDING_H

#include <stdint.h>

#include "cockpit/base_err.h"
#include "cockpit/base_str.h"

struct json_writer;

/* Word on a line, word for --json. */
#define FINDING_VERDICTS(X)         \
	X("ok", "ok", FINE)         \
	X("warn", "warning", WARNS) \
	X("FAIL", "fail", FAILS)

enum finding_verdict {
#define X(word, json, name) FINDING_##name,
	FINDING_VERDICTS(X)
#undef X
};

#define FINDINGS_MAX 48

struct finding {
	char what[32];
	enum finding_verdict verdict;
	char text[ERR_TEXT_MAX];
	char advice[ERR_TEXT_MAX]; /* "": none */
	int64_t ms;                /* -1: not measured */
};

struct report {
	struct finding findings[FINDINGS_MAX];
	int count;
	enum finding_verdict worst;
};

/* Texts may be foreign. advice: what to do, NULL: nothing. The finding is the report's; NULL
 * when it is full. */
struct finding *report_add(struct report *r, enum finding_verdict verdict, const char *what,
	struct str text, const char *advice);
void report_print(const struct report *r, const char *host);
void report_json(const struct report *r, const char *host, struct json_writer *w);

#endif
