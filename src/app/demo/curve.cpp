#include "app/demo/curve.h"

#include "base/hash.h"

namespace belfry::app {
namespace {

constexpr double TAU = 6.283185307179586;
constexpr double PERIODS_S[] = {86'400, 1'740, 211};  // a day, half an hour, minutes
constexpr double SHARES[] = {0.5, 0.3, 0.2};

}  // namespace

Wave::Wave(double level, double swing, uint64_t seed) : level_(level) {
    for (int i = 0; i < SINES; ++i) {
        const uint64_t random = hash64("wave", seed * SINES + static_cast<uint64_t>(i));
        amplitude_[i] = level * swing * SHARES[i];
        // a few percent apart, so that two waves do not march in step
        omega_[i] = TAU / (PERIODS_S[i] * (0.95 + 0.1 * static_cast<double>(random % 1000) / 1000));
        phase_[i] = i == 0 ? 0 : TAU * static_cast<double>(random / 1000 % 1000) / 1000;
    }
}

double Wave::at(double t_s) const {
    double value = level_;
    for (int i = 0; i < SINES; ++i)
        value += amplitude_[i] * std::sin(omega_[i] * t_s + phase_[i]);
    return value;
}

double Wave::integral(double t_s) const {
    double value = level_ * t_s;
    for (int i = 0; i < SINES; ++i)
        value += amplitude_[i] / omega_[i] * (std::cos(phase_[i]) - std::cos(omega_[i] * t_s + phase_[i]));
    return value;
}

bool Incident::active(double t_s) const {
    const double at = std::fmod(t_s, period_s) - offset_s;
    return t_s >= 0 && at >= 0 && at < width_s;
}

double Incident::active_s(double t_s) const {
    if (t_s <= 0) return 0;
    const double whole = std::floor(t_s / period_s);
    const double rest = t_s - whole * period_s - offset_s;
    return whole * width_s + std::clamp(rest, 0.0, width_s);
}

double log_normal_share(double x_s, double median_s, double sigma) {
    if (x_s <= 0) return 0;
    return 0.5 * std::erfc(-std::log(x_s / median_s) / (sigma * std::sqrt(2.0)));
}

double log_normal_mean(double median_s, double sigma) {
    return median_s * std::exp(sigma * sigma / 2);
}

}  // namespace belfry::app
