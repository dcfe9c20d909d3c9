#include "catalog/definition.h"

#include "base/json.h"

namespace belfry::catalog {
namespace {

constexpr int64_t FORMAT_VERSION = 1;

void write_kind(JsonWriter& json, std::string_view kind) {
    json.field("kind", kind);
}

void write(JsonWriter& json, const Tenant& v) {
    write_kind(json, "tenant");
    json.field("id", v.id).field("name", v.name).field("created_ms", v.created_ms);
}
void write(JsonWriter& json, const User& v) {
    write_kind(json, "user");
    json.field("name", v.name).field("created_ms", v.created_ms);
}
void write(JsonWriter& json, const ApiKey& v) {
    write_kind(json, "key");
    json.field("id", v.id).field("name", v.name).field("tenant", v.tenant).field("scope", to_string(v.scope));
    json.field("digest", to_hex(v.digest))
        .field("created_ms", v.created_ms)
        .field("created_by", v.created_by)
        .key("expires_ms");
    if (v.expires_ms)
        json.integer(*v.expires_ms);
    else
        json.null();
}
void write(JsonWriter& json, const Setting& v) {
    write_kind(json, "setting");
    json.field("name", v.name).field("json", v.json);
}
void write(JsonWriter& json, const Dashboard& v) {
    write_kind(json, "dashboard");
    const DashboardHead& h = v.head;
    json.field("id", h.id).field("tenant", h.tenant).field("title", h.title).field("folder", h.folder);
    json.key("tags").begin_array();
    for (const std::string& tag : h.tags)
        json.string(tag);
    json.end_array().field("panels", h.panels).field("version", h.version).field("edit", h.edit);
    json.field("created_ms", h.created_ms).field("created_by", h.created_by);
    json.field("updated_ms", h.updated_ms).field("updated_by", h.updated_by).key("body").raw(v.body);
}
void write(JsonWriter& json, const RemoveDashboard& v) {
    write_kind(json, "dashboard_removed");
    json.field("id", v.id).field("version", v.version);
}
void write(JsonWriter& json, const Document& v) {
    write_kind(json, "document");
    json.field("document", v.kind).field("id", v.id).field("tenant", v.tenant).field("name", v.name);
    json.field("created_ms", v.created_ms).field("updated_ms", v.updated_ms).field("updated_by", v.updated_by);
    json.key("body").raw(v.json);
}
void write(JsonWriter& json, const RemoveDocument& v) {
    write_kind(json, "document_removed");
    json.field("document", v.kind).field("id", v.id);
}
void write(JsonWriter& json, const RemoveTenant& v) {
    write_kind(json, "tenant_removed");
    json.field("id", v.id);
}
void write(JsonWriter& json, const RevokeKey& v) {
    write_kind(json, "key_revoked");
    json.field("id", v.id);
}
void write(JsonWriter& json, const RemoveSetting& v) {
    write_kind(json, "setting_removed");
    json.field("name", v.name);
}

/// A member that must be a text and must not be empty.
Result<std::string> needed(const JsonView& json, std::string_view name) {
    std::string text = json.string_or(name, "");
    if (text.empty()) return make_error(Code::corrupt, "definition without {}", name);
    return text;
}

Result<Definition> read_key(const JsonView& json) {
    ApiKey key{.id = TRY(needed(json, "id")),
               .name = json.string_or("name", ""),
               .tenant = TRY(needed(json, "tenant")),
               .created_ms = json.int_or("created_ms", 0),
               .created_by = json.string_or("created_by", ""),
               .expires_ms = json.get("expires_ms").as_int()};
    const auto scope = parse_scope(json.string_or("scope", ""));
    if (!scope) return make_error(Code::corrupt, "definition with an unknown scope");
    key.scope = *scope;
    if (!from_hex(json.string_or("digest", ""), &key.digest))
        return make_error(Code::corrupt, "definition with a bad digest");
    return Definition(std::move(key));
}

Result<Definition> read_dashboard_record(const JsonView& json) {
    Dashboard made{.head = {.id = TRY(needed(json, "id")),
                            .tenant = TRY(needed(json, "tenant")),
                            .title = TRY(needed(json, "title")),
                            .folder = json.string_or("folder", ""),
                            .panels = json.int_or("panels", 0),
                            .version = json.int_or("version", 0),
                            .created_ms = json.int_or("created_ms", 0),
                            .created_by = json.string_or("created_by", ""),
                            .updated_ms = json.int_or("updated_ms", 0),
                            .updated_by = json.string_or("updated_by", ""),
                            .edit = json.string_or("edit", "")},
                   .body = {}};
    if (made.head.version < 1) return make_error(Code::corrupt, "dashboard without a version");
    const JsonView tags = json.get("tags");
    for (size_t i = 0; i < tags.size(); ++i)
        made.head.tags.push_back(tags.at(i).as_string().value_or(""));
    const JsonView body = json.get("body");
    if (!body.is_object()) return make_error(Code::corrupt, "dashboard without a body");
    made.body = body.dump();
    return Definition(std::move(made));
}

Result<Definition> read_document_record(const JsonView& json) {
    Document made{.kind = TRY(needed(json, "document")),
                  .id = TRY(needed(json, "id")),
                  .tenant = TRY(needed(json, "tenant")),
                  .name = json.string_or("name", ""),
                  .json = {},
                  .created_ms = json.int_or("created_ms", 0),
                  .updated_ms = json.int_or("updated_ms", 0),
                  .updated_by = json.string_or("updated_by", "")};
    const JsonView body = json.get("body");
    if (!body.is_object()) return make_error(Code::corrupt, "document without a body");
    made.json = body.dump();
    return Definition(std::move(made));
}

Result<Definition> read_definition(const JsonView& json) {
    const std::string kind = json.string_or("kind", "");
    if (kind == "tenant") {
        return Definition(Tenant{.id = TRY(needed(json, "id")),
                                 .name = json.string_or("name", ""),
                                 .created_ms = json.int_or("created_ms", 0)});
    }
    if (kind == "user")
        return Definition(User{.name = TRY(needed(json, "name")), .created_ms = json.int_or("created_ms", 0)});
    if (kind == "key") return read_key(json);
    if (kind == "setting")
        return Definition(Setting{.name = TRY(needed(json, "name")), .json = TRY(needed(json, "json"))});
    if (kind == "dashboard") return read_dashboard_record(json);
    if (kind == "dashboard_removed")
        return Definition(RemoveDashboard{TRY(needed(json, "id")), json.int_or("version", 0)});
    if (kind == "document") return read_document_record(json);
    if (kind == "document_removed")
        return Definition(RemoveDocument{TRY(needed(json, "document")), TRY(needed(json, "id"))});
    if (kind == "tenant_removed") return Definition(RemoveTenant{TRY(needed(json, "id"))});
    if (kind == "key_revoked") return Definition(RevokeKey{TRY(needed(json, "id"))});
    if (kind == "setting_removed") return Definition(RemoveSetting{TRY(needed(json, "name"))});
    return make_error(Code::corrupt, "definition of unknown kind {}", kind);
}

}  // namespace

std::string_view to_string(Scope scope) {
    switch (scope) {
        case Scope::ingest: return "ingest";
        case Scope::read: return "read";
        case Scope::admin: return "admin";
    }
    return "";
}

std::optional<Scope> parse_scope(std::string_view text) {
    for (const Scope scope : {Scope::ingest, Scope::read, Scope::admin}) {
        if (text == to_string(scope)) return scope;
    }
    return std::nullopt;
}

std::string encode(const Change& change) {
    JsonWriter json;
    json.begin_object().field("v", FORMAT_VERSION);
    std::visit([&](const auto& definition) { write(json, definition); }, change.definition);
    json.field("at_ms", change.at_ms).field("by", change.by).end_object();
    return json.take();
}

Result<Change> decode_change(std::string_view record) {
    auto parsed = JsonView::parse(record);
    if (!parsed.ok() || !parsed->is_object()) return make_error(Code::corrupt, "definition is no JSON object");
    if (parsed->int_or("v", 0) != FORMAT_VERSION) return make_error(Code::corrupt, "definition of unknown version");
    Change change{.definition = TRY(read_definition(*parsed)),
                  .at_ms = parsed->int_or("at_ms", 0),
                  .by = parsed->string_or("by", "")};
    return change;
}

}  // namespace belfry::catalog
