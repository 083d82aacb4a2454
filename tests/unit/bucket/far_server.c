#include "far_server.h"

#include "support/bucket_server.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Until the other end of the pipe is closed; the exit says whether something was left. */
static void serve(int url_fd, int end_fd)
{
    char byte, url[sizeof((struct far_server *)NULL)->url] = "";
    struct bucket_server *server = bucket_server_start(NULL, NULL);
    if (server == NULL)
        _exit(2);
    memcpy(url, bucket_server_url(server), strlen(bucket_server_url(server)));
    if (write(url_fd, url, sizeof url) != (ssize_t)sizeof url)
        _exit(2);
    (void)!read(end_fd, &byte, 1);
    bool good = bucket_server_open_uploads(server) == 0 && bucket_server_bad_signatures(server) == 0;
    bucket_server_stop(server);
    _exit(good ? 0 : 1);
}

bool far_server_start(struct far_server *server, uint64_t part_bytes)
{
    int url_pipe[2], end_pipe[2];
    if (pipe(url_pipe) != 0 || pipe(end_pipe) != 0)
        return false;
    server->child = fork();
    if (server->child == 0) {
        (void)close(end_pipe[1]);
        serve(url_pipe[1], end_pipe[0]);
    }
    (void)close(url_pipe[1]);
    (void)close(end_pipe[0]);
    server->end_fd = end_pipe[1];
    ssize_t got = read(url_pipe[0], server->url, sizeof server->url);
    (void)close(url_pipe[0]);
    server->options = (struct cgw_bucket_options){.url = server->url,
                                                  .region = BUCKET_SERVER_REGION,
                                                  .access_key = BUCKET_SERVER_ACCESS_KEY,
                                                  .secret_key = BUCKET_SERVER_SECRET_KEY,
                                                  .session_token = "",
                                                  .ca_file = "",
                                                  .part_bytes = part_bytes,
                                                  .timeout_ms = 60000};
    return server->child > 0 && got == (ssize_t)sizeof server->url;
}

bool far_server_stop(struct far_server *server)
{
    int status = 0;
    (void)close(server->end_fd);
    return waitpid(server->child, &status, 0) == server->child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}
