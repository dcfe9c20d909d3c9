#include "notify/outbox.h"

#include "base/hash.h"
#include "base/log.h"
#include "notify/stats.h"

#include <pthread.h>

namespace belfry::notify {
namespace {

constexpr int64_t IDLE_MS = 10'000;     // a connection without work is given up after this long
constexpr int64_t SETTLE_MS = 1'000;    // what takes longer is stored
constexpr size_t HEALTH_MAX = 100'000;  // methods
LogLimiter failure_log;

}  // namespace

Outbox::Outbox(Parts parts) : parts_(std::move(parts)) {
    random_ ^= static_cast<uint64_t>(parts_.clock.now_ns());
}

Outbox::~Outbox() {
    stop();
}

Outbox::Lane& Outbox::lane_of(std::string_view tenant, std::string_view method_id) {
    const MethodPtr method = parts_.method(tenant, method_id);
    const std::string_view host = method ? std::string_view(method->host) : std::string_view();
    auto found = lanes_.find(host);
    if (found == lanes_.end()) {
        found = lanes_.emplace(std::string(host), Lane{}).first;
        for (uint32_t i = 0; i < parts_.config.connections_per_host; ++i)
            found->second.shards.push_back(std::make_unique<Shard>());
    }
    return found->second;
}

void Outbox::gauge() const {
    deliveries_in_memory.set(static_cast<double>(in_memory_));
    deliveries_in_store.set(static_cast<double>(parked_.size()));
    worker_count.set(static_cast<double>(workers_));
}

void Outbox::push(Lane& lane, DeliveryPtr delivery) {
    Shard& shard = *lane.shards[hash64(delivery->pair) % lane.shards.size()];
    if (!delivery->in_store) unsaved_.emplace(delivery->id, delivery);
    shard.queue.push_back(std::move(delivery));
    ++lane.count;
    ++in_memory_;
    serve(lane, shard);
}

void Outbox::serve(Lane& lane, Shard& shard) {
    if (!parts_.threads || stopping_) return;
    if (shard.served) {
        shard.ready.notify_one();
        return;
    }
    if (workers_ >= parts_.config.workers_max) return;  // whoever becomes idle takes it
    shard.served = true;
    ++workers_;
    std::thread(&Outbox::work, this, &lane, &shard).detach();  // `stop` waits until workers_ is 0
}

bool Outbox::must_wait(const Delivery& delivery) const {
    const auto pair = pairs_.find(delivery.pair);
    return pair != pairs_.end() && pair->second.front() < delivery.id;
}

void Outbox::enter_pair(Parked& parked, int64_t id) {
    std::deque<int64_t>& ids = pairs_[parked.pair];
    const auto place = std::lower_bound(ids.begin(), ids.end(), id);
    if (place != ids.end() && *place == id) {
        // the first is tried again; another one waits for those before it
        if (place == ids.begin()) parked.lane->due.emplace(parked.next_ms, id);
        return;
    }
    if (place == ids.begin()) {
        if (!ids.empty())
            if (const auto later = parked_.find(ids.front()); later != parked_.end())
                later->second.lane->due.erase({later->second.next_ms, ids.front()});
        parked.lane->due.emplace(parked.next_ms, id);
    }
    ids.insert(place, id);
}

void Outbox::park(Lane& lane, DeliveryPtr delivery, int64_t next_ms) {
    const int64_t id = delivery->id;
    unsaved_.erase(id);
    delivery->next_ms = next_ms;
    Parked& parked = parked_[id];
    parked = {.lane = &lane,
              .next_ms = next_ms,
              .pair = delivery->pair,
              .method_id = delivery->method_id,
              .memory = std::move(delivery)};
    enter_pair(parked, id);
    fresh_.push_back(id);
}

void Outbox::add(DeliveryPtr delivery) {
    const std::lock_guard lock(mutex_);
    if (health_.size() < HEALTH_MAX || health_.contains(delivery->method_id)) ++health_[delivery->method_id].pending;
    if (parked_.size() >= parts_.config.outbox_max) {
        outbox_refused.add();
        delivery->detail = fmt::format("{} deliveries wait already (notify.outbox_max)", parked_.size());
        finish(std::move(delivery), DeliveryStatus::failed);
        return;
    }
    Lane& lane = lane_of(delivery->tenant, delivery->method_id);
    if (must_wait(*delivery) || lane.count >= parts_.config.queue_max)
        park(lane, std::move(delivery), parts_.clock.now_ms());
    else
        push(lane, std::move(delivery));
    gauge();
}

void Outbox::add_finished(DeliveryPtr delivery) {
    const std::lock_guard lock(mutex_);
    deliveries_total.at({delivery->type, std::string(to_string(delivery->status))}).add();
    finished_.push_back(std::move(delivery));
}

void Outbox::restore(const std::vector<Store::Waiting>& rows) {
    const std::lock_guard lock(mutex_);
    for (const Store::Waiting& row : rows) {
        Parked& parked = parked_[row.id];
        parked = {.lane = &lane_of(row.tenant, row.method_id),
                  .next_ms = row.next_ms,
                  .pair = row.pair,
                  .method_id = row.method_id,
                  .memory = nullptr};
        ++health_[row.method_id].pending;
        enter_pair(parked, row.id);
    }
    gauge();
}

std::vector<int64_t> Outbox::due(int64_t now_ms) {
    const std::lock_guard lock(mutex_);
    std::vector<int64_t> out;
    if (stopping_) return out;
    for (auto& [host, lane] : lanes_) {
        while (!lane.due.empty() && lane.due.begin()->first <= now_ms && lane.count < parts_.config.queue_max) {
            const int64_t id = lane.due.begin()->second;
            lane.due.erase(lane.due.begin());
            const auto found = parked_.find(id);
            INVARIANT(found != parked_.end(), "what is due is parked");
            if (DeliveryPtr delivery = std::move(found->second.memory)) {
                parked_.erase(found);
                push(lane, std::move(delivery));
            } else {
                ++lane.count;  // its place
                out.push_back(id);
            }
        }
    }
    std::sort(out.begin(), out.end());
    return out;
}

void Outbox::give(const std::vector<int64_t>& ids, const std::vector<DeliveryPtr>& loaded) {
    const std::lock_guard lock(mutex_);
    size_t next = 0;
    for (const int64_t id : ids) {
        const auto found = parked_.find(id);
        INVARIANT(found != parked_.end(), "what is loaded is parked");
        const Parked parked = std::move(found->second);
        parked_.erase(found);
        --parked.lane->count;
        if (next < loaded.size() && loaded[next]->id == id) {
            push(*parked.lane, loaded[next++]);
            continue;
        }
        log_error("notify", "a waiting delivery cannot be read from the store and is lost", {{"id", id}});
        auto& ids_of_pair = pairs_[parked.pair];
        std::erase(ids_of_pair, id);
        if (ids_of_pair.empty()) pairs_.erase(parked.pair);
        if (const auto health = health_.find(parked.method_id); health != health_.end() && health->second.pending > 0)
            --health->second.pending;
    }
    gauge();
}

void Outbox::take(StoreBatch& batch, bool all) {
    const std::lock_guard lock(mutex_);
    batch.finished = std::exchange(finished_, {});
    const auto take_row = [&](const DeliveryPtr& d) {
        d->in_store = true;
        batch.waiting.push_back({.id = d->id,
                                 .next_ms = d->next_ms,
                                 .attempts = d->attempts,
                                 .offset = d->offset,
                                 .detail = d->detail,
                                 .code = d->code,
                                 .delivery = d});
    };
    for (const int64_t id : std::exchange(fresh_, {}))
        if (const auto found = parked_.find(id); found != parked_.end() && found->second.memory)
            take_row(found->second.memory);
    const int64_t settled_ms = parts_.clock.now_ms() - SETTLE_MS;
    for (auto it = unsaved_.begin(); it != unsaved_.end();) {
        // of groups and the like the log has no record: they are stored with the state that says that they are told
        if (!all && it->second->at_ms > settled_ms && it->second->offset != Delivery::NO_OFFSET) {
            ++it;
            continue;
        }
        take_row(it->second);
        it = unsaved_.erase(it);
    }
    for (const auto& [id, delivery] : unsaved_)
        batch.position = std::min(batch.position, delivery->offset);
}

void Outbox::stored(const StoreBatch& batch) {
    const std::lock_guard lock(mutex_);
    for (const OutboxRow& row : batch.waiting) {
        const auto found = parked_.find(row.id);
        if (found != parked_.end() && found->second.memory == row.delivery && row.delivery->next_ms == row.next_ms &&
            row.delivery->attempts == row.attempts)
            found->second.memory.reset();
    }
}

void Outbox::put_back(StoreBatch batch) {
    const std::lock_guard lock(mutex_);
    batch.finished.insert(batch.finished.end(), std::make_move_iterator(finished_.begin()),
                          std::make_move_iterator(finished_.end()));
    finished_ = std::move(batch.finished);
    for (const OutboxRow& row : batch.waiting) {
        if (parked_.contains(row.id))
            fresh_.push_back(row.id);
        else if (row.delivery->status == DeliveryStatus::pending)
            unsaved_.emplace(row.id, row.delivery);
    }
}

int64_t Outbox::pause_ms(uint32_t attempts) {
    const NotifyConfig& config = parts_.config;
    double pause = static_cast<double>(config.retry_interval_ms) *
                   std::pow(config.retry_growth, static_cast<double>(std::min(attempts, 1'000U)) - 1);
    pause = std::min(pause, static_cast<double>(std::max(config.retry_interval_ms_max, config.retry_interval_ms)));
    random_ = random_ * 6364136223846793005ULL + 1442695040888963407ULL;  // Knuth's MMIX
    const double part = static_cast<double>(random_ >> 11) / static_cast<double>(1ULL << 53);
    return static_cast<int64_t>(pause * (1 + config.retry_jitter * part));
}

void Outbox::finish(DeliveryPtr delivery, DeliveryStatus status) {
    delivery->status = status;
    delivery->next_ms = 0;
    unsaved_.erase(delivery->id);
    deliveries_total.at({delivery->type, std::string(to_string(status))}).add();
    if (const auto health = health_.find(delivery->method_id); health != health_.end() && health->second.pending > 0)
        --health->second.pending;
    if (const auto pair = pairs_.find(delivery->pair); pair != pairs_.end() && pair->second.front() == delivery->id) {
        pair->second.pop_front();
        if (pair->second.empty()) {
            pairs_.erase(pair);
        } else if (const auto next = parked_.find(pair->second.front()); next != parked_.end()) {
            next->second.next_ms = std::min(next->second.next_ms, parts_.clock.now_ms());
            next->second.lane->due.emplace(next->second.next_ms, next->first);
            if (parts_.wake) parts_.wake();
        }
    }
    finished_.push_back(std::move(delivery));
}

void Outbox::finish_attempt(Lane& lane, const DeliveryPtr& delivery, const Outcome& outcome, int64_t took_ms) {
    const int64_t now_ms = parts_.clock.now_ms();
    if (stopping_ && !outcome.ok) {  // it did not fail, it was given up
        park(lane, delivery, now_ms);
        return;
    }
    ++delivery->attempts;
    delivery->code = outcome.code;
    delivery->detail = outcome.detail;
    delivery->took_ms = took_ms;
    const auto health = health_.find(delivery->method_id);
    if (outcome.ok) {
        if (health != health_.end()) {
            health->second.last_ok_ms = now_ms;
            health->second.failing_since_ms = 0;
        }
        finish(delivery, DeliveryStatus::sent);
        return;
    }
    attempts_failed.at({delivery->type}).add();
    if (health != health_.end()) {
        health->second.last_error = outcome.detail;
        if (health->second.failing_since_ms == 0) health->second.failing_since_ms = now_ms;
    }
    const bool old = now_ms - delivery->notice->at_ms > parts_.config.ttl_ms;
    if (delivery->attempts < parts_.config.attempts_max && !old) {
        park(lane, delivery, now_ms + pause_ms(delivery->attempts));
        if (parts_.wake) parts_.wake();
        return;
    }
    if (uint64_t held = 0; failure_log.allow(&held))
        log_warn("notify", "a notification could not be delivered and is given up",
                 {{"method", delivery->method},
                  {"alarm", delivery->notice->events.front()->alarm.name},
                  {"attempts", delivery->attempts},
                  {"error", outcome.detail},
                  {"more", held}});
    if (old) delivery->detail += "; older than notify.ttl";
    finish(delivery, DeliveryStatus::failed);
}

Outcome Outbox::attempt(const Delivery& delivery, Line& line) const {
    const MethodPtr method = parts_.method(delivery.tenant, delivery.method_id);
    if (!method) return {.ok = false, .code = 0, .detail = "the notification method does not exist any more"};
    return tell({.line = line,
                 .method = *method,
                 .notice = *delivery.notice,
                 .config = parts_.config,
                 .external_url = parts_.external_url});
}

void Outbox::work(Lane* lane, Shard* shard) {
    ::pthread_setname_np(::pthread_self(), "notify-send");
    std::unique_ptr<Line> line = parts_.make_line();
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (shard->queue.empty()) {
            const bool wanted = workers_ >= parts_.config.workers_max;  // somebody may wait for a worker
            shard->ready.wait_for(lock, std::chrono::milliseconds(wanted ? 50 : IDLE_MS),
                                  [&] { return stopping_ || !shard->queue.empty(); });
            if (stopping_) break;
            if (!shard->queue.empty()) continue;
            shard->served = false;
            Lane* other = nullptr;
            for (auto& [host, candidate] : lanes_)
                for (const auto& s : candidate.shards)
                    if (!other && !s->served && !s->queue.empty()) {
                        other = &candidate;
                        shard = s.get();
                    }
            if (!other) break;
            lane = other;
            shard->served = true;
            continue;
        }
        const DeliveryPtr delivery = std::move(shard->queue.front());
        shard->queue.pop_front();
        if (must_wait(*delivery)) {
            --lane->count;
            --in_memory_;
            park(*lane, delivery, parts_.clock.now_ms());
            continue;
        }
        lock.unlock();
        const int64_t start_ns = parts_.clock.monotonic_ns();
        const Outcome outcome = attempt(*delivery, *line);
        const int64_t took_ns = parts_.clock.monotonic_ns() - start_ns;
        attempt_seconds.observe_ns(took_ns);
        if (delivery->attempts == 0 && !delivery->notice->group && !delivery->notice->repeat)
            first_attempt_seconds.observe_ns(
                std::max<int64_t>(parts_.clock.now_ns() - delivery->notice->events.front()->at_ms * 1'000'000, 0));
        lock.lock();
        --lane->count;
        --in_memory_;
        finish_attempt(*lane, delivery, outcome, took_ns / 1'000'000);
        gauge();
    }
    shard->served = false;
    --workers_;
    line.reset();
    workers_gone_.notify_all();
}

size_t Outbox::run() {
    size_t attempts = 0;
    std::unique_ptr<Line> line = parts_.make_line();
    std::unique_lock lock(mutex_);
    for (auto& [host, lane] : lanes_) {
        for (const auto& shard : lane.shards) {
            while (!shard->queue.empty()) {
                const DeliveryPtr delivery = std::move(shard->queue.front());
                shard->queue.pop_front();
                --lane.count;
                --in_memory_;
                if (must_wait(*delivery)) {
                    park(lane, delivery, parts_.clock.now_ms());
                    continue;
                }
                lock.unlock();
                const Outcome outcome = attempt(*delivery, *line);
                lock.lock();
                finish_attempt(lane, delivery, outcome, 0);
                ++attempts;
            }
        }
    }
    return attempts;
}

void Outbox::stop() {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    for (auto& [host, lane] : lanes_)
        for (const auto& shard : lane.shards)
            shard->ready.notify_all();
    workers_gone_.wait(lock, [&] { return workers_ == 0; });
}

bool Outbox::is_waiting(const std::string& pair) const {
    const std::lock_guard lock(mutex_);
    return pairs_.contains(pair);
}

MethodHealth Outbox::health(const std::string& method_id) const {
    const std::lock_guard lock(mutex_);
    const auto found = health_.find(method_id);
    return found == health_.end() ? MethodHealth{} : found->second;
}

size_t Outbox::unsaved() const {
    const std::lock_guard lock(mutex_);
    return unsaved_.size() + fresh_.size() + finished_.size();
}

size_t Outbox::outstanding() const {
    const std::lock_guard lock(mutex_);
    return in_memory_ + parked_.size();
}

std::optional<int64_t> Outbox::next_due_ms() const {
    const std::lock_guard lock(mutex_);
    std::optional<int64_t> out;
    for (const auto& [host, lane] : lanes_) {
        if (lane.due.empty() || lane.count >= parts_.config.queue_max) continue;
        out = std::min(out.value_or(INT64_MAX), lane.due.begin()->first);
    }
    return out;
}

}  // namespace belfry::notify
