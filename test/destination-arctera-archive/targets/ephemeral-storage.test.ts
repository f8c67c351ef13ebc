// Under Kubernetes a folder must lie on a volume that outlives the pod.
import {expect, test} from '@jest/globals';
import {ConfigError} from '../../../core/errors';
import {assertLasting, describeEphemeral} from '../../../destination-arctera-archive/targets/ephemeral-storage';

const emptyDir = '/var/lib/kubelet/pods/0a/volumes/kubernetes.io~empty-dir/scratch';
const mountInfo = `1 0 0:50 / / rw,relatime master:1 - overlay overlay rw,lowerdir=x
2 1 0:51 / /proc rw - proc proc rw
3 1 0:52 / /dev/shm rw - tmpfs shm rw
4 1 8:1 /volumes/a /archive rw shared:1 - ext4 /dev/sdb rw
5 1 8:1 /volumes/b /dest rw - ext4 /dev/sdb rw
6 5 8:1 /volumes/c /dest/kept rw - ext4 /dev/sdb rw
7 1 8:2 ${emptyDir} /scratch rw - ext4 /dev/sda rw
8 1 8:1 /volumes/d /with\\040space rw - nfs4 server:/x rw
9 1 8:1 /volumes/e /work rw - ext4 /dev/sdb rw
10 1 8:1 /volumes/f /hidden rw - ext4 /dev/sdb rw
11 10 0:60 / /hidden rw - tmpfs tmpfs rw
12 1 8:1 /volumes/g /local rw - nfs4 server:/y rw
not a mount line
`;
const inPod = {mountInfo, workingDirectory: '/work', environment: {KUBERNETES_SERVICE_HOST: '10.0.0.1'}};

test.each([
  ['/archive', false],
  ['/archive/deep/er', false],
  ['/archive2', true], // on the root mount: a name that merely begins like the mount point
  ['/data', true],
  ['/dev/shm/archive', true],
  ['/dest', true],
  ['/dest/archive', true],
  ['/dest/kept/archive', false],
  ['/local/archive', false], // the volume that Airbyte mounts into connectors where its operator claims one
  ['/scratch/archive', true],
  ['/with space/archive', false],
  ['/work/archive', true],
  ['/hidden/archive', true],
  ['/archive/../data', true],
])('%s vanishes: %s', (path, vanishes) => {
  expect(describeEphemeral(path, inPod) !== undefined).toBe(vanishes);
});

test('the error names the path and what it lies on', () => {
  const check = (): void => assertLasting('/dest/archive', inPod);
  expect(check).toThrow(ConfigError);
  expect(check).toThrow('/dest/archive lies on the /dest mount of the Airbyte job.');
});

test('of a path that is not absolute it says what it means there', () => {
  const check = (): void => assertLasting('/dest/archive', inPod, 'archive');
  expect(check).toThrow('The path archive is not absolute and means /dest/archive here, which lies on the /dest mount');
  expect(check).toThrow('Give an absolute path.');
});

test('outside Kubernetes nothing is refused', () => {
  expect(describeEphemeral('/data', {...inPod, environment: {}})).toBeUndefined();
});
