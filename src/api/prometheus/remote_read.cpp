// Prometheus' remote read: raw samples of selected series, for a Prometheus that asks Belfry.
#include "api/prometheus/bulk_api.h"
#include "api/prometheus/bulk_stats.h"
#include "codec/compress.h"
#include "codec/prometheus_chunk.h"
#include "codec/prometheus_message.h"
#include "codec/protobuf.h"
#include "model/external_labels.h"

namespace belfry::api {
namespace {

constexpr uint64_t REQUEST_BYTES_MAX = 4ULL << 20;  // decompressed: matchers, not data
constexpr size_t FRAME_BYTES_MAX = 1 << 20;         // of chunks in one frame, as Prometheus' own default

Result<std::string> request_bytes(const http::Request& request) {
    if (!request.content_encoding.empty() && request.content_encoding != "snappy")
        return make_error(Code::invalid, "Content-Encoding {}: remote read is sent in snappy",
                          request.content_encoding);
    auto out = codec::decompress(codec::Coding::snappy, request.body, {.bytes_max = REQUEST_BYTES_MAX});
    if (!out.ok()) return make_error(Code::invalid, "not a remote read request in snappy: {}", out.error().message);
    return out;
}

model::Labels labels_out(model::LabelsView labels, const model::Labels& external) {
    return external.empty() ? model::Labels(labels) : model::with_external(labels, external);
}

/// The state of a streamed answer.
class ChunkStream {
  public:
    struct Parts {
        const query::MetricSource& source;  // outlives this
        std::string tenant;
        std::vector<ReadQuery> queries;
        model::Labels external;
        std::shared_ptr<query::Budget> budget;
    };
    explicit ChunkStream(Parts parts) : parts_(std::move(parts)) {}

    /// http::BodyParts
    Result<bool> operator()(std::string& out) {
        const size_t enough = out.size() + http::BODY_PART_BYTES;
        while (out.size() < enough) {
            TRY(parts_.budget->check());
            if (!set_) {
                if (query_ == parts_.queries.size()) return false;
                const ReadQuery& query = parts_.queries[query_];
                set_ = TRY(parts_.source.select(parts_.tenant, query.matchers, query.range, *parts_.budget));
                series_ = 0;
            } else if (series_ == set_->series().size()) {
                set_.reset();
                ++query_;
            } else {
                TRY(append_series(out));
                ++series_;
            }
        }
        return true;
    }

  private:
    /// All frames of one series: labels again in each, at most FRAME_BYTES_MAX of chunks.
    Status append_series(std::string& out) {
        const ReadQuery& query = parts_.queries[query_];
        samples_.clear();
        if (!query.labels_only) {
            TRY(set_->read(series_, query.range, samples_, *parts_.budget));
            if (samples_.empty()) return {};
            sent_.add(samples_.size());
        }
        std::string labels;
        codec::append_prometheus_labels(labels, 1, labels_out(set_->series()[series_].labels, parts_.external));
        std::string series = labels;
        for (size_t at = 0; at < samples_.size();) {
            if (series.size() > labels.size() + FRAME_BYTES_MAX) {
                append_frame(out, series);
                series = labels;
            }
            const auto plan = codec::plan_prometheus_chunk(samples_, at);
            chunk_.clear();
            codec::append_prometheus_chunk(samples_, at, plan, chunk_);
            message_.clear();
            codec::ProtoWriter chunk(message_);
            chunk.int64(1, samples_.times_ms[at]);
            chunk.int64(2, samples_.times_ms[at + plan.count - 1]);
            chunk.varint(3, static_cast<uint64_t>(plan.type));
            chunk.bytes(4, chunk_);
            codec::ProtoWriter(series).bytes(2, message_);
            at += plan.count;
        }
        append_frame(out, series);
        return {};
    }
    void append_frame(std::string& out, std::string_view series) {
        message_.clear();
        codec::ProtoWriter response(message_);
        response.bytes(1, series);
        response.int64(2, static_cast<int64_t>(query_));
        append_read_frame(out, message_);
    }

    Parts parts_;
    size_t query_ = 0;
    std::unique_ptr<query::SeriesSet> set_;
    size_t series_ = 0;
    model::SampleColumns samples_;
    std::string chunk_;
    std::string message_;
    Counter& sent_ = bulk_samples_total.at({"remote_read"});
};

}  // namespace

/// Without those that the external labels fulfil: stored series do not have them.
model::Matchers BulkApi::own_matchers(const model::Matchers& matchers) const {
    model::Matchers out;
    for (const model::Matcher& matcher : matchers) {
        const std::string_view own = options_.external_labels.get(matcher.name());
        const bool fulfilled = matcher.op() == model::Matcher::Op::equal && !own.empty() && matcher.value() == own;
        if (!fulfilled) out.push_back(matcher);
    }
    return out;
}

BulkApi::Answer BulkApi::remote_read(const http::Request& request) const {
    const std::string bytes = TRY(request_bytes(request));
    ReadRequest read = TRY(decode_read_request(bytes, options_.config.queries_max));
    for (ReadQuery& query : read.queries)
        query.matchers = own_matchers(query.matchers);
    return read.answer == ReadAnswer::streamed_chunks ? read_streamed(request, std::move(read))
                                                      : read_whole(request, read);
}

BulkApi::Answer BulkApi::read_streamed(const http::Request& request, ReadRequest read) const {
    auto stream = std::make_shared<ChunkStream>(ChunkStream::Parts{.source = source_,
                                                                   .tenant = request.identity.tenant,
                                                                   .queries = std::move(read.queries),
                                                                   .external = options_.external_labels,
                                                                   .budget = budget(request)});
    return http::long_response("application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse",
                               [stream](std::string& out) { return (*stream)(out); });
}

/// One snappy block can only be made whole, so this form has limits of its own.
BulkApi::Answer BulkApi::read_whole(const http::Request& request, const ReadRequest& read) const {
    const auto spent = budget(request);
    std::string response;
    std::string result;
    std::string one;
    model::SampleColumns samples;
    uint64_t sample_count = 0;
    for (const ReadQuery& query : read.queries) {
        result.clear();
        const auto set = TRY(source_.select(request.identity.tenant, query.matchers, query.range, *spent));
        for (size_t i = 0; i < set->series().size(); ++i) {
            one.clear();
            samples.clear();
            if (!query.labels_only) {
                TRY(set->read(i, query.range, samples, *spent));
                if (samples.empty()) continue;
            }
            sample_count += samples.size();
            if (sample_count > options_.config.whole_samples_max)
                return make_error(
                    Code::exhausted,
                    "the answer has more than {} samples (bulk.whole_samples_max): ask for less, or accept "
                    "STREAMED_XOR_CHUNKS",
                    options_.config.whole_samples_max);
            codec::append_prometheus_labels(one, 1, labels_out(set->series()[i].labels, options_.external_labels));
            for (size_t k = 0; k < samples.size(); ++k) {
                if (!samples.histograms.empty() && samples.histograms[k])
                    codec::append_prometheus_histogram(one, 4, samples.times_ms[k], *samples.histograms[k]);
                else
                    codec::append_prometheus_sample(one, 2, samples.times_ms[k], samples.values[k]);
            }
            codec::ProtoWriter(result).bytes(1, one);
            if (response.size() + result.size() > options_.config.whole_bytes_max)
                return make_error(Code::exhausted,
                                  "the answer has more than {} bytes (bulk.whole_bytes_max): ask for less, or accept "
                                  "STREAMED_XOR_CHUNKS",
                                  options_.config.whole_bytes_max);
        }
        codec::ProtoWriter(response).bytes(1, result);
    }
    bulk_samples_total.at({"remote_read"}).add(sample_count);
    http::Response out;
    out.content_type = "application/x-protobuf";
    out.body = codec::compress(codec::Coding::snappy, response);
    out.set_header("Content-Encoding", "snappy");
    return out;
}

}  // namespace belfry::api
