/* Preloaded: a datagram to everybody goes to the address in the variable EVERYBODY instead, so that
 * who looks for adapters finds those of one test and no others. Part of no product.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

typedef ssize_t (*sendto_t)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);

ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
               socklen_t length)
{
    sendto_t original = (sendto_t) dlsym(RTLD_NEXT, "sendto");
    const char *everybody = getenv("EVERYBODY");
    struct sockaddr_in redirected;

    if (everybody != NULL && to != NULL && to->sa_family == AF_INET) {
        redirected = *(const struct sockaddr_in *) to;
        if (redirected.sin_addr.s_addr == INADDR_BROADCAST
            && inet_pton(AF_INET, everybody, &redirected.sin_addr) == 1)
            return original(fd, data, size, flags, (const struct sockaddr *) &redirected,
                            sizeof redirected);
    }
    return original(fd, data, size, flags, to, length);
}
