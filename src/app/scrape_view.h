#pragma once

#include "api/prometheus/targets.h"
#include "ingest/scrape/scrape_manager.h"

namespace belfry::app {

/// What the API sees of scraping. Any thread.
class ScrapeView : public api::ScrapeSource {
  public:
    explicit ScrapeView(const ingest::scrape::ScrapeManager& manager) : manager_(manager) {}
    [[nodiscard]] std::vector<api::PoolRow> pools() const override;
    void each_metadata(const std::function<bool(const api::TargetMetadata&)>& visit) const override;
    [[nodiscard]] Result<std::vector<api::RelabelOutcome>> relabel_steps(std::string_view pool,
                                                                         const model::Labels& labels) const override;
    [[nodiscard]] std::string config_file() const override { return manager_.config().config_file; }
    [[nodiscard]] std::string config_text() const override { return manager_.config_text(); }
    [[nodiscard]] std::string config_error() const override { return manager_.last_error(); }
    [[nodiscard]] std::vector<std::string> warnings() const override { return manager_.warnings(); }

  private:
    const ingest::scrape::ScrapeManager& manager_;  // outlives this
};

}  // namespace belfry::app
