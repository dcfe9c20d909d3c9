#include "notify/destination.h"

#include "base/ascii.h"
#include "base/base64.h"
#include "http/url.h"

namespace belfry::notify {

Result<Destination> parse_destination(std::string_view address) {
    for (const char c : address) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte == 0x7f)
            return make_error(Code::invalid, "a URL has no blanks and no control characters");
    }
    const size_t scheme_end = address.find("://");
    const std::string scheme = lower(address.substr(0, std::min(scheme_end, address.size())));
    if (scheme_end == std::string_view::npos || (scheme != "http" && scheme != "https"))
        return make_error(Code::invalid, "the address is a URL that begins with http:// or https://");
    std::string_view rest = address.substr(scheme_end + 3);
    rest = rest.substr(0, rest.find('#'));
    const size_t end = std::min(rest.find_first_of("/?"), rest.size());
    std::string_view authority = rest.substr(0, end);
    const std::string_view target = rest.substr(end);
    Destination out;
    if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
        out.authorization = "Basic " + encode_base64(TRY(http::percent_decode(authority.substr(0, at), false)));
        authority.remove_prefix(at + 1);
    }
    auto url = http::parse_url(scheme + "://" + std::string(authority));
    if (!url.ok()) return make_error(Code::invalid, "the URL has no host that can be read");
    out.url = *std::move(url);
    out.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
    return out;
}

}  // namespace belfry::notify
