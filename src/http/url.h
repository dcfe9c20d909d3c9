#pragma once

#include "base/result.h"
#include "http/message.h"

#include <string>
#include <string_view>

namespace belfry::http {

/// "%41" -> "A". A '%' without two hex digits is `invalid`.
[[nodiscard]] Result<std::string> percent_decode(std::string_view text, bool plus_is_space);
/// Everything but unreserved characters (RFC 3986, 2.3) becomes %XX.
[[nodiscard]] std::string percent_encode(std::string_view text);

/// `a=1&b=2`, '+' a space, into `out` in order. A pair is split at its first '=' only, so that an unencoded
/// `match[]={job="x"}` keeps its value. More than `pairs_max` pairs are `exhausted`.
[[nodiscard]] Status parse_form(std::string_view text, size_t pairs_max, Params* out);

struct Target {
    std::string path;            // decoded, starts with '/'
    std::string_view query;      // still encoded; borrows from the input
    std::string_view authority;  // of the absolute form, else empty
};
/// The origin form ("/path?query") or the absolute form ("http://host/path?query") of a request target. Control
/// characters, also encoded ones, in the path are `invalid`.
[[nodiscard]] Result<Target> parse_target(std::string_view text);

}  // namespace belfry::http
