#include "queue/impl.h"
#include "queue/stats.h"

namespace belfry::queue {

Result<std::unique_ptr<Consumer>> Queue::add_consumer(ConsumerOptions options) {
    Impl& m = *impl_;
    if (options.position > end_offset(options.topic)) {
        Status skipped = make_error(Code::unavailable, "the queue is closing");
        m.on_writer([&] { skipped = m.skip_to(options.topic, options.position); });
        TRY(Status(skipped));
    }
    auto state = std::make_shared<ConsumerState>();
    {
        const std::lock_guard lock(m.mutex);
        INVARIANT(options.topic < m.topics.size(), "consumers read topics that exist");
        TopicState& topic = m.topics[options.topic];
        state->position = options.position;
        state->applied = state->position;
        state->stored = state->position;
        state->live_from = topic.end;
        state->applied_live_bytes = topic.live_bytes;
        state->options = std::move(options);
        topic.consumers.push_back(state);
    }
    return std::unique_ptr<Consumer>(new Consumer(*this, std::move(state)));
}

Consumer::Consumer(Queue& queue, std::shared_ptr<ConsumerState> state) : queue_(queue), state_(std::move(state)) {}

Consumer::~Consumer() {
    Queue::Impl& m = *queue_.impl_;
    const std::lock_guard lock(m.mutex);
    std::erase(m.topics[state_->options.topic].consumers, state_);
    // What it needed is not known any more: nothing is retired until somebody says that all are there again.
    if (state_->options.policy == ConsumerPolicy::must) m.retention_on = false;
}

Result<std::vector<RecordPtr>> Consumer::poll(int64_t timeout_ms, uint64_t limit_bytes) {
    Queue::Impl& m = *queue_.impl_;
    ConsumerState& s = *state_;
    const uint32_t topic_id = s.options.topic;
    std::vector<RecordPtr> out;
    std::unique_lock lock(m.mutex);
    TopicState& topic = m.topics[topic_id];
    const auto ready = [&] { return s.woken || m.closing || s.position < topic.end; };
    if (timeout_ms > 0 && !ready()) s.arrived.wait_for(lock, std::chrono::milliseconds(timeout_ms), ready);
    s.woken = false;
    if (s.position >= topic.end) return out;
    const bool from_ring = m.ring.read(topic_id, s.position, limit_bytes, out);
    if (!from_ring) {
        if (s.options.policy == ConsumerPolicy::may_skip && topic.live_bytes - s.applied_live_bytes > m.config.ring_bytes) {
            skipped_records.add(topic.end - s.position);
            s.skipped += topic.end - s.position;
            s.position = s.applied = topic.end;
            s.applied_live_bytes = topic.live_bytes;
            s.given.clear();
            return out;
        }
        const std::shared_ptr<const journal::SegmentLog> log = m.log;
        if (!log) return out;  // closed
        const uint64_t from = s.position;
        const uint64_t end = topic.end;
        const journal::PartitionId partition = topic.partition;
        lock.unlock();
        const auto slice = TRY(log->read({.partition = partition, .offset = from, .limit_bytes = limit_bytes}));
        for (const journal::LogBlock& block : slice.blocks) {
            auto record = std::make_shared<Record>();
            record->topic = topic_id;
            record->record_count = block.record_count;
            record->offset = block.offset;
            record->time_ms = block.time_ms;
            record->payload = block.body;
            for (const auto& buffer : slice.buffers)
                if (block.body.data() >= buffer->data() && block.body.data() <= buffer->data() + buffer->size()) record->buffer = buffer;
            out.push_back(std::move(record));
        }
        lock.lock();
        uint64_t skipped = slice.skipped_records;
        if (out.empty()) {  // nothing left to read there: retired, or quarantined
            const uint64_t to = slice.next_offset > from ? slice.next_offset : end;
            if (slice.next_offset <= from) skipped += to - from;
            s.position = std::max(s.position, to);
            if (s.given.empty()) s.applied = std::max(s.applied, s.position);
        }
        if (skipped > 0) {
            skipped_records.add(skipped);
            s.skipped += skipped;
        }
    }
    for (const RecordPtr& record : out) {
        const bool live = record->offset >= s.live_from;
        s.given.push_back({record->next_offset(), record->time_ms, live ? record->payload.size() : 0});
        s.position = record->next_offset();
    }
    (from_ring ? read_from_ring : read_from_log).add(out.size());
    (from_ring ? m.ring_reads : m.log_reads) += out.size();
    // Built-in topics have no readers but their consumers: what all have is not kept.
    if (topic_id < BUILT_IN_TOPIC_COUNT) {
        uint64_t lowest = UINT64_MAX;
        for (const auto& consumer : topic.consumers) lowest = std::min(lowest, consumer->position);
        m.ring.drop_below(topic_id, lowest);
    }
    return out;
}

void Consumer::applied_up_to(uint64_t offset) {
    Queue::Impl& m = *queue_.impl_;
    ConsumerState& s = *state_;
    const std::lock_guard lock(m.mutex);
    s.applied = std::max(s.applied, offset);
    while (!s.given.empty() && s.given.front().next_offset <= offset) {
        s.applied_live_bytes += s.given.front().bytes;
        s.given.pop_front();
    }
}

void Consumer::stored_up_to(uint64_t offset) {
    Queue::Impl& m = *queue_.impl_;
    {
        const std::lock_guard lock(m.mutex);
        if (offset <= state_->stored) return;
        state_->stored = offset;
        if (state_->options.policy == ConsumerPolicy::may_lag) return;  // moves all the time; the next look is soon enough
        state_->flush_wanted = false;
        m.stored_moved = true;
        m.tidy_wanted = true;
    }
    m.work.notify_one();
}

bool Consumer::flush_wanted() const {
    const std::lock_guard lock(queue_.impl_->mutex);
    return state_->flush_wanted;
}

void Consumer::wake() {
    const std::lock_guard lock(queue_.impl_->mutex);
    state_->woken = true;
    state_->arrived.notify_all();
}

uint64_t Consumer::position() const {
    const std::lock_guard lock(queue_.impl_->mutex);
    return state_->position;
}

uint64_t Consumer::skipped() const {
    const std::lock_guard lock(queue_.impl_->mutex);
    return state_->skipped;
}

uint64_t Consumer::end() const { return queue_.end_offset(state_->options.topic); }

int64_t Queue::Impl::lag_ms(const ConsumerState& consumer, const TopicState& topic) const {
    if (consumer.applied >= topic.end) return 0;
    int64_t time_ms = 0;
    if (!consumer.given.empty()) time_ms = consumer.given.front().time_ms;
    else if (const auto at = ring.time_at(consumer.options.topic, consumer.position)) time_ms = *at;
    return time_ms == 0 ? 0 : std::max<int64_t>(0, clock.now_ms() - time_ms);
}

QueueStatus Queue::snapshot() const {
    const Impl& m = *impl_;
    QueueStatus out;
    const int64_t now_ms = m.clock.now_ms();
    const std::lock_guard lock(m.mutex);
    if (m.log) out.quarantined = m.log->recovery().quarantined;
    if (!m.pending.empty() && !m.pending.front()->records.empty())
        out.oldest_waiting_ms = std::max<int64_t>(0, now_ms - m.pending.front()->records.front().time_ms);
    out.pending_records = m.pending_records;
    out.pending_bytes = m.pending_bytes;
    out.ring_bytes = m.ring.bytes();
    out.log_bytes = m.log_allocated_bytes;
    out.log_used_bytes = m.log_used_bytes;
    out.log_segments = m.log_segments;
    out.appended_records_total = m.appended_records;
    out.appended_bytes_total = m.appended_bytes;
    out.syncs_total = m.sync_count;
    std::vector<int64_t> times(m.sync_times_ns.begin(),
                               m.sync_times_ns.begin() + static_cast<std::ptrdiff_t>(std::min<uint64_t>(m.sync_count, Impl::SYNC_TIMES)));
    if (!times.empty()) {
        std::sort(times.begin(), times.end());
        out.sync_p50_ms = static_cast<double>(times[times.size() / 2]) / 1e6;
        out.sync_p99_ms = static_cast<double>(times[times.size() * 99 / 100]) / 1e6;
    }
    out.read_from_ring_total = m.ring_reads;
    out.read_from_log_total = m.log_reads;
    out.refused_total = m.refused;
    out.disk_guard = m.disk_guard;
    out.disk = m.disk;
    for (const TopicState& topic : m.topics) {
        out.topics.push_back({topic.name, topic.begin, topic.end, topic.live_bytes});
        for (const auto& c : topic.consumers)
            out.consumers.push_back({.name = c->options.name,
                                     .topic = topic.name,
                                     .policy = c->options.policy,
                                     .position = c->applied,
                                     .stored = c->stored,
                                     .end = topic.end,
                                     .lag_records = topic.end - std::min(topic.end, c->applied),
                                     .lag_bytes = topic.live_bytes - c->applied_live_bytes,
                                     .lag_ms = m.lag_ms(*c, topic),
                                     .skipped = c->skipped});
    }
    return out;
}

}  // namespace belfry::queue
