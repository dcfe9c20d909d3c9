#pragma once

#include "model/metric_batch.h"
#include "model/sample.h"
#include "store/metric/metric_store.h"
#include "support/random_histogram.h"

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace belfry::tests {

/// What a metric store must hold: plain maps, last write wins. Also the log it replays from.
class StoreModel {
  public:
    explicit StoreModel(uint64_t seed) : random_(seed) {}

    /// A batch of samples of `series` known label sets (new ones are named in the batch) around `now_ms`.
    [[nodiscard]] model::MetricBatch make_batch(int64_t now_ms);
    /// Takes the batch into the model and the log.
    void accept(const model::MetricBatch& batch);
    /// Applies what the store has not seen.
    void replay(store::MetricStore& store) const;
    /// CHECKs that the store answers what the model holds, over the whole time and over random ranges.
    void check(const store::MetricStore& store);
    [[nodiscard]] std::mt19937_64& random() { return random_; }
    [[nodiscard]] uint64_t next_offset() const { return log_.size(); }
    [[nodiscard]] size_t series_count() const { return samples_.size(); }
    [[nodiscard]] size_t below(size_t n) { return static_cast<size_t>(random_() % n); }

    size_t series_max = 40;
    size_t samples_a_batch = 60;
    int64_t late_ms = 3 * 86'400'000LL;  // how far back out-of-order samples go

  private:
    void check_exemplars(const store::MetricStore& store, model::TimeRange range) const;
    std::mt19937_64 random_;
    struct Held {
        uint64_t bits = 0;
        std::shared_ptr<const model::Histogram> histogram;
        int64_t start_ms = 0;
    };
    std::map<std::string, std::map<int64_t, Held>> samples_;  // by canonical labels
    std::map<std::string, std::map<int64_t, double>> exemplars_;  // by canonical labels, by time: the value
    std::map<std::string, RandomHistograms> histograms_;      // of series that have some
    std::map<std::string, model::HeadId> ids_;
    std::map<model::HeadId, std::string> labels_of_;
    std::map<std::string, int32_t> logged_day_;
    model::HeadId next_id_ = 1;
    std::vector<model::MetricBatch> log_;
};

}  // namespace belfry::tests
