#pragma once

#include "query/metric_source.h"

namespace belfry::store {
class MetricStore;
}

namespace belfry::query {

/// A metric store as query engines see it; charges budgets for what the store reads. Any thread.
class MetricStoreSource : public MetricSource {
  public:
    explicit MetricStoreSource(const store::MetricStore& store) : store_(store) {}

    [[nodiscard]] Result<std::unique_ptr<SeriesSet>> select(std::string_view tenant, const model::Matchers& matchers,
                                                            model::TimeRange range, Budget& budget) const override;
    [[nodiscard]] Result<std::unique_ptr<SeriesSet>> select_for(std::string_view tenant, const model::Matchers& matchers,
                                                                model::TimeRange range, const model::SelectHints& hints,
                                                                Budget& budget) const override;
    [[nodiscard]] Result<std::vector<std::string>> label_names(std::string_view tenant, const LabelQuery& query,
                                                               Budget& budget) const override;
    [[nodiscard]] Result<std::vector<std::string>> label_values(std::string_view tenant, std::string_view name,
                                                                const LabelQuery& query, Budget& budget) const override;
    [[nodiscard]] Result<std::vector<model::Labels>> series(std::string_view tenant, const LabelQuery& query,
                                                            Budget& budget) const override;

  private:
    const store::MetricStore& store_;  // outlives this
};

}  // namespace belfry::query
