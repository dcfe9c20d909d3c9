#include "http/host_policy.h"

#include "base/ascii.h"
#include "net/address.h"

namespace belfry::http {
namespace {

/// "[::1]:2353" -> "::1"; "host:80" -> "host".
std::string_view host_of(std::string_view authority) {
    if (authority.starts_with('[')) {
        const size_t end = authority.find(']');
        return end == std::string_view::npos ? std::string_view() : authority.substr(1, end - 1);
    }
    return authority.substr(0, authority.find(':'));
}

std::string_view without_default_port(std::string_view authority, std::string_view port) {
    return authority.ends_with(port) ? authority.substr(0, authority.size() - port.size()) : authority;
}

}  // namespace

bool HostPolicy::serves(std::string_view authority) const {
    std::string_view host = host_of(authority);
    if (host.empty()) return false;
    if (net::is_ip_literal(host)) return true;
    if (host.ends_with('.')) host.remove_suffix(1);  // the fully qualified form of the same name
    if (equals_ignoring_case(host, "localhost")) return true;
    return std::any_of(names_.begin(), names_.end(),
                       [&](const std::string& name) { return equals_ignoring_case(host, name); });
}

bool origin_fits(std::string_view origin, std::string_view authority) {
    for (const auto& [scheme, port] :
         {std::pair<std::string_view, std::string_view>{"http://", ":80"}, {"https://", ":443"}}) {
        if (!origin.starts_with(scheme)) continue;
        origin.remove_prefix(scheme.size());
        return equals_ignoring_case(without_default_port(origin, port), without_default_port(authority, port));
    }
    return false;
}

}  // namespace belfry::http
