// Input: u8 coding, bytes. Decompression must stay within its limits.
#include "codec/compress.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    if (size < 1) return 0;
    const auto coding = static_cast<codec::Coding>(input[0] % 5);
    const std::string_view bytes(reinterpret_cast<const char*>(input) + 1, size - 1);
    const Result<std::string> out =
        codec::decompress(coding, bytes, {.bytes_max = 100'000, .ratio_max = 20, .ratio_free_bytes = 1000});
    if (out.ok() && out->size() > 100'000) __builtin_trap();
    if (out.ok() && *codec::decompress(coding, codec::compress(coding, *out), {.ratio_max = 100'000}) != *out)
        __builtin_trap();
    return 0;
}
