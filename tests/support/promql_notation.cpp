#include "support/promql_notation.h"

#include "base/number.h"
#include "model/sample.h"

#include <map>
#include <stdexcept>

namespace belfry::test {
namespace {

[[noreturn]] void bad(std::string_view what, std::string_view text) {
    throw std::runtime_error(fmt::format("{}: {}", what, text.substr(0, 80)));
}

void skip_blanks(std::string_view& text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

bool is_name_byte(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' || c == '.';
}

std::string take_name(std::string_view& text) {
    size_t n = 0;
    while (n < text.size() && is_name_byte(text[n])) n++;
    std::string out(text.substr(0, n));
    text.remove_prefix(n);
    return out;
}

std::string take_string(std::string_view& text) {
    auto [value, size] = parse_noted_string(text);
    text.remove_prefix(size);
    return value;
}

bool at_quote(std::string_view text) { return !text.empty() && (text[0] == '"' || text[0] == '\'' || text[0] == '`'); }

model::Labels take_labels(std::string_view& text) {
    model::LabelsBuilder builder;
    if (!text.empty() && is_name_byte(text[0])) builder.set(model::METRIC_NAME, take_name(text));
    skip_blanks(text);
    if (text.empty() || text[0] != '{' || text.starts_with("{{")) return builder.build();
    text.remove_prefix(1);
    for (;;) {
        skip_blanks(text);
        if (text.empty()) bad("labels without end", text);
        if (text[0] == '}') break;
        const std::string name = at_quote(text) ? take_string(text) : take_name(text);
        skip_blanks(text);
        if (!text.empty() && text[0] == '=') {
            text.remove_prefix(1);
            skip_blanks(text);
            builder.set(name, take_string(text));
        } else {
            builder.set(model::METRIC_NAME, name);
        }
        skip_blanks(text);
        if (!text.empty() && text[0] == ',') text.remove_prefix(1);
        else if (text.empty() || text[0] != '}') bad("bad labels", text);
    }
    text.remove_prefix(1);
    return builder.build();
}

// A number at the start of `text`, as far as it goes. Outside histograms `0x3` is a zero, three times more.
std::optional<double> take_number(std::string_view& text, bool hexadecimal) {
    size_t n = 0;
    double factor = 1;
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
        if (text[0] == '-') factor = -1;
        n = 1;
    }
    const std::string_view rest = text.substr(n);
    const auto word = [&](std::string_view w) {
        if (rest.size() < w.size()) return false;
        for (size_t i = 0; i < w.size(); i++)
            if (std::tolower(static_cast<unsigned char>(rest[i])) != w[i]) return false;
        return true;
    };
    if (word("inf")) {
        text.remove_prefix(n + 3);
        return factor * std::numeric_limits<double>::infinity();
    }
    if (word("nan")) {
        text.remove_prefix(n + 3);
        return std::numeric_limits<double>::quiet_NaN();
    }
    if (rest.empty() || !(std::isdigit(static_cast<unsigned char>(rest[0])) || rest[0] == '.')) return std::nullopt;
    double value = 0;
    if (hexadecimal && (rest.starts_with("0x") || rest.starts_with("0X"))) {
        const auto end = std::from_chars(rest.data() + 2, rest.data() + rest.size(), value, std::chars_format::hex);
        text.remove_prefix(static_cast<size_t>(end.ptr - text.data()));
        return factor * value;
    }
    const auto end = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (end.ec == std::errc::result_out_of_range) value = std::strtod(std::string(rest.data(), end.ptr).c_str(), nullptr);
    text.remove_prefix(static_cast<size_t>(end.ptr - text.data()));
    return factor * value;
}

// `x12`
size_t take_times(std::string_view& text, size_t otherwise) {
    if (text.empty() || text[0] != 'x') return otherwise;
    text.remove_prefix(1);
    size_t count = 0;
    while (!text.empty() && std::isdigit(static_cast<unsigned char>(text[0]))) {
        count = count * 10 + static_cast<size_t>(text[0] - '0');
        text.remove_prefix(1);
    }
    return count;
}

// A histogram by bucket index, easy to write down and to add.
struct Dense {
    model::Histogram head;  // everything but the buckets
    std::map<int, double> positive;
    std::map<int, double> negative;
};

void pack(const std::map<int, double>& dense, std::vector<model::Histogram::Span>& spans, std::vector<double>& buckets) {
    int next = 0;
    for (const auto& [index, count] : dense) {
        if (spans.empty() || index != next) spans.push_back({index - next, 0});
        spans.back().length++;
        buckets.push_back(count);
        next = index + 1;
    }
}

std::map<int, double> unpack(const std::vector<model::Histogram::Span>& spans, const std::vector<double>& buckets) {
    std::map<int, double> out;
    int index = 0;
    size_t b = 0;
    for (const auto& span : spans) {
        index += span.offset;
        for (uint32_t k = 0; k < span.length; k++) out[index++] = buckets[b++];
    }
    return out;
}

std::shared_ptr<const model::Histogram> packed(const Dense& dense) {
    auto out = std::make_shared<model::Histogram>(dense.head);
    pack(dense.positive, out->positive_spans, out->positive_buckets);
    pack(dense.negative, out->negative_spans, out->negative_buckets);
    return out;
}

Dense parse_dense(std::string_view text) {
    Dense out;
    int offset = 0;
    int negative_offset = 0;
    std::vector<double> positive;
    std::vector<double> negative;
    for (;;) {
        skip_blanks(text);
        if (text.empty()) break;
        const size_t colon = text.find(':');
        if (colon == std::string_view::npos) bad("bad histogram", text);
        const std::string_view key = text.substr(0, colon);
        text.remove_prefix(colon + 1);
        std::vector<double> list;
        double number = 0;
        std::string word;
        if (!text.empty() && text[0] == '[') {
            text.remove_prefix(1);
            for (skip_blanks(text); !text.empty() && text[0] != ']'; skip_blanks(text)) {
                const auto value = take_number(text, true);
                if (!value) bad("bad number in histogram", text);
                list.push_back(*value);
            }
            text.remove_prefix(1);
        } else if (const auto value = take_number(text, true)) {
            number = *value;
        } else {
            word = take_name(text);
        }
        if (key == "schema") out.head.schema = static_cast<int8_t>(number);
        else if (key == "count") out.head.count = number;
        else if (key == "sum") out.head.sum = number;
        else if (key == "z_bucket") out.head.zero_count = number;
        else if (key == "z_bucket_w") out.head.zero_threshold = number;
        else if (key == "custom_values") out.head.custom_bounds = list;
        else if (key == "buckets") positive = list;
        else if (key == "n_buckets") negative = list;
        else if (key == "offset") offset = static_cast<int>(number);
        else if (key == "n_offset") negative_offset = static_cast<int>(number);
        else if (key == "counter_reset_hint") {
            using enum model::Histogram::ResetHint;
            out.head.reset_hint = word == "gauge" ? gauge : word == "reset" ? reset : word == "not_reset" ? not_reset : unknown;
        } else {
            bad("unknown key in histogram", key);
        }
    }
    for (const double count : positive) out.positive[offset++] = count;
    for (const double count : negative) out.negative[negative_offset++] = count;
    return out;
}

void add_side(std::map<int, double>& into, const std::map<int, double>& from, int shift, double sign) {
    for (const auto& [index, count] : from) into[shift == 0 ? index : ((index - 1) >> shift) + 1] += sign * count;
}

void add_dense(Dense& into, const Dense& other, double sign) {
    into.head.count += sign * other.head.count;
    into.head.sum += sign * other.head.sum;
    into.head.zero_count += sign * other.head.zero_count;
    add_side(into.positive, other.positive, other.head.schema - into.head.schema, sign);
    add_side(into.negative, other.negative, other.head.schema - into.head.schema, sign);
}

std::string_view take_histogram_text(std::string_view& text) {
    const size_t end = text.find("}}");
    if (!text.starts_with("{{") || end == std::string_view::npos) bad("bad histogram", text);
    const std::string_view inside = text.substr(2, end - 2);
    text.remove_prefix(end + 2);
    return inside;
}

void take_histograms(std::string_view& text, std::vector<NotedPoint>& out) {
    Dense value = parse_dense(take_histogram_text(text));
    std::optional<Dense> step;
    double sign = 1;
    std::string_view ahead = text;
    skip_blanks(ahead);
    if (!ahead.empty() && (ahead[0] == '+' || ahead[0] == '-')) {
        sign = ahead[0] == '-' ? -1 : 1;
        ahead.remove_prefix(1);
        skip_blanks(ahead);
        if (ahead.starts_with("{{")) {
            step = parse_dense(take_histogram_text(ahead));
            text = ahead;
        }
    }
    const size_t times = take_times(text, 0);
    for (size_t k = 0; k <= times; k++) {
        out.push_back({NotedPoint::Kind::histogram, 0, packed(value)});
        if (step) add_dense(value, *step, sign);
    }
}

}  // namespace

bool NotedSeries::has_histograms() const {
    return std::any_of(points.begin(), points.end(), [](const NotedPoint& p) { return p.kind == NotedPoint::Kind::histogram; });
}

std::pair<std::string, size_t> parse_noted_string(std::string_view text) {
    if (!at_quote(text)) bad("a string is expected", text);
    const char quote = text[0];
    std::string out;
    for (size_t i = 1; i < text.size(); i++) {
        if (text[i] == quote) return {out, i + 1};
        if (text[i] != '\\' || quote == '`') {
            out += text[i];
            continue;
        }
        const char c = text[++i];
        static constexpr std::string_view NAMES = "ntrabfv";
        static constexpr char VALUES[] = {10, 9, 13, 7, 8, 12, 11};
        if (const size_t at = NAMES.find(c); at != std::string_view::npos) {
            out += VALUES[at];
        } else if (c == 'x') {
            out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
            i += 2;
        } else {
            out += c;
        }
    }
    bad("a string without end", text);
}

int64_t parse_noted_duration(std::string_view text) {
    int64_t sign = 1;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        if (text[0] == '-') sign = -1;
        text.remove_prefix(1);
    }
    const auto ms = parse_duration_ms(text);
    if (!ms) bad("bad duration", text);
    return sign * *ms;
}

std::vector<std::optional<int64_t>> parse_noted_starts(std::string_view text) {
    std::vector<std::optional<int64_t>> out;
    for (skip_blanks(text); !text.empty(); skip_blanks(text)) {
        if (text[0] == '_') {
            text.remove_prefix(1);
            out.insert(out.end(), take_times(text, 1), std::nullopt);
            continue;
        }
        const auto take_offset = [&] {
            const size_t end = std::min(text.find_first_of(" x+-", 1), text.size());
            const int64_t offset = parse_noted_duration(text.substr(0, end));
            text.remove_prefix(end);
            return offset;
        };
        int64_t offset = take_offset();
        const int64_t step = !text.empty() && (text[0] == '+' || text[0] == '-') ? take_offset() : 0;
        for (size_t more = take_times(text, 0) + 1; more > 0; more--, offset += step) out.emplace_back(offset);
    }
    return out;
}

NotedSeries parse_noted_series(std::string_view line) {
    NotedSeries out;
    std::string_view text = line;
    out.labels = take_labels(text);
    for (skip_blanks(text); !text.empty(); skip_blanks(text)) {
        if (text.starts_with("{{")) {
            take_histograms(text, out.points);
        } else if (text[0] == '_') {
            text.remove_prefix(1);
            out.points.insert(out.points.end(), take_times(text, 1), NotedPoint{});
        } else if (text.starts_with("stale")) {
            text.remove_prefix(5);
            out.points.insert(out.points.end(), take_times(text, 0) + 1, NotedPoint{NotedPoint::Kind::value, model::stale_nan(), nullptr});
        } else {
            const auto first = take_number(text, false);
            if (!first) bad("bad value", text);
            double value = *first;
            double step = 0;
            if (!text.empty() && (text[0] == '+' || text[0] == '-')) step = take_number(text, false).value();
            const size_t times = take_times(text, 0);
            for (size_t k = 0; k <= times; k++, value += step) out.points.push_back({NotedPoint::Kind::value, value, nullptr});
        }
    }
    return out;
}

std::vector<NotedSeries> custom_bucket_series(const std::vector<NotedSeries>& loaded) {
    struct Slot {
        std::map<double, double> buckets;
        std::optional<double> count;
        double sum = 0;
    };
    std::map<std::string, std::map<size_t, Slot>> all;
    for (const NotedSeries& series : loaded) {
        const std::string name(series.labels.get(model::METRIC_NAME));
        const size_t cut = name.rfind('_');
        if (cut == std::string::npos) continue;
        const std::string suffix = name.substr(cut + 1);
        const auto bound = parse_double(series.labels.get("le"));
        if ((suffix != "bucket" && suffix != "count" && suffix != "sum") || (suffix == "bucket" && !bound)) continue;
        model::LabelsBuilder builder(series.labels);
        if (suffix == "bucket") builder.erase("le");
        auto& slots = all[builder.set(model::METRIC_NAME, name.substr(0, cut)).build().bytes()];
        for (size_t i = 0; i < series.points.size(); i++) {
            const NotedPoint& point = series.points[i];
            if (point.kind != NotedPoint::Kind::value || std::isnan(point.value)) continue;
            if (suffix == "bucket") slots[i].buckets[*bound] = point.value;
            else if (suffix == "count") slots[i].count = point.value;
            else slots[i].sum = point.value;
        }
    }
    std::vector<NotedSeries> out;
    for (auto& [labels, slots] : all) {
        NotedSeries series{model::Labels(model::LabelsView(labels)), {}};
        for (auto& [i, slot] : slots) {
            constexpr double INFINITE = std::numeric_limits<double>::infinity();
            if (slot.buckets.empty() || slot.buckets.rbegin()->first != INFINITE)
                slot.buckets[INFINITE] = slot.count.value_or(slot.buckets.empty() ? 0 : slot.buckets.rbegin()->second);
            Dense dense;
            dense.head.schema = model::Histogram::CUSTOM_BOUNDS;
            double before = 0;
            int index = 0;
            bool falling = false;
            for (const auto& [bound, count] : slot.buckets) {
                if (bound != INFINITE) dense.head.custom_bounds.push_back(bound);
                if (count != before) dense.positive[index] = count - before;
                falling = falling || count < before;
                before = count;
                index++;
            }
            if (falling) continue;
            dense.head.count = slot.count.value_or(before);
            dense.head.sum = slot.sum;
            series.points.resize(i + 1);
            series.points[i] = {NotedPoint::Kind::histogram, 0, packed(dense)};
        }
        out.push_back(std::move(series));
    }
    return out;
}

bool nearly_equal(double a, double b) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
    if (a == b) return true;
    constexpr double TINY = std::numeric_limits<double>::min();
    const double size = std::fabs(a) + std::fabs(b);
    const double difference = std::fabs(a - b);
    if (a == 0 || b == 0 || size < TINY) return difference < 1e-6 * TINY;
    return difference / std::min(size, std::numeric_limits<double>::max()) < 1e-6;
}

std::string histogram_difference(const model::Histogram& want, const model::Histogram& got, bool check_hint) {
    if (want.schema != got.schema) return fmt::format("schema: want {}, got {}", want.schema, got.schema);
    if (!nearly_equal(want.count, got.count)) return fmt::format("count: want {}, got {}", want.count, got.count);
    if (!nearly_equal(want.sum, got.sum)) return fmt::format("sum: want {}, got {}", want.sum, got.sum);
    if (!nearly_equal(want.zero_count, got.zero_count)) return fmt::format("zero count: want {}, got {}", want.zero_count, got.zero_count);
    if (want.zero_count != 0 && want.zero_threshold != got.zero_threshold)
        return fmt::format("zero threshold: want {}, got {}", want.zero_threshold, got.zero_threshold);
    if (want.custom_bounds != got.custom_bounds) return "custom bounds";
    if (check_hint && want.reset_hint != got.reset_hint)
        return fmt::format("reset hint: want {}, got {}", static_cast<int>(want.reset_hint), static_cast<int>(got.reset_hint));
    const auto side = [](const auto& spans_a, const auto& buckets_a, const auto& spans_b, const auto& buckets_b) -> std::string {
        std::map<int, double> a = unpack(spans_a, buckets_a);
        std::map<int, double> b = unpack(spans_b, buckets_b);
        std::erase_if(a, [](const auto& p) { return p.second == 0; });
        std::erase_if(b, [](const auto& p) { return p.second == 0; });
        for (const auto& [index, count] : a)
            if (!b.contains(index) || !nearly_equal(count, b[index]))
                return fmt::format("bucket {}: want {}, got {}", index, count, b.contains(index) ? b[index] : 0.0);
        for (const auto& [index, count] : b)
            if (!a.contains(index)) return fmt::format("bucket {}: want none, got {}", index, count);
        return {};
    };
    if (auto d = side(want.positive_spans, want.positive_buckets, got.positive_spans, got.positive_buckets); !d.empty()) return "positive " + d;
    if (auto d = side(want.negative_spans, want.negative_buckets, got.negative_spans, got.negative_buckets); !d.empty()) return "negative " + d;
    return {};
}

}  // namespace belfry::test
