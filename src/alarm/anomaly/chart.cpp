#include "alarm/anomaly/chart.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace belfry::alarm {
namespace {

constexpr double D2 = 1.128;  // of a range of two: its mean in deviations
constexpr double D4 = 3.267;  // of a range of two: its upper limit in means
constexpr double NONE = std::numeric_limits<double>::infinity();

/// The medians of every beginning: out[i] of values[0, i).
std::vector<double> running_medians(const std::vector<double>& values, bool backwards) {
    std::vector<double> sorted;
    std::vector<double> out(values.size() + 1, 0);
    for (size_t i = 0; i < values.size(); ++i) {
        const double v = backwards ? values[values.size() - 1 - i] : values[i];
        sorted.insert(std::upper_bound(sorted.begin(), sorted.end(), v), v);
        const size_t n = sorted.size();
        out[i + 1] = n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
    }
    return out;
}

uint64_t next_random(uint64_t& state) {  // splitmix64: the same shuffles at every start
    uint64_t z = state += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

}  // namespace

Verdict Cusum::see(double value, Tail tail) {
    if (count_ > 0 && count_ < options_.warmup) range_sum_ += std::fabs(value - last_);
    last_ = value;
    if (count_ < options_.warmup) {
        ++count_;
        sum_ += value;
        return {.level = Level::warmup, .expected = sum_ / count_, .bands = {-NONE, -NONE, NONE, NONE}, .score = 0};
    }
    const double target = options_.target.value_or(sum_ / options_.warmup);
    const double sd = range_sum_ / (options_.warmup - 1) / D2;
    high_ = std::max(0.0, high_ + value - (target + options_.slack * sd));
    low_ = std::max(0.0, low_ + (target - options_.slack * sd) - value);
    const double worst = std::max(tail == Tail::left ? 0 : high_, tail == Tail::right ? 0 : low_);
    Verdict out{.level = Level::normal, .expected = target, .bands = {}, .score = 0};
    // what the next value would have to be to reach the limit
    out.bands.upper_strong = tail == Tail::left ? NONE : target + (options_.slack + options_.strong) * sd;
    out.bands.upper_weak = tail == Tail::left ? NONE : target + (options_.slack + options_.weak) * sd;
    out.bands.lower_strong = tail == Tail::right ? -NONE : target - (options_.slack + options_.strong) * sd;
    out.bands.lower_weak = tail == Tail::right ? -NONE : target - (options_.slack + options_.weak) * sd;
    if (worst > options_.strong * sd) {
        out.level = Level::strong;
        high_ = low_ = 0;
    } else if (worst > options_.weak * sd) {
        out.level = Level::weak;
    }
    if (worst > 0) out.score = sd > 0 ? std::min(worst / (options_.strong * sd), 1e6) : 1e6;
    return out;
}

void Individuals::set_limits() {
    mean_ = sum_ / static_cast<double>(count_);
    mean_range_ = range_sum_ / static_cast<double>(count_ - 1);
}

Verdict Individuals::see(double value, Tail tail) {
    const double range = count_ > 0 ? std::fabs(value - last_) : 0;
    const bool rising = value >= last_;
    last_ = value;
    Verdict out{.level = Level::warmup, .expected = NAN, .bands = {-NONE, -NONE, NONE, NONE}, .score = 0};
    if (count_ >= options_.warmup) {
        const double sd = mean_range_ / D2;
        const Bands bands{.lower_strong = mean_ - options_.strong * sd,
                          .lower_weak = mean_ - options_.strong * sd,
                          .upper_weak = mean_ + options_.strong * sd,
                          .upper_strong = mean_ + options_.strong * sd};
        out = judge(value, mean_, bands, tail);
        if (out.level == Level::strong) out.level = Level::weak;  // outside the limits of values
        const bool counts = tail == Tail::two || (tail == Tail::right) == rising;
        if (counts && range > D4 * mean_range_) out.level = Level::strong;
    }
    range_sum_ += range;
    sum_ += value;
    ++count_;
    if (count_ == options_.warmup || (count_ > options_.warmup && count_ % options_.limits_every == 0)) set_limits();
    return out;
}

Breakout::Split Breakout::best_split(const std::vector<double>& values, size_t delta) {
    const std::vector<double> before = running_medians(values, false);
    const std::vector<double> after = running_medians(values, true);
    Split out;
    const size_t n = values.size();
    for (size_t at = delta; at + delta <= n; ++at) {
        const double distance = before[at] - after[n - at];
        const double statistic =
            static_cast<double>(at) * static_cast<double>(n - at) / static_cast<double>(n) * distance * distance;
        if (statistic > out.statistic)
            out = {.at = at, .statistic = statistic, .before = before[at], .after = after[n - at]};
    }
    return out;
}

double Breakout::p_value(const std::vector<double>& values, const Split& split, const Options& options) {
    std::vector<double> shuffled = values;
    uint64_t random = 42;
    uint32_t as_broken = 0;
    for (uint32_t i = 0; i < options.permutations; ++i) {
        for (size_t k = shuffled.size() - 1; k > 0; --k)
            std::swap(shuffled[k], shuffled[next_random(random) % (k + 1)]);
        if (best_split(shuffled, options.delta).statistic >= split.statistic) ++as_broken;
    }
    return (1.0 + as_broken) / (1.0 + options.permutations);
}

Verdict Breakout::see(double value, Tail tail) {
    last_.push_back(value);
    if (last_.size() > options_.buffer) last_.pop_front();
    Verdict out{.level = Level::warmup, .expected = NAN, .bands = {-NONE, -NONE, NONE, NONE}, .score = 0};
    if (last_.size() < options_.buffer) return out;
    const std::vector<double> values(last_.begin(), last_.end());
    const Split split = best_split(values, options_.delta);
    out.level = Level::normal;
    out.expected = split.before;
    const bool counts =
        split.statistic > 0 && (tail == Tail::two || (tail == Tail::right) == (split.after > split.before));
    if (!counts) return out;
    const double p = p_value(values, split, options_);
    if (p <= options_.alpha_strong)
        out.level = Level::strong;
    else if (p <= options_.alpha_weak)
        out.level = Level::weak;
    out.score = options_.alpha_strong / p;
    return out;
}

}  // namespace belfry::alarm
