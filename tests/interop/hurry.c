/* Preloaded into a server whose chips are emulated ones that are done at once.
 *
 * What the chip's maker wants to be waited for, from half a second to a second, is not waited for:
 * the emulated chip is done at once, and a test that writes two hundred values must not take two
 * minutes. Any other wait is as long as it is meant to be.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SHORTEST 0.5
#define LONGEST 1.0

static int is_skipped(double seconds)
{
    return seconds >= SHORTEST && seconds <= LONGEST;
}

static double seconds_of(const struct timespec *time)
{
    return time->tv_sec + time->tv_nsec / 1e9;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until, struct timespec *left)
{
    struct timespec now = {0, 0};

    if (flags & TIMER_ABSTIME)
        clock_gettime(clock, &now);
    if (is_skipped(seconds_of(until) - seconds_of(&now)))
        return 0;
    return syscall(SYS_clock_nanosleep, clock, flags, until, left) ? errno : 0;
}

int nanosleep(const struct timespec *time, struct timespec *left)
{
    return is_skipped(seconds_of(time)) ? 0 : syscall(SYS_nanosleep, time, left);
}

int usleep(useconds_t microseconds)
{
    struct timespec time = {microseconds / 1000000, microseconds % 1000000 * 1000L};

    return nanosleep(&time, NULL);
}
