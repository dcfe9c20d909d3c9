#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace belfry {

/// What a folder counts. Objects are `inline` globals of the folder's stats.h and register themselves by name for the
/// life of the process; Belfry stores and serves them as its own metrics. All operations: any thread.
using CounterLabels = std::vector<std::pair<std::string, std::string>>;

enum class CounterKind { counter, gauge, timing };

class Counter {
  public:
    Counter(std::string name, std::string help, CounterLabels labels = {});
    Counter(const Counter&) = delete;
    Counter& operator=(const Counter&) = delete;
    ~Counter();
    void add(uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
    [[nodiscard]] uint64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<uint64_t> value_{0};
};

class Gauge {
  public:
    /// `kind` counter: a total that somebody else counts, in fractions.
    Gauge(std::string name, std::string help, CounterLabels labels = {}, CounterKind kind = CounterKind::gauge);
    Gauge(const Gauge&) = delete;
    Gauge& operator=(const Gauge&) = delete;
    ~Gauge();
    void set(double v) { value_.store(v, std::memory_order_relaxed); }
    void add(double v) { value_.fetch_add(v, std::memory_order_relaxed); }
    [[nodiscard]] double value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<double> value_{0};
};

/// Durations in seconds, classic Prometheus buckets from 50 us to 10 s; quantiles are estimates from the buckets.
class Timing {
  public:
    Timing(std::string name, std::string help, CounterLabels labels = {});
    Timing(const Timing&) = delete;
    Timing& operator=(const Timing&) = delete;
    ~Timing();
    void observe_ns(int64_t ns);
    [[nodiscard]] uint64_t count() const;
    [[nodiscard]] double sum_seconds() const;
    /// Upper bound of the bucket that holds the quantile; 0 when empty.
    [[nodiscard]] double quantile_seconds(double q) const;

    static constexpr size_t BUCKET_COUNT = 17;
    static constexpr double BOUNDS_SECONDS[BUCKET_COUNT] = {0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                            0.05,    0.1,    0.25,    0.5,    1,     2.5,    5,     10};
    [[nodiscard]] uint64_t bucket(size_t index) const { return buckets_[index].load(std::memory_order_relaxed); }

  private:
    std::atomic<uint64_t> buckets_[BUCKET_COUNT + 1]{};  // the last is +Inf; not cumulative
    std::atomic<uint64_t> sum_ns_{0};
};

/// Counters of one name that differ in label values. At most CHILDREN_MAX; further ones share the child "other".
class CounterFamily {
  public:
    CounterFamily(std::string name, std::string help, std::vector<std::string> label_names);
    [[nodiscard]] Counter& at(const std::vector<std::string>& label_values);
    /// (label values, count) of every child.
    [[nodiscard]] std::vector<std::pair<std::vector<std::string>, uint64_t>> values() const;

    static constexpr size_t CHILDREN_MAX = 500;

  private:
    std::string name_;
    std::string help_;
    std::vector<std::string> label_names_;
    mutable std::mutex mutex_;  // guards children_
    std::unordered_map<std::string, std::pair<std::vector<std::string>, std::unique_ptr<Counter>>> children_;
};

/// One exposed sample: `name{labels} value`. A timing expands into _bucket/_sum/_count.
struct CounterSample {
    std::string name;
    std::string family;  // without _bucket/_sum/_count
    std::string help;
    CounterKind kind = CounterKind::counter;
    CounterLabels labels;
    double value = 0;
};

/// Everything registered, sorted by family, then labels.
[[nodiscard]] std::vector<CounterSample> collect_counters();
/// Prometheus text exposition 0.0.4 of `collect_counters()`.
[[nodiscard]] std::string expose_counters();

}  // namespace belfry
