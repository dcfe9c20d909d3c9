#include "ingest/statsd/decode.h"

#include "base/number.h"
#include "ingest/statsd/stats.h"

namespace belfry::ingest::statsd {
namespace {

struct TypeName {
    std::string_view name;
    Kind kind;
};
constexpr TypeName TYPES[] = {{"c", Kind::counter},      {"g", Kind::gauge},        {"ms", Kind::distribution},
                              {"h", Kind::distribution}, {"d", Kind::distribution}, {"s", Kind::set}};

std::string shown(std::string_view text) {
    constexpr size_t SHOWN_BYTES = 40;
    return std::string(text.substr(0, SHOWN_BYTES));
}

// Up to the next bar, which is taken away.
std::string_view take_section(std::string_view& rest) {
    const std::string_view section = rest.substr(0, rest.find('|'));
    rest.remove_prefix(std::min(section.size() + 1, rest.size()));
    return section;
}

// Without hexadecimal, infinities and NaN.
std::optional<double> plain_number(std::string_view text) {
    if (text.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return std::nullopt;
    const std::optional<double> number = parse_double(text);
    return number && std::isfinite(*number) ? number : std::nullopt;
}

Status read_section(std::string_view section, Line& line) {
    if (section.starts_with('@')) {
        const std::optional<double> rate = plain_number(section.substr(1));
        if (!rate || !(*rate > 0 && *rate <= 1))
            return make_error(Code::invalid, "rate {:?} is not above 0 and up to 1", shown(section.substr(1)));
        line.rate = *rate;
    } else if (section.starts_with('#')) {
        line.tags = section.substr(1);
    } else if (section.starts_with('T')) {
        const std::optional<uint64_t> seconds = parse_uint(section.substr(1));
        constexpr uint64_t SECONDS_MAX = 1'000'000'000'000;
        if (!seconds || *seconds > SECONDS_MAX)
            return make_error(Code::invalid, "timestamp {:?} is not a number of seconds", shown(section.substr(1)));
        line.time_ms = static_cast<int64_t>(*seconds) * 1'000;
    } else if (section.starts_with("c:")) {
        ignored_sections.at({"container"}).add();
    } else {
        ignored_sections.at({"other"}).add();  // newer clients may send what is not known yet
    }
    return {};
}

}  // namespace

Other other_of(std::string_view line) {
    if (line.starts_with("_e{")) return Other::event;
    if (line.starts_with("_sc|")) return Other::service_check;
    return Other::none;
}

Result<Line> decode_line(std::string_view text) {
    Line line;
    const size_t colon = text.find(':');
    if (colon == std::string_view::npos) return make_error(Code::invalid, "a line is `name:value|type`");
    line.name = text.substr(0, colon);
    if (line.name.empty()) return make_error(Code::invalid, "the name is missing");
    std::string_view rest = text.substr(colon + 1);
    line.values = take_section(rest);
    if (line.values.empty()) return make_error(Code::invalid, "the value is missing");
    const std::string_view type = take_section(rest);
    const auto* known =
        std::find_if(std::begin(TYPES), std::end(TYPES), [&](const TypeName& t) { return t.name == type; });
    if (known == std::end(TYPES))
        return make_error(Code::invalid, "type {:?} is not known; there are c, g, ms, h, d and s", shown(type));
    line.kind = known->kind;
    while (!rest.empty())
        TRY(read_section(take_section(rest), line));
    return line;
}

Result<Value> take_value(std::string_view& values) {
    const std::string_view text = values.substr(0, values.find(':'));
    values.remove_prefix(std::min(text.size() + 1, values.size()));
    const std::optional<double> number = plain_number(text);
    if (!number) return make_error(Code::invalid, "value {:?} is not a number", shown(text));
    return Value{*number, text.front() == '+' || text.front() == '-'};
}

Status decode_tags(std::string_view tags, std::vector<model::Label>& labels) {
    while (!tags.empty()) {
        const std::string_view tag = tags.substr(0, tags.find(','));
        tags.remove_prefix(std::min(tag.size() + 1, tags.size()));
        if (tag.empty()) continue;
        const size_t colon = tag.find(':');
        const std::string_view name = tag.substr(0, colon);
        if (name.empty() || name == model::METRIC_NAME)
            return make_error(Code::invalid, "{:?} is not a name for a tag", shown(name));
        const std::string_view value = colon == std::string_view::npos ? "true" : tag.substr(colon + 1);
        labels.push_back({name, value});
    }
    return {};
}

}  // namespace belfry::ingest::statsd
