#pragma once

#include "base/result.h"
#include "model/labels.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::model {

/// One relabelling step as configurations write it.
struct RelabelRule {
    enum class Action {
        replace,
        keep,
        drop,
        keep_equal,
        drop_equal,
        hash_mod,
        label_map,
        label_drop,
        label_keep,
        lowercase,
        uppercase
    };
    static constexpr std::string_view DEFAULT_REGEX = "(.*)";

    Action action = Action::replace;
    std::vector<std::string> source_labels;
    std::string separator = ";";
    std::string regex = std::string(DEFAULT_REGEX);
    std::string target_label;
    std::string replacement = "$1";
    uint64_t modulus = 0;

    friend bool operator==(const RelabelRule&, const RelabelRule&) = default;
};

[[nodiscard]] std::string_view to_string(RelabelRule::Action action);  // "labelmap"
[[nodiscard]] Result<RelabelRule::Action> relabel_action(std::string_view name);

/// A step that was checked and compiled: regular expressions are RE2 (with `.` matching newlines), anchored at both
/// ends;
/// `$1`, `${1}` and `${name}` in `replacement` and `target_label` stand for groups, `$$` for `$`. Immutable; any
/// thread.
class Relabel {
  public:
    [[nodiscard]] static Result<Relabel> make(RelabelRule rule);

    /// Changes the labels; false when the set is dropped.
    [[nodiscard]] bool apply(LabelsBuilder& labels) const;
    [[nodiscard]] const RelabelRule& rule() const { return rule_; }

  private:
    struct Compiled;
    Relabel() = default;
    [[nodiscard]] std::string joined(const LabelsBuilder& labels) const;
    void replace(LabelsBuilder& labels, const std::string& value) const;

    RelabelRule rule_;
    std::shared_ptr<const Compiled> compiled_;
};

using RelabelSteps = std::vector<Relabel>;

/// All steps in turn; false when one of them drops the set.
[[nodiscard]] bool relabel(const RelabelSteps& steps, LabelsBuilder& labels);

/// As Prometheus takes names today: any UTF-8 that is not empty.
[[nodiscard]] bool is_label_name(std::string_view name);

}  // namespace belfry::model
