#include "support/metric_store_model.h"

#include "store/metric/part_meta.h"

#include <doctest/doctest.h>

namespace belfry::tests {

model::MetricBatch StoreModel::make_batch(int64_t now_ms) {
    model::MetricBatch batch;
    batch.series_day = store::day_of(now_ms);
    const size_t count = 1 + below(samples_a_batch);
    std::map<int64_t, uint32_t> places;
    for (size_t i = 0; i < count; i++) {
        const size_t n = below(series_max);
        const std::string labels = model::Labels{{"__name__", n % 3 == 0 ? "cpu" : "mem"},
                                                 {"host", "h" + std::to_string(n / 3)},
                                                 {n % 5 == 0 ? "zone" : "rack", std::to_string(n)}}
                                       .bytes();
        auto& id = ids_[labels];
        auto day = logged_day_.find(labels);
        if (id == 0 || day->second < batch.series_day) {
            // a series that was silent for two days gets a new id
            if (id == 0 || day->second < batch.series_day - 1) id = next_id_++;
            labels_of_[id] = labels;
            logged_day_[labels] = batch.series_day;
            batch.add_series(id, labels);
        }
        int64_t time_ms = now_ms + static_cast<int64_t>(below(3)) * 10'000;
        if (below(8) == 0) time_ms = now_ms - static_cast<int64_t>(random_() % static_cast<uint64_t>(late_ms));
        double value = static_cast<double>(below(1000)) / 100;
        if (below(50) == 0) value = model::stale_nan();
        if (below(50) == 0) value = std::bit_cast<double>(random_());
        // Of the series a third has histograms (some of them mixed with floats), another third start times.
        if (n % 3 == 1 && !model::is_stale(value) && (n % 2 == 0 || below(4) != 0)) {
            auto histogram = histograms_.try_emplace(labels, n).first->second.next();
            value = histogram->sum;
            batch.histogram_rows.push_back(static_cast<uint32_t>(batch.ids.size()));
            batch.histograms.push_back(std::move(histogram));
        }
        if (n % 3 == 2 || n % 7 == 1) {
            batch.start_rows.push_back(static_cast<uint32_t>(batch.ids.size()));
            batch.start_times_ms.push_back(n % 4 == 0 ? time_ms - 10'000 : now_ms / 3'600'000 * 3'600'000);
        }
        // Where there is an exemplar there is a sample of the same day; two at one time are the same one, sent again.
        if (below(6) == 0) {
            const double at = static_cast<double>(time_ms % 1000) / 8;
            batch.exemplars.push_back({id, {time_ms, at, model::Labels{{"trace_id", fmt::format("{:x}", time_ms)}}}});
        }
        const auto place = places.try_emplace(time_ms, static_cast<uint32_t>(batch.times_ms.size()));
        if (place.second) batch.times_ms.push_back(time_ms);
        batch.ids.push_back(id);
        batch.time_index.push_back(place.first->second);
        batch.values.push_back(value);
    }
    return batch;
}

void StoreModel::accept(const model::MetricBatch& batch) {
    size_t histogram = 0;
    size_t start = 0;
    for (size_t i = 0; i < batch.sample_count(); i++) {
        Held held{std::bit_cast<uint64_t>(batch.values[i]), nullptr, 0};
        if (histogram < batch.histogram_rows.size() && batch.histogram_rows[histogram] == i) held.histogram = batch.histograms[histogram++];
        if (start < batch.start_rows.size() && batch.start_rows[start] == i) held.start_ms = batch.start_times_ms[start++];
        samples_[labels_of_.at(batch.ids[i])][batch.times_ms[batch.time_index[i]]] = std::move(held);
    }
    for (const model::SeriesExemplar& e : batch.exemplars) exemplars_[labels_of_.at(e.id)][e.exemplar.time_ms] = e.exemplar.value;
    log_.push_back(batch);
}

void StoreModel::replay(store::MetricStore& store) const {
    for (uint64_t offset = store.applied_offset(); offset < log_.size(); offset++) REQUIRE(store.apply(log_[offset], offset).ok());
}

void StoreModel::check_exemplars(const store::MetricStore& store, model::TimeRange range) const {
    const auto found = store.exemplars("default", {}, range, 0);
    REQUIRE_MESSAGE(found.ok(), (found.ok() ? "" : found.error().message));
    std::map<std::string, std::map<int64_t, double>> got;
    for (const auto& series : *found) {
        REQUIRE(!series.exemplars.empty());
        for (const model::Exemplar& e : series.exemplars) {
            REQUIRE(e.labels.get("trace_id") == fmt::format("{:x}", e.time_ms));
            REQUIRE(got[series.series.bytes()].emplace(e.time_ms, e.value).second);
        }
    }
    std::map<std::string, std::map<int64_t, double>> wanted;
    for (const auto& [labels, exemplars] : exemplars_)
        for (const auto& [time_ms, value] : exemplars)
            if (range.contains(time_ms)) wanted[labels].emplace(time_ms, value);
    REQUIRE(got == wanted);
}

void StoreModel::check(const store::MetricStore& store) {
    constexpr int64_t FAR = int64_t{1} << 60;
    for (int round = 0; round < 3; round++) {
        model::TimeRange range{-FAR, FAR};
        if (round > 0 && !samples_.empty()) {
            auto it = std::next(samples_.begin(), static_cast<ptrdiff_t>(below(samples_.size())));
            const auto& of = it->second;
            range.from_ms = std::next(of.begin(), static_cast<ptrdiff_t>(below(of.size())))->first;
            range.to_ms = range.from_ms + static_cast<int64_t>(below(2 * 86'400'000));
        }
        check_exemplars(store, range);
        const auto selection = store.select("default", {}, range, 0);
        REQUIRE(selection.ok());
        std::map<std::string, size_t> found;
        const auto series = (*selection)->series();
        for (size_t i = 0; i < series.size(); i++) {
            REQUIRE(found.emplace(std::string(series[i].bytes()), i).second);
            if (i > 0) REQUIRE(model::compare(series[i - 1], series[i]) < 0);
        }
        model::SampleColumns columns;
        const auto is_held = [](const model::SampleColumns& c, size_t row, const Held& held) {
            return std::bit_cast<uint64_t>(c.values[row]) == held.bits &&
                   same_bits(c.histograms.empty() ? nullptr : c.histograms.at(row), held.histogram) &&
                   (c.start_times_ms.empty() ? 0 : c.start_times_ms.at(row)) == held.start_ms;
        };
        for (const auto& [labels, expected] : samples_) {
            const auto begin = expected.lower_bound(range.from_ms);
            const auto end = expected.lower_bound(range.to_ms);
            const auto it = found.find(labels);
            if (it == found.end()) {
                CHECK_MESSAGE(begin == end, "a series is missing");
                continue;
            }
            store::ReadCounts counts;
            const auto read = (*selection)->read(it->second, range, columns, counts);
            REQUIRE_MESSAGE(read.ok(), (read.ok() ? "" : read.error().message));
            size_t i = 0;
            bool same = columns.size() == static_cast<size_t>(std::distance(begin, end));
            for (auto at = begin; at != end && same; ++at, ++i) {
                same = columns.times_ms[i] == at->first && is_held(columns, i, at->second);
            }
            REQUIRE_MESSAGE(same, model::LabelsView(labels).to_string());
            for (const bool with_value : {true, false}) {
                REQUIRE((*selection)->read_newest(it->second, range, with_value, columns, counts).ok());
                REQUIRE(columns.size() == (begin == end ? 0 : 1));
                if (begin == end) continue;
                const auto last = std::prev(end);
                REQUIRE(columns.times_ms[0] == last->first);
                if (with_value) REQUIRE(is_held(columns, 0, last->second));
                else REQUIRE(model::is_stale(columns.values[0]) == model::is_stale(std::bit_cast<double>(last->second.bits)));
            }
        }
    }
}

}  // namespace belfry::tests
