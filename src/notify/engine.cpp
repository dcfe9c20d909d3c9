#include "notify/engine.h"

#include "base/log.h"
#include "catalog/alarm_log.h"
#include "notify/net_line.h"
#include "notify/stats.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace belfry::notify {
namespace {

constexpr int64_t IDLE_WAIT_MS = 1'000;
constexpr size_t STORE_AT = 4'000;  // unsaved outcomes are stored before their time

std::string pair_of(std::string_view subject, std::string_view method_id) {
    return std::string(subject) + '|' + std::string(method_id);
}

const std::vector<std::string>& actions_of(const catalog::AlarmDefinition& definition, model::AlarmState state) {
    switch (state) {
        case model::AlarmState::ok: return definition.ok_actions;
        case model::AlarmState::undetermined: return definition.undetermined_actions;
        case model::AlarmState::alarm: break;
    }
    return definition.alarm_actions;
}

}  // namespace

Engine::Engine(Parts parts, Networks networks, std::unique_ptr<Store> store)
    : parts_(std::move(parts)),
      networks_(std::move(networks)),
      store_(std::move(store)),
      view_(parts_.catalog, parts_.config),
      cancel_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      inhibition_(parts_.alarms),
      groups_(view_, inhibition_, parts_.find_alarm, parts_.config),
      repeats_(view_, parts_.find_alarm, parts_.config),
      hushed_(view_, inhibition_, parts_.find_alarm, parts_.config) {
    if (!parts_.config.external_url.empty()) parts_.external_url = parts_.config.external_url;
    while (parts_.external_url.ends_with('/'))
        parts_.external_url.pop_back();
    if (!parts_.make_line)
        parts_.make_line = [this] { return std::make_unique<NetLine>(parts_.clock, networks_, cancel_fd_); };
    outbox_ = std::make_unique<Outbox>(Outbox::Parts{
        .clock = parts_.clock,
        .config = parts_.config,
        .method = [this](std::string_view tenant, std::string_view id) { return view_.method(tenant, id); },
        .make_line = parts_.make_line,
        .external_url = parts_.external_url,
        .threads = parts_.threads,
        .wake = [this] { clock_wake_.notify_one(); }});
}

Result<std::unique_ptr<Engine>> Engine::open(Parts parts) {
    Networks networks = TRY(Networks::make(parts.config.allow_networks, parts.config.deny_networks));
    auto store = TRY(Store::open(parts.path).context("open {}", parts.path));
    auto restored = TRY(store->load().context("read {}", parts.path));
    std::unique_ptr<Engine> out(new Engine(std::move(parts), std::move(networks), std::move(store)));
    out->restore(std::move(restored));
    return out;
}

void Engine::restore(Store::Restored restored) {
    applied_to_ = stored_to_ = restored.position;
    next_id_ = restored.next_id;
    told_.insert(std::make_move_iterator(restored.told.begin()), std::make_move_iterator(restored.told.end()));
    groups_.restore(restored.groups);
    repeats_.restore(restored.repeats);
    hushed_.restore(restored.hushed);
    waiting_ = std::move(restored.waiting);
}

Engine::~Engine() {
    stop();
    ::close(cancel_fd_);
}

void Engine::start() {
    {
        const std::lock_guard lock(mutex_);
        if (started_ || stopping_) return;
        outbox_->restore(std::exchange(waiting_, {}));
        started_ = true;
        room_.notify_all();
    }
    if (!parts_.threads) return;
    clock_thread_ = std::thread([this] { run_clock(); });
    store_thread_ = std::thread([this] { run_store(); });
}

void Engine::stop() {
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(stopping_, true)) return;
        clock_wake_.notify_all();
        store_wake_.notify_all();
        room_.notify_all();
    }
    const uint64_t one = 1;
    (void)!::write(cancel_fd_, &one, sizeof one);
    if (clock_thread_.joinable()) clock_thread_.join();
    outbox_->stop();
    if (store_thread_.joinable()) store_thread_.join();
    if (!started_) return;
    if (Status done = flush(true); !done.ok())
        log_error("notify", "what waits could not be stored, the log keeps it", {{"error", done.error().message}});
}

uint64_t Engine::stored_to() const {
    const std::lock_guard lock(mutex_);
    return stored_to_;
}

DeliveryPtr Engine::make_delivery(std::shared_ptr<const Notice> notice,
                                  const Method& method,
                                  const std::string& tenant) {
    auto d = std::make_shared<Delivery>();
    d->id = next_id_++;
    d->at_ms = parts_.clock.now_ms();
    d->tenant = tenant;
    d->method_id = method.method.id;
    d->method = method.method.name;
    d->type = method.method.type;
    d->pair = pair_of(notice->group ? notice->group->key : notice->events.front()->alarm.id, d->method_id);
    d->notice = std::move(notice);
    return d;
}

bool Engine::tell(const EventPtr& event, const MethodPtr& method, uint64_t offset, Why why) {
    const model::Alarm& alarm = event->alarm;
    const int64_t now_ms = parts_.clock.now_ms();
    const bool repeat = why == Why::repeat;
    auto notice = std::make_shared<Notice>();
    notice->key = repeat ? fmt::format("{}-{}", event->id, now_ms / 1000) : event->id;
    notice->events = {event};
    notice->repeat = repeat;
    notice->at_ms = why == Why::transition ? event->at_ms : now_ms;
    DeliveryPtr d = make_delivery(std::move(notice), *method, alarm.tenant);
    d->offset = offset;
    const model::Dimensions labels = labels_of(alarm);
    const auto silences = view_.silenced_by(alarm.tenant, labels, now_ms);
    const std::string inhibitor =
        silences.empty() ? inhibition_.inhibited_by(view_.routing(alarm.tenant), alarm, labels) : "";
    if (silences.empty() && inhibitor.empty()) {
        outbox_->add(std::move(d));
        return true;
    }
    if (why != Why::transition) return false;  // that it is quiet stands in the log once, with its transition
    d->status = silences.empty() ? DeliveryStatus::inhibited : DeliveryStatus::silenced;
    d->detail = silences.empty() ? "alarm " + inhibitor + " rings" : "silence " + silences.front();
    outbox_->add_finished(std::move(d));
    return false;
}

void Engine::decide(const model::AlarmEvent& event, Hushed::Place place) {
    using Kind = model::AlarmEvent::Kind;
    const model::Alarm& alarm = event.alarm;
    if (event.kind == Kind::deleted) {
        repeats_.clear(alarm.id);
        hushed_.clear(alarm.id, place);
        groups_.forget(alarm.id);
        inhibition_.forget(alarm.tenant, alarm.id);
        return;
    }
    if (event.kind != Kind::transition) return;
    const int64_t now_ms = parts_.clock.now_ms();
    const RoutingPtr routing = view_.routing(alarm.tenant);
    inhibition_.note(routing, alarm);
    repeats_.clear(alarm.id);
    hushed_.clear(alarm.id, place);
    if (!alarm.actions_enabled) return;
    if (event.at_ms < now_ms - parts_.config.ttl_ms) {
        transitions_skipped.add();
        return;
    }
    EventPtr shared;
    const auto share = [&]() -> const EventPtr& {
        if (!shared) shared = std::make_shared<const model::AlarmEvent>(event);
        return shared;
    };
    const auto tell_or_hush = [&](const MethodPtr& method) {
        if (tell(share(), method, place.offset, Why::transition)) return;
        // a method with a period tells it then anyway
        if (alarm.state == model::AlarmState::alarm && method->method.period_s == 0)
            hushed_.add(share(), method->method.id, place);
    };
    const auto definition = alarm.definition_id.empty() ? nullptr : view_.definition(alarm.tenant, alarm.definition_id);
    if (definition) {
        for (const std::string& id : actions_of(*definition, alarm.state)) {
            const MethodPtr method = view_.method(alarm.tenant, id);
            if (!method) {
                actions_unknown.add();
                continue;
            }
            if (method->method.period_s > 0) (void)repeats_.add(share(), *method, now_ms);
            if (!told_.empty() && told_.contains(Store::told_key(event.id, id))) continue;
            tell_or_hush(method);
        }
    }
    if (routing->has_route && !groups_.add(share(), place.offset, now_ms)) {
        for (const Route* route : routing->find(labels_of(alarm))) {  // no room for a group: alone
            const MethodPtr method = view_.method_by_name(alarm.tenant, route->receiver);
            if (method) tell_or_hush(method);
        }
    }
}

void Engine::apply(uint64_t offset, uint64_t next_offset, const model::AlarmBatch& batch) {
    const size_t unsaved_max = static_cast<size_t>(parts_.config.queue_max) * 4 + STORE_AT;
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return started_ || stopping_; });
    uint64_t index = 0;
    for (const model::AlarmEvent& event : batch.events) {
        if (stopping_) return;  // the log has it, and what is decided of it is known by its id
        decide(event, {.offset = offset, .index = index++});
        if (parts_.threads && outbox_->unsaved() > unsaved_max) {
            store_wake_.notify_one();
            room_.wait_for(lock, std::chrono::milliseconds(parts_.config.store_ms),
                           [&] { return stopping_ || outbox_->unsaved() <= unsaved_max; });
        }
    }
    applied_to_ = next_offset;
    clock_wake_.notify_one();
}

void Engine::tell_groups() {
    for (GroupNotice& group : groups_.due(parts_.clock.now_ms())) {
        DeliveryPtr d = make_delivery(std::move(group.notice), *group.method, group.tenant);
        d->status = group.status;
        d->detail = std::move(group.detail);
        if (d->status == DeliveryStatus::pending)
            outbox_->add(std::move(d));
        else
            outbox_->add_finished(std::move(d));
    }
}

void Engine::tick() {
    const int64_t now_ms = parts_.clock.now_ms();
    {
        const std::lock_guard lock(mutex_);
        for (const Repeats::Due& due : repeats_.due(now_ms)) {
            if (outbox_->is_waiting(pair_of(due.event->alarm.id, due.method->method.id))) continue;
            tell(due.event, due.method, Delivery::NO_OFFSET, Why::repeat);
        }
        for (const Hushed::Due& due : hushed_.due(now_ms))
            tell(due.event, due.method, Delivery::NO_OFFSET, Why::quiet_over);
        tell_groups();
    }
    while (true) {
        const std::vector<int64_t> ids = outbox_->due(now_ms);
        if (ids.empty()) return;
        auto loaded = store_->waiting(ids);
        if (!loaded.ok())
            log_error("notify", "what waits cannot be read from the store", {{"error", loaded.error().message}});
        outbox_->give(ids, loaded.ok() ? *loaded : std::vector<DeliveryPtr>());
    }
}

void Engine::run_clock() {
    ::pthread_setname_np(::pthread_self(), "notify-clock");
    while (true) {
        tick();
        const auto waiting = outbox_->next_due_ms();
        std::unique_lock lock(mutex_);
        if (stopping_) return;
        int64_t next_ms = parts_.clock.now_ms() + IDLE_WAIT_MS;
        for (const auto& due : {waiting, repeats_.next_due_ms(), groups_.next_due_ms(), hushed_.next_due_ms()})
            next_ms = std::min(next_ms, due.value_or(INT64_MAX));
        // a lane that is full has what is due, too: no faster than this
        const int64_t wait_ms = std::clamp<int64_t>(next_ms - parts_.clock.now_ms(), 20, IDLE_WAIT_MS);
        if (!stopping_) clock_wake_.wait_for(lock, std::chrono::milliseconds(wait_ms));
    }
}

void Engine::run_store() {
    ::pthread_setname_np(::pthread_self(), "notify-store");
    LogLimiter failure_log;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        store_wake_.wait_for(lock, std::chrono::milliseconds(parts_.config.store_ms));
        lock.unlock();
        Status done = flush(false);
        if (!done.ok()) {
            store_failures.add();
            if (uint64_t held = 0; failure_log.allow(&held))
                log_error("notify", "outcomes could not be stored, they will be tried again",
                          {{"error", done.error().message}});
        }
        lock.lock();
        room_.notify_all();
    }
}

Status Engine::flush(bool all) {
    const std::lock_guard one(flush_mutex_);
    StoreBatch batch;
    {
        const std::lock_guard lock(mutex_);
        if (!started_) return {};
        batch.position = applied_to_;
        outbox_->take(batch, all);
        groups_.take(batch, parts_.clock.now_ms(), all);
        repeats_.take(batch);
        hushed_.take(batch);
        batch.next_id = next_id_;
        if (batch.empty() && batch.position == stored_to_) return {};
    }
    batch.position = std::max(batch.position, stored_to());
    Status done = store_->write(batch);
    const std::lock_guard lock(mutex_);
    if (!done.ok()) {
        groups_.put_back(batch.groups);
        repeats_.put_back(batch.repeats);
        hushed_.put_back(batch.hushed);
        outbox_->put_back(std::move(batch));
        return done;
    }
    outbox_->stored(batch);
    stored_to_ = batch.position;
    return {};
}

void Engine::step() {
    do
        tick();
    while (outbox_->run() > 0);
    (void)flush(false);
}

Engine::TestResult Engine::test(const catalog::NotificationMethod& method) {
    const int64_t start_ms = parts_.clock.monotonic_ms();
    const auto prepared = prepare_method(method, parts_.config);
    if (!prepared.ok()) return {.outcome = {.ok = false, .code = 0, .detail = prepared.error().message}, .took_ms = 0};
    model::AlarmEvent event;
    event.id = catalog::random_uuid();
    event.at_ms = parts_.clock.now_ms();
    event.old_state = model::AlarmState::undetermined;
    model::Alarm& alarm = event.alarm;
    alarm.id = catalog::random_uuid();
    alarm.tenant = method.tenant;
    alarm.name = "Test of " + method.name;
    alarm.description = "Somebody tests this notification method; nothing is wrong.";
    alarm.state = model::AlarmState::ok;
    alarm.reason = "This is a test";
    alarm.state_updated_ms = alarm.created_ms = alarm.updated_ms = event.at_ms;
    alarm.labels = {{"test", "true"}};
    const Notice notice{.key = event.id,
                        .events = {std::make_shared<const model::AlarmEvent>(event)},
                        .group = nullptr,
                        .repeat = false,
                        .at_ms = event.at_ms};
    const std::unique_ptr<Line> line = parts_.make_line();
    TestResult out;
    out.outcome = notify::tell({.line = *line,
                                .method = **prepared,
                                .notice = notice,
                                .config = parts_.config,
                                .external_url = parts_.external_url});
    out.took_ms = parts_.clock.monotonic_ms() - start_ms;
    return out;
}

void Engine::reroute(std::string_view tenant) {
    if (!parts_.alarms) return;
    const auto alarms = parts_.alarms(tenant);
    const std::lock_guard lock(mutex_);
    for (const auto& alarm : alarms) {
        if (alarm->state != model::AlarmState::alarm || !alarm->actions_enabled) continue;
        model::AlarmEvent event;
        event.id = "reroute-" + alarm->id;
        event.at_ms = alarm->state_updated_ms;
        event.alarm = *alarm;
        (void)groups_.add(std::make_shared<const model::AlarmEvent>(std::move(event)), Delivery::NO_OFFSET,
                          parts_.clock.now_ms());
    }
    clock_wake_.notify_one();
}

std::vector<GroupView> Engine::groups(std::string_view tenant) {
    const std::lock_guard lock(mutex_);
    return groups_.view(tenant);
}

Engine::Quiet Engine::quiet(const model::Alarm& alarm) {
    const model::Dimensions labels = labels_of(alarm);
    Quiet out;
    out.silenced_by = view_.silenced_by(alarm.tenant, labels, parts_.clock.now_ms());
    const RoutingPtr routing = view_.routing(alarm.tenant);
    const std::lock_guard lock(mutex_);
    out.inhibited_by = inhibition_.inhibited_by(routing, alarm, labels);
    return out;
}

Status Engine::copy_to(const std::string& path) {
    TRY(flush(true));
    return store_->copy_to(path).context("copy the notifications to {}", path);
}

Status Engine::trim() {
    return store_->trim(parts_.clock.now_ms() - parts_.config.log_ms, parts_.config.log_rows_max);
}

}  // namespace belfry::notify
