#pragma once

#include "consumer/stage.h"
#include "notify/engine.h"

namespace belfry::app {

/// Topic `transitions` -> notifications.
class NotifyStage final : public consumer::Stage {
  public:
    explicit NotifyStage(notify::Engine& engine) : engine_(engine) {}  // outlives this
    [[nodiscard]] std::string_view name() const override { return "notify"; }
    [[nodiscard]] uint64_t stored_offset() const override { return engine_.stored_to(); }
    [[nodiscard]] Status apply(const queue::Record& record, const void* decoded) override {
        INVARIANT(decoded != nullptr, "records of topic transitions come decoded");
        engine_.apply(record.offset, record.next_offset(), *static_cast<const model::AlarmBatch*>(decoded));
        return {};
    }
    [[nodiscard]] Status flush() override { return engine_.flush(true); }

  private:
    notify::Engine& engine_;
};

}  // namespace belfry::app
