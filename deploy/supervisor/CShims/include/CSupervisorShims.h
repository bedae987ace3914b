// What the supervisor needs from Linux and Swift cannot import.
#ifndef CSUPERVISOR_SHIMS_H
#define CSUPERVISOR_SHIMS_H

#include <stddef.h>
#include <sys/types.h>

// signalfd: <sys/signalfd.h> is not part of Swift's Glibc module.
// Blocks TERM, INT, HUP and CHLD for the calling thread and returns a non-blocking descriptor that reports them; -1 with errno.
int supervisor_signalfd(void);
// The number of the next pending signal; 0 when there is none.
int supervisor_signalfd_read(int fd);

enum supervisor_child_state {
    supervisor_child_running = 0,
    supervisor_child_exited = 1,
    supervisor_child_signalled = 2,
};
// waitid: the fields of siginfo_t are macros over a union.
// Looks at a child without reaping it, so that its process group can still be named safely. `code` is the exit code or the signal.
enum supervisor_child_state supervisor_child_observe(pid_t pid, int *code);

// SO_PASSCRED and the CMSG_* macros are not imported.
// A non-blocking datagram socket in the abstract namespace that receives its senders' credentials; -1 with errno.
int supervisor_notify_socket(const char *name);
// One datagram and its sender's pid as the kernel knows it (0 when unknown); -1 with errno when there is none.
ssize_t supervisor_notify_receive(int fd, void *buffer, size_t size, pid_t *sender);

#endif
