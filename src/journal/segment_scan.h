#pragma once

#include "base/file.h"
#include "journal/format.h"

namespace belfry::journal {

/// What a scan of a segment found.
struct SegmentScan {
    SegmentIndex index;
    std::vector<PartitionBase> table;  // partitions at its end
    uint64_t blocks = 0;
    uint64_t torn_bytes = 0;  // behind used_bytes: remains of a write that was never acknowledged
};

/// Reads a segment from its header to the last good block and judges what is bad on the way (format.h, `unsynced`): a torn
/// tail ends the scan, damage to acknowledged blocks becomes a hole, behind which the scan goes on. After a hole every
/// partition that shows no later block skips ahead by as many offsets as the hole could have held, so that none is given twice.
[[nodiscard]] Result<SegmentScan> scan_segment(const File& file, const SegmentHeader& header);

}  // namespace belfry::journal
