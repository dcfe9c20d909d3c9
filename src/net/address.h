#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

struct sockaddr;

namespace belfry::net {

/// A numeric address and a port. Names are not resolved: "localhost" and "" stand for 127.0.0.1, so that leaving the
/// host out never opens a port to the network.
struct Address {
    std::string host;  // "127.0.0.1", "::1", "0.0.0.0"; without brackets
    uint16_t port = 0;

    /// "HOST:PORT", "[::1]:PORT", ":PORT".
    [[nodiscard]] static Result<Address> parse(std::string_view text);
    /// An IPv4 address that arrived over IPv6 ("::ffff:10.0.0.1") is written as IPv4.
    [[nodiscard]] static Address of(const sockaddr* raw);
    [[nodiscard]] std::string to_string() const;  // "[::1]:2353"
    [[nodiscard]] bool is_loopback() const;
};

/// 127.0.0.0/8 and ::1, also mapped into IPv6. False for anything that is no address.
[[nodiscard]] bool is_loopback_host(std::string_view host);
/// True for a literal IPv4 or IPv6 address without brackets.
[[nodiscard]] bool is_ip_literal(std::string_view host);

}  // namespace belfry::net
