#pragma once

#include "base/result.h"

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace belfry::notify {

/// Where notifications may go. Link-local addresses (169.254.0.0/16, fe80::/10: what clouds answer secrets at) and
/// multicast are always refused.
class Networks {
  public:
    /// "10.0.0.0/8", "fd00::/8", "192.0.2.7". With `allow` nowhere else.
    [[nodiscard]] static Result<Networks> make(const std::vector<std::string>& allow,
                                               const std::vector<std::string>& deny);
    [[nodiscard]] Status check(const sockaddr_storage& address) const;

  private:
    using Bytes = std::array<uint8_t, 16>;  // IPv4 as ::ffff:a.b.c.d
    struct Network {
        Bytes bytes{};
        uint32_t bits = 0;
        std::string text;
        [[nodiscard]] bool holds(const Bytes& address) const;
    };
    [[nodiscard]] static Result<Network> parse(const std::string& text);
    std::vector<Network> allow_;
    std::vector<Network> deny_;
};

}  // namespace belfry::notify
