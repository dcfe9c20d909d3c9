#pragma once

#include "base/result.h"
#include "http/message.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace belfry::http {

/// The Content-Encoding of a request in lower case; "" when there is none.
[[nodiscard]] std::string content_encoding_of(const Request& request);

struct DecodeLimits {
    uint64_t bytes_max = 0;
    uint64_t ratio_max = 0;  // decoded / sent, looked at beyond 1 MiB decoded
};

/// Undoes gzip, deflate, zstd or snappy (block format, as Prometheus sends it). `exhausted` past a limit, `not_found`
/// for an encoding that is not known, `corrupt` or `invalid` for bytes that do not decode.
[[nodiscard]] Result<std::string> decode_content(std::string_view encoding,
                                                 std::string body,
                                                 const DecodeLimits& limits);

/// gzip (level 1) for text and JSON answers over COMPRESS_BYTES_MIN, when the client takes it.
void compress_response(const Request& request, Response& response);
/// Whether an Accept-Encoding header allows gzip (a q of 0 forbids it).
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

constexpr size_t COMPRESS_BYTES_MIN = 1024;

}  // namespace belfry::http
