#include "http/content_encoding.h"

#include "base/number.h"

#include <zlib.h>

namespace belfry::http {
namespace {

std::string_view trim(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

bool is_text(std::string_view content_type) {
    return content_type.starts_with("application/json") || content_type.starts_with("text/") || content_type.starts_with("application/openmetrics-text");
}

Result<std::string> inflate_all(std::string_view sent, const DecodeLimits& limits) {
    z_stream stream{};
    if (::inflateInit2(&stream, 15 + 32) != Z_OK) return make_error(Code::internal, "zlib does not start");
    std::string out;
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(sent.data()));
    stream.avail_in = static_cast<uInt>(sent.size());
    int rc = Z_OK;
    while (rc == Z_OK) {
        const size_t have = out.size();
        out.resize(std::max<size_t>(have * 2, 16 * 1024));
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + have);
        stream.avail_out = static_cast<uInt>(out.size() - have);
        rc = ::inflate(&stream, Z_NO_FLUSH);
        out.resize(out.size() - stream.avail_out);
        if (out.size() > limits.bytes_max || (out.size() > RATIO_FREE_BYTES && out.size() / limits.ratio_max > sent.size())) {
            ::inflateEnd(&stream);
            return make_error(Code::exhausted, "the body grows beyond its limit when decompressed");
        }
    }
    ::inflateEnd(&stream);
    if (rc != Z_STREAM_END) return make_error(Code::corrupt, "bad gzip or deflate body");
    return out;
}

Result<std::string> gzip_all(std::string_view plain) {
    z_stream stream{};
    if (::deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return make_error(Code::internal, "zlib does not start");
    std::string out(::deflateBound(&stream, plain.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int rc = ::deflate(&stream, Z_FINISH);
    out.resize(out.size() - stream.avail_out);
    ::deflateEnd(&stream);
    if (rc != Z_STREAM_END) return make_error(Code::internal, "zlib does not finish");
    return out;
}

}  // namespace

std::string content_encoding_of(const Request& request) {
    std::string out(trim(request.header("content-encoding")));
    for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    if (out == "identity") out.clear();
    if (out.starts_with("x-")) out.erase(0, 2);  // x-gzip
    return out;
}

Result<std::string> decode_content(std::string_view encoding, std::string body, const DecodeLimits& limits) {
    if (encoding.empty()) return body;
    if (encoding == "gzip" || encoding == "deflate") return inflate_all(body, limits);
    return make_error(Code::not_found, "Content-Encoding {} is not known here", encoding.substr(0, 40));
}

bool accepts_gzip(std::string_view accept_encoding) {
    while (!accept_encoding.empty()) {
        const size_t end = std::min(accept_encoding.find(','), accept_encoding.size());
        const std::string_view item = accept_encoding.substr(0, end);
        accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
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
    if (response.body.size() < COMPRESS_BYTES_MIN || response.has_header("Content-Encoding") || !is_text(response.content_type)) return;
    if (!response.has_header("Vary")) response.set_header("Vary", "Accept-Encoding");
    if (!accepts_gzip(request.header("accept-encoding"))) return;
    auto packed = gzip_all(response.body);
    if (!packed.ok() || packed->size() >= response.body.size()) return;
    response.body = *std::move(packed);
    response.set_header("Content-Encoding", "gzip");
}

}  // namespace belfry::http
