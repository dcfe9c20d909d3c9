#pragma once

#include <string_view>

namespace belfry::net {

enum class FirstBytes { need_more, http1, http2, tls, other };

/// What a client speaks, from the first bytes it sends: the HTTP/2 preface (RFC 9113, 3.4), a TLS handshake record
/// (RFC 8446, 5.1), or something that can be an HTTP/1 request line. Decides after at most 24 bytes.
[[nodiscard]] FirstBytes sniff(std::string_view bytes);

}  // namespace belfry::net
