// A backup of a running server, and a data directory made of one.
#include "app/backup/archive.h"
#include "app/cli/commands.h"
#include "app/cli/table.h"

#include <sys/stat.h>

#include <cstdio>

namespace belfry::app {
namespace {

constexpr size_t READ_BYTES = 256 * 1024;

using OpenFile = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

Status fetch(const Remote& remote, const std::function<Status(std::string_view)>& take) {
    Status taken;
    const auto response = remote.send({.method = "GET",
                                       .path = "/api/v1/belfry/backup",
                                       .content_type = "",
                                       .body = "",
                                       .headers = {},
                                       .receive = [&](std::string_view part) {
                                           taken = take(part);
                                           return taken.ok();
                                       }});
    if (!taken.ok()) return taken;
    if (!response.ok()) return response.error();
    if (response->status != 200) return answer_error(*response);
    return {};
}

Result<uint64_t> fetch_to_file(const Remote& remote, std::FILE* out) {
    uint64_t bytes = 0;
    TRY(fetch(remote, [&](std::string_view part) -> Status {
        if (std::fwrite(part.data(), 1, part.size(), out) != part.size()) return errno_error("write the backup", errno);
        bytes += part.size();
        return {};
    }));
    if (std::fflush(out) != 0) return errno_error("write the backup", errno);
    return bytes;
}

/// Refuses a directory that holds something.
Status check_empty(FileSystem& files, const std::string& directory) {
    if (!files.exists(directory) || TRY(files.list(directory)).empty()) return {};
    return make_error(Code::invalid, "{} is not empty: name a directory that is, or that does not exist", directory);
}

/// Fills a directory beside `directory` and puts it in its place when all of it is right.
Result<ArchiveTarget> fill(FileSystem& files,
                           const std::string& directory,
                           const std::function<Status(ArchiveTarget&)>& read) {
    TRY(check_empty(files, directory));
    std::string clean = directory;
    while (clean.size() > 1 && clean.ends_with('/'))
        clean.pop_back();
    const std::string making = clean + ".making";
    TRY(remove_tree(files, making));
    TRY(files.make_dirs(making));
    ::chmod(making.c_str(), 0700);
    ArchiveTarget target(files, making);
    Status done = read(target);
    if (done) done = target.finish();
    if (done) done = files.rename(making, clean);  // over an empty directory, too
    if (done) done = files.sync_dir(parent_dir(clean));
    if (!done) {
        (void)remove_tree(files, making);
        return std::move(done).error();
    }
    return target;
}

Status read_stream(std::FILE* input, ArchiveTarget& target) {
    TarReader reader(target);
    std::string buffer(READ_BYTES, '\0');
    while (const size_t n = std::fread(buffer.data(), 1, buffer.size(), input))
        TRY(reader.add(std::string_view(buffer).substr(0, n)));
    if (std::ferror(input) != 0) return errno_error("read the backup", errno);
    return reader.finish();
}

Status read_directory(FileSystem& files, const std::string& from, ArchiveTarget& target) {
    std::vector<std::string> names = TRY(files_below(files, from));
    names.emplace_back(CHECKSUMS);
    std::string buffer(READ_BYTES, '\0');
    for (const std::string& name : names) {
        const auto file = TRY(files.open(from + "/" + name, OpenMode::read));
        const uint64_t size = TRY(file->size());
        TRY(target.begin({name, size, 0}));
        for (uint64_t at = 0; at < size;) {
            const auto count = static_cast<size_t>(std::min<uint64_t>(buffer.size(), size - at));
            TRY(read_exactly(*file, buffer.data(), count, at));
            TRY(target.content(std::string_view(buffer).substr(0, count)));
            at += count;
        }
        TRY(target.end());
    }
    return {};
}

Outcome told(const std::string& sentence, bool json, uint64_t bytes, size_t files) {
    if (!json) return {.out = sentence + "\n"};
    JsonWriter out;
    out.begin_object().field("bytes", bytes).field("files", files).end_object();
    return {.out = out.take() + "\n"};
}

}  // namespace

Outcome backup_command(const config::CommandLine& line, const Remote& remote, std::FILE* output) {
    FileSystem& files = real_file_system();
    if (line.file == "-") {
        auto done = fetch_to_file(remote, output);
        return done.ok() ? Outcome{} : failed(done.error());
    }
    if (line.file.ends_with(".tar")) {
        if (files.exists(line.file)) return failed(make_error(Code::invalid, "{} exists", line.file));
        const std::string making = line.file + ".making";
        OpenFile out(std::fopen(making.c_str(), "wbe"), &std::fclose);
        if (!out) return failed(errno_error("create " + making, errno));
        ::fchmod(::fileno(out.get()), 0600);
        auto done = fetch_to_file(remote, out.get());
        if (done.ok() && ::fsync(::fileno(out.get())) != 0) done = errno_error("write " + making, errno);
        if (done.ok()) {
            if (Status renamed = files.rename(making, line.file); !renamed.ok()) done = std::move(renamed).error();
        }
        if (!done.ok()) {
            (void)files.remove(making);
            return failed(done.error());
        }
        return told(fmt::format("{} written to {}", format_size(static_cast<double>(*done)), line.file), line.json,
                    *done, 1);
    }
    auto filled = fill(files, line.file, [&](ArchiveTarget& target) -> Status {
        TarReader reader(target);
        TRY(fetch(remote, [&](std::string_view part) { return reader.add(part); }));
        return reader.finish();
    });
    if (!filled.ok()) return failed(filled.error());
    return told(fmt::format("{} in {} files written to {}", format_size(static_cast<double>(filled->bytes())),
                            filled->files(), line.file),
                line.json, filled->bytes(), filled->files());
}

Outcome restore_command(const config::CommandLine& line, std::FILE* input) {
    FileSystem& files = real_file_system();
    auto filled = fill(files, line.data_dir, [&](ArchiveTarget& target) -> Status {
        if (line.file == "-") return read_stream(input, target);
        if (files.exists(line.file + "/" + std::string(CHECKSUMS))) return read_directory(files, line.file, target);
        OpenFile file(std::fopen(line.file.c_str(), "rbe"), &std::fclose);
        if (!file) return errno_error("open " + line.file, errno);
        return read_stream(file.get(), target).context("{}", line.file);
    });
    if (!filled.ok()) return failed(std::move(filled).error().context("nothing was restored"));
    return told(fmt::format("{} in {} files restored; start it with: belfry --data {}",
                            format_size(static_cast<double>(filled->bytes())), filled->files(), line.data_dir),
                line.json, filled->bytes(), filled->files());
}

}  // namespace belfry::app
