#include "ingest/prometheus/map.h"

#include "codec/protobuf.h"
#include "ingest/prometheus/decode.h"
#include "ingest/prometheus/decode_histogram.h"

namespace belfry::ingest::prometheus {

Status WriteRequestMapper::map(std::string_view message, WireBatch& batch) {
    joined_.clear();
    batch.decoder = &remote_write_labels();
    codec::ProtoReader request(message);
    uint64_t series = 0;
    while (request.next()) {
        if (request.field() == 1) {
            if (Status status = map_series(request.bytes(), batch); !status)
                return std::move(status).context("time series {} of the request", series);
            series++;
        } else if (request.field() == 3) {
            batch.metadata.push_back(TRY(decode_metadata(request.bytes())));
        }
    }
    return request.ok() ? Status()
                        : make_error(Code::invalid, "malformed WriteRequest message after {} time series", series);
}

Status WriteRequestMapper::map_series(std::string_view message, WireBatch& batch) {
    codec::ProtoReader fields(message);
    // Senders write labels first and together: one run of bytes. Others are joined.
    const char* labels_begin = message.data();
    const char* labels_end = message.data();
    std::string* joined = nullptr;
    const char* field_begin = message.data();
    const size_t first_sample = batch.samples.size();
    const size_t first_exemplar = batch.exemplars.size();
    batch.add_series({});  // its labels follow when they are known
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
            case 2: {
                const model::Sample sample = TRY(decode_sample(fields.bytes()));
                batch.add_sample(sample.time_ms, sample.value);
                break;
            }
            case 3: batch.add_exemplar(TRY(decode_exemplar(fields.bytes()))); break;
            case 4: {
                WireHistogram decoded = TRY(decode_histogram(fields.bytes()));
                batch.add_histogram(decoded.time_ms, std::move(decoded.histogram), decoded.counts);
                break;
            }
            default: break;
        }
        field_begin = fields.position();
    }
    if (!fields.ok()) return make_error(Code::invalid, "malformed TimeSeries message");
    const std::string_view labels =
        joined != nullptr ? std::string_view(*joined)
                          : std::string_view(labels_begin, static_cast<size_t>(labels_end - labels_begin));
    if (batch.samples.size() > first_sample || batch.exemplars.size() > first_exemplar)
        batch.series.back().wire = labels;
    else
        batch.series.pop_back();
    return {};
}

}  // namespace belfry::ingest::prometheus
