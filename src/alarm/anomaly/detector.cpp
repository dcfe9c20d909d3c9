#include "alarm/anomaly/detector.h"

#include "alarm/anomaly/chart.h"
#include "alarm/anomaly/forecaster.h"
#include "alarm/anomaly/interval.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace belfry::alarm {
namespace {

constexpr double NONE = std::numeric_limits<double>::quiet_NaN();
constexpr double ANY = std::numeric_limits<double>::max();
constexpr std::array<std::string_view, 4> INTERVALS = {"welford", "additive", "multiplicative", "power_law"};

constexpr ParameterRow WEAK{"weak", 3, 0, ANY, "how far from what is expected it is odd"};
constexpr ParameterRow STRONG{"strong", 4, 0, ANY, "how far from what is expected it is an anomaly"};
constexpr ParameterRow SPREAD{"interval_alpha", 0.15, 0, ANY, "weight of the newest error in the spread"};
constexpr ParameterRow POWER{"interval_beta", 0.5, 0, 10, "exponent of the power law"};
constexpr ParameterRow WARMUP{"warmup", 30, 1, 10'000, "values before it judges"};
constexpr ParameterRow ALPHA{"alpha", 0.15, 0, 1, "weight of the newest value"};
constexpr ParameterRow CYCLE{"cycle", NONE, 2, 100'000, "values of a season; found in the history when left out"};

constexpr ParameterRow AUTO[] = {WEAK, STRONG, SPREAD, POWER, WARMUP};
constexpr ParameterRow CONSTANT[] = {{"upper_strong", NONE, -ANY, ANY, "above it is an anomaly"},
                                     {"upper_weak", NONE, -ANY, ANY, "above it is odd"},
                                     {"lower_weak", NONE, -ANY, ANY, "below it is odd"},
                                     {"lower_strong", NONE, -ANY, ANY, "below it is an anomaly"}};
constexpr ParameterRow EWMA[] = {ALPHA, {"start", NONE, -ANY, ANY, "the first mean"}, WEAK, STRONG, SPREAD, POWER,
                                 WARMUP};
constexpr ParameterRow PEWMA[] = {
    ALPHA, {"beta", 1, 0, 1, "how much less unlikely values count"}, WEAK, STRONG, SPREAD, POWER, WARMUP};
constexpr ParameterRow HOLT_WINTERS[] = {CYCLE,
                                         ALPHA,
                                         {"beta", 0.15, 0, 1, "weight of the newest trend"},
                                         {"gamma", 0.15, 0, 1, "weight of the newest season"},
                                         {"multiplicative", 0, 0, 1, "1: seasons multiply"},
                                         WEAK,
                                         STRONG,
                                         SPREAD,
                                         POWER,
                                         WARMUP};
constexpr ParameterRow SEASONAL[] = {CYCLE, WEAK, STRONG, SPREAD, POWER, WARMUP};
constexpr ParameterRow AVERAGE[] = {
    {"window", 12, 1, 100'000, "values that are averaged"}, WEAK, STRONG, SPREAD, POWER, WARMUP};
constexpr ParameterRow NAIVE[] = {WEAK, STRONG, SPREAD, POWER, WARMUP};
constexpr ParameterRow CUSUM[] = {{"target", NONE, -ANY, ANY, "the mean of the warm-up when left out"},
                                  {"slack", 0.5, 0, 100, "deviations that do not count"},
                                  {"weak", 3, 0, ANY, "deviations"},
                                  {"strong", 4, 0, ANY, "deviations"},
                                  {"warmup", 25, 2, 10'000, "values before it judges"}};
constexpr ParameterRow INDIVIDUALS[] = {{"strong", 3, 0, ANY, "deviations"},
                                        {"warmup", 30, 2, 10'000, "values before it judges"}};
constexpr ParameterRow BREAKOUT[] = {{"delta", 6, 2, 100, "the least on each side of a break"},
                                     {"buffer", 15, 4, 200, "values that are looked at"},
                                     {"permutations", 99, 19, 999, "shuffles it is compared with"},
                                     {"alpha_strong", 0.01, 0, 1, "probability below which it is an anomaly"},
                                     {"alpha_weak", 0.05, 0, 1, "probability below which it is odd"}};

constexpr DetectorRow DETECTORS[] = {
    {"auto", true, "the one whose forecasts of the history were best", AUTO},
    {"constant", false, "fixed limits", CONSTANT},
    {"ewma", true, "exponentially weighted mean", EWMA},
    {"pewma", true, "exponentially weighted mean that unlikely values move less", PEWMA},
    {"holt_winters", true, "level, trend and seasons", HOLT_WINTERS},
    {"seasonal_naive", true, "the value one season ago", SEASONAL},
    {"sma", true, "mean of the last values", AVERAGE},
    {"naive", true, "the last value", NAIVE},
    {"cusum", false, "small shifts that last", CUSUM},
    {"individuals", false, "single values and their moving ranges", INDIVIDUALS},
    {"breakout", false, "a break in the level of the last values", BREAKOUT},
};

class Forecasting final : public Detector {
  public:
    Forecasting(std::unique_ptr<Forecaster> forecaster, const Interval::Options& options, Tail tail)
        : forecaster_(std::move(forecaster)), interval_(options), warmup_(options.warmup), tail_(tail) {}
    std::optional<Verdict> see(std::optional<double> value) override {
        const std::optional<double> expected = forecaster_->expected();
        std::optional<Verdict> out;
        if (value) {
            const auto bands = expected && judged_ >= warmup_ ? interval_.around(*expected) : std::nullopt;
            constexpr double FAR = std::numeric_limits<double>::infinity();
            out = bands ? judge(*value, *expected, *bands, tail_)
                        : Verdict{.level = Level::warmup,
                                  .expected = expected.value_or(NONE),
                                  .bands = {-FAR, -FAR, FAR, FAR},
                                  .score = 0};
            if (expected) {
                interval_.learn(*value, *expected);
                ++judged_;
            }
        }
        forecaster_->learn(value);
        return out;
    }

  private:
    std::unique_ptr<Forecaster> forecaster_;
    Interval interval_;
    const uint32_t warmup_;
    const Tail tail_;
    uint32_t judged_ = 0;
};

class Constant final : public Detector {
  public:
    Constant(const Bands& bands, Tail tail) : bands_(bands), tail_(tail) {}
    std::optional<Verdict> see(std::optional<double> value) override {
        if (!value) return std::nullopt;
        const bool both = std::isfinite(bands_.lower_strong) && std::isfinite(bands_.upper_strong);
        Verdict out = judge(*value, both ? (bands_.lower_strong + bands_.upper_strong) / 2 : *value, bands_, tail_);
        if (!both) {
            out.expected = NONE;
            out.score = out.level == Level::strong ? 1 : out.level == Level::weak ? 0.5 : 0;
        }
        return out;
    }

  private:
    const Bands bands_;
    const Tail tail_;
};

template <typename Chart>
class Charting final : public Detector {
  public:
    Charting(const typename Chart::Options& options, Tail tail) : chart_(options), tail_(tail) {}
    std::optional<Verdict> see(std::optional<double> value) override {
        if (!value) return std::nullopt;
        return chart_.see(*value, tail_);
    }

  private:
    Chart chart_;
    const Tail tail_;
};

}  // namespace

Level LevelFilter::pass(Level level, int64_t time_ms) {
    last_.push_back(level);
    if (last_.size() > spec_.n) last_.pop_front();
    if (level == Level::warmup) return level;
    if (spec_.from_hour != spec_.to_hour) {
        const auto hour = static_cast<int>(((time_ms / 3'600'000) % 24 + 24) % 24);
        const bool inside = spec_.from_hour < spec_.to_hour ? hour >= spec_.from_hour && hour < spec_.to_hour
                                                            : hour >= spec_.from_hour || hour < spec_.to_hour;
        if (!inside) return Level::normal;
    }
    for (const Level wanted : {Level::strong, Level::weak}) {
        const auto as_bad = std::count_if(last_.begin(), last_.end(), [&](Level l) { return l >= wanted; });
        if (as_bad >= static_cast<std::ptrdiff_t>(spec_.m)) return wanted;
    }
    return Level::normal;
}

std::span<const DetectorRow> detectors() {
    return DETECTORS;
}

const DetectorRow* find_detector(std::string_view type) {
    for (const DetectorRow& row : DETECTORS)
        if (row.type == type) return &row;
    return nullptr;
}

Status check_detector(const DetectorSpec& spec) {
    const DetectorRow* row = find_detector(spec.type);
    if (!row) return make_error(Code::invalid, "there is no detector \"{}\"", spec.type);
    for (const auto& [name, value] : spec.numbers) {
        const auto at = std::find_if(row->parameters.begin(), row->parameters.end(),
                                     [&, n = std::string_view(name)](const ParameterRow& p) { return p.name == n; });
        if (at == row->parameters.end())
            return make_error(Code::invalid, "detector {} has no parameter \"{}\"", spec.type, name);
        if (!(value >= at->least && value <= at->most))
            return make_error(Code::invalid, "{} is from {} to {}, not {}", name, at->least, at->most, value);
    }
    if (std::find(INTERVALS.begin(), INTERVALS.end(), spec.interval) == INTERVALS.end())
        return make_error(Code::invalid, "there is no interval \"{}\"", spec.interval);
    if (spec.type == "constant" && spec.numbers.empty())
        return make_error(Code::invalid, "detector constant needs a limit: upper_strong, upper_weak, ...");
    if (spec.type == "breakout") {
        const auto number = [&](std::string_view name, double fallback) {
            const auto found = spec.numbers.find(name);
            return found == spec.numbers.end() ? fallback : found->second;
        };
        if (2 * number("delta", 6) > number("buffer", 15))
            return make_error(Code::invalid, "buffer is at least twice delta");
    }
    return {};
}

std::unique_ptr<Detector> make_detector(const DetectorSpec& spec, size_t cycle) {
    const DetectorRow* row = find_detector(spec.type);
    INVARIANT(row && spec.type != "auto", "the spec is checked, and auto is chosen before");
    const auto number = [&](std::string_view name) {
        const auto given = spec.numbers.find(name);
        if (given != spec.numbers.end()) return given->second;
        for (const ParameterRow& p : row->parameters)
            if (p.name == name) return p.fallback;
        return NONE;
    };
    const auto count = [&](std::string_view name) { return static_cast<uint32_t>(number(name)); };
    const auto maybe = [&](std::string_view name) {
        const double n = number(name);
        return std::isnan(n) ? std::nullopt : std::optional(n);
    };
    const auto limit = [&](std::string_view name, std::string_view other, double none) {
        return maybe(name).value_or(maybe(other).value_or(none));
    };
    if (!row->forecasts) {
        constexpr double FAR = std::numeric_limits<double>::infinity();
        if (spec.type == "constant")
            return std::make_unique<Constant>(Bands{.lower_strong = maybe("lower_strong").value_or(-FAR),
                                                    .lower_weak = limit("lower_weak", "lower_strong", -FAR),
                                                    .upper_weak = limit("upper_weak", "upper_strong", FAR),
                                                    .upper_strong = maybe("upper_strong").value_or(FAR)},
                                              spec.tail);
        if (spec.type == "cusum")
            return std::make_unique<Charting<Cusum>>(Cusum::Options{.target = maybe("target"),
                                                                    .slack = number("slack"),
                                                                    .weak = number("weak"),
                                                                    .strong = number("strong"),
                                                                    .warmup = count("warmup")},
                                                     spec.tail);
        if (spec.type == "individuals")
            return std::make_unique<Charting<Individuals>>(
                Individuals::Options{.strong = number("strong"), .warmup = count("warmup")}, spec.tail);
        return std::make_unique<Charting<Breakout>>(Breakout::Options{.delta = count("delta"),
                                                                      .buffer = count("buffer"),
                                                                      .permutations = count("permutations"),
                                                                      .alpha_strong = number("alpha_strong"),
                                                                      .alpha_weak = number("alpha_weak")},
                                                    spec.tail);
    }
    const double named = number("cycle");
    const size_t season = std::max<size_t>(2, std::isnan(named) ? cycle : static_cast<size_t>(named));
    std::unique_ptr<Forecaster> forecaster;
    if (spec.type == "ewma") forecaster = std::make_unique<Ewma>(number("alpha"), maybe("start"));
    if (spec.type == "pewma") forecaster = std::make_unique<Pewma>(number("alpha"), number("beta"), count("warmup"));
    if (spec.type == "holt_winters")
        forecaster = std::make_unique<HoltWinters>(
            season, number("multiplicative") >= 0.5,
            HoltWinters::Weights{.alpha = number("alpha"), .beta = number("beta"), .gamma = number("gamma")});
    if (spec.type == "seasonal_naive") forecaster = std::make_unique<SeasonalNaive>(season);
    if (spec.type == "sma") forecaster = std::make_unique<MovingAverage>(count("window"));
    if (spec.type == "naive") forecaster = std::make_unique<MovingAverage>(1);
    const auto kind =
        static_cast<size_t>(std::find(INTERVALS.begin(), INTERVALS.end(), spec.interval) - INTERVALS.begin());
    return std::make_unique<Forecasting>(std::move(forecaster),
                                         Interval::Options{.kind = static_cast<Interval::Kind>(kind),
                                                           .weak = number("weak"),
                                                           .strong = number("strong"),
                                                           .alpha = number("interval_alpha"),
                                                           .beta = number("interval_beta"),
                                                           .warmup = count("warmup")},
                                         spec.tail);
}

}  // namespace belfry::alarm
