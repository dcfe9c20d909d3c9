#pragma once

#include "base/counter.h"

namespace belfry::ingest {

inline Counter samples_accepted{"belfry_ingest_samples_total", "Samples made durable."};
inline CounterFamily samples_refused{"belfry_ingest_samples_refused_total", "Samples refused by reason.", {"reason"}};
inline Counter histograms_accepted{"belfry_ingest_histograms_total", "Native histograms made durable; they count among the samples."};
inline Counter exemplars_accepted{"belfry_ingest_exemplars_total", "Exemplars made durable."};
inline Counter exemplars_refused{"belfry_ingest_exemplars_refused_total", "Exemplars refused: their labels, their time, or their series."};
inline Counter series_logged{"belfry_ingest_series_logged_total", "Series records written to the log: new series and the daily repetition."};
inline Counter series_created{"belfry_ingest_series_created_total", "Series seen for the first time (in two days)."};
inline Counter predicted_lookups{"belfry_ingest_series_lookups_total", "How series were found.", {{"by", "prediction"}}};
inline Counter hashed_lookups{"belfry_ingest_series_lookups_total", "How series were found.", {{"by", "hash"}}};
inline Counter decoded_lookups{"belfry_ingest_series_lookups_total", "How series were found.", {{"by", "labels"}}};
inline Gauge series_now{"belfry_ingest_series", "Series in the dictionary: written today or yesterday."};
inline Gauge dictionary_bytes{"belfry_ingest_dictionary_bytes", "Memory of the series dictionary."};

}  // namespace belfry::ingest
