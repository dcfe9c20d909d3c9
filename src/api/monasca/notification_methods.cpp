#include "api/monasca/alarm_api.h"
#include "api/monasca/page.h"
#include "base/ascii.h"
#include "base/number.h"
#include "http/titled_error.h"
#include "notify/method_check.h"
#include "notify/method_types.h"

namespace belfry::api::monasca {
namespace {

using catalog::NotificationMethod;

/// An address may be a secret: programs of this machine that only read because they are on it do not see it.
bool sees_addresses(const http::Request& request) {
    return request.identity.role != http::Role::none;
}

void write_method(JsonWriter& json, const NotificationMethod& method, std::string_view href, bool with_address) {
    json.begin_object().field("id", method.id);
    write_self_link(json, href);
    json.field("name", method.name).field("type", method.type).field("address", with_address ? method.address : "***");
    json.field("period", method.period_s).end_object();
}

/// Whole seconds, also as text.
Status take_period(const JsonView& period, int64_t& out) {
    std::optional<int64_t> seconds;
    if (const auto text = period.as_string()) {
        seconds = parse_int(*text);
    } else if (const auto number = period.as_double();
               number && std::floor(*number) == *number && std::abs(*number) < 1e15) {
        seconds = static_cast<int64_t>(*number);
    }
    if (!seconds) return make_error(Code::invalid, "period is not a whole number of seconds");
    out = *seconds;
    return {};
}

/// The members that are there.
Status take_members(const JsonView& body, NotificationMethod& out) {
    for (const auto& [name, member] :
         {std::pair{"name", &out.name}, std::pair{"type", &out.type}, std::pair{"address", &out.address}}) {
        if (!body.has(name)) continue;
        const auto text = body.get(name).as_string();
        if (!text) return make_error(Code::invalid, "{} is not a text", name);
        *member = *text;
    }
    return body.has("period") ? take_period(body.get("period"), out.period_s) : Status();
}

int compare(std::string_view field, const NotificationMethod& a, const NotificationMethod& b) {
    if (field == "name") return order_of(a.name, b.name);
    if (field == "type") return order_of(a.type, b.type);
    if (field == "address") return order_of(a.address, b.address);
    if (field == "created_at") return order_of(a.created_ms, b.created_ms);
    if (field == "updated_at") return order_of(a.updated_ms, b.updated_ms);
    return order_of(a.id, b.id);
}

}  // namespace

Result<NotificationMethod> AlarmApi::method_of(const http::Request& request) const {
    const std::string id = id_param(request);
    const auto document =
        parts_.catalog.snapshot()->document(catalog::NOTIFICATION_METHOD, id, request.identity.tenant);
    if (document == nullptr) return make_error(Code::not_found, "there is no notification method {}", id);
    return catalog::read_notification_method(*document);
}

AlarmApi::Answer AlarmApi::save_method(const http::Request& request, NotificationMethod method, int status) const {
    if (Status fits = notify::check_method(method, parts_.notify); !fits.ok()) return bad_body(fits.error());
    TRY(parts_.changes.save_document(catalog::to_document(method), request.identity.user));
    JsonWriter json;
    write_method(json, method, status == 201 ? list_address(request) + "/" + method.id : list_address(request), true);
    http::Response out = http::json_response(json.take());
    out.status = status;
    return out;
}

AlarmApi::Answer AlarmApi::create_method(const http::Request& request) const {
    const auto body = read_body(request);
    if (!body) return bad_body(body.error());
    NotificationMethod method{.id = catalog::random_uuid(), .tenant = request.identity.tenant};
    for (const std::string_view member : {"name", "type", "address"})
        if (!body->has(member)) return bad_body(make_error(Code::invalid, "{} is missing", member));
    if (Status taken = take_members(*body, method); !taken.ok()) return bad_body(taken.error());
    return save_method(request, std::move(method), 201);
}

AlarmApi::Answer AlarmApi::list_methods(const http::Request& request) const {
    const auto keys = TRY(sort_param(request, {"id", "name", "type", "address", "updated_at", "created_at"}));
    const size_t limit = TRY(limit_param(request));
    const size_t offset = TRY(row_offset_param(request));
    std::vector<std::shared_ptr<const NotificationMethod>> rows;
    for (const auto& [id, document] : *parts_.catalog.snapshot()->documents(catalog::NOTIFICATION_METHOD)) {
        if (document->tenant != request.identity.tenant) continue;
        rows.push_back(std::make_shared<const NotificationMethod>(TRY(catalog::read_notification_method(*document))));
    }
    sort_by(rows, keys, compare);
    const size_t begin = std::min(offset, rows.size());
    const size_t end = std::min(rows.size(), begin + limit);
    const std::string address = list_address(request);
    JsonWriter elements;
    for (size_t i = begin; i < end; i++)
        write_method(elements, *rows[i], address + "/" + rows[i]->id, sees_addresses(request));
    return list_response(request, end < rows.size() ? std::optional(std::to_string(end)) : std::nullopt,
                         elements.text());
}

AlarmApi::Answer AlarmApi::show_method(const http::Request& request) const {
    const NotificationMethod found = TRY(method_of(request));
    JsonWriter json;
    write_method(json, found, list_address(request), sees_addresses(request));
    return http::json_response(json.take());
}

AlarmApi::Answer AlarmApi::replace_method(const http::Request& request) const {
    const auto body = read_body(request);
    if (!body) return bad_body(body.error());
    TRY(method_of(request));
    for (const std::string_view member : {"name", "type", "address", "period"})
        if (!body->has(member)) return bad_body(make_error(Code::invalid, "{} is missing", member));
    return change_method(request);
}

AlarmApi::Answer AlarmApi::change_method(const http::Request& request) const {
    const auto body = read_body(request);
    if (!body) return bad_body(body.error());
    NotificationMethod method = TRY(method_of(request));
    const NotificationMethod before = method;
    if (Status taken = take_members(*body, method); !taken.ok()) return bad_body(taken.error());
    // options are those of a type
    if (upper(method.type) != before.type) method.options.clear();
    // secrets are not seen here, so they cannot be entered again for another place
    if (const std::string secrets = notify::secrets_of(method);
        !secrets.empty() && !notify::moved_by(method, before).empty())
        return bad_body(make_error(Code::invalid,
                                   "{} of this method has to be entered again with another address: "
                                   "PUT /api/v1/belfry/notification-methods/{}",
                                   secrets, method.id));
    return save_method(request, std::move(method), 200);
}

/// Definitions that name it go on without it, so that they stay valid.
AlarmApi::Answer AlarmApi::remove_method(const http::Request& request) const {
    const NotificationMethod found = TRY(method_of(request));
    for (const DefinitionPtr& definition : parts_.definitions.list(request.identity.tenant)) {
        catalog::AlarmDefinition without = *definition;
        size_t removed = 0;
        for (auto* actions : {&without.alarm_actions, &without.ok_actions, &without.undetermined_actions})
            removed += std::erase(*actions, found.id);
        if (removed > 0)
            TRY(parts_.definitions.update(std::move(without), alarm::ChangeRules::free, request.identity.user));
    }
    TRY(parts_.changes.remove_document(catalog::NOTIFICATION_METHOD, found.id, request.identity.tenant,
                                       request.identity.user));
    return http::empty_response(204);
}

AlarmApi::Answer AlarmApi::method_types(const http::Request& request) const {
    JsonWriter elements;
    for (const notify::MethodType& type : notify::method_types())
        elements.begin_object().field("type", type.type).end_object();
    return list_response(request, std::nullopt, elements.text());
}

}  // namespace belfry::api::monasca
