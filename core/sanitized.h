/* SPDX-License-Identifier: BSD-2-Clause */
/* SANITIZED is 1 in a build with AddressSanitizer.  It looks for leaks at
 * exit, and only there, and reads the memory of its own process to do so. */
#ifndef CORE_SANITIZED_H
#define CORE_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
