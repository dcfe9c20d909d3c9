#include "codec/metric_record.h"

#include "base/bytes.h"

namespace belfry::codec {

namespace {

using model::HeadId;
using model::MetricBatch;

enum Section : uint8_t { SERIES = 1, SAMPLES = 2, METADATA = 3, DELETIONS = 6 };
constexpr uint8_t SKIPPABLE = 0x80;

constexpr double POWERS[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
constexpr double MANTISSA_MAX = 1e15;  // m and 10^e are exact doubles, so m / 10^e is the double nearest to the decimal
constexpr int EXPONENT_MAX = 15;

/// Varints without a capacity check each: the caller has made room.
class Out {
  public:
    explicit Out(char* p) : p_(p) {}
    void varint(uint64_t v) {
        while (v > 127) {
            *p_++ = static_cast<char>((v & 127) | 128);
            v >>= 7;
        }
        *p_++ = static_cast<char>(v);
    }
    void bits(double v) {
        std::memcpy(p_, &v, 8);
        p_ += 8;
    }
    [[nodiscard]] char* position() const { return p_; }

  private:
    char* p_;
};

/// m / 10^e == v to the last bit? Then `*mantissa` = m.
bool decimal(double v, int e, int64_t* mantissa) {
    const double scaled = v * POWERS[e];
    if (!(scaled < MANTISSA_MAX && scaled > -MANTISSA_MAX)) return false;  // NaN too
    const auto m = static_cast<int64_t>(scaled + (scaled < 0 ? -0.5 : 0.5));
    if (std::bit_cast<uint64_t>(static_cast<double>(m) / POWERS[e]) != std::bit_cast<uint64_t>(v)) return false;
    *mantissa = m;
    return true;
}

constexpr size_t VALUE_BYTES_MAX = 11;  // exponent byte and a 10-byte varint, or tag and 8 bytes

void put_value(Out& out, double v) {
    int64_t m = 0;
    if (decimal(v, 0, &m)) {
        out.varint(zigzag(m) << 2);
    } else if (decimal(v, 2, &m)) {
        out.varint(zigzag(m) << 2 | 1);
    } else if (decimal(v, 3, &m)) {
        out.varint(zigzag(m) << 2 | 2);
    } else {
        for (const int e : {6, 9, 12, 15}) {
            if (!decimal(v, e, &m)) continue;
            // A smaller exponent may do; the mantissa says so.
            int exponent = e;
            while (exponent > 1 && m % 10 == 0) {
                m /= 10;
                --exponent;
            }
            if (zigzag(m) >> 49 != 0) break;  // 8 bytes and a tag are no longer than that
            out.varint(static_cast<uint64_t>(exponent) << 2 | 3);
            out.varint(zigzag(m));
            return;
        }
        out.varint(3);
        out.bits(v);
    }
}

bool get_value(ByteReader& in, double* v) {
    uint64_t u = 0;
    if (!in.varint(&u)) return false;
    const uint64_t rest = u >> 2;
    switch (u & 3) {
        case 0: *v = static_cast<double>(unzigzag(rest)); return true;
        case 1: *v = static_cast<double>(unzigzag(rest)) / 1e2; return true;
        case 2: *v = static_cast<double>(unzigzag(rest)) / 1e3; return true;
        default: break;
    }
    if (rest == 0) return in.le(v);
    uint64_t m = 0;
    if (rest > EXPONENT_MAX || !in.varint(&m)) return false;
    *v = static_cast<double>(unzigzag(m)) / POWERS[rest];
    return true;
}

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
    const size_t worst = HEAD_BYTES_MAX + batch.times_ms.size() * 10 + count * (20 + 10 + VALUE_BYTES_MAX);
    out.resize(body_at + worst);
    Out w(out.data() + body_at);

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
    for (const double v : batch.values) put_value(w, v);

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
        if (!get_value(in, &batch.values[first + i])) return bad("values cut");
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
    if (!batch.metadata.empty()) {
        body.clear();
        put_metadata(batch, body);
        put_section(out, METADATA, body);
    }
    if (!batch.deletions.empty()) {
        body.clear();
        put_deletions(batch, body);
        put_section(out, DELETIONS, body);
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
            case DELETIONS: TRY(get_deletions(ByteReader(body), batch)); break;
            default:
                if ((kind & SKIPPABLE) == 0) return make_error(Code::invalid, "metric record: section of unknown kind {}", kind);
        }
    }
    return {};
}

}  // namespace belfry::codec
