#include "catalog/account.h"

#include "base/base64.h"
#include "base/json.h"
#include "catalog/document_json.h"
#include "catalog/secret.h"

namespace belfry::catalog {
namespace {

void write_hash(JsonWriter& json, std::string_view name, const PasswordHash& hash) {
    json.key(name).begin_object().field("kdf", "scrypt").field("cost_log2", hash.cost_log2);
    json.field("salt", encode_base64(hash.salt)).field("hash", encode_base64(hash.hash)).end_object();
}

Result<PasswordHash> read_hash(const JsonView& json) {
    const auto salt = decode_base64(json.string_or("salt", ""));
    const auto hash = decode_base64(json.string_or("hash", ""));
    const int64_t cost = json.int_or("cost_log2", 0);
    if (json.string_or("kdf", "") != "scrypt" || !salt || !hash || cost < PASSWORD_COST_LOG2_MIN ||
        cost > PASSWORD_COST_LOG2_MAX)
        return make_error(Code::corrupt, "a hash of a password that cannot be read");
    return PasswordHash{.cost_log2 = static_cast<uint32_t>(cost), .salt = *salt, .hash = *hash};
}

}  // namespace

bool is_account_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("_-.@+").find(c) != std::string_view::npos;
    });
}

Document to_document(const Account& account) {
    JsonWriter json;
    json.begin_object().field("enabled", account.enabled);
    write_hash(json, "password", account.password);
    json.field("password_changed_ms", account.password_changed_ms).key("projects").begin_object();
    for (const auto& [project, roles] : account.projects)
        write_texts(json, project, roles);
    json.end_object().end_object();
    return {.kind = std::string(ACCOUNT),
            .id = account.id,
            .tenant = std::string(ACCOUNTS_TENANT),
            .name = account.name,
            .json = json.take(),
            .created_ms = account.created_ms,
            .updated_ms = account.updated_ms};
}

Result<Account> read_account(const Document& document) {
    const JsonView json = TRY(JsonView::parse(document.json).context("account {}", document.name));
    Account out{.id = document.id,
                .name = document.name,
                .enabled = json.bool_or("enabled", false),
                .password = TRY(read_hash(json.get("password")).context("account {}", document.name)),
                .password_changed_ms = json.int_or("password_changed_ms", 0),
                .projects = {},
                .created_ms = document.created_ms,
                .updated_ms = document.updated_ms};
    const JsonView projects = json.get("projects");
    for (const std::string& project : projects.keys()) {
        std::vector<std::string> roles = read_texts(projects.get(project));
        if (!roles.empty()) out.projects.emplace(project, std::move(roles));
    }
    return out;
}

Document to_document(const Credential& credential) {
    JsonWriter json;
    json.begin_object().field("user_id", credential.user_id).field("name", credential.name);
    json.field("description", credential.description).field("project", credential.project);
    write_texts(json, "roles", credential.roles);
    write_hash(json, "secret", credential.secret);
    json.key("expires_ms");
    if (credential.expires_ms)
        json.integer(*credential.expires_ms);
    else
        json.null();
    json.end_object();
    return {.kind = std::string(CREDENTIAL),
            .id = credential.id,
            .tenant = std::string(ACCOUNTS_TENANT),
            .name = credential.user_id + "/" + credential.name,
            .json = json.take(),
            .created_ms = credential.created_ms,
            .updated_ms = credential.created_ms};
}

Result<Credential> read_credential(const Document& document) {
    const JsonView json = TRY(JsonView::parse(document.json).context("application credential {}", document.id));
    return Credential{.id = document.id,
                      .user_id = json.string_or("user_id", ""),
                      .name = json.string_or("name", ""),
                      .description = json.string_or("description", ""),
                      .project = json.string_or("project", ""),
                      .roles = read_texts(json.get("roles")),
                      .secret = TRY(read_hash(json.get("secret")).context("application credential {}", document.id)),
                      .expires_ms = json.get("expires_ms").as_int(),
                      .created_ms = document.created_ms};
}

std::string random_hex_id() {
    return to_hex(digest(random_text(26))).substr(0, 32);
}

}  // namespace belfry::catalog
