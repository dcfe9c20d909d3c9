#pragma once

#include <cstdint>
#include <vector>

namespace belfry::model {

/// What the samples of one series in a window come to: enough for exact counts, sums, means, extremes, first and last
/// values and growth of any union of windows. Stale markers are not counted.
struct SampleRecord {
    int64_t end_ms = 0;   // the window is (end - span, end]
    int64_t span_ms = 0;  // 0: a single sample as it was received, at end_ms
    double count = 0;
    double sum = 0;
    double min = 0;  // NaN only when all values are
    double max = 0;
    double first = 0;
    double last = 0;
    int64_t first_ms = 0;
    int64_t last_ms = 0;
    double lost = 0;      // sum of the values right before a fall: growth of a counter = last - first + lost
    int64_t gone_ms = 0;  // of the stale marker that is newer than all samples; 0: none
    friend bool operator==(const SampleRecord&, const SampleRecord&) = default;
};

/// Ascending by end.
using SampleRecords = std::vector<SampleRecord>;

/// What a query does with the samples it selects: tells a source which records answer it as exactly as samples do.
struct SelectHints {
    enum class Use {
        samples,  // anything
        newest,   // at each step the newest sample before it
        window,   // at each step what a SampleRecord of (step - window, step] says
    };
    Use use = Use::samples;
    int64_t first_ms = 0;   // the first step
    int64_t step_ms = 0;    // 0: there is one step
    int64_t window_ms = 0;  // window

    /// Every window begins and ends where records of this span do.
    [[nodiscard]] bool fits(int64_t span_ms) const {
        return use != Use::samples && first_ms % span_ms == 0 && step_ms % span_ms == 0 &&
               (use == Use::newest || (window_ms > 0 && window_ms % span_ms == 0));
    }
};

/// Samples before `until_ms` stand for up to `span_ms`, because what was received is gone and no finer records fit.
struct CoarseSamples {
    int64_t until_ms = 0;
    int64_t span_ms = 0;  // 0: none
};

}  // namespace belfry::model
