#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <cstdint>
#include <string>

namespace belfry::ingest::agent {

struct TcpProbe {
    std::string host;
    int port = 0;
    int64_t timeout_ms = 0;
    size_t banner_bytes = 0;  // that are waited for; 0: connecting is enough
};

/// Connects and reads up to so many bytes of what the other side says first. Ends by its deadline.
[[nodiscard]] Result<std::string> probe_tcp(Clock& clock, const TcpProbe& probe);

/// Sends a datagram and gives the answer's bytes, at most 1024, which came from the address asked. `kind`: a pair of
/// socket type and protocol.
struct DatagramProbe {
    std::string host;
    int port = 0;
    int64_t timeout_ms = 0;
    int type = 0;      // SOCK_DGRAM, SOCK_RAW
    int protocol = 0;  // 0, IPPROTO_ICMP
};
struct DatagramAnswer {
    std::string bytes;
    int64_t sent_ns = 0;  // wall time
    int64_t received_ns = 0;
};
[[nodiscard]] Result<DatagramAnswer> probe_datagram(Clock& clock, const DatagramProbe& probe, const std::string& bytes);

}  // namespace belfry::ingest::agent
