#include "http/client.h"

#include "base/number.h"

#include <httplib.h>

namespace belfry::http {
namespace {

void set_timeouts(httplib::Client& client, const ClientOptions& options) {
    client.set_connection_timeout(std::chrono::milliseconds(options.connect_timeout_ms));
    client.set_read_timeout(std::chrono::milliseconds(options.read_timeout_ms));
    client.set_write_timeout(std::chrono::milliseconds(options.read_timeout_ms));
    client.set_follow_location(false);
}

std::string_view reason(httplib::Error error) {
    switch (error) {
        case httplib::Error::Connection: return "nobody answers there";
        case httplib::Error::Read: return "the connection ended or was silent for too long";
        case httplib::Error::Write: return "the connection ended while sending";
        default: return "the connection failed";
    }
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
    const Error bad = make_error(Code::invalid, "not a URL like http://127.0.0.1:2353: {}", text);
    const size_t scheme_end = text.find("://");
    if (scheme_end == std::string_view::npos) return bad;
    Url url{.scheme = std::string(text.substr(0, scheme_end)), .host = {}, .port = 80, .path = {}};
    std::string_view rest = text.substr(scheme_end + 3);
    const size_t slash = std::min(rest.find('/'), rest.size());
    std::string_view authority = rest.substr(0, slash);
    url.path = rest.substr(slash);
    while (url.path.ends_with('/'))
        url.path.pop_back();
    if (authority.find('@') != std::string_view::npos) return bad;
    const size_t bracket = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
    if (authority.starts_with('[') && bracket == std::string_view::npos) return bad;
    const size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon != std::string_view::npos) {
        const auto port = parse_uint(authority.substr(colon + 1));
        if (!port || *port == 0 || *port > 65535) return bad;
        url.port = static_cast<int>(*port);
        authority = authority.substr(0, colon);
    }
    if (bracket != std::string_view::npos) authority = authority.substr(1, bracket - 1);
    url.host = authority;
    if (url.host.empty() || url.path.find_first_of("?#") != std::string::npos) return bad;
    return url;
}

Result<ClientResponse> send(const ClientOptions& options, const ClientRequest& request) {
    const Url url = TRY(parse_url(options.base_url));
    if (url.scheme != "http") return make_error(Code::invalid, "{}: only http is spoken here", options.base_url);
    httplib::Client client(url.host, url.port);
    set_timeouts(client, options);
    httplib::Request out;
    out.method = request.method;
    out.path = url.path + request.path;
    out.body = request.body;
    if (!request.content_type.empty()) out.set_header("Content-Type", request.content_type);
    for (const auto& [name, value] : request.headers)
        out.set_header(name, value);
    ClientResponse response;
    bool too_long = false;
    int status = 0;
    out.response_handler = [&](const httplib::Response& head) {
        status = head.status;
        return true;
    };
    out.content_receiver = [&](const char* bytes, size_t count, uint64_t, uint64_t) {
        if (request.receive && status / 100 == 2) return request.receive({bytes, count});
        too_long = response.body.size() + count > options.body_bytes_max;
        if (!too_long) response.body.append(bytes, count);
        return !too_long;
    };
    const httplib::Result result = client.send(out);
    if (too_long)
        return make_error(Code::exhausted, "{}: the answer is longer than {} bytes", options.base_url,
                          options.body_bytes_max);
    if (!result) return make_error(Code::unavailable, "{}: {}", options.base_url, reason(result.error()));
    response.status = result->status;
    response.content_type = result->get_header_value("Content-Type");
    return response;
}

}  // namespace belfry::http
