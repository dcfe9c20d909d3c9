#include "consumer/topic_consumer.h"

#include "base/log.h"
#include "consumer/stats.h"

namespace belfry::consumer {
namespace {

constexpr int64_t POLL_MS = 1'000;                 // an upper bound only: appends, stops and flushes wake the thread
constexpr uint64_t POLL_BYTES_MAX = 4ULL << 20;    // of payload, between two looks at flush requests
constexpr int64_t WAIT_FOR_EVER_MS = 365LL * 86'400'000;

}  // namespace

struct TopicConsumer::Impl {
    struct Slot {
        Stage& stage;
        std::unique_ptr<queue::Consumer> consumer;
        uint64_t next = 0;  // consumer thread only
        StageStatus status;
    };

    Impl(queue::Queue& q, uint32_t t, Decoder d) : queue(q), topic(t), decoder(d) {}

    queue::Queue& queue;  // outlives this
    const uint32_t topic;
    const Decoder decoder;
    std::vector<std::unique_ptr<Slot>> slots;
    // Records from the log decoded in this round: stages that replay together decode once. Consumer thread only.
    std::map<uint64_t, std::shared_ptr<const void>> decoded;

    mutable std::mutex mutex;  // guards Slot::status and what follows
    std::condition_variable changed;
    bool stopping = false;
    uint64_t flushes_wanted = 0;
    uint64_t flushes_done = 0;
    Status flush_result;
    std::thread thread;

    void stop_stage(Slot& slot, const Error& error) {
        log_error("consumer", "stage stopped", {{"stage", slot.stage.name()}, {"offset", slot.next}, {"error", error.message}});
        stages_stopped.add();
        const std::lock_guard lock(mutex);
        slot.status.state = StageState::stopped;
        slot.status.error = error.message;
        changed.notify_all();
    }

    [[nodiscard]] bool running(const Slot& slot) const {
        const std::lock_guard lock(mutex);
        return slot.status.state == StageState::running;
    }

    Result<const void*> decode(const queue::Record& record) {
        if (record.decoded) return record.decoded.get();
        if (decoder == nullptr) return static_cast<const void*>(nullptr);
        auto& memo = decoded[record.offset];
        if (!memo) {
            memo = TRY(decoder(record.payload));
            records_decoded.add();
        }
        return memo.get();
    }

    Status apply(Slot& slot, const std::vector<queue::RecordPtr>& records) {
        for (const queue::RecordPtr& record : records) {
            if (record->offset < slot.next) continue;
            const Result<const void*> value = decode(*record);
            if (value.ok()) {
                TRY(slot.stage.apply(*record, *value).context("record {}", record->offset));
            } else {
                // The log's checksum held, so these are the producer's bytes: one bad record must not hold up the rest.
                undecodable_records.add();
                log_error("consumer", "record cannot be decoded and is passed over",
                          {{"stage", slot.stage.name()}, {"offset", record->offset}, {"error", value.error().message}});
            }
            slot.next = record->next_offset();
        }
        return slot.stage.end_of_batch();
    }

    void report(Slot& slot) {
        slot.consumer->applied_up_to(slot.next);
        const uint64_t stored = slot.stage.stored_offset();
        slot.consumer->stored_up_to(stored);
        const std::lock_guard lock(mutex);
        slot.status.applied = slot.next;
        slot.status.stored = stored;
        changed.notify_all();
    }

    // One look at one stage; true when it had records.
    bool serve(Slot& slot, int64_t timeout_ms) {
        const Result<std::vector<queue::RecordPtr>> records = slot.consumer->poll(timeout_ms, POLL_BYTES_MAX);
        if (!records.ok()) {
            stop_stage(slot, records.error());
            return false;
        }
        if (!records->empty()) {
            if (Status done = apply(slot, *records); !done.ok()) {
                stop_stage(slot, done.error());
                return false;
            }
        } else {
            slot.next = std::max(slot.next, slot.consumer->position());  // passed over what the log could not give back
        }
        if (slot.consumer->flush_wanted()) {
            if (Status done = slot.stage.flush(); !done.ok()) {
                log_warn("consumer", "flush failed", {{"stage", slot.stage.name()}, {"error", done.error().message}});
            }
        }
        report(slot);
        return !records->empty();
    }

    void flush_all() {
        Status result;
        for (const auto& slot : slots) {
            if (!running(*slot)) continue;
            Status done = slot->stage.flush();
            if (!done.ok() && result.ok()) result = std::move(done);
            report(*slot);
        }
        const std::lock_guard lock(mutex);
        flush_result = std::move(result);
    }

    void run() {
        for (;;) {
            uint64_t flush_target = 0;
            {
                const std::lock_guard lock(mutex);
                if (stopping) return;
                if (flushes_wanted > flushes_done) flush_target = flushes_wanted;
            }
            if (flush_target > 0) {
                flush_all();
                const std::lock_guard lock(mutex);
                flushes_done = flush_target;
                changed.notify_all();
            }
            bool waited = false;
            bool any_running = false;
            for (const auto& slot : slots) {
                if (!running(*slot)) continue;
                any_running = true;
                serve(*slot, waited ? 0 : POLL_MS);
                waited = true;
            }
            decoded.clear();
            if (!any_running) {
                std::unique_lock lock(mutex);
                changed.wait_for(lock, std::chrono::milliseconds(POLL_MS),
                                 [&] { return stopping || flushes_wanted > flushes_done; });
            }
        }
    }

    void wake() {
        for (const auto& slot : slots) {
            if (slot->consumer) slot->consumer->wake();
        }
    }
};

TopicConsumer::TopicConsumer(queue::Queue& queue, uint32_t topic, Decoder decoder)
    : impl_(std::make_unique<Impl>(queue, topic, decoder)) {}

TopicConsumer::~TopicConsumer() { stop(); }

void TopicConsumer::add_stage(Stage& stage) {
    INVARIANT(!impl_->thread.joinable(), "stages are added before the start");
    impl_->slots.push_back(std::make_unique<Impl::Slot>(Impl::Slot{.stage = stage, .consumer = nullptr, .next = 0, .status = {}}));
}

Status TopicConsumer::start() {
    for (const auto& slot : impl_->slots) {
        slot->next = slot->stage.stored_offset();
        slot->status.name = std::string(slot->stage.name());
        slot->status.applied = slot->status.stored = slot->next;
        slot->consumer = TRY(impl_->queue.add_consumer({.name = slot->status.name,
                                                        .topic = impl_->topic,
                                                        .policy = slot->stage.policy(),
                                                        .position = slot->next}));
    }
    impl_->thread = std::thread([this] { impl_->run(); });
    return {};
}

bool TopicConsumer::wait_applied(uint64_t offset, int64_t timeout_ms) {
    std::unique_lock lock(impl_->mutex);
    const auto applied = [&] {
        return std::all_of(impl_->slots.begin(), impl_->slots.end(), [&](const auto& slot) {
            return slot->status.state == StageState::stopped || slot->status.applied >= offset;
        });
    };
    impl_->changed.wait_for(lock, std::chrono::milliseconds(std::min(timeout_ms, WAIT_FOR_EVER_MS)),
                            [&] { return impl_->stopping || applied(); });
    return applied();
}

bool TopicConsumer::catch_up(int64_t timeout_ms) { return wait_applied(impl_->queue.end_offset(impl_->topic), timeout_ms); }

Status TopicConsumer::flush() {
    std::unique_lock lock(impl_->mutex);
    const uint64_t target = ++impl_->flushes_wanted;
    lock.unlock();
    impl_->wake();
    lock.lock();
    impl_->changed.wait(lock, [&] { return impl_->stopping || impl_->flushes_done >= target; });
    if (impl_->flushes_done < target) return make_error(Code::unavailable, "the consumer was stopped");
    return impl_->flush_result;
}

void TopicConsumer::stop() {
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
        impl_->changed.notify_all();
    }
    impl_->wake();
    if (impl_->thread.joinable()) impl_->thread.join();
}

std::vector<StageStatus> TopicConsumer::status() const {
    const std::lock_guard lock(impl_->mutex);
    std::vector<StageStatus> out;
    out.reserve(impl_->slots.size());
    for (const auto& slot : impl_->slots) out.push_back(slot->status);
    return out;
}

}  // namespace belfry::consumer
