#include "alarm/threshold/engine.h"
#include "alarm/threshold/window_format.h"
#include "base/bytes.h"
#include "base/hash.h"

#include <algorithm>
#include <bit>

namespace belfry::alarm {
namespace {

using model::AlarmState;

constexpr uint8_t ANNOUNCE = 1;
constexpr uint8_t DECIDED = 2;

// What must be equal for the slots to mean the same.
uint64_t window_hash(const SubExpression& sub) {
    std::string bytes;
    bytes += static_cast<char>(sub.function);
    put_sized(bytes, sub.metric);
    for (const auto& [name, value] : sub.dimensions) {
        put_sized(bytes, name);
        put_sized(bytes, value);
    }
    put_le(bytes, sub.period_s);
    put_le(bytes, sub.times);
    return hash64(bytes);
}

void put_f64(std::string& out, double value) {
    put_le(out, std::bit_cast<uint64_t>(value));
}

struct SavedSub {
    uint64_t window = 0;
    AlarmState state = AlarmState::undetermined;
    uint8_t flags = 0;
    uint64_t empty = 0;
    int64_t view_end_s = 0;
    int64_t newest_ms = 0;
    std::vector<Slot> slots;
    std::vector<double> values;
};
struct SavedAlarm {
    std::string_view id;
    std::vector<SavedSub> subs;
};
struct SavedMetric {
    uint64_t id = 0;
    std::string_view labels;
    int64_t time_ms = 0;
    double value = 0;
};
struct Saved {
    uint64_t offset = 0;
    int64_t now_ms = 0;
    std::vector<SavedAlarm> alarms;
    std::vector<SavedMetric> waiting;
};

bool read_f64(ByteReader& in, double* value) {
    uint64_t bits = 0;
    if (!in.le(&bits)) return false;
    *value = std::bit_cast<double>(bits);
    return true;
}

// A count of things that take at least `bytes` each.
bool read_count(ByteReader& in, size_t bytes, uint64_t* count) {
    return in.varint(count) && *count <= in.left() / bytes;
}

bool read_sub(ByteReader& in, SavedSub& sub) {
    uint8_t state = 0;
    uint64_t count = 0;
    if (!in.le(&sub.window) || !in.le(&state) || state > 2 || !in.le(&sub.flags) || !in.varint(&sub.empty) ||
        !in.zigzag64(&sub.view_end_s) || !in.zigzag64(&sub.newest_ms) || !read_count(in, 1, &count))
        return false;
    sub.state = static_cast<AlarmState>(state);
    sub.slots.resize(count);
    for (Slot& slot : sub.slots)
        if (!in.varint(&slot.count) || (slot.count > 0 && !read_f64(in, &slot.value))) return false;
    if (!read_count(in, 8, &count)) return false;
    sub.values.resize(count);
    return std::all_of(sub.values.begin(), sub.values.end(), [&](double& value) { return read_f64(in, &value); });
}

bool read_body(ByteReader& in, Saved& out) {
    uint64_t count = 0;
    if (!in.varint(&out.offset) || !in.zigzag64(&out.now_ms) || !read_count(in, 2, &count)) return false;
    out.alarms.resize(count);
    for (SavedAlarm& alarm : out.alarms) {
        if (!in.sized(&alarm.id) || !read_count(in, 10, &count)) return false;
        alarm.subs.resize(count);
        if (!std::all_of(alarm.subs.begin(), alarm.subs.end(), [&](SavedSub& sub) { return read_sub(in, sub); }))
            return false;
    }
    if (!read_count(in, 11, &count)) return false;
    out.waiting.resize(count);
    for (SavedMetric& metric : out.waiting) {
        if (!in.varint(&metric.id) || !in.sized(&metric.labels) || !in.zigzag64(&metric.time_ms) ||
            !read_f64(in, &metric.value) || !model::Labels::is_canonical(metric.labels))
            return false;
    }
    return in.done();
}

Result<Saved> read_saved(std::string_view bytes) {
    const size_t head = WINDOWS_MAGIC.size() + 4;
    if (bytes.size() < head + 4 || !bytes.starts_with(WINDOWS_MAGIC))
        return make_error(Code::corrupt, "this is no file of alarms' windows");
    const auto version = get_le<uint32_t>(bytes.data() + WINDOWS_MAGIC.size());
    if (version != WINDOWS_VERSION) return make_error(Code::corrupt, "version {} is not known", version);
    const std::string_view checked = bytes.substr(0, bytes.size() - 4);
    if (crc32c(checked) != get_le<uint32_t>(bytes.data() + checked.size())) return make_error(Code::corrupt, "bad crc");
    Saved out;
    ByteReader in(checked.substr(head));
    if (!read_body(in, out)) return make_error(Code::corrupt, "its end or a count is wrong");
    return out;
}

}  // namespace

void ThresholdEngine::adopt(const model::Alarm& alarm, int64_t now_ms) {
    now_ms_ = std::max(now_ms_, now_ms);
    if (alarms_by_id_.contains(alarm.id)) return;
    const auto found = definitions_by_id_.find(alarm.definition_id);
    if (found == definitions_by_id_.end()) {
        // its definition went while nobody watched
        if (refused_.contains(alarm.definition_id)) return;
        model::Alarm gone;
        gone.id = alarm.id;
        gone.tenant = alarm.tenant;
        gone.definition_id = alarm.definition_id;
        emit(model::AlarmEvent::Kind::deleted, std::move(gone), alarm.state, "");
        return;
    }
    Definition& definition = *definitions_[found->second];
    if (!definition.active) {
        std::erase(inactive_, found->second);
        activate(definition, found->second);
    }
    MatchKey key;
    for (size_t i = 0; i < definition.facts.match_by.size(); ++i) {
        const auto label = std::find_if(alarm.labels.begin(), alarm.labels.end(),
                                        [&](const auto& l) { return l.first == definition.facts.match_by[i]; });
        key.values.emplace_back(label == alarm.labels.end() ? "" : label->second);
        if (!key.values.back().empty()) key.mask |= uint64_t{1} << i;
    }
    const uint32_t group = definition.groups->group(key);
    if (definition.groups->at(group).alarm != NONE) return;
    AlarmRow& row = alarms_[make_alarm(found->second, group, alarm.id)];
    row.state = alarm.state;
    row.reason = alarm.reason;
    row.value = alarm.value;
    row.state_updated_ms = alarm.state_updated_ms;
    row.created_ms = alarm.created_ms;
    row.metrics = alarm.metrics;
    row.lifecycle_state = alarm.lifecycle_state;
    row.link = alarm.link;
    row.acknowledged = alarm.acknowledged;
    for (uint32_t i = 0; i < definition.plans.size(); ++i)
        windows_.anchor(row.first_window + i, alarm.created_ms / 1'000, (now_ms - parts_.config.delay_ms) / 1'000);
    // Without saved windows one comparison is as its alarm; of several nobody knows, and the alarm stays until all say.
    if (definition.plans.size() == 1) windows_.at(row.first_window).state = alarm.state;
}

std::string ThresholdEngine::save(uint64_t offset) const {
    std::string out(WINDOWS_MAGIC);
    put_le(out, WINDOWS_VERSION);
    put_varint(out, offset);
    put_zigzag(out, now_ms_);
    put_varint(out, alarms_by_id_.size());
    for (const auto& [id, index] : alarms_by_id_) {
        const AlarmRow& row = alarms_[index];
        const Definition& definition = *definitions_[row.definition];
        put_sized(out, id);
        put_varint(out, definition.place.size());
        for (const uint32_t place : definition.place) {
            const Window& w = windows_.at(row.first_window + place);
            put_le(out, window_hash(w.plan->sub));
            out += static_cast<char>(w.state);
            out += static_cast<char>((w.announce ? ANNOUNCE : 0) | (w.decided ? DECIDED : 0));
            put_varint(out, w.empty_observations);
            put_zigzag(out, w.view_end_s);
            put_zigzag(out, w.newest_ms);
            put_varint(out, w.plan->slots);
            for (uint32_t i = 0; i < w.plan->slots; ++i) {
                const Slot& slot = windows_.slot(w, i);
                put_varint(out, slot.count);
                if (slot.count > 0) put_f64(out, slot.value);
            }
            put_varint(out, w.value_count);
            for (const double value : windows_.values(w))
                put_f64(out, value);
        }
    }
    std::string waiting;
    uint64_t count = 0;
    for (const Member& member : members_) {
        if (member.definition == NONE || member.time_ms == INT64_MIN) continue;
        ++count;
        put_varint(waiting, member.id);
        put_sized(waiting, member.labels);
        put_zigzag(waiting, member.time_ms);
        put_f64(waiting, member.value);
    }
    put_varint(out, count);
    out += waiting;
    put_le(out, crc32c(out));
    return out;
}

Result<uint64_t> saved_offset(std::string_view snapshot) {
    return TRY(read_saved(snapshot)).offset;
}

int64_t saved_time_ms(std::string_view snapshot) {
    return read_saved(snapshot).value().now_ms;
}

Result<uint64_t> ThresholdEngine::load(std::string_view snapshot) {
    const Saved saved = TRY(read_saved(snapshot));
    for (const SavedAlarm& alarm : saved.alarms) {
        const auto found = alarms_by_id_.find(alarm.id);
        if (found == alarms_by_id_.end()) continue;
        const AlarmRow& row = alarms_[found->second];
        const Definition& definition = *definitions_[row.definition];
        for (size_t i = 0; i < definition.place.size() && i < alarm.subs.size(); ++i) {
            Window& w = windows_.at(row.first_window + definition.place[i]);
            const SavedSub& sub = alarm.subs[i];
            if (window_hash(w.plan->sub) != sub.window || sub.slots.size() != w.plan->slots) continue;
            w.state = sub.state;
            w.announce = (sub.flags & ANNOUNCE) != 0;
            w.decided = (sub.flags & DECIDED) != 0;
            w.empty_observations = static_cast<uint32_t>(sub.empty);
            w.view_end_s = sub.view_end_s;
            w.newest_ms = sub.newest_ms;
            for (uint32_t k = 0; k < w.plan->slots; ++k)
                windows_.slot(w, k) = sub.slots[k];
            windows_.set_values(w, sub.values);
        }
    }
    now_ms_ = saved.now_ms;
    wheel_.clear();
    for (uint32_t place = 0; place < windows_.size(); ++place)
        if (windows_.at(place).alarm != NONE) schedule(place);
    for (const SavedMetric& metric : saved.waiting) {
        resolve(metric.id, model::LabelsView(metric.labels));
        for (const uint32_t target : heads_.targets(heads_.find(metric.id))) {
            if (target < HeadTable::WAITING) continue;
            Member& member = members_[target & ~HeadTable::WAITING];
            member.time_ms = metric.time_ms;
            member.value = metric.value;
        }
    }
    return saved.offset;
}

}  // namespace belfry::alarm
