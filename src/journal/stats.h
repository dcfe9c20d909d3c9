#pragma once

#include "base/counter.h"

namespace belfry::journal {

inline Counter blocks_appended{"belfry_journal_blocks_appended_total", "Blocks written to the log."};
inline Counter bytes_appended{"belfry_journal_appended_bytes_total", "Bytes written to the log, headers included."};
inline Counter bytes_read{"belfry_journal_read_bytes_total", "Bytes read back from segments on disk."};
inline Counter bad_blocks{"belfry_journal_bad_blocks_total", "Blocks that failed their checksum when read back."};
inline Counter segments_created{"belfry_journal_segments_created_total", "Segments begun."};
inline Counter segments_recycled{"belfry_journal_segments_recycled_total", "Segments begun in the file of a retired one."};
inline Timing sync_timing{"belfry_journal_sync_seconds", "Time of one fdatasync of the log."};

}  // namespace belfry::journal
