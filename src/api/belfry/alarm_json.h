#pragma once

#include "alarm/desk/definitions.h"
#include "api/belfry/alarm_routes.h"
#include "base/json.h"
#include "catalog/notification.h"

#include <array>
#include <map>
#include <string>
#include <vector>

namespace belfry::api {

/// A tenant's silences that hold now, read once a request.
class SilencesNow {
  public:
    SilencesNow(const catalog::Catalog& catalog, std::string_view tenant, int64_t now_ms);
    /// Till when the alarm alone is muted.
    [[nodiscard]] std::optional<int64_t> muted_until(const model::Alarm& alarm) const;
    /// Ids of the other silences that accept it.
    [[nodiscard]] std::vector<std::string> silenced_by(const model::Alarm& alarm) const;

  private:
    std::vector<catalog::Silence> silences_;
    std::map<std::string, int64_t, std::less<>> mutes_;  // by alarm id
};

/// An alarm with what holds now beside it.
struct AlarmView {
    const model::Alarm& alarm;
    const SilencesNow& silences;
    int64_t now_ms = 0;
    std::optional<double> value;
};
void write_alarm_view(JsonWriter& json, const AlarmView& view);

/// How many alarms are in each state.
using StateCounts = std::array<uint64_t, 3>;
void write_counts(JsonWriter& json, const StateCounts& counts);

void write_definition(JsonWriter& json,
                      const catalog::AlarmDefinition& definition,
                      const StateCounts& counts,
                      const alarm::ParsedDefinition* parsed);
/// A definition as a request brings it: members that are missing have their defaults, those of another type are
/// refused.
[[nodiscard]] Result<catalog::AlarmDefinition> read_definition(const JsonView& json);

/// [from_ms, to_ms, state, reason]
void write_segment(JsonWriter& json, int64_t from_ms, int64_t to_ms, model::AlarmState state, std::string_view reason);

[[nodiscard]] std::string path_id(const http::Request& request);
/// A whole number from 0; `fallback` when missing.
[[nodiscard]] Result<int64_t> number_param(const http::Request& request, std::string_view name, int64_t fallback);

}  // namespace belfry::api
