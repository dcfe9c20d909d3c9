#include "codec/chunk.h"

#include "codec/decimal.h"
#include "codec/integer_column.h"
#include "model/sample.h"

// Format, version 1:
//
//   u8 header   bit 0     0: integers are value * 10^exponent; 1: integers are the doubles' bits, in the order of their
//   values
//               bit 1     exceptions follow
//               bit 2     raw: the doubles follow, 8 bytes each, and nothing else (random bits do not compress)
//               bit 3     zero
//               bits 4-7  exponent (0 when bit 0 is set)
//   u8 shift    only with bit 0: low zero bits all values share, left out of the integers (29 in what was a 32-bit
//   float) exceptions  only with bit 1: varint count, then each: varint (gap << 1 | stale), and unless stale 8 bytes of
//   the double.
//               gap: places after the exception before (the first: after the chunk's start)
//   integers    an integer column (integer_column.cpp) of all values; where an exception stands, any value that is
//   cheap
//
// Bits as ordered integers do better than XOR of neighbours (Gorilla) on full-precision values: no header a value, and
// differences of nearby values have fewer bits than their XOR.

namespace belfry::codec {
namespace {

constexpr uint8_t FLAG_BITS = 1;
constexpr uint8_t FLAG_EXCEPTIONS = 2;
constexpr uint8_t RAW_HEADER = 4;
constexpr uint8_t FLAGS_RESERVED = 12;
constexpr int NOT_DECIMAL = DECIMAL_EXPONENT_MAX + 1;

// What a digit more costs each value, and what an exception costs, in bits.
constexpr double BITS_A_DIGIT = 3.32;
constexpr double BITS_AN_EXCEPTION = 80;

// How many values need which exponent.
using Needs = std::array<uint32_t, NOT_DECIMAL + 1>;

struct ExponentChoice {
    int exponent = 0;
    double bits = 0;  // beyond those of the integers at exponent 0
};

ExponentChoice choose_exponent(const Needs& needs) {
    uint32_t all = 0;
    for (const uint32_t n : needs)
        all += n;
    ExponentChoice best{0, 1e300};
    uint32_t fit = 0;
    for (int e = 0; e < NOT_DECIMAL; e++) {
        fit += needs[static_cast<size_t>(e)];
        const double bits = BITS_A_DIGIT * e * all + BITS_AN_EXCEPTION * (all - fit);
        if (bits < best.bits) best = {e, bits};
    }
    return best;
}

// Signed integers in the order of the doubles, with +0 at 0 and -0 at the far end: neighbours in value are neighbours
// here.
int64_t ordered_from_bits(uint64_t bits) {
    return static_cast<int64_t>(bits >> 63 ? ~(bits & ~(1ULL << 63)) : bits);
}
uint64_t bits_from_ordered(int64_t ordered) {
    const auto raw = static_cast<uint64_t>(ordered);
    return raw >> 63 ? ~raw | 1ULL << 63 : raw;
}

struct Exceptions {
    std::array<uint16_t, CHUNK_SAMPLES_MAX> index;
    size_t count = 0;
};

void put_exceptions(std::span<const double> values, const Exceptions& exceptions, std::string& out) {
    put_varint(out, exceptions.count);
    size_t next = 0;
    for (size_t i = 0; i < exceptions.count; i++) {
        const size_t index = exceptions.index[i];
        const bool stale = model::is_stale(values[index]);
        put_varint(out, (index - next) << 1 | (stale ? 1 : 0));
        if (!stale) put_le(out, std::bit_cast<uint64_t>(values[index]));
        next = index + 1;
    }
}

// Integers of all values at `exponent`; those that are not decimal there become exceptions and continue the line of the
// two before, and are counted in `needs` by the exponent they would need.
void convert(std::span<const double> values, int exponent, int64_t* integers, Exceptions& exceptions, Needs& needs) {
    needs.fill(0);
    exceptions.count = 0;
    for (size_t i = 0; i < values.size(); i++) {
        if (to_decimal(values[i], exponent, &integers[i])) [[likely]]
            continue;
        needs[static_cast<size_t>(smallest_exponent(values[i], exponent + 1))]++;
        exceptions.index[exceptions.count++] = static_cast<uint16_t>(i);
        const uint64_t one = i > 0 ? static_cast<uint64_t>(integers[i - 1]) : 0;
        const uint64_t two = i > 1 ? static_cast<uint64_t>(integers[i - 2]) : one;
        integers[i] = static_cast<int64_t>(2 * one - two);
    }
    needs[static_cast<size_t>(exponent)] += static_cast<uint32_t>(values.size() - exceptions.count);
    if (exceptions.count == 0 || exceptions.index[0] != 0) return;
    // Leading exceptions take the first value that is none.
    size_t good = 0;
    while (good < exceptions.count && exceptions.index[good] == good)
        good++;
    for (size_t i = 0; i < good; i++)
        integers[i] = good < values.size() ? integers[good] : 0;
}

struct Plan {
    bool decimal = false;
    int exponent = 0;
};

// A look at a few values spread over the column.
Plan probe(std::span<const double> values) {
    constexpr size_t PROBES = 16;
    Needs needs{};
    const size_t count = std::min(values.size(), PROBES);
    size_t special = 0;
    for (size_t i = 0; i < count; i++) {
        const double v = values[i * values.size() / count];
        if (!std::isfinite(v))
            special++;
        else
            needs[static_cast<size_t>(smallest_exponent(v))]++;
    }
    const ExponentChoice choice = choose_exponent(needs);
    // With most values in need of more digits than there are, the bits themselves are smaller.
    return {.decimal = needs[NOT_DECIMAL] * 2 <= count - special, .exponent = choice.exponent};
}

void encode_bits(std::span<const double> values, std::string& out, int64_t* integers, Exceptions& exceptions) {
    uint64_t any = 0;
    exceptions.count = 0;
    int64_t last = 0;
    for (size_t i = 0; i < values.size(); i++) {
        if (std::isfinite(values[i])) {
            const auto raw = std::bit_cast<uint64_t>(values[i]);
            any |= raw;
            last = ordered_from_bits(raw);
        } else {
            exceptions.index[exceptions.count++] = static_cast<uint16_t>(i);
        }
        integers[i] = last;
    }
    // Many exceptions (all NaN with payloads, say) are cheaper as what they are.
    if (exceptions.count * 4 > values.size()) {
        exceptions.count = 0;
        for (size_t i = 0; i < values.size(); i++)
            integers[i] = ordered_from_bits(std::bit_cast<uint64_t>(values[i]));
        any = 1;
    }
    const int shift = any == 0 ? 0 : std::min(std::countr_zero(any), 52);
    if (shift > 0) {
        for (size_t i = 0; i < values.size(); i++)
            integers[i] >>= shift;
    }
    out.push_back(static_cast<char>(FLAG_BITS | (exceptions.count > 0 ? FLAG_EXCEPTIONS : 0)));
    out.push_back(static_cast<char>(shift));
    if (exceptions.count > 0) put_exceptions(values, exceptions, out);
    encode_integers({integers, values.size()}, out);
}

// The summary from integers: exact and without the long chain of compensated sums. Only without exceptions.
ChunkSummary summarize_integers(std::span<const int64_t> integers, int exponent) {
    __extension__ using Wide = __int128;
    int64_t low = integers[0];
    int64_t high = integers[0];
    int64_t previous = integers[0];
    Wide sum = 0;
    Wide reset_sum = 0;
    uint32_t resets = 0;
    for (const int64_t i : integers) {
        low = std::min(low, i);
        high = std::max(high, i);
        sum += i;
        if (i < previous) {
            resets++;
            reset_sum += previous;
        }
        previous = i;
    }
    return {.count = static_cast<uint32_t>(integers.size()),
            .stale = 0,
            .resets = resets,
            .min = from_decimal(low, exponent),
            .max = from_decimal(high, exponent),
            .sum = static_cast<double>(sum) / POWERS_OF_TEN[exponent],
            .first = from_decimal(integers.front(), exponent),
            .last = from_decimal(integers.back(), exponent),
            .reset_sum = static_cast<double>(reset_sum) / POWERS_OF_TEN[exponent]};
}

}  // namespace

ChunkSummary encode_chunk(std::span<const double> values, std::string& out) {
    INVARIANT(!values.empty() && values.size() <= CHUNK_SAMPLES_MAX, "a chunk has 1..CHUNK_SAMPLES_MAX values");
    int64_t integers[CHUNK_SAMPLES_MAX];
    Exceptions exceptions;
    Plan plan = probe(values);
    if (plan.decimal) {
        Needs needs;
        convert(values, plan.exponent, integers, exceptions, needs);
        if (exceptions.count > 0) {
            const ExponentChoice choice = choose_exponent(needs);
            if (choice.exponent != plan.exponent) {
                plan.exponent = choice.exponent;
                convert(values, plan.exponent, integers, exceptions, needs);
            }
        }
        // Beyond this many exceptions the bits themselves are smaller; stale markers are nearly free.
        size_t costly = 0;
        for (size_t i = 0; i < exceptions.count; i++)
            costly += !model::is_stale(values[exceptions.index[i]]);
        plan.decimal = costly * 2 <= values.size();
    }
    if (!plan.decimal) {
        const size_t before = out.size();
        encode_bits(values, out, integers, exceptions);
        if (out.size() - before > 1 + values.size_bytes()) {
            out.resize(before);
            out.push_back(static_cast<char>(RAW_HEADER));
            out.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
        }
        return summarize(values);
    }
    out.push_back(static_cast<char>(plan.exponent << 4 | (exceptions.count > 0 ? FLAG_EXCEPTIONS : 0)));
    if (exceptions.count > 0) put_exceptions(values, exceptions, out);
    const std::span<const int64_t> column(integers, values.size());
    encode_integers(column, out);
    return exceptions.count > 0 ? summarize(values) : summarize_integers(column, plan.exponent);
}

Status decode_chunk(std::string_view bytes, std::span<double> out) {
    if (out.empty() || out.size() > CHUNK_SAMPLES_MAX)
        return make_error(Code::corrupt, "chunk of {} samples", out.size());
    ByteReader reader(bytes);
    uint8_t header = 0;
    if (!reader.le(&header)) return make_error(Code::corrupt, "chunk: empty");
    if (header == RAW_HEADER) {
        if (reader.left() != out.size_bytes())
            return make_error(Code::corrupt, "chunk: {} raw bytes of {} samples", reader.left(), out.size());
        std::memcpy(out.data(), reader.position(), out.size_bytes());
        return {};
    }
    const int exponent = header >> 4;
    const bool bits = (header & FLAG_BITS) != 0;
    if ((header & FLAGS_RESERVED) != 0 || (bits && exponent != 0))
        return make_error(Code::corrupt, "chunk: header {:#x}", header);
    uint8_t shift = 0;
    if (bits && (!reader.le(&shift) || shift > 52)) return make_error(Code::corrupt, "chunk: shift {}", shift);

    std::string_view exceptions;
    uint64_t exception_count = 0;
    if ((header & FLAG_EXCEPTIONS) != 0) {
        if (!reader.varint(&exception_count) || exception_count > out.size())
            return make_error(Code::corrupt, "chunk: {} exceptions in {} samples", exception_count, out.size());
        exceptions = bytes.substr(bytes.size() - reader.left());
        uint64_t next = 0;
        for (uint64_t i = 0; i < exception_count; i++) {
            uint64_t gap = 0;
            uint64_t raw = 0;
            if (!reader.varint(&gap) || ((gap & 1) == 0 && !reader.le(&raw)))
                return make_error(Code::corrupt, "chunk: ends in its exceptions");
            if (gap >> 1 >= out.size() - next)
                return make_error(Code::corrupt, "chunk: exception outside of {} samples", out.size());
            next += (gap >> 1) + 1;
        }
    }
    int64_t integers[CHUNK_SAMPLES_MAX];
    if (Status status = decode_integers(bytes.substr(bytes.size() - reader.left()), {integers, out.size()}); !status)
        return std::move(status).context("chunk");
    if (bits) {
        const uint64_t low = (uint64_t{1} << shift) - 1;
        for (size_t i = 0; i < out.size(); i++) {
            // The bits that were left out are zeros in the double, so ones in a complemented (negative) integer.
            const uint64_t raw = static_cast<uint64_t>(integers[i]) << shift | (integers[i] < 0 ? low : 0);
            out[i] = std::bit_cast<double>(bits_from_ordered(static_cast<int64_t>(raw)));
        }
    } else if (exponent == 0) {
        for (size_t i = 0; i < out.size(); i++)
            out[i] = static_cast<double>(integers[i]);
    } else {
        const double power = POWERS_OF_TEN[exponent];
        for (size_t i = 0; i < out.size(); i++)
            out[i] = static_cast<double>(integers[i]) / power;
    }
    ByteReader exception_reader(exceptions);
    uint64_t at = 0;
    for (uint64_t i = 0; i < exception_count; i++) {
        uint64_t gap = 0;
        uint64_t raw = model::STALE_NAN_BITS;
        INVARIANT(exception_reader.varint(&gap), "the exceptions were walked above");
        if ((gap & 1) == 0) INVARIANT(exception_reader.le(&raw), "the exceptions were walked above");
        at += gap >> 1;
        out[at++] = std::bit_cast<double>(raw);
    }
    return {};
}

}  // namespace belfry::codec
