#include "ingest/scrape/yaml_fields.h"

#include "base/number.h"

namespace belfry::ingest::scrape {

std::optional<int64_t> strict_duration_ms(std::string_view text) {
    if (text == "0") return 0;
    if (text.empty() || (text.back() >= '0' && text.back() <= '9')) return std::nullopt;
    return parse_duration_ms(text);
}

std::optional<uint64_t> binary_bytes(std::string_view text) {
    const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::optional<uint64_t> number = parse_uint(text.substr(0, digits));
    if (!number) return std::nullopt;
    std::string unit(text.substr(digits));
    if (unit.empty()) return *number == 0 ? number : std::nullopt;
    if (unit.size() == 3 && unit[1] == 'i') unit.erase(1, 1);
    constexpr std::string_view NAMES = "KMGTPE";
    if (unit == "B") return number;
    const size_t power = unit.size() == 2 && unit[1] == 'B' ? NAMES.find(unit[0]) : std::string_view::npos;
    if (power == std::string_view::npos) return std::nullopt;
    const unsigned shift = 10 * static_cast<unsigned>(power + 1);
    if (*number > (UINT64_MAX >> shift)) return std::nullopt;
    return *number << shift;
}

YamlFields::YamlFields(const YamlNode& node, std::string what) : node_(node), what_(std::move(what)) {
    if (!node.is_map() && !node.is_null()) fail(node.line(), fmt::format("{} must be a map", what_));
}

void YamlFields::fail(int line, std::string_view message) {
    if (!error_) error_ = make_error(Code::invalid, "line {}: {}", line, message);
}

void YamlFields::check(const Status& status, int line) {
    if (status.ok() || error_) return;
    if (status.error().message.starts_with("line "))
        error_ = status.error();
    else
        fail(line, status.error().message);
}

const YamlNode* YamlFields::take(std::string_view key) {
    asked_.emplace_back(key);
    const YamlNode* value = node_.find(key);
    return value == nullptr || value->is_null() ? nullptr : value;
}

void YamlFields::ignore(std::string_view key) {
    asked_.emplace_back(key);
}

bool YamlFields::text(std::string_view key, std::string& out) {
    const YamlNode* value = take(key);
    if (value == nullptr) return false;
    if (!value->is_scalar()) fail(value->line(), fmt::format("{} of a {} must be a text", key, what_));
    out = value->text();
    return true;
}

bool YamlFields::flag(std::string_view key, bool& out) {
    const YamlNode* value = take(key);
    if (value == nullptr) return false;
    const std::optional<bool> flag = value->as_bool();
    if (!flag) fail(value->line(), fmt::format("{} of a {} must be true or false", key, what_));
    out = flag.value_or(out);
    return true;
}

bool YamlFields::count(std::string_view key, uint64_t& out) {
    const YamlNode* value = take(key);
    if (value == nullptr) return false;
    const std::optional<int64_t> number = value->as_int();
    if (!number || *number < 0) {
        fail(value->line(), fmt::format("{} of a {} must be a number, zero or above", key, what_));
        return true;
    }
    out = static_cast<uint64_t>(*number);
    return true;
}

bool YamlFields::duration_ms(std::string_view key, int64_t& out) {
    std::string text;
    const YamlNode* value = node_.find(key);
    if (!this->text(key, text)) return false;
    const std::optional<int64_t> duration = strict_duration_ms(text);
    if (!duration)
        fail(value->line(), fmt::format("{} of a {}: \"{}\" is not a duration like 15s or 1h30m", key, what_, text));
    out = duration.value_or(out);
    return true;
}

bool YamlFields::bytes(std::string_view key, uint64_t& out) {
    std::string text;
    const YamlNode* value = node_.find(key);
    if (!this->text(key, text)) return false;
    const std::optional<uint64_t> number = binary_bytes(text);
    if (!number) fail(value->line(), fmt::format("{} of a {}: \"{}\" is not a size like 10MB", key, what_, text));
    out = number.value_or(out);
    return true;
}

bool YamlFields::list(std::string_view key, std::vector<std::string>& out) {
    const YamlNode* value = take(key);
    if (value == nullptr) return false;
    out.clear();
    if (!value->is_sequence()) fail(value->line(), fmt::format("{} of a {} must be a list", key, what_));
    for (size_t i = 0; i < value->size(); i++) {
        if (!value->at(i).is_scalar())
            fail(value->at(i).line(), fmt::format("{} of a {} holds texts only", key, what_));
        out.push_back(value->at(i).text());
    }
    return true;
}

bool YamlFields::texts(std::string_view key, std::vector<std::pair<std::string, std::string>>& out) {
    const YamlNode* value = take(key);
    if (value == nullptr) return false;
    out.clear();
    if (!value->is_map()) fail(value->line(), fmt::format("{} of a {} must be a map", key, what_));
    for (const YamlNode::Item& item : value->items()) {
        if (!item.second.is_scalar() && !item.second.is_null())
            fail(item.second.line(),
                 fmt::format("{} of a {}: the value of {} must be a text", key, what_, item.first.text()));
        out.emplace_back(item.first.text(), item.second.text());
    }
    return true;
}

Status YamlFields::finish() {
    if (error_) return *error_;
    for (const YamlNode::Item& item : node_.items()) {
        if (std::find(asked_.begin(), asked_.end(), item.first.text()) == asked_.end())
            return make_error(Code::invalid, "line {}: {} has no key \"{}\"", item.first.line(), what_,
                              item.first.text());
    }
    return {};
}

}  // namespace belfry::ingest::scrape
