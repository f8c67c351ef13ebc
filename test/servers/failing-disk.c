// Fails calls that change what lies below a folder: one of them, or all from one on. Which calls there are is written down.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static long calls;

/* Whether a call is to fail. Kinds are told apart, so that each can be counted for itself. */
static int fails(const char *kind, const char *path) {
  const char *under = getenv("FAULT_UNDER"), *kinds = getenv("FAULT_KIND"), *at = getenv("FAULT_AT");
  if (under == NULL || kinds == NULL || at == NULL || path == NULL) return 0;
  if (strncmp(path, under, strlen(under)) != 0) return 0;
  if (strcmp(kinds, strcmp(kinds, "any") == 0 && strcmp(kind, "read") != 0 ? "any" : kind) != 0) return 0;
  long call = __sync_add_and_fetch(&calls, 1), first = atol(at);
  int is_meant = getenv("FAULT_LASTS") == NULL ? call == first : call >= first;
  if (first == 0 || !is_meant) return 0;
  errno = atoi(getenv("FAULT_ERRNO"));
  return 1;
}

static int fails_on(const char *kind, int descriptor) {
  char link[64], path[4096];
  int before = errno;
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  errno = before;
  if (length < 0) return 0;
  path[length] = 0;
  return fails(kind, path);
}

#define OWN(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define OPENS(name)                                                                   \
  int name(const char *path, int flags, ...) {                                        \
    va_list rest;                                                                     \
    va_start(rest, flags);                                                            \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;           \
    va_end(rest);                                                                     \
    if (flags & (O_CREAT | O_WRONLY | O_RDWR) && fails("open", path)) return -1;      \
    return OWN(name)(path, flags, mode);                                              \
  }
OPENS(open)
OPENS(open64)

#define ON_DESCRIPTOR(result, name, kind, parameters, arguments) \
  result name parameters {                                       \
    if (fails_on(kind, fd)) return -1;                           \
    return OWN(name) arguments;                                  \
  }
ON_DESCRIPTOR(ssize_t, write, "write", (int fd, const void *from, size_t size), (fd, from, size))
ON_DESCRIPTOR(ssize_t, pwrite, "write", (int fd, const void *from, size_t size, off_t at), (fd, from, size, at))
ON_DESCRIPTOR(ssize_t, pwrite64, "write", (int fd, const void *from, size_t size, off64_t at), (fd, from, size, at))
ON_DESCRIPTOR(ssize_t, writev, "write", (int fd, const struct iovec *from, int count), (fd, from, count))
ON_DESCRIPTOR(ssize_t, pwritev, "write", (int fd, const struct iovec *from, int count, off_t at), (fd, from, count, at))
ON_DESCRIPTOR(ssize_t, pwritev64, "write", (int fd, const struct iovec *from, int count, off64_t at), (fd, from, count, at))
ON_DESCRIPTOR(int, fsync, "sync", (int fd), (fd))
ON_DESCRIPTOR(int, fdatasync, "sync", (int fd), (fd))
ON_DESCRIPTOR(int, ftruncate, "truncate", (int fd, off_t size), (fd, size))
ON_DESCRIPTOR(int, ftruncate64, "truncate", (int fd, off64_t size), (fd, size))
ON_DESCRIPTOR(ssize_t, read, "read", (int fd, void *to, size_t size), (fd, to, size))
ON_DESCRIPTOR(ssize_t, pread, "read", (int fd, void *to, size_t size, off_t at), (fd, to, size, at))
ON_DESCRIPTOR(ssize_t, pread64, "read", (int fd, void *to, size_t size, off64_t at), (fd, to, size, at))

#define ON_PATH(name, kind, parameters, arguments) \
  int name parameters {                            \
    if (fails(kind, path)) return -1;              \
    return OWN(name) arguments;                    \
  }
ON_PATH(rename, "rename", (const char *path, const char *to), (path, to))
ON_PATH(unlink, "unlink", (const char *path), (path))
ON_PATH(rmdir, "unlink", (const char *path), (path))
ON_PATH(mkdir, "mkdir", (const char *path, mode_t mode), (path, mode))

__attribute__((destructor)) static void tell(void) {
  const char *told = getenv("FAULT_TOLD");
  FILE *file = told == NULL || calls == 0 ? NULL : fopen(told, "w");
  if (file == NULL) return;
  fprintf(file, "%ld", calls);
  fclose(file);
}
