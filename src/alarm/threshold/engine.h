#pragma once

#include "alarm/threshold/ast.h"
#include "alarm/threshold/head_table.h"
#include "alarm/threshold/match_groups.h"
#include "alarm/threshold/print.h"
#include "alarm/threshold/threshold_config.h"
#include "alarm/threshold/windows.h"
#include "base/result.h"
#include "catalog/alarm_definition.h"
#include "model/metric_batch.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace belfry::alarm {

/// Decides the alarms of all definitions in Monasca's language: definitions, samples and the time in, events out.
/// Pure: no clock, no I/O. One thread.
class ThresholdEngine {
  public:
    using LabelsOf =
        std::function<void(std::span<const model::HeadId>, const std::function<void(size_t, std::string_view)>&)>;
    struct Parts {
        ThresholdConfig config;
        std::function<std::string()> make_id;  // for alarms and events
    };
    explicit ThresholdEngine(Parts parts);
    ~ThresholdEngine();

    /// All there are, by id: new ones begin with what comes now, alarms of those that are gone are deleted, of changed
    /// ones the windows are kept where they can be and the state is told again.
    void set_definitions(const catalog::Documents& documents, int64_t now_ms);

    // At the start, after the definitions and before the samples.
    void adopt(const model::Alarm& alarm, int64_t now_ms);
    /// Into the windows of adopted alarms. Gives the offset up to which the samples are in them. `corrupt` changes
    /// nothing.
    [[nodiscard]] Result<uint64_t> load(std::string_view snapshot);
    [[nodiscard]] std::string save(uint64_t offset) const;
    /// While silent samples only fill windows: what they meant was told before the restart.
    void set_silent(bool silent) { silent_ = silent; }
    /// All that was in the log has been applied: windows that ended while nobody watched slide without being judged,
    /// and gaps of that time are nobody's fault.
    void resume(int64_t now_ms);

    /// Samples of one record that was logged at `logged_ms`.
    void apply(const model::MetricBatch& batch, int64_t logged_ms, const LabelsOf& labels_of);
    /// Judges what is over by then.
    void advance(int64_t now_ms);
    /// What others did to alarms: states set by hand, acknowledgements, deletions.
    void tell(const model::AlarmBatch& batch);
    [[nodiscard]] std::vector<model::AlarmEvent> take_events() { return std::move(events_); }

    /// False: there is nothing that a sample could matter for.
    [[nodiscard]] bool listens() const { return !candidates_.empty() || !inactive_.empty(); }
    [[nodiscard]] int64_t now_ms() const { return now_ms_; }
    [[nodiscard]] size_t alarm_count() const { return alarms_by_id_.size(); }
    [[nodiscard]] size_t window_count() const { return windows_.size(); }
    [[nodiscard]] size_t waiting_count() const { return members_.size() - free_members_.size(); }
    [[nodiscard]] uint64_t memory_bytes() const;
    /// What the first comparison's newest slot comes to now.
    [[nodiscard]] std::optional<double> current_value(std::string_view alarm_id) const;
    [[nodiscard]] std::optional<std::string> sub_alarms_json(std::string_view alarm_id) const;

  private:
    struct Definition {
        catalog::AlarmDefinition facts;
        std::shared_ptr<const catalog::Document> document;
        AlarmExpression expression;
        std::vector<uint32_t> place;                  // comparison of the expression -> its place in an alarm's windows
        std::vector<std::unique_ptr<SubPlan>> plans;  // by that place
        std::unique_ptr<MatchGroups> groups;
        std::vector<uint32_t> alarms;
        bool active = false;
    };
    struct AlarmRow {
        uint32_t definition = NONE;  // NONE: the place is free
        uint32_t group = NONE;
        uint32_t first_window = NONE;
        uint32_t place = NONE;  // in the definition's list
        model::AlarmState state = model::AlarmState::undetermined;
        bool marked = false;
        int64_t told_ms = INT64_MIN;  // of the newest transition that this engine decided
        int64_t state_updated_ms = 0;
        int64_t created_ms = 0;
        std::string id;
        std::string reason;
        std::optional<double> value;
        model::Dimensions labels;
        std::vector<model::AlarmMetric> metrics;
        std::vector<model::HeadId> heads;
        std::string lifecycle_state;
        std::string link;
        std::optional<model::Acknowledgement> acknowledged;
    };
    struct Candidate {
        uint32_t definition = NONE;
        uint32_t place = 0;
    };

    // engine_definitions.cpp
    void add_definition(catalog::AlarmDefinition facts,
                        AlarmExpression expression,
                        std::shared_ptr<const catalog::Document> document);
    [[nodiscard]] bool change_definition(uint32_t index,
                                         const catalog::AlarmDefinition& facts,
                                         const AlarmExpression& expression);
    void remove_definition(uint32_t index, bool tell);
    void activate(Definition& definition, uint32_t index);
    void activate_due();
    void forget_names(const Definition& definition);

    // engine_match.cpp
    void resolve(model::HeadId id, model::LabelsView labels);
    void match(model::HeadId id, model::LabelsView labels, uint32_t index, const std::vector<uint32_t>& subs);
    [[nodiscard]] bool complete(const Definition& definition, const Group& group) const;
    void try_create(uint32_t definition, uint32_t group);
    void attach(
        uint32_t alarm, model::HeadId id, model::LabelsView labels, const std::vector<uint32_t>& subs, bool tell);
    void feed_waiting(uint32_t member, int64_t time_ms, double value);
    [[nodiscard]] uint32_t take_member();
    void free_member(uint32_t member);
    [[nodiscard]] uint32_t make_alarm(uint32_t definition, uint32_t group, std::string id);
    void remove_alarm(uint32_t alarm);

    // engine.cpp
    void feed(uint32_t window, int64_t time_ms, double value);
    void mark(uint32_t alarm);
    void combine_marked();
    void combine(uint32_t alarm);
    [[nodiscard]] std::optional<model::AlarmState> combined(const AlarmRow& row) const;
    void schedule(uint32_t window);
    void judge_due(int64_t due_s, const std::vector<uint32_t>& due);
    void announce_again(const AlarmRow& row);
    [[nodiscard]] std::vector<SubState> sub_states(const AlarmRow& row) const;
    [[nodiscard]] model::Alarm whole(const AlarmRow& row) const;
    void emit(model::AlarmEvent::Kind kind, model::Alarm alarm, model::AlarmState old_state, std::string sub_alarms);

    const Parts parts_;
    int64_t now_ms_ = 0;
    int64_t watching_since_s_ = INT64_MIN;  // gaps of slots that began before do not count
    bool silent_ = false;

    std::vector<std::unique_ptr<Definition>> definitions_;  // null: the place is free
    std::map<std::string, uint32_t, std::less<>> definitions_by_id_;
    std::vector<uint32_t> inactive_;
    std::set<std::string, std::less<>> refused_;                          // ids of definitions that cannot be read
    std::unordered_map<std::string, std::vector<Candidate>> candidates_;  // tenant and name

    std::vector<AlarmRow> alarms_;
    std::vector<uint32_t> free_alarms_;
    std::map<std::string, uint32_t, std::less<>> alarms_by_id_;
    std::vector<uint32_t> marked_;
    Windows windows_;
    std::map<int64_t, std::vector<uint32_t>> wheel_;  // second -> windows to judge; few seconds, many windows each
    HeadTable heads_;
    int64_t heads_aged_ms_ = 0;  // 0: not begun
    std::vector<Member> members_;
    std::vector<uint32_t> free_members_;
    std::vector<model::AlarmEvent> events_;
};

/// What an alarm is for: the values of match_by, and the definition's own labels beside them.
[[nodiscard]] model::Dimensions alarm_labels(const catalog::AlarmDefinition& definition, const MatchKey& key);
/// The offset that a snapshot carries; `corrupt` when it is none.
[[nodiscard]] Result<uint64_t> saved_offset(std::string_view snapshot);
/// Its engine's time; of a snapshot that is fine.
[[nodiscard]] int64_t saved_time_ms(std::string_view snapshot);

}  // namespace belfry::alarm
