#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace belfry::store {

// The files of the metric store are write-once files (store/kv/format.h) whose tables hold blocks of records (block.h).
// Integers in keys are big-endian, elsewhere LEB128 varints unless a width is given.
//
//   seal-<seq>.mdb    slab tcol meta head mdat exm   the samples of the head by slot; the series that are new or were logged again
//   series-<seq>.mdb  meta head mdat                 all series of the head at the time of a fold
//   part-<day>-<seq>.mdb, late-<day>-<seq>.mdb     slab tcol meta ser sym post exm
//   records-<day>-<seq>.mdb                        the same, of chunks of kind 2; its meta says the resolution
//
//   slab   by id   local id (part) or slot (seal) -> one record a chunk, in order of time:
//                    u8 kind      bits 0..3: 0 float chunk, 1 the same with side columns (native histograms, start times)
//                                 bit 7 (seals only): samples that came out of order; they win over the others
//                    column       number of its time column; the chunk has as many samples
//                    [side]       kind 1: sized, see codec/sample_side.h; a histogram's sum stands among the values
//                    summary | size x (pieces - 1) | pieces      codec/chunk.h; n samples are ceil(n / 512) pieces of
//                                 nearly equal counts: piece p begins at sample n * p / pieces
//                    kind 2: records of down-sampled windows, whose ends are the column (record_chunk.h)
//   tcol   dense   column -> count | zigzag first | last - first | times (codec/time_column.h); equal columns are stored once
//   ser    dense   local id -> u64 hash low | u64 hash high (of the canonical bytes) | schema | value number x names of schema
//   sym    dense   16 symbols a record: (shared with the one before, sized suffix) x 16
//                    Symbols are numbered name by name, names ascending: first the name's own (empty) symbol, then its
//                    values ascending. A value number counts from the name's symbol, so it is 1.. and mostly one byte.
//   post   by id   symbol -> pieces of its ascending list of local ids; of a name's own symbol: all series with the label.
//                    count | u8 form | first id |  form 0: (delta - 1) x (count - 1)
//                                                  form 1: runs of consecutive ids: length - 1, (gap - 1, length - 1)*
//   head   dense   slot number delta | head id | zigzag day | labels count | pairs; see series_table.cpp
//   mdat   dense   sized tenant | sized name | u8 type | sized unit | sized help
//   exm    by id   local id (part) or slot (seal) -> exemplars, ascending in time:
//                    count | count x (zigzag time delta | value (codec/plain_value.h) | sized labels); files from before it lack the table
//   meta   key "meta" -> u32 crc32c | version | fields; see part_meta.cpp
inline constexpr uint32_t FORMAT_VERSION = 1;

inline constexpr uint8_t CHUNK_FLOAT = 0;
inline constexpr uint8_t CHUNK_SIDE = 1;
inline constexpr uint8_t CHUNK_RECORDS = 2;
inline constexpr uint8_t CHUNK_KIND_MASK = 15;
inline constexpr uint8_t CHUNK_LATE = 128;

enum SealTable : size_t { SLAB = 0, TCOL = 1, META = 2, HEAD = 3, MDAT = 4, SEAL_EXM = 5 };
enum PartTable : size_t { SER = 3, SYM = 4, POST = 5, PART_EXM = 6 };

inline const std::vector<std::string> SEAL_TABLES = {"slab", "tcol", "meta", "head", "mdat", "exm"};
inline const std::vector<std::string> PART_TABLES = {"slab", "tcol", "meta", "ser", "sym", "post", "exm"};

inline constexpr size_t SYMBOLS_PER_RECORD = 16;

}  // namespace belfry::store
