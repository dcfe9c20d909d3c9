#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace belfry::net {

struct PortOwner {
    int64_t pid = 0;
    std::string name;  // as in /proc/<pid>/comm
};

/// Which process listens on that TCP port, read from /proc. Nothing when nobody does, or when it belongs to another
/// user and may not be looked at.
[[nodiscard]] std::optional<PortOwner> find_port_owner(uint16_t port);
/// The same of a UDP port.
[[nodiscard]] std::optional<PortOwner> find_udp_port_owner(uint16_t port);

}  // namespace belfry::net
