#pragma once

#include "base/file.h"
#include "base/result.h"
#include "model/metric_batch.h"
#include "store/metric/metric_store.h"
#include "store/metric/part_meta.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::store {

/// The list of living files and the log position they cover. Replacing the file `manifest` is the only way in which anything
/// of the store becomes visible or disappears; a file it does not name is garbage.
struct Manifest {
    struct FileEntry {
        std::string name;
        MetricFileKind kind = MetricFileKind::part;
        uint64_t seq = 0;       // later files win where samples have equal times
        int32_t first_day = 0;  // parts: the span of days whose samples it holds, inclusive; spans are equal or disjoint
        int32_t last_day = 0;
        int64_t min_ms = 0;
        int64_t max_ms = 0;
        uint64_t series = 0;
        uint64_t samples = 0;
        uint64_t bytes = 0;
        int64_t resolution_ms = 0;  // of records; 0: samples as received
        uint64_t rules = 0;         // fingerprint of the keeping rules that were applied to its span
        friend bool operator==(const FileEntry&, const FileEntry&) = default;
    };

    /// What is erased from files that are older than it. Folds leave it out; until a file is rewritten, readers do.
    struct Tombstone {
        uint64_t below_seq = 0;  // of files it applies to
        model::MetricDeletion what;
        friend bool operator==(const Tombstone&, const Tombstone&) = default;
    };

    uint64_t covered_offset = 0;
    uint64_t next_seq = 1;
    model::HeadId next_head_id = 1;
    std::vector<FileEntry> files;  // by seq
    std::vector<Tombstone> tombstones;

    /// Erases from all files there are. One of the same series as an older one replaces it.
    void add_tombstone(const model::MetricDeletion& what);
    /// Drops tombstones that no file is older than, of those with samples in their range.
    void drop_spent_tombstones();

    [[nodiscard]] std::string encode() const;
    [[nodiscard]] static Result<Manifest> decode(std::string_view bytes);
    /// An empty manifest when there is none yet.
    [[nodiscard]] static Result<Manifest> load(FileSystem& files, const std::string& directory);
    /// Durable when it returns.
    [[nodiscard]] Status store(FileSystem& files, const std::string& directory) const;
};

}  // namespace belfry::store
