#pragma once

#include "base/result.h"
#include "catalog/document.h"
#include "model/alarm.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::catalog {

/// In which language an alarm's expression is written, and so which engine decides.
enum class AlarmLanguage : uint8_t { monasca, promql };
[[nodiscard]] std::string_view to_string(AlarmLanguage language);

/// What a PromQL alarm becomes when its query no longer gives a series. (Monasca's language has `deterministic` for
/// it.)
enum class NoData : uint8_t { undetermined, keep, ok, alarm };
[[nodiscard]] std::string_view to_string(NoData policy);

/// What rings when. A document of kind ALARM_DEFINITION; Monasca's members have Monasca's meaning.
struct AlarmDefinition {
    std::string id;  // a UUID
    std::string tenant = "default";
    std::string name;
    std::string description;
    AlarmLanguage language = AlarmLanguage::monasca;
    std::string expression;
    model::Severity severity = model::Severity::low;
    std::vector<std::string> match_by;
    std::vector<std::string> alarm_actions;  // ids of notification methods
    std::vector<std::string> ok_actions;
    std::vector<std::string> undetermined_actions;
    bool actions_enabled = true;
    // beyond Monasca
    int64_t interval_ms = 60'000;    // promql: between two evaluations
    int64_t for_ms = 0;              // promql: how long it must hold before it rings
    int64_t keep_firing_for_ms = 0;  // promql
    NoData no_data = NoData::undetermined;
    model::Dimensions labels;       // added to those of its alarms, for routes and silences
    model::Dimensions annotations;  // texts with templates
    bool ready_made = false;        // came with Belfry
    int64_t created_ms = 0;         // kept by the document
    int64_t updated_ms = 0;
};

[[nodiscard]] Document to_document(const AlarmDefinition& definition);
/// `corrupt` when a member is missing or of another type.
[[nodiscard]] Result<AlarmDefinition> read_alarm_definition(const Document& document);

}  // namespace belfry::catalog
