#include "http/head.h"

#include "base/ascii.h"
#include "base/number.h"
#include "http/url.h"

namespace belfry::http {
namespace {

/// RFC 9110, 5.6.2.
constexpr std::array<bool, 256> make_token_table() {
    std::array<bool, 256> out{};
    for (int c = 0; c < 256; ++c)
        out[static_cast<size_t>(c)] = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
        out[static_cast<uint8_t>(c)] = true;
    return out;
}
constexpr std::array<bool, 256> IS_TOKEN = make_token_table();

bool is_token(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return IS_TOKEN[static_cast<uint8_t>(c)]; });
}

/// Host and the authority of a target: a name or address, perhaps with a port. No user, path or spaces.
bool is_authority(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
               c == '_' || c == ':' || c == '[' || c == ']' || c == '~' || c == '%';
    });
}

const std::string* find_header(const RequestHead& head, std::string_view name) {
    const auto found = head.headers.find(name);
    return found == head.headers.end() ? nullptr : &found->second;
}

class HeadParser {
  public:
    HeadParser(std::string_view text, RequestHead* head, Refusal* refusal)
        : rest_(text), head_(*head), refusal_(*refusal) {}

    bool run() {
        std::string_view line;
        if (!next_line(&line) || !request_line(line)) return false;
        for (size_t count = 0;; ++count) {
            if (!next_line(&line)) return false;
            if (line.empty()) break;
            if (count == HEADERS_MAX) return refuse(431, fmt::format("more than {} header lines", HEADERS_MAX));
            if (!header_line(line)) return false;
        }
        return framing() && resolve_target(&head_, &refusal_);
    }

  private:
    bool refuse(int status, std::string message) {
        refusal_ = {status, std::move(message)};
        return false;
    }

    bool next_line(std::string_view* line) {
        const size_t end = rest_.find("\r\n");
        if (end == std::string_view::npos) return refuse(400, "a line that does not end with CRLF");
        *line = rest_.substr(0, end);
        rest_.remove_prefix(end + 2);
        return true;
    }

    bool request_line(std::string_view line) {
        const size_t first = line.find(' ');
        const size_t last = line.rfind(' ');
        if (first == std::string_view::npos || first == last) return refuse(400, "not an HTTP request line");
        head_.method = line.substr(0, first);
        head_.target = line.substr(first + 1, last - first - 1);
        const std::string_view version = line.substr(last + 1);
        if (version != "HTTP/1.1" && version != "HTTP/1.0")
            return refuse(version.starts_with("HTTP/") ? 505 : 400, "this port speaks HTTP/1.1 and HTTP/1.0");
        head_.minor_version = version.back() - '0';
        return true;
    }

    bool header_line(std::string_view line) {
        if (line.front() == ' ' || line.front() == '\t') return refuse(400, "a folded header line");
        const size_t colon = line.find(':');
        if (colon == std::string_view::npos) return refuse(400, "a header line without colon");
        std::string name = lower(line.substr(0, colon));
        if (!is_token(name)) return refuse(400, "a bad character in a header name");
        const std::string_view value = trim_blanks(line.substr(colon + 1));
        for (const char c : value)
            if ((static_cast<uint8_t>(c) < 0x20 && c != '\t') || c == 0x7f)
                return refuse(400, fmt::format("a control character in header {}", name));
        auto [at, first] = head_.headers.try_emplace(std::move(name), value);
        if (first) return true;
        if (at->first == "host" || at->first == "content-length" || at->first == "transfer-encoding")
            return refuse(400, fmt::format("header {} twice", at->first));
        at->second += at->first == "cookie" ? "; " : ", ";
        at->second += value;
        return true;
    }

    const std::string* header(std::string_view name) const { return find_header(head_, name); }

    bool framing() {
        const std::string* length = header("content-length");
        const std::string* encoding = header("transfer-encoding");
        if (length != nullptr && encoding != nullptr) return refuse(400, "both Content-Length and Transfer-Encoding");
        if (encoding != nullptr) {
            if (head_.minor_version == 0) return refuse(400, "Transfer-Encoding in HTTP/1.0");
            if (!equals_ignoring_case(*encoding, "chunked"))
                return refuse(501, "a transfer encoding other than chunked");
            head_.chunked = true;
        }
        if (length != nullptr) {
            const bool digits = !length->empty() && std::all_of(length->begin(), length->end(),
                                                                [](char c) { return c >= '0' && c <= '9'; });
            if (!digits) return refuse(400, "bad Content-Length");
            const auto value = parse_uint(*length);
            if (!value) return refuse(413, "Content-Length too large");
            head_.has_length = true;
            head_.content_length = *value;
        }
        head_.keep_alive = head_.minor_version == 1;
        if (const std::string* connection = header("connection")) {
            std::string_view rest = *connection;
            while (!rest.empty()) {
                const size_t comma = std::min(rest.find(','), rest.size());
                const std::string_view option = trim_blanks(rest.substr(0, comma));
                rest.remove_prefix(std::min(comma + 1, rest.size()));
                if (equals_ignoring_case(option, "close"))
                    head_.keep_alive = false;
                else if (head_.minor_version == 0 && equals_ignoring_case(option, "keep-alive"))
                    head_.keep_alive = true;
            }
        }
        if (const std::string* expect = header("expect")) {
            if (!equals_ignoring_case(*expect, "100-continue"))
                return refuse(417, "an expectation other than 100-continue");
            head_.expects_continue = head_.minor_version == 1 && head_.has_body();
        }
        return true;
    }

    std::string_view rest_;
    RequestHead& head_;
    Refusal& refusal_;
};

}  // namespace

bool resolve_target(RequestHead* head, Refusal* refusal) {
    const auto refuse = [&](int status, std::string message) {
        *refusal = {status, std::move(message)};
        return false;
    };
    if (!is_token(head->method) || head->method.size() > 32) return refuse(400, "bad method");
    if (head->target.empty()) return refuse(400, "no request target");
    if (head->target.size() > TARGET_BYTES_MAX)
        return refuse(414, fmt::format("request target longer than {} bytes", TARGET_BYTES_MAX));
    for (const char c : head->target)
        if (static_cast<uint8_t>(c) <= 0x20 || c == 0x7f)
            return refuse(400, "a space or control character in the request target");
    const std::string* host = find_header(*head, "host");
    if (host == nullptr && head->minor_version == 1) return refuse(400, "no Host header");
    if (host != nullptr && !is_authority(*host)) return refuse(400, "bad Host header");
    if (host != nullptr) head->authority = *host;
    if (head->target == "*" && head->method == "OPTIONS") {
        head->path = "/*";
        return true;
    }
    if (head->method == "CONNECT" || head->method == "TRACE") return refuse(501, "this is no proxy");
    auto parsed = parse_target(head->target);
    if (!parsed.ok()) return refuse(400, parsed.error().message);
    head->path = std::move(parsed->path);
    head->query = parsed->query;
    if (parsed->authority.empty()) return true;
    if (!is_authority(parsed->authority)) return refuse(400, "bad host in the request target");
    if (host != nullptr && !equals_ignoring_case(parsed->authority, *host))
        return refuse(400, "the request target and Host differ");
    head->authority = parsed->authority;
    return true;
}

bool parse_head(std::string_view text, RequestHead* head, Refusal* refusal) {
    return HeadParser(text, head, refusal).run();
}

size_t find_head_end(std::string_view bytes, size_t* scan_from, bool* bare_lf) {
    size_t at = *scan_from;
    for (;;) {
        const size_t lf = bytes.find('\n', at);
        if (lf == std::string_view::npos) {
            *scan_from = bytes.size();
            return 0;
        }
        if (lf == 0 || bytes[lf - 1] != '\r') {
            *bare_lf = true;
            return 0;
        }
        if (lf >= 3 && bytes[lf - 2] == '\n') return lf + 1;
        at = lf + 1;
    }
}

}  // namespace belfry::http
