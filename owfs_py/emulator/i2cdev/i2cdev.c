/* Preloaded into a program that drives an emulated I2C bus through /dev/i2c-N.
 *
 * Opening such a path gives a socket to the emulator (server.py), which listens on the unix socket
 * that I2CDEV_SOCKET names. Each request and each answer is one packet:
 *
 *     'O' path                   open an adapter
 *     'F'                        what it can do (I2C_FUNCS); the answer is a uint32
 *     'S' messages               an SMBus transfer, as plain I2C messages
 *     'X' messages               a transfer of any messages, which not every adapter can do
 *     answer: int32 errno (0: done), then what was read, one message after the other
 *
 * A message is its flags, address, and number of bytes, each in one byte, then what is written.
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
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define PREFIX "/dev/i2c-"
#define MAX_FD 1024
#define MAX_BYTES 255 /* in a message or path */
#define MAX_MESSAGES I2C_RDWR_IOCTL_MAX_MSGS
#define MESSAGE_HEAD 3
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
    int32_t error;
    struct iovec parts[] = {{&error, sizeof error}, {in, room}};
    struct msghdr answer = {.msg_iov = parts, .msg_iovlen = 2};
    if (send(fd, request, size, MSG_NOSIGNAL) < 0)
        return -1;
    ssize_t length = recvmsg(fd, &answer, 0);
    if (length < (ssize_t)sizeof error) {
        errno = EIO;
        return -1;
    }
    if (error != 0) {
        errno = error;
        return -1;
    }
    return (int)(length - (ssize_t)sizeof error);
}

/* A transfer of messages, of one of the kinds above. */
static int transfer(int fd, char kind, const struct i2c_msg *messages, uint32_t count)
{
    uint8_t request[1 + MAX_MESSAGES * (MESSAGE_HEAD + MAX_BYTES)] = {(uint8_t)kind};
    uint8_t answer[MAX_MESSAGES * MAX_BYTES];
    size_t size = 1, wanted = 0, taken = 0;
    if (messages == NULL || count == 0 || count > MAX_MESSAGES) {
        errno = EINVAL;
        return -1;
    }
    for (const struct i2c_msg *message = messages; message < messages + count; message++) {
        if (message->len > MAX_BYTES) {
            errno = EINVAL;
            return -1;
        }
        request[size++] = (uint8_t)message->flags;
        request[size++] = (uint8_t)message->addr;
        request[size++] = (uint8_t)message->len;
        if (message->flags & I2C_M_RD) {
            wanted += message->len;
        } else {
            memcpy(request + size, message->buf, message->len);
            size += message->len;
        }
    }
    int got = ask(fd, request, size, answer, sizeof answer);
    if (got < 0)
        return -1;
    if ((size_t)got != wanted) {
        errno = EIO;
        return -1;
    }
    for (const struct i2c_msg *message = messages; message < messages + count; message++) {
        if (message->flags & I2C_M_RD) {
            memcpy(message->buf, answer + taken, message->len);
            taken += message->len;
        }
    }
    return (int)count;
}

/* Bytes that are written are not changed, though the kernel's type has no word for that. */
static struct i2c_msg message(int fd, int flags, const void *bytes, size_t count)
{
    return (struct i2c_msg){.addr = chosen[fd],
                            .flags = (uint16_t)flags,
                            .len = (uint16_t)(count > MAX_BYTES ? MAX_BYTES + 1 : count),
                            .buf = (uint8_t *)bytes};
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
    if (!is_ours(fd))
        return REAL(read)(fd, buffer, count);
    struct i2c_msg in = message(fd, I2C_M_RD, buffer, count);
    return transfer(fd, 'X', &in, 1) < 0 ? -1 : (ssize_t)count;
}

ssize_t write(int fd, const void *buffer, size_t count)
{
    if (!is_ours(fd))
        return REAL(write)(fd, buffer, count);
    struct i2c_msg out = message(fd, 0, buffer, count);
    return transfer(fd, 'X', &out, 1) < 0 ? -1 : (ssize_t)count;
}

static int smbus(int fd, const struct i2c_smbus_ioctl_data *call)
{
    uint8_t bytes[2] = {call->command, call->data == NULL ? 0 : call->data->byte};
    int reading = call->read_write == I2C_SMBUS_READ;
    struct i2c_msg in = message(fd, I2C_M_RD, &call->data->byte, 1);
    switch (call->size) {
    case I2C_SMBUS_QUICK: {
        struct i2c_msg out = message(fd, 0, bytes, 0);
        return transfer(fd, 'S', &out, 1);
    }
    case I2C_SMBUS_BYTE: {
        struct i2c_msg out = message(fd, 0, bytes, 1);
        return transfer(fd, 'S', reading ? &in : &out, 1);
    }
    case I2C_SMBUS_BYTE_DATA: {
        struct i2c_msg both[] = {message(fd, 0, bytes, reading ? 1 : 2), in};
        return transfer(fd, 'S', both, reading ? 2 : 1);
    }
    default:
        errno = EOPNOTSUPP;
        return -1;
    }
}

static int functions(int fd, unsigned long *result)
{
    uint32_t answer;
    if (ask(fd, (const uint8_t *)"F", 1, (uint8_t *)&answer, sizeof answer) < 0)
        return -1;
    *result = answer;
    return 0;
}

static int ioctl_of_ours(int fd, unsigned long request, void *argument)
{
    switch (request) {
    case I2C_SLAVE:
    case I2C_SLAVE_FORCE:
        chosen[fd] = (uint16_t)(uintptr_t)argument;
        return 0;
    case I2C_FUNCS:
        return functions(fd, argument);
    case I2C_SMBUS:
        return smbus(fd, argument) < 0 ? -1 : 0;
    case I2C_RDWR: {
        const struct i2c_rdwr_ioctl_data *call = argument;
        return transfer(fd, 'X', call->msgs, call->nmsgs);
    }
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
