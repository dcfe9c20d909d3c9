#include "codec/exposition.h"

#include "base/number.h"

namespace belfry::codec {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}
bool is_name_char(char c) {
    return is_name_start(c) || (c >= '0' && c <= '9');
}

void skip_blanks(std::string_view& s) {
    while (!s.empty() && is_blank(s.front()))
        s.remove_prefix(1);
}

std::string_view take_token(std::string_view& s) {
    size_t n = 0;
    while (n < s.size() && !is_blank(s[n]))
        n++;
    const std::string_view token = s.substr(0, n);
    s.remove_prefix(n);
    return token;
}

// A quoted string with its quotes; "" when it is not closed.
std::string_view take_quoted(std::string_view& s) {
    for (size_t i = 1; i < s.size(); i++) {
        if (s[i] == '\\') {
            i++;
        } else if (s[i] == '"') {
            const std::string_view quoted = s.substr(0, i + 1);
            s.remove_prefix(i + 1);
            return quoted;
        }
    }
    return {};
}

// Undoes \\ \n \" ; an unknown escape stays as it is, as Prometheus' own parser leaves it.
void unescape(std::string_view text, std::string& out) {
    out.clear();
    for (size_t i = 0; i < text.size(); i++) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        const char c = text[++i];
        if (c == 'n')
            out += '\n';
        else if (c == '\\' || c == '"')
            out += c;
        else
            (out += '\\') += c;
    }
}

// The content of a quoted string; in `arena` when it has escapes.
std::string_view quoted_content(std::string_view quoted, std::vector<std::string>* arena) {
    const std::string_view inner = quoted.substr(1, quoted.size() - 2);
    if (arena == nullptr || inner.find('\\') == std::string_view::npos) return inner;
    std::string plain;
    unescape(inner, plain);
    return arena->emplace_back(std::move(plain));
}

enum class Name { required, forbidden };

// Name and labels at the front of `s`, which is moved behind them. With `labels` they are collected, without only
// checked.
Status take_series(std::string_view& s,
                   std::vector<model::Label>* labels,
                   std::vector<std::string>* arena,
                   Name name_rule = Name::required) {
    bool named = name_rule == Name::forbidden;  // then a name is one too many
    const auto add = [&](std::string_view name, std::string_view value) {
        if (labels != nullptr) labels->push_back({name, value});
    };
    if (!named && !s.empty() && is_name_start(s.front())) {
        size_t n = 1;
        while (n < s.size() && is_name_char(s[n]))
            n++;
        add(model::METRIC_NAME, s.substr(0, n));
        s.remove_prefix(n);
        named = true;
    }
    std::string_view behind_blanks = s;
    skip_blanks(behind_blanks);
    if (behind_blanks.empty() || behind_blanks.front() != '{')
        return named && name_rule == Name::required
                   ? Status()
                   : make_error(Code::invalid, "a metric name or {{ was expected at {:?}",
                                std::string(s.substr(0, 20)));
    s = behind_blanks.substr(1);
    skip_blanks(s);
    bool first = true;
    while (true) {
        if (s.empty()) return make_error(Code::invalid, "labels are not closed by }}");
        if (s.front() == '}') break;
        if (!first) {
            if (s.front() != ',')
                return make_error(Code::invalid, "a comma or }} was expected at {:?}", std::string(s.substr(0, 20)));
            s.remove_prefix(1);
            skip_blanks(s);
            if (!s.empty() && s.front() == '}') break;  // a trailing comma is allowed
        }
        first = false;
        std::string_view name;
        if (!s.empty() && s.front() == '"') {
            const std::string_view quoted = take_quoted(s);
            if (quoted.empty()) return make_error(Code::invalid, "a quoted name is not closed");
            name = quoted_content(quoted, arena);
            skip_blanks(s);
            if (s.empty() || s.front() != '=') {
                // Alone it is the metric's name.
                if (named) return make_error(Code::invalid, "a second metric name, {}", quoted);
                if (name.empty()) return make_error(Code::invalid, "an empty metric name");
                add(model::METRIC_NAME, name);
                named = true;
                continue;
            }
        } else {
            size_t n = 0;
            while (n < s.size() && is_name_char(s[n]))
                n++;
            if (n == 0 || !is_name_start(s.front()))
                return make_error(Code::invalid, "a label name was expected at {:?}", std::string(s.substr(0, 20)));
            name = s.substr(0, n);
            s.remove_prefix(n);
            skip_blanks(s);
        }
        if (s.empty() || s.front() != '=') return make_error(Code::invalid, "= was expected after label name {}", name);
        if (name.empty()) return make_error(Code::invalid, "an empty label name");
        s.remove_prefix(1);
        skip_blanks(s);
        if (s.empty() || s.front() != '"')
            return make_error(Code::invalid, "a quoted value was expected after {}=", name);
        const std::string_view quoted = take_quoted(s);
        if (quoted.empty()) return make_error(Code::invalid, "the value of label {} is not closed by a quote", name);
        add(name, quoted_content(quoted, arena));
        skip_blanks(s);
    }
    s.remove_prefix(1);
    return named ? Status() : make_error(Code::invalid, "a series without a metric name");
}

std::optional<int64_t> parse_time_ms(std::string_view token, ExpositionFormat format) {
    if (format == ExpositionFormat::text) return parse_int(token);
    const std::optional<double> seconds = parse_double(token);
    if (!seconds || !(std::fabs(*seconds) < 9.2e15)) return std::nullopt;
    return std::llround(*seconds * 1000);
}

// `{labels} value [timestamp]`, to the end of the line.
Status take_exemplar(std::string_view text, ExpositionFormat format, ExpositionLine& out) {
    std::string_view rest = text;
    if (Status status = take_series(rest, nullptr, nullptr, Name::forbidden); !status) return status;
    out.exemplar_labels = text.substr(0, text.size() - rest.size());
    skip_blanks(rest);
    const std::string_view value = take_token(rest);
    const std::optional<double> number = parse_double(value);
    if (!number) return make_error(Code::invalid, "{:?} is not a number", std::string(value.substr(0, 40)));
    out.exemplar_value = *number;
    skip_blanks(rest);
    if (!rest.empty()) {
        const std::string_view time = take_token(rest);
        out.exemplar_time_ms = parse_time_ms(time, format);
        skip_blanks(rest);
        if (!out.exemplar_time_ms || !rest.empty())
            return make_error(Code::invalid, "{:?} is not a timestamp", std::string(time.substr(0, 40)));
    }
    out.has_exemplar = true;
    return {};
}

struct TypeName {
    std::string_view name;
    model::MetricType type;
};
constexpr TypeName TYPE_NAMES[] = {
    {"counter", model::MetricType::counter},     {"gauge", model::MetricType::gauge},
    {"histogram", model::MetricType::histogram}, {"gaugehistogram", model::MetricType::gauge_histogram},
    {"summary", model::MetricType::summary},     {"info", model::MetricType::info},
    {"stateset", model::MetricType::stateset},   {"unknown", model::MetricType::unknown},
    {"untyped", model::MetricType::unknown}};

}  // namespace

ExpositionFormat exposition_format(std::string_view content_type, std::string_view text) {
    if (content_type.find("openmetrics-text") != std::string_view::npos) return ExpositionFormat::open_metrics;
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.remove_suffix(1);
    constexpr std::string_view END = "# EOF";
    const bool ends = text.ends_with(END) && (text.size() == END.size() || text[text.size() - END.size() - 1] == '\n');
    return ends ? ExpositionFormat::open_metrics : ExpositionFormat::text;
}

Result<std::optional<ExpositionLine>> ExpositionParser::next() {
    while (!rest_.empty()) {
        const size_t end = std::min(rest_.find('\n'), rest_.size());
        line_ = rest_.substr(0, end);
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        line_number_++;
        if (!line_.empty() && line_.back() == '\r') line_.remove_suffix(1);
        std::string_view line = line_;
        skip_blanks(line);
        if (line.empty()) continue;
        Result<std::optional<ExpositionLine>> read = line.front() == '#' ? read_comment(line) : read_line(line);
        if (!read.ok()) return std::move(read).error().context("line {}", line_number_);
        if (read->has_value()) return read;
    }
    return std::optional<ExpositionLine>();
}

bool ExpositionParser::is_expected(std::string_view line) const {
    if (expected_.empty() || !line.starts_with(expected_)) return false;
    std::string_view behind = line.substr(expected_.size());
    if (behind.empty() || !is_blank(behind.front())) return false;
    skip_blanks(behind);
    return behind.empty() || behind.front() != '{';  // labels may stand apart from their name
}

Result<std::optional<ExpositionLine>> ExpositionParser::read_line(std::string_view line) {
    ExpositionLine out;
    std::string_view rest = line;
    if (is_expected(line))
        rest.remove_prefix(expected_.size());
    else if (Status status = take_series(rest, nullptr, nullptr); !status)
        return std::move(status).error();
    out.series = line.substr(0, line.size() - rest.size());
    skip_blanks(rest);
    const std::string_view value = take_token(rest);
    if (value.empty()) return make_error(Code::invalid, "a value is missing after {}", out.series);
    const std::optional<double> number = parse_double(value);
    if (!number) return make_error(Code::invalid, "{:?} is not a number", std::string(value.substr(0, 40)));
    out.value = *number;
    skip_blanks(rest);
    if (!rest.empty() && rest.front() != '#') {
        const std::string_view time = take_token(rest);
        out.time_ms = parse_time_ms(time, format_);
        if (!out.time_ms)
            return make_error(Code::invalid, "{:?} is not a timestamp in {}", std::string(time.substr(0, 40)),
                              format_ == ExpositionFormat::text ? "ms" : "s");
        skip_blanks(rest);
    }
    if (!rest.empty()) {
        if (!rest.starts_with("# {"))
            return make_error(Code::invalid, "something follows the sample: {:?}", std::string(rest.substr(0, 40)));
        if (Status status = take_exemplar(rest.substr(2), format_, out); !status)
            return std::move(status).error().context("exemplar");
    }
    return std::optional(out);
}

Result<std::optional<ExpositionLine>> ExpositionParser::read_comment(std::string_view line) {
    line.remove_prefix(1);
    if (line == " EOF" && format_ == ExpositionFormat::open_metrics) {
        rest_ = {};  // nothing may follow
        return std::optional(ExpositionLine{.kind = ExpositionLine::Kind::eof});
    }
    skip_blanks(line);
    const std::string_view word = take_token(line);
    ExpositionLine out;
    if (word == "HELP")
        out.kind = ExpositionLine::Kind::help;
    else if (word == "TYPE")
        out.kind = ExpositionLine::Kind::type;
    else if (word == "UNIT")
        out.kind = ExpositionLine::Kind::unit;
    else
        return std::optional<ExpositionLine>();  // a comment
    skip_blanks(line);
    if (!line.empty() && line.front() == '"') {
        const std::string_view quoted = take_quoted(line);
        if (quoted.empty()) return make_error(Code::invalid, "the name after {} is not closed by a quote", word);
        out.name = quoted.substr(1, quoted.size() - 2);
        if (out.name.find('\\') != std::string_view::npos) {
            unescape(out.name, unescaped_name_);
            out.name = unescaped_name_;
        }
    } else {
        out.name = take_token(line);
    }
    if (out.name.empty()) return make_error(Code::invalid, "a metric name is missing after {}", word);
    skip_blanks(line);
    if (out.kind == ExpositionLine::Kind::type) {
        const std::string_view type = take_token(line);
        const auto* found = std::find_if(std::begin(TYPE_NAMES), std::end(TYPE_NAMES),
                                         [&](const TypeName& t) { return t.name == type; });
        if (found == std::end(TYPE_NAMES))
            return make_error(Code::invalid, "{:?} is not a metric type", std::string(type.substr(0, 40)));
        out.type = found->type;
        return std::optional(out);
    }
    out.text = line;
    if (out.kind == ExpositionLine::Kind::help && line.find('\\') != std::string_view::npos) {
        unescape(line, unescaped_);
        out.text = unescaped_;
    }
    return std::optional(out);
}

Status decode_exposition_labels(std::string_view series,
                                std::vector<model::Label>& labels,
                                std::vector<std::string>& arena) {
    arena.reserve(arena.size() + static_cast<size_t>(std::count(series.begin(), series.end(), '"')) / 2);
    std::string_view rest = series;
    if (Status status = take_series(rest, &labels, &arena); !status) return status;
    skip_blanks(rest);
    return rest.empty()
               ? Status()
               : make_error(Code::invalid, "something follows the labels: {:?}", std::string(rest.substr(0, 20)));
}

Status decode_exemplar_labels(std::string_view text,
                              std::vector<model::Label>& labels,
                              std::vector<std::string>& arena) {
    arena.reserve(arena.size() + static_cast<size_t>(std::count(text.begin(), text.end(), '"')) / 2);
    return take_series(text, &labels, &arena, Name::forbidden);
}

}  // namespace belfry::codec
