// io.prometheus.client (github.com/prometheus/client_model, metrics.proto):
//   MetricFamily 1 name, 2 help, 3 type (counter, gauge, summary, untyped, histogram, gauge histogram), 4 metric*, 5
//   unit Metric       1 label* (1 name, 2 value), 2 gauge, 3 counter, 4 summary, 5 untyped, 6 timestamp_ms, 7 histogram
//   Counter      1 value, 2 exemplar, 3 created        Gauge, Untyped  1 value
//   Summary      1 count, 2 sum, 3 quantile* (1 quantile, 2 value), 4 created
//   Histogram    1 count, 4 float count, 2 sum, 3 bucket* (1 count, 4 float count, 2 upper bound, 3 exemplar), 15
//   created,
//                5 schema, 6 zero threshold, 7 zero count, 8 float zero count, 9/12 negative/positive span* (1 offset,
//                2 length), 10/13 deltas, 11/14 counts, 16 exemplar*
//   Exemplar     1 label*, 2 value, 3 timestamp        Timestamp  1 seconds, 2 nanos
#include "ingest/scrape/protobuf_exposition.h"

#include "base/number.h"
#include "base/utf8.h"
#include "codec/protobuf.h"

namespace belfry::ingest::scrape {
namespace {

using codec::ProtoReader;

struct NamedLabel {
    std::string_view name;
    std::string_view value;
};

struct Bucket {
    double count = 0;
    double upper_bound = 0;
    std::vector<model::Exemplar> exemplars;
};

/// The fields of one Histogram message.
struct HistogramMessage {
    double count = 0;
    double sum = 0;
    double zero_count = 0;
    double zero_threshold = 0;
    int64_t schema = 0;
    bool has_schema = false;
    int64_t created_ms = 0;
    std::vector<Bucket> buckets;
    std::vector<model::Histogram::Span> positive_spans, negative_spans;
    std::vector<int64_t> positive_deltas, negative_deltas;
    std::vector<double> positive_counts, negative_counts;
    std::vector<model::Exemplar> exemplars;

    [[nodiscard]] bool is_native() const {
        return has_schema &&
               (!positive_spans.empty() || !negative_spans.empty() || zero_threshold > 0 || zero_count > 0);
    }
};

constexpr size_t BUCKETS_MAX = 100'000;  // of one histogram: more is no histogram

int64_t read_timestamp(std::string_view message, bool& ok) {
    ProtoReader in(message);
    int64_t seconds = 0;
    int64_t nanos = 0;
    while (in.next()) {
        if (in.field() == 1)
            seconds = in.int64();
        else if (in.field() == 2)
            nanos = in.int32();
    }
    ok = ok && in.ok() && seconds > -9'000'000'000'000 && seconds < 9'000'000'000'000;
    return ok ? seconds * 1000 + nanos / 1'000'000 : 0;
}

NamedLabel read_label(std::string_view message, bool& ok) {
    ProtoReader in(message);
    NamedLabel out;
    while (in.next()) {
        if (in.field() == 1)
            out.name = in.bytes();
        else if (in.field() == 2)
            out.value = in.bytes();
    }
    ok = ok && in.ok() && is_utf8(out.name) && is_utf8(out.value);
    return out;
}

model::Exemplar read_exemplar(std::string_view message, bool& ok) {
    ProtoReader in(message);
    model::Exemplar out;
    std::vector<model::Label> labels;
    while (in.next()) {
        if (in.field() == 1) {
            const NamedLabel label = read_label(in.bytes(), ok);
            labels.push_back({label.name, label.value});
        } else if (in.field() == 2) {
            out.value = in.float64();
        } else if (in.field() == 3) {
            out.time_ms = read_timestamp(in.bytes(), ok);
        }
    }
    ok = ok && in.ok();
    out.labels = model::Labels::from(std::move(labels));
    return out;
}

// Packed numbers or a single one: writers may do both.
template <typename T, typename Read>
void read_numbers(ProtoReader& in, std::vector<T>& out, ProtoReader::Wire single, Read&& read, bool& ok) {
    if (in.wire() == single) {
        out.push_back(read(in));
        return;
    }
    std::string_view packed = in.bytes();
    while (ok && !packed.empty() && out.size() <= BUCKETS_MAX) {
        if (single == ProtoReader::Wire::fixed64) {
            if (packed.size() < 8) {
                ok = false;
                return;
            }
            out.push_back(static_cast<T>(std::bit_cast<double>(get_le<uint64_t>(packed.data()))));
            packed.remove_prefix(8);
            continue;
        }
        uint64_t value = 0;
        unsigned shift = 0;
        size_t n = 0;
        while (true) {
            if (n == packed.size() || shift > 63) {
                ok = false;
                return;
            }
            const auto byte = static_cast<uint8_t>(packed[n++]);
            value |= static_cast<uint64_t>(byte & 127) << shift;
            if (byte < 128) break;
            shift += 7;
        }
        packed.remove_prefix(n);
        out.push_back(static_cast<T>(static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1)));
    }
    ok = ok && out.size() <= BUCKETS_MAX;
}

model::Histogram::Span read_span(std::string_view message, bool& ok) {
    ProtoReader in(message);
    model::Histogram::Span out;
    while (in.next()) {
        if (in.field() == 1)
            out.offset = static_cast<int32_t>(in.sint64());
        else if (in.field() == 2)
            out.length = in.uint32();
    }
    ok = ok && in.ok();
    return out;
}

Bucket read_bucket(std::string_view message, bool& ok) {
    ProtoReader in(message);
    Bucket out;
    while (in.next()) {
        switch (in.field()) {
            case 1: out.count = static_cast<double>(in.uint64()); break;
            case 4: out.count = in.float64() > 0 ? in.float64() : out.count; break;
            case 2: out.upper_bound = in.float64(); break;
            case 3: out.exemplars.push_back(read_exemplar(in.bytes(), ok)); break;
            default: break;
        }
    }
    ok = ok && in.ok();
    return out;
}

HistogramMessage read_histogram(std::string_view message, bool& ok) {
    ProtoReader in(message);
    HistogramMessage out;
    const auto sint = [](ProtoReader& r) { return r.sint64(); };
    const auto real = [](ProtoReader& r) { return r.float64(); };
    while (ok && in.next()) {
        switch (in.field()) {
            case 1: out.count = static_cast<double>(in.uint64()); break;
            case 4: out.count = in.float64() > 0 ? in.float64() : out.count; break;
            case 2: out.sum = in.float64(); break;
            case 3: out.buckets.push_back(read_bucket(in.bytes(), ok)); break;
            case 5: out.schema = in.sint64(), out.has_schema = true; break;
            case 6: out.zero_threshold = in.float64(); break;
            case 7: out.zero_count = static_cast<double>(in.uint64()); break;
            case 8: out.zero_count = in.float64() > 0 ? in.float64() : out.zero_count; break;
            case 9: out.negative_spans.push_back(read_span(in.bytes(), ok)); break;
            case 10: read_numbers(in, out.negative_deltas, ProtoReader::Wire::varint, sint, ok); break;
            case 11: read_numbers(in, out.negative_counts, ProtoReader::Wire::fixed64, real, ok); break;
            case 12: out.positive_spans.push_back(read_span(in.bytes(), ok)); break;
            case 13: read_numbers(in, out.positive_deltas, ProtoReader::Wire::varint, sint, ok); break;
            case 14: read_numbers(in, out.positive_counts, ProtoReader::Wire::fixed64, real, ok); break;
            case 15: out.created_ms = read_timestamp(in.bytes(), ok); break;
            case 16: out.exemplars.push_back(read_exemplar(in.bytes(), ok)); break;
            default: break;
        }
        ok = ok && out.buckets.size() <= BUCKETS_MAX && out.positive_spans.size() <= BUCKETS_MAX &&
             out.negative_spans.size() <= BUCKETS_MAX;
    }
    ok = ok && in.ok();
    return out;
}

// Counts a bucket from differences or as they are; as many as the spans have places.
bool fill_side(const std::vector<model::Histogram::Span>& spans,
               const std::vector<int64_t>& deltas,
               const std::vector<double>& counts,
               std::vector<double>& out) {
    uint64_t places = 0;
    for (const auto& span : spans)
        places += span.length;
    if (!counts.empty()) {
        out = counts;
    } else {
        int64_t sum = 0;
        for (const int64_t delta : deltas) {
            if (__builtin_add_overflow(sum, delta, &sum)) return false;
            out.push_back(static_cast<double>(sum));
        }
    }
    return out.size() == places;
}

Result<std::shared_ptr<const model::Histogram>> native_of(const HistogramMessage& m, bool gauge) {
    if (m.schema < -4 || m.schema > 8)
        return make_error(Code::corrupt, "a native histogram of schema {}; -4 to 8 are known", m.schema);
    auto out = std::make_shared<model::Histogram>();
    out->schema = static_cast<int8_t>(m.schema);
    out->reset_hint = gauge ? model::Histogram::ResetHint::gauge : model::Histogram::ResetHint::unknown;
    out->zero_threshold = m.zero_threshold;
    out->zero_count = m.zero_count;
    out->count = m.count;
    out->sum = m.sum;
    // A span of no buckets at the start only says "native": it holds nothing.
    const auto spans_of = [](const std::vector<model::Histogram::Span>& spans) {
        std::vector<model::Histogram::Span> kept;
        for (const auto& span : spans)
            if (span.length > 0 || !kept.empty())
                kept.push_back(span);
            else if (span.offset != 0)
                kept.push_back(span);
        if (kept.size() == 1 && kept.front().length == 0) kept.clear();
        return kept;
    };
    out->positive_spans = spans_of(m.positive_spans);
    out->negative_spans = spans_of(m.negative_spans);
    if (!fill_side(out->positive_spans, m.positive_deltas, m.positive_counts, out->positive_buckets) ||
        !fill_side(out->negative_spans, m.negative_deltas, m.negative_counts, out->negative_buckets))
        return make_error(Code::corrupt, "a native histogram whose spans and buckets do not fit");
    return std::shared_ptr<const model::Histogram>(std::move(out));
}

bool is_plain_name(std::string_view name, bool metric) {
    if (name.empty()) return false;
    for (size_t i = 0; i < name.size(); i++) {
        const char c = name[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (metric && c == ':');
        if (!letter && (i == 0 || c < '0' || c > '9')) return false;
    }
    return true;
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (c == '\\' || c == '"')
            (out += '\\') += c;
        else if (c == '\n')
            out += "\\n";
        else
            out += c;
    }
    out += '"';
}

class Walker {
  public:
    Walker(const ProtobufOptions& options,
           const std::function<Status(const model::MetricMetadata&)>& on_family,
           const std::function<Status(ExposedSample&)>& on_sample)
        : options_(options), on_family_(on_family), on_sample_(on_sample) {}

    Status family(std::string_view message) {
        bool ok = true;
        model::MetricMetadata metadata;
        int64_t type = 0;
        std::vector<std::string_view> metrics;
        ProtoReader in(message);
        while (in.next()) {
            switch (in.field()) {
                case 1: metadata.name = in.bytes(); break;
                case 2: metadata.help = in.bytes(); break;
                case 3: type = in.int64(); break;
                case 4: metrics.push_back(in.bytes()); break;
                case 5: metadata.unit = in.bytes(); break;
                default: break;
            }
        }
        ok = ok && in.ok() && is_utf8(metadata.name) && is_utf8(metadata.help) && is_utf8(metadata.unit);
        if (!ok || metadata.name.empty()) return make_error(Code::corrupt, "a metric family that cannot be read");
        static constexpr model::MetricType TYPES[] = {model::MetricType::counter,   model::MetricType::gauge,
                                                      model::MetricType::summary,   model::MetricType::unknown,
                                                      model::MetricType::histogram, model::MetricType::gauge_histogram};
        if (type >= 0 && type < 6) metadata.type = TYPES[type];
        name_ = metadata.name;
        gauge_histogram_ = metadata.type == model::MetricType::gauge_histogram;
        if (Status status = on_family_(metadata); !status.ok()) return status;
        for (const std::string_view metric : metrics) {
            if (Status status = this->metric(metric); !status.ok())
                return std::move(status).error().context("{}", name_);
        }
        return {};
    }

  private:
    Status metric(std::string_view message) {
        bool ok = true;
        labels_.clear();
        sample_ = {};
        uint32_t kind = 0;
        std::string_view body;
        ProtoReader in(message);
        while (in.next()) {
            switch (in.field()) {
                case 1: labels_.push_back(read_label(in.bytes(), ok)); break;
                case 6: sample_.time_ms = in.int64(); break;
                case 2:
                case 3:
                case 4:
                case 5:
                case 7: kind = in.field(), body = in.bytes(); break;
                default: break;
            }
        }
        if (!ok || !in.ok()) return make_error(Code::corrupt, "a metric that cannot be read");
        if (sample_.time_ms == 0) sample_.time_ms.reset();
        switch (kind) {
            case 2:
            case 5: return plain(body);
            case 3: return counter(body);
            case 4: return summary(body);
            case 7: return histogram(body);
            default: return {};  // a metric without a value
        }
    }

    Status plain(std::string_view message) {
        ProtoReader in(message);
        double value = 0;
        while (in.next())
            if (in.field() == 1) value = in.float64();
        if (!in.ok()) return make_error(Code::corrupt, "a value that cannot be read");
        return emit("", value);
    }

    Status counter(std::string_view message) {
        bool ok = true;
        ProtoReader in(message);
        double value = 0;
        std::vector<model::Exemplar> exemplars;
        while (in.next()) {
            if (in.field() == 1)
                value = in.float64();
            else if (in.field() == 2)
                exemplars.push_back(read_exemplar(in.bytes(), ok));
            else if (in.field() == 3)
                sample_.start_ms = read_timestamp(in.bytes(), ok);
        }
        if (!ok || !in.ok()) return make_error(Code::corrupt, "a counter that cannot be read");
        return emit("", value, {}, {}, std::move(exemplars));
    }

    Status summary(std::string_view message) {
        bool ok = true;
        ProtoReader in(message);
        double count = 0;
        double sum = 0;
        std::vector<std::pair<double, double>> quantiles;
        while (in.next()) {
            if (in.field() == 1)
                count = static_cast<double>(in.uint64());
            else if (in.field() == 2)
                sum = in.float64();
            else if (in.field() == 4)
                sample_.start_ms = read_timestamp(in.bytes(), ok);
            else if (in.field() == 3) {
                ProtoReader quantile(in.bytes());
                auto& entry = quantiles.emplace_back();
                while (quantile.next()) {
                    if (quantile.field() == 1)
                        entry.first = quantile.float64();
                    else if (quantile.field() == 2)
                        entry.second = quantile.float64();
                }
                ok = ok && quantile.ok();
            }
        }
        if (!ok || !in.ok()) return make_error(Code::corrupt, "a summary that cannot be read");
        for (const auto& [quantile, value] : quantiles)
            if (Status status = emit("", value, "quantile", format_bound(quantile)); !status.ok()) return status;
        if (Status status = emit("_sum", sum); !status.ok()) return status;
        return emit("_count", count);
    }

    Status histogram(std::string_view message) {
        bool ok = true;
        HistogramMessage m = read_histogram(message, ok);
        if (!ok) return make_error(Code::corrupt, "a histogram that cannot be read");
        sample_.start_ms = m.created_ms;
        if (m.is_native() && options_.native_histograms) {
            sample_.histogram = TRY(native_of(m, gauge_histogram_));
            std::vector<model::Exemplar> exemplars = m.exemplars;
            if (exemplars.empty())
                for (const Bucket& bucket : m.buckets)
                    exemplars.insert(exemplars.end(), bucket.exemplars.begin(), bucket.exemplars.end());
            Status status = emit("", m.sum, {}, {}, std::move(exemplars));
            sample_.histogram.reset();
            if (!status.ok() || !options_.classic_histograms) return status;
        }
        bool infinite = false;
        for (Bucket& bucket : m.buckets) {
            infinite = infinite || (std::isinf(bucket.upper_bound) && bucket.upper_bound > 0);
            if (Status status =
                    emit("_bucket", bucket.count, "le", format_bound(bucket.upper_bound), std::move(bucket.exemplars));
                !status.ok())
                return status;
        }
        if (!infinite)  // clients leave it out: it is the count
            if (Status status = emit("_bucket", m.count, "le", "+Inf"); !status.ok()) return status;
        if (Status status = emit("_sum", m.sum); !status.ok()) return status;
        return emit("_count", m.count);
    }

    // "1.0", as `TargetLabels` writes those of texts: a target keeps its series whatever it speaks.
    static std::string format_bound(double bound) {
        std::string out = format_double(bound);
        if (out.find_first_of(".eIN") == std::string::npos) out += ".0";
        return out;
    }

    Status emit(std::string_view suffix,
                double value,
                std::string_view extra_name = {},
                std::string_view extra_value = {},
                std::vector<model::Exemplar> exemplars = {}) {
        text_.clear();
        const bool plain = is_plain_name(name_, true);
        if (plain) (text_ += name_) += suffix;
        bool first = true;
        const auto begin_label = [&] {
            text_ += first ? '{' : ',';
            first = false;
        };
        if (!plain) {
            begin_label();
            append_quoted(text_, name_ + std::string(suffix));
        }
        const auto add = [&](std::string_view name, std::string_view label_value) {
            begin_label();
            if (is_plain_name(name, false))
                text_ += name;
            else
                append_quoted(text_, name);
            text_ += '=';
            append_quoted(text_, label_value);
        };
        for (const NamedLabel& label : labels_)
            if (!label.name.empty()) add(label.name, label.value);
        if (!extra_name.empty()) add(extra_name, extra_value);
        if (!first) text_ += '}';
        sample_.series = text_;
        sample_.value = value;
        sample_.exemplars = std::move(exemplars);
        return on_sample_(sample_);
    }

    const ProtobufOptions& options_;
    const std::function<Status(const model::MetricMetadata&)>& on_family_;
    const std::function<Status(ExposedSample&)>& on_sample_;
    std::string name_;
    bool gauge_histogram_ = false;
    std::vector<NamedLabel> labels_;
    ExposedSample sample_;
    std::string text_;
};

}  // namespace

Status walk_protobuf_exposition(std::string_view body,
                                const ProtobufOptions& options,
                                const std::function<Status(const model::MetricMetadata&)>& on_family,
                                const std::function<Status(ExposedSample&)>& on_sample) {
    Walker walker(options, on_family, on_sample);
    while (!body.empty()) {
        uint64_t size = 0;
        size_t n = 0;
        for (unsigned shift = 0;; shift += 7) {
            if (n == body.size() || shift > 35) return make_error(Code::corrupt, "the size of a metric family is torn");
            const auto byte = static_cast<uint8_t>(body[n++]);
            size |= static_cast<uint64_t>(byte & 127) << shift;
            if (byte < 128) break;
        }
        body.remove_prefix(n);
        if (size > body.size()) return make_error(Code::corrupt, "the last metric family is torn");
        if (Status status = walker.family(body.substr(0, size)); !status.ok()) return status;
        body.remove_prefix(size);
    }
    return {};
}

}  // namespace belfry::ingest::scrape
