#include "ingest/csv/decode.h"

#include "base/number.h"
#include "base/rfc3339.h"
#include "model/labels.h"

namespace belfry::ingest::csv {
namespace {

struct TimeName {
    std::string_view name;
    TimeFormat format;
};
constexpr TimeName TIMES[] = {{"unix_s", TimeFormat::seconds},
                              {"unix_ms", TimeFormat::milliseconds},
                              {"unix_us", TimeFormat::microseconds},
                              {"unix_ns", TimeFormat::nanoseconds},
                              {"rfc3339", TimeFormat::rfc3339}};

std::string_view take_part(std::string_view& rest, char separator) {
    const std::string_view part = rest.substr(0, rest.find(separator));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    return part;
}

Status read_column(std::string_view text, Format& format) {
    std::string_view rest = text;
    const std::optional<uint64_t> number = parse_uint(take_part(rest, ':'));
    const std::string_view kind = take_part(rest, ':');
    if (!number || *number == 0 || *number > Format::COLUMNS_MAX || rest.empty())
        return make_error(Code::invalid, "format: {:?} is not COLUMN:KIND:NAME with a column from 1 to {}",
                          text.substr(0, 80), Format::COLUMNS_MAX);
    const size_t index = static_cast<size_t>(*number) - 1;
    format.fields = std::max(format.fields, index + 1);
    if (kind == "metric") {
        format.metrics.push_back({index, std::string(rest)});
        return {};
    }
    if (kind == "label") {
        if (rest == model::METRIC_NAME)
            return make_error(Code::invalid, "format: {:?} is not a name for a label", rest);
        format.labels.push_back({index, std::string(rest)});
        return {};
    }
    if (kind != "time") return make_error(Code::invalid, "format: {:?}; there are metric, label and time", text);
    if (format.time_index) return make_error(Code::invalid, "format: a second column for the time");
    const auto* known =
        std::find_if(std::begin(TIMES), std::end(TIMES), [&](const TimeName& t) { return t.name == rest; });
    if (known == std::end(TIMES))
        return make_error(Code::invalid,
                          "format: time {:?} is not known; there are unix_s, unix_ms, unix_us, unix_ns and rfc3339",
                          rest.substr(0, 80));
    format.time_index = index;
    format.time = known->format;
    return {};
}

// What one unit of the format is in milliseconds.
double milliseconds_of(TimeFormat format) {
    switch (format) {
        case TimeFormat::seconds: return 1e3;
        case TimeFormat::milliseconds: return 1;
        case TimeFormat::microseconds: return 1e-3;
        default: return 1e-6;
    }
}

}  // namespace

Result<Format> parse_format(std::string_view text) {
    Format format;
    while (!text.empty())
        TRY(read_column(take_part(text, ','), format));
    if (format.metrics.empty()) return make_error(Code::invalid, "format: no column is a metric (N:metric:NAME)");
    if (format.metrics.size() + format.labels.size() > Format::COLUMNS_MAX)
        return make_error(Code::invalid, "format: more than {} columns", Format::COLUMNS_MAX);
    return format;
}

std::optional<int64_t> decode_time(std::string_view field, TimeFormat format) {
    if (format == TimeFormat::rfc3339) return parse_rfc3339_ms(field);
    if (const std::optional<int64_t> whole = parse_int(field)) {  // 64 bits of nanoseconds do not fit a double
        int64_t ms = 0;
        switch (format) {
            case TimeFormat::seconds:
                return __builtin_mul_overflow(*whole, 1'000, &ms) ? std::nullopt : std::optional(ms);
            case TimeFormat::milliseconds: return *whole;
            case TimeFormat::microseconds: return *whole / 1'000;
            default: return *whole / 1'000'000;
        }
    }
    const std::optional<double> number = parse_double(field);
    if (!number) return std::nullopt;
    const double ms = *number * milliseconds_of(format);
    return std::abs(ms) < 9e15 ? std::optional(static_cast<int64_t>(std::llround(ms))) : std::nullopt;
}

Result<bool> RowReader::next(std::vector<std::string_view>& fields) {
    unquoted_.clear();
    fields.clear();
    while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r'))
        next_number_ += text_[at_++] == '\n' ? 1 : 0;
    if (at_ == text_.size()) return false;
    const size_t begin = at_;
    const size_t line_end = std::min(text_.find('\n', begin), text_.size());
    line_number_ = next_number_;
    line_ = text_.substr(begin, line_end - begin);
    const auto refuse = [&](Error error) -> Result<bool> {
        at_ = std::min(line_end + 1, text_.size());
        next_number_ = line_number_ + 1;
        return std::move(error).context("line {}", line_number_);
    };
    while (true) {
        if (at_ < text_.size() && text_[at_] == '"') {
            const Result<std::string_view> field = quoted();
            if (!field.ok()) return refuse(field.error());
            fields.push_back(*field);
        } else {
            const size_t end = std::min(text_.find_first_of(",\n", at_), text_.size());
            std::string_view field = text_.substr(at_, end - at_);
            at_ = end;
            if (field.ends_with('\r') && (end == text_.size() || text_[end] == '\n')) field.remove_suffix(1);
            fields.push_back(field);
        }
        if (at_ - begin > ROW_BYTES_MAX || fields.size() > Format::COLUMNS_MAX)
            return refuse(make_error(Code::invalid, "a row of more than {} bytes or {} fields", ROW_BYTES_MAX,
                                     Format::COLUMNS_MAX));
        if (at_ + 1 < text_.size() && text_[at_] == '\r' && text_[at_ + 1] == '\n') at_++;
        if (at_ == text_.size() || text_[at_] == '\n') break;
        if (text_[at_] != ',') return refuse(make_error(Code::invalid, "a comma is missing behind a quote"));
        at_++;
    }
    next_number_ += static_cast<uint64_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(begin),
                                                     text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n'));
    return true;
}

// From the opening quote to behind the closing one.
Result<std::string_view> RowReader::quoted() {
    const size_t begin = ++at_;
    bool doubled = false;
    for (size_t quote = text_.find('"', at_);; quote = text_.find('"', at_)) {
        if (quote == std::string_view::npos || quote - begin > ROW_BYTES_MAX)
            return make_error(Code::invalid, "a quote is not closed");
        at_ = quote + 1;
        if (at_ == text_.size() || text_[at_] != '"') break;
        at_++;
        doubled = true;
    }
    const std::string_view field = text_.substr(begin, at_ - 1 - begin);
    if (!doubled) return field;
    std::string& out = unquoted_.emplace_back();
    for (size_t i = 0; i < field.size(); i++) {
        out += field[i];
        if (field[i] == '"') i++;
    }
    return std::string_view(out);
}

}  // namespace belfry::ingest::csv
