/* The least that a server can do: one epoll loop that gives every frame the same prepared answer.
 * It understands nothing, so its rate is the ceiling of the machine, not that of any owserver.
 *
 * usage: bareloop ANSWER-HEX
 * Listens on a free port of 127.0.0.1, prints its number on a line, and serves until its standard
 * input ends. Frames without the persistence bit are answered and the connection closed.
 */
#define _GNU_SOURCE
#include "frames.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, BACKLOG = 4096, DESCRIPTORS = 4096 };

/* What has come of a frame that is not complete yet; by file descriptor. */
static struct { size_t held; unsigned char bytes[512]; } partial[DESCRIPTORS];
static unsigned char *answer;
static size_t answer_size;
static int poller;

static void watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0)
        fail("epoll_ctl");
}

static int listen_anywhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, BACKLOG) < 0
        || getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        fail("listen");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void welcome(int listener)
{
    int fd, on = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (fd >= DESCRIPTORS)
            refuse("too many connections");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        partial[fd].held = 0;
        watch(fd);
    }
}

static void serve(int fd)
{
    unsigned char *bytes = partial[fd].bytes;
    ssize_t got = read(fd, bytes + partial[fd].held, sizeof partial[fd].bytes - partial[fd].held);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        close(fd);
        return;
    }
    size_t held = partial[fd].held += (size_t)got, at = 0;
    while (held - at >= HEADER_SIZE) {
        size_t size = HEADER_SIZE + (size_t)word(bytes + at, PAYLOAD_WORD);
        if (held - at < size)
            break;
        if (write(fd, answer, answer_size) != (ssize_t)answer_size
            || !(word(bytes + at, FLAGS_WORD) & PERSISTENCE)) {
            close(fd);
            return;
        }
        at += size;
    }
    memmove(bytes, bytes + at, held - at);
    partial[fd].held = held - at;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        refuse("usage: bareloop ANSWER-HEX");
    answer = from_hex(argv[1], &answer_size);
    poller = epoll_create1(0);
    int listener = listen_anywhere();
    watch(listener);
    watch(STDIN_FILENO);
    for (;;) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(poller, events, EVENTS, -1);
        if (count < 0 && errno != EINTR)
            fail("epoll_wait");
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == STDIN_FILENO)
                return EXIT_SUCCESS;
            if (fd == listener)
                welcome(listener);
            else
                serve(fd);
        }
    }
}
