/* SPDX-License-Identifier: MIT
 *
 * port.c - prints a port of 127.0.0.1 that is free, for servers that cannot
 * be told to take any and to say which.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

int
main(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) < 0)
		return 1;
	printf("%d\n", ntohs(at.sin_port));
	return 0;
}
