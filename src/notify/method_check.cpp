#include "notify/method_check.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "notify/destination.h"
#include "notify/method_types.h"
#include "notify/notice.h"
#include "notify/text.h"

namespace belfry::notify {
namespace {

constexpr size_t NAME_CHARACTERS_MAX = 250;
constexpr size_t ADDRESS_CHARACTERS_MAX = 512;
constexpr size_t OPTION_BYTES_MAX = 64 << 10;
constexpr std::array<std::string_view, 3> PLACES = {"server", "security", "url"};  // options that say where to
constexpr std::array<std::string_view, 4> TEMPLATES = {"template", "subject", "summary", "title"};

size_t characters_of(std::string_view text) {
    return static_cast<size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool has_control_characters(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
    });
}

/// What nobody knows may be one.
bool is_secret(std::string_view type, std::string_view name) {
    const MethodType* known = find_method_type(type);
    const MethodOption* option = known ? find_option(*known, name) : nullptr;
    return option == nullptr || option->secret;
}

bool is_template(std::string_view option) {
    return std::find(TEMPLATES.begin(), TEMPLATES.end(), option) != TEMPLATES.end();
}

/// `.+@.+`, one or several with commas.
Status check_mail(std::string_view address) {
    while (true) {
        const size_t comma = std::min(address.find(','), address.size());
        const std::string_view one = trim_blanks(address.substr(0, comma));
        const size_t at = one.rfind('@');
        if (at == std::string_view::npos || at == 0 || at + 1 == one.size() ||
            one.find_first_of("<>\"") != std::string_view::npos)
            return make_error(Code::invalid, "Address {} is not of correct format", one);
        if (comma == address.size()) return {};
        address.remove_prefix(comma + 1);
    }
}

Status check_address(const catalog::NotificationMethod& method) {
    if (method.type == "EMAIL") return check_mail(method.address);
    if (method.type == "PAGERDUTY" || method.type == "TELEGRAM") return {};
    if (const auto parsed = parse_destination(method.address); !parsed.ok())
        return make_error(Code::invalid, "Address {} is not of correct format: {}", method.address,
                          parsed.error().message);
    return {};
}

Status check_options(const catalog::NotificationMethod& method, const MethodType& type) {
    for (const auto& [name, value] : method.options) {
        const MethodOption* option = find_option(type, name);
        if (!option) return make_error(Code::invalid, "a method of type {} has no option {}", type.type, name);
        if (value.size() > OPTION_BYTES_MAX)
            return make_error(Code::invalid, "option {} has more than {} bytes", name, OPTION_BYTES_MAX);
        if (!is_utf8(value)) return make_error(Code::invalid, "option {} is not UTF-8", name);
        if (!option->multiline && has_control_characters(value))
            return make_error(Code::invalid, "option {} has control characters", name);
        if (name == "security" && !value.empty() && value != "starttls" && value != "tls" && value != "none")
            return make_error(Code::invalid, "option security is starttls, tls or none");
        if (name == "send_resolved" && !value.empty() && value != "true" && value != "false")
            return make_error(Code::invalid, "option send_resolved is true or false");
        if (name == "url" && !value.empty()) TRY(parse_destination(value).context("option url"));
        if (is_template(name) && !value.empty()) TRY(parse_text(value).context("option {}", name));
    }
    return {};
}

}  // namespace

Status check_method(catalog::NotificationMethod& method, const NotifyConfig& config) {
    if (method.name.empty() || characters_of(method.name) > NAME_CHARACTERS_MAX)
        return make_error(Code::invalid, "name has 1 to {} characters", NAME_CHARACTERS_MAX);
    if (!is_utf8(method.name) || has_control_characters(method.name))
        return make_error(Code::invalid, "name is not plain text");
    method.type = upper(method.type);
    const MethodType* type = find_method_type(method.type);
    if (!type) return make_error(Code::invalid, "{} is not a valid notification method type", method.type);
    if (method.address.empty() || characters_of(method.address) > ADDRESS_CHARACTERS_MAX)
        return make_error(Code::invalid, "address has 1 to {} characters", ADDRESS_CHARACTERS_MAX);
    if (!is_utf8(method.address) || has_control_characters(method.address))
        return make_error(Code::invalid, "address is not plain text");
    const std::string period = std::to_string(method.period_s);
    std::string known;
    for (const std::string& one : config.periods)
        known += (known.empty() ? "" : ", ") + one;
    if (std::find(config.periods.begin(), config.periods.end(), period) == config.periods.end())
        return make_error(Code::invalid, "{} is not in the configured list of periods: {} (notify.periods)", period,
                          known);
    std::sort(method.options.begin(), method.options.end());
    TRY(check_address(method));
    return check_options(method, *type);
}

model::Dimensions masked_options(const catalog::NotificationMethod& method) {
    model::Dimensions out = method.options;
    for (auto& [name, value] : out) {
        if (is_secret(method.type, name) && !value.empty()) value = MASK;
    }
    return out;
}

std::string moved_by(const catalog::NotificationMethod& method, const catalog::NotificationMethod& before) {
    if (upper(method.type) != upper(before.type)) return "type";
    if (method.address != before.address) return "address";
    for (const std::string_view place : PLACES)
        if (value_of(method.options, place) != value_of(before.options, place)) return fmt::format("option {}", place);
    return "";
}

std::string secrets_of(const catalog::NotificationMethod& method) {
    std::string out;
    for (const auto& [name, value] : method.options)
        if (is_secret(method.type, name) && !value.empty()) out += (out.empty() ? "" : ", ") + name;
    return out;
}

Status keep_masked(catalog::NotificationMethod& method, const catalog::NotificationMethod* before) {
    const std::string moved = before != nullptr ? moved_by(method, *before) : "";
    for (auto& [name, value] : method.options) {
        if (value != MASK || !is_secret(upper(method.type), name)) continue;
        if (!moved.empty())
            return make_error(Code::invalid, "option {} has to be entered again, because {} is another than before",
                              name, moved);
        const std::string_view kept = before != nullptr ? value_of(before->options, name) : std::string_view();
        if (kept.empty()) return make_error(Code::invalid, "option {} is {}, which stands for a secret", name, MASK);
        value = kept;
    }
    return {};
}

}  // namespace belfry::notify
