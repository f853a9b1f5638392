// What simdjson needs of a C++ library, so that none is linked: building libc++ takes minutes and a megabyte.
//
// Its headers come with Zig, without the file that configures them: Zig says it all on the command line when it builds
// libc++ itself. Below are the same choices, then the few functions that compiled code calls. Nothing throws.
#pragma once

#define _LIBCPP_ABI_NAMESPACE __1
#define _LIBCPP_ABI_VERSION 1
#define _LIBCPP_ASSERTION_SEMANTIC_DEFAULT _LIBCPP_ASSERTION_SEMANTIC_IGNORE
#define _LIBCPP_DISABLE_VISIBILITY_ANNOTATIONS
#define _LIBCPP_HARDENING_MODE _LIBCPP_HARDENING_MODE_NONE
#define _LIBCPP_HAS_FILESYSTEM 1
#define _LIBCPP_HAS_LOCALIZATION 1
#define _LIBCPP_HAS_MONOTONIC_CLOCK 1
#define _LIBCPP_HAS_NO_STD_MODULES
#define _LIBCPP_HAS_RANDOM_DEVICE 1
#define _LIBCPP_HAS_TERMINAL 1
#define _LIBCPP_HAS_THREADS 1
#define _LIBCPP_HAS_UNICODE 1
#define _LIBCPP_HAS_VENDOR_AVAILABILITY_ANNOTATIONS 0
#define _LIBCPP_HAS_WIDE_CHARACTERS 1
#define _LIBCPP_PSTL_BACKEND_SERIAL
#define _LIBCXXABI_DISABLE_VISIBILITY_ANNOTATIONS

// Where glibc says that it is glibc.
#if defined(__linux__)
#include <features.h>
#endif
#if defined(__linux__) && !defined(__GLIBC__)
#define _LIBCPP_HAS_MUSL_LIBC 1
#else
#define _LIBCPP_HAS_MUSL_LIBC 0
#endif

#include <new>
#include <stdlib.h>

const std::nothrow_t std::nothrow{};

// Of malloc(0) a null pointer would mean that there is no memory.
static void *allocate(size_t size) noexcept { return malloc(size > 0 ? size : 1); }

// Those that may not fail are for texts that nobody asks of simdjson: names of kernels, messages.
void *operator new(size_t size) {
  void *memory = allocate(size);
  if (memory == nullptr) abort();
  return memory;
}
void *operator new(size_t size, const std::nothrow_t &) noexcept { return allocate(size); }
void *operator new[](size_t size, const std::nothrow_t &) noexcept { return allocate(size); }
void operator delete(void *memory) noexcept { free(memory); }
void operator delete(void *memory, size_t) noexcept { free(memory); }
void operator delete[](void *memory) noexcept { free(memory); }

void std::__libcpp_verbose_abort(const char *, ...) noexcept { abort(); }

extern "C" void __cxa_pure_virtual() { abort(); }
