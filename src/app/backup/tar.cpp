#include "app/backup/tar.h"

#include <cstring>

namespace belfry::app {
namespace {

// Places in a header block.
constexpr size_t NAME = 0;
constexpr size_t MODE = 100;
constexpr size_t UID = 108;
constexpr size_t GID = 116;
constexpr size_t SIZE = 124;
constexpr size_t SIZE_BYTES = 12;
constexpr size_t TIME = 136;
constexpr size_t CHECKSUM = 148;
constexpr size_t CHECKSUM_BYTES = 8;
constexpr size_t KIND = 156;
constexpr size_t MAGIC = 257;
constexpr size_t PREFIX = 345;

void put_octal(std::string& block, size_t at, size_t digits, uint64_t value) {
    for (size_t i = digits; i-- > 0; value >>= 3)
        block[at + i] = static_cast<char>('0' + (value & 7));
}

// The sum of all bytes, the checksum itself taken as spaces.
uint64_t checksum(std::string_view block) {
    uint64_t sum = 0;
    for (size_t i = 0; i < block.size(); i++) {
        const bool own = i >= CHECKSUM && i < CHECKSUM + CHECKSUM_BYTES;
        sum += own ? ' ' : static_cast<unsigned char>(block[i]);
    }
    return sum;
}

// Octal digits, spaces before, a space or zero behind; or base 256 when the first bit is set.
Result<uint64_t> number(std::string_view field) {
    const Error bad = make_error(Code::invalid, "a bad number in a tar header");
    uint64_t value = 0;
    if ((field[0] & 0x80) != 0) {
        for (size_t i = 0; i < field.size(); i++) {
            const auto byte = static_cast<unsigned char>(i == 0 ? field[i] & 0x7f : field[i]);
            if (value >> 55 != 0) return bad;
            value = value << 8 | byte;
        }
        return value;
    }
    size_t i = 0;
    while (i < field.size() && field[i] == ' ')
        i++;
    for (; i < field.size() && field[i] != ' ' && field[i] != '\0'; i++) {
        if (field[i] < '0' || field[i] > '7') return bad;
        value = value << 3 | static_cast<uint64_t>(field[i] - '0');
    }
    return value;
}

// Relative, no part is empty, "." or "..", printable bytes only: it stays below the directory it is unpacked into.
bool is_safe(std::string_view name) {
    if (name.empty() || name.size() > TAR_NAME_BYTES_MAX) return false;
    for (const char c : name) {
        if (c <= ' ' || c > '~' || c == '\\') return false;
    }
    for (size_t begin = 0; begin <= name.size();) {
        const size_t end = std::min(name.find('/', begin), name.size());
        const std::string_view part = name.substr(begin, end - begin);
        if (part.empty() || part == "." || part == "..") return false;
        begin = end + 1;
    }
    return true;
}

}  // namespace

Result<std::string> tar_header(const TarEntry& entry) {
    if (!is_safe(entry.name)) return make_error(Code::invalid, "{}: not a name for an archive", entry.name);
    std::string block(TAR_BLOCK_BYTES, '\0');
    block.replace(NAME, entry.name.size(), entry.name);
    put_octal(block, MODE, 7, 0600);
    put_octal(block, UID, 7, 0);
    put_octal(block, GID, 7, 0);
    if (entry.size >> 33 == 0) {
        put_octal(block, SIZE, 11, entry.size);
    } else {
        block[SIZE] = static_cast<char>(0x80);
        for (size_t i = 0; i < 8; i++)
            block[SIZE + SIZE_BYTES - 1 - i] = static_cast<char>(entry.size >> (8 * i) & 0xff);
    }
    put_octal(block, TIME, 11, static_cast<uint64_t>(std::max<int64_t>(0, entry.time_s)));
    block[KIND] = '0';
    block.replace(MAGIC, 8, std::string_view("ustar\00000", 8));
    put_octal(block, CHECKSUM, 6, checksum(block));
    block[CHECKSUM + 7] = ' ';
    return block;
}

std::string tar_end() {
    return std::string(2 * TAR_BLOCK_BYTES, '\0');
}

Status TarReader::header() {
    if (block_.find_first_not_of('\0') == std::string::npos) {
        zero_blocks_++;
        return {};
    }
    if (zero_blocks_ > 0) return make_error(Code::invalid, "the archive goes on behind its end");
    const std::string_view block = block_;
    if (TRY(number(block.substr(CHECKSUM, CHECKSUM_BYTES))) != checksum(block))
        return make_error(Code::invalid, "not a tar header: its checksum is wrong");
    TarEntry entry;
    entry.name = std::string(block.substr(NAME, ::strnlen(block.data() + NAME, TAR_NAME_BYTES_MAX)));
    if (block[PREFIX] != '\0' && block.substr(MAGIC, 5) == "ustar")
        return make_error(Code::invalid, "{}: a name that long is not in a backup", entry.name);
    const char kind = block[KIND];
    if (kind != '0' && kind != '\0')
        return make_error(Code::invalid, "{}: only plain files are in a backup", entry.name);
    if (!is_safe(entry.name))
        return make_error(Code::invalid, "a file name in the archive would leave the directory or is not plain");
    entry.size = TRY(number(block.substr(SIZE, SIZE_BYTES)));
    entry.time_s = static_cast<int64_t>(TRY(number(block.substr(TIME, 12))));
    left_ = entry.size;
    padding_ = tar_padding(entry.size);
    in_file_ = true;
    return sink_.begin(entry);
}

Status TarReader::add(std::string_view bytes) {
    while (!bytes.empty()) {
        if (left_ > 0) {
            const auto count = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size()));
            TRY(sink_.content(bytes.substr(0, count)));
            left_ -= count;
            bytes.remove_prefix(count);
        } else if (padding_ > 0) {
            const auto count = static_cast<size_t>(std::min<uint64_t>(padding_, bytes.size()));
            padding_ -= count;
            bytes.remove_prefix(count);
        } else if (zero_blocks_ >= 2) {
            // programs fill the last record with zeros
            if (bytes.find_first_not_of('\0') != std::string_view::npos)
                return make_error(Code::invalid, "the archive goes on behind its end");
            return {};
        } else {
            const size_t count = std::min(TAR_BLOCK_BYTES - block_.size(), bytes.size());
            block_.append(bytes.substr(0, count));
            bytes.remove_prefix(count);
            if (block_.size() < TAR_BLOCK_BYTES) return {};
            TRY(header());
            block_.clear();
        }
        if (in_file_ && left_ == 0 && padding_ == 0) {
            in_file_ = false;
            TRY(sink_.end());
        }
    }
    return {};
}

Status TarReader::finish() const {
    if (zero_blocks_ < 2) return make_error(Code::corrupt, "the archive is not complete");
    return {};
}

}  // namespace belfry::app
