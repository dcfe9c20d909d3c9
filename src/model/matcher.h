#pragma once

#include "base/result.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::model {

/// One condition on a label: `name="v"`, `!=`, `=~`, `!~`. Regular expressions are RE2, anchored at both ends. A missing
/// label has the value "". Immutable after `make`; any thread.
class Matcher {
  public:
    enum class Op { equal, not_equal, regex, not_regex };

    [[nodiscard]] static Result<Matcher> make(Op op, std::string name, std::string value);

    [[nodiscard]] Op op() const { return op_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::string& value() const { return value_; }

    [[nodiscard]] bool matches(std::string_view value) const;
    /// True when a series without the label matches.
    [[nodiscard]] bool matches_empty() const { return matches_empty_; }
    /// For a positive regex (or equality) that is a plain list `a|b|c`: its values, so that no scan is needed.
    [[nodiscard]] const std::vector<std::string>& literals() const { return literals_; }
    /// Every matching value of a positive regex starts with this ("" when unknown).
    [[nodiscard]] const std::string& prefix() const { return prefix_; }

    /// `name=~"value"` in PromQL syntax.
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const Matcher& a, const Matcher& b) {
        return a.op_ == b.op_ && a.name_ == b.name_ && a.value_ == b.value_;
    }

  private:
    Matcher() = default;
    struct Regex;
    Op op_ = Op::equal;
    std::string name_;
    std::string value_;
    bool matches_empty_ = false;
    std::vector<std::string> literals_;
    std::string prefix_;
    std::shared_ptr<const Regex> regex_;
};

using Matchers = std::vector<Matcher>;

}  // namespace belfry::model
