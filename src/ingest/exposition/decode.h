#pragma once

#include "ingest/metric/wire_batch.h"

namespace belfry::ingest::exposition {

/// Labels from the text of name and labels as an exposition line has it.
class ExpositionLabels : public LabelDecoder {
  public:
    [[nodiscard]] uint32_t protocol_id() const override { return 2; }
    [[nodiscard]] Status decode(std::string_view wire,
                                std::vector<model::Label>& labels,
                                std::vector<std::string>& arena) const override;
};

[[nodiscard]] const ExpositionLabels& exposition_labels();

}  // namespace belfry::ingest::exposition
