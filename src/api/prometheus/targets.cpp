#include "api/prometheus/targets.h"

#include "api/prometheus/params.h"
#include "api/prometheus/render.h"
#include "base/json.h"
#include "base/number.h"
#include "query/promql/parser.h"

#include <ctime>

namespace belfry::api {
namespace {

std::string rfc3339(int64_t time_ms) {
    if (time_ms == 0) return "0001-01-01T00:00:00Z";  // "never", as Prometheus says it
    const time_t seconds = time_ms / 1000;
    tm parts{};
    gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, time_ms % 1000);
}

std::string labels_json(model::LabelsView labels) {
    std::string out;
    append_labels(out, labels);
    return out;
}

void write_target(JsonWriter& json, const TargetRow& t) {
    json.begin_object().key("discoveredLabels").raw(labels_json(t.discovered)).key("labels").raw(labels_json(t.labels));
    json.field("scrapePool", t.pool)
        .field("scrapeUrl", t.url)
        .field("globalUrl", t.url)
        .field("lastError", t.last_error);
    json.field("lastScrape", rfc3339(t.last_scrape_ms)).field("lastScrapeDuration", t.last_duration_s);
    json.field("health", t.health).field("scrapeInterval", format_duration_ms(t.interval_ms));
    json.field("scrapeTimeout", format_duration_ms(t.timeout_ms));
    // Belfry's own: what the targets page shows beside
    json.field("samples", t.samples).field("series", t.series).field("bodyBytes", t.body_bytes);
    json.field("contentType", t.content_type).end_object();
}

Result<http::Response> targets(const ScrapeSource& source, const http::Request& request) {
    const std::string state = request.query.get("state").value_or("any");
    const std::string wanted = request.query.get("scrapePool").value_or("");
    const bool active = state.empty() || state == "any" || state == "active";
    const bool dropped = state.empty() || state == "any" || state == "dropped";
    if (!active && !dropped) return make_error(Code::invalid, "state is active, dropped or any, not {}", state);
    const std::vector<PoolRow> pools = source.pools();
    JsonWriter json;
    json.begin_object().key("activeTargets").begin_array();
    for (const PoolRow& pool : pools) {
        if (!active || (!wanted.empty() && pool.name != wanted)) continue;
        for (const TargetRow& target : pool.targets)
            write_target(json, target);
    }
    json.end_array().key("droppedTargets").begin_array();
    for (const PoolRow& pool : pools) {
        if (!dropped || (!wanted.empty() && pool.name != wanted)) continue;
        for (const model::Labels& labels : pool.dropped_labels)
            json.begin_object()
                .key("discoveredLabels")
                .raw(labels_json(labels))
                .field("scrapePool", pool.name)
                .end_object();
    }
    json.end_array().key("droppedTargetCounts").begin_object();
    for (const PoolRow& pool : pools)
        if (dropped && (wanted.empty() || pool.name == wanted)) json.field(pool.name, pool.dropped);
    json.end_object().end_object();
    return success(json.take());
}

Result<http::Response> scrape_pools(const ScrapeSource& source, const http::Request&) {
    JsonWriter json;
    json.begin_object().key("scrapePools").begin_array();
    std::vector<std::string> names;
    for (const PoolRow& pool : source.pools())
        names.push_back(pool.name);
    std::sort(names.begin(), names.end());
    for (const std::string& name : names)
        json.string(name);
    json.end_array().end_object();
    return success(json.take());
}

bool matches(const model::Matchers& matchers, const model::Labels& labels) {
    return std::all_of(matchers.begin(), matchers.end(),
                       [&](const model::Matcher& m) { return m.matches(labels.get(m.name())); });
}

Result<http::Response> metadata(const ScrapeSource& source, const http::Request& request) {
    const size_t limit = TRY(limit_param(request));
    const std::string metric = request.query.get("metric").value_or("");
    const std::string selector = request.query.get("match_target").value_or("");
    const model::Matchers matchers = selector.empty() ? model::Matchers() : TRY(promql::parse_selector(selector));
    size_t count = 0;
    JsonWriter json;
    json.begin_array();
    source.each_metadata([&](const TargetMetadata& row) {
        if (!metric.empty() && row.metadata->name != metric) return true;
        if (!matches(matchers, row.target)) return true;
        json.begin_object().key("target").raw(labels_json(row.target));
        if (metric.empty()) json.field("metric", row.metadata->name);
        json.field("type", model::to_string(row.metadata->type));
        json.field("help", row.metadata->help).field("unit", row.metadata->unit).end_object();
        return limit == 0 || ++count < limit;
    });
    json.end_array();
    return success(json.take());
}

Result<http::Response> relabel_steps(const ScrapeSource& source, const http::Request& request) {
    const std::string pool = request.query.get("scrapePool").value_or("");
    if (pool.empty()) return make_error(Code::invalid, "scrapePool is missing");
    const JsonView given = TRY(JsonView::parse(request.query.get("labels").value_or("")));
    if (!given.is_object()) return make_error(Code::invalid, "labels is not a JSON object");
    model::LabelsBuilder labels;
    for (const std::string& name : given.keys())
        labels.set(name, given.string_or(name, ""));
    JsonWriter json;
    json.begin_object().key("steps").begin_array();
    for (const RelabelOutcome& step : TRY(source.relabel_steps(pool, labels.build()))) {
        json.begin_object().key("rule").raw(step.rule_json);
        json.key("output").raw(labels_json(step.labels)).field("keep", step.kept).end_object();
    }
    json.end_array().end_object();
    return success(json.take());
}

Result<http::Response> config(const ScrapeSource& source, const http::Request&) {
    JsonWriter json;
    json.begin_object().field("yaml", source.config_text()).end_object();
    return success(json.take());
}

Result<http::Response> overview(const ScrapeSource& source, const http::Request&) {
    JsonWriter json;
    json.begin_object().field("config_file", source.config_file()).field("error", source.config_error());
    json.key("warnings").begin_array();
    for (const std::string& warning : source.warnings())
        json.string(warning);
    json.end_array().key("pools").begin_array();
    for (const PoolRow& pool : source.pools()) {
        const auto count = [&](std::string_view health) {
            return std::count_if(pool.targets.begin(), pool.targets.end(),
                                 [&](const TargetRow& t) { return t.health == health; });
        };
        json.begin_object().field("name", pool.name).field("error", pool.error).field("interval_ms", pool.interval_ms);
        json.field("up", count("up")).field("down", count("down")).field("unknown", count("unknown"));
        json.field("dropped", pool.dropped).end_object();
    }
    json.end_array().end_object();
    return http::json_response(json.take());
}

using Answer = Result<http::Response> (*)(const ScrapeSource&, const http::Request&);

}  // namespace

void add_target_routes(http::Router& router, const ScrapeSource& source) {
    static constexpr std::pair<std::string_view, Answer> ROUTES[] = {
        {"/targets", targets},           {"/targets/metadata", metadata}, {"/targets/relabel_steps", relabel_steps},
        {"/scrape_pools", scrape_pools}, {"/status/config", config},
    };
    const auto add = [&](const std::string& path, Answer answer) {
        router.add("GET", path, http::Access::read, [&source, answer](const http::Request& request) {
            auto made = answer(source, request);
            return made ? std::move(*made) : query_error(made.error());
        });
    };
    for (const auto& [path, answer] : ROUTES)
        for (const char* prefix : {"/api/v1", "/prometheus/api/v1"})
            add(prefix + std::string(path), answer);
    add("/api/v1/belfry/scrape", overview);
}

}  // namespace belfry::api
