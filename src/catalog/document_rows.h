#pragma once

#include "base/result.h"
#include "catalog/database.h"
#include "catalog/document.h"

#include <functional>

namespace belfry::catalog {

extern const char* const DOCUMENT_TABLE;

[[nodiscard]] Status store_document(Database& db, const Document& document);
[[nodiscard]] Status remove_document(Database& db, const RemoveDocument& removed);
[[nodiscard]] Status each_document(Database& db, const std::function<void(Document)>& each);

}  // namespace belfry::catalog
