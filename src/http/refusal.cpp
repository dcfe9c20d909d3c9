#include "http/refusal.h"

namespace belfry::http {
namespace {

std::string_view reason_phrase(int status) {
    switch (status) {
        case 400: return "Bad Request";
        case 408: return "Request Timeout";
        case 413: return "Payload Too Large";
        case 414: return "URI Too Long";
        case 417: return "Expectation Failed";
        case 431: return "Request Header Fields Too Large";
        case 501: return "Not Implemented";
        case 503: return "Service Unavailable";
        case 505: return "HTTP Version Not Supported";
        default: return "Error";
    }
}

std::string_view error_type(int status) {
    if (status == 503 || status == 408) return "unavailable";
    return status == 413 ? "too_large" : "bad_data";
}

}  // namespace

net::Outgoing refusal_bytes(int status, std::string_view message, bool keep_alive) {
    net::Outgoing out;
    out.body = error_response(status, error_type(status), message).body;
    out.head = fmt::format(
        "HTTP/1.1 {} {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nX-Content-Type-Options: "
        "nosniff\r\n{}{}\r\n",
        status, reason_phrase(status), out.body.size(),
        status == 503 ? fmt::format("Retry-After: {}\r\n", RETRY_AFTER_S) : "",
        keep_alive ? "" : "Connection: close\r\n");
    return out;
}

net::Outgoing tls_refusal_bytes() {
    constexpr std::string_view FATAL_PROTOCOL_VERSION("\x15\x03\x01\x00\x02\x02\x46", 7);
    return {std::string(FATAL_PROTOCOL_VERSION), {}, {}};
}

Response refusal_response(int status, std::string_view message) {
    Response out = error_response(status, error_type(status), message);
    out.set_header("X-Content-Type-Options", "nosniff");
    if (status == 503) out.set_header("Retry-After", std::to_string(RETRY_AFTER_S));
    return out;
}

}  // namespace belfry::http
