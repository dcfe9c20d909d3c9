#include "consumer/alarm_stage.h"

#include "codec/transition_record.h"

namespace belfry::consumer {

void AlarmStage::listen(Listener listener) {
    auto held = std::make_shared<const Listener>(std::move(listener));
    const std::lock_guard lock(mutex_);
    listeners_.push_back(std::move(held));
}

Status AlarmStage::apply(const queue::Record& record, const void* decoded) {
    INVARIANT(decoded != nullptr, "records of topic transitions come decoded");
    batch_.push_back({.offset = record.offset, .batch = static_cast<const model::AlarmBatch*>(decoded)});
    return {};
}

Status AlarmStage::end_of_batch() {
    if (batch_.empty()) return {};
    const std::vector<catalog::AlarmRecord> batch = std::exchange(batch_, {});
    TRY(store_.apply(batch));
    std::vector<std::shared_ptr<const Listener>> listeners;
    {
        const std::lock_guard lock(mutex_);
        listeners = listeners_;
    }
    for (const catalog::AlarmRecord& record : batch) {
        for (const auto& listener : listeners)
            (*listener)(*record.batch);
    }
    return {};
}

Result<std::shared_ptr<const void>> AlarmStage::decode(std::string_view payload) {
    return std::shared_ptr<const void>(std::make_shared<model::AlarmBatch>(TRY(codec::decode_transitions(payload))));
}

}  // namespace belfry::consumer
