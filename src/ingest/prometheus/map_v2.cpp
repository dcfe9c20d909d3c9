#include "ingest/prometheus/map_v2.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "codec/protobuf.h"
#include "ingest/prometheus/decode_histogram.h"

namespace belfry::ingest::prometheus {
namespace {

constexpr int64_t HOUR_MS = 3'600'000;

}  // namespace

void WriteRequestMapperV2::Parts::clear() {
    refs.clear();
    samples.clear();
    histograms.clear();
    exemplars.clear();
    metadata = {};
    created_ms = 0;
}

Status WriteRequestMapperV2::map(std::string_view message, WireBatch& batch) {
    batch.decoder = &canonical_label_decoder();
    wire_size_ = 0;
    wire_ends_.clear();
    bad_ = {};
    bad_exemplars_ = {};
    last_metadata_ = 0;
    new_metadata_.clear();
    TRY(read_symbols(message));
    codec::ProtoReader request(message);
    uint64_t series = 0;
    while (request.next()) {
        if (request.field() != 5) continue;
        if (!read_parts(request.bytes()))
            return make_error(Code::invalid, "time series {} of the request: malformed TimeSeries message", series);
        if (Status status = map_series(batch); !status.ok())
            return std::move(status).context("time series {} of the request", series);
        series++;
    }
    if (!request.ok()) return make_error(Code::invalid, "malformed Request message after {} time series", series);
    size_t begin = 0;
    for (size_t i = 0; i < wire_ends_.size(); i++) {
        batch.series[i].wire = std::string_view(wire_).substr(begin, wire_ends_[i] - begin);
        begin = wire_ends_[i];
    }
    return {};
}

// Before any series is read: nothing says that symbols come first.
Status WriteRequestMapperV2::read_symbols(std::string_view message) {
    symbols_.clear();
    sized_.clear();
    sized_bytes_.clear();
    codec::ProtoReader request(message);
    while (request.next()) {
        if (request.field() != 4) continue;
        if (symbols_.size() >= SYMBOLS_MAX) return make_error(Code::invalid, "more than {} symbols", SYMBOLS_MAX);
        const std::string_view symbol = request.bytes();
        const size_t begin = sized_bytes_.size();
        put_sized(sized_bytes_, symbol);
        if (sized_bytes_.size() > UINT32_MAX) return make_error(Code::invalid, "symbols of more than 4 GiB");
        symbols_.push_back(symbol);
        sized_.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(sized_bytes_.size() - begin)});
    }
    sized_bytes_.append(COPY_BYTES, '\0');
    if (!request.ok()) return make_error(Code::invalid, "malformed Request message");
    if (!symbols_.empty() && !symbols_[0].empty()) return make_error(Code::invalid, "symbol 0 is not the empty text");
    return {};
}

bool WriteRequestMapperV2::read_parts(std::string_view message) {
    parts_.clear();
    codec::ProtoReader fields(message);
    while (fields.next()) {
        switch (fields.field()) {
            case 1:
                if (fields.wire() != codec::ProtoReader::Wire::bytes)
                    parts_.refs.push_back(fields.uint32());
                else if (!read_refs(fields.bytes(), parts_.refs))
                    return false;
                break;
            case 2: parts_.samples.push_back(fields.bytes()); break;
            case 3: parts_.histograms.push_back(fields.bytes()); break;
            case 4: parts_.exemplars.push_back(fields.bytes()); break;
            case 5: parts_.metadata = fields.bytes(); break;
            case 6: parts_.created_ms = fields.int64(); break;
            default: break;
        }
    }
    return fields.ok();
}

Status WriteRequestMapperV2::map_series(WireBatch& batch) {
    if (std::string wrong = check_refs(parts_.refs, symbols_); !wrong.empty()) {
        bad_.add("invalid_reference", std::move(wrong));
        return {};
    }
    if (parts_.samples.empty() && parts_.histograms.empty()) {
        bad_.add("no_samples",
                 fmt::format("series {:?} has neither samples nor histograms", metric_name().substr(0, 80)));
        return {};
    }
    if (!append_labels()) return {};
    batch.add_series({});  // its bytes are set when wire_ no longer grows
    const size_t before = batch.samples.size();
    TRY(add_samples(batch));
    if (batch.samples.size() == before) {  // its histograms were refused
        batch.series.pop_back();
        wire_size_ = wire_ends_.empty() ? 0 : wire_ends_.back();
        return {};
    }
    wire_ends_.push_back(wire_size_);
    add_exemplars(batch);
    return add_metadata(batch);
}

// The hot loop: two dozen short texts a series, so no call a text.
bool WriteRequestMapperV2::append_labels() {
    size_t bytes = 0;
    for (const uint32_t ref : parts_.refs)
        bytes += sized_[ref].size;
    if (bytes > SERIES_BYTES_MAX || wire_size_ + bytes > LABEL_BYTES_MAX) {
        bad_.add("too_large", fmt::format("labels of {} bytes; a series may have {}, all of a request {}", bytes,
                                          SERIES_BYTES_MAX, LABEL_BYTES_MAX));
        return false;
    }
    const size_t needed = wire_size_ + bytes + COPY_BYTES;
    if (wire_.size() < needed) wire_.resize(std::max(needed, 2 * wire_.size()));
    char* to = wire_.data() + wire_size_;
    for (const uint32_t ref : parts_.refs) {
        const Sized symbol = sized_[ref];
        const char* from = sized_bytes_.data() + symbol.begin;
        for (size_t done = 0; done < symbol.size; done += COPY_BYTES)
            std::memcpy(to + done, from + done, COPY_BYTES);
        to += symbol.size;
    }
    wire_size_ += bytes;
    return true;
}

Status WriteRequestMapperV2::add_samples(WireBatch& batch) {
    for (const std::string_view message : parts_.samples) {
        const SampleV2 decoded = TRY(decode_sample_v2(message));
        batch.add_sample(decoded.sample.time_ms, decoded.sample.value);
        batch.set_start_time(decoded.start_ms != 0 ? decoded.start_ms : parts_.created_ms);
    }
    for (const std::string_view message : parts_.histograms) {
        Result<WireHistogram> decoded = decode_histogram(message);
        if (!decoded.ok()) {
            bad_.add("invalid_histogram", decoded.error().message);
            continue;
        }
        batch.add_histogram(decoded->time_ms, std::move(decoded->histogram), decoded->counts);
        batch.set_start_time(decoded->start_ms != 0 ? decoded->start_ms : parts_.created_ms);
    }
    return {};
}

void WriteRequestMapperV2::add_exemplars(WireBatch& batch) {
    for (const std::string_view message : parts_.exemplars) {
        Result<model::Exemplar> exemplar = decode_exemplar_v2(message, symbols_);
        if (exemplar.ok())
            batch.add_exemplar(*std::move(exemplar));
        else
            bad_exemplars_.add("invalid_exemplar", exemplar.error().message);
    }
}

std::string_view WriteRequestMapperV2::metric_name() const {
    for (size_t i = 0; i + 1 < parts_.refs.size(); i += 2) {
        if (symbols_[parts_.refs[i]] == model::METRIC_NAME) return symbols_[parts_.refs[i + 1]];
    }
    return "";
}

// Every series of every request says it again; the writer would take a lock each time to find that it is known.
Status WriteRequestMapperV2::add_metadata(WireBatch& batch) {
    if (parts_.metadata.empty()) return {};
    const MetadataV2 decoded = TRY(decode_metadata_v2(parts_.metadata));
    if (decoded.help_ref >= symbols_.size() || decoded.unit_ref >= symbols_.size()) {
        bad_.add("invalid_reference", "help or unit of a metric refer to no symbol");
        return {};
    }
    const std::string_view name = metric_name();
    const std::string_view help = symbols_[decoded.help_ref];
    const std::string_view unit = symbols_[decoded.unit_ref];
    const model::MetricType type = metric_type_v2(decoded.type);
    if (name.empty() || (type == model::MetricType::unknown && help.empty() && unit.empty())) return {};
    const uint64_t key = hash64(name, hash64(help, hash64(unit, hash64(batch.tenant, decoded.type))));
    if (key == last_metadata_) return {};
    last_metadata_ = key;
    const int64_t hour = batch.samples.back().time_ms / HOUR_MS;
    if (hour != known_hour_ || known_metadata_.size() > METADATA_KNOWN_MAX) {
        known_hour_ = hour;
        known_metadata_.clear();
    }
    if (known_metadata_.contains(key)) return {};
    new_metadata_.push_back(key);
    batch.metadata.push_back(
        {.tenant = "", .name = std::string(name), .type = type, .unit = std::string(unit), .help = std::string(help)});
    return {};
}

void WriteRequestMapperV2::confirm() {
    known_metadata_.insert(new_metadata_.begin(), new_metadata_.end());
    new_metadata_.clear();
}

}  // namespace belfry::ingest::prometheus
