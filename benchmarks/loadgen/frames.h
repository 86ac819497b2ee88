/* Shared by loadgen.c and bareloop.c: hex arguments, frame headers, complaints. Not a protocol
 * implementation; it knows as much of owserver's frames as measuring needs. */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    HEADER_SIZE = 24,       /* six big-endian words */
    PAYLOAD_WORD = 1,       /* of both directions; negative in a keep-alive frame */
    FLAGS_WORD = 3,
    PERSISTENCE = 0x04,     /* of the flags word */
    FRAME_LIMIT = 128 * 1024,
};

static inline int32_t word(const unsigned char *frame, int index)
{
    const unsigned char *at = frame + 4 * index;
    return (int32_t)((uint32_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3]);
}

static inline void fail(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static inline void refuse(const char *why)
{
    fprintf(stderr, "%s\n", why);
    exit(EXIT_FAILURE);
}

/* The bytes that a hex argument stands for; the caller keeps them for ever. */
static inline unsigned char *from_hex(const char *text, size_t *size)
{
    size_t length = strlen(text);
    if (length == 0 || length % 2 || length / 2 > FRAME_LIMIT)
        refuse("a frame is given as pairs of hex digits");
    unsigned char *bytes = malloc(length / 2);
    if (!bytes)
        fail("malloc");
    for (size_t i = 0; i < length / 2; i++) {
        unsigned value;
        if (sscanf(text + 2 * i, "%2x", &value) != 1)
            refuse("a frame is given as pairs of hex digits");
        bytes[i] = (unsigned char)value;
    }
    *size = length / 2;
    return bytes;
}

static inline double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

#endif
