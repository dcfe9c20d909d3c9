#include "queue/queue.h"

#include "base/log.h"
#include "queue/impl.h"
#include "queue/stats.h"

namespace belfry::queue {

// ---------------------------------------------------------------------------------------------------- tickets

void Ticket::Group::finish(std::optional<Error> outcome) {
    error = std::move(outcome);
    done.store(1, std::memory_order_release);
    done.notify_all();
}

bool Ticket::done() const { return !group_ || group_->done.load(std::memory_order_acquire) != 0; }

Result<uint64_t> Ticket::wait() const {
    if (!group_) return make_error(Code::internal, "an empty ticket");
    group_->done.wait(0, std::memory_order_acquire);
    if (group_->error) return *group_->error;
    return group_->offsets[place_];
}

// ---------------------------------------------------------------------------------------------------- open, close

Queue::Queue(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Queue>> Queue::open(FileSystem& files,
                                           Clock& clock,
                                           QueueConfig config,
                                           journal::JournalConfig journal_config,
                                           journal::SegmentLog::FatalHook on_fatal) {
    auto impl = std::make_unique<Impl>(files, clock, config, journal_config);
    impl->log = TRY(journal::SegmentLog::open(files, clock, journal_config, std::move(on_fatal)));
    for (const std::string_view name : BUILT_IN_TOPICS) TRY(impl->add_topic(name));
    for (const journal::PartitionState& p : impl->log->partitions())
        if (p.id != 0) TRY(impl->add_topic(p.name));
    impl->check_disk();
    impl->measure_log();
    impl->writer = std::thread([m = impl.get()] { m->run(); });
    return std::unique_ptr<Queue>(new Queue(std::move(impl)));
}

Queue::~Queue() { close(); }

void Queue::close() {
    Impl& m = *impl_;
    {
        const std::lock_guard lock(m.mutex);
        if (m.closing) return;
        m.closing = true;
        m.wake_consumers();
    }
    m.work.notify_all();
    m.writer.join();
    std::shared_ptr<journal::SegmentLog> last;  // its clean shutdown is not for under the lock
    {
        const std::lock_guard lock(m.mutex);
        last.swap(m.log);
    }
}

Result<uint32_t> Queue::Impl::add_topic(std::string_view name) {
    for (uint32_t i = 0; i < topics.size(); ++i)
        if (topics[i].name == name) return i;
    TopicState topic;
    topic.name = name;
    topic.partition = TRY(log->open_partition(name).context("topic {}", name));
    for (const journal::PartitionState& p : log->partitions()) {
        if (p.id != topic.partition) continue;
        topic.end = p.end_offset;
        topic.begin = p.begin_offset;
    }
    const std::lock_guard lock(mutex);
    topics.push_back(std::move(topic));
    return static_cast<uint32_t>(topics.size() - 1);
}

Result<uint32_t> Queue::open_topic(std::string_view name) {
    Impl& m = *impl_;
    {
        const std::lock_guard lock(m.mutex);
        for (uint32_t i = 0; i < m.topics.size(); ++i)
            if (m.topics[i].name == name) return i;
    }
    Result<uint32_t> out = make_error(Code::unavailable, "the queue is closing");
    m.on_writer([&] { out = m.add_topic(name); });
    return out;
}

/// The topic's next offset becomes at least `offset`.
Status Queue::Impl::skip_to(uint32_t topic_id, uint64_t offset) {
    TopicState& topic = topics[topic_id];
    while (topic.end < offset) {
        const auto count = static_cast<uint32_t>(std::min<uint64_t>(offset - topic.end, UINT32_MAX));
        const journal::LogEntry filler{.partition = topic.partition,
                                       .record_count = count,
                                       .flags = journal::LogEntry::FILLER,
                                       .time_ms = clock.now_ms(),
                                       .body = {}};
        const auto positions = TRY(log->append(std::span(&filler, 1)));
        TRY(log->commit(positions[0].index));
        const std::lock_guard lock(mutex);
        topic.end += count;
    }
    return {};
}

// ---------------------------------------------------------------------------------------------------- append

Status Queue::Impl::check_lag(const TopicState& topic) const {
    for (const auto& c : topic.consumers) {
        if (c->options.policy != ConsumerPolicy::must) continue;
        const uint64_t lag = topic.live_bytes - c->applied_live_bytes;
        if (lag <= config.lag_bytes_max / 8) continue;
        if (lag > config.lag_bytes_max) {
            refused_lag.add();
            return make_error(Code::exhausted, "{} is {} bytes behind (queue.lag_bytes_max {}): send later",
                              c->options.name, lag, config.lag_bytes_max);
        }
        const int64_t age_ms = lag_ms(*c, topic);
        if (age_ms > config.lag_ms_max) {
            refused_lag.add();
            return make_error(Code::exhausted, "{} is {} ms behind (queue.lag_ms_max {}): send later", c->options.name,
                              age_ms, config.lag_ms_max);
        }
    }
    return {};
}

Status Queue::Impl::check_global(uint64_t more_bytes) const {
    if (closing) return make_error(Code::unavailable, "the queue is closing");
    if (failed) return make_error(Code::unavailable, "the log has failed; restart to recover");
    if (disk_guard == DiskGuard::full) {
        refused_disk.add();
        return make_error(Code::exhausted, "the disk is full ({} bytes free): free space or shorten retention", disk.free_bytes);
    }
    if (log_used_bytes > config.log_bytes_max) {
        refused_log_size.add();
        return make_error(Code::exhausted, "the log holds {} bytes that stores have not taken yet (queue.log_bytes_max {})",
                          log_used_bytes, config.log_bytes_max);
    }
    if (pending_bytes + more_bytes > config.pending_bytes_max) {
        refused_pending.add();
        return make_error(Code::exhausted, "{} bytes wait for the disk (queue.pending_bytes_max {}): send later",
                          pending_bytes, config.pending_bytes_max);
    }
    return {};
}

Result<Ticket> Queue::append(Append record) {
    Impl& m = *impl_;
    const uint64_t bytes = record.payload.size();
    if (bytes > m.journal_config.block_bytes_max || bytes > m.config.pending_bytes_max)
        return make_error(Code::invalid, "record of {} bytes, limit {}", bytes,
                          std::min(m.journal_config.block_bytes_max, m.config.pending_bytes_max));
    const int64_t now_ms = m.clock.now_ms();
    Ticket ticket;
    {
        const std::lock_guard lock(m.mutex);
        if (record.topic >= m.topics.size()) return make_error(Code::not_found, "topic {} does not exist", record.topic);
        auto allowed = m.check_global(bytes);
        if (allowed.ok()) allowed = m.check_lag(m.topics[record.topic]);
        if (!allowed.ok()) {
            ++m.refused;
            return std::move(allowed).error();
        }
        if (record.expected_epoch != 0 && record.expected_epoch != m.epoch)
            return make_error(Code::unavailable, "records before this one were lost: send again");
        if (m.pending.empty() || m.pending.back()->bytes + bytes > m.config.commit_bytes_max)
            m.pending.push_back(std::make_shared<Ticket::Group>());
        auto& group = m.pending.back();
        ticket = Ticket(group, group->records.size());
        group->bytes += bytes;
        group->records.push_back({std::move(record), now_ms});
        m.pending_bytes += bytes;
        ++m.pending_records;
    }
    m.work.notify_one();
    return ticket;
}

Status Queue::accepting() const {
    const Impl& m = *impl_;
    const std::lock_guard lock(m.mutex);
    TRY(m.check_global(0));
    for (const TopicState& topic : m.topics) TRY(m.check_lag(topic));
    return {};
}

uint64_t Queue::epoch() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->epoch;
}

uint64_t Queue::end_offset(uint32_t topic) const {
    const std::lock_guard lock(impl_->mutex);
    return topic < impl_->topics.size() ? impl_->topics[topic].end : 0;
}

uint64_t Queue::begin_offset(uint32_t topic) const {
    const std::lock_guard lock(impl_->mutex);
    return topic < impl_->topics.size() ? impl_->topics[topic].begin : 0;
}

// ---------------------------------------------------------------------------------------------------- the writer thread

void Queue::Impl::on_writer(std::function<void()> command) {
    std::atomic<uint32_t> done{0};
    {
        const std::lock_guard lock(mutex);
        if (closing) return;
        commands.push_back([&] {
            command();
            done.store(1);
            done.notify_all();
        });
    }
    work.notify_all();
    done.wait(0);
}

void Queue::Impl::run() {
    int64_t next_housekeeping_ms = clock.monotonic_ms();
    while (true) {
        std::shared_ptr<Ticket::Group> group;
        std::vector<std::function<void()>> now;
        bool tidy = false;
        {
            std::unique_lock lock(mutex);
            work.wait_for(lock, std::chrono::milliseconds(config.housekeeping_ms),
                          [&] { return closing || tidy_wanted || !pending.empty() || !commands.empty(); });
            if (!pending.empty()) {
                gather_records(lock);
                group = std::move(pending.front());
                pending.pop_front();
            }
            now.swap(commands);
            tidy = std::exchange(tidy_wanted, false);
            if (closing && !group && now.empty()) return;
        }
        if (group) commit_group(*group);
        for (const auto& command : now) command();
        const int64_t now_ms = clock.monotonic_ms();
        if (tidy || now_ms >= next_housekeeping_ms) {
            housekeep();
            next_housekeeping_ms = now_ms + config.housekeeping_ms;
        }
    }
}

void Queue::Impl::gather_records(std::unique_lock<std::mutex>& lock) {
    const size_t wanted = gather.wanted();
    const auto enough = [&] {
        return closing || pending_records >= wanted || pending.front()->bytes > config.commit_bytes_max / 2;
    };
    if (enough()) return;
    work.wait_for(lock, std::chrono::nanoseconds(gather.wait_ns()), enough);
    gather.gathered(pending_records);
}

void Queue::Impl::wake_consumers() {
    for (TopicState& topic : topics)
        for (const auto& consumer : topic.consumers) consumer->arrived.notify_all();
}

void Queue::Impl::commit_group(Ticket::Group& group) {
    std::vector<journal::LogEntry> entries;
    entries.reserve(group.records.size());
    for (const PendingRecord& p : group.records)
        entries.push_back({.partition = topics[p.record.topic].partition,  // topics only grow, and on this thread
                           .record_count = p.record.record_count,
                           .time_ms = p.time_ms,
                           .body = p.record.payload});
    const int64_t start_ns = clock.monotonic_ns();
    auto appended = log->append(entries);
    Status committed;
    if (appended.ok()) committed = log->commit(appended->back().index);
    else committed = appended.error();
    if (!committed.ok()) {
        fail_pending(group, committed.error());
        return;
    }
    const int64_t took_ns = clock.monotonic_ns() - start_ns;
    commit_timing.observe_ns(took_ns);
    commits.add();
    append_records.add(group.records.size());
    append_bytes.add(group.bytes);

    std::vector<RecordPtr> records;
    records.reserve(group.records.size());
    group.offsets.reserve(group.records.size());
    for (size_t i = 0; i < group.records.size(); ++i) {
        PendingRecord& p = group.records[i];
        auto record = std::make_shared<Record>();
        record->topic = p.record.topic;
        record->record_count = p.record.record_count;
        record->offset = (*appended)[i].offset;
        record->time_ms = p.time_ms;
        record->payload_storage = std::move(p.record.payload);
        record->payload = record->payload_storage;
        record->decoded = std::move(p.record.decoded);
        record->decoded_bytes = p.record.decoded_bytes;
        group.offsets.push_back(record->offset);
        records.push_back(std::move(record));
    }
    group.records.clear();
    {
        const std::lock_guard lock(mutex);
        for (RecordPtr& record : records) {
            TopicState& topic = topics[record->topic];
            topic.end = record->next_offset();
            topic.live_bytes += record->payload.size();
            for (const auto& consumer : topic.consumers) consumer->arrived.notify_one();
            ring.push(std::move(record));
        }
        appended_records += records.size();
        appended_bytes += group.bytes;
        pending_bytes -= group.bytes;
        pending_records -= records.size();
        gather.committed(records.size(), pending_records, took_ns);
        sync_times_ns[sync_count++ % SYNC_TIMES] = took_ns;
        pending_bytes_now.set(static_cast<double>(pending_bytes));
        ring_bytes_now.set(static_cast<double>(ring.bytes()));
    }
    group.finish(std::nullopt);
}

/// A failed write takes with it all that was accepted behind it: later records may build on lost ones.
void Queue::Impl::fail_pending(Ticket::Group& group, const Error& error) {
    commit_failures.add();
    log_error("queue", "commit failed, records refused", {{"error", error.message}});
    std::deque<std::shared_ptr<Ticket::Group>> lost;
    {
        const std::lock_guard lock(mutex);
        lost.swap(pending);
        pending_bytes = 0;
        pending_records = 0;
        ++epoch;
        failed = failed || log->failed();
        pending_bytes_now.set(0);
    }
    group.finish(error);
    for (const auto& g : lost) g->finish(error);
}

// ---------------------------------------------------------------------------------------------------- start of retention

void Queue::start_retention() {
    const std::lock_guard lock(impl_->mutex);
    impl_->retention_on = true;
}

void Queue::housekeep_now() {
    impl_->on_writer([&] { impl_->housekeep(); });
}

}  // namespace belfry::queue
