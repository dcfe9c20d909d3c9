#include "http/url.h"

namespace belfry::http {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

}  // namespace

Result<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '+' && plus_is_space) {
            out.push_back(' ');
        } else if (c != '%') {
            out.push_back(c);
        } else {
            const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0) return make_error(Code::invalid, "bad percent-encoding at byte {}", i);
            out.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        }
    }
    return out;
}

std::string percent_encode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (is_unreserved(c)) {
            out.push_back(c);
        } else {
            constexpr char DIGITS[] = "0123456789ABCDEF";
            const auto byte = static_cast<uint8_t>(c);
            out.push_back('%');
            out.push_back(DIGITS[byte >> 4]);
            out.push_back(DIGITS[byte & 15]);
        }
    }
    return out;
}

Status parse_form(std::string_view text, size_t pairs_max, Params* out) {
    size_t pairs = 0;
    while (!text.empty()) {
        const size_t end = std::min(text.find('&'), text.size());
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (pair.empty()) continue;
        if (++pairs > pairs_max) return make_error(Code::exhausted, "more than {} parameters", pairs_max);
        const size_t equals = std::min(pair.find('='), pair.size());
        std::string name = TRY(percent_decode(pair.substr(0, equals), true));
        std::string value = equals < pair.size() ? TRY(percent_decode(pair.substr(equals + 1), true)) : std::string();
        out->add(std::move(name), std::move(value));
    }
    return {};
}

Result<Target> parse_target(std::string_view text) {
    Target out;
    std::string_view rest = text;
    if (!rest.starts_with('/')) {
        const size_t scheme_end = rest.find("://");
        const std::string_view scheme = rest.substr(0, std::min(scheme_end, rest.size()));
        if (scheme_end == std::string_view::npos || (scheme != "http" && scheme != "https"))
            return make_error(Code::invalid, "the request target must start with '/'");
        rest.remove_prefix(scheme_end + 3);
        const size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
        out.authority = rest.substr(0, authority_end);
        if (out.authority.empty()) return make_error(Code::invalid, "the request target has no host");
        rest.remove_prefix(authority_end);
    }
    if (rest.find('#') != std::string_view::npos) return make_error(Code::invalid, "a fragment in the request target");
    const size_t path_end = std::min(rest.find('?'), rest.size());
    out.path = TRY(percent_decode(rest.substr(0, path_end), false).context("path"));
    if (out.path.empty()) out.path = "/";
    for (const char c : out.path)
        if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f)
            return make_error(Code::invalid, "a control character in the path");
    if (path_end < rest.size()) out.query = rest.substr(path_end + 1);
    return out;
}

}  // namespace belfry::http
