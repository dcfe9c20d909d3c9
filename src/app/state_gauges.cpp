#include "app/state_gauges.h"

namespace belfry::app {

StateGauges::OfConsumer::OfConsumer(const std::string& consumer)
    : lag("belfry_consumer_lag_seconds",
          "Age of the oldest record that a consumer has not applied.",
          {{"consumer", consumer}}),
      stopped("belfry_consumer_stopped", "1 when an error has stopped the consumer.", {{"consumer", consumer}}) {}

void StateGauges::show(const api::StatusFacts& facts) {
    for (const api::ConsumerFacts& consumer : facts.consumers) {
        auto& gauges = consumers_[consumer.id];
        if (!gauges) gauges = std::make_unique<OfConsumer>(consumer.id);
        gauges->lag.set(static_cast<double>(consumer.lag_ms) / 1000);
        gauges->stopped.set(consumer.state == api::ConsumerState::stopped ? 1 : 0);
    }
    disk_.set(static_cast<double>(facts.disk.guard));
}

}  // namespace belfry::app
