# Sets `heap` to the megabytes of V8's old generation: 1024, or three quarters of the container's memory where that is less.
heap=1024
for file in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do
  limit=
  { read -r limit <"$file"; } 2>/dev/null
  case $limit in
    '' | *[!0-9]*) continue ;; # cgroup v2 says "max" where there is no limit
    ????????????????*) continue ;; # and v1 a number near 2^63
  esac
  [ $((limit / 1048576 * 3 / 4)) -lt "$heap" ] && heap=$((limit / 1048576 * 3 / 4))
done
