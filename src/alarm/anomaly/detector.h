#pragma once

#include "alarm/anomaly/verdict.h"
#include "base/result.h"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::alarm {

/// A detector by its name and numbers; what is not named has its default.
struct DetectorSpec {
    std::string type = "auto";
    std::map<std::string, double, std::less<>> numbers;
    std::string interval = "welford";  // of forecasting detectors: welford, additive, multiplicative, power_law
    Tail tail = Tail::two;
};

/// Lets a level pass only when there is reason to.
struct FilterSpec {
    int from_hour = 0;  // UTC; [from, to), over midnight when from > to; equal: the whole day
    int to_hour = 0;
    uint32_t m = 1;  // of the last `n` values so many must be as bad
    uint32_t n = 1;
};

class LevelFilter {
  public:
    explicit LevelFilter(const FilterSpec& spec) : spec_(spec) {}
    [[nodiscard]] Level pass(Level level, int64_t time_ms);

  private:
    FilterSpec spec_;
    std::deque<Level> last_;
};

/// Judges the values of one series, one after the other.
class Detector {
  public:
    virtual ~Detector() = default;
    /// Nothing for a missing value.
    [[nodiscard]] virtual std::optional<Verdict> see(std::optional<double> value) = 0;
};

struct ParameterRow {
    std::string_view name;
    double fallback;  // NaN: none, it may be left out
    double least;
    double most;
    std::string_view hint;
};
struct DetectorRow {
    std::string_view type;
    bool forecasts = false;  // has an expected value and an interval around it
    std::string_view hint;
    std::span<const ParameterRow> parameters;
};
/// Every detector, `auto` first.
[[nodiscard]] std::span<const DetectorRow> detectors();
[[nodiscard]] const DetectorRow* find_detector(std::string_view type);

/// `invalid` with what is wrong: an unknown type or number, a number outside its limits, an interval that is unknown.
[[nodiscard]] Status check_detector(const DetectorSpec& spec);
/// Of a checked spec that is not `auto`. `cycle` is used where the numbers name none.
[[nodiscard]] std::unique_ptr<Detector> make_detector(const DetectorSpec& spec, size_t cycle);

}  // namespace belfry::alarm
