#pragma once

#include "http/message.h"
#include "net/connection.h"

#include <string>
#include <string_view>

namespace belfry::http {

/// The whole answer to a request that no worker will see, with `Connection: close` unless `keep_alive`.
/// 503 and 429 tell the client to come again (Retry-After).
[[nodiscard]] net::Outgoing refusal_bytes(int status, std::string_view message, bool keep_alive);

/// For clients that begin with a TLS handshake: the fatal alert protocol_version (RFC 8446, 6).
[[nodiscard]] net::Outgoing tls_refusal_bytes();
/// The same for a stream of HTTP/2.
[[nodiscard]] Response refusal_response(int status, std::string_view message);

constexpr int RETRY_AFTER_S = 1;

}  // namespace belfry::http
