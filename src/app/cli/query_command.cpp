#include "app/cli/commands.h"
#include "app/cli/table.h"
#include "base/number.h"
#include "http/url.h"

namespace belfry::app {
namespace {

constexpr size_t EXPRESSION_BYTES_MAX = 1 << 20;

Result<std::string> read_expression(const std::string& expression, std::FILE* input) {
    if (expression != "-") return expression;
    std::string text(EXPRESSION_BYTES_MAX + 1, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), input));
    if (text.size() > EXPRESSION_BYTES_MAX)
        return make_error(Code::invalid, "an expression has at most {} bytes", EXPRESSION_BYTES_MAX);
    return text;
}

/// up{job="x"} of a result's "metric"; "{}" without labels.
std::string series_text(const JsonView& metric) {
    std::string labels;
    for (const std::string& name : metric.keys()) {
        if (name == "__name__") continue;
        if (!labels.empty()) labels += ", ";
        labels += name + "=";
        append_json_string(labels, metric.string_or(name, ""));
    }
    const std::string name = metric.string_or("__name__", "");
    if (labels.empty() && !name.empty()) return name;
    return fmt::format("{}{{{}}}", name, labels);
}

int64_t time_ms_of(const JsonView& pair) {
    return static_cast<int64_t>(std::llround(pair.at(0).as_double().value_or(0) * 1000));
}

/// [time, "value"] or [time, {histogram}]
std::string value_text(const JsonView& pair) {
    if (auto text = pair.at(1).as_string()) return *text;
    const JsonView histogram = pair.at(1);
    return fmt::format("histogram count={} sum={}", histogram.string_or("count", "?"), histogram.string_or("sum", "?"));
}

std::string render(const JsonView& answer) {
    const JsonView result = answer.get("data").get("result");
    const std::string type = answer.get("data").string_or("resultType", "");
    if (type == "scalar" || type == "string") return value_text(result) + "\n";
    std::vector<std::vector<std::string>> rows;
    for (size_t i = 0; i < result.size(); ++i) {
        const JsonView series = result.at(i);
        const std::string name = series_text(series.get("metric"));
        if (type == "vector") {
            rows.push_back({name, value_text(series.has("value") ? series.get("value") : series.get("histogram"))});
            continue;
        }
        const JsonView values = series.has("values") ? series.get("values") : series.get("histograms");
        rows.push_back({name});
        for (size_t k = 0; k < values.size(); ++k)
            rows.push_back({"  " + format_time_ms(time_ms_of(values.at(k))), value_text(values.at(k))});
    }
    return format_table(rows);
}

std::string notes(const JsonView& answer) {
    std::string out;
    for (const char* kind : {"warnings", "infos"}) {
        const JsonView list = answer.get(kind);
        for (size_t i = 0; i < list.size(); ++i)
            out += "belfry: " + list.at(i).as_string().value_or("") + "\n";
    }
    return out;
}

}  // namespace

Outcome query_command(const config::CommandLine& line, const Remote& remote, std::FILE* input) {
    const bool range = !line.start.empty() || !line.end.empty() || !line.step.empty();
    if (range && (line.start.empty() || line.end.empty() || line.step.empty())) {
        return failed(make_error(Code::invalid, "a range needs --start, --end and --step"));
    }
    auto expression = read_expression(line.expression, input);
    if (!expression.ok()) return failed(expression.error());
    std::string form = "query=" + http::percent_encode(*expression);
    const std::pair<const char*, const std::string&> parameters[] = {
        {"time", line.time}, {"start", line.start}, {"end", line.end}, {"step", line.step}};
    for (const auto& [name, value] : parameters) {
        if (!value.empty()) form += fmt::format("&{}={}", name, http::percent_encode(value));
    }
    auto response = remote.send({.method = "POST",
                                 .path = range ? "/api/v1/query_range" : "/api/v1/query",
                                 .content_type = "application/x-www-form-urlencoded",
                                 .body = form});
    if (!response.ok()) return failed(response.error());
    if (response->status != 200) return failed(answer_error(*response));
    if (line.json) return {.out = response->body + (response->body.ends_with('\n') ? "" : "\n")};
    auto answer = JsonView::parse(response->body);
    if (!answer.ok()) return failed(answer.error());
    return {.out = render(*answer), .err = notes(*answer)};
}

}  // namespace belfry::app
