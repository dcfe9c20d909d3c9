#include "store/metric/span_writer.h"

#include "store/metric/merge.h"
#include "store/metric/records.h"
#include "store/metric/stats.h"

namespace belfry::store {

Status SpanReader::Source::load() {
    labels.clear();
    if (done()) return {};
    return index->append_labels(at, true, labels);
}

SpanReader::SpanReader(const StoreView& view,
                       const std::vector<Manifest::FileEntry>& files,
                       const Hidden& hidden,
                       ColumnCache& cache)
    : hidden_(hidden) {
    for (const auto& file : files) {
        const auto part =
            std::find_if(view.parts.begin(), view.parts.end(), [&](const auto& p) { return p->name == file.name; });
        INVARIANT(part != view.parts.end(), "the manifest names open parts");
        Source source;
        source.part = part->get();
        source.index = std::make_unique<PartIndex>(*source.part);
        source.reader = std::make_unique<ChunkReader>(*source.part->file, source.part->number, cache);
        source.exemplars = std::make_unique<ExemplarReader>(*source.part->file, PART_EXM);
        sources_.push_back(std::move(source));
    }
}

Result<bool> SpanReader::next() {
    for (Source& source : sources_) {
        if (started_ && (source.done() || source.labels != labels_)) continue;
        if (started_) source.at++;
        TRY(source.load());
    }
    started_ = true;
    const Source* lowest = nullptr;
    for (const Source& source : sources_) {
        if (source.done()) continue;
        if (lowest == nullptr ||
            model::compare(model::LabelsView(source.labels), model::LabelsView(lowest->labels)) < 0)
            lowest = &source;
    }
    if (lowest == nullptr) return false;
    labels_ = lowest->labels;
    return true;
}

Result<SpanSeries> SpanReader::read(model::TimeRange range) {
    const model::LabelsView of = labels();
    range.from_ms = std::max(range.from_ms, hidden_.kept_from_ms(of.tenant(), of));
    erased_.clear();
    hidden_.erased(of.tenant(), of, range, erased_);
    uint64_t records_seq = 0;
    int64_t records_ms = 0;
    const auto is_mine = [&](const Source& s) { return !s.done() && s.labels == labels_; };
    for (const Source& s : sources_) {
        const auto span_ms = static_cast<int64_t>(s.part->meta.resolution_ms);
        if (!is_mine(s) || span_ms == 0) continue;
        records_seq = std::max(records_seq, s.part->meta.seq);
        if (records_ms == 0 || span_ms < records_ms) records_ms = span_ms;
    }
    SpanSeries out;
    out.is_whole = records_ms == 0;
    ReadCounts counts;
    for (Source& s : sources_) {
        if (!is_mine(s)) continue;
        const auto span_ms = static_cast<int64_t>(s.part->meta.resolution_ms);
        if (span_ms != 0) {
            if (span_ms != records_ms) continue;
            TRY(s.reader->read_records(s.at, span_ms, range, out.records, counts));
            std::erase_if(out.records, [&](const model::SampleRecord& r) {
                return std::any_of(erased_.begin(), erased_.end(), [&](const HiddenRange& gone) {
                    return s.part->meta.seq < gone.below_seq && gone.range.from_ms <= r.end_ms - r.span_ms + 1 &&
                           gone.range.to_ms > r.end_ms;
                });
            });
            continue;
        }
        out.is_whole = out.is_whole || s.part->meta.seq < records_seq;
        model::SampleColumns layer;
        model::SampleColumns newer;
        if (range.from_ms < range.to_ms) TRY(s.reader->read(s.at, range, layer, newer, counts));
        for (const HiddenRange& gone : erased_) {
            if (s.part->meta.seq >= gone.below_seq) continue;
            cut(layer, gone.range);
            cut(newer, gone.range);
        }
        std::vector<model::Exemplar> exemplars;
        if (range.from_ms < range.to_ms) TRY(s.exemplars->read(s.at, range, exemplars));
        for (model::Exemplar& e : exemplars) {
            if (!is_erased(erased_, s.part->meta.seq, e.time_ms)) out.exemplars.push_back(std::move(e));
        }
        overlay(out.samples, layer);
        overlay(out.samples, newer);
    }
    put_in_order(out.exemplars);
    if (out.is_whole) out.records.clear();
    out.records_ms = out.is_whole ? 0 : records_ms;
    return out;
}

// ---------------------------------------------------------------- out

Result<PartWriter*> SpanWriter::writer(int64_t resolution_ms) {
    Output& out = writers_[resolution_ms];
    if (!out.writer) {
        // what was received has the lowest number: records with a higher one are made of it
        out.seq = resolution_ms == 0 ? first_seq_ : first_seq_ + writers_.size();
        out.kind = resolution_ms == 0 ? MetricFileKind::part : MetricFileKind::records;
        out.name = fmt::format("{}-{}-{:010}.mdb", to_string(out.kind), first_day_, out.seq);
        out.writer = TRY(PartWriter::create(directory_ + "/" + out.name));
    }
    return out.writer.get();
}

Status SpanWriter::add(model::LabelsView labels, SpanSeries& series, std::set<int64_t> wanted, int64_t finest_ms) {
    const bool has_histograms = std::any_of(series.samples.histograms.begin(), series.samples.histograms.end(),
                                            [](const auto& h) { return h != nullptr; });
    if (series.is_whole) {
        if (has_histograms) {
            wanted.clear();
            finest_ms = 0;
        }
        if (series.samples.empty() && series.exemplars.empty()) return {};
        if (finest_ms == 0) TRY(TRY(writer(0))->add(labels, series.samples, series.exemplars));
        else stats::exemplars_dropped.add(series.exemplars.size());
        if (series.samples.empty()) return {};
        for (const int64_t span_ms : wanted) {
            if (span_ms < finest_ms) continue;
            model::SampleRecords records;
            make_records(series.samples, span_ms, records);
            TRY(TRY(writer(span_ms))->add(labels, records));
        }
        return {};
    }
    stats::exemplars_dropped.add(series.exemplars.size());
    absorb_samples(series.records, series.records_ms, series.samples);
    if (series.records.empty()) return {};
    std::erase_if(wanted, [&](int64_t span_ms) {
        return span_ms <= series.records_ms || span_ms % series.records_ms != 0 || span_ms < finest_ms;
    });
    if (series.records_ms >= finest_ms || wanted.empty())
        TRY(TRY(writer(series.records_ms))->add(labels, series.records));
    for (const int64_t span_ms : wanted) {
        model::SampleRecords records = series.records;
        coarsen(records, span_ms);
        TRY(TRY(writer(span_ms))->add(labels, records));
    }
    return {};
}

Result<std::vector<Manifest::FileEntry>> SpanWriter::finish() {
    std::vector<Manifest::FileEntry> out;
    for (auto& [resolution_ms, output] : writers_) {
        PartMeta meta;
        meta.kind = output.kind;
        meta.seq = output.seq;
        meta.resolution_ms = static_cast<uint64_t>(resolution_ms);
        const uint64_t bytes = TRY(output.writer->finish(meta));
        out.push_back({output.name, output.kind, output.seq, first_day_, last_day_, meta.min_ms, meta.max_ms,
                       meta.series, meta.samples, bytes, resolution_ms, 0});
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.seq < b.seq; });
    return out;
}

}  // namespace belfry::store
