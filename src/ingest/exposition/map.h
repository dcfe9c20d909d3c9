#pragma once

#include "codec/exposition.h"
#include "ingest/metric/wire_batch.h"
#include "ingest/text_write.h"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::ingest::exposition {

struct MapOptions {
    int64_t default_time_ms = 0;                                    // of samples without a timestamp
    std::vector<std::pair<std::string, std::string>> extra_labels;  // added to every series; they win
};

/// Takes over what a HELP, TYPE or UNIT line says.
void describe(model::MetricMetadata& family, const codec::ExpositionLine& line);

/// Exposition text -> batches. A bad line is counted and left out. Wire bytes are the series' text, so labels are built
/// only for series that are new; with extra labels they are built for every line.
class ExpositionMapper {
  public:
    /// `text` outlives this.
    ExpositionMapper(std::string_view text, codec::ExpositionFormat format, MapOptions options);

    /// Fills `batch` with up to `samples_max` samples and the metadata read on the way; false when nothing was left.
    /// Valid until the next call.
    [[nodiscard]] bool fill(WireBatch& batch, size_t samples_max);

    [[nodiscard]] const BadLines& bad_lines() const { return bad_; }
    [[nodiscard]] bool saw_eof() const { return saw_eof_; }

  private:
    void refuse(const Error& error);
    [[nodiscard]] Status add_sample(const codec::ExpositionLine& line, WireBatch& batch);
    void add_metadata(const codec::ExpositionLine& line, WireBatch& batch);
    void flush_metadata(WireBatch& batch);

    codec::ExpositionParser parser_;
    const MapOptions options_;
    BadLines bad_;
    bool saw_eof_ = false;
    model::MetricMetadata family_;       // being collected from its HELP, TYPE and UNIT lines
    std::deque<std::string> canonical_;  // label sets with the extra labels, of this batch
    std::vector<model::Label> labels_;
    std::vector<std::string> arena_;
};

}  // namespace belfry::ingest::exposition
