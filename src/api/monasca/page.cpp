#include "api/monasca/page.h"

#include "http/url.h"

namespace belfry::api::monasca {
namespace {

std::string encoded_path(std::string_view path) {
    std::string out;
    while (!path.empty()) {
        const size_t slash = path.find('/');
        out += http::percent_encode(path.substr(0, slash));
        if (slash == std::string_view::npos) break;
        out += '/';
        path.remove_prefix(slash + 1);
    }
    return out;
}

/// Without the parameter `but`.
std::string query_of(const http::Request& request, std::string_view but) {
    std::string out;
    for (const auto& [name, value] : request.query.items()) {
        if (name == but) continue;
        out += out.empty() ? "" : "&";
        out += http::percent_encode(name) + '=' + http::percent_encode(value);
    }
    return out;
}

std::string origin_of(const http::Request& request) {
    const std::string_view proto = request.header("x-forwarded-proto");
    return fmt::format("{}://{}", proto == "https" ? "https" : "http", request.header("host"));
}

}  // namespace

std::string address_of(const http::Request& request) {
    return origin_of(request) + encoded_path(request.path);
}

std::string root_of(const http::Request& request) {
    return origin_of(request) + request.path.substr(0, std::min(request.path.find("/v2.0"), request.path.size()));
}

void write_self_link(JsonWriter& json, std::string_view href) {
    json.key("links").begin_array().begin_object().field("rel", "self").field("href", href).end_object().end_array();
}

void write_list_links(JsonWriter& json, const http::Request& request, const std::optional<std::string>& next_offset) {
    const std::string address = address_of(request);
    const std::string all = query_of(request, "");
    json.key("links").begin_array().begin_object().field("rel", "self");
    json.field("href", all.empty() ? address : address + '?' + all).end_object();
    if (next_offset) {
        const std::string others = query_of(request, "offset");
        std::string next = address + "?offset=" + http::percent_encode(*next_offset);
        if (!others.empty()) next += '&' + others;
        json.begin_object().field("rel", "next").field("href", next).end_object();
    }
    json.end_array();
}

http::Response list_response(const http::Request& request,
                             const std::optional<std::string>& next_offset,
                             std::string_view elements) {
    JsonWriter json;
    json.begin_object();
    write_list_links(json, request, next_offset);
    json.key("elements").begin_array();
    if (!elements.empty()) json.raw(elements);
    return http::json_response(json.end_array().end_object().take());
}

}  // namespace belfry::api::monasca
