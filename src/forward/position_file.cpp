#include "forward/position_file.h"

#include "base/bytes.h"
#include "base/hash.h"

namespace belfry::forward {
namespace {

constexpr std::string_view MAGIC = "BFYFWD01";
constexpr size_t SUM_AT = MAGIC.size() + 8;
constexpr size_t FILE_BYTES = SUM_AT + 4;

}  // namespace

Result<std::optional<uint64_t>> PositionFile::load() const {
    if (!files_.exists(path_)) return std::optional<uint64_t>();
    auto bytes = read_file(files_, path_, FILE_BYTES);
    if (!bytes.ok() && bytes.error().code != Code::exhausted) return bytes.error();
    const bool whole = bytes.ok() && bytes->size() == FILE_BYTES && bytes->starts_with(MAGIC) &&
                       get_le<uint32_t>(bytes->data() + SUM_AT) == crc32c(std::string_view(*bytes).substr(0, SUM_AT));
    if (!whole) return make_error(Code::corrupt, "{} is damaged", path_);
    return std::optional<uint64_t>(get_le<uint64_t>(bytes->data() + MAGIC.size()));
}

Status PositionFile::save(uint64_t offset) {
    std::string bytes(MAGIC);
    put_le(bytes, offset);
    put_le(bytes, crc32c(bytes));
    return write_file_atomically(files_, path_, bytes);
}

}  // namespace belfry::forward
