/* SPDX-License-Identifier: MIT */
/* What a person decides for an agent, and the record of it. */
#define LOG_MODULE "answer"
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "cockpit/base_clock.h"
#include "cockpit/base_json.h"
#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "local.h"

#define RECORDS_MAX (64 << 20)

struct answer {
	struct pilot *pilot; /* NULL: nobody waits any more */
	char *records;       /* file; NULL: none */
	char *agent, *host, *uid;
	struct agent_question question;
	enum agent_answer answer;
	pilot_fn *done;
	void *ctx;
	struct answer *next;
};

static void
answer_free(struct answer *answer)
{
	mem_free(answer->records);
	mem_free(answer->agent);
	mem_free(answer->host);
	mem_free(answer->uid);
	mem_free(answer);
}

/* One line in one write, so that two cockpits do not mix theirs. */
static void
append(const char *file, struct str line)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		log_warn("%s: an answer could not be recorded", file);
		return;
	}
	if (lseek(fd, 0, SEEK_END) > RECORDS_MAX || write(fd, line.ptr, line.len) < 0 ||
		fsync(fd) < 0)
		log_warn("%s: an answer could not be recorded", file);
	close(fd);
}

static void
record(const struct answer *answer, const struct err *err)
{
	struct buf line = BUF_INIT;
	struct json_writer w = JSON_WRITER_INIT(&line, false);
	char at[32];
	time_t now = (time_t)clock_wall();
	struct tm tm;
	gmtime_r(&now, &tm);
	strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", &tm);
	json_write_object(&w, NULL);
	json_write_cstr(&w, "at", at);
	json_write_int(&w, "uid", (int64_t)getuid());
	json_write_cstr(&w, "agent", answer->agent);
	json_write_cstr(&w, "host", answer->host);
	json_write_cstr(&w, "start", answer->uid);
	json_write_cstr(&w, "tool", answer->question.tool);
	json_write_cstr(&w, "what", answer->question.what);
	json_write_cstr(&w, "answer", agent_answer_name(answer->answer));
	json_write_cstr(&w, "via", answer->question.hook ? "hook" : "keys");
	json_write_cstr(&w, "refused", err ? err->text : NULL);
	json_write_close(&w);
	if (json_writer_end(&w) == 0 && answer->records)
		append(answer->records, buf_str(&line));
	buf_release(&line);
}

static void
on_decided(void *ctx, const struct err *err)
{
	struct answer *answer = ctx;
	struct buf text = BUF_INIT;
	struct answer **p = answer->pilot ? &answer->pilot->answers : NULL;
	while (p && *p != answer)
		p = &(*p)->next;
	if (p)
		*p = answer->next;
	record(answer, err);
	buf_printf(&text, "answered %s: %s", answer->agent, agent_answer_name(answer->answer));
	if (answer->pilot && answer->done)
		answer->done(answer->ctx, err ? "" : buf_cstr(&text), err);
	buf_release(&text);
	answer_free(answer);
}

int
pilot_decide(struct pilot *pilot, uint32_t agent, uint64_t question, enum agent_answer decision,
	pilot_fn *done, void *ctx, struct err *err)
{
	struct agent_view view;
	if (!fleet_agent(pilot->fleet, agent, &view) || !view.question)
		return err_set(err, ERR_INVALID, "the agent asks nothing");
	struct answer *answer = MEM_NEW(struct answer);
	*answer = (struct answer){
		.pilot = pilot,
		.records = pilot->records ? mem_strdup(pilot->records) : NULL,
		.agent = mem_strdup(view.name),
		.host = mem_strdup(view.host),
		.uid = mem_strdup(view.uid),
		.question = *view.question,
		.answer = decision,
		.done = done,
		.ctx = ctx,
	};
	int rc = act_agent_decide(
		pilot->fleet, agent, question, (int)decision, on_decided, answer, err);
	if (rc < 0) {
		answer_free(answer);
		return rc;
	}
	answer->next = pilot->answers;
	pilot->answers = answer;
	return 0;
}

void
answers_drop(struct pilot *pilot)
{
	for (struct answer *answer = pilot->answers; answer; answer = answer->next)
		answer->pilot = NULL;
	pilot->answers = NULL;
}

void
pilot_seen(struct pilot *pilot, uint32_t agent)
{
	act_agent_seen(pilot->fleet, agent);
}

/* Only what its profile knows, and once a question: another one has another id. */
void
pilot_event(struct pilot *pilot, const struct fleet_event *event)
{
	struct agent_view view;
	works_event(pilot, event);
	if (event->kind != FLEET_AGENT || !fleet_agent(pilot->fleet, event->agent, &view) ||
		view.verdict.state != AGENT_TRUST || !view.own || !view.question ||
		!view.question->answers || view.question->id == pilot->trusted)
		return;
	pilot->trusted = view.question->id;
	log_info("agent %s: its folder is cockpit's own, and is trusted", view.name);
	(void)pilot_decide(pilot, view.id, view.question->id, ANSWER_YES, NULL, NULL, NULL);
}
