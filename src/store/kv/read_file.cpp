#include "store/kv/read_file.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "store/kv/format.h"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace belfry::kv {
namespace {

constexpr size_t POOL_MAX = 64;  // idle transactions kept a file

Error read_error(std::string_view what, int code) {
    return code > 0 ? errno_error(what, code) : make_error(Code::corrupt, "{}: {}", what, mdb_strerror(code));
}

std::string_view view_of(const MDB_val& v) { return {static_cast<const char*>(v.mv_data), v.mv_size}; }

/// The file in memory while its footer is checked.
struct Mapping {
    const char* base = nullptr;
    size_t size = 0;
    ~Mapping() {
        if (base != nullptr) ::munmap(const_cast<char*>(base), size);
    }
};

Status check_footer(std::string_view file) {
    if (file.size() < 2 * PAGE_BYTES + TAIL_BYTES) return make_error(Code::corrupt, "too short");
    const char* tail = file.data() + file.size() - TAIL_BYTES;
    if (std::string_view(tail + 8, 8) != FOOTER_MAGIC) return make_error(Code::corrupt, "no footer");
    const auto footer_bytes = get_le<uint32_t>(tail);
    const auto footer_crc = get_le<uint32_t>(tail + 4);
    if (footer_bytes > file.size() - TAIL_BYTES) return make_error(Code::corrupt, "bad footer size");
    const uint64_t pages_end = file.size() - TAIL_BYTES - footer_bytes;
    const std::string_view footer = file.substr(pages_end, footer_bytes);
    if (crc32c(footer) != footer_crc) return make_error(Code::corrupt, "bad footer");
    if (pages_end % PAGE_BYTES != 0) return make_error(Code::corrupt, "bad footer position");
    ByteReader in(footer);
    uint64_t count = 0;
    uint64_t page = 0;
    uint32_t crc = 0;
    if (!in.varint(&count)) return make_error(Code::corrupt, "bad footer");
    for (uint64_t i = 0; i < count; i++) {
        uint64_t delta = 0;
        if (!in.varint(&delta)) return make_error(Code::corrupt, "bad footer");
        page += delta;
        if (page >= pages_end / PAGE_BYTES) return make_error(Code::corrupt, "bad footer");
        crc = crc32c(file.substr(page * PAGE_BYTES, PAGE_BYTES), crc);
    }
    uint32_t expected = 0;
    if (!in.le(&expected) || crc != expected) return make_error(Code::corrupt, "an index page is damaged");
    return {};
}

}  // namespace

Result<std::shared_ptr<const ReadFile>> ReadFile::open(const std::string& path, const std::vector<std::string>& tables, size_t required) {
    std::shared_ptr<ReadFile> file(new ReadFile);
    file->path_ = path;
    {
        const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0) return errno_error("open " + path, errno);
        struct stat st {};
        const int rc = ::fstat(fd, &st);
        Mapping mapping;
        mapping.size = static_cast<size_t>(st.st_size);
        void* const map = rc == 0 && mapping.size > 0 ? ::mmap(nullptr, mapping.size, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
        ::close(fd);
        if (map == MAP_FAILED) return make_error(Code::corrupt, "{} cannot be mapped", path);
        mapping.base = static_cast<const char*>(map);
        file->file_bytes_ = mapping.size;
        auto checked_footer = check_footer({mapping.base, mapping.size});
        if (!checked_footer) return std::move(checked_footer).error().context("{}", path);
    }
    MDB_env* env = nullptr;
    if (const int rc = mdb_env_create(&env); rc != 0) return read_error("create environment", rc);
    file->env_ = env;
    mdb_env_set_mapsize(env, file->file_bytes_);
    mdb_env_set_maxdbs(env, static_cast<MDB_dbi>(tables.size()));
    constexpr unsigned FLAGS = MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS;
    if (const int rc = mdb_env_open(env, path.c_str(), FLAGS, 0644); rc != 0) return read_error("open " + path, rc);

    MDB_txn* txn = nullptr;
    if (const int rc = mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn); rc != 0) return read_error("begin in " + path, rc);
    for (const std::string& name : tables) {
        MDB_dbi dbi = 0;
        const int rc = mdb_dbi_open(txn, name.c_str(), 0, &dbi);
        if (rc == MDB_NOTFOUND && file->tables_.size() >= required) {
            file->tables_.push_back(NO_TABLE);
            continue;
        }
        if (rc != 0) {
            mdb_txn_abort(txn);
            return read_error("table " + name + " in " + path, rc);
        }
        file->tables_.push_back(dbi);
        // The first large value tells where the map begins: LMDB puts a 16-byte page header with the page number before it.
        MDB_val key{};
        MDB_val value{};
        MDB_cursor* cursor = nullptr;
        if (file->map_ == nullptr && mdb_cursor_open(txn, dbi, &cursor) == 0) {
            if (mdb_cursor_get(cursor, &key, &value, MDB_FIRST) == 0 && value.mv_size > LEAF_VALUE_BYTES_MAX) {
                const char* const at = static_cast<const char*>(value.mv_data) - 16;
                const uint64_t page = get_le<uint64_t>(at);
                if (page < file->file_bytes_ / PAGE_BYTES) file->map_ = at - page * PAGE_BYTES;
            }
            mdb_cursor_close(cursor);
        }
    }
    // Handles opened here serve other transactions once this one is committed.
    if (const int rc = mdb_txn_commit(txn); rc != 0) return read_error("open tables of " + path, rc);
    const size_t words = file->file_bytes_ / PAGE_BYTES / 64 + 1;
    file->seen_ = std::make_unique<std::atomic<uint64_t>[]>(words);
    return std::shared_ptr<const ReadFile>(std::move(file));
}

ReadFile::~ReadFile() {
    for (void* txn : pool_) mdb_txn_abort(static_cast<MDB_txn*>(txn));
    if (env_ != nullptr) mdb_env_close(static_cast<MDB_env*>(env_));
}

Result<void*> ReadFile::acquire() const {
    {
        const std::lock_guard lock(mutex_);
        if (!pool_.empty()) {
            void* txn = pool_.back();
            pool_.pop_back();
            return txn;
        }
    }
    MDB_txn* txn = nullptr;
    if (const int rc = mdb_txn_begin(static_cast<MDB_env*>(env_), nullptr, MDB_RDONLY, &txn); rc != 0) {
        return read_error("begin in " + path_, rc);
    }
    return static_cast<void*>(txn);
}

void ReadFile::release(void* transaction) const {
    {
        const std::lock_guard lock(mutex_);
        if (pool_.size() < POOL_MAX) {
            pool_.push_back(transaction);
            return;
        }
    }
    mdb_txn_abort(static_cast<MDB_txn*>(transaction));
}

Result<ReadFile::Cursor> ReadFile::cursor(size_t table) const {
    void* const txn = TRY(acquire());
    MDB_cursor* cursor = nullptr;
    if (const int rc = mdb_cursor_open(static_cast<MDB_txn*>(txn), tables_[table], &cursor); rc != 0) {
        release(txn);
        return read_error("cursor in " + path_, rc);
    }
    return Cursor(*this, txn, cursor);
}

Result<std::optional<std::string_view>> ReadFile::get(size_t table, std::string_view key) const {
    void* const txn = TRY(acquire());
    MDB_val k{key.size(), const_cast<char*>(key.data())};
    MDB_val v{};
    const int rc = mdb_get(static_cast<MDB_txn*>(txn), tables_[table], &k, &v);
    release(txn);
    if (rc == MDB_NOTFOUND) return std::optional<std::string_view>();
    if (rc != 0) return read_error("read " + path_, rc);
    return std::optional<std::string_view>(view_of(v));
}

Result<std::string_view> ReadFile::checked(std::string_view value) const {
    if (value.size() < 4) return make_error(Code::corrupt, "{}: value too short", path_);
    const std::string_view body = value.substr(4);
    std::atomic<uint64_t>* word = nullptr;
    uint64_t bit = 0;
    if (value.size() > LEAF_VALUE_BYTES_MAX && map_ != nullptr && value.data() > map_) {
        const auto page = static_cast<uint64_t>(value.data() - map_) / PAGE_BYTES;
        if (page < file_bytes_ / PAGE_BYTES) {
            word = &seen_[page / 64];
            bit = 1ULL << (page % 64);
            if ((word->load(std::memory_order_relaxed) & bit) != 0) return body;
        }
    }
    if (crc32c(body) != get_le<uint32_t>(value.data())) return make_error(Code::corrupt, "{}: bad CRC of a block", path_);
    if (word != nullptr) word->fetch_or(bit, std::memory_order_relaxed);
    return body;
}

// ---------------------------------------------------------------- cursor

ReadFile::Cursor::Cursor(Cursor&& other) noexcept
    : file_(other.file_),
      transaction_(std::exchange(other.transaction_, nullptr)),
      cursor_(std::exchange(other.cursor_, nullptr)) {}

ReadFile::Cursor::~Cursor() {
    if (cursor_ != nullptr) mdb_cursor_close(static_cast<MDB_cursor*>(cursor_));
    if (transaction_ != nullptr) file_->release(transaction_);
}

Result<std::optional<ReadFile::Entry>> ReadFile::Cursor::move(int operation, std::string_view key) {
    MDB_val k{key.size(), const_cast<char*>(key.data())};
    MDB_val v{};
    const int rc = mdb_cursor_get(static_cast<MDB_cursor*>(cursor_), &k, &v, static_cast<MDB_cursor_op>(operation));
    if (rc == MDB_NOTFOUND) return std::optional<Entry>();
    if (rc != 0) return read_error("read " + file_->path_, rc);
    return std::optional<Entry>(Entry{view_of(k), view_of(v)});
}

Result<std::optional<ReadFile::Entry>> ReadFile::Cursor::seek(std::string_view key) { return move(MDB_SET_RANGE, key); }
Result<std::optional<ReadFile::Entry>> ReadFile::Cursor::first() { return move(MDB_FIRST, {}); }
Result<std::optional<ReadFile::Entry>> ReadFile::Cursor::last() { return move(MDB_LAST, {}); }
Result<std::optional<ReadFile::Entry>> ReadFile::Cursor::next() { return move(MDB_NEXT, {}); }
Result<std::optional<ReadFile::Entry>> ReadFile::Cursor::previous() { return move(MDB_PREV, {}); }

Result<std::optional<ReadFile::Entry>> ReadFile::Cursor::seek_at_or_below(std::string_view key) {
    const auto at = TRY(seek(key));
    if (!at) return last();
    if (at->key == key) return at;
    return previous();
}

}  // namespace belfry::kv
