/* A client made with libownet, for test_foreign_bindings: one command an argument, one answer each.
 *
 * usage: libownet_client HOST:PORT COMMAND...
 * A command is dir:PATH, read:PATH, part:PATH (4 bytes from the second on), present:PATH,
 * write:PATH=VALUE, scale:LETTER or format:FORM. An answer is "STATUS TEXT" and a newline.
 */
#include <ownetapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PART_SIZE 4
#define PART_OFFSET 1

static void print(int status, const char *text)
{
    printf("%d %.*s\n", status, status > 0 ? status : 0, text ? text : "");
}

static void do_command(OWNET_HANDLE server, char *command)
{
    char *argument = strchr(command, ':');
    char *text = NULL;
    int status;

    *argument++ = '\0';
    if (!strcmp(command, "dir")) {
        status = OWNET_dirlist(server, argument, &text);
        print(status, text);
        free(text);
    } else if (!strcmp(command, "read")) {
        status = OWNET_read(server, argument, &text);
        print(status, text);
        free(text);
    } else if (!strcmp(command, "part")) {
        char part[PART_SIZE];
        status = OWNET_lread(server, argument, part, PART_SIZE, PART_OFFSET);
        print(status, part);
    } else if (!strcmp(command, "present")) {
        print(OWNET_present(server, argument) >= 0 ? 0 : -1, NULL);
    } else if (!strcmp(command, "write")) {
        char *value = strchr(argument, '=');
        *value++ = '\0';
        status = OWNET_put(server, argument, value, strlen(value));
        print(status < 0 ? status : 0, NULL);
    } else if (!strcmp(command, "scale")) {
        OWNET_set_temperature_scale(argument[0]);
    } else if (!strcmp(command, "format")) {
        OWNET_set_device_format(argument);
    }
}

int main(int argc, char **argv)
{
    OWNET_HANDLE server = OWNET_init(argc > 1 ? argv[1] : "");

    if (server < 0) {
        fprintf(stderr, "cannot connect\n");
        return 1;
    }
    for (int n = 2; n < argc; n++) {
        do_command(server, argv[n]);
    }
    OWNET_close(server);
    OWNET_finish();
    return 0;
}
