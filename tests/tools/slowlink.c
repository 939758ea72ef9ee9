/* SPDX-License-Identifier: MIT */
/*
 * A long way, for kernels that have none to offer: slowlink ADDRESS PORT TO_ADDRESS TO_PORT MS
 * takes TCP connections and carries their bytes on, each MS later than they came. A process a
 * connection; while it is stopped it is a way on which nothing moves and nobody is told.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PIECES     64 /* on their way; then the sender waits */
#define PIECE_SIZE 16384

struct piece {
	int64_t due;
	size_t len; /* 0: the end */
	char bytes[PIECE_SIZE];
};

struct way {
	int from, to;
	struct piece pieces[PIECES];
	unsigned first, next; /* modulo PIECES */
	size_t sent;          /* of the first */
	bool ended, done, stuck;
};

static int64_t delay_ms;

static int64_t
now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool
has_room(const struct way *way)
{
	return !way->ended && way->next - way->first < PIECES;
}

static void
take(struct way *way)
{
	struct piece *piece = &way->pieces[way->next % PIECES];
	ssize_t n = read(way->from, piece->bytes, sizeof(piece->bytes));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	piece->len = n > 0 ? (size_t)n : 0;
	piece->due = now_ms() + delay_ms;
	way->ended = n <= 0;
	way->next++;
}

/* What is due; returns how long nothing is, at most a second. */
static int
give(struct way *way)
{
	way->stuck = false;
	while (way->first != way->next) {
		struct piece *piece = &way->pieces[way->first % PIECES];
		int64_t wait = piece->due - now_ms();
		if (wait > 0)
			return wait < 1000 ? (int)wait : 1000;
		if (piece->len == 0) {
			shutdown(way->to, SHUT_WR);
			way->done = true;
		}
		while (way->sent < piece->len) {
			ssize_t n = send(way->to, piece->bytes + way->sent,
				piece->len - way->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
			if (n < 0 && errno == EAGAIN) {
				way->stuck = true;
				return 1000;
			}
			if (n < 0)
				exit(0);
			way->sent += (size_t)n;
		}
		way->sent = 0;
		way->first++;
	}
	return 1000;
}

static void
carry(int a, int b)
{
	static struct way ways[2];
	ways[0].from = ways[1].to = a;
	ways[1].from = ways[0].to = b;
	while (!ways[0].done || !ways[1].done) {
		struct pollfd polled[2] = {{.fd = a}, {.fd = b}};
		int wait = 1000;
		for (int i = 0; i < 2; i++) {
			int until = give(&ways[i]);
			wait = until < wait ? until : wait;
			if (has_room(&ways[i]))
				polled[i].events |= POLLIN;
			if (ways[i].stuck)
				polled[!i].events |= POLLOUT;
		}
		/* One that is not asked for anything would report its end without end. */
		for (int i = 0; i < 2; i++)
			polled[i].fd = polled[i].events ? polled[i].fd : -1;
		poll(polled, 2, wait);
		for (int i = 0; i < 2; i++)
			if (polled[i].revents & ~POLLOUT && has_room(&ways[i]))
				take(&ways[i]);
	}
}

static struct sockaddr_in
address_of(const char *address, const char *port)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
	if (inet_pton(AF_INET, address, &in.sin_addr) != 1)
		exit(2);
	return in;
}

static int
new_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	if (fd < 0)
		exit(1);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

int
main(int argc, char **argv)
{
	if (argc != 6) {
		fprintf(stderr, "usage: slowlink ADDRESS PORT TO_ADDRESS TO_PORT MS\n");
		return 2;
	}
	struct sockaddr_in from = address_of(argv[1], argv[2]);
	struct sockaddr_in to = address_of(argv[3], argv[4]);
	delay_ms = atoi(argv[5]);
	signal(SIGCHLD, SIG_IGN);
	int listener = new_socket();
	if (bind(listener, (struct sockaddr *)&from, sizeof(from)) < 0 ||
		listen(listener, 64) < 0) {
		perror("slowlink");
		return 1;
	}
	for (;;) {
		int a = accept(listener, NULL, NULL), on = 1;
		if (a < 0 || fork() != 0) {
			close(a);
			continue;
		}
		close(listener);
		setsockopt(a, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		int b = new_socket();
		if (connect(b, (struct sockaddr *)&to, sizeof(to)) == 0)
			carry(a, b);
		return 0;
	}
}
