#pragma once

#include "http/router.h"

namespace belfry::http {

/// What is allowed without a credential.
struct AccessPolicy {
    bool auth_off = false;         // everybody on loopback may do everything; the server refuses other listeners
    bool loopback_reads = true;    // reading telemetry from this machine
    bool loopback_ingests = true;  // writing telemetry from this machine
};

/// Did a proxy pass this request on? Then it comes from elsewhere, although its peer is this machine.
[[nodiscard]] bool is_forwarded(const Request& request);

enum class Verdict { allowed, needs_login, forbidden };

/// The one authorisation table: what an Access asks of an Identity. Whatever it does not name is denied.
[[nodiscard]] Verdict authorise(Access access, const Identity& identity, const AccessPolicy& policy);

}  // namespace belfry::http
