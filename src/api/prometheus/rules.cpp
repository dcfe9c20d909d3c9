#include "api/prometheus/rules.h"

#include "api/prometheus/params.h"
#include "api/prometheus/render.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/number.h"
#include "http/url.h"

namespace belfry::api {
namespace {

using alarm::Alert;
using alarm::AlertState;
using alarm::GroupView;
using alarm::Health;
using alarm::RuleView;
using Groups = std::vector<std::shared_ptr<const GroupView>>;

std::string time_text(int64_t time_ms) {
    if (time_ms == 0) return "0001-01-01T00:00:00Z";  // never
    const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(time_ms)};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::string out = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                  clock.hours().count(), clock.minutes().count(), clock.seconds().count());
    if (const auto ms = clock.subseconds().count(); ms != 0) out += fmt::format(".{:03}", ms);
    return out + "Z";
}

/// 1e+00: shortest digits, always with an exponent.
std::string value_text(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-Inf" : "+Inf";
    char buffer[64];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
    return std::string(buffer, end);
}

void write_pairs(JsonWriter& json, std::string_view key, const alarm::Pairs& pairs) {
    json.key(key).begin_object();
    for (const auto& [name, value] : pairs)
        json.field(name, value);
    json.end_object();
}

void write_alert(JsonWriter& json, const Alert& alert) {
    json.begin_object().key("labels").begin_object();
    for (const model::Label& label : alert.labels.view())
        json.field(label.name, label.value);
    json.end_object();
    write_pairs(json, "annotations", alert.annotations);
    json.field("state", alarm::to_string(alert.state)).field("activeAt", time_text(alert.active_at_ms));
    if (alert.keep_firing_since_ms != 0) json.field("keepFiringSince", time_text(alert.keep_firing_since_ms));
    json.field("value", value_text(alert.value)).end_object();
}

std::string_view health_text(Health health) {
    return health == Health::good ? "ok" : health == Health::bad ? "err" : "unknown";
}

void write_rule(JsonWriter& json, const RuleView& view, bool with_alerts) {
    const alarm::Rule& rule = *view.rule;
    json.begin_object();
    if (rule.alerting) json.field("state", alarm::to_string(view.state()));
    json.field("name", rule.name).field("query", rule.expr_text);
    if (rule.alerting) {
        json.field("duration", static_cast<double>(rule.for_ms) / 1e3)
            .field("keepFiringFor", static_cast<double>(rule.keep_firing_for_ms) / 1e3);
    }
    if (rule.alerting || !rule.labels.empty()) write_pairs(json, "labels", rule.labels);
    if (rule.alerting) {
        write_pairs(json, "annotations", rule.annotations);
        json.key("alerts").begin_array();
        if (with_alerts)
            for (const Alert& alert : view.alerts)
                write_alert(json, alert);
        json.end_array();
    }
    json.field("health", health_text(view.health));
    if (!view.last_error.empty()) json.field("lastError", view.last_error);
    json.field("evaluationTime", view.duration_s).field("lastEvaluation", time_text(view.evaluated_ms));
    json.field("type", rule.alerting ? "alerting" : "recording").end_object();
}

/// What a request asks for.
struct Filter {
    bool alerting = true;
    bool recording = true;
    bool with_alerts = true;
    std::set<std::string> names;
    std::set<std::string> groups;
    std::set<std::string> files;
    std::vector<model::Matchers> matches;
    size_t group_limit = 0;
    std::string token;

    [[nodiscard]] bool takes(const alarm::Rule& rule) const {
        if (!(rule.alerting ? alerting : recording)) return false;
        if (!names.empty() && names.count(rule.name) == 0) return false;
        if (matches.empty()) return true;
        const auto label = [&](const std::string& name) -> std::string_view {
            for (const auto& [key, value] : rule.labels)  // templates are not known before an alert
                if (key == name && value.find("{{") == std::string::npos) return value;
            return {};
        };
        return std::any_of(matches.begin(), matches.end(), [&](const model::Matchers& matchers) {
            return std::all_of(matchers.begin(), matchers.end(),
                               [&](const model::Matcher& m) { return m.matches(label(m.name())); });
        });
    }
};

std::set<std::string> param_set(const http::Request& request, std::string_view name) {
    std::set<std::string> out;
    for (const auto& value : request.query.all(name))
        out.insert(std::string(value));
    return out;
}

Result<Filter> parse_filter(const http::Request& request) {
    Filter out;
    const std::string type = request.param("type").value_or("");
    if (!type.empty() && type != "alert" && type != "record")
        return make_error(Code::invalid, "invalid parameter \"type\": not supported value \"{}\"", type);
    out.alerting = type != "record";
    out.recording = type != "alert";
    const std::string exclude = request.param("exclude_alerts").value_or("");
    if (!exclude.empty() && exclude != "true" && exclude != "false" && exclude != "1" && exclude != "0")
        return make_error(Code::invalid, "invalid parameter \"exclude_alerts\": neither true nor false");
    out.with_alerts = exclude != "true" && exclude != "1";
    out.names = param_set(request, "rule_name[]");
    out.groups = param_set(request, "rule_group[]");
    out.files = param_set(request, "file[]");
    out.matches = TRY(match_params(request));
    const std::string limit = request.param("group_limit").value_or("");
    out.token = request.param("group_next_token").value_or("");
    if (!limit.empty()) {
        const auto count = parse_int(limit);
        if (!count || *count < 1)
            return make_error(Code::invalid, "invalid parameter \"group_limit\": must be a positive number");
        out.group_limit = static_cast<size_t>(*count);
    } else if (!out.token.empty()) {
        return make_error(Code::invalid, "invalid parameter \"group_limit\": group_next_token needs it");
    }
    return out;
}

/// Names a group as the place where the next page begins.
std::string token_of(const GroupView& group) {
    const Hash128 hash = hash128(group.group->key());
    return fmt::format("{:016x}{:016x}", hash.low, hash.high);
}

// Rules belong to one tenant; others have none.
Groups groups_of(const alarm::RuleBook& book, const http::Request& request) {
    Groups out = book.groups();
    std::erase_if(out, [&](const auto& group) { return group->tenant != request.identity.tenant; });
    return out;
}

Result<http::Response> rules(const alarm::RuleBook& book, const http::Request& request) {
    const Filter filter = TRY(parse_filter(request));
    const Groups groups = groups_of(book, request);
    size_t first = 0;
    if (!filter.token.empty()) {
        while (first < groups.size() && token_of(*groups[first]) != filter.token)
            ++first;
        if (first == groups.size())
            return make_error(Code::invalid,
                              "invalid parameter \"group_next_token\": no group has it; the rules may have changed");
    }
    JsonWriter json;
    json.begin_object().key("groups").begin_array();
    size_t shown = 0;
    std::string next;
    for (size_t i = first; i < groups.size(); ++i) {
        const GroupView& view = *groups[i];
        const alarm::RuleGroup& group = *view.group;
        if (!filter.groups.empty() && filter.groups.count(group.name) == 0) continue;
        if (!filter.files.empty() && filter.files.count(group.file) == 0) continue;
        std::vector<const RuleView*> taken;
        for (const RuleView& rule : view.rules)
            if (filter.takes(*rule.rule)) taken.push_back(&rule);
        if (taken.empty() && !view.rules.empty()) continue;
        if (filter.group_limit > 0 && shown == filter.group_limit) {
            next = token_of(view);
            break;
        }
        ++shown;
        json.begin_object().field("name", group.name).field("file", group.file).key("rules").begin_array();
        for (const RuleView* rule : taken)
            write_rule(json, *rule, filter.with_alerts);
        json.end_array().field("interval", static_cast<double>(view.interval_ms) / 1e3).field("limit", group.limit);
        json.field("evaluationTime", view.duration_s)
            .field("lastEvaluation", time_text(view.evaluated_ms))
            .end_object();
    }
    json.end_array();
    if (!next.empty()) json.field("groupNextToken", next);
    json.end_object();
    return success(json.text());
}

Result<http::Response> alerts(const alarm::RuleBook& book, const http::Request& request) {
    JsonWriter json;
    json.begin_object().key("alerts").begin_array();
    for (const auto& group : groups_of(book, request))
        for (const RuleView& rule : group->rules)
            for (const Alert& alert : rule.alerts)
                write_alert(json, alert);
    json.end_array().end_object();
    return success(json.text());
}

void write_texts(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
    json.key(key).begin_array();
    for (const std::string& text : texts)
        json.string(text);
    json.end_array();
}

constexpr size_t ALERTS_SHOWN = 200;  // of one rule on the page; the API has all

void write_page_rule(JsonWriter& json, const RuleView& view) {
    const alarm::Rule& rule = *view.rule;
    json.begin_object()
        .field("type", rule.alerting ? "alerting" : "recording")
        .field("name", rule.name)
        .field("expr", rule.expr_text);
    json.field("line", rule.line).field("for_ms", rule.for_ms).field("keep_firing_for_ms", rule.keep_firing_for_ms);
    write_pairs(json, "labels", rule.labels);
    write_pairs(json, "annotations", rule.annotations);
    json.field("state", alarm::to_string(view.state()))
        .field("health", health_text(view.health))
        .field("last_error", view.last_error);
    json.field("duration_s", view.duration_s).field("samples", view.samples).key("evaluated_ms");
    if (view.evaluated_ms == 0)
        json.null();
    else
        json.integer(view.evaluated_ms);
    json.field("alerts_count", view.alerts.size()).key("alerts").begin_array();
    for (size_t i = 0; i < std::min(view.alerts.size(), ALERTS_SHOWN); ++i) {
        const Alert& alert = view.alerts[i];
        json.begin_object().key("labels").begin_object();
        for (const model::Label& label : alert.labels.view())
            json.field(label.name, label.value);
        json.end_object();
        write_pairs(json, "annotations", alert.annotations);
        json.field("state", alarm::to_string(alert.state)).field("active_ms", alert.active_at_ms).key("fired_ms");
        if (alert.fired_at_ms == 0)
            json.null();
        else
            json.integer(alert.fired_at_ms);
        json.field("kept", alert.keep_firing_since_ms != 0).field("value", value_text(alert.value)).end_object();
    }
    json.end_array().end_object();
}

// One answer for the whole page.
Result<http::Response> page(const alarm::RuleBook& book, const Clock& clock, const http::Request& request) {
    const alarm::LoadView load = book.last_load();
    JsonWriter json;
    json.begin_object().field("now_ms", clock.now_ms()).key("load").begin_object().field("ok", load.ok).key("at_ms");
    if (load.at_ms == 0)
        json.null();
    else
        json.integer(load.at_ms);
    const bool all = !request.identity.tenant_bound;  // paths on this machine are nothing for the key of one tenant
    write_texts(json, "files", all ? load.files : std::vector<std::string>());
    write_texts(json, "errors", all ? load.errors : std::vector<std::string>());
    write_texts(json, "warnings", all ? load.warnings : std::vector<std::string>());
    json.end_object().key("groups").begin_array();
    for (const auto& view : groups_of(book, request)) {
        json.begin_object()
            .field("name", view->group->name)
            .field("file", view->group->file)
            .field("interval_ms", view->interval_ms);
        json.field("limit", view->group->limit)
            .field("duration_s", view->duration_s)
            .field("missed", view->missed)
            .key("evaluated_ms");
        if (view->evaluated_ms == 0)
            json.null();
        else
            json.integer(view->evaluated_ms);
        json.key("rules").begin_array();
        for (const RuleView& rule : view->rules)
            write_page_rule(json, rule);
        json.end_array().end_object();
    }
    json.end_array().end_object();
    return http::json_response(json.take());
}

/// Where graphLink and tableLink of templates lead: the Metrics page with the expression. The place is relative, so it
/// stays below whatever path a proxy puts in front.
http::Response graph(const http::Request& request) {
    http::Response out;
    out.status = 302;
    out.headers.emplace_back("Location",
                             "metrics?q=" + http::percent_encode(request.query.get("g0.expr").value_or("")));
    return out;
}

}  // namespace

void add_rule_routes(http::Router& router, const alarm::RuleBook& book, const Clock& clock) {
    const auto add = [&](const std::string& path, auto handler) {
        router.add("GET", path, http::Access::read, [handler](const http::Request& request) {
            auto answer = handler(request);
            return answer.ok() ? std::move(*answer) : query_error(answer.error());
        });
    };
    for (const std::string prefix : {"/api/v1", "/prometheus/api/v1"}) {
        add(prefix + "/rules", [&book](const http::Request& request) { return rules(book, request); });
        add(prefix + "/alerts", [&book](const http::Request& request) { return alerts(book, request); });
    }
    router.add("GET", "/graph", http::Access::open, graph);
    add("/api/v1/belfry/rules", [&book, &clock](const http::Request& request) { return page(book, clock, request); });
}

}  // namespace belfry::api
