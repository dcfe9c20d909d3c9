#include "codec/compress.h"

#include "base/ascii.h"

#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

namespace belfry::codec {
namespace {

// RFC 8878 asks decoders for 8 MiB; larger windows would let a small frame claim 128 MiB of memory.
constexpr int ZSTD_WINDOW_LOG_MAX = 23;
constexpr int GZIP_WINDOW = 15 + 16;
constexpr int ZLIB_WINDOW = 15;
constexpr int RAW_DEFLATE_WINDOW = -15;
constexpr size_t FIRST_ROOM_BYTES = 16UL << 10;

uint64_t allowed_bytes(size_t compressed, const DecompressLimits& limits) {
    uint64_t by_ratio = 0;
    if (__builtin_mul_overflow(static_cast<uint64_t>(compressed), limits.ratio_max, &by_ratio)) by_ratio = UINT64_MAX;
    return std::min(limits.bytes_max, std::max(by_ratio, limits.ratio_free_bytes));
}

Error too_large(Coding coding, size_t compressed, const DecompressLimits& limits) {
    const uint64_t allowed = allowed_bytes(compressed, limits);
    if (allowed == limits.bytes_max)
        return make_error(Code::exhausted, "{} body is larger than {} bytes when decompressed", to_string(coding),
                          limits.bytes_max);
    return make_error(Code::exhausted, "{} body of {} bytes decompresses to more than {} times its size",
                      to_string(coding), compressed, limits.ratio_max);
}

// Room at the end of `out` for more bytes: it doubles, up to one byte past what is allowed (so that too much is seen).
bool grow(std::string& out, size_t used, uint64_t allowed) {
    if (used > allowed) return false;
    const uint64_t wanted = std::min(allowed + 1, std::max<uint64_t>(uint64_t{used} * 2, FIRST_ROOM_BYTES));
    if (wanted > out.size()) out.resize(static_cast<size_t>(wanted));
    return true;
}

struct Inflater {
    z_stream stream{};
    bool open = false;
    explicit Inflater(int window) { open = inflateInit2(&stream, window) == Z_OK; }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater() {
        if (open) inflateEnd(&stream);
    }
};

Status inflate_all(
    Coding coding, int window, std::string_view bytes, const DecompressLimits& limits, std::string& out) {
    Inflater inflater(window);
    if (!inflater.open) return make_error(Code::internal, "zlib: no memory");
    z_stream& z = inflater.stream;
    const uint64_t allowed = allowed_bytes(bytes.size(), limits);
    size_t used = 0;
    size_t read = 0;
    while (true) {
        if (used == out.size() && !grow(out, used, allowed)) return too_large(coding, bytes.size(), limits);
        const auto in_room = static_cast<uInt>(std::min<size_t>(bytes.size() - read, 1U << 30));
        const auto out_room = static_cast<uInt>(std::min<size_t>(out.size() - used, 1U << 30));
        z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + read));
        z.avail_in = in_room;
        z.next_out = reinterpret_cast<Bytef*>(out.data() + used);
        z.avail_out = out_room;
        const int rc = inflate(&z, Z_NO_FLUSH);
        read += in_room - z.avail_in;
        used += out_room - z.avail_out;
        if (used > allowed) return too_large(coding, bytes.size(), limits);
        if (rc == Z_STREAM_END) {
            if (read == bytes.size()) break;
            // A gzip body may be several members after one another.
            if (window != GZIP_WINDOW || inflateReset(&z) != Z_OK)
                return make_error(Code::invalid, "{} body is followed by {} bytes", to_string(coding),
                                  bytes.size() - read);
            continue;
        }
        if (rc == Z_BUF_ERROR && z.avail_out == 0) continue;
        if (rc == Z_OK && (read < bytes.size() || z.avail_out == 0)) continue;
        if (rc == Z_OK || rc == Z_BUF_ERROR) return make_error(Code::invalid, "{} body ends early", to_string(coding));
        if (rc == Z_MEM_ERROR) return make_error(Code::internal, "zlib: no memory");
        return make_error(Code::invalid, "{} body: {}", to_string(coding), z.msg != nullptr ? z.msg : "malformed");
    }
    out.resize(used);
    return {};
}

// HTTP's "deflate" is the zlib format, but some senders leave its header out.
Status inflate_deflate(std::string_view bytes, const DecompressLimits& limits, std::string& out) {
    Status status = inflate_all(Coding::deflate, ZLIB_WINDOW, bytes, limits, out);
    if (status.ok() || status.error().code != Code::invalid) return status;
    const auto first = static_cast<uint8_t>(bytes.empty() ? 0 : bytes[0]);
    const bool zlib_header =
        bytes.size() >= 2 && (first & 15) == 8 && (first * 256 + static_cast<uint8_t>(bytes[1])) % 31 == 0;
    if (zlib_header) return status;
    return inflate_all(Coding::deflate, RAW_DEFLATE_WINDOW, bytes, limits, out);
}

Status unzstd(std::string_view bytes, const DecompressLimits& limits, std::string& out) {
    struct Free {
        void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
    };
    // Kept a thread: making one costs as much as a small body.
    thread_local const std::unique_ptr<ZSTD_DCtx, Free> context(ZSTD_createDCtx());
    if (!context) return make_error(Code::internal, "zstd: no memory");
    ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_and_parameters);
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
    const uint64_t allowed = allowed_bytes(bytes.size(), limits);
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    size_t used = 0;
    size_t hint = 1;  // 0: at the end of a frame
    while (in.pos < in.size || hint != 0) {
        if (used == out.size() && !grow(out, used, allowed)) return too_large(Coding::zstd, bytes.size(), limits);
        ZSTD_outBuffer room{out.data() + used, out.size() - used, 0};
        const size_t in_before = in.pos;
        hint = ZSTD_decompressStream(context.get(), &room, &in);
        if (ZSTD_isError(hint) != 0) return make_error(Code::invalid, "zstd body: {}", ZSTD_getErrorName(hint));
        used += room.pos;
        if (used > allowed) return too_large(Coding::zstd, bytes.size(), limits);
        if (hint != 0 && in.pos == in.size && in.pos == in_before && room.pos == 0)
            return make_error(Code::invalid, "zstd body ends early");
    }
    out.resize(used);
    return {};
}

Status unsnappy(std::string_view bytes, const DecompressLimits& limits, std::string& out) {
    size_t size = 0;
    if (!snappy::GetUncompressedLength(bytes.data(), bytes.size(), &size))
        return make_error(Code::invalid, "snappy body: no length in front");
    if (size > allowed_bytes(bytes.size(), limits)) return too_large(Coding::snappy, bytes.size(), limits);
    out.resize(size);
    if (!snappy::RawUncompress(bytes.data(), bytes.size(), out.data()))
        return make_error(Code::invalid, "snappy body is malformed (block format expected)");
    return {};
}

std::string deflate_all(std::string_view bytes, int window, int level) {
    z_stream z{};
    const int rc = deflateInit2(&z, level == 0 ? 5 : level, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
    INVARIANT(rc == Z_OK, "zlib has memory and a valid level");
    std::string out(deflateBound(&z, bytes.size()), '\0');
    size_t read = 0;
    size_t used = 0;
    int state = Z_OK;
    while (state != Z_STREAM_END) {
        const auto in_room = static_cast<uInt>(std::min<size_t>(bytes.size() - read, 1U << 30));
        const auto out_room = static_cast<uInt>(std::min<size_t>(out.size() - used, 1U << 30));
        z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + read));
        z.avail_in = in_room;
        z.next_out = reinterpret_cast<Bytef*>(out.data() + used);
        z.avail_out = out_room;
        state = deflate(&z, read + in_room == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
        INVARIANT(state == Z_OK || state == Z_STREAM_END, "deflate has room by deflateBound");
        read += in_room - z.avail_in;
        used += out_room - z.avail_out;
    }
    deflateEnd(&z);
    out.resize(used);
    return out;
}

std::string zstd_all(std::string_view bytes, int level) {
    std::string out(ZSTD_compressBound(bytes.size()), '\0');
    const size_t size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), level == 0 ? 1 : level);
    INVARIANT(ZSTD_isError(size) == 0, "zstd has room by ZSTD_compressBound");
    out.resize(size);
    return out;
}

constexpr std::pair<std::string_view, Coding> NAMES[] = {
    {"identity", Coding::identity}, {"", Coding::identity}, {"gzip", Coding::gzip},    {"x-gzip", Coding::gzip},
    {"deflate", Coding::deflate},   {"zstd", Coding::zstd}, {"snappy", Coding::snappy}};

}  // namespace

std::optional<Coding> coding_from_name(std::string_view name) {
    for (const auto& [known, coding] : NAMES)
        if (equals_ignoring_case(name, known)) return coding;
    return std::nullopt;
}

std::string_view to_string(Coding coding) {
    switch (coding) {
        case Coding::identity: return "identity";
        case Coding::gzip: return "gzip";
        case Coding::deflate: return "deflate";
        case Coding::zstd: return "zstd";
        case Coding::snappy: return "snappy";
    }
    return "unknown";
}

Status decompress(Coding coding, std::string_view bytes, const DecompressLimits& limits, std::string& out) {
    switch (coding) {
        case Coding::identity:
            if (bytes.size() > limits.bytes_max)
                return make_error(Code::exhausted, "body is larger than {} bytes", limits.bytes_max);
            out.assign(bytes);
            return {};
        case Coding::gzip: return inflate_all(coding, GZIP_WINDOW, bytes, limits, out);
        case Coding::deflate: return inflate_deflate(bytes, limits, out);
        case Coding::zstd: return unzstd(bytes, limits, out);
        case Coding::snappy: return unsnappy(bytes, limits, out);
    }
    return make_error(Code::internal, "coding {}", static_cast<int>(coding));
}

Result<std::string> decompress(Coding coding, std::string_view bytes, const DecompressLimits& limits) {
    std::string out;
    if (Status status = decompress(coding, bytes, limits, out); !status) return std::move(status).error();
    return out;
}

std::string compress(Coding coding, std::string_view bytes, int level) {
    switch (coding) {
        case Coding::identity: break;
        case Coding::gzip: return deflate_all(bytes, GZIP_WINDOW, level);
        case Coding::deflate: return deflate_all(bytes, ZLIB_WINDOW, level);
        case Coding::zstd: return zstd_all(bytes, level);
        case Coding::snappy: {
            std::string out;
            snappy::Compress(bytes.data(), bytes.size(), &out);
            return out;
        }
    }
    return std::string(bytes);
}

}  // namespace belfry::codec
