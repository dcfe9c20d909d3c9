#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace belfry::alarm {

/// Says what the next value will be, and learns what it was. A missing value is learned as nothing: seasons go on.
class Forecaster {
  public:
    virtual ~Forecaster() = default;
    /// Nothing while it knows too little.
    [[nodiscard]] virtual std::optional<double> expected() const = 0;
    virtual void learn(std::optional<double> value) = 0;
};

/// The exponentially weighted mean: mean += alpha (x - mean).
class Ewma final : public Forecaster {
  public:
    /// Without `start` the first value is the first mean.
    explicit Ewma(double alpha, std::optional<double> start = std::nullopt) : alpha_(alpha), mean_(start) {}
    [[nodiscard]] std::optional<double> expected() const override { return mean_; }
    void learn(std::optional<double> value) override;

  private:
    const double alpha_;
    std::optional<double> mean_;
};

/// The same with a weight that falls for unlikely values (probabilistic EWMA, Carter and Streilein 2012).
class Pewma final : public Forecaster {
  public:
    Pewma(double alpha, double beta, uint32_t warmup) : alpha_(alpha), beta_(beta), warmup_(warmup) {}
    [[nodiscard]] std::optional<double> expected() const override;
    void learn(std::optional<double> value) override;
    [[nodiscard]] double deviation() const;

  private:
    const double alpha_;
    const double beta_;
    const uint32_t warmup_;
    uint32_t count_ = 0;
    double mean_ = 0;
    double mean_square_ = 0;
};

/// Triple exponential smoothing. The first two cycles give level, trend and seasons.
class HoltWinters final : public Forecaster {
  public:
    struct Weights {
        double alpha = 0.15;
        double beta = 0.15;
        double gamma = 0.15;
    };
    HoltWinters(size_t cycle, bool multiplicative, const Weights& weights)
        : cycle_(cycle), multiplicative_(multiplicative), weights_(weights) {}
    [[nodiscard]] std::optional<double> expected() const override;
    void learn(std::optional<double> value) override;

  private:
    void begin();
    const size_t cycle_;
    const bool multiplicative_;
    const Weights weights_;
    std::vector<std::optional<double>> first_;  // the values before it is ready
    bool ready_ = false;
    double level_ = 0;
    double trend_ = 0;
    std::vector<double> seasons_;
    size_t phase_ = 0;  // of the next value
};

/// The value one cycle ago.
class SeasonalNaive final : public Forecaster {
  public:
    explicit SeasonalNaive(size_t cycle) : cycle_(cycle) {}
    [[nodiscard]] std::optional<double> expected() const override;
    void learn(std::optional<double> value) override;

  private:
    const size_t cycle_;
    std::deque<std::optional<double>> last_;
};

/// The mean of the last `window` values; the last value when it is 1.
class MovingAverage final : public Forecaster {
  public:
    explicit MovingAverage(size_t window) : window_(window) {}
    [[nodiscard]] std::optional<double> expected() const override;
    void learn(std::optional<double> value) override;

  private:
    const size_t window_;
    std::deque<double> last_;
    double sum_ = 0;
    size_t since_exact_ = 0;  // the sum is made anew now and then, for rounding adds up
};

}  // namespace belfry::alarm
