#include "app/backup/archive.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <cstring>

using namespace belfry;
using namespace belfry::app;
using belfry::tests::TempDir;

namespace {

FileSystem& disk() {
    return real_file_system();
}

void write(const std::string& path, std::string_view bytes) {
    REQUIRE(disk().make_dirs(parent_dir(path)).ok());
    REQUIRE(write_file_atomically(disk(), path, bytes).ok());
}

std::string archive_of(const std::string& directory) {
    ArchiveSource source(disk(), directory, files_below(disk(), directory).value(), 1'790'000'000);
    std::string out;
    for (;;) {
        std::string part;
        const auto more = source.next(part);
        REQUIRE(more.ok());
        out += part;
        if (!*more) return out;
    }
}

Status unpack(std::string_view archive, const std::string& directory, size_t step) {
    ArchiveTarget target(disk(), directory);
    TarReader reader(target);
    for (size_t at = 0; at < archive.size(); at += step) TRY(reader.add(archive.substr(at, step)));
    TRY(reader.finish());
    return target.finish();
}

/// A header with its checksum put right.
std::string forged(std::string block) {
    std::memset(block.data() + 148, ' ', 8);
    uint64_t sum = 0;
    for (const char c : block) sum += static_cast<unsigned char>(c);
    const std::string digits = fmt::format("{:06o}", sum);
    block.replace(148, 6, digits);
    block[154] = '\0';
    return block;
}

struct Nothing : TarSink {
    size_t files = 0;
    Status begin(const TarEntry&) override {
        files++;
        return {};
    }
    Status content(std::string_view) override { return {}; }
    Status end() override { return {}; }
};

}  // namespace

TEST_CASE("a directory comes back from its archive, whatever the pieces it travels in") {
    const TempDir from;
    std::string large(700'000, 'x');
    for (size_t i = 0; i < large.size(); i++) large[i] = static_cast<char>(i * 7919 >> 5);
    write(from.path() + "/catalog.sqlite", "a catalog");
    write(from.path() + "/metrics/manifest", large);
    write(from.path() + "/metrics/empty.mdb", "");
    write(from.path() + "/metrics/block.mdb", std::string(512, 'b'));
    const std::string archive = archive_of(from.path());
    CHECK(archive.size() % TAR_BLOCK_BYTES == 0);
    for (const size_t step : {size_t{777}, size_t{4096}, archive.size()}) {
        const TempDir to;
        REQUIRE(unpack(archive, to.path(), step).ok());
        CHECK(files_below(disk(), to.path()).value() == files_below(disk(), from.path()).value());
        CHECK(read_file(disk(), to.path() + "/metrics/manifest", 1 << 20).value() == large);
        CHECK(read_file(disk(), to.path() + "/metrics/empty.mdb", 1 << 20).value().empty());
    }
}

TEST_CASE("a damaged, cut or forged archive is refused") {
    const TempDir from;
    write(from.path() + "/catalog.sqlite", "a catalog");
    write(from.path() + "/metrics/manifest", "a manifest");
    const std::string archive = archive_of(from.path());
    SUBCASE("a changed byte") {
        for (const size_t at : {size_t{0}, size_t{130}, size_t{513}, size_t{1540}, archive.find("belfry-backup") + 20}) {
            std::string changed = archive;
            changed[at] = static_cast<char>(changed[at] ^ 1);
            const TempDir to;
            CHECK_FALSE(unpack(changed, to.path(), 4096).ok());
        }
    }
    SUBCASE("cut anywhere") {
        for (size_t size = 0; size + 512 < archive.size(); size += 256) {
            const TempDir to;
            CHECK_FALSE(unpack(std::string_view(archive).substr(0, size), to.path(), 4096).ok());
        }
    }
    SUBCASE("names that leave the directory, other kinds of files, a second end") {
        std::string block = tar_header({"aaaaaaaaaaaa", 0, 0}).value();
        for (const std::string_view name : {"../x", "/etc/passwd", "a/../../b", "./a", "a//b", "a/", "a\\b", "a\nb", ".."}) {
            CAPTURE(name);
            std::string forgery = block;
            std::memset(forgery.data(), 0, 100);
            forgery.replace(0, name.size(), name);
            Nothing sink;
            CHECK_FALSE(TarReader(sink).add(forged(forgery)).ok());
            CHECK(sink.files == 0);
            CHECK_FALSE(tar_header({std::string(name), 0, 0}).ok());
        }
        for (const char kind : {'1', '2', '3', '5', 'L', 'x'}) {
            std::string forgery = block;
            forgery[156] = kind;
            Nothing sink;
            CHECK_FALSE(TarReader(sink).add(forged(forgery)).ok());
        }
        Nothing sink;
        TarReader reader(sink);
        REQUIRE(reader.add(block + tar_end()).ok());
        CHECK(reader.finish().ok());
        CHECK(reader.add(std::string(4096, '\0')).ok());
        CHECK_FALSE(reader.add(block).ok());
    }
    SUBCASE("a file that comes twice, or that the checksums do not name") {
        const TempDir to;
        ArchiveTarget target(disk(), to.path());
        REQUIRE(target.begin({"a", 0, 0}).ok());
        REQUIRE(target.end().ok());
        CHECK_FALSE(target.begin({"a", 0, 0}).ok());
        REQUIRE(target.begin({std::string(CHECKSUMS), 16, 0}).ok());
        REQUIRE(target.content("belfry-backup 1\n").ok());
        REQUIRE(target.end().ok());
        CHECK_FALSE(target.finish().ok());
    }
}

TEST_CASE("sizes from 8 GiB on keep all their digits") {
    struct Size : Nothing {
        uint64_t size = 0;
        Status begin(const TarEntry& entry) override {
            size = entry.size;
            return {};
        }
    };
    for (const uint64_t size : {uint64_t{0}, uint64_t{1}, (uint64_t{1} << 33) - 1, uint64_t{1} << 33, uint64_t{1} << 45}) {
        Size sink;
        TarReader reader(sink);
        REQUIRE(reader.add(tar_header({"f", size, 0}).value()).ok());
        CHECK(sink.size == size);
    }
}
