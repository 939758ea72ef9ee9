/* SPDX-License-Identifier: MIT */
/* Runs beside the cockpit, for as long as one question: it has no loop and may block. */
#include "cockpit/ssh_askpass.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "askpass.h"
#include "cockpit/base_buf.h"
#include "wire.h"

static bool answers; /* main() has asked */

bool
ssh_askpass_wanted(void)
{
	answers = true;
	return getenv(ASKPASS_SOCKET) != NULL;
}

bool
helper_is_there(void)
{
	return answers;
}

static int
dial(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	size_t len = strlen(path);
	int fd = len < sizeof(addr.sun_path) ? socket(AF_UNIX, SOCK_STREAM, 0) : -1;
	if (fd < 0)
		return -1;
	memcpy(addr.sun_path, path, len + 1);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void
put_bounded(struct buf *into, const char *text, size_t max)
{
	wire_put_string(into, str_slice(str_from(text), 0, max));
}

static bool
send_question(int fd, const char *prompt)
{
	struct buf question = BUF_INIT;
	put_bounded(&question, getenv("SSH_ASKPASS_PROMPT"), ASKPASS_HINT_MAX);
	put_bounded(&question, prompt, ASKPASS_PROMPT_MAX);
	ssize_t n = 1;
	while (question.len > 0 && n > 0) {
		n = send(fd, question.ptr, question.len, MSG_NOSIGNAL);
		if (n > 0)
			buf_consume(&question, (size_t)n);
		else if (n < 0 && errno == EINTR)
			n = 1;
	}
	buf_release(&question);
	return n > 0;
}

/* False: the end of the answer, or of whoever wants it: that shows at our standard output. */
static bool
wait_for_more(int fd)
{
	struct pollfd both[] = {
		{.fd = fd, .events = POLLIN},
                {.fd = STDOUT_FILENO       }
        };
	int n;
	do
		n = poll(both, 2, -1);
	while (n < 0 && errno == EINTR);
	return n > 0 && !(both[1].revents & (POLLERR | POLLHUP | POLLNVAL));
}

/* How many bytes came before the end; 0: no answer. */
static size_t
read_answer(int fd, char *ret, size_t size)
{
	size_t len = 0;
	while (len < size && wait_for_more(fd)) {
		ssize_t n = recv(fd, ret + len, size - len, 0);
		if (n == 0)
			return len > 1 && ret[0] == ASKPASS_YES && ret[len - 1] == '\n' ? len
											: 0;
		if (n < 0 && errno != EINTR)
			return 0;
		len += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static bool
print(const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, text, len);
		if (n < 0 && errno != EINTR)
			return false;
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

int
ssh_askpass_main(int argc, char **argv)
{
	char answer[1 + ASKPASS_ANSWER_MAX + 2]; /* with room for one byte too many */
	const char *path = getenv(ASKPASS_SOCKET);
	int fd = path && argc > 1 ? dial(path) : -1;
	if (fd < 0)
		return 1;
	size_t len = send_question(fd, argv[1]) ? read_answer(fd, answer, sizeof(answer)) : 0;
	bool good = len > 0 && print(answer + 1, len - 1);
	OPENSSL_cleanse(answer, sizeof(answer));
	close(fd);
	return good ? 0 : 1;
}
