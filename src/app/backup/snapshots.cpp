#include "app/backup/snapshots.h"

#include "base/log.h"

namespace belfry::app {
namespace {

// Of a snapshot that is being made, and of one that a backup reads: no names that `make` gives.
constexpr std::string_view UNFINISHED = ".making-";
constexpr std::string_view FOR_BACKUP = ".backup-";

bool is_snapshot_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    });
}

}  // namespace

Status Snapshots::clean() {
    if (!parts_.files.exists(parts_.directory)) return {};
    for (const std::string& name : TRY(parts_.files.list(parts_.directory))) {
        if (!name.starts_with(UNFINISHED) && !name.starts_with(FOR_BACKUP)) continue;
        log_info("app", "an unfinished snapshot is removed", {{"name", name}});
        TRY(remove_tree(parts_.files, parts_.directory + "/" + name));
    }
    return {};
}

// "20261122T181502-0001"
std::string Snapshots::new_name() {
    const std::chrono::sys_seconds time{std::chrono::seconds(parts_.clock.now_ms() / 1000)};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    for (;;) {
        std::string name =
            fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}-{:04}", static_cast<int>(date.year()),
                        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                        clock.minutes().count(), clock.seconds().count(), ++serial_);
        if (!parts_.files.exists(parts_.directory + "/" + name)) return name;
    }
}

Status Snapshots::fill(const std::string& directory, bool with_head) {
    if (with_head) TRY(parts_.catch_up());
    TRY(parts_.files.make_dirs(directory));
    // The alarms first, for they say up to where samples are decided: what the metric store holds must reach as far.
    const std::string alarms = directory + "/alarms.sqlite";
    TRY(parts_.alarms.copy_to(alarms));
    TRY(TRY(parts_.files.open(alarms, OpenMode::write))->sync_data());
    if (with_head) TRY(parts_.catch_up());
    // What is told reaches as far as the alarms, or further: nothing that they hold goes untold.
    const std::string notify = directory + "/notify.sqlite";
    TRY(parts_.notifier.copy_to(notify));
    TRY(TRY(parts_.files.open(notify, OpenMode::write))->sync_data());
    TRY(parts_.metrics.snapshot(directory + "/metrics", with_head).context("snapshot of the metric store"));
    const std::string catalog = directory + "/catalog.sqlite";
    TRY(parts_.catalog.copy_to(catalog));
    TRY(TRY(parts_.files.open(catalog, OpenMode::write))->sync_data());
    return parts_.files.sync_dir(directory);
}

Result<std::string> Snapshots::make(bool with_head) {
    const std::lock_guard lock(mutex_);
    const std::string name = new_name();
    const std::string making = parts_.directory + "/" + std::string(UNFINISHED) + name;
    auto work = [&]() -> Status {
        TRY(fill(making, with_head));
        // read once for the checksums
        ArchiveSource source(parts_.files, making, TRY(files_below(parts_.files, making)), 0);
        std::string part;
        while (TRY(source.next(part)))
            part.clear();
        TRY(write_file_atomically(parts_.files, making + "/" + std::string(CHECKSUMS), source.checksums()));
        TRY(parts_.files.rename(making, parts_.directory + "/" + name));
        return parts_.files.sync_dir(parts_.directory);
    };
    if (Status done = work(); !done.ok()) {
        if (Status removed = remove_tree(parts_.files, making); !removed.ok())
            log_warn("app", "an unfinished snapshot stays until the next start", {{"error", removed.error().message}});
        return std::move(done).error().context("make a snapshot");
    }
    return name;
}

Result<std::vector<Snapshots::Entry>> Snapshots::list() const {
    std::vector<Entry> out;
    if (!parts_.files.exists(parts_.directory)) return out;
    for (const std::string& name : TRY(parts_.files.list(parts_.directory))) {
        if (!is_snapshot_name(name)) continue;
        Entry entry{.name = name};
        const std::string path = parts_.directory + "/" + name;
        for (const std::string& file : TRY(files_below(parts_.files, path)))
            entry.bytes += TRY(TRY(parts_.files.open(path + "/" + file, OpenMode::read))->size());
        out.push_back(std::move(entry));
    }
    return out;
}

Status Snapshots::remove(const std::string& name) {
    const std::string path = parts_.directory + "/" + name;
    if (!is_snapshot_name(name) || !parts_.files.exists(path))
        return make_error(Code::not_found, "no snapshot of this name");
    return remove_tree(parts_.files, path);
}

Result<std::function<Result<bool>(std::string& out)>> Snapshots::stream() {
    struct Stream {
        FileSystem& files;
        std::string directory;
        std::unique_ptr<ArchiveSource> source;
        ~Stream() {
            if (Status removed = remove_tree(files, directory); !removed.ok())
                log_warn("app", "the files of a backup stay until the next start",
                         {{"error", removed.error().message}});
        }
    };
    std::shared_ptr<Stream> stream;
    {
        const std::lock_guard lock(mutex_);
        stream.reset(new Stream{parts_.files, parts_.directory + "/" + std::string(FOR_BACKUP) + new_name(), nullptr});
    }
    TRY(fill(stream->directory, true).context("make a backup"));
    stream->source = std::make_unique<ArchiveSource>(parts_.files, stream->directory,
                                                     TRY(files_below(parts_.files, stream->directory)),
                                                     parts_.clock.now_ms() / 1000);
    return std::function<Result<bool>(std::string&)>([stream](std::string& out) { return stream->source->next(out); });
}

}  // namespace belfry::app
