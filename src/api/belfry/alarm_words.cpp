#include "api/belfry/alarm_words.h"

#include "base/number.h"
#include "codec/alarm_record.h"
#include "query/promql/functions.h"
#include "query/promql/literal.h"
#include "query/promql/print.h"

namespace belfry::api {
namespace {

using alarm::Function;
using alarm::SubExpression;
using promql::BinaryOp;

constexpr std::string_view NAME = "__name__";

std::string_view symbol(BinaryOp op) {
    switch (op) {
        case BinaryOp::gt: return ">";
        case BinaryOp::ge: return ">=";
        case BinaryOp::lt: return "<";
        case BinaryOp::le: return "<=";
        case BinaryOp::eq: return "==";
        default: return "!=";
    }
}

/// `5m` and the like inside brackets.
std::string window(const SubExpression& sub) {
    return "[" + promql::print_duration_ms(sub.period_s * 1000) + "]";
}

struct PartFacts {
    std::string_view function;
    std::string metric;
    model::Dimensions dimensions;
    std::string_view op;
    double threshold = 0;
    int64_t period_s = 60;
    int64_t times = 1;
    bool deterministic = false;
    std::string_view join;
};

void write_part(JsonWriter& json, const PartFacts& part) {
    json.begin_object().field("function", part.function).field("metric", part.metric).key("dimensions");
    codec::write_dimensions(json, part.dimensions);
    json.field("op", part.op).field("threshold", part.threshold).field("period_s", part.period_s);
    json.field("times", part.times).field("deterministic", part.deterministic).key("join");
    if (part.join.empty())
        json.null();
    else
        json.string(part.join);
    json.end_object();
}

/// `metric{a="b"}` with equalities only.
bool read_selector(const promql::VectorSelector& selector, PartFacts& part) {
    if (selector.offset.ms != 0 || selector.offset.expr || selector.at_time.kind != promql::AtModifier::Kind::none)
        return false;
    for (const model::Matcher& matcher : selector.matchers) {
        if (matcher.op() != model::Matcher::Op::equal) return false;
        if (matcher.name() == NAME)
            part.metric = matcher.value();
        else
            part.dimensions.emplace_back(matcher.name(), matcher.value());
    }
    std::sort(part.dimensions.begin(), part.dimensions.end());
    return !part.metric.empty();
}

/// A value that is one function of one metric, or a metric alone.
bool read_value(const promql::Expr& value, PartFacts& part) {
    const promql::Expr& inner = promql::unwrap(value);
    if (const auto* selector = promql::try_as<promql::VectorSelector>(inner)) {
        part.function = "last";
        return read_selector(*selector, part);
    }
    const auto* call = promql::try_as<promql::Call>(inner);
    if (!call || call->args.size() != 1) return false;
    const auto* matrix = promql::try_as<promql::MatrixSelector>(promql::unwrap(*call->args[0]));
    if (!matrix || matrix->range_expr || matrix->range_ms % 1000 != 0) return false;
    part.function = call->function->name;
    part.period_s = matrix->range_ms / 1000;
    return read_selector(*matrix->selector, part);
}

std::string time_text(int64_t time_ms) {
    const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(time_ms)};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count());
}

/// The dimensions that tell this alarm from its siblings.
model::Dimensions own_labels(const model::Alarm& alarm, const catalog::AlarmDefinition& definition) {
    model::Dimensions out;
    for (const auto& label : alarm.labels) {
        const bool added =
            std::find(definition.labels.begin(), definition.labels.end(), label) != definition.labels.end();
        const bool grouped =
            definition.match_by.empty() ||
            std::find(definition.match_by.begin(), definition.match_by.end(), label.first) != definition.match_by.end();
        if (grouped && (!added || !definition.match_by.empty()) && label.first != NAME) out.push_back(label);
    }
    return out;
}

AlarmChart monasca_chart(const SubExpression& sub, const model::Dimensions& labels) {
    model::Dimensions dimensions = sub.dimensions;
    for (const auto& label : labels) {
        const bool there =
            std::any_of(dimensions.begin(), dimensions.end(), [&](const auto& d) { return d.first == label.first; });
        if (!there) dimensions.push_back(label);
    }
    const std::string selector = selector_of(sub.metric, dimensions);
    const std::string w = window(sub);
    AlarmChart chart{.query = {}, .threshold = sub.threshold, .op = std::string(alarm::symbol(sub.op))};
    switch (sub.function) {
        case Function::max: chart.query = fmt::format("max(max_over_time({}{}))", selector, w); break;
        case Function::min: chart.query = fmt::format("min(min_over_time({}{}))", selector, w); break;
        case Function::sum: chart.query = fmt::format("sum(sum_over_time({}{}))", selector, w); break;
        case Function::count: chart.query = fmt::format("sum(count_over_time({}{}))", selector, w); break;
        case Function::avg:
            chart.query = fmt::format("sum(sum_over_time({0}{1})) / sum(count_over_time({0}{1}))", selector, w);
            break;
        case Function::last: chart.query = selector; break;
    }
    return chart;
}

/// The series of `value` that has these labels, whatever the value is made of.
std::string narrowed(const std::string& value, const model::Dimensions& labels) {
    if (labels.empty()) return value;
    std::string names;
    std::string wanted = "vector(1)";
    for (const auto& [name, text] : labels) {
        names += (names.empty() ? "" : ", ") + promql::print_label_name(name);
        // the replacement of a label_replace reads $ as a group
        std::string literal;
        for (const char c : text)
            literal += c == '$' ? "$$" : std::string(1, c);
        wanted =
            fmt::format("label_replace({}, {}, {}, \"\", \"\")", wanted, promql::quote(name), promql::quote(literal));
    }
    return fmt::format("({}) and on ({}) {}", value, names, wanted);
}

}  // namespace

std::string selector_of(const std::string& metric, const model::Dimensions& dimensions) {
    std::string out = fmt::format("{{{}={}", NAME, promql::quote(metric));
    for (const auto& [name, value] : dimensions)
        out += fmt::format(",{}={}", promql::print_label_name(name), promql::quote(value));
    return out + "}";
}

void write_parts(JsonWriter& json, const catalog::AlarmDefinition& definition, const alarm::ParsedDefinition& parsed) {
    if (parsed.monasca) {
        const auto joins = parsed.monasca->flat_joins();
        if (!joins) {
            json.null();
            return;
        }
        json.begin_array();
        for (size_t i = 0; i < parsed.monasca->subs.size(); ++i) {
            const SubExpression& sub = parsed.monasca->subs[i];
            write_part(json, {.function = alarm::to_string(sub.function),
                              .metric = sub.metric,
                              .dimensions = sub.dimensions,
                              .op = alarm::symbol(sub.op),
                              .threshold = sub.threshold,
                              .period_s = sub.period_s,
                              .times = sub.times,
                              .deterministic = sub.deterministic,
                              .join = i == 0                                 ? ""
                                      : (*joins)[i - 1] == alarm::Join::both ? "and"
                                                                             : "or"});
        }
        json.end_array();
        return;
    }
    PartFacts part;
    if (!parsed.promql || !parsed.promql->split || !read_value(*parsed.promql->value, part)) {
        json.null();
        return;
    }
    part.op = symbol(parsed.promql->op);
    part.threshold = parsed.promql->threshold;
    part.times = std::max<int64_t>(1, definition.for_ms / std::max<int64_t>(1, definition.interval_ms));
    json.begin_array();
    write_part(json, part);
    json.end_array();
}

std::optional<AlarmChart> chart_of(const model::Alarm& alarm,
                                   const catalog::AlarmDefinition& definition,
                                   const alarm::ParsedDefinition& parsed) {
    const model::Dimensions labels = own_labels(alarm, definition);
    if (parsed.monasca && !parsed.monasca->subs.empty()) return monasca_chart(parsed.monasca->subs.front(), labels);
    if (!parsed.promql || !parsed.promql->split) return std::nullopt;
    const alarm::Condition& condition = *parsed.promql;
    return AlarmChart{.query = narrowed(promql::print(promql::unwrap(*condition.value)), labels),
                      .threshold = condition.threshold,
                      .op = std::string(symbol(condition.op))};
}

std::string words_of(const model::Alarm& alarm,
                     const std::optional<AlarmChart>& chart,
                     std::optional<double> value,
                     int64_t now_ms) {
    std::string what = alarm.name;
    std::string labels;
    for (const auto& [name, text] : alarm.labels)
        labels += fmt::format("{}{}={}", labels.empty() ? "" : ", ", name, text);
    if (!labels.empty()) what += " (" + labels + ")";
    std::string_view verb;
    switch (alarm.state) {
        case model::AlarmState::ok: verb = "is OK"; break;
        case model::AlarmState::undetermined: verb = "has no data to judge by"; break;
        case model::AlarmState::alarm: verb = "rings"; break;
    }
    std::string out = fmt::format("{} {}", what, verb);
    if (alarm.state_updated_ms > 0) {
        out += " since " + time_text(alarm.state_updated_ms);
        const int64_t age_s = std::max<int64_t>(0, now_ms - alarm.state_updated_ms) / 1000;
        if (age_s > 0) out += fmt::format(" ({})", format_duration_ms(age_s * 1000));
    }
    if (!value) value = alarm.value;
    if (value && chart)
        out += fmt::format(": the value is {:.6g}, it rings at {} {:.6g}", *value, chart->op, chart->threshold);
    else if (value)
        out += fmt::format(": the value is {:.6g}", *value);
    else if (!alarm.reason.empty())
        out += ": " + alarm.reason;
    return out + (out.ends_with('.') ? "" : ".");
}

}  // namespace belfry::api
