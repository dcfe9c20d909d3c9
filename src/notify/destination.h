#pragma once

#include "base/result.h"
#include "http/url_parts.h"

#include <string>
#include <string_view>

namespace belfry::notify {

/// An address of a method as it is asked: http://user:password@host/path?query.
struct Destination {
    http::Url url;              // without its path
    std::string target;         // path and query
    std::string authorization;  // "Basic ..." of a user in the address; "" without
};

/// `invalid` unless it is http or https with a host, and without blanks and control characters.
[[nodiscard]] Result<Destination> parse_destination(std::string_view address);

}  // namespace belfry::notify
