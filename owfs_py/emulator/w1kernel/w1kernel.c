/* Preloaded into a program that drives the kernel's w1 buses through a netlink connector socket.
 *
 * Such a socket becomes one to the emulator (server.py), which listens on the unix socket that
 * W1KERNEL_SOCKET names; datagrams are the same. All of them hear events, whatever groups they
 * were bound to.
 *
 *     gcc -shared -fPIC -o w1kernel.so w1kernel.c -ldl
 *     LD_PRELOAD=./w1kernel.so W1KERNEL_SOCKET=/tmp/w1 owserver --w1 ...
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Look up the C library's function of this name, of the type of this one here. */
#define REAL(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

int socket(int domain, int type, int protocol)
{
    const char *path = getenv("W1KERNEL_SOCKET");
    if (domain != AF_NETLINK || protocol != NETLINK_CONNECTOR || path == NULL)
        return REAL(socket)(domain, type, protocol);
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    strncpy(place.sun_path, path, sizeof place.sun_path - 1);
    int flags = type & (SOCK_CLOEXEC | SOCK_NONBLOCK);
    int fd = REAL(socket)(AF_UNIX, SOCK_SEQPACKET | flags, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&place, sizeof place) < 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

int bind(int fd, const struct sockaddr *address, socklen_t size)
{
    int domain = 0;
    socklen_t room = sizeof domain;
    if (address->sa_family == AF_NETLINK
        && getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &room) == 0 && domain == AF_UNIX)
        return 0;
    return REAL(bind)(fd, address, size);
}
