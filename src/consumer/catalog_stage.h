#pragma once

#include "catalog/catalog.h"
#include "consumer/stage.h"

#include <vector>

namespace belfry::consumer {

/// Topic `definitions` -> catalog: the records of one batch in one SQLite transaction, together with the position.
class CatalogStage final : public Stage {
  public:
    explicit CatalogStage(catalog::Catalog& catalog) : catalog_(catalog) {}  // outlives this

    [[nodiscard]] std::string_view name() const override { return "catalog"; }
    [[nodiscard]] uint64_t stored_offset() const override { return catalog_.applied_to(); }
    [[nodiscard]] Status apply(const queue::Record& record, const void* decoded) override;
    [[nodiscard]] Status end_of_batch() override;

  private:
    catalog::Catalog& catalog_;
    std::vector<catalog::DefinitionRecord> batch_;  // views into the records of the running batch
};

}  // namespace belfry::consumer
