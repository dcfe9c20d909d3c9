#pragma once

#include "ingest/graphite/decode.h"
#include "ingest/graphite/pickle.h"
#include "ingest/socket_intake_config.h"
#include "ingest/text_write.h"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace belfry::ingest::graphite {

/// Points -> batch. A bad one is counted and left out; a pickle that cannot be read counts as one. What was added is
/// valid until `clear` and while the bytes are.
class PointMapper {
  public:
    explicit PointMapper(size_t line_bytes_max = SocketLimits{}.message_bytes_max) : line_bytes_max_(line_bytes_max) {}

    /// Whole lines; the last one need not end with a line feed.
    void add_lines(std::string_view lines, int64_t now_ms, WireBatch& batch);
    /// The pickle of a list of (path, (time, value)).
    void add_pickle(std::string_view bytes, int64_t now_ms, WireBatch& batch);
    void clear(WireBatch& batch);

    /// Since `clear`.
    [[nodiscard]] const BadLines& bad() const { return bad_; }

  private:
    void add(const Point& point, WireBatch& batch);
    [[nodiscard]] Status add_item(Pickle::Index item, int64_t now_ms, WireBatch& batch);
    [[nodiscard]] Result<double> number_of(Pickle::Index value) const;

    const size_t line_bytes_max_;
    Pickle pickle_;
    std::deque<std::string> paths_;  // that do not stand in a pickle's bytes
    BadLines bad_;
    uint64_t line_number_ = 0;
};

}  // namespace belfry::ingest::graphite
