#include "base/log.h"
#include "store/metric/chunk_table.h"
#include "store/metric/exemplar_table.h"
#include "store/metric/hidden.h"
#include "store/metric/merge.h"
#include "store/metric/part_writer.h"
#include "store/metric/series_table.h"
#include "store/metric/stats.h"
#include "store/metric/store_impl.h"

// A fold makes parts of all seals. Parts lie in spans of days that never overlap; a span has a stack of files, newest on top.
// What is new is merged with the files on top of the stack as long as they are not much larger, so that a few late samples
// do not rewrite a day, and a day is rewritten a few times only. Days long past that hold little share one span, so that
// sparse back-fill does not end in a file a day.

namespace belfry::store {
namespace {

constexpr uint64_t MERGE_RATIO = 4;                    // a file of the stack is rewritten when it is at most this much larger
constexpr uint64_t SHARED_SPAN_SAMPLES_MAX = 4'000'000;  // about 3 MB
constexpr size_t SMALL_SPANS_MERGED = 8;               // neighbouring small spans become one when there are this many
constexpr int64_t RETENTION_PER_SPAN = 32;             // a span is at most this fraction of the retention: what is kept too long
constexpr int64_t AGE_PER_SPAN = 8;                    // the same of the age at which a rule falls due
constexpr uint64_t FOLD_COLUMN_CACHE_BYTES = 64ULL << 20;

/// One input of a merge, at its current series.
struct Source {
    const MetricFile* part = nullptr;  // null: the seals, by slot
    std::unique_ptr<PartIndex> index;
    std::vector<std::unique_ptr<ChunkReader>> readers;  // of a part: one; of the seals: one each
    std::vector<uint64_t> seqs;                         // of the readers' files
    std::vector<std::unique_ptr<ExemplarReader>> exemplars;  // of the readers' files
    const std::vector<Slot>* slots = nullptr;
    size_t at = 0;
    std::string labels;

    [[nodiscard]] size_t count() const { return part != nullptr ? part->meta.series : slots->size(); }
    [[nodiscard]] uint32_t id() const { return part != nullptr ? static_cast<uint32_t>(at) : (*slots)[at]; }
    Status load(const HeadIndex& head) {
        labels.clear();
        if (at >= count()) return {};
        if (part != nullptr) return index->append_labels(id(), true, labels);
        const std::shared_lock lock(head.mutex());
        head.append_labels(id(), true, labels);
        return {};
    }
};

}  // namespace

Status MetricStoreImpl::fold(bool everything) {
    const int64_t start_ns = clock_.monotonic_ns();
    auto folded = try_fold(everything);
    set_work("", 0);
    if (!folded) {
        // A damaged input would stop every later fold: it is put aside (not deleted), the rest goes on next time.
        if (folded.error().code == Code::corrupt) {
            stats::corrupt_reads.add();
            corrupt_reads_.fetch_add(1, std::memory_order_relaxed);
            const std::shared_ptr<const StoreView> v = view();
            for (const auto& entry : v->manifest->files) {
                if (folded.error().message.find(entry.name) == std::string::npos) continue;
                quarantine(entry.name, folded.error());
                Manifest manifest = *v->manifest;
                std::erase_if(manifest.files, [&](const auto& f) { return f.name == entry.name; });
                auto next = std::make_shared<StoreView>(*v);
                std::erase_if(next->parts, [&](const auto& f) { return f->name == entry.name; });
                std::erase_if(next->seals, [&](const auto& f) { return f->name == entry.name; });
                TRY(publish(std::move(next), std::move(manifest)));
                break;
            }
        }
        return std::move(folded).error().context("fold");
    }
    last_fold_ms_ = clock_.monotonic_ms();
    stats::fold_seconds.observe_ns(clock_.monotonic_ns() - start_ns);
    return {};
}

Status MetricStoreImpl::try_fold(bool everything) {
    const std::shared_ptr<const StoreView> before = view();
    set_work("fold", 0);
    crash_point("fold.begin");
    const auto days = TRY(samples_by_day(*before));
    const std::vector<FoldPlan> plans = plan_fold(*before, days, everything);
    if (plans.empty() && before->seals.empty() && !series_file_is_old_) return {};

    std::vector<Slot> slots;
    const std::set<Slot> with_exemplars = TRY(slots_with_exemplars(*before, plans));
    {
        const std::shared_lock lock(index_.mutex());
        index_.for_each([&](Slot slot) {
            if (with_exemplars.contains(slot) || index_.overlaps(slot, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max())) slots.push_back(slot);
        });
        index_.sort_by_labels(slots);
    }
    Manifest manifest = *before->manifest;
    auto next = std::make_shared<StoreView>(*before);
    std::vector<std::string> gone;
    const auto drop = [&](const std::string& name) {
        gone.push_back(name);
        std::erase_if(manifest.files, [&](const auto& f) { return f.name == name; });
        std::erase_if(next->parts, [&](const auto& f) { return f->name == name; });
    };
    for (size_t i = 0; i < plans.size(); i++) {
        set_work(fmt::format("fold days {} to {}", plans[i].first_day, plans[i].last_day),
                 static_cast<double>(i) / static_cast<double>(plans.size()));
        const uint64_t seq = manifest.next_seq++;
        const auto entry = TRY(write_part(*before, plans[i], slots, seq));
        crash_point("fold.part");
        for (const auto& input : plans[i].inputs) drop(input.name);
        if (!entry) continue;
        manifest.files.push_back(*entry);
        next->parts.push_back(TRY(open_metric_file(options_.dir, entry->name, entry->kind)));
    }
    const std::vector<Slot> candidates = forgotten(*before);
    if (!before->seals.empty() || series_file_is_old_) {
        std::vector<Slot> kept;
        {
            const std::shared_lock lock(index_.mutex());
            index_.for_each([&](Slot slot) {
                if (!std::binary_search(candidates.begin(), candidates.end(), slot)) kept.push_back(slot);
            });
        }
        for (const auto& file : before->manifest->files) {
            if (file.kind == MetricFileKind::seal || file.kind == MetricFileKind::series) drop(file.name);
        }
        const uint64_t seq = manifest.next_seq++;
        const std::string name = fmt::format("series-{:010}.mdb", seq);
        const uint64_t bytes = TRY(write_series_file(name, seq, kept));
        manifest.files.push_back({name, MetricFileKind::series, seq, 0, 0, 0, 0, kept.size(), 0, bytes});
        next->seals.clear();
    }
    manifest.drop_spent_tombstones();
    crash_point("fold.written");
    TRY(publish(std::move(next), std::move(manifest)));
    crash_point("fold.published");
    series_file_is_old_ = false;
    evict(candidates);
    for (const std::string& name : gone) {
        if (auto removed = files_.remove(path(name)); !removed) {
            log_warn("store", "an old file stays", {{"file", name}, {"error", removed.error().message}});
        }
    }
    crash_point("fold.removed");
    return {};
}

// Exact: every time column is decoded once and weighted by the chunks that use it.
Result<std::map<int32_t, uint64_t>> MetricStoreImpl::samples_by_day(const StoreView& v) const {
    std::map<int32_t, uint64_t> days;
    for (const auto& seal : v.seals) {
        std::unordered_map<uint32_t, uint64_t> uses;
        auto cursor = TRY(seal->file->cursor(SLAB));
        for (auto entry = TRY(cursor.first()); entry; entry = TRY(cursor.next())) {
            const Block block = TRY(Block::parse(TRY(seal->file->checked(entry->value)), true));
            for (size_t i = 0; i < block.count(); i++) {
                ByteReader in(block.record(i));
                uint8_t kind = 0;
                uint64_t column = 0;
                if (!in.le(&kind) || !in.varint(&column)) return make_error(Code::corrupt, "{}: bad chunk", seal->name);
                uses[static_cast<uint32_t>(column)]++;
            }
        }
        ColumnCache cache(0);
        ChunkReader reader(*seal->file, seal->number, cache);
        for (const auto& [column, count] : uses) {
            const TimeColumn times = TRY(reader.all_times(column));
            for (size_t begin = 0; begin < times->size();) {
                const int32_t day = day_of((*times)[begin]);
                size_t end = begin + 1;
                while (end < times->size() && day_of((*times)[end]) == day) end++;
                days[day] += (end - begin) * count;
                begin = end;
            }
        }
    }
    return days;
}

std::vector<MetricStoreImpl::FoldPlan> MetricStoreImpl::plan_fold(const StoreView& v, const std::map<int32_t, uint64_t>& days,
                                                                  bool everything) const {
    const int32_t today = day_of(clock_.now_ms());
    const int64_t retention_days = std::max<int64_t>(1, options_.config.retention_ms / DAY_MS);
    int64_t span_days_max = std::max<int64_t>(1, retention_days / RETENTION_PER_SPAN);
    // rules fall due for a span as a whole
    const auto follow = [&](int64_t age_ms) { span_days_max = std::min(span_days_max, std::max<int64_t>(1, age_ms / DAY_MS / AGE_PER_SPAN)); };
    for (const RetentionRule& rule : options_.config.retention_rules) follow(rule.keep_ms);
    for (const DownsampleRule& rule : options_.config.downsample_rules) follow(rule.after_ms);
    const auto expired = [&](int32_t day) { return (static_cast<int64_t>(day) + 1) * DAY_MS <= clock_.now_ms() - options_.config.retention_ms; };

    // days that still grow keep a file of their own; past days and future ones do not share
    const auto side = [&](int32_t day) { return day < today - 1 ? -1 : day > today + 1 ? 1 : 0; };

    // the spans there are, with their stacks
    std::map<int32_t, FoldPlan> spans;  // by first day
    for (const auto& file : v.manifest->files) {
        if (!is_in_span(file.kind)) continue;
        FoldPlan& span = spans[file.first_day];
        span.first_day = file.first_day;
        span.last_day = file.last_day;
        if (file.kind == MetricFileKind::records) span.records_seq = std::max(span.records_seq, file.seq);
        else span.inputs.push_back(file);
    }
    // What records were made of stays as it is beside them; keeping rewrites such a span whole.
    for (auto& [day, span] : spans) {
        const uint64_t seq = span.records_seq;
        if (seq == 0) continue;
        const size_t before = span.inputs.size();
        std::erase_if(span.inputs, [&](const auto& f) { return f.seq < seq; });
        span.whole_span = span.inputs.size() == before;
    }
    // samples of the seals: into the spans, or into new ones
    std::optional<int32_t> open_span;  // a new span that may still grow
    for (const auto& [day, samples] : days) {
        if (expired(day)) continue;
        auto it = spans.upper_bound(day);
        if (it != spans.begin() && std::prev(it)->second.last_day >= day) {
            FoldPlan& span = std::prev(it)->second;
            span.seal_samples += samples;
            span.from_seals = true;
            continue;
        }
        const bool is_hot = side(day) == 0;
        if (open_span && !is_hot) {
            FoldPlan& span = spans.at(*open_span);
            const auto next_span = spans.upper_bound(*open_span);
            const bool is_free = next_span == spans.end() || next_span->first > day;
            if (is_free && side(day) == side(span.first_day) && day - span.first_day < span_days_max && span.seal_samples + samples <= SHARED_SPAN_SAMPLES_MAX) {
                span.last_day = day;
                span.seal_samples += samples;
                continue;
            }
        }
        FoldPlan fresh;
        fresh.first_day = day;
        fresh.last_day = day;
        fresh.seal_samples = samples;
        fresh.from_seals = true;
        spans[day] = std::move(fresh);
        open_span = is_hot ? std::nullopt : std::optional(day);
    }
    const auto samples_of = [](const FoldPlan& span) {
        uint64_t total = span.seal_samples;
        for (const auto& file : span.inputs) total += file.samples;
        return total;
    };

    std::vector<FoldPlan> plans;
    for (auto it = spans.begin(); it != spans.end();) {
        // neighbours that are small and cold become one span
        auto end = std::next(it);
        size_t count = 1;
        bool new_samples = it->second.from_seals;
        uint64_t total = samples_of(it->second);
        const int group = side(it->second.first_day);
        if (group != 0 && it->second.records_seq == 0 && side(it->second.last_day) == group && total <= SHARED_SPAN_SAMPLES_MAX) {
            while (end != spans.end() && side(end->second.first_day) == group && side(end->second.last_day) == group && end->second.records_seq == 0 &&
                   end->second.last_day - it->second.first_day < span_days_max &&
                   total + samples_of(end->second) <= SHARED_SPAN_SAMPLES_MAX) {
                total += samples_of(end->second);
                new_samples = new_samples || end->second.from_seals;
                count++;
                ++end;
            }
        }
        if (count >= (everything ? 2 : SMALL_SPANS_MERGED)) {
            FoldPlan merged;
            merged.first_day = it->second.first_day;
            merged.last_day = std::prev(end)->second.last_day;
            merged.from_seals = new_samples;
            for (; it != end; ++it) {
                merged.seal_samples += it->second.seal_samples;
                merged.inputs.insert(merged.inputs.end(), it->second.inputs.begin(), it->second.inputs.end());
            }
            std::sort(merged.inputs.begin(), merged.inputs.end(), [](const auto& a, const auto& b) { return a.seq < b.seq; });
            plans.push_back(std::move(merged));
            continue;
        }
        FoldPlan span = std::move(it->second);
        ++it;
        if (!span.from_seals && !(everything && span.inputs.size() > 1)) continue;
        if (!everything) {
            uint64_t taken = span.seal_samples;
            size_t kept = span.inputs.size();
            while (kept > 0 && span.inputs[kept - 1].samples <= taken * MERGE_RATIO) taken += span.inputs[--kept].samples;
            span.inputs.erase(span.inputs.begin(), span.inputs.begin() + static_cast<ptrdiff_t>(kept));
            span.whole_span = span.whole_span && kept == 0;
        }
        plans.push_back(std::move(span));
    }
    return plans;
}

Result<std::optional<Manifest::FileEntry>> MetricStoreImpl::write_part(const StoreView& v, const FoldPlan& plan,
                                                                       const std::vector<Slot>& slots, uint64_t seq) {
    const model::TimeRange range{static_cast<int64_t>(plan.first_day) * DAY_MS, (static_cast<int64_t>(plan.last_day) + 1) * DAY_MS};
    ColumnCache cache(FOLD_COLUMN_CACHE_BYTES);
    std::vector<Source> sources;
    std::vector<std::pair<const MetricFile*, size_t>> exemplar_files;
    for (const auto& input : plan.inputs) {
        Source source;
        for (const auto& part : v.parts) {
            if (part->name == input.name) source.part = part.get();
        }
        INVARIANT(source.part != nullptr, "the manifest names open parts");
        source.index = std::make_unique<PartIndex>(*source.part);
        source.readers.push_back(std::make_unique<ChunkReader>(*source.part->file, source.part->number, cache));
        source.seqs.push_back(source.part->meta.seq);
        source.exemplars.push_back(std::make_unique<ExemplarReader>(*source.part->file, PART_EXM));
        exemplar_files.emplace_back(source.part, PART_EXM);
        sources.push_back(std::move(source));
    }
    if (plan.from_seals) {
        Source source;
        source.slots = &slots;
        for (const auto& seal : v.seals) {
            auto exemplars = std::make_unique<ExemplarReader>(*seal->file, SEAL_EXM);
            const bool no_samples = seal->meta.samples == 0 || seal->meta.min_ms >= range.to_ms || seal->meta.max_ms < range.from_ms;
            if (no_samples && !TRY(exemplars->any())) continue;
            source.exemplars.push_back(std::move(exemplars));
            exemplar_files.emplace_back(seal.get(), SEAL_EXM);
            source.readers.push_back(std::make_unique<ChunkReader>(*seal->file, seal->number, cache));
            source.seqs.push_back(seal->meta.seq);
        }
        sources.push_back(std::move(source));  // last: newest
    }
    for (Source& source : sources) TRY(source.load(index_));
    const size_t exemplars_kept = TRY(exemplars_a_series(exemplar_files));

    const MetricFileKind kind = plan.whole_span ? MetricFileKind::part : MetricFileKind::late;
    const std::string name = fmt::format("{}-{}-{:010}.mdb", to_string(kind), plan.first_day, seq);
    auto writer = TRY(PartWriter::create(path(name)));
    const Hidden hidden(*v.manifest, options_.config.retention_rules, clock_.now_ms());
    const bool hides = hidden.hides_samples("", range);
    std::vector<HiddenRange> erased;
    std::string labels;
    model::SampleColumns samples;
    model::SampleColumns layer;
    model::SampleColumns newer;
    std::vector<model::Exemplar> exemplars;
    std::vector<model::Exemplar> found_exemplars;
    for (;;) {
        const Source* lowest = nullptr;
        for (const Source& source : sources) {
            if (source.at >= source.count()) continue;
            if (lowest == nullptr || model::compare(model::LabelsView(source.labels), model::LabelsView(lowest->labels)) < 0) lowest = &source;
        }
        if (lowest == nullptr) break;
        labels = lowest->labels;
        samples.clear();
        exemplars.clear();
        model::TimeRange kept = range;
        if (hides) {
            const model::LabelsView view(labels);
            erased.clear();
            hidden.erased(view.tenant(), view, range, erased);
            kept.from_ms = std::max(kept.from_ms, hidden.kept_from_ms(view.tenant(), view));
        }
        for (Source& source : sources) {
            if (source.at >= source.count() || source.labels != labels) continue;
            ReadCounts counts;
            for (size_t r = 0; r < source.readers.size() && kept.from_ms < kept.to_ms; r++) {
                layer.clear();
                newer.clear();
                TRY(source.readers[r]->read(source.id(), kept, layer, newer, counts));
                for (const HiddenRange& gone : erased) {
                    if (source.seqs[r] >= gone.below_seq) continue;
                    cut(layer, gone.range);
                    cut(newer, gone.range);
                }
                overlay(samples, layer);
                overlay(samples, newer);
                found_exemplars.clear();
                TRY(source.exemplars[r]->read(source.id(), kept, found_exemplars));
                for (model::Exemplar& e : found_exemplars)
                    if (!is_erased(erased, source.seqs[r], e.time_ms)) exemplars.push_back(std::move(e));
            }
            source.at++;
            TRY(source.load(index_));
        }
        put_in_order(exemplars);
        if (exemplars.size() > exemplars_kept) {
            stats::exemplars_dropped.add(exemplars.size() - exemplars_kept);
            exemplars.erase(exemplars.begin(), exemplars.end() - static_cast<ptrdiff_t>(exemplars_kept));
        }
        if (!samples.empty() || !exemplars.empty()) TRY(writer->add(model::LabelsView(labels), samples, exemplars));
    }
    if (writer->series_count() == 0) return std::optional<Manifest::FileEntry>();
    PartMeta meta;
    meta.kind = kind;
    meta.seq = seq;
    crash_point("fold.before_sync");
    const uint64_t bytes = TRY(writer->finish(meta));
    stats::bytes_written.add(bytes);
    log_debug("store", "part written", {{"file", name}, {"samples", meta.samples}, {"series", meta.series}, {"bytes", bytes}});
    return std::optional(Manifest::FileEntry{name, kind, seq, plan.first_day, plan.last_day, meta.min_ms, meta.max_ms, meta.series,
                                             meta.samples, bytes});
}

// ---------------------------------------------------------------- the head after a fold

std::vector<Slot> MetricStoreImpl::forgotten(const StoreView& v) const {
    std::vector<Slot> slots;
    {
        const std::shared_lock lock(index_.mutex());
        const int32_t oldest = record_day_.load() - 1;
        index_.for_each([&](Slot slot) {
            if (index_.logged_day(slot) < oldest) slots.push_back(slot);
        });
    }
    std::vector<EpochMark> marks;
    for (const auto& epoch : v.epochs) {
        epoch->mark(slots, {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}, marks);
        size_t kept = 0;
        for (size_t i = 0; i < slots.size(); i++) {
            if (marks[i].empty()) slots[kept++] = slots[i];
        }
        slots.resize(kept);
    }
    return slots;
}

void MetricStoreImpl::evict(const std::vector<Slot>& candidates) {
    const std::lock_guard write_lock(write_mutex_);
    const std::lock_guard lock(index_.mutex());
    index_.for_each([&](Slot slot) { index_.reset_range(slot, std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()); });
    // those that were logged again meanwhile stay
    std::vector<Slot> gone;
    for (const Slot slot : candidates) {
        if (index_.logged_day(slot) < record_day_.load() - 1) gone.push_back(slot);
    }
    index_.remove(gone);
    index_.drop_shared_labels();  // the next query makes those that are still wanted
    stats::head_series.set(static_cast<double>(index_.series_count()));
}

}  // namespace belfry::store
