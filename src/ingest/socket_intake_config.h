#pragma once

#include <cstdint>

namespace belfry::ingest {

/// Limits of a protocol that has sockets of its own and no answers.
struct SocketLimits {
    uint64_t waiting_bytes_max =
        16UL << 20;  // received and not read yet; beyond it streams wait, datagrams are dropped
    uint64_t message_bytes_max = 64UL << 10;  // a line
    uint32_t connections_max = 1'000;         // TCP
    int64_t idle_ms = 600'000;                // a connection that sends nothing for so long is closed
};

}  // namespace belfry::ingest
