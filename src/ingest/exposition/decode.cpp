#include "ingest/exposition/decode.h"

#include "codec/exposition.h"

namespace belfry::ingest::exposition {

Status ExpositionLabels::decode(std::string_view wire,
                                std::vector<model::Label>& labels,
                                std::vector<std::string>& arena) const {
    return codec::decode_exposition_labels(wire, labels, arena);
}

const ExpositionLabels& exposition_labels() {
    static const ExpositionLabels decoder;
    return decoder;
}

}  // namespace belfry::ingest::exposition
