#include "http/message.h"

#include "base/ascii.h"
#include "base/json.h"

namespace belfry::http {

std::optional<std::string> Params::get(std::string_view name) const {
    for (const auto& [key, value] : items_)
        if (key == name) return value;
    return std::nullopt;
}

std::vector<std::string> Params::all(std::string_view name) const {
    std::vector<std::string> out;
    for (const auto& [key, value] : items_)
        if (key == name) out.push_back(value);
    return out;
}

bool Params::has(std::string_view name) const {
    return std::any_of(items_.begin(), items_.end(), [&](const auto& item) { return item.first == name; });
}

std::string_view Request::header(std::string_view lower_case_name) const {
    const auto found = headers.find(lower_case_name);
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<std::string> Request::param(std::string_view name) const {
    auto value = query.get(name);
    return value ? value : form.get(name);
}

std::vector<std::string> Request::params(std::string_view name) const {
    std::vector<std::string> out = query.all(name);
    for (std::string& value : form.all(name))
        out.push_back(std::move(value));
    return out;
}

std::optional<std::string_view> Request::cookie(std::string_view name) const {
    std::string_view rest = header("cookie");
    while (!rest.empty()) {
        const size_t end = std::min(rest.find(';'), rest.size());
        std::string_view pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        while (!pair.empty() && pair.front() == ' ')
            pair.remove_prefix(1);
        const size_t equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == name) return pair.substr(equals + 1);
    }
    return std::nullopt;
}

void Response::set_header(std::string_view name, std::string_view value) {
    headers.emplace_back(name, value);
}

bool Response::has_header(std::string_view name) const {
    return std::any_of(headers.begin(), headers.end(),
                       [&](const auto& header) { return equals_ignoring_case(header.first, name); });
}

Response error_response(const Error& error) {
    switch (error.code) {
        case Code::invalid: return error_response(400, "bad_data", error.message);
        case Code::not_found: return error_response(404, "not_found", error.message);
        case Code::conflict: return error_response(409, "conflict", error.message);
        case Code::exhausted: return error_response(422, "execution", error.message);
        case Code::unavailable: return error_response(503, "unavailable", error.message);
        case Code::timeout: return error_response(503, "timeout", error.message);
        case Code::corrupt:
        case Code::internal: break;
    }
    return error_response(500, "internal", error.message);
}

Response error_response(int status, std::string_view error_type, std::string_view message) {
    JsonWriter json;
    json.begin_object().field("status", "error").field("errorType", error_type).field("error", message).end_object();
    Response out;
    out.status = status;
    out.body = json.take();
    return out;
}

Response json_response(std::string body) {
    Response out;
    out.body = std::move(body);
    return out;
}

Result<Response> long_response(std::string content_type, BodyParts parts) {
    Response out;
    out.content_type = std::move(content_type);
    bool more = true;
    while (more && out.body.size() < BODY_PART_BYTES)
        more = TRY(parts(out.body));
    if (more) out.more = std::move(parts);
    return out;
}

Response empty_response(int status) {
    Response out;
    out.status = status;
    out.content_type.clear();
    return out;
}

}  // namespace belfry::http
