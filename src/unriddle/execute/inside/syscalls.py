"""The system calls a candidate may make, by their x86-64 numbers.

The list is what CPython needs to compute, print, use threads and work in its scratch folder. Everything else fails
with EPERM: sockets, new processes, exec, ptrace, mounts, namespaces, keyrings, io_uring, bpf, memfd, shared memory.
Not covered: other architectures; there the full isolation level is not offered.
"""

from __future__ import annotations

__all__ = [
    "ALLOWED",
    "ATTRIBUTES",
    "BY_ARGUMENT",
    "CLONE",
    "CLONE3",
    "EXECVE",
    "KILLS",
    "PRCTL",
    "PRLIMIT",
    "SET_NAME",
    "SET_SECCOMP",
    "ZYGOTE",
]

ALLOWED = {
    "read": 0, "write": 1, "open": 2, "close": 3, "stat": 4, "fstat": 5, "lstat": 6, "poll": 7, "lseek": 8,
    "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14,
    "rt_sigreturn": 15, "pread64": 17, "pwrite64": 18, "readv": 19, "writev": 20, "access": 21, "pipe": 22,
    "select": 23, "sched_yield": 24, "mremap": 25, "madvise": 28, "dup": 32, "dup2": 33, "pause": 34,
    "nanosleep": 35, "getitimer": 36, "alarm": 37, "setitimer": 38, "getpid": 39, "exit": 60, "uname": 63,
    "flock": 73, "fsync": 74, "fdatasync": 75, "truncate": 76, "ftruncate": 77, "getdents": 78,
    "getcwd": 79, "chdir": 80, "fchdir": 81, "rename": 82, "mkdir": 83, "rmdir": 84, "creat": 85, "link": 86,
    "unlink": 87, "symlink": 88, "readlink": 89, "chmod": 90, "fchmod": 91, "umask": 95, "gettimeofday": 96,
    "getrlimit": 97, "getrusage": 98, "sysinfo": 99, "times": 100, "getuid": 102, "getgid": 104, "geteuid": 107,
    "getegid": 108, "getppid": 110, "getpgrp": 111, "getgroups": 115, "rt_sigpending": 127, "rt_sigtimedwait": 128,
    "rt_sigsuspend": 130, "sigaltstack": 131, "utime": 132, "statfs": 137, "fstatfs": 138, "arch_prctl": 158,
    "gettid": 186, "time": 201, "futex": 202, "sched_getaffinity": 204, "epoll_create": 213, "getdents64": 217,
    "set_tid_address": 218, "restart_syscall": 219, "fadvise64": 221, "clock_gettime": 228, "clock_getres": 229,
    "clock_nanosleep": 230, "exit_group": 231, "epoll_wait": 232, "epoll_ctl": 233, "openat": 257, "mkdirat": 258,
    "newfstatat": 262, "unlinkat": 263, "renameat": 264, "linkat": 265, "symlinkat": 266, "readlinkat": 267,
    "fchmodat": 268, "faccessat": 269, "pselect6": 270, "ppoll": 271, "set_robust_list": 273, "utimensat": 280,
    "epoll_pwait": 281, "fallocate": 285, "eventfd2": 290, "epoll_create1": 291, "dup3": 292, "pipe2": 293,
    "preadv": 295, "pwritev": 296, "renameat2": 316, "getrandom": 318, "membarrier": 324, "copy_file_range": 326,
    "statx": 332, "rseq": 334, "close_range": 436, "faccessat2": 439,
}  # fmt: skip

ZYGOTE = {
    "sendto": 44, "recvfrom": 45, "sendmsg": 46, "recvmsg": 47, "fork": 57, "vfork": 58, "wait4": 61,
}  # fmt: skip
"""What the zygote needs besides; its children lose these. (``fork`` is what ``os.fork`` may end in.)"""

KILLS = {"kill": 62, "tkill": 200, "tgkill": 234}
"""Allowed only towards the process itself."""

CLONE = 56
"""Allowed for threads only."""

CLONE3 = 435
"""Refused with ENOSYS, so that the C library falls back to ``clone``, whose flags can be read."""

EXECVE = 59
"""Allowed for tools only."""

BY_ARGUMENT = (
    (16, 1, (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)),
    (72, 1, (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1031, 1032)),
)
"""(number, argument, its allowed values): ioctl with TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX or FIOCLEX (what
opening files and isatty need); fcntl for duplicating, flags, locks and pipe sizes, but not F_SETOWN, which sends
signals to other processes."""

ATTRIBUTES = {"chmod": 90, "fchmod": 91, "fchmodat": 268, "utime": 132, "utimensat": 280}
"""Refused where the file system is the host's: Landlock does not cover them."""

PRCTL, SET_NAME, SET_SECCOMP = 157, 15, 22
"""prctl with PR_SET_NAME only; the zygote's filter leaves a child the right to load its own filter."""

PRLIMIT = 302
"""prlimit64: a child on itself only."""
