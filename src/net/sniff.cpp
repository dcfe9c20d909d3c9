#include "net/sniff.h"

namespace belfry::net {

FirstBytes sniff(std::string_view bytes) {
    constexpr std::string_view HTTP2_PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    if (bytes.empty()) return FirstBytes::need_more;
    if (bytes[0] == '\x16') {
        if (bytes.size() == 1) return FirstBytes::need_more;
        return bytes[1] == '\x03' ? FirstBytes::tls : FirstBytes::other;
    }
    if (bytes.starts_with(HTTP2_PREFACE)) return FirstBytes::http2;
    if (HTTP2_PREFACE.starts_with(bytes)) return FirstBytes::need_more;
    // a method is letters; an empty line before the request line is forgiven (RFC 9112, 2.2)
    const char c = bytes[0];
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '\r' ? FirstBytes::http1 : FirstBytes::other;
}

}  // namespace belfry::net
