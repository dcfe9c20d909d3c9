#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace belfry::api {

/// What a token stands for.
struct Grant {
    std::string audit_id;
    std::string user_id;
    std::string user_name;
    std::string project;       // id and tenant; "" when not scoped to one
    std::string project_name;  // the id, but for tokens of another identity service
    bool domain = false;       // scoped to the one domain
    std::vector<std::string> roles;
    std::vector<std::string> methods;  // "password", "token", "application_credential"
    std::string credential_id;         // of an application credential
    int64_t issued_ms = 0;
    int64_t expires_ms = 0;
};

}  // namespace belfry::api
