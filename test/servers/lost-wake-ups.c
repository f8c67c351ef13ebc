// Loses every hundredth signal that is to wake a thread of the pool of Node.js, as glibc does once in a very long while,
// and none of those by which the pool ends when the process does.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int (*signal_of_libc)(pthread_cond_t *);
static long signals, lost;
static const long most = 8;

/* The pool's condition is a variable of the program itself; those of V8 lie elsewhere. */
static int is_of_pool(pthread_cond_t *condition) {
  Dl_info place;
  if (!dladdr(condition, &place) || place.dli_fname == NULL) return 0;
  const char *name = strrchr(place.dli_fname, '/');
  return strcmp(name == NULL ? place.dli_fname : name + 1, "node") == 0;
}

int pthread_cond_signal(pthread_cond_t *condition) {
  if (signal_of_libc == NULL) signal_of_libc = dlvsym(RTLD_NEXT, "pthread_cond_signal", "GLIBC_2.3.2");
  if (lost < most && is_of_pool(condition) && __sync_add_and_fetch(&signals, 1) % 100 == 0) {
    __sync_add_and_fetch(&lost, 1);
    return 0;
  }
  return signal_of_libc(condition);
}

__attribute__((destructor)) static void tell(void) {
  const char *path = getenv("LOST_WAKE_UPS");
  FILE *file = lost == 0 || path == NULL ? NULL : fopen(path, "w");
  if (file == NULL) return;
  fprintf(file, "%ld", lost);
  fclose(file);
}
