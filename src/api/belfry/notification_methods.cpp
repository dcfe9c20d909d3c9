// Notification methods: where something is told. Secrets go in and never come out.
#include "api/belfry/notification_routes.h"
#include "base/json.h"
#include "catalog/alarm_log.h"
#include "notify/method_check.h"
#include "notify/method_types.h"

namespace belfry::api {
namespace {

using catalog::NotificationMethod;

void write_time(JsonWriter& json, std::string_view name, int64_t ms) {
    if (ms == 0)
        json.key(name).null();
    else
        json.field(name, ms);
}

/// An address may be a secret (the URL of a Slack webhook, a PagerDuty key): who may not change methods does not see
/// it.
bool sees_addresses(const NotificationParts& parts, const http::Request& request) {
    return http::authorise(http::Access::edit, request.identity, parts.policy) == http::Verdict::allowed;
}

void write_method(JsonWriter& json,
                  const NotificationMethod& method,
                  const notify::MethodHealth& health,
                  bool with_address) {
    json.begin_object().field("id", method.id).field("name", method.name).field("type", method.type);
    json.field("address", with_address ? method.address : "***")
        .field("period_s", method.period_s)
        .key("options")
        .begin_object();
    for (const auto& [name, value] : notify::masked_options(method))
        json.field(name, value);
    json.end_object().field("created_ms", method.created_ms).field("updated_ms", method.updated_ms);
    json.key("health").begin_object().field("pending", health.pending);
    write_time(json, "failing_since_ms", health.failing_since_ms);
    write_time(json, "last_ok_ms", health.last_ok_ms);
    json.field("last_error", health.last_error).end_object().end_object();
}

http::Response answer(const NotificationParts& parts,
                      const http::Request& request,
                      const NotificationMethod& method,
                      int status) {
    JsonWriter json;
    write_method(json, method, parts.engine.health(method.id), sees_addresses(parts, request));
    http::Response out = http::json_response(json.take());
    out.status = status;
    return out;
}

Result<NotificationMethod> find(const NotificationParts& parts, const http::Request& request) {
    const std::string id = method_or_silence_id(request);
    const auto snapshot = parts.catalog.snapshot();
    const catalog::Document* document = snapshot->document(catalog::NOTIFICATION_METHOD, id, request.identity.tenant);
    if (!document) return make_error(Code::not_found, "there is no notification method {}", id);
    return catalog::read_notification_method(*document);
}

Result<NotificationMethod> read_body(const http::Request& request) {
    const JsonView json = TRY(JsonView::parse(request.body));
    if (!json.is_object()) return make_error(Code::invalid, "a notification method is a JSON object");
    for (const std::string& key : json.keys()) {
        constexpr std::array<std::string_view, 9> KNOWN = {"id",      "name",       "type",       "address", "period_s",
                                                           "options", "created_ms", "updated_ms", "health"};
        if (std::find(KNOWN.begin(), KNOWN.end(), key) == KNOWN.end())
            return make_error(Code::invalid, "a notification method has no {}", key);
    }
    NotificationMethod out;
    out.tenant = request.identity.tenant;
    for (const auto& [name, field] : {std::pair{"name", &out.name}, {"type", &out.type}, {"address", &out.address}}) {
        const auto text = json.get(name).as_string();
        if (!text) return make_error(Code::invalid, "{} is a text", name);
        *field = *text;
    }
    if (json.has("period_s")) {
        const auto period = json.get("period_s").as_int();
        if (!period) return make_error(Code::invalid, "period_s is a whole number of seconds");
        out.period_s = *period;
    }
    const JsonView options = json.get("options");
    if (!options.is_null() && !options.is_object()) return make_error(Code::invalid, "options is an object of texts");
    for (const std::string& name : options.keys()) {
        const auto text = options.get(name).as_string();
        if (!text) return make_error(Code::invalid, "option {} is a text", name);
        if (!text->empty()) out.options.emplace_back(name, *text);
    }
    return out;
}

Result<NotificationMethod> save(const NotificationParts& parts,
                                const http::Request& request,
                                NotificationMethod method) {
    TRY(notify::check_method(method, parts.engine.config()));
    return catalog::read_notification_method(
        TRY(parts.changes.save_document(catalog::to_document(method), changer(request))));
}

http::Response list(const NotificationParts& parts, const http::Request& request) {
    JsonWriter json;
    json.begin_object().key("methods").begin_array();
    const auto documents = parts.catalog.snapshot()->documents(catalog::NOTIFICATION_METHOD);
    for (const auto& [id, document] : *documents) {
        if (document->tenant != request.identity.tenant) continue;
        const auto method = catalog::read_notification_method(*document);
        if (method.ok()) write_method(json, *method, parts.engine.health(id), sees_addresses(parts, request));
    }
    json.end_array().end_object();
    return http::json_response(json.take());
}

http::Response types() {
    JsonWriter json;
    json.begin_object().key("types").begin_array();
    for (const notify::MethodType& type : notify::method_types()) {
        json.begin_object()
            .field("type", type.type)
            .field("address_hint", type.address_hint)
            .key("options")
            .begin_array();
        for (const notify::MethodOption& option : type.options) {
            json.begin_object().field("name", option.name).field("hint", option.hint);
            json.field("secret", option.secret).field("multiline", option.multiline).end_object();
        }
        json.end_array().end_object();
    }
    json.end_array().end_object();
    return http::json_response(json.take());
}

http::Response create(const NotificationParts& parts, const http::Request& request) {
    auto method = read_body(request);
    if (method.ok()) {
        method->id = catalog::random_uuid();
        if (Status whole = notify::keep_masked(*method, nullptr); !whole.ok())
            return http::error_response(whole.error());
        method = save(parts, request, *std::move(method));
    }
    return method.ok() ? answer(parts, request, *method, 201) : http::error_response(method.error());
}

http::Response update(const NotificationParts& parts, const http::Request& request) {
    const auto before = find(parts, request);
    if (!before.ok()) return http::error_response(before.error());
    auto method = read_body(request);
    if (method.ok()) {
        method->id = before->id;
        if (Status kept = notify::keep_masked(*method, &*before); !kept.ok()) return http::error_response(kept.error());
        method = save(parts, request, *std::move(method));
    }
    return method.ok() ? answer(parts, request, *method, 200) : http::error_response(method.error());
}

http::Response test(const NotificationParts& parts, const http::Request& request) {
    const auto method = find(parts, request);
    if (!method.ok()) return http::error_response(method.error());
    const notify::Engine::TestResult result = parts.engine.test(*method);
    JsonWriter json;
    json.begin_object().field("ok", result.outcome.ok).key("status");
    if (result.outcome.code == 0)
        json.null();
    else
        json.integer(result.outcome.code);
    json.field("took_ms", result.took_ms).field("detail", result.outcome.detail).end_object();
    return http::json_response(json.take());
}

}  // namespace

void add_method_routes(http::Router& router, const NotificationParts& parts) {
    using http::Access;
    const std::string all = "/api/v1/belfry/notification-methods", one = all + "/:id";
    router.add("GET", all, Access::read, [parts](const http::Request& request) { return list(parts, request); });
    router.add("POST", all, Access::edit, [parts](const http::Request& request) { return create(parts, request); },
               {.plain_body = true});
    router.add("GET", all + "/types", Access::read, [](const http::Request&) { return types(); });
    router.add("GET", one, Access::read, [parts](const http::Request& request) {
        const auto method = find(parts, request);
        return method.ok() ? answer(parts, request, *method, 200) : http::error_response(method.error());
    });
    router.add("PUT", one, Access::edit, [parts](const http::Request& request) { return update(parts, request); },
               {.plain_body = true});
    router.add("DELETE", one, Access::edit, [parts](const http::Request& request) {
        const Status done = parts.changes.remove_document(catalog::NOTIFICATION_METHOD, method_or_silence_id(request),
                                                          request.identity.tenant, changer(request));
        return done.ok() ? http::empty_response() : http::error_response(done.error());
    });
    router.add("POST", one + "/test", Access::edit,
               [parts](const http::Request& request) { return test(parts, request); }, {.plain_body = true});
}

}  // namespace belfry::api
