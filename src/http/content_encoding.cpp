#include "http/content_encoding.h"

#include "base/ascii.h"
#include "base/number.h"
#include "codec/compress.h"

namespace belfry::http {
namespace {

std::string_view trim(std::string_view text) {
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return text;
}

bool is_text(std::string_view content_type) {
    return content_type.starts_with("application/json") || content_type.starts_with("text/") ||
           content_type.starts_with("application/openmetrics-text");
}

}  // namespace

std::string content_encoding_of(const Request& request) {
    std::string out = lower(trim(request.header("content-encoding")));
    return out == "identity" ? std::string() : out;
}

Result<std::string> decode_content(std::string_view encoding, std::string body, const DecodeLimits& limits) {
    if (encoding.empty()) return body;
    const auto coding = codec::coding_from_name(encoding);
    if (!coding) return make_error(Code::not_found, "Content-Encoding {} is not known here", encoding.substr(0, 40));
    return codec::decompress(*coding, body, {.bytes_max = limits.bytes_max, .ratio_max = limits.ratio_max});
}

bool accepts_gzip(std::string_view accept_encoding) {
    for (size_t begin = 0; begin < accept_encoding.size();) {
        size_t end = accept_encoding.find(',', begin);
        if (end == std::string_view::npos) end = accept_encoding.size();
        const std::string_view item = accept_encoding.substr(begin, end - begin);
        begin = end + 1;
        const size_t semicolon = std::min(item.find(';'), item.size());
        const std::string_view coding = trim(item.substr(0, semicolon));
        if (coding != "gzip" && coding != "*") continue;
        std::string_view weight = semicolon < item.size() ? trim(item.substr(semicolon + 1)) : "q=1";
        if (!weight.starts_with("q=")) return true;
        weight.remove_prefix(2);
        return parse_double(weight).value_or(0) > 0;
    }
    return false;
}

void compress_response(const Request& request, Response& response) {
    if (response.more || response.body.size() < COMPRESS_BYTES_MIN || response.has_header("Content-Encoding") ||
        !is_text(response.content_type))
        return;
    if (!response.has_header("Vary")) response.set_header("Vary", "Accept-Encoding");
    if (!accepts_gzip(request.header("accept-encoding"))) return;
    constexpr int FAST = 1;
    std::string packed = codec::compress(codec::Coding::gzip, response.body, FAST);
    if (packed.size() >= response.body.size()) return;
    response.body = std::move(packed);
    response.set_header("Content-Encoding", "gzip");
}

}  // namespace belfry::http
