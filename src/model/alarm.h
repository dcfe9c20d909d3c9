#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace belfry::model {

/// In Monasca's order of sorting.
enum class AlarmState : uint8_t { ok, undetermined, alarm };
[[nodiscard]] std::string_view to_string(AlarmState state);                        // "OK", "UNDETERMINED", "ALARM"
[[nodiscard]] std::optional<AlarmState> parse_alarm_state(std::string_view text);  // any case

enum class Severity : uint8_t { low, medium, high, critical };
[[nodiscard]] std::string_view to_string(Severity severity);                  // "LOW", ...
[[nodiscard]] std::optional<Severity> parse_severity(std::string_view text);  // any case

/// Who decides an alarm's state.
enum class AlarmSource : uint8_t {
    threshold,  // alarm/threshold: a definition in Monasca's language, on every sample
    query,      // alarm/rules: a definition in PromQL, on a schedule
    rule,       // alarm/rules: an alerting rule of a file
    outside,    // alerts that another program sent (Alertmanager's API)
};
[[nodiscard]] std::string_view to_string(AlarmSource source);
[[nodiscard]] std::optional<AlarmSource> parse_alarm_source(std::string_view text);

/// Names with values, sorted by name, names unique.
using Dimensions = std::vector<std::pair<std::string, std::string>>;

/// A metric that feeds an alarm.
struct AlarmMetric {
    std::string name;
    Dimensions dimensions;
    friend bool operator==(const AlarmMetric&, const AlarmMetric&) = default;
    friend auto operator<=>(const AlarmMetric&, const AlarmMetric&) = default;
};

/// Somebody looks after a ringing alarm, or wants to hear nothing of it for a while.
struct Acknowledgement {
    std::string by;
    std::string reason;
    int64_t at_ms = 0;
    int64_t until_ms = 0;  // 0: until it is OK again
    friend bool operator==(const Acknowledgement&, const Acknowledgement&) = default;
};

/// One alarm: a definition met one group of metrics.
struct Alarm {
    std::string id;  // a UUID
    std::string tenant = "default";
    AlarmSource source = AlarmSource::threshold;
    std::string definition_id;  // of the catalog; of a rule "<file>;<group>;<rule>"; "" for outside
    std::string name;           // the definition's
    std::string description;
    Severity severity = Severity::low;
    Dimensions labels;       // what it is for: the values of match_by, a series' labels; what routes and silences match
    Dimensions annotations;  // texts for people: summary, runbook_url, ...
    std::vector<AlarmMetric> metrics;  // sorted; of source threshold
    AlarmState state = AlarmState::undetermined;
    std::string reason;           // why it is in this state
    std::optional<double> value;  // that decided it, where there is one
    int64_t state_updated_ms = 0;
    int64_t created_ms = 0;
    int64_t updated_ms = 0;
    bool actions_enabled = true;
    std::string lifecycle_state;  // free text of Monasca's users, "" when unset
    std::string link;
    std::optional<Acknowledgement> acknowledged;
};

/// What happens to alarms, in order: the records of topic `transitions`.
struct AlarmEvent {
    enum class Kind : uint8_t {
        created,     // `alarm` is whole; no entry in the history
        joined,      // `alarm.metrics` are the new ones; beside them id and tenant count
        transition,  // `alarm` is whole, as it is after the change; `old_state`, `sub_alarms` and `id` count
        changed,     // lifecycle state, link, acknowledgement or texts; `alarm` is whole; no change of state
        deleted,     // `alarm.id` and `alarm.tenant` count
    };
    Kind kind = Kind::transition;
    std::string id;  // random; of a transition what a receiver knows it again by
    int64_t at_ms = 0;
    Alarm alarm;
    AlarmState old_state = AlarmState::undetermined;
    std::string sub_alarms = "[]";  // JSON as Monasca shows it
    std::string by;                 // a user or key; "" for an engine
};
[[nodiscard]] std::string_view to_string(AlarmEvent::Kind kind);

/// One record of topic `transitions`, decoded.
struct AlarmBatch {
    std::string origin;    // "threshold", "query", "rules", "api", "outside"
    uint64_t covered = 0;  // of origin threshold: everything below this offset of topic `metrics` is decided
    std::vector<AlarmEvent> events;
};

}  // namespace belfry::model
