#include "api/identity/token.h"

#include "base/base64.h"
#include "base/file.h"
#include "base/json.h"
#include "catalog/secret.h"

#include <fcntl.h>
#include <unistd.h>

namespace belfry::api {
namespace {

constexpr size_t SIGNATURE_LETTERS = 64;

Error not_a_token() {
    return make_error(Code::invalid, "the token is not one of this server");
}

}  // namespace

TokenKey::TokenKey(std::string_view secret) : secret_(catalog::to_hex(catalog::digest(secret))) {}

Result<TokenKey> TokenKey::open(const std::string& path) {
    FileSystem& files = real_file_system();
    if (!files.exists(path)) {
        // the name with its content at once: a crash leaves either no key or a whole one
        const std::string temporary = path + ".new";
        (void)files.remove(temporary);
        const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0) return errno_error("create " + temporary, errno);
        const std::string secret = catalog::random_text(catalog::SECRET_LETTERS);
        const bool written =
            ::write(fd, secret.data(), secret.size()) == static_cast<ssize_t>(secret.size()) && ::fsync(fd) == 0;
        const int err = errno;
        ::close(fd);
        if (!written) return errno_error("write " + temporary, err);
        TRY(files.rename(temporary, path));
        TRY(files.sync_dir(path.substr(0, path.rfind('/') + 1)));
    }
    const std::string secret = TRY(read_file(files, path, 1024));
    if (secret.size() < catalog::SECRET_LETTERS)
        return make_error(Code::corrupt, "{} holds no key; remove it, and a new one is made that ends all tokens",
                          path);
    return TokenKey(secret);
}

std::string TokenKey::make(const Grant& grant) const {
    JsonWriter json;
    json.begin_object().field("i", grant.audit_id).field("u", grant.user_id).field("p", grant.project);
    json.field("d", grant.domain).key("m").begin_array();
    for (const std::string& method : grant.methods)
        json.string(method);
    json.end_array()
        .field("c", grant.credential_id)
        .field("t", grant.issued_ms)
        .field("e", grant.expires_ms)
        .end_object();
    const std::string signed_part = std::string(PREFIX) + encode_base64(json.text(), {.url = true, .padded = false});
    return signed_part + "." + catalog::keyed_digest_hex(secret_, signed_part);
}

Result<Grant> TokenKey::read(std::string_view token) const {
    if (token.size() > BYTES_MAX || !token.starts_with(PREFIX) || token.size() < PREFIX.size() + 1 + SIGNATURE_LETTERS)
        return not_a_token();
    const size_t dot = token.size() - SIGNATURE_LETTERS - 1;
    const std::string_view signed_part = token.substr(0, dot);
    if (token[dot] != '.' ||
        !catalog::secrets_equal(token.substr(dot + 1), catalog::keyed_digest_hex(secret_, signed_part)))
        return not_a_token();
    const auto payload = decode_base64(signed_part.substr(PREFIX.size()), {.standard = false, .url = true});
    if (!payload) return not_a_token();
    const auto json = JsonView::parse(*payload);
    if (!json.ok() || !json->is_object()) return not_a_token();
    Grant out{.audit_id = json->string_or("i", ""),
              .user_id = json->string_or("u", ""),
              .user_name = {},
              .project = json->string_or("p", ""),
              .project_name = json->string_or("p", ""),
              .domain = json->bool_or("d", false),
              .roles = {},
              .methods = {},
              .credential_id = json->string_or("c", ""),
              .issued_ms = json->int_or("t", 0),
              .expires_ms = json->int_or("e", 0)};
    const JsonView methods = json->get("m");
    for (size_t i = 0; i < methods.size(); ++i)
        out.methods.push_back(methods.at(i).as_string().value_or(""));
    if (out.audit_id.empty() || out.user_id.empty()) return not_a_token();
    return out;
}

}  // namespace belfry::api
