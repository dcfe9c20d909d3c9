#include "ingest/statsd/decode.h"

#include "base/number.h"
#include "ingest/statsd/dimensions.h"
#include "ingest/statsd/stats.h"

namespace belfry::ingest::statsd {
namespace {

struct TypeName {
    std::string_view name;
    Kind kind;
};
constexpr TypeName TYPES[] = {{"c", Kind::counter},      {"g", Kind::gauge},        {"ms", Kind::distribution},
                              {"h", Kind::distribution}, {"d", Kind::distribution}, {"s", Kind::set},
                              {"r", Kind::rate}};

std::string shown(std::string_view text) {
    constexpr size_t SHOWN_BYTES = 40;
    return std::string(text.substr(0, SHOWN_BYTES));
}

// Up to the next bar, which is taken away. Bars in a dictionary's texts are its own.
std::string_view take_section(std::string_view& rest) {
    size_t length = rest.find('|');
    if (rest.starts_with("#{")) {
        const std::optional<size_t> dict = dict_length(rest.substr(1));
        if (dict) length = rest.find('|', 1 + *dict);
    }
    const std::string_view section = rest.substr(0, length);
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
        line.tags_are_dict = line.tags.starts_with('{');
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

// _sc|name|status[|d:<seconds>][|h:<host>][|#tags][|m:<message>]
Result<Line> decode_service_check(std::string_view rest) {
    Line line;
    line.name = take_section(rest);
    line.values = take_section(rest);
    if (line.name.empty() || line.values.empty())
        return make_error(Code::invalid, "a service check is `_sc|name|status`");
    line.kind = Kind::last_value;
    while (!rest.empty()) {
        const std::string_view section = take_section(rest);
        if (section.starts_with('#'))
            TRY(read_section(section, line));
        else
            ignored_sections.at({"service_check"}).add();
    }
    return line;
}

Kind monasca_kind(Kind kind) {
    switch (kind) {
        case Kind::counter: return Kind::interval_sum;
        case Kind::gauge:
        case Kind::distribution: return Kind::last_value;
        default: return kind;
    }
}

}  // namespace

Other other_of(std::string_view line) {
    if (line.starts_with("_e{")) return Other::event;
    return Other::none;
}

Result<Line> decode_line(std::string_view text, Dialect dialect) {
    constexpr std::string_view SERVICE_CHECK = "_sc|";
    if (text.starts_with(SERVICE_CHECK)) {
        Line check = TRY(decode_service_check(text.substr(SERVICE_CHECK.size())));
        check.is_monasca = dialect == Dialect::monasca || check.tags_are_dict;
        return check;
    }
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
        return make_error(Code::invalid, "type {:?} is not known; there are c, g, ms, h, d, s and r", shown(type));
    line.kind = known->kind;
    while (!rest.empty())
        TRY(read_section(take_section(rest), line));
    line.is_monasca = dialect == Dialect::monasca || line.tags_are_dict;
    if (!line.is_monasca) return line;
    if (line.kind == Kind::set) return make_error(Code::invalid, "sets are not known to Monasca's dialect");
    line.kind = monasca_kind(line.kind);
    return line;
}

Result<Value> take_value(std::string_view& values) {
    const std::string_view text = values.substr(0, values.find(':'));
    values.remove_prefix(std::min(text.size() + 1, values.size()));
    const std::optional<double> number = plain_number(text);
    if (!number) return make_error(Code::invalid, "value {:?} is not a number", shown(text));
    return Value{*number, text.front() == '+' || text.front() == '-'};
}

Status decode_tags(std::string_view tags, bool is_monasca, std::vector<model::Label>& labels) {
    while (!tags.empty()) {
        const std::string_view tag = tags.substr(0, tags.find(','));
        tags.remove_prefix(std::min(tag.size() + 1, tags.size()));
        if (tag.empty()) continue;
        const size_t colon = tag.find(':');
        const std::string_view name = tag.substr(0, colon);
        if (name.empty() || name == model::METRIC_NAME)
            return make_error(Code::invalid, "{:?} is not a name for a tag", shown(name));
        std::string_view value = is_monasca ? "True" : "true";
        if (colon != std::string_view::npos) value = tag.substr(colon + 1);
        if (is_monasca && value.empty()) value = "?";
        labels.push_back({name, value});
    }
    return {};
}

}  // namespace belfry::ingest::statsd
