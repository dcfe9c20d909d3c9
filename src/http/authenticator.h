#pragma once

#include "base/result.h"
#include "http/message.h"

namespace belfry::http {

/// Who sends a request: the seam between the front door and the users, keys and sessions of the catalog.
/// Called on http workers, many at once: it must be thread-safe and must not wait (a look-up in memory).
class Authenticator {
  public:
    virtual ~Authenticator() = default;

    /// `request.headers`, `remote_address` and `identity.loopback` are set; the path must not matter.
    /// No credential, or a cookie whose session has ended: an Identity with Role::none. A key or password that is
    /// wrong, expired or empty: an Error (the answer is 401), never a fallback to none.
    [[nodiscard]] virtual Result<Identity> authenticate(const Request& request) = 0;

    /// Asked for every change that comes with a cookie session: does header X-Belfry-Csrf fit that session?
    [[nodiscard]] virtual bool csrf_fits(const Request& request, const Identity& identity) = 0;
};

}  // namespace belfry::http
