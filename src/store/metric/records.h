#pragma once

#include "model/sample.h"
#include "model/sample_record.h"

#include <cstdint>

namespace belfry::store {

// Down-sampling: a record a window of 5 minutes or an hour (model/sample_record.h). Windows end at multiples of their
// span and do not begin with it, as those of PromQL do: a query whose steps and windows are multiples of it reads whole
// records.

/// The end of the window that holds the time.
[[nodiscard]] int64_t record_end_ms(int64_t time_ms, int64_t span_ms);
/// Appends the record of a single sample; nothing for a stale marker.
void add_sample_record(int64_t time_ms, double value, model::SampleRecords& out);
/// Adds `other` to the window of `into`. Exact when it follows; otherwise first and last are right and what a counter
/// lost between the two is not known.
void absorb(model::SampleRecord& into, const model::SampleRecord& other);
/// Samples without histograms into records.
void make_records(const model::SampleColumns& samples, int64_t span_ms, model::SampleRecords& out);
/// Records (and samples among them) into those of a coarser span that is a multiple. In place.
void coarsen(model::SampleRecords& records, int64_t span_ms);
/// Adds samples that came later to records of this span.
void absorb_samples(model::SampleRecords& records, int64_t span_ms, const model::SampleColumns& samples);
/// A sample a record: its last one, and the stale marker behind it.
void append_last_samples(const model::SampleRecords& records, model::SampleColumns& out);

}  // namespace belfry::store
