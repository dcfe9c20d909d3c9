#pragma once

#include "ingest/metric/wire_batch.h"
#include "ingest/opentsdb/decode.h"

#include <cstdint>
#include <string>
#include <vector>

namespace belfry::ingest::opentsdb {

struct BadPoint {
    std::string point;  // as JSON
    std::string message;
};

struct BadPoints {
    static constexpr size_t KEPT_MAX = 100;  // those behind are counted only
    uint64_t count = 0;
    std::vector<BadPoint> first;
};

/// Points -> batch. A bad one is counted and left out. Valid until the next call.
class PointMapper {
  public:
    /// `document`: a point or an array of points.
    void map(const JsonView& document, WireBatch& batch);
    [[nodiscard]] const BadPoints& bad_points() const { return bad_; }

  private:
    void add(const JsonView& point, WireBatch& batch);
    std::vector<model::Labels> labels_;  // of the batch's series
    BadPoints bad_;
};

}  // namespace belfry::ingest::opentsdb
