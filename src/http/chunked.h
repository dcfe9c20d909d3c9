#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace belfry::http {

/// Undoes Transfer-Encoding: chunked (RFC 9112, 7.1) as the bytes come in. Strict: CRLF only, extensions and trailers
/// are bounded and dropped, sizes have at most 8 digits.
class ChunkedDecoder {
  public:
    enum class State { more, done, bad };

    /// Appends decoded bytes to `body`, never past `body_bytes_max` (then `too_large()`), and reports how many bytes of
    /// `bytes` it took; what follows a finished body is left.
    [[nodiscard]] State feed(std::string_view bytes, size_t* taken, size_t body_bytes_max, std::string* body);
    [[nodiscard]] bool too_large() const { return too_large_; }

    static constexpr size_t EXTENSION_BYTES_MAX = 256;  // of one chunk's line
    static constexpr size_t TRAILER_BYTES_MAX = 8192;   // of all trailer lines

  private:
    enum class Step {
        size,
        extension,
        size_lf,
        content,
        content_cr,
        content_lf,
        trailer_start,
        trailer,
        trailer_lf,
        end_lf,
        done,
        bad
    };
    [[nodiscard]] Step advance(char c);

    Step step_ = Step::size;
    uint64_t left_bytes_ = 0;  // of the chunk
    int digits_ = 0;
    size_t overhead_bytes_ = 0;  // of this line's extension, or of the trailers
    bool too_large_ = false;
};

}  // namespace belfry::http
