#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>

namespace belfry::http {

struct ResolvedAddress {
    sockaddr_storage address{};
    socklen_t size = 0;
};

/// The addresses of a host, in the order to try. Literal addresses at once; names through the system's resolver, which
/// is left behind when it does not answer by the deadline (it ends by itself later).
[[nodiscard]] Result<std::vector<ResolvedAddress>> resolve(Clock& clock,
                                                           const std::string& host,
                                                           int port,
                                                           int64_t deadline_monotonic_ms);

}  // namespace belfry::http
