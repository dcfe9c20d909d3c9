#include "codec/transition_record.h"

#include "base/bytes.h"

#include <bit>
#include <unordered_map>

namespace belfry::codec {
namespace {

using model::Alarm;
using model::AlarmEvent;

constexpr uint8_t FORMAT_VERSION = 2;  // 1 was JSON
constexpr uint8_t HAS_VALUE = 1;
constexpr uint8_t ACTIONS_ENABLED = 2;
constexpr uint8_t ACKNOWLEDGED = 4;

template <typename T>
void put_byte(std::string& out, T value) {
    out.push_back(static_cast<char>(value));
}

class Encoder {
  public:
    std::string encode(const model::AlarmBatch& batch) {
        put_byte(out_, FORMAT_VERSION);
        put_sized(out_, batch.origin);
        put_varint(out_, batch.covered);
        put_varint(out_, batch.events.size());
        for (const AlarmEvent& event : batch.events) {
            put_byte(out_, event.kind);
            put_sized(out_, event.id);
            put_zigzag(out_, event.at_ms);
            put_sized(out_, event.by);
            alarm(event.alarm);
            if (event.kind != AlarmEvent::Kind::transition) continue;
            put_byte(out_, event.old_state);
            put_sized(out_, event.sub_alarms);
        }
        return std::move(out_);
    }

  private:
    void shared(std::string_view text) {
        const auto [found, fresh] = numbers_.try_emplace(text, numbers_.size() + 1);
        put_varint(out_, fresh ? 0 : found->second);
        if (fresh) put_sized(out_, text);
    }

    void pairs(const model::Dimensions& pairs) {
        put_varint(out_, pairs.size());
        for (const auto& [name, value] : pairs) {
            shared(name);
            shared(value);
        }
    }

    void alarm(const Alarm& a) {
        put_sized(out_, a.id);
        shared(a.tenant);
        put_byte(out_, a.source);
        put_byte(out_, a.severity);
        put_byte(out_, a.state);
        put_byte(out_, (a.value ? HAS_VALUE : 0) | (a.actions_enabled ? ACTIONS_ENABLED : 0) |
                           (a.acknowledged ? ACKNOWLEDGED : 0));
        shared(a.definition_id);
        shared(a.name);
        shared(a.description);
        pairs(a.labels);
        pairs(a.annotations);
        put_varint(out_, a.metrics.size());
        for (const model::AlarmMetric& metric : a.metrics) {
            shared(metric.name);
            pairs(metric.dimensions);
        }
        put_sized(out_, a.reason);
        if (a.value) put_le(out_, *a.value);
        for (const int64_t time_ms : {a.state_updated_ms, a.created_ms, a.updated_ms})
            put_zigzag(out_, time_ms);
        put_sized(out_, a.lifecycle_state);
        put_sized(out_, a.link);
        if (!a.acknowledged) return;
        put_sized(out_, a.acknowledged->by);
        put_sized(out_, a.acknowledged->reason);
        put_zigzag(out_, a.acknowledged->at_ms);
        put_zigzag(out_, a.acknowledged->until_ms);
    }

    std::string out_;
    std::unordered_map<std::string_view, size_t> numbers_;  // views into the batch
};

/// Every member says whether there was what it reads.
class Decoder {
  public:
    explicit Decoder(std::string_view bytes) : in_(bytes) {}

    Result<model::AlarmBatch> decode() {
        uint8_t version = 0;
        if (!in_.le(&version) || version != FORMAT_VERSION) return bad("version");
        model::AlarmBatch batch;
        uint64_t count = 0;
        if (!text(&batch.origin) || !in_.varint(&batch.covered) || !in_.varint(&count) || count > in_.left())
            return bad("head");
        batch.events.resize(static_cast<size_t>(std::min<uint64_t>(count, in_.left() / EVENT_BYTES_MIN)));
        if (batch.events.size() != count) return bad("count of events");
        for (AlarmEvent& e : batch.events)
            if (!event(&e)) return bad("event");
        if (!in_.done()) return bad("bytes behind the last event");
        return batch;
    }

  private:
    static constexpr size_t EVENT_BYTES_MIN = 20;  // an event without any text has more

    static Error bad(const char* what) { return make_error(Code::corrupt, "record of transitions: {}", what); }

    bool text(std::string* out) {
        std::string_view view;
        if (!in_.sized(&view)) return false;
        out->assign(view);
        return true;
    }

    bool shared(std::string* out) {
        uint64_t number = 0;
        if (!in_.varint(&number)) return false;
        if (number == 0) {
            std::string_view view;
            if (!in_.sized(&view)) return false;
            texts_.push_back(view);
            number = texts_.size();
        }
        if (number > texts_.size()) return false;
        out->assign(texts_[number - 1]);
        return true;
    }

    template <typename T>
    bool word(T last, T* out) {
        uint8_t value = 0;
        if (!in_.le(&value) || value > static_cast<uint8_t>(last)) return false;
        *out = static_cast<T>(value);
        return true;
    }

    bool pairs(model::Dimensions* out) {
        uint64_t count = 0;
        if (!in_.varint(&count) || count > in_.left() / 2) return false;  // each takes two bytes at least
        out->resize(static_cast<size_t>(count));
        for (auto& [name, value] : *out)
            if (!shared(&name) || !shared(&value)) return false;
        return std::adjacent_find(out->begin(), out->end(),
                                  [](const auto& a, const auto& b) { return a.first >= b.first; }) == out->end();
    }

    bool metrics(std::vector<model::AlarmMetric>* out) {
        uint64_t count = 0;
        if (!in_.varint(&count) || count > in_.left() / 2) return false;
        out->resize(static_cast<size_t>(count));
        return std::all_of(out->begin(), out->end(),
                           [&](model::AlarmMetric& m) { return shared(&m.name) && pairs(&m.dimensions); });
    }

    bool alarm(Alarm* a) {
        uint8_t flags = 0;
        if (!text(&a->id) || a->id.empty() || !shared(&a->tenant) || a->tenant.empty()) return false;
        if (!word(model::AlarmSource::outside, &a->source) || !word(model::Severity::critical, &a->severity) ||
            !word(model::AlarmState::alarm, &a->state) || !in_.le(&flags) ||
            flags > (HAS_VALUE | ACTIONS_ENABLED | ACKNOWLEDGED))
            return false;
        if (!shared(&a->definition_id) || !shared(&a->name) || !shared(&a->description) || !pairs(&a->labels) ||
            !pairs(&a->annotations) || !metrics(&a->metrics) || !text(&a->reason))
            return false;
        a->actions_enabled = (flags & ACTIONS_ENABLED) != 0;
        if ((flags & HAS_VALUE) != 0) {
            double value = 0;
            if (!in_.le(&value)) return false;
            a->value = value;
        }
        if (!in_.zigzag64(&a->state_updated_ms) || !in_.zigzag64(&a->created_ms) || !in_.zigzag64(&a->updated_ms) ||
            !text(&a->lifecycle_state) || !text(&a->link))
            return false;
        if ((flags & ACKNOWLEDGED) == 0) return true;
        model::Acknowledgement& ack = a->acknowledged.emplace();
        return text(&ack.by) && text(&ack.reason) && in_.zigzag64(&ack.at_ms) && in_.zigzag64(&ack.until_ms);
    }

    bool event(AlarmEvent* e) {
        if (!word(AlarmEvent::Kind::deleted, &e->kind) || !text(&e->id) || !in_.zigzag64(&e->at_ms) || !text(&e->by) ||
            !alarm(&e->alarm))
            return false;
        if (e->kind != AlarmEvent::Kind::transition) return true;
        return word(model::AlarmState::alarm, &e->old_state) && text(&e->sub_alarms);
    }

    ByteReader in_;
    std::vector<std::string_view> texts_;  // views into the input
};

}  // namespace

std::string encode_transitions(const model::AlarmBatch& batch) {
    return Encoder().encode(batch);
}

Result<model::AlarmBatch> decode_transitions(std::string_view bytes) {
    return Decoder(bytes).decode();
}

}  // namespace belfry::codec
