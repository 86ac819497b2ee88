/* A stand-in for libusb-1.0.so.0: USB adapters of the emulator for programs that nobody changed.
 *
 * It knows no USB and no adapter: every call that would reach a device is a request on a unix
 * socket, whose path is in the environment (EMULATED_USB), and the answer decides. Each open
 * device has a connection of its own, which ends with the handle or the program, so that the
 * other end (host.py) learns of both. Without the variable there are no devices.
 *
 * Only the synchronous part of libusb's API is there. The declarations follow the API reference at
 * https://libusb.sourceforge.io/api-1.0 (structures are part of its ABI).
 *
 *     gcc -shared -fPIC -Wl,-soname,libusb-1.0.so.0 -o libusb-1.0.so.0 libusb.c
 *     LD_LIBRARY_PATH=. EMULATED_USB=/tmp/usb owserver -u ...
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <unistd.h>

enum { ERROR_NO_DEVICE = -4, ERROR_NOT_FOUND = -5, ERROR_NOT_SUPPORTED = -12 };

/* What is asked of the other end; host.py has the same numbers. */
enum call { LIST, OPEN, DRIVER_ACTIVE, DETACH_DRIVER, ATTACH_DRIVER, SET_CONFIGURATION, CLAIM,
            RELEASE, SET_ALTERNATE, CLEAR_HALT, CONTROL, TRANSFER };

struct request {
    uint8_t call, endpoint, type, code;
    uint16_t value, index;
    uint32_t length, timeout;
};

struct reply {
    int32_t result;
    uint32_t length;
};

struct listed {
    uint8_t bus, address;
    uint16_t vendor, product;
};

/* Descriptors, as libusb.h has them. */

struct device_descriptor {
    uint8_t bLength, bDescriptorType;
    uint16_t bcdUSB;
    uint8_t bDeviceClass, bDeviceSubClass, bDeviceProtocol, bMaxPacketSize0;
    uint16_t idVendor, idProduct, bcdDevice;
    uint8_t iManufacturer, iProduct, iSerialNumber, bNumConfigurations;
};

struct endpoint_descriptor {
    uint8_t bLength, bDescriptorType, bEndpointAddress, bmAttributes;
    uint16_t wMaxPacketSize;
    uint8_t bInterval, bRefresh, bSynchAddress;
    const unsigned char *extra;
    int extra_length;
};

struct interface_descriptor {
    uint8_t bLength, bDescriptorType, bInterfaceNumber, bAlternateSetting, bNumEndpoints;
    uint8_t bInterfaceClass, bInterfaceSubClass, bInterfaceProtocol, iInterface;
    const struct endpoint_descriptor *endpoint;
    const unsigned char *extra;
    int extra_length;
};

struct interface {
    const struct interface_descriptor *altsetting;
    int num_altsetting;
};

struct config_descriptor {
    uint8_t bLength, bDescriptorType;
    uint16_t wTotalLength;
    uint8_t bNumInterfaces, bConfigurationValue, iConfiguration, bmAttributes, MaxPower;
    const struct interface *interface;
    const unsigned char *extra;
    int extra_length;
};

/* The DS2490's configuration (data sheet, "USB communication"): four alternate settings that differ
 * in packet sizes and polling intervals. */

#define ENDPOINT(address, attributes, size, interval) \
    { 7, 5, address, attributes, size, interval, 0, 0, NULL, 0 }
#define ENDPOINTS(bulk, interval) \
    { ENDPOINT(0x81, 3, 32, interval), ENDPOINT(0x02, 2, bulk, 0), ENDPOINT(0x83, 2, bulk, 0) }
#define ALTERNATE(number) \
    { 9, 4, 0, number, 3, 0xFF, 0xFF, 0xFF, 0, endpoints[number], NULL, 0 }

static const struct endpoint_descriptor endpoints[4][3] = {
    ENDPOINTS(16, 10), ENDPOINTS(64, 10), ENDPOINTS(16, 1), ENDPOINTS(64, 1)};
static const struct interface_descriptor alternates[4] = {
    ALTERNATE(0), ALTERNATE(1), ALTERNATE(2), ALTERNATE(3)};
static const struct interface interfaces[1] = {{alternates, 4}};
static struct config_descriptor configuration = {
    9, 2, 9 + 4 * (9 + 3 * 7), 1, 1, 0, 0xA0, 50, interfaces, NULL, 0};

/* Devices and handles */

struct device {
    int references;
    struct listed listed;
};

struct handle {
    int socket;
    struct device *device;
};

static int connect_to_host(void)
{
    const char *path = getenv("EMULATED_USB");
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd;

    if (path == NULL || strlen(path) >= sizeof name.sun_path)
        return -1;
    strcpy(name.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&name, sizeof name) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static int read_all(int fd, void *buffer, size_t length)
{
    ssize_t got;
    for (char *at = buffer; length > 0; at += got, length -= (size_t)got)
        if ((got = recv(fd, at, length, 0)) <= 0)
            return -1;
    return 0;
}

static int write_all(int fd, const void *buffer, size_t length)
{
    ssize_t put;
    for (const char *at = buffer; length > 0; at += put, length -= (size_t)put)
        if ((put = send(fd, at, length, MSG_NOSIGNAL)) <= 0)
            return -1;
    return 0;
}

/* One request and its answer. `out` has request->length bytes to send, or is NULL. Up to `room`
 * bytes come back into `in`; `*got` is how many were transferred in either direction. */
static int ask(int fd, struct request *request, const void *out, void *in, size_t room,
               uint32_t *got)
{
    struct reply reply;

    *got = 0;
    if (write_all(fd, request, sizeof *request) != 0
        || (out != NULL && write_all(fd, out, request->length) != 0)
        || read_all(fd, &reply, sizeof reply) != 0
        || (in != NULL && (reply.length > room || read_all(fd, in, reply.length) != 0)))
        return ERROR_NO_DEVICE;
    *got = reply.length;
    return reply.result;
}

static int order(struct handle *handle, enum call call, int number)
{
    struct request request = {.call = (uint8_t)call, .value = (uint16_t)number};
    uint32_t got;
    return ask(handle->socket, &request, NULL, NULL, 0, &got);
}

/* libusb's API */

int libusb_init(void **context)
{
    static int only_context;
    if (context != NULL)
        *context = &only_context;
    return 0;
}

void libusb_exit(void *context) { (void)context; }

void libusb_set_debug(void *context, int level) { (void)context, (void)level; }

struct device *libusb_ref_device(struct device *device)
{
    __atomic_add_fetch(&device->references, 1, __ATOMIC_SEQ_CST);
    return device;
}

void libusb_unref_device(struct device *device)
{
    if (__atomic_sub_fetch(&device->references, 1, __ATOMIC_SEQ_CST) == 0)
        free(device);
}

ssize_t libusb_get_device_list(void *context, struct device ***list)
{
    struct request request = {.call = LIST};
    struct listed listed[64];
    uint32_t got = 0, count;
    int fd = connect_to_host();

    (void)context;
    if (fd >= 0) {
        int result = ask(fd, &request, NULL, listed, sizeof listed, &got);
        close(fd);
        if (result < 0)
            return result;
    }
    count = got / sizeof *listed;
    *list = calloc(count + 1, sizeof **list);
    for (uint32_t n = 0; n < count; n++) {
        (*list)[n] = malloc(sizeof(struct device));
        *(*list)[n] = (struct device){1, listed[n]};
    }
    return count;
}

void libusb_free_device_list(struct device **list, int unreference)
{
    for (struct device **each = list; unreference && *each != NULL; each++)
        libusb_unref_device(*each);
    free(list);
}

struct device *libusb_get_parent(struct device *device) { (void)device; return NULL; }
uint8_t libusb_get_bus_number(struct device *device) { return device->listed.bus; }
uint8_t libusb_get_device_address(struct device *device) { return device->listed.address; }

int libusb_get_device_descriptor(struct device *device, struct device_descriptor *out)
{
    *out = (struct device_descriptor){18, 1, 0x0110, 0xFF, 0xFF, 0xFF, 8, device->listed.vendor,
                                      device->listed.product, 0x0002, 0, 0, 0, 1};
    return 0;
}

int libusb_get_config_descriptor(struct device *device, uint8_t index,
                                 struct config_descriptor **out)
{
    (void)device;
    if (index != 0)
        return ERROR_NOT_FOUND;
    *out = &configuration;
    return 0;
}

void libusb_free_config_descriptor(struct config_descriptor *descriptor) { (void)descriptor; }

int libusb_open(struct device *device, struct handle **out)
{
    struct request request = {.call = OPEN, .value = device->listed.bus,
                              .index = device->listed.address};
    struct handle *handle = malloc(sizeof *handle);
    uint32_t got;
    int result;

    *handle = (struct handle){connect_to_host(), device};
    result = handle->socket < 0 ? ERROR_NO_DEVICE
                                : ask(handle->socket, &request, NULL, NULL, 0, &got);
    if (result < 0) {
        if (handle->socket >= 0)
            close(handle->socket);
        free(handle);
        return result;
    }
    libusb_ref_device(device);
    *out = handle;
    return 0;
}

void libusb_close(struct handle *handle)
{
    close(handle->socket);
    libusb_unref_device(handle->device);
    free(handle);
}

int libusb_kernel_driver_active(struct handle *handle, int number)
{
    return order(handle, DRIVER_ACTIVE, number);
}

int libusb_detach_kernel_driver(struct handle *handle, int number)
{
    return order(handle, DETACH_DRIVER, number);
}

int libusb_attach_kernel_driver(struct handle *handle, int number)
{
    return order(handle, ATTACH_DRIVER, number);
}

int libusb_set_configuration(struct handle *handle, int value)
{
    return order(handle, SET_CONFIGURATION, value);
}

int libusb_get_configuration(struct handle *handle, int *value)
{
    (void)handle;
    *value = 1;
    return 0;
}

int libusb_claim_interface(struct handle *handle, int number)
{
    return order(handle, CLAIM, number);
}

int libusb_release_interface(struct handle *handle, int number)
{
    return order(handle, RELEASE, number);
}

int libusb_set_interface_alt_setting(struct handle *handle, int number, int alternate)
{
    (void)number;
    return order(handle, SET_ALTERNATE, alternate);
}

int libusb_clear_halt(struct handle *handle, unsigned char endpoint)
{
    return order(handle, CLEAR_HALT, endpoint);
}

int libusb_control_transfer(struct handle *handle, uint8_t type, uint8_t code, uint16_t value,
                            uint16_t index, unsigned char *data, uint16_t length,
                            unsigned int timeout)
{
    struct request request = {CONTROL, 0, type, code, value, index, 0, timeout};
    uint32_t got;
    int result;

    (void)data;
    if (length != 0) /* no command of the DS2490 that anybody uses has a data stage */
        return ERROR_NOT_SUPPORTED;
    result = ask(handle->socket, &request, NULL, NULL, 0, &got);
    return result < 0 ? result : (int)got;
}

int libusb_bulk_transfer(struct handle *handle, unsigned char endpoint, unsigned char *data,
                         int length, int *transferred, unsigned int timeout)
{
    struct request request = {TRANSFER, endpoint, 0, 0, 0, 0, (uint32_t)length, timeout};
    int in = endpoint & 0x80, result;
    uint32_t got;

    result = ask(handle->socket, &request, in ? NULL : data, in ? data : NULL, (size_t)length,
                 &got);
    if (transferred != NULL)
        *transferred = (int)got;
    return result;
}

int libusb_interrupt_transfer(struct handle *handle, unsigned char endpoint, unsigned char *data,
                              int length, int *transferred, unsigned int timeout)
{
    return libusb_bulk_transfer(handle, endpoint, data, length, transferred, timeout);
}

const char *libusb_error_name(int code)
{
    static const char *const names[] = {
        "LIBUSB_SUCCESS", "LIBUSB_ERROR_IO", "LIBUSB_ERROR_INVALID_PARAM", "LIBUSB_ERROR_ACCESS",
        "LIBUSB_ERROR_NO_DEVICE", "LIBUSB_ERROR_NOT_FOUND", "LIBUSB_ERROR_BUSY",
        "LIBUSB_ERROR_TIMEOUT", "LIBUSB_ERROR_OVERFLOW", "LIBUSB_ERROR_PIPE",
        "LIBUSB_ERROR_INTERRUPTED", "LIBUSB_ERROR_NO_MEM", "LIBUSB_ERROR_NOT_SUPPORTED"};
    return code <= 0 && code >= ERROR_NOT_SUPPORTED ? names[-code] : "LIBUSB_ERROR_OTHER";
}

const char *libusb_strerror(int code) { return libusb_error_name(code); }

/* Looked up by pyusb and libftdi, but never called for an adapter that is here. */

static int unsupported(void) { return ERROR_NOT_SUPPORTED; }

#define UNSUPPORTED(name) __attribute__((alias("unsupported"))) int name(void)

UNSUPPORTED(libusb_reset_device);
UNSUPPORTED(libusb_get_string_descriptor_ascii);
UNSUPPORTED(libusb_get_max_iso_packet_size);
UNSUPPORTED(libusb_submit_transfer);
UNSUPPORTED(libusb_cancel_transfer);
UNSUPPORTED(libusb_handle_events);
UNSUPPORTED(libusb_handle_events_timeout);
UNSUPPORTED(libusb_handle_events_timeout_completed);
UNSUPPORTED(libusb_set_auto_detach_kernel_driver);

void *libusb_alloc_transfer(int packets) { (void)packets; return NULL; }
void libusb_free_transfer(void *transfer) { (void)transfer; }
