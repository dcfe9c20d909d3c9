#include "app/backup/archive.h"

#include "base/hash.h"
#include "base/number.h"

#include <sys/stat.h>

namespace belfry::app {
namespace {

constexpr size_t PART_BYTES = 256 * 1024;
constexpr uint64_t CHECKSUMS_BYTES_MAX = 64ULL << 20;  // some 70 bytes a file
constexpr std::string_view FIRST_LINE = "belfry-backup 1\n";

bool is_directory(const std::string& path) {
    struct stat s {};
    return ::lstat(path.c_str(), &s) == 0 && S_ISDIR(s.st_mode);
}

std::string line_of(std::string_view name, uint32_t crc, uint64_t size) {
    return fmt::format("{:08x} {} {}\n", crc, size, name);
}

}  // namespace

Result<std::vector<std::string>> files_below(FileSystem& file_system, const std::string& directory) {
    std::vector<std::string> out;
    for (const std::string& name : TRY(file_system.list(directory))) {
        if (!is_directory(directory + "/" + name)) {
            if (name != CHECKSUMS) out.push_back(name);
            continue;
        }
        for (const std::string& inner : TRY(file_system.list(directory + "/" + name)))
            out.push_back(name + "/" + inner);
    }
    return out;
}

Status remove_tree(FileSystem& file_system, const std::string& directory) {
    if (!file_system.exists(directory)) return {};
    for (const std::string& name : TRY(file_system.list(directory))) {
        const std::string path = directory + "/" + name;
        if (is_directory(path))
            TRY(remove_tree(file_system, path));
        else
            TRY(file_system.remove(path));
    }
    return file_system.remove(directory);
}

// ---------------------------------------------------------------- out

ArchiveSource::ArchiveSource(FileSystem& file_system,
                             std::string directory,
                             std::vector<std::string> files,
                             int64_t time_s)
    : file_system_(file_system),
      directory_(std::move(directory)),
      files_(std::move(files)),
      time_s_(time_s),
      checksums_(FIRST_LINE) {}

Result<bool> ArchiveSource::next(std::string& out) {
    while (out.size() < PART_BYTES) {
        if (!file_) {
            if (at_ == files_.size()) {
                out += TRY(tar_header({std::string(CHECKSUMS), checksums_.size(), time_s_}));
                out += checksums_;
                out.append(tar_padding(checksums_.size()), '\0');
                out += tar_end();
                return false;
            }
            file_ = TRY(file_system_.open(directory_ + "/" + files_[at_], OpenMode::read));
            size_ = TRY(file_->size());
            offset_ = 0;
            crc_ = 0;
            out += TRY(tar_header({files_[at_], size_, time_s_}));
        }
        const auto count = static_cast<size_t>(std::min<uint64_t>(PART_BYTES, size_ - offset_));
        const size_t begin = out.size();
        out.resize(begin + count);
        TRY(read_exactly(*file_, out.data() + begin, count, offset_).context("{}", files_[at_]));
        crc_ = crc32c(std::string_view(out).substr(begin), crc_);
        offset_ += count;
        if (offset_ < size_) continue;
        out.append(tar_padding(size_), '\0');
        checksums_ += line_of(files_[at_], crc_, size_);
        file_.reset();
        at_++;
    }
    return true;
}

// ---------------------------------------------------------------- in

Status ArchiveTarget::begin(const TarEntry& entry) {
    if (!checksums_.empty()) return make_error(Code::invalid, "{}: a file behind the checksums", entry.name);
    if (seen_.contains(entry.name)) return make_error(Code::invalid, "{}: twice in the archive", entry.name);
    name_ = entry.name;
    current_ = {};
    if (name_ == CHECKSUMS) {
        if (entry.size > CHECKSUMS_BYTES_MAX) return make_error(Code::invalid, "checksums of {} bytes", entry.size);
        checksums_.reserve(entry.size);
        return {};
    }
    const std::string path = directory_ + "/" + name_;
    TRY(file_system_.make_dirs(parent_dir(path)));
    file_ = TRY(file_system_.open(path, OpenMode::create_empty));
    return {};
}

Status ArchiveTarget::content(std::string_view bytes) {
    if (name_ == CHECKSUMS) {
        checksums_.append(bytes);
        return {};
    }
    TRY(write_all(*file_, bytes, current_.size));
    current_.crc = crc32c(bytes, current_.crc);
    current_.size += bytes.size();
    bytes_ += bytes.size();
    return {};
}

Status ArchiveTarget::end() {
    if (name_ == CHECKSUMS) return {};
    TRY(file_->sync_data());
    file_.reset();
    seen_[name_] = current_;
    return {};
}

Status ArchiveTarget::finish() {
    if (!std::string_view(checksums_).starts_with(FIRST_LINE))
        return make_error(Code::invalid, "this is no backup of Belfry: its checksums are missing");
    std::map<std::string, Seen> wanted;
    std::string_view rest = std::string_view(checksums_).substr(FIRST_LINE.size());
    while (!rest.empty()) {
        const size_t newline = rest.find('\n');
        const std::string_view line = rest.substr(0, newline);
        const size_t a = line.find(' ');
        const size_t b = a == std::string_view::npos ? a : line.find(' ', a + 1);
        Seen s;
        const auto size = b == std::string_view::npos ? std::nullopt : parse_uint(line.substr(a + 1, b - a - 1));
        if (newline == std::string_view::npos || a != 8 || !size ||
            std::from_chars(line.data(), line.data() + 8, s.crc, 16).ptr != line.data() + 8) {
            return make_error(Code::corrupt, "the checksums cannot be read");
        }
        s.size = *size;
        wanted.emplace(line.substr(b + 1), s);
        rest.remove_prefix(newline + 1);
    }
    for (const auto& [name, s] : wanted) {
        const auto it = seen_.find(name);
        if (it == seen_.end()) return make_error(Code::corrupt, "{} is missing", name);
        if (it->second != s) return make_error(Code::corrupt, "{} is damaged: its checksum is wrong", name);
    }
    for (const auto& [name, s] : seen_) {
        if (!wanted.contains(name)) return make_error(Code::invalid, "{} is not named by the checksums", name);
    }
    TRY(write_file_atomically(file_system_, directory_ + "/" + std::string(CHECKSUMS), checksums_));
    for (const auto& [name, s] : seen_)
        TRY(file_system_.sync_dir(parent_dir(directory_ + "/" + name)));
    return {};
}

}  // namespace belfry::app
