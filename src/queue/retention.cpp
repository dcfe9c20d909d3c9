#include "base/log.h"
#include "queue/impl.h"
#include "queue/stats.h"

namespace belfry::queue {

namespace {
using Facts = journal::SegmentLog::SegmentFacts;
constexpr uint64_t STORED_ROLL_FACTOR = 8;  // x trim_bytes: see retire()
}  // namespace

void Queue::Impl::check_disk() {
    const auto space = files.space(journal_config.directory);
    if (!space.ok()) return;  // counted nowhere: the next append says more
    const double used = space->used_ratio();
    DiskGuard guard = DiskGuard::ok;
    if (used >= config.disk_full_ratio || space->free_bytes < config.disk_reserve_bytes) guard = DiskGuard::full;
    else if (used >= config.disk_low_ratio) guard = DiskGuard::low;
    DiskGuard before = DiskGuard::ok;
    {
        const std::lock_guard lock(mutex);
        before = std::exchange(disk_guard, guard);
        disk = *space;
    }
    if (before == guard) return;
    if (guard == DiskGuard::full)
        log_error("queue", "disk is full, writes are refused", {{"free_bytes", space->free_bytes}});
    else if (guard == DiskGuard::low)
        log_warn("queue", "disk is getting full, the log keeps only what stores need", {{"free_bytes", space->free_bytes}});
    else
        log_info("queue", "disk has room again", {{"free_bytes", space->free_bytes}});
}

void Queue::Impl::measure_log() {
    const journal::JournalSize size = log->size();
    const auto partitions = log->partitions();
    log_bytes_now.set(static_cast<double>(size.allocated_bytes));
    const std::lock_guard lock(mutex);
    log_used_bytes = size.used_bytes;
    log_allocated_bytes = size.allocated_bytes;
    log_segments = size.segments;
    for (TopicState& topic : topics)
        if (topic.partition < partitions.size()) topic.begin = partitions[topic.partition].begin_offset;
}

/// Asks consumers to flush whose stores keep too much of the log alive.
void Queue::Impl::mark_flushes(const std::vector<Facts>& segments) {
    const std::lock_guard lock(mutex);
    for (TopicState& topic : topics) {
        for (const auto& consumer : topic.consumers) {
            if (consumer->options.policy == ConsumerPolicy::may_lag) continue;  // it has nothing to flush
            uint64_t held = 0;
            for (const Facts& segment : segments) {
                const auto end = std::find_if(segment.end_offsets.begin(), segment.end_offsets.end(),
                                              [&](const auto& e) { return e.first == topic.partition; });
                if (end != segment.end_offsets.end() && end->second > consumer->stored) held += segment.used_bytes;
            }
            if (held > config.unstored_bytes_max || (disk_guard != DiskGuard::ok && held > config.trim_bytes)) {
                if (!consumer->flush_wanted) consumer->arrived.notify_all();
                consumer->flush_wanted = true;
            }
        }
    }
}

/// Oldest first, every closed segment that no `must` consumer needs and no retention keeps; and the open one too when all
/// of it is stored, so that a log at rest takes next to nothing.
void Queue::Impl::retire(const std::vector<Facts>& segments) {
    const int64_t now_ms = clock.now_ms();
    bool roll = false;
    uint64_t below = 0;
    {
        const std::lock_guard lock(mutex);
        if (!retention_on) return;
        const bool low = disk_guard != DiskGuard::ok;
        std::unordered_map<journal::PartitionId, uint32_t> by_partition;
        for (uint32_t i = 0; i < topics.size(); ++i) by_partition.emplace(topics[i].partition, i);
        uint64_t newer_bytes = 0;
        for (const Facts& s : segments) newer_bytes += s.used_bytes;
        const auto kept = [&](const Facts& segment) {
            for (const auto& [partition, end] : segment.end_offsets) {
                const auto at = by_partition.find(partition);
                if (at == by_partition.end()) continue;  // the log's own
                for (const auto& consumer : topics[at->second].consumers) {
                    if (consumer->stored >= end) continue;
                    const ConsumerOptions& wants = consumer->options;
                    if (wants.policy == ConsumerPolicy::must) return true;
                    // half: appends must not be refused for what only a laggard needs
                    if (wants.policy == ConsumerPolicy::may_lag && !low &&
                        newer_bytes <= std::min(wants.keep_bytes, config.log_bytes_max / 2) &&
                        segment.newest_ms > now_ms - wants.keep_ms)
                        return true;
                }
                if (low) continue;
                const bool built_in = at->second < BUILT_IN_TOPIC_COUNT;
                const int64_t keep_ms = built_in ? config.retention_ms : config.topic_retention_ms;
                if (keep_ms > 0 && segment.newest_ms > now_ms - keep_ms && (!built_in || newer_bytes <= config.retention_bytes))
                    return true;
            }
            return false;
        };
        for (const Facts& segment : segments) {
            if (kept(segment)) break;
            below = segment.sequence + 1;
            newer_bytes -= segment.used_bytes;
        }
        const Facts& open = segments.back();
        // The whole open segment may go; or a store has just flushed most of it, so that closing it now lets it go at the
        // next flush and not when it is full.
        roll = (below > open.sequence && open.used_bytes > config.trim_bytes) ||
               (std::exchange(stored_moved, false) && open.used_bytes > STORED_ROLL_FACTOR * config.trim_bytes);
    }
    Status done;
    if (roll) done = log->roll();
    if (done.ok()) done = log->retire_below(below);
    if (!done.ok()) log_warn("queue", "retention failed, tried again later", {{"error", done.error().message}});
}

void Queue::Impl::housekeep() {
    check_disk();
    const Status ticked = log->tick();
    if (!ticked.ok()) {
        const std::lock_guard lock(mutex);
        failed = failed || log->failed();
        return;
    }
    const auto segments = log->segments();
    mark_flushes(segments);
    retire(segments);
    measure_log();
}

}  // namespace belfry::queue
