#include "ingest/exposition/map.h"

#include "ingest/exposition/decode.h"

namespace belfry::ingest::exposition {

ExpositionMapper::ExpositionMapper(std::string_view text, codec::ExpositionFormat format, MapOptions options)
    : parser_(text, format), options_(std::move(options)) {}

bool ExpositionMapper::fill(WireBatch& batch, size_t samples_max) {
    batch.clear();
    canonical_.clear();
    batch.decoder = options_.extra_labels.empty() ? static_cast<const LabelDecoder*>(&exposition_labels())
                                                  : &canonical_label_decoder();
    bool more = true;
    while (more && batch.samples.size() < samples_max) {
        Result<std::optional<codec::ExpositionLine>> read = parser_.next();
        if (!read.ok()) {
            refuse(read.error());
            continue;
        }
        if (!read->has_value()) {
            more = false;
            flush_metadata(batch);
            break;
        }
        const codec::ExpositionLine& line = **read;
        switch (line.kind) {
            case codec::ExpositionLine::Kind::eof: saw_eof_ = true; break;
            case codec::ExpositionLine::Kind::sample:
                if (Status status = add_sample(line, batch); !status)
                    refuse(std::move(status).error().context("line {}", parser_.line_number()));
                break;
            default: add_metadata(line, batch);
        }
    }
    return more || !batch.samples.empty() || !batch.metadata.empty();
}

void ExpositionMapper::refuse(const Error& error) {
    bad_.add(parser_.line_number(), error.message, parser_.line());
}

Status ExpositionMapper::add_sample(const codec::ExpositionLine& line, WireBatch& batch) {
    std::string_view wire = line.series;
    if (!options_.extra_labels.empty()) {
        labels_.clear();
        arena_.clear();
        if (Status status = codec::decode_exposition_labels(line.series, labels_, arena_); !status) return status;
        for (size_t i = 0; i < labels_.size(); i++) {
            for (size_t k = 0; k < i; k++) {
                if (labels_[i].name == labels_[k].name)
                    return make_error(Code::invalid, "label {} stands twice", labels_[i].name);
            }
        }
        for (const auto& extra : options_.extra_labels) {
            std::erase_if(labels_, [&](const model::Label& l) { return l.name == extra.first; });
            labels_.push_back({extra.first, extra.second});
        }
        wire = canonical_.emplace_back(model::Labels::from(labels_).bytes());
    }
    batch.add_series(wire);
    const int64_t time_ms = line.time_ms.value_or(options_.default_time_ms);
    batch.add_sample(time_ms, line.value);
    if (line.has_exemplar) {
        labels_.clear();
        arena_.clear();
        if (Status status = codec::decode_exemplar_labels(line.exemplar_labels, labels_, arena_); !status)
            return status;
        batch.add_exemplar({.time_ms = line.exemplar_time_ms.value_or(time_ms),
                            .value = line.exemplar_value,
                            .labels = model::Labels::from(labels_)});
    }
    return {};
}

void describe(model::MetricMetadata& family, const codec::ExpositionLine& line) {
    if (line.kind == codec::ExpositionLine::Kind::type)
        family.type = line.type;
    else if (line.kind == codec::ExpositionLine::Kind::help)
        family.help = line.text;
    else
        family.unit = line.text;
}

void ExpositionMapper::add_metadata(const codec::ExpositionLine& line, WireBatch& batch) {
    if (line.name != family_.name) {
        flush_metadata(batch);
        family_.name = line.name;
    }
    describe(family_, line);
}

void ExpositionMapper::flush_metadata(WireBatch& batch) {
    if (!family_.name.empty()) batch.metadata.push_back(std::move(family_));
    family_ = {};
}

}  // namespace belfry::ingest::exposition
