#include "api/belfry/anomaly.h"

#include "base/json.h"
#include "catalog/alarm_log.h"

#include <cmath>

namespace belfry::api {
namespace {

constexpr size_t PREVIEW_SERIES_MAX = 20;
constexpr size_t SHOWN_SERIES_MAX = 200;  // of one monitor; `series_count` has them all
constexpr int64_t PREVIEW_MS = 86'400'000;

std::string id_of(const http::Request& request) {
    const auto id = request.path_params.find("id");
    return id == request.path_params.end() ? std::string() : id->second;
}

void write_labels(JsonWriter& json, model::LabelsView labels) {
    json.key("labels").begin_object();
    for (const model::Label& label : labels)
        json.field(label.name, label.value);
    json.end_object();
}

void write_choice(JsonWriter& json,
                  std::string_view detector,
                  size_t cycle,
                  const std::vector<std::pair<std::string, double>>& errors) {
    json.field("detector", detector).field("cycle", cycle).key("errors").begin_object();
    for (const auto& [name, error] : errors)
        json.field(name, error);
    json.end_object();
}

void write_series(JsonWriter& json, const alarm::MonitoredSeries& s) {
    json.begin_object();
    write_labels(json, s.labels.view());
    write_choice(json, s.detector, s.cycle, s.errors);
    json.field("at_ms", s.at_ms).field("value", s.value).field("expected", s.verdict.expected);
    json.field("lower", s.verdict.bands.lower_weak).field("upper", s.verdict.bands.upper_weak);
    json.field("level", alarm::to_string(s.verdict.level)).field("score", s.verdict.score).key("seconds_until");
    if (s.seconds_until)
        json.number(*s.seconds_until);  // null also when it is never
    else
        json.null();
    json.end_object();
}

void write_status(JsonWriter& json, const alarm::MonitorView& view, bool with_series) {
    static constexpr std::string_view HEALTH[] = {"unknown", "ok", "err"};
    json.begin_object().field("health", HEALTH[static_cast<size_t>(view.health)]).field("last_error", view.last_error);
    json.field("evaluated_ms", view.evaluated_ms).field("duration_s", view.duration_s).field("missed", view.missed);
    json.field("series_count", view.series.size());
    size_t weak = 0;
    size_t strong = 0;
    std::optional<double> soonest;
    for (const alarm::MonitoredSeries& s : view.series) {
        weak += s.verdict.level == alarm::Level::weak ? 1 : 0;
        strong += s.verdict.level == alarm::Level::strong ? 1 : 0;
        if (s.seconds_until && std::isfinite(*s.seconds_until))
            soonest = std::min(soonest.value_or(*s.seconds_until), *s.seconds_until);
    }
    json.field("weak", weak).field("strong", strong).key("soonest_s");
    if (soonest)
        json.number(*soonest);
    else
        json.null();
    if (with_series) {
        json.key("series").begin_array();
        // the oddest first
        std::vector<const alarm::MonitoredSeries*> order;
        for (const alarm::MonitoredSeries& s : view.series)
            order.push_back(&s);
        std::stable_sort(order.begin(), order.end(),
                         [](const auto* a, const auto* b) { return a->verdict.score > b->verdict.score; });
        for (size_t i = 0; i < std::min(order.size(), SHOWN_SERIES_MAX); ++i)
            write_series(json, *order[i]);
        json.end_array();
    }
    json.end_object();
}

void write_whole(JsonWriter& json, const alarm::Monitor& monitor, const alarm::MonitorView* view, bool with_series) {
    json.begin_object().field("id", monitor.id).field("name", monitor.name);
    alarm::write_monitor(json, monitor);
    json.field("created_ms", monitor.created_ms).field("updated_ms", monitor.updated_ms).key("status");
    if (view)
        write_status(json, *view, with_series);
    else
        json.null();
    json.end_object();
}

http::Response list(const AnomalyApi& api, const http::Request& request) {
    const auto views = api.book.views();
    JsonWriter json;
    json.begin_object().key("monitors").begin_array();
    const auto documents = api.catalog.snapshot()->documents(catalog::ANOMALY_MONITOR);
    for (const auto& [id, document] : *documents) {
        if (document->tenant != request.identity.tenant) continue;
        const auto monitor = alarm::read_monitor(*document);
        if (!monitor.ok()) continue;
        const auto view = views.find(id);
        write_whole(json, *monitor, view == views.end() ? nullptr : view->second.get(), false);
    }
    json.end_array().key("detectors").begin_array();
    for (const alarm::DetectorRow& row : alarm::detectors()) {
        json.begin_object().field("type", row.type).field("hint", row.hint).field("forecasts", row.forecasts);
        json.key("parameters").begin_array();
        for (const alarm::ParameterRow& p : row.parameters)
            json.begin_object().field("name", p.name).field("default", p.fallback).field("hint", p.hint).end_object();
        json.end_array().end_object();
    }
    json.end_array().end_object();
    return http::json_response(json.take());
}

http::Response one(const AnomalyApi& api, const http::Request& request) {
    const std::string id = id_of(request);
    const auto snapshot = api.catalog.snapshot();
    const catalog::Document* document = snapshot->document(catalog::ANOMALY_MONITOR, id, request.identity.tenant);
    if (!document) return http::error_response(make_error(Code::not_found, "there is no anomaly monitor {}", id));
    const auto monitor = alarm::read_monitor(*document);
    if (!monitor.ok()) return http::error_response(monitor.error());
    const auto views = api.book.views();
    const auto view = views.find(id);
    JsonWriter json;
    write_whole(json, *monitor, view == views.end() ? nullptr : view->second.get(), true);
    return http::json_response(json.take());
}

Result<alarm::Monitor> read_body(const http::Request& request) {
    alarm::Monitor out = TRY(alarm::read_monitor(TRY(JsonView::parse(request.body))));
    if (out.name.empty()) return make_error(Code::invalid, "a monitor has a name");
    out.tenant = request.identity.tenant;
    return out;
}

http::Response save(const AnomalyApi& api, const http::Request& request, bool fresh) {
    auto monitor = read_body(request);
    if (!monitor.ok()) return http::error_response(monitor.error());
    monitor->id = fresh ? catalog::random_uuid() : id_of(request);
    if (!fresh && !api.catalog.snapshot()->document(catalog::ANOMALY_MONITOR, monitor->id, monitor->tenant))
        return http::error_response(make_error(Code::not_found, "there is no anomaly monitor {}", monitor->id));
    const auto saved = api.changes.save_document(alarm::to_document(*monitor), request.identity.user);
    if (!saved.ok()) return http::error_response(saved.error());
    monitor->created_ms = saved->created_ms;
    monitor->updated_ms = saved->updated_ms;
    JsonWriter json;
    write_whole(json, *monitor, nullptr, false);
    http::Response response = http::json_response(json.take());
    if (fresh) response.status = 201;
    return response;
}

http::Response remove(const AnomalyApi& api, const http::Request& request) {
    const Status done = api.changes.remove_document(catalog::ANOMALY_MONITOR, id_of(request), request.identity.tenant,
                                                    request.identity.user);
    return done.ok() ? http::empty_response() : http::error_response(done.error());
}

/// {"monitor": MONITOR, "from_ms", "to_ms"}; a day when no times are given.
http::Response preview(const AnomalyApi& api, const http::Request& request) {
    const auto body = JsonView::parse(request.body);
    if (!body.ok()) return http::error_response(body.error());
    auto monitor = alarm::read_monitor(body->get("monitor"));
    if (!monitor.ok()) return http::error_response(monitor.error());
    monitor->tenant = request.identity.tenant;
    const int64_t to_ms = body->int_or("to_ms", api.clock.now_ms());
    const int64_t from_ms = body->int_or("from_ms", to_ms - PREVIEW_MS);
    query::Budget budget(api.limits, api.clock);
    budget.cancel_with(request.disconnected);
    const auto made =
        alarm::preview_monitor(api.engine, *monitor, {.from_ms = from_ms, .to_ms = to_ms}, PREVIEW_SERIES_MAX, budget);
    if (!made.ok()) return http::error_response(made.error());
    JsonWriter json;
    json.begin_object().field("from_ms", from_ms).field("to_ms", to_ms).field("step_ms", monitor->step_ms);
    json.field("series_count", made->series_count).key("series").begin_array();
    for (const auto& s : made->series) {
        json.begin_object();
        write_labels(json, s.labels.view());
        write_choice(json, s.choice.spec.type, s.choice.cycle, s.choice.errors);
        size_t anomalies = 0;
        for (const alarm::Verdict& v : s.verdicts)
            anomalies += v.level == alarm::Level::strong ? 1 : 0;
        json.field("anomalies", anomalies);
        const auto column = [&](std::string_view name, const auto& write) {
            json.key(name).begin_array();
            for (size_t i = 0; i < s.verdicts.size(); ++i)
                write(i);
            json.end_array();
        };
        column("times_ms", [&](size_t i) { json.integer(s.times_ms[i]); });
        column("values", [&](size_t i) { json.number(s.values[i]); });
        column("expected", [&](size_t i) { json.number(s.verdicts[i].expected); });
        column("lower", [&](size_t i) { json.number(s.verdicts[i].bands.lower_weak); });
        column("upper", [&](size_t i) { json.number(s.verdicts[i].bands.upper_weak); });
        column("scores", [&](size_t i) { json.number(s.verdicts[i].score); });
        column("levels", [&](size_t i) { json.string(alarm::to_string(s.verdicts[i].level)); });
        json.end_object();
    }
    json.end_array().end_object();
    return http::json_response(json.take());
}

}  // namespace

void add_anomaly_routes(http::Router& router, const AnomalyApi& api) {
    using http::Access;
    using http::Request;
    const std::string base = "/api/v1/belfry/anomaly-monitors";
    router.add("GET", base, Access::read, [api](const Request& r) { return list(api, r); });
    router.add("POST", base, Access::edit, [api](const Request& r) { return save(api, r, true); });
    router.add("POST", base + "/preview", Access::read, [api](const Request& r) { return preview(api, r); });
    router.add("GET", base + "/:id", Access::read, [api](const Request& r) { return one(api, r); });
    router.add("PUT", base + "/:id", Access::edit, [api](const Request& r) { return save(api, r, false); });
    router.add("DELETE", base + "/:id", Access::edit, [api](const Request& r) { return remove(api, r); });
}

}  // namespace belfry::api
