#pragma once

#include "alarm/rules/rule.h"
#include "base/file.h"
#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace belfry::alarm {

/// What a rule file holds, and everything that is wrong with it. With errors the groups are not to be used.
struct RuleFile {
    std::vector<RuleGroup> groups;
    std::vector<std::string> errors;    // `rules.yml: line 7: group "g", rule 2, "High": ...`
    std::vector<std::string> warnings;  // odd but allowed: two rules that give the same series
    [[nodiscard]] size_t rule_count() const;
};

struct RuleFileLimits {
    size_t file_bytes_max = 4 << 20;
    size_t groups_max = 10'000;
    size_t rules_max = 100'000;
};

/// Reads Prometheus' rule file format. Unknown keys are errors, every expression and template is parsed.
[[nodiscard]] RuleFile parse_rule_file(std::string_view text,
                                       const std::string& file,
                                       const RuleFileLimits& limits = {});

/// The files that a pattern with * ? [..] names, sorted; a plain path is itself, there or not.
[[nodiscard]] std::vector<std::string> expand_pattern(const std::string& pattern);
/// The whole of a file; `exhausted` beyond `bytes_max`.
[[nodiscard]] Result<std::string> read_text_file(const std::string& path, size_t bytes_max);

}  // namespace belfry::alarm
