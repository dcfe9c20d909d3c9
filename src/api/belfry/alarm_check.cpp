// What an expression that is being written would match now.
#include "alarm/threshold/parser.h"
#include "api/belfry/alarm_json.h"
#include "api/belfry/alarm_routes.h"
#include "api/belfry/alarm_words.h"
#include "base/number.h"
#include "codec/alarm_record.h"

#include <set>

namespace belfry::api {
namespace {

constexpr size_t PREVIEW_MAX = 20;
constexpr std::string_view SEEN_WINDOW = "[1h]";  // a series is there that had a sample in it

using alarm::Function;
using alarm::SubExpression;
using model::AlarmState;

struct PreviewRow {
    model::Dimensions labels;
    std::optional<double> value;
    AlarmState state = AlarmState::undetermined;
};

struct Preview {
    size_t matching_series = 0;
    std::vector<PreviewRow> rows;  // every alarm
};

class Asking {
  public:
    Asking(const AlarmApiParts& parts, const http::Request& request)
        : parts_(parts),
          tenant_(request.identity.tenant),
          now_ms_(parts.clock.now_ms()),
          budget_(parts.limits, parts.clock) {
        budget_.cancel_with(request.disconnected);
    }
    Result<promql::QueryResult> run(const std::string& text) {
        return parts_.engine.run_instant(text, now_ms_, {.tenant = tenant_}, budget_);
    }

  private:
    const AlarmApiParts& parts_;
    const std::string tenant_;
    const int64_t now_ms_;
    query::Budget budget_;
};

double value_of(const promql::ResultSeries& series) {
    return series.samples.values.empty() ? std::nan("") : series.samples.values.back();
}

model::Dimensions labels_of(const model::Labels& labels, const std::vector<std::string>& match_by) {
    model::Dimensions out;
    for (const model::Label& label : labels.view()) {
        const bool wanted =
            match_by.empty() || std::find(match_by.begin(), match_by.end(), label.name) != match_by.end();
        if (wanted && !label.name.empty()) out.emplace_back(label.name, label.value);
    }
    return out;
}

/// One comparison over all series of its metric, by what tells the alarms apart.
using Groups = std::map<model::Dimensions, std::optional<double>>;

Result<Groups> groups_of(Asking& asking,
                         const SubExpression& sub,
                         const std::vector<std::string>& match_by,
                         std::set<std::string>& series_seen) {
    Groups out;
    const std::string selector = selector_of(sub.metric, sub.dimensions);
    const auto key_of = [&](const promql::ResultSeries& series) {
        return match_by.empty() ? model::Dimensions() : labels_of(series.labels, match_by);
    };
    for (const auto& series : TRY(asking.run(fmt::format("last_over_time({}{})", selector, SEEN_WINDOW))).series) {
        const model::Dimensions key = key_of(series);
        if (!match_by.empty() && key.empty()) continue;  // tells nothing apart, so makes no alarm
        series_seen.insert(series.labels.bytes());
        out.emplace(key, std::nullopt);
    }
    const auto over = [&](std::string_view function) {
        return asking.run(fmt::format("{}({}[{}s])", function, selector, sub.period_s));
    };
    const auto fold = [&](const promql::QueryResult& result, Groups& into, auto combine) {
        for (const auto& series : result.series) {
            const auto group = into.find(key_of(series));
            if (group == into.end()) continue;
            const double value = value_of(series);
            group->second = group->second ? combine(*group->second, value) : value;
        }
    };
    const auto add = [](double a, double b) { return a + b; };
    switch (sub.function) {
        case Function::max:
            fold(TRY(over("max_over_time")), out, [](double a, double b) { return std::max(a, b); });
            break;
        case Function::min:
            fold(TRY(over("min_over_time")), out, [](double a, double b) { return std::min(a, b); });
            break;
        case Function::sum: fold(TRY(over("sum_over_time")), out, add); break;
        case Function::count: fold(TRY(over("count_over_time")), out, add); break;
        case Function::last: fold(TRY(asking.run(selector)), out, [](double, double b) { return b; }); break;
        case Function::avg: {
            Groups counts = out;
            fold(TRY(over("sum_over_time")), out, add);
            fold(TRY(over("count_over_time")), counts, add);
            for (auto& [key, sum] : out)
                if (sum) sum = *sum / counts[key].value_or(1);
            break;
        }
    }
    return out;
}

Result<Preview> preview_monasca(Asking& asking,
                                const alarm::AlarmExpression& e,
                                const std::vector<std::string>& match_by) {
    std::set<std::string> series_seen;
    std::vector<Groups> subs;
    for (const SubExpression& sub : e.subs)
        subs.push_back(TRY(groups_of(asking, sub, match_by, series_seen)));
    Preview out{.matching_series = series_seen.size(), .rows = {}};
    for (const auto& [key, value] : subs.front()) {
        std::vector<std::optional<double>> values;
        for (const Groups& groups : subs) {
            const auto found = groups.find(key);
            if (found == groups.end()) break;
            values.push_back(found->second);
        }
        if (values.size() < subs.size()) continue;  // an alarm needs a metric for each comparison
        bool known = true;
        for (size_t i = 0; i < values.size(); ++i)
            known = known && (values[i] || e.subs[i].deterministic);
        PreviewRow row{.labels = key, .value = value, .state = AlarmState::undetermined};
        if (known) {
            const bool rings = e.evaluate(
                [&](uint32_t i) { return values[i] && alarm::compare(*values[i], e.subs[i].op, e.subs[i].threshold); });
            row.state = rings ? AlarmState::alarm : AlarmState::ok;
        }
        out.rows.push_back(std::move(row));
    }
    return out;
}

Result<Preview> preview_promql(Asking& asking,
                               const alarm::Condition& condition,
                               const std::vector<std::string>& match_by) {
    const auto result = TRY(asking.run(std::string(condition.asked_text())));
    Preview out;
    std::map<model::Dimensions, PreviewRow> rows;
    const auto add = [&](model::Dimensions labels, double value) {
        const bool bad = !condition.split || condition.breaches(value);
        auto [row, made] = rows.try_emplace(labels, PreviewRow{labels, value, AlarmState::ok});
        if (bad) row->second = {std::move(labels), value, AlarmState::alarm};
    };
    if (result.kind == promql::QueryResult::Kind::scalar) {
        add({}, result.scalar);
    } else {
        out.matching_series = result.series.size();
        for (const auto& series : result.series)
            add(labels_of(series.labels, match_by), value_of(series));
    }
    for (auto& [labels, row] : rows)
        out.rows.push_back(std::move(row));
    return out;
}

/// Where a PromQL error points to: "1:5: parse error ..." as bytes from the start.
std::optional<size_t> promql_error_at(std::string_view message, std::string_view text) {
    const size_t colon = message.find(':');
    const size_t second = colon == std::string_view::npos ? colon : message.find(':', colon + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const auto line = parse_int(message.substr(0, colon));
    const auto column = parse_int(message.substr(colon + 1, second - colon - 1));
    if (!line || !column || *line < 1 || *column < 1) return std::nullopt;
    size_t begin = 0;
    for (int64_t i = 1; i < *line; ++i) {
        const size_t next = text.find('\n', begin);
        if (next == std::string_view::npos) return std::nullopt;
        begin = next + 1;
    }
    return std::min(text.size(), begin + static_cast<size_t>(*column) - 1);
}

void write_error(JsonWriter& json, const Error& error, std::optional<size_t> at) {
    json.field("valid", false).key("error").begin_object().field("message", error.message).key("at");
    if (at)
        json.unsigned_integer(*at);
    else
        json.null();
    json.end_object().key("parts").null().field("matching_series", 0).field("alarms", 0);
    json.key("preview").begin_array().end_array().end_object();
}

http::Response check(const AlarmApiParts& parts, const http::Request& request) {
    const auto body = JsonView::parse(request.body);
    if (!body.ok())
        return http::error_response(make_error(Code::invalid, "the body is no JSON: {}", body.error().message));
    const auto definition = read_definition(*body);
    if (!definition.ok()) return http::error_response(definition.error());
    JsonWriter json;
    json.begin_object();
    const auto parsed = parts.definitions.parse(definition->language, definition->expression);
    if (!parsed.ok()) {
        const bool monasca = definition->language == catalog::AlarmLanguage::monasca;
        write_error(json, parsed.error(),
                    monasca ? std::optional(alarm::error_at(parsed.error()))
                            : promql_error_at(parsed.error().message, definition->expression));
        return http::json_response(json.take());
    }
    Asking asking(parts, request);
    auto preview = parsed->monasca ? preview_monasca(asking, *parsed->monasca, definition->match_by)
                                   : preview_promql(asking, *parsed->promql, definition->match_by);
    if (!preview.ok()) {
        // it parses, but cannot be evaluated as it stands: that is for who writes it
        if (preview.error().code != Code::invalid && preview.error().code != Code::internal)
            return http::error_response(preview.error());
        write_error(json, preview.error(), std::nullopt);
        return http::json_response(json.take());
    }
    std::stable_sort(preview->rows.begin(), preview->rows.end(),
                     [](const PreviewRow& a, const PreviewRow& b) { return a.state > b.state; });
    json.field("valid", true).key("error").null().key("parts");
    write_parts(json, *definition, *parsed);
    json.field("matching_series", preview->matching_series).field("alarms", preview->rows.size());
    json.key("preview").begin_array();
    for (size_t i = 0; i < std::min(PREVIEW_MAX, preview->rows.size()); ++i) {
        const PreviewRow& row = preview->rows[i];
        json.begin_object().key("labels");
        codec::write_dimensions(json, row.labels);
        json.key("value");
        if (row.value)
            json.number(*row.value);
        else
            json.null();
        json.field("state", model::to_string(row.state)).end_object();
    }
    json.end_array().end_object();
    return http::json_response(json.take());
}

}  // namespace

void add_alarm_check_routes(http::Router& router, const AlarmApiParts& parts) {
    // asks only; a POST because an expression may be longer than a URL
    router.add("POST", "/api/v1/belfry/alarm-definitions/check", http::Access::read,
               [parts](const http::Request& request) { return check(parts, request); });
}

void add_alarm_routes(http::Router& router, const AlarmApiParts& parts) {
    add_alarm_list_routes(router, parts);
    add_alarm_strip_routes(router, parts);
    add_alarm_detail_routes(router, parts);
    add_alarm_change_routes(router, parts);
    add_alarm_definition_routes(router, parts);
    add_alarm_check_routes(router, parts);
}

}  // namespace belfry::api
