#include "store/kv/builder.h"

#include "base/bytes.h"
#include "base/file.h"
#include "base/hash.h"
#include "store/kv/format.h"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace belfry::kv {
namespace {

constexpr size_t MAP_BYTES = 1ULL << 40;            // address space, not memory
constexpr uint64_t COMMIT_BYTES = 32ULL << 20;      // LMDB holds dirty pages in memory until a commit
constexpr uint16_t PAGE_IS_OVERFLOW = 0x04;         // mp_flags of a page that starts a large value

Error kv_error(std::string_view what, int code) {
    if (code > 0) return errno_error(what, code);
    if (code == MDB_MAP_FULL) return make_error(Code::exhausted, "{}: {}", what, mdb_strerror(code));
    return make_error(Code::internal, "{}: {}", what, mdb_strerror(code));
}

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_;
};

// The footer over the first `pages` pages of an open file: which of them hold no large value, and their CRC.
Result<std::string> make_footer(int fd, uint64_t pages) {
    const size_t size = pages * PAGE_BYTES;
    void* const map = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) return errno_error("map the new file", errno);
    const char* const base = static_cast<const char*>(map);
    std::string deltas;
    uint64_t count = 0;
    uint64_t last = 0;
    uint32_t crc = 0;
    for (uint64_t page = 0; page < pages;) {
        const char* p = base + page * PAGE_BYTES;
        const auto flags = get_le<uint16_t>(p + 10);
        // the two meta pages come first and are never large values
        if (page >= 2 && (flags & PAGE_IS_OVERFLOW) != 0) {
            page += std::max<uint32_t>(1, get_le<uint32_t>(p + 12));
            continue;
        }
        put_varint(deltas, page - last);
        last = page;
        count++;
        crc = crc32c({p, PAGE_BYTES}, crc);
        page++;
    }
    ::munmap(map, size);
    std::string footer;
    put_varint(footer, count);
    footer += deltas;
    put_le(footer, crc);
    const auto footer_bytes = narrow<uint32_t>(footer.size());
    const uint32_t footer_crc = crc32c(footer);
    put_le(footer, footer_bytes);
    put_le(footer, footer_crc);
    footer += FOOTER_MAGIC;
    return footer;
}

}  // namespace

struct Builder::Impl {
    std::string path;
    std::string temporary;
    MDB_env* env = nullptr;
    MDB_txn* txn = nullptr;
    std::vector<MDB_dbi> tables;
    uint64_t value_bytes = 0;
    uint64_t uncommitted_bytes = 0;
    bool finished = false;

    Impl() = default;
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        close();
        if (!finished && !temporary.empty()) ::unlink(temporary.c_str());
    }
    void close() {
        if (txn != nullptr) mdb_txn_abort(txn);
        txn = nullptr;
        if (env != nullptr) mdb_env_close(env);
        env = nullptr;
    }
};

Builder::Builder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Builder::Builder(Builder&&) noexcept = default;
Builder& Builder::operator=(Builder&&) noexcept = default;
Builder::~Builder() = default;

Result<Builder> Builder::create(const std::string& path, const std::vector<std::string>& tables) {
    auto impl = std::make_unique<Impl>();
    impl->path = path;
    impl->temporary = path + ".tmp";
    if (::unlink(impl->temporary.c_str()) != 0 && errno != ENOENT) return errno_error("remove " + impl->temporary, errno);
    if (const int rc = mdb_env_create(&impl->env); rc != 0) return kv_error("create environment", rc);
    mdb_env_set_mapsize(impl->env, MAP_BYTES);
    mdb_env_set_maxdbs(impl->env, static_cast<MDB_dbi>(tables.size()));
    constexpr unsigned FLAGS = MDB_NOSUBDIR | MDB_NOSYNC | MDB_NOLOCK | MDB_NORDAHEAD;
    if (const int rc = mdb_env_open(impl->env, impl->temporary.c_str(), FLAGS, 0644); rc != 0) {
        return kv_error("open " + impl->temporary, rc);
    }
    if (const int rc = mdb_txn_begin(impl->env, nullptr, 0, &impl->txn); rc != 0) return kv_error("begin", rc);
    for (const std::string& name : tables) {
        MDB_dbi dbi = 0;
        if (const int rc = mdb_dbi_open(impl->txn, name.c_str(), MDB_CREATE, &dbi); rc != 0) return kv_error("create table " + name, rc);
        impl->tables.push_back(dbi);
    }
    return Builder(std::move(impl));
}

Status Builder::append(size_t table, std::string_view key, std::string_view value) {
    Impl& b = *impl_;
    INVARIANT(table < b.tables.size() && !key.empty() && key.size() <= 511, "a table of this file and a key LMDB takes");
    if (b.uncommitted_bytes > COMMIT_BYTES) {
        b.uncommitted_bytes = 0;
        if (const int rc = mdb_txn_commit(std::exchange(b.txn, nullptr)); rc != 0) return kv_error("commit " + b.temporary, rc);
        if (const int rc = mdb_txn_begin(b.env, nullptr, 0, &b.txn); rc != 0) return kv_error("begin", rc);
    }
    MDB_val k{key.size(), const_cast<char*>(key.data())};
    MDB_val v{value.size(), const_cast<char*>(value.data())};
    const int rc = mdb_put(b.txn, b.tables[table], &k, &v, MDB_APPEND);
    INVARIANT(rc != MDB_KEYEXIST, "keys are appended in ascending order");
    if (rc != 0) return kv_error("append to " + b.temporary, rc);
    b.value_bytes += value.size();
    b.uncommitted_bytes += value.size() + key.size();
    return {};
}

uint64_t Builder::value_bytes() const { return impl_->value_bytes; }

Result<uint64_t> Builder::finish() {
    Impl& b = *impl_;
    if (const int rc = mdb_txn_commit(std::exchange(b.txn, nullptr)); rc != 0) return kv_error("commit " + b.temporary, rc);
    MDB_envinfo facts;
    mdb_env_info(b.env, &facts);
    const uint64_t pages = facts.me_last_pgno + 1;
    b.close();

    const Descriptor file(::open(b.temporary.c_str(), O_RDWR | O_CLOEXEC));
    if (file.get() < 0) return errno_error("open " + b.temporary, errno);
    uint64_t size = pages * PAGE_BYTES;
    if (::ftruncate(file.get(), static_cast<off_t>(size)) != 0) return errno_error("size " + b.temporary, errno);
    const std::string footer = TRY(make_footer(file.get(), pages));
    for (size_t done = 0; done < footer.size();) {
        const ssize_t n = ::pwrite(file.get(), footer.data() + done, footer.size() - done, static_cast<off_t>(size + done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return errno_error("write " + b.temporary, n < 0 ? errno : EIO);
        done += static_cast<size_t>(n);
    }
    size += footer.size();
    if (::fdatasync(file.get()) != 0) return errno_error("sync " + b.temporary, errno);
    if (::rename(b.temporary.c_str(), b.path.c_str()) != 0) return errno_error("rename " + b.temporary, errno);
    b.finished = true;
    const Descriptor dir(::open(parent_dir(b.path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (dir.get() < 0 || ::fsync(dir.get()) != 0) return errno_error("sync the directory of " + b.path, errno);
    return size;
}

}  // namespace belfry::kv
