// Tokens and bodies of logins from outside: nothing that was not signed is a token, and what is read names a method.
#include "api/identity/auth_request.h"
#include "api/identity/keystone.h"
#include "api/identity/token.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), count);
    const api::TokenKey key("the key of the fuzzer, which nobody has signed with");
    if (key.read(text).ok()) __builtin_trap();
    const auto request = api::parse_auth_request(text);
    if (request.ok() && request->methods.empty()) __builtin_trap();
    const auto grant = api::parse_token_answer(text);
    if (grant.ok() && grant->user_id.empty()) __builtin_trap();
    // whatever stands in a grant, its token gives it back
    const api::Grant made{.audit_id = "a",
                          .user_id = "u",
                          .user_name = {},
                          .project = std::string(text.substr(0, 64)),
                          .project_name = {}};
    const std::string token = key.make(made);
    if (token.size() <= api::TokenKey::BYTES_MAX && !key.read(token).ok()) __builtin_trap();
    return 0;
}
