#include "http/url_parts.h"

#include "base/number.h"

namespace belfry::http {

std::string Url::authority() const {
    std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (port != (scheme == "https" ? 443 : 80)) out += fmt::format(":{}", port);
    return out;
}

Result<Url> parse_url(std::string_view text) {
    const Error bad = make_error(Code::invalid, "not a URL like http://127.0.0.1:2353: {}", text);
    const size_t scheme_end = text.find("://");
    if (scheme_end == std::string_view::npos) return bad;
    Url url{
        .scheme = std::string(text.substr(0, scheme_end)), .host = {}, .port = scheme_end == 5 ? 443 : 80, .path = {}};
    if (url.scheme != "http" && url.scheme != "https") return bad;
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

}  // namespace belfry::http
