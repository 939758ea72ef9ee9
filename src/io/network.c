/* SPDX-License-Identifier: MIT */
#include "cockpit/io_network.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cockpit/base_log.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_str.h"

#define LOG_MODULE "network"

#define SETTLE_MS  500
#define READS_MAX  64 /* then the loop gets a turn */

struct network {
	loop_fn *changed;
	void *ctx;
	int fd;
	struct loop_watch *watch;
	struct loop_timer *settle;
};

/* Those that containers get and lose all day, and what a link has by itself, are none. */
static bool
is_news(unsigned type, struct str body)
{
	struct ifaddrmsg address;
	struct rtmsg route;
	if (type == RTM_NEWADDR && body.len >= sizeof(address)) {
		memcpy(&address, body.ptr, sizeof(address));
		return address.ifa_scope == RT_SCOPE_UNIVERSE;
	}
	if (type == RTM_NEWROUTE && body.len >= sizeof(route)) {
		memcpy(&route, body.ptr, sizeof(route));
		return route.rtm_dst_len == 0 && route.rtm_type == RTN_UNICAST;
	}
	return false;
}

static bool
has_news(struct str messages)
{
	struct nlmsghdr head;
	while (messages.len >= sizeof(head)) {
		memcpy(&head, messages.ptr, sizeof(head));
		if (head.nlmsg_len < NLMSG_HDRLEN || head.nlmsg_len > messages.len)
			return false;
		if (is_news(head.nlmsg_type, str_slice(messages, NLMSG_HDRLEN, head.nlmsg_len)))
			return true;
		messages = str_slice(messages, NLMSG_ALIGN(head.nlmsg_len), messages.len);
	}
	return false;
}

static void
on_messages(void *ctx, int events)
{
	struct network *network = ctx;
	char bytes[8192];
	bool news = false;
	(void)events;
	for (int i = 0; i < READS_MAX; i++) {
		struct sockaddr_nl from = {0};
		socklen_t from_len = sizeof(from);
		ssize_t len = recvfrom(network->fd, bytes, sizeof(bytes), 0,
			(struct sockaddr *)&from, &from_len);
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0 && errno != ENOBUFS)
			break;
		/* Too many to be kept: one of them may have been one. Only the kernel is
		 * believed. */
		news |= len < 0 ||
			(from.nl_pid == 0 && has_news((struct str){bytes, (size_t)len}));
	}
	if (news && !loop_timer_armed(network->settle))
		loop_timer_set(network->settle, SETTLE_MS);
}

static void
on_settled(void *ctx)
{
	struct network *network = ctx;
	log_debug("this machine has an address or a way more");
	network->changed(network->ctx);
}

static int
open_socket(void)
{
	const struct sockaddr_nl to = {.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
			     RTMGRP_IPV6_ROUTE};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (fd >= 0 && bind(fd, (const struct sockaddr *)&to, sizeof(to)) < 0) {
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		log_debug("nothing will be heard of networks: %s", strerror(errno));
	return fd;
}

struct network *
network_new(struct loop *loop, loop_fn *changed, void *ctx)
{
	struct network *network = MEM_NEW(struct network);
	*network = (struct network){.changed = changed, .ctx = ctx, .fd = open_socket()};
	network->settle = loop_timer_new(loop, on_settled, network);
	if (network->fd >= 0) {
		network->watch = loop_watch_new(loop, network->fd, on_messages, network);
		loop_watch_set(network->watch, LOOP_READ);
	}
	return network;
}

void
network_free(struct network *network)
{
	if (!network)
		return;
	loop_watch_free(network->watch);
	if (network->fd >= 0)
		close(network->fd);
	loop_timer_free(network->settle);
	mem_free(network);
}
