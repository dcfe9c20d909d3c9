#include "http/access.h"

namespace belfry::http {
namespace {

bool role_may(Role role, Access access) {
    switch (access) {
        case Access::open: return true;
        case Access::ingest: return role == Role::ingest || role == Role::editor || role == Role::admin;
        case Access::read: return role == Role::read || role == Role::editor || role == Role::admin;
        case Access::edit: return role == Role::editor || role == Role::admin;
        case Access::change: return role == Role::admin;
    }
    return false;
}

bool loopback_may(Access access, const AccessPolicy& policy) {
    switch (access) {
        case Access::open: return true;
        case Access::ingest: return policy.auth_off || policy.loopback_ingests;
        case Access::read: return policy.auth_off || policy.loopback_reads;
        case Access::edit:
        case Access::change: return policy.auth_off;
    }
    return false;
}

}  // namespace

bool is_forwarded(const Request& request) {
    static constexpr std::string_view HEADERS[] = {"forwarded", "x-forwarded-for", "x-real-ip", "x-forwarded-host",
                                                   "via"};
    return std::any_of(std::begin(HEADERS), std::end(HEADERS),
                       [&](std::string_view name) { return request.headers.contains(name); });
}

Verdict authorise(Access access, const Identity& identity, const AccessPolicy& policy) {
    if (role_may(identity.role, access)) return Verdict::allowed;
    if (access == Access::ingest && identity.also_ingests) return Verdict::allowed;
    if (identity.loopback && loopback_may(access, policy)) return Verdict::allowed;
    return identity.role == Role::none ? Verdict::needs_login : Verdict::forbidden;
}

}  // namespace belfry::http
