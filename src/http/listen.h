/* What the server needs of the operating system before it can serve. */
#ifndef CGW_HTTP_LISTEN_H
#define CGW_HTTP_LISTEN_H

#include "cgetway/config.h"
#include "cgetway/error.h"

#include <stddef.h>
#include <stdint.h>

/* A listening socket, owned by the caller, and the address and port that it got, as text and number.
 * CGW_E_BAD_CONFIGURATION. */
enum cgw_code listen_on(const char *address, uint16_t port, int *ret_fd, char *ret_address,
                        size_t address_size, unsigned *ret_port, struct cgw_error *err);

/* Raises the soft limit on open files as far as it may go. CGW_E_BAD_CONFIGURATION when the configured limits
 * on connections and retrieves could use more descriptors than the process may have. */
enum cgw_code check_descriptor_limit(const struct cgw_config *config, size_t connections_to_refuse,
                                     struct cgw_error *err);

#endif
