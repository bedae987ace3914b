#pragma once
#include <stddef.h>

/// <sys/eventfd.h> is not part of Swift's Glibc module. Close-on-exec and non-blocking. -1 and errno on failure.
int cshim_eventfd_create(void);
/// eventfd_write: makes the descriptor readable. Async-signal-safe and usable from any thread.
void cshim_eventfd_signal(int descriptor);
/// eventfd_read: makes the descriptor unreadable again. No effect when it already is.
void cshim_eventfd_drain(int descriptor);
/// pthread_setname_np needs _GNU_SOURCE. Names longer than 15 bytes are cut, which the kernel would refuse.
void cshim_thread_set_name(const char *name);
/// Blocks every signal that is not a fault of this thread's own code. sigset_t macros and SIG_BLOCK differ per libc.
void cshim_thread_block_signals(void);
/// memmem needs _GNU_SOURCE. Returns the offset of the needle, or -1.
ptrdiff_t cshim_memory_find(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length);
