#include "alarm/rules/alert_text.h"

#include "alarm/rules/humanize.h"
#include "alarm/rules/stats.h"
#include "base/number.h"
#include "query/promql/literal.h"
#include "templates/format.h"
#include "templates/text_functions.h"

namespace belfry::alarm {
namespace {

using templates::Function;
using templates::Functions;
using templates::List;
using templates::Map;
using templates::text_function;
using templates::text_of;
using templates::Value;
using Args = std::span<const Value>;

// What rule files may count on before their own text.
constexpr std::string_view PREFIX =
    "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}";

Result<double> number_of(const Value& value) {
    if (value.number()) return *value.number();
    if (value.integer()) return static_cast<double>(*value.integer());
    if (value.duration()) return static_cast<double>(value.duration()->ns) / 1e9;
    if (value.text()) {
        if (const auto parsed = parse_double(*value.text())) return *parsed;
        return make_error(Code::invalid, "\"{}\" is no number", *value.text());
    }
    return make_error(Code::invalid, "a {} is no number", value.type_name());
}

Function number_function(std::string (*f)(double)) {
    return {1, 1, [f](Args args) -> Result<Value> { return Value(f(TRY(number_of(args[0])))); }};
}

std::string same(std::string_view text) {
    return std::string(text);
}
std::string graph_link(std::string_view expr) {
    return "/graph?g0.expr=" + templates::escape_query(expr) + "&g0.tab=0";
}
std::string table_link(std::string_view expr) {
    return "/graph?g0.expr=" + templates::escape_query(expr) + "&g0.tab=1";
}

Value label_map(model::LabelsView labels) {
    Pairs pairs;
    for (const model::Label& label : labels)
        pairs.emplace_back(std::string(label.name), std::string(label.value));
    return templates::text_map(pairs);
}

Value sample_value(model::LabelsView labels, double value) {
    Map sample{.missing = Map::Missing::error, .entries = {}};
    sample.entries.emplace("Labels", label_map(labels));
    sample.entries.emplace("Value", Value(value));
    return Value(std::move(sample));
}

Result<Value> samples_of(const promql::QueryResult& result) {
    List out;
    if (result.kind == promql::QueryResult::Kind::scalar) {
        out.push_back(sample_value({}, result.scalar));
    } else if (result.kind == promql::QueryResult::Kind::vector) {
        for (const promql::ResultSeries& series : result.series)
            if (!series.samples.empty())
                out.push_back(sample_value(series.labels.view(), series.samples.values.back()));
    } else {
        return make_error(Code::invalid, "the query gives neither a vector nor a number");
    }
    return Value(std::move(out));
}

Result<Value> sample_field(const Value& sample, std::string_view name) {
    const Map* map = sample.map();
    const auto found = map ? map->entries.find(name) : std::map<std::string, Value, std::less<>>::const_iterator();
    if (!map || found == map->entries.end())
        return make_error(Code::invalid, "wants a sample, not a {}", sample.type_name());
    return Value(found->second);
}

Result<std::string> sample_label(std::string_view name, const Value& sample) {
    const Value labels = TRY(sample_field(sample, "Labels"));
    if (!labels.map()) return make_error(Code::invalid, "wants a sample");
    const auto found = labels.map()->entries.find(name);
    return found == labels.map()->entries.end() ? std::string() : *found->second.text();
}

Result<Value> sort_by_label(Args args) {
    const std::string name = TRY(text_of(args[0]));
    if (!args[1].list()) return make_error(Code::invalid, "wants a list of samples, not a {}", args[1].type_name());
    std::vector<std::pair<std::string, Value>> rows;
    for (const Value& sample : *args[1].list())
        rows.emplace_back(TRY(sample_label(name, sample)), sample);
    std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    List out;
    for (auto& [key, sample] : rows)
        out.push_back(std::move(sample));
    return Value(std::move(out));
}

Result<Value> numbered(Args args) {
    Map out{.missing = Map::Missing::nothing, .entries = {}};
    for (size_t i = 0; i < args.size(); ++i)
        out.entries.emplace(fmt::format("arg{}", i), args[i]);
    return Value(std::move(out));
}

Result<Value> to_time(Args args) {
    const double seconds = TRY(number_of(args[0]));
    if (std::isnan(seconds) || std::fabs(seconds) > 9.2e9) return make_error(Code::invalid, "{} is no time", seconds);
    return Value(templates::Time{static_cast<int64_t>(seconds * 1e3) * 1'000'000});
}

Result<Value> to_duration(Args args) {
    const double seconds = TRY(number_of(args[0]));
    if (std::isnan(seconds) || std::fabs(seconds) > 9.2e9)
        return make_error(Code::invalid, "{} is no duration", seconds);
    return Value(templates::Duration{static_cast<int64_t>(seconds * 1e9)});
}

void add_pure_functions(Functions& out) {
    templates::add_text_functions(out);
    out["humanize"] = number_function(humanize);
    out["humanize1024"] = number_function(humanize_1024);
    out["humanizeDuration"] = number_function(humanize_duration);
    out["humanizePercentage"] = number_function(humanize_percentage);
    out["humanizeTimestamp"] = number_function(humanize_timestamp);
    out["toTime"] = {1, 1, to_time};
    out["toDuration"] = {1, 1, to_duration};
    out["parseDuration"] = {
        1, 1, [](Args args) -> Result<Value> {
            return Value(static_cast<double>(TRY(promql::parse_duration(TRY(text_of(args[0]))))) / 1e3);
        }};
    out["parseDurationTime"] = {
        1, 1, [](Args args) -> Result<Value> {
            return Value(templates::Duration{TRY(promql::parse_duration(TRY(text_of(args[0])))) * 1'000'000});
        }};
    out["title"] = text_function(title_case);
    out["stripPort"] = text_function(strip_port);
    out["stripDomain"] = text_function(strip_domain);
    out["graphLink"] = text_function(graph_link);
    out["tableLink"] = text_function(table_link);
    out["urlQueryEscape"] = text_function(templates::escape_query);
    out["safeHtml"] = text_function(same);
    out["args"] = {0, -1, numbered};
}

}  // namespace

Functions alert_functions(const AlertTextContext& context) {
    static const Functions PURE = [] {
        Functions out;
        add_pure_functions(out);
        return out;
    }();
    Functions out = PURE;
    out["query"] = {1, 1, [query = context.query](Args args) -> Result<Value> {
                        const std::string text = TRY(text_of(args[0]));
                        if (!query) return make_error(Code::unavailable, "no query can be asked here");
                        return samples_of(TRY(query(text)));
                    }};
    out["first"] = {1, 1, [](Args args) -> Result<Value> {
                        if (!args[0].list())
                            return make_error(Code::invalid, "wants a list of samples, not a {}", args[0].type_name());
                        if (args[0].list()->empty()) return make_error(Code::invalid, "the list is empty");
                        return args[0].list()->front();
                    }};
    out["label"] = {
        2, 2, [](Args args) -> Result<Value> { return Value(TRY(sample_label(TRY(text_of(args[0])), args[1]))); }};
    out["value"] = {1, 1, [](Args args) -> Result<Value> { return sample_field(args[0], "Value"); }};
    out["strvalue"] = {1, 1, [](Args args) -> Result<Value> { return Value(TRY(sample_label("__value__", args[0]))); }};
    out["sortByLabel"] = {2, 2, sort_by_label};
    out["externalURL"] = {0, 0, [url = context.external_url](Args) -> Result<Value> { return Value(url); }};
    out["pathPrefix"] = {0, 0, [url = context.external_url](Args) -> Result<Value> {
                             const size_t host = url.find("://");
                             const size_t path = url.find('/', host == std::string::npos ? 0 : host + 3);
                             return Value(path == std::string::npos ? std::string() : url.substr(path));
                         }};
    out["now"] = {
        0, 0, [now_ms = context.now_ms](Args) -> Result<Value> { return Value(static_cast<double>(now_ms) / 1e3); }};
    return out;
}

Result<templates::Template> parse_alert_text(std::string_view text) {
    static const Functions KNOWN = alert_functions({});
    return templates::Template::parse(std::string(PREFIX) + std::string(text), KNOWN);
}

Value alert_data(model::LabelsView labels, double value, const AlertTextContext& context) {
    Map data{.missing = Map::Missing::error, .entries = {}};
    data.entries.emplace("Labels", label_map(labels));
    data.entries.emplace("ExternalLabels", templates::text_map(context.external_labels));
    data.entries.emplace("ExternalURL", Value(context.external_url));
    data.entries.emplace("Value", Value(value));
    return Value(std::move(data));
}

std::string expand_alert_text(const templates::Template& text, const Value& data, const Functions& functions) {
    const Result<std::string> out = text.run(data, functions);
    if (out.ok()) return *out;
    template_failures.add();
    return "<error expanding template: " + out.error().message + ">";
}

}  // namespace belfry::alarm
