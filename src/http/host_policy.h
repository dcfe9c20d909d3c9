#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace belfry::http {

/// Which names a browser may have used to come here. A page of another site can make its own name point at 127.0.0.1
/// (DNS rebinding) and would then read everything a browser on this machine may read; its name is not in this list.
class HostPolicy {
  public:
    /// `names` are host names or addresses, without port.
    explicit HostPolicy(std::vector<std::string> names) : names_(std::move(names)) {}

    /// Of a Host header: localhost, any literal IP address (an address cannot be rebound), or a configured name.
    [[nodiscard]] bool serves(std::string_view authority) const;

  private:
    std::vector<std::string> names_;
};

/// Does an Origin header name the same site as Host? "null" never does.
[[nodiscard]] bool origin_fits(std::string_view origin, std::string_view authority);

}  // namespace belfry::http
