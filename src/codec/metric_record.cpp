#include "codec/metric_record.h"

#include "base/bytes.h"
#include "codec/histogram.h"
#include "codec/plain_value.h"

namespace belfry::codec {

namespace {

using model::HeadId;
using model::MetricBatch;

enum Section : uint8_t { SERIES = 1, SAMPLES = 2, METADATA = 3, HISTOGRAMS = 4, EXEMPLARS = 5, DELETIONS = 6, START_TIMES = 7, DELETION_RANGES = 16 };
constexpr uint8_t SKIPPABLE = 0x80;

void put_section(std::string& out, uint8_t kind, std::string_view body) {
    out.push_back(static_cast<char>(kind));
    put_sized(out, body);
}

void put_series(const MetricBatch& batch, std::string& body) {
    put_zigzag(body, batch.series_day);
    put_varint(body, batch.series.size());
    HeadId last_id = 0;
    std::string_view last;
    for (const MetricBatch::Series& s : batch.series) {
        const std::string_view labels = batch.labels(s).bytes();
        const auto differ = std::mismatch(labels.begin(), labels.end(), last.begin(), last.end()).first;
        const auto shared = static_cast<size_t>(differ - labels.begin());
        put_zigzag(body, static_cast<int64_t>(s.id - last_id));
        put_varint(body, shared);
        put_sized(body, labels.substr(shared));
        last_id = s.id;
        last = labels;
    }
}

/// Writes into `out` directly: the section is long, and its size is patched in (padded varint of 5 bytes).
void put_samples(const MetricBatch& batch, std::string& out) {
    const size_t count = batch.ids.size();
    out.push_back(static_cast<char>(SAMPLES));
    const size_t size_at = out.size();
    constexpr size_t SIZE_BYTES = 5;
    const size_t body_at = size_at + SIZE_BYTES;
    constexpr size_t HEAD_BYTES_MAX = 20;
    const size_t worst = HEAD_BYTES_MAX + batch.times_ms.size() * 10 + count * (20 + 10 + PLAIN_VALUE_BYTES_MAX);
    out.resize(body_at + worst);
    RawOut w(out.data() + body_at);

    w.varint(batch.times_ms.size());
    uint64_t last_time = 0;
    for (const int64_t t : batch.times_ms) {
        w.varint(zigzag(static_cast<int64_t>(static_cast<uint64_t>(t) - last_time)));
        last_time = static_cast<uint64_t>(t);
    }
    w.varint(count);
    HeadId last_id = 0;
    for (size_t i = 0; i < count;) {
        const uint64_t delta = batch.ids[i] - last_id;
        size_t run = 1;
        while (i + run < count && batch.ids[i + run] - batch.ids[i + run - 1] == delta) ++run;
        last_id = batch.ids[i + run - 1];
        i += run;
        // The top bit of the zigzag delta gives way to the flag: ids stay far below 2^62.
        w.varint(zigzag(static_cast<int64_t>(delta)) << 1 | (run > 1 ? 1 : 0));
        if (run > 1) w.varint(run - 1);
    }
    for (size_t i = 0; i < count;) {
        size_t run = 1;
        while (i + run < count && batch.time_index[i + run] == batch.time_index[i]) ++run;
        w.varint(batch.time_index[i]);
        w.varint(run);
        i += run;
    }
    for (const double v : batch.values) put_plain_value(w, v);

    out.resize(static_cast<size_t>(w.position() - out.data()));
    uint64_t size = out.size() - body_at;
    for (size_t i = 0; i < SIZE_BYTES; ++i, size >>= 7)
        out[size_at + i] = static_cast<char>((size & 127) | (i + 1 < SIZE_BYTES ? 128 : 0));
    INVARIANT(size == 0, "a record is below 32 GiB");
}

void put_metadata(const MetricBatch& batch, std::string& body) {
    put_varint(body, batch.metadata.size());
    for (const model::MetricMetadata& m : batch.metadata) {
        put_sized(body, m.tenant);
        put_sized(body, m.name);
        body.push_back(static_cast<char>(m.type));
        put_sized(body, m.unit);
        put_sized(body, m.help);
    }
}

Error bad(const char* what) { return make_error(Code::corrupt, "metric record: {}", what); }

Status get_series(ByteReader in, MetricBatch& batch) {
    int64_t day = 0;
    uint64_t count = 0;
    if (!in.zigzag64(&day) || day != static_cast<int32_t>(day) || !in.varint(&count)) return bad("series head");
    if (count > METRIC_RECORD_SERIES_MAX || count > in.left()) return bad("series count");
    batch.series_day = static_cast<int32_t>(day);
    batch.series.reserve(batch.series.size() + count);
    HeadId id = 0;
    size_t last_at = batch.label_bytes.size();
    size_t last_size = 0;
    for (uint64_t i = 0; i < count; ++i) {
        int64_t delta = 0;
        uint64_t shared = 0;
        std::string_view rest;
        if (!in.zigzag64(&delta) || !in.varint(&shared) || !in.sized(&rest)) return bad("series cut");
        if (shared > last_size) return bad("shared label bytes");
        const size_t at = batch.label_bytes.size();
        // Front coding could make a small record huge: what a batch may hold in memory is bounded.
        constexpr size_t LABEL_BYTES_MAX = 1ULL << 30;
        if (at + shared + rest.size() > LABEL_BYTES_MAX) return bad("label bytes");
        batch.label_bytes.append(batch.label_bytes, last_at, shared);
        batch.label_bytes.append(rest);
        if (!model::Labels::is_canonical(std::string_view(batch.label_bytes).substr(at))) return bad("labels");
        id += static_cast<uint64_t>(delta);
        last_at = at;
        last_size = shared + rest.size();
        batch.series.push_back({id, static_cast<uint32_t>(at), static_cast<uint32_t>(last_size)});
    }
    return in.done() ? Status() : bad("bytes behind the series");
}

Status get_samples(ByteReader in, MetricBatch& batch) {
    uint64_t time_count = 0;
    if (!in.varint(&time_count) || time_count > in.left()) return bad("time count");
    const size_t first_time = batch.times_ms.size();
    uint64_t time = 0;
    for (uint64_t i = 0; i < time_count; ++i) {
        int64_t delta = 0;
        if (!in.zigzag64(&delta)) return bad("times cut");
        time += static_cast<uint64_t>(delta);
        batch.times_ms.push_back(static_cast<int64_t>(time));
    }
    uint64_t count = 0;
    // Each sample has at least one byte of value: a short record cannot ask for much memory.
    if (!in.varint(&count) || count > in.left() || batch.ids.size() + count > METRIC_RECORD_SAMPLES_MAX)
        return bad("sample count");
    const size_t first = batch.ids.size();
    batch.ids.resize(first + count);
    batch.time_index.resize(first + count);
    batch.values.resize(first + count);
    HeadId id = 0;
    for (uint64_t i = 0; i < count;) {
        uint64_t token = 0;
        uint64_t run = 0;
        if (!in.varint(&token) || ((token & 1) != 0 && !in.varint(&run))) return bad("ids cut");
        if (run >= count - i) return bad("id run");
        const auto delta = static_cast<uint64_t>(unzigzag(token >> 1));
        for (uint64_t k = 0; k <= run; ++k) batch.ids[first + i++] = id += delta;
    }
    for (uint64_t i = 0; i < count;) {
        uint64_t place = 0;
        uint64_t run = 0;
        if (!in.varint(&place) || !in.varint(&run)) return bad("time places cut");
        if (place >= time_count || run == 0 || run > count - i) return bad("time place");
        const auto index = static_cast<uint32_t>(first_time + place);
        std::fill_n(batch.time_index.begin() + static_cast<std::ptrdiff_t>(first + i), run, index);
        i += run;
    }
    for (uint64_t i = 0; i < count; ++i)
        if (!get_plain_value(in, &batch.values[first + i])) return bad("values cut");
    return in.done() ? Status() : bad("bytes behind the samples");
}

Status get_metadata(ByteReader in, MetricBatch& batch) {
    uint64_t count = 0;
    if (!in.varint(&count) || count > in.left()) return bad("metadata count");
    for (uint64_t i = 0; i < count; ++i) {
        std::string_view tenant;
        std::string_view name;
        std::string_view unit;
        std::string_view help;
        uint8_t type = 0;
        if (!in.sized(&tenant) || !in.sized(&name) || !in.le(&type) || !in.sized(&unit) || !in.sized(&help))
            return bad("metadata cut");
        if (type > static_cast<uint8_t>(model::MetricType::stateset)) type = 0;
        batch.metadata.push_back({std::string(tenant), std::string(name), static_cast<model::MetricType>(type),
                                  std::string(unit), std::string(help)});
    }
    return in.done() ? Status() : bad("bytes behind the metadata");
}

void put_deletions(const MetricBatch& batch, std::string& body) {
    put_varint(body, batch.deletions.size());
    for (const model::MetricDeletion& d : batch.deletions) {
        INVARIANT(!d.matchers.empty(), "a deletion without matchers would erase everything");
        put_sized(body, d.tenant);
        put_varint(body, d.matchers.size());
        for (const model::Matcher& m : d.matchers) {
            body.push_back(static_cast<char>(m.op()));
            put_sized(body, m.name());
            put_sized(body, m.value());
        }
    }
}

Status get_deletions(ByteReader in, MetricBatch& batch) {
    uint64_t count = 0;
    if (!in.varint(&count) || count > in.left()) return bad("deletion count");
    for (uint64_t i = 0; i < count; ++i) {
        std::string_view tenant;
        uint64_t matchers = 0;
        if (!in.sized(&tenant) || !in.varint(&matchers) || matchers == 0 || matchers > in.left()) return bad("deletion cut");
        model::MetricDeletion deletion{.tenant = std::string(tenant), .matchers = {}};
        for (uint64_t k = 0; k < matchers; ++k) {
            uint8_t op = 0;
            std::string_view name;
            std::string_view value;
            if (!in.le(&op) || op > static_cast<uint8_t>(model::Matcher::Op::not_regex) || !in.sized(&name) || !in.sized(&value))
                return bad("deletion's matcher cut");
            auto matcher = model::Matcher::make(static_cast<model::Matcher::Op>(op), std::string(name), std::string(value));
            if (!matcher.ok()) return bad("deletion's matcher");
            deletion.matchers.push_back(std::move(matcher).value());
        }
        batch.deletions.push_back(std::move(deletion));
    }
    return in.done() ? Status() : bad("bytes behind the deletions");
}

Status get_deletion_ranges(ByteReader in, MetricBatch& batch) {
    for (model::MetricDeletion& d : batch.deletions) {
        if (!in.zigzag64(&d.range.from_ms) || !in.zigzag64(&d.range.to_ms)) return bad("range of a deletion cut");
        if (d.range.from_ms >= d.range.to_ms) return bad("range of a deletion");
    }
    return in.done() ? Status() : bad("bytes behind the ranges of deletions");
}

// ---------------------------------------------------------------- sparse columns

/// Ascending rows as runs of neighbours: (rows left out, rows - 1)*.
void put_rows(const std::vector<uint32_t>& rows, std::string& body) {
    put_varint(body, rows.size());
    uint32_t next = 0;  // the first row behind the last run
    for (size_t i = 0; i < rows.size();) {
        INVARIANT(rows[i] >= next, "rows ascend");
        size_t run = 1;
        while (i + run < rows.size() && rows[i + run] == rows[i] + run) ++run;
        put_varint(body, rows[i] - next);
        put_varint(body, run - 1);
        next = rows[i] + static_cast<uint32_t>(run);
        i += run;
    }
}

/// `samples`: rows lie below. Runs can make a short record name many rows, but never more than there are samples.
bool get_rows(ByteReader& in, size_t samples, std::vector<uint32_t>& rows) {
    uint64_t count = 0;
    if (!rows.empty() || !in.varint(&count) || count == 0 || count > samples) return false;
    uint64_t next = 0;
    while (rows.size() < count) {
        uint64_t gap = 0;
        uint64_t more = 0;
        if (!in.varint(&gap) || !in.varint(&more) || gap >= samples || more >= count - rows.size()) return false;
        next += gap;
        if (next + more >= samples) return false;
        for (uint64_t k = 0; k <= more; ++k) rows.push_back(static_cast<uint32_t>(next++));
    }
    return true;
}

void put_histograms(const MetricBatch& batch, std::string& body) {
    INVARIANT(batch.histogram_rows.size() == batch.histograms.size(), "a histogram a row");
    put_rows(batch.histogram_rows, body);
    for (const auto& histogram : batch.histograms) put_histogram(*histogram, body);
}

Status get_histograms(ByteReader in, MetricBatch& batch) {
    if (!get_rows(in, batch.ids.size(), batch.histogram_rows)) return bad("histogram rows");
    for (const uint32_t row : batch.histogram_rows) {
        auto histogram = std::make_shared<model::Histogram>();
        if (!get_histogram(in, *histogram)) return bad("histogram");
        histogram->sum = batch.values[row];
        batch.histograms.push_back(std::move(histogram));
    }
    return in.done() ? Status() : bad("bytes behind the histograms");
}

void put_start_times(const MetricBatch& batch, std::string& body) {
    INVARIANT(batch.start_rows.size() == batch.start_times_ms.size(), "a start time a row");
    put_rows(batch.start_rows, body);
    uint64_t last = 0;
    for (size_t i = 0; i < batch.start_times_ms.size();) {
        size_t run = 1;
        while (i + run < batch.start_times_ms.size() && batch.start_times_ms[i + run] == batch.start_times_ms[i]) ++run;
        const auto time = static_cast<uint64_t>(batch.start_times_ms[i]);
        put_zigzag(body, static_cast<int64_t>(time - last));
        put_varint(body, run - 1);
        last = time;
        i += run;
    }
}

Status get_start_times(ByteReader in, MetricBatch& batch) {
    if (!get_rows(in, batch.ids.size(), batch.start_rows)) return bad("start rows");
    uint64_t time = 0;
    while (batch.start_times_ms.size() < batch.start_rows.size()) {
        int64_t delta = 0;
        uint64_t more = 0;
        if (!in.zigzag64(&delta) || !in.varint(&more) || more >= batch.start_rows.size() - batch.start_times_ms.size())
            return bad("start times");
        time += static_cast<uint64_t>(delta);
        batch.start_times_ms.insert(batch.start_times_ms.end(), more + 1, static_cast<int64_t>(time));
    }
    return in.done() ? Status() : bad("bytes behind the start times");
}

void put_exemplars(const MetricBatch& batch, std::string& body) {
    put_varint(body, batch.exemplars.size());
    HeadId last_id = 0;
    uint64_t last_time = 0;
    for (const model::SeriesExemplar& e : batch.exemplars) {
        const auto time = static_cast<uint64_t>(e.exemplar.time_ms);
        put_zigzag(body, static_cast<int64_t>(e.id - last_id));
        put_zigzag(body, static_cast<int64_t>(time - last_time));
        put_plain_value(body, e.exemplar.value);
        put_sized(body, e.exemplar.labels.bytes());
        last_id = e.id;
        last_time = time;
    }
}

Status get_exemplars(ByteReader in, MetricBatch& batch) {
    uint64_t count = 0;
    if (!in.varint(&count) || count > in.left()) return bad("exemplar count");
    HeadId id = 0;
    uint64_t time = 0;
    for (uint64_t i = 0; i < count; ++i) {
        int64_t id_delta = 0;
        int64_t time_delta = 0;
        std::string_view labels;
        model::SeriesExemplar e;
        if (!in.zigzag64(&id_delta) || !in.zigzag64(&time_delta) || !get_plain_value(in, &e.exemplar.value) || !in.sized(&labels))
            return bad("exemplar cut");
        if (!model::Labels::is_canonical(labels)) return bad("exemplar's labels");
        e.id = id += static_cast<uint64_t>(id_delta);
        e.exemplar.time_ms = static_cast<int64_t>(time += static_cast<uint64_t>(time_delta));
        e.exemplar.labels = model::Labels(model::LabelsView(labels));
        batch.exemplars.push_back(std::move(e));
    }
    return in.done() ? Status() : bad("bytes behind the exemplars");
}

}  // namespace

void encode_metric_record(const MetricBatch& batch, std::string& out) {
    INVARIANT(batch.ids.size() == batch.values.size() && batch.ids.size() == batch.time_index.size(), "columns are equally long");
    out.push_back(static_cast<char>(METRIC_RECORD_VERSION));
    std::string body;
    if (!batch.series.empty()) {
        put_series(batch, body);
        put_section(out, SERIES, body);
    }
    if (!batch.ids.empty()) put_samples(batch, out);
    const auto section = [&](uint8_t kind, auto&& put) {
        body.clear();
        put(batch, body);
        put_section(out, kind, body);
    };
    if (!batch.histograms.empty()) section(HISTOGRAMS, put_histograms);
    if (!batch.start_rows.empty()) section(START_TIMES, put_start_times);
    if (!batch.exemplars.empty()) section(EXEMPLARS, put_exemplars);
    if (!batch.metadata.empty()) {
        body.clear();
        put_metadata(batch, body);
        put_section(out, METADATA, body);
    }
    if (!batch.deletions.empty()) {
        body.clear();
        put_deletions(batch, body);
        put_section(out, DELETIONS, body);
        const auto has_range = [](const model::MetricDeletion& d) { return d.range != model::ALL_TIMES; };
        if (std::any_of(batch.deletions.begin(), batch.deletions.end(), has_range)) {
            body.clear();
            for (const model::MetricDeletion& d : batch.deletions) {
                INVARIANT(d.range.from_ms < d.range.to_ms, "a deletion erases something");
                put_zigzag(body, d.range.from_ms);
                put_zigzag(body, d.range.to_ms);
            }
            put_section(out, DELETION_RANGES, body);
        }
    }
}

Status decode_metric_record(std::string_view bytes, MetricBatch& batch) {
    batch.clear();
    ByteReader in(bytes);
    uint8_t version = 0;
    if (!in.le(&version)) return bad("empty");
    if (version != METRIC_RECORD_VERSION) return make_error(Code::invalid, "metric record of version {}", version);
    while (!in.done()) {
        uint8_t kind = 0;
        std::string_view body;
        if (!in.le(&kind) || !in.sized(&body)) return bad("section cut");
        switch (kind) {
            case SERIES: TRY(get_series(ByteReader(body), batch)); break;
            case SAMPLES: TRY(get_samples(ByteReader(body), batch)); break;
            case METADATA: TRY(get_metadata(ByteReader(body), batch)); break;
            case HISTOGRAMS: TRY(get_histograms(ByteReader(body), batch)); break;
            case START_TIMES: TRY(get_start_times(ByteReader(body), batch)); break;
            case EXEMPLARS: TRY(get_exemplars(ByteReader(body), batch)); break;
            case DELETIONS: TRY(get_deletions(ByteReader(body), batch)); break;
            case DELETION_RANGES: TRY(get_deletion_ranges(ByteReader(body), batch)); break;
            default:
                if ((kind & SKIPPABLE) == 0) return make_error(Code::invalid, "metric record: section of unknown kind {}", kind);
        }
    }
    return {};
}

}  // namespace belfry::codec
