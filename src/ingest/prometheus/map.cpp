#include "ingest/prometheus/map.h"

#include "codec/protobuf.h"
#include "ingest/prometheus/decode.h"

namespace belfry::ingest::prometheus {

Status WriteRequestMapper::map(std::string_view message, WireBatch& batch, NotStored& not_stored) {
    joined_.clear();
    batch.decoder = &remote_write_labels();
    codec::ProtoReader request(message);
    uint64_t series = 0;
    while (request.next()) {
        if (request.field() == 1) {
            if (Status status = map_series(request.bytes(), batch, not_stored); !status)
                return std::move(status).context("time series {} of the request", series);
            series++;
        } else if (request.field() == 3) {
            batch.metadata.push_back(TRY(decode_metadata(request.bytes())));
        }
    }
    return request.ok() ? Status()
                        : make_error(Code::invalid, "malformed WriteRequest message after {} time series", series);
}

Status WriteRequestMapper::map_series(std::string_view message, WireBatch& batch, NotStored& not_stored) {
    codec::ProtoReader fields(message);
    // Senders write labels first and together: one run of bytes. Others are joined.
    const char* labels_begin = message.data();
    const char* labels_end = message.data();
    std::string* joined = nullptr;
    const char* field_begin = message.data();
    const size_t first_sample = batch.samples.size();
    uint64_t histograms = 0;
    while (fields.next()) {
        switch (fields.field()) {
            case 1:
                if (field_begin == labels_end) {
                    labels_end = fields.position();
                } else if (labels_end == labels_begin) {
                    labels_begin = field_begin;
                    labels_end = fields.position();
                } else {
                    if (joined == nullptr) joined = &joined_.emplace_back(labels_begin, labels_end);
                    joined->append(field_begin, fields.position());
                }
                break;
            case 2: batch.samples.push_back(TRY(decode_sample(fields.bytes()))); break;
            case 3: not_stored.exemplars++; break;
            case 4: histograms++; break;
            default: break;
        }
        field_begin = fields.position();
    }
    if (!fields.ok()) return make_error(Code::invalid, "malformed TimeSeries message");
    const std::string_view labels =
        joined != nullptr ? std::string_view(*joined)
                          : std::string_view(labels_begin, static_cast<size_t>(labels_end - labels_begin));
    if (histograms > 0) {
        if (not_stored.histograms == 0) not_stored.histogram_series = labels;
        not_stored.histograms += histograms;
    }
    if (batch.samples.size() > first_sample)
        batch.series.push_back({labels, static_cast<uint32_t>(batch.samples.size())});
    return {};
}

}  // namespace belfry::ingest::prometheus
