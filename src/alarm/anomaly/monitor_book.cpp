#include "alarm/anomaly/monitor_book.h"

#include "alarm/anomaly/stats.h"
#include "base/log.h"

namespace belfry::alarm {

MonitorBook::MonitorBook(MonitorParts parts,
                         Schedule& schedule,
                         std::function<std::shared_ptr<const catalog::Documents>()> monitors)
    : parts_(std::move(parts)), schedule_(schedule), monitors_(std::move(monitors)) {}

MonitorBook::~MonitorBook() {
    for (const auto& [id, run] : runs_)
        schedule_.remove(*run);
}

void MonitorBook::sync() {
    const std::lock_guard one(sync_mutex_);
    const std::shared_ptr<const catalog::Documents> now = monitors_();
    if (now == seen_) return;
    seen_ = now;
    std::map<std::string, std::shared_ptr<MonitorRun>> before;
    {
        const std::lock_guard lock(mutex_);
        before = runs_;
    }
    std::map<std::string, std::shared_ptr<MonitorRun>> runs;
    std::map<std::string, std::shared_ptr<const catalog::Document>> documents;
    for (const auto& [id, document] : *now) {
        const auto known = before.find(id);
        if (known != before.end() && documents_[id] == document) {
            runs.emplace(id, known->second);
            documents.emplace(id, document);
            before.erase(known);
            continue;
        }
        Result<Monitor> monitor = read_monitor(*document);
        if (!monitor.ok()) {
            log_warn("alarm", "an anomaly monitor cannot be read", {{"error", monitor.error().message}});
            continue;
        }
        if (!monitor->enabled) continue;
        if (runs.size() >= parts_.config.monitors_max) {
            log_error("alarm", "more monitors than anomaly.monitors_max, one is not evaluated",
                      {{"id", id}, {"limit", parts_.config.monitors_max}});
            continue;
        }
        documents.emplace(id, document);
        runs.emplace(id, std::make_shared<MonitorRun>(parts_, std::make_shared<const Monitor>(std::move(*monitor))));
    }
    const int64_t now_ms = parts_.clock.now_ms();
    for (const auto& [id, gone] : before) {
        schedule_.remove(*gone);
        const std::lock_guard turn(gone->turn);
        gone->end(now_ms);
    }
    for (const auto& [id, run] : runs)
        schedule_.put(run);
    documents_ = std::move(documents);
    anomaly_monitors.set(static_cast<double>(runs.size()));
    const std::lock_guard lock(mutex_);
    runs_ = std::move(runs);
}

std::map<std::string, std::shared_ptr<const MonitorView>> MonitorBook::views() const {
    std::map<std::string, std::shared_ptr<const MonitorView>> out;
    const std::lock_guard lock(mutex_);
    for (const auto& [id, run] : runs_)
        out.emplace(id, run->view());
    return out;
}

}  // namespace belfry::alarm
