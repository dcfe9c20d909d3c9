#pragma once

#include "query/metric_source.h"

#include <functional>

namespace belfry::app {

/// A metric source in which everyone sees what was acknowledged before he asked: waits until the store has applied it,
/// mostly not at all. Any thread.
class CurrentSource final : public query::MetricSource {
  public:
    /// `catch_up` waits for what is in the log now, within a limit of its own. Both outlive this.
    CurrentSource(const query::MetricSource& source, std::function<void()> catch_up)
        : source_(source), catch_up_(std::move(catch_up)) {}

    [[nodiscard]] Result<std::unique_ptr<query::SeriesSet>> select(std::string_view tenant,
                                                                   const model::Matchers& matchers,
                                                                   model::TimeRange range,
                                                                   query::Budget& budget) const override {
        catch_up_();
        return source_.select(tenant, matchers, range, budget);
    }
    [[nodiscard]] Result<std::unique_ptr<query::SeriesSet>> select_for(std::string_view tenant,
                                                                       const model::Matchers& matchers,
                                                                       model::TimeRange range,
                                                                       const model::SelectHints& hints,
                                                                       query::Budget& budget) const override {
        catch_up_();
        return source_.select_for(tenant, matchers, range, hints, budget);
    }
    [[nodiscard]] Result<std::vector<std::string>> label_names(std::string_view tenant,
                                                               const query::LabelQuery& query,
                                                               query::Budget& budget) const override {
        catch_up_();
        return source_.label_names(tenant, query, budget);
    }
    [[nodiscard]] Result<std::vector<std::string>> label_values(std::string_view tenant,
                                                                std::string_view name,
                                                                const query::LabelQuery& query,
                                                                query::Budget& budget) const override {
        catch_up_();
        return source_.label_values(tenant, name, query, budget);
    }
    [[nodiscard]] Result<std::vector<model::Labels>> series(std::string_view tenant,
                                                            const query::LabelQuery& query,
                                                            query::Budget& budget) const override {
        catch_up_();
        return source_.series(tenant, query, budget);
    }

  private:
    const query::MetricSource& source_;
    const std::function<void()> catch_up_;
};

}  // namespace belfry::app
