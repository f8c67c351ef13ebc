// Loaded into a measured process by --require: profiles each of its threads into a file whose name begins with BENCH_PROFILE.
// `--cpu-prof` would do so for the main thread, but Node.js does not take it from NODE_OPTIONS.
const {writeFileSync} = require('node:fs');
const {Session} = require('node:inspector');
const {getEnvironmentData, isMainThread, setEnvironmentData, threadId, Worker} = require('node:worker_threads');

const file = `${process.env.BENCH_PROFILE}-thread-${threadId}.cpuprofile`;
const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.start');

function write() {
  session.post('Profiler.stop', (error, answer) => {
    if (error === null) writeFileSync(file, JSON.stringify(answer.profile));
  });
}

/** Shared by the threads, because those beside the main one end without notice: whether the end has come, and how many still write. */
const [ended, writing] = [0, 1];
const longestWaitMs = 2000; // a thread that has ended by itself is still counted
if (isMainThread) {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  setEnvironmentData('bench-profile', shared);
  const endOthers = () => {
    if (Atomics.exchange(shared, ended, 1) === 1) return;
    Atomics.notify(shared, ended);
    const untilMs = performance.now() + longestWaitMs;
    for (let count; (count = Atomics.load(shared, writing)) > 0 && performance.now() < untilMs;) {
      Atomics.wait(shared, writing, count, longestWaitMs);
    }
  };
  const {terminate} = Worker.prototype;
  Worker.prototype.terminate = function () {
    endOthers();
    return terminate.call(this);
  };
  process.on('exit', () => {
    write();
    endOthers();
  });
} else {
  const shared = getEnvironmentData('bench-profile');
  Atomics.add(shared, writing, 1);
  void Atomics.waitAsync(shared, ended, 0).value.then(() => {
    write();
    Atomics.sub(shared, writing, 1);
    Atomics.notify(shared, writing);
  });
}
