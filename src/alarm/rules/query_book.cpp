#include "alarm/rules/query_book.h"

#include "alarm/rules/stats.h"
#include "base/log.h"

namespace belfry::alarm {

QueryBook::QueryBook(QueryParts parts,
                     Schedule& schedule,
                     std::function<std::shared_ptr<const catalog::Documents>()> definitions)
    : parts_(std::move(parts)), schedule_(schedule), definitions_(std::move(definitions)) {}

QueryBook::~QueryBook() {
    for (const auto& [id, run] : runs_)
        schedule_.remove(*run);
}

void QueryBook::sync() {
    const std::lock_guard one(sync_mutex_);
    const std::shared_ptr<const catalog::Documents> now = definitions_();
    if (now == seen_) return;
    const bool first = !seen_;
    seen_ = now;
    std::map<std::string, std::vector<std::shared_ptr<const model::Alarm>>> restored;
    if (first && parts_.outbox.stored().all) {
        for (auto& alarm : parts_.outbox.stored().all())
            if (alarm->source == model::AlarmSource::query) restored[alarm->definition_id].push_back(std::move(alarm));
    }
    std::map<std::string, std::shared_ptr<QueryRun>, std::less<>> before;
    {
        const std::lock_guard lock(mutex_);
        before = runs_;
    }
    std::map<std::string, std::shared_ptr<QueryRun>, std::less<>> runs;
    std::map<std::string, std::shared_ptr<const catalog::Document>> documents;
    const int64_t now_ms = parts_.clock.now_ms();
    for (const auto& [id, document] : *now) {
        const auto known = before.find(id);
        if (known != before.end() && documents_[id] == document) {
            runs.emplace(id, known->second);
            documents.emplace(id, document);
            before.erase(known);
            continue;
        }
        Result<catalog::AlarmDefinition> definition = catalog::read_alarm_definition(*document);
        if (!definition.ok()) {
            log_warn("alarm", "an alarm definition cannot be read", {{"error", definition.error().message}});
            continue;
        }
        if (definition->language != catalog::AlarmLanguage::promql) continue;
        if (runs.size() >= parts_.config.definitions_max) {
            log_error("alarm", "more PromQL alarm definitions than alarm.definitions_max, one is not evaluated",
                      {{"id", id}, {"limit", parts_.config.definitions_max}});
            continue;
        }
        auto shared = std::make_shared<const catalog::AlarmDefinition>(std::move(*definition));
        auto run = std::make_shared<QueryRun>(parts_, std::move(shared), restored[id],
                                              first ? now_ms + parts_.config.hold_back_ms : 0);
        if (known != before.end()) {
            schedule_.remove(*known->second);
            const std::lock_guard turn(known->second->turn);
            run->take_over(*known->second);
            before.erase(known);
        }
        documents.emplace(id, document);
        runs.emplace(id, std::move(run));
    }
    for (const auto& [id, gone] : before) {
        schedule_.remove(*gone);
        const std::lock_guard turn(gone->turn);
        gone->end(now_ms);
    }
    for (const auto& [id, run] : runs)
        schedule_.put(run);
    documents_ = std::move(documents);
    queries_now.set(static_cast<double>(runs.size()));
    const std::lock_guard lock(mutex_);
    runs_ = std::move(runs);
}

void QueryBook::sweep() {
    const std::lock_guard one(sync_mutex_);
    if (!seen_ || !parts_.outbox.flush() || !parts_.outbox.settled() || !parts_.outbox.stored().all) return;
    const int64_t now_ms = parts_.clock.now_ms();
    std::vector<model::AlarmEvent> events;
    for (const auto& alarm : parts_.outbox.stored().all()) {
        if (alarm->source != model::AlarmSource::query || seen_->count(alarm->definition_id) > 0) continue;
        model::AlarmEvent& event = events.emplace_back();
        event.kind = model::AlarmEvent::Kind::deleted;
        event.at_ms = now_ms;
        event.alarm.id = alarm->id;
        event.alarm.tenant = alarm->tenant;
    }
    parts_.outbox.put(std::move(events));
}

std::vector<std::shared_ptr<const QueryView>> QueryBook::views() const {
    std::vector<std::shared_ptr<const QueryView>> out;
    const std::lock_guard lock(mutex_);
    for (const auto& [id, run] : runs_)
        out.push_back(run->view());
    return out;
}

std::shared_ptr<const QueryView> QueryBook::view(std::string_view definition_id) const {
    const std::lock_guard lock(mutex_);
    const auto found = runs_.find(definition_id);
    return found == runs_.end() ? nullptr : found->second->view();
}

std::optional<double> QueryBook::value(std::string_view definition_id, std::string_view alarm_id) const {
    const auto found = view(definition_id);
    if (!found) return std::nullopt;
    const auto at = found->values.find(alarm_id);
    return at == found->values.end() ? std::nullopt : std::optional(at->second);
}

}  // namespace belfry::alarm
