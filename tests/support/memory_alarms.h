#pragma once

#include "catalog/alarm_log.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace belfry::test {

/// A log of alarms that is its own store: what is submitted is applied at once, unless it lags or refuses.
class MemoryAlarms final : public catalog::AlarmLog {
  public:
    [[nodiscard]] Result<uint64_t> submit(model::AlarmBatch batch) override {
        if (refuses) return make_error(Code::exhausted, "the log is full");
        for (const model::AlarmEvent& event : batch.events) {
            const model::Alarm& a = event.alarm;
            std::string line(model::to_string(event.kind));
            const auto known = alarms.find(a.id);
            line += " " + (a.name.empty() && known != alarms.end() ? known->second->name : a.name);
            if (event.kind == model::AlarmEvent::Kind::transition)
                line += fmt::format(" {}->{}", model::to_string(event.old_state), model::to_string(a.state));
            if (event.kind == model::AlarmEvent::Kind::created) line += fmt::format(" {}", model::to_string(a.state));
            for (const auto& [name, value] : a.labels)
                if (name == "host") line += " " + value;
            lines.push_back(line);
            if (event.kind == model::AlarmEvent::Kind::deleted)
                alarms.erase(a.id);
            else
                alarms[a.id] = std::make_shared<const model::Alarm>(a);
        }
        batches.push_back(std::move(batch));
        return offset++;
    }
    [[nodiscard]] std::shared_ptr<const model::Alarm> find(std::string_view id) const {
        const auto found = alarms.find(std::string(id));
        return found == alarms.end() ? nullptr : found->second;
    }
    [[nodiscard]] std::vector<std::shared_ptr<const model::Alarm>> all() const {
        std::vector<std::shared_ptr<const model::Alarm>> out;
        for (const auto& [id, alarm] : alarms)
            out.push_back(alarm);
        return out;
    }
    std::vector<std::string> take() { return std::exchange(lines, {}); }

    bool refuses = false;
    uint64_t offset = 0;
    std::map<std::string, std::shared_ptr<const model::Alarm>> alarms;
    std::vector<std::string> lines;
    std::vector<model::AlarmBatch> batches;
};

}  // namespace belfry::test
