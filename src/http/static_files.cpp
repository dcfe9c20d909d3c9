#include "http/static_files.h"

#include "base/log.h"
#include "http/content_encoding.h"

#include <cstring>
#include <fstream>
#include <iterator>

namespace belfry::http {
namespace {

constexpr DecodeLimits OWN_FILE_LIMITS{64 * 1024 * 1024, 1000};

std::string cache_control(std::string_view policy) {
    return policy == "immutable" ? "public, max-age=31536000, immutable" : std::string(policy);
}

/// If-None-Match: a list of tags, perhaps weak (RFC 9110, 13.1.2: compared weakly).
bool has_tag(std::string_view if_none_match, std::string_view etag) {
    return if_none_match == "*" || (!etag.empty() && if_none_match.find(etag) != std::string_view::npos);
}

/// What all files have in common; nothing more to do when it is a 304.
Response begin_file(const Request& request,
                    std::string_view content_type,
                    std::string_view etag,
                    std::string_view cache) {
    Response out;
    out.content_type = content_type;
    out.set_header("ETag", std::string(etag));
    out.set_header("Cache-Control", cache_control(cache));
    out.set_header("Vary", "Accept, Accept-Encoding");
    if (has_tag(request.header("if-none-match"), etag)) out.status = 304;
    return out;
}

std::vector<std::string> split_tabs(std::string_view line) {
    std::vector<std::string> out;
    for (;;) {
        const size_t tab = line.find('\t');
        out.emplace_back(line.substr(0, tab));
        if (tab == std::string_view::npos) return out;
        line.remove_prefix(tab + 1);
    }
}

/// The row that serves everything below a page: `/dash/*` for `/dash/anything`; "" for a path of one segment. What is below
/// a page is the page's own matter, so the file is the same for all of it.
std::string pattern_of(std::string_view path) {
    const size_t second = path.find('/', 1);
    return second == std::string_view::npos ? "" : std::string(path.substr(0, second)) + "/*";
}

std::optional<std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

StaticFiles StaticFiles::embedded(const WebRow* rows) {
    StaticFiles out;
    for (; rows->path != nullptr; ++rows)
        out.rows_.emplace(rows->path, rows);
    return out;
}

Result<StaticFiles> StaticFiles::directory(std::string path) {
    StaticFiles out;
    out.directory_ = std::move(path);
    if (!read_file(out.directory_ + "/manifest.txt"))
        return make_error(Code::not_found, "web directory {} has no manifest.txt: build it with make web",
                          out.directory_);
    return out;
}

std::optional<Response> StaticFiles::find(const Request& request) const {
    if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
    return directory_.empty() ? find_embedded(request) : find_on_disk(request);
}

std::optional<Response> StaticFiles::find_embedded(const Request& request) const {
    auto found = rows_.find(request.path);
    if (found == rows_.end()) found = rows_.find(pattern_of(request.path));
    if (found == rows_.end()) return std::nullopt;
    const WebRow& row = *found->second;
    Response out = begin_file(request, row.content_type, row.etag, row.cache);
    if (out.status == 304) return out;
    const std::string_view bytes(row.begin, static_cast<size_t>(row.end - row.begin));
    if (std::string_view(row.encoding) == "identity") {
        out.static_body = bytes;
    } else if (accepts_gzip(request.header("accept-encoding"))) {
        out.static_body = bytes;
        out.set_header("Content-Encoding", "gzip");
    } else {
        auto plain = decode_content("gzip", std::string(bytes), OWN_FILE_LIMITS);
        if (!plain.ok()) return error_response(std::move(plain).error());
        out.body = *std::move(plain);
    }
    return out;
}

std::optional<Response> StaticFiles::find_on_disk(const Request& request) const {
    // manifest.txt: path, file, content type, etag, cache policy, encoding
    const auto manifest = read_file(directory_ + "/manifest.txt");
    std::string_view rest = manifest ? std::string_view(*manifest) : std::string_view();
    const std::string pattern = pattern_of(request.path);
    while (!rest.empty()) {
        const size_t end = std::min(rest.find('\n'), rest.size());
        const std::vector<std::string> row = split_tabs(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (row.size() != 6 || (row[0] != request.path && row[0] != pattern)) continue;
        auto bytes = row[1].find("..") == std::string::npos ? read_file(directory_ + "/" + row[1]) : std::nullopt;
        if (!bytes) return error_response(404, "not_found", "the manifest names " + row[1] + ", which is not there");
        Response out = begin_file(request, row[2], row[3], "no-cache");
        if (out.status == 304) return out;
        if (row[5] == "gzip" && !accepts_gzip(request.header("accept-encoding"))) {
            auto plain = decode_content("gzip", *std::move(bytes), OWN_FILE_LIMITS);
            if (!plain.ok()) return error_response(std::move(plain).error());
            bytes = *std::move(plain);
        } else if (row[5] == "gzip") {
            out.set_header("Content-Encoding", "gzip");
        }
        out.body = *std::move(bytes);
        return out;
    }
    return std::nullopt;
}

}  // namespace belfry::http
