#include "notify/networks.h"

#include "base/number.h"

#include <arpa/inet.h>
#include <netinet/in.h>

namespace belfry::notify {
namespace {

constexpr std::array<const char*, 6> NEVER = {"169.254.0.0/16",  "fe80::/10", "224.0.0.0/4",
                                              "255.255.255.255", "ff00::/8",  "fd00:ec2::254"};
constexpr uint32_t MAPPED_BITS = 96;

}  // namespace

bool Networks::Network::holds(const Bytes& address) const {
    for (uint32_t i = 0; i < bits; ++i) {
        const int shift = 7 - static_cast<int>(i % 8);
        if (((bytes[i / 8] ^ address[i / 8]) >> shift & 1) != 0) return false;
    }
    return true;
}

Result<Networks::Network> Networks::parse(const std::string& text) {
    const size_t slash = text.find('/');
    const std::string host = text.substr(0, slash);
    Network out{.bytes = {}, .bits = 128, .text = text};
    uint32_t first = 0;
    in_addr four{};
    if (::inet_pton(AF_INET, host.c_str(), &four) == 1) {
        first = MAPPED_BITS;
        out.bytes[10] = out.bytes[11] = 0xff;
        std::memcpy(&out.bytes[12], &four, sizeof four);
    } else if (::inet_pton(AF_INET6, host.c_str(), out.bytes.data()) != 1) {
        return make_error(Code::invalid, "not a network like 10.0.0.0/8: {}", text);
    }
    if (slash == std::string::npos) return out;
    const auto bits = parse_uint(text.substr(slash + 1));
    if (!bits || *bits > 128 - first) return make_error(Code::invalid, "not a network like 10.0.0.0/8: {}", text);
    out.bits = first + static_cast<uint32_t>(*bits);
    return out;
}

Result<Networks> Networks::make(const std::vector<std::string>& allow, const std::vector<std::string>& deny) {
    Networks out;
    for (const std::string& text : allow)
        out.allow_.push_back(TRY(parse(text).context("notify.allow_networks")));
    for (const char* text : NEVER)
        out.deny_.push_back(TRY(parse(text)));
    for (const std::string& text : deny)
        out.deny_.push_back(TRY(parse(text).context("notify.deny_networks")));
    return out;
}

Status Networks::check(const sockaddr_storage& address) const {
    Bytes bytes{};
    if (address.ss_family == AF_INET) {
        bytes[10] = bytes[11] = 0xff;
        std::memcpy(&bytes[12], &reinterpret_cast<const sockaddr_in&>(address).sin_addr, 4);
    } else if (address.ss_family == AF_INET6) {
        std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, bytes.size());
    } else {
        return make_error(Code::invalid, "an address of an unknown kind");
    }
    for (const Network& network : deny_)
        if (network.holds(bytes))
            return make_error(Code::invalid,
                              "its address is in {}, where notifications do not go "
                              "(notify.deny_networks)",
                              network.text);
    if (allow_.empty()) return {};
    for (const Network& network : allow_)
        if (network.holds(bytes)) return {};
    return make_error(Code::invalid, "its address is in no network of notify.allow_networks");
}

}  // namespace belfry::notify
