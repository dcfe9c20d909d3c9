#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace belfry::api {

struct IdentityConfig {
    int64_t token_life_ms = 3'600'000;
    uint32_t password_cost_log2 = 15;       // scrypt's N: 32 MiB and about 0.1 s a login
    uint32_t password_length_min = 8;       // characters of a new password
    uint32_t hashes_max = 2;                // passwords that are checked at one time; more wait
    int64_t hash_wait_ms = 5'000;           // for a turn; then 503
    uint32_t login_failures_max = 10;       // of one user from one address, a minute
    uint32_t login_attempts_max = 300;      // from one address, a minute
    uint32_t login_addresses_max = 10'000;  // whose attempts are remembered; the one longest ago makes room
    uint64_t body_bytes_max = 64 << 10;
    uint32_t credentials_max = 100;  // application credentials of one user
    uint32_t tokens_remembered_max = 10'000;  // checked ones; those used longest ago make room
    std::string region = "RegionOne";

    // whose roles may do what; one role may stand in several
    std::vector<std::string> user_roles = {"monasca-user"};
    std::vector<std::string> agent_roles = {"monasca-agent"};
    std::vector<std::string> read_only_roles = {"monasca-read-only-user"};
    std::vector<std::string> delegate_roles = {"admin", "delegate"};
    std::vector<std::string> admin_roles = {"admin"};

    std::string keystone_url;  // "": no other identity service is asked
    int64_t keystone_timeout_ms = 5'000;
    int64_t keystone_cache_ms = 300'000;
    int64_t keystone_refusal_ms = 10'000;  // how long a wrong token is remembered
    uint32_t keystone_tokens_max = 10'000;
    uint32_t keystone_waiting_max = 2;  // requests that wait for it at one time; one more is 503
};

}  // namespace belfry::api
