/*
 * Asks a running gateway whether it is alive, as `cgetway --healthcheck` does for a container's health check:
 * one GET of /healthz at the address that the configuration says it listens on. A gateway that drains, or has
 * as many connections as it takes, is alive: whoever ends it for that cuts streams that would have been
 * whole.
 */
#ifndef CGETWAY_HEALTH_CHECK_H
#define CGETWAY_HEALTH_CHECK_H

#include "cgetway/config.h"
#include "cgetway/deadline.h"
#include "cgetway/error.h"

/* CGW_OK: a gateway answered. CGW_E_BAD_CONFIGURATION: listen.port is 0, so nobody can know the port. Any
 * other code: detail says what is there instead, by the deadline. A listen.address that is no number is
 * resolved in a thread, which may be left behind. */
enum cgw_code cgw_health_check(const struct cgw_config *config, struct cgw_deadline deadline,
                               struct cgw_error *err);

#endif
