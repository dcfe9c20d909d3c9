#include "alarm/rules/humanize.h"

#include "templates/format.h"

#include <arpa/inet.h>

namespace belfry::alarm {
namespace {

constexpr std::string_view LARGE[] = {"", "k", "M", "G", "T", "P", "E", "Z", "Y"};
constexpr std::string_view SMALL[] = {"", "m", "u", "n", "p", "f", "a", "z", "y"};
constexpr std::string_view BINARY[] = {"", "ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"};
constexpr size_t PREFIXES = std::size(LARGE);

std::string four(double value) {
    const templates::Value args[] = {templates::Value(value)};
    return templates::format("%.4g", args);
}
bool odd(double value) {
    return std::isnan(value) || std::isinf(value);
}
std::string smaller(double value) {
    size_t i = 0;
    while (i + 1 < PREFIXES && std::fabs(value) < 1) {
        value *= 1000;
        ++i;
    }
    return four(value) + std::string(SMALL[i]);
}
bool is_address(const std::string& host) {
    in6_addr six{};
    in_addr four_bytes{};
    return ::inet_pton(AF_INET, host.c_str(), &four_bytes) == 1 || ::inet_pton(AF_INET6, host.c_str(), &six) == 1;
}
// (host, port) of host:port or [host]:port; nothing for other text.
std::optional<std::pair<std::string, std::string>> split_host(std::string_view text) {
    const size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    if (!host.empty() && host.front() == '[') {
        if (host.back() != ']') return std::nullopt;
        host = host.substr(1, host.size() - 2);
        if (host.find_first_of("[]") != std::string_view::npos) return std::nullopt;
    } else if (host.find_first_of(":[]") != std::string_view::npos) {
        return std::nullopt;
    }
    return std::pair(std::string(host), std::string(text.substr(colon + 1)));
}

}  // namespace

std::string humanize(double value) {
    if (value == 0 || odd(value)) return four(value);
    if (std::fabs(value) < 1) return smaller(value);
    size_t i = 0;
    while (i + 1 < PREFIXES && std::fabs(value) >= 1000) {
        value /= 1000;
        ++i;
    }
    return four(value) + std::string(LARGE[i]);
}

std::string humanize_1024(double value) {
    if (std::fabs(value) <= 1 || odd(value)) return four(value);
    size_t i = 0;
    while (i + 1 < PREFIXES && std::fabs(value) >= 1024) {
        value /= 1024;
        ++i;
    }
    return four(value) + std::string(BINARY[i]);
}

std::string humanize_duration(double value) {
    if (odd(value)) return four(value);
    if (value == 0) return "0s";
    if (std::fabs(value) < 1) return smaller(value) + "s";
    const std::string sign = value < 0 ? "-" : "";
    value = std::fabs(value);
    const auto whole = value < 9e18 ? static_cast<int64_t>(value) : std::numeric_limits<int64_t>::max();
    const int64_t seconds = whole % 60;
    const int64_t minutes = whole / 60 % 60;
    const int64_t hours = whole / 3600 % 24;
    const int64_t days = whole / 86'400;
    if (days != 0) return fmt::format("{}{}d {}h {}m {}s", sign, days, hours, minutes, seconds);
    if (hours != 0) return fmt::format("{}{}h {}m {}s", sign, hours, minutes, seconds);
    if (minutes != 0) return fmt::format("{}{}m {}s", sign, minutes, seconds);
    return sign + four(value) + "s";
}

std::string humanize_percentage(double ratio) {
    return four(ratio * 100) + "%";
}

std::string humanize_timestamp(double seconds) {
    if (odd(seconds) || std::fabs(seconds) > 9.2e9) return four(seconds);
    const auto ms = static_cast<int64_t>(seconds * 1e3);
    return templates::to_text(templates::Value(templates::Time{ms * 1'000'000}));
}

std::string title_case(std::string_view text) {
    std::string out(text);
    bool inside = false;
    for (char& c : out) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                            c == '\'' || static_cast<unsigned char>(c) >= 0x80;
        if (!inside && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        inside = letter;
    }
    return out;
}

std::string strip_port(std::string_view text) {
    const auto parts = split_host(text);
    return parts ? parts->first : std::string(text);
}

std::string strip_domain(std::string_view text) {
    const auto parts = split_host(text);
    std::string host = parts ? parts->first : std::string(text);
    if (is_address(host)) return std::string(text);
    host = host.substr(0, host.find('.'));
    return parts ? host + ":" + parts->second : host;
}

}  // namespace belfry::alarm
