// simdjson's first stage as four C functions, for `simdjson.zig`. Together with simdjson in one unit, so that the linker
// drops most of what is never called.

#include "libcxx.h"

#define SIMDJSON_EXCEPTIONS 0
#include "simdjson.cpp"

using Parser = simdjson::internal::dom_parser_implementation;

namespace {

// One kernel is taken for each round in `skip`. A kernel has no state: this one is gone when the parser is made.
// (simdjson's own list of kernels is in static variables, which threads would race to initialise; it also obeys a
// variable of the environment.)
template <typename Kernel> bool isChosen(uint32_t &skip, Parser *&parser) {
  const Kernel kernel{};
  if (!kernel.supported_by_runtime_system()) return false;
  if (skip-- > 0) return false;
  std::unique_ptr<Parser> made;
  // Depth is for the second stage.
  if (kernel.create_dom_parser_implementation(0, 1, made) == simdjson::SUCCESS) parser = made.release();
  return true;
}

template <typename... Kernels> Parser *create(uint32_t skip) {
  Parser *parser = nullptr;
  (isChosen<Kernels>(skip, parser) || ...);
  return parser;
}

} // namespace

extern "C" {

// With the fastest kernel that this CPU runs, or with one of the slower ones. Null without memory, and when none is left.
Parser *fa_simdjson_create(uint32_t skip) {
#if SIMDJSON_IMPLEMENTATION_ARM64
  return create<simdjson::arm64::implementation>(skip);
#elif SIMDJSON_IMPLEMENTATION_WESTMERE && SIMDJSON_IMPLEMENTATION_FALLBACK
  using namespace simdjson;
  return create<icelake::implementation, haswell::implementation, westmere::implementation, fallback::implementation>(skip);
#else
#error "which kernels does simdjson have for this CPU?"
#endif
}

void fa_simdjson_destroy(Parser *parser) { delete parser; }

// Room for texts of `size` bytes, in place of what there was, which is given back after it. False: no memory, no room.
bool fa_simdjson_reserve(Parser *parser, size_t size) { return parser->set_capacity(size) == simdjson::SUCCESS; }

// How many positions there are, or -1.
int64_t fa_simdjson_index(Parser *parser, const uint8_t *bytes, size_t size, const uint32_t **positions) {
  if (parser->stage1(bytes, size, simdjson::stage1_mode::regular) != simdjson::SUCCESS) return -1;
  *positions = parser->structural_indexes.get();
  return parser->n_structural_indexes;
}

} // extern "C"
