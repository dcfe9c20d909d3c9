#include "ingest/graphite/decode.h"

#include "base/number.h"

namespace belfry::ingest::graphite {
namespace {

constexpr std::string_view BLANKS = " \t";
constexpr double SECONDS_MAX = 1e12;  // as milliseconds they still are exact

std::string_view take_word(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(BLANKS), rest.size()));
    const std::string_view word = rest.substr(0, rest.find_first_of(BLANKS));
    rest.remove_prefix(word.size());
    return word;
}

std::string shown(std::string_view text) {
    constexpr size_t SHOWN_BYTES = 40;
    return std::string(text.substr(0, SHOWN_BYTES));
}

std::optional<int64_t> decode_time_word(std::string_view word, int64_t now_ms) {
    if (word.empty() || word == "N" || word == "-1") return now_ms;
    if (const std::optional<int64_t> whole = parse_int(word))
        return *whole >= 0 && *whole < static_cast<int64_t>(SECONDS_MAX) ? std::optional(*whole * 1'000) : std::nullopt;
    const std::optional<double> seconds = decode_value(word);
    return seconds ? decode_time(*seconds, now_ms) : std::nullopt;
}

}  // namespace

std::optional<double> decode_value(std::string_view text) {
    if (text.find_first_of("xX") != std::string_view::npos) return std::nullopt;  // the format has no hexadecimal
    const std::optional<double> value = parse_double(text);
    return value && !std::isnan(*value) ? value : std::nullopt;
}

std::optional<int64_t> decode_time(double seconds, int64_t now_ms) {
    if (seconds == -1) return now_ms;
    if (!(seconds >= 0 && seconds < SECONDS_MAX)) return std::nullopt;
    return std::llround(seconds * 1'000);
}

Result<Point> decode_line(std::string_view line, int64_t now_ms) {
    std::string_view rest = line;
    Point point;
    point.series = take_word(rest);
    const std::string_view value = take_word(rest);
    const std::string_view time = take_word(rest);
    if (value.empty()) return make_error(Code::invalid, "a line is `path value timestamp`; the value is missing");
    if (const std::string_view more = take_word(rest); !more.empty())
        return make_error(Code::invalid, "{:?} behind the timestamp; a path has no blanks", shown(more));
    const std::optional<double> number = decode_value(value);
    if (!number) return make_error(Code::invalid, "value {:?} is not a number", shown(value));
    const std::optional<int64_t> time_ms = decode_time_word(time, now_ms);
    if (!time_ms) return make_error(Code::invalid, "timestamp {:?} is not a number of seconds", shown(time));
    point.value = *number;
    point.time_ms = *time_ms;
    return point;
}

Status GraphiteLabels::decode(std::string_view wire,
                              std::vector<model::Label>& labels,
                              std::vector<std::string>& arena) const {
    (void)arena;  // every name and value stands in the wire bytes as it is
    size_t end = std::min(wire.find(';'), wire.size());
    if (end == 0) return make_error(Code::invalid, "the path is empty");
    labels.push_back({model::METRIC_NAME, wire.substr(0, end)});
    while (end < wire.size()) {
        wire.remove_prefix(end + 1);
        end = std::min(wire.find(';'), wire.size());
        const std::string_view tag = wire.substr(0, end);
        const size_t equals = tag.find('=');
        if (equals == std::string_view::npos || equals == 0 || equals + 1 == tag.size())
            return make_error(Code::invalid, "tag {:?} is not name=value", shown(tag));
        const std::string_view name = tag.substr(0, equals);
        if (name == model::METRIC_NAME) return make_error(Code::invalid, "{:?} is not a name for a tag", name);
        labels.push_back({name, tag.substr(equals + 1)});
    }
    return {};
}

const GraphiteLabels& graphite_labels() {
    static const GraphiteLabels decoder;
    return decoder;
}

}  // namespace belfry::ingest::graphite
