#include "store/metric/head_epoch.h"

#include "base/bytes.h"
#include "codec/chunk.h"
#include "codec/time_column.h"
#include "store/metric/merge.h"

namespace belfry::store {
namespace {

constexpr size_t RAW_MIN = 8;    // values of a new raw buffer
constexpr size_t RAW_MAX = 64;   // values that become one chunk
constexpr size_t STEP_SAMPLES = 256;  // the lock is offered to readers this often

// The first chunk of a series is shorter by a different amount for each, or all series of a target would encode in the same batch.
size_t first_chunk_samples(Slot slot) { return RAW_MAX / 2 + slot % (RAW_MAX / 2); }

}  // namespace

HeadEpoch::Applied HeadEpoch::apply(const model::MetricBatch& batch, const HeadIndex& index) {
    Applied done;
    const size_t count = batch.sample_count();
    int64_t min_ms = min_ms_.load(std::memory_order_relaxed);
    int64_t max_ms = max_ms_.load(std::memory_order_relaxed);
    meetings_.assign(batch.times_ms.size(), {});
    for (size_t i = 0; i < count;) {
        const size_t end = std::min(count, i + STEP_SAMPLES);
        {
            const std::lock_guard lock(mutex_);
            for (; i < end; i++) {
                const Slot slot = index.slot_of(batch.ids[i]);
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
                    append(slot, s, time_ms, batch.values[i], meetings_[t]);
                } else if (time_ms == s.last_ms && std::bit_cast<uint64_t>(s.last_value) == std::bit_cast<uint64_t>(batch.values[i])) {
                    continue;  // sent again
                } else {
                    done.out_of_order++;
                    push_late(s, time_ms, batch.values[i]);
                }
                min_ms = std::min(min_ms, time_ms);
                max_ms = std::max(max_ms, time_ms);
            }
        }
        while (waiting_.load(std::memory_order_acquire) != 0) std::this_thread::yield();
    }
    samples_.fetch_add(done.samples, std::memory_order_relaxed);
    min_ms_.store(min_ms, std::memory_order_relaxed);
    max_ms_.store(max_ms, std::memory_order_relaxed);
    memory_bytes_.store(arena_.memory_bytes() + series_.memory_bytes() + clock_times_ * 8 + clocks_.size() * sizeof(Clock) + extra_bytes_,
                        std::memory_order_relaxed);
    return done;
}

void HeadEpoch::append(Slot slot, Series& s, int64_t time_ms, double value, Meeting& meeting) {
    place(s, time_ms, meeting);
    if (s.raw_count == s.raw_room) grow_raw(slot, s);
    s.raw[s.raw_count++] = value;
    s.count++;
    s.last_ms = time_ms;
    s.last_value = value;
    const size_t full = s.extra && !s.extra->chunks.empty() ? RAW_MAX : first_chunk_samples(slot);
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
    s.raw_room = static_cast<uint16_t>(wanted);
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
    codec::encode_chunk({s.raw, s.raw_count}, scratch_);
    const std::string_view kept = arena_.copy(scratch_);
    extra_of(s).chunks.push_back({kept.data(), narrow<uint32_t>(kept.size()), s.raw_count});
    s.raw_count = 0;
}

void HeadEpoch::push_late(Series& s, int64_t time_ms, double value) {
    Extra& extra = extra_of(s);
    extra.late.push_back({time_ms, value});
    extra.late_min_ms = std::min(extra.late_min_ms, time_ms);
    extra.late_max_ms = std::max(extra.late_max_ms, time_ms);
    extra.late_arrived++;
    extra_bytes_ += sizeof(model::Sample);
    if (extra.late.size() >= out_of_order_max_) flush_late(extra);
}

void HeadEpoch::flush_late(Extra& extra) {
    extra_bytes_ -= extra.late.size() * sizeof(model::Sample);
    std::stable_sort(extra.late.begin(), extra.late.end(),
                     [](const model::Sample& a, const model::Sample& b) { return a.time_ms < b.time_ms; });
    std::vector<int64_t> times;
    std::vector<double> values;
    for (const model::Sample& sample : extra.late) {
        if (!times.empty() && times.back() == sample.time_ms) {
            values.back() = sample.value;  // last write wins
            continue;
        }
        times.push_back(sample.time_ms);
        values.push_back(sample.value);
    }
    scratch_.clear();
    codec::encode_times(times, scratch_);
    const size_t times_size = scratch_.size();
    codec::encode_chunk(values, scratch_);
    const std::string_view kept = arena_.copy(scratch_);
    extra.late_chunks.push_back({kept.data(), narrow<uint32_t>(times_size), narrow<uint32_t>(kept.size() - times_size),
                                 narrow<uint32_t>(times.size()), extra.late_arrived});
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
            }
        }
    }
    thread_local std::vector<double> scratch;
    for (const Piece& p : pieces) {
        bytes += p.chunk.size;
        const std::string_view chunk(p.chunk.bytes, p.chunk.size);
        if (p.take == p.chunk.count) {
            TRY(codec::decode_chunk(chunk, std::span(out.values).subspan(p.at, p.take)));
            continue;
        }
        scratch.resize(p.chunk.count);
        TRY(codec::decode_chunk(chunk, scratch));
        std::copy_n(scratch.begin() + static_cast<ptrdiff_t>(p.skip), p.take, out.values.begin() + static_cast<ptrdiff_t>(p.at));
    }
    model::SampleColumns layer;
    for (const LateChunk& chunk : late_chunks) {
        bytes += chunk.times_size + chunk.values_size;
        layer.times_ms.resize(chunk.count);
        layer.values.resize(chunk.count);
        TRY(codec::decode_times({chunk.bytes, chunk.times_size}, layer.times_ms));
        TRY(codec::decode_chunk({chunk.bytes + chunk.times_size, chunk.values_size}, layer.values));
        trim(layer, range);
        overlay(newer, layer);
        layer.clear();
    }
    if (!late.empty()) {
        std::stable_sort(late.begin(), late.end(), [](const model::Sample& a, const model::Sample& b) { return a.time_ms < b.time_ms; });
        for (const model::Sample& sample : late) {
            if (!range.contains(sample.time_ms)) continue;
            if (!layer.empty() && layer.times_ms.back() == sample.time_ms) {
                layer.values.back() = sample.value;
                continue;
            }
            layer.times_ms.push_back(sample.time_ms);
            layer.values.push_back(sample.value);
        }
        overlay(newer, layer);
    }
    return {};
}

Result<bool> HeadEpoch::read_newest(Slot slot, EpochMark mark, model::TimeRange range, model::Sample& out, uint64_t& bytes) const {
    if (mark.empty()) return false;
    if (mark.out_of_order > 0) {
        model::SampleColumns samples;
        model::SampleColumns newer;
        TRY(read(slot, mark, range, samples, newer, bytes));
        overlay(samples, newer);
        if (samples.empty()) return false;
        out = {samples.times_ms.back(), samples.values.back()};
        return true;
    }
    Chunk chunk{};
    size_t place = 0;  // in the chunk
    {
        waiting_.fetch_add(1, std::memory_order_acq_rel);
        const std::lock_guard lock(mutex_);
        waiting_.fetch_sub(1, std::memory_order_acq_rel);
        const Series* s = series_.find(slot);
        if (s == nullptr) return false;
        size_t number = mark.in_order;  // one past the sample's number in the series
        if (number == s->count && s->last_ms < range.to_ms) {
            if (s->last_ms < range.from_ms) return false;
            out = {s->last_ms, s->last_value};
            return true;
        }
        const auto begin = clocks_[s->clock].times.begin() + s->begin;
        number = static_cast<size_t>(std::lower_bound(begin, begin + mark.in_order, range.to_ms) - begin);
        if (number == 0 || begin[static_cast<ptrdiff_t>(number) - 1] < range.from_ms) return false;
        place = number - 1;
        out.time_ms = begin[static_cast<ptrdiff_t>(place)];
        const size_t encoded = s->count - s->raw_count;
        if (place >= encoded) {
            out.value = s->raw[place - encoded];
            return true;
        }
        for (const Chunk& c : s->extra->chunks) {
            chunk = c;
            if (place < c.count) break;
            place -= c.count;
        }
    }
    // Chunks lie in the arena and never change.
    double values[RAW_MAX];
    bytes += chunk.size;
    TRY(codec::decode_chunk({chunk.bytes, chunk.size}, std::span(values, chunk.count)));
    out.value = values[place];
    return true;
}

size_t HeadEpoch::slot_bound() const {
    const std::lock_guard lock(mutex_);
    return series_.bound();
}

}  // namespace belfry::store
