#include "alarm/desk/desk.h"

#include "base/utf8.h"
#include "catalog/alarm_merge.h"

namespace belfry::alarm {
namespace {

constexpr std::string_view ALARM_ID = "alarm_id";
constexpr size_t REMOVED_AT_ONCE = 1'000;

using model::Alarm;
using model::AlarmEvent;
using Kind = model::AlarmEvent::Kind;

size_t characters(std::string_view text) {
    return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

Status check_text(std::string_view text, size_t characters_max, std::string_view what) {
    if (!is_utf8(text)) return make_error(Code::invalid, "{} is not UTF-8", what);
    if (characters(text) > characters_max)
        return make_error(Code::invalid, "{} has more than {} characters", what, characters_max);
    return {};
}

Status check_quiet(const Quiet& quiet, int64_t now_ms) {
    if (quiet.reason.empty()) return make_error(Code::invalid, "a reason is needed");
    TRY(check_text(quiet.reason, REASON_BYTES_MAX, "reason"));
    if (quiet.until_ms != 0 && quiet.until_ms <= now_ms)
        return make_error(Code::invalid, "until_ms is in the past: it is milliseconds since 1970");
    return {};
}

/// The mutes of an alarm that have not ended.
std::vector<catalog::Silence> mutes_of(const catalog::Catalog& catalog,
                                       std::string_view tenant,
                                       std::string_view id,
                                       int64_t now_ms) {
    std::vector<catalog::Silence> out;
    for (const auto& [silence_id, document] : *catalog.snapshot()->documents(catalog::SILENCE)) {
        if (document->tenant != tenant) continue;
        auto silence = catalog::read_silence(*document);
        if (silence.ok() && silence->ends_ms > now_ms && muted_alarm(*silence) == id)
            out.push_back(std::move(*silence));
    }
    return out;
}

}  // namespace

const model::Acknowledgement* acknowledgement(const Alarm& alarm, int64_t now_ms) {
    if (!alarm.acknowledged || alarm.state == model::AlarmState::ok) return nullptr;
    const bool over = alarm.acknowledged->until_ms != 0 && alarm.acknowledged->until_ms <= now_ms;
    return over ? nullptr : &*alarm.acknowledged;
}

std::string_view muted_alarm(const catalog::Silence& silence) {
    if (silence.matchers.size() != 1) return {};
    const model::Matcher& matcher = silence.matchers.front();
    return matcher.name() == ALARM_ID && matcher.op() == model::Matcher::Op::equal ? std::string_view(matcher.value())
                                                                                   : std::string_view();
}

Result<AlarmPtr> Desk::find(std::string_view tenant, std::string_view id) const {
    if (AlarmPtr alarm = tenant.empty() ? nullptr : parts_.store.find(tenant, id)) return alarm;
    return make_error(Code::not_found, "there is no alarm {}", id);
}

AlarmEvent Desk::event_of(Kind kind, const Alarm& alarm, std::string_view by) const {
    AlarmEvent event{.kind = kind, .id = catalog::random_uuid(), .at_ms = parts_.clock.now_ms(), .alarm = alarm};
    event.old_state = alarm.state;
    event.by = by.empty() ? "somebody" : std::string(by);  // it is a person's doing, so a line of the history
    event.alarm.updated_ms = event.at_ms;
    return event;
}

Status Desk::submit(std::vector<AlarmEvent> events) {
    model::AlarmBatch batch{.origin = std::string(catalog::PEOPLE), .covered = 0, .events = std::move(events)};
    const uint64_t offset = TRY(parts_.log.submit(std::move(batch)).context("write the change to the log"));
    const int64_t wait_ms = parts_.catalog.config().apply_wait_ms;
    if (parts_.store.wait_applied(offset, wait_ms)) return {};
    return make_error(Code::timeout, "the change is written and will be applied, but was not within {} ms", wait_ms);
}

Result<AlarmPtr> Desk::change(std::string_view tenant,
                              std::string_view id,
                              const AlarmChange& change,
                              std::string_view by) {
    if (change.lifecycle_state) TRY(check_text(*change.lifecycle_state, LIFECYCLE_CHARACTERS_MAX, "lifecycle_state"));
    if (change.link) TRY(check_text(*change.link, LINK_CHARACTERS_MAX, "link"));
    const std::lock_guard lock(mutex_);
    const AlarmPtr alarm = TRY(find(tenant, id));
    std::vector<AlarmEvent> events;
    if (change.lifecycle_state || change.link) {
        AlarmEvent event = event_of(Kind::changed, *alarm, by);
        if (change.lifecycle_state) event.alarm.lifecycle_state = *change.lifecycle_state;
        if (change.link) event.alarm.link = *change.link;
        events.push_back(std::move(event));
    }
    if (change.state && *change.state != alarm->state) {
        AlarmEvent event = event_of(Kind::transition, events.empty() ? *alarm : events.front().alarm, by);
        event.alarm.state = *change.state;
        event.alarm.reason = SET_BY_API;
        event.alarm.value.reset();
        event.alarm.state_updated_ms = event.at_ms;
        events.push_back(std::move(event));
    }
    if (events.empty()) return alarm;
    TRY(submit(std::move(events)));
    return find(tenant, id);
}

Result<AlarmPtr> Desk::set_acknowledgement(std::string_view tenant,
                                           std::string_view id,
                                           std::optional<model::Acknowledgement> acknowledged,
                                           std::string_view by) {
    const std::lock_guard lock(mutex_);
    const AlarmPtr alarm = TRY(find(tenant, id));
    if (acknowledged && alarm->state == model::AlarmState::ok)
        return make_error(Code::conflict, "alarm {} is OK, there is nothing to acknowledge", id);
    if (!acknowledged && !alarm->acknowledged) return alarm;
    AlarmEvent event = event_of(Kind::changed, *alarm, by);
    event.alarm.acknowledged = std::move(acknowledged);
    TRY(submit({std::move(event)}));
    return find(tenant, id);
}

Result<AlarmPtr> Desk::acknowledge(std::string_view tenant,
                                   std::string_view id,
                                   const Quiet& quiet,
                                   std::string_view by) {
    const int64_t now_ms = parts_.clock.now_ms();
    TRY(check_quiet(quiet, now_ms));
    return set_acknowledgement(
        tenant, id,
        model::Acknowledgement{
            .by = std::string(by), .reason = quiet.reason, .at_ms = now_ms, .until_ms = quiet.until_ms},
        by);
}

Result<AlarmPtr> Desk::withdraw(std::string_view tenant, std::string_view id, std::string_view by) {
    return set_acknowledgement(tenant, id, std::nullopt, by);
}

Status Desk::remove(std::string_view tenant, std::string_view id, std::string_view by) {
    const std::lock_guard lock(mutex_);
    const AlarmPtr alarm = TRY(find(tenant, id));
    return submit({event_of(Kind::deleted, *alarm, by)});
}

Status Desk::remove_of_definition(std::string_view tenant, std::string_view definition_id, std::string_view by) {
    const std::lock_guard lock(mutex_);
    std::vector<AlarmEvent> events;
    for (const AlarmPtr& alarm : parts_.store.alarms(tenant)) {
        if (alarm->definition_id != definition_id) continue;
        events.push_back(event_of(Kind::deleted, *alarm, by));
        if (events.size() < REMOVED_AT_ONCE) continue;
        TRY(submit(std::exchange(events, {})));
    }
    return events.empty() ? Status() : submit(std::move(events));
}

Result<size_t> Desk::remove_orphans() {
    const std::lock_guard lock(mutex_);
    // the alarms first: what is defined between the two reads is no orphan
    const std::vector<AlarmPtr> alarms = parts_.store.alarms("");
    const auto definitions = parts_.catalog.snapshot()->documents(catalog::ALARM_DEFINITION);
    std::vector<AlarmEvent> events;
    size_t removed = 0;
    for (const AlarmPtr& alarm : alarms) {
        const bool defined =
            alarm->source == model::AlarmSource::threshold || alarm->source == model::AlarmSource::query;
        if (!defined || definitions->contains(alarm->definition_id)) continue;
        ++removed;
        events.push_back(event_of(Kind::deleted, *alarm, "definition removed"));
        if (events.size() < REMOVED_AT_ONCE) continue;
        TRY(submit(std::exchange(events, {})));
    }
    if (!events.empty()) TRY(submit(std::move(events)));
    return removed;
}

Result<catalog::Silence> Desk::mute(std::string_view tenant,
                                    std::string_view id,
                                    const Quiet& quiet,
                                    std::string_view by) {
    const int64_t now_ms = parts_.clock.now_ms();
    TRY(check_quiet(quiet, now_ms));
    if (quiet.until_ms == 0) return make_error(Code::invalid, "until_ms is needed: a mute has an end");
    const std::lock_guard lock(mutex_);
    TRY(find(tenant, id));
    catalog::Silence silence{.id = catalog::random_uuid(), .tenant = std::string(tenant), .starts_ms = now_ms};
    if (auto before = mutes_of(parts_.catalog, tenant, id, now_ms); !before.empty())
        silence = std::move(before.front());
    if (silence.matchers.empty())
        silence.matchers.push_back(
            TRY(model::Matcher::make(model::Matcher::Op::equal, std::string(ALARM_ID), std::string(id))));
    silence.starts_ms = std::min(silence.starts_ms, now_ms);
    silence.ends_ms = quiet.until_ms;
    silence.created_by = by;
    silence.comment = quiet.reason;
    TRY(parts_.changes.save_document(catalog::to_document(silence), by));
    return silence;
}

Status Desk::unmute(std::string_view tenant, std::string_view id, std::string_view by) {
    const std::lock_guard lock(mutex_);
    TRY(find(tenant, id));
    const int64_t now_ms = parts_.clock.now_ms();
    for (catalog::Silence& silence : mutes_of(parts_.catalog, tenant, id, now_ms)) {
        silence.ends_ms = now_ms;
        TRY(parts_.changes.save_document(catalog::to_document(silence), by));
    }
    return {};
}

std::optional<int64_t> Desk::muted_until(std::string_view tenant, std::string_view id) const {
    const int64_t now_ms = parts_.clock.now_ms();
    std::optional<int64_t> until_ms;
    for (const catalog::Silence& silence : mutes_of(parts_.catalog, tenant, id, now_ms))
        if (silence.starts_ms <= now_ms) until_ms = std::max(until_ms.value_or(0), silence.ends_ms);
    return until_ms;
}

}  // namespace belfry::alarm
