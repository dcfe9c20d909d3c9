#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace belfry::http {

/// "http", "127.0.0.1", 2353, "/prefix".
struct Url {
    std::string scheme;
    std::string host;  // without brackets
    int port = 0;      // of the scheme when the URL names none
    std::string path;  // without the last '/'

    /// "host:port", the port left out when it is the scheme's; IPv6 in brackets.
    [[nodiscard]] std::string authority() const;
};
[[nodiscard]] Result<Url> parse_url(std::string_view text);

}  // namespace belfry::http
