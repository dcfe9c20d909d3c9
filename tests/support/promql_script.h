#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace belfry::test {

/// What of a script is played.
struct ScriptOptions {
    /// Load native histograms and check evals that need them (else such evals count as skipped).
    bool native = true;
    /// Check every instant eval once more as the middle of a range query.
    bool also_range = true;
};

struct ScriptReport {
    size_t passed = 0;
    size_t failed = 0;
    size_t skipped = 0;
    std::vector<std::string> failures;  // "line 12: expression: what was wrong"
};

/// Plays a PromQL script against the engine over a source in memory. The notation is the one PromQL users know:
///
///     load 5m
///       http_requests{job="api"} 0+10x10 _ stale
///     eval instant at 50m sum(http_requests)
///       expect no_warn
///       {} 100
///     eval range from 0 to 10m step 5m http_requests * 2
///       {job="api"} 0 20 40
///     clear
[[nodiscard]] ScriptReport run_promql_script(std::string_view text, const ScriptOptions& options);

}  // namespace belfry::test
