#pragma once

#include "alarm/threshold/engine.h"

#include <map>
#include <string>
#include <vector>

namespace belfry::alarm {

/// Drives an engine second by second, from an even minute on, and writes down what happens. Seconds are since that
/// base.
struct EngineDriver {
    static constexpr int64_t BASE_MS = 1'700'000'040'000;  // a whole minute

    struct Seen {
        int64_t at_s = 0;
        model::AlarmEvent event;
    };

    explicit EngineDriver(ThresholdConfig config = {})
        : engine({.config = config, .make_id = [this] { return fmt::format("id-{:03}", ++ids); }}) {
        engine.advance(BASE_MS);
    }

    static catalog::AlarmDefinition definition(std::string expression, std::vector<std::string> match_by = {}) {
        catalog::AlarmDefinition out;
        out.id = "d1";
        out.name = "definition";
        out.expression = std::move(expression);
        out.match_by = std::move(match_by);
        out.created_ms = BASE_MS;
        return out;
    }

    void define(const catalog::AlarmDefinition& d) {
        catalog::Document document = catalog::to_document(d);
        document.created_ms = d.created_ms;
        documents[d.id] = std::make_shared<const catalog::Document>(std::move(document));
        engine.set_definitions(documents, engine.now_ms());
        note();
    }

    /// `dims` without the name.
    void sample(int64_t at_s,
                std::string name,
                double value,
                std::map<std::string, std::string> dims = {},
                std::optional<int64_t> time_s = {}) {
        until(at_s);
        model::MetricBatch batch;
        std::vector<model::Label> labels{{model::METRIC_NAME, name}};
        for (const auto& [k, v] : dims)
            labels.push_back({k, v});
        const model::Labels set = model::Labels::from(labels);
        const auto [id, is_new] = series.try_emplace(set.bytes(), series.size() + 1);
        if (is_new && log_series) batch.add_series(id->second, set.bytes());
        batch.times_ms = {BASE_MS + time_s.value_or(at_s) * 1'000};
        batch.ids = {id->second};
        batch.time_index = {0};
        batch.values = {value};
        engine.apply(batch, BASE_MS + at_s * 1'000, [this](auto ids_wanted, const auto& take) {
            for (size_t i = 0; i < ids_wanted.size(); ++i)
                for (const auto& [bytes, number] : series)
                    if (number == ids_wanted[i]) take(i, bytes);
        });
        note();
    }

    void until(int64_t at_s) {
        for (; now_s < at_s; ++now_s) {
            engine.advance(BASE_MS + (now_s + 1) * 1'000);
            note();
        }
    }

    void note() {
        for (auto& event : engine.take_events())
            seen.push_back({(event.at_ms - BASE_MS) / 1'000, std::move(event)});
    }

    /// "U A@2 O@151" of the alarm with these labels; "" when there is none.
    [[nodiscard]] std::string states(const model::Dimensions& labels = {}) const {
        std::string out;
        std::string id;
        for (const Seen& s : seen) {
            if (s.event.kind == model::AlarmEvent::Kind::created && s.event.alarm.labels == labels) {
                id = s.event.alarm.id;
                out = letter(s.event.alarm.state);
            }
            if (s.event.kind == model::AlarmEvent::Kind::transition && s.event.alarm.id == id)
                out += fmt::format(" {}@{}", letter(s.event.alarm.state), s.at_s);
        }
        return out;
    }
    [[nodiscard]] std::vector<std::string> reasons() const {
        std::vector<std::string> out;
        for (const Seen& s : seen)
            if (s.event.kind == model::AlarmEvent::Kind::transition) out.push_back(s.event.alarm.reason);
        return out;
    }
    [[nodiscard]] size_t count(model::AlarmEvent::Kind kind) const {
        size_t out = 0;
        for (const Seen& s : seen)
            out += s.event.kind == kind;
        return out;
    }
    static std::string letter(model::AlarmState state) { return std::string(model::to_string(state).substr(0, 1)); }

    int ids = 0;
    bool log_series = true;
    int64_t now_s = 0;
    ThresholdEngine engine;
    catalog::Documents documents;
    std::map<std::string, model::HeadId> series;
    std::vector<Seen> seen;
};

}  // namespace belfry::alarm
