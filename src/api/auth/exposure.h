#pragma once

#include "base/result.h"

#include <string>
#include <vector>

namespace belfry::api {

struct Listener {
    std::string address;  // as configured, for the message
    bool loopback = false;
    bool tls = false;
};

struct Exposure {
    std::vector<Listener> listeners;
    bool auth = true;
    bool has_keys = false;    // somebody elsewhere could prove who he is
    bool allow_open = false;  // --i-know-this-is-open
};

/// May the server listen like this? Without authentication: only on loopback, whatever the flag says. Beyond loopback:
/// with TLS, or when there are keys, or when the user says that he knows.
[[nodiscard]] Status check_exposure(const Exposure& exposure);

}  // namespace belfry::api
