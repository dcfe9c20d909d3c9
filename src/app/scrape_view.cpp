#include "app/scrape_view.h"

#include "base/json.h"

namespace belfry::app {
namespace {

std::string_view health_of(ingest::scrape::Health health) {
    switch (health) {
        case ingest::scrape::Health::up: return "up";
        case ingest::scrape::Health::down: return "down";
        default: return "unknown";
    }
}

std::string rule_json(const model::RelabelRule& rule) {
    JsonWriter json;
    json.begin_object();
    if (!rule.source_labels.empty()) {
        json.key("source_labels").begin_array();
        for (const std::string& label : rule.source_labels)
            json.string(label);
        json.end_array();
    }
    json.field("separator", rule.separator).field("regex", rule.regex);
    if (rule.modulus > 0) json.field("modulus", rule.modulus);
    if (!rule.target_label.empty()) json.field("target_label", rule.target_label);
    json.field("replacement", rule.replacement).field("action", model::to_string(rule.action)).end_object();
    return json.take();
}

}  // namespace

std::vector<api::PoolRow> ScrapeView::pools() const {
    std::vector<api::PoolRow> out;
    for (const ingest::scrape::PoolView& pool : manager_.pools()) {
        api::PoolRow row{.name = pool.job->name,
                         .error = pool.error,
                         .interval_ms = pool.job->interval_ms,
                         .dropped = pool.dropped_count,
                         .targets = {},
                         .dropped_labels = {}};
        for (const auto& target : pool.targets) {
            const ingest::scrape::TargetState state = target->state_now();
            row.targets.push_back({.discovered = target->plan.discovered,
                                   .labels = target->plan.labels,
                                   .pool = pool.job->name,
                                   .url = target->plan.url(),
                                   .health = health_of(state.health),
                                   .last_error = state.last_error,
                                   .last_scrape_ms = state.last_scrape_ms,
                                   .last_duration_s = state.last_duration_s,
                                   .interval_ms = target->plan.interval_ms,
                                   .timeout_ms = target->plan.timeout_ms,
                                   .samples = state.samples,
                                   .series = state.series,
                                   .body_bytes = state.body_bytes,
                                   .content_type = state.content_type});
        }
        for (const ingest::scrape::DroppedTarget& dropped : pool.dropped)
            row.dropped_labels.push_back(dropped.discovered);
        out.push_back(std::move(row));
    }
    return out;
}

void ScrapeView::each_metadata(const std::function<bool(const api::TargetMetadata&)>& visit) const {
    for (const ingest::scrape::PoolView& pool : manager_.pools()) {
        for (const auto& target : pool.targets) {
            std::shared_ptr<const ingest::scrape::MetadataList> list;
            {
                const std::lock_guard lock(target->mutex);
                list = target->metadata;
            }
            for (const auto& metadata : *list)
                if (!visit({.target = target->plan.labels, .metadata = metadata})) return;
        }
    }
}

Result<std::vector<api::RelabelOutcome>> ScrapeView::relabel_steps(std::string_view pool,
                                                                   const model::Labels& labels) const {
    for (const ingest::scrape::PoolView& view : manager_.pools()) {
        if (view.job->name != pool) continue;
        std::vector<api::RelabelOutcome> out;
        model::LabelsBuilder builder(labels);
        bool kept = true;
        for (const model::Relabel& step : view.job->relabel) {
            if (kept) kept = step.apply(builder);
            out.push_back({.rule_json = rule_json(step.rule()),
                           .labels = kept ? builder.build() : model::Labels(),
                           .kept = kept});
        }
        return out;
    }
    return make_error(Code::not_found, "there is no scrape pool {}", pool);
}

}  // namespace belfry::app
