#include "store/metric/head_epoch.h"

#include "base/bytes.h"
#include "codec/chunk.h"
#include "codec/sample_side.h"
#include "codec/time_column.h"
#include "store/metric/merge.h"

namespace belfry::store {
namespace {

constexpr size_t RAW_MIN = 8;    // values of a new raw buffer
constexpr size_t RAW_MAX = 64;   // values that become one chunk
constexpr size_t LATE_HISTOGRAMS_MAX = 32;  // of one series that wait unencoded
constexpr size_t STEP_SAMPLES = 256;  // the lock is offered to readers this often
constexpr size_t PREFETCH_SAMPLES = 12;

/// The parts of a chunk's bytes.
struct ChunkParts {
    std::string_view side;  // empty: none
    std::string_view values;
    ChunkParts(std::string_view bytes, bool has_side) : values(bytes) {
        if (!has_side) return;
        ByteReader in(bytes);
        INVARIANT(in.sized(&side), "the head wrote it");
        values = {in.position(), in.left()};
    }
};

// The first chunk of a series is shorter by a different amount for each, or all series of a target would encode in the same batch.
size_t first_chunk_samples(Slot slot) { return RAW_MAX / 2 + slot % (RAW_MAX / 2); }

}  // namespace

HeadEpoch::Applied HeadEpoch::apply(const model::MetricBatch& batch, const HeadIndex& index) {
    Applied done;
    const size_t count = batch.sample_count();
    int64_t min_ms = min_ms_.load(std::memory_order_relaxed);
    int64_t max_ms = max_ms_.load(std::memory_order_relaxed);
    meetings_.assign(batch.times_ms.size(), {});
    size_t histogram = 0;
    size_t start = 0;
    for (size_t i = 0; i < count;) {
        const size_t end = std::min(count, i + STEP_SAMPLES);
        {
            const std::lock_guard lock(mutex_);
            // Each series is somewhere else in memory: what the next samples need is asked for before it is needed.
            std::array<Slot, STEP_SAMPLES> slots;
            for (size_t k = i; k < end; k++) {
                const Slot slot = slots[k - i] = index.slot_of(batch.ids[k]);
                if (slot != NO_SLOT) __builtin_prefetch(&series_.at(slot), 1);
            }
            const size_t begin = i;
            for (; i < end; i++) {
                if (i + PREFETCH_SAMPLES < end) {
                    const Slot ahead = slots[i + PREFETCH_SAMPLES - begin];
                    if (ahead != NO_SLOT) {
                        const Series& next = series_.at(ahead);
                        __builtin_prefetch(next.raw + next.raw_count, 1);
                    }
                }
                SideOf side;
                if (histogram < batch.histogram_rows.size() && batch.histogram_rows[histogram] == i)
                    side.histogram = &batch.histograms[histogram++];
                if (start < batch.start_rows.size() && batch.start_rows[start] == i) side.start_ms = batch.start_times_ms[start++];
                const Slot slot = slots[i - begin];
                if (slot == NO_SLOT) {
                    done.unknown++;
                    continue;
                }
                const uint32_t t = batch.time_index[i];
                const int64_t time_ms = batch.times_ms[t];
                Series& s = series_.at(slot);
                done.samples++;
                if (s.count == 0 || time_ms > s.last_ms) {
                    if (s.count == 0) series_count_.fetch_add(1, std::memory_order_relaxed);
                    append(slot, s, time_ms, batch.values[i], side, meetings_[t]);
                } else if (time_ms == s.last_ms && std::bit_cast<uint64_t>(s.last_value) == std::bit_cast<uint64_t>(batch.values[i]) &&
                           same_side(s, side)) {
                    continue;  // sent again
                } else {
                    done.out_of_order++;
                    push_late(s, time_ms, batch.values[i], side);
                }
                min_ms = std::min(min_ms, time_ms);
                max_ms = std::max(max_ms, time_ms);
            }
        }
        while (waiting_.load(std::memory_order_acquire) != 0) std::this_thread::yield();
    }
    for (const model::SeriesExemplar& e : batch.exemplars) {
        const Slot slot = index.slot_of(e.id);
        if (slot == NO_SLOT) done.unknown++;
        else done.exemplars_dropped += exemplars_.add(slot, e.exemplar);
    }
    samples_.fetch_add(done.samples, std::memory_order_relaxed);
    min_ms_.store(min_ms, std::memory_order_relaxed);
    max_ms_.store(max_ms, std::memory_order_relaxed);
    memory_bytes_.store(arena_.memory_bytes() + series_.memory_bytes() + clock_times_ * 8 + clocks_.size() * sizeof(Clock) + extra_bytes_ +
                            (batch.exemplars.empty() && exemplars_.count() == 0 ? 0 : exemplars_.memory_bytes()),
                        std::memory_order_relaxed);
    return done;
}

bool HeadEpoch::same_side(const Series& s, const SideOf& side) {
    return s.extra && s.extra->side ? s.extra->side->same_as_last(side) : !side.any();
}

void HeadEpoch::append_side(Series& s, const SideOf& side) {
    Extra& extra = extra_of(s);
    if (!extra.side) {
        extra.side = std::make_unique<RawSide>();
        s.has_side = true;
        extra_bytes_ += extra.side->memory_bytes();
    }
    extra_bytes_ -= extra.side->memory_bytes();
    extra.side->append(s.raw_count, side);
    extra_bytes_ += extra.side->memory_bytes();
}

void HeadEpoch::append(Slot slot, Series& s, int64_t time_ms, double value, const SideOf& side, Meeting& meeting) {
    place(s, time_ms, meeting);
    if (s.raw_count == s.raw_room) grow_raw(slot, s);
    if (side.any() || s.has_side) append_side(s, side);
    s.raw[s.raw_count++] = value;
    s.count++;
    s.last_ms = time_ms;
    s.last_value = value;
    const size_t full = s.has_chunks ? RAW_MAX : first_chunk_samples(slot);
    if (s.raw_count >= full) flush_raw(s);
}

// Finds the place of the series' next sample on a clock.
void HeadEpoch::place(Series& s, int64_t time_ms, Meeting& meeting) {
    if (s.count > 0) {
        const uint32_t position = s.begin + s.count;
        Clock& clock = clocks_[s.clock];
        if (position == clock.times.size()) {
            clock.times.push_back(time_ms);
            clock_times_++;
        }
        if (clock.times[position] == time_ms) {
            meeting = {s.clock, position, true};
            return;
        }
        // Out of line. Others of this batch may have left the same clock at the same place.
        if (meeting.known) {
            const Clock& other = clocks_[meeting.clock];
            if (other.forked_from == s.clock + 1 && other.fork_begin <= s.begin && other.fork_end == position &&
                meeting.position == position - other.fork_begin) {
                s.begin -= other.fork_begin;
                s.clock = meeting.clock;
                return;
            }
        }
        Clock own;
        own.times.assign(clock.times.begin() + s.begin, clock.times.begin() + position);
        own.times.push_back(time_ms);
        own.forked_from = s.clock + 1;
        own.fork_begin = s.begin;
        own.fork_end = position;
        clock_times_ += own.times.size();
        s.clock = narrow<uint32_t>(clocks_.size());
        s.begin = 0;
        meeting = {s.clock, own.fork_end - own.fork_begin, true};
        clocks_.push_back(std::move(own));
        return;
    }
    if (!meeting.known) {
        meeting = {narrow<uint32_t>(clocks_.size()), 0, true};
        clocks_.push_back({{time_ms}, 0, 0, 0});
        clock_times_++;
    }
    s.clock = meeting.clock;
    s.begin = meeting.position;
}

void HeadEpoch::grow_raw(Slot slot, Series& s) {
    // Two sizes: series that live for a few samples stay small, and the others leave only one small buffer behind.
    const size_t wanted = s.raw_room == 0 ? RAW_MIN : RAW_MAX;
    INVARIANT(s.raw_room < RAW_MAX && slot != NO_SLOT, "a raw buffer is encoded when it is full");
    double* grown = nullptr;
    if (wanted == RAW_MIN && !free_raw_.empty()) {
        grown = free_raw_.back();
        free_raw_.pop_back();
    } else {
        grown = reinterpret_cast<double*>(arena_.allocate(wanted * sizeof(double), alignof(double)));
    }
    if (s.raw != nullptr) {
        std::copy_n(s.raw, s.raw_count, grown);
        free_raw_.push_back(s.raw);
    }
    s.raw = grown;
    s.raw_room = static_cast<uint8_t>(wanted);
}

HeadEpoch::Extra& HeadEpoch::extra_of(Series& s) {
    if (!s.extra) {
        s.extra = std::make_unique<Extra>();
        extra_bytes_ += sizeof(Extra) + 64;
    }
    return *s.extra;
}

void HeadEpoch::flush_raw(Series& s) {
    scratch_.clear();
    const bool has_side = s.extra && s.extra->side && !s.extra->side->empty();
    if (has_side) {
        model::SampleColumns columns;
        columns.times_ms.resize(s.raw_count);
        columns.values.assign(s.raw, s.raw + s.raw_count);
        const Status unpacked = s.extra->side->unpack(0, s.raw_count, columns, 0);
        INVARIANT(unpacked.ok(), "the head wrote it");
        std::string bytes;
        codec::encode_side(columns, 0, s.raw_count, bytes);
        put_sized(scratch_, bytes);
        s.extra->side->clear();
    }
    codec::encode_chunk({s.raw, s.raw_count}, scratch_);
    const std::string_view kept = arena_.copy(scratch_);
    extra_of(s).chunks.push_back({kept.data(), narrow<uint32_t>(kept.size()), s.raw_count, has_side});
    s.has_chunks = true;
    s.raw_count = 0;
}

void HeadEpoch::push_late(Series& s, int64_t time_ms, double value, const SideOf& side) {
    Extra& extra = extra_of(s);
    if (side.any()) {
        if (!extra.late_side) extra.late_side = std::make_unique<LateSide>();
        extra.late_side->append(extra.late.size(), side);
        if (side.histogram != nullptr) extra_bytes_ += (*side.histogram)->memory_bytes();
    }
    extra.late.push_back({time_ms, value});
    extra.late_min_ms = std::min(extra.late_min_ms, time_ms);
    extra.late_max_ms = std::max(extra.late_max_ms, time_ms);
    extra.late_arrived++;
    extra_bytes_ += sizeof(model::Sample);
    const bool many_histograms = extra.late_side && extra.late_side->histograms.size() >= LATE_HISTOGRAMS_MAX;
    if (many_histograms || extra.late.size() >= out_of_order_max_) flush_late(extra);
}

void HeadEpoch::flush_late(Extra& extra) {
    extra_bytes_ -= extra.late.size() * sizeof(model::Sample);
    const model::SampleColumns columns = in_order(extra.late, extra.late_side.get());
    scratch_.clear();
    codec::encode_times(columns.times_ms, scratch_);
    const size_t times_size = scratch_.size();
    codec::encode_chunk(columns.values, scratch_);
    const size_t values_end = scratch_.size();
    if (codec::has_side(columns, 0, columns.size())) codec::encode_side(columns, 0, columns.size(), scratch_);
    const std::string_view kept = arena_.copy(scratch_);
    extra.late_chunks.push_back({kept.data(), narrow<uint32_t>(times_size), narrow<uint32_t>(values_end - times_size),
                                 narrow<uint32_t>(kept.size() - values_end), narrow<uint32_t>(columns.size()), extra.late_arrived});
    if (extra.late_side) {
        for (const auto& [row, histogram] : extra.late_side->histograms) extra_bytes_ -= histogram->memory_bytes();
        extra.late_side.reset();
    }
    extra.late.clear();
    extra.late.shrink_to_fit();
}

void HeadEpoch::mark(const std::vector<Slot>& slots, model::TimeRange range, std::vector<EpochMark>& out) const {
    constexpr size_t STEP = 4096;
    out.assign(slots.size(), {});
    for (size_t i = 0; i < slots.size();) {
        const size_t end = std::min(slots.size(), i + STEP);
        waiting_.fetch_add(1, std::memory_order_acq_rel);
        const std::lock_guard lock(mutex_);
        waiting_.fetch_sub(1, std::memory_order_acq_rel);
        for (; i < end; i++) {
            const Series* s = series_.find(slots[i]);
            if (s == nullptr || s->count == 0) continue;
            if (clocks_[s->clock].times[s->begin] < range.to_ms && s->last_ms >= range.from_ms) out[i].in_order = s->count;
            const Extra* e = s->extra.get();
            if (e != nullptr && e->late_min_ms < range.to_ms && e->late_max_ms >= range.from_ms) out[i].out_of_order = e->late_arrived;
        }
    }
}

Status HeadEpoch::read(Slot slot, EpochMark mark, model::TimeRange range, model::SampleColumns& out, model::SampleColumns& newer,
                       uint64_t& bytes) const {
    out.clear();
    newer.clear();
    if (mark.empty()) return {};
    // Chunks lie in the arena and never change, so only places are copied under the lock.
    struct Piece {
        Chunk chunk;
        size_t at;  // its first sample in the output
        size_t skip;
        size_t take;
    };
    thread_local std::vector<Piece> pieces;
    thread_local std::vector<LateChunk> late_chunks;
    thread_local std::vector<model::Sample> late;
    std::optional<LateSide> late_side;
    std::optional<RawSide> raw_side;
    size_t raw_at = 0;  // the raw buffer's samples in the output
    size_t raw_skip = 0;
    size_t raw_take = 0;
    pieces.clear();
    late_chunks.clear();
    late.clear();
    {
        waiting_.fetch_add(1, std::memory_order_acq_rel);
        const std::lock_guard lock(mutex_);
        waiting_.fetch_sub(1, std::memory_order_acq_rel);
        const Series* s = series_.find(slot);
        if (s == nullptr) return {};
        const auto& times = clocks_[s->clock].times;
        const auto begin = times.begin() + s->begin;
        const auto end = begin + mark.in_order;
        const auto low = static_cast<size_t>(std::lower_bound(begin, end, range.from_ms) - begin);
        const auto high = static_cast<size_t>(std::lower_bound(begin, end, range.to_ms) - begin);
        if (low < high) {
            out.times_ms.assign(begin + static_cast<ptrdiff_t>(low), begin + static_cast<ptrdiff_t>(high));
            out.values.resize(high - low);
            size_t first = 0;  // sample number where the chunk begins
            if (s->extra) {
                for (const Chunk& chunk : s->extra->chunks) {
                    if (first >= high) break;
                    if (first + chunk.count > low) {
                        const size_t skip = low > first ? low - first : 0;
                        const size_t take = std::min<size_t>(chunk.count, high - first) - skip;
                        pieces.push_back({chunk, first + skip - low, skip, take});
                    }
                    first += chunk.count;
                }
            }
            if (first < high) {
                const size_t skip = low > first ? low - first : 0;
                std::copy(s->raw + skip, s->raw + (high - first), out.values.begin() + static_cast<ptrdiff_t>(first + skip - low));
                if (s->extra && s->extra->side && !s->extra->side->empty()) {
                    raw_side.emplace(*s->extra->side);
                    raw_at = first + skip - low;
                    raw_skip = skip;
                    raw_take = high - first - skip;
                }
            }
        }
        if (s->extra && mark.out_of_order > 0) {
            uint32_t arrived = 0;
            for (const LateChunk& chunk : s->extra->late_chunks) {
                if (arrived >= mark.out_of_order) break;
                late_chunks.push_back(chunk);
                arrived = chunk.arrived;
            }
            if (arrived < mark.out_of_order) {
                const auto n = std::min<size_t>(mark.out_of_order - arrived, s->extra->late.size());
                late.assign(s->extra->late.begin(), s->extra->late.begin() + static_cast<ptrdiff_t>(n));
                if (s->extra->late_side) late_side.emplace(*s->extra->late_side);
            }
        }
    }
    thread_local std::vector<double> scratch;
    for (const Piece& p : pieces) {
        bytes += p.chunk.size;
        const ChunkParts chunk({p.chunk.bytes, p.chunk.size}, p.chunk.has_side);
        if (p.take == p.chunk.count) {
            TRY(codec::decode_chunk(chunk.values, std::span(out.values).subspan(p.at, p.take)));
        } else {
            scratch.resize(p.chunk.count);
            TRY(codec::decode_chunk(chunk.values, scratch));
            std::copy_n(scratch.begin() + static_cast<ptrdiff_t>(p.skip), p.take, out.values.begin() + static_cast<ptrdiff_t>(p.at));
        }
        if (!chunk.side.empty()) TRY(codec::decode_side(chunk.side, p.chunk.count, p.skip, p.skip + p.take, out, p.at));
    }
    if (raw_side) TRY(raw_side->unpack(raw_skip, raw_take, out, raw_at));
    model::SampleColumns layer;
    for (const LateChunk& chunk : late_chunks) {
        bytes += chunk.times_size + chunk.values_size + chunk.side_size;
        layer.times_ms.resize(chunk.count);
        layer.values.resize(chunk.count);
        const char* const values = chunk.bytes + chunk.times_size;
        TRY(codec::decode_times({chunk.bytes, chunk.times_size}, layer.times_ms));
        TRY(codec::decode_chunk({values, chunk.values_size}, layer.values));
        if (chunk.side_size > 0)
            TRY(codec::decode_side({values + chunk.values_size, chunk.side_size}, chunk.count, 0, chunk.count, layer, 0));
        trim(layer, range);
        overlay(newer, layer);
        layer.clear();
    }
    if (!late.empty()) {
        layer = in_order(late, late_side ? &*late_side : nullptr);
        trim(layer, range);
        overlay(newer, layer);
    }
    return {};
}

Result<bool> HeadEpoch::read_newest(Slot slot, EpochMark mark, model::TimeRange range, bool with_value, model::SampleColumns& out,
                                    uint64_t& bytes) const {
    if (mark.empty()) return false;
    const auto read_all_of = [&](model::TimeRange part) -> Result<bool> {
        model::SampleColumns samples;
        model::SampleColumns newer;
        TRY(read(slot, mark, part, samples, newer, bytes));
        overlay(samples, newer);
        if (samples.empty()) return false;
        trim(samples, {samples.times_ms.back(), range.to_ms});
        out = std::move(samples);
        return true;
    };
    if (mark.out_of_order > 0) return read_all_of(range);
    const auto found = [&](int64_t time_ms, double value) {
        out.clear();
        out.times_ms.assign(1, time_ms);
        out.values.assign(1, value);
        return true;
    };
    Chunk chunk{};
    size_t place = 0;  // in the chunk
    int64_t time_ms = 0;
    bool side = false;
    {
        waiting_.fetch_add(1, std::memory_order_acq_rel);
        const std::lock_guard lock(mutex_);
        waiting_.fetch_sub(1, std::memory_order_acq_rel);
        const Series* s = series_.find(slot);
        if (s == nullptr) return false;
        side = with_value && s->extra && s->extra->side;
        size_t number = mark.in_order;  // one past the sample's number in the series
        if (number == s->count && s->last_ms < range.to_ms) {
            if (s->last_ms < range.from_ms) return false;
            if (!side) return found(s->last_ms, s->last_value);
        }
        const auto begin = clocks_[s->clock].times.begin() + s->begin;
        number = static_cast<size_t>(std::lower_bound(begin, begin + mark.in_order, range.to_ms) - begin);
        if (number == 0 || begin[static_cast<ptrdiff_t>(number) - 1] < range.from_ms) return false;
        place = number - 1;
        time_ms = begin[static_cast<ptrdiff_t>(place)];
        if (!side) {
            const size_t encoded = s->count - s->raw_count;
            if (place >= encoded) return found(time_ms, s->raw[place - encoded]);
            for (const Chunk& c : s->extra->chunks) {
                chunk = c;
                if (place < c.count) break;
                place -= c.count;
            }
        }
    }
    if (side) return read_all_of({time_ms, range.to_ms});
    // Chunks lie in the arena and never change.
    double values[RAW_MAX];
    bytes += chunk.size;
    TRY(codec::decode_chunk(ChunkParts({chunk.bytes, chunk.size}, chunk.has_side).values, std::span(values, chunk.count)));
    return found(time_ms, values[place]);
}

size_t HeadEpoch::slot_bound() const {
    const std::lock_guard lock(mutex_);
    return series_.bound();
}

}  // namespace belfry::store
