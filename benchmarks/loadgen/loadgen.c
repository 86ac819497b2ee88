/* A load generator for owservers: N connections on one epoll loop send the same request again and
 * again and compare every answer with the one expected. It decides nothing about what is asked.
 *
 * usage: loadgen PORT CLIENTS MODE LIMIT REQUEST-HEX ANSWER-HEX
 *   PORT    of a server on 127.0.0.1
 *   CLIENTS how many connections at once
 *   MODE    "kept" (the connections stay) or "new" (a connection for every request)
 *   LIMIT   so many requests ("5000"), or so many seconds ("0.5s")
 *
 * Prints one line of JSON: requests (right answers), errors (wrong or missing ones), seconds, cpu
 * (seconds of processor time that this program took itself), keep_alives, and latency in
 * microseconds at some percentiles. Ends by itself after TIME_LIMIT seconds in any case.
 */
#define _GNU_SOURCE
#include "frames.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    EVENTS = 256,
    MAX_CLIENTS = 1024,
    TIME_LIMIT = 120,
    LOOK_AT_CLOCK = 1000,   /* milliseconds without any answer */
    SOURCE_ADDRESSES = 64,  /* 127.0.0.1 and so on: more ports than one address has */
    /* Latencies: buckets that each span 2 %, from 1 microsecond on. */
    BUCKETS = 1024,
};
static const double BUCKET_RATIO = 1.02;

struct client {
    int fd;
    size_t held;
    double asked;
    unsigned char *bytes;
};

static struct client clients[MAX_CLIENTS];
static unsigned char *request, *answer;
static size_t request_size, answer_size;
static bool anew;
static int poller;
static struct sockaddr_in server = {.sin_family = AF_INET};
static long requests, errors, keep_alives, started, buckets[BUCKETS];

static void note_latency(double seconds)
{
    int bucket = (int)(log(seconds * 1e6) / log(BUCKET_RATIO));
    buckets[bucket < 0 ? 0 : bucket >= BUCKETS ? BUCKETS - 1 : bucket]++;
}

static double latency_at(double part)
{
    long wanted = (long)ceil(part * (double)requests), seen = 0;
    for (int bucket = 0; bucket < BUCKETS; bucket++)
        if ((seen += buckets[bucket]) >= wanted)
            return pow(BUCKET_RATIO, bucket + 0.5);
    return 0;
}

static void open_connection(struct client *client)
{
    static unsigned turn;
    struct sockaddr_in own = {.sin_family = AF_INET};
    int on = 1;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK + turn++ % SOURCE_ADDRESSES);
    client->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (client->fd < 0)
        fail("socket");
    setsockopt(client->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(client->fd, (struct sockaddr *)&own, sizeof own) < 0
        || connect(client->fd, (struct sockaddr *)&server, sizeof server) < 0)
        fail("connect");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, client->fd, &event) < 0)
        fail("epoll_ctl");
}

static void ask(struct client *client)
{
    client->asked = now();
    client->held = 0;
    started++;
    if (anew)
        open_connection(client);
    if (write(client->fd, request, request_size) != (ssize_t)request_size)
        fail("sending a request");
}

/* Drop the keep-alive frames before an answer. */
static void skip_keep_alives(struct client *client)
{
    while (client->held >= HEADER_SIZE && word(client->bytes, PAYLOAD_WORD) < 0) {
        keep_alives++;
        client->held -= HEADER_SIZE;
        memmove(client->bytes, client->bytes + HEADER_SIZE, client->held);
    }
}

/* Take what has come; true if that completes the exchange. */
static bool hear(struct client *client)
{
    ssize_t got = read(client->fd, client->bytes + client->held, FRAME_LIMIT - client->held);
    if (got <= 0) {
        errors++;
        fprintf(stderr, "closed after %zu bytes of an answer\n", client->held);
        exit(EXIT_FAILURE);
    }
    client->held += (size_t)got;
    skip_keep_alives(client);
    if (client->held < answer_size)
        return false;
    if (client->held == answer_size && memcmp(client->bytes, answer, answer_size) == 0) {
        requests++;
        note_latency(now() - client->asked);
    } else {
        errors++;
    }
    return true;
}

static void print_results(double seconds)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
    printf("{\"requests\": %ld, \"errors\": %ld, \"keep_alives\": %ld, \"seconds\": %.6f, "
           "\"cpu\": %.6f, \"latency\": {\"50\": %.1f, \"90\": %.1f, \"99\": %.1f, "
           "\"100\": %.1f}}\n",
           requests, errors, keep_alives, seconds, cpu, latency_at(0.5), latency_at(0.9),
           latency_at(0.99), latency_at(1));
}

static void run(int count, long request_limit, double time_limit)
{
    double begun = now(), seconds = 0;
    int busy = count;
    for (int i = 0; i < count; i++) {
        if (!anew)
            open_connection(&clients[i]);
        ask(&clients[i]);
    }
    while (busy > 0) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(poller, events, EVENTS, LOOK_AT_CLOCK);
        if (ready < 0 && errno != EINTR)
            fail("epoll_wait");
        seconds = now() - begun;
        if (seconds > TIME_LIMIT)
            refuse("no end within the time limit");
        for (int i = 0; i < ready; i++) {
            struct client *client = events[i].data.ptr;
            if (!hear(client))
                continue;
            if (anew)
                close(client->fd);
            if (started < request_limit && seconds < time_limit)
                ask(client);
            else
                busy--;
        }
    }
    print_results(now() - begun);
}

int main(int argc, char **argv)
{
    if (argc != 7)
        refuse("usage: loadgen PORT CLIENTS kept|new LIMIT REQUEST-HEX ANSWER-HEX");
    int count = atoi(argv[2]);
    if (count < 1 || count > MAX_CLIENTS)
        refuse("not so many clients");
    server.sin_port = htons((uint16_t)atoi(argv[1]));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    anew = strcmp(argv[3], "new") == 0;
    bool by_time = argv[4][strlen(argv[4]) - 1] == 's';
    request = from_hex(argv[5], &request_size);
    answer = from_hex(argv[6], &answer_size);
    poller = epoll_create1(0);
    for (int i = 0; i < count; i++)
        if (!(clients[i].bytes = malloc(FRAME_LIMIT)))
            fail("malloc");
    run(count, by_time ? __LONG_MAX__ : atol(argv[4]), by_time ? atof(argv[4]) : TIME_LIMIT);
    return EXIT_SUCCESS;
}
