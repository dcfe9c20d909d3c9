#pragma once

#include "query/promql/ast.h"
#include "templates/template.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace belfry::alarm {

using Pairs = std::vector<std::pair<std::string, std::string>>;  // sorted by name, names unique

/// A rule as its file says it. Immutable once read.
struct Rule {
    bool alerting = false;  // else recording
    std::string name;       // of the alert, or of the recorded metric
    std::string expr_text;
    std::shared_ptr<const promql::Expr> expr;
    int64_t for_ms = 0;
    int64_t keep_firing_for_ms = 0;
    Pairs labels;  // with the group's; values of an alert's are templates
    Pairs annotations;
    int line = 0;
    // parsed templates of an alert, as long as labels and annotations
    std::vector<std::shared_ptr<const templates::Template>> label_templates;
    std::vector<std::shared_ptr<const templates::Template>> annotation_templates;
};

/// Rules that are evaluated one after the other, at one time.
struct RuleGroup {
    std::string file;
    std::string name;
    int64_t interval_ms = 0;  // 0: as configured
    uint64_t limit = 0;       // series or alerts a rule; 0: none
    std::optional<int64_t> query_offset_ms;
    std::vector<std::shared_ptr<const Rule>> rules;
    std::string content;  // of all that matters, for "has it changed"

    [[nodiscard]] std::string key() const { return file + ";" + name; }
};

}  // namespace belfry::alarm
