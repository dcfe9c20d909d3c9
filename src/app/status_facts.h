#pragma once

#include "api/belfry/status_sources.h"
#include "app/data_dir.h"
#include "base/clock.h"
#include "base/file.h"
#include "catalog/alarm_store.h"
#include "catalog/catalog.h"
#include "config/config.h"
#include "consumer/topic_consumer.h"
#include "forward/forwarder.h"
#include "ingest/metric/dictionary.h"
#include "ingest/receiver_stats.h"
#include "queue/queue.h"
#include "store/metric/metric_store.h"

#include <vector>

namespace belfry::app {

/// What the status page asks, from the components that know it. Any thread.
class AppStatus final : public api::StatusSource {
  public:
    struct Parts {
        const Clock& clock;
        const config::Config& config;
        const DataDir& data;
        FileSystem& files;
        const queue::Queue& queue;
        const store::MetricStore& metrics;
        const ingest::Dictionary& dictionary;
        const catalog::Catalog& catalog;
        const catalog::AlarmStore& alarms;
        const ingest::Receivers& receivers;
        const api::ServerFacts& server;
        std::vector<const consumer::TopicConsumer*> consumers;
        const forward::Forwarder* forwarder = nullptr;
    };
    /// All outlive this.
    explicit AppStatus(Parts parts) : parts_(std::move(parts)) {}
    [[nodiscard]] api::StatusFacts facts() const override;

  private:
    [[nodiscard]] std::string listens_on(const ingest::ReceiverSnapshot& receiver) const;
    void add_receivers(api::StatusFacts& out) const;
    void add_queue(api::StatusFacts& out) const;
    void add_metric_store(api::StatusFacts& out) const;
    Parts parts_;
};

}  // namespace belfry::app
