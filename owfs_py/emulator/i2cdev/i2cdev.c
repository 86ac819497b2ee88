/* Preloaded into a program that drives an emulated I2C bus through /dev/i2c-N.
 *
 * Opening such a path gives a socket to the emulator (server.py), which listens on the unix socket
 * that I2CDEV_SOCKET names. SMBus calls become plain I2C transfers here, as the kernel makes them
 * for adapters that know no SMBus. Each request and each answer is one packet:
 *
 *     'O' path                   open an adapter
 *     'W' address bytes          a write transfer
 *     'R' address count          a read transfer, count in one byte
 *     answer: int32 errno (0: done), then what was read
 *
 *     gcc -shared -fPIC -o i2cdev.so i2cdev.c -ldl
 *     LD_PRELOAD=./i2cdev.so I2CDEV_SOCKET=/tmp/i2c owserver --i2c=/dev/i2c-1 ...
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <sys/un.h>
#include <unistd.h>

#define PREFIX "/dev/i2c-"
#define MAX_FD 1024
#define MAX_BYTES 255
#define MAJOR_I2C 89
#define NOT_OURS 0xFFFF

/* The chip address chosen for each descriptor of ours, NOT_OURS for others. */
static uint16_t chosen[MAX_FD];

__attribute__((constructor)) static void forget_all(void)
{
    for (int fd = 0; fd < MAX_FD; fd++)
        chosen[fd] = NOT_OURS;
}

static int is_ours(int fd)
{
    return fd >= 0 && fd < MAX_FD && chosen[fd] != NOT_OURS;
}

static int is_our_path(const char *path)
{
    return getenv("I2CDEV_SOCKET") != NULL && strncmp(path, PREFIX, strlen(PREFIX)) == 0;
}

/* Send a request, take the answer: the number of bytes put into `in`, or -1 and errno. */
static int ask(int fd, const uint8_t *request, size_t size, uint8_t *in, size_t room)
{
    uint8_t answer[sizeof(int32_t) + MAX_BYTES];
    int32_t error;
    if (send(fd, request, size, MSG_NOSIGNAL) < 0)
        return -1;
    ssize_t length = recv(fd, answer, sizeof answer, 0);
    if (length < (ssize_t)sizeof error) {
        errno = EIO;
        return -1;
    }
    memcpy(&error, answer, sizeof error);
    if (error != 0) {
        errno = error;
        return -1;
    }
    size_t got = (size_t)length - sizeof error;
    if (got > room)
        got = room;
    if (got > 0)
        memcpy(in, answer + sizeof error, got);
    return (int)got;
}

static int transfer_out(int fd, uint8_t address, const uint8_t *bytes, size_t count)
{
    uint8_t request[2 + MAX_BYTES] = {'W', address};
    if (count > MAX_BYTES) {
        errno = EINVAL;
        return -1;
    }
    if (count > 0)
        memcpy(request + 2, bytes, count);
    return ask(fd, request, 2 + count, NULL, 0);
}

static int transfer_in(int fd, uint8_t address, uint8_t *bytes, size_t count)
{
    uint8_t request[3] = {'R', address, (uint8_t)count};
    if (count > MAX_BYTES) {
        errno = EINVAL;
        return -1;
    }
    return ask(fd, request, sizeof request, bytes, count);
}

static int connect_to(const char *path)
{
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    uint8_t request[1 + MAX_BYTES] = {'O'};
    strncpy(place.sun_path, getenv("I2CDEV_SOCKET"), sizeof place.sun_path - 1);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    strncpy((char *)request + 1, path, MAX_BYTES - 1);
    if (fd >= MAX_FD || connect(fd, (struct sockaddr *)&place, sizeof place) < 0
        || ask(fd, request, 1 + strlen((char *)request + 1), NULL, 0) < 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    chosen[fd] = 0;
    return fd;
}

/* Look up the C library's function of this name, of the type of this one here. */
#define REAL(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

#define OPEN(name)                                                                                 \
    int name(const char *path, int flags, ...)                                                     \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, flags);                                                                \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;               \
        va_end(arguments);                                                                         \
        return is_our_path(path) ? connect_to(path) : REAL(name)(path, flags, mode);               \
    }
OPEN(open)
OPEN(open64)

#define STAT(name, type)                                                                           \
    int name(const char *path, struct type *result)                                                \
    {                                                                                              \
        if (!is_our_path(path))                                                                    \
            return REAL(name)(path, result);                                                       \
        memset(result, 0, sizeof *result);                                                         \
        result->st_mode = S_IFCHR | 0600;                                                          \
        result->st_rdev = makedev(MAJOR_I2C, atoi(path + strlen(PREFIX)));                         \
        return 0;                                                                                  \
    }
STAT(stat, stat)
STAT(stat64, stat64)

int close(int fd)
{
    if (is_ours(fd))
        chosen[fd] = NOT_OURS;
    return REAL(close)(fd);
}

ssize_t read(int fd, void *buffer, size_t count)
{
    return is_ours(fd) ? transfer_in(fd, chosen[fd], buffer, count)
                       : REAL(read)(fd, buffer, count);
}

ssize_t write(int fd, const void *buffer, size_t count)
{
    if (!is_ours(fd))
        return REAL(write)(fd, buffer, count);
    return transfer_out(fd, chosen[fd], buffer, count) < 0 ? -1 : (ssize_t)count;
}

static int smbus(int fd, const struct i2c_smbus_ioctl_data *call)
{
    uint8_t address = chosen[fd];
    uint8_t out[2] = {call->command, call->data == NULL ? 0 : call->data->byte};
    int reading = call->read_write == I2C_SMBUS_READ;
    switch (call->size) {
    case I2C_SMBUS_QUICK:
        return transfer_out(fd, address, NULL, 0);
    case I2C_SMBUS_BYTE:
        return reading ? transfer_in(fd, address, &call->data->byte, 1)
                       : transfer_out(fd, address, out, 1);
    case I2C_SMBUS_BYTE_DATA:
        if (!reading)
            return transfer_out(fd, address, out, 2);
        if (transfer_out(fd, address, out, 1) < 0)
            return -1;
        return transfer_in(fd, address, &call->data->byte, 1);
    default:
        errno = EOPNOTSUPP;
        return -1;
    }
}

static int combined(int fd, const struct i2c_rdwr_ioctl_data *call)
{
    for (uint32_t n = 0; n < call->nmsgs; n++) {
        const struct i2c_msg *message = &call->msgs[n];
        int done = message->flags & I2C_M_RD
                       ? transfer_in(fd, (uint8_t)message->addr, message->buf, message->len)
                       : transfer_out(fd, (uint8_t)message->addr, message->buf, message->len);
        if (done < 0)
            return -1;
    }
    return (int)call->nmsgs;
}

static int ioctl_of_ours(int fd, unsigned long request, void *argument)
{
    switch (request) {
    case I2C_SLAVE:
    case I2C_SLAVE_FORCE:
        chosen[fd] = (uint16_t)(uintptr_t)argument;
        return 0;
    case I2C_FUNCS:
        *(unsigned long *)argument = I2C_FUNC_I2C | I2C_FUNC_SMBUS_QUICK | I2C_FUNC_SMBUS_BYTE
                                     | I2C_FUNC_SMBUS_BYTE_DATA;
        return 0;
    case I2C_SMBUS:
        return smbus(fd, argument) < 0 ? -1 : 0;
    case I2C_RDWR:
        return combined(fd, argument);
    case I2C_RETRIES:
    case I2C_TIMEOUT:
        return 0;
    default:
        errno = ENOTTY;
        return -1;
    }
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    return is_ours(fd) ? ioctl_of_ours(fd, request, argument)
                       : REAL(ioctl)(fd, request, argument);
}
