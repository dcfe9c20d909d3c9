#pragma once

#include <cstdint>

namespace belfry::app {

// The demo's numbers are functions of time alone: no state has to survive a restart, a second back-fill writes the same
// samples, and a counter never jumps. So every rate here has an integral in closed form.

/// A rate that breathes: level * (1 + sum of three sines of unrelated periods), never negative.
class Wave {
  public:
    /// `seed` gives the phases; `swing` in [0, 1) is how far it goes from its level.
    Wave(double level, double swing, uint64_t seed);
    [[nodiscard]] double at(double t_s) const;
    /// Of [0, t_s].
    [[nodiscard]] double integral(double t_s) const;

  private:
    static constexpr int SINES = 3;
    double level_;
    double amplitude_[SINES];
    double omega_[SINES];
    double phase_[SINES];
};

/// Comes round every `period_s`, begins `offset_s` into it and stays for `width_s`.
struct Incident {
    double period_s = 1;
    double offset_s = 0;
    double width_s = 0;
    [[nodiscard]] bool active(double t_s) const;
    /// Seconds of [0, t_s] in which it was active.
    [[nodiscard]] double active_s(double t_s) const;
};

/// Share of durations at or below `x_s` when they are log-normal with this median and spread.
[[nodiscard]] double log_normal_share(double x_s, double median_s, double sigma);
[[nodiscard]] double log_normal_mean(double median_s, double sigma);

}  // namespace belfry::app
