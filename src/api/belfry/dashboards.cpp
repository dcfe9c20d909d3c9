// Dashboards. A dashboard goes in and comes out as its own JSON, so that what is exported can be imported as it is; who
// changes one says by `version` which version he has seen, and gets a 409 when it is not the newest.
#include "api/belfry/routes.h"
#include "base/ascii.h"
#include "base/json.h"

namespace belfry::api {
namespace {

using catalog::Dashboard;
using catalog::DashboardHead;

void write_head(JsonWriter& json, const DashboardHead& head) {
    json.field("id", head.id).field("title", head.title).field("folder", head.folder).key("tags").begin_array();
    for (const std::string& tag : head.tags)
        json.string(tag);
    json.end_array().field("panels", head.panels).field("version", head.version);
    json.field("created_ms", head.created_ms).field("created_by", head.created_by);
    json.field("updated_ms", head.updated_ms).field("updated_by", head.updated_by);
}

bool is_in_folder(const DashboardHead& head, const std::string& folder) {
    return head.folder == folder || head.folder.starts_with(folder + "/");
}

/// Title, folder and tags hold every word of `q`.
bool has_words(const DashboardHead& head, std::string_view q) {
    std::string text = lower(head.title) + '\n' + lower(head.folder);
    for (const std::string& tag : head.tags)
        text += '\n' + lower(tag);
    const std::string words = lower(q);
    for (size_t at = 0; at < words.size();) {
        const size_t end = std::min(words.find(' ', at), words.size());
        if (text.find(words.substr(at, end - at)) == std::string::npos) return false;
        at = end + 1;
    }
    return true;
}

http::Response list(const BelfryParts& parts, const http::Request& request) {
    const auto q = request.query.get("q"), folder = request.query.get("folder");
    const std::vector<std::string> tags = request.query.all("tag");
    JsonWriter json;
    json.begin_object().key("dashboards").begin_array();
    const auto snapshot = parts.catalog.snapshot();
    for (const auto& [id, entry] : snapshot->dashboards) {
        const auto& head = entry;  // clang 14 does not let lambdas take structured bindings
        if (head.tenant != request.identity.tenant) continue;
        if (folder && !is_in_folder(head, *folder)) continue;
        if (q && !has_words(head, *q)) continue;
        const bool tagged = std::all_of(tags.begin(), tags.end(), [&](const std::string& tag) {
            return std::find(head.tags.begin(), head.tags.end(), tag) != head.tags.end();
        });
        if (!tagged) continue;
        json.begin_object();
        write_head(json, head);
        json.end_object();
    }
    json.end_array().end_object();
    return http::json_response(json.take());
}

std::string id_of(const http::Request& request) {
    const auto id = request.path_params.find("id");
    return id == request.path_params.end() ? "" : id->second;
}

http::Response not_found(std::string_view id) {
    return http::error_response(make_error(Code::not_found, "there is no dashboard {}", id));
}

/// The head of this tenant's dashboard of that id, or nothing.
std::optional<DashboardHead> head_of(const BelfryParts& parts, const http::Request& request) {
    const auto snapshot = parts.catalog.snapshot();
    const auto found = snapshot->dashboards.find(id_of(request));
    if (found == snapshot->dashboards.end() || found->second.tenant != request.identity.tenant) return std::nullopt;
    return found->second;
}

/// A version as the parameter of that name tells; nothing when it is no whole number from 1.
std::optional<int64_t> parse_version(const std::optional<std::string>& text) {
    int64_t version = 0;
    if (!text) return std::nullopt;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), version);
    if (error != std::errc{} || end != text->data() + text->size() || version < 1) return std::nullopt;
    return version;
}

http::Response dashboard_answer(const Dashboard& dashboard) {
    JsonWriter json;
    json.begin_object();
    write_head(json, dashboard.head);
    json.key("dashboard").raw(dashboard.body).end_object();
    return http::json_response(json.take());
}

http::Response read(const BelfryParts& parts, const http::Request& request, std::optional<int64_t> version) {
    const auto head = head_of(parts, request);
    if (!head) return not_found(id_of(request));
    auto found = parts.catalog.dashboard(head->id, version.value_or(head->version));
    // changed between the two reads: what is the newest now
    if (found.ok() && !*found && !version) found = parts.catalog.dashboard(head->id, head->version + 1);
    if (!found.ok()) return http::error_response(found.error());
    if (!*found) {
        return http::error_response(make_error(Code::not_found, "version {} of dashboard {} is not kept any more",
                                               version.value_or(head->version), head->id));
    }
    return dashboard_answer(**found);
}

http::Response export_file(const BelfryParts& parts, const http::Request& request) {
    const auto head = head_of(parts, request);
    if (!head) return not_found(id_of(request));
    auto found = parts.catalog.dashboard(head->id, head->version);
    if (!found.ok()) return http::error_response(found.error());
    if (!*found) return not_found(head->id);
    http::Response response = http::json_response((*found)->body);
    response.set_header("Content-Disposition", fmt::format("attachment; filename=\"{}.json\"", head->id));
    return response;
}

http::Response versions(const BelfryParts& parts, const http::Request& request) {
    const auto head = head_of(parts, request);
    if (!head) return not_found(id_of(request));
    const auto kept = parts.catalog.dashboard_versions(head->id);
    if (!kept.ok()) return http::error_response(kept.error());
    JsonWriter json;
    json.begin_object().key("versions").begin_array();
    for (const DashboardHead& version : *kept) {
        json.begin_object();
        write_head(json, version);
        json.end_object();
    }
    json.end_array().end_object();
    return http::json_response(json.take());
}

/// 409 with what is the newest, so that a page can offer to load it.
http::Response conflict(const DashboardHead& theirs) {
    JsonWriter json;
    json.begin_object().field("status", "error").field("errorType", "conflict");
    json.field("error", theirs.id.empty() ? std::string("the dashboard was deleted meanwhile")
                                          : fmt::format("the dashboard is at version {} already, changed by {}",
                                                        theirs.version, theirs.updated_by));
    json.field("version", theirs.version).field("updated_by", theirs.updated_by);
    json.field("updated_ms", theirs.updated_ms).end_object();
    http::Response response = http::json_response(json.take());
    response.status = 409;
    return response;
}

http::Response save(const BelfryParts& parts, const http::Request& request, const std::string& id, int64_t version) {
    auto saved = parts.changes.save_dashboard({.id = id,
                                               .tenant = request.identity.tenant,
                                               .version = version,
                                               .body = request.body,
                                               .by = request.identity.user});
    if (!saved.ok()) return http::error_response(saved.error());
    if (saved->conflict) return conflict(saved->head);
    JsonWriter json;
    json.begin_object();
    write_head(json, saved->head);
    json.end_object();
    return http::json_response(json.take());
}

http::Response update(const BelfryParts& parts, const http::Request& request) {
    const auto version = parse_version(request.query.get("version"));
    if (!version) {
        return http::error_response(
            make_error(Code::invalid, "a change names the version it was made from: ?version=3"));
    }
    return save(parts, request, id_of(request), *version);
}

http::Response remove(const BelfryParts& parts, const http::Request& request) {
    const auto asked = request.query.get("version");
    const auto version = parse_version(asked);
    if (asked && !version) return http::error_response(make_error(Code::invalid, "version is a whole number from 1"));
    auto removed = parts.changes.remove_dashboard(id_of(request), request.identity.tenant, version.value_or(0),
                                                  request.identity.user);
    if (!removed.ok()) return http::error_response(removed.error());
    return removed->conflict ? conflict(removed->head) : http::empty_response();
}

}  // namespace

void add_dashboard_routes(http::Router& router, const BelfryParts& parts) {
    const std::string all = "/api/v1/belfry/dashboards", one = all + "/:id";
    router.add("GET", all, http::Access::read, [parts](const http::Request& request) { return list(parts, request); });
    router.add(
        "POST", all, http::Access::change,
        [parts](const http::Request& request) { return save(parts, request, request.query.get("id").value_or(""), 0); },
        {.plain_body = true});
    router.add("GET", one, http::Access::read,
               [parts](const http::Request& request) { return read(parts, request, std::nullopt); });
    router.add("PUT", one, http::Access::change,
               [parts](const http::Request& request) { return update(parts, request); }, {.plain_body = true});
    router.add("DELETE", one, http::Access::change,
               [parts](const http::Request& request) { return remove(parts, request); });
    router.add("GET", one + "/export", http::Access::read,
               [parts](const http::Request& request) { return export_file(parts, request); });
    router.add("GET", one + "/versions", http::Access::read,
               [parts](const http::Request& request) { return versions(parts, request); });
    router.add("GET", one + "/versions/:version", http::Access::read, [parts](const http::Request& request) {
        const auto text = request.path_params.find("version");
        const auto version = parse_version(text == request.path_params.end() ? "" : text->second);
        if (!version) return http::error_response(make_error(Code::invalid, "a version is a whole number from 1"));
        return read(parts, request, version);
    });
}

}  // namespace belfry::api
