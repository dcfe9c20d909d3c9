#include "ingest/otlp/map.h"

#include "base/bytes.h"
#include "codec/protobuf.h"
#include "ingest/otlp/value.h"

#include <cmath>

namespace belfry::ingest::otlp {
namespace {

using codec::ProtoReader;
constexpr int64_t DAY_MS = 86'400'000;
constexpr double INFINITE = std::numeric_limits<double>::infinity();
/// What OpenMetrics lets the labels of an exemplar have together.
constexpr size_t EXEMPLAR_LABEL_BYTES_MAX = 128;
// fields of Metric
constexpr uint32_t GAUGE = 5;
constexpr uint32_t SUM = 7;
constexpr uint32_t HISTOGRAM = 9;
constexpr uint32_t EXPONENTIAL = 10;
constexpr uint32_t SUMMARY = 11;

std::string hex(std::string_view bytes) {
    constexpr std::string_view DIGITS = "0123456789abcdef";
    std::string out;
    for (const char c : bytes) {
        out.push_back(DIGITS[static_cast<uint8_t>(c) >> 4]);
        out.push_back(DIGITS[static_cast<uint8_t>(c) & 15]);
    }
    return out;
}

model::MetricType type_of(Kind kind) {
    switch (kind) {
        case Kind::counter: return model::MetricType::counter;
        case Kind::histogram: return model::MetricType::histogram;
        case Kind::summary: return model::MetricType::summary;
        case Kind::gauge:
        case Kind::up_down_counter: break;
    }
    return model::MetricType::gauge;
}

void put_label(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    put_sized(out, name);
    put_sized(out, value);
}

}  // namespace

std::string_view to_string(PointRefusal reason) {
    static constexpr std::string_view NAMES[POINT_REFUSALS] = {"no_name",       "no_value",   "temporality",
                                                               "bad_histogram", "late_delta", "delta_streams"};
    return NAMES[static_cast<size_t>(reason)];
}

bool SeenMetadata::contains(uint64_t key, int64_t day) const {
    const std::lock_guard lock(mutex_);
    return day == day_ && keys_.contains(key);
}

void SeenMetadata::add(const std::vector<uint64_t>& keys, int64_t day) {
    const std::lock_guard lock(mutex_);
    if (day != day_ || keys_.size() + keys.size() > KEYS_MAX) keys_.clear();
    day_ = day;
    keys_.insert(keys.begin(), keys.end());
}

char* ByteArena::room(size_t bytes) {
    if (!blocks_.empty() && blocks_[current_].size - used_ >= bytes) return blocks_[current_].bytes.get() + used_;
    used_ = 0;
    if (!blocks_.empty()) ++current_;
    if (current_ == blocks_.size()) blocks_.emplace_back();
    Block& block = blocks_[current_];
    if (block.size < bytes) {
        block.size = std::max(bytes, BLOCK_BYTES);
        block.bytes = std::make_unique_for_overwrite<char[]>(block.size);
    }
    return block.bytes.get();
}

void ByteArena::clear() {
    constexpr size_t KEPT_BLOCKS = 16;
    if (blocks_.size() > KEPT_BLOCKS) blocks_.resize(KEPT_BLOCKS);
    std::erase_if(blocks_, [](const Block& b) { return b.size > BLOCK_BYTES; });
    current_ = 0;
    used_ = 0;
    total_ = 0;
}

struct MetricsMapper::Context {
    std::string_view tenant;
    int64_t day = 0;
    const Parts& parts;
    DeltaStreams::Transaction& deltas;
    const DeltaStreams& streams;
    WireBatch& batch;
    MappedCounts& counts;
};

Status MetricsMapper::map(std::string_view message,
                          std::string_view tenant,
                          int64_t now_ms,
                          const Parts& parts,
                          DeltaStreams::Transaction& deltas,
                          const DeltaStreams& streams,
                          WireBatch& batch,
                          MappedCounts& counts) {
    arena_.clear();
    metadata_keys_.clear();
    batch.decoder = &parts.labels;
    batch.tenant = tenant;
    Context c{tenant, now_ms / DAY_MS, parts, deltas, streams, batch, counts};
    ProtoReader request(message);
    uint64_t index = 0;
    while (request.next()) {
        if (request.field() != 1) continue;
        if (Status status = map_resource(c, request.bytes()); !status)
            return std::move(status).context("resource_metrics {}", index);
        ++index;
    }
    return request.ok() ? Status() : make_error(Code::invalid, "malformed ExportMetricsServiceRequest message");
}

Status MetricsMapper::map_resource(Context& c, std::string_view message) {
    // the resource may stand behind what it describes
    std::string_view resource;
    ProtoReader fields(message);
    while (fields.next())
        if (fields.field() == 1) resource = fields.bytes();
    if (!fields.ok()) return make_error(Code::invalid, "malformed ResourceMetrics message");
    TRY(read_resource(c, resource));
    newest_ms_ = 0;
    ProtoReader scopes(message);
    while (scopes.next())
        if (scopes.field() == 2) TRY(map_scope(c, scopes.bytes()));
    if (!identified_ || !described_ || newest_ms_ == 0) return {};
    Metric target;
    Point point;
    point.attributes = target_attributes_;
    base_labels_ = resource_labels_;
    // promoted attributes are in it already
    add_row(c, target, point, Part::target_info, 0);
    c.batch.add_sample(newest_ms_, 1);
    return {};
}

Status MetricsMapper::read_resource(Context& c, std::string_view message) {
    resource_labels_.clear();
    target_attributes_.clear();
    identified_ = described_ = false;
    std::string name;
    std::string space;
    std::string instance;
    const OtlpConfig& config = c.parts.config;
    const auto promoted = [&config](std::string_view key) {
        return std::any_of(config.promote_resource_attributes.begin(), config.promote_resource_attributes.end(),
                           [&](const std::string& wanted) { return wanted == "*" || wanted == key; });
    };
    ProtoReader fields(message);
    const char* begin = fields.position();
    while (fields.next()) {
        if (fields.field() == 1) {
            const KeyValue pair = TRY(read_key_value(fields.bytes()));
            std::string* identifying = pair.key == "service.name"          ? &name
                                       : pair.key == "service.namespace"   ? &space
                                       : pair.key == "service.instance.id" ? &instance
                                                                           : nullptr;
            if (identifying != nullptr) {
                identifying->clear();
                TRY(append_value(*identifying, pair.value));
            } else {
                described_ = true;
            }
            target_attributes_.append(begin, fields.position());
            if (!config.promote_resource_attributes.empty() && promoted(pair.key)) {
                std::string value;
                TRY(append_value(value, pair.value));
                put_label(resource_labels_, label_name(pair.key, config.translation), value);
            }
        }
        begin = fields.position();
    }
    if (!fields.ok()) return make_error(Code::invalid, "malformed Resource message");
    if (!name.empty() && !space.empty()) name = space + "/" + name;
    identified_ = !name.empty() || !instance.empty();
    std::string identity;
    put_label(identity, "job", name);
    put_label(identity, "instance", instance);
    resource_labels_.insert(0, identity);
    return {};
}

Status MetricsMapper::read_scope(Context& c, std::string_view message, std::string_view schema_url) {
    base_labels_ = resource_labels_;
    if (!c.parts.config.promote_scope) return {};
    ProtoReader fields(message);
    while (fields.next()) {
        if (fields.field() == 1) {
            put_label(base_labels_, "otel_scope_name", fields.bytes());
        } else if (fields.field() == 2) {
            put_label(base_labels_, "otel_scope_version", fields.bytes());
        } else if (fields.field() == 3) {
            const KeyValue pair = TRY(read_key_value(fields.bytes()));
            std::string value;
            TRY(append_value(value, pair.value));
            put_label(base_labels_, label_name(fmt::format("otel_scope_{}", pair.key), c.parts.config.translation),
                      value);
        }
    }
    if (!fields.ok()) return make_error(Code::invalid, "malformed InstrumentationScope message");
    put_label(base_labels_, "otel_scope_schema_url", schema_url);
    return {};
}

Status MetricsMapper::map_scope(Context& c, std::string_view message) {
    std::string_view scope;
    std::string_view schema_url;
    ProtoReader fields(message);
    while (fields.next()) {
        if (fields.field() == 1)
            scope = fields.bytes();
        else if (fields.field() == 3)
            schema_url = fields.bytes();
    }
    if (!fields.ok()) return make_error(Code::invalid, "malformed ScopeMetrics message");
    TRY(read_scope(c, scope, schema_url));
    ProtoReader metrics(message);
    while (metrics.next())
        if (metrics.field() == 2) TRY(map_metric(c, metrics.bytes()));
    return {};
}

Status MetricsMapper::map_metric(Context& c, std::string_view message) {
    Metric metric;
    ProtoReader fields(message);
    while (fields.next()) {
        switch (fields.field()) {
            case 1: metric.name = fields.bytes(); break;
            case 2: metric.description = fields.bytes(); break;
            case 3: metric.unit = fields.bytes(); break;
            case GAUGE:
            case SUM:
            case HISTOGRAM:
            case EXPONENTIAL:
            case SUMMARY:
                metric.type = fields.field();
                metric.points = fields.bytes();
                break;
            default: break;
        }
    }
    if (!fields.ok()) return make_error(Code::invalid, "malformed Metric message");
    if (metric.type == 0) return {};
    bool monotonic = false;
    ProtoReader head(metric.points);
    while (head.next()) {
        if (head.field() == 2)
            metric.temporality = static_cast<Temporality>(std::min<uint64_t>(head.uint64(), 3));
        else if (head.field() == 3)
            monotonic = head.boolean();
    }
    if (!head.ok()) return make_error(Code::invalid, "malformed points of metric {}", metric.name.substr(0, 100));
    metric.kind = metric.type == SUM       ? (monotonic ? Kind::counter : Kind::up_down_counter)
                  : metric.type == SUMMARY ? Kind::summary
                  : metric.type == GAUGE   ? Kind::gauge
                                           : Kind::histogram;
    if (metric.type == GAUGE || metric.type == SUMMARY) metric.temporality = Temporality::cumulative;
    const bool good_temporality =
        metric.temporality == Temporality::delta || metric.temporality == Temporality::cumulative;
    const uint64_t refused_before = c.counts.refused;
    const uint64_t points_before = c.counts.points;
    ProtoReader points(metric.points);
    while (points.next()) {
        if (points.field() != 1) continue;
        ++c.counts.points;
        if (metric.name.empty()) {
            refuse(c, metric, PointRefusal::no_name, "a metric without a name");
        } else if (!good_temporality) {
            refuse(c, metric, PointRefusal::temporality, "a temporality that is neither delta nor cumulative");
        } else if (metric.type == GAUGE || metric.type == SUM) {
            TRY(map_number(c, metric, points.bytes()));
        } else if (metric.type == SUMMARY) {
            TRY(map_summary(c, metric, points.bytes()));
        } else {
            TRY(map_distribution(c, metric, points.bytes()));
        }
        if (arena_.bytes() > c.parts.series_bytes_max)
            return make_error(Code::exhausted,
                              "the names and labels of all its series take more than {} bytes "
                              "(http.decoded_bytes_max); send smaller batches",
                              c.parts.series_bytes_max);
    }
    if (c.counts.points - points_before > c.counts.refused - refused_before) add_metadata(c, metric);
    return {};
}

void MetricsMapper::refuse(Context& c, const Metric& metric, PointRefusal reason, std::string message) {
    ++c.counts.refused;
    ++c.counts.by_reason[static_cast<size_t>(reason)];
    if (!c.counts.first_message.empty()) return;
    c.counts.first_metric = metric.name.substr(0, 200);
    c.counts.first_message =
        metric.name.empty() ? std::move(message) : fmt::format("metric {}: {}", c.counts.first_metric, message);
}

/// A series of the metric; the attributes are the point's.
void MetricsMapper::add_row(Context& c, const Metric& metric, const Point& point, Part part, double bound) {
    std::string_view attributes = point.attributes;
    if (!point.loose.empty()) {
        joined_ = attributes;
        for (const std::string_view field : point.loose)
            joined_ += field;
        attributes = joined_;
    }
    const SeriesKey key{part, metric.kind, bound, base_labels_, metric.name, metric.unit, attributes};
    const std::string_view wire = encode(key, arena_.room(encoded_bytes_max(key)));
    arena_.take(wire.size());
    c.batch.add_series(wire);
}

/// What the key of a delta stream has beside its attributes.
std::string_view MetricsMapper::head_of(const Context&, const Metric& metric) {
    const SeriesKey key{Part::value, metric.kind, static_cast<double>(metric.type), base_labels_, metric.name,
                        metric.unit, {}};
    head_.resize(encoded_bytes_max(key));
    return encode(key, head_.data());
}

/// Nothing: the point was taken.
std::optional<PointRefusal> MetricsMapper::judge(DeltaVerdict verdict, Context&) const {
    if (verdict == DeltaVerdict::out_of_order) return PointRefusal::late_delta;
    if (verdict == DeltaVerdict::full) return PointRefusal::delta_streams;
    return std::nullopt;
}

namespace {

std::string why(PointRefusal reason) {
    return reason == PointRefusal::late_delta
               ? "a point of delta temporality that is not newer than what was summed up"
               : "more streams of delta temporality than are summed up at once (otlp.delta_streams_max)";
}

Error busy_error() {
    return make_error(Code::unavailable,
                      "another request with points of the same delta streams is being stored; send again");
}

}  // namespace

Status MetricsMapper::map_number(Context& c, const Metric& metric, std::string_view message) {
    TRY(read_number(message, number_));
    NumberPoint& point = number_;
    newest_ms_ = std::max(newest_ms_, point.time_ms());
    if (point.no_value) {
        add_row(c, metric, point, Part::value, 0);
        c.batch.add_sample(point.time_ms(), model::stale_nan());
        return {};
    }
    if (!point.value) {
        refuse(c, metric, PointRefusal::no_value, "a data point without a value");
        return {};
    }
    double value = *point.value;
    int64_t start_ms = metric.type == SUM ? point.start_ms() : 0;
    std::optional<int64_t> zero_ms;
    if (metric.temporality == Temporality::delta) {
        DeltaStreams::Sum sum;
        const DeltaVerdict verdict =
            c.deltas.add_number(c.streams.key_of(c.tenant, head_of(c, metric), point), point, value, &sum);
        if (verdict == DeltaVerdict::busy) return busy_error();
        if (const auto reason = judge(verdict, c)) {
            refuse(c, metric, *reason, why(*reason));
            return {};
        }
        value = sum.number;
        start_ms = sum.start_ms;
        zero_ms = sum.zero_ms;
    }
    add_row(c, metric, point, Part::value, 0);
    if (zero_ms) {
        c.batch.add_sample(*zero_ms, 0);
        c.batch.set_start_time(start_ms);
    }
    c.batch.add_sample(point.time_ms(), value);
    if (start_ms <= point.time_ms()) c.batch.set_start_time(start_ms);
    for (const std::string_view exemplar : point.exemplars)
        exemplars_.push_back(TRY(read_exemplar(exemplar)));
    add_exemplars(c, point);
    return {};
}

/// Those read last, to the series added last.
void MetricsMapper::add_exemplars(Context& c, const Point&) {
    for (const ExemplarPoint& exemplar : exemplars_) {
        model::LabelsBuilder labels;
        const std::string trace = hex(exemplar.trace_id);
        const std::string span = hex(exemplar.span_id);
        labels.set("trace_id", trace).set("span_id", span);
        size_t bytes = trace.size() + span.size() + 15;
        for (const std::string_view attribute : exemplar.attributes) {
            const auto pair = read_key_value(attribute);
            std::string value;
            if (!pair.ok() || !append_value(value, pair->value).ok()) continue;
            const std::string name = label_name(pair->key, c.parts.config.translation);
            bytes += name.size() + value.size();
            if (bytes > EXEMPLAR_LABEL_BYTES_MAX || name.empty()) break;
            labels.set(name, value);
        }
        c.batch.add_exemplar({static_cast<int64_t>(exemplar.time_ns / 1'000'000), exemplar.value, labels.build()});
    }
    exemplars_.clear();
}

Status MetricsMapper::map_distribution(Context& c, const Metric& metric, std::string_view message) {
    const bool exponential = metric.type == EXPONENTIAL;
    DistributionPoint& point = distribution_point_;
    TRY(exponential ? read_exponential(message, point) : read_histogram(message, point));
    newest_ms_ = std::max(newest_ms_, point.time_ms());
    if (point.no_value) {
        put_stale(c, metric, point);
        return {};
    }
    if (const std::string problem = make_distribution(point, exponential, distribution_); !problem.empty()) {
        refuse(c, metric, PointRefusal::bad_histogram, problem);
        return {};
    }
    exemplars_.clear();
    for (const std::string_view exemplar : point.exemplars)
        exemplars_.push_back(TRY(read_exemplar(exemplar)));
    const Distribution* d = &distribution_;
    int64_t start_ms = point.start_ms();
    std::optional<int64_t> zero_ms;
    DeltaStreams::Sum sum;
    if (metric.temporality == Temporality::delta) {
        const DeltaVerdict verdict = c.deltas.add_distribution(c.streams.key_of(c.tenant, head_of(c, metric), point),
                                                               point, distribution_, &sum);
        if (verdict == DeltaVerdict::busy) return busy_error();
        if (const auto reason = judge(verdict, c)) {
            exemplars_.clear();
            refuse(c, metric, *reason, why(*reason));
            return {};
        }
        d = sum.distribution;
        start_ms = sum.start_ms;
        zero_ms = sum.zero_ms;
    }
    if (start_ms > point.time_ms()) start_ms = 0;
    const bool native = exponential || c.parts.config.native_histograms;
    if (zero_ms) {
        std::vector<ExemplarPoint> kept;
        kept.swap(exemplars_);
        if (native) {
            Distribution zero = *d;
            zero.count = zero.zero_count = 0;
            zero.sum = 0;
            zero.has_sum = true;
            std::fill(zero.bucket_counts.begin(), zero.bucket_counts.end(), 0);
            zero.positive.counts.clear();
            zero.negative.counts.clear();
            put_native(c, metric, point, to_native(zero), *zero_ms, start_ms);
        } else {
            put_classic(c, metric, point, *d, *zero_ms, start_ms, true);
        }
        kept.swap(exemplars_);
    }
    if (native)
        put_native(c, metric, point, to_native(*d), point.time_ms(), start_ms);
    else
        put_classic(c, metric, point, *d, point.time_ms(), start_ms, false);
    return {};
}

void MetricsMapper::put_native(Context& c,
                               const Metric& metric,
                               const Point& point,
                               std::shared_ptr<const model::Histogram> histogram,
                               int64_t time_ms,
                               int64_t start_ms) {
    add_row(c, metric, point, Part::value, 0);
    c.batch.add_histogram(time_ms, std::move(histogram));
    c.batch.set_start_time(start_ms);
    add_exemplars(c, point);
}

void MetricsMapper::put_classic(Context& c,
                                const Metric& metric,
                                const Point& point,
                                const Distribution& d,
                                int64_t time_ms,
                                int64_t start_ms,
                                bool zero) {
    const auto put = [&](double value) {
        c.batch.add_sample(time_ms, zero ? 0 : value);
        c.batch.set_start_time(start_ms);
    };
    std::vector<ExemplarPoint> all;
    all.swap(exemplars_);
    uint64_t cumulative = 0;
    double below = -INFINITE;
    for (size_t i = 0; i <= d.bounds.size(); ++i) {
        const bool last = i == d.bounds.size();
        const double bound = last ? INFINITE : d.bounds[i];
        if (!last) cumulative += d.bucket_counts[i];
        add_row(c, metric, point, Part::bucket, bound);
        put(static_cast<double>(last ? d.count : cumulative));
        for (const ExemplarPoint& exemplar : all)
            if ((exemplar.value > below || i == 0) && exemplar.value <= bound) exemplars_.push_back(exemplar);
        add_exemplars(c, point);
        below = bound;
    }
    if (d.has_sum) {
        add_row(c, metric, point, Part::sum, 0);
        put(d.sum);
    }
    add_row(c, metric, point, Part::count, 0);
    put(static_cast<double>(d.count));
}

/// The series end: those that can be named from the point.
void MetricsMapper::put_stale(Context& c, const Metric& metric, const DistributionPoint& point) {
    if (metric.type == EXPONENTIAL || (metric.type == HISTOGRAM && c.parts.config.native_histograms)) {
        add_row(c, metric, point, Part::value, 0);
        c.batch.add_histogram(point.time_ms(), stale_native());
        return;
    }
    const auto put = [&](Part part, double bound) {
        add_row(c, metric, point, part, bound);
        c.batch.add_sample(point.time_ms(), model::stale_nan());
    };
    put(Part::sum, 0);
    put(Part::count, 0);
    if (metric.type == SUMMARY) {
        for (const auto& [quantile, value] : point.quantiles)
            put(Part::quantile, quantile);
        return;
    }
    for (const double bound : point.bounds)
        if (bound != INFINITE) put(Part::bucket, bound);
    put(Part::bucket, INFINITE);
}

Status MetricsMapper::map_summary(Context& c, const Metric& metric, std::string_view message) {
    DistributionPoint& point = distribution_point_;
    TRY(read_summary(message, point));
    newest_ms_ = std::max(newest_ms_, point.time_ms());
    if (point.no_value) {
        put_stale(c, metric, point);
        return {};
    }
    const int64_t start_ms = point.start_ms() <= point.time_ms() ? point.start_ms() : 0;
    const auto put = [&](Part part, double bound, double value) {
        add_row(c, metric, point, part, bound);
        c.batch.add_sample(point.time_ms(), value);
        if (part != Part::quantile) c.batch.set_start_time(start_ms);
    };
    put(Part::sum, 0, point.sum.value_or(0));
    put(Part::count, 0, static_cast<double>(point.count));
    for (const auto& [quantile, value] : point.quantiles)
        put(Part::quantile, quantile, value);
    return {};
}

void MetricsMapper::add_metadata(Context& c, const Metric& metric) {
    const uint64_t key =
        hash64(metric.name,
               hash64(metric.description,
                      hash64(metric.unit, hash64(c.tenant, metric.type + 64ULL * static_cast<uint64_t>(metric.kind)))));
    if (c.parts.seen.contains(key, c.day)) return;
    const Translation translation = c.parts.config.translation;
    model::MetricMetadata out;
    out.name = metric_name(metric.name, metric.unit, metric.kind, translation);
    out.type = type_of(metric.kind);
    out.unit = unit_name(metric.unit);
    out.help = metric.description;
    if (out.name.empty()) return;
    c.batch.metadata.push_back(std::move(out));
    metadata_keys_.push_back(key);
}

}  // namespace belfry::ingest::otlp
