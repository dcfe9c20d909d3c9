#include "query/promql/ast.h"
