#include "net/address.h"

#include "base/number.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace belfry::net {
namespace {

constexpr uint8_t MAPPED_PREFIX[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool parse_v4(std::string_view host, in_addr* out) {
    return ::inet_pton(AF_INET, std::string(host).c_str(), out) == 1;
}
bool parse_v6(std::string_view host, in6_addr* out) {
    return ::inet_pton(AF_INET6, std::string(host).c_str(), out) == 1;
}

}  // namespace

bool is_ip_literal(std::string_view host) {
    in_addr v4{};
    in6_addr v6{};
    return parse_v4(host, &v4) || parse_v6(host, &v6);
}

bool is_loopback_host(std::string_view host) {
    in_addr v4{};
    if (parse_v4(host, &v4)) return (ntohl(v4.s_addr) >> 24) == 127;
    in6_addr v6{};
    if (!parse_v6(host, &v6)) return false;
    if (std::memcmp(v6.s6_addr, MAPPED_PREFIX, sizeof MAPPED_PREFIX) == 0) return v6.s6_addr[12] == 127;
    return IN6_IS_ADDR_LOOPBACK(&v6);
}

Result<Address> Address::parse(std::string_view text) {
    const size_t colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return make_error(Code::invalid, "address {} has no port: write HOST:PORT", text);
    const auto port = parse_uint(text.substr(colon + 1));
    if (!port || *port > 65535)
        return make_error(Code::invalid, "address {}: the port must be a number from 0 to 65535", text);
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
        if (host.find(':') == std::string_view::npos)
            return make_error(Code::invalid, "address {}: brackets are for IPv6", text);
    } else if (host.find(':') != std::string_view::npos) {
        return make_error(Code::invalid, "address {}: write an IPv6 address in brackets, [::1]:2353", text);
    }
    if (host.empty() || host == "localhost") host = "127.0.0.1";
    if (host == "*") host = "0.0.0.0";
    if (!is_ip_literal(host))
        return make_error(Code::invalid, "address {}: the host must be an IP address, localhost or *", text);
    return Address{std::string(host), static_cast<uint16_t>(*port)};
}

Address Address::of(const sockaddr* raw) {
    char text[INET6_ADDRSTRLEN] = "";
    Address out;
    if (raw->sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, raw, sizeof v4);
        ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
        out.port = ntohs(v4.sin_port);
    } else if (raw->sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, raw, sizeof v6);
        if (std::memcmp(v6.sin6_addr.s6_addr, MAPPED_PREFIX, sizeof MAPPED_PREFIX) == 0) {
            ::inet_ntop(AF_INET, v6.sin6_addr.s6_addr + 12, text, sizeof text);
        } else {
            ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
        }
        out.port = ntohs(v6.sin6_port);
    }
    out.host = text;
    return out;
}

std::string Address::to_string() const {
    return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

bool Address::is_loopback() const {
    return is_loopback_host(host);
}

}  // namespace belfry::net
