/* SPDX-License-Identifier: MIT */
#include "finding.h"

#include <stdio.h>

#include "cockpit/base_json.h"
#include "cockpit/base_text.h"

static const struct {
	const char *word, *json;
} verdicts[] = {
#define X(word, json, name) {word, json},
	FINDING_VERDICTS(X)
#undef X
};

struct finding *
report_add(struct report *r, enum finding_verdict verdict, const char *what, struct str text,
	const char *advice)
{
	if (r->count == FINDINGS_MAX)
		return NULL;
	struct finding *f = &r->findings[r->count++];
	*f = (struct finding){.verdict = verdict, .ms = -1};
	text_safe_tmp(f->what, sizeof(f->what), str_from(what));
	text_safe_tmp(f->text, sizeof(f->text), text);
	text_safe_tmp(f->advice, sizeof(f->advice), str_from(advice));
	if (verdict > r->worst)
		r->worst = verdict;
	return f;
}

void
report_print(const struct report *r, const char *host)
{
	printf("%s\n", host);
	for (int i = 0; i < r->count; i++) {
		const struct finding *f = &r->findings[i];
		printf("  %-4s %-13s %s", verdicts[f->verdict].word, f->what, f->text);
		if (f->ms >= 0)
			printf(f->text[0] ? " (%lld ms)" : "%lld ms", (long long)f->ms);
		printf("\n");
		if (f->advice[0])
			printf("       %-13s %s\n", "->", f->advice);
	}
}

void
report_json(const struct report *r, const char *host, struct json_writer *w)
{
	json_write_object(w, NULL);
	json_write_cstr(w, "host", host);
	json_write_cstr(w, "verdict", verdicts[r->worst].json);
	json_write_array(w, "findings");
	for (int i = 0; i < r->count; i++) {
		const struct finding *f = &r->findings[i];
		json_write_object(w, NULL);
		json_write_cstr(w, "what", f->what);
		json_write_cstr(w, "verdict", verdicts[f->verdict].json);
		json_write_cstr(w, "text", f->text);
		json_write_cstr(w, "advice", f->advice[0] ? f->advice : NULL);
		if (f->ms >= 0)
			json_write_int(w, "ms", f->ms);
		else
			json_write_null(w, "ms");
		json_write_close(w);
	}
	json_write_close(w);
	json_write_close(w);
}
