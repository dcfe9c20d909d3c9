#include "forward/write_request.h"

#include "codec/prometheus_message.h"
#include "codec/protobuf.h"

namespace belfry::forward {
namespace {

// fields of prometheus.TimeSeries
constexpr uint32_t SAMPLES = 2;
constexpr uint32_t EXEMPLARS = 3;
constexpr uint32_t HISTOGRAMS = 4;

}  // namespace

bool WriteRequestBuilder::flush(const Emit& emit) {
    if (message_.empty()) return true;
    return emit(std::exchange(message_, {}), std::exchange(samples_, 0));
}

bool WriteRequestBuilder::add(const model::MetricBatch& batch, uint64_t next_offset, const Emit& emit) {
    labels_.learn(batch);
    size_t histogram = 0;  // in histogram_rows
    for (size_t row = 0; row < batch.sample_count();) {
        const model::HeadId id = batch.ids[row];
        const LabelTable::Entry entry = labels_.find(id, next_offset);
        const bool wanted = entry.found == LabelTable::Found::wanted;
        if (wanted) series_ = entry.encoded;
        const uint64_t before = samples_;
        for (; row < batch.sample_count() && batch.ids[row] == id; ++row) {
            const model::Histogram* native = nullptr;
            if (histogram < batch.histogram_rows.size() && batch.histogram_rows[histogram] == row)
                native = batch.histograms[histogram++].get();
            if (entry.found == LabelTable::Found::unknown) ++left_out_.unknown_series;
            if (!wanted) continue;
            const int64_t time_ms = batch.times_ms[batch.time_index[row]];
            if (native == nullptr) {
                codec::append_prometheus_sample(series_, SAMPLES, time_ms, batch.values[row]);
            } else if (config_.send_native_histograms) {
                codec::append_prometheus_histogram(series_, HISTOGRAMS, time_ms, *native);
            } else {
                ++left_out_.histograms;
                continue;
            }
            ++samples_;
        }
        if (samples_ > before) codec::ProtoWriter(message_).bytes(1, series_);
        if (samples_ >= config_.samples_per_send && !flush(emit)) return false;
    }
    if (config_.send_exemplars) add_exemplars(batch, next_offset);
    if (config_.send_metadata) add_metadata(batch);
    return true;
}

void WriteRequestBuilder::add_exemplars(const model::MetricBatch& batch, uint64_t next_offset) {
    std::string one;
    for (const auto& [id, exemplar] : batch.exemplars) {
        const LabelTable::Entry entry = labels_.find(id, next_offset);
        if (entry.found != LabelTable::Found::wanted) continue;
        series_ = entry.encoded;
        one.clear();
        codec::append_prometheus_labels(one, 1, exemplar.labels);
        codec::ProtoWriter fields(one);
        fields.float64(2, exemplar.value);
        fields.int64(3, exemplar.time_ms);
        codec::ProtoWriter(series_).bytes(EXEMPLARS, one);
        codec::ProtoWriter(message_).bytes(1, series_);
    }
}

void WriteRequestBuilder::add_metadata(const model::MetricBatch& batch) {
    std::string one;
    for (const model::MetricMetadata& m : batch.metadata) {
        if (m.tenant != config_.tenant) continue;
        one.clear();
        codec::ProtoWriter fields(one);
        fields.varint(1, static_cast<uint64_t>(m.type));  // the same numbers as MetricMetadata.MetricType
        fields.bytes(2, m.name);
        fields.bytes(4, m.help);
        fields.bytes(5, m.unit);
        codec::ProtoWriter(message_).bytes(3, one);
    }
}

}  // namespace belfry::forward
