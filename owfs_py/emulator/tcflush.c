/* Preloaded into a program that drives an emulated adapter on a pseudo-terminal.
 *
 * On a serial line tcflush(TCOFLUSH) finds nothing to discard: the bytes written before have long
 * been sent. On a pseudo-terminal it discards what the other side has not read yet, so that a
 * command is lost now and then. This tcflush discards input only.
 *
 *     gcc -shared -fPIC -o tcflush.so tcflush.c
 *     LD_PRELOAD=./tcflush.so owserver -d /dev/pts/7 ...
 */
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <sys/ioctl.h>

int tcflush(int fd, int queue)
{
    return queue == TCOFLUSH ? 0 : ioctl(fd, TCFLSH, TCIFLUSH);
}
