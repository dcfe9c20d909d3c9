#include "alarm/anomaly/forecaster.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace belfry::alarm {
namespace {

constexpr size_t EXACT_AFTER = 1'000;

double mean_of(const std::vector<std::optional<double>>& values, size_t from, size_t to) {
    double sum = 0;
    size_t count = 0;
    for (size_t i = from; i < to; ++i) {
        if (!values[i]) continue;
        sum += *values[i];
        ++count;
    }
    return count == 0 ? NAN : sum / static_cast<double>(count);
}

}  // namespace

void Ewma::learn(std::optional<double> value) {
    if (!value) return;
    mean_ = mean_ ? *mean_ + alpha_ * (*value - *mean_) : *value;
}

std::optional<double> Pewma::expected() const {
    if (count_ == 0) return std::nullopt;
    return mean_;
}

double Pewma::deviation() const {
    return std::sqrt(std::max(0.0, mean_square_ - mean_ * mean_));
}

void Pewma::learn(std::optional<double> value) {
    if (!value) return;
    ++count_;
    double keep = 1 - 1 / static_cast<double>(count_);
    if (count_ > warmup_) {
        const double sd = deviation();
        const double z = sd > 0 ? (*value - mean_) / sd : 0;
        const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
        keep = (1 - beta_ * density) * (1 - alpha_);
    }
    mean_ = keep * mean_ + (1 - keep) * *value;
    mean_square_ = keep * mean_square_ + (1 - keep) * *value * *value;
}

void HoltWinters::begin() {
    const double mean1 = mean_of(first_, 0, cycle_);
    const double mean2 = mean_of(first_, cycle_, 2 * cycle_);
    const bool usable =
        std::isfinite(mean1) && std::isfinite(mean2) && (!multiplicative_ || (mean1 != 0 && mean2 != 0));
    if (!usable) {
        first_.erase(first_.begin(), first_.begin() + static_cast<std::ptrdiff_t>(cycle_));
        return;
    }
    trend_ = (mean2 - mean1) / static_cast<double>(cycle_);
    const double middle = (static_cast<double>(cycle_) - 1) / 2;
    level_ = mean2 + trend_ * middle;  // at the last value of the second cycle
    seasons_.assign(cycle_, multiplicative_ ? 1 : 0);
    for (size_t i = 0; i < cycle_; ++i) {
        double sum = 0;
        int count = 0;
        for (size_t c = 0; c < 2; ++c) {
            const std::optional<double>& value = first_[c * cycle_ + i];
            if (!value) continue;
            const double base = (c == 0 ? mean1 : mean2) + trend_ * (static_cast<double>(i) - middle);
            if (multiplicative_ && base == 0) continue;
            sum += multiplicative_ ? *value / base : *value - base;
            ++count;
        }
        if (count > 0) seasons_[i] = sum / count;
    }
    first_.clear();
    first_.shrink_to_fit();
    ready_ = true;
    phase_ = 0;
}

std::optional<double> HoltWinters::expected() const {
    if (!ready_) return std::nullopt;
    const double base = level_ + trend_;
    return multiplicative_ ? base * seasons_[phase_] : base + seasons_[phase_];
}

void HoltWinters::learn(std::optional<double> value) {
    if (!ready_) {
        first_.push_back(value);
        if (first_.size() == 2 * cycle_) begin();
        return;
    }
    const double base = level_ + trend_;
    double& season = seasons_[phase_];
    phase_ = (phase_ + 1) % cycle_;
    if (!value) {
        level_ = base;
        return;
    }
    const double plain = multiplicative_ ? (season == 0 ? base : *value / season) : *value - season;
    const double level = weights_.alpha * plain + (1 - weights_.alpha) * base;
    trend_ = weights_.beta * (level - level_) + (1 - weights_.beta) * trend_;
    const double seen = multiplicative_ ? (level == 0 ? season : *value / level) : *value - level;
    season = weights_.gamma * seen + (1 - weights_.gamma) * season;
    level_ = level;
}

std::optional<double> SeasonalNaive::expected() const {
    return last_.size() < cycle_ ? std::nullopt : last_.front();
}

void SeasonalNaive::learn(std::optional<double> value) {
    last_.push_back(value);
    if (last_.size() > cycle_) last_.pop_front();
}

std::optional<double> MovingAverage::expected() const {
    if (last_.size() < window_) return std::nullopt;
    return sum_ / static_cast<double>(last_.size());
}

void MovingAverage::learn(std::optional<double> value) {
    if (!value) return;
    last_.push_back(*value);
    sum_ += *value;
    if (last_.size() > window_) {
        sum_ -= last_.front();
        last_.pop_front();
    }
    if (++since_exact_ < EXACT_AFTER) return;
    since_exact_ = 0;
    sum_ = std::accumulate(last_.begin(), last_.end(), 0.0);
}

}  // namespace belfry::alarm
