#define _GNU_SOURCE
#include "CShims.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>

int cshim_eventfd_create(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void cshim_eventfd_signal(int descriptor) {
    // Fails only when the counter is full, and then the descriptor is readable anyway.
    (void)eventfd_write(descriptor, 1);
}

void cshim_eventfd_drain(int descriptor) {
    eventfd_t value;
    (void)eventfd_read(descriptor, &value);
}

void cshim_thread_set_name(const char *name) {
    char cut[16];
    strncpy(cut, name, sizeof cut - 1);
    cut[sizeof cut - 1] = '\0';
    (void)pthread_setname_np(pthread_self(), cut);
}

void cshim_thread_block_signals(void) {
    sigset_t set;
    sigfillset(&set);
    const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS};
    for (size_t index = 0; index < sizeof faults / sizeof faults[0]; index++) {
        sigdelset(&set, faults[index]);
    }
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

ptrdiff_t cshim_memory_find(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length) {
    if (needle_length == 0) return 0;
    const char *found = memmem(haystack, haystack_length, needle, needle_length);
    return found == NULL ? -1 : found - (const char *)haystack;
}
