#pragma once

#include "alarm/rules/group_run.h"
#include "alarm/rules/rule_file.h"
#include "alarm/rules/schedule.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace belfry::alarm {

/// How the last reading of the rule files went.
struct LoadView {
    bool ok = true;
    int64_t at_ms = 0;
    std::vector<std::string> files;
    std::vector<std::string> errors;  // the rules before stay in force
    std::vector<std::string> warnings;
};

/// All rule groups: reads their files, gives them to the schedule, takes changed files over while it runs. Any thread
/// may call everything.
class RuleBook {
  public:
    /// `more_files` are asked for at each load, beside the configured ones; may be empty. `schedule` outlives this.
    RuleBook(RuleParts parts, Schedule& schedule, std::function<std::vector<std::string>()> more_files);
    ~RuleBook();
    RuleBook(const RuleBook&) = delete;
    RuleBook& operator=(const RuleBook&) = delete;

    /// Reads the files. Groups that did not change go on untouched, changed ones keep what they can. With an error
    /// anywhere the rules before stay; at the first load the files without errors are taken.
    [[nodiscard]] Status load();
    /// `load` when a file came, went or was written since the last time.
    void load_if_changed();
    [[nodiscard]] LoadView last_load() const;

    /// By file and name.
    [[nodiscard]] std::vector<std::shared_ptr<const GroupView>> groups() const;

  private:
    [[nodiscard]] std::vector<std::string> files() const;
    [[nodiscard]] std::string signature(const std::vector<std::string>& files) const;
    void replace(std::vector<RuleGroup> groups);

    const RuleParts parts_;
    Schedule& schedule_;  // outlives this
    const std::function<std::vector<std::string>()> more_files_;

    std::mutex load_mutex_;  // one load at a time; guards signature_ and loaded_
    std::string signature_;
    bool loaded_ = false;

    mutable std::mutex mutex_;                               // guards what follows
    std::map<std::string, std::shared_ptr<GroupRun>> runs_;  // by group key
    LoadView last_load_;
};

}  // namespace belfry::alarm
