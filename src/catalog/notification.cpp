#include "catalog/notification.h"

#include "base/json.h"
#include "catalog/document_json.h"

namespace belfry::catalog {
namespace {

constexpr std::array<std::string_view, 4> OPERATORS = {"=", "!=", "=~", "!~"};  // in the order of Matcher::Op

}  // namespace

Document to_document(const NotificationMethod& m) {
    JsonWriter json;
    json.begin_object().field("type", m.type).field("address", m.address).field("period_s", m.period_s);
    write_pairs(json, "options", m.options);
    json.end_object();
    return {.kind = std::string(NOTIFICATION_METHOD),
            .id = m.id,
            .tenant = m.tenant,
            .name = m.name,
            .json = json.take(),
            .created_ms = m.created_ms,
            .updated_ms = m.updated_ms};
}

Result<NotificationMethod> read_notification_method(const Document& document) {
    const JsonView json = TRY(JsonView::parse(document.json).context("notification method {}", document.id));
    NotificationMethod out{.id = document.id,
                           .tenant = document.tenant,
                           .name = document.name,
                           .type = json.string_or("type", ""),
                           .address = json.string_or("address", ""),
                           .period_s = json.int_or("period_s", 0),
                           .options = read_pairs(json.get("options")),
                           .created_ms = document.created_ms,
                           .updated_ms = document.updated_ms};
    if (out.type.empty()) return make_error(Code::corrupt, "notification method {} without a type", document.id);
    return out;
}

Document to_document(const Silence& s) {
    JsonWriter json;
    json.begin_object().key("matchers").begin_array();
    for (const model::Matcher& m : s.matchers) {
        json.begin_object().field("name", m.name()).field("op", OPERATORS[static_cast<size_t>(m.op())]);
        json.field("value", m.value()).end_object();
    }
    json.end_array().field("starts_ms", s.starts_ms).field("ends_ms", s.ends_ms);
    json.field("created_by", s.created_by).field("comment", s.comment).end_object();
    return {.kind = std::string(SILENCE),
            .id = s.id,
            .tenant = s.tenant,
            .name = "",
            .json = json.take(),
            .created_ms = s.created_ms,
            .updated_ms = s.updated_ms};
}

Result<Silence> read_silence(const Document& document) {
    const JsonView json = TRY(JsonView::parse(document.json).context("silence {}", document.id));
    Silence out{.id = document.id,
                .tenant = document.tenant,
                .starts_ms = json.int_or("starts_ms", 0),
                .ends_ms = json.int_or("ends_ms", 0),
                .created_by = json.string_or("created_by", ""),
                .comment = json.string_or("comment", ""),
                .created_ms = document.created_ms,
                .updated_ms = document.updated_ms};
    const JsonView matchers = json.get("matchers");
    for (size_t i = 0; i < matchers.size(); ++i) {
        const JsonView m = matchers.at(i);
        const auto op = index_of(OPERATORS, m.string_or("op", ""));
        if (!op) return make_error(Code::corrupt, "silence {} with an unknown operator", document.id);
        out.matchers.push_back(TRY(model::Matcher::make(static_cast<model::Matcher::Op>(*op), m.string_or("name", ""),
                                                        m.string_or("value", ""))
                                       .context("silence {}", document.id)));
    }
    if (out.matchers.empty()) return make_error(Code::corrupt, "silence {} without matchers", document.id);
    return out;
}

}  // namespace belfry::catalog
