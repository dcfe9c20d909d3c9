#include "journal/segment_log.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "base/log.h"
#include "journal/format.h"
#include "support/faulty_file.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::journal;
using belfry::tests::FaultyFileSystem;

namespace {

JournalConfig small_config(const std::string& directory = "/log") {
    JournalConfig config;
    config.directory = directory;
    config.segment_bytes = 64 << 10;
    return config;
}

std::unique_ptr<SegmentLog> open_log(FileSystem& files, Clock& clock, const JournalConfig& config, bool* died = nullptr) {
    auto log = SegmentLog::open(files, clock, config, [died](const Error&) {
        if (died != nullptr) *died = true;
    });
    REQUIRE_MESSAGE(log.ok(), (log.ok() ? "" : log.error().message));
    return std::move(log).value();
}

Result<LogPosition> append_one(SegmentLog& log, PartitionId partition, std::string_view body) {
    const LogEntry entry{.partition = partition, .time_ms = 1000, .body = body};
    const auto positions = TRY(log.append(std::span(&entry, 1)));
    TRY(log.commit(positions[0].index));
    return positions[0];
}

std::vector<std::pair<uint64_t, std::string>> read_all(const SegmentLog& log, PartitionId partition, uint64_t from = 0,
                                                       uint64_t limit = 1 << 20, uint64_t* skipped = nullptr) {
    std::vector<std::pair<uint64_t, std::string>> out;
    while (true) {
        const auto slice = log.read({.partition = partition, .offset = from, .limit_bytes = limit});
        REQUIRE(slice.ok());
        if (skipped != nullptr) *skipped += slice->skipped_records;
        for (const LogBlock& b : slice->blocks) out.emplace_back(b.offset, std::string(b.body));
        if (slice->next_offset == from) return out;
        from = slice->next_offset;
    }
}

std::string last_segment(FaultyFileSystem& files) {
    std::string last;
    for (const auto& name : files.list("/log").value())
        if (name.ends_with(".seg")) last = "/log/" + name;
    return last;
}

}  // namespace

TEST_CASE("what is committed is read back, across segments, restarts and partitions") {
    tests::TempDir dir;
    ManualClock clock(1'000'000);
    const JournalConfig config = small_config(dir.file("log"));
    std::vector<std::pair<uint64_t, std::string>> expected[3];
    for (int round = 0; round < 4; ++round) {
        const auto log = open_log(real_file_system(), clock, config);
        CHECK(log->recovery().clean_shutdown == (round > 0));
        CHECK(log->recovery().blocks_scanned == 0);
        PartitionId ids[3];
        for (int p = 0; p < 3; ++p) ids[p] = log->open_partition(fmt::format("topic{}", p)).value();
        for (int i = 0; i < 60; ++i) {
            const int p = i % 7 == 0 ? 2 : i % 2;  // partition 2 is sparse
            const std::string body(static_cast<size_t>(i * 97 % 9000), static_cast<char>('a' + i % 26));
            const auto position = append_one(*log, ids[p], body);
            REQUIRE(position.ok());
            expected[p].emplace_back(position->offset, body);
        }
        for (int p = 0; p < 3; ++p) {
            CHECK(read_all(*log, ids[p]) == expected[p]);
            CHECK(read_all(*log, ids[p], 0, 1) == expected[p]);
            const uint64_t half = expected[p].size() / 2;
            const auto tail = read_all(*log, ids[p], half);
            REQUIRE(tail.size() == expected[p].size() - half);
            CHECK(tail.front() == expected[p][half]);
        }
        CHECK(log->size().segments > 1);
    }
}

TEST_CASE("uncommitted blocks are not read") {
    FaultyFileSystem files(1);
    ManualClock clock(1000);
    const auto log = open_log(files, clock, small_config());
    const PartitionId id = log->open_partition("t").value();
    const LogEntry entry{.partition = id, .body = "x"};
    const auto positions = log->append(std::span(&entry, 1));
    REQUIRE(positions.ok());
    CHECK(read_all(*log, id).empty());
    CHECK(log->high_watermark() < log->tail());
    REQUIRE(log->commit((*positions)[0].index).ok());
    CHECK(read_all(*log, id).size() == 1);
}

TEST_CASE("one commit is one write and one sync whatever the number of partitions") {
    FaultyFileSystem files(1);
    ManualClock clock(1000);
    const auto log = open_log(files, clock, small_config());
    std::vector<LogEntry> entries;
    for (int i = 0; i < 5; ++i)
        entries.push_back({.partition = log->open_partition(fmt::format("t{}", i)).value(), .body = "body"});
    const uint64_t before = files.sync_count();
    const auto positions = log->append(entries);
    REQUIRE(positions.ok());
    REQUIRE(log->commit(positions->back().index).ok());
    CHECK(files.sync_count() == before + 1);
}

TEST_CASE("a torn record at the tail is dropped on open") {
    FaultyFileSystem files(1);
    ManualClock clock(1000);
    PartitionId id = 0;
    {
        auto log = open_log(files, clock, small_config());
        id = log->open_partition("t").value();
        for (int i = 0; i < 3; ++i) REQUIRE(append_one(*log, id, std::string(1000, 'x')).ok());
        // A group that reaches the disk only in part: its first sectors are missing, its last are there.
        const std::vector<LogEntry> group(3, LogEntry{.partition = id, .body = "unacknowledged"});
        REQUIRE(log->append(group).ok());
        files.process_kill();
    }
    const std::string path = last_segment(files);
    std::string bytes = files.content(path);
    const size_t torn = bytes.find("unacknowledged");
    REQUIRE(torn != std::string::npos);
    bytes[torn] = '?';
    files.set_content(path, bytes);
    const auto log = open_log(files, clock, small_config());
    CHECK_FALSE(log->recovery().clean_shutdown);
    CHECK(log->recovery().torn_bytes_cut > 0);
    CHECK(log->recovery().quarantined.empty());
    CHECK(read_all(*log, id).size() == 3);
    CHECK(append_one(*log, id, "next").value().offset == 3);
    CHECK(read_all(*log, id).size() == 4);
}

TEST_CASE("a flipped bit in an acknowledged block is reported and passed over, not cut") {
    for (int bit = 0; bit < 8; ++bit) {
        FaultyFileSystem files(1);
        ManualClock clock(1000);
        PartitionId id = 0;
        {
            auto log = open_log(files, clock, small_config());
            id = log->open_partition("t").value();
            for (int i = 0; i < 9; ++i) REQUIRE(append_one(*log, id, fmt::format("record-{}", i)).ok());
            files.process_kill();
        }
        const std::string path = last_segment(files);
        const size_t at = files.content(path).find("record-4");
        files.flip_bit(path, bit % 2 == 0 ? at : at - 64 + static_cast<size_t>(bit), bit);
        const auto log = open_log(files, clock, small_config());
        REQUIRE(log->recovery().quarantined.size() == 1);
        CHECK(log->recovery().quarantined[0].to_index - log->recovery().quarantined[0].from_index == 1);
        uint64_t skipped = 0;
        const auto all = read_all(*log, id, 0, 1 << 20, &skipped);
        CHECK(all.size() == 8);
        CHECK(skipped == 1);
        CHECK(append_one(*log, id, "next").value().offset == 9);
    }
}

TEST_CASE("after damage at the very end no offset is given twice") {
    FaultyFileSystem files(1);
    ManualClock clock(1000);
    PartitionId a = 0;
    {
        auto log = open_log(files, clock, small_config());
        a = log->open_partition("a").value();
        const PartitionId b = log->open_partition("b").value();
        for (int i = 0; i < 5; ++i) REQUIRE(append_one(*log, a, fmt::format("record-{}", i)).ok());
        REQUIRE(append_one(*log, b, "later").ok());
        REQUIRE(append_one(*log, b, "last").ok());
        files.process_kill();
    }
    const std::string path = last_segment(files);
    files.flip_bit(path, files.content(path).find("record-4"), 0);
    const auto log = open_log(files, clock, small_config());
    CHECK(append_one(*log, a, "next").value().offset > 4);
    CHECK(read_all(*log, a).size() == 5);
}

TEST_CASE("a flipped bit in a closed segment is passed over when it is read") {
    FaultyFileSystem files(1);
    ManualClock clock(1000);
    const auto log = open_log(files, clock, small_config());
    const PartitionId id = log->open_partition("t").value();
    const std::string first = last_segment(files);
    for (int i = 0; i < 100; ++i) REQUIRE(append_one(*log, id, fmt::format("record-{:02}{}", i, std::string(2000, 'x'))).ok());
    REQUIRE(last_segment(files) != first);
    files.flip_bit(first, files.content(first).find("record-07"), 3);
    uint64_t skipped = 0;
    CHECK(read_all(*log, id, 0, 1 << 20, &skipped).size() == 99);
    CHECK(skipped == 1);
}

TEST_CASE("a full disk refuses the append and takes nothing") {
    FaultyFileSystem files(1);
    ManualClock clock(1000);
    const auto log = open_log(files, clock, small_config());
    const PartitionId id = log->open_partition("t").value();
    REQUIRE(append_one(*log, id, "before").ok());
    files.set_faults({.no_space = 1});
    const auto refused = append_one(*log, id, std::string(3000, 'x'));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Code::exhausted);
    files.set_faults({});
    CHECK(append_one(*log, id, "after").value().offset == 1);
    CHECK(read_all(*log, id).size() == 2);
}

TEST_CASE("a failed sync is fatal and never tried again") {
    FaultyFileSystem files(1);
    ManualClock clock(1000);
    bool died = false;
    const auto log = open_log(files, clock, small_config(), &died);
    const PartitionId id = log->open_partition("t").value();
    files.fail_next_sync();
    CHECK_FALSE(append_one(*log, id, "x").ok());
    CHECK(died);
    CHECK(log->failed());
    const auto again = append_one(*log, id, "y");
    REQUIRE_FALSE(again.ok());
    CHECK(again.error().code == Code::unavailable);
    CHECK(read_all(*log, id).empty());
}

TEST_CASE("offsets go on after all segments that held them are gone") {
    FaultyFileSystem files(1);
    ManualClock clock(1000);
    PartitionId id = 0;
    {
        auto log = open_log(files, clock, small_config());
        id = log->open_partition("t").value();
        for (int i = 0; i < 5; ++i) REQUIRE(append_one(*log, id, "x").ok());
        REQUIRE(log->roll().ok());
        REQUIRE(log->retire_below(UINT64_MAX).ok());
        CHECK(log->segments().size() == 1);
        CHECK(log->partitions()[id].begin_offset == 5);
        CHECK(append_one(*log, id, "y").value().offset == 5);
    }
    const auto log = open_log(files, clock, small_config());
    CHECK(log->open_partition("t").value() == id);
    CHECK(log->partitions()[id].end_offset == 6);
    uint64_t skipped = 0;
    CHECK(read_all(*log, id, 0, 1 << 20, &skipped).size() == 1);
    CHECK(skipped == 5);
}

TEST_CASE("retired segments are used again and their old blocks stay dead") {
    FaultyFileSystem files(1);
    ManualClock clock(1000);
    const JournalConfig config = small_config();
    PartitionId id = 0;
    std::vector<std::pair<uint64_t, std::string>> expected;
    {
        auto log = open_log(files, clock, config);
        id = log->open_partition("t").value();
        for (int i = 0; i < 200; ++i) {
            REQUIRE(append_one(*log, id, std::string(1500, 'o')).ok());
            REQUIRE(log->retire_below(log->segments().back().sequence).ok());
        }
        CHECK(log->size().allocated_bytes <= 3 * config.segment_bytes);
        while (true) {  // until a fresh life of an old file has begun
            const uint64_t before = log->segments().back().sequence;
            const auto position = append_one(*log, id, "new");
            if (log->segments().back().sequence != before) {
                REQUIRE(log->retire_below(log->segments().back().sequence).ok());
                expected.emplace_back(position->offset, "new");
                break;
            }
        }
        expected.emplace_back(append_one(*log, id, std::string(1436, 'n'))->offset, std::string(1436, 'n'));
        files.process_kill();
    }
    const auto log = open_log(files, clock, config);
    CHECK(log->recovery().quarantined.empty());
    const auto all = read_all(*log, id);
    CHECK(all == expected);
}

TEST_CASE("a segment of a later version is not touched") {
    FaultyFileSystem files(1);
    ManualClock clock(1000);
    { open_log(files, clock, small_config()); }
    const std::string path = last_segment(files);
    std::string bytes = files.content(path);
    set_le<uint32_t>(&bytes[8], 2);
    set_le<uint32_t>(&bytes[4], crc32c(std::string_view(bytes).substr(8, 4088)));
    files.set_content(path, bytes);
    const auto log = SegmentLog::open(files, clock, small_config());
    REQUIRE_FALSE(log.ok());
    CHECK(log.error().code == Code::invalid);
    CHECK(files.content(path) == bytes);
}

TEST_CASE("an idle log takes little room, and its preallocation goes at shutdown") {
    FaultyFileSystem files(1);
    ManualClock clock(1000);
    JournalConfig config = small_config();
    config.segment_bytes = 128 << 20;
    {
        auto log = open_log(files, clock, config);
        const PartitionId id = log->open_partition("t").value();
        REQUIRE(append_one(*log, id, "x").ok());
        CHECK(log->size().allocated_bytes < (2 << 20));
    }
    CHECK(files.disk_usage("/log").value() < 10'000);
}

TEST_CASE("segment log against a model: crashes, torn writes, short writes, full disks, failed syncs") {
    set_log_level(LogLevel::error);
    const char* rounds = std::getenv("BELFRY_TEST_ROUNDS");  // more seeds for a long run
    const uint64_t seeds = rounds == nullptr ? 60 : std::strtoull(rounds, nullptr, 10);
    for (uint64_t seed = 1; seed <= seeds; ++seed) {
        CAPTURE(seed);
        FaultyFileSystem files(seed);
        std::mt19937_64 random(seed * 7919);
        ManualClock clock(1'000'000);
        JournalConfig config = small_config();
        config.segment_bytes = 16 << 10;
        // By partition: acknowledged records, and those whose fate a crash has left open.
        struct Model {
            std::map<uint64_t, std::string> acknowledged;
            uint64_t begin = 0;
        };
        std::map<PartitionId, Model> model;
        for (int life = 0; life < 6; ++life) {
            CAPTURE(life);
            files.set_faults({});
            bool died = false;
            auto log = open_log(files, clock, config, &died);
            CHECK(log->recovery().quarantined.empty());
            std::vector<PartitionId> ids;
            for (int p = 0; p < 3; ++p) ids.push_back(log->open_partition(fmt::format("t{}", p)).value());
            for (const PartitionId id : ids) {  // everything acknowledged is there, in order; nothing at two offsets
                std::map<uint64_t, std::string> found;
                for (auto& [offset, body] : read_all(*log, id)) REQUIRE(found.emplace(offset, body).second);
                for (const auto& [offset, body] : model[id].acknowledged) {
                    if (offset < log->partitions()[id].begin_offset) continue;
                    REQUIRE(found.contains(offset));
                    REQUIRE(found[offset] == body);
                }
                CHECK(log->partitions()[id].begin_offset <= model[id].begin);
                model[id].acknowledged = found;  // what a crash has let through counts from here on
            }
            files.set_faults({.short_write = 4, .no_space = 40, .write_error = 60, .sync_error = life % 2 == 0 ? 0U : 80U});
            files.die_after_operations(20 + random() % 150);
            while (!files.dead() && !log->failed()) {
                std::vector<LogEntry> entries;
                std::vector<std::string> bodies(1 + random() % 4);
                for (auto& body : bodies) {
                    body.assign(random() % (random() % 5 == 0 ? 6000 : 300), static_cast<char>('a' + random() % 26));
                    entries.push_back({.partition = ids[random() % 3], .time_ms = 5, .body = body});
                }
                const auto positions = log->append(entries);
                if (!positions.ok() || !log->commit(positions->back().index).ok()) continue;
                for (size_t i = 0; i < entries.size(); ++i) {
                    auto& acknowledged = model[entries[i].partition].acknowledged;
                    REQUIRE_FALSE(acknowledged.contains((*positions)[i].offset));
                    acknowledged[(*positions)[i].offset] = bodies[i];
                }
                if (random() % 20 == 0) {
                    const auto facts = log->segments();
                    const auto& pick = facts[random() % facts.size()];
                    for (const auto& s : facts)
                        if (s.sequence < pick.sequence)
                            for (const auto& [id, end] : s.end_offsets) model[id].begin = std::max(model[id].begin, end);
                    const Status retired = log->retire_below(pick.sequence);
                    static_cast<void>(retired.ok());
                }
            }
            if (random() % 2 == 0) files.power_cut();
            else files.process_kill();
            log.reset();
        }
    }
    set_log_level(LogLevel::info);
}
