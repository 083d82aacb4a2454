/* scripted-peer FILE: see usage(). */
#include "support/scripted_peer.h"
#include "support/temp_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: scripted-peer FILE\n"
                            "Runs the script (tests/support/scripted_peer.h says what may stand in it), "
                            "prints the port, and a line on\n"
                            "standard error for each line that is done. A line on standard input lets `wait "
                            "NAME` go on. Ends with standard\n"
                            "input; the exit status is 1 when the script failed.\n";

int main(int argc, char **argv)
{
    struct support_error err = {.text = ""};
    size_t length = 0;
    char name[256];
    if (argc != 2 || strcmp(argv[1], "--help") == 0) {
        (void)fputs(usage, argc == 2 ? stdout : stderr);
        return argc == 2 ? 0 : 2;
    }
    char *script = (char *)file_read(argv[1], &length, &err);
    struct scripted_peer *peer = script == NULL ? NULL : scripted_peer_start(script, &err);
    free(script);
    if (peer == NULL) {
        (void)fprintf(stderr, "scripted-peer: %s\n", err.text);
        return 2;
    }
    scripted_peer_trace(peer);
    (void)printf("%u\n", scripted_peer_port(peer));
    (void)fflush(stdout);
    while (fgets(name, sizeof(name), stdin) != NULL) {
        name[strcspn(name, "\n")] = '\0';
        scripted_peer_go(peer, name);
    }
    const char *failure = scripted_peer_failed(peer);
    if (failure != NULL)
        (void)fprintf(stderr, "scripted-peer: %s\n", failure);
    int result = failure != NULL;
    scripted_peer_stop(peer);
    return result;
}
