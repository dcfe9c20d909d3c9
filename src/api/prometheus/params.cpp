#include "api/prometheus/params.h"

#include "base/number.h"
#include "base/rfc3339.h"
#include "base/utf8.h"
#include "query/promql/literal.h"
#include "query/promql/parser.h"

namespace belfry::api {
namespace {

constexpr double SECONDS_MAX = 9.2e15;  // in milliseconds it fits 64 bits
// How Go clients write the ends of time.
constexpr std::string_view BEGIN_OF_TIME = "-292273086-05-16T16:47:06Z";
constexpr std::string_view END_OF_TIME = "292277025-08-18T07:12:54.999999999Z";

}  // namespace

Result<int64_t> parse_time_ms(std::string_view text) {
    if (const auto seconds = parse_double(text); seconds && std::abs(*seconds) <= SECONDS_MAX) {
        const double whole = std::trunc(*seconds);
        return static_cast<int64_t>(whole) * 1000 + std::llround((*seconds - whole) * 1000);
    }
    if (const auto time_ms = parse_rfc3339_ms(text)) return *time_ms;
    if (text == BEGIN_OF_TIME) return TIME_MIN_MS;
    if (text == END_OF_TIME) return TIME_MAX_MS;
    return make_error(Code::invalid, "cannot parse {} to a valid timestamp", promql::quote(text));
}

Result<int64_t> parse_length_ms(std::string_view text) {
    if (const auto seconds = parse_double(text); seconds && !std::isnan(*seconds)) {
        constexpr double LIMIT_S = 9'223'372'036.0;  // 292 years
        if (std::abs(*seconds) > LIMIT_S) {
            return make_error(Code::invalid, "cannot parse {} to a valid duration. It overflows int64",
                              promql::quote(text));
        }
        return std::llround(*seconds * 1000);
    }
    if (const auto ms = promql::parse_duration(text)) return *ms;
    return make_error(Code::invalid, "cannot parse {} to a valid duration", promql::quote(text));
}

Error invalid_parameter(std::string_view name, const Error& error) {
    return make_error(Code::invalid, "invalid parameter \"{}\": {}", name, error.message);
}

Result<int64_t> required_time_param(const http::Request& request, std::string_view name) {
    auto time_ms = parse_time_ms(request.param(name).value_or(""));
    if (!time_ms) return invalid_parameter(name, time_ms.error());
    return time_ms;
}

Result<int64_t> time_param(const http::Request& request, std::string_view name, int64_t fallback_ms) {
    const std::string text = request.param(name).value_or("");
    if (text.empty()) return fallback_ms;
    auto time_ms = parse_time_ms(text);
    if (!time_ms)
        return invalid_parameter(name, std::move(time_ms).error().context("invalid time value for '{}'", name));
    return time_ms;
}

Result<std::optional<int64_t>> length_param(const http::Request& request, std::string_view name) {
    const std::string text = request.param(name).value_or("");
    if (text.empty()) return std::optional<int64_t>();
    auto ms = parse_length_ms(text);
    if (!ms) return invalid_parameter(name, ms.error());
    return std::optional<int64_t>(*ms);
}

Result<size_t> limit_param(const http::Request& request) {
    const std::string text = request.param("limit").value_or("");
    if (text.empty()) return size_t{0};
    const auto value = parse_int(text);
    if (!value)
        return make_error(Code::invalid, "invalid parameter \"limit\": {} is not a number", promql::quote(text));
    if (*value < 0) return make_error(Code::invalid, "invalid parameter \"limit\": limit must be non-negative");
    return static_cast<size_t>(*value);
}

Result<model::TimeRange> range_params(const http::Request& request) {
    const int64_t from_ms = TRY(time_param(request, "start", TIME_MIN_MS));
    const int64_t last_ms = TRY(time_param(request, "end", TIME_MAX_MS));
    if (last_ms < from_ms) {
        return make_error(Code::invalid, "invalid parameter \"end\": end timestamp must not be before start time");
    }
    return model::TimeRange{from_ms, last_ms == TIME_MAX_MS ? TIME_MAX_MS : last_ms + 1};
}

Result<std::vector<model::Matchers>> match_params(const http::Request& request) {
    constexpr size_t SELECTORS_MAX = 1'000;  // each is a query of its own
    std::vector<model::Matchers> out;
    const auto texts = request.params("match[]");
    if (texts.size() > SELECTORS_MAX)
        return make_error(Code::invalid, "more than {} match[] parameters", SELECTORS_MAX);
    for (const std::string& text : texts) {
        auto matchers = promql::parse_selector(text);
        if (!matchers) return invalid_parameter("match[]", matchers.error());
        if (promql::matches_all(*matchers)) {
            return make_error(Code::invalid,
                              "invalid parameter \"match[]\": match[] must contain at least one non-empty matcher");
        }
        out.push_back(std::move(*matchers));
    }
    return out;
}

// The escaping of the Prometheus data model's "values" scheme: "__" is an underscore, "_2e_" the code point U+002E.
std::string unescape_label_name(std::string_view text) {
    constexpr std::string_view PREFIX = "U__";
    if (!text.starts_with(PREFIX)) return std::string(text);
    std::string out;
    for (size_t i = PREFIX.size(); i < text.size(); ++i) {
        if (text[i] != '_') {
            out += text[i];
            continue;
        }
        const size_t end = text.find('_', i + 1);
        if (end == std::string_view::npos) return std::string(text);
        const std::string_view digits = text.substr(i + 1, end - i - 1);
        uint32_t code_point = '_';
        if (!digits.empty()) {
            const auto [p, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), code_point, 16);
            const bool surrogate = code_point >= 0xD800 && code_point < 0xE000;
            if (ec != std::errc() || p != digits.data() + digits.size() || code_point > 0x10FFFF || surrogate)
                return std::string(text);
        }
        append_utf8(out, code_point);
        i = end;
    }
    return out;
}

}  // namespace belfry::api
