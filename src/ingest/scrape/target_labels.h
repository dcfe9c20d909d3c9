#pragma once

#include "ingest/metric/wire_batch.h"
#include "ingest/scrape/config.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::ingest::scrape {

/// Labels of a target's series: what the answer says, joined with the target's labels, after metric relabelling. The
/// wire bytes are the text of name and labels; a byte REPORT in front marks Belfry's own report on the scrape (`up`),
/// which is not relabelled. Immutable; each target has its own protocol id, since equal text means other labels
/// elsewhere.
class TargetLabels : public LabelDecoder {
  public:
    static constexpr char REPORT = '\x01';

    TargetLabels(std::shared_ptr<const JobConfig> job, model::Labels labels);
    [[nodiscard]] uint32_t protocol_id() const override { return protocol_id_; }
    [[nodiscard]] Status decode(std::string_view wire,
                                std::vector<model::Label>& labels,
                                std::vector<std::string>& arena) const override;

    /// The final labels of a series; empty when it is dropped.
    [[nodiscard]] Result<model::Labels> labels_of(std::string_view wire) const;

  private:
    const std::shared_ptr<const JobConfig> job_;
    const model::Labels labels_;
    const uint32_t protocol_id_;
};

}  // namespace belfry::ingest::scrape
