// Loaded into a measured process by --require: writes what it used to the file named in BENCH_USAGE when it ends, and its
// id to one beside it when it starts.
const {readFileSync, writeFileSync} = require('node:fs');

const file = process.env.BENCH_USAGE;
delete process.env.NODE_OPTIONS; // processes that this one starts are not measured
writeFileSync(`${file}.pid`, String(process.pid));
process.on('exit', () => {
  const {userCPUTime, systemCPUTime} = process.resourceUsage();
  // Not maxRSS: that counts the process which forked this one too.
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'));
  const usage = {cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMegabytes: Number(peak?.[1] ?? 0) / 1024};
  writeFileSync(file, JSON.stringify({...usage, seconds: performance.now() / 1000}));
});
